//! The Shift screen and the sweep.

use super::{check, dark, everywhere, fixture::Night, look, usual};
use crate::{
    config::theme::Colours,
    state::{command::Command, shift::Older},
};

/// A shift that is being handed over: two requests, a promise, notes, a look at every job.
fn handing_over() -> Night {
    let mut night = Night::busy();
    night.press(Command::ScreenShift);
    night.press(Command::OnShift);
    for (command, text) in [
        (
            Command::Promise,
            "06:40 call the site of acme about the part",
        ),
        (Command::BeginHandover, "jon"),
        (
            Command::HandoverNote,
            "north phones a lot tonight: their calls go to Pat.",
        ),
        (
            Command::HandoverNote,
            "The shelf of stl-repo-07 was reset at 01:20; watch disk 4.",
        ),
        (Command::AddLine, "the new coffee machine needs water"),
    ] {
        night.press(command);
        night.type_text(text);
        night.press(Command::Open);
    }
    night.press(Command::First);
    night.press(Command::TakeOne);
    // What follows is seen by jon.
    night.model.me.name = "jon".into();
    night.press(Command::ReadLine);
    night
}

#[test]
fn shift_everywhere() {
    let mut night = handing_over();
    everywhere("shift", &night);
    night.press(Command::NextPane);
    check("shift-side", &night.model, &dark(), 80, 24);
    night.press(Command::NextPane);
    while night.model.lines_read().0 < night.model.lines_read().1 {
        night.press(Command::ReadLine);
    }
    night.press(Command::TakeShift);
    usual("shift-mine", &night);
    night.press(Command::History);
    usual("shift-history", &night);
    night.press(Command::Open);
    usual("shift-copy", &night);
    night.press(Command::Back);
    night.model.shift.older = Older::All;
    night.press(Command::BeginHandover);
    night.type_text("eva");
    night.press(Command::Open);
    night.press(Command::CancelHandover);
    night.type_text("eva is on the road until six");
    night.press(Command::Open);
    night.press(Command::History);
    night.press(Command::First);
    check("shift-history-all", &night.model, &dark(), 80, 24);
    usual("shift-history-all", &night);
    night.press(Command::Open);
    usual("shift-called-off", &night);
}

#[test]
fn shift_of_nobody() {
    let mut night = Night::demo();
    night.press(Command::ScreenShift);
    usual("shift-none", &night);
}

#[test]
fn sweep() {
    let mut night = Night::busy();
    night.press(Command::ScreenAlerts);
    night.press(Command::SweepBegin);
    night.press(Command::Stamp);
    night.press(Command::Finding);
    night.type_text("rights changed?");
    night.press(Command::Open);
    usual("sweep", &night);
    check("sweep", &night.model, &dark(), 80, 24);
    let plain = look("dark", Colours::None, true);
    check("sweep-ascii", &night.model, &plain, 120, 40);
}
