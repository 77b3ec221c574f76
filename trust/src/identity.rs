//! Who a certificate names: a person with a role and a scope, or an appliance.
//!
//! Everything stands in URI subject alternative names that begin with `ocdeck:`. One that this
//! build does not know is refused, because it may be a restriction.

use crate::{TrustError, dns_name};
use chrono::{DateTime, Utc};
use ocdeck_domain::ids::{ApplianceId, PartyId, TenantId};
use std::{fmt, str::FromStr};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// What a person may do. What that means is the appliance's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Looks, changes nothing.
    Viewer,
    /// Works a shift.
    Technician,
    /// Takes escalations.
    DutyManager,
    /// Onboards and changes.
    Engineer,
    /// A technician of a reseller: own tenants only.
    Reseller,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Viewer,
        Self::Technician,
        Self::DutyManager,
        Self::Engineer,
        Self::Reseller,
    ];

    /// As certificates and messages spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Technician => "technician",
            Self::DutyManager => "duty_manager",
            Self::Engineer => "engineer",
            Self::Reseller => "reseller",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Role {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| IdentityError::UnknownRole(text.to_owned()))
    }
}

/// A part of the party tree that a person is restricted to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Grant {
    /// One tenant.
    Tenant(TenantId),
    /// Every tenant below a party.
    Party(PartyId),
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(id) => write!(f, "tenant:{id}"),
            Self::Party(id) => write!(f, "party:{id}"),
        }
    }
}

impl FromStr for Grant {
    type Err = IdentityError;

    /// Reads `tenant:<id>` or `party:<id>`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("tenant", id)) if !id.is_empty() => Ok(Self::Tenant(id.into())),
            Some(("party", id)) if !id.is_empty() => Ok(Self::Party(id.into())),
            _ => Err(IdentityError::UnknownUri(format!("ocdeck:{text}"))),
        }
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Short name, such as "mara".
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they are restricted to; empty: nothing. A reseller is never unrestricted.
    pub grants: Vec<Grant>,
}

/// Who a certificate names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A person.
    Person(Person),
    /// An appliance.
    Appliance(ApplianceId),
}

/// What a certificate says: who, and from when until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who.
    pub identity: Identity,
    /// The certificate's number, unique for its CA: lower-case hexadecimal digits.
    pub serial: String,
    /// The begin of the certificate's validity.
    pub not_before: DateTime<Utc>,
    /// The end of the certificate's validity.
    pub not_after: DateTime<Utc>,
}

/// Why a certificate names nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// It is not a certificate.
    #[error("it cannot be read as a certificate: {0}")]
    Unreadable(String),
    /// It carries no name of ocdeck.
    #[error("it names no person or appliance of ocdeck (no URI \"ocdeck:person:…\")")]
    Nobody,
    /// It carries a name of its kind twice, or names of both kinds.
    #[error("it carries more than one \"{0}\"")]
    Twice(&'static str),
    /// It carries a name that this build does not know.
    #[error("it carries \"{0}\", which this version does not know")]
    UnknownUri(String),
    /// A role that does not exist.
    #[error(
        "\"{0}\" is no role; roles are viewer, technician, duty_manager, engineer and reseller"
    )]
    UnknownRole(String),
    /// A person without a role.
    #[error("it names the person {0} without a role")]
    NoRole(String),
    /// A reseller of everything.
    #[error("it names the reseller {0} without a tenant or party")]
    BoundlessReseller(String),
    /// An appliance without its DNS name.
    #[error("it names the appliance {0} without the DNS name that clients check")]
    NoDnsName(String),
}

impl Peer {
    /// Reads a certificate in DER form. Says nothing about who issued it: rustls did.
    ///
    /// # Errors
    /// When it names nobody, or something that this version does not know.
    pub fn from_der(der: &[u8]) -> Result<Self, IdentityError> {
        let (_, certificate) = X509Certificate::from_der(der)
            .map_err(|error| IdentityError::Unreadable(error.to_string()))?;
        let moment = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH);
        let validity = certificate.validity();
        Ok(Self {
            identity: identity(&certificate)?,
            serial: hexadecimal(certificate.raw_serial()),
            not_before: moment(validity.not_before.timestamp()),
            not_after: moment(validity.not_after.timestamp()),
        })
    }
}

/// The names found so far.
#[derive(Default)]
struct Found {
    person: Option<String>,
    role: Option<Role>,
    appliance: Option<String>,
    grants: Vec<Grant>,
    dns: Vec<String>,
}

impl Found {
    fn take_uri(&mut self, rest: &str) -> Result<(), IdentityError> {
        match rest.split_once(':') {
            Some(("person", name)) => once(&mut self.person, name.to_owned(), "ocdeck:person"),
            Some(("role", name)) => once(&mut self.role, name.parse()?, "ocdeck:role"),
            Some(("appliance", id)) => once(&mut self.appliance, id.to_owned(), "ocdeck:appliance"),
            _ => {
                self.grants.push(rest.parse()?);
                Ok(())
            }
        }
    }

    fn identity(self) -> Result<Identity, IdentityError> {
        match (self.person, self.appliance) {
            (None, None) => Err(IdentityError::Nobody),
            (Some(_), Some(_)) => Err(IdentityError::Twice("ocdeck:person or ocdeck:appliance")),
            (None, Some(id)) => {
                let id = ApplianceId::new(id);
                if !self.dns.contains(&dns_name(&id)) {
                    return Err(IdentityError::NoDnsName(id.to_string()));
                }
                Ok(Identity::Appliance(id))
            }
            (Some(name), None) => {
                let Some(role) = self.role else {
                    return Err(IdentityError::NoRole(name));
                };
                if role == Role::Reseller && self.grants.is_empty() {
                    return Err(IdentityError::BoundlessReseller(name));
                }
                Ok(Identity::Person(Person {
                    name,
                    role,
                    grants: self.grants,
                }))
            }
        }
    }
}

fn once<T>(slot: &mut Option<T>, value: T, what: &'static str) -> Result<(), IdentityError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(IdentityError::Twice(what)),
    }
}

fn identity(certificate: &X509Certificate<'_>) -> Result<Identity, IdentityError> {
    let names = certificate
        .subject_alternative_name()
        .map_err(|error| IdentityError::Unreadable(error.to_string()))?;
    let mut found = Found::default();
    for name in names.iter().flat_map(|names| &names.value.general_names) {
        match name {
            GeneralName::URI(uri) => {
                if let Some(rest) = uri.strip_prefix("ocdeck:") {
                    found.take_uri(rest)?;
                }
            }
            GeneralName::DNSName(name) => found.dns.push((*name).to_owned()),
            _ => {}
        }
    }
    found.identity()
}

/// A serial number without the sign's zero before it.
pub(crate) fn hexadecimal(number: &[u8]) -> String {
    let digits: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.trim_start_matches('0').to_owned()
}

/// Whether this can be the id of an appliance or the name of a person: a DNS label in lower
/// case.
///
/// # Errors
/// What about it cannot stand in a certificate.
pub fn check_label(label: &str) -> Result<(), TrustError> {
    let refuse = |why| {
        Err(TrustError::Name {
            name: label.to_owned(),
            why,
        })
    };
    if label.is_empty() || label.len() > 63 {
        return refuse("it must have 1 to 63 characters");
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !label.chars().all(allowed) || label.starts_with('-') || label.ends_with('-') {
        return refuse("only a to z, 0 to 9 and hyphens are allowed, and no hyphen at either end");
    }
    Ok(())
}
