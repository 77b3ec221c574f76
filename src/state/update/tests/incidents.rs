//! Incidents: opened by alerts once, whoever looks, and what people do with them.

use super::*;
use crate::state::{form::Form, model::Pane, model::Screen, overlay::Overlay};
use ocdeck_domain::{
    ids::{AlertId, On, TenantId},
    incident::{Event, Incident, Phase},
    journal::Subject,
};

pub(super) fn alert(tenant: &str, object: &str, severity: u32, raised: Time) -> Alert {
    Alert {
        id: AlertId::new(format!("job_failed/{object}")),
        tenant: Some(TenantId::from(tenant)),
        object_kind: EntityKind::Job,
        object: object.into(),
        monitor: "job_failed".into(),
        severity: Severity::clamped(severity),
        text: "source is not readable".into(),
        episode: 1,
        count: 1,
        raised,
        last_seen: raised,
        cleared: None,
    }
}

fn tell(deck: &mut Deck, appliance: &str, alert: Alert) {
    deck.news(appliance, LinkNews::Delta(vec![Fact::Alert(alert)]));
}

fn open(deck: &Deck) -> Vec<&Incident> {
    deck.model.book.incidents.open().collect()
}

pub(super) fn only(deck: &Deck) -> &Incident {
    let open = open(deck);
    assert_eq!(open.len(), 1);
    open[0]
}

pub(super) fn phase(deck: &Deck) -> Phase {
    let incident = deck.model.selected_incident().unwrap();
    incident.phase(&deck.model.policy)
}

/// A deck on the Incidents screen, with an incident of an alert.
pub(super) fn with_incident() -> Deck {
    let mut deck = Deck::new();
    let raised = deck.now - TimeDelta::minutes(2);
    tell(
        &mut deck,
        "acme-stl-01",
        alert("acme", "erp01-files", 7, raised),
    );
    deck.press(Command::ScreenIncidents);
    deck
}

fn form(deck: &Deck) -> &Form {
    match &deck.model.overlay {
        Some(Overlay::Form(form)) => form,
        other => panic!("no form: {other:?}"),
    }
}

/// Goes to a line of the form and types, or chooses by its letters.
pub(super) fn fill(deck: &mut Deck, name: &str, text: &str) {
    for _ in 0..form(deck).fields.len() {
        if form(deck).field().unwrap().name == name {
            deck.send(Msg::Edit(Edit::DeleteToStart));
            deck.send(Msg::Edit(Edit::DeleteToEnd));
            return deck.type_text(text);
        }
        deck.press(Command::NextPane);
    }
    panic!("no line {name}");
}

/// Takes the form, whichever line has the cursor.
pub(super) fn take(deck: &mut Deck) {
    deck.press(Command::NoteSave);
}

pub(super) fn answer(deck: &mut Deck, text: &str) {
    deck.type_text(text);
    deck.press(Command::Open);
}

/// The journal without what is witnessed of alerts.
fn of_incidents(deck: &Deck) -> impl Iterator<Item = &Record> {
    let about = |r: &&Record| matches!(r.record.subject, Subject::Incident(_));
    deck.journal.iter().filter(about)
}

fn kinds(deck: &Deck) -> Vec<&str> {
    of_incidents(deck).map(|r| r.record.kind.as_str()).collect()
}

#[test]
fn severity_10_to_5_opens_an_incident_once_and_its_clock_starts_when_it_was_raised() {
    for severity in 1..=10 {
        let mut deck = Deck::new();
        let raised = deck.now - TimeDelta::minutes(9);
        let alert = alert("acme", "erp01-files", severity, raised);
        tell(&mut deck, "acme-stl-01", alert.clone());
        tell(&mut deck, "acme-stl-01", Alert { count: 2, ..alert });
        let open = open(&deck);
        assert_eq!(open.len(), usize::from(severity >= 5), "{severity}");
        for incident in open {
            assert_eq!(incident.started, Some(raised));
            assert_eq!(kinds(&deck), ["opened", "raised"]);
            let clocks = deck.model.incident_clocks(incident);
            assert_eq!(clocks[0].start, raised);
        }
    }
}

#[test]
fn what_was_raised_before_the_desk_was_read_is_looked_at_then() {
    let mut deck = Deck::asleep("2026-11-21T08:14:05Z");
    deck.up();
    let raised = deck.now;
    tell(
        &mut deck,
        "nova-01",
        alert("nova", "fs02-shares", 7, raised),
    );
    let cleared = Alert {
        cleared: Some(raised),
        ..alert("acme", "erp01-files", 9, raised)
    };
    tell(&mut deck, "acme-stl-01", cleared);
    assert!(deck.journal.is_empty());
    deck.send(Msg::Desk(DeskMsg::Loaded {
        records: Vec::new(),
        drafts: Vec::new(),
    }));
    assert_eq!(only(&deck).text(), "source is not readable");
}

#[test]
fn unmanaged_tenants_and_viewers_open_none() {
    let mut deck = Deck::new();
    let raised = deck.now;
    tell(&mut deck, "hosted-01", alert("bolt", "quota", 9, raised));
    assert!(open(&deck).is_empty());
    deck.model.me.role = "viewer".into();
    tell(
        &mut deck,
        "nova-01",
        alert("nova", "fs02-shares", 9, raised),
    );
    assert!(open(&deck).is_empty());
}

#[test]
fn a_later_raising_is_linked_and_what_clears_wants_only_a_look() {
    let mut deck = with_incident();
    let first = only(&deck).alerts[0].raised.clone();
    let mut alert = alert("acme", "erp01-files", 7, first.raised);
    alert.cleared = Some(deck.now);
    tell(&mut deck, "acme-stl-01", alert.clone());
    assert_eq!(phase(&deck), Phase::Recovered);
    assert_eq!(deck.model.incidents_open(), 0);
    alert.cleared = None;
    alert.episode = 2;
    alert.raised = deck.now;
    tell(&mut deck, "acme-stl-01", alert);
    assert_eq!(phase(&deck), Phase::Open);
    assert_eq!(only(&deck).alerts.len(), 2);
    assert_eq!(deck.model.incidents.rows.len(), 1);
}

#[test]
fn an_alert_leads_to_its_incident_and_a_quiet_one_gets_one() {
    let mut deck = with_incident();
    let incident = only(&deck).id;
    deck.press(Command::ScreenAlerts);
    deck.press(Command::ItsIncident);
    assert_eq!(deck.model.screen, Screen::Incidents);
    assert_eq!(deck.model.incidents.selected, Some(incident));

    let raised = deck.now;
    let mild = alert("nova", "fs02-shares", 4, raised);
    tell(&mut deck, "nova-01", mild.clone());
    deck.press(Command::ScreenAlerts);
    deck.press(Command::ShowNew);
    deck.model.alerts.selected = Some(On::new("nova-01".into(), mild.id));
    deck.press(Command::ItsIncident);
    assert_eq!(open(&deck).len(), 2, "a person may open one for any alert");
    assert_ne!(deck.model.incidents.selected, Some(incident));
}

#[test]
fn notes_taking_assigning_resolving_closing_and_opening_again() {
    let mut deck = with_incident();
    deck.press(Command::IncidentNote);
    deck.type_text("the share is gone");
    deck.press(Command::NoteSave);
    deck.press(Command::IncidentTake);
    assert_eq!(only(&deck).owner, "mara");
    assert!(only(&deck).responded.is_some());
    deck.press(Command::IncidentTake);
    assert!(deck.toast().contains("it is yours already"));
    deck.press(Command::IncidentAssign);
    answer(&mut deck, "jon");
    assert_eq!(only(&deck).owner, "jon");
    deck.press(Command::IncidentResolve);
    answer(&mut deck, "rights were changed back");
    assert_eq!(phase(&deck), Phase::Resolved);
    deck.press(Command::IncidentClose);
    deck.press(Command::Open);
    assert!(
        deck.toast().contains("nothing to save"),
        "not without a reason"
    );
    answer(&mut deck, "the client is content");
    assert!(open(&deck).is_empty() && deck.model.incidents.rows.is_empty());
    deck.press(Command::ShowClosed);
    assert_eq!(phase(&deck), Phase::Closed);
    deck.press(Command::IncidentTake);
    assert!(deck.toast().contains("it is closed"));
    deck.press(Command::IncidentReopen);
    answer(&mut deck, "it fails again");
    assert_eq!(phase(&deck), Phase::InProgress);
    let kinds = [
        "opened", "raised", "noted", "taken", "assigned", "resolved", "closed", "reopened",
    ];
    assert_eq!(
        of_incidents(&deck)
            .map(|r| r.record.kind.as_str())
            .collect::<Vec<_>>(),
        kinds
    );
    let over: Vec<Option<bool>> = of_incidents(&deck).map(|r| r.record.over).collect();
    assert_eq!(over[6..], [Some(true), Some(false)]);
}

#[test]
fn a_call_says_who_was_reached_and_what_was_promised() {
    let mut deck = with_incident();
    deck.press(Command::IncidentCalled);
    assert_eq!(form(&deck).answer("whom"), "Ann Lee");
    assert_eq!(form(&deck).answer("number"), "+1 555 0142");
    fill(&mut deck, "promised", "soon");
    take(&mut deck);
    assert!(
        deck.toast().contains("20 min call back"),
        "{}",
        deck.toast()
    );
    fill(&mut deck, "promised", "20 min call back");
    take(&mut deck);
    let incident = only(&deck);
    assert!(incident.called.is_some());
    assert_eq!(incident.open_promises()[0].what, "call back");
    deck.press(Command::IncidentKept);
    assert!(only(&deck).open_promises().is_empty());
    deck.press(Command::IncidentKept);
    assert!(deck.toast().contains("nothing is promised"));
}

#[test]
fn waiting_needs_a_contact_attempt() {
    let mut deck = with_incident();
    deck.press(Command::IncidentWait);
    fill(&mut deck, "for what", "the new password");
    fill(&mut deck, "whom", "");
    take(&mut deck);
    assert!(deck.toast().contains("whom: it needs an answer"));
    fill(&mut deck, "whom", "Dan Roe");
    fill(&mut deck, "result", "n");
    take(&mut deck);
    assert_eq!(phase(&deck), Phase::Waiting);
    let wait = only(&deck).waiting().unwrap().clone();
    assert_eq!(wait.attempt, "Dan Roe by phone");
    assert!(only(&deck).called.is_none(), "nobody answered");
    assert_eq!(kinds(&deck)[2..], ["contacted", "waiting"]);
    deck.press(Command::IncidentWait);
    assert_eq!(phase(&deck), Phase::InProgress);
}

#[test]
fn p1_needs_a_call_a_lower_priority_a_reason_and_the_start_is_kept() {
    let mut deck = with_incident();
    let start = only(&deck).started;
    deck.press(Command::IncidentPriority);
    take(&mut deck);
    assert!(deck.toast().contains("it is P2 already"));
    deck.press(Command::First);
    fill(&mut deck, "priority", "");
    deck.press(Command::Up);
    take(&mut deck);
    assert!(deck.toast().contains("P1 needs a call"), "{}", deck.toast());
    fill(&mut deck, "whom", "Ann Lee");
    take(&mut deck);
    assert_eq!(only(&deck).priority(), Priority::P1);
    deck.press(Command::IncidentPriority);
    for _ in 0..3 {
        deck.press(Command::Down);
    }
    take(&mut deck);
    assert!(deck.toast().contains("needs a reason"), "{}", deck.toast());
    fill(&mut deck, "reason", "it was a test");
    take(&mut deck);
    assert_eq!(only(&deck).priority(), Priority::P4);
    assert_eq!(only(&deck).started, start);
}

#[test]
fn the_duty_manager_is_called_with_a_reason_and_an_outcome() {
    let mut deck = with_incident();
    assert_eq!(deck.model.escalation_words(only(&deck)), None);
    deck.wait(TimeDelta::minutes(30));
    let why = deck.model.escalation_words(only(&deck)).unwrap();
    assert_eq!(why, "respond is over");
    deck.press(Command::Escalate);
    assert_eq!(form(&deck).answer("reason"), why);
    fill(&mut deck, "to", "eva");
    fill(&mut deck, "called", "5 min ago");
    fill(&mut deck, "outcome", "go on, I call the client");
    take(&mut deck);
    let call = only(&deck).escalations[0].clone();
    assert_eq!(call.called, deck.now - TimeDelta::minutes(5));
    assert_eq!(call.answered, Some(call.called));
    assert_eq!((call.to.as_str(), call.reason), ("eva", why));
    assert_eq!(
        deck.model.escalation_words(only(&deck)),
        None,
        "it was made"
    );
    // Nobody answered: it is proposed again.
    deck.press(Command::Escalate);
    fill(&mut deck, "answer", "no answer");
    fill(&mut deck, "to", "eva");
    fill(&mut deck, "reason", "respond is over");
    take(&mut deck);
    assert_eq!(only(&deck).escalations.len(), 2, "{}", deck.toast());
    assert!(deck.model.escalation_words(only(&deck)).is_some());
}

#[test]
fn a_call_about_a_request_is_proposed_at_half_of_a_p1() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.press(Command::Back);
    let id = deck.request();
    deck.wait(TimeDelta::minutes(29));
    assert_eq!(deck.model.request_escalation_words(id), None);
    deck.wait(TimeDelta::minutes(2));
    let why = deck.model.request_escalation_words(id).unwrap();
    assert!(why.contains("half of initiate is gone"), "{why}");
    deck.press(Command::Escalate);
    fill(&mut deck, "to", "eva");
    fill(&mut deck, "answer", "n");
    take(&mut deck);
    let call = &deck.model.requests.get(id).unwrap().escalations[0];
    assert_eq!((call.to.as_str(), call.answered), ("eva", None));
    let again = deck.model.request_escalation_words(id);
    assert_eq!(again, Some(why), "nobody answered");
    deck.press(Command::Escalate);
    fill(&mut deck, "to", "eva");
    take(&mut deck);
    assert_eq!(deck.model.request_escalation_words(id), None);
    deck.wait(TimeDelta::hours(1));
    let late = deck.model.request_escalation_words(id);
    assert!(late.is_some(), "it became late since the call");
}

#[test]
fn the_client_is_told() {
    let mut deck = with_incident();
    deck.press(Command::IncidentNotified);
    fill(&mut deck, "how", "e");
    take(&mut deck);
    let told = &only(&deck).told[0];
    assert_eq!(
        (told.whom.as_str(), told.how.as_str()),
        ("Ann Lee", "e-mail")
    );
    assert_eq!(told.at, deck.now);
}

#[test]
fn two_incidents_become_one_and_both_time_lines_stay() {
    let mut deck = with_incident();
    let raised = deck.now;
    tell(
        &mut deck,
        "acme-stl-01",
        alert("acme", "crm01-files", 8, raised),
    );
    let (one, two) = (open(&deck)[0].id, open(&deck)[1].id);
    deck.model.incidents.selected = Some(two);
    deck.press(Command::IncidentMerge);
    deck.press(Command::Down);
    deck.press(Command::Open);
    let merged = deck.model.book.incidents.get(two).unwrap();
    assert_eq!(merged.merged_into, Some(one));
    assert_eq!(only(&deck).id, one);
    assert_eq!(only(&deck).merged_from, [two]);
    assert_eq!(deck.model.incidents.selected, Some(one));
    deck.press(Command::IncidentMerge);
    assert!(deck.toast().contains("no other incident is open"));
}

#[test]
fn a_request_that_is_linked_goes_by_the_number_of_its_incident() {
    let mut deck = with_incident();
    let incident = only(&deck).id;
    deck.press(Command::IncidentLink);
    assert!(deck.toast().contains("no restore request is open"));
    deck.press(Command::NewRestore);
    assert_eq!(deck.model.screen, Screen::Restores);
    let request = deck.request();
    assert_eq!(only(&deck).requests, [request]);
    let number = only(&deck).number.unwrap().to_string();
    assert_eq!(deck.model.request_name(request), number);
    deck.press(Command::Back);
    deck.press(Command::Back);
    assert_eq!(deck.model.screen, Screen::Incidents, "back where it was");
    assert_eq!(deck.model.focus, Pane::Detail);
    deck.press(Command::Open);
    assert_eq!(deck.model.restores.selected, Some(request));
    deck.press(Command::ItsIncident);
    assert_eq!(deck.model.incidents.selected, Some(incident));
}

#[test]
fn another_request_is_linked_by_its_number() {
    let mut deck = with_incident();
    deck.press(Command::CallCard);
    deck.press(Command::Back);
    let request = deck.request();
    deck.press(Command::ScreenIncidents);
    deck.press(Command::IncidentLink);
    deck.press(Command::Down);
    deck.press(Command::Open);
    assert_eq!(only(&deck).requests, [request]);
    deck.press(Command::ScreenRestores);
    deck.press(Command::ItsIncident);
    assert_eq!(deck.model.screen, Screen::Incidents);
}

fn portal(deck: &mut Deck, wants: &str) {
    deck.press(Command::IncidentNew);
    fill(deck, "wants", wants);
    fill(deck, "tenant", "acme");
    fill(deck, "what", "nobody can book");
    fill(deck, "contact", "Ann Lee");
    fill(deck, "number", "+1 555 0142");
    take(deck);
}

#[test]
fn a_portal_p1_waits_on_top_for_the_call_that_starts_it() {
    let mut deck = with_incident();
    // The second of "restore a system", "restore a folder", …: after "other" the first.
    portal(&mut deck, "r");
    let id = deck.model.incidents.rows[0];
    assert_eq!(deck.model.incidents.selected, Some(id));
    assert_eq!(phase(&deck), Phase::NeedsCall);
    let incident = deck.model.selected_incident().unwrap();
    assert_eq!(incident.priority(), Priority::P1);
    let chip = &deck.model.rail()[0];
    assert!(chip.needs_call && chip.clock.internal);
    deck.press(Command::ScreenFleet);
    deck.press(Command::UrgentClock);
    assert_eq!(deck.model.screen, Screen::Incidents);
    deck.wait(TimeDelta::minutes(3));
    deck.press(Command::IncidentCalled);
    take(&mut deck);
    assert_eq!(phase(&deck), Phase::InProgress);
    let incident = deck.model.selected_incident().unwrap();
    let clocks = deck.model.incident_clocks(incident);
    assert_eq!(clocks[0].start, deck.now);
    assert_eq!(clocks.len(), 2);
}

#[test]
fn a_report_needs_a_tenant_and_a_number_to_call() {
    let mut deck = Deck::new();
    deck.press(Command::IncidentNew);
    fill(&mut deck, "tenant", "nobody");
    fill(&mut deck, "what", "x");
    fill(&mut deck, "contact", "Ann");
    take(&mut deck);
    assert!(deck.toast().contains("there is no tenant nobody"));
    fill(&mut deck, "tenant", "acme");
    let Some(Overlay::Form(form)) = &deck.model.overlay else {
        panic!("no form")
    };
    let offered = form.fields.iter().find(|field| field.name == "contact");
    assert_eq!(offered.unwrap().offers, ["Ann Lee", "Dan Roe"]);
    fill(&mut deck, "priority", "p");
    deck.press(Command::First);
    fill(&mut deck, "priority", "");
    for _ in 0..3 {
        deck.press(Command::Up);
    }
    take(&mut deck);
    assert!(deck.toast().contains("P1 needs a call"), "{}", deck.toast());
    fill(&mut deck, "number", "12");
    take(&mut deck);
    assert_eq!(only(&deck).priority(), Priority::P1);
}

#[test]
fn a_call_for_no_restore_goes_on_as_an_incident_from_its_receipt() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    let received = deck.now;
    deck.type_text("ann lee");
    deck.press(Command::Open);
    deck.wait(TimeDelta::minutes(1));
    deck.press(Command::NotRestore);
    assert_eq!(form(&deck).answer("tenant"), "acme");
    assert_eq!(form(&deck).answer("contact"), "Ann Lee");
    fill(&mut deck, "wants", "on");
    fill(&mut deck, "what", "a backup before the update");
    take(&mut deck);
    assert_eq!(deck.model.screen, Screen::Incidents);
    assert!(deck.model.wizard.is_none());
    let incident = only(&deck);
    assert_eq!(incident.started, Some(received));
    assert_eq!(incident.priority(), Priority::P2);
    assert_eq!(incident.responded.as_ref().unwrap().1, "mara");
    let request = deck.model.requests.get(deck.request()).unwrap();
    assert!(request.phase().over());
}

#[test]
fn who_was_slower_reads_who_took_it_and_when() {
    let mut deck = with_incident();
    let id = only(&deck).id;
    let taken = Event::Taken.record(Uuid::from_u128(99), id, deck.now, "jon");
    let news = deck.write(vec![taken]);
    deck.send(Msg::Desk(DeskMsg::Appended(news)));
    deck.wait(TimeDelta::seconds(1));
    let mine = Event::Taken.record(Uuid::from_u128(98), id, deck.now, "mara");
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject: Subject::Incident(id),
        refused: vec![mine],
        winner: None,
    }));
    let name = only(&deck).number.unwrap();
    assert_eq!(deck.toast(), format!("jon took {name} 1 s ago"));
}

#[test]
fn claims_name_their_place_and_notes_do_not() {
    let mut deck = with_incident();
    deck.press(Command::IncidentNote);
    deck.type_text("x");
    deck.press(Command::NoteSave);
    deck.press(Command::IncidentTake);
    let versions = of_incidents(&deck).map(|r| r.record.subject_version);
    let versions: Vec<Option<u32>> = versions.collect();
    assert_eq!(versions[2..], [None, Some(4)]);
}

#[test]
fn a_filter_finds_by_number_place_and_owner() {
    let mut deck = with_incident();
    let raised = deck.now;
    tell(
        &mut deck,
        "nova-01",
        alert("nova", "fs02-shares", 8, raised),
    );
    assert_eq!(deck.model.incidents.rows.len(), 2);
    deck.press(Command::Filter);
    deck.type_text("nova fs02");
    assert_eq!(deck.model.incidents.rows.len(), 1);
    assert_eq!(deck.model.incidents.total, 2);
    deck.press(Command::Back);
    deck.press(Command::Back);
    assert_eq!(deck.model.incidents.rows.len(), 2);
    // Another scope: only what stands in it.
    deck.press(Command::ScreenFleet);
    let nova = ocdeck_domain::fleet::Node::Tenant("nova".into());
    deck.send(Msg::Pointed(
        crate::state::msg::Spot::Tree(nova),
        crate::state::msg::MouseAction::Click,
    ));
    assert_eq!(deck.model.incidents.rows.len(), 1);
}
