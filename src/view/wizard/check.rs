//! Step 7: what would happen, from the dry run: counts, paths, problems, estimate.

use super::{
    super::{common::below, scene::under},
    Case, overwrite,
    place::problems,
};
use crate::{config::theme::Scope, state::wizard::Field};
use ocdeck_domain::{
    facts::{Amount, Finding, Plan, PlanAction, PlanEntry},
    text::show,
};
use ocdeck_widgets::{
    format,
    table::{Column, RowStyles, Table, offset},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the step.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let inner = case.pane(area, buf, overwrite::counted(case));
    let load = &case.wizard.plan.load;
    let Some(plan) = load.known() else {
        if let Some(line) =
            case.missing(load, "counted as soon as point, paths and target are known")
        {
            case.absent(inner, buf, &line);
        }
        return;
    };
    let name = case.wizard.system_name(&scene.model.fleet).to_owned();
    let policy = case.wizard.policy_in_force().name();
    let head = scene
        .words()
        .dim("what would happen on ")
        .strong(name)
        .dim(" with ")
        .strong(policy)
        .line();
    let roomy = u16::from(inner.height > 20);
    let mut rest = under(inner, scene.lines(inner, buf, &[head]), roomy);
    rest = below(totals(case, rest, buf, plan), roomy);
    let after = wrapped(before_start(case, plan), inner.width);
    let bottom = u16::try_from(after.len())
        .unwrap_or(u16::MAX)
        .saturating_add(1);
    let estimate = 4 * roomy;
    let for_list = rest.height.saturating_sub(bottom + estimate + roomy);
    let wanted = u16::try_from(plan.entries.len())
        .unwrap_or(u16::MAX)
        .saturating_add(3);
    let place = Rect {
        height: for_list.min(wanted),
        ..rest
    };
    entries(case, place, buf, plan);
    rest = below(rest, place.height);
    if rest.height >= 2 {
        let inner = case.section(rest, buf, "Before it can start", Line::default());
        rest = under(rest, scene.lines(inner, buf, &after), roomy);
    }
    if rest.height >= 2 && roomy == 1 {
        let inner = case.section(rest, buf, "Estimate", Line::default());
        scene.prose(inner, buf, &self::estimate(case, plan));
    }
}

/// Lines that do not fit go on below.
fn wrapped(lines: Vec<Line<'_>>, width: u16) -> Vec<Line<'_>> {
    lines
        .iter()
        .flat_map(|line| text::wrap(line, width))
        .collect()
}

fn totals(case: &Case<'_>, area: Rect, buf: &mut Buffer, plan: &Plan) -> Rect {
    const COLUMNS: [Column; 6] = [
        Column::left("", 1, 1),
        Column::left("", 9, 10).gap(1),
        Column::left("", 16, 30),
        Column::right("files", 8),
        Column::left("", 6, 8).drops(1),
        Column::right("bytes", 7),
    ];
    let scene = case.scene();
    let does = |action: PlanAction| {
        plan.entries
            .iter()
            .find(|entry| entry.action == action)
            .map(|_| overwrite::action_words(action).1)
    };
    let same = if plan.written.files > plan.new.files + plan.changed.files + plan.conflict.files {
        "written again"
    } else {
        "left as it is"
    };
    let changed = if plan.replaced.files > 0 {
        "will be replaced"
    } else {
        does(PlanAction::Beside).unwrap_or("left as it is")
    };
    let rows: Vec<(&str, Scope, &str, &str, Amount)> = vec![
        ("+", Scope::Ok, "new", "is missing there", plan.new),
        ("≠", Scope::JobWarning, "changed", changed, plan.changed),
        ("·", Scope::TextDim, "same", same, plan.same),
        (
            "▲",
            Scope::P2,
            "conflict",
            "newer, or another type",
            plan.conflict,
        ),
        (
            "−",
            Scope::JobWarning,
            "skipped",
            "cannot be restored",
            plan.skipped,
        ),
    ];
    let most = rows.iter().map(|row| row.4.bytes).max().unwrap_or(0).max(1);
    let place = Rect {
        x: area.x.saturating_sub(2),
        width: area.width + 3,
        height: 6.min(area.height),
        ..area
    };
    Table {
        columns: &COLUMNS,
        heads: true,
        len: rows.len(),
        offset: 0,
        selected: None,
        air: 2,
        styles: RowStyles {
            head: scene.style(Scope::TextDim),
            ..RowStyles::default()
        },
    }
    .render(place, buf, |index, row| {
        let Some((sign, scope, name, what, amount)) = rows.get(index) else {
            return;
        };
        let none = amount.files == 0;
        let dim = |scope| if none { Scope::TextDim } else { scope };
        row.put(0, scene.words().put(dim(*scope), *sign).line());
        row.put(1, scene.words().put(dim(Scope::Text), *name).line());
        row.put(2, scene.words().dim(if none { "" } else { *what }).line());
        row.put(
            3,
            scene
                .words()
                .quantity_in(dim(Scope::TextStrong), format::count(amount.files))
                .line(),
        );
        if let Some(cells) = row.rect(4).filter(|_| !none) {
            scene
                .bar(amount.bytes.max(1), most, *scope)
                .render(cells, row.buf());
        }
        row.put(
            5,
            scene
                .words()
                .quantity_in(dim(Scope::Text), format::bytes(amount.bytes))
                .line(),
        );
    });
    let rest = below(area, 6);
    if rest.height == 0 {
        return rest;
    }
    let written = scene.words().strong("written").line();
    text::put_line(buf, rest.x, rest.y, rest.width, &written);
    let line = scene
        .words()
        .files(Scope::TextStrong, plan.written.files, "   ")
        .quantity_in(Scope::TextStrong, format::bytes(plan.written.bytes))
        .line();
    text::put_right(
        buf,
        rest.right(),
        rest.y,
        rest.width.saturating_sub(8),
        &line,
    );
    below(rest, 1)
}

/// Bytes of the folder that all these paths stand below, its last `/` counted; 0: none.
fn common_folder(entries: &[&PlanEntry]) -> usize {
    let Some((first, rest)) = entries.split_first() else {
        return 0;
    };
    let shared = rest.iter().fold(first.path.len(), |shared, entry| {
        let same = first
            .path
            .iter()
            .zip(&entry.path)
            .take_while(|(a, b)| a == b);
        shared.min(same.count())
    });
    let shared = first.path.get(..shared).unwrap_or_default();
    shared
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |at| at + 1)
}

/// That folder, without its last `/`.
fn plan_path(entries: &[&PlanEntry], under: usize) -> String {
    let path = entries.first().map(|entry| entry.path.as_slice());
    let folder = path.and_then(|path| path.get(..under.saturating_sub(1)));
    show(folder.unwrap_or_default())
}

/// The paths of the plan, changes first.
fn entries(case: &Case<'_>, area: Rect, buf: &mut Buffer, plan: &Plan) {
    const COLUMNS: [Column; 5] = [
        Column::left("", 1, 1),
        Column::left("path", 26, 200).gap(1),
        Column::right("there now", 12),
        Column::right("in the point", 12),
        Column::right("size", 7).drops(1),
    ];
    let scene = case.scene();
    if area.height < 3 || plan.entries.is_empty() {
        return;
    }
    let listed: Vec<&PlanEntry> = plan
        .entries
        .iter()
        .filter(|entry| {
            case.wizard
                .plan_filter
                .is_none_or(|action| entry.action == action)
        })
        .collect();
    let visible = usize::from(area.height.saturating_sub(3));
    let first = offset(Some(case.wizard.plan_selected), listed.len(), visible);
    let note = super::super::common::seen_note(scene, listed.len(), visible, first);
    let title = case
        .wizard
        .plan_filter
        .map_or("Paths", |action| overwrite::action_words(action).1);
    let under = common_folder(&listed);
    let title = match under {
        0 => title.to_owned(),
        _ => {
            let folder = plan_path(&listed, under);
            let room = area.width.saturating_sub(40);
            format!("{title} under {}", text::cut_path(&folder, room))
        }
    };
    let inner = case.section(area, buf, &title, note);
    let place = Rect {
        x: inner.x.saturating_sub(2),
        width: inner.width + 3,
        height: inner.height.saturating_sub(1),
        ..inner
    };
    Table {
        columns: &COLUMNS,
        heads: true,
        len: listed.len(),
        offset: first,
        selected: Some(case.wizard.plan_selected),
        air: 2,
        styles: scene.rows(true),
    }
    .render(place, buf, |index, row| {
        let Some(entry) = listed.get(index) else {
            return;
        };
        case.table_row(row, Field::Plan, index);
        let (sign, scope) = match entry.finding {
            Finding::New => ("+", Scope::Ok),
            Finding::Changed => ("≠", Scope::JobWarning),
            Finding::Same => ("·", Scope::TextDim),
            Finding::Conflict => ("▲", Scope::P2),
            Finding::Unknown(_) => ("◌", Scope::Stale),
        };
        row.put(0, scene.words().put(scope, sign).line());
        let room = row.rect(1).map_or(0, |cells| cells.width);
        let name = if row.selected() {
            Scope::TextStrong
        } else {
            Scope::Text
        };
        row.put(
            1,
            scene
                .words()
                .put(
                    name,
                    text::cut_path(&show(entry.path.get(under..).unwrap_or_default()), room)
                        .into_owned(),
                )
                .line(),
        );
        let there = match entry.there_modified {
            Some(at) => scene.words().put(
                if entry.finding == Finding::Conflict {
                    Scope::P2
                } else {
                    Scope::Text
                },
                scene.when.stamp(at),
            ),
            None => scene.words().dim("–"),
        };
        row.put(2, there.line());
        if let Some(at) = entry.modified {
            row.put(3, scene.words().dim(scene.when.stamp(at)).line());
        }
        row.put(4, scene.words().quantity(format::bytes(entry.size)).line());
    });
}

/// Space, link, problems and warnings.
fn before_start<'a>(case: &Case<'a>, plan: &Plan) -> Vec<Line<'a>> {
    let scene = case.scene();
    let mut lines = problems(case);
    let enough = plan.free_bytes >= plan.written.bytes;
    let (scope, sign) = if enough {
        (Scope::Ok, "✓")
    } else {
        (Scope::Danger, "✗")
    };
    lines.push(
        scene
            .words()
            .put(scope, format!("{sign} "))
            .text("space     ")
            .quantity(format::bytes(plan.free_bytes))
            .dim(" free, at most ")
            .quantity(format::bytes(plan.written.bytes))
            .dim(" needed")
            .line(),
    );
    if let Some(system) = &case.wizard.system
        && let Some(state) = scene.model.fleet.get(&system.appliance)
    {
        let (sign, scope) = match scene.link_trouble(&system.appliance, state) {
            None => ("✓", Scope::Ok),
            Some(_) => ("✗", Scope::Danger),
        };
        let words = scene
            .words()
            .put(scope, format!("{sign} "))
            .text("link      ")
            .text(system.appliance.to_string());
        lines.push(words.dim(format!(" {}", state.link.name())).line());
    }
    for warning in plan.warnings.iter().take(3) {
        lines.push(
            scene
                .words()
                .put(Scope::JobWarning, "▲ ")
                .text(warning.clone())
                .line(),
        );
    }
    for beyond in &plan.beyond_limit {
        lines.push(
            scene
                .words()
                .put(Scope::P2, "○ beyond the limit")
                .dim(": ")
                .text(beyond.clone())
                .line(),
        );
    }
    lines
}

fn estimate<'a>(case: &Case<'a>, plan: &Plan) -> Line<'a> {
    let scene = case.scene();
    let Some(seconds) = plan.written.bytes.checked_div(plan.expected_rate) else {
        return scene
            .words()
            .dim("no rate is known yet from this repository")
            .line();
    };
    let ready = chrono::TimeDelta::try_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
        .and_then(|left| scene.model.now.checked_add_signed(left));
    let words = scene
        .words()
        .duration(format::duration(seconds.max(1)))
        .dim(" to write at ")
        .quantity(format::rate(plan.expected_rate));
    match ready {
        Some(at) => words
            .dim(", then verified by hash; written about ")
            .strong(scene.when.minutes(at))
            .line(),
        None => words.line(),
    }
}
