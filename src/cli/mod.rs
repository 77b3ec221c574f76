//! Arguments → command; one file a subcommand.

pub mod pki;
pub mod status;
