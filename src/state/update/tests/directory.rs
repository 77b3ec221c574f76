//! Revisions of the directory come from the desk.

use super::*;
use crate::state::fleet::LinkState;
use ocdeck_domain::{
    directory::{Applied, Event},
    fleet::{Appliance, Node, Parts},
    ids::TenantId,
    restore::Asked as Wanted,
};

fn parts() -> Parts {
    directory().parts()
}

/// Another console, or a tool, applied it.
fn apply(deck: &mut Deck, revision: u32, parts: Parts, policy: &policy::Policy) {
    let event = Event::Applied(Box::new(Applied {
        revision,
        files: Default::default(),
        directory: parts,
        policy: serde_json::to_value(policy).unwrap(),
    }));
    let id = Uuid::from_u128(9_000 + u128::from(revision));
    let record = event.record(id, revision - 1, deck.now, "eva");
    deck.told(vec![record]);
}

#[test]
fn a_revision_comes_into_force_at_once_and_running_clocks_keep_theirs() {
    let mut deck = Deck::new();
    let shipped = deck.model.policy.clone();
    apply(&mut deck, 1, parts(), &shipped);
    assert!(deck.model.toast.is_none(), "{:?}", deck.model.toast);
    let old = deck.call_for(Wanted::System);

    let mut stricter = shipped.clone();
    stricter.restore.system.respond = 300;
    stricter.restore.system.initiate = 1800;
    let mut next = parts();
    next.tenants.retain(|tenant| tenant.id.as_str() != "nova");
    next.contacts
        .retain(|contact| contact.tenant.as_str() != "nova");
    next.sites.retain(|site| site.tenant.as_str() != "nova");
    for appliance in &mut next.appliances {
        appliance
            .sites
            .retain(|site| !site.as_str().contains("nova"));
    }
    apply(&mut deck, 2, next, &stricter);
    let toast = deck.model.toast.as_ref().unwrap().text.clone();
    assert_eq!(toast, "revision 2 of the directory by eva is in force");
    assert_eq!(deck.model.policy, stricter);

    let budget = |deck: &Deck, id| {
        let request = deck.model.requests.get(id).unwrap();
        let [_, initiate] = request.clocks(deck.model.policy_of(request)).unwrap();
        initiate.budget.num_seconds()
    };
    assert_eq!(budget(&deck, old), 3600, "it started under revision 1");
    let new = deck.call_for(Wanted::System);
    assert_eq!(budget(&deck, new), 1800);
    let words = |id| {
        let request = deck.model.requests.get(id).unwrap();
        deck.model.policy_words(request.started).unwrap()
    };
    assert_eq!(words(old), "policy revision 1 of 2026-11-21 by eva");
    assert_eq!(words(new), "policy revision 2 of 2026-11-21 by eva");
    let chip = deck.model.chip(old).unwrap();
    assert_eq!(
        chip.clock.budget.num_seconds(),
        900,
        "respond of revision 1"
    );
}

#[test]
fn what_the_appliances_told_is_counted_under_the_new_tree() {
    let mut deck = Deck::new();
    let before = *deck.model.fleet.total();
    let nova = Node::Tenant(TenantId::new("nova"));
    let of_nova = deck.model.fleet.rollup(&nova);
    assert!(of_nova.jobs > 0);
    let mut next = parts();
    let north = Node::Party("north".into());
    for tenant in &mut next.tenants {
        tenant.parent = "north".into();
    }
    let policy = deck.model.policy.clone();
    apply(&mut deck, 1, next, &policy);
    assert_eq!(*deck.model.fleet.total(), before);
    assert_eq!(deck.model.fleet.rollup(&nova), of_nova);
    assert_eq!(deck.model.fleet.rollup(&north), before);
    // Facts that come later are counted on.
    deck.live("nova-01", Vec::new());
    assert_eq!(deck.model.fleet.rollup(&nova).jobs, 0);
    assert_eq!(deck.model.fleet.total().jobs, before.jobs - of_nova.jobs);
}

#[test]
fn an_appliance_without_an_address_here_says_so() {
    let mut deck = Deck::new();
    let mut next = parts();
    next.appliances.push(Appliance {
        id: "acme-02".into(),
        sites: vec!["hq".into()],
    });
    next.appliances
        .retain(|appliance| appliance.id.as_str() != "nova-01");
    let policy = deck.model.policy.clone();
    apply(&mut deck, 1, next, &policy);
    let toast = deck.model.toast.as_ref().unwrap().text.clone();
    assert!(toast.contains("1 appliance without an address"), "{toast}");
    let state = deck.model.fleet.get(&"acme-02".into()).unwrap();
    assert!(matches!(&state.link, LinkState::Down { why, .. } if why.contains("fleet.toml")));
    // One that is gone from the directory may still be heard: nothing breaks.
    deck.live("nova-01", vec![system("fs02", "nova", None)]);
    assert!(deck.model.fleet.get(&"nova-01".into()).is_none());
}

impl Deck {
    /// What somebody else wrote to the desk.
    fn told(&mut self, records: Vec<NewRecord>) {
        let records = records
            .into_iter()
            .map(|record| Record {
                seq: self.journal.len() as u64 + 1,
                subject_version: 1 + self
                    .journal
                    .iter()
                    .filter(|kept| kept.record.subject == record.subject)
                    .count() as u32,
                received_at: self.now,
                author: Default::default(),
                record,
            })
            .collect::<Vec<_>>();
        self.journal.extend(records.clone());
        self.send(Msg::Desk(DeskMsg::Appended(records)));
    }

    /// A call for something, taken by a colleague.
    fn call_for(&mut self, asked: Wanted) -> RequestId {
        use ocdeck_domain::restore::{Event, Purpose};
        let id = RequestId(Uuid::from_u128(7_000 + self.journal.len() as u128));
        let chosen = Event::KindChosen {
            asked,
            purpose: Purpose::Production,
            priority: None,
            reason: String::new(),
        };
        for event in [Event::CallReceived, chosen] {
            let event_id = Uuid::from_u128(8_000 + self.journal.len() as u128);
            let record = event.record(event_id, id, self.now, "eva");
            self.told(vec![record]);
        }
        id
    }
}
