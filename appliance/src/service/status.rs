//! Refusals as gRPC codes with `google.rpc` details: a stable reason for programs, a
//! sentence for people. The table for integrators is in `docs/api.md`.

use crate::{state::StateError, work::Refusal};
use ocdeck_trust::Role;
use std::{collections::HashMap, time::Duration};
use tonic::{Code, Status, body::Body, codegen::http};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of the reasons in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "ocdeck";
/// Bytes of a sentence. It travels in a header, twice and encoded; clients take 8 kB of those.
const SENTENCE: usize = 1000;
/// When a call may be tried again.
const RETRY: Duration = Duration::from_secs(5);

/// A refusal being put together.
struct Refused {
    code: Code,
    text: String,
    details: ErrorDetails,
}

impl Refused {
    fn new(code: Code, reason: &str, text: impl Into<String>) -> Self {
        Self::with(code, reason, text, HashMap::new())
    }

    /// With more about the reason, for programs.
    fn with(
        code: Code,
        reason: &str,
        text: impl Into<String>,
        about: HashMap<String, String>,
    ) -> Self {
        Self {
            code,
            text: cut(text.into()),
            details: ErrorDetails::with_error_info(reason, DOMAIN, about),
        }
    }

    fn status(self) -> Status {
        Status::with_error_details(self.code, self.text, self.details)
    }
}

fn cut(mut text: String) -> String {
    if text.len() > SENTENCE {
        let mut end = SENTENCE - '…'.len_utf8();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

/// A refusal of the work.
pub(super) fn from_refusal(refusal: &Refusal) -> Status {
    let text = refusal.to_string();
    match refusal {
        Refusal::NotFound(_) => Refused::new(Code::NotFound, "NOT_FOUND", text).status(),
        Refusal::AlreadyExists { code, first, .. } => {
            let first = first
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()));
            Refused::with(Code::AlreadyExists, code, text, first.collect()).status()
        }
        Refusal::FailedPrecondition { code, .. } => {
            let mut refused = Refused::new(Code::FailedPrecondition, code, text);
            let text = refused.text.clone();
            refused
                .details
                .add_precondition_failure_violation(*code, "", text);
            refused.status()
        }
        Refusal::PermissionDenied(_) => {
            Refused::new(Code::PermissionDenied, "NOT_ALLOWED", text).status()
        }
        Refusal::SamePerson(_) => {
            Refused::new(Code::PermissionDenied, "SAME_PERSON", text).status()
        }
        Refusal::InvalidArgument { field, text } => invalid(field, text),
        Refusal::Unavailable(_) => later(Code::Unavailable, "UNAVAILABLE", text),
        Refusal::Cancelled => Refused::new(Code::Cancelled, "CANCELLED", text).status(),
        Refusal::Internal(_) => internal(&text),
    }
}

/// Trying again may help.
fn later(code: Code, reason: &str, text: impl Into<String>) -> Status {
    let mut refused = Refused::new(code, reason, text);
    refused.details.set_retry_info(Some(RETRY));
    refused.status()
}

/// A field of a call is wrong.
pub(super) fn invalid(field: &str, text: &str) -> Status {
    let text = cut(text.to_owned());
    let mut refused = Refused::new(
        Code::InvalidArgument,
        "INVALID_ARGUMENT",
        format!("{field}: {text}"),
    );
    refused.details.add_bad_request_violation(field, text);
    refused.status()
}

/// There is no such thing, or not for this caller: the two are not told apart.
pub(super) fn not_found(what: &str, id: &str) -> Status {
    let text = format!("no {what} \"{id}\" here");
    let mut refused = Refused::new(Code::NotFound, "NOT_FOUND", text);
    let id = cut(id.to_owned());
    refused.details.set_resource_info(what, id, "", "");
    refused.status()
}

/// The role does not allow a call.
pub(super) fn role_refused(role: Role, path: &str, allowed: &[Role]) -> Status {
    let method = path.rsplit('/').next().unwrap_or(path);
    let allowed: Vec<_> = allowed.iter().map(|role| role.name()).collect();
    let text = format!(
        "the role {role} may not call {method}; these may: {}",
        allowed.join(", ")
    );
    let about = [("role", role.name()), ("method", method)];
    let about = about.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Refused::with(Code::PermissionDenied, "ROLE", text, about.into()).status()
}

/// Who calls is not known, or not any more.
pub(super) fn nobody(reason: &str, text: &str) -> Status {
    Refused::new(Code::Unauthenticated, reason, text).status()
}

/// There is no such call.
pub(super) fn unknown_call(path: &str) -> Status {
    let text = format!("this appliance has no {path}");
    Refused::new(Code::Unimplemented, "UNKNOWN_CALL", text).status()
}

/// Others are at it already, as many as may.
pub(super) fn busy(text: &str) -> Status {
    later(Code::ResourceExhausted, "BUSY", text)
}

/// A fault of the appliance.
pub(super) fn internal(text: &str) -> Status {
    Refused::new(Code::Internal, "INTERNAL", text).status()
}

/// The agent stops; the caller may dial again.
pub(super) fn stopping() -> Status {
    later(
        Code::Unavailable,
        "STOPPING",
        "the appliance's agent is stopping",
    )
}

/// The appliance's disk refuses.
pub(super) fn from_state(error: &StateError) -> Refusal {
    Refusal::Internal(error.to_string())
}

/// A message beyond the limit is refused inside tonic, with a code for positions in files and
/// no details: the same in the words of this contract.
pub(super) fn mended(answer: http::Response<Body>) -> http::Response<Body> {
    match Status::from_header_map(answer.headers()) {
        Some(status) if is_too_large(&status) => too_large().into_http(),
        _ => answer,
    }
}

/// An error of a stream of requests, likewise.
pub(super) fn of_stream(status: Status) -> Status {
    if is_too_large(&status) {
        too_large()
    } else {
        status
    }
}

fn is_too_large(status: &Status) -> bool {
    status.code() == Code::OutOfRange && status.message().contains("message length too large")
}

fn too_large() -> Status {
    let text = format!(
        "a message to an appliance has at most {} MiB; send less in it, such as folders instead of their files",
        super::MAX_REQUEST / 1024 / 1024
    );
    Refused::new(Code::ResourceExhausted, "TOO_LARGE", text).status()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_fits_into_a_header_whatever_stands_in_it() {
        let status = not_found("system", &"é".repeat(100_000));
        assert!(
            status.message().len() <= SENTENCE,
            "{}",
            status.message().len()
        );
        assert!(status.message().ends_with('…'));
        let headers = status.into_http::<Body>();
        let size: usize = headers.headers().iter().map(|(_, value)| value.len()).sum();
        assert!(size < 8 * 1024, "{size} bytes");
    }
}
