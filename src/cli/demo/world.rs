//! Who is in the demo: parties, tenants, contacts, sites, appliances, systems. Only data;
//! what becomes of it is for the other files of this folder.

/// A tenant.
pub(super) struct Tenant {
    pub(super) id: &'static str,
    pub(super) parent: &'static str,
    pub(super) managed: bool,
    pub(super) time_zone: &'static str,
    pub(super) restart_policy: &'static str,
}

/// A contact of a tenant: name, phone, may request, may authorise.
pub(super) struct Contact {
    pub(super) tenant: &'static str,
    pub(super) name: &'static str,
    pub(super) phone: &'static str,
    pub(super) may_request: bool,
    pub(super) may_authorise: bool,
}

/// A site of a tenant.
pub(super) struct Site {
    pub(super) id: &'static str,
    pub(super) tenant: &'static str,
    pub(super) kind: &'static str,
}

/// A protected system, with what its generated data looks like.
pub(super) struct System {
    pub(super) id: &'static str,
    pub(super) tenant: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) platform: &'static str,
    pub(super) use_case: &'static str,
    /// Protected folders below the root, and how many files each gets.
    pub(super) folders: &'static [(&'static str, u32)],
    /// Bytes in all, roughly.
    pub(super) bytes: u64,
    /// Seconds that a run of its job takes, by its read limit.
    pub(super) run_seconds: u64,
    /// Seconds between runs.
    pub(super) every: u64,
    /// Whether one of its files comes and goes while it is read.
    pub(super) vanishing: bool,
    /// Bytes that its repository may hold; absent: no limit.
    pub(super) limit: Option<u64>,
}

/// An appliance.
pub(super) struct Appliance {
    pub(super) id: &'static str,
    pub(super) sites: &'static [&'static str],
    pub(super) systems: &'static [System],
    /// The unmanaged tenant whose folder it counts, with the limit in bytes.
    pub(super) quota: Option<(&'static str, u64)>,
    /// Whether it is there at all.
    pub(super) down: bool,
}

/// The reseller under the provider.
pub(super) const RESELLER: &str = "north";

/// The tenants.
pub(super) const TENANTS: &[Tenant] = &[
    tenant("acme", RESELLER, true, "America/Chicago", "allowed"),
    tenant("nova", RESELLER, true, "America/New_York", "ask_first"),
    tenant("cove", "provider", true, "Europe/Berlin", "allowed"),
    tenant("bolt", "provider", false, "America/Chicago", "never"),
];

const fn tenant(
    id: &'static str,
    parent: &'static str,
    managed: bool,
    time_zone: &'static str,
    restart_policy: &'static str,
) -> Tenant {
    Tenant {
        id,
        parent,
        managed,
        time_zone,
        restart_policy,
    }
}

const fn contact(
    tenant: &'static str,
    name: &'static str,
    phone: &'static str,
    may_request: bool,
    may_authorise: bool,
) -> Contact {
    Contact {
        tenant,
        name,
        phone,
        may_request,
        may_authorise,
    }
}

/// Their contacts. The numbers are of the range kept free for fiction.
pub(super) const CONTACTS: &[Contact] = &[
    contact("acme", "Ann Lee", "+1 555 0142", true, true),
    contact("acme", "Raj Patel", "+1 555 0143", true, false),
    contact("nova", "Ben Ortiz", "+1 555 0151", true, true),
    contact("nova", "Ida Berg", "+1 555 0152", false, false),
    contact("cove", "Anna Lund", "+1 555 0168", true, true),
    contact("bolt", "Kim Doe", "+1 555 0175", false, false),
];

/// Their sites.
pub(super) const SITES: &[Site] = &[
    site("acme-hq", "acme", "customer primary"),
    site("acme-dr", "acme", "customer secondary"),
    site("nova-hq", "nova", "customer primary"),
    site("nova-branch", "nova", "customer secondary"),
    site("cove-hq", "cove", "customer primary"),
    site("cove-lab", "cove", "customer secondary"),
    site("bolt-hosted", "bolt", "provider data center"),
    site("cove-hosted", "cove", "provider data center"),
];

const fn site(id: &'static str, tenant: &'static str, kind: &'static str) -> Site {
    Site { id, tenant, kind }
}

/// A system with the usual values; the table below changes what is not usual.
const USUAL: System = System {
    id: "",
    tenant: "",
    aliases: &[],
    platform: "vm",
    use_case: "B1",
    folders: &[],
    bytes: 2_000_000,
    run_seconds: 60,
    every: 300,
    vanishing: false,
    limit: None,
};

/// The appliances. The first three are seeded first: with them the first frame stands.
pub(super) const APPLIANCES: &[Appliance] = &[
    Appliance {
        id: "acme-stl-01",
        sites: &["acme-hq"],
        systems: &[
            System {
                id: "erp01",
                tenant: "acme",
                aliases: &["erp", "sap-prod"],
                folders: &[
                    ("etc/erp", 24),
                    ("srv/erp/conf", 38),
                    ("srv/erp/data", 240),
                    ("srv/erp/index", 66),
                ],
                bytes: 6_000_000,
                run_seconds: 75,
                ..USUAL
            },
            System {
                id: "fs01",
                tenant: "acme",
                aliases: &["shares"],
                platform: "file_share",
                use_case: "F1",
                folders: &[
                    ("shares/accounting", 60),
                    ("shares/sales", 80),
                    ("shares/hr", 30),
                ],
                bytes: 3_000_000,
                run_seconds: 50,
                every: 240,
                ..USUAL
            },
        ],
        quota: None,
        down: false,
    },
    Appliance {
        id: "nova-stl-01",
        sites: &["nova-hq"],
        systems: &[
            System {
                id: "fs02",
                tenant: "nova",
                aliases: &["files"],
                platform: "file_share",
                use_case: "F1",
                folders: &[("shares/design", 90), ("shares/office", 70)],
                bytes: 3_000_000,
                run_seconds: 80,
                ..USUAL
            },
            System {
                id: "mail01",
                tenant: "nova",
                aliases: &["mail", "exchange"],
                folders: &[("var/mail", 120)],
                run_seconds: 45,
                vanishing: true,
                ..USUAL
            },
        ],
        quota: None,
        down: false,
    },
    Appliance {
        id: "cove-stl-01",
        sites: &["cove-hq"],
        systems: &[System {
            id: "hv02",
            tenant: "cove",
            aliases: &["hyperv"],
            platform: "physical",
            folders: &[("vms/web", 40), ("vms/db", 40)],
            bytes: 2_500_000,
            run_seconds: 100,
            every: 360,
            ..USUAL
        }],
        quota: None,
        down: false,
    },
    Appliance {
        id: "nova-br-01",
        sites: &["nova-branch"],
        systems: &[System {
            id: "pos01",
            tenant: "nova",
            aliases: &["tills"],
            platform: "physical",
            folders: &[("pos/journal", 50), ("pos/conf", 10)],
            bytes: 1_200_000,
            run_seconds: 42,
            every: 200,
            ..USUAL
        }],
        quota: None,
        down: false,
    },
    Appliance {
        id: "cove-lab-01",
        sites: &["cove-lab"],
        systems: &[System {
            id: "lab01",
            tenant: "cove",
            aliases: &["microscope"],
            platform: "physical",
            folders: &[("runs", 50)],
            bytes: 2_200_000,
            run_seconds: 55,
            every: 220,
            // Its points take some 1.59 MB: low from the first look on, and full after hours.
            limit: Some(1_700_000),
            ..USUAL
        }],
        quota: None,
        down: false,
    },
    Appliance {
        id: "stl-cc-01",
        sites: &["bolt-hosted", "cove-hosted"],
        systems: &[System {
            id: "web03",
            tenant: "cove",
            aliases: &["www"],
            platform: "cloud_vm",
            use_case: "C1",
            folders: &[("www/html", 80), ("www/media", 30)],
            bytes: 1_500_000,
            run_seconds: 48,
            every: 260,
            ..USUAL
        }],
        quota: Some(("bolt", 5_000_000)),
        down: false,
    },
    Appliance {
        id: "acme-lv-01",
        sites: &["acme-dr"],
        systems: &[],
        quota: None,
        down: true,
    },
];
