//! The line to the server: asks and waits for the answer, never for ever.
//!
//! A thread of its own drives the connection, so that what the server tells is heard while
//! nobody asks, and a caller may be anywhere, in an asynchronous program too.

use super::{
    address::{Address, Server},
    reach::{self, Heard, Serves, Standing, reach},
    trouble::{Trouble, cannot_open},
};
use crate::desk::StoreError;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Error};

/// How long the server may take to answer; it gives up by itself before that.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// How long it may take for what reads or writes much.
pub(super) const MUCH: Duration = Duration::from_secs(120);
/// How long a connection may take to come about, all addresses of one server together; and
/// where another server may be the one.
const CONNECT: Duration = Duration::from_secs(12);
const CONNECT_EACH: Duration = Duration::from_secs(6);

/// A connection.
pub(super) struct Line {
    address: Address,
    server: Server,
    standing: Standing,
    /// What the servers said that were tried and cannot be used.
    missed: String,
    runtime: Option<Runtime>,
    client: Arc<Client>,
    heard: Arc<Heard>,
}

impl Line {
    /// Connects and listens: to the first server that takes writes, else to the first that
    /// answers.
    pub(super) fn connect(address: &Address, application: &str) -> Result<Self, StoreError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("desk-line")
            .enable_all()
            .build()
            .map_err(|error| StoreError::Open {
                place: address.to_string(),
                remedy: "end what this account does not need".to_owned(),
                source: error.into(),
            })?;
        let patience = match address.servers.len() {
            1 => CONNECT,
            _ => CONNECT_EACH,
        };
        let mut reads = None;
        let mut troubles = Vec::new();
        for server in &address.servers {
            let heard = Arc::new(Heard::default());
            let reaching = reach(
                server.clone(),
                address.tls.clone(),
                application.to_owned(),
                heard.clone(),
            );
            match wait(&runtime, patience, reaching) {
                Ok((client, standing)) => {
                    let writes = standing.serves == Serves::Writes;
                    if writes || reads.is_none() {
                        reads = Some((server, client, standing, heard));
                    }
                    if writes {
                        break;
                    }
                }
                Err(trouble) => troubles.push((server, trouble)),
            }
        }
        let Some((server, client, standing, heard)) = reads else {
            return Err(cannot_open(address, troubles));
        };
        let missed = troubles.iter().map(|(s, why)| format!("{}: {why}", s.name));
        Ok(Self {
            address: address.clone(),
            server: server.clone(),
            standing,
            missed: missed.collect::<Vec<_>>().join("; "),
            runtime: Some(runtime),
            client: Arc::new(client),
            heard,
        })
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
            Some(runtime) => wait(runtime, patience, question(self.client.clone())),
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
            remedy: trouble.remedy(&self.address, &self.server),
            source: trouble.into(),
        }
    }

    pub(super) fn cannot_write(&self, trouble: Trouble) -> StoreError {
        StoreError::Write {
            place: self.address.to_string(),
            remedy: trouble.remedy(&self.address, &self.server),
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

    /// Whether the server takes writes, as far as is known.
    pub(super) fn serves(&self) -> Serves {
        self.standing.serves
    }

    /// Asks a server that did not take writes whether it does now, and whether it has repeated
    /// anything since the last call.
    pub(super) fn look_again(&mut self) -> Result<bool, StoreError> {
        let was = self.standing.clone();
        let standing = self.read(|client| async move {
            let standing = reach::standing(&client).await?;
            if was.serves == Serves::StandsBy && standing.serves != Serves::StandsBy {
                reach::listen(&client).await?;
            }
            Ok(standing)
        })?;
        let moved = standing != self.standing;
        self.standing = standing;
        Ok(moved)
    }

    /// Why nothing can be written here, and what to do about it; `None`: it can.
    pub(super) fn reads_only(&self) -> Option<String> {
        let name = &self.server.name;
        let mut why = match self.standing.serves {
            Serves::Writes => return None,
            Serves::StandsBy if self.address.servers.len() > 1 => format!(
                "{name} is a standby: start the server that takes writes, or promote this one \
                 (SELECT pg_promote())"
            ),
            Serves::StandsBy => format!(
                "{name} is a standby: name the server that takes writes beside it \
                 (postgresql://…@FIRST,SECOND/…), or promote it (SELECT pg_promote())"
            ),
            Serves::Reads => format!(
                "{name} was told to take no writes (default_transaction_read_only): ask whoever \
                 runs it, or name the server that does"
            ),
        };
        if !self.missed.is_empty() {
            why.push_str(&format!("; {}", self.missed));
        }
        Some(why)
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

/// Lets the runtime work for an answer and waits for it.
fn wait<T, E, Answer>(runtime: &Runtime, patience: Duration, answer: Answer) -> Result<T, Trouble>
where
    T: Send + 'static,
    E: Into<Trouble> + Send + 'static,
    Answer: Future<Output = Result<T, E>> + Send + 'static,
{
    let (tell, told) = mpsc::sync_channel(1);
    let asking = runtime.spawn(async move { drop(tell.send(answer.await)) });
    match told.recv_timeout(patience) {
        Ok(answer) => answer.map_err(Into::into),
        Err(RecvTimeoutError::Timeout) => {
            asking.abort();
            Err(Trouble::Silent(patience))
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(Trouble::Gone("the connection's thread ended".to_owned()))
        }
    }
}
