//! What stands below a node of the tree, asked often: for every row, in every frame.

use super::{Directory, Node};
use crate::ids::{ApplianceId, PartyId, SiteId, TenantId};
use std::collections::{HashMap, HashSet};

impl Directory {
    /// The appliances below each node, in the order of the tree.
    pub(super) fn gather(&self) -> HashMap<Node, Vec<ApplianceId>> {
        let mut below: HashMap<Node, Vec<ApplianceId>> = HashMap::new();
        let mut seen = HashSet::new();
        // The way from a root to the node at hand.
        let mut way: Vec<&Node> = Vec::new();
        let roots = self.children(None).iter().rev();
        let mut todo: Vec<(usize, &Node)> = roots.map(|node| (0, node)).collect();
        while let Some((depth, node)) = todo.pop() {
            way.truncate(depth);
            way.push(node);
            if let Node::Appliance(_, id) = node {
                for above in &way {
                    if seen.insert((*above, id)) {
                        below.entry((*above).clone()).or_default().push(id.clone());
                    }
                }
            }
            let children = self.children(Some(node)).iter().rev();
            todo.extend(children.map(|child| (depth + 1, child)));
        }
        below
    }

    /// The appliances below a node, each once, in the order of the tree.
    pub fn appliances_below(&self, node: &Node) -> &[ApplianceId] {
        self.below.get(node).map_or(&[], Vec::as_slice)
    }

    /// Whether a party, or one above it, is `above`.
    fn party_within(&self, party: &PartyId, above: &PartyId) -> bool {
        let mut at = Some(party);
        while let Some(id) = at {
            if id == above {
                return true;
            }
            at = self.parties.get(id).and_then(|party| party.parent.as_ref());
        }
        false
    }

    /// Whether a tenant is below a party.
    pub fn tenant_within(&self, tenant: &TenantId, party: &PartyId) -> bool {
        let tenant = self.tenants.get(tenant);
        tenant.is_some_and(|tenant| self.party_within(&tenant.parent, party))
    }

    /// Whether something of `tenant` on this appliance counts under `node`: the same question
    /// as of [`Self::nodes_above`], without making all of them.
    pub fn counts_under(&self, id: &ApplianceId, tenant: Option<&TenantId>, node: &Node) -> bool {
        let sites = self.appliances.get(id).map_or(&[][..], |a| &a.sites);
        let of_site = |site: &SiteId| self.sites.get(site).map(|site| &site.tenant);
        let here =
            |site: &SiteId| sites.contains(site) && (tenant.is_none() || of_site(site) == tenant);
        match (node, tenant) {
            (Node::Tenant(of), Some(tenant)) => of == tenant,
            (Node::Tenant(_), None) => false,
            (Node::Party(party), Some(tenant)) => self.tenant_within(tenant, party),
            (Node::Party(_), None) if sites.is_empty() => self.children(None).first() == Some(node),
            (Node::Party(party), None) => sites
                .iter()
                .filter_map(of_site)
                .any(|tenant| self.tenant_within(tenant, party)),
            (Node::Site(site), _) => here(site) && self.children.contains_key(&Some(node.clone())),
            (Node::Appliance(Some(site), of), _) => of == id && here(site),
            (Node::Appliance(None, of), _) => of == id && sites.is_empty(),
        }
    }
}
