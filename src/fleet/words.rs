//! Why a link or a call failed, in words that say what to do.

use super::convert::clean;
use crate::state::msg::{CallError, CallErrorKind};
use ocdeck_domain::ids::ApplianceId;
use std::{error::Error, io, time::Duration};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// TCP was refused.
pub(super) fn connect(address: &str, error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => format!(
            "nobody listens at {address}; start `ocdeck appliance serve` there, or correct the \
             address in the directory or in fleet.toml"
        ),
        Kind::HostUnreachable | Kind::NetworkUnreachable => {
            format!("there is no route to {address}; check the VPN and the network")
        }
        Kind::TimedOut => format!("no answer from {address}; the host is down or a firewall drops"),
        Kind::InvalidInput => {
            format!("{address} is no address; correct it in the directory or in fleet.toml")
        }
        _ if error.raw_os_error().is_none() => {
            format!("the name in {address} cannot be resolved: {error}; check the address and DNS")
        }
        _ => format!("{address} cannot be reached: {error}"),
    }
}

/// TCP was never answered.
pub(super) fn black_hole(address: &str, waited: Duration) -> String {
    format!(
        "no answer from {address} within {} s; the host is down or a firewall drops",
        waited.as_secs()
    )
}

/// TCP works, TLS is not answered.
pub(super) fn mute(address: &str, waited: Duration) -> String {
    format!(
        "{address} accepts connections but does not answer within {} s; the agent hangs, or \
         another program listens there",
        waited.as_secs()
    )
}

/// TLS failed and no certificate is to blame.
pub(super) fn handshake(address: &str, error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::UnexpectedEof | Kind::ConnectionReset | Kind::BrokenPipe => {
            format!("{address} closed the connection during the TLS handshake")
        }
        _ => format!("TLS with {address} failed: {error}; is it an appliance?"),
    }
}

/// `Describe` or `Watch` was answered with an error.
pub(super) fn refused(appliance: &ApplianceId, status: &Status) -> String {
    let text = clean(status.message().to_owned());
    if is_expired(status) {
        return format!("{appliance} is connected but does not answer");
    }
    if is_transport(status) {
        return format!("the connection to {appliance} broke: {}", cause(status));
    }
    match status.code() {
        Code::PermissionDenied | Code::Unauthenticated => {
            format!("{appliance} does not serve you: {text}")
        }
        Code::Unimplemented => format!(
            "{appliance} runs an agent that this console cannot talk to; update the older of the two"
        ),
        Code::OutOfRange => format!("{appliance} sent a message beyond the limit: {text}"),
        code => format!("{appliance} answered with an error ({code:?}): {text}"),
    }
}

/// Whether the time for an answer was over, by the appliance's clock or by ours.
pub(super) fn is_expired(status: &Status) -> bool {
    status.code() == Code::DeadlineExceeded
        || (status.code() == Code::Cancelled && status.message().contains("Timeout expired"))
}

/// Whether an error came from the connection and not from the appliance.
pub(super) fn is_transport(status: &Status) -> bool {
    status.source().is_some()
}

/// The innermost cause that a status carries.
fn cause(status: &Status) -> String {
    let mut cause: &dyn Error = status;
    while let Some(next) = cause.source() {
        cause = next;
    }
    clean(cause.to_string())
}

/// A call failed.
pub(super) fn call_failed(appliance: &ApplianceId, status: &Status, mutates: bool) -> CallError {
    if is_expired(status) {
        return timed_out(appliance, mutates);
    }
    if is_transport(status) {
        let doubt = if mutates {
            "; it is not known whether it was done"
        } else {
            ""
        };
        return CallError {
            kind: CallErrorKind::LinkLost,
            text: format!("the link to {appliance} broke during the call{doubt}"),
            code: String::new(),
        };
    }
    let code = status
        .get_details_error_info()
        .map(|info| clean(info.reason))
        .unwrap_or_default();
    let text = match clean(status.message().to_owned()) {
        text if text.is_empty() => format!("{appliance} refused ({:?})", status.code()),
        text => text,
    };
    CallError {
        kind: CallErrorKind::Refused,
        text,
        code,
    }
}

/// A call was not answered in time.
pub(super) fn timed_out(appliance: &ApplianceId, mutates: bool) -> CallError {
    let rest = if mutates {
        "it is not known whether it was done"
    } else {
        "try again"
    };
    CallError {
        kind: CallErrorKind::TimedOut,
        text: format!("{appliance} did not answer in time; {rest}"),
        code: String::new(),
    }
}

/// A call found no link.
pub(super) fn no_link(appliance: &ApplianceId, why: &str) -> CallError {
    CallError {
        kind: CallErrorKind::LinkLost,
        text: format!("not sent, {appliance} is not linked: {why}"),
        code: String::new(),
    }
}

/// An answer could not be understood.
pub(super) fn malformed(appliance: &ApplianceId, what: &dyn std::fmt::Display) -> CallError {
    CallError {
        kind: CallErrorKind::Refused,
        text: format!("{appliance} answered with something this console does not accept: {what}"),
        code: "MALFORMED".to_owned(),
    }
}
