//! How a server is reached: connected to, looked at, and what it tells heard.

use super::{
    address::Server,
    tls::{Maker, Tls},
    trouble::{POOLER, Trouble},
};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI32, Ordering},
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{
    AsyncMessage, Client, Connection, Error,
    tls::{MakeTlsConnect, NoTls},
};

/// The oldest server whose language the tables are written in.
const OLDEST: u32 = 11;

/// Whether a server takes writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Serves {
    /// It does.
    Writes,
    /// It repeats what another one writes.
    StandsBy,
    /// It was told not to.
    Reads,
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) serves: Serves,
    /// How far it has repeated another one's log: while it stands by, nothing is told.
    pub(super) repeated: String,
}

/// What was heard without asking.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) news: AtomicBool,
    /// The server's process for this connection: what it tells of itself is no news.
    own: AtomicI32,
    gone: Mutex<Option<String>>,
}

impl Heard {
    pub(super) fn gone(&self) -> Option<String> {
        self.gone
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn is_gone(&self, why: String) {
        *self.gone.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }
}

/// Connects to a server, and listens to it where that is possible.
pub(super) async fn reach(
    server: Server,
    tls: Tls,
    application: String,
    heard: Arc<Heard>,
) -> Result<(Client, Standing), Trouble> {
    let mut config = server.config;
    config.application_name(application);
    let (client, version) = match tls {
        Tls::Always(with) => connected(&config, Maker(with), heard.clone()).await?,
        Tls::Never => connected(&config, NoTls, heard.clone()).await?,
    };
    if let Some(trouble) = too_old(&version) {
        return Err(trouble);
    }
    let asked = "SELECT pg_backend_pid(), current_setting('statement_timeout')";
    let row = client.query_typed(asked, &[]).await?;
    let own = row.first().map_or(0, |row| row.get(0));
    heard.own.store(own, Ordering::Release);
    // What this program asks of every server (`OPTIONS`).
    if row.first().is_none_or(|row| row.get::<_, &str>(1) == "0") {
        return Err(Trouble::Unfit {
            what: "the settings of a console were not taken on".to_owned(),
            remedy: POOLER,
        });
    }
    let standing = standing(&client).await?;
    if standing.serves != Serves::StandsBy {
        listen(&client).await?;
    }
    Ok((client, standing))
}

/// What a server says of itself now.
pub(super) async fn standing(client: &Client) -> Result<Standing, Error> {
    let asked = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::bool, \
         coalesce(pg_last_wal_replay_lsn()::text, '')";
    let row = client.query_one(asked, &[]).await?;
    Ok(Standing {
        serves: match (row.get(0), row.get(1)) {
            (true, _) => Serves::StandsBy,
            (false, true) => Serves::Reads,
            (false, false) => Serves::Writes,
        },
        repeated: row.get(2),
    })
}

/// A standby refuses this.
pub(super) async fn listen(client: &Client) -> Result<(), Error> {
    client.batch_execute("LISTEN ocdeck").await
}

fn too_old(version: &str) -> Option<Trouble> {
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    let number: u32 = digits.parse().ok()?;
    (number < OLDEST).then(|| Trouble::Unfit {
        what: format!("it is PostgreSQL {version}"),
        remedy: "a desk needs PostgreSQL 11 or later",
    })
}

async fn connected<T>(
    config: &tokio_postgres::Config,
    tls: T,
    heard: Arc<Heard>,
) -> Result<(Client, String), Error>
where
    T: MakeTlsConnect<tokio_postgres::Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    let version = connection.parameter("server_version").unwrap_or_default();
    let version = version.to_owned();
    tokio::spawn(hear(connection, heard));
    Ok((client, version))
}

/// Drives the connection until it ends.
async fn hear<S, T>(mut connection: Connection<S, T>, heard: Arc<Heard>)
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

#[cfg(test)]
mod tests {
    use super::too_old;

    #[test]
    fn old_servers_are_known_by_what_they_call_themselves() {
        for old in ["9.6.24", "10.23 (Debian 10.23-1.pgdg110+1)"] {
            assert!(too_old(old).unwrap().to_string().contains(old));
        }
        for good in ["11.0", "15.14 (Debian 15.14-0+deb12u1)", "18beta1", ""] {
            assert!(too_old(good).is_none(), "{good}");
        }
    }
}
