//! TLS to the server: rustls with the stock verifier. The name in the address must stand in the
//! server's certificate.

use super::address::AddressError;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use std::{
    future::Future,
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;

/// Whether a connection is encrypted.
#[derive(Clone)]
pub(super) enum Tls {
    /// Over a local socket, and where a person asked for it on this host.
    Never,
    /// Always, and the server must prove who it is.
    Always(Arc<ClientConfig>),
}

impl Tls {
    /// With the authorities in `root`; `pair` is one's own certificate and its key.
    pub(super) fn load(
        root: &Path,
        pair: Option<&(PathBuf, PathBuf)>,
    ) -> Result<Self, AddressError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(root)? {
            roots
                .add(certificate)
                .map_err(|error| unusable(root, &error))?;
        }
        let builder =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| unusable(root, &error))?
                .with_root_certificates(roots);
        let config = match pair {
            None => builder.with_no_client_auth(),
            Some((cert, key)) => {
                let private =
                    PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &error))?;
                builder
                    .with_client_auth_cert(certificates(cert)?, private)
                    .map_err(|error| unusable(cert, &error))?
            }
        };
        Ok(Self::Always(Arc::new(config)))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, AddressError> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(path, &error))?;
    if found.is_empty() {
        return Err(unusable(path, &"it holds no certificate"));
    }
    Ok(found)
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> AddressError {
    AddressError::File {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

/// Makes the encrypted side of a connection.
#[derive(Clone)]
pub(super) struct Maker(pub(super) Arc<ClientConfig>);

impl<S> MakeTlsConnect<S> for Maker
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type TlsConnect = Connector;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Connector> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Connector(TlsConnector::from(self.0.clone()), name))
    }
}

/// One handshake.
pub(super) struct Connector(TlsConnector, ServerName<'static>);

impl<S> TlsConnect<S> for Connector
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { Ok(Stream(self.0.connect(self.1, stream).await?)) })
    }
}

/// An encrypted connection.
pub(super) struct Stream<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        // The certificate is checked; a binding would say the same once more.
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
