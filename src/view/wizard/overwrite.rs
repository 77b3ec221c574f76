//! Step 6: what happens to a file that is there; each policy in one sentence with the counts
//! of a real dry run.

use super::{super::common::below, Case};
use crate::{
    config::theme::Scope,
    state::wizard::{Field, Load},
};
use ocdeck_domain::{
    facts::{Finding, Outlook, PlanAction, PlanEntry},
    restore::OverwritePolicy,
    text::show,
};
use ocdeck_widgets::{format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the step.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let inner = case.pane(area, buf, counted(case));
    let roomy = inner.height > 20;
    let head = scene
        .words()
        .dim("what happens to a file that is already there")
        .line();
    let mut rest = scene.lines(inner, buf, &[head]);
    heads(case, rest, buf);
    rest = below(rest, 1 + u16::from(roomy));
    for policy in OverwritePolicy::ALL {
        rest = row(case, rest, buf, policy, roomy);
    }
    let Some(_) = case.wizard.current_plan() else {
        if let Some(line) = case.missing(
            &case.wizard.plan.load,
            "counted as soon as point, paths and target are known",
        ) {
            case.absent(rest, buf, &line);
        }
        return;
    };
    rest = one_file(case, rest, buf);
    asks(case, rest, buf);
}

/// "✓ counted on erp01 02:22:31", or how far the counting is.
pub(super) fn counted<'a>(case: &Case<'a>) -> Line<'a> {
    let scene = case.scene();
    let plan = &case.wizard.plan;
    match &plan.load {
        Load::Known(_, at) => scene
            .words()
            .put(Scope::Ok, "✓")
            .dim(" counted at ")
            .text(scene.when.moment(*at))
            .line(),
        Load::Asking { .. } if plan.entries > 0 => scene
            .words()
            .put(Scope::JobRunning, "►")
            .dim(" counting, ")
            .quantity(format::count(plan.entries))
            .dim(" entries")
            .line(),
        Load::Asking { .. } => scene
            .words()
            .put(Scope::JobRunning, "►")
            .dim(" counting")
            .line(),
        Load::Failed(..) => scene.words().put(Scope::JobFailed, "✗ not counted").line(),
        Load::Nothing => Line::default(),
    }
}

const NUMBERS: [(&str, u16); 3] = [("new", 30), ("replaced", 20), ("left", 9)];

fn heads(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let style = case.scene().style(Scope::TextDim);
    for (head, from_right) in NUMBERS {
        let right = area.right().saturating_sub(from_right - 9);
        text::put_right(buf, right, area.y, 9, &Line::styled(head, style));
    }
}

fn sentence(policy: OverwritePolicy) -> &'static str {
    match policy {
        OverwritePolicy::KeepExisting => "a file that is there is never touched",
        OverwritePolicy::KeepBoth => "the restored one goes beside it, under its own name",
        OverwritePolicy::ReplaceIfNewer => "by the time of change",
        OverwritePolicy::ReplaceChanged => "where the content differs",
        OverwritePolicy::ReplaceAll => "always, also where it is the same",
    }
}

fn row(
    case: &Case<'_>,
    area: Rect,
    buf: &mut Buffer,
    policy: OverwritePolicy,
    roomy: bool,
) -> Rect {
    let scene = case.scene();
    let rows = if roomy { 2 } else { 1 };
    if area.height < rows {
        return area;
    }
    let in_force = case.wizard.policy_in_force();
    let selected = case.wizard.policy_selected.unwrap_or(in_force) == policy;
    let taken = case.wizard.policy == Some(policy);
    let at = case.wizard.policies().iter().position(|p| *p == policy);
    let row = (Field::Policy, at.unwrap_or(0));
    case.choice(area, buf, rows, row, selected);
    let (sign, scope) = case.radio(taken);
    let name = if selected {
        Scope::TextStrong
    } else {
        Scope::Text
    };
    let mut words = scene
        .words()
        .put(scope, sign)
        .text(" ")
        .put(name, policy.name());
    if case.wizard.default_policy() == policy {
        words = words.put(Scope::Ok, " default");
    }
    text::put_line(
        buf,
        area.x,
        area.y,
        area.width.saturating_sub(30),
        &words.line(),
    );
    let outlook = case.wizard.current_plan().and_then(|plan| {
        plan.outlooks
            .iter()
            .find(|outlook| outlook.policy == policy)
    });
    if let Some(outlook) = outlook {
        numbers(case, area, buf, outlook);
    }
    if roomy {
        let line = scene.words().dim(format!("  {}", sentence(policy))).line();
        text::put_line(buf, area.x, area.y + 1, area.width, &line);
    }
    below(area, rows + u16::from(roomy))
}

fn numbers(case: &Case<'_>, area: Rect, buf: &mut Buffer, outlook: &Outlook) {
    let scene = case.scene();
    let values = [
        (outlook.created.files, Scope::Text),
        (outlook.replaced.files, Scope::P2),
        (outlook.left.files, Scope::Text),
    ];
    for ((value, scope), (_, from_right)) in values.into_iter().zip(NUMBERS) {
        let right = area.right().saturating_sub(from_right - 9);
        let scope = if value == 0 { Scope::TextDim } else { scope };
        let line = scene
            .words()
            .quantity_in(scope, format::count(value))
            .line();
        text::put_right(buf, right, area.y, 9, &line);
    }
}

/// One file of the plan, to see what the policies mean for it.
fn one_file(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    let entries = case
        .wizard
        .current_plan()
        .map(|plan| plan.entries.as_slice())
        .unwrap_or_default();
    let telling = |finding: Finding| entries.iter().find(move |entry| entry.finding == finding);
    let entry = telling(Finding::Conflict)
        .or_else(|| telling(Finding::Changed))
        .or_else(|| entries.first());
    let Some(entry) = entry.filter(|_| area.height > 6) else {
        return area;
    };
    let inner = case.section(area, buf, "One file of this plan", Line::default());
    let path = text::cut_path(&show(&entry.path), inner.width).into_owned();
    let mut lines = vec![scene.words().text(path).line()];
    if let (Some(size), Some(at)) = (entry.there_size, entry.there_modified) {
        lines.push(
            scene
                .words()
                .dim("there   ")
                .text(format!("{:<14}", scene.when.stamp(at)))
                .quantity(format::bytes(size))
                .line(),
        );
    } else {
        lines.push(scene.words().dim("there   nothing").line());
    }
    if let Some(at) = entry.modified {
        lines.push(
            scene
                .words()
                .dim("point   ")
                .text(format!("{:<14}", scene.when.stamp(at)))
                .quantity(format::bytes(entry.size))
                .line(),
        );
    }
    lines.push(outcome(case, entry));
    below(scene.lines(inner, buf, &lines), 1)
}

fn outcome<'a>(case: &Case<'a>, entry: &PlanEntry) -> Line<'a> {
    let scene = case.scene();
    let (scope, word) = action_words(entry.action);
    let mut words = scene.words().put(scope, format!("→ {word}"));
    if !entry.reason.is_empty() {
        words = words.dim(format!("; {}", entry.reason));
    }
    words.line()
}

/// What a plan does at a path, in words.
pub(super) fn action_words(action: PlanAction) -> (Scope, &'static str) {
    match action {
        PlanAction::Create => (Scope::Ok, "created"),
        PlanAction::Replace => (Scope::P2, "replaced"),
        PlanAction::Keep => (Scope::TextDim, "left as it is"),
        PlanAction::Beside => (Scope::Ok, "written beside it"),
        PlanAction::Skip => (Scope::JobWarning, "cannot be restored"),
        PlanAction::Unknown(_) => (Scope::Stale, "something that this build does not know"),
    }
}

/// What choosing it asks for before it can be sent.
fn asks(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let Some(plan) = case.wizard.current_plan().filter(|_| area.height > 2) else {
        return;
    };
    let inner = case.section(area, buf, "What this asks for", Line::default());
    let mut lines = Vec::new();
    for beyond in &plan.beyond_limit {
        lines.push(
            scene
                .words()
                .put(Scope::P2, "○ ")
                .dim("approval or break glass: ")
                .text(beyond.clone())
                .line(),
        );
    }
    if case.wizard.wants_name() {
        let name = case.wizard.system_name(&scene.model.fleet).to_owned();
        lines.push(
            scene
                .words()
                .put(Scope::P2, "○ ")
                .dim("the name ")
                .text(name)
                .dim(" typed in step 8")
                .line(),
        );
    }
    let replaces = plan.replaced.files > 0;
    let caller = case.wizard.caller.as_ref();
    let allowed = caller
        .and_then(|caller| caller.contact())
        .is_some_and(|contact| contact.may_authorise);
    if replaces && allowed {
        lines.push(
            scene
                .words()
                .put(Scope::Ok, "✓ ")
                .dim("the caller may allow an overwrite")
                .line(),
        );
    } else if replaces {
        lines.push(
            scene
                .words()
                .put(Scope::JobWarning, "▲ ")
                .text("the caller may not allow an overwrite: ask somebody on file who may")
                .line(),
        );
    }
    if lines.is_empty() {
        lines.push(
            scene
                .words()
                .put(Scope::Ok, "✓ ")
                .dim("nothing more: no file that is there is replaced")
                .line(),
        );
    }
    let lines: Vec<Line<'_>> = lines
        .iter()
        .flat_map(|line| text::wrap(line, inner.width))
        .collect();
    scene.lines(inner, buf, &lines);
}
