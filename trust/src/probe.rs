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
const PATIENCE: Duration = Duration::from_secs(5);

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
            "the certificate of {appliance} has expired; renew it where the key of the CA is, \
             with `ocdeck pki renew {appliance}`, and copy it to the appliance, which takes it up \
             by itself"
        ),
        E::NotValidYet | E::NotValidYetContext { .. } => format!(
            "the certificate of {appliance} is not valid yet; is the clock of this machine right, \
             and that of the one that issued it?"
        ),
        E::UnknownIssuer | E::BadSignature => {
            format!(
                "the certificate of {appliance} was issued by another CA than the one trusted here; \
                 correct ca in [me] of fleet.toml, or issue one here with \
                 `ocdeck pki issue appliance {appliance}`"
            )
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            format!(
                "another appliance than {appliance} answers at this address; correct id or address \
                 in fleet.toml"
            )
        }
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
            format!(
                "what answers for {appliance} shows a certificate that is not an appliance's (it \
                 lacks the purpose serverAuth); issue one with `ocdeck pki issue appliance {appliance}`"
            )
        }
        other => format!("the certificate of {appliance} is refused here: {other:?}"),
    }
}

/// The appliance refuses our certificate.
fn ours(alert: AlertDescription, appliance: &ApplianceId) -> Option<String> {
    use AlertDescription as A;
    let why = match alert {
        A::CertificateExpired => {
            "by its clock it has expired or is not valid yet; compare the clocks of both machines"
        }
        A::UnknownCA | A::DecryptError => {
            "it was issued by another CA than the appliance trusts; compare ca in [tls] of its \
             appliance.toml with the CA that issued ours"
        }
        A::UnsupportedCertificate => {
            "it is not a person's certificate (it lacks the purpose clientAuth); issue one with \
             `ocdeck pki issue person NAME --role technician`"
        }
        A::CertificateRevoked => {
            "it is revoked; ask who keeps the CA, who issues another with \
             `ocdeck pki issue person NAME --role ROLE`"
        }
        A::BadCertificate | A::CertificateUnknown | A::AccessDenied => {
            "it is not accepted there; the appliance's log says why"
        }
        A::CertificateRequired => "none was shown",
        _ => return None,
    };
    Some(format!("{appliance} refuses our certificate: {why}"))
}
