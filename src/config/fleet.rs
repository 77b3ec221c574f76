//! `fleet.toml`: who this console is, who is who, and where the appliances are.

use super::toml::{At, Document, Problems, Table, did_you_mean};
use crate::fleet::{Link, Me};
use chrono_tz::Tz;
use ocdeck_domain::{
    fleet::{Appliance, Contact, Directory, Lifecycle, Party, RestartPolicy, Site, Tenant},
    ids::ApplianceId,
};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

/// What a `fleet.toml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetFile {
    /// Who dials.
    pub me: Me,
    /// Who is who.
    pub directory: Directory,
    /// Where the appliances are.
    pub links: Vec<Link>,
}

/// Why there is no fleet.
#[derive(Debug, thiserror::Error)]
pub enum FleetFileError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file has mistakes.
    #[error(transparent)]
    Mistakes(#[from] Problems),
}

/// Reads a `fleet.toml`. Relative paths in it are relative to it.
///
/// # Errors
/// When it cannot be read, or with every mistake in it.
pub fn load(path: &Path) -> Result<FleetFile, FleetFileError> {
    let text = fs::read_to_string(path).map_err(|source| FleetFileError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(parse(path, &text)?)
}

/// Reads the text of a `fleet.toml` that stands at `path`.
///
/// # Errors
/// Every mistake in it, with its place.
pub fn parse(path: &Path, text: &str) -> Result<FleetFile, Problems> {
    let (document, root) = Document::parse(path, text);
    let parsed = {
        let reader = Reader {
            document: &document,
            folder: path.parent().unwrap_or(Path::new("")),
        };
        reader.fleet(&document.root(&root, "fleet.toml"))
    };
    match document.finish(parsed)? {
        Some(fleet) => Ok(fleet),
        // Nothing is left out without a mistake having been noted.
        None => Err(Problems(Vec::new())),
    }
}

/// A value read from a table, and its references to others.
type Read<T> = Option<(T, Vec<At<String>>)>;

/// Ids that were defined.
type Names<'n> = HashSet<&'n str>;

struct Reader<'d> {
    document: &'d Document<'d>,
    folder: &'d Path,
}

/// A value, and where its references to others stand.
struct Placed<T> {
    value: T,
    table: super::toml::Span,
    references: Vec<At<String>>,
}

impl Reader<'_> {
    fn fleet(&self, root: &Table<'_>) -> Option<FleetFile> {
        let me = self.me(root);
        let parties = self.list(root, "party", "[[party]]", Self::party);
        let tenants = self.list(root, "tenant", "[[tenant]]", Self::tenant);
        let contacts = self.list(root, "contact", "[[contact]]", Self::contact);
        let sites = self.list(root, "site", "[[site]]", Self::site);
        let appliances = self.list(root, "appliance", "[[appliance]]", Self::appliance);
        root.done();

        let party_names = self.names("party", &parties, |p| p.id.as_str());
        let tenant_names = self.names("tenant", &tenants, |t| t.id.as_str());
        let site_names = self.names("site", &sites, |s| s.id.as_str());
        self.names("appliance", &appliances, |(a, _)| a.id.as_str());
        self.refer("party", &parties, &party_names);
        self.refer("party", &tenants, &party_names);
        self.refer("tenant", &contacts, &tenant_names);
        self.refer("tenant", &sites, &tenant_names);
        self.refer("site", &appliances, &site_names);

        let first = parties.first().map_or(0..0, |party| party.table.clone());
        let spans: Vec<_> = parties
            .iter()
            .map(|p| (p.value.id.clone(), p.table.clone()))
            .collect();
        let (appliances, links) = values(appliances).into_iter().unzip();
        let directory = Directory::new(
            values(parties),
            values(tenants),
            values(contacts),
            values(sites),
            appliances,
        );
        match directory {
            Ok(directory) => Some(FleetFile {
                me: me?,
                directory,
                links,
            }),
            // Names that are missing or stand twice were noted with their places above.
            Err(error @ ocdeck_domain::fleet::DirectoryError::Cycle(_)) => {
                let text = error.to_string();
                let span = spans
                    .iter()
                    .find(|(id, _)| text.contains(&format!(": {id} ")))
                    .map_or(first, |(_, span)| span.clone());
                self.document.problem(span, text);
                None
            }
            Err(_) => None,
        }
    }

    fn me(&self, root: &Table<'_>) -> Option<Me> {
        let Some(me) = root.table("me", "[me]") else {
            if root.get("me").is_none() {
                root.problem(
                    "[me] is missing: it names your certificate, its key and the CA \
                     (made by `ocdeck pki init` and `ocdeck pki issue person`)",
                );
            }
            return None;
        };
        let file = |key| me.required(key).map(|name| self.folder.join(name.value));
        let (cert, key, ca) = (file("cert"), file("key"), file("ca"));
        me.done();
        Some(Me {
            cert: cert?,
            key: key?,
            ca: ca?,
        })
    }

    fn list<T>(
        &self,
        root: &Table<'_>,
        key: &'static str,
        kind: &'static str,
        read: impl Fn(&Self, &Table<'_>) -> Read<T>,
    ) -> Vec<Placed<T>> {
        let mut list = Vec::new();
        for table in root.tables(key, kind) {
            if let Some((value, references)) = read(self, &table) {
                list.push(Placed {
                    value,
                    table: table.span(),
                    references,
                });
            }
            table.done();
        }
        list
    }

    fn party(&self, table: &Table<'_>) -> Read<Party> {
        let id = table.required("id");
        let name = table.text("name");
        let parent = table.text("parent");
        let time_zone = self.time_zone(table);
        let id = id?.value;
        let party = Party {
            name: name.map_or_else(|| id.clone(), |name| name.value),
            id: id.into(),
            parent: parent.clone().map(|parent| parent.value.into()),
            time_zone,
        };
        Some((party, parent.into_iter().collect()))
    }

    fn tenant(&self, table: &Table<'_>) -> Read<Tenant> {
        let id = table.required("id");
        let name = table.text("name");
        let parent = table.required("parent");
        let managed = table.flag("managed");
        let time_zone = self.time_zone(table);
        let restart_policy = self.restart_policy(table);
        let (id, parent) = (id?.value, parent?);
        let tenant = Tenant {
            name: name.map_or_else(|| id.clone(), |name| name.value),
            id: id.into(),
            parent: parent.value.clone().into(),
            managed: managed.unwrap_or(true),
            time_zone,
            restart_policy,
            calendar: None,
            lifecycle: Lifecycle::Live,
        };
        Some((tenant, vec![parent]))
    }

    fn time_zone(&self, table: &Table<'_>) -> Tz {
        let Some(name) = table.text("time_zone") else {
            return Tz::UTC;
        };
        name.value.parse().unwrap_or_else(|_| {
            let near = did_you_mean(
                &name.value,
                chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()),
            );
            let text = format!("{:?} is no time zone of the IANA list{near}", name.value);
            self.document.problem(name.span, text);
            Tz::UTC
        })
    }

    fn restart_policy(&self, table: &Table<'_>) -> RestartPolicy {
        const ALL: [(&str, RestartPolicy); 3] = [
            ("allowed", RestartPolicy::Allowed),
            ("ask_first", RestartPolicy::AskFirst),
            ("never", RestartPolicy::Never),
        ];
        let Some(text) = table.text("restart_policy") else {
            return RestartPolicy::default();
        };
        let found = ALL.iter().find(|(name, _)| *name == text.value);
        found.map_or_else(
            || {
                let near = did_you_mean(&text.value, ALL.iter().map(|(name, _)| *name));
                let problem = format!("{:?} is no restart policy{near}", text.value);
                self.document.problem(text.span, problem);
                RestartPolicy::default()
            },
            |(_, policy)| *policy,
        )
    }

    fn contact(&self, table: &Table<'_>) -> Read<Contact> {
        let text = |key| table.text(key).map(|text| text.value).unwrap_or_default();
        let tenant = table.required("tenant");
        let name = table.required("name");
        let (phone, email) = (text("phone"), text("email"));
        let may_request = table.flag("may_request").unwrap_or(false);
        let may_authorise = table.flag("may_authorise").unwrap_or(false);
        let tenant = tenant?;
        let contact = Contact {
            tenant: tenant.value.clone().into(),
            name: name?.value,
            phone,
            email,
            may_request,
            may_authorise,
            role: String::new(),
            escalation: None,
        };
        Some((contact, vec![tenant]))
    }

    fn site(&self, table: &Table<'_>) -> Read<Site> {
        let id = table.required("id");
        let tenant = table.required("tenant");
        let kind = table.text("kind").map(|kind| kind.value);
        let tenant = tenant?;
        let site = Site {
            id: id?.value.into(),
            tenant: tenant.value.clone().into(),
            kind: kind.unwrap_or_default(),
        };
        Some((site, vec![tenant]))
    }

    fn appliance(&self, table: &Table<'_>) -> Read<(Appliance, Link)> {
        let id = table.required("id");
        let address = table.required("address");
        let via = table.text("via");
        let sites = table.texts("sites");
        let id = id?;
        let appliance: ApplianceId = id.value.into();
        if let Err(error) = ocdeck_trust::server_name(&appliance) {
            self.document.problem(id.span, error.to_string());
        }
        let address = address?;
        self.check_address("address", &address);
        if let Some(via) = &via {
            self.check_address("via", via);
        }
        let link = Link {
            appliance: appliance.clone(),
            address: address.value,
            via: via.map(|via| via.value),
        };
        let appliance = Appliance {
            id: appliance,
            sites: sites.iter().map(|site| site.value.clone().into()).collect(),
        };
        Some(((appliance, link), sites))
    }

    fn check_address(&self, key: &str, address: &At<String>) {
        let good = address.value.rsplit_once(':').is_some_and(|(host, port)| {
            // An IPv6 address with a port stands in brackets.
            let bare = host.contains(':') && !host.starts_with('[');
            !host.is_empty()
                && !host.contains('/')
                && !bare
                && port.parse::<u16>().is_ok_and(|port| port != 0)
        });
        if !good {
            let text = format!(
                "{key} {:?} is not host:port, such as \"backup.example.com:7443\"",
                address.value
            );
            self.document.problem(address.span.clone(), text);
        }
    }

    /// The ids of a list; one that stands twice is noted.
    fn names<'n, T>(
        &self,
        kind: &str,
        list: &'n [Placed<T>],
        id: impl Fn(&'n T) -> &'n str,
    ) -> Names<'n> {
        let mut names = Names::new();
        for placed in list {
            let id = id(&placed.value);
            if !names.insert(id) {
                let text = format!("there are two of {kind} {id:?}; give one another id");
                self.document.problem(placed.table.clone(), text);
            }
        }
        names
    }

    /// Notes references to what is not there.
    fn refer<T>(&self, kind: &str, list: &[Placed<T>], names: &Names<'_>) {
        for reference in list.iter().flat_map(|placed| &placed.references) {
            if names.contains(reference.value.as_str()) {
                continue;
            }
            let near = did_you_mean(&reference.value, names.iter().copied());
            let text = format!("there is no {kind} {:?}{near}", reference.value);
            self.document.problem(reference.span.clone(), text);
        }
    }
}

fn values<T>(list: Vec<Placed<T>>) -> Vec<T> {
    list.into_iter().map(|placed| placed.value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[me]
cert = "pki/mara.pem"
key = "pki/mara.key"
ca = "pki/ca.pem"

[[party]]
id = "provider"
name = "Provider"

[[party]]
id = "north"
name = "North IT"
parent = "provider"

[[tenant]]
id = "acme"
name = "Acme"
parent = "north"
time_zone = "America/Chicago"
restart_policy = "ask_first"

[[contact]]
tenant = "acme"
name = "Ann Lee"
phone = "+1 555 0142"
may_request = true

[[site]]
id = "hq"
tenant = "acme"
kind = "customer primary"

[[appliance]]
id = "acme-stl-01"
address = "10.0.0.1:7443"
sites = ["hq"]
"#;

    fn mistakes(text: &str) -> Vec<String> {
        let problems = parse(Path::new("fleet.toml"), text).unwrap_err();
        problems.0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn reads_a_whole_fleet() {
        let fleet = parse(Path::new("/etc/ocdeck/fleet.toml"), GOOD).unwrap();
        assert_eq!(fleet.me.cert, Path::new("/etc/ocdeck/pki/mara.pem"));
        assert_eq!(fleet.links.len(), 1);
        assert_eq!(fleet.links[0].address, "10.0.0.1:7443");
        let tenant = fleet.directory.tenant(&"acme".into()).unwrap();
        assert_eq!(tenant.time_zone, Tz::America__Chicago);
        assert_eq!(tenant.restart_policy, RestartPolicy::AskFirst);
        assert!(tenant.managed);
        assert_eq!(fleet.directory.contacts()[0].name, "Ann Lee");
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let text = GOOD
            .replace("parent = \"north\"", "parent = \"nroth\"")
            .replace("America/Chicago", "America/Chicgo")
            .replace("ask_first", "ask")
            .replace("\"10.0.0.1:7443\"", "\"10.0.0.1\"")
            .replace("id = \"acme-stl-01\"", "id = \"Acme STL\"")
            .replace("[\"hq\"]", "[\"hq\", \"dr\"]")
            .replace("phone =", "fone =");
        let mistakes = mistakes(&text);
        let expected = [
            "fleet.toml:19:10: there is no party \"nroth\"; did you mean \"north\"?",
            "fleet.toml:20:13: \"America/Chicgo\" is no time zone of the IANA list; did you mean \"America/Chicago\"?",
            "fleet.toml:21:18: \"ask\" is no restart policy; valid: allowed, ask_first, never",
            "fleet.toml:26:1: [[contact]] has no key \"fone\"; did you mean \"phone\"?",
            "fleet.toml:36:11: address \"10.0.0.1\" is not host:port, such as \"backup.example.com:7443\"",
            "fleet.toml:37:16: there is no site \"dr\"; valid: hq",
        ];
        for wanted in expected {
            assert!(
                mistakes.iter().any(|m| m == wanted),
                "{wanted}\n{mistakes:#?}"
            );
        }
        assert!(
            mistakes.iter().any(|m| m.starts_with("fleet.toml:35:6:")),
            "{mistakes:#?}"
        );
        assert_eq!(mistakes.len(), 7, "{mistakes:#?}");
    }

    #[test]
    fn a_cycle_of_parties_is_named() {
        let text = GOOD.replace(
            "id = \"provider\"\nname = \"Provider\"",
            "id = \"provider\"\nname = \"Provider\"\nparent = \"north\"",
        );
        let mistakes = mistakes(&text);
        assert_eq!(mistakes.len(), 1);
        assert!(
            mistakes[0].contains("north → provider → north"),
            "{mistakes:?}"
        );
    }

    #[test]
    fn two_of_the_same_and_no_me() {
        let text = GOOD.replace("[me]", "[you]") + "[[site]]\nid = \"hq\"\ntenant = \"acme\"\n";
        let mistakes = mistakes(&text);
        assert!(
            mistakes.iter().any(|m| m.contains("[me] is missing")),
            "{mistakes:?}"
        );
        assert!(
            mistakes
                .iter()
                .any(|m| m.contains("there are two of site \"hq\"")),
            "{mistakes:?}"
        );
    }

    #[test]
    fn an_empty_file_says_what_is_needed() {
        assert_eq!(mistakes("").len(), 1);
    }
}
