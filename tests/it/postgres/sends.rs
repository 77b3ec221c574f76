//! A dispatch that the stopped server cannot take: nothing starts, and it comes back to whoever
//! sent it, by a key or by time.

use crate::support::{
    books::Books,
    both,
    fleet::Fleet,
    p1::{at_step, back_up, is_up, send, starting_console, up_to_read_back},
    postgres::{Cluster, Stop, desk_for, trial_with_postgres},
    pty::Term,
    wait_for,
};
use libtest_mimic::Trial;
use ocdeck::desk::{Place, Who, open};
use ocdeck_domain::facts::WorkKind;

pub fn trials() -> Vec<Trial> {
    vec![
        trial_with_postgres(
            "postgres::a_dispatch_that_waits_is_taken_back",
            a_dispatch_that_waits_is_taken_back,
        ),
        trial_with_postgres(
            "postgres::a_dispatch_that_waited_too_long_is_not_sent",
            a_dispatch_that_waited_too_long_is_not_sent,
        ),
    ]
}

/// A lost system, ready to be restored, and no server to write the intent to.
fn sent_without_a_server(fleet: &Fleet, cluster: &Cluster) -> Term {
    back_up(fleet);
    fleet.lose();
    let url = cluster.url("mara");
    let mut term = starting_console(fleet, &[("OCDECK_DESK", &url)]);
    is_up(&term);
    up_to_read_back(&mut term);
    term.wait("✓ nothing");
    cluster.stop(Stop::Fast);
    term.wait("desk read-only since");
    send(&mut term);
    term
}

/// How many intents stand on the desk.
fn intents(cluster: &Cluster) -> usize {
    let place = Place::named(cluster.url("mara").as_ref());
    let mut store = open(&place, &Who::default()).unwrap();
    let records = store.records(0, u32::MAX).unwrap();
    let intents = records.iter().filter(|it| it.record.kind == "dispatching");
    intents.count()
}

/// The request is as before: sent now, it starts once.
fn goes_out_when_it_is_sent(term: &mut Term, fleet: &Fleet, cluster: &Cluster) {
    assert_eq!(intents(cluster), 0);
    at_step(term, "8 Read back");
    term.type_text("erp01");
    send(term);
    term.wait("awaits validation");
    wait_for("the files", || (fleet.hashes().len() == 41).then_some(()));
    assert_eq!(intents(cluster), 1);
    let sessions = Books::of(fleet).sessions();
    let restores = sessions.iter().filter(|it| it.kind == WorkKind::Restore);
    assert_eq!(restores.count(), 1);
}

fn a_dispatch_that_waits_is_taken_back() {
    let (fleet, cluster) = (Fleet::start(), desk_for(&["mara"]));
    let mut term = sent_without_a_server(&fleet, &cluster);
    term.wait("not sent to acme-stl-01");
    term.wait("nothing has started");
    term.press(&["u"]);
    at_step(&term, "8 Read back");
    cluster.start_again();
    term.wait_gone("desk read-only since");
    goes_out_when_it_is_sent(&mut term, &fleet, &cluster);
}

fn a_dispatch_that_waited_too_long_is_not_sent() {
    let (fleet, cluster) = (Fleet::start(), desk_for(&["mara"]));
    let policy = fleet.home.path().join("policy.toml");
    std::fs::write(&policy, "[dispatch]\nwait_at_most = 5\n").unwrap();
    let (url, file) = (cluster.url("mara"), fleet.file());
    let apply = ["desk", "directory", "apply", "--yes", "--desk", &url];
    let files = [file.to_str().unwrap(), policy.to_str().unwrap()];
    let applied = fleet.home.run(&[&apply[..], &files[..]].concat());
    assert!(applied.status.success(), "{}", both(&applied));
    let mut term = sent_without_a_server(&fleet, &cluster);
    term.wait("R-0001 waited 5 s for the desk and was not sent");
    term.wait("It is parked");
    cluster.start_again();
    term.wait_gone("desk read-only since");
    term.press(&["r"]);
    goes_out_when_it_is_sent(&mut term, &fleet, &cluster);
}
