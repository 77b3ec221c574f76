//! Each thing that a handover lists has its line, made from what desk, fleet and directory say.

use super::{
    requests::{sent, tell_of},
    *,
};
use ocdeck_domain::{
    facts::{Approval, Decision},
    fleet::{Directory, Parts},
    handover::Section,
    restore, shift,
};

/// What one part says: name, text and what comes next of each line.
fn said(deck: &Deck, section: Section) -> Vec<String> {
    let lines = deck.model.handover_lines(None);
    let ours = lines.iter().filter(|shown| shown.line.section == section);
    ours.map(|shown| {
        let line = &shown.line;
        format!("{} | {} | {}", line.name, shown.text(), line.next)
    })
    .collect()
}

#[test]
fn a_restore_that_runs_then_awaits_the_client() {
    let mut deck = sent();
    tell_of(&mut deck, RestoreState::Running, |told| {
        told.progress.bytes_done = 88;
        told.progress.bytes_total = Some(100);
        told.progress.eta_seconds = Some(600);
    });
    let now = deck.now.with_timezone(&deck.model.me.zone);
    let ready = (now + TimeDelta::minutes(10)).format("%H:%M");
    let running = said(&deck, Section::Running);
    assert_eq!(running.len(), 1, "{running:?}");
    assert!(
        running[0].starts_with("R-0118 | acme/erp01 ")
            && running[0].contains(&format!("88 %, ready about {ready} | call ")),
        "{running:?}"
    );
    assert!(said(&deck, Section::Urgent).is_empty());
    tell_of(&mut deck, RestoreState::Completed, |_| {});
    let awaits = said(&deck, Section::Validation);
    assert!(
        awaits.len() == 1 && awaits[0].ends_with("completed | client validates"),
        "{awaits:?}"
    );
}

#[test]
fn what_waits_for_the_client() {
    let mut deck = sent();
    tell_of(&mut deck, RestoreState::Accepted, |_| {});
    deck.press(Command::ScreenRestores);
    deck.press(Command::IncidentWait);
    deck.type_text("the name of the folder");
    deck.press(Command::NoteSave);
    let urgent = said(&deck, Section::Urgent);
    assert!(
        urgent[0].contains("waits for client since 02:14: the name of the folder | initiate "),
        "{urgent:?} {}",
        deck.toast()
    );
    let chip = &deck.model.rail()[0];
    assert!(chip.waits(deck.now));
    let before = chip.left;
    deck.wait(TimeDelta::minutes(3));
    assert_eq!(
        deck.model.rail()[0].left,
        before - TimeDelta::minutes(3),
        "the rail shows the wall"
    );
}

#[test]
fn who_went_beyond_the_limit_and_who_approved_it() {
    let mut deck = sent();
    let at = deck.now;
    tell_of(&mut deck, RestoreState::Completed, |told| {
        told.approval = Some(Box::new(Approval {
            beyond_limit: vec!["it deletes 3 files".into()],
            digest: Vec::new(),
            created: Amount::default(),
            replaced: Amount::default(),
            written: Amount::default(),
            asked: at,
            expires: at,
            asked_by: Vec::new(),
            decision: Some(Decision {
                approved: true,
                person: "eva".into(),
                at,
                reason: String::new(),
            }),
        }));
    });
    assert_eq!(
        said(&deck, Section::Approval),
        ["R-0118 | acme/erp01: approved | eva 02:14"]
    );
    // Of another shift it is told no more.
    deck.wait(TimeDelta::days(2));
    assert!(said(&deck, Section::Approval).is_empty());
}

#[test]
fn who_decided_is_read_from_the_desk_where_no_appliance_is_heard() {
    for (state, message, line) in [
        ("accepted", "approved by eva", "approved | eva 02:14"),
        (
            "accepted",
            "approved by eva: go: on",
            "approved, go: on | eva 02:14",
        ),
        (
            "rejected",
            "not on a Friday",
            "rejected, not on a Friday | 02:14",
        ),
    ] {
        let deck = sent();
        let mut records = deck.journal.clone();
        let mut told = records.pop().unwrap();
        while told.record.kind != "witnessed" {
            told = records.pop().unwrap();
        }
        let Ok(restore::Event::Witnessed(mut words)) = told.event() else {
            panic!("{told:?}")
        };
        words.state = state.to_owned();
        words.message = message.to_owned();
        let event = restore::Event::Witnessed(words);
        told.record.body = serde_json::to_string(&event).unwrap();
        records.push(told);
        let mut elsewhere = Deck::asleep("2026-11-21T08:14:05Z");
        elsewhere.send(Msg::Desk(DeskMsg::Loaded {
            records,
            drafts: Vec::new(),
        }));
        let said = said(&elsewhere, Section::Approval);
        assert!(said.len() == 1 && said[0].ends_with(line), "{said:?}");
    }
}

#[test]
fn jobs_that_failed_and_appliances_that_are_not_heard() {
    let mut deck = Deck::new();
    let result = Some(SessionResult::Failed);
    let mut failed = job("crm01-files", "acme", "crm01", JobState::Idle, result);
    failed.failures_in_a_row = 2;
    failed.last_message = "/srv/crm is not readable".into();
    deck.news(
        "acme-stl-01",
        LinkNews::Delta(vec![Fact::Job(Box::new(failed))]),
    );
    assert_eq!(
        said(&deck, Section::Failing),
        ["2 × | acme/crm01-files, /srv/crm is not readable | no run planned"]
    );
    let retry_at = deck.now;
    deck.news(
        "nova-01",
        LinkNews::Down {
            why: "nothing listens there".into(),
            retry_at,
        },
    );
    deck.wait(TimeDelta::minutes(12));
    assert_eq!(
        said(&deck, Section::Lost),
        ["12 m | nova-01, since 02:14, 1 job unknown | "]
    );
}

#[test]
fn who_starts_late_knows_from_the_desk_since_when_an_appliance_is_lost() {
    let down = |deck: &mut Deck| {
        let why = "nothing listens there".to_owned();
        let retry_at = deck.now;
        deck.news("acme-stl-01", LinkNews::Down { why, retry_at });
    };
    let mut deck = Deck::queue(&[("a", 7)]);
    down(&mut deck);
    for _ in 0..3 {
        deck.wait(TimeDelta::minutes(4));
    }
    let kinds = deck.kinds_of("appliance:acme-stl-01:link_lost");
    assert_eq!(kinds, ["raised"]);
    // It never heard the appliance.
    let mut late = Deck::asleep("2026-11-21T08:14:05Z");
    late.now = deck.now;
    late.journal = deck.journal.clone();
    late.send(Msg::Desk(DeskMsg::Loaded {
        records: deck.journal.clone(),
        drafts: deck.drafts.clone(),
    }));
    down(&mut late);
    late.wait(TimeDelta::minutes(1));
    let since = |deck: &Deck| deck.model.known().lost[0].since;
    assert_eq!(since(&late), since(&deck));
}

#[test]
fn a_tenant_in_onboarding() {
    let mut deck = Deck::new();
    let parts: Parts = serde_json::from_str(
        r#"{"parties": [{"id": "provider", "name": "provider", "parent": null, "time_zone": "UTC"}],
        "tenants": [{"id": "ember", "name": "ember", "parent": "provider", "lifecycle": {"onboarding": 9}}],
        "contacts": [], "sites": [], "calendars": [], "appliances": [], "rota": [], "windows": []}"#,
    )
    .unwrap();
    deck.model.directory = Directory::of(parts).unwrap();
    assert_eq!(said(&deck, Section::Onboarding), ["9/13 | ember | "]);
}

#[test]
fn what_waits_for_a_desk_out_of_reach() {
    let mut deck = Deck::new();
    assert!(said(&deck, Section::Desk).is_empty());
    let since = deck.now;
    deck.send(Msg::Desk(DeskMsg::Failed {
        text: "the server is gone".into(),
        since,
        waiting: 2,
        unkept: None,
    }));
    assert_eq!(
        said(&deck, Section::Desk),
        ["0 m | 2 things wait at this console to be written | since 02:14"]
    );
}

#[test]
fn what_the_desk_says_in_one_is_gathered_once_and_a_key_acts_on_all_of_it() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenShift);
    let (times, before) = (deck.model.gathered.times, deck.model.shift.lines.len());
    let now = deck.now;
    let env = Env {
        now,
        new_id: &|| Uuid::from_u128(1),
    };
    for n in 900..910 {
        let promise = shift::Event::Promised(shift::Promise {
            promise: Uuid::from_u128(n),
            due: now + TimeDelta::hours(1),
            text: format!("call {n}"),
        });
        let records = vec![promise.record(Uuid::from_u128(n), "mara", now, "mara")];
        let news = Msg::Desk(DeskMsg::Appended(deck.write(records)));
        update(&mut deck.model, news, &env);
    }
    assert_eq!(deck.model.gathered.times, times);
    // No frame came between.
    update(&mut deck.model, Msg::Command(Command::Last), &env);
    assert_eq!(deck.model.gathered.times, times + 1);
    assert_eq!(deck.model.shift.lines.len(), before + 10);
    assert_eq!(deck.model.selected_line().unwrap().text(), "call 909");
    deck.model.gather();
    assert_eq!(deck.model.gathered.times, times + 1);
}
