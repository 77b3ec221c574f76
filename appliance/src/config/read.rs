//! From the text of `appliance.toml` to a [`Config`].

use super::{
    Approval, Config, ConfigError, Foreign, Job, Quota, Repository, System, Tenant, Tls, check,
    sheet::{At, Section, Sheet, resolve},
};
use ocdeck_domain::{
    ids::{ApplianceId, PartyId},
    policy::{ApprovalPolicy, Policy, SHIPPED},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use toml::de::DeTable;

/// A run without a limit of its own is stopped then.
const MAX_RUNTIME: Duration = Duration::from_secs(24 * 3600);
/// The monitor "job ran longer than 24 h", whatever the limit.
const LONG_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Reads `appliance.toml`. Relative paths in it are relative to its folder.
pub fn read(file: &Path) -> Result<Config, ConfigError> {
    let unreadable = |source| ConfigError::Read {
        file: file.to_owned(),
        source,
    };
    let file = std::path::absolute(file).map_err(unreadable)?;
    let text = std::fs::read_to_string(&file).map_err(unreadable)?;
    parse(&file, &text)
}

/// Parses the text of the file `file`, which need not exist.
pub(super) fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let mut sheet = Sheet::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        sheet.wrong(at, error.message());
    }
    let top = Section::new("appliance.toml", 0..0, table.get_ref());
    let base = file.parent().unwrap_or(Path::new("/"));
    let mut reader = Reader {
        sheet,
        base,
        places: check::Places::default(),
    };
    let config = reader.config(file, top);
    let Reader {
        mut sheet, places, ..
    } = reader;
    if errors.is_empty() {
        check::references(&mut sheet, &config, &places);
    }
    let problems = sheet.problems();
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(ConfigError::Invalid {
            file: file.to_owned(),
            problems,
        })
    }
}

struct Reader<'t> {
    sheet: Sheet<'t>,
    base: &'t Path,
    places: check::Places,
}

impl Reader<'_> {
    fn config(&mut self, file: &Path, mut top: Section<'_, '_>) -> Config {
        let id = top.need(&mut self.sheet, "id", "\"dc1-backup\"");
        check::dns_label(&mut self.sheet, &id);
        let listen = top.need(&mut self.sheet, "listen", "\"0.0.0.0:7443\"");
        check::listen(&mut self.sheet, &listen);
        let state_dir = self.path(&mut top, "state_dir", "\"/var/lib/ocdeck\"");
        let staging = top.need(&mut self.sheet, "staging", "\"/srv/restored\"");
        self.places.staging = staging.at;
        let staging = resolve(self.base, &staging.value);
        let restore_limit = top.bytes(&mut self.sheet, "restore_limit");
        let limits = self.limits(&mut top);
        let tls = self.tls(&mut top);
        let config = Config {
            file: file.to_owned(),
            id: ApplianceId::new(id.value),
            listen: listen.value,
            state_dir,
            staging,
            restore_limit,
            limits,
            tls,
            tenants: self.list(&mut top, "tenant", Self::tenant),
            repositories: self.list(&mut top, "repository", Self::repository),
            quotas: self.list(&mut top, "quota", Self::quota),
            systems: self.list(&mut top, "system", Self::system),
            jobs: self.list(&mut top, "job", Self::job),
            foreign: self.list(&mut top, "foreign", Self::foreign),
        };
        top.end(&mut self.sheet);
        config
    }

    fn list<T>(
        &mut self,
        top: &mut Section<'_, '_>,
        key: &'static str,
        read: fn(&mut Self, &mut Section<'_, '_>) -> T,
    ) -> Vec<T> {
        let mut items = Vec::new();
        for mut section in top.sections(&mut self.sheet, key) {
            items.push(read(self, &mut section));
            section.end(&mut self.sheet);
        }
        items
    }

    fn path(&mut self, section: &mut Section<'_, '_>, key: &'static str, example: &str) -> PathBuf {
        let text = section.need(&mut self.sheet, key, example);
        resolve(self.base, &text.value)
    }

    fn id(&mut self, section: &mut Section<'_, '_>, example: &str) -> At<String> {
        let id = section.need(&mut self.sheet, "id", example);
        section.named(&id.value);
        check::id(&mut self.sheet, section.title(), &id);
        id
    }

    /// The limit of one person: what ships, and over it what the file says.
    fn limits(&mut self, top: &mut Section<'_, '_>) -> ApprovalPolicy {
        let shipped = match toml::from_str::<Policy>(SHIPPED) {
            Ok(policy) => policy.approval,
            Err(error) => {
                let text = format!("the shipped policy.toml has a mistake: {}", error.message());
                self.sheet.wrong(0, text);
                // Nothing without a second person; nothing starts with a mistake anyway.
                ApprovalPolicy {
                    replace_bytes: 0,
                    original_files: 1,
                }
            }
        };
        let Some(mut section) = top.section(&mut self.sheet, "approval") else {
            return shipped;
        };
        let bytes = section.bytes(&mut self.sheet, "replace_bytes");
        let files = section.count(&mut self.sheet, "original_files");
        section.end(&mut self.sheet);
        ApprovalPolicy {
            replace_bytes: bytes.unwrap_or(shipped.replace_bytes),
            original_files: files.unwrap_or(shipped.original_files),
        }
    }

    fn tls(&mut self, top: &mut Section<'_, '_>) -> Tls {
        let section = top.section(&mut self.sheet, "tls");
        if !top.has("tls") {
            self.sheet.wrong(
                0,
                "[tls] is missing; write [tls] with cert, key and ca (`ocdeck pki issue appliance` makes them)",
            );
        }
        let Some(mut section) = section else {
            return Tls::default();
        };
        let tls = Tls {
            cert: self.path(&mut section, "cert", "\"appliance.crt\""),
            key: self.path(&mut section, "key", "\"appliance.key\""),
            ca: self.path(&mut section, "ca", "\"ca.crt\""),
            crl: section
                .text(&mut self.sheet, "crl")
                .map(|crl| resolve(self.base, &crl.value)),
        };
        section.end(&mut self.sheet);
        tls
    }

    fn tenant(&mut self, section: &mut Section<'_, '_>) -> Tenant {
        let id = self.id(section, "\"acme\"");
        let parties = section.texts(&mut self.sheet, "parties");
        let targets = section.texts(&mut self.sheet, "restore_targets");
        let words = [
            ("approve", Approval::Approve),
            ("break_glass", Approval::BreakGlass),
            ("both", Approval::Both),
        ];
        self.places.tenants.push(id.at);
        Tenant {
            id: id.value.into(),
            parties: parties
                .into_iter()
                .map(|it| PartyId::new(it.value))
                .collect(),
            managed: section.flag(&mut self.sheet, "managed", true),
            approval: section.word(&mut self.sheet, "approval", &words, Approval::Both),
            restore_targets: targets
                .into_iter()
                .map(|it| resolve(self.base, &it.value))
                .collect(),
            restore_devices: section.flag(&mut self.sheet, "restore_devices", false),
        }
    }

    fn repository(&mut self, section: &mut Section<'_, '_>) -> Repository {
        let id = self.id(section, "\"main\"");
        let tenant = section.text(&mut self.sheet, "tenant");
        let roles = ["primary", "offsite", "archive", "replica"].map(|role| (role, role));
        let role = section.word(&mut self.sheet, "role", &roles, "primary");
        let path = self.path(section, "path", "\"/backup/main\"");
        let password_file = self.path(section, "password_file", "\"main.password\"");
        self.places
            .repositories
            .push((id.at, tenant.as_ref().map_or(id.at, |it| it.at)));
        Repository {
            id: id.value.into(),
            tenant: tenant.map(|it| it.value.into()),
            role: role.to_owned(),
            path,
            password_file,
            limit: section.bytes(&mut self.sheet, "limit"),
        }
    }

    fn quota(&mut self, section: &mut Section<'_, '_>) -> Quota {
        let tenant = section.need(&mut self.sheet, "tenant", "\"acme\"");
        section.named(&tenant.value);
        let repository = section.need(&mut self.sheet, "repository", "\"main\"");
        let folder = self.path(section, "folder", "\"/backup/acme\"");
        if !section.has("limit") {
            let title = section.title();
            self.sheet.wrong(
                section.at,
                format!("{title}: 'limit' is missing; write limit = \"500 GB\""),
            );
        }
        self.places.quotas.push((tenant.at, repository.at));
        Quota {
            tenant: tenant.value.into(),
            repository: repository.value.into(),
            folder,
            limit: section.bytes(&mut self.sheet, "limit").unwrap_or_default(),
        }
    }

    fn system(&mut self, section: &mut Section<'_, '_>) -> System {
        let id = self.id(section, "\"erp01\"");
        let tenant = section.need(&mut self.sheet, "tenant", "\"acme\"");
        let name = section.text(&mut self.sheet, "name");
        let platforms = [
            "vm",
            "physical",
            "file_share",
            "database",
            "saas",
            "cloud_vm",
        ];
        let platform = section.word(
            &mut self.sheet,
            "platform",
            &platforms.map(|platform| (platform, platform)),
            "physical",
        );
        let root = self.path(section, "root", "\"/srv/erp01\"");
        let folders = section.texts(&mut self.sheet, "folders");
        if folders.is_empty() && !section.has("folders") {
            let title = section.title();
            self.sheet.wrong(
                section.at,
                format!("{title}: 'folders' is missing; write folders = [\".\"] for everything below the root"),
            );
        }
        check::folders(&mut self.sheet, section.title(), &root, &folders);
        let folders = folders
            .iter()
            .map(|folder| resolve(&root, &folder.value))
            .collect();
        let aliases = section.texts(&mut self.sheet, "aliases");
        self.places.systems.push((id.at, tenant.at));
        System {
            name: name.map_or_else(|| id.value.clone(), |name| name.value),
            id: id.value.into(),
            tenant: tenant.value.into(),
            aliases: aliases.into_iter().map(|it| it.value).collect(),
            platform: platform.to_owned(),
            mountpoint: section.flag(&mut self.sheet, "mountpoint", false),
            read_only: section.flag(&mut self.sheet, "read_only", false),
            root,
            folders,
        }
    }

    fn job(&mut self, section: &mut Section<'_, '_>) -> Job {
        let id = self.id(section, "\"erp01-daily\"");
        let system = section.need(&mut self.sheet, "system", "\"erp01\"");
        let repository = section.need(&mut self.sheet, "repository", "\"main\"");
        let use_cases = [
            "B1", "B2", "B3", "B4", "B5", "R1", "R2", "R3", "C1", "F1", "A1",
        ];
        let use_case = section.word(
            &mut self.sheet,
            "use_case",
            &use_cases.map(|use_case| (use_case, use_case)),
            "B1",
        );
        self.places.jobs.push((id.at, system.at, repository.at));
        Job {
            id: id.value.into(),
            system: system.value.into(),
            repository: repository.value.into(),
            use_case: use_case.to_owned(),
            every: section.time(&mut self.sheet, "every"),
            read_limit: section.bytes(&mut self.sheet, "read_limit"),
            reread_all: section.flag(&mut self.sheet, "reread_all", false),
            max_runtime: section
                .time(&mut self.sheet, "max_runtime")
                .unwrap_or(MAX_RUNTIME),
            long_after: section
                .time(&mut self.sheet, "long_after")
                .unwrap_or(LONG_AFTER),
        }
    }

    fn foreign(&mut self, section: &mut Section<'_, '_>) -> Foreign {
        let system = section.need(&mut self.sheet, "system", "\"erp01\"");
        section.named(&system.value);
        let repository = section.need(&mut self.sheet, "repository", "\"main\"");
        if !["hosts", "tags", "paths"]
            .map(|key| section.has(key))
            .contains(&true)
        {
            let title = section.title();
            self.sheet.wrong(
                section.at,
                format!(
                    "{title}: which points are meant? write hosts = [\"erp01.old\"], tags or paths, as `restic snapshots` shows them"
                ),
            );
        }
        let mut texts = |key| {
            let texts = section.texts(&mut self.sheet, key);
            texts.into_iter().map(|it| it.value).collect::<Vec<_>>()
        };
        let (hosts, tags, paths) = (texts("hosts"), texts("tags"), texts("paths"));
        let root = section.text(&mut self.sheet, "root");
        for path in paths.iter().chain(root.as_ref().map(|it| &it.value)) {
            if !path.starts_with('/') {
                let title = section.title();
                self.sheet.wrong(
                    section.at,
                    format!("{title}: \"{path}\" is a path inside the points; write it from /"),
                );
            }
        }
        self.places.foreign.push((system.at, repository.at));
        Foreign {
            system: system.value.into(),
            repository: repository.value.into(),
            hosts,
            tags,
            paths: paths.into_iter().map(PathBuf::from).collect(),
            root: root.map(|it| PathBuf::from(it.value)),
        }
    }
}
