//! Issuing: a small certificate authority in a folder, for a fleet without one of its own.
//!
//! Key files are made with mode 0600 and nothing is ever overwritten: a key that is
//! replaced by mistake locks a whole fleet out.

use crate::{
    TrustError, check, dns_name,
    identity::{Grant, IdentityError, Role, check_label},
};
use chrono::{DateTime, Duration, Utc};
use ocdeck_domain::ids::ApplianceId;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
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

/// A certificate authority: a folder with `ca.pem` and `ca.key`, and what it issued.
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
        let now = Utc::now();
        let mut uris = vec![format!("person:{name}"), format!("role:{role}")];
        uris.extend(grants.iter().map(Grant::to_string));
        let mut params = params(name, now, LEAF_DAYS)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(name, params, &uris, now)
    }

    /// Issues `<id>.pem` and `<id>.key` to an appliance.
    ///
    /// # Errors
    /// When the id is no DNS label, or when files are in the way.
    pub fn issue_appliance(&self, id: &ApplianceId) -> Result<Issued, TrustError> {
        let name = id.as_str();
        check_label(name)?;
        let now = Utc::now();
        let mut params = params(name, now, LEAF_DAYS)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params
            .subject_alt_names
            .push(SanType::DnsName(text(dns_name(id))?));
        self.issue(name, params, &[format!("appliance:{name}")], now)
    }

    fn issue(
        &self,
        name: &str,
        mut params: CertificateParams,
        uris: &[String],
        now: DateTime<Utc>,
    ) -> Result<Issued, TrustError> {
        let path = self.file(name, "pem");
        if name == "ca" {
            return Err(TrustError::Name {
                name: name.to_owned(),
                why: "the files of the CA itself have that name",
            });
        }
        for uri in uris {
            let uri = text(format!("ocdeck:{uri}"))?;
            params.subject_alt_names.push(SanType::URI(uri));
        }
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let issuer = self.issuer(now)?;
        let key = new_key(&path)?;
        let cert = params
            .signed_by(&key, &issuer)
            .map_err(|source| TrustError::Issue { path, source })?;
        self.write(name, &cert.pem(), &key)
    }

    #[cfg(test)]
    pub(crate) fn issue_person_from(&self, name: &str, role: Role, from: DateTime<Utc>) -> Issued {
        let mut params = params(name, from, LEAF_DAYS).expect("parameters");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let uris = [format!("person:{name}"), format!("role:{role}")];
        self.issue(name, params, &uris, Utc::now()).expect("issue")
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
