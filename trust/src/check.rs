//! Looks at one's own certificate before it is used, because the other side's refusal
//! comes late and in random words: with TLS 1.3 a client learns it in its first call.

use crate::{
    TrustError,
    config::{certificates, private_key, roots},
    identity::{Grant, Identity, Peer},
    provider, server_name,
};
use chrono::{DateTime, Utc};
use rustls::{
    CertificateError, Error, InconsistentKeys,
    client::WebPkiServerVerifier,
    pki_types::{CertificateDer, UnixTime},
    server::WebPkiClientVerifier,
    sign::CertifiedKey,
};
use std::{path::Path, sync::Arc, time::Duration};
use x509_parser::prelude::{FromDer, X509Certificate};

/// What a certificate is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A person dials appliances.
    Client,
    /// An appliance listens.
    Server,
}

/// Checks that a certificate can be used now: it names somebody, is valid, was made for this
/// purpose, was issued by the CA, and the key is its own.
///
/// # Errors
/// A sentence with the file, what is wrong and the command that mends it.
pub fn check_own(
    purpose: Purpose,
    cert: &Path,
    key: &Path,
    ca: &Path,
    now: DateTime<Utc>,
) -> Result<Peer, TrustError> {
    let chain = certificates(cert)?;
    let Some((leaf, intermediates)) = chain.split_first() else {
        return Err(unnamed(cert, "is empty".to_owned()));
    };
    let peer =
        Peer::from_der(leaf).map_err(|error| unnamed(cert, format!("is refused: {error}")))?;
    let remedy = remedy(&peer.identity, ca);
    let refuse = |path: &Path, problem: String| TrustError::Own {
        path: path.to_owned(),
        problem,
        remedy: remedy.clone(),
    };
    check_ca(ca, now)?;
    verify(purpose, &peer.identity, leaf, intermediates, ca, now)?
        .map_err(|error| refuse(cert, problem(purpose, &error, leaf, ca)))?;
    match CertifiedKey::from_der(chain.clone(), private_key(key)?, &provider()) {
        Ok(_) => Ok(peer),
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(refuse(key, format!("is not the key of {}", cert.display())))
        }
        Err(error) => Err(refuse(key, format!("cannot be used: {error}"))),
    }
}

/// Checks that the CA itself is valid: nothing that it issued works otherwise.
pub(crate) fn check_ca(ca: &Path, now: DateTime<Utc>) -> Result<(), TrustError> {
    for certificate in certificates(ca)? {
        if let Some(problem) = validity_problem(&certificate, now) {
            return Err(TrustError::Own {
                path: ca.to_owned(),
                problem,
                remedy: "make a new CA with: ocdeck pki init NEW-FOLDER, \
                         and issue every certificate anew"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

/// Asks the same verifiers that the other side asks.
fn verify(
    purpose: Purpose,
    identity: &Identity,
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    ca: &Path,
    now: DateTime<Utc>,
) -> Result<Result<(), Error>, TrustError> {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let roots = Arc::new(roots(ca)?);
    let unusable = |error: rustls::server::VerifierBuilderError| TrustError::Config {
        path: ca.to_owned(),
        why: error.to_string(),
    };
    Ok(match (purpose, identity) {
        (Purpose::Server, Identity::Appliance(id)) => {
            use rustls::client::danger::ServerCertVerifier as _;
            let name = server_name(id)?;
            WebPkiServerVerifier::builder_with_provider(roots, provider())
                .build()
                .map_err(unusable)?
                .verify_server_cert(leaf, intermediates, &name, &[], now)
                .map(|_| ())
        }
        (Purpose::Client, Identity::Person(_)) => {
            WebPkiClientVerifier::builder_with_provider(roots, provider())
                .build()
                .map_err(unusable)?
                .verify_client_cert(leaf, intermediates, now)
                .map(|_| ())
        }
        _ => Err(CertificateError::InvalidPurpose.into()),
    })
}

/// What is wrong, as the end of a sentence that begins with the file.
fn problem(purpose: Purpose, error: &Error, leaf: &CertificateDer<'_>, ca: &Path) -> String {
    use CertificateError as E;
    let Error::InvalidCertificate(error) = error else {
        return format!("cannot be used: {error}");
    };
    match (error, purpose) {
        (E::Expired | E::ExpiredContext { .. }, _) => {
            let until = Peer::from_der(leaf).map(|peer| day(peer.not_after));
            format!("expired on {}", until.unwrap_or_default())
        }
        (E::NotValidYet | E::NotValidYetContext { .. }, _) => {
            "is not valid yet; is the clock of this machine right?".to_owned()
        }
        (E::UnknownIssuer | E::BadSignature, _) => {
            format!("was not issued by the CA in {}", ca.display())
        }
        (E::InvalidPurpose | E::InvalidPurposeContext { .. }, Purpose::Client) => {
            "is not a person's certificate (it lacks the purpose clientAuth)".to_owned()
        }
        (E::InvalidPurpose | E::InvalidPurposeContext { .. }, Purpose::Server) => {
            "is not an appliance's certificate (it lacks the purpose serverAuth)".to_owned()
        }
        (error, _) => format!("cannot be used: {error:?}"),
    }
}

fn validity_problem(der: &CertificateDer<'_>, now: DateTime<Utc>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let moment = |seconds| DateTime::from_timestamp(seconds, 0);
    let from = moment(certificate.validity().not_before.timestamp())?;
    let until = moment(certificate.validity().not_after.timestamp())?;
    if now > until {
        return Some(format!("expired on {}", day(until)));
    }
    (now < from).then(|| {
        format!(
            "is valid only from {}; is the clock of this machine right?",
            day(from)
        )
    })
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn unnamed(path: &Path, problem: String) -> TrustError {
    TrustError::Own {
        path: path.to_owned(),
        problem,
        remedy: "issue one with: ocdeck pki issue person NAME --role technician, \
                 or ocdeck pki issue appliance ID"
            .to_owned(),
    }
}

fn remedy(identity: &Identity, ca: &Path) -> String {
    let mut command = match identity {
        Identity::Appliance(id) => format!("ocdeck pki issue appliance {id}"),
        Identity::Person(person) => {
            let (name, role) = (&person.name, person.role);
            let mut command = format!("ocdeck pki issue person {name} --role {role}");
            for grant in &person.grants {
                command.push_str(&match grant {
                    Grant::Tenant(id) => format!(" --tenant {id}"),
                    Grant::Party(id) => format!(" --party {id}"),
                });
            }
            command
        }
    };
    // The authority may be on another machine; here it is only if its key is.
    if let Some(dir) = ca.parent().filter(|dir| dir.join("ca.key").exists()) {
        command.push_str(&format!(" --dir {}", dir.display()));
    }
    format!("move it and its key away, then run: {command}")
}
