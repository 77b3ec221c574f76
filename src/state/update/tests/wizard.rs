//! The steps in any order; drafts; what is browsed, marked, planned.

use super::*;
use crate::state::msg::{CallError, CallErrorKind};
use crate::state::{
    command::Mode,
    overlay::Overlay,
    wizard::{Load, MarkState, Step, TargetKind},
};
use ocdeck_domain::restore::{Asked, Purpose, Target};

#[test]
fn the_caller_is_found_by_name_number_system_or_alias() {
    for (typed, name) in [
        ("ann l", "Ann Lee"),
        ("555 0168", "Anna Lund"),
        ("fs02", "Anna Lund"),
        ("erp01-alias", "Ann Lee"),
        ("dan acme", "Dan Roe"),
    ] {
        let mut deck = Deck::new();
        deck.press(Command::CallCard);
        assert_eq!(deck.model.mode(), Mode::Field);
        deck.type_text(typed);
        assert_eq!(deck.wizard().contacts[0].contact.name, name, "{typed}");
    }
}

#[test]
fn a_contact_who_may_not_ask_is_named_and_called_back() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.type_text("dan");
    deck.press(Command::Open);
    assert!(deck.toast().contains("Dan Roe may not ask"));
    deck.press(Command::CallBack);
    assert!(deck.kinds().contains(&"called_back"));
    assert_eq!(deck.toast(), "called back on +1 555 0143");
}

#[test]
fn a_caller_who_is_not_listed_is_taken_as_typed() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.press(Command::NotListed);
    deck.type_text("Bo Berg");
    deck.press(Command::Open);
    deck.type_text("+1 555 0199");
    deck.press(Command::Open);
    let caller = deck.wizard().caller.as_ref().unwrap();
    assert_eq!((caller.name(), caller.number()), ("Bo Berg", "+1 555 0199"));
    assert_eq!(deck.wizard().focus, Field::Kind);
}

#[test]
fn the_strictest_clock_runs_until_a_kind_is_chosen() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    assert_eq!(deck.model.rail()[0].priority(), Priority::P1);
    deck.type_text("ann l");
    deck.press(Command::Open);
    deck.press(Command::Last);
    deck.press(Command::Open);
    assert_eq!(deck.wizard().asked, Some(Asked::Files));
    assert_eq!(deck.model.rail()[0].priority(), Priority::P2);
    deck.press(Command::Urgent);
    assert_eq!(deck.model.rail()[0].priority(), Priority::P1);
    deck.press(Command::Urgent);
    assert!(
        matches!(deck.model.overlay, Some(Overlay::Ask(_))),
        "lowering needs a reason"
    );
    deck.press(Command::Open);
    assert!(deck.toast().contains("needs a reason"));
    deck.type_text("only one file");
    deck.press(Command::Open);
    assert_eq!(deck.model.rail()[0].priority(), Priority::P2);
    assert_eq!(deck.model.rail()[0].clock.start, at("2026-11-21T08:14:05Z"));
}

#[test]
fn a_recovery_test_has_no_clock() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.press(Command::PreviousField);
    assert_eq!(deck.wizard().focus, Field::Purpose);
    deck.press(Command::Mark);
    assert_eq!(deck.wizard().purpose, Purpose::RecoveryTest);
    deck.press(Command::StepCall);
    deck.press(Command::NextField);
    deck.press(Command::Open);
    assert!(deck.model.rail().is_empty());
}

#[test]
fn a_point_without_the_folder_that_it_names_is_browsed_from_its_top() {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::StepPoint);
    deck.press(Command::Down);
    deck.press(Command::Open);
    let (ticket, _, call) = deck.calls.pop().unwrap();
    assert!(matches!(call, Call::Browse(_, _, folder) if folder == b"/srv/erp01/data"));
    let gone = CallError {
        kind: CallErrorKind::Refused,
        text: "no such folder".into(),
        code: "NOT_FOUND".into(),
    };
    deck.send(Msg::Reply(ticket, Reply::Entries(Err(gone.clone()))));
    let (ticket, _, call) = deck.calls.pop().unwrap();
    assert!(matches!(call, Call::Browse(_, _, folder) if folder == b"/"));
    assert_eq!(deck.wizard().folder, b"/");
    deck.send(Msg::Reply(ticket, Reply::Entries(Err(gone))));
    assert!(deck.calls.is_empty(), "the top is asked for once");
    assert!(deck.toast().contains("no such folder"));
}

#[test]
fn files_are_browsed_and_marked_across_folders() {
    let mut deck = Deck::new();
    deck.call_for_files();
    assert_eq!(deck.wizard().step, Step::What);
    assert_eq!(deck.wizard().folder, b"/srv/erp01/data");
    deck.press(Command::Down);
    deck.press(Command::Mark);
    deck.press(Command::First);
    deck.press(Command::Right);
    deck.answer();
    deck.press(Command::Open);
    assert_eq!(deck.wizard().marks.len(), 2);
    assert_eq!(
        deck.wizard().mark_state(b"/srv/erp01/data/ledger"),
        MarkState::Part
    );
    deck.press(Command::Left);
    deck.answer();
    assert!(
        deck.calls.is_empty(),
        "a folder seen before is not asked for again"
    );
    deck.press(Command::Mark);
    assert_eq!(
        deck.wizard().marks.len(),
        2,
        "the folder holds the file marked in it"
    );
    deck.press(Command::TypePath);
    deck.send(Msg::Paste("/srv/erp01/data/ledger/batch-9\n".into()));
    deck.press(Command::Open);
    assert!(deck.toast().contains("is marked and holds it"));
    deck.send(Msg::Edit(Edit::DeleteToStart));
    deck.press(Command::StepWhat);
    deck.send(Msg::Paste("/etc/erp.conf".into()));
    deck.press(Command::Open);
    assert!(
        deck.wizard()
            .marks
            .contains_key(b"/etc/erp.conf".as_slice())
    );
    deck.press(Command::WholeSystem);
    assert!(deck.wizard().whole);
}

#[test]
fn files_are_kept_beside_and_sent_with_one_key() {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Down);
    deck.press(Command::Mark);
    deck.press(Command::NextStep);
    deck.press(Command::Open);
    deck.answer();
    assert_eq!(deck.wizard().policy_in_force(), OverwritePolicy::KeepBoth);
    deck.press(Command::NextStep);
    deck.answer();
    deck.press(Command::NextStep);
    assert_eq!(
        deck.wizard().focus,
        Field::Ready,
        "nothing is replaced, so nothing is typed"
    );
    let sentence = deck.model.read_back_text(deck.wizard());
    assert!(
        sentence.contains("app.toml of erp01") && sentence.contains("Nothing is deleted."),
        "{sentence}"
    );
    deck.press(Command::CopySentence);
    assert!(matches!(deck.effects.last(), Some(Effect::Copy(_, text)) if text == &sentence));
    deck.press(Command::Open);
    deck.answer();
    assert_eq!(
        deck.dispatched[0].order.paths,
        [b"/srv/erp01/data/app.toml".to_vec()]
    );
    assert_eq!(deck.dispatched[0].priority, Priority::P2);
}

#[test]
fn each_target_makes_its_order() {
    for (downs, typed, target) in [
        (1, "/srv/new", Target::OtherPath(b"/srv/new".to_vec())),
        (2, "", Target::OtherSystem("crm01".into())),
        (3, "", Target::Staging("R-0118".into())),
    ] {
        let mut deck = Deck::new();
        deck.call_for_files();
        deck.press(Command::Mark);
        deck.press(Command::StepWhere);
        for _ in 0..downs {
            deck.press(Command::Down);
        }
        deck.press(Command::Open);
        deck.type_text(typed);
        if downs < 3 {
            deck.press(Command::Open);
        }
        assert_eq!(deck.wizard().step, Step::Overwrite);
        let order = deck.calls.iter().rev().find_map(|(_, _, call)| match call {
            Call::Plan { order, .. } => Some(order.clone()),
            _ => None,
        });
        assert_eq!(order.unwrap().target, target);
        deck.press(Command::PreviousStep);
        assert_eq!(deck.wizard().step, Step::Where);
    }
}

#[test]
fn a_plan_is_made_anew_when_anything_changes() {
    let mut deck = Deck::new();
    deck.plan = plan_that_replaces(false);
    deck.call_for_files();
    deck.press(Command::Mark);
    deck.press(Command::StepOverwrite);
    let first = deck.calls.pop().unwrap();
    deck.press(Command::Down);
    let (second, ..) = deck.calls.last().cloned().unwrap();
    assert_ne!(first.0, second);
    let old = Box::new(Plan {
        digest: vec![1],
        ..plan_of_nothing_there()
    });
    deck.send(Msg::Reply(first.0, Reply::Plan(Ok(old))));
    assert!(
        matches!(deck.wizard().plan.load, Load::Asking { .. }),
        "an old answer does not count"
    );
    deck.send(Msg::Reply(second, Reply::PlanProgress(5, 50)));
    assert_eq!(deck.wizard().plan.entries, 5);
    deck.answer();
    assert_eq!(deck.wizard().plan.outlooks.len(), 5);
    assert!(deck.wizard().wants_name());
    deck.press(Command::StepCheck);
    deck.press(Command::PlanAgain);
    assert!(matches!(deck.wizard().plan.load, Load::Asking { .. }));
}

#[test]
fn problems_block_and_are_said() {
    let mut deck = Deck::new();
    deck.plan.problems = vec!["no space on /srv: 3 GB are missing".into()];
    deck.call_for_files();
    deck.press(Command::Mark);
    deck.press(Command::StepCheck);
    deck.answer();
    deck.press(Command::Open);
    assert!(deck.toast().contains("no space on /srv"));
    deck.press(Command::StepReadBack);
    deck.press(Command::Dispatch);
    assert!(deck.dispatched.is_empty() && deck.toast().starts_with("dispatch waits for"));
    deck.press(Command::BreakGlass);
    assert!(deck.toast().contains("no break glass is needed"));
}

#[test]
fn the_event_time_chooses_the_point() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.type_text("ann l");
    deck.press(Command::Open);
    deck.press(Command::Open);
    deck.press(Command::Open);
    deck.answer();
    assert_eq!(
        deck.wizard().point_selected,
        Some(PointId::from("p2")),
        "a shrunk point is not good"
    );
    deck.press(Command::NextField);
    deck.type_text("19 Nov 23:00");
    deck.press(Command::Open);
    assert_eq!(deck.wizard().point_selected, Some(PointId::from("p1")));
    deck.press(Command::StepPoint);
    deck.press(Command::First);
    assert_eq!(
        deck.wizard().point_selected,
        Some(PointId::from("p3")),
        "a person may choose otherwise"
    );
}

#[test]
fn a_kill_loses_nothing_and_another_person_continues() {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Down);
    deck.press(Command::Mark);
    deck.press(Command::StepWhere);
    deck.press(Command::Down);
    let wizard = deck.wizard().clone();
    let id = deck.request();

    let mut next = Deck::asleep("2026-11-21T08:20:00Z");
    next.model.me.name = "jon".into();
    next.journal = deck.journal.clone();
    next.send(Msg::Desk(DeskMsg::Loaded {
        records: deck.journal.clone(),
        drafts: deck.drafts.clone(),
    }));
    next.up();
    assert_eq!(next.model.request_place(id), "acme/erp01");
    next.press(Command::ScreenRestores);
    next.press(Command::Open);
    let again = next.wizard();
    assert_eq!(
        (again.step, &again.marks, &again.caller),
        (wizard.step, &wizard.marks, &wizard.caller)
    );
    assert_eq!(
        (&again.system, &again.point, again.received),
        (&wizard.system, &wizard.point, wizard.received)
    );
    assert_eq!(next.kinds().last(), Some(&"taken_over"));
    assert_eq!(next.model.requests.get(id).unwrap().owner, "jon");
}

#[test]
fn escape_parks_and_loses_nothing() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.type_text("ann");
    deck.press(Command::Back);
    assert!(deck.model.wizard.is_none());
    assert_eq!(deck.kinds().last(), Some(&"parked"));
    deck.press(Command::Continue);
    assert_eq!(deck.wizard().text(Field::Caller), "ann");
    assert_eq!(deck.wizard().contacts.len(), 2);
    deck.press(Command::StepSystem);
    assert_eq!(deck.wizard().focus, Field::System);
}

#[test]
fn what_a_lost_link_left_unasked_is_asked_when_it_is_back() {
    let mut deck = Deck::new();
    let down = LinkNews::Down {
        why: "no route".into(),
        retry_at: deck.now,
    };
    deck.news("acme-stl-01", down);
    deck.press(Command::CallCard);
    deck.type_text("ann l");
    for _ in 0..3 {
        deck.press(Command::Open);
    }
    assert!(matches!(&deck.wizard().points, Load::Failed(why, _) if why.contains("is not up")));
    assert!(deck.calls.is_empty());
    deck.news("acme-stl-01", LinkNews::Heard);
    deck.answer();
    assert!(deck.wizard().points.known().is_some());
}

#[test]
fn the_selected_target_is_planned_before_it_is_taken() {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Mark);
    deck.press(Command::StepWhere);
    deck.answer();
    assert_eq!(deck.wizard().target_selected, TargetKind::Original);
    let plan = deck.wizard().current_plan().unwrap();
    assert_eq!(plan.first_paths, [b"/srv/erp01/data/ledger.db".to_vec()]);
}

#[test]
fn a_system_that_is_only_read_goes_to_staging() {
    let mut deck = Deck::new();
    let mut facts = vec![system("erp01", "acme", None), system("crm01", "acme", None)];
    for fact in &mut facts {
        if let Fact::System(system) = fact {
            system.read_only = true;
        }
    }
    deck.news("acme-stl-01", LinkNews::Delta(facts));
    deck.call_for_files();
    deck.press(Command::Mark);
    deck.press(Command::StepWhere);
    assert_eq!(deck.wizard().target_selected, TargetKind::Staging);
    for _ in 0..3 {
        deck.press(Command::Up);
    }
    assert_eq!(deck.wizard().target_selected, TargetKind::Original);
    deck.press(Command::Open);
    assert_eq!(deck.wizard().target, None);
    assert!(deck.toast().contains("is only read"), "{}", deck.toast());
    assert!(deck.toast().contains("staging folder"), "{}", deck.toast());
}

#[test]
fn production_becomes_a_recovery_test_with_a_reason_and_before_anything_is_sent() {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::StepCall);
    while deck.wizard().focus != Field::Purpose {
        deck.press(Command::PreviousField);
    }
    deck.press(Command::Mark);
    assert_eq!(deck.model.rail().len(), 1, "not without a reason");
    deck.press(Command::Back);
    assert_eq!(deck.wizard().purpose, Purpose::Production);
    deck.press(Command::Mark);
    deck.type_text("the yearly test");
    deck.press(Command::Open);
    assert!(deck.model.rail().is_empty());
    let request = deck.model.requests.get(deck.request()).unwrap();
    assert_eq!(request.purpose, Purpose::RecoveryTest);
    assert!(deck.journal.last().unwrap().record.body.contains("yearly"));
}

#[test]
fn what_was_sent_for_production_stays_production() {
    let mut deck = super::requests::sent();
    super::requests::tell(&mut deck, RestoreState::Failed);
    deck.press(Command::Continue);
    deck.press(Command::StepCall);
    while deck.wizard().focus != Field::Purpose {
        deck.press(Command::PreviousField);
    }
    deck.press(Command::Mark);
    assert_eq!(deck.wizard().purpose, Purpose::Production);
    assert!(deck.toast().contains("dispatched"), "{}", deck.toast());
}

#[test]
fn urgent_is_called_so_when_it_stands_on_the_desk() {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.desk_works = false;
    deck.press(Command::Urgent);
    assert!(deck.toast().starts_with("writing:"), "{}", deck.toast());
}
