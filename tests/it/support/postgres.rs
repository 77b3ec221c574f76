//! A PostgreSQL cluster of a test's own, by Debian's programs: in a temporary folder, on a port
//! and a socket of its own, gone at the end. No cluster of Debian's needs to run.
//!
//! `initdb` refuses root, so root runs everything here as the user `postgres`.

use super::{both, trial_if, wait_for};
use libtest_mimic::Trial;
use ocdeck::desk::postgres::{Address, GROUP, init};
use std::{
    net::TcpListener,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Who owns the cluster.
pub const OWNER: &str = "postgres";
/// The password of every role over TCP.
pub const PASSWORD: &str = "only for this test";
/// The database.
pub const DATABASE: &str = "desk";

/// A trial that needs PostgreSQL: listed as ignored, with the package to install, when it is
/// missing; a failure then under `OCDECK_REQUIRE_PEERS=1`.
pub fn trial_with_postgres(name: &str, body: fn()) -> Trial {
    let there = programs().is_some();
    trial_if(there, name, ("initdb", "postgresql"), body)
}

/// Where Debian keeps `initdb` and the others, of the newest version that is there; elsewhere
/// they are in PATH.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .collect();
    versions.sort();
    let debian = versions.pop().map(|(_, folder)| folder);
    debian.or_else(|| {
        std::env::split_paths(&std::env::var_os("PATH")?)
            .find(|folder| folder.join("initdb").is_file())
    })
}

/// How a cluster is stopped.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Connections are ended, everything is written.
    Fast,
    /// As a power cut does it: the next start recovers from the log.
    Immediate,
}

/// A running cluster.
pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    pub port: u16,
}

impl Cluster {
    /// Makes it and starts it, with an empty database `desk` that [`OWNER`] owns.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        let cluster = Self {
            folder,
            programs: programs().unwrap(),
            port: free_port(),
        };
        if is_root() {
            chown(cluster.path(), Some(uid_of(OWNER)), None).unwrap();
        }
        // What makes the cluster need not survive a power cut; what runs on it must.
        cluster.must(
            cluster
                .command("initdb")
                .args(["--no-sync", "--no-instructions", "--encoding=UTF8"])
                .args(["--locale=C", "--auth=trust", "--username", OWNER])
                .arg("--pgdata")
                .arg(cluster.data()),
        );
        cluster.write("data/pg_hba.conf", HBA);
        cluster.certificate();
        cluster.write("data/postgresql.auto.conf", &cluster.settings());
        cluster.start_again();
        let own = cluster
            .url(OWNER)
            .replace(&format!("/{DATABASE}?"), "/postgres?");
        cluster.sql_at(&own, &format!("CREATE DATABASE {DATABASE}"));
        cluster
    }

    /// A running copy of it that repeats what it writes. It has the certificate of this one.
    pub fn standby(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        let standby = Self {
            folder,
            programs: self.programs.clone(),
            port: free_port(),
        };
        if is_root() {
            chown(standby.path(), Some(uid_of(OWNER)), None).unwrap();
        }
        standby.must(
            standby
                .command("pg_basebackup")
                .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
                .args(["--username", OWNER, "--port", &self.port.to_string()])
                .arg("--host")
                .arg(self.path())
                .arg("--pgdata")
                .arg(standby.data()),
        );
        // Of two lines the later one counts.
        let settings = std::fs::read_to_string(standby.data().join("postgresql.auto.conf"));
        let own = format!(
            "port = {}\nunix_socket_directories = '{}'\n",
            standby.port,
            standby.path().display()
        );
        standby.write("data/postgresql.auto.conf", &(settings.unwrap() + &own));
        standby.start_again();
        standby
    }

    /// Lets a standby take writes. Comes back when it does.
    pub fn promote(&self) {
        let mut command = self.command("pg_ctl");
        command.args(["promote", "-w", "-s", "-D"]).arg(self.data());
        self.must(command);
    }

    fn settings(&self) -> String {
        format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\n\
             fsync = on\nsynchronous_commit = on\nshared_buffers = 16MB\nmax_connections = 60\n\
             logging_collector = off\nssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
            self.port,
            self.path().display(),
            self.path().join("server.pem").display(),
            self.path().join("server.key").display(),
        )
    }

    /// A certificate for 127.0.0.1, by an authority in `ca.pem`.
    fn certificate(&self) {
        use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        let name = |params: &mut CertificateParams, name: &str| {
            params.distinguished_name.push(DnType::CommonName, name);
        };
        // OpenSSL takes a leaf that has its authority's name for one that signed itself.
        name(&mut params, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let ca = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        name(&mut params, "server");
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &issuer).unwrap();
        self.write("ca.pem", &ca.pem());
        self.write("server.pem", &leaf.pem());
        self.write("server.key", &key.serialize_pem());
    }

    /// A file of the cluster, its owner's alone.
    fn write(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        if is_root() {
            chown(&path, Some(uid_of(OWNER)), None).unwrap();
        }
    }

    /// Its folder: the socket and `ca.pem` are in it.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Starts it again after a stop, on the same port. Comes back when it takes connections.
    pub fn start_again(&self) {
        self.must(
            self.command("pg_ctl")
                .args(["start", "-w", "-t", "60", "-s", "-D"])
                .arg(self.data())
                .arg("-l")
                .arg(self.path().join("log")),
        );
    }

    /// Stops it. Comes back when it has ended.
    pub fn stop(&self, how: Stop) {
        let mode = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        self.must(self.stopping(mode));
        wait_for("the end of the cluster", || {
            (!self.data().join("postmaster.pid").exists()).then_some(())
        });
    }

    fn stopping(&self, mode: &str) -> Command {
        let mut command = self.command("pg_ctl");
        command.args(["stop", "-w", "-s", "-m", mode, "-D"]);
        command.arg(self.data());
        command
    }

    /// The database as this role, through the socket: nobody asks for a password there.
    pub fn url(&self, role: &str) -> String {
        format!(
            "postgresql://{role}@/{DATABASE}?host={}&port={}",
            self.path().display(),
            self.port
        )
    }

    /// Either database as this role, through the sockets: the first that takes writes.
    pub fn url_with(&self, second: &Self, role: &str) -> String {
        format!(
            "postgresql://{role}@/{DATABASE}?host={},{}&port={},{}&target_session_attrs=read-write",
            self.path().display(),
            second.path().display(),
            self.port,
            second.port
        )
    }

    /// The database as this role over TCP with TLS and [`PASSWORD`].
    pub fn tls_url(&self, role: &str) -> String {
        format!(
            "postgresql://{role}:{}@127.0.0.1:{}/{DATABASE}?sslmode=require&sslrootcert={}",
            PASSWORD.replace(' ', "%20"),
            self.port,
            self.path().join("ca.pem").display()
        )
    }

    /// Makes a role that may log in, with [`PASSWORD`].
    pub fn role(&self, name: &str) {
        self.sql(
            OWNER,
            &format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'"),
        );
    }

    /// Runs SQL on the database as this role; the rows, columns apart by `|`.
    pub fn sql(&self, role: &str, sql: &str) -> String {
        self.sql_at(&self.url(role), sql)
    }

    /// As [`sql`](Self::sql), on the database at this URL.
    pub fn sql_at(&self, url: &str, sql: &str) -> String {
        let output = self.psql(url, sql);
        assert!(output.status.success(), "{sql}: {}", both(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// What PostgreSQL says when it refuses this.
    pub fn refused(&self, role: &str, sql: &str) -> String {
        let output = self.psql(&self.url(role), sql);
        assert!(!output.status.success(), "{sql}: {}", both(&output));
        both(&output)
    }

    fn psql(&self, url: &str, sql: &str) -> Output {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]);
        command
            .args(["-c", sql, url])
            .env("PGCONNECT_TIMEOUT", "60");
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// A program of PostgreSQL's, as a user that it accepts.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", OWNER, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.path());
        command
    }

    fn must(&self, mut command: impl AsMutCommand) {
        let command = command.as_mut_command();
        // Whoever is started must not hold a pipe of ours.
        let errors = self.folder.path().join("said");
        let file = std::fs::File::create(&errors).unwrap();
        let status = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .status()
            .unwrap();
        let said = std::fs::read_to_string(&errors).unwrap_or_default();
        let log = std::fs::read_to_string(self.path().join("log")).unwrap_or_default();
        assert!(status.success(), "{command:?}: {said}\n{log}");
    }
}

/// A desk for these people, in a cluster of its own.
pub fn desk_for(people: &[&str]) -> Cluster {
    let cluster = Cluster::start();
    let made = init(&Address::parse(&cluster.url(OWNER)).unwrap(), GROUP).unwrap();
    assert!(made.tables && made.group);
    for person in people {
        cluster.role(person);
        cluster.sql(OWNER, &made.grant.replace("NAME", person));
    }
    cluster
}

/// A command, owned or lent.
trait AsMutCommand {
    fn as_mut_command(&mut self) -> &mut Command;
}

impl AsMutCommand for Command {
    fn as_mut_command(&mut self) -> &mut Command {
        self
    }
}

impl AsMutCommand for &mut Command {
    fn as_mut_command(&mut self) -> &mut Command {
        self
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self
            .stopping("immediate")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// Through the socket nobody is asked, over TCP everybody, and never without TLS.
const HBA: &str = "local all all trust\nlocal replication all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn uid_of(user: &str) -> u32 {
    let output = Command::new("id").args(["-u", user]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim().parse().unwrap()
}

/// A port that nobody listens on, and that nobody is given who asks for any: a server is stopped
/// and started again on it.
fn free_port() -> u16 {
    let ports = std::iter::repeat_with(|| fastrand::u16(10_000..30_000));
    let mut free = ports.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().unwrap()
}
