//! Where a desk's server is: a URL as PostgreSQL writes it, read so that nothing secret travels
//! in the open and nothing waits for ever.

use super::{passfile, tls::Tls};
use std::{fmt, path::PathBuf, time::Duration};
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
    pub(super) config: Config,
    pub(super) tls: Tls,
    place: String,
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
        if config.get_hosts().is_empty() {
            return Err(AddressError::Unreadable("it names no host".to_owned()));
        }
        let place = place(&config);
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
        config.ssl_mode(match tls {
            Tls::Never => SslMode::Disable,
            Tls::Always(_) => SslMode::Require,
        });
        config
            .connect_timeout(CONNECT)
            .tcp_user_timeout(UNACKNOWLEDGED)
            .keepalives_idle(QUIET)
            .options(OPTIONS);
        if config.get_password().is_none()
            && let Some(password) = passfile::password(&config)
        {
            config.password(password);
        }
        Ok(Self { config, tls, place })
    }

    /// The role that logs in.
    pub fn role(&self) -> &str {
        self.config.get_user().unwrap_or_default()
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

/// What the library does not read.
#[derive(Default)]
struct Own {
    mode: Option<String>,
    root: Option<PathBuf>,
    pair: Option<(PathBuf, PathBuf)>,
}

/// Takes our own parameters out of the URL.
fn split(url: &str) -> (String, Own) {
    let Some((head, query)) = url.split_once('?') else {
        return (url.to_owned(), Own::default());
    };
    let mut own = Own::default();
    let (mut cert, mut key) = (None, None);
    let mut rest = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value);
        match name {
            "sslmode" => own.mode = Some(value),
            "sslrootcert" => own.root = Some(value.into()),
            "sslcert" => cert = Some(PathBuf::from(value)),
            "sslkey" => key = Some(PathBuf::from(value)),
            _ => rest.push(pair),
        }
    }
    own.pair = cert.zip(key);
    let query = rest.join("&");
    (format!("{head}?{query}"), own)
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

fn place(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(n, host)| {
        let host = match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        };
        match ports.get(n).or_else(|| ports.first()) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    });
    format!(
        "postgresql://{}@{}/{}",
        config.get_user().unwrap_or_default(),
        hosts.collect::<Vec<_>>().join(","),
        config.get_dbname().unwrap_or_default()
    )
}

/// An error of the library with its cause: the library keeps the words apart.
fn said(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
