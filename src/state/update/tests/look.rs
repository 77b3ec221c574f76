//! The search inside points, the versions of a path, and what marks are in another point.

use super::*;
use crate::state::{
    command::Mode,
    effect::Search,
    msg::{CallError, CallErrorKind},
    overlay::Overlay,
    wizard::{Load, Step},
};

fn hit(path: &str, point: &str, time: &str) -> Hit {
    Hit {
        point: point.into(),
        time: at(time),
        path: path.into(),
        kind: EntryKind::File,
        size: 7,
        modified: None,
    }
}

fn version(newest: &str, oldest: &str, size: u64) -> Version {
    let time = |id: &str| match id {
        "p3" => at("2026-11-21T07:00:00Z"),
        "p2" => at("2026-11-21T04:00:00Z"),
        _ => at("2026-11-20T04:00:00Z"),
    };
    Version {
        newest: newest.into(),
        newest_time: time(newest),
        oldest: oldest.into(),
        oldest_time: time(oldest),
        points: 1,
        kind: EntryKind::File,
        size,
        modified: None,
        same_content: Some(false),
    }
}

impl Deck {
    /// Searches that wait for an answer.
    fn searches(&self) -> Vec<(Ticket, Search)> {
        let search = |(ticket, _, call): &(Ticket, ApplianceName, Call)| match call {
            Call::Search(search) => Some((*ticket, search.clone())),
            _ => None,
        };
        self.calls.iter().filter_map(search).collect()
    }

    /// The one search is answered with these hits, and is over.
    fn found(&mut self, hits: Vec<Hit>) {
        let (ticket, _) = self.searches().pop().unwrap();
        self.send(Msg::Reply(ticket, Reply::Hits(hits)));
        self.end(ticket);
    }

    fn end(&mut self, ticket: Ticket) {
        self.calls.retain(|(other, ..)| *other != ticket);
        let end = LookEnd {
            searched: Searched {
                points: 1,
                of: 1,
                names: 59_000,
            },
            ..LookEnd::default()
        };
        self.send(Msg::Reply(ticket, Reply::LookEnd(Ok(end))));
    }

    fn searching(query: &str) -> Self {
        let mut deck = Self::new();
        deck.call_for_files();
        deck.press(Command::Search);
        deck.type_text(query);
        deck
    }
}

#[test]
fn every_letter_searches_anew_and_stops_the_search_before() {
    let mut deck = Deck::searching("i");
    assert_eq!(deck.model.mode(), Mode::Field);
    assert!(deck.searches().is_empty(), "one letter is in every name");
    assert_eq!(deck.wizard().query_refused(), Some("one more letter"));
    deck.type_text("nv");
    let searches = deck.searches();
    assert_eq!(searches.len(), 1, "the one before was stopped");
    let (ticket, search) = &searches[0];
    assert_eq!((search.query.as_str(), search.all), ("inv", false));
    assert_eq!(search.point, "p2".into());
    let at = Searched {
        points: 0,
        of: 1,
        names: 40_112,
    };
    deck.send(Msg::Reply(*ticket, Reply::Looked(at)));
    let first = vec![hit("/srv/erp01/data/inv.pdf", "p2", "2026-11-21T04:00:00Z")];
    deck.send(Msg::Reply(*ticket, Reply::Hits(first)));
    assert_eq!(deck.wizard().search.hits.len(), 1, "seen at once");
    assert_eq!(deck.wizard().search.searched.names, 40_112);
    deck.send(Msg::Edit(Edit::Backspace));
    deck.send(Msg::Reply(
        *ticket,
        Reply::Hits(vec![hit("/old", "p2", "2026-11-21T04:00:00Z")]),
    ));
    assert!(
        deck.wizard().search.hits.is_empty(),
        "what comes late is of another search"
    );
}

#[test]
fn hits_are_marked_and_marks_outlive_searches_and_folders() {
    let mut deck = Deck::searching("inv");
    let time = "2026-11-21T04:00:00Z";
    deck.found(vec![
        hit("/srv/erp01/data/a.inv", "p2", time),
        hit("/srv/x/b.inv", "p2", time),
    ]);
    deck.press(Command::Down);
    deck.press(Command::Open);
    assert!(deck.wizard().marks.contains_key(b"/srv/x/b.inv".as_slice()));
    deck.press(Command::Up);
    deck.press(Command::Open);
    deck.press(Command::Open);
    assert_eq!(deck.wizard().marks.len(), 1, "a second time takes it away");
    deck.type_text("oice");
    deck.found(Vec::new());
    deck.press(Command::Open);
    assert!(deck.toast().contains("nothing is found"));
    deck.press(Command::Back);
    assert_eq!(deck.wizard().focus, Field::Browser);
    assert_eq!(deck.wizard().marked_bytes(), (7, false));
    assert_eq!(
        deck.wizard().text(Field::Search),
        "invoice",
        "what was typed stays"
    );
    deck.press(Command::Search);
    assert!(
        deck.searches().is_empty(),
        "what is known is not asked again"
    );
}

#[test]
fn leaving_or_parking_stops_the_search() {
    for leave in [Command::Back, Command::NextStep, Command::StepCall] {
        let mut deck = Deck::searching("inv");
        assert_eq!(deck.searches().len(), 1);
        deck.press(leave);
        assert!(deck.searches().is_empty(), "{leave:?}");
        assert!(deck.model.wizard.is_some());
    }
    let mut deck = Deck::searching("inv");
    deck.press(Command::Back);
    deck.press(Command::Search);
    assert_eq!(deck.searches().len(), 1, "what was cut off is begun anew");
    deck.press(Command::Versions);
    assert!(deck.toast().contains("select a file"));
    deck.press(Command::Back);
    deck.press(Command::Versions);
    assert_eq!(deck.calls.len(), 1);
    deck.press(Command::StepCall);
    deck.press(Command::Back);
    assert!(deck.model.wizard.is_none() && deck.calls.is_empty());
}

#[test]
fn a_hit_of_another_point_offers_that_point() {
    let mut deck = Deck::searching("inv");
    deck.found(Vec::new());
    deck.press(Command::Back);
    deck.press(Command::Mark);
    deck.press(Command::Search);
    deck.press(Command::NextField);
    let (_, search) = deck.searches().pop().unwrap();
    assert!(search.all);
    assert_eq!(search.point, "p2".into(), "the taken point comes first");
    deck.found(vec![hit(
        "/srv/erp01/data/a.inv",
        "p1",
        "2026-11-20T04:00:00Z",
    )]);
    deck.press(Command::Open);
    let Some(Overlay::Confirm(confirm)) = &deck.model.overlay else {
        panic!("no question: {}", deck.toast());
    };
    assert_eq!(confirm.title, "Take the point of 19 Nov 22:00?");
    assert!(confirm.text.contains("Other marks (1)"), "{}", confirm.text);
    assert!(deck.wizard().marks.len() == 1 && deck.wizard().point == Some("p2".into()));
    deck.press(Command::Open);
    assert_eq!(deck.wizard().point, Some("p1".into()));
    assert_eq!(deck.wizard().marks.len(), 2);
    assert!(
        deck.toast()
            .contains("the other mark is from that point too"),
        "{}",
        deck.toast()
    );
    let (_, again) = deck.searches().pop().unwrap();
    assert_eq!(
        again.point,
        "p1".into(),
        "hits are told as of the taken point"
    );
    let asked = deck
        .calls
        .iter()
        .any(|(_, _, call)| matches!(call, Call::Browse(_, point, _) if *point == "p1".into()));
    assert!(asked, "what the other mark is in that point");
}

#[test]
fn a_version_sets_the_point_and_marks_the_path() {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Down);
    deck.press(Command::Versions);
    let (ticket, _, call) = deck.calls.pop().unwrap();
    let path = b"/srv/erp01/data/app.toml".to_vec();
    assert_eq!(call, Call::Versions("erp01".into(), path.clone()));
    let rows = vec![version("p3", "p3", 30), version("p2", "p2", 20)];
    deck.send(Msg::Reply(ticket, Reply::Versions(rows)));
    deck.send(Msg::Reply(
        ticket,
        Reply::Versions(vec![version("p1", "p1", 5)]),
    ));
    deck.end(ticket);
    let versions = deck.wizard().versions.clone().unwrap();
    assert_eq!(
        versions.selected, 1,
        "the cursor is at what the taken point holds"
    );
    assert!(deck.wizard().holds(&versions.rows[1]));
    deck.press(Command::Down);
    deck.press(Command::Open);
    assert_eq!(deck.wizard().point, Some("p1".into()));
    assert_eq!(
        deck.wizard().marks.get(&path).map(|mark| mark.size),
        Some(5)
    );
    assert_eq!(deck.wizard().focus, Field::Browser);
    assert_eq!(deck.toast(), "app.toml marked, point of 19 Nov 22:00 taken");
    // The version that the taken point holds only marks.
    deck.answer();
    deck.press(Command::Versions);
    let (ticket, ..) = deck.calls.pop().unwrap();
    deck.send(Msg::Reply(
        ticket,
        Reply::Versions(vec![version("p3", "p1", 9)]),
    ));
    deck.press(Command::Open);
    assert_eq!(
        deck.wizard().point,
        Some("p1".into()),
        "not the newest that holds it"
    );
}

#[test]
fn totals_are_those_of_the_point_that_is_taken() {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Down);
    deck.press(Command::Mark);
    assert_eq!(deck.wizard().marked_bytes(), (10, false));
    deck.press(Command::TypePath);
    deck.send(Msg::Paste("/srv/erp01/data/gone.txt".into()));
    deck.press(Command::Open);
    let absent = |deck: &Deck| {
        let mark = &deck.wizard().marks[b"/srv/erp01/data/gone.txt".as_slice()];
        mark.is_absent(deck.wizard().point.as_ref())
    };
    assert!(absent(&deck), "its folder is known and does not hold it");
    deck.press(Command::StepPoint);
    deck.press(Command::Last);
    deck.press(Command::Open);
    assert!(!absent(&deck), "not known yet");
    let asked = deck
        .calls
        .iter()
        .filter(|(_, _, call)| matches!(call, Call::Browse(..)));
    assert_eq!(asked.count(), 1, "one folder tells both");
    let (ticket, ..) = deck.calls.pop().unwrap();
    let error = CallError {
        kind: CallErrorKind::Refused,
        text: "no such folder".into(),
        code: "NOT_FOUND".into(),
    };
    deck.send(Msg::Reply(ticket, Reply::Entries(Err(error))));
    assert!(absent(&deck), "a folder that is not there holds nothing");
    assert_eq!(deck.wizard().marked_bytes(), (0, true));
    let missing = deck.model.wizard_missing(deck.wizard());
    let said = |text: &str| missing.iter().any(|row| row.text == text);
    assert!(said("marks that are not in the point"), "{missing:?}");
    deck.press(Command::DropAbsent);
    assert!(deck.wizard().marks.is_empty());
    deck.press(Command::DropAbsent);
    assert!(deck.toast().contains("every mark is in the point"));
}

#[test]
fn a_path_in_the_search_field_is_marked_as_a_path() {
    let mut deck = Deck::searching("");
    deck.send(Msg::Paste("/srv/erp01/data/app.toml".into()));
    assert!(deck.searches().is_empty());
    assert!(
        deck.wizard()
            .query_refused()
            .unwrap()
            .contains("that is a path")
    );
    deck.press(Command::Open);
    let mark = &deck.wizard().marks[b"/srv/erp01/data/app.toml".as_slice()];
    assert_eq!(mark.size, 10, "its folder is known");
    assert!(deck.wizard().text(Field::Search).is_empty());
}

#[test]
fn over_a_lost_link_it_says_so_and_searches_when_it_is_back() {
    let mut deck = Deck::new();
    deck.call_for_files();
    let (why, retry_at) = ("gone".to_owned(), deck.now);
    deck.news("acme-stl-01", LinkNews::Down { why, retry_at });
    deck.press(Command::Search);
    deck.type_text("inv");
    assert!(matches!(&deck.wizard().search.load, Load::Failed(why, _) if why.contains("not up")));
    deck.up();
    assert_eq!(deck.searches().len(), 1);
    let (ticket, _) = deck.searches().pop().unwrap();
    let error = CallError {
        kind: CallErrorKind::LinkLost,
        text: "the link broke".into(),
        code: String::new(),
    };
    deck.send(Msg::Reply(ticket, Reply::LookEnd(Err(error))));
    assert!(deck.toast().contains("link lost"));
}

#[test]
fn keys_say_why_they_are_off_and_what_they_do_here() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.press(Command::Search);
    assert!(deck.toast().contains("step 2"), "{}", deck.toast());
    let mut deck = Deck::searching("inv");
    let labels: Vec<_> = deck
        .model
        .hints()
        .into_iter()
        .map(|hint| hint.label)
        .collect();
    assert_eq!(
        labels,
        [
            "mark",
            "all 3 points",
            "versions",
            "next step",
            "leave search"
        ]
    );
    deck.press(Command::StepCall);
    assert_eq!(deck.wizard().step, Step::Call);
    deck.press(Command::Versions);
    assert!(deck.toast().contains("step 4"), "{}", deck.toast());
}
