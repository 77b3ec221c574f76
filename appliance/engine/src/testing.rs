//! Real repositories and folders for this crate's tests.

use crate::backup::{self, BackupError};
use crate::repo::Repository;
use crate::worker::protocol::{
    BackupOutcome, BackupSpec, Event, Issue, RepositorySecret, RepositorySpec,
};
use crate::worker::{Cancel, Emit};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

pub(crate) const PASSWORD: &str = "open sesame";

/// A repository, and a source folder beside it.
pub(crate) struct Fixture {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) repository: RepositorySpec,
}

impl Fixture {
    /// With a new repository, which its master key opens: a password takes long.
    pub(crate) fn new() -> Self {
        let mut fixture = Self::without_repository();
        let repository = Repository::create(&fixture.repository).unwrap();
        fixture.repository.secret = repository.master_key().unwrap();
        fixture
    }

    pub(crate) fn without_repository() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("source")).unwrap();
        let repository = RepositorySpec {
            path: dir.path().join("repository"),
            secret: RepositorySecret::Password(PASSWORD.to_owned()),
            limit: None,
        };
        Self { dir, repository }
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.dir.path().join("source")
    }

    /// Writes a file below the source.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.source().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::open(&self.repository).unwrap()
    }

    /// A backup of the source.
    pub(crate) fn spec(&self) -> BackupSpec {
        BackupSpec {
            repository: self.repository.clone(),
            job: "nightly".to_owned(),
            system: "erp01".to_owned(),
            folders: vec![self.source().as_os_str().as_bytes().to_vec()],
            time: None,
            read_limit: None,
            reread_all: false,
            after_kill: false,
        }
    }

    /// Backs up the source.
    pub(crate) fn back_up(&self) -> BackupOutcome {
        run(&self.spec()).0.unwrap()
    }

    /// `restic check --read-data`, or nothing where there is no restic.
    pub(crate) fn restic_check(&self) {
        self.restic(&["check", "--read-data", "--no-cache"]);
    }

    /// What restic says, or nothing where there is no restic.
    pub(crate) fn restic(&self, args: &[&str]) -> Option<String> {
        let output = Command::new("restic")
            .arg("--repo")
            .arg(&self.repository.path)
            .args(args)
            .env("RESTIC_PASSWORD", PASSWORD)
            .env("RESTIC_CACHE_DIR", self.dir.path().join("cache"))
            .output();
        match output {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                let errors = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "restic {args:?}: {said}{errors}");
                Some(said)
            }
            Err(error) if std::env::var_os("OCDECK_REQUIRE_PEERS").is_some_and(|v| v == "1") => {
                panic!("restic is wanted by OCDECK_REQUIRE_PEERS: {error}")
            }
            Err(error) => {
                println!("skipped: restic does not run here ({error})");
                None
            }
        }
    }
}

/// Runs a backup to its end, with what it told.
pub(crate) fn run(spec: &BackupSpec) -> (Result<BackupOutcome, BackupError>, Vec<Event>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let emit = Emit::new(move |event| sink.lock().unwrap().push(event));
    let result = backup::run(spec, &Cancel::new(), &emit);
    let events = told.lock().unwrap().clone();
    (result, events)
}

pub(crate) fn issues(events: &[Event]) -> Vec<Issue> {
    let issue = |event: &Event| match event {
        Event::Issue(issue) => Some(issue.clone()),
        _ => None,
    };
    events.iter().filter_map(issue).collect()
}

/// Runs an ignored test of this crate as a user without rights. Only root can.
pub(crate) fn as_another_user(test: &str) {
    // The built program may lie where only root reads.
    let folder = tempfile::tempdir().unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).unwrap();
    let program = folder.path().join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["--exact", "--ignored", "--nocapture", test])
        .current_dir("/")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

/// Runs an ignored test of this crate where a small disk is mounted at `folder`; `script`
/// is run before, and the test finds `about` in [`about`].
pub(crate) fn on_a_disk(folder: &Path, script: &str, about: &impl serde::Serialize, test: &str) {
    let script = format!("{script} || exit 77; exec \"$2\" --exact --ignored --nocapture \"$3\"");
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", &script, "sh"])
        .arg(folder)
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(ABOUT, serde_json::to_string(about).unwrap())
        .output();
    let required = std::env::var_os("OCDECK_REQUIRE_PEERS").is_some_and(|value| value == "1");
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) if output.status.code() == Some(101) => panic!("{}", said(&output)),
        other if required => panic!("a small disk cannot be mounted here: {other:?}"),
        _ => println!("skipped: a small disk cannot be mounted here"),
    }
}

/// Where a test that another one started finds what it is about.
const ABOUT: &str = "OCDECK_TEST_ABOUT";

/// What the test that started this one says.
pub(crate) fn about<T: serde::de::DeserializeOwned>() -> T {
    serde_json::from_str(&std::env::var(ABOUT).unwrap()).unwrap()
}

fn said(output: &std::process::Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// Bytes that do not compress, the same for the same seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
