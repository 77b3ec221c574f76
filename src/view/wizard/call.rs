//! Step 1: who calls, what is asked, what broke and when.

use super::{
    super::{common::below, overlay::matched, scene::under, words::priority_scope},
    Case,
};
use crate::{
    config::theme::Scope,
    state::{
        command::Command,
        wizard::{Caller, Field},
    },
};
use ocdeck_domain::{
    policy::Times,
    priority::Priority,
    restore::{Asked, Purpose},
};
use ocdeck_widgets::{
    format,
    table::{Column, Table},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the step.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let note = scene
        .words()
        .dim("call received ")
        .strong(scene.when.seconds(case.wizard.received))
        .line();
    let inner = case.pane(area, buf, note);
    let roomy = inner.height > 20;
    let gap = u16::from(roomy);
    let mut rest = inner;
    if roomy {
        rest = case.say(rest, buf);
    }
    rest = who(case, rest, buf);
    if case.wizard.not_listed {
        rest = case.field(
            rest,
            buf,
            "number",
            Field::Number,
            "the number to call back",
        );
    }
    rest = below(kind(case, below(rest, gap), buf), gap);
    rest = below(
        case.field(
            rest,
            buf,
            "reason",
            Field::Reason,
            "what broke, in the words of the caller",
        ),
        gap,
    );
    rest = below(happened(case, rest, buf), gap);
    purpose(case, rest, buf);
}

fn who(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    let focused = case.wizard.focus == Field::Caller;
    if let Some(caller) = case.wizard.caller.as_ref().filter(|_| !focused) {
        return taken(case, area, buf, caller);
    }
    let rest = case.field(
        area,
        buf,
        "who calls",
        Field::Caller,
        "name, number, system or alias",
    );
    // On a low screen the fields that follow need the rows.
    if !focused && area.height < 20 {
        return rest;
    }
    let value = case.value(rest);
    let hint = scene.words().dim("name, number, system or alias").line();
    let value = below(
        scene.lines(
            Rect {
                height: 1.min(value.height),
                ..value
            },
            buf,
            &[hint],
        ),
        0,
    );
    let value = Rect {
        height: rest.height.saturating_sub(1),
        ..value
    };
    let value = contacts(case, below(value, u16::from(rest.height > 14)), buf);
    let keys = case.keys(&[
        (Command::CallBack, "call back on that number"),
        (Command::NotListed, "not listed"),
    ]);
    under(
        area,
        scene.lines(
            Rect {
                height: 1.min(value.height),
                ..value
            },
            buf,
            &[keys],
        ),
        0,
    )
}

/// The caller, once taken.
fn taken(case: &Case<'_>, area: Rect, buf: &mut Buffer, caller: &Caller) -> Rect {
    let scene = case.scene();
    case.label(area, buf, "who calls");
    let mut lines = vec![
        scene
            .words()
            .put(Scope::Ok, "✓ ")
            .strong(caller.name().to_owned())
            .text(format!("   {}", caller.number()))
            .line(),
    ];
    let (scope, sign, text) = match caller.contact() {
        Some(contact) if contact.may_request && contact.may_authorise => (
            Scope::Ok,
            "✓",
            "may ask for a restore and allow an overwrite",
        ),
        Some(contact) if contact.may_request => (
            Scope::JobWarning,
            "▲",
            "may ask for a restore, may not allow an overwrite",
        ),
        Some(_) => (
            Scope::JobWarning,
            "▲",
            "may not ask for a restore: call somebody on file who may",
        ),
        None => (
            Scope::JobWarning,
            "▲",
            "not on file: call back on a number on file before you go on",
        ),
    };
    lines.push(
        scene
            .words()
            .put(scope, format!("{sign} "))
            .dim(text)
            .line(),
    );
    if let Some(at) = case.wizard.called_back {
        lines.push(
            scene
                .words()
                .put(Scope::Ok, "✓ ")
                .dim("called back at ")
                .text(scene.when.moment(at))
                .line(),
        );
    } else {
        lines.push(case.keys(&[(Command::CallBack, "call back on that number")]));
    }
    under(area, scene.lines(case.value(area), buf, &lines), 0)
}

fn contacts(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    const COLUMNS: [Column; 5] = [
        Column::left("contact", 12, 18),
        Column::left("tenant", 6, 10).drops(1),
        Column::left("number on file", 14, 16),
        Column::right("asks", 4).gap(1),
        Column::right("allows", 6).gap(1),
    ];
    let scene = case.scene();
    let found = &case.wizard.contacts;
    if found.is_empty() {
        let typed = !case.wizard.text(Field::Caller).trim().is_empty();
        let words = if typed { "nobody on file fits" } else { "" };
        let line = scene.words().put(Scope::Stale, words).line();
        return scene.lines(area, buf, &[line]);
    }
    let rows = u16::try_from(found.len().min(5)).unwrap_or(5);
    let place = Rect {
        x: area.x.saturating_sub(2),
        width: area.width + 2,
        height: (rows + 1).min(area.height),
        ..area
    };
    Table {
        columns: &COLUMNS,
        heads: true,
        len: found.len(),
        offset: ocdeck_widgets::table::offset(
            Some(case.wizard.contact_selected),
            found.len(),
            usize::from(rows),
        ),
        selected: Some(case.wizard.contact_selected),
        air: 2,
        styles: scene.rows(case.wizard.focus == Field::Caller),
    }
    .render(place, buf, |index, row| {
        let Some(hit) = found.get(index) else { return };
        case.table_row(row, Field::Caller, index);
        let contact = &hit.contact;
        let scope = if row.selected() {
            Scope::TextStrong
        } else {
            Scope::Text
        };
        row.put(0, matched(scene, &contact.name, &hit.matched, scope));
        row.put(
            1,
            scene
                .words()
                .text(
                    scene
                        .model
                        .directory
                        .tenant_name(&contact.tenant)
                        .to_owned(),
                )
                .line(),
        );
        row.put(2, scene.words().text(contact.phone.clone()).line());
        for (column, may) in [(3, contact.may_request), (4, contact.may_authorise)] {
            let words = if may {
                scene.words().put(Scope::Ok, "✓")
            } else {
                scene.words().dim("no")
            };
            row.put(column, words.line());
        }
    });
    below(area, rows + 1)
}

fn kind(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    case.label(area, buf, "kind");
    let value = case.value(area);
    let head = scene
        .words()
        .dim(format!(
            "  {:<17}{:<4}{:>8}{:>10}",
            "what is asked", "P", "respond", "initiate"
        ))
        .line();
    scene.lines(
        Rect {
            height: 1.min(value.height),
            ..value
        },
        buf,
        &[head],
    );
    let mut rest = below(value, 1);
    let restore = &scene.model.policy.restore;
    let kinds = [Asked::System, Asked::Folders, Asked::Files];
    for (at, asked) in kinds.into_iter().enumerate() {
        if rest.height == 0 {
            break;
        }
        let times = match asked {
            Asked::System => &restore.system,
            Asked::Folders => &restore.folder,
            Asked::Files => &restore.file,
        };
        let selected = case.wizard.kind_selected == asked;
        let row = Rect { height: 1, ..rest };
        case.choice(row, buf, 1, (Field::Kind, at), selected);
        kind_row(case, row, buf, asked, times);
        rest = below(rest, 1);
    }
    let hint = kind_hint(case);
    under(area, scene.lines(rest, buf, &hint), 0)
}

fn kind_row(case: &Case<'_>, area: Rect, buf: &mut Buffer, asked: Asked, times: &Times) {
    let scene = case.scene();
    let chosen = case.wizard.asked == Some(asked);
    let (sign, scope) = case.radio(chosen);
    let name = if chosen {
        Scope::TextStrong
    } else {
        Scope::Text
    };
    let words = scene
        .words()
        .put(scope, sign)
        .text(" ")
        .put(name, format!("{:<17}", asked.name()))
        .line();
    let used = text::put_line(buf, area.x, area.y, area.width, &words);
    let priority = case
        .wizard
        .priority
        .filter(|_| chosen)
        .unwrap_or(times.priority);
    let chip = scene
        .words()
        .put(priority_scope(priority), priority.to_string())
        .line();
    text::put_line(buf, area.x + used, area.y, 3, &chip);
    let shown = if priority == times.priority {
        times
    } else {
        &scene.model.policy.restore.raised
    };
    let length = |seconds: u32| {
        let minutes = seconds / 60;
        if minutes > 0 && minutes.is_multiple_of(60) {
            format::Quantity {
                number: (minutes / 60).to_string(),
                unit: "h",
            }
        } else {
            format::Quantity {
                number: minutes.to_string(),
                unit: "min",
            }
        }
    };
    for (seconds, right) in [(shown.respond, 31), (shown.initiate, 41)] {
        let line = scene.words().quantity(length(seconds)).line();
        text::put_right(buf, area.x + right, area.y, 9, &line);
    }
}

fn kind_hint<'a>(case: &Case<'a>) -> Vec<Line<'a>> {
    let scene = case.scene();
    let urgent = case.keys(&[(Command::Urgent, "the client calls it as urgent as a system")]);
    match case.wizard.asked {
        None => vec![
            Line::default(),
            scene
                .words()
                .put(Scope::JobWarning, "▲ ")
                .strong("P1 until you choose")
                .dim(": the strictest clock runs.")
                .line(),
        ],
        Some(Asked::System) => Vec::new(),
        Some(_) if case.wizard.priority == Some(Priority::P1) => vec![
            scene
                .words()
                .put(Scope::P2, "raised to P1: the client says it is as urgent")
                .line(),
        ],
        Some(_) => vec![urgent],
    }
}

fn happened(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    let rest = case.field(
        area,
        buf,
        "happened",
        Field::Happened,
        "20 Nov 23:40 · 3 h ago · yesterday noon",
    );
    if rest.height == 0 {
        return rest;
    }
    let line = match case.wizard.event_time(scene.model.wizard_zone()) {
        Ok(_) if case.wizard.text(Field::Happened).trim().is_empty() => scene
            .words()
            .dim("empty: when the call was received")
            .line(),
        Ok(at) => scene
            .words()
            .put(Scope::Ok, "✓ ")
            .text(scene.when.stamp(at))
            .line(),
        Err(why) => scene
            .words()
            .put(Scope::JobWarning, format!("▲ {why}"))
            .line(),
    };
    under(area, scene.prose(case.value(rest), buf, &line), 0)
}

fn purpose(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let scene = case.scene();
    case.label(area, buf, "purpose");
    let value = case.value(area);
    let focused = case.wizard.focus == Field::Purpose;
    let row = Rect { height: 1, ..value };
    case.choice(row, buf, 1, (Field::Purpose, 0), focused);
    let mut words = scene.words();
    for purpose in [Purpose::Production, Purpose::RecoveryTest] {
        let on = case.wizard.purpose == purpose;
        let (sign, scope) = case.radio(on);
        let name = if on {
            Scope::TextStrong
        } else {
            Scope::TextDim
        };
        words = words
            .put(scope, sign)
            .text(" ")
            .put(name, purpose.name())
            .text("   ");
    }
    if case.wizard.purpose == Purpose::RecoveryTest {
        words = words.dim("starts no clock");
    }
    text::put_line(buf, value.x, value.y, value.width, &words.line());
}
