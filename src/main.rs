//! `ocdeck`: the console of a backup operations center, and the agent of its appliances.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Other crates bring TLS providers of their own; tonic panics when nobody has chosen.
    ocdeck_trust::install_provider();
    ocdeck::cli::main()
}
