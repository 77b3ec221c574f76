//! The desk out of reach, and others who were faster.

use super::*;
use crate::state::msg::DeskMsg;
use chrono::TimeDelta;

fn out_of_reach(night: &mut Night, waiting: usize) {
    let since = night.model.now - TimeDelta::minutes(3);
    night.send(Msg::Desk(DeskMsg::Failed {
        text: "cannot open the desk postgresql://mara@db.example:5432/desk; check that \
               PostgreSQL runs there and can be reached: connection refused"
            .to_owned(),
        since,
        waiting,
        unkept: None,
    }));
}

#[test]
fn a_desk_out_of_reach_hides_no_clock() {
    let mut night = jobs();
    out_of_reach(&mut night, 3);
    usual("desk-away", &night);
    check("desk-away", &night.model, &dark(), 80, 24);
    let plain = look("dark", Colours::None, true);
    check("desk-away-ascii", &night.model, &plain, 120, 40);
    let mut night = Night::empty();
    out_of_reach(&mut night, 0);
    usual("desk-away-empty", &night);
}

#[test]
fn why_only_a_standby_serves_is_told_whole_at_80_columns() {
    let mut night = jobs();
    let since = night.model.now - TimeDelta::minutes(3);
    let text = "127.0.0.1:5433 is a standby: name the server that takes writes beside it \
                (postgresql://…@FIRST,SECOND/…), or promote it (SELECT pg_promote())";
    night.send(Msg::Desk(DeskMsg::Failed {
        text: text.to_owned(),
        since,
        waiting: 0,
        unkept: None,
    }));
    let shown = picture::text(&drawn(&night.model, &dark(), 80, 24));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&shown).contains(&words(text)), "{shown}");
}

#[test]
fn what_was_done_is_told_in_all_the_room_beside_the_hints_that_stay() {
    let mut night = Night::busy();
    night.press(Command::ScreenShift);
    night.press(Command::BeginHandover);
    night.type_text("jno");
    night.press(Command::Open);
    let shown = picture::text(&drawn(&night.model, &dark(), 80, 24));
    let footer = shown.lines().last().unwrap();
    assert!(
        footer.contains("begun, but jno was never seen on this desk · "),
        "{footer}"
    );
    assert!(footer.contains(": commands  ? help"), "{footer}");
}

#[test]
fn a_long_name_of_a_command_stands_apart_from_its_help() {
    let mut night = Night::busy();
    night.model.demo = Some(Default::default());
    night.press(Command::Palette);
    night.type_text("lose acme");
    let shown = picture::text(&drawn(&night.model, &dark(), 80, 24));
    assert!(
        shown.contains("demo: lose acme/erp01  Really delete"),
        "{shown}"
    );
}

#[test]
fn a_conflict_has_the_whole_line() {
    let mut night = jobs();
    let (id, _) = night
        .model
        .requests
        .all()
        .map(|r| (r.id, ()))
        .next()
        .unwrap();
    let mut winner = night.journal[0].clone();
    winner.record.actor = "jonas".to_owned();
    winner.record.kind = "taken_over".to_owned();
    winner.received_at = night.model.now - TimeDelta::seconds(4);
    night.send(Msg::Desk(DeskMsg::Conflict {
        subject: id.into(),
        refused: vec![winner.record.clone()],
        winner: Some(Box::new(winner)),
    }));
    usual("desk-conflict", &night);
    check("desk-conflict", &night.model, &dark(), 80, 24);
}
