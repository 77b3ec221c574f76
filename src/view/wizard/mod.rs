//! The restore wizard: a rail of steps at the left, the step in the middle, clock, known and
//! missing at the right. Narrow screens have the rail in one line and the rest in two.

mod beyond;
mod call;
mod check;
mod form;
mod look;
mod overwrite;
mod place;
mod point;
mod read_back;
mod side;
mod system;
mod what;

use super::scene::Scene;
use crate::{
    config::theme::Scope,
    state::{
        msg::Spot,
        wizard::{Step, StepState, Wizard},
    },
};
use ocdeck_widgets::{
    pane,
    steps::{self, StepStyles},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

const RAIL: u16 = 23;
const SIDE: u16 = 32;

/// The wizard of one frame.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) wizard: &'a Wizard,
}

/// Draws the wizard.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let Some(wizard) = &scene.model.wizard else {
        return;
    };
    let case = Case {
        scene: *scene,
        wizard,
    };
    if area.width < 100 {
        narrow(&case, area, buf);
    } else {
        wide(&case, area, buf);
    }
}

fn wide(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let left = Rect {
        width: RAIL,
        ..area
    };
    let right = Rect {
        x: area.right() - SIDE,
        width: SIDE,
        ..area
    };
    let middle = Rect {
        x: left.right() + 1,
        width: area.width - RAIL - SIDE - 2,
        ..area
    };
    for x in [left.right(), middle.right()] {
        let line = Rect {
            x,
            y: area.y + 1,
            width: 1,
            height: area.height.saturating_sub(1),
        };
        let rule = case.scene.style(Scope::PaneRule);
        pane::divider(line, buf, rule, rule, (0, 0, 0));
    }
    let title = format!(
        "Restore {}",
        case.scene.model.reference_text(case.wizard.request)
    );
    let inner = case
        .scene
        .pane(left, buf, title.trim_end(), Line::default(), false);
    let rail = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
        ..inner
    };
    let styles = StepStyles {
        ground: case.scene.style(Scope::RowSelected),
        bar: case.scene.style(Scope::RowBar),
    };
    let rows = rows(case);
    for (step, place) in Step::ALL.into_iter().zip(steps::places(rail, rows.len())) {
        case.scene.spot(place, Spot::Step(step));
    }
    steps::rail(rail, buf, &rows, styles);
    step(case, middle, buf);
    side::draw(case, right, buf);
}

fn narrow(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let reference = case.scene.model.reference_text(case.wizard.request);
    let line = case.scene.words().strong(format!("{reference}  ")).line();
    let used = ocdeck_widgets::text::put_line(buf, area.x + 1, area.y, area.width, &line);
    let place = Rect {
        x: area.x + 1 + used,
        width: area.width.saturating_sub(2 + used),
        height: 1,
        ..area
    };
    steps::line(place, buf, &rows(case), case.scene.style(Scope::TabOn));
    let below = super::common::below(area, 1);
    let height = below.height.saturating_sub(3);
    let (middle, rest) = super::common::split(below, height);
    step(case, middle, buf);
    side::narrow(case, rest, buf);
}

/// The steps of the rail.
fn rows<'a>(case: &Case<'a>) -> Vec<steps::Step<'a>> {
    let scene = &case.scene;
    scene
        .model
        .wizard_steps(case.wizard)
        .into_iter()
        .map(|mut row| {
            // It is done once it is sent, not while nothing of it is missing.
            if row.step == Step::ReadBack && case.wizard.sent.is_none() {
                row.state = StepState::Missing;
            }
            let (sign, scope) = match (row.current, row.state) {
                (true, _) => ("►", Scope::PaneFocus),
                (false, StepState::Done) => ("✓", Scope::Ok),
                (false, StepState::Missing) => ("○", Scope::TextDim),
            };
            let name = match (row.current, row.state) {
                (true, _) => Scope::TextStrong,
                (false, StepState::Done) => Scope::Text,
                (false, StepState::Missing) => Scope::TextDim,
            };
            steps::Step {
                sign: Span::styled(sign, scene.style(scope)),
                key: Span::styled(row.step.number().to_string(), scene.style(Scope::Key)),
                name: Span::styled(row.step.name(), scene.style(name)),
                answer: Span::styled(row.summary, scene.style(Scope::TextDim)),
                here: row.current,
            }
        })
        .collect()
}

fn step(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    match case.wizard.step {
        Step::Call => call::draw(case, area, buf),
        Step::System => system::draw(case, area, buf),
        Step::Point => point::draw(case, area, buf),
        Step::What => what::draw(case, area, buf),
        Step::Where => place::draw(case, area, buf),
        Step::Overwrite => overwrite::draw(case, area, buf),
        Step::Check => check::draw(case, area, buf),
        Step::ReadBack => read_back::draw(case, area, buf),
    }
}
