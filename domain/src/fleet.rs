//! The directory: who is who. Parties in a tree of any depth, tenants with their contacts and
//! sites, appliances under each tenant that they serve. Built whole or refused with a reason.

mod below;
mod hours;
mod parts;
mod rota;
mod window;

pub use parts::{
    Appliance, Contact, LAST_STEP, Lifecycle, Link, Parts, Party, RestartPolicy, Site, Tenant,
};
pub use rota::{Duty, OnDuty, Rota, Turn};
pub use window::{Scope, Window, WindowKind};

use crate::{
    calendar::Calendar,
    ids::{ApplianceId, CalendarId, PartyId, SiteId, TenantId},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// A row of the party tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// The provider or a reseller.
    Party(PartyId),
    /// A tenant.
    Tenant(TenantId),
    /// A site with none or several appliances.
    Site(SiteId),
    /// An appliance at a site, or the provider's own.
    Appliance(Option<SiteId>, ApplianceId),
}

/// Why a directory is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Going from parent to parent comes back.
    #[error("parties are their own parents: {0}; change one `parent`")]
    Cycle(String),
    /// A name of something that is not there.
    #[error("{what} {id} names {kind} {missing}, which is not in the directory")]
    Missing {
        /// What names it.
        what: &'static str,
        /// Its id.
        id: String,
        /// What kind of thing is missing.
        kind: &'static str,
        /// Its id.
        missing: String,
    },
    /// An id that stands twice.
    #[error("there are two of {what} {id}; give one another id")]
    Twice {
        /// What.
        what: &'static str,
        /// Its id.
        id: String,
    },
}

/// Who is who.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    parties: BTreeMap<PartyId, Party>,
    tenants: BTreeMap<TenantId, Tenant>,
    contacts: Vec<Contact>,
    sites: BTreeMap<SiteId, Site>,
    appliances: BTreeMap<ApplianceId, Appliance>,
    calendars: BTreeMap<CalendarId, Arc<Calendar>>,
    rota: Vec<Rota>,
    windows: Vec<Window>,
    children: HashMap<Option<Node>, Vec<Node>>,
    /// Appliances below each node, each once, in the order of the tree.
    below: HashMap<Node, Vec<ApplianceId>>,
}

fn keyed<K: Ord + Clone + ToString, V>(
    what: &'static str,
    values: Vec<V>,
    key: impl Fn(&V) -> &K,
) -> Result<BTreeMap<K, V>, DirectoryError> {
    let mut map = BTreeMap::new();
    for value in values {
        let id = key(&value).clone();
        if map.insert(id.clone(), value).is_some() {
            let id = id.to_string();
            return Err(DirectoryError::Twice { what, id });
        }
    }
    Ok(map)
}

fn missing(
    what: &'static str,
    id: &impl ToString,
    kind: &'static str,
    other: &impl ToString,
) -> DirectoryError {
    DirectoryError::Missing {
        what,
        id: id.to_string(),
        kind,
        missing: other.to_string(),
    }
}

impl Directory {
    /// What it is made of.
    pub fn parts(&self) -> Parts {
        Parts {
            parties: self.parties.values().cloned().collect(),
            tenants: self.tenants.values().cloned().collect(),
            contacts: self.contacts.clone(),
            sites: self.sites.values().cloned().collect(),
            appliances: self.appliances.values().cloned().collect(),
            calendars: self.calendars.values().map(|c| (**c).clone()).collect(),
            rota: self.rota.clone(),
            windows: self.windows.clone(),
        }
    }

    /// The directory of these, without calendars, rota and windows.
    ///
    /// # Errors
    /// As [`Directory::of`].
    pub fn new(
        parties: Vec<Party>,
        tenants: Vec<Tenant>,
        contacts: Vec<Contact>,
        sites: Vec<Site>,
        appliances: Vec<Appliance>,
    ) -> Result<Self, DirectoryError> {
        Self::of(Parts {
            parties,
            tenants,
            contacts,
            sites,
            appliances,
            ..Parts::default()
        })
    }

    /// The directory of all these parts.
    ///
    /// # Errors
    /// When an id stands twice, a name is of nothing, or parties stand in a circle.
    pub fn of(parts: Parts) -> Result<Self, DirectoryError> {
        let calendars = parts.calendars.into_iter().map(Arc::new).collect();
        let mut directory = Self {
            parties: keyed("party", parts.parties, |p: &Party| &p.id)?,
            tenants: keyed("tenant", parts.tenants, |t: &Tenant| &t.id)?,
            contacts: parts.contacts,
            sites: keyed("site", parts.sites, |s: &Site| &s.id)?,
            appliances: keyed("appliance", parts.appliances, |a: &Appliance| &a.id)?,
            calendars: keyed("calendar", calendars, |c: &Arc<Calendar>| c.id())?,
            rota: parts.rota,
            windows: parts.windows,
            children: HashMap::new(),
            below: HashMap::new(),
        };
        directory.check_names()?;
        directory.check_cycles()?;
        directory.children = directory.index();
        directory.below = directory.gather();
        Ok(directory)
    }

    fn check_names(&self) -> Result<(), DirectoryError> {
        for party in self.parties.values() {
            if let Some(parent) = party
                .parent
                .as_ref()
                .filter(|p| !self.parties.contains_key(*p))
            {
                return Err(missing("party", &party.id, "party", parent));
            }
        }
        for tenant in self.tenants.values() {
            if !self.parties.contains_key(&tenant.parent) {
                return Err(missing("tenant", &tenant.id, "party", &tenant.parent));
            }
            if let Some(calendar) = tenant
                .calendar
                .as_ref()
                .filter(|c| !self.calendars.contains_key(*c))
            {
                return Err(missing("tenant", &tenant.id, "calendar", calendar));
            }
        }
        for contact in &self.contacts {
            if !self.tenants.contains_key(&contact.tenant) {
                return Err(missing("contact", &contact.name, "tenant", &contact.tenant));
            }
        }
        for site in self.sites.values() {
            if !self.tenants.contains_key(&site.tenant) {
                return Err(missing("site", &site.id, "tenant", &site.tenant));
            }
        }
        for appliance in self.appliances.values() {
            if let Some(site) = appliance
                .sites
                .iter()
                .find(|s| !self.sites.contains_key(*s))
            {
                return Err(missing("appliance", &appliance.id, "site", site));
            }
        }
        self.check_windows()
    }

    fn check_cycles(&self) -> Result<(), DirectoryError> {
        let mut good = BTreeSet::new();
        for start in self.parties.keys() {
            let mut way = Vec::new();
            let mut at = Some(start);
            while let Some(id) = at.filter(|id| !good.contains(*id)) {
                if let Some(from) = way.iter().position(|w| *w == id) {
                    way.push(id);
                    let names: Vec<&str> = way.iter().skip(from).map(|p| p.as_str()).collect();
                    return Err(DirectoryError::Cycle(names.join(" → ")));
                }
                way.push(id);
                at = self.parties.get(id).and_then(|p| p.parent.as_ref());
            }
            good.extend(way);
        }
        Ok(())
    }

    fn index(&self) -> HashMap<Option<Node>, Vec<Node>> {
        let mut children: HashMap<Option<Node>, Vec<Node>> = HashMap::new();
        for party in self.parties.values() {
            let parent = party.parent.clone().map(Node::Party);
            children
                .entry(parent)
                .or_default()
                .push(Node::Party(party.id.clone()));
        }
        for tenant in self.tenants.values() {
            let parent = Some(Node::Party(tenant.parent.clone()));
            children
                .entry(parent)
                .or_default()
                .push(Node::Tenant(tenant.id.clone()));
        }
        let mut at: HashMap<&SiteId, BTreeSet<&ApplianceId>> = HashMap::new();
        for appliance in self.appliances.values() {
            for site in &appliance.sites {
                at.entry(site).or_default().insert(&appliance.id);
            }
        }
        for site in self.sites.values() {
            let here = at.remove(&site.id).unwrap_or_default();
            let rows: Vec<Node> = here
                .into_iter()
                .map(|a| Node::Appliance(Some(site.id.clone()), a.clone()))
                .collect();
            let tenant = Some(Node::Tenant(site.tenant.clone()));
            let under = children.entry(tenant).or_default();
            if rows.len() == 1 {
                under.extend(rows);
            } else {
                let node = Node::Site(site.id.clone());
                under.push(node.clone());
                children.insert(Some(node), rows);
            }
        }
        let root = children.get(&None).and_then(|roots| roots.first()).cloned();
        for appliance in self.appliances.values().filter(|a| a.sites.is_empty()) {
            let node = Node::Appliance(None, appliance.id.clone());
            children.entry(root.clone()).or_default().push(node);
        }
        children
    }

    /// What stands directly below a node; `None`: the roots.
    pub fn children(&self, node: Option<&Node>) -> &[Node] {
        self.children.get(&node.cloned()).map_or(&[], Vec::as_slice)
    }

    /// The first root, which has everything below it where it is the only one.
    pub fn top(&self) -> Option<&Node> {
        self.children(None).first()
    }

    /// The node above; `None` for a root.
    pub fn parent(&self, node: &Node) -> Option<Node> {
        match node {
            Node::Party(id) => self.parties.get(id)?.parent.clone().map(Node::Party),
            Node::Tenant(id) => Some(Node::Party(self.tenants.get(id)?.parent.clone())),
            Node::Site(id) => Some(Node::Tenant(self.sites.get(id)?.tenant.clone())),
            Node::Appliance(None, _) => self.children(None).first().cloned(),
            Node::Appliance(Some(site), _) => {
                let as_site = Node::Site(site.clone());
                if self.children.contains_key(&Some(as_site.clone())) {
                    Some(as_site)
                } else {
                    self.parent(&as_site)
                }
            }
        }
    }

    /// The nodes from a root down to this one, itself included.
    pub fn way_to(&self, node: &Node) -> Vec<Node> {
        let mut way = vec![node.clone()];
        let mut at = node.clone();
        while let Some(parent) = self.parent(&at) {
            way.push(parent.clone());
            at = parent;
        }
        way.reverse();
        way
    }

    /// Its name on screen.
    pub fn name(&self, node: &Node) -> String {
        match node {
            Node::Party(id) => self
                .parties
                .get(id)
                .map_or(id.as_str(), |p| &p.name)
                .to_owned(),
            Node::Tenant(id) => self.tenant_name(id).to_owned(),
            Node::Site(id) => id.to_string(),
            Node::Appliance(_, id) => id.to_string(),
        }
    }

    /// A tenant's name, or its id if the directory does not have it.
    pub fn tenant_name<'a>(&'a self, id: &'a TenantId) -> &'a str {
        self.tenants.get(id).map_or(id.as_str(), |t| &t.name)
    }

    /// The names from a root down to this node.
    pub fn breadcrumb(&self, node: &Node) -> Vec<String> {
        self.way_to(node).iter().map(|n| self.name(n)).collect()
    }

    /// A party.
    pub fn party(&self, id: &PartyId) -> Option<&Party> {
        self.parties.get(id)
    }

    /// A tenant.
    pub fn tenant(&self, id: &TenantId) -> Option<&Tenant> {
        self.tenants.get(id)
    }

    /// All tenants.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values()
    }

    /// A site.
    pub fn site(&self, id: &SiteId) -> Option<&Site> {
        self.sites.get(id)
    }

    /// An appliance.
    pub fn appliance(&self, id: &ApplianceId) -> Option<&Appliance> {
        self.appliances.get(id)
    }

    /// All appliances.
    pub fn appliances(&self) -> impl Iterator<Item = &Appliance> {
        self.appliances.values()
    }

    /// The links to those that have an address.
    pub fn links(&self) -> impl Iterator<Item = Link> {
        self.appliances.values().filter_map(Appliance::link)
    }

    /// All contacts.
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// The tenants that an appliance serves.
    pub fn tenants_of(&self, id: &ApplianceId) -> BTreeSet<TenantId> {
        self.appliances
            .get(id)
            .into_iter()
            .flat_map(|a| &a.sites)
            .filter_map(|s| Some(self.sites.get(s)?.tenant.clone()))
            .collect()
    }

    /// Every node that an appliance counts under, itself included, each once.
    pub fn nodes_above_appliance(&self, id: &ApplianceId) -> BTreeSet<Node> {
        let sites = self.appliances.get(id).map_or(&[][..], |a| &a.sites);
        if sites.is_empty() {
            return self
                .way_to(&Node::Appliance(None, id.clone()))
                .into_iter()
                .collect();
        }
        sites
            .iter()
            .flat_map(|s| self.way_to(&Node::Appliance(Some(s.clone()), id.clone())))
            .collect()
    }

    /// Every node that something of `tenant` on this appliance counts under; for the
    /// provider's own (`None`), the appliance's rows and the parties above.
    pub fn nodes_above(&self, id: &ApplianceId, tenant: Option<&TenantId>) -> BTreeSet<Node> {
        let mut nodes = self.nodes_above_appliance(id);
        let Some(tenant) = tenant else {
            nodes.retain(|n| !matches!(n, Node::Tenant(_)));
            return nodes;
        };
        let mut kept: BTreeSet<Node> = self
            .way_to(&Node::Tenant(tenant.clone()))
            .into_iter()
            .collect();
        kept.extend(nodes.into_iter().filter(|n| match n {
            Node::Site(s) | Node::Appliance(Some(s), _) => {
                self.sites.get(s).is_some_and(|s| &s.tenant == tenant)
            }
            Node::Appliance(None, _) => true,
            Node::Party(_) | Node::Tenant(_) => false,
        }));
        kept
    }

    /// Whether `inner` is `outer` or stands below it.
    pub fn within(&self, inner: &Node, outer: &Node) -> bool {
        inner == outer || self.way_to(inner).contains(outer)
    }
}

#[cfg(test)]
#[path = "fleet_tests.rs"]
mod tests;
