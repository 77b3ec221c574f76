//! Finds out why a connection dies below gRPC: one bare handshake and one byte.
//!
//! With TLS 1.3 a client has finished its handshake before the server has looked at its
//! certificate, so that a refusal shows only in the first read, where gRPC loses it.

use crate::{TrustError, server_name};
use ocdeck_domain::ids::ApplianceId;
use rustls::{AlertDescription, CertificateError, ClientConfig, Error};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long the other side may take to say no.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which certificate is refused and why, over a fresh connection to the appliance.
/// `None`: TLS works, or the trouble is not about certificates.
///
/// # Errors
/// When the id is not a DNS label.
pub async fn why_refused<S>(
    stream: S,
    config: Arc<ClientConfig>,
    appliance: &ApplianceId,
) -> Result<Option<String>, TrustError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let name = server_name(appliance)?;
    let error = match timeout(PATIENCE, TlsConnector::from(config).connect(name, stream)).await {
        Err(_) => return Ok(None),
        Ok(Err(error)) => error,
        Ok(Ok(mut stream)) => match timeout(PATIENCE, stream.read_u8()).await {
            Ok(Err(error)) => error,
            Ok(Ok(_)) | Err(_) => return Ok(None),
        },
    };
    Ok(reason(&error, appliance))
}

fn reason(error: &io::Error, appliance: &ApplianceId) -> Option<String> {
    match error.get_ref()?.downcast_ref::<Error>()? {
        Error::InvalidCertificate(error) => Some(theirs(error, appliance)),
        Error::AlertReceived(alert) => ours(*alert, appliance),
        _ => None,
    }
}

/// We refuse the appliance's certificate.
fn theirs(error: &CertificateError, appliance: &ApplianceId) -> String {
    use CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } => format!(
            "the certificate of {appliance} has expired; issue a new one on its side: \
             ocdeck pki issue appliance {appliance}"
        ),
        E::NotValidYet | E::NotValidYetContext { .. } => format!(
            "the certificate of {appliance} is not valid yet; is the clock of this machine right?"
        ),
        E::UnknownIssuer | E::BadSignature => {
            format!(
                "the certificate of {appliance} was issued by another CA than the one trusted here"
            )
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            format!("another appliance than {appliance} answers at this address")
        }
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
            format!("what answers for {appliance} shows a certificate that is not an appliance's")
        }
        other => format!("the certificate of {appliance} is refused here: {other:?}"),
    }
}

/// The appliance refuses our certificate.
fn ours(alert: AlertDescription, appliance: &ApplianceId) -> Option<String> {
    use AlertDescription as A;
    let why = match alert {
        A::CertificateExpired => "it has expired by the appliance's clock",
        A::UnknownCA | A::DecryptError => "it was issued by another CA than the appliance trusts",
        A::UnsupportedCertificate => "it is not a person's certificate",
        A::CertificateRevoked => "it is revoked",
        A::BadCertificate | A::CertificateUnknown | A::AccessDenied => "it is not accepted there",
        A::CertificateRequired => "none was shown",
        _ => return None,
    };
    Some(format!("{appliance} refuses our certificate: {why}"))
}
