//! Revocation: which certificates an authority has taken back, as a file that it signed.

use crate::{
    TrustError,
    config::{certificates, read},
    identity::hexadecimal,
};
use chrono::{DateTime, Utc};
use rustls::pki_types::{CertificateRevocationListDer, pem::PemObject};
use std::{collections::BTreeMap, path::Path};
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

/// Certificates that were taken back: serial number, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revoked(BTreeMap<String, DateTime<Utc>>);

impl Revoked {
    /// Reads a revocation list that the CA in `ca` signed.
    ///
    /// # Errors
    /// When it cannot be read, is none, or was signed by somebody else.
    pub fn load(crl: &Path, ca: &Path) -> Result<Self, TrustError> {
        let mut revoked = BTreeMap::new();
        for list in lists(crl, ca)? {
            let Ok((_, list)) = CertificateRevocationList::from_der(&list) else {
                return Err(not_a_list(crl));
            };
            for entry in list.iter_revoked_certificates() {
                let at = DateTime::from_timestamp(entry.revocation_date.timestamp(), 0);
                revoked.insert(
                    hexadecimal(entry.raw_serial()),
                    at.unwrap_or(DateTime::UNIX_EPOCH),
                );
            }
        }
        Ok(Self(revoked))
    }

    /// Since when the certificate of that number is taken back; `None`: it is not.
    pub fn since(&self, serial: &str) -> Option<DateTime<Utc>> {
        self.0.get(serial).copied()
    }

    /// The numbers, and since when.
    pub fn iter(&self) -> impl Iterator<Item = (&str, DateTime<Utc>)> {
        self.0.iter().map(|(serial, at)| (serial.as_str(), *at))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was taken back.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The lists in a file, each signed by a CA in `ca`: one of somebody else's would make rustls
/// refuse everybody, or nobody.
pub(crate) fn lists(
    crl: &Path,
    ca: &Path,
) -> Result<Vec<CertificateRevocationListDer<'static>>, TrustError> {
    let pem = read(crl)?;
    let lists: Vec<_> = CertificateRevocationListDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|source| TrustError::Pem {
            path: crl.to_owned(),
            what: "revocation list",
            source,
        })?;
    if lists.is_empty() {
        return Err(not_a_list(crl));
    }
    let authorities = certificates(ca)?;
    for list in &lists {
        let Ok((_, list)) = CertificateRevocationList::from_der(list) else {
            return Err(not_a_list(crl));
        };
        let signed = authorities.iter().any(|authority| {
            X509Certificate::from_der(authority)
                .is_ok_and(|(_, ca)| list.verify_signature(ca.public_key()).is_ok())
        });
        if !signed {
            return Err(TrustError::Own {
                path: crl.to_owned(),
                problem: format!("was not signed by the CA in {}", ca.display()),
                remedy: "copy the crl.pem that stands beside the key of that CA".to_owned(),
            });
        }
    }
    Ok(lists)
}

fn not_a_list(crl: &Path) -> TrustError {
    TrustError::Own {
        path: crl.to_owned(),
        problem: "holds no revocation list".to_owned(),
        remedy: "copy the crl.pem that stands beside the key of the CA; `ocdeck pki revoke` \
                 writes it"
            .to_owned(),
    }
}
