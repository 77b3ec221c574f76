//! Several people who have seen an alert, and an appliance that left.

use super::*;

#[test]
fn two_people_have_seen_it_and_the_first_looks_after_it() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "mara", &acknowledged("disk 4"));
    let life = story.life();
    assert_eq!(asking(&life, "eva", 5, &policy).acknowledge(), Ok(()));
    story.write(60, "eva", &acknowledged("I call the site"));
    let life = story.life();
    let seen = life.acknowledged.iter();
    let seen: Vec<_> = seen.map(|a| (a.by.as_str(), a.note.as_str())).collect();
    assert_eq!(seen, [("mara", "disk 4"), ("eva", "I call the site")]);
    assert_eq!((life.owner.as_str(), life.answered), ("mara", Some(at(0))));
    // The last one puts the time-out off, and both go with it.
    assert_eq!(
        life.times_out(Severity::clamped(9), None, &policy),
        Some(at(660)),
        "somebody looked a minute later"
    );
    let out = life.time_out(Severity::clamped(9), None, at(660), &policy);
    assert_eq!(out, Some(timed_out(2, Some(60))));
    // A console that had not read the second one takes nothing away.
    story.write(600, "jon", &timed_out(1, None));
    assert_eq!(story.life().acknowledged.len(), 2);
    story.write(660, "jon", &out.unwrap());
    let life = story.life();
    assert_eq!((life.acknowledged.len(), life.owner.as_str()), (0, ""));
}

#[test]
fn who_undoes_takes_back_only_the_own_one() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "eva", &Event::Assigned { to: "jon".into() });
    story.write(1, "mara", &acknowledged(""));
    story.write(2, "eva", &acknowledged(""));
    // That eva has seen it too does not bind mara.
    assert_eq!(asking(&story.life(), "mara", 3, &policy).undo(), Ok(()));
    story.write(3, "mara", &Event::AcknowledgementUndone);
    let life = story.life();
    assert_eq!((life.owner.as_str(), life.answered), ("eva", Some(at(2))));
    assert_eq!(life.state(at(4), &policy), State::Acknowledged);
    story.write(5, "eva", &Event::AcknowledgementUndone);
    let life = story.life();
    assert_eq!((life.owner.as_str(), life.answered), ("jon", None));
    assert_eq!(life.state(at(6), &policy), State::Raised);
}

#[test]
fn what_somebody_works_on_can_be_acknowledged_too() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "jon", &Event::Taken);
    let life = story.life();
    let why = asking(&life, "jon", 1, &policy).acknowledge().unwrap_err();
    assert_eq!(why, "you work on it already");
    assert_eq!(asking(&life, "eva", 1, &policy).acknowledge(), Ok(()));
    story.write(2, "eva", &acknowledged("I know"));
    for undone in [false, true] {
        if undone {
            story.write(3, "eva", &Event::AcknowledgementUndone);
        }
        let life = story.life();
        assert_eq!((life.owner.as_str(), life.answered), ("jon", Some(at(0))));
        assert_eq!(life.state(at(4), &policy), State::InProgress);
    }
}

#[test]
fn of_two_decisions_at_one_moment_both_stand_where_they_may() {
    let (undone, given) = (
        Event::AcknowledgementUndone,
        Event::Assigned { to: "jon".into() },
    );
    for (event, other, may) in [
        (&acknowledged(""), &acknowledged("x"), true),
        (&acknowledged(""), &Event::Taken, true),
        (
            &acknowledged(""),
            &Event::TakenOver { from: "eva".into() },
            true,
        ),
        (&acknowledged(""), &undone, true),
        (&acknowledged(""), &given, false),
        (&undone, &acknowledged(""), true),
        (&undone, &Event::Taken, false),
        (&Event::Taken, &acknowledged(""), false),
    ] {
        assert_eq!(event.may_follow(other), may, "{event:?} behind {other:?}");
    }
}

#[test]
fn a_shift_that_moves_moves_the_owner_and_nothing_else() {
    let over = Event::TakenOver {
        from: "mara".into(),
    };
    for before in [
        vec![Event::Assigned { to: "mara".into() }],
        vec![acknowledged("")],
        vec![Event::Taken],
        vec![acknowledged(""), Event::Assigned { to: "mara".into() }],
    ] {
        let mut story = Story::default();
        for (second, event) in (0i64..).zip(&before) {
            let who = if matches!(event, Event::Assigned { .. }) {
                "eva"
            } else {
                "mara"
            };
            story.write(second, who, event);
        }
        let stood = story.life();
        let moved = story.write(300, "jon", &over).life();
        assert_eq!(moved.owner, "jon");
        let rest = |life: &Life| {
            let due = life.times_out(Severity::clamped(9), None, &policy());
            (life.working, life.acknowledged.clone(), life.answered, due)
        };
        assert_eq!(rest(&moved), rest(&stood), "{before:?}");
    }
}

#[test]
fn an_alert_whose_appliance_left_is_closed_until_it_is_told_again() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "mara", &Event::Raised(Box::new(fact(7, 1))));
    story.write(10, "mara", &Event::Taken);
    let left = Event::ApplianceLeft { revision: 5 };
    story.write(20, "mara", &left);
    assert_eq!(story.0.last().unwrap().record.over, Some(true));
    let life = story.life();
    assert_eq!(life.end(), Some((at(20), End::Left(5))));
    assert_eq!(life.state(at(21), &policy), State::Closed);
    let why = asking(&life, "mara", 22, &policy).take().unwrap_err();
    assert_eq!(why, "its appliance left the directory, revision 5");
    // Whoever sees it derives the same record, and a later revision takes nothing more away.
    let id = |of: u128, event: &Event| {
        let record = event.record(Uuid::from_u128(of), &episode(1), at(20), "x");
        record.event_id
    };
    assert_eq!(id(1, &left), id(2, &left));
    let again = Event::ApplianceLeft { revision: 6 };
    assert_ne!(id(1, &left), id(1, &again));
    story.write(30, "jon", &again);
    assert_eq!(story.life().end(), Some((at(20), End::Left(5))));
    // The appliance is back and still says it: everything begins anew.
    let back = story.life().comes_back(&fact(7, 1), at(40), &policy);
    let back = back.unwrap();
    story.write(40, "jon", &back);
    let life = story.life();
    assert_eq!(life.state(at(41), &policy), State::Raised);
    assert_eq!((life.owner.as_str(), life.again), ("", Some(at(40))));
    assert_eq!(life.comes_back(&fact(7, 1), at(50), &policy), None);
}
