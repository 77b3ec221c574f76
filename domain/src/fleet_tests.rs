use super::*;
use chrono_tz::Tz;
use proptest::prelude::*;

fn party(id: &str, parent: Option<&str>) -> Party {
    Party {
        id: id.into(),
        name: id.to_uppercase(),
        parent: parent.map(Into::into),
        time_zone: Tz::UTC,
    }
}

fn tenant(id: &str, parent: &str) -> Tenant {
    Tenant {
        id: id.into(),
        name: id.into(),
        parent: parent.into(),
        managed: true,
        time_zone: Tz::UTC,
        restart_policy: RestartPolicy::Allowed,
        calendar: None,
        lifecycle: Lifecycle::Live,
    }
}

fn site(id: &str, tenant: &str) -> Site {
    Site {
        id: id.into(),
        tenant: tenant.into(),
        kind: String::new(),
    }
}

fn appliance(id: &str, sites: &[&str]) -> Appliance {
    Appliance {
        id: id.into(),
        sites: sites.iter().map(|s| (*s).into()).collect(),
        address: None,
        via: None,
    }
}

fn hosted() -> Directory {
    Directory::new(
        vec![party("provider", None), party("north", Some("provider"))],
        vec![tenant("acme", "north"), tenant("nova", "provider")],
        Vec::new(),
        vec![
            site("hq", "acme"),
            site("dc-acme", "acme"),
            site("dc-nova", "nova"),
        ],
        vec![
            appliance("a1", &["hq"]),
            appliance("shared", &["dc-acme", "dc-nova"]),
            appliance("own", &[]),
        ],
    )
    .unwrap()
}

#[test]
fn a_cycle_is_refused_by_name() {
    let error = Directory::new(
        vec![
            party("a", Some("c")),
            party("b", Some("a")),
            party("c", Some("b")),
        ],
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "parties are their own parents: a → c → b → a; change one `parent`"
    );
}

#[test]
fn what_is_missing_or_twice_is_named() {
    let error = Directory::new(
        vec![],
        vec![tenant("acme", "north")],
        vec![],
        vec![],
        vec![],
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "tenant acme names party north, which is not in the directory"
    );
    let error = Directory::new(
        vec![party("a", None), party("a", None)],
        vec![],
        vec![],
        vec![],
        vec![],
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "there are two of party a; give one another id"
    );
}

#[test]
fn a_hosted_appliance_stands_under_each_tenant_and_counts_once_above() {
    let directory = hosted();
    let nodes = directory.nodes_above_appliance(&"shared".into());
    let parties = nodes.iter().filter(|n| matches!(n, Node::Party(_))).count();
    assert_eq!(parties, 2, "{nodes:?}");
    let of_nova = directory.nodes_above(&"shared".into(), Some(&"nova".into()));
    assert!(of_nova.contains(&Node::Appliance(Some("dc-nova".into()), "shared".into())));
    assert!(!of_nova.contains(&Node::Appliance(Some("dc-acme".into()), "shared".into())));
    assert!(!of_nova.contains(&Node::Party("north".into())));
    assert_eq!(
        directory.breadcrumb(&Node::Tenant("acme".into())),
        ["PROVIDER", "NORTH", "acme"]
    );
    assert!(
        directory
            .children(Some(&Node::Party("provider".into())))
            .contains(&Node::Appliance(None, "own".into()))
    );
}

proptest! {
    /// Any parents: either a cycle is refused, or every way ends at a root.
    #[test]
    fn every_way_ends(parents in prop::collection::vec(prop::option::of(0usize..12), 1..12)) {
        let count = parents.len();
        let parties: Vec<Party> = parents
            .iter()
            .enumerate()
            .map(|(id, parent)| {
                let parent = parent.map(|p| (p % count).to_string());
                party(&id.to_string(), parent.as_deref())
            })
            .collect();
        match Directory::new(parties, vec![], vec![], vec![], vec![]) {
            Err(DirectoryError::Cycle(way)) => {
                let names: Vec<&str> = way.split(" → ").collect();
                prop_assert_eq!(names.first(), names.last());
            }
            Err(other) => prop_assert!(false, "{}", other),
            Ok(directory) => {
                for id in 0..count {
                    let way = directory.way_to(&Node::Party(id.to_string().into()));
                    prop_assert!(way.len() <= count);
                    prop_assert_eq!(directory.parent(&way[0]), None);
                }
            }
        }
    }
}

/// The question that is asked of every row is answered as by making all the nodes.
#[test]
fn what_counts_under_a_node_is_among_the_nodes_above() {
    let directory = hosted();
    let nodes: BTreeSet<Node> = directory
        .appliances()
        .flat_map(|a| directory.nodes_above_appliance(&a.id))
        .collect();
    let tenants = directory.tenants().map(|t| Some(t.id.clone()));
    let tenants: Vec<_> = tenants.chain([None]).collect();
    let mut under = 0;
    for appliance in directory.appliances() {
        for tenant in &tenants {
            let above = directory.nodes_above(&appliance.id, tenant.as_ref());
            for node in &nodes {
                let counts = directory.counts_under(&appliance.id, tenant.as_ref(), node);
                assert_eq!(
                    counts,
                    above.contains(node),
                    "{node:?} {appliance:?} {tenant:?}"
                );
                under += usize::from(counts);
            }
        }
    }
    assert!(under > 10);
}

#[test]
fn every_appliance_below_a_node_stands_there_once() {
    let directory = hosted();
    for appliance in directory.appliances() {
        for node in directory.nodes_above_appliance(&appliance.id) {
            let below = directory.appliances_below(&node);
            let times = below.iter().filter(|id| **id == appliance.id).count();
            assert_eq!(times, 1, "{node:?} {below:?}");
        }
    }
}
