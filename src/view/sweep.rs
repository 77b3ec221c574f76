//! The sweep: every managed job, those that nobody looked at on top.

use super::{
    common::{TableList, scope_name, seen_note},
    scene::{Scene, class_sign, told_class},
};
use crate::{
    config::theme::Scope,
    state::{command::Command, lists::JobClass, model::Pane, msg::Spot, sweep::SweepList},
};
use ocdeck_domain::{
    facts::Job,
    ids::{JobId, On},
};
use ocdeck_widgets::{
    format,
    table::{Column, Row},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

const STATE: usize = 0;
const JOB: usize = 1;
const LAST: usize = 2;
const SAYS: usize = 3;
const LOOKED: usize = 4;

/// What it says drops first; state, job and who looked never.
const COLUMNS: [Column; 5] = [
    Column::left("state", 10, 12),
    Column::left("job", 20, 34),
    Column::right("last", 5),
    Column::left("says", 14, 60).drops(1),
    Column::left("looked at", 16, 30),
];

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let Some(list) = &scene.model.sweep else {
        return;
    };
    let selected = list.selected.as_ref();
    let table = TableList {
        focused: scene.focused(Pane::Main, area),
        filter: &list.filter,
        filters: "job, tenant, appliance, state",
        things: "jobs",
        total: list.total,
        columns: &COLUMNS,
        air: 1,
        len: list.rows.len(),
        selected: selected.and_then(|id| list.rows.iter().position(|row| row == id)),
    };
    let (visible, offset) = table.window(area.height, 4);
    let note = seen_note(scene, list.rows.len(), visible, offset);
    let title = format!("Sweep · {}", scope_name(scene));
    let inner = scene.pane(area, buf, &title, note, table.focused);
    let inner = progress(scene, inner, buf, list);
    let Some(inner) = table.filtered(scene, inner, buf) else {
        return;
    };
    if list.rows.is_empty() {
        let none = scene.words().strong("No managed job is known here.").line();
        return scene.empty(inner, buf, &[none]);
    }
    let mut ids = list.rows.iter().skip(offset);
    table.rows(scene, inner, buf, offset, |row, here| {
        if let Some(id) = ids.next()
            && let Some(job) = scene.model.fleet.job(id)
        {
            scene.row_spot(row.area(), Spot::Swept(id.clone()), here);
            draw_row(scene, id, job, row);
        }
    });
}

/// How far it is, who began it, and which sweep was the last.
fn progress(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, list: &SweepList) -> Rect {
    let count = |n: usize| u64::try_from(n).unwrap_or(0);
    let mut words = scene
        .words()
        .strong(format::count(count(list.looked)).number)
        .dim(" of ")
        .text(format::count(count(list.total)).number)
        .dim(" looked at");
    if let Some((at, by)) = scene.model.sweep().and_then(|sweep| sweep.begun.clone()) {
        words = words.dim(format!(", begun {} by {by}", scene.when.short(at)));
    }
    let green = list
        .rows
        .iter()
        .any(|id| scene.model.look_at(id).is_none() && scene.model.fleet.class(id) == JobClass::Ok);
    if let Some(key) = scene.key_of(Command::StampGreen).filter(|_| green) {
        words = words
            .text("   ")
            .key(key)
            .dim(" stamps the green ones shown");
    }
    text::put_line(
        buf,
        area.x + 2,
        area.y,
        area.width.saturating_sub(24),
        &words.line(),
    );
    let bar = Rect {
        x: area.right().saturating_sub(21),
        width: 20.min(area.width),
        height: 1,
        ..area
    };
    let of = count(list.total).max(1);
    scene
        .bar(count(list.looked), of, Scope::Ok)
        .render(bar, buf);
    super::common::below(area, 2)
}

fn draw_row(scene: &Scene<'_>, id: &On<JobId>, job: &Job, row: &mut Row<'_, '_>) {
    let look = scene.model.look_at(id);
    let class = scene.model.fleet.class(id);
    let (sign, scope) = class_sign(class);
    let state = match (class, told_class(job)) {
        (JobClass::Failed, _) if job.failures_in_a_row > 1 => {
            format!("failed {}×", job.failures_in_a_row)
        }
        (JobClass::Failed, _) => "failed".to_owned(),
        (JobClass::Warning, _) => "warning".to_owned(),
        (JobClass::Running, _) => "running".to_owned(),
        (JobClass::Waiting, _) => "waiting".to_owned(),
        (JobClass::Unknown, _) => "unknown".to_owned(),
        (JobClass::Disabled, _) => "off".to_owned(),
        (JobClass::Ok, _) if job.last_end.is_none() => "never ran".to_owned(),
        (JobClass::Ok, _) => "good".to_owned(),
    };
    let scope = if look.is_some() {
        Scope::TextDim
    } else {
        scope
    };
    row.put(
        STATE,
        scene.words().put(scope, format!("{sign} {state}")).line(),
    );
    let name = match (row.selected(), look) {
        (true, _) => Scope::TextStrong,
        (false, Some(_)) => Scope::TextDim,
        (false, None) => Scope::Text,
    };
    let tenant = scene.model.directory.tenant_name(&job.tenant);
    let words = scene.words().put(name, format!("{tenant}/{}", job.id));
    row.put(JOB, words.line());
    let age = job.last_end.map(|at| format::age(scene.when.since(at)));
    let age = age.map_or_else(Line::default, |age| scene.words().quantity(age).line());
    row.put(LAST, age);
    row.put(SAYS, scene.words().dim(job.last_message.clone()).line());
    let looked = match look {
        None => scene.words().put(Scope::JobWaiting, "○ not yet"),
        Some(look) => {
            let at = scene.when.short(look.at);
            match &look.finding {
                Some(finding) => scene
                    .words()
                    .put(Scope::JobWarning, format!("▲ {} {at}: {finding}", look.by)),
                None => scene
                    .words()
                    .put(Scope::Ok, "✓ ")
                    .dim(format!("{} {at}", look.by)),
            }
        }
    };
    row.put(LOOKED, looked.line());
}
