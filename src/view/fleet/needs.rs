//! What needs a person: lost systems and links, failed jobs, warnings. They stand ranked in the
//! model; only the rows that are seen become words.

use super::super::{
    common::{air, below},
    scene::{Scene, Sign},
};
use crate::{
    config::theme::Scope,
    state::fleet::{ApplianceState, JobNeed, LinkState, Need, Needs},
};
use ocdeck_domain::{
    facts::Job,
    ids::{ApplianceId, On},
};
use ocdeck_widgets::{
    format,
    table::{Column, RowStyles, Table},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// What needs a person, in words.
struct Told<'a> {
    sign: Sign,
    name: String,
    state: String,
    words: Line<'a>,
}

/// In words; `None`: it is not there any more.
fn told<'a>(scene: &Scene<'a>, need: &Need) -> Option<Told<'a>> {
    let fleet = &scene.model.fleet;
    let job = |need: &JobNeed| fleet.job(&On::new(need.on.clone(), need.job.clone()));
    Some(match need {
        Need::Lost {
            tenant,
            name,
            on,
            system,
        } => {
            let system = fleet.system(&On::new(on.clone(), system.clone()))?;
            let tenant = scene.model.directory.tenant_name(tenant);
            let trouble = system.trouble.clone().unwrap_or_default();
            Told {
                sign: ("✗", Scope::Danger),
                name: format!("{tenant}/{name}"),
                state: "lost".to_owned(),
                words: scene.words().text(trouble).line(),
            }
        }
        Need::Failed(need) => {
            let job = job(need)?;
            of_job(scene, job, ("✗", Scope::JobFailed), failed_word(job))
        }
        Need::Warning(need) => {
            let word = "warning".to_owned();
            of_job(scene, job(need)?, ("▲", Scope::JobWarning), word)
        }
        Need::Down { on, .. } | Need::Stale { on, .. } => of_link(scene, on, fleet.get(on)?),
    })
}

fn of_job<'a>(scene: &Scene<'a>, job: &Job, sign: Sign, state: String) -> Told<'a> {
    let tenant = scene.model.directory.tenant_name(&job.tenant);
    Told {
        sign,
        name: format!("{tenant}/{}", job.id),
        state,
        words: scene.words().dim(job.last_message.clone()).line(),
    }
}

fn failed_word(job: &Job) -> String {
    match job.failures_in_a_row {
        times @ 2.. => format!("failed {times}×"),
        _ => "failed".to_owned(),
    }
}

fn of_link<'a>(scene: &Scene<'a>, id: &ApplianceId, state: &ApplianceState) -> Told<'a> {
    let why = match &state.link {
        LinkState::Down { why, .. } => why.clone(),
        _ => state.heard.map_or_else(String::new, |at| {
            format!("last word {}", scene.when.moment(at))
        }),
    };
    let jobs = state.jobs.len();
    // The reason first: where the row is cut, it is what a person needs.
    let mut words = scene.words().dim(why);
    if jobs > 0 {
        let jobs = ocdeck_domain::words::counted(jobs as u64, "job");
        words = words.dim(format!("; {jobs} unknown behind it"));
    }
    Told {
        sign: scene.link_sign(&state.link),
        name: id.to_string(),
        state: state.link.name().to_owned(),
        words: words.line(),
    }
}

/// Draws what needs a person, with its rule; gives what is left below.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, needs: &Needs) -> Rect {
    let mut note = scene.words();
    for (sign, scope, count) in [
        ("✗", Scope::JobFailed, needs.bad()),
        ("▲", Scope::JobWarning, needs.warnings()),
        ("◌", Scope::Stale, needs.stale()),
    ] {
        if count > 0 {
            note = note.put(scope, format!("{sign} {count}")).text("  ");
        }
    }
    let inner = scene.pane(area, buf, "Needs a person", note.line(), false);
    if needs.is_empty() {
        let line = scene
            .words()
            .put(Scope::Ok, "✓")
            .dim(" nothing: all that is heard is well")
            .line();
        return below(scene.lines(air(inner), buf, &[line]), 1);
    }
    const COLUMNS: [Column; 5] = [
        Column::left("", 1, 1),
        Column::left("", 16, 20).gap(1),
        Column::left("", 9, 9),
        Column::right("", 4),
        Column::left("", 10, 200),
    ];
    let rows = u16::try_from(needs.len())
        .unwrap_or(u16::MAX)
        .min(inner.height);
    let hidden = needs.len().saturating_sub(usize::from(rows));
    let rows = if hidden > 0 {
        rows.saturating_sub(1)
    } else {
        rows
    };
    let shown: Vec<&Need> = needs.iter().take(rows.into()).collect();
    Table {
        columns: &COLUMNS,
        heads: false,
        len: needs.len(),
        offset: 0,
        selected: None,
        air: 1,
        styles: RowStyles::default(),
    }
    .render(
        Rect {
            x: inner.x + 1,
            width: inner.width.saturating_sub(1),
            height: rows,
            ..inner
        },
        buf,
        |index, row| {
            let Some((need, told)) = shown
                .get(index)
                .and_then(|need| Some((need, told(scene, need)?)))
            else {
                return;
            };
            let Told {
                sign: (sign, scope),
                name: of,
                state,
                words,
            } = told;
            row.put(0, scene.words().put(scope, sign).line());
            let name = if matches!(scope, Scope::JobFailed | Scope::Danger) {
                Scope::TextStrong
            } else {
                Scope::Text
            };
            row.put(1, scene.words().put(name, of).line());
            row.put(2, scene.words().put(scope, state).line());
            if let Some(since) = need.since() {
                let age = format::age(scene.when.since(since));
                row.put(3, scene.words().quantity(age).line());
            }
            row.put(4, words);
        },
    );
    let rest = below(inner, rows);
    if hidden > 0 {
        let hidden = hidden + 1;
        let line = scene
            .words()
            .dim(format!("{hidden} more, all of them in "))
            .key("2")
            .dim(" Jobs")
            .line();
        text::put_line(
            buf,
            inner.x + 2,
            rest.y,
            inner.width.saturating_sub(3),
            &line,
        );
        return below(rest, 2);
    }
    below(rest, 1)
}
