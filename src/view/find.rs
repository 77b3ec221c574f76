//! Find anything: what is typed, below it the hits by kind, each with where it belongs and
//! how it is.

use super::{
    common::{below, line_field},
    overlay::{self, matched, row},
    restores::phase_sign,
    scene::{Scene, Sign, class_sign},
    words::Words,
};
use crate::{
    config::theme::Scope,
    state::{
        command::{Command, Mode},
        find::{Find, Target, marks},
        lists::JobClass,
        msg::Spot,
    },
};
use ocdeck_domain::{fleet::Node, ids::ApplianceId};
use ocdeck_widgets::{format, popup, table, text};
use ratatui::{buffer::Buffer, layout::Rect};

/// Cells of the overlay.
const WIDTH: u16 = 100;
/// Rows of the overlay: always the same, so that typing moves nothing.
const HEIGHT: u16 = 26;

/// A row of the list.
enum Shown<'a> {
    Gap,
    Heading(&'static str, usize),
    Hit(usize, &'a Target),
}

/// A thing in words: its sign, how it is called, how it is.
struct About<'a> {
    sign: Sign,
    /// Whose it is; stands dim before its name.
    of: String,
    name: String,
    how: Words<'a>,
}

/// Draws the overlay.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, find: &Find) {
    let height = HEIGHT.min(area.height.saturating_sub(1));
    let place = popup::place(area, WIDTH, height, true);
    let place = Rect {
        y: place.y + 1,
        ..place
    }
    .intersection(area);
    let inner = overlay::frame(scene, place, buf, "Find", note(scene, find));
    let input = Rect {
        y: inner.y + 1,
        height: 1,
        ..inner
    }
    .intersection(inner);
    let hint = "system, job, tenant, appliance, person, phone number, request, incident, alert";
    line_field(scene, input, buf, &find.input, hint, true);
    let list = below(inner, 2);
    if find.hits.is_empty() {
        return nothing(scene, below(list, 1), buf, find);
    }
    let rows = rows(find);
    let at = find.position().unwrap_or(0);
    let selected = rows
        .iter()
        .position(|row| matches!(row, Shown::Hit(index, _) if *index == at));
    let visible = usize::from(list.height);
    let first = table::offset(selected, rows.len(), visible);
    for (y, shown) in (list.y..).zip(rows.iter().skip(first).take(visible)) {
        let here = Rect {
            y,
            height: 1,
            ..list
        };
        match shown {
            Shown::Gap => {}
            Shown::Heading(name, more) => heading(scene, here, buf, name, *more),
            Shown::Hit(index, target) => {
                scene.spot(here, Spot::Row(*index));
                hit(scene, here, buf, target, find, *index == at);
            }
        }
    }
}

/// The hits with their headings.
fn rows(find: &Find) -> Vec<Shown<'_>> {
    let mut rows = Vec::new();
    let mut index = 0;
    for (heading, targets, more) in &find.hits.groups {
        rows.push(Shown::Gap);
        rows.push(Shown::Heading(heading.name(), *more));
        for target in targets {
            rows.push(Shown::Hit(index, target));
            index += 1;
        }
    }
    rows
}

fn note<'a>(scene: &Scene<'a>, find: &Find) -> ratatui::text::Line<'a> {
    let words = scene.words();
    if find.input.is_blank() {
        return words.dim("type a name or a number").line();
    }
    let (fitting, names) = find.counts;
    let count = |n: usize| format::count(u64::try_from(n).unwrap_or(u64::MAX));
    let words = match find.only {
        Some(kind) => words.dim(format!("only {} ", kind.name().to_lowercase())),
        None => words,
    };
    words
        .quantity(count(fitting))
        .dim(" of ")
        .quantity(count(names))
        .line()
}

fn nothing(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, find: &Find) {
    let line = if find.input.is_blank() {
        scene
            .words()
            .dim("Nothing is open and nothing failed. What appliances told can be found by name.")
    } else if find.counts.1 == 0 {
        scene.words().dim("looking …")
    } else {
        let words = scene
            .words()
            .text("Nothing fits. ")
            .dim("What is not heard yet cannot be found; ");
        words.dim("links that are down are shown on 1 Fleet.")
    };
    scene.prose(area, buf, &line.line());
}

fn heading(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, name: &str, more: usize) {
    let name = scene.words().put(Scope::PaneTitle, name.to_owned());
    let used = name.width() + 1;
    text::put_line(buf, area.x, area.y, area.width, &name.line());
    let mut right = scene.words();
    if more > 0 {
        right = right.dim(format!(" {more} more "));
        if let Some(key) = scene.model.keys.key(Mode::Prompt, Command::NextPane) {
            right = right.key(scene.key_name(key));
        }
    }
    let taken = right.width();
    let rule = "─".repeat(usize::from(area.width.saturating_sub(used + taken)));
    let rule = scene.words().put(Scope::PaneRule, rule).line();
    text::put_line(buf, area.x + used, area.y, area.width, &rule);
    text::put_right(buf, area.right(), area.y, taken, &right.line());
}

fn hit(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    target: &Target,
    find: &Find,
    selected: bool,
) {
    let Some(about) = about(scene, target) else {
        let line = scene.words().dim("– gone").line();
        return row(scene, area, buf, selected, &line);
    };
    let action = action(scene, target, selected);
    let right = action.width();
    // Names have the room that facts leave them, and the other way round where it is narrow.
    let middle = if area.width >= 70 { 36 } else { area.width };
    let name = if selected {
        Scope::TextStrong
    } else {
        Scope::Text
    };
    let query = find.input.text();
    let mut words = scene
        .words()
        .put(about.sign.1, format!("{} ", about.sign.0));
    if !about.of.is_empty() {
        let found = marks(&query, &about.of);
        words = words
            .and(matched(scene, &about.of, &found, Scope::TextDim))
            .dim(" / ");
    }
    let found = marks(&query, &about.name);
    let words = words.and(matched(scene, &about.name, &found, name));
    let cells = Rect {
        width: middle
            .saturating_sub(2)
            .min(area.width.saturating_sub(right)),
        ..area
    };
    row(scene, area, buf, selected, &ratatui::text::Line::default());
    text::put_line(buf, cells.x, cells.y, cells.width, &words.line());
    if middle < area.width {
        let room = area.width.saturating_sub(middle + right + 1);
        text::put_line(buf, area.x + middle, area.y, room, &about.how.line());
    }
    text::put_right(buf, area.right(), area.y, right, &action.line());
}

/// The key of what one does with it beside going there.
fn action<'a>(scene: &Scene<'a>, target: &Target, selected: bool) -> Words<'a> {
    let label = scene.model.act_label(target);
    let key = scene.model.keys.key(Mode::Prompt, Command::NewRestore);
    match (label, key) {
        (Some(label), Some(key)) => {
            let words = scene.words().key(scene.key_name(key));
            if selected {
                words.text(format!(" {label}"))
            } else {
                words.dim(format!(" {label}"))
            }
        }
        _ => scene.words(),
    }
}

fn about<'a>(scene: &Scene<'a>, target: &Target) -> Option<About<'a>> {
    let model = scene.model;
    let words = scene.words();
    let plain = |sign, name: String, how| About {
        sign,
        of: String::new(),
        name,
        how,
    };
    Some(match target {
        Target::System(id) => {
            let system = model.fleet.system(id)?;
            let of = model.directory.tenant_name(&system.tenant).to_owned();
            let live = model.fleet.is_live(&id.appliance);
            let (sign, mut how) = match (&system.trouble, live) {
                (Some(trouble), true) => (
                    ("✗", Scope::Danger),
                    words.put(Scope::Danger, trouble.clone()),
                ),
                (_, false) => (
                    ("◌", Scope::Stale),
                    words.put(Scope::Stale, link_words(scene, &id.appliance)),
                ),
                (None, true) => {
                    let how = match system.last_good_point {
                        Some(at) => words.dim(format!("last good {}", scene.when.stamp(at))),
                        None => words.put(Scope::JobWarning, "no good restore point"),
                    };
                    (("●", Scope::Ok), how)
                }
            };
            if !system.aliases.is_empty() {
                how = how.dim(format!("  also {}", system.aliases.join(", ")));
            }
            About {
                sign,
                of,
                name: system.name.clone(),
                how,
            }
        }
        Target::Job(id) => {
            let job = model.fleet.job(id)?;
            let class = model.fleet.class(id);
            About {
                sign: class_sign(class),
                of: model.directory.tenant_name(&job.tenant).to_owned(),
                name: job.id.to_string(),
                how: job_words(scene, class, job, &id.appliance),
            }
        }
        Target::Alert(id) => {
            let alert = model.fleet.alert(id)?;
            let sign = match alert.severity.priority() {
                Some(priority) => ("▲", super::words::priority_scope(priority)),
                None => ("▲", Scope::TextDim),
            };
            // A filled chip is too loud for a sign.
            let sign = if sign.1 == Scope::P1 {
                ("▲", Scope::Danger)
            } else {
                sign
            };
            About {
                sign,
                of: match &alert.tenant {
                    Some(tenant) => model.directory.tenant_name(tenant).to_owned(),
                    None => id.appliance.to_string(),
                },
                name: alert.object.clone(),
                how: words.dim(alert.text.clone()),
            }
        }
        Target::Contact(tenant, name, phone) => {
            let contact = target.contact(&model.directory)?;
            let how = words.text(phone.clone());
            let how = match (contact.may_request, contact.may_authorise) {
                (true, true) => how.dim("  may request and authorise"),
                (true, false) => how.dim("  may request"),
                (false, true) => how.dim("  may authorise"),
                (false, false) => how.put(Scope::JobWarning, "  may not request"),
            };
            About {
                sign: ("☏", Scope::TextDim),
                of: model.directory.tenant_name(tenant).to_owned(),
                name: name.clone(),
                how,
            }
        }
        Target::Request(id) => {
            let request = model.requests.get(*id)?;
            let phase = model.request_phase(*id);
            let reference = model.reference_text(*id);
            let name = format!("{reference} {}", model.request_place(*id));
            let how = words.text(phase.name()).dim(match request.owner.as_str() {
                "" => ", unclaimed".to_owned(),
                owner => format!(", {owner}"),
            });
            plain(phase_sign(phase), name.trim_start().to_owned(), how)
        }
        Target::Incident(id) => {
            let incident = model.book.incidents.get(*id)?;
            let phase = model.incident_phase(incident);
            let place = model.incident_place(incident);
            let name = format!("{} {place}", model.incident_name(*id));
            let how = words.text(phase.name());
            let how = how.dim(format!("  {}", model.incident_text(incident)));
            plain(super::incidents::phase_sign(phase), name, how)
        }
        Target::Tenant(id) => {
            let tenant = model.directory.tenant(id)?;
            let node = Node::Tenant(id.clone());
            let sign = if tenant.managed {
                ("■", Scope::TextDim)
            } else {
                ("◇", Scope::TextDim)
            };
            plain(sign, tenant.name.clone(), place_words(scene, &node))
        }
        Target::Appliance(id) => {
            let (_, state) = model.fleet.entry(id)?;
            let how = match scene.link_trouble(id, state) {
                Some(trouble) => words.put(Scope::Stale, trouble),
                None => words.dim("up"),
            };
            plain(scene.link_sign(&state.link), id.to_string(), how)
        }
        Target::Site(id) => {
            let site = model.directory.site(id)?;
            let of = model.directory.tenant_name(&site.tenant).to_owned();
            About {
                sign: ("·", Scope::TextDim),
                of,
                name: id.to_string(),
                how: words.dim(site.kind.clone()),
            }
        }
        Target::Party(id) => {
            let party = model.directory.party(id)?;
            let node = Node::Party(id.clone());
            let how = place_words(scene, &node);
            plain(("▾", Scope::TextDim), party.name.clone(), how)
        }
    })
}

fn link_words(scene: &Scene<'_>, id: &ApplianceId) -> String {
    let state = scene.model.fleet.get(id);
    state
        .and_then(|state| scene.link_trouble(id, state))
        .unwrap_or_default()
}

fn job_words<'a>(
    scene: &Scene<'a>,
    class: JobClass,
    job: &ocdeck_domain::facts::Job,
    on: &ApplianceId,
) -> Words<'a> {
    let words = scene.words();
    let (_, scope) = class_sign(class);
    match class {
        JobClass::Failed | JobClass::Warning => words.put(scope, job.last_message.clone()),
        JobClass::Running => words.put(scope, "running"),
        JobClass::Waiting => words.dim(format!("waits behind {}", job.waiting_for)),
        JobClass::Unknown => words.put(scope, link_words(scene, on)),
        JobClass::Disabled => words.dim("switched off"),
        JobClass::Ok => match job.last_end {
            Some(at) => words.dim(format!("good {}", scene.when.stamp(at))),
            None => words.dim("no run yet"),
        },
    }
}

/// Where a node stands: "provider › north", and what is wrong below it.
fn place_words<'a>(scene: &Scene<'a>, node: &Node) -> Words<'a> {
    let mut above = scene.model.directory.breadcrumb(node);
    above.pop();
    let below = scene.model.fleet.rollup(node);
    let mut words = scene.words().dim(above.join(" › "));
    let failed = below.class(JobClass::Failed);
    if failed > 0 {
        words = words.put(Scope::JobFailed, format!("  ✗ {failed} failed"));
    }
    if below.down > 0 {
        words = words.put(Scope::JobFailed, format!("  ✗ {} down", below.down));
    }
    words
}
