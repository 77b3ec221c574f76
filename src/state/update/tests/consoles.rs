//! What alerts open by themselves, and for whom not; and several consoles on one desk: what one
//! alert makes them all write is written once.

use super::{incidents::alert, *};
use crate::state::overlay::Overlay;
use ocdeck_domain::{
    fleet::{Directory, Parts},
    ids::IncidentId,
    journal::Subject,
};

/// A deck of one tenant, with that lifecycle, windows and rota.
fn served(lifecycle: &str, windows: &str, rota: &str) -> Deck {
    let text = format!(
        r#"{{"parties": [{{"id": "provider", "name": "provider", "parent": null, "time_zone": "UTC"}}],
        "tenants": [{{"id": "acme", "name": "acme", "parent": "provider", "lifecycle": {lifecycle}}}],
        "contacts": [], "sites": [{{"id": "hq", "tenant": "acme"}}], "calendars": [],
        "appliances": [{{"id": "acme-stl-01", "sites": ["hq"]}}],
        "rota": {rota}, "windows": {windows}}}"#
    );
    let mut deck = Deck::new();
    let parts: Parts = serde_json::from_str(&text).unwrap();
    deck.model.directory = Directory::of(parts).unwrap();
    deck
}

fn opened_by(deck: &mut Deck, object: &str, severity: u32) -> bool {
    let before = deck.model.book.incidents.open().count();
    let raised = deck.now;
    let alert = alert("acme", object, severity, raised);
    deck.news("acme-stl-01", LinkNews::Delta(vec![Fact::Alert(alert)]));
    deck.model.book.incidents.open().count() > before
}

#[test]
fn an_onboarding_tenant_opens_none() {
    let mut deck = served(r#"{"onboarding": 4}"#, "[]", "[]");
    assert!(!opened_by(&mut deck, "erp01-files", 10));
    let mut deck = served("\"live\"", "[]", "[]");
    assert!(opened_by(&mut deck, "erp01-files", 10));
}

#[test]
fn maintenance_keeps_all_but_the_worst_back_until_it_ends() {
    let window = r#"[{"scope": {"tenant": "acme"}, "from": "2026-11-21T08:00:00Z",
        "to": "2026-11-21T09:00:00Z", "reason": "firmware", "kind": "regular"}]"#;
    let mut deck = served("\"live\"", window, "[]");
    assert!(!opened_by(&mut deck, "erp01-files", 8));
    assert!(opened_by(&mut deck, "crm01-files", 9));
    deck.wait(TimeDelta::hours(1));
    let open = deck.model.book.incidents.open().count();
    assert_eq!(open, 2, "what stands after the window opens one");
}

#[test]
fn the_rota_says_who_is_called() {
    let rota = r#"[{"duty": "duty_manager", "name": "eva", "phone": "+1 555 0100", "zone": "UTC",
        "turn": {"dated": {"from": "2026-11-21T00:00:00", "to": "2026-11-22T00:00:00"}}}]"#;
    let mut deck = served("\"live\"", "[]", rota);
    opened_by(&mut deck, "erp01-files", 9);
    deck.wait(TimeDelta::minutes(16));
    deck.press(Command::ScreenIncidents);
    deck.press(Command::Escalate);
    let Some(Overlay::Form(form)) = &deck.model.overlay else {
        panic!("no form")
    };
    assert_eq!(form.answer("to"), "eva");
    assert_eq!(form.answer("number"), "+1 555 0100");
    assert_eq!(form.answer("reason"), "respond is over");
}

/// A desk that several consoles write to, as the stores keep it: each id once, a taken place
/// refused, one number a subject.
#[derive(Default)]
struct Shared {
    journal: Vec<Record>,
    numbers: Vec<(Subject, u32)>,
}

impl Shared {
    fn append(&mut self, records: Vec<NewRecord>, now: Time) {
        for record in records {
            let known = self.journal.iter();
            if known.clone().any(|r| r.record.event_id == record.event_id) {
                continue;
            }
            let version = known.filter(|r| r.record.subject == record.subject).count();
            self.journal.push(Record {
                seq: u64::try_from(self.journal.len() + 1).unwrap(),
                subject_version: u32::try_from(version + 1).unwrap(),
                received_at: now,
                author: Default::default(),
                record,
            });
        }
    }

    fn open(&mut self, subject: &Subject, records: Vec<NewRecord>, now: Time) -> u32 {
        let known = self.numbers.iter().find(|(other, _)| other == subject);
        let next = u32::try_from(self.numbers.len() + 1).unwrap();
        let number = known.map_or(next, |(_, number)| *number);
        if known.is_none() {
            self.numbers.push((subject.clone(), number));
        }
        let first = opened(subject, number, now, "desk");
        self.append(std::iter::once(first).chain(records).collect(), now);
        number
    }
}

/// A console on the shared desk: what it wants written waits until its turn comes.
struct Seat {
    deck: Deck,
    waiting: Vec<DeskCommand>,
    read: usize,
}

impl Seat {
    fn new(number: u128) -> Self {
        let mut deck = Deck::new();
        deck.ids.set(number << 64);
        deck.model.me.name = format!("person{number}");
        Self {
            deck,
            waiting: Vec::new(),
            read: 0,
        }
    }

    fn send(&mut self, msg: Msg) {
        let ids = &self.deck.ids;
        let new_id = || {
            ids.set(ids.get() + 1);
            Uuid::from_u128(ids.get())
        };
        let env = Env {
            now: self.deck.now,
            new_id: &new_id,
        };
        for effect in update(&mut self.deck.model, msg, &env) {
            if let Effect::Desk(command) = effect {
                self.waiting.push(command);
            }
        }
    }

    fn hear(&mut self, alert: &Alert) {
        let news = LinkNews::Delta(vec![Fact::Alert(alert.clone())]);
        let at = self.deck.now;
        self.send(Msg::Fleet(vec![FleetMsg {
            appliance: "acme-stl-01".into(),
            at,
            news,
        }]));
    }

    /// The desk does the first thing that this console wants.
    fn write(&mut self, desk: &mut Shared) {
        if self.waiting.is_empty() {
            return;
        }
        let now = self.deck.now;
        match self.waiting.remove(0) {
            DeskCommand::Open {
                subject, records, ..
            } => {
                let number = desk.open(&subject, records, now);
                let records = self.fresh(desk);
                self.send(Msg::Desk(DeskMsg::Opened {
                    subject,
                    number,
                    records,
                }));
            }
            DeskCommand::Append { records, .. } => {
                desk.append(records, now);
                self.news(desk);
            }
            _ => {}
        }
    }

    fn fresh(&mut self, desk: &Shared) -> Vec<Record> {
        let fresh = desk.journal[self.read..].to_vec();
        self.read = desk.journal.len();
        fresh
    }

    fn news(&mut self, desk: &Shared) {
        let fresh = self.fresh(desk);
        self.send(Msg::Desk(DeskMsg::Appended(fresh)));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// Any number of consoles, each hearing of the alert and of the others' writes when it
    /// does: one incident that stays open, one number for it, one history.
    #[test]
    fn any_number_of_consoles_open_one_incident(
        steps in proptest::collection::vec((0usize..4, 0u8..5), 0..40),
        seats in 1usize..5,
    ) {
        let mut desk = Shared::default();
        let mut seats: Vec<Seat> = (1..=seats).map(|n| Seat::new(n as u128)).collect();
        let raised = seats[0].deck.now - TimeDelta::minutes(1);
        let first = alert("acme", "erp01-files", 7, raised);
        let second = Alert { episode: 2, ..first.clone() };
        for (seat, step) in steps {
            let at = seat % seats.len();
            match step {
                0 => seats[at].hear(&first),
                1 => seats[at].hear(&second),
                2 => seats[at].news(&desk),
                _ => seats[at].write(&mut desk),
            }
        }
        for seat in &mut seats {
            seat.hear(&second);
        }
        // Until nobody wants anything any more.
        for _ in 0..40 {
            for seat in &mut seats {
                while !seat.waiting.is_empty() {
                    seat.write(&mut desk);
                }
                seat.news(&desk);
            }
        }
        let books: Vec<_> = seats.iter().map(|seat| &seat.deck.model.book).collect();
        let open: Vec<IncidentId> = books[0].incidents.open().map(|i| i.id).collect();
        proptest::prop_assert_eq!(open.len(), 1);
        for book in &books {
            proptest::prop_assert_eq!(&book.incidents, &books[0].incidents);
        }
        let incident = books[0].incidents.get(open[0]).unwrap();
        let named = desk.journal.iter().filter(|r| {
            r.record.subject == Subject::Incident(incident.id) && r.record.kind == "opened"
        });
        proptest::prop_assert_eq!(named.count(), 1);
        let raised = incident.alerts.iter().any(|a| a.raised.episode.episode == 2);
        proptest::prop_assert!(raised, "the raising that stands belongs to it");
    }
}
