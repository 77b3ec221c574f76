//! A dispatch of another person that got no answer, and one that waits for the desk.

use super::*;
use crate::state::msg::DeskMsg;

/// mara's console died right after the intent; jon sits here.
fn left() -> Night {
    let mut night = Night::busy();
    night.wizard(Command::StepReadBack, false);
    for step in [Command::StepWhere, Command::StepOverwrite] {
        night.press(step);
        night.press(Command::Open);
        night.answer();
    }
    night.press(Command::StepReadBack);
    night.type_text("erp01");
    night.press(Command::Dispatch);
    night.calls.clear();
    night.model.pending.clear();
    night.model.me.name = "jon".into();
    night.wait(660);
    let selected = night.model.restores.selected.unwrap();
    assert!(night.model.left_unanswered(selected).is_some());
    night
}

#[test]
fn another_persons_dispatch_without_an_answer() {
    let mut night = left();
    everywhere("restore-unanswered", &night);
    night.press(Command::SendAsMine);
    usual("restore-send", &night);
    let mut viewer = left();
    viewer.model.me.role = "viewer".into();
    usual("restore-unanswered-viewer", &viewer);
}

#[test]
fn a_dispatch_that_waits_for_the_desk() {
    let mut night = Night::busy();
    night.wizard(Command::StepReadBack, false);
    for step in [Command::StepWhere, Command::StepOverwrite] {
        night.press(step);
        night.press(Command::Open);
        night.answer();
    }
    night.press(Command::StepReadBack);
    night.type_text("erp01");
    night.send(Msg::Desk(DeskMsg::Failed {
        text: "cannot open the desk postgresql://mara@db.example:5432/desk; check that \
               PostgreSQL runs there and can be reached: connection refused"
            .to_owned(),
        since: night.model.now - chrono::TimeDelta::minutes(3),
        waiting: 1,
        unkept: None,
    }));
    night.press(Command::Dispatch);
    night.wait(20);
    everywhere("restore-not-sent", &night);
}
