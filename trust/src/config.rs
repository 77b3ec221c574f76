//! TLS configurations of both sides: TLS 1.3 with mutual authentication, the stock WebPKI
//! verifiers, HTTP/2. Nothing here weakens a check.

use crate::{TrustError, crl, provider};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    client::Resumption,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
    version::TLS13,
};
use std::{fs, path::Path, sync::Arc};

const ALPN: &[u8] = b"h2";

/// The configuration of a console. Share one among all links; `sessions` is the size of its
/// session cache: at least eight for each link, or a reconnect costs a full handshake.
///
/// # Errors
/// When a file cannot be read or the files do not belong together.
pub fn load_client(
    cert: &Path,
    key: &Path,
    ca: &Path,
    sessions: usize,
) -> Result<Arc<ClientConfig>, TrustError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| unusable(cert, &error))?
        .with_root_certificates(roots(ca)?)
        .with_client_auth_cert(certificates(cert)?, private_key(key)?)
        .map_err(|error| unusable(cert, &error))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::in_memory_sessions(sessions);
    Ok(Arc::new(config))
}

/// The configuration of an appliance: every client must show a certificate of the CA that does
/// not stand in the revocation list `crl`.
///
/// # Errors
/// When a file cannot be read or the files do not belong together.
pub fn load_server(
    cert: &Path,
    key: &Path,
    ca: &Path,
    crl: Option<&Path>,
) -> Result<Arc<ServerConfig>, TrustError> {
    let lists = crl.map(|crl| crl::lists(crl, ca)).transpose()?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(ca)?), provider())
        .with_crls(lists.unwrap_or_default())
        // A CA of which there is no list has taken nothing back.
        .allow_unknown_revocation_status()
        .build()
        .map_err(|error| TrustError::Config {
            path: ca.to_owned(),
            why: error.to_string(),
        })?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| unusable(cert, &error))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(cert)?, private_key(key)?)
        .map_err(|error| unusable(cert, &error))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Arc::new(config))
}

pub(crate) fn unusable(path: &Path, error: &rustls::Error) -> TrustError {
    TrustError::Config {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

pub(crate) fn roots(ca: &Path) -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca)? {
        roots
            .add(certificate)
            .map_err(|error| unusable(ca, &error))?;
    }
    Ok(roots)
}

/// The chain in a file; never empty.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let pem = read(path)?;
    let refuse = |source| TrustError::Pem {
        path: path.to_owned(),
        what: "certificate",
        source,
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(refuse)?;
    if chain.is_empty() {
        return Err(refuse(rustls::pki_types::pem::Error::NoItemsFound));
    }
    Ok(chain)
}

pub(crate) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TrustError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|source| TrustError::Pem {
        path: path.to_owned(),
        what: "private key",
        source,
    })
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TrustError> {
    fs::read(path).map_err(|source| TrustError::Read {
        path: path.to_owned(),
        source,
    })
}
