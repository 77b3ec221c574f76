//! What the console asks for, as the wire spells it.

use crate::state::effect;
use chrono::{DateTime, Utc};
use ocdeck_domain::restore::{Order, OverwritePolicy, Target};
use ocdeck_proto::v1 as wire;
use prost_types::Timestamp;

/// Why a call is made.
pub(in crate::fleet) fn intent(value: &effect::Intent) -> wire::Intent {
    wire::Intent {
        reason: value.reason.clone(),
        reference: value.reference.clone(),
    }
}

/// What is to be restored.
pub(in crate::fleet) fn order(value: &Order) -> wire::RestoreOrder {
    use wire::target::Place;
    let place = match &value.target {
        Target::Original => Place::Original(wire::OriginalPlace {}),
        Target::OtherPath(path) => Place::OtherPath(wire::OtherPath { path: path.clone() }),
        Target::OtherSystem(system) => Place::OtherSystem(wire::OtherSystem {
            system_id: system.to_string(),
        }),
        Target::Staging(reference) => Place::Staging(wire::Staging {
            reference: reference.clone(),
        }),
    };
    wire::RestoreOrder {
        system_id: value.system.to_string(),
        point_id: value.point.to_string(),
        paths: value.paths.clone(),
        target: Some(wire::Target { place: Some(place) }),
        policy: policy(value.policy).into(),
    }
}

fn policy(value: OverwritePolicy) -> wire::OverwritePolicy {
    match value {
        OverwritePolicy::KeepExisting => wire::OverwritePolicy::KeepExisting,
        OverwritePolicy::KeepBoth => wire::OverwritePolicy::KeepBoth,
        OverwritePolicy::ReplaceIfNewer => wire::OverwritePolicy::ReplaceIfNewer,
        OverwritePolicy::ReplaceChanged => wire::OverwritePolicy::ReplaceChanged,
        OverwritePolicy::ReplaceAll => wire::OverwritePolicy::ReplaceAll,
    }
}

/// A restore to order.
pub(in crate::fleet) fn dispatch(value: &effect::Dispatch) -> wire::DispatchRequest {
    let break_glass = value
        .break_glass
        .as_ref()
        .map(|(reason, duty_manager, called_at)| wire::BreakGlass {
            reason: reason.clone(),
            duty_manager: duty_manager.clone(),
            called_at: Some(timestamp(*called_at)),
        });
    wire::DispatchRequest {
        request_id: value.request.to_string(),
        attempt: value.attempt,
        order: Some(order(&value.order)),
        plan_digest: value.digest.clone(),
        intent: Some(intent(&value.intent)),
        priority: u32::from(value.priority.number()),
        requester: value.requester.clone(),
        break_glass,
        asked_by: value.asked_by.clone(),
    }
}

/// Yes to a restore that awaits approval.
pub(in crate::fleet) fn approval(value: &effect::Verdict) -> wire::ApproveRequest {
    wire::ApproveRequest {
        request_id: value.request.to_string(),
        attempt: value.attempt,
        plan_digest: value.digest.clone(),
        intent: Some(intent(&value.intent)),
    }
}

/// No to a restore that awaits approval.
pub(in crate::fleet) fn rejection(value: &effect::Verdict) -> wire::RejectRequest {
    wire::RejectRequest {
        request_id: value.request.to_string(),
        attempt: value.attempt,
        plan_digest: value.digest.clone(),
        intent: Some(intent(&value.intent)),
    }
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        // A leap second counts beyond 10⁹, which the wire does not allow.
        nanos: i32::try_from(at.timestamp_subsec_nanos().min(999_999_999)).unwrap_or(0),
    }
}
