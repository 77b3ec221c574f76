//! A row of the table of jobs.

use super::super::scene::{Scene, class_sign, result_sign, told_class};
use crate::{
    config::theme::Scope,
    state::{fleet::LinkState, lists::JobClass},
};
use ocdeck_domain::{
    facts::{Job, WorkKind},
    fleet::Node,
    ids::{JobId, On},
};
use ocdeck_widgets::{
    format,
    table::{Column, Row},
};
use ratatui::text::Line;

const SIGN: usize = 0;
const NAME: usize = 1;
const KIND: usize = 2;
const STATE: usize = 3;
const BAR: usize = 4;
const PERCENT: usize = 5;
const TARGET: usize = 6;
const RATE: usize = 7;
const ETA: usize = 8;
const LAST_SIGN: usize = 9;
const LAST: usize = 10;
const NEXT: usize = 11;

/// Target drops first, then rate, kind, next, bar; state, reason and last never. Where jobs of
/// several tenants stand, a name has the tenant before it and needs the room.
pub(super) fn columns(scene: &Scene<'_>) -> [Column; 12] {
    let name = if one_tenant(scene) { 12 } else { 18 };
    [
        Column::left("", 1, 1),
        Column::left("job", name, 26).gap(1),
        Column::left("kind", 7, 8).drops(3),
        Column::left("state", 9, 10),
        Column::left("progress", 8, 14).drops(5),
        Column::right("", 4).gap(1),
        Column::left("target", 11, 14).drops(1),
        Column::right("rate", 9).drops(2).gap(1),
        Column::right("eta", 6).gap(1),
        Column::left("", 1, 1),
        Column::right("last", 4).gap(1),
        Column::right("next", 6).drops(4).gap(1),
    ]
}

fn one_tenant(scene: &Scene<'_>) -> bool {
    !matches!(scene.model.scope(), None | Some(Node::Party(_)))
}

/// Draws the row of a job.
pub(super) fn draw(scene: &Scene<'_>, id: &On<JobId>, row: &mut Row<'_, '_>) {
    let (Some(state), Some(job)) = (
        scene.model.fleet.get(&id.appliance),
        scene.model.fleet.job(id),
    ) else {
        return;
    };
    let stale = state.link.dims();
    let class = told_class(job);
    let lost = matches!(state.link, LinkState::Down { .. } | LinkState::Dialling);
    let (sign, scope) = if stale {
        class_sign(JobClass::Unknown)
    } else {
        class_sign(class)
    };
    row.put(SIGN, scene.words().put(scope, sign).line());
    row.put(NAME, name(scene, job, row.selected(), stale));
    row.put(KIND, scene.words().dim(kind(job)).line());
    let word = if lost {
        scene.words().put(Scope::Stale, "unknown").line()
    } else {
        state_words(scene, job, class, stale)
    };
    row.put(STATE, word);
    if lost {
        let trouble = scene.link_trouble(&id.appliance, state).unwrap_or_default();
        row.put_across(BAR, ETA, scene.words().dim(trouble).line());
    } else {
        progress(scene, job, class, stale, row);
    }
    last_and_next(scene, job, class, stale, row);
}

fn name<'a>(scene: &Scene<'a>, job: &Job, selected: bool, stale: bool) -> Line<'a> {
    let words = scene.words();
    let words = if one_tenant(scene) {
        words
    } else {
        let tenant = scene.model.directory.tenant_name(&job.tenant);
        words.dim(format!("{tenant}/"))
    };
    let scope = match (selected, stale) {
        (true, _) => Scope::TextStrong,
        (false, true) => Scope::TextDim,
        (false, false) => Scope::Text,
    };
    words.put(scope, job.id.as_str().to_owned()).line()
}

fn kind(job: &Job) -> String {
    match job.kind {
        WorkKind::Backup => "backup".to_owned(),
        WorkKind::Restore => "restore".to_owned(),
        WorkKind::Unknown(n) => format!("kind {n}"),
    }
}

fn state_words<'a>(scene: &Scene<'a>, job: &Job, class: JobClass, stale: bool) -> Line<'a> {
    let text = match class {
        JobClass::Failed if job.failures_in_a_row > 1 => {
            format!("failed {}×", job.failures_in_a_row)
        }
        JobClass::Failed => "failed".to_owned(),
        JobClass::Warning => "warning".to_owned(),
        JobClass::Running => "running".to_owned(),
        JobClass::Waiting => "waiting".to_owned(),
        JobClass::Unknown => "unknown".to_owned(),
        JobClass::Ok if job.last_result.is_none() => "no run yet".to_owned(),
        JobClass::Ok => "success".to_owned(),
        JobClass::Disabled => "disabled".to_owned(),
    };
    let scope = match class {
        _ if stale => Scope::TextDim,
        JobClass::Ok if job.last_result.is_none() => Scope::TextDim,
        class => class_sign(class).1,
    };
    scene.words().put(scope, text).line()
}

fn progress(scene: &Scene<'_>, job: &Job, class: JobClass, stale: bool, row: &mut Row<'_, '_>) {
    let scope = if stale { Scope::TextDim } else { Scope::Text };
    let Some(progress) = job.progress.as_ref().filter(|_| class == JobClass::Running) else {
        let text = match class {
            JobClass::Waiting if !job.waiting_for.is_empty() => {
                format!("behind {}", job.waiting_for)
            }
            JobClass::Failed | JobClass::Warning => job.last_message.clone(),
            _ => String::new(),
        };
        let scope = if class == JobClass::Waiting {
            Scope::TextDim
        } else {
            scope
        };
        row.put_across(BAR, ETA, scene.words().put(scope, text).line());
        return;
    };
    let Some(percent) = progress.percent() else {
        let mut words = scene
            .words()
            .quantity_in(scope, format::bytes(progress.bytes_done));
        if let Some(at) = progress.last_byte_at {
            words = words.dim(format!(", last byte {} s ago", scene.when.since(at)));
        }
        row.put_across(BAR, ETA, words.line());
        return;
    };
    if let Some(cells) = row.rect(BAR) {
        let fill = if stale {
            Scope::TextDim
        } else {
            Scope::ProgressFill
        };
        scene
            .bar(u64::from(percent), 100, fill)
            .render(cells, row.buf());
    }
    row.put(
        PERCENT,
        scene
            .words()
            .put(scope, percent.to_string())
            .dim(" %")
            .line(),
    );
    row.put(
        TARGET,
        scene.words().dim(job.repository.as_str().to_owned()).line(),
    );
    row.put(
        RATE,
        scene
            .words()
            .quantity_in(scope, format::rate(progress.rate))
            .line(),
    );
    let eta = match progress.eta_seconds {
        Some(seconds) => scene.words().put(
            scope,
            format::clock(i64::try_from(seconds).unwrap_or(i64::MAX)),
        ),
        None => scene.words().dim("soon"),
    };
    row.put(ETA, eta.line());
}

fn last_and_next(
    scene: &Scene<'_>,
    job: &Job,
    class: JobClass,
    stale: bool,
    row: &mut Row<'_, '_>,
) {
    if let Some(result) = job.last_result {
        let (sign, scope) = result_sign(result);
        let scope = if stale { Scope::TextDim } else { scope };
        row.put(LAST_SIGN, scene.words().put(scope, sign).line());
    }
    let scope = if stale { Scope::TextDim } else { Scope::Text };
    if let Some(end) = job.last_end {
        let age = format::age(scene.when.since(end));
        row.put(LAST, scene.words().quantity_in(scope, age).line());
    }
    let next = match (class, job.next_run) {
        (JobClass::Waiting, _) => "after".to_owned(),
        (JobClass::Unknown | JobClass::Disabled, _) | (_, None) => "–".to_owned(),
        (_, Some(at)) => scene.when.next(at),
    };
    let scope = if next.contains(':') {
        scope
    } else {
        Scope::TextDim
    };
    row.put(NEXT, scene.words().put(scope, next).line());
}
