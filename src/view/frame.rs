//! The frame around every screen: header, tabs with the scope, footer.

use super::scene::Scene;
use crate::{
    config::theme::Scope,
    state::{
        command::Command, hints::Hint, lists::JobClass, model::Screen, msg::Spot,
        overlay::ToastKind,
    },
};
use ocdeck_widgets::{hints, text};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

/// The parts of the screen.
pub(super) struct Parts {
    pub(super) header: Rect,
    pub(super) rail: Rect,
    pub(super) tabs: Rect,
    pub(super) body: Rect,
    pub(super) footer: Rect,
}

impl Parts {
    /// The parts of a screen.
    pub(super) fn of(area: Rect, scene: &Scene<'_>) -> Self {
        let rail = super::rail::height(scene, area);
        let row = |y: u16, height: u16| {
            Rect {
                x: area.x,
                y: area.y + y,
                width: area.width,
                height,
            }
            .intersection(area)
        };
        let above = 2 + rail;
        Self {
            header: row(0, 1),
            rail: row(1, rail),
            tabs: row(1 + rail, 1),
            body: row(above, area.height.saturating_sub(above + 1)),
            footer: row(area.height.saturating_sub(1).max(above), 1),
        }
    }
}

/// Links, jobs, alerts, who and when.
pub(super) fn header(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, scene.style(Scope::BgBar));
    let wide = area.width >= 100;
    let right = who_and_when(scene, area.width);
    let used = text::put_right(
        buf,
        area.right().saturating_sub(1),
        area.y,
        area.width.saturating_sub(2),
        &right,
    );
    let room = area.width.saturating_sub(used + 3);
    let mut words = scene.words();
    if wide {
        words = words.strong("OCDECK").text("  ");
    }
    if let Some(demo) = &scene.model.demo {
        words = words.put(Scope::ToastWait, " DEMO ").text("  ");
        if wide && !demo.seeding.is_empty() {
            words = words.dim(format!("{}  ", demo.seeding));
        }
    }
    let line = if scene.model.fleet.total().appliances == 0 {
        words.dim("no appliance yet").line()
    } else {
        let words = words.and(links(scene, wide));
        let words = separator(words, wide).and(jobs(scene, wide));
        separator(words, wide).and(alerts(scene, wide)).line()
    };
    text::put_line(buf, area.x + 1, area.y, room, &line);
}

fn separator<'a>(words: super::words::Words<'a>, wide: bool) -> super::words::Words<'a> {
    if wide {
        words.text(" ").put(Scope::PaneRule, "│").text(" ")
    } else {
        words.text("  ")
    }
}

fn links<'a>(scene: &Scene<'a>, wide: bool) -> Line<'a> {
    let total = scene.model.fleet.total();
    let parts = [
        ("●", Scope::Ok, total.up, "up"),
        ("◌", Scope::Stale, total.stale, "stale"),
        ("✗", Scope::JobFailed, total.down, "down"),
    ];
    let mut words = scene.words();
    for (n, (sign, scope, count, word)) in parts.into_iter().enumerate() {
        if n > 0 {
            words = words.text(if wide { "  " } else { " " });
        }
        let loud = count > 0 || n == 0;
        let number = match (loud, n) {
            (true, 2) => Scope::JobFailed,
            (true, _) => Scope::Text,
            (false, _) => Scope::TextDim,
        };
        words = words
            .put(if loud { scope } else { Scope::TextFaint }, sign)
            .text(" ")
            .put(number, count.to_string());
        if wide {
            words = words.dim(format!(" {word}"));
        }
    }
    words.line()
}

fn jobs<'a>(scene: &Scene<'a>, wide: bool) -> Line<'a> {
    let total = scene.model.fleet.total();
    let (running, failed) = (
        total.class(JobClass::Running),
        total.class(JobClass::Failed),
    );
    let scope = |count, loud| if count > 0 { loud } else { Scope::TextDim };
    let words = scene
        .words()
        .dim("jobs ")
        .put(scope(running, Scope::JobRunning), running.to_string());
    let words = if wide {
        words.dim(" running ")
    } else {
        words.put(Scope::JobRunning, "► ")
    };
    let words = words.put(scope(failed, Scope::JobFailed), failed.to_string());
    if wide {
        words.dim(" failed").line()
    } else {
        words.put(scope(failed, Scope::JobFailed), "✗").line()
    }
}

fn alerts<'a>(scene: &Scene<'a>, wide: bool) -> Line<'a> {
    let [p1, p2, p3, _] = scene.model.alerts.counts.queued;
    let mut words = scene.words();
    if wide {
        words = words.dim("alerts ");
    }
    words = if p1 > 0 {
        words.put(Scope::P1, format!(" P1 {p1} ")).text(" ")
    } else {
        words.dim("P1 0  ")
    };
    for (name, scope, count) in [("P2", Scope::P2, p2), ("P3", Scope::P3, p3)] {
        let scope = if count > 0 { scope } else { Scope::TextDim };
        words = words.put(scope, format!("{name} {count}")).text("  ");
    }
    words.line()
}

fn who_and_when<'a>(scene: &Scene<'a>, width: u16) -> Line<'a> {
    let me = &scene.model.me;
    let words = scene.words();
    let words = if me.name.is_empty() {
        words.dim("not signed in")
    } else {
        words.text(me.name.clone())
    };
    let words = if width >= 140 && !me.role.is_empty() {
        words.dim(format!(" {}", me.role))
    } else {
        words
    };
    words
        .text("  ")
        .strong(scene.when.minutes(scene.model.now))
        .dim(format!(" {}", scene.when.zone_name()))
        .line()
}

/// The tabs, and at the right the scope, which loses its left parts first.
pub(super) fn tabs(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let wide = area.width >= 100;
    let mut words = scene.words();
    let mut x = area.x + 1;
    for screen in Screen::ALL {
        let on = scene.model.screen == screen;
        let count = tab_count(scene, screen);
        if on {
            let count = count.map_or(String::new(), |(count, _)| format!(" {count}"));
            let chip = format!(" {} {}{count} ", screen.number(), screen.name());
            words = words.put(Scope::TabOn, chip);
        } else {
            words = words
                .text(" ")
                .key(screen.number().to_string())
                .dim(format!(" {}", screen.name()));
            if let Some((count, scope)) = count {
                words = words.put(scope, format!(" {count}"));
            }
            words = words.text(" ");
        }
        if wide {
            words = words.text(" ");
        }
        let end = area.x + 1 + words.width();
        let tab = Rect {
            x,
            width: end.saturating_sub(x),
            ..area
        };
        scene.spot(tab, Spot::Tab(screen));
        x = end;
    }
    let used = 1 + text::put_line(
        buf,
        area.x + 1,
        area.y,
        area.width.saturating_sub(2),
        &words.line(),
    );
    let room = area.width.saturating_sub(used + 3);
    let right = area.right().saturating_sub(1);
    text::put_right(buf, right, area.y, room, &scope(scene, room, wide));
}

/// How many things of a screen want a person.
fn tab_count(scene: &Scene<'_>, screen: Screen) -> Option<(usize, Scope)> {
    match screen {
        Screen::Alerts => {
            let [p1, p2, ..] = scene.model.alerts.counts.queued;
            let count = p1 + p2;
            (count > 0).then_some((count, Scope::P2))
        }
        Screen::Restores => {
            let wanted = scene.model.to_approve().count();
            if wanted > 0 {
                return Some((wanted, Scope::P2));
            }
            let count = scene.model.requests.open_count();
            (count > 0).then_some((count, Scope::Text))
        }
        Screen::Incidents => {
            let count = scene.model.incidents_open();
            (count > 0).then_some((count, Scope::Text))
        }
        Screen::Shift => {
            let mine = scene
                .model
                .handover()
                .filter(|(_, handover)| handover.to == scene.model.me.name);
            mine.map(|_| (1, Scope::P2))
        }
        Screen::Fleet | Screen::Jobs => None,
    }
}

fn scope<'a>(scene: &Scene<'a>, room: u16, wide: bool) -> Line<'a> {
    let names = scene.model.breadcrumb();
    let Some((last, above)) = names.split_last() else {
        return scene.words().dim("scope ").strong("everything").line();
    };
    let lead = if wide { "scope " } else { "" };
    for skip in 0..=above.len() {
        let mut words = scene.words().dim(lead);
        if skip > 0 && !above.is_empty() {
            words = words.dim("… › ");
        }
        for name in above.iter().skip(skip) {
            words = words.dim(name.clone()).put(Scope::TextFaint, " › ");
        }
        let line = words.strong(last.clone()).line();
        if text::line_width(&line) <= room {
            return line;
        }
    }
    scene.words().strong(last.clone()).line()
}

/// Keys and the outcome of the last action.
pub(super) fn footer(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, scene.style(Scope::BgBar));
    let shown: Vec<(Command, hints::Hint<'_>)> = mistakes(scene)
        .into_iter()
        .chain(
            scene
                .model
                .hints()
                .into_iter()
                .filter_map(|hint| footer_hint(scene, hint)),
        )
        .collect();
    let (commands, shown): (Vec<Command>, Vec<hints::Hint<'_>>) = shown.into_iter().unzip();
    let stay = hints::staying(&shown);
    let toast = scene.model.toast.as_ref().map(|toast| {
        let (sign, scope) = match toast.kind {
            ToastKind::Ok => ("✓", Scope::ToastOk),
            ToastKind::Wait => ("○", Scope::ToastWait),
            ToastKind::Bad | ToastKind::Conflict => ("✗", Scope::ToastBad),
        };
        let at = scene.when.minutes(toast.at);
        // Sign, time and a cell of air at each side.
        let frame = text::width(&at) + 7;
        let most = match toast.kind {
            // It was done behind one's back, or not done at all: the whole row is for the words.
            ToastKind::Bad | ToastKind::Conflict => area.width.saturating_sub(frame),
            // In a dialog no hint stays of itself: half of them do.
            _ if stay == 0 => area.width / 2,
            _ => area.width.saturating_sub(frame + stay).max(area.width / 2),
        };
        let text = text::cut_end(&toast.text, most).into_owned();
        let style = scene.style(scope);
        let line = Line::styled(format!("{sign} {text} · {at}"), style);
        (line, style)
    });
    let toast = toast.as_ref().map(|(line, style)| (line, *style));
    let chord = &scene.model.chord;
    if !chord.keys.is_empty() {
        let keys: Vec<String> = chord.keys.iter().map(|key| scene.key_name(key)).collect();
        let line = scene
            .words()
            .key(keys.join(" "))
            .dim(" was pressed, waiting for the next key  ")
            .key(scene.key_name("⌫"))
            .dim(" one back  ")
            .key("Esc")
            .dim(" close")
            .line();
        text::put_line(buf, area.x + 1, area.y, area.width.saturating_sub(2), &line);
        return;
    }
    for (at, place) in hints::footer(area, buf, &shown, toast) {
        if let Some(command) = commands.get(at) {
            scene.spot(place, Spot::Hint(*command));
        }
    }
}

/// Mistakes in the configuration stand here until they are mended.
fn mistakes<'a>(scene: &Scene<'a>) -> Option<(Command, hints::Hint<'a>)> {
    let count = scene.model.config.mistakes.len();
    let words = match count {
        0 => return None,
        1 => "▲ 1 mistake in the configuration".to_owned(),
        _ => format!("▲ {count} mistakes in the configuration"),
    };
    let key = scene.key_of(Command::ShowConfig).unwrap_or_default();
    let hint = hints::Hint {
        key: Span::styled(key, scene.style(Scope::Key)),
        word: Span::styled(words, scene.style(Scope::JobWarning)),
        stays: true,
    };
    Some((Command::ShowConfig, hint))
}

fn footer_hint<'a>(scene: &Scene<'a>, hint: Hint) -> Option<(Command, hints::Hint<'a>)> {
    let off = hint.off.is_some();
    let (key, word) = if off {
        (Scope::KeyOff, Scope::TextFaint)
    } else {
        (Scope::Key, Scope::Text)
    };
    let shown = hints::Hint {
        key: Span::styled(scene.key_name(&hint.key?), scene.style(key)),
        word: Span::styled(hint.label, scene.style(word)),
        stays: matches!(hint.command, Command::Palette | Command::Help),
    };
    Some((hint.command, shown))
}
