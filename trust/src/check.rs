//! Looks at one's own certificate before it is used, because the other side's refusal
//! comes late and in random words: with TLS 1.3 a client learns it in its first call.

use crate::{
    TrustError,
    config::{certificates, private_key, roots},
    identity::{Grant, Identity, Peer},
    provider, server_name,
};
use chrono::{DateTime, TimeDelta, Utc};
use rustls::{
    CertificateError, Error, InconsistentKeys,
    client::WebPkiServerVerifier,
    pki_types::{CertificateDer, UnixTime},
    server::WebPkiClientVerifier,
    sign::CertifiedKey,
};
use std::{
    fmt, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
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
    let refuse = |path: &Path, problem: String, remedy: String| TrustError::Own {
        path: path.to_owned(),
        problem,
        remedy,
    };
    check_ca(ca, now)?;
    verify(purpose, &peer.identity, leaf, intermediates, ca, now)?.map_err(|error| {
        let problem = problem(purpose, &error, &peer, ca);
        let remedy = remedy(purpose, &error, &peer.identity, cert, ca);
        if is_about_time(&error) {
            let path = cert.to_owned();
            return TrustError::Time {
                path,
                problem,
                remedy,
            };
        }
        refuse(cert, problem, remedy)
    })?;
    match CertifiedKey::from_der(chain.clone(), private_key(key)?, &provider()) {
        Ok(_) => Ok(peer),
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            let problem = format!("is not the key of {}", cert.display());
            let remedy = format!(
                "name the key that was issued with it, or {}",
                anew(&peer.identity, ca)
            );
            Err(refuse(key, problem, remedy))
        }
        Err(error) => Err(refuse(
            key,
            format!("cannot be used: {error}"),
            anew(&peer.identity, ca),
        )),
    }
}

/// Checks that the CA itself is valid: nothing that it issued works otherwise.
pub(crate) fn check_ca(ca: &Path, now: DateTime<Utc>) -> Result<(), TrustError> {
    for certificate in certificates(ca)? {
        if let Some(problem) = validity_problem(&certificate, now) {
            let remedy = if problem.starts_with("expired") {
                "make a new CA with: ocdeck pki init NEW-FOLDER, and issue every certificate anew"
            } else {
                CLOCK
            };
            return Err(TrustError::Time {
                path: ca.to_owned(),
                problem,
                remedy: remedy.to_owned(),
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

fn is_about_time(error: &Error) -> bool {
    use CertificateError as E;
    matches!(
        error,
        Error::InvalidCertificate(
            E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. }
        )
    )
}

/// What is wrong, as the end of a sentence that begins with the file.
fn problem(purpose: Purpose, error: &Error, peer: &Peer, ca: &Path) -> String {
    use CertificateError as E;
    let Error::InvalidCertificate(error) = error else {
        return format!("cannot be used: {error}");
    };
    match (error, purpose) {
        (E::Expired | E::ExpiredContext { .. }, _) => {
            format!("expired on {}", day(peer.not_after))
        }
        (E::NotValidYet | E::NotValidYetContext { .. }, _) => {
            format!("is valid only from {}", day(peer.not_before))
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
    (now < from).then(|| format!("is valid only from {}", day(from)))
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

/// What to do when a certificate is not valid yet.
const CLOCK: &str = "is the clock of this machine right? set it with: timedatectl set-ntp true";

fn remedy(purpose: Purpose, error: &Error, identity: &Identity, cert: &Path, ca: &Path) -> String {
    use CertificateError as E;
    let Error::InvalidCertificate(error) = error else {
        return anew(identity, ca);
    };
    match (error, purpose, identity) {
        (E::Expired | E::ExpiredContext { .. }, ..) => renewing(identity, cert, ca),
        (E::NotValidYet | E::NotValidYetContext { .. }, ..) => CLOCK.to_owned(),
        (E::UnknownIssuer | E::BadSignature, ..) => format!(
            "name the ca.pem of the CA that issued it, or {}",
            anew(identity, ca)
        ),
        // The certificate is sound, but somebody else's: a new one of that kind helps nobody.
        (_, Purpose::Client, Identity::Appliance(_)) => {
            "issue a person's with: ocdeck pki issue person NAME --role technician".to_owned()
        }
        (_, Purpose::Server, Identity::Person(_)) => {
            "issue an appliance's with: ocdeck pki issue appliance ID".to_owned()
        }
        _ => anew(identity, ca),
    }
}

fn anew(identity: &Identity, ca: &Path) -> String {
    format!(
        "move it and its key away, then run: {}",
        issuing(identity, ca)
    )
}

/// How to renew: where the authority is, if that is here.
fn renewing(identity: &Identity, cert: &Path, ca: &Path) -> String {
    let dir = ca.parent().filter(|dir| dir.join("ca.key").exists());
    match dir {
        Some(dir) if cert.parent() == Some(dir) => {
            let stem = cert.file_stem().unwrap_or_default().to_string_lossy();
            format!(
                "renew it with: ocdeck pki renew {stem} --dir {}",
                dir.display()
            )
        }
        Some(dir) => format!(
            "renew it with: ocdeck pki renew {} --dir {}",
            cert.display(),
            dir.display()
        ),
        None => {
            let name = match identity {
                Identity::Appliance(id) => id.as_str(),
                Identity::Person(person) => &person.name,
            };
            format!("renew it where the key of the CA is, with: ocdeck pki renew {name}")
        }
    }
}

/// The command that issues such a certificate.
pub(crate) fn issuing(identity: &Identity, ca: &Path) -> String {
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
    command
}

/// A certificate works still, but somebody should do something about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worry {
    /// The file.
    pub path: PathBuf,
    /// What, as the end of a sentence that begins with the file.
    pub problem: String,
    /// What to do, with the command.
    pub remedy: String,
}

impl fmt::Display for Worry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            problem,
            remedy,
        } = self;
        write!(f, "{} {problem}; {remedy}", path.display())
    }
}

/// Before its end a certificate is worth a word for so long: 30 days.
pub const EXPIRES_SOON: TimeDelta = TimeDelta::days(30);

/// What should be done about a certificate that [`check_own`] accepts: it expires soon, or its
/// key can be read by others.
pub fn worries(peer: &Peer, cert: &Path, key: &Path, ca: &Path, now: DateTime<Utc>) -> Vec<Worry> {
    let mut worries = Vec::new();
    if peer.not_after - now < EXPIRES_SOON {
        worries.push(Worry {
            path: cert.to_owned(),
            problem: format!(
                "expires in {} days, on {}",
                (peer.not_after - now).num_days(),
                day(peer.not_after)
            ),
            remedy: renewing(&peer.identity, cert, ca),
        });
    }
    if let Ok(about) = fs::metadata(key)
        && about.mode() & 0o077 != 0
    {
        worries.push(Worry {
            path: key.to_owned(),
            problem: format!("can be read by others (mode {:04o})", about.mode() & 0o7777),
            remedy: format!("run: chmod 600 {}", key.display()),
        });
    }
    worries
}
