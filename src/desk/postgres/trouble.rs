//! Why a server gives no answer, and what a person can do about it.

use super::address::{Address, Server};
use crate::desk::StoreError;
use rustls::CertificateError;
use std::{fmt, time::Duration};
use tokio_postgres::{Error, error::SqlState};

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server or the library says why.
    Said(Error),
    /// It says nothing.
    Silent(Duration),
    /// The connection ended before.
    Gone(String),
    /// It answers, and cannot serve a desk.
    Unfit {
        /// Why.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(error) => match error.as_db_error() {
                Some(db) => f.write_str(db.message()),
                None => {
                    write!(f, "{error}")?;
                    for cause in causes(error) {
                        write!(f, ": {cause}")?;
                    }
                    Ok(())
                }
            },
            Self::Silent(waited) => write!(f, "no answer for {} s", waited.as_secs()),
            Self::Gone(why) => f.write_str(why),
            Self::Unfit { what, .. } => f.write_str(what),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Said(error)
    }
}

impl Trouble {
    pub(super) fn state(&self) -> Option<&SqlState> {
        match self {
            Self::Said(error) => error.code(),
            Self::Silent(_) | Self::Gone(_) | Self::Unfit { .. } => None,
        }
    }

    /// What a person can do about it.
    pub(super) fn remedy(&self, address: &Address, server: &Server) -> String {
        match self {
            Self::Unfit { remedy, .. } => (*remedy).to_owned(),
            Self::Said(error) => match error.as_db_error() {
                Some(db) => of_the_server(db.code(), db.message(), address, server),
                None => of_the_way(error, address, server),
            },
            Self::Silent(_) | Self::Gone(_) => REACH.to_owned(),
        }
    }
}

const REACH: &str = "check that PostgreSQL runs there and can be reached";

/// What to do about what the server says.
fn of_the_server(state: &SqlState, message: &str, address: &Address, server: &Server) -> String {
    let role = address.role();
    match state {
        state if *state == SqlState::INVALID_PASSWORD => {
            format!("check the password of {role} in ~/.pgpass or PGPASSWORD")
        }
        state if *state == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => format!(
            "ask whoever runs the database to let {role} in from here (CREATE ROLE {role} LOGIN; \
             pg_hba.conf)"
        ),
        state if *state == SqlState::INVALID_CATALOG_NAME => {
            "ask whoever runs the database to make it (CREATE DATABASE)".to_owned()
        }
        state
            if *state == SqlState::INSUFFICIENT_PRIVILEGE
                && message.starts_with("permission denied for database") =>
        {
            let database = server.config.get_dbname().unwrap_or(role);
            format!(
                "ask whoever owns it: GRANT CONNECT ON DATABASE {database} TO {role} lets {role} \
                 in, GRANT CREATE lets it make a desk there"
            )
        }
        state if *state == SqlState::INSUFFICIENT_PRIVILEGE => format!(
            "{role} may not do that; ask the desk's owner for what `ocdeck desk init` printed"
        ),
        state if *state == SqlState::READ_ONLY_SQL_TRANSACTION => format!(
            "{} is a standby or read-only; name the server that takes writes",
            server.name
        ),
        state if *state == SqlState::PROTOCOL_VIOLATION => POOLER.to_owned(),
        state if *state == SqlState::UNDEFINED_OBJECT && message.contains("plpgsql") => {
            "ask whoever runs the database for CREATE EXTENSION plpgsql".to_owned()
        }
        state
            if [
                SqlState::UNDEFINED_TABLE,
                SqlState::UNDEFINED_COLUMN,
                SqlState::UNDEFINED_FUNCTION,
            ]
            .contains(state) =>
        {
            "part of the desk was taken out of the database: restore it from a backup, or an \
             export into a new database"
                .to_owned()
        }
        state if *state == SqlState::DISK_FULL => "free space on the server's disk".to_owned(),
        state if *state == SqlState::TOO_MANY_CONNECTIONS => {
            "raise max_connections, or end consoles that nobody uses".to_owned()
        }
        state if state.code().starts_with("57P") => "the server is starting or stopping".to_owned(),
        state if *state == SqlState::QUERY_CANCELED || *state == SqlState::LOCK_NOT_AVAILABLE => {
            "the server is too busy, or a transaction holds the journal".to_owned()
        }
        _ => "the server's log says more".to_owned(),
    }
}

pub(super) const POOLER: &str = "name the server itself: a pooler such as PgBouncer hands on \
     neither the settings of a console nor what it listens to";

/// What to do about what went wrong before the server said anything.
fn of_the_way(error: &Error, address: &Address, server: &Server) -> String {
    if let Some(error) = tls(error) {
        return of_the_certificate(error, address, server);
    }
    let words = causes(error).last().map(ToString::to_string);
    match (words.as_deref(), &server.no_password) {
        (Some("password missing"), Some(why)) => {
            format!(
                "{} asks for a password of {}; {why}",
                server.name,
                address.role()
            )
        }
        (Some("server does not support TLS"), _) => format!(
            "ask whoever runs {} to give it a certificate and ssl = on",
            server.name
        ),
        _ => REACH.to_owned(),
    }
}

/// What to do when the two do not trust each other.
fn of_the_certificate(error: &rustls::Error, address: &Address, server: &Server) -> String {
    use CertificateError as Why;
    let name = &server.name;
    let root = address.root().display();
    match error {
        rustls::Error::InvalidCertificate(Why::UnknownIssuer | Why::BadSignature) => format!(
            "{root} does not hold the authority that signed the certificate of {name}: name the \
             one that did with sslrootcert=FILE"
        ),
        rustls::Error::InvalidCertificate(
            Why::NotValidForName | Why::NotValidForNameContext { .. },
        ) => format!(
            "the certificate is for other names than {name}: write the host as it is in the \
             certificate, or ask for a certificate with this name"
        ),
        rustls::Error::InvalidCertificate(Why::Expired | Why::ExpiredContext { .. }) => {
            format!("ask whoever runs {name} for a new certificate, or set this clock right")
        }
        rustls::Error::InvalidCertificate(Why::NotValidYet | Why::NotValidYetContext { .. }) => {
            format!("set the clock right, here or where the certificate of {name} was made")
        }
        rustls::Error::InvalidCertificate(_) => {
            format!("ask whoever runs {name} for a certificate that is signed by {root}")
        }
        rustls::Error::AlertReceived(_) => format!(
            "{name} refuses this side: name a certificate and key that it takes with sslcert=FILE \
             and sslkey=FILE"
        ),
        _ => REACH.to_owned(),
    }
}

/// What TLS said, wherever it stands among the causes.
fn tls(error: &Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| {
        let inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
        inner.downcast_ref()
    })
}

/// The causes of an error, the last one last: the library keeps the words apart.
pub(super) fn causes(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
}

/// No server of an address can be used: what each said, and what to do about it.
pub(super) fn cannot_open(address: &Address, troubles: Vec<(&Server, Trouble)>) -> StoreError {
    let place = address.to_string();
    let mut remedies: Vec<String> = Vec::new();
    let mut said: Vec<String> = Vec::new();
    let several = troubles.len() > 1;
    for (server, trouble) in &troubles {
        let of = |text: String| match several {
            true => format!("{}: {text}", server.name),
            false => text,
        };
        said.push(of(trouble.to_string()));
        remedies.push(trouble.remedy(address, server));
    }
    let same = remedies.windows(2).all(|pair| pair[0] == pair[1]);
    if same {
        remedies.truncate(1);
    } else {
        for (remedy, (server, _)) in remedies.iter_mut().zip(&troubles) {
            *remedy = format!("{}: {remedy}", server.name);
        }
    }
    StoreError::Open {
        place,
        remedy: remedies.join("; "),
        source: said.join("; ").into(),
    }
}
