//! `fleet.toml`: who this console is, who is who, and where the appliances are.
//!
//! The same files, without `[me]`, are what `ocdeck desk directory apply` reads.

mod when;
mod who;

use super::toml::{At, Document, Problems, Span, Table, did_you_mean};
use crate::fleet::{Link, Me};
use ocdeck_domain::{
    fleet::{Directory, DirectoryError, Parts},
    policy::NoticePolicy,
};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};
use when::{Named, RawRota, RawWindow};

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
    let notice = super::policy::shipped().map(|policy| policy.notice);
    let wanted = Wanted {
        local: true,
        notice: notice.as_ref().ok(),
    };
    let read = read(&[(path.to_owned(), text.to_owned())], &wanted)?;
    // Nothing is left out without a mistake having been noted.
    read.and_then(|(me, directory)| {
        Some(FleetFile {
            me: me?,
            links: directory.links().collect(),
            directory,
        })
    })
    .ok_or_else(|| Problems(Vec::new()))
}

/// Reads files of a directory for the desk: together they say who is who, and where the appliances
/// are that all consoles dial alike. `[me]` may stand in them and does not count.
///
/// # Errors
/// Every mistake in them, with its place.
pub fn directory(
    files: &[(PathBuf, String)],
    notice: &NoticePolicy,
) -> Result<Directory, Problems> {
    let wanted = Wanted {
        local: false,
        notice: Some(notice),
    };
    read(files, &wanted)?
        .map(|(_, directory)| directory)
        .ok_or_else(|| Problems(Vec::new()))
}

/// What a reading needs.
struct Wanted<'w> {
    /// Whether `[me]` and addresses must be there.
    local: bool,
    /// How early a change must be announced.
    notice: Option<&'w NoticePolicy>,
}

type Fleet = (Option<Me>, Directory);

fn read(files: &[(PathBuf, String)], wanted: &Wanted<'_>) -> Result<Option<Fleet>, Problems> {
    let parsed: Vec<_> = files
        .iter()
        .map(|(path, text)| Document::parse(path, text))
        .collect();
    let fleet = {
        let readers: Vec<Reader<'_>> = parsed
            .iter()
            .zip(files)
            .enumerate()
            .map(|(file, ((document, _), (path, _)))| Reader {
                file,
                document,
                folder: path.parent().unwrap_or(Path::new("")),
                local: wanted.local,
            })
            .collect();
        let mut lists = Lists::default();
        for (reader, (document, root)) in readers.iter().zip(&parsed) {
            reader.fleet(&document.root(root, "fleet.toml"), &mut lists);
        }
        lists.check(&readers);
        lists.finish(&readers, wanted.notice)
    };
    let mut problems = Vec::new();
    for (document, _) in parsed {
        if let Err(Problems(more)) = document.finish(()) {
            problems.extend(more);
        }
    }
    if problems.is_empty() {
        Ok(fleet)
    } else {
        Err(Problems(problems))
    }
}

/// A value read from a table, and its references to others.
type Read<T> = Option<(T, Vec<Reference>)>;

/// A reference to something: of what kind, and its id.
struct Reference {
    kind: &'static str,
    to: At<String>,
}

impl Reference {
    fn new(kind: &'static str, to: At<String>) -> Self {
        Self { kind, to }
    }
}

/// Ids that were defined.
type Names<'n> = HashSet<&'n str>;

struct Reader<'d> {
    /// The number of its file.
    file: usize,
    document: &'d Document<'d>,
    folder: &'d Path,
    local: bool,
}

/// A value, where it stands, and where its references to others stand.
struct Placed<T> {
    value: T,
    file: usize,
    table: Span,
    references: Vec<Reference>,
}

/// Everything that was read, before names are looked up.
#[derive(Default)]
struct Lists {
    me: Option<Me>,
    parties: Vec<Placed<ocdeck_domain::fleet::Party>>,
    tenants: Vec<Placed<ocdeck_domain::fleet::Tenant>>,
    contacts: Vec<Placed<ocdeck_domain::fleet::Contact>>,
    sites: Vec<Placed<ocdeck_domain::fleet::Site>>,
    appliances: Vec<Placed<ocdeck_domain::fleet::Appliance>>,
    calendars: Vec<Placed<Named<ocdeck_domain::calendar::Calendar>>>,
    rota: Vec<Placed<RawRota>>,
    windows: Vec<Placed<RawWindow>>,
}

impl Reader<'_> {
    fn fleet(&self, root: &Table<'_>, lists: &mut Lists) {
        if let Some(me) = self.me(root) {
            lists.me = Some(me);
        }
        lists
            .parties
            .extend(self.list(root, "party", "[[party]]", Self::party));
        lists
            .tenants
            .extend(self.list(root, "tenant", "[[tenant]]", Self::tenant));
        lists
            .contacts
            .extend(self.list(root, "contact", "[[contact]]", Self::contact));
        lists
            .sites
            .extend(self.list(root, "site", "[[site]]", Self::site));
        lists
            .appliances
            .extend(self.list(root, "appliance", "[[appliance]]", Self::appliance));
        lists
            .calendars
            .extend(self.list(root, "calendar", "[[calendar]]", Self::calendar));
        lists
            .rota
            .extend(self.list(root, "rota", "[[rota]]", Self::rota));
        lists
            .windows
            .extend(self.list(root, "window", "[[window]]", Self::window));
        root.done();
    }

    fn me(&self, root: &Table<'_>) -> Option<Me> {
        let Some(me) = root.table("me", "[me]") else {
            if root.get("me").is_none() && self.local {
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
                    file: self.file,
                    table: table.span(),
                    references,
                });
            }
            table.done();
        }
        list
    }
}

fn problem(readers: &[Reader<'_>], file: usize, span: Span, text: String) {
    if let Some(reader) = readers.get(file) {
        reader.document.problem(span, text);
    }
}

/// The ids of a list; one that stands twice is noted.
fn names<'n, T>(
    readers: &[Reader<'_>],
    kind: &str,
    list: &'n [Placed<T>],
    id: impl Fn(&'n T) -> &'n str,
) -> Names<'n> {
    let mut names = Names::new();
    for placed in list {
        let id = id(&placed.value);
        if !names.insert(id) {
            let text = format!("there are two of {kind} {id:?}; give one another id");
            problem(readers, placed.file, placed.table.clone(), text);
        }
    }
    names
}

/// Notes references to what is not there.
fn refer<T>(readers: &[Reader<'_>], list: &[Placed<T>], names: &[(&str, Names<'_>)]) {
    for placed in list {
        for Reference { kind, to } in &placed.references {
            let Some((_, names)) = names.iter().find(|(of, _)| of == kind) else {
                continue;
            };
            if names.contains(to.value.as_str()) {
                continue;
            }
            let near = did_you_mean(&to.value, names.iter().copied());
            let text = format!("there is no {kind} {:?}{near}", to.value);
            problem(readers, placed.file, to.span.clone(), text);
        }
    }
}

fn values<T>(list: Vec<Placed<T>>) -> Vec<T> {
    list.into_iter().map(|placed| placed.value).collect()
}

impl Lists {
    fn check(&self, readers: &[Reader<'_>]) {
        let all = [
            (
                "party",
                names(readers, "party", &self.parties, |p| p.id.as_str()),
            ),
            (
                "tenant",
                names(readers, "tenant", &self.tenants, |t| t.id.as_str()),
            ),
            (
                "site",
                names(readers, "site", &self.sites, |s| s.id.as_str()),
            ),
            (
                "appliance",
                names(readers, "appliance", &self.appliances, |a| a.id.as_str()),
            ),
            (
                "calendar",
                names(readers, "calendar", &self.calendars, |c| c.id.as_str()),
            ),
        ];
        refer(readers, &self.parties, &all);
        refer(readers, &self.tenants, &all);
        refer(readers, &self.contacts, &all);
        refer(readers, &self.sites, &all);
        refer(readers, &self.appliances, &all);
        refer(readers, &self.windows, &all);
    }

    fn finish(self, readers: &[Reader<'_>], notice: Option<&NoticePolicy>) -> Option<Fleet> {
        let parties: Vec<_> = self
            .parties
            .iter()
            .map(|p| (p.value.id.clone(), p.file, p.table.clone()))
            .collect();
        let zones = when::Zones::new(&self);
        let rota = self.rota.iter().map(|raw| zones.rota(raw)).collect();
        let windows = self
            .windows
            .iter()
            .filter_map(|raw| zones.window(readers, raw, notice))
            .collect();
        drop(zones);
        let calendars = values(self.calendars).into_iter();
        let directory = Directory::of(Parts {
            parties: values(self.parties),
            tenants: values(self.tenants),
            contacts: values(self.contacts),
            sites: values(self.sites),
            appliances: values(self.appliances),
            calendars: calendars.filter_map(|named| named.value).collect(),
            rota,
            windows,
        });
        match directory {
            Ok(directory) => Some((self.me, directory)),
            // Names that are missing or stand twice were noted with their places above.
            Err(error @ DirectoryError::Cycle(_)) => {
                let text = error.to_string();
                let named = parties
                    .iter()
                    .find(|(id, _, _)| text.contains(&format!(": {id} ")));
                if let Some((_, file, span)) = named.or(parties.first()) {
                    problem(readers, *file, span.clone(), text);
                }
                None
            }
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
