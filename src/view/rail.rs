//! The clock rail under the header: in every view, while any clock runs. Without one, what
//! the demo or the desk has to say.

use super::{scene::Scene, words::Words};
use crate::{
    config::theme::Scope,
    state::{
        clocks::{Chip, Due, Timed},
        command::Command,
        model::{Model, Screen},
        msg::Spot,
    },
};
use ocdeck_domain::{clock::Heat, facts::Time, handover::Promised, priority::Priority};
use ocdeck_widgets::{format, rail, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// The most rows of why the desk is out of reach. Below the clocks' row, which never gives way.
const MOST: usize = 3;

/// How many rows it takes of a screen of this size. Below 30 rows it has one only while there is
/// something in it.
pub(super) fn height(scene: &Scene<'_>, screen: Rect) -> u16 {
    let why = trouble_lines(scene, screen.width.saturating_sub(2)).len();
    let rows = match why {
        0 => usize::from(screen.height >= 30 || has_something(scene.model)),
        _ if clocks_run(scene.model) => why + 1,
        _ => why,
    };
    u16::try_from(rows).unwrap_or(1)
}

fn clocks_run(model: &Model) -> bool {
    !model.due().is_empty()
}

/// Whether the rail has anything to show.
fn has_something(model: &Model) -> bool {
    clocks_run(model) || model.alerts.hottest().is_some() || waiting_call(model).is_some()
}

/// The lost system of the demo, while nobody has taken the call about it.
pub(super) fn waiting_call(model: &Model) -> Option<(&str, u64)> {
    let demo = model.demo.as_ref()?;
    let (system, files) = demo.lost.as_ref()?;
    let answered = demo.compared.is_some() || model.requests.open_count() > 0;
    (!answered).then_some((system.as_str(), *files))
}

/// Draws the rail.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let area = trouble(scene, area, buf);
    if area.width == 0 {
        return;
    }
    if !scene.model.desk.loaded {
        // Whether a clock runs stands there.
        let line = scene
            .words()
            .put(Scope::TextFaint, "◷ the desk is being read")
            .line();
        text::put_line(buf, area.x + 1, area.y, area.width.saturating_sub(2), &line);
        return;
    }
    let due = scene.model.due();
    let tail = tail(scene, area, buf, due.is_empty());
    if due.is_empty() {
        let line = idle(scene);
        let room = area.width.saturating_sub(2 + tail);
        text::put_line(buf, area.x + 1, area.y, room, &line);
        return;
    }
    let place = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2 + tail),
        ..area
    };
    let bar = if due.len() == 1 { 7 } else { 4 };
    let chips = due.iter().map(|due| match due {
        Due::Clock(clock) => chip(scene, clock, bar),
        Due::Promise(promised) => promise(scene, promised),
    });
    let chips: Vec<rail::Chip<'_>> = chips.collect();
    for (at, place) in rail::render(place, buf, &chips) {
        let spot = due.get(at).map(|due| match due.of() {
            Timed::Request(id) => Spot::Request(id),
            Timed::Incident(id) => Spot::Incident(id),
            Timed::Promise(id) => Spot::Promise(id),
        });
        if let Some(spot) = spot {
            scene.spot(place, spot);
        }
    }
}

/// What was promised: when, what and by whom; without what; never without when and who.
fn promise<'a>(scene: &Scene<'a>, promised: &Promised) -> rail::Chip<'a> {
    let due = promised.promise.due;
    let scope = match due < scene.when.now {
        true => Scope::ClockHot,
        false => Scope::ClockWarn,
    };
    let form = |what: bool| {
        let words = scene.words().dim("promised ");
        let mut words = words.put(scope, scene.when.next(due)).text(" ");
        if what {
            words = words.text(promised.promise.text.clone()).text(" ");
        }
        words.dim(promised.by.clone()).line()
    };
    rail::Chip {
        forms: vec![form(true), form(false)],
        stays: false,
        more: scene.style(scope),
    }
}

/// At the right: the clocks of alerts as one count with the hottest, and the key that walks
/// through all clocks. Never filled: their targets are internal. Gives the cells it took.
fn tail(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, alone: bool) -> u16 {
    let mut words = scene.words();
    let hottest = scene.model.alerts.hottest();
    if let Some((count, deadline, _)) = hottest {
        if !alone {
            words = words.put(Scope::PaneRule, "│ ");
        }
        words = words.dim("alerts ").text(count.to_string()).dim(" · ");
        words = words.and(hottest_words(scene, deadline)).text(" ");
    }
    if hottest.is_some() || !alone {
        let key = scene.key_of(Command::UrgentClock);
        words = words.key(key.unwrap_or_default());
    }
    let line = words.line();
    let width = text::line_width(&line);
    if width == 0 {
        return 0;
    }
    let right = area.right().saturating_sub(1);
    text::put_right(buf, right, area.y, area.width.saturating_sub(2), &line);
    if hottest.is_some() {
        let place = Rect {
            x: right.saturating_sub(width),
            width,
            height: 1,
            ..area
        };
        scene.spot(place, Spot::Tab(Screen::Alerts));
    }
    width + 2
}

/// `03:12`, `over 01:48`.
fn hottest_words<'a>(scene: &Scene<'a>, deadline: Time) -> Line<'a> {
    let left = (deadline - scene.when.now).num_seconds();
    let clock = match left.unsigned_abs() {
        0..3_600 => format::clock(left.saturating_abs()),
        long => format::age(long).to_string(),
    };
    if left <= 0 {
        let over = format!("over {clock}");
        return scene.words().put(Scope::Danger, over).line();
    }
    let id = scene.model.alerts.hottest().map(|(_, _, id)| id);
    let alert = id.and_then(|id| scene.model.known_alert(id));
    let clock_of = alert.and_then(|alert| scene.model.alert_clock(&alert));
    let heat = clock_of.map_or(Heat::Normal, |clock| {
        clock.heat(scene.when.now, &scene.model.policy.clock)
    });
    let scope = match heat {
        Heat::Normal => Scope::Text,
        heat => heat_scope(heat),
    };
    scene.words().put(scope, clock).line()
}

/// Since when the desk is read-only, how much waits, and why: below the clocks, which keep their
/// row. What is left for these.
fn trouble(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let row = area.width.saturating_sub(2);
    let lines = trouble_lines(scene, row);
    if lines.is_empty() {
        return area;
    }
    let clocks = clocks_run(scene.model);
    for (y, line) in (area.y + u16::from(clocks)..area.bottom()).zip(&lines) {
        text::put_line(buf, area.x + 1, y, row, line);
    }
    match clocks {
        true => Rect { height: 1, ..area },
        false => Rect { width: 0, ..area },
    }
}

fn trouble_head<'a>(scene: &Scene<'a>) -> Words<'a> {
    let desk = &scene.model.desk;
    let words = scene.words().put(Scope::Danger, "✗ desk read-only");
    let words = match &desk.trouble {
        Some((_, since)) => words.dim(format!(" since {}", scene.when.minutes(*since))),
        None => words,
    };
    let words = match desk.waiting {
        0 => words,
        1 => words.text(" · 1 waits"),
        n => words.text(format!(" · {n} wait")),
    };
    match desk.unkept {
        true => words.put(Scope::Danger, " only here"),
        false => words,
    }
}

/// Why the desk is out of reach, in lines of so many cells, behind since when.
fn trouble_lines<'a>(scene: &Scene<'a>, row: u16) -> Vec<Line<'a>> {
    let Some((why, _)) = &scene.model.desk.trouble else {
        return Vec::new();
    };
    let words = trouble_head(scene).dim(": ").text(why.clone());
    let mut lines = text::wrap(&words.line(), row);
    let rest = lines.split_off(lines.len().min(MOST));
    if let Some(last) = lines.last_mut() {
        // The last row says that there is more.
        for line in rest {
            last.spans.push(" ".into());
            last.spans.extend(line.spans);
        }
    }
    lines
}

/// The line while no clock runs.
fn idle<'a>(scene: &Scene<'a>) -> Line<'a> {
    let Some((system, files)) = waiting_call(scene.model) else {
        return scene
            .words()
            .put(Scope::TextFaint, "◷ no client's clock is running")
            .line();
    };
    let caller = caller_of(scene.model, system);
    let words = scene
        .words()
        .put(Scope::ClockHot, format!("☏ {caller}"))
        .text(format!(" is on the phone: {system} is gone, "))
        .files(Scope::Text, files, ".  ");
    match scene.key_of(Command::CallCard) {
        Some(key) => words.key(key).text(" takes the call").line(),
        None => words.line(),
    }
}

/// The contact who would call about a system: one who may ask and allow, if there is one.
pub(super) fn caller_of(model: &Model, system: &str) -> String {
    let tenant = system.split('/').next().unwrap_or_default();
    let mut contacts: Vec<_> = model
        .directory
        .contacts()
        .iter()
        .filter(|contact| {
            contact.tenant.as_str() == tenant
                || model.directory.tenant_name(&contact.tenant) == tenant
        })
        .collect();
    contacts.sort_by_key(|contact| (!contact.may_request, !contact.may_authorise));
    contacts
        .first()
        .map_or_else(|| tenant.to_owned(), |c| format!("{} of {tenant}", c.name))
}

/// A chip in all its forms: everything, without the verb, without the bar, without the owner.
fn chip<'a>(scene: &Scene<'a>, chip: &Chip, bar: u16) -> rail::Chip<'a> {
    let forms = [
        (true, true, true),
        (false, true, true),
        (false, false, true),
        (false, false, false),
    ]
    .map(|(verb, with_bar, owner)| form(scene, chip, verb, with_bar.then_some(bar), owner))
    .to_vec();
    rail::Chip {
        forms,
        stays: chip.priority() == Priority::P1,
        more: scene.style(heat_scope(chip.heat)),
    }
}

fn form<'a>(scene: &Scene<'a>, chip: &Chip, verb: bool, bar: Option<u16>, owner: bool) -> Line<'a> {
    let time = format::clock(chip.left.num_seconds());
    let verb = if chip.needs_call {
        "needs call ".to_owned()
    } else if chip.unanswered {
        "no answer ".to_owned()
    } else if chip.waits(scene.when.now) {
        // The time goes on; what pauses is the adjusted value.
        let words = if verb {
            "‖ waits for client "
        } else {
            "‖ "
        };
        words.to_owned()
    } else if verb {
        format!("{} ", chip.clock.verb.name())
    } else {
        String::new()
    };
    if chip.heat == Heat::Breached {
        let owner = match (&chip.owner, owner) {
            (_, false) => String::new(),
            (Some(owner), true) => format!(" {owner}"),
            (None, true) => " unclaimed".to_owned(),
        };
        let priority = chip.priority();
        let text = format!(" {priority} {time} {verb}{}{owner} ", chip.place);
        return Line::styled(text, scene.style(Scope::ClockBreached));
    }
    let time_scope = match chip.heat {
        Heat::Normal => Scope::Text,
        heat => heat_scope(heat),
    };
    let mut words = scene.words().priority(chip.priority());
    words = words.text(" ").put(time_scope, time).text(" ");
    if let Some(width) = bar {
        words = words.and(bar_line(scene, chip, width)).text(" ");
    }
    words = words.text(verb).text(chip.place.clone());
    match (&chip.owner, owner) {
        (_, false) => words.line(),
        (Some(owner), true) => words.dim(format!(" {owner}")).line(),
        (None, true) => words.put(Scope::P2, " unclaimed").line(),
    }
}

/// A bar as words, for a line.
fn bar_line<'a>(scene: &Scene<'a>, chip: &Chip, width: u16) -> Line<'a> {
    let bar = scene.bar(u64::from(chip.percent), 100, heat_scope(chip.heat));
    scene.bar_words(&bar, width)
}

/// What a clock looks like.
pub(super) fn heat_scope(heat: Heat) -> Scope {
    match heat {
        Heat::Normal => Scope::ClockCalm,
        Heat::Warn => Scope::ClockWarn,
        Heat::Hot | Heat::Over => Scope::ClockHot,
        Heat::Breached => Scope::ClockBreached,
    }
}
