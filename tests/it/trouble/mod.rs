//! A console in a terminal while what it stands on fails: its disk, its desk's file, its clock.

mod clock;
mod damage;
mod disk;

use crate::support::{p1::at_step, pty::Term};
use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    let mut trials = disk::trials();
    trials.extend(clock::trials());
    trials.extend(damage::trials());
    trials
}

/// Another process of a trial: what it plays is told in `OCDECK_IT_ROLE`.
pub fn role(name: &str) -> bool {
    disk::role(name)
}

/// A call is taken, and who calls is typed.
fn take_a_call(term: &mut Term) {
    term.press(&["c"]);
    at_step(term, "1 Call");
    term.type_text("mariposa");
    term.wait("mariposa");
}

/// A call that stands on the desk, left as a draft.
fn park_a_call(term: &mut Term) {
    take_a_call(term);
    term.wait("Restore R-0001");
    term.press(&["Esc"]);
    term.wait("R-0001 parked");
}
