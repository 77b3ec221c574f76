//! Takes connections: TCP, a TLS handshake with both certificates, then HTTP/2.
//!
//! Our own acceptor, because the configuration must be exchangeable while it runs (a renewed
//! certificate), because a connection must not outlive its certificate (expired, revoked), and
//! because a slow or greedy peer must not cost anybody else anything: handshakes have a time
//! limit and connections a number.

use crate::service::{Api, Authorise};
use chrono::Utc;
use ocdeck_trust::{IdentityError, Peer, Revoked};
use rustls::ServerConfig;
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Server, server::Connected};

/// After a failed accept, such as for want of file descriptors.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// How long calls may go on after the sign to stop.
const GRACE: Duration = Duration::from_secs(2);

/// How long a connection of an expired certificate is waited for at a time: a clock that is set
/// meanwhile must not keep it.
const LOOK: Duration = Duration::from_secs(2);

/// The TLS configuration for new connections and the certificates that were taken back;
/// exchangeable.
#[derive(Clone)]
pub struct Tls(Arc<watch::Sender<Trusted>>);

#[derive(Clone)]
struct Trusted {
    config: Arc<ServerConfig>,
    revoked: Arc<Revoked>,
}

impl Tls {
    /// With this configuration, made with the list that `revoked` was read from.
    pub fn new(config: Arc<ServerConfig>, revoked: Revoked) -> Self {
        let revoked = Arc::new(revoked);
        Self(Arc::new(watch::Sender::new(Trusted { config, revoked })))
    }

    /// New connections get this one; those that stand keep theirs, unless their certificate
    /// is now revoked: those end at once.
    pub fn replace(&self, config: Arc<ServerConfig>, revoked: Revoked) {
        let revoked = Arc::new(revoked);
        self.0.send_replace(Trusted { config, revoked });
    }

    fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.borrow().config)
    }

    /// Waits until a certificate is worth nothing any more, and says why.
    async fn until_worthless(&self, peer: &Peer) -> &'static str {
        let mut trusted = self.0.subscribe();
        loop {
            if trusted
                .borrow_and_update()
                .revoked
                .since(&peer.serial)
                .is_some()
            {
                return "its certificate was revoked";
            }
            let left = (peer.not_after - Utc::now()).to_std().unwrap_or_default();
            if left.is_zero() {
                return "its certificate has expired";
            }
            tokio::select! {
                Ok(()) = trusted.changed() => {}
                () = sleep(left.min(LOOK)) => {}
            }
        }
    }
}

/// What peers may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A handshake takes longer: the connection is dropped.
    pub handshake: Duration,
    /// Connections at a time, those in their handshake among them.
    pub connections: usize,
    /// Calls at a time on one connection.
    pub calls: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            connections: 256,
            calls: 64,
        }
    }
}

/// Serving ended in an error.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The services cannot be put together.
    #[error("the contract that reflection shows is broken: {0}")]
    Contract(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("serving failed: {0}")]
    Serve(#[from] tonic::transport::Error),
}

/// Serves until `shutdown`, then ends the streams and waits a little for the calls under way.
///
/// # Errors
/// When the services cannot be put together or the transport fails.
pub async fn serve(
    listener: TcpListener,
    tls: Tls,
    api: Api,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ListenError> {
    let (stop, stopping) = watch::channel(false);
    let routes = api.routes(stopping.clone()).await?;
    let (to_server, incoming) = mpsc::channel(16);
    let acceptor = Acceptor {
        tls,
        limits,
        slots: Arc::new(Semaphore::new(limits.connections)),
        to_server,
    };
    let accepting = tokio::spawn(acceptor.run(listener));
    let mut gone = stopping.clone();
    let serving = Server::builder()
        .max_concurrent_streams(limits.calls)
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(20)))
        .layer(Authorise::new(api.facts.clone(), api.tenants.clone()))
        .add_routes(routes)
        .serve_with_incoming_shutdown(ReceiverStream::new(incoming), async move {
            // An error means that `stop` is dropped: over as well.
            let _ = gone.wait_for(|stop| *stop).await;
        });
    let ending = async {
        shutdown.await;
        accepting.abort();
        stop.send_replace(true);
        sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served?,
        // Whoever still talks after the grace is cut off.
        () = ending => {}
    }
    Ok(())
}

struct Acceptor {
    tls: Tls,
    limits: Limits,
    slots: Arc<Semaphore>,
    to_server: mpsc::Sender<Result<Stream, io::Error>>,
}

impl Acceptor {
    async fn run(self, listener: TcpListener) {
        loop {
            let (stream, address) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be taken");
                    sleep(AFTER_FAILURE).await;
                    continue;
                }
            };
            let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
                tracing::warn!(%address, "a connection is refused: there are too many");
                continue;
            };
            let tls = self.tls.clone();
            let (limit, to_server) = (self.limits.handshake, self.to_server.clone());
            tokio::spawn(async move {
                match timeout(limit, shake_hands(tls, stream, address, slot)).await {
                    // The server is gone when this fails.
                    Ok(Ok(stream)) => drop(to_server.send(Ok(stream)).await),
                    Ok(Err(why)) => tracing::info!(%address, why, "a connection is refused"),
                    Err(_) => tracing::info!(%address, "a handshake took too long"),
                }
            });
        }
    }
}

async fn shake_hands(
    trust: Tls,
    stream: TcpStream,
    address: SocketAddr,
    slot: OwnedSemaphorePermit,
) -> Result<Stream, String> {
    // Small messages go at once; that it cannot be set is no reason to refuse.
    let _ = stream.set_nodelay(true);
    let tls = TlsAcceptor::from(trust.current())
        .accept(stream)
        .await
        .map_err(|error| error.to_string())?;
    let certificate = tls
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first());
    let certificate = certificate.ok_or_else(|| "no certificate was shown".to_owned())?;
    let peer = Peer::from_der(certificate);
    let cut = match peer.clone() {
        Ok(peer) => {
            let (over, cut) = oneshot::channel();
            tokio::spawn(guard(trust, peer, address, over));
            Cut::When(cut)
        }
        // It is allowed nothing anyway.
        Err(_) => Cut::Never,
    };
    Ok(Stream {
        tls,
        connection: Connection { peer, address },
        cut,
        _slot: slot,
    })
}

/// Cuts a connection off when its certificate is worth nothing any more: the streams on it were
/// allowed once and would go on for ever.
async fn guard(trust: Tls, peer: Peer, address: SocketAddr, mut over: oneshot::Sender<()>) {
    tokio::select! {
        why = trust.until_worthless(&peer) => {
            tracing::warn!(%address, serial = peer.serial, why, "a connection is ended");
            // It ended by itself when this fails.
            let _ = over.send(());
        }
        () = over.closed() => {}
    }
}

/// Who is at the other end of a connection; in the extensions of each of its requests.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Who, by certificate. One of the CA that names nobody is told why in its first call.
    pub peer: Result<Peer, IdentityError>,
    /// From where.
    pub address: SocketAddr,
}

/// An accepted connection; it holds its place until it ends.
struct Stream {
    tls: TlsStream<TcpStream>,
    connection: Connection,
    cut: Cut,
    _slot: OwnedSemaphorePermit,
}

/// Whether a connection is cut off.
enum Cut {
    /// It never is.
    Never,
    /// When this comes: the certificate is worth nothing any more.
    When(oneshot::Receiver<()>),
    /// It is.
    Off,
}

impl Cut {
    /// Whether it is cut off; else the task is woken when it will be.
    fn is_off(&mut self, cx: &mut Context<'_>) -> bool {
        if let Self::When(cut) = self
            && Pin::new(cut).poll(cx).is_ready()
        {
            *self = Self::Off;
        }
        matches!(self, Self::Off)
    }
}

impl Connected for Stream {
    type ConnectInfo = Connection;

    fn connect_info(&self) -> Connection {
        self.connection.clone()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.cut.is_off(cx) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.tls).poll_read(cx, into)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tls).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }
}
