//! Refusals as gRPC codes with `google.rpc` details: a stable reason for programs, a
//! sentence for people.

use crate::{state::StateError, work::Refusal};
use ocdeck_trust::Role;
use std::collections::HashMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of the reasons in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "ocdeck";

fn with_reason(code: Code, reason: &str, text: impl Into<String>) -> Status {
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, text, details)
}

/// A refusal of the work.
pub(super) fn from_refusal(refusal: &Refusal) -> Status {
    let text = refusal.to_string();
    match refusal {
        Refusal::NotFound(_) => with_reason(Code::NotFound, "NOT_FOUND", text),
        Refusal::AlreadyExists(_) => with_reason(Code::AlreadyExists, "ALREADY_EXISTS", text),
        Refusal::FailedPrecondition { code, .. } => {
            with_reason(Code::FailedPrecondition, code, text)
        }
        Refusal::PermissionDenied(_) => with_reason(Code::PermissionDenied, "NOT_ALLOWED", text),
        Refusal::InvalidArgument { field, text } => invalid(field, text),
        Refusal::Unavailable(_) => with_reason(Code::Unavailable, "UNAVAILABLE", text),
        Refusal::Cancelled => with_reason(Code::Cancelled, "CANCELLED", text),
        Refusal::Internal(_) => internal(&text),
    }
}

/// A field of a call is wrong.
pub(super) fn invalid(field: &str, text: &str) -> Status {
    let mut details = ErrorDetails::with_bad_request_violation(field, text);
    details.set_error_info("INVALID_ARGUMENT", DOMAIN, HashMap::new());
    Status::with_error_details(Code::InvalidArgument, format!("{field}: {text}"), details)
}

/// There is no such thing, or not for this caller: the two are not told apart.
pub(super) fn not_found(what: &str, id: &str) -> Status {
    with_reason(
        Code::NotFound,
        "NOT_FOUND",
        format!("no {what} \"{id}\" here"),
    )
}

/// The role does not allow a call.
pub(super) fn role_refused(role: Role, path: &str) -> Status {
    let method = path.rsplit('/').next().unwrap_or(path);
    with_reason(
        Code::PermissionDenied,
        "ROLE",
        format!("the role {role} may not call {method}"),
    )
}

/// A fault of the appliance.
pub(super) fn internal(text: &str) -> Status {
    with_reason(Code::Internal, "INTERNAL", text)
}

/// The agent stops; the caller may dial again.
pub(super) fn stopping() -> Status {
    with_reason(
        Code::Unavailable,
        "STOPPING",
        "the appliance's agent is stopping",
    )
}

/// The appliance's disk refuses.
pub(super) fn from_state(error: &StateError) -> Refusal {
    Refusal::Internal(error.to_string())
}
