//! A dispatch of another person that got no answer.

use super::*;

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
