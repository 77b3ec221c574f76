//! Where a desk's server is: a URL as PostgreSQL writes it, read so that nothing secret travels
//! in the open and nothing waits for ever. It may name several servers, one of which takes writes.

use super::{passfile, tls::Tls, trouble::causes};
use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

/// How long one address of the server may take to answer a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long sent bytes may stay unacknowledged before the connection is given up.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
/// How long a quiet connection stays unasked whether the other side is still there.
const QUIET: Duration = Duration::from_secs(30);

/// What the server keeps to for this program, whatever its own settings and those of the role
/// are: a commit is on disk when it is told, and nothing waits for long.
const OPTIONS: &str = "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed \
     -c statement_timeout=8000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000 \
     -c client_encoding=UTF8";

/// Why an address cannot be used. Never holds a secret.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    /// It is not read at all.
    #[error(
        "the address of the desk is no URL of PostgreSQL ({0}); write postgresql://NAME@HOST/DATABASE?sslmode=verify-full&sslrootcert=FILE"
    )]
    Unreadable(String),
    /// It would send passwords and the desk in the open.
    #[error(
        "the desk on {0} would travel unencrypted; write sslmode=verify-full&sslrootcert=FILE (sslmode=disable only for an address of this host)"
    )]
    Open(String),
    /// It asks for a server that does not take writes, or in a way that is not known.
    #[error(
        "target_session_attrs={0} is not for a desk: leave it out, or write read-write; the server that takes writes is used, and read is one that does not while none does"
    )]
    Attributes(String),
    /// Nothing says which authority signed the server's certificate.
    #[error(
        "sslrootcert=FILE is missing in the address of the desk on {0}: the certificate of the authority that signed the server's"
    )]
    NoRoot(String),
    /// A certificate or key cannot be used.
    #[error("cannot use {} for the desk: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// Where the server is and how it is reached.
#[derive(Clone)]
pub struct Address {
    /// In the order in which they are tried; never none.
    pub(super) servers: Vec<Server>,
    pub(super) tls: Tls,
    root: PathBuf,
    role: String,
    place: String,
}

/// One of the servers that an address names.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) config: Config,
    /// Its host and port.
    pub(super) name: String,
    /// Why no password is known for it; `None`: one is.
    pub(super) no_password: Option<String>,
}

impl Address {
    /// Whether a text names a server rather than a folder.
    pub fn is_one(text: &str) -> bool {
        text.starts_with("postgresql://") || text.starts_with("postgres://")
    }

    /// Reads a URL. Beside what the library knows, `sslmode=verify-ca|verify-full`,
    /// `sslrootcert`, `sslcert` and `sslkey` are read as PostgreSQL's own programs do; every
    /// mode but `disable` checks the server's certificate and its name.
    ///
    /// # Errors
    /// When it is no URL, or would have to go unencrypted over a network.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        let (plain, own) = split(url);
        let mut config: Config = plain
            .parse()
            // The library's words name the option, never its value.
            .map_err(|error: tokio_postgres::Error| AddressError::Unreadable(said(&error)))?;
        if config.get_user().is_none() {
            config.user(std::env::var("USER").unwrap_or_default());
        }
        countable(&config)?;
        match own.attributes.as_deref() {
            None | Some("any" | "read-write" | "primary") => {}
            Some(other) => return Err(AddressError::Attributes(other.to_owned())),
        }
        let remote = tcp_hosts(&config);
        let tls = match own.mode.as_deref() {
            _ if remote.is_empty() => Tls::Never,
            Some("disable") if remote.iter().all(|host| is_loopback(host)) => Tls::Never,
            Some("disable") => return Err(AddressError::Open(remote.join(", "))),
            _ => match &own.root {
                Some(root) => Tls::load(root, own.pair.as_ref())?,
                None if own.mode.is_none() => return Err(AddressError::Open(remote.join(", "))),
                None => return Err(AddressError::NoRoot(remote.join(", "))),
            },
        };
        let servers = (0..config.get_hosts().len()).map(|n| Server::of(&config, n, &tls));
        Ok(Self {
            servers: servers.collect(),
            place: place(&config),
            role: config.get_user().unwrap_or_default().to_owned(),
            root: own.root.unwrap_or_default(),
            tls,
        })
    }

    /// The role that logs in.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// The file with the authority that the servers are checked by; empty: none is.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }
}

impl Server {
    /// The `n`th of those that `all` names, tried by itself: the library tells only what the last
    /// one said, and takes one password for all.
    fn of(all: &Config, n: usize, tls: &Tls) -> Self {
        let mut config = Config::new();
        config.user(all.get_user().unwrap_or_default());
        if let Some(database) = all.get_dbname() {
            config.dbname(database);
        }
        let host = all.get_hosts().get(n);
        match host {
            Some(Host::Tcp(name)) => config.host(name),
            Some(Host::Unix(path)) => config.host_path(path),
            None => &mut config,
        };
        if let Some(address) = all.get_hostaddrs().get(n) {
            config.hostaddr(*address);
        }
        if let Some(port) = port(all, n) {
            config.port(port);
        }
        // A socket of this host takes no TLS.
        config.ssl_mode(match (tls, host) {
            (Tls::Always(_), Some(Host::Tcp(_))) => SslMode::Require,
            _ => SslMode::Disable,
        });
        config
            .channel_binding(all.get_channel_binding())
            .ssl_negotiation(all.get_ssl_negotiation())
            .connect_timeout(CONNECT)
            .tcp_user_timeout(UNACKNOWLEDGED)
            .keepalives_idle(QUIET)
            .options(OPTIONS);
        let no_password = match all.get_password() {
            Some(password) => {
                config.password(password);
                None
            }
            None => match passfile::password(&config) {
                Ok(password) => {
                    config.password(password);
                    None
                }
                Err(why) => Some(why),
            },
        };
        Self {
            name: named(all, n),
            config,
            no_password,
        }
    }
}

/// Without secrets: for the screen, errors and the log.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// A URL without its secrets: for the screen, errors and the log.
pub fn shown(url: &str) -> String {
    match split(url).0.parse::<Config>() {
        Ok(config) => place(&config),
        Err(_) => "postgresql://…".to_owned(),
    }
}

/// The URL that a colleague writes, `NAME` in place of the role, without anything of one's own.
pub fn for_a_colleague(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgresql", url));
    let (head, query) = rest.split_once('?').unwrap_or((rest, ""));
    let hosts = head.rsplit_once('@').map_or(head, |(_, hosts)| hosts);
    let own = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !["user", "password", "sslcert", "sslkey", ""].contains(&name)
    };
    let shared: Vec<&str> = query.split('&').filter(own).collect();
    let mark = if shared.is_empty() { "" } else { "?" };
    format!("{scheme}://NAME@{hosts}{mark}{}", shared.join("&"))
}

/// What the library does not read.
#[derive(Default)]
struct Own {
    mode: Option<String>,
    root: Option<PathBuf>,
    pair: Option<(PathBuf, PathBuf)>,
    attributes: Option<String>,
}

/// Takes our own parameters out of the URL.
fn split(url: &str) -> (String, Own) {
    let Some((head, query)) = url.split_once('?') else {
        return (url.to_owned(), Own::default());
    };
    let mut own = Own::default();
    let (mut cert, mut key) = (None, None);
    let mut rest: Vec<String> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value);
        match name {
            "sslmode" => own.mode = Some(value),
            "sslrootcert" => own.root = Some(value.into()),
            "sslcert" => cert = Some(PathBuf::from(value)),
            "sslkey" => key = Some(PathBuf::from(value)),
            // The library knows fewer of its values than PostgreSQL's own programs.
            "target_session_attrs" => own.attributes = Some(value),
            // The library takes a list here for one name.
            "host" => rest.extend(
                value
                    .split(',')
                    .map(|host| format!("host={}", encoded(host))),
            ),
            _ => rest.push(pair.to_owned()),
        }
    }
    own.pair = cert.zip(key);
    let query = rest.join("&");
    (format!("{head}?{query}"), own)
}

/// What stands for itself in a name or a path; the rest as `%20` and the like.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_:".contains(&byte);
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

/// `%20` and the like, as in any URL.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let code = (byte == b'%')
            .then(|| [ahead.next(), ahead.next()])
            .and_then(|[high, low]| Some(digit(high?)? * 16 + digit(low?)?));
        match code {
            Some(code) => {
                bytes.push(code);
                rest = ahead;
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// The hosts that are reached over a network, be it the loopback one.
fn tcp_hosts(config: &Config) -> Vec<String> {
    let named = config.get_hosts().iter().filter_map(|host| match host {
        Host::Tcp(name) => Some(name.clone()),
        Host::Unix(_) => None,
    });
    let numbered = config.get_hostaddrs().iter().map(ToString::to_string);
    named.chain(numbered).collect()
}

fn is_loopback(host: &str) -> bool {
    let address: Result<std::net::IpAddr, _> = host.parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Whether a host, a port and an address belong together.
fn countable(config: &Config) -> Result<(), AddressError> {
    let hosts = config.get_hosts().len();
    let odd = |what: &str, count: usize| {
        let text = format!("it names hosts: {hosts}, {what}: {count}");
        Err(AddressError::Unreadable(text))
    };
    match (config.get_ports().len(), config.get_hostaddrs().len()) {
        _ if hosts == 0 => Err(AddressError::Unreadable("it names no host".to_owned())),
        (ports, _) if ports > 1 && ports != hosts => odd("ports", ports),
        (_, addresses) if addresses > 0 && addresses != hosts => odd("addresses", addresses),
        _ => Ok(()),
    }
}

/// The port of the `n`th host; one port serves all.
fn port(config: &Config, n: usize) -> Option<u16> {
    let ports = config.get_ports();
    ports.get(n).or_else(|| ports.first()).copied()
}

fn host(config: &Config, n: usize) -> String {
    match config.get_hosts().get(n) {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(path)) => path.display().to_string(),
        None => String::new(),
    }
}

/// The `n`th host with its port.
fn named(config: &Config, n: usize) -> String {
    let host = host(config, n);
    match port(config, n) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// As it can be written again, but for what is secret.
fn place(config: &Config) -> String {
    let list = |of: fn(&Config, usize) -> String| -> String {
        let hosts = (0..config.get_hosts().len()).map(|n| of(config, n));
        hosts.collect::<Vec<_>>().join(",")
    };
    let (user, database) = (config.get_user(), config.get_dbname());
    let (user, database) = (user.unwrap_or_default(), database.unwrap_or_default());
    let hosts = config.get_hosts();
    if hosts.iter().all(|host| matches!(host, Host::Tcp(_))) {
        return format!("postgresql://{user}@{}/{database}", list(named));
    }
    // The path of a socket has no room before that of the database.
    let port = match config.get_ports().is_empty() {
        true => String::new(),
        false => format!(
            "&port={}",
            list(|all, n| port(all, n).unwrap_or_default().to_string())
        ),
    };
    format!("postgresql://{user}@/{database}?host={}{port}", list(host))
}

/// Why the library cannot read it.
fn said(error: &tokio_postgres::Error) -> String {
    causes(error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
