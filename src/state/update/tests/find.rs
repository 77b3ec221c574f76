//! Find anything: what is typed, what is asked of the index, where a hit leads.

use super::*;
use crate::state::{
    find::{FindCommand, Found, Index, Kind, Target},
    model::{Pane, Screen},
    overlay::Overlay,
    wizard::{Caller, Load},
};
use ocdeck_domain::{fleet::Node, ids::On};

/// A deck with the index that its effects go to.
struct Searched {
    deck: Deck,
    index: Index,
}

impl Searched {
    fn new() -> Self {
        let mut searched = Self {
            deck: Deck::new(),
            index: Index::default(),
        };
        searched.answer_index();
        searched
    }

    /// What the index would answer to what was asked so far, oldest first.
    fn answers(&mut self) -> Vec<Found> {
        let mut answers = Vec::new();
        for effect in std::mem::take(&mut self.deck.effects) {
            match effect {
                Effect::Find(FindCommand::Names(changes)) => self.index.change(changes),
                Effect::Find(FindCommand::Ask(question)) => {
                    answers.extend(self.index.search(&question, &mut || false));
                }
                other => self.deck.effects.push(other),
            }
        }
        answers
    }

    fn answer_index(&mut self) {
        for found in self.answers() {
            self.deck.send(Msg::Found(found));
        }
    }

    fn find(&mut self, text: &str) {
        self.deck.press(Command::Find);
        self.deck.type_text(text);
        self.answer_index();
    }

    fn hits(&self) -> Vec<Target> {
        match &self.deck.model.overlay {
            Some(Overlay::Find(find)) => find.hits.all().cloned().collect(),
            other => panic!("no find: {other:?}"),
        }
    }

    fn selected(&self) -> Option<Target> {
        self.deck.model.found_selected()
    }
}

fn system(id: &str) -> Target {
    Target::System(On::new("acme-stl-01".into(), id.into()))
}

#[test]
fn restore_points_of_any_system_are_five_keys_away() {
    let mut s = Searched::new();
    s.deck.press(Command::ScreenAlerts);
    (s.deck.commands, s.deck.typed) = (0, 0);
    s.find("erp");
    assert_eq!(s.selected(), Some(system("erp01")));
    s.deck.press(Command::Open);
    assert_eq!(s.deck.commands + s.deck.typed, 5);
    s.deck.answer();
    let Some(Overlay::Points(view)) = &s.deck.model.overlay else {
        panic!("{:?}", s.deck.model.overlay)
    };
    let Load::Known(points, _) = &view.points else {
        panic!("{view:?}")
    };
    assert!(points.is_sorted_by_key(|point| std::cmp::Reverse(point.time)));
    assert_eq!(points.len(), 3);
    assert_eq!(
        s.deck.model.scope(),
        Some(&Node::Appliance(Some("hq".into()), "acme-stl-01".into()))
    );
    assert!(s.deck.model.wizard.is_none(), "to look opens no request");
    // From there the restore is one key away.
    s.deck.press(Command::NewRestore);
    assert_eq!(
        s.deck.wizard().system,
        Some(On::new("acme-stl-01".into(), "erp01".into()))
    );
    assert_eq!(s.deck.model.mode().name(), "field");
}

#[test]
fn everything_is_found_by_its_names() {
    let mut s = Searched::new();
    let cases: &[(&str, Target)] = &[
        ("erp01-alias", system("erp01")),
        (
            "acme erp01-f",
            Target::Job(On::new("acme-stl-01".into(), "erp01-files".into())),
        ),
        ("nova-hq", Target::Site("nova-hq".into())),
        ("hosted", Target::Appliance("hosted-01".into())),
        ("north", Target::Party("north".into())),
        ("bolt", Target::Tenant("bolt".into())),
        (
            "5550168",
            Target::Contact("nova".into(), "Anna Lund".into(), "+1 555 0168".into()),
        ),
        (
            "lund",
            Target::Contact("nova".into(), "Anna Lund".into(), "+1 555 0168".into()),
        ),
    ];
    for (text, target) in cases {
        s.find(text);
        assert_eq!(
            s.selected().as_ref(),
            Some(target),
            "{text}: {:?}",
            s.hits()
        );
        s.deck.press(Command::Back);
    }
    s.deck.press(Command::CallCard);
    s.deck.press(Command::Back);
    let id = s.deck.request();
    s.find("r-01");
    assert_eq!(s.selected(), Some(Target::Request(id)));
}

#[test]
fn a_late_answer_is_dropped_and_enter_means_what_was_typed() {
    let mut s = Searched::new();
    s.deck.press(Command::Find);
    s.deck.type_text("er");
    let old = s.answers();
    assert_eq!(old.len(), 2);
    s.deck.type_text("p01-f");
    // Nothing of what was typed last is answered yet.
    s.deck.press(Command::Open);
    assert!(matches!(s.deck.model.overlay, Some(Overlay::Find(_))));
    for late in old {
        s.deck.send(Msg::Found(late));
    }
    assert!(
        s.hits().iter().all(|hit| hit.kind() != Kind::System),
        "a late answer is not shown"
    );
    s.answer_index();
    assert_eq!(s.deck.model.overlay, None);
    assert_eq!(s.deck.model.screen, Screen::Jobs);
    assert_eq!(
        s.deck.model.jobs.selected,
        Some(On::new("acme-stl-01".into(), "erp01-files".into()))
    );
    assert_eq!(s.deck.model.scope(), Some(&Node::Tenant("acme".into())));
}

#[test]
fn the_selection_stays_on_its_thing() {
    let mut s = Searched::new();
    s.find("acme");
    s.deck.press(Command::Down);
    s.deck.press(Command::Down);
    let chosen = s.selected();
    assert!(chosen.is_some());
    // Another system comes up while the person reads.
    let facts = vec![super::script::system("acme-new", "nova", None)];
    s.deck.news("nova-01", LinkNews::Delta(facts));
    s.answer_index();
    let new = Target::System(On::new("nova-01".into(), "acme-new".into()));
    assert!(s.hits().contains(&new));
    assert_eq!(s.selected(), chosen);
    // What is typed selects the best hit again.
    s.deck.type_text("-new");
    s.answer_index();
    assert_eq!(s.selected(), Some(new));
}

#[test]
fn nothing_typed_offers_what_is_urgent_and_what_was_found() {
    let mut s = Searched::new();
    s.deck.press(Command::Find);
    let failed = s.hits();
    assert!(failed.iter().all(|hit| hit.kind() == Kind::Job) && failed.len() == 2);
    s.deck.press(Command::Back);
    s.find("nova-hq");
    s.deck.press(Command::Open);
    assert_eq!(s.deck.model.screen, Screen::Fleet);
    s.deck.press(Command::Find);
    assert_eq!(s.hits()[0], Target::Site("nova-hq".into()));
}

#[test]
fn what_one_does_with_a_hit_is_one_key() {
    let mut s = Searched::new();
    s.find("ann lee");
    assert_eq!(s.deck.model.hint(Command::NewRestore).label, "call card");
    s.deck.press(Command::NewRestore);
    let caller = s.deck.wizard().caller.as_ref().and_then(Caller::contact);
    assert_eq!(caller.map(|c| c.name.as_str()), Some("Ann Lee"));
    s.deck.press(Command::Back);
    let id = s.deck.request();
    // The request is continued from any screen.
    s.deck.press(Command::ScreenFleet);
    s.find("acme");
    let at = s.hits().iter().position(|hit| *hit == Target::Request(id));
    for _ in 0..at.unwrap() {
        s.deck.press(Command::Down);
    }
    s.deck.press(Command::NewRestore);
    assert_eq!(s.deck.wizard().request, id);
    s.deck.press(Command::Back);
    s.find("bolt");
    s.deck.press(Command::NewRestore);
    assert!(matches!(s.deck.model.overlay, Some(Overlay::Find(_))));
    assert!(s.deck.toast().contains("Enter"), "{}", s.deck.toast());
}

#[test]
fn one_kind_and_all_kinds() {
    let mut s = Searched::new();
    s.find("acme");
    let all = s.hits().len();
    s.deck.press(Command::NextPane);
    s.answer_index();
    let kind = s.selected().unwrap().kind();
    assert!(s.hits().iter().all(|hit| hit.kind() == kind) && s.hits().len() < all);
    s.deck.press(Command::NextPane);
    s.answer_index();
    assert_eq!(s.hits().len(), all);
}

#[test]
fn alerts_are_gone_to_and_what_is_gone_says_so() {
    let mut s = Searched::new();
    let now = s.deck.now;
    let alert = Alert {
        id: "a1".into(),
        tenant: Some("nova".into()),
        object_kind: EntityKind::Job,
        object: "fs02-shares".into(),
        monitor: "job_failed".into(),
        severity: Severity::clamped(7),
        text: "failed".into(),
        episode: 1,
        count: 1,
        raised: now,
        last_seen: now,
        cleared: None,
    };
    s.deck
        .news("nova-01", LinkNews::Delta(vec![Fact::Alert(alert.clone())]));
    s.answer_index();
    s.find("job failed fs02");
    let target = s.selected().unwrap();
    assert_eq!(target.kind(), Kind::Alert);
    s.deck.press(Command::Open);
    assert_eq!(
        (s.deck.model.screen, s.deck.model.focus),
        (Screen::Alerts, Pane::Main)
    );
    assert!(s.deck.model.alerts.selected.is_some());
    let cleared = Alert {
        cleared: Some(now),
        ..alert
    };
    s.deck
        .news("nova-01", LinkNews::Delta(vec![Fact::Alert(cleared)]));
    s.answer_index();
    s.find("job failed fs02");
    let kind = s.selected().map(|target| target.kind());
    assert_eq!(kind, Some(Kind::Incident), "what it opened stands");
    s.deck.press(Command::Back);
    s.find("no such thing");
    s.deck.press(Command::Open);
    assert!(
        s.deck.toast().contains("nothing fits"),
        "{}",
        s.deck.toast()
    );
}
