//! What can be found, and by which names.

use ocdeck_domain::{
    facts::{Alert, Job, System},
    fleet::{Contact, Directory, Node},
    ids::{
        AlertId, ApplianceId, IncidentId, JobId, On, PartyId, RequestId, SiteId, SystemId, TenantId,
    },
};
use std::collections::BTreeSet;

/// A kind of thing, in the order in which equally good ones are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Protected systems.
    System,
    /// People of tenants.
    Contact,
    /// Restore requests.
    Request,
    /// Incidents.
    Incident,
    /// Tenants.
    Tenant,
    /// Jobs.
    Job,
    /// Appliances.
    Appliance,
    /// Open alerts.
    Alert,
    /// Sites.
    Site,
    /// The provider and resellers.
    Party,
}

impl Kind {
    /// Its heading.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "Systems",
            Self::Contact => "Contacts",
            Self::Request => "Restores",
            Self::Incident => "Incidents",
            Self::Tenant => "Tenants",
            Self::Job => "Jobs",
            Self::Appliance => "Appliances",
            Self::Alert => "Alerts",
            Self::Site => "Sites",
            Self::Party => "Parties",
        }
    }
}

/// A thing that can be found and gone to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A protected system.
    System(On<SystemId>),
    /// A person of a tenant: tenant, name and number on file.
    Contact(TenantId, String, String),
    /// A restore request.
    Request(RequestId),
    /// An incident.
    Incident(IncidentId),
    /// A tenant.
    Tenant(TenantId),
    /// A job.
    Job(On<JobId>),
    /// An appliance.
    Appliance(ApplianceId),
    /// An alert.
    Alert(On<AlertId>),
    /// A site.
    Site(SiteId),
    /// A party.
    Party(PartyId),
}

impl Target {
    /// What kind of thing it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::System(_) => Kind::System,
            Self::Contact(..) => Kind::Contact,
            Self::Request(_) => Kind::Request,
            Self::Incident(_) => Kind::Incident,
            Self::Tenant(_) => Kind::Tenant,
            Self::Job(_) => Kind::Job,
            Self::Appliance(_) => Kind::Appliance,
            Self::Alert(_) => Kind::Alert,
            Self::Site(_) => Kind::Site,
            Self::Party(_) => Kind::Party,
        }
    }

    /// The contact of the directory that this is.
    pub fn contact<'a>(&self, directory: &'a Directory) -> Option<&'a Contact> {
        let Self::Contact(tenant, name, phone) = self else {
            return None;
        };
        let mut contacts = directory.contacts().iter();
        contacts.find(|c| &c.tenant == tenant && &c.name == name && &c.phone == phone)
    }
}

/// The names of a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// What it is called on screen: what is typed is looked for here first.
    pub name: String,
    /// Where it belongs and what else it is called.
    pub others: Vec<String>,
    /// Its phone number, in any spelling.
    pub number: String,
}

/// A change of the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This is there, with these names; in place of those that it had.
    Put(Target, Name),
    /// It is not there any more.
    Gone(Target),
}

impl Change {
    /// What it is about.
    pub fn target(&self) -> &Target {
        match self {
            Self::Put(target, _) | Self::Gone(target) => target,
        }
    }
}

fn named(name: impl Into<String>, others: impl IntoIterator<Item = String>) -> Name {
    Name {
        name: name.into(),
        others: others.into_iter().collect(),
        number: String::new(),
    }
}

/// The names of a system.
pub(in crate::state) fn system_name(directory: &Directory, system: &System) -> Name {
    let tenant = directory.tenant_name(&system.tenant).to_owned();
    let mut others = vec![tenant];
    others.extend(system.aliases.iter().cloned());
    named(system.name.as_str(), others)
}

/// The names of a job.
pub(in crate::state) fn job_name(directory: &Directory, job: &Job) -> Name {
    let tenant = directory.tenant_name(&job.tenant).to_owned();
    named(job.id.as_str(), [tenant])
}

/// The names of an alert.
pub(in crate::state) fn alert_name(
    directory: &Directory,
    appliance: &ApplianceId,
    alert: &Alert,
) -> Name {
    let place = match &alert.tenant {
        Some(tenant) => directory.tenant_name(tenant).to_owned(),
        None => appliance.to_string(),
    };
    named(
        alert.object.as_str(),
        [place, alert.monitor.replace('_', " ")],
    )
}

/// The names of a request: its number, then what it is about.
pub(in crate::state) fn request_name(reference: String, place: String) -> Name {
    named(reference, [place])
}

/// The names of an incident: its number, then where and what it is about.
pub(in crate::state) fn incident_name(number: String, about: [String; 2]) -> Name {
    named(number, about)
}

/// The names of everything that the directory holds.
pub(in crate::state) fn directory_names(directory: &Directory) -> Vec<Change> {
    let mut names = Vec::new();
    let mut parties = BTreeSet::new();
    for tenant in directory.tenants() {
        for node in directory.way_to(&Node::Party(tenant.parent.clone())) {
            if let Node::Party(id) = node
                && parties.insert(id.clone())
            {
                let name = directory.name(&Node::Party(id.clone()));
                names.push(Change::Put(Target::Party(id), named(name, [])));
            }
        }
        let others = [tenant.id.to_string()];
        names.push(Change::Put(
            Target::Tenant(tenant.id.clone()),
            named(tenant.name.as_str(), others),
        ));
    }
    for contact in directory.contacts() {
        let tenant = directory.tenant_name(&contact.tenant).to_owned();
        let name = Name {
            number: contact.phone.clone(),
            ..named(contact.name.as_str(), [tenant])
        };
        let target = Target::Contact(
            contact.tenant.clone(),
            contact.name.clone(),
            contact.phone.clone(),
        );
        names.push(Change::Put(target, name));
    }
    let mut sites = BTreeSet::new();
    for appliance in directory.appliances() {
        let tenants: BTreeSet<String> = appliance
            .sites
            .iter()
            .filter_map(|site| directory.site(site))
            .map(|site| directory.tenant_name(&site.tenant).to_owned())
            .collect();
        names.push(Change::Put(
            Target::Appliance(appliance.id.clone()),
            named(appliance.id.as_str(), tenants),
        ));
        for site in appliance.sites.iter().filter_map(|id| directory.site(id)) {
            if sites.insert(site.id.clone()) {
                let tenant = directory.tenant_name(&site.tenant).to_owned();
                names.push(Change::Put(
                    Target::Site(site.id.clone()),
                    named(site.id.as_str(), [tenant]),
                ));
            }
        }
    }
    names
}
