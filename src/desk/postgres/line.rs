//! The line to the server: asks and waits for the answer, never for ever.
//!
//! A thread of its own drives the connection, so that what the server tells is heard while
//! nobody asks, and a caller may be anywhere, in an asynchronous program too.

use super::{
    Address,
    tls::{Maker, Tls},
};
use crate::desk::StoreError;
use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI32, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::{Builder, Runtime},
};
use tokio_postgres::{
    AsyncMessage, Client, Connection, Error,
    error::SqlState,
    tls::{MakeTlsConnect, NoTls},
};

/// How long the server may take to answer; it gives up by itself before that.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// How long it may take for what reads or writes much.
pub(super) const MUCH: Duration = Duration::from_secs(120);
/// How long a connection may take to come about, all addresses of the server together.
const CONNECT: Duration = Duration::from_secs(12);

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server or the library says why.
    Said(Error),
    /// It says nothing.
    Silent(Duration),
    /// The connection ended before.
    Gone(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(error) => match error.as_db_error() {
                Some(db) => f.write_str(db.message()),
                None => {
                    write!(f, "{error}")?;
                    let mut source = std::error::Error::source(error);
                    while let Some(error) = source {
                        write!(f, ": {error}")?;
                        source = error.source();
                    }
                    Ok(())
                }
            },
            Self::Silent(waited) => write!(f, "no answer for {} s", waited.as_secs()),
            Self::Gone(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    pub(super) fn state(&self) -> Option<&SqlState> {
        match self {
            Self::Said(error) => error.code(),
            Self::Silent(_) | Self::Gone(_) => None,
        }
    }

    /// What a person can do about it.
    fn remedy(&self, address: &Address) -> String {
        let role = address.role();
        let Some(state) = self.state() else {
            return "check that PostgreSQL runs there and can be reached".to_owned();
        };
        match state {
            state if *state == SqlState::INVALID_PASSWORD => {
                format!("check the password of {role} in ~/.pgpass or PGPASSWORD")
            }
            state if *state == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => format!(
                "ask whoever runs the database to let {role} in from here (CREATE ROLE {role} \
                 LOGIN; pg_hba.conf)"
            ),
            state if *state == SqlState::INVALID_CATALOG_NAME => {
                "ask whoever runs the database to make it (CREATE DATABASE)".to_owned()
            }
            state if *state == SqlState::INSUFFICIENT_PRIVILEGE => {
                format!(
                    "{role} may not do that; ask the desk's owner for what `ocdeck desk init` printed"
                )
            }
            state if *state == SqlState::READ_ONLY_SQL_TRANSACTION => {
                "that server is a standby or read-only; name the one that takes writes".to_owned()
            }
            state if *state == SqlState::DISK_FULL => "free space on the server's disk".to_owned(),
            state if *state == SqlState::TOO_MANY_CONNECTIONS => {
                "raise max_connections, or end consoles that nobody uses".to_owned()
            }
            state if state.code().starts_with("57P") => {
                "the server is starting or stopping".to_owned()
            }
            state
                if *state == SqlState::QUERY_CANCELED || *state == SqlState::LOCK_NOT_AVAILABLE =>
            {
                "the server is too busy, or a transaction holds the journal".to_owned()
            }
            _ => "the server's log says more".to_owned(),
        }
    }
}

/// What was heard without asking.
#[derive(Default)]
struct Heard {
    news: AtomicBool,
    /// The server's process for this connection: what it tells of itself is no news.
    own: AtomicI32,
    gone: Mutex<Option<String>>,
}

impl Heard {
    fn gone(&self) -> Option<String> {
        self.gone
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn is_gone(&self, why: String) {
        *self.gone.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }
}

/// A connection.
pub(super) struct Line {
    address: Address,
    runtime: Option<Runtime>,
    client: Arc<Client>,
    heard: Arc<Heard>,
}

impl Line {
    /// Connects and listens.
    pub(super) fn connect(address: &Address, application: &str) -> Result<Self, StoreError> {
        let open = |trouble: Trouble| StoreError::Open {
            place: address.to_string(),
            remedy: trouble.remedy(address),
            source: trouble.into(),
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("desk-line")
            .enable_all()
            .build()
            .map_err(|error| open(Trouble::Gone(error.to_string())))?;
        let heard = Arc::new(Heard::default());
        let mut config = address.config.clone();
        config.application_name(application);
        let (hears, own, tls) = (heard.clone(), heard.clone(), address.tls.clone());
        let connecting = async move {
            let client = match tls {
                Tls::Never => connected(&config, NoTls, hears).await?,
                Tls::Always(with) => connected(&config, Maker(with), hears).await?,
            };
            let row = client.query_typed("SELECT pg_backend_pid()", &[]).await?;
            own.own
                .store(row.first().map_or(0, |row| row.get(0)), Ordering::Release);
            client.batch_execute("LISTEN ocdeck").await?;
            Ok(client)
        };
        let client = ask(&runtime, CONNECT, connecting);
        let line = |client| Self {
            address: address.clone(),
            runtime: Some(runtime),
            client: Arc::new(client),
            heard,
        };
        client.map(line).map_err(open)
    }

    /// Asks and waits for the answer.
    pub(super) fn ask<T, Answer>(
        &self,
        patience: Duration,
        question: impl FnOnce(Arc<Client>) -> Answer,
    ) -> Result<T, Trouble>
    where
        T: Send + 'static,
        Answer: Future<Output = Result<T, Error>> + Send + 'static,
    {
        if let Some(why) = self.heard.gone() {
            return Err(Trouble::Gone(why));
        }
        match &self.runtime {
            Some(runtime) => ask(runtime, patience, question(self.client.clone())),
            None => Err(Trouble::Gone("the connection was closed".to_owned())),
        }
    }

    /// As [`ask`](Self::ask), for what reads the desk.
    pub(super) fn read<T, Answer>(
        &self,
        question: impl FnOnce(Arc<Client>) -> Answer,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Answer: Future<Output = Result<T, Error>> + Send + 'static,
    {
        self.ask(ANSWER, question)
            .map_err(|trouble| self.cannot_read(trouble))
    }

    pub(super) fn cannot_read(&self, trouble: Trouble) -> StoreError {
        StoreError::Read {
            place: self.address.to_string(),
            remedy: trouble.remedy(&self.address),
            source: trouble.into(),
        }
    }

    pub(super) fn cannot_write(&self, trouble: Trouble) -> StoreError {
        StoreError::Write {
            place: self.address.to_string(),
            remedy: trouble.remedy(&self.address),
            source: trouble.into(),
        }
    }

    /// Whether anything was told since the last call.
    pub(super) fn news(&self) -> Result<bool, StoreError> {
        match self.heard.gone() {
            Some(why) => Err(self.cannot_read(Trouble::Gone(why))),
            None => Ok(self.heard.news.swap(false, Ordering::AcqRel)),
        }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waits for nothing: the server notices the closed socket.
            runtime.shutdown_background();
        }
    }
}

fn ask<T, Answer>(runtime: &Runtime, patience: Duration, answer: Answer) -> Result<T, Trouble>
where
    T: Send + 'static,
    Answer: Future<Output = Result<T, Error>> + Send + 'static,
{
    let (tell, told) = mpsc::sync_channel(1);
    let asking = runtime.spawn(async move { drop(tell.send(answer.await)) });
    match told.recv_timeout(patience) {
        Ok(answer) => answer.map_err(Trouble::Said),
        Err(RecvTimeoutError::Timeout) => {
            asking.abort();
            Err(Trouble::Silent(patience))
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(Trouble::Gone("the connection's thread ended".to_owned()))
        }
    }
}

async fn connected<T>(
    config: &tokio_postgres::Config,
    tls: T,
    heard: Arc<Heard>,
) -> Result<Client, Error>
where
    T: MakeTlsConnect<tokio_postgres::Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    tokio::spawn(listen(connection, heard));
    Ok(client)
}

/// Drives the connection until it ends.
async fn listen<S, T>(mut connection: Connection<S, T>, heard: Arc<Heard>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match std::future::poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notification(told))) => {
                if told.process_id() != heard.own.load(Ordering::Acquire) {
                    heard.news.store(true, Ordering::Release);
                }
            }
            Some(Ok(AsyncMessage::Notice(notice))) => tracing::debug!("{}", notice.message()),
            Some(Ok(_)) => {}
            Some(Err(error)) => return heard.is_gone(Trouble::Said(error).to_string()),
            None => return heard.is_gone("the server closed the connection".to_owned()),
        }
    }
}
