//! The one integration binary: real parts, real terminal, and the walls of the house.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

mod approval;
mod certificates;
mod client;
mod configs;
mod demo;
mod desk;
mod directory;
mod doctor;
mod keep;
mod kills;
mod links;
mod look;
mod own;
mod postgres;
mod readme;
mod reload;
mod restore;
mod shift;
mod start;
mod support;
mod tidy;
mod trouble;
mod truth;

fn main() {
    // Some tests need a second process that falls or is killed: this binary plays it.
    match std::env::var(support::ROLE).as_deref() {
        Ok("panic") => return start::panic_role(),
        Ok(role) if desk::role(role) || trouble::role(role) => return,
        _ => {}
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(tidy::trials());
    trials.extend(configs::trials());
    trials.extend(links::trials());
    trials.extend(start::trials());
    trials.extend(desk::trials());
    trials.extend(directory::trials());
    trials.extend(postgres::trials());
    trials.extend(trouble::trials());
    trials.extend(readme::trials());
    trials.extend(reload::trials());
    trials.extend(demo::trials());
    trials.extend(restore::trials());
    trials.extend(approval::trials());
    trials.extend(shift::trials());
    trials.extend(look::trials());
    trials.extend(client::trials());
    trials.extend(certificates::trials());
    trials.extend(doctor::trials());
    trials.extend(keep::trials());
    trials.extend(own::trials());
    trials.extend(truth::trials());
    trials.extend(kills::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
