//! Issuing: a small certificate authority in a folder, for a fleet without one of its own.
//!
//! Key files are made with mode 0600 and no key is ever overwritten: one that is
//! replaced by mistake locks a whole fleet out.

mod register;

pub use register::{Entry, Renewed, Revocation, Which};

use crate::{
    TrustError, check, dns_name,
    identity::{Grant, Identity, IdentityError, Person, Role, check_label},
    provider,
};
use chrono::{DateTime, Duration, Utc};
use ocdeck_domain::ids::ApplianceId;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType, SerialNumber,
};
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use time::OffsetDateTime;

/// Days that a certificate of a person or an appliance is valid.
const LEAF_DAYS: i64 = 397;
/// Days that a CA is valid: ten years.
const CA_DAYS: i64 = 3652;
/// Certificates are valid from a little earlier, because clocks differ.
const SKEW_MINUTES: i64 = 5;

/// A certificate authority: a folder with `ca.pem`, `ca.key`, the revocation list `crl.pem`, and
/// what it issued.
#[derive(Clone, Debug)]
pub struct Pki {
    dir: PathBuf,
}

/// The files of an issued certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The certificate.
    pub cert: PathBuf,
    /// Its private key, mode 0600.
    pub key: PathBuf,
    /// The CA's certificate, that the other side trusts.
    pub ca: PathBuf,
}

impl Pki {
    /// Makes a new authority in a folder, which is created when it is not there.
    ///
    /// # Errors
    /// When there is one already, or nothing can be written.
    pub fn init(dir: impl Into<PathBuf>) -> Result<Self, TrustError> {
        let pki = Self { dir: dir.into() };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&pki.dir)
            .map_err(|source| TrustError::Write {
                path: pki.dir.clone(),
                source,
            })?;
        let path = pki.file("ca", "pem");
        let key = new_key(&path)?;
        let mut params = params("ocdeck CA", Utc::now(), CA_DAYS)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let cert = params
            .self_signed(&key)
            .map_err(|source| TrustError::Issue { path, source })?;
        pki.write("ca", &cert.pem(), &key)?;
        // Empty, so that appliances can name it before anything is revoked.
        pki.ensure_crl()?;
        Ok(pki)
    }

    /// The authority in a folder.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, TrustError> {
        let pki = Self { dir: dir.into() };
        read(&pki.file("ca", "pem"))?;
        read(&pki.file("ca", "key"))?;
        Ok(pki)
    }

    /// The CA's certificate.
    pub fn ca(&self) -> PathBuf {
        self.file("ca", "pem")
    }

    /// The list of what it took back. One that was made before there were lists has none.
    pub fn crl(&self) -> PathBuf {
        self.file("crl", "pem")
    }

    /// Writes an empty revocation list if there is none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn ensure_crl(&self) -> Result<(), TrustError> {
        if self.crl().exists() {
            return Ok(());
        }
        self.write_crl(&[], Utc::now())
    }

    /// Issues `<name>.pem` and `<name>.key` to a person.
    ///
    /// # Errors
    /// When the name cannot be one, when a reseller has no grant, or when files are in the way.
    pub fn issue_person(
        &self,
        name: &str,
        role: Role,
        grants: &[Grant],
    ) -> Result<Issued, TrustError> {
        check_label(name)?;
        if role == Role::Reseller && grants.is_empty() {
            return Err(TrustError::Identity {
                path: self.file(name, "pem"),
                source: IdentityError::BoundlessReseller(name.to_owned()),
            });
        }
        self.issue(&Identity::Person(Person {
            name: name.to_owned(),
            role,
            grants: grants.to_vec(),
        }))
    }

    /// Issues `<id>.pem` and `<id>.key` to an appliance.
    ///
    /// # Errors
    /// When the id is no DNS label, or when files are in the way.
    pub fn issue_appliance(&self, id: &ApplianceId) -> Result<Issued, TrustError> {
        check_label(id.as_str())?;
        self.issue(&Identity::Appliance(id.clone()))
    }

    fn issue(&self, identity: &Identity) -> Result<Issued, TrustError> {
        let name = name_of(identity);
        if OWN_NAMES.contains(&name) {
            return Err(TrustError::Name {
                name: name.to_owned(),
                why: "files of the CA itself have that name",
            });
        }
        let key = new_key(&self.file(name, "pem"))?;
        let cert = self.certificate(identity, &key, Utc::now())?;
        self.write(name, &cert, &key)
    }

    /// A certificate for a key, in PEM form.
    fn certificate(
        &self,
        identity: &Identity,
        key: &impl PublicKeyData,
        from: DateTime<Utc>,
    ) -> Result<String, TrustError> {
        let name = name_of(identity);
        let path = self.file(name, "pem");
        let mut params = params(name, from, LEAF_DAYS)?;
        let uris = match identity {
            Identity::Person(person) => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
                let mut uris = vec![format!("person:{name}"), format!("role:{}", person.role)];
                uris.extend(person.grants.iter().map(Grant::to_string));
                uris
            }
            Identity::Appliance(id) => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
                let dns = SanType::DnsName(text(dns_name(id))?);
                params.subject_alt_names.push(dns);
                vec![format!("appliance:{id}")]
            }
        };
        for uri in uris {
            let uri = text(format!("ocdeck:{uri}"))?;
            params.subject_alt_names.push(SanType::URI(uri));
        }
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let cert = params
            .signed_by(key, &self.issuer(Utc::now())?)
            .map_err(|source| TrustError::Issue { path, source })?;
        Ok(cert.pem())
    }

    #[cfg(test)]
    pub(crate) fn issue_person_from(&self, name: &str, role: Role, from: DateTime<Utc>) -> Issued {
        let person = Identity::Person(Person {
            name: name.to_owned(),
            role,
            grants: Vec::new(),
        });
        self.issue_from(&person, from)
    }

    #[cfg(test)]
    pub(crate) fn issue_from(&self, identity: &Identity, from: DateTime<Utc>) -> Issued {
        let name = name_of(identity);
        let key = new_key(&self.file(name, "pem")).expect("key");
        let cert = self.certificate(identity, &key, from).expect("certificate");
        self.write(name, &cert, &key).expect("write")
    }

    fn issuer(&self, now: DateTime<Utc>) -> Result<Issuer<'static, KeyPair>, TrustError> {
        let (ca, key) = (self.ca(), self.file("ca", "key"));
        check::check_ca(&ca, now)?;
        let pair = KeyPair::from_pem(&read(&key)?)
            .map_err(|source| TrustError::Issue { path: key, source })?;
        Issuer::from_ca_cert_pem(&read(&ca)?, pair)
            .map_err(|source| TrustError::Issue { path: ca, source })
    }

    /// Writes the pair; the key first, so that no certificate stands without its key.
    fn write(&self, name: &str, cert: &str, key: &KeyPair) -> Result<Issued, TrustError> {
        let issued = Issued {
            cert: self.file(name, "pem"),
            key: self.file(name, "key"),
            ca: self.ca(),
        };
        if fs::symlink_metadata(&issued.cert).is_ok() {
            return Err(TrustError::Exists { path: issued.cert });
        }
        create(&issued.key, &key.serialize_pem(), 0o600)?;
        if let Err(error) = create(&issued.cert, cert, 0o644) {
            // The key was made a moment ago and belongs to nothing.
            let _ = fs::remove_file(&issued.key);
            return Err(error);
        }
        Ok(issued)
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        self.dir.join(format!("{name}.{extension}"))
    }
}

/// Names that would be the CA's own files.
const OWN_NAMES: [&str; 2] = ["ca", "crl"];

fn name_of(identity: &Identity) -> &str {
    match identity {
        Identity::Person(person) => &person.name,
        Identity::Appliance(id) => id.as_str(),
    }
}

/// A number that no other certificate has: a renewed one has the key of the one before, from
/// which the library would take the same number.
fn serial(name: &str) -> Result<SerialNumber, TrustError> {
    let mut bytes = [0; 16];
    provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| TrustError::Name {
            name: name.to_owned(),
            why: "this machine gives no random numbers",
        })?;
    // Positive, and of one length.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn new_key(path: &Path) -> Result<KeyPair, TrustError> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|source| TrustError::Issue {
        path: path.to_owned(),
        source,
    })
}

fn params(name: &str, now: DateTime<Utc>, days: i64) -> Result<CertificateParams, TrustError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(serial(name)?);
    params.not_before = moment(now - Duration::minutes(SKEW_MINUTES), name)?;
    params.not_after = moment(now + Duration::days(days), name)?;
    Ok(params)
}

fn moment(at: DateTime<Utc>, name: &str) -> Result<OffsetDateTime, TrustError> {
    OffsetDateTime::from_unix_timestamp(at.timestamp()).map_err(|_| TrustError::Name {
        name: name.to_owned(),
        why: "the clock of this machine is far off",
    })
}

fn text(value: String) -> Result<rcgen::string::Ia5String, TrustError> {
    value.as_str().try_into().map_err(|_| TrustError::Name {
        name: value.clone(),
        why: "only ASCII is allowed",
    })
}

fn read(path: &Path) -> Result<String, TrustError> {
    fs::read_to_string(path).map_err(|source| TrustError::Read {
        path: path.to_owned(),
        source,
    })
}

fn create(path: &Path, content: &str, mode: u32) -> Result<(), TrustError> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => TrustError::Exists {
            path: path.to_owned(),
        },
        _ => TrustError::Write {
            path: path.to_owned(),
            source,
        },
    })
}
