//! What needs a person: lost systems and links, failed jobs, warnings. They are ranked as they
//! stand in the model; only the rows that are seen become words.

use super::super::{
    common::{air, below},
    scene::{Scene, Sign},
};
use crate::{
    config::theme::Scope,
    state::{
        fleet::{ApplianceState, LinkState},
        lists::JobClass,
    },
};
use ocdeck_domain::{
    facts::{Job, System},
    fleet::Node,
    ids::ApplianceId,
};
use ocdeck_widgets::{
    format,
    table::{Column, RowStyles, Table},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};
use std::cmp::Reverse;

/// More rows than any screen has need no order.
const ORDERED: usize = 200;

/// What needs a person, the worst first.
pub(super) struct Needs<'a>(Vec<Need<'a>>);

/// Something that needs a person.
struct Need<'a> {
    what: What<'a>,
    /// Seconds since it is so, where that is known.
    age: Option<u64>,
}

/// What it is, in the order of its rank.
enum What<'a> {
    Lost(&'a System),
    Down(&'a ApplianceId, &'a ApplianceState),
    Failed(&'a Job),
    Stale(&'a ApplianceId, &'a ApplianceState),
    Warning(&'a Job),
}

/// It in words.
struct Told<'a> {
    sign: Sign,
    name: String,
    state: String,
    words: Line<'a>,
}

impl Needs<'_> {
    /// How many.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What needs a person at a node, behind these appliances, the worst first: lost systems, lost
/// links, failed jobs, silent links, warnings.
pub(super) fn of<'a>(scene: &Scene<'a>, node: &Node, appliances: &'a [ApplianceId]) -> Needs<'a> {
    let mut needs = Vec::new();
    for id in appliances {
        if let Some(state) = scene.model.fleet.get(id) {
            behind(scene, node, id, state, &mut needs);
        }
    }
    if needs.len() > ORDERED {
        needs.select_nth_unstable_by(ORDERED, |a, b| a.rank().cmp(&b.rank()));
    }
    let seen = needs.len().min(ORDERED);
    if let Some(seen) = needs.get_mut(..seen) {
        seen.sort_by(|a, b| a.rank().cmp(&b.rank()));
    }
    Needs(needs)
}

fn behind<'a>(
    scene: &Scene<'a>,
    node: &Node,
    id: &'a ApplianceId,
    state: &'a ApplianceState,
    needs: &mut Vec<Need<'a>>,
) {
    let of_link = match &state.link {
        LinkState::Live => None,
        LinkState::Dialling => return,
        LinkState::Down { .. } => Some(What::Down(id, state)),
        LinkState::Stale => Some(What::Stale(id, state)),
    };
    if let Some(what) = of_link {
        let age = Some(scene.when.since(state.since));
        return needs.push(Need { what, age });
    }
    if state.troubled() > 0 {
        let lost = state.systems.values().filter(|s| s.trouble.is_some());
        let lost = lost.filter(|system| scene.shows(node, Some(&system.tenant)));
        needs.extend(lost.map(|system| Need {
            what: What::Lost(system),
            age: None,
        }));
    }
    let counts = state.counts();
    if counts.class(JobClass::Failed) + counts.class(JobClass::Warning) == 0 {
        return;
    }
    for job in state.jobs.values() {
        let what = match state.class(job) {
            JobClass::Failed => What::Failed(job),
            JobClass::Warning => What::Warning(job),
            _ => continue,
        };
        if scene.shows(node, Some(&job.tenant)) {
            let age = job.last_end.map(|at| scene.when.since(at));
            needs.push(Need { what, age });
        }
    }
}

impl<'a> Need<'a> {
    /// The worst first, then the oldest, then by name.
    fn rank(&self) -> (u8, Reverse<u64>, &str, &str) {
        let (rank, of, name) = match &self.what {
            What::Lost(system) => (0, system.tenant.as_str(), system.name.as_str()),
            What::Down(id, _) => (1, id.as_str(), ""),
            What::Failed(job) => (2, job.tenant.as_str(), job.id.as_str()),
            What::Stale(id, _) => (3, id.as_str(), ""),
            What::Warning(job) => (4, job.tenant.as_str(), job.id.as_str()),
        };
        (rank, Reverse(self.age.unwrap_or(0)), of, name)
    }

    fn told(&self, scene: &Scene<'a>) -> Told<'a> {
        match &self.what {
            What::Lost(system) => {
                let tenant = scene.model.directory.tenant_name(&system.tenant);
                let trouble = system.trouble.clone().unwrap_or_default();
                Told {
                    sign: ("✗", Scope::Danger),
                    name: format!("{tenant}/{}", system.name),
                    state: "lost".to_owned(),
                    words: scene.words().text(trouble).line(),
                }
            }
            What::Failed(job) => of_job(scene, job, ("✗", Scope::JobFailed), failed_word(job)),
            What::Warning(job) => {
                let word = "warning".to_owned();
                of_job(scene, job, ("▲", Scope::JobWarning), word)
            }
            What::Down(id, state) | What::Stale(id, state) => of_link(scene, id, state),
        }
    }
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
        let s = if jobs == 1 { "" } else { "s" };
        words = words.dim(format!("; {jobs} job{s} unknown behind it"));
    }
    Told {
        sign: scene.link_sign(&state.link),
        name: id.to_string(),
        state: state.link.name().to_owned(),
        words: words.line(),
    }
}

/// Draws what needs a person, with its rule; gives what is left below.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, needs: &Needs<'_>) -> Rect {
    let count = |wanted: fn(&What<'_>) -> bool| {
        let needs = needs.0.iter();
        needs.filter(|need| wanted(&need.what)).count()
    };
    let bad = count(|what| !matches!(what, What::Warning(_) | What::Stale(..)));
    let warnings = count(|what| matches!(what, What::Warning(_)));
    let stale = count(|what| matches!(what, What::Stale(..)));
    let mut note = scene.words();
    for (sign, scope, count) in [
        ("✗", Scope::JobFailed, bad),
        ("▲", Scope::JobWarning, warnings),
        ("◌", Scope::Stale, stale),
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
            let Some(need) = needs.0.get(index) else {
                return;
            };
            let Told {
                sign: (sign, scope),
                name: of,
                state,
                words,
            } = need.told(scene);
            row.put(0, scene.words().put(scope, sign).line());
            let name = if matches!(scope, Scope::JobFailed | Scope::Danger) {
                Scope::TextStrong
            } else {
                Scope::Text
            };
            row.put(1, scene.words().put(name, of).line());
            row.put(2, scene.words().put(scope, state).line());
            if let Some(age) = need.age {
                row.put(3, scene.words().quantity(format::age(age)).line());
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
