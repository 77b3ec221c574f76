//! The host's clock jumps under a running console: it says so, its clocks go on as they were, and
//! what is written carries desk time. What a start in between believes is the desk's clock.

use crate::support::{
    faketime::{self, HostClock, trial_with_faketime},
    fleet::Fleet,
    p1::{at_step, back_up, is_up, starting_console},
    postgres::{desk_for, trial_with_postgres},
    pty::Term,
    wait_for,
};
use chrono::{DateTime, TimeDelta, Utc};
use libtest_mimic::Trial;
use ocdeck::desk::{Place, Who, open};
use ocdeck_domain::journal::Record;
use std::fs;

pub fn trials() -> Vec<Trial> {
    let both = if faketime::is_there() {
        trial_with_postgres
    } else {
        trial_with_faketime
    };
    vec![
        trial_with_faketime(
            "trouble::a_clock_that_jumps_moves_no_running_clock",
            on_this_host,
        ),
        both(
            "trouble::a_clock_that_jumps_moves_nothing_of_a_server_s_desk",
            on_a_server,
        ),
    ]
}

/// How far two clocks of one host are apart, and a question to a desk takes.
const NEAR: TimeDelta = TimeDelta::seconds(5);

fn on_this_host() {
    let fleet = Fleet::start();
    let host = HostClock::new();
    let place = Place::own(&fleet.home.state());
    let mut term = over_jumps(&fleet, &host, &place, &[]);

    // A start has nothing but this clock to believe, and says what its appliance thinks of it.
    host.set("+3h");
    quit(&mut term);
    let mut term = start(&fleet, &host, &[]);
    let breached = "the clock of the P1 to be breached";
    term.until(breached, |screen| left(screen).is_some_and(|it| it < 0));
    quit(&mut term);
    host.set("+0");
    let term = start(&fleet, &host, &[]);
    let runs = "the clock of the P1 to run as before";
    term.until(runs, |screen| left(screen).is_some_and(|it| it > 3300));
}

fn on_a_server() {
    let cluster = desk_for(&["mara"]);
    let fleet = Fleet::start();
    let host = HostClock::new();
    let url = cluster.url("mara");
    let place = Place::named(url.as_ref());
    let desk = [("OCDECK_DESK", url.as_str())];
    let mut term = over_jumps(&fleet, &host, &place, &desk);

    // A start asks the desk for the time.
    host.set("+3h");
    quit(&mut term);
    let mut term = start(&fleet, &host, &desk);
    term.wait("this host's clock is 3 h ahead; times here are the desk's");
    runs_on(&term, 3600);
    let before = Utc::now();
    note(&mut term, "three hours off");
    carry_desk_time(&place, before, &["noted"]);
}

/// A P1 runs, and an alert stands; the clock jumps ahead and back.
fn over_jumps(fleet: &Fleet, host: &HostClock, place: &Place, desk: &[(&str, &str)]) -> Term {
    back_up(fleet);
    fs::remove_dir_all(fleet.data()).unwrap();
    let mut term = start(fleet, host, desk);
    term.press(&["2"]);
    term.wait("erp01-files");
    term.press(&["s"]);
    fleet.wait_for_job("failed");
    a_lost_system(&mut term);

    let mut running = runs_on(&term, 3600);
    for (to, by, text) in [("+3h", "3 h", "ahead"), ("+0", "-3 h", "and back")] {
        let before = Utc::now();
        host.set(to);
        term.wait(&format!(
            "this host's clock jumped by {by}; times here go on as before"
        ));
        running = runs_on(&term, running);
        note(&mut term, text);
        acknowledge(&mut term);
        running = runs_on(&term, running);
        carry_desk_time(place, before, &["noted", "acknowledged"]);
    }
    term
}

fn start(fleet: &Fleet, host: &HostClock, desk: &[(&str, &str)]) -> Term {
    let own = host.environment();
    let own = own
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let environment: Vec<_> = own.chain(desk.iter().copied()).collect();
    let term = starting_console(fleet, &environment);
    is_up(&term);
    term
}

fn quit(term: &mut Term) {
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

/// The call of a P1, parked once it is known to be one.
fn a_lost_system(term: &mut Term) {
    term.press(&["c"]);
    at_step(term, "1 Call");
    term.type_text("mar");
    term.press(&["Enter", "Enter"]);
    at_step(term, "2 System");
    term.wait("Restore R-0001");
    term.type_text("erp");
    term.wait("acme/erp01");
    term.press(&["Enter"]);
    at_step(term, "3 Point");
    term.press(&["Esc"]);
    term.wait("R-0001 parked");
}

/// The seconds that the rail says are left of the P1; below zero: over.
fn left(screen: &vt100::Screen) -> Option<i64> {
    let rows = screen.contents();
    let rail = rows.lines().nth(1)?.to_owned();
    let mut words = rail.split_whitespace().skip_while(|word| *word != "P1");
    let shown = words.nth(1)?;
    let (sign, digits) = match shown.strip_prefix('−') {
        Some(digits) => (-1, digits),
        None => (1, shown),
    };
    let parts = digits.split(':').map(|part| part.parse::<i64>().ok());
    let seconds = parts.collect::<Option<Vec<_>>>()?;
    Some(sign * seconds.iter().fold(0, |sum, part| sum * 60 + part))
}

/// The P1's clock counts down, from not far below what it showed; what it shows now.
fn runs_on(term: &Term, showed: i64) -> i64 {
    let mut shows = 0;
    term.until("the clock of the P1 to run", |screen| {
        shows = left(screen).unwrap_or(showed);
        shows < showed
    });
    assert!(showed - shows < 120, "{showed} s, then {shows} s");
    shows
}

fn note(term: &mut Term, text: &str) {
    term.press(&["4", "m"]);
    term.wait("Note on R-0001");
    term.type_text(text);
    term.press(&["C-s"]);
    term.wait("noted on R-0001");
}

/// Acknowledges the alert of the job; it is taken back at once, for the next time.
fn acknowledge(term: &mut Term) {
    term.press(&["3", "a"]);
    term.wait("─ Acknowledge ·");
    term.press(&["Enter"]);
    term.wait("acknowledged · mara");
    term.press(&["u"]);
    term.wait_gone("acknowledged · mara");
}

/// The last of these kinds was written since `before`, and desk time says so.
fn carry_desk_time(place: &Place, before: DateTime<Utc>, kinds: &[&str]) {
    let mut store = open(place, &Who::default()).unwrap();
    for kind in kinds {
        let last = |records: Vec<Record>| {
            let mut records = records.into_iter().rev();
            records.find(|it| it.record.kind == *kind && it.record.at > before - NEAR)
        };
        let record = wait_for(kind, || last(store.records(0, u32::MAX).unwrap()));
        let now = Utc::now() + NEAR;
        assert!(record.record.at < now, "{record:?}");
        let received = record.received_at;
        assert!(received > before - NEAR && received < now, "{record:?}");
    }
}
