//! Dialling: TCP, TLS, HTTP/2; never plaintext. The TLS server name is the appliance's own
//! whatever address is dialled, so that a forwarded port or a pass-through cannot
//! stand in for another appliance.

use super::{Link, Me, words};
use crate::desk::Clock;
use hyper_util::rt::TokioIo;
use ocdeck_trust::{
    Peer, Purpose, TrustError, check_own, dns_name, load_client, server_name, why_refused,
};
use rustls::ClientConfig;
use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpStream, sync::Semaphore, time::timeout};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

/// How long a TCP connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(8);
/// Dials in flight at once: a fleet that comes back takes its turns.
pub(super) const DIALS: usize = 256;
/// HTTP/2 window of a stream: little can lie in flight, so that data is fresh when flooded.
const STREAM_WINDOW: u32 = 32 * 1024;
/// HTTP/2 window of a connection.
const CONNECTION_WINDOW: u32 = 64 * 1024;
/// A silent connection is asked for a sign of life after so long …
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// … and given up after so much more.
const KEEP_ALIVE_PATIENCE: Duration = Duration::from_secs(10);

/// Dials with one certificate and one TLS session cache for all links.
pub(super) struct Dialler {
    tls: Mutex<Arc<ClientConfig>>,
    sessions: AtomicUsize,
    me: Me,
    slots: Semaphore,
    /// The time base of what comes in.
    pub(super) clock: Clock,
}

/// Why there is no connection, in words that say what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    /// No TCP connection.
    #[error("{0}")]
    Tcp(String),
    /// TLS or a certificate.
    #[error("{0}")]
    Tls(String),
    /// HTTP/2.
    #[error("{address} speaks TLS but no HTTP/2: {source}; is it an appliance?")]
    Http {
        /// Where.
        address: String,
        /// Why.
        source: tonic::transport::Error,
    },
    /// The id cannot be a server name.
    #[error(transparent)]
    Id(#[from] TrustError),
}

impl Dialler {
    /// Keeps so many TLS sessions, of all links.
    ///
    /// # Errors
    /// When one's own certificate, key or CA cannot be used.
    pub(super) fn new(me: Me, sessions: usize, clock: Clock) -> Result<Self, TrustError> {
        let tls = load_client(&me.cert, &me.key, &me.ca, sessions)?;
        Ok(Self {
            tls: Mutex::new(tls),
            sessions: AtomicUsize::new(sessions),
            me,
            slots: Semaphore::new(DIALS),
            clock,
        })
    }

    /// Keeps at least so many TLS sessions: the fleet has grown.
    pub(super) fn hold(&self, sessions: usize) {
        if self.sessions.fetch_max(sessions, Ordering::Relaxed) < sessions {
            self.read_again();
        }
    }

    /// Certificate, key and CA as they are on the disk now; what cannot be used is not.
    fn read_again(&self) {
        let Me { cert, key, ca } = &self.me;
        let sessions = self.sessions.load(Ordering::Relaxed);
        if let Ok(tls) = load_client(cert, key, ca, sessions) {
            *super::lock(&self.tls) = tls;
        }
    }

    fn tls(&self) -> Arc<ClientConfig> {
        super::lock(&self.tls).clone()
    }

    /// How many may dial now.
    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.slots.available_permits()
    }

    /// A connection that serves until it breaks; nothing redials behind our back.
    pub(super) async fn dial(&self, link: &Link) -> Result<Channel, DialError> {
        Ok(self.dial_and_look(link).await?.0)
    }

    /// The same, with what the appliance's certificate says.
    pub(super) async fn dial_and_look(
        &self,
        link: &Link,
    ) -> Result<(Channel, Option<Peer>), DialError> {
        let _slot = self.slots.acquire().await;
        let name = server_name(&link.appliance)?;
        let tcp = tcp(link).await?;
        let connector = TlsConnector::from(self.tls());
        let stream = match timeout(HANDSHAKE, connector.connect(name, tcp)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                let why = self.refused(link).await;
                return Err(DialError::Tls(
                    why.unwrap_or_else(|| words::handshake(dialled(link), &error)),
                ));
            }
            Err(_) => return Err(DialError::Tls(words::mute(dialled(link), HANDSHAKE))),
        };
        let shown = stream.get_ref().1.peer_certificates();
        let shown = shown.and_then(|chain| Peer::from_der(chain.first()?).ok());
        Ok((channel(link, stream).await?, shown))
    }

    /// Why the first call died below gRPC: our own certificate first, then one bare
    /// handshake. `None`: certificates are not the trouble.
    pub(super) async fn refused(&self, link: &Link) -> Option<String> {
        let Me { cert, key, ca } = &self.me;
        if let Err(error) = check_own(Purpose::Client, cert, key, ca, chrono::Utc::now()) {
            return Some(error.to_string());
        }
        // What is on the disk is good: it may have been renewed since it was read.
        self.read_again();
        let tcp = tcp(link).await.ok()?;
        why_refused(tcp, self.tls(), &link.appliance)
            .await
            .ok()
            .flatten()
    }
}

/// The address that is dialled.
fn dialled(link: &Link) -> &str {
    link.via.as_deref().unwrap_or(&link.address)
}

async fn tcp(link: &Link) -> Result<TcpStream, DialError> {
    let address = dialled(link);
    let stream = match timeout(CONNECT, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(DialError::Tcp(words::connect(address, &error))),
        Err(_) => return Err(DialError::Tcp(words::black_hole(address, CONNECT))),
    };
    // Small messages must not wait for the acknowledgement of those before; a socket that
    // refuses the option is slower, not broken.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

type Tls = tokio_rustls::client::TlsStream<TcpStream>;

/// HTTP/2 over a stream that stands.
async fn channel(link: &Link, stream: Tls) -> Result<Channel, DialError> {
    let http = |source| DialError::Http {
        address: dialled(link).to_owned(),
        source,
    };
    // The scheme tells tonic to leave TLS to us; the origin is what the appliance reads.
    let name = dns_name(&link.appliance);
    let mut endpoint = Endpoint::from_shared(format!("http://{name}")).map_err(http)?;
    if let Ok(origin) = format!("https://{name}").parse() {
        endpoint = endpoint.origin(origin);
    }
    let once = Mutex::new(Some(stream));
    let connector = tower::service_fn(move |_| {
        let stream = super::lock(&once).take();
        async move {
            stream
                .map(TokioIo::new)
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected))
        }
    });
    endpoint
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_PATIENCE)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .buffer_size(64)
        .connect_timeout(HANDSHAKE)
        .connect_with_connector(connector)
        .await
        .map_err(http)
}
