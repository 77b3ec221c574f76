//! Who may see what: a caller's part of the tenants of this appliance.
//!
//! The appliance's own table decides, not the caller's directory. Of an unmanaged tenant
//! only the quota is ever seen; what belongs to no tenant is the provider's own.

use ocdeck_domain::{
    facts::{EntityKind, Fact},
    ids::{PartyId, TenantId},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};

/// A tenant of this appliance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRule {
    /// Its id.
    pub id: TenantId,
    /// Every party above it.
    pub parties: Vec<PartyId>,
    /// Whether its backups are in the provider's care.
    pub managed: bool,
}

/// The tenants of this appliance.
#[derive(Clone, Debug, Default)]
pub struct Tenants(Arc<[TenantRule]>);

impl Tenants {
    /// The table.
    pub fn new(rules: impl IntoIterator<Item = TenantRule>) -> Self {
        Self(rules.into_iter().collect())
    }

    /// The rules, as they were given.
    pub fn iter(&self) -> impl Iterator<Item = &TenantRule> {
        self.0.iter()
    }
}

/// What a caller may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// What belongs to no tenant.
    infrastructure: bool,
    /// Whether tenants that the table does not name are seen too.
    others: bool,
    /// The tenants that are seen, and whether they are managed.
    tenants: BTreeMap<TenantId, bool>,
}

impl Scope {
    /// Everything, the provider's own included.
    pub fn all(tenants: &Tenants) -> Self {
        Self {
            infrastructure: true,
            others: true,
            tenants: tenants
                .iter()
                .map(|rule| (rule.id.clone(), rule.managed))
                .collect(),
        }
    }

    /// Only some tenants: named ones, and those below named parties. Never the provider's own.
    pub fn only(table: &Tenants, tenants: &[TenantId], parties: &[PartyId]) -> Self {
        let granted = |rule: &&TenantRule| {
            tenants.contains(&rule.id) || rule.parties.iter().any(|party| parties.contains(party))
        };
        Self {
            infrastructure: false,
            others: false,
            tenants: table
                .iter()
                .filter(granted)
                .map(|rule| (rule.id.clone(), rule.managed))
                .collect(),
        }
    }

    /// Whether an entity of this kind that belongs to this tenant (none: the
    /// provider's own) is seen.
    pub fn sees(&self, kind: EntityKind, tenant: Option<&TenantId>) -> bool {
        let Some(tenant) = tenant else {
            return self.infrastructure;
        };
        match self.tenants.get(tenant) {
            Some(managed) => *managed || kind == EntityKind::Quota,
            None => self.others,
        }
    }

    /// Whether the managed side of this tenant is seen: its systems, jobs and points.
    pub fn works_for(&self, tenant: &TenantId) -> bool {
        self.sees(EntityKind::System, Some(tenant))
    }

    /// Whether this state of an entity is seen.
    pub fn shows(&self, fact: &Fact) -> bool {
        let (kind, tenant) = owner(fact);
        self.sees(kind, tenant.as_ref())
    }

    /// Tells scopes apart in an epoch, so that nobody resumes in another scope.
    pub(super) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update([u8::from(self.infrastructure), u8::from(self.others)]);
        for (tenant, managed) in &self.tenants {
            hash.update([0, u8::from(*managed)]);
            hash.update(tenant.as_str());
        }
        let digest = hash.finalize();
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// What kind of entity a fact is about, and whose it is.
pub(super) fn owner(fact: &Fact) -> (EntityKind, Option<TenantId>) {
    match fact {
        Fact::Repository(it) => (EntityKind::Repository, it.tenant.clone()),
        Fact::Quota(it) => (EntityKind::Quota, Some(it.tenant.clone())),
        Fact::System(it) => (EntityKind::System, Some(it.tenant.clone())),
        Fact::Job(it) => (EntityKind::Job, Some(it.tenant.clone())),
        Fact::Session(it) => (EntityKind::Session, Some(it.tenant.clone())),
        Fact::Alert(it) => (EntityKind::Alert, it.tenant.clone()),
        Fact::Restore(it) => (EntityKind::Restore, Some(it.tenant.clone())),
        Fact::Gone(kind, _) => (*kind, None),
    }
}
