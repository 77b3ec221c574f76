//! Step 8: one sentence to say to the caller, the typed name, and the dispatch, which stays
//! dim and names what it waits for.

use super::{
    super::{common::below, scene::under},
    Case,
};
use crate::{
    config::theme::Scope,
    state::{command::Command, wizard::Field},
};
use ocdeck_widgets::text;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the step.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let name = case
        .wizard
        .caller
        .as_ref()
        .map(|caller| caller.name().to_owned());
    let note = name.map_or_else(Line::default, |name| {
        scene.words().dim("say this to ").strong(name).line()
    });
    let inner = case.pane(area, buf, note);
    let roomy = u16::from(inner.height > 24);
    let mut rest = below(sentence(case, inner, buf), roomy);
    let beyond = case
        .wizard
        .current_plan()
        .is_some_and(|plan| !plan.beyond_limit.is_empty());
    if inner.height > 18 || !beyond {
        rest = said_yes(case, rest, buf, roomy);
    }
    rest = super::beyond::draw(case, rest, buf, roomy);
    rest = confirm(case, rest, buf, roomy);
    dispatch(case, rest, buf);
}

/// The words to say, beside a bar.
fn sentence(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    let roomy = area.height > 24;
    let place = Rect {
        x: area.x + 3,
        width: area.width.saturating_sub(4),
        ..below(area, u16::from(roomy))
    };
    let mut lines = Vec::new();
    for paragraph in scene.model.read_back(case.wizard) {
        if !lines.is_empty() && roomy {
            lines.push(Line::default());
        }
        let mut words = scene.words();
        for said in paragraph {
            let scope = match (said.danger, said.strong) {
                (true, _) => Scope::P2,
                (false, true) => Scope::TextStrong,
                (false, false) => Scope::Text,
            };
            words = words.put(scope, said.text);
        }
        lines.extend(text::wrap(&words.line(), place.width));
    }
    let rest = scene.lines(place, buf, &lines);
    for y in place.y..rest.y {
        text::put(buf, area.x, y, 1, "▎", scene.style(Scope::PaneFocus));
    }
    under(area, rest, 1)
}

fn said_yes(case: &Case<'_>, area: Rect, buf: &mut Buffer, gap: u16) -> Rect {
    let scene = case.scene();
    if area.height < 3 {
        return area;
    }
    let inner = case.section(area, buf, "Says yes", Line::default());
    let mut lines = Vec::new();
    match case.wizard.caller.as_ref() {
        None => lines.push(
            scene
                .words()
                .put(Scope::P2, "○ ")
                .text("nobody yet: take the caller in step ")
                .key("1")
                .line(),
        ),
        Some(caller) => {
            let (scope, sign, what) = match caller.contact() {
                Some(contact) if contact.may_authorise => {
                    (Scope::Ok, "✓", "may allow an overwrite")
                }
                Some(_) => (Scope::JobWarning, "▲", "may not allow an overwrite"),
                None => (Scope::JobWarning, "▲", "is not on file"),
            };
            lines.push(
                scene
                    .words()
                    .put(scope, format!("{sign} "))
                    .strong(caller.name().to_owned())
                    .dim(format!(" {what} · {}", caller.number()))
                    .line(),
            );
        }
    }
    under(area, scene.lines(inner, buf, &lines), gap)
}

fn confirm(case: &Case<'_>, area: Rect, buf: &mut Buffer, gap: u16) -> Rect {
    let scene = case.scene();
    if !case.wizard.wants_name() || area.height < 3 {
        return area;
    }
    let whole = Rect {
        x: area.x.saturating_sub(2),
        width: area.width + 3,
        ..area
    };
    let title = scene.words().put(Scope::Danger, "Type to confirm").line();
    let inner = scene.pane_with(whole, buf, title, Line::default(), false);
    let inner = Rect {
        x: area.x,
        width: area.width,
        ..inner
    };
    let replaces = case
        .wizard
        .current_plan()
        .is_some_and(|plan| plan.replaced.files > 0);
    let why = if replaces {
        "this replaces files"
    } else {
        "this writes onto the original place"
    };
    let name = case.wizard.system_name(&scene.model.fleet).to_owned();
    let line = scene
        .words()
        .dim(format!("{why}, so type the name of the system: "))
        .strong(name.clone())
        .line();
    let rest = under(inner, scene.prose(inner, buf, &line), gap);
    if rest.height == 0 {
        return rest;
    }
    let input = Rect {
        width: 24.min(rest.width),
        height: 1,
        ..rest
    };
    case.input(input, buf, Field::Confirm, "");
    let typed = case.wizard.text(Field::Confirm);
    let words = if case.wizard.name_typed(&scene.model.fleet) {
        scene.words().put(Scope::Ok, "✓ it is").line()
    } else if name.starts_with(typed.trim()) {
        let left = name
            .chars()
            .count()
            .saturating_sub(typed.trim().chars().count());
        let letters = if left == 1 { "letter" } else { "letters" };
        scene.words().dim(format!("{left} {letters} left")).line()
    } else {
        scene
            .words()
            .put(Scope::JobWarning, "▲ that is not its name")
            .line()
    };
    text::put_line(
        buf,
        input.right() + 2,
        input.y,
        rest.width.saturating_sub(26),
        &words,
    );
    under(area, below(rest, 1), gap)
}

fn dispatch(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    if area.height < 2 {
        return;
    }
    let inner = case.section(area, buf, "Dispatch", Line::default());
    let appliance = case
        .wizard
        .system
        .as_ref()
        .map_or_else(|| "the appliance".to_owned(), |on| on.appliance.to_string());
    let mut lines = Vec::new();
    if let Some(at) = case.wizard.sent {
        let seconds = scene.when.since(at);
        lines.push(
            scene
                .words()
                .put(Scope::JobRunning, "► ")
                .text(format!(
                    "sent to {appliance}, waiting for its word, {seconds} s"
                ))
                .line(),
        );
        lines.push(
            scene
                .words()
                .dim("The same request never starts a second restore.")
                .line(),
        );
        scene.lines(inner, buf, &lines);
        return;
    }
    let missing = scene.model.wizard_missing(case.wizard);
    let dispatch = scene
        .key_of(Command::Dispatch)
        .or_else(|| scene.key_of(Command::Open))
        .unwrap_or_default();
    if missing.is_empty() {
        let words = scene
            .words()
            .key(dispatch)
            .strong(format!("  dispatch to {appliance}"));
        let plan = case.wizard.current_plan();
        let asks =
            !case.wizard.break_glass && plan.is_some_and(|plan| !plan.beyond_limit.is_empty());
        let words = match asks {
            true => words.dim(format!(
                ", where it awaits the approval of {}",
                scene.model.approver()
            )),
            false => words,
        };
        lines.extend(text::wrap(&words.line(), inner.width));
    } else {
        let mut words = scene
            .words()
            .put(Scope::KeyOff, dispatch)
            .put(Scope::TextFaint, format!("  dispatch to {appliance} "))
            .dim("waits for: ");
        for (n, row) in missing.iter().enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            words = words.put(Scope::P2, format!("{comma}{}", row.text));
        }
        lines.extend(text::wrap(&words.line(), inner.width));
    }
    lines.push(Line::default());
    let prose = scene
        .words()
        .dim("Until then nothing has been written. Closing this window or losing the line keeps the request; anyone can continue it.")
        .line();
    lines.extend(text::wrap(&prose, inner.width));
    scene.lines(inner, buf, &lines);
}
