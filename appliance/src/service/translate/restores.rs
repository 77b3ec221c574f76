//! Orders, plans and dispatches, both ways.

use super::{facts::amount, id, times, words};
use crate::{
    service::status::invalid,
    work::{BreakGlass, Dispatch, Intent, Verdict},
};
use ocdeck_domain::{
    facts::{Finding, Outlook, PathBytes, Plan, PlanAction, PlanEntry, Time},
    ids::{PointId, RequestId, SystemId},
    priority::Priority,
    restore::{Order, OverwritePolicy, Target},
};
use ocdeck_proto::v1::{self, target::Place};
use tonic::Status;
use uuid::Uuid;

const DIGEST_BYTES: usize = 32;
/// Paths of an order.
const PATHS: usize = 10_000;
/// Bytes of a path: more than any file system makes.
const PATH: usize = 32 * 1024;

/// A path from the root. Empty stands for the root.
pub(in crate::service) fn path(field: &'static str, path: PathBytes) -> Result<PathBytes, Status> {
    if path.is_empty() {
        return Ok(b"/".to_vec());
    }
    if path.len() > PATH {
        return Err(invalid(field, "is longer than 32 KiB"));
    }
    if !path.starts_with(b"/") {
        return Err(invalid(field, "a path begins at the root, with \"/\""));
    }
    if path.contains(&0) || path.split(|byte| *byte == b'/').any(|part| part == b"..") {
        return Err(invalid(
            field,
            "a path has no \"..\" and no zero byte in it",
        ));
    }
    Ok(path)
}

/// What is to be restored.
pub(in crate::service) fn order(order: Option<v1::RestoreOrder>) -> Result<Order, Status> {
    let order = order.ok_or_else(|| invalid("order", "is missing"))?;
    let system = required("order.system_id", order.system_id)?;
    let point = required("order.point_id", order.point_id)?;
    id("order.system_id", &system)?;
    id("order.point_id", &point)?;
    if order.paths.len() > PATHS {
        return Err(invalid(
            "order.paths",
            "has more than 10 000 paths; name the folders above them",
        ));
    }
    let paths = order.paths.into_iter().map(|it| path("order.paths", it));
    Ok(Order {
        system: SystemId::new(system),
        point: PointId::new(point),
        paths: paths.collect::<Result<_, _>>()?,
        target: target(order.target)?,
        policy: policy(order.policy)?,
    })
}

fn target(target: Option<v1::Target>) -> Result<Target, Status> {
    let place = target.and_then(|target| target.place);
    Ok(
        match place.ok_or_else(|| invalid("order.target", "is missing"))? {
            Place::Original(_) => Target::Original,
            Place::OtherPath(other) => {
                let field = "order.target.other_path.path";
                if other.path.is_empty() {
                    return Err(invalid(field, "is missing"));
                }
                Target::OtherPath(path(field, other.path)?)
            }
            Place::OtherSystem(other) => {
                let field = "order.target.other_system.system_id";
                id(field, &other.system_id)?;
                Target::OtherSystem(SystemId::new(other.system_id))
            }
            Place::Staging(staging) => {
                let field = "order.target.staging.reference";
                let name = required(field, staging.reference)?;
                if name.contains('/') || name.starts_with('.') {
                    return Err(invalid(field, "is the name of one folder, without \"/\""));
                }
                Target::Staging(name)
            }
        },
    )
}

fn policy(raw: i32) -> Result<OverwritePolicy, Status> {
    use v1::OverwritePolicy as Wire;
    match Wire::try_from(raw) {
        Ok(Wire::KeepExisting) => Ok(OverwritePolicy::KeepExisting),
        Ok(Wire::KeepBoth) => Ok(OverwritePolicy::KeepBoth),
        Ok(Wire::ReplaceIfNewer) => Ok(OverwritePolicy::ReplaceIfNewer),
        Ok(Wire::ReplaceChanged) => Ok(OverwritePolicy::ReplaceChanged),
        Ok(Wire::ReplaceAll) => Ok(OverwritePolicy::ReplaceAll),
        Ok(Wire::Unspecified) => Err(invalid("order.policy", "is missing")),
        Err(_) => Err(invalid(
            "order.policy",
            "is not known to this appliance; upgrade it",
        )),
    }
}

fn policy_to_wire(policy: OverwritePolicy) -> i32 {
    use v1::OverwritePolicy as Wire;
    match policy {
        OverwritePolicy::KeepExisting => Wire::KeepExisting.into(),
        OverwritePolicy::KeepBoth => Wire::KeepBoth.into(),
        OverwritePolicy::ReplaceIfNewer => Wire::ReplaceIfNewer.into(),
        OverwritePolicy::ReplaceChanged => Wire::ReplaceChanged.into(),
        OverwritePolicy::ReplaceAll => Wire::ReplaceAll.into(),
    }
}

pub(super) fn order_to_wire(order: &Order) -> v1::RestoreOrder {
    let place = match &order.target {
        Target::Original => Place::Original(v1::OriginalPlace {}),
        Target::OtherPath(path) => Place::OtherPath(v1::OtherPath { path: path.clone() }),
        Target::OtherSystem(system) => Place::OtherSystem(v1::OtherSystem {
            system_id: system.to_string(),
        }),
        Target::Staging(reference) => Place::Staging(v1::Staging {
            reference: reference.clone(),
        }),
    };
    v1::RestoreOrder {
        system_id: order.system.to_string(),
        point_id: order.point.to_string(),
        paths: order.paths.clone(),
        target: Some(v1::Target { place: Some(place) }),
        policy: policy_to_wire(order.policy),
    }
}

/// Why a call is made.
pub(in crate::service) fn intent(intent: Option<v1::Intent>) -> Result<Intent, Status> {
    let intent = intent.unwrap_or_default();
    words("intent.reason", &intent.reason)?;
    words("intent.reference", &intent.reference)?;
    Ok(Intent {
        reason: intent.reason.trim().to_owned(),
        reference: intent.reference.trim().to_owned(),
    })
}

/// Why a call is made, where it must be said.
pub(in crate::service) fn intent_with_reason(given: Option<v1::Intent>) -> Result<Intent, Status> {
    let intent = intent(given)?;
    if intent.reason.is_empty() {
        return Err(invalid("intent.reason", "say why"));
    }
    Ok(intent)
}

/// The id of a restore request.
pub(in crate::service) fn request_id(text: &str) -> Result<RequestId, Status> {
    Uuid::parse_str(text)
        .map(RequestId)
        .map_err(|_| invalid("request_id", "is not a UUID"))
}

/// How many people a dispatch may name beside its sender.
const ASKED_BY: usize = 64;

/// A restore to carry out.
pub(in crate::service) fn dispatch(message: v1::DispatchRequest) -> Result<Dispatch, Status> {
    let intent = intent(message.intent)?;
    words("requester", &message.requester)?;
    if intent.reference.is_empty() {
        return Err(invalid(
            "intent.reference",
            "give the number of the restore request",
        ));
    }
    if message.attempt == 0 {
        return Err(invalid("attempt", "attempts are counted from 1"));
    }
    if message.asked_by.len() > ASKED_BY {
        return Err(invalid("asked_by", "names too many people"));
    }
    for name in &message.asked_by {
        words("asked_by", name)?;
    }
    let plan_digest = digest(message.plan_digest)?;
    let priority = Priority::from_number(message.priority);
    Ok(Dispatch {
        request: request_id(&message.request_id)?,
        attempt: message.attempt,
        order: order(message.order)?,
        digest: plan_digest,
        intent,
        priority: priority.ok_or_else(|| invalid("priority", "is a number from 1 to 4"))?,
        requester: message.requester,
        break_glass: message.break_glass.map(break_glass).transpose()?,
        asked_by: message.asked_by,
    })
}

/// Yes to a restore that awaits approval.
pub(in crate::service) fn approval(message: v1::ApproveRequest) -> Result<Verdict, Status> {
    Ok(Verdict {
        request: request_id(&message.request_id)?,
        attempt: message.attempt,
        digest: digest(message.plan_digest)?,
        approved: true,
        intent: intent(message.intent)?,
    })
}

/// No to a restore that awaits approval.
pub(in crate::service) fn rejection(message: v1::RejectRequest) -> Result<Verdict, Status> {
    Ok(Verdict {
        request: request_id(&message.request_id)?,
        attempt: message.attempt,
        digest: digest(message.plan_digest)?,
        approved: false,
        intent: intent_with_reason(message.intent)?,
    })
}

fn digest(digest: Vec<u8>) -> Result<Vec<u8>, Status> {
    if digest.len() != DIGEST_BYTES {
        return Err(invalid("plan_digest", "has 32 bytes; plan first"));
    }
    Ok(digest)
}

fn break_glass(message: v1::BreakGlass) -> Result<BreakGlass, Status> {
    let called_at = message.called_at.and_then(|at| {
        let nanos = u32::try_from(at.nanos).ok()?;
        Time::from_timestamp(at.seconds, nanos)
    });
    let missing = "when was the duty manager called?";
    Ok(BreakGlass {
        reason: required("break_glass.reason", message.reason)?,
        duty_manager: required("break_glass.duty_manager", message.duty_manager)?,
        called_at: called_at.ok_or_else(|| invalid("break_glass.called_at", missing))?,
    })
}

fn required(field: &'static str, text: String) -> Result<String, Status> {
    words(field, &text)?;
    match text.trim() {
        "" => Err(invalid(field, "is missing")),
        text => Ok(text.to_owned()),
    }
}

/// A path of a plan.
pub(in crate::service) fn plan_entry(it: PlanEntry) -> v1::PlanEntry {
    v1::PlanEntry {
        path: it.path,
        finding: match it.finding {
            Finding::New => v1::PlanFinding::New.into(),
            Finding::Changed => v1::PlanFinding::Changed.into(),
            Finding::Same => v1::PlanFinding::Same.into(),
            Finding::Conflict => v1::PlanFinding::Conflict.into(),
            Finding::Unknown(raw) => raw,
        },
        action: match it.action {
            PlanAction::Create => v1::PlanAction::Create.into(),
            PlanAction::Replace => v1::PlanAction::Replace.into(),
            PlanAction::Keep => v1::PlanAction::Keep.into(),
            PlanAction::Beside => v1::PlanAction::Beside.into(),
            PlanAction::Skip => v1::PlanAction::Skip.into(),
            PlanAction::Unknown(raw) => raw,
        },
        size: it.size,
        modified: times(it.modified),
        there_size: it.there_size,
        there_modified: times(it.there_modified),
        reason: it.reason,
    }
}

/// A plan as a whole; its entries were sent before.
pub(in crate::service) fn plan(it: Plan) -> v1::PlanResult {
    v1::PlanResult {
        digest: it.digest,
        new: Some(amount(it.new)),
        changed: Some(amount(it.changed)),
        same: Some(amount(it.same)),
        conflict: Some(amount(it.conflict)),
        skipped: Some(amount(it.skipped)),
        new_folders: it.new_folders,
        written: Some(amount(it.written)),
        replaced: Some(amount(it.replaced)),
        outlooks: it.outlooks.into_iter().map(outlook).collect(),
        free_bytes: it.free_bytes,
        first_paths: it.first_paths,
        problems: it.problems,
        warnings: it.warnings,
        beyond_limit: it.beyond_limit,
        expires: times(it.expires),
        expected_rate: it.expected_rate,
        approval_off: it.approval_off,
        break_glass_off: it.break_glass_off,
    }
}

fn outlook(it: Outlook) -> v1::PolicyOutlook {
    v1::PolicyOutlook {
        policy: policy_to_wire(it.policy),
        created: Some(amount(it.created)),
        replaced: Some(amount(it.replaced)),
        left: Some(amount(it.left)),
    }
}
