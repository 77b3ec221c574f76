//! What is promised to a client, and what waits for one.

use super::*;

#[test]
fn what_was_promised_stands_in_the_rail() {
    let mut night = Night::demo();
    night.press(Command::ScreenShift);
    night.press(Command::Promise);
    night.type_text("02:40 call Ann Lee back");
    night.press(Command::Open);
    night.press(Command::ScreenFleet);
    usual("rail-promise", &night);
}

#[test]
fn restores_that_wait_for_the_client() {
    let mut draft = Night::busy();
    draft.press(Command::ScreenRestores);
    let mut sent = Night::busy();
    sent.running(RestoreState::Accepted);
    for (name, mut night) in [("restore-waits", draft), ("restore-accepted-waits", sent)] {
        night.press(Command::IncidentWait);
        night.type_text("the name of the folder");
        night.press(Command::NextPane);
        if name == "restore-waits" {
            // Nobody knows who called.
            night.type_text("Tom Reed");
        }
        night.press(Command::NoteSave);
        night.wait(96);
        usual(name, &night);
    }
}

#[test]
fn a_shift_that_waits_for_the_client() {
    let mut night = Night::busy();
    night.press(Command::ScreenRestores);
    night.press(Command::IncidentWait);
    night.type_text("the name of the folder");
    night.press(Command::NextPane);
    night.type_text("Tom Reed");
    night.press(Command::NoteSave);
    night.press(Command::ScreenShift);
    night.press(Command::TurnShift);
    usual("shift-waits", &night);
    check("shift-waits", &night.model, &dark(), 80, 24);
}
