//! Certificates, the identities inside them, and TLS configurations.
//!
//! Owns: what a subject alternative name of ocdeck means, how certificates are issued,
//! how rustls is configured on both sides, and the words for a certificate that does not
//! work. It knows no gRPC, and decides nothing about what a role may do: the appliance does.

mod check;
mod config;
mod crl;
mod error;
mod identity;
mod pki;
mod probe;

pub use check::{EXPIRES_SOON, Purpose, Worry, check_own, worries};
pub use config::{load_client, load_server};
pub use crl::Revoked;
pub use error::TrustError;
pub use identity::{Grant, Identity, IdentityError, Peer, Person, Role, check_label};
pub use pki::{Entry, Issued, Pki, Renewed, Revocation, Which};
pub use probe::why_refused;

use ocdeck_domain::ids::ApplianceId;
use rustls::{
    crypto::{CryptoProvider, ring},
    pki_types::ServerName,
};
use std::sync::Arc;

/// The zone of the names in the certificates of appliances; never looked up in the DNS.
pub const ZONE: &str = "appliance.ocdeck.internal";

/// Installs ring as the provider of the process: first thing in `main`, in the worker and in
/// tests. Doing it again is harmless. Without it rustls panics when a second provider
/// is compiled in by some other crate.
pub fn install_provider() {
    // An error says that one is installed already: nothing to do.
    let _ = ring::default_provider().install_default();
}

/// The provider that every configuration made here names, whatever the process default is.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The DNS name in an appliance's certificate.
pub fn dns_name(appliance: &ApplianceId) -> String {
    format!("{appliance}.{ZONE}")
}

/// The TLS server name of an appliance, whatever address is dialled.
///
/// # Errors
/// When the id is not a DNS label.
pub fn server_name(appliance: &ApplianceId) -> Result<ServerName<'static>, TrustError> {
    identity::check_label(appliance.as_str())?;
    ServerName::try_from(dns_name(appliance)).map_err(|_| TrustError::Name {
        name: appliance.to_string(),
        why: "it is not a DNS label",
    })
}

#[cfg(test)]
mod tests;
