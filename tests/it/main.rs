//! The one integration binary: real parts, real terminal, and the walls of the house.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

mod tidy;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(tidy::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
