//! What became of issued certificates: listed, taken back, renewed.

use super::{CA_DAYS, Issued, OWN_NAMES, Pki, create, moment, name_of, read};
use crate::{
    TrustError,
    config::certificates,
    crl::Revoked,
    identity::{Identity, IdentityError, Peer, hexadecimal},
};
use chrono::{DateTime, Duration, Utc};
use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber,
    SubjectPublicKeyInfo,
};
use rustls::pki_types::CertificateDer;
use std::{
    fs,
    path::{Path, PathBuf},
};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Which certificate is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one of a person or appliance that stands in the authority's folder.
    Name(String),
    /// The one in a file.
    File(PathBuf),
    /// The one with this number; the certificate need not be there any more.
    Serial(String),
}

/// A certificate that the authority knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands; `None`: only its number is known, from the revocation list.
    pub file: Option<PathBuf>,
    /// Its number.
    pub serial: String,
    /// What it says, or why it says nothing.
    pub peer: Option<Result<Peer, IdentityError>>,
    /// Whether this authority signed it.
    pub ours: bool,
    /// Since when it is taken back.
    pub revoked: Option<DateTime<Utc>>,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The numbers that came to the list by this; none: all stood in it before.
    pub serials: Vec<String>,
    /// Whose they are; `None`: only the number is known.
    pub identity: Option<Identity>,
    /// The list, for the appliances.
    pub crl: PathBuf,
    /// How many certificates stand in it.
    pub all: usize,
}

/// A certificate that replaces an older one of the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The new one, in the place of the older one.
    pub issued: Issued,
    /// What it says.
    pub peer: Peer,
    /// Where the older one went.
    pub older: PathBuf,
}

impl Pki {
    /// What was taken back.
    ///
    /// # Errors
    /// When there is a list and it cannot be read.
    pub fn revoked(&self) -> Result<Revoked, TrustError> {
        match fs::symlink_metadata(self.crl()) {
            Ok(_) => Revoked::load(&self.crl(), &self.ca()),
            // An authority that was made before there were lists.
            Err(_) => Ok(Revoked::default()),
        }
    }

    /// Every certificate in the folder by the name of its file, then those of which only the
    /// revocation list knows.
    ///
    /// # Errors
    /// When the folder or the list cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>, TrustError> {
        let revoked = self.revoked()?;
        let unreadable = |source| TrustError::Read {
            path: self.dir.clone(),
            source,
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let own = stem.is_some_and(|stem| OWN_NAMES.contains(&stem));
            if path.extension().is_some_and(|it| it == "pem") && !own {
                files.push(path);
            }
        }
        files.sort();
        let mut entries: Vec<Entry> = Vec::new();
        for file in files {
            let Some(leaf) = certificates(&file)
                .ok()
                .and_then(|it| it.into_iter().next())
            else {
                continue;
            };
            let serial = serial_of(&leaf).unwrap_or_default();
            entries.push(Entry {
                file: Some(file),
                revoked: revoked.since(&serial),
                peer: Some(Peer::from_der(&leaf)),
                ours: self.signed(&leaf)?,
                serial,
            });
        }
        for (serial, since) in revoked.iter() {
            if !entries.iter().any(|entry| entry.serial == serial) {
                entries.push(Entry {
                    file: None,
                    serial: serial.to_owned(),
                    peer: None,
                    ours: true,
                    revoked: Some(since),
                });
            }
        }
        Ok(entries)
    }

    /// Takes certificates back: writes their numbers into the revocation list. By name, also
    /// the older ones of that name, which would work until they expire.
    ///
    /// # Errors
    /// When there is no such certificate, this authority did not issue it, or nothing can be
    /// written.
    pub fn revoke(&self, which: &Which) -> Result<Revocation, TrustError> {
        let mut identity = None;
        let mut serials = Vec::new();
        match which {
            Which::Serial(text) => serials.push(parse_serial(text)?),
            Which::Name(_) | Which::File(_) => {
                let (_, leaf) = self.certificate_of(which)?;
                identity = Peer::from_der(&leaf).ok().map(|peer| peer.identity);
                serials.extend(serial_of(&leaf));
            }
        }
        if let Which::Name(name) = which {
            let all = self.list()?.into_iter();
            let older = all.filter(|entry| entry.ours && entry.name() == *name);
            serials.extend(older.map(|entry| entry.serial));
        }
        let now = Utc::now();
        let revoked = self.revoked()?;
        let mut all: Vec<(String, DateTime<Utc>)> =
            revoked.iter().map(|(it, at)| (it.to_owned(), at)).collect();
        let before = all.len();
        for serial in serials {
            if !all.iter().any(|(known, _)| *known == serial) {
                all.push((serial, now));
            }
        }
        if all.len() > before {
            self.write_crl(&all, now)?;
        }
        let added = all.iter().skip(before);
        Ok(Revocation {
            serials: added.map(|(serial, _)| serial.clone()).collect(),
            identity,
            crl: self.crl(),
            all: all.len(),
        })
    }

    /// Issues a certificate with the names, role and key of an older one, in its place.
    ///
    /// # Errors
    /// When there is no such certificate, it is revoked, this authority did not issue it, or
    /// nothing can be written.
    pub fn renew(&self, which: &Which) -> Result<Renewed, TrustError> {
        let (path, leaf) = self.certificate_of(which)?;
        let peer = Peer::from_der(&leaf).map_err(|source| TrustError::Identity {
            path: path.clone(),
            source,
        })?;
        if self.revoked()?.since(&peer.serial).is_some() {
            return Err(TrustError::Own {
                path,
                problem: "is revoked, and its key is not to be trusted again".to_owned(),
                remedy: format!(
                    "move it and its key away, then issue one with a new key: {}",
                    crate::check::issuing(&peer.identity, &self.ca())
                ),
            });
        }
        let key = X509Certificate::from_der(&leaf)
            .ok()
            .and_then(|(_, it)| SubjectPublicKeyInfo::from_der(it.public_key().raw).ok())
            .ok_or_else(|| TrustError::Own {
                path: path.clone(),
                problem: "has a key of a kind that is not known here".to_owned(),
                remedy: "move it and its key away and issue another".to_owned(),
            })?;
        let renewed = self.certificate(&peer.identity, &key, Utc::now())?;
        let older = path.with_extension(format!("{}.pem", short(&peer.serial)));
        replace(&path, &renewed, Some(&older))?;
        let issued = Issued {
            key: path.with_extension("key"),
            cert: path,
            ca: self.ca(),
        };
        let leaf = first(&issued.cert)?;
        let peer = Peer::from_der(&leaf).map_err(|source| TrustError::Identity {
            path: issued.cert.clone(),
            source,
        })?;
        Ok(Renewed {
            issued,
            peer,
            older,
        })
    }

    /// Writes the revocation list, all of it at once.
    pub(super) fn write_crl(
        &self,
        revoked: &[(String, DateTime<Utc>)],
        now: DateTime<Utc>,
    ) -> Result<(), TrustError> {
        let path = self.crl();
        let mut revoked_certs = Vec::new();
        for (serial, at) in revoked {
            revoked_certs.push(RevokedCertParams {
                serial_number: SerialNumber::from_slice(&bytes_of(serial)),
                revocation_time: moment(*at, serial)?,
                reason_code: None,
                invalidity_date: None,
            });
        }
        let params = CertificateRevocationListParams {
            this_update: moment(now, "crl")?,
            // The file is copied by hand: it must not stop a fleet by growing old.
            next_update: moment(now + Duration::days(CA_DAYS), "crl")?,
            crl_number: SerialNumber::from(u64::try_from(now.timestamp()).unwrap_or_default()),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let issue = |source| TrustError::Issue {
            path: path.clone(),
            source,
        };
        let list = params.signed_by(&self.issuer(now)?).map_err(issue)?;
        replace(&path, &list.pem().map_err(issue)?, None)
    }

    /// The file and the first certificate in it, which this authority issued.
    fn certificate_of(
        &self,
        which: &Which,
    ) -> Result<(PathBuf, CertificateDer<'static>), TrustError> {
        let path = match which {
            Which::File(path) => path.clone(),
            Which::Name(name) | Which::Serial(name) => self.file(name, "pem"),
        };
        if !path.exists() {
            return Err(TrustError::Own {
                path,
                problem: "is not there".to_owned(),
                remedy: format!(
                    "see what there is with: ocdeck pki list --dir {}",
                    self.dir.display()
                ),
            });
        }
        let leaf = first(&path)?;
        if !self.signed(&leaf)? {
            return Err(TrustError::Own {
                path,
                problem: format!("was not issued by the CA in {}", self.ca().display()),
                remedy: "do this where it was issued, with --dir FOLDER".to_owned(),
            });
        }
        Ok((path, leaf))
    }

    fn signed(&self, leaf: &CertificateDer<'_>) -> Result<bool, TrustError> {
        let ca = first(&self.ca())?;
        let parsed = (
            X509Certificate::from_der(&ca),
            X509Certificate::from_der(leaf),
        );
        Ok(match parsed {
            (Ok((_, ca)), Ok((_, leaf))) => {
                !leaf.is_ca() && leaf.verify_signature(Some(ca.public_key())).is_ok()
            }
            _ => false,
        })
    }
}

impl Entry {
    /// Whose it is; the file's name when it says nothing.
    pub fn name(&self) -> String {
        match &self.peer {
            Some(Ok(peer)) => name_of(&peer.identity).to_owned(),
            _ => {
                let stem = self.file.as_ref().and_then(|file| file.file_stem());
                stem.map_or_else(
                    || "-".to_owned(),
                    |stem| stem.to_string_lossy().into_owned(),
                )
            }
        }
    }
}

fn first(path: &Path) -> Result<CertificateDer<'static>, TrustError> {
    certificates(path)?
        .into_iter()
        .next()
        .ok_or_else(|| TrustError::Own {
            path: path.to_owned(),
            problem: "is empty".to_owned(),
            remedy: "name a certificate in PEM form".to_owned(),
        })
}

fn serial_of(leaf: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    Some(hexadecimal(certificate.raw_serial()))
}

/// Reads a number as any tool prints it: `3f:A1:…` or `3FA1…`.
fn parse_serial(text: &str) -> Result<String, TrustError> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let digits = digits.to_ascii_lowercase();
    let digits = digits.trim_start_matches('0');
    let sound =
        !digits.is_empty() && digits.len() <= 40 && digits.chars().all(|c| c.is_ascii_hexdigit());
    if sound {
        Ok(digits.to_owned())
    } else {
        Err(TrustError::Name {
            name: text.to_owned(),
            why: "a serial number has 1 to 40 hexadecimal digits; `ocdeck pki list` shows them",
        })
    }
}

fn bytes_of(serial: &str) -> Vec<u8> {
    let digits: Vec<u8> = serial
        .chars()
        .filter_map(|c| u8::try_from(c.to_digit(16)?).ok())
        .collect();
    digits
        .rchunks(2)
        .rev()
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

/// Enough of a number to tell two certificates of one name apart.
fn short(serial: &str) -> String {
    serial.chars().take(8).collect()
}

/// Writes a file as a whole in the place of what stood there, which goes to `older`.
fn replace(path: &Path, content: &str, older: Option<&Path>) -> Result<(), TrustError> {
    let new = path.with_extension("pem.new");
    // What an interrupted run left.
    let _ = fs::remove_file(&new);
    create(&new, content, 0o644)?;
    let failed = |source| TrustError::Write {
        path: path.to_owned(),
        source,
    };
    if let Some(older) = older
        && !older.exists()
    {
        create(older, &read(path)?, 0o644)?;
    }
    fs::rename(&new, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::{bytes_of, parse_serial};

    #[test]
    fn a_number_is_read_as_tools_print_it() {
        for text in ["3fa1", "3F:A1", "003fa1", "3f:a1"] {
            assert_eq!(parse_serial(text).expect(text), "3fa1");
        }
        for text in ["", "0", "mara", "3f a1"] {
            let refused = parse_serial(text).expect_err(text).to_string();
            assert!(refused.contains("hexadecimal digits"), "{refused}");
        }
        assert_eq!(bytes_of("3fa1"), [0x3f, 0xa1]);
        assert_eq!(bytes_of("fa1"), [0x0f, 0xa1]);
    }
}
