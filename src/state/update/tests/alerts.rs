//! The alert queue and what a person does with an alert: every command, and what is said.

use super::*;
use crate::state::{
    alerts::{Place, Told},
    overlay::Overlay,
};
use ocdeck_domain::{
    alert::{Event, Life, State},
    ids::{AlertId, Episode, On},
    journal::Subject,
};

pub(super) fn id(name: &str) -> On<AlertId> {
    On::new("acme-stl-01".into(), name.into())
}

pub(super) fn episode(name: &str, number: u32) -> Episode {
    Episode {
        alert: id(name),
        episode: number,
    }
}

pub(super) fn alert(name: &str, severity: u32, raised: Time) -> Alert {
    Alert {
        id: name.into(),
        tenant: Some("acme".into()),
        object_kind: EntityKind::Job,
        object: name.into(),
        monitor: "job_failed".into(),
        severity: Severity::clamped(severity),
        text: "it failed".into(),
        episode: 1,
        count: 1,
        raised,
        last_seen: raised,
        cleared: None,
    }
}

impl Deck {
    pub(super) fn tell(&mut self, alert: Alert) {
        self.news("acme-stl-01", LinkNews::Delta(vec![Fact::Alert(alert)]));
    }

    /// The Alerts screen with these alerts, raised just now.
    pub(super) fn queue(severities: &[(&str, u32)]) -> Self {
        let mut deck = Self::new();
        let now = deck.now;
        for (name, severity) in severities {
            deck.tell(alert(name, *severity, now));
        }
        deck.press(Command::ScreenAlerts);
        deck
    }

    pub(super) fn ids(&self) -> Vec<&str> {
        let rows = self.model.alerts.rows.ids();
        rows.map(|id| id.id.as_str()).collect()
    }

    pub(super) fn life(&self, name: &str) -> &Life {
        self.model.book.alert(&episode(name, 1)).unwrap()
    }

    pub(super) fn state(&self, name: &str) -> State {
        let id = id(name);
        self.model
            .alert_state(&self.model.known_alert(&id).unwrap())
    }

    pub(super) fn place(&self, name: &str) -> Place {
        self.model.alerts.placed(&id(name)).unwrap().place
    }

    pub(super) fn alert_says(&self, name: &str) -> Told {
        let id = id(name);
        self.model.alert_told(&self.model.known_alert(&id).unwrap())
    }

    /// Kinds of the records about alerts.
    pub(super) fn alert_kinds(&self) -> Vec<&str> {
        let about = |r: &&Record| matches!(r.record.subject, Subject::Alert(_));
        let records = self.journal.iter().filter(about);
        records.map(|r| r.record.kind.as_str()).collect()
    }

    /// Kinds of the records about an alert.
    pub(super) fn kinds_of(&self, name: &str) -> Vec<&str> {
        let of = Subject::Alert(episode(name, 1));
        let records = self.journal.iter().filter(|r| r.record.subject == of);
        records.map(|r| r.record.kind.as_str()).collect()
    }

    /// Somebody else's record, as the desk tells it.
    pub(super) fn other(&mut self, actor: &str, name: &str, event: &Event) {
        let id = Uuid::from_u128(9_000 + self.journal.len() as u128);
        let record = event.record(id, &episode(name, 1), self.now, actor);
        let written = self.write(vec![record]);
        self.send(Msg::Desk(DeskMsg::Appended(written)));
    }

    /// What is written from now on is refused: somebody took the place.
    pub(super) fn refuse(&mut self, command: Command) -> Vec<NewRecord> {
        self.desk_works = false;
        self.press(command);
        self.desk_works = true;
        let under_way = self.model.alerts.under_way.iter();
        let refused = under_way.map(|(id, way)| {
            let mut record = way.event.record(*id, &episode("a", 1), self.now, "mara");
            record.subject_version = way.version;
            record
        });
        refused.collect()
    }

    pub(super) fn alert_is_off(&self, command: Command) -> String {
        self.model.hint(command).off.unwrap_or_default()
    }

    pub(super) fn ask_text(&self) -> &str {
        match &self.model.overlay {
            Some(Overlay::Ask(ask)) => &ask.text,
            _ => "",
        }
    }
}

pub(super) fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

#[test]
fn what_opens_incidents_is_witnessed_once() {
    let mut deck = Deck::queue(&[("ten", 10), ("five", 5), ("four", 4), ("two", 2)]);
    assert_eq!(deck.alert_kinds(), ["raised", "raised"]);
    let again = Alert {
        count: 2,
        ..alert("ten", 10, deck.now)
    };
    deck.tell(again);
    let kinds = deck.alert_kinds();
    assert_eq!(kinds.len(), 2, "a repeat is no news for the desk");
    assert_eq!(deck.place("four"), Place::Told);
    assert_eq!(deck.place("two"), Place::Stored);
    assert_eq!(deck.ids(), ["ten", "five", "four"]);
    assert_eq!(deck.alert_says("four"), Told::Nothing);
    let cleared = Alert {
        cleared: Some(deck.now),
        ..alert("ten", 10, deck.now)
    };
    deck.tell(cleared);
    assert_eq!(deck.kinds_of("ten"), ["raised", "cleared"]);
    assert_eq!(deck.ids(), ["five", "four"]);
    deck.tell(alert("three", 3, deck.now));
    deck.news(
        "acme-stl-01",
        LinkNews::Delta(vec![Fact::Gone(EntityKind::Alert, "five".into())]),
    );
    assert_eq!(deck.kinds_of("five"), ["raised", "gone"]);
    assert_eq!(deck.kinds_of("three").len(), 0, "it was only told");
}

#[test]
fn the_past_is_folded_from_the_desk_alone() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertTake);
    let mut next = Deck::asleep("2026-11-21T08:20:00Z");
    let records = deck.journal.clone();
    next.journal = records.clone();
    let drafts = Vec::new();
    next.send(Msg::Desk(DeskMsg::Loaded { records, drafts }));
    next.press(Command::ScreenAlerts);
    assert_eq!(next.ids(), ["a"], "nobody has heard the appliance yet");
    assert_eq!(next.state("a"), State::InProgress);
    assert_eq!(next.life("a").owner, "mara");
    next.up();
    assert_eq!(next.ids().len(), 0, "it is not there any more");
    assert_eq!(next.kinds_of("a"), ["raised", "taken", "gone"]);
}

#[test]
fn acknowledged_with_a_note_and_undone() {
    let mut deck = Deck::queue(&[("a", 7)]);
    assert_eq!(
        deck.alert_is_off(Command::AlertUndo),
        "it is not acknowledged"
    );
    deck.press(Command::AlertAcknowledge);
    deck.type_text("disk 4");
    deck.press(Command::Open);
    assert_eq!(deck.toast(), "acme/a acknowledged");
    assert_eq!(deck.state("a"), State::Acknowledged);
    let life = deck.life("a");
    assert_eq!(life.acknowledged[0].note, "disk 4");
    assert_eq!(life.owner, "mara");
    assert!(matches!(deck.alert_says("a"), Told::Seen(Some(_))));
    deck.press(Command::AlertAcknowledge);
    assert!(deck.toast().contains("you acknowledged it just now"));
    deck.press(Command::AlertUndo);
    assert_eq!(deck.toast(), "acme/a: acknowledgement undone");
    assert_eq!(deck.state("a"), State::Raised);
    assert!(matches!(deck.alert_says("a"), Told::Runs(_)));
    // The key and Enter: the note may be empty.
    deck.press(Command::AlertAcknowledge);
    assert_eq!(
        deck.model.hint(Command::NoteNewLine).label,
        "without a note"
    );
    deck.press(Command::NoteNewLine);
    assert_eq!(deck.state("a"), State::Acknowledged);
}

#[test]
fn an_acknowledgement_without_progress_is_raised_again() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertAcknowledge);
    deck.press(Command::Open);
    deck.effects.clear();
    deck.wait(minutes(19));
    assert_eq!(deck.state("a"), State::Acknowledged);
    deck.wait(minutes(1));
    assert_eq!(deck.state("a"), State::Raised);
    assert!(!deck.rings().is_empty(), "it wants somebody again");
    deck.wait(minutes(30));
    let kinds = deck.kinds_of("a");
    assert_eq!(
        kinds,
        ["raised", "acknowledged", "acknowledgement_timed_out"]
    );
}

#[test]
fn an_acknowledgement_stands_as_long_as_the_severity_of_now_says() {
    let mut deck = Deck::queue(&[("a", 9)]);
    let raised = deck.now;
    deck.tell(alert("a", 7, raised));
    deck.press(Command::AlertAcknowledge);
    deck.press(Command::NoteSave);
    deck.wait(minutes(11));
    // Whatever makes it be looked at.
    deck.tell(alert("a", 7, raised));
    assert_eq!(deck.state("a"), State::Acknowledged, "it is a P2 now");
    deck.wait(minutes(9));
    assert_eq!(deck.state("a"), State::Raised);
}

#[test]
fn taken_given_and_noted() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertTake);
    assert_eq!(deck.toast(), "acme/a is yours");
    assert_eq!(deck.state("a"), State::InProgress);
    assert_eq!(deck.alert_says("a"), Told::Works);
    assert_eq!(
        deck.alert_is_off(Command::AlertTake),
        "you work on it already"
    );
    deck.other(
        "eva",
        "a",
        &Event::Noted {
            text: "I know that disk".into(),
        },
    );
    deck.press(Command::AlertAssign);
    assert_eq!(deck.model.hint(Command::Open).label, "give it");
    deck.press(Command::Open);
    assert_eq!(
        deck.toast(),
        "nobody is named yet: choose with up and down, or type"
    );
    deck.type_text("jon");
    deck.press(Command::Open);
    assert_eq!(deck.toast(), "acme/a given to jon");
    assert_eq!(deck.life("a").owner, "jon");
    let incident = deck.model.book.incidents.of_episode(&episode("a", 1));
    assert_eq!(incident.unwrap().owner, "jon", "one thing has one owner");
    deck.press(Command::AlertNote);
    deck.press(Command::Open);
    assert!(deck.toast().contains("nothing to save"), "{}", deck.toast());
    deck.type_text("asked the site");
    deck.press(Command::NoteSave);
    assert_eq!(deck.toast(), "acme/a: note saved");
    let last = deck.life("a").moments.last().unwrap().event.clone();
    assert_eq!(
        last,
        Some(Event::Noted {
            text: "asked the site".into()
        })
    );
}

#[test]
fn somebody_of_the_client_was_told() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertNotified);
    let Some(Overlay::Ask(ask)) = &deck.model.overlay else {
        panic!("it asks whom");
    };
    assert_eq!(ask.offers, ["Ann Lee, +1 555 0142", "Dan Roe, +1 555 0143"]);
    deck.press(Command::Down);
    deck.press(Command::Open);
    deck.type_text("02:10 phone: looks at the disk");
    deck.press(Command::Open);
    let told = &deck.life("a").notified[0];
    assert_eq!(
        (told.whom.as_str(), told.how.as_str()),
        ("Ann Lee, +1 555 0142", "phone")
    );
    assert_eq!(told.at, at("2026-11-21T08:10:00Z"));
    assert!(deck.toast().ends_with("was told"));
}

#[test]
fn snoozed_until_a_time_with_a_reason() {
    let mut deck = Deck::queue(&[("a", 7), ("worst", 9)]);
    deck.press(Command::First);
    assert_eq!(
        deck.alert_is_off(Command::AlertSnooze),
        "never from severity 9 on"
    );
    deck.press(Command::Down);
    deck.press(Command::AlertSnooze);
    deck.type_text("25h");
    assert!(
        deck.ask_text().contains("too long, at most 24 h"),
        "{}",
        deck.ask_text()
    );
    deck.press(Command::Open);
    assert_eq!(deck.toast(), "at most 24 h");
    for _ in 0..3 {
        deck.send(Msg::Edit(Edit::Backspace));
    }
    deck.type_text("08:00");
    assert!(
        deck.ask_text()
            .contains("Until 21 Nov 08:00 CST, 5 h 46 m from now"),
        "{}",
        deck.ask_text()
    );
    deck.press(Command::Open);
    assert_eq!(deck.toast(), "it needs a reason behind the time");
    deck.type_text(" the client comes");
    deck.press(Command::Open);
    assert_eq!(deck.toast(), "acme/a snoozed until 21 Nov 08:00");
    assert_eq!(
        (deck.place("a"), deck.ids()),
        (Place::Snoozed, vec!["worst"])
    );
    assert_eq!(deck.model.alerts.scoped.snoozed, 1);
    deck.press(Command::ShowHidden);
    assert_eq!(deck.ids(), ["worst", "a"]);
    deck.press(Command::Down);
    assert_eq!(deck.model.hint(Command::AlertSnooze).label, "wake");
    deck.press(Command::AlertSnooze);
    assert_eq!(deck.toast(), "acme/a is back in the queue");
    assert_eq!(deck.place("a"), Place::Queued);
    deck.press(Command::AlertSnooze);
    deck.type_text("30m reboot");
    deck.press(Command::Open);
    deck.press(Command::ShowHidden);
    assert_eq!(deck.ids(), ["worst"]);
    deck.press(Command::ScreenJobs);
    deck.wait(minutes(30));
    assert_eq!(deck.place("a"), Place::Queued, "a snooze ends by itself");
    let Told::Runs(clock) = deck.alert_says("a") else {
        panic!("its clock runs again");
    };
    assert_eq!(clock.start, deck.now, "from the end of the snooze");
}

#[test]
fn resolved_it_goes_and_comes_back_with_news() {
    let mut deck = Deck::queue(&[("a", 7), ("b", 7)]);
    deck.press(Command::AlertResolve);
    deck.type_text("known, see the change");
    deck.press(Command::Open);
    assert_eq!(deck.toast(), "acme/a resolved");
    assert_eq!((deck.ids(), deck.place("a")), (vec!["b"], Place::Over));
    assert_eq!(deck.model.alerts.selected, Some(id("b")));
    deck.wait(minutes(10));
    let again = Alert {
        count: 2,
        ..alert("a", 7, deck.now - minutes(10))
    };
    deck.press(Command::ScreenJobs);
    deck.tell(again);
    assert_eq!(deck.kinds_of("a"), ["raised", "resolved", "reopened"]);
    assert_eq!(deck.place("a"), Place::Queued);
}

#[test]
fn raised_anew_within_the_hour_it_is_the_same() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertTake);
    let raised = deck.now;
    deck.wait(minutes(5));
    deck.tell(Alert {
        cleared: Some(deck.now),
        ..alert("a", 7, raised)
    });
    deck.wait(minutes(50));
    deck.tell(Alert {
        episode: 2,
        ..alert("a", 7, deck.now)
    });
    let next = deck.model.book.alert(&episode("a", 2)).unwrap();
    assert_eq!((next.before, next.owner.as_str()), (Some(1), "mara"));
    // The desk may not know yet that the one before has ended.
    deck.tell(Alert {
        episode: 3,
        ..alert("a", 7, deck.now)
    });
    let kinds: Vec<&str> = deck.alert_kinds().into_iter().rev().take(3).collect();
    assert_eq!(kinds, ["reopened", "raised", "cleared"]);
}

#[test]
fn of_two_who_take_it_one_reads_who_has_it() {
    let mut deck = Deck::queue(&[("a", 7)]);
    let refused = deck.refuse(Command::AlertTake);
    deck.other("jon", "a", &Event::Taken);
    deck.now += TimeDelta::seconds(1);
    let subject = Subject::Alert(episode("a", 1));
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject,
        refused,
        winner: None,
    }));
    assert_eq!(deck.toast(), "jon took it 1 s ago: acme/a");
    assert_eq!(deck.life("a").owner, "jon");
    assert_eq!(deck.kinds_of("a"), ["raised", "taken"]);
}

#[test]
fn a_note_in_between_stops_nobody() {
    let mut deck = Deck::queue(&[("a", 7)]);
    let refused = deck.refuse(Command::AlertTake);
    deck.other(
        "jon",
        "a",
        &Event::Noted {
            text: "look at disk 4".into(),
        },
    );
    let subject = Subject::Alert(episode("a", 1));
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject,
        refused,
        winner: None,
    }));
    assert_eq!(deck.toast(), "acme/a is yours");
    assert_eq!(deck.kinds_of("a"), ["raised", "noted", "taken"]);
}

#[test]
fn two_decisions_in_a_row_stand_in_their_order() {
    let mut deck = Deck::queue(&[("low", 4)]);
    assert_eq!(deck.alert_kinds().len(), 0);
    deck.press(Command::AlertTake);
    let kinds = deck.kinds_of("low");
    assert_eq!(
        kinds,
        ["raised", "taken"],
        "what it was about stands with it"
    );
    deck.desk_works = false;
    deck.press(Command::AlertNote);
    deck.type_text("one");
    deck.press(Command::Open);
    assert_eq!(deck.toast(), "writing: acme/low: note saved");
    deck.press(Command::AlertResolve);
    deck.type_text("two");
    deck.press(Command::Open);
    let versions = deck.model.alerts.under_way.values().map(|way| way.version);
    assert_eq!(versions.collect::<Vec<_>>(), [None, Some(4)]);
}

#[test]
fn a_viewer_reads_why_nothing_can_be_done() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.model.me.role = "viewer".into();
    for command in [
        Command::AlertAcknowledge,
        Command::AlertTake,
        Command::AlertAssign,
        Command::AlertSnooze,
        Command::AlertNote,
        Command::AlertNotified,
        Command::AlertResolve,
        Command::AlertUndo,
    ] {
        assert_eq!(deck.alert_is_off(command), "a viewer may not do that");
        deck.press(command);
        assert!(deck.model.overlay.is_none());
    }
    deck.tell(alert("b", 7, deck.now));
    assert_eq!(deck.alert_kinds().len(), 1, "and writes nothing by itself");
}
