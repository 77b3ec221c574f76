//! Step 5: where to, with the exact paths of the first items and the space there.

use super::{super::common::below, Case};
use crate::{
    config::theme::Scope,
    state::wizard::{Field, TargetKind},
};
use ocdeck_domain::{facts::System, text::show};
use ocdeck_widgets::{format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the step.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let system = case.wizard.system.as_ref();
    let note = system.map_or_else(Line::default, |system| {
        scene
            .words()
            .dim("on ")
            .strong(system.appliance.to_string())
            .line()
    });
    let inner = case.pane(area, buf, note);
    let mut rest = inner;
    if inner.height > 20 {
        rest = case.say(rest, buf);
    }
    for kind in TargetKind::ALL {
        rest = target(case, rest, buf, kind);
    }
    first_paths(case, rest, buf);
}

fn target(case: &Case<'_>, area: Rect, buf: &mut Buffer, kind: TargetKind) -> Rect {
    let scene = case.scene();
    if area.height == 0 {
        return area;
    }
    let roomy = u16::from(area.height > 12);
    let selected = case.wizard.target_selected == kind;
    let taken = case.wizard.target == Some(kind);
    let at = TargetKind::ALL.iter().position(|other| *other == kind);
    let row = (Field::Target, at.unwrap_or(0));
    case.choice(area, buf, 2, row, selected);
    let (sign, scope) = case.radio(taken);
    let name = if selected || taken {
        Scope::TextStrong
    } else {
        Scope::Text
    };
    let head = scene
        .words()
        .put(scope, sign)
        .text(" ")
        .put(name, kind.name())
        .line();
    let system = case.wizard.system.as_ref();
    let read_only = system
        .and_then(|on| scene.model.fleet.system(on))
        .is_some_and(|system| system.read_only);
    let what = match kind {
        TargetKind::Original if read_only => "off: this system is only read",
        TargetKind::Original => "the same paths below the root of the system",
        TargetKind::OtherPath => "a folder of the appliance that its configuration allows",
        TargetKind::OtherSystem => "below the root of another system of the same tenant",
        TargetKind::Staging => "a folder named by the request, for somebody to look at",
    };
    let lines = [head, scene.words().dim(format!("  {what}")).line()];
    let mut rest = scene.lines(area, buf, &lines);
    if selected && kind == TargetKind::OtherPath && rest.height > 0 {
        let input = Rect {
            x: rest.x + 2,
            width: rest.width.saturating_sub(4).min(50),
            height: 1,
            ..rest
        };
        case.input(input, buf, Field::TargetPath, "/srv/restore/erp01");
        rest = below(rest, 1);
    }
    if selected && kind == TargetKind::OtherSystem {
        rest = systems(case, rest, buf);
    }
    below(rest, roomy)
}

/// The systems of the same tenant on the same appliance.
fn systems(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    let Some(own) = &case.wizard.system else {
        return area;
    };
    let Some(state) = scene.model.fleet.get(&own.appliance) else {
        return area;
    };
    let tenant = scene.model.fleet.system(own).map(|system| &system.tenant);
    let others: Vec<&System> = state
        .systems
        .values()
        .filter(|system| Some(&system.tenant) == tenant && system.id != own.id)
        .collect();
    if others.is_empty() {
        let line = scene
            .words()
            .put(Scope::Stale, "  off: this tenant has no other system here")
            .line();
        return scene.lines(area, buf, &[line]);
    }
    let mut rest = area;
    let shown = others.into_iter().take(usize::from(area.height));
    for (at, system) in shown.enumerate() {
        let chosen = case.wizard.target_system.as_ref() == Some(&system.id);
        let selected = chosen && case.wizard.focus == Field::TargetSystem;
        let row = (Field::TargetSystem, at);
        case.choice(Rect { height: 1, ..rest }, buf, 1, row, selected);
        let (sign, scope) = case.radio(chosen);
        let words = scene
            .words()
            .text("    ")
            .put(scope, sign)
            .text(" ")
            .text(system.name.clone())
            .dim(format!("   {}", show(&system.root)));
        rest = scene.lines(rest, buf, &[words.line()]);
    }
    rest
}

/// Where the first items go, from the plan.
fn first_paths(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    if area.height < 3 {
        return;
    }
    let load = &case.wizard.plan.load;
    let Some(plan) = load.known() else {
        let inner = case.section(area, buf, "It would write", Line::default());
        if let Some(line) =
            case.missing(load, "counted as soon as point, paths and target are known")
        {
            case.absent(inner, buf, &line);
        }
        return;
    };
    let note = scene
        .words()
        .quantity(format::bytes(plan.free_bytes))
        .dim(" free there")
        .line();
    let inner = case.section(area, buf, "It would write", note);
    let mut lines: Vec<Line<'_>> = plan
        .first_paths
        .iter()
        .take(usize::from(inner.height.saturating_sub(2)).min(6))
        .map(|path| {
            scene
                .words()
                .text(text::cut_path(&show(path), inner.width).into_owned())
                .line()
        })
        .collect();
    let more = plan.written.files.saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(
            scene
                .words()
                .dim("and ")
                .quantity(format::count(more))
                .dim(" more files, ")
                .quantity(format::bytes(plan.written.bytes))
                .dim(" in all")
                .line(),
        );
    }
    lines.extend(problems(case));
    scene.lines(inner, buf, &lines);
}

/// What must be mended before it can start.
pub(super) fn problems<'a>(case: &Case<'a>) -> Vec<Line<'a>> {
    let scene = case.scene();
    let plan = case.wizard.current_plan();
    plan.into_iter()
        .flat_map(|plan| &plan.problems)
        .map(|problem| {
            scene
                .words()
                .put(Scope::Danger, "✗ ")
                .text(problem.clone())
                .line()
        })
        .collect()
}
