//! Answers of calls: who an appliance is, its catalog, plans, logs.

use super::{
    Malformed,
    bounds::{clean, id, optional_text, path, paths, required_time, texts, time},
    facts::{amount, policy},
};
use ocdeck_domain::facts as domain;
use ocdeck_proto::v1 as wire;

/// Most lines of each kind that a plan says something in.
const SENTENCES: usize = 50;
/// Most capabilities of an appliance.
const CAPABILITIES: usize = 200;
/// Most tags of a restore point.
const TAGS: usize = 100;

/// Who an appliance is.
pub(in crate::fleet) fn description(value: wire::DescribeResponse) -> domain::Description {
    let caller = value.caller.unwrap_or_default();
    let capability = |capability: wire::Capability| domain::Capability {
        name: clean(capability.name),
        unavailable: match capability.available {
            true => None,
            false => {
                Some(optional_text(capability.reason).unwrap_or_else(|| "not available".to_owned()))
            }
        },
    };
    domain::Description {
        driver: clean(value.driver),
        agent_version: clean(value.agent_version),
        capabilities: value
            .capabilities
            .into_iter()
            .take(CAPABILITIES)
            .map(capability)
            .collect(),
        caller: (clean(caller.person), clean(caller.role)),
    }
}

/// A restore point.
pub(in crate::fleet) fn point(
    value: wire::RestorePoint,
) -> Result<domain::RestorePoint, Malformed> {
    Ok(domain::RestorePoint {
        id: id("RestorePoint.id", value.id)?.into(),
        system: id("RestorePoint.system_id", value.system_id)?.into(),
        repository: id("RestorePoint.repository_id", value.repository_id)?.into(),
        time: required_time("RestorePoint.time", value.time)?,
        kind: clean(value.kind),
        copy: clean(value.copy),
        files: value.files,
        bytes: value.bytes,
        added: value.added_bytes,
        verified: time("RestorePoint.verified", value.verified)?,
        shrunk: value.shrunk,
        seeded: value.seeded,
        folders: paths("RestorePoint.folders", value.folders, 10_000)?,
        host: clean(value.host),
        tags: texts(value.tags, TAGS),
    })
}

/// An entry of a folder.
pub(in crate::fleet) fn entry(value: wire::Entry) -> Result<domain::Entry, Malformed> {
    if value.name.is_empty() {
        return Err(Malformed::absent("Entry.name"));
    }
    Ok(domain::Entry {
        name: path("Entry.name", value.name)?,
        kind: entry_kind(value.kind),
        size: value.size,
        modified: time("Entry.modified", value.modified)?,
        link_target: path("Entry.link_target", value.link_target)?,
    })
}

fn entry_kind(raw: i32) -> domain::EntryKind {
    use wire::EntryKind as Wire;
    match Wire::try_from(raw) {
        Ok(Wire::File) => domain::EntryKind::File,
        Ok(Wire::Folder) => domain::EntryKind::Folder,
        Ok(Wire::Symlink) => domain::EntryKind::Symlink,
        Ok(Wire::Other | Wire::Unspecified) | Err(_) => domain::EntryKind::Other,
    }
}

/// A name that fits a search.
pub(in crate::fleet) fn hit(value: wire::SearchHit) -> Result<domain::Hit, Malformed> {
    if !value.path.starts_with(b"/") {
        return Err(Malformed::new(
            "SearchHit.path",
            "does not begin at the root",
        ));
    }
    Ok(domain::Hit {
        point: id("SearchHit.point_id", value.point_id)?.into(),
        time: required_time("SearchHit.time", value.time)?,
        path: path("SearchHit.path", value.path)?,
        kind: entry_kind(value.kind),
        size: value.size,
        modified: time("SearchHit.modified", value.modified)?,
    })
}

/// How far a search is.
pub(in crate::fleet) fn searched(value: wire::SearchProgress) -> domain::Searched {
    domain::Searched {
        points: value.points_done,
        of: value.points_total,
        names: value.names,
    }
}

/// What could not be read: enough to know that something is missing.
pub(in crate::fleet) fn unread(list: Vec<String>) -> Vec<String> {
    texts(list, SENTENCES)
}

/// A state of a path.
pub(in crate::fleet) fn version(value: wire::Version) -> Result<domain::Version, Malformed> {
    Ok(domain::Version {
        newest: id("Version.newest_point_id", value.newest_point_id)?.into(),
        newest_time: required_time("Version.newest_time", value.newest_time)?,
        oldest: id("Version.oldest_point_id", value.oldest_point_id)?.into(),
        oldest_time: required_time("Version.oldest_time", value.oldest_time)?,
        points: value.points,
        kind: entry_kind(value.kind),
        size: value.size,
        modified: time("Version.modified", value.modified)?,
        same_content: value.same_content,
    })
}

/// A line of a log.
pub(in crate::fleet) fn log_line(value: wire::LogLine) -> Result<domain::LogLine, Malformed> {
    use wire::LogLevel as Wire;
    Ok(domain::LogLine {
        line: value.line,
        at: required_time("LogLine.at", value.at)?,
        level: match Wire::try_from(value.level) {
            Ok(Wire::Error) => domain::LogLevel::Error,
            Ok(Wire::Warning) => domain::LogLevel::Warning,
            Ok(Wire::Info | Wire::Unspecified) | Err(_) => domain::LogLevel::Info,
        },
        text: clean(value.text),
    })
}

/// A path of a plan.
pub(in crate::fleet) fn plan_entry(value: wire::PlanEntry) -> Result<domain::PlanEntry, Malformed> {
    use wire::{PlanAction as WireAction, PlanFinding as WireFinding};
    Ok(domain::PlanEntry {
        path: path("PlanEntry.path", value.path)?,
        finding: match WireFinding::try_from(value.finding) {
            Ok(WireFinding::New) => domain::Finding::New,
            Ok(WireFinding::Changed) => domain::Finding::Changed,
            Ok(WireFinding::Same) => domain::Finding::Same,
            Ok(WireFinding::Conflict) => domain::Finding::Conflict,
            Ok(WireFinding::Unspecified) | Err(_) => domain::Finding::Unknown(value.finding),
        },
        action: match WireAction::try_from(value.action) {
            Ok(WireAction::Create) => domain::PlanAction::Create,
            Ok(WireAction::Replace) => domain::PlanAction::Replace,
            Ok(WireAction::Keep) => domain::PlanAction::Keep,
            Ok(WireAction::Beside) => domain::PlanAction::Beside,
            Ok(WireAction::Skip) => domain::PlanAction::Skip,
            Ok(WireAction::Unspecified) | Err(_) => domain::PlanAction::Unknown(value.action),
        },
        size: value.size,
        modified: time("PlanEntry.modified", value.modified)?,
        there_size: value.there_size,
        there_modified: time("PlanEntry.there_modified", value.there_modified)?,
        reason: clean(value.reason),
    })
}

/// A plan as a whole. A sentence about why it may not be dispatched is never dropped, so
/// a plan with too many of them is refused; warnings beyond the limit are counted.
pub(in crate::fleet) fn plan(value: wire::PlanResult) -> Result<domain::Plan, Malformed> {
    if value.digest.len() != 32 {
        return Err(Malformed::new("PlanResult.digest", "is not 32 bytes"));
    }
    if value.problems.len() > SENTENCES || value.beyond_limit.len() > SENTENCES {
        return Err(Malformed::new(
            "PlanResult.problems",
            "has too many entries",
        ));
    }
    let dropped = value.warnings.len().saturating_sub(SENTENCES);
    let mut warnings = texts(value.warnings, SENTENCES);
    if dropped > 0 {
        warnings.push(format!("… and {dropped} more warnings"));
    }
    Ok(domain::Plan {
        digest: value.digest,
        new: amount(value.new),
        changed: amount(value.changed),
        same: amount(value.same),
        conflict: amount(value.conflict),
        skipped: amount(value.skipped),
        new_folders: value.new_folders,
        written: amount(value.written),
        replaced: amount(value.replaced),
        outlooks: value.outlooks.into_iter().filter_map(outlook).collect(),
        free_bytes: value.free_bytes,
        first_paths: paths("PlanResult.first_paths", value.first_paths, 10)?,
        problems: texts(value.problems, SENTENCES),
        warnings,
        beyond_limit: texts(value.beyond_limit, SENTENCES),
        expires: time("PlanResult.expires", value.expires)?,
        expected_rate: value.expected_rate,
        approval_off: clean(value.approval_off),
        break_glass_off: clean(value.break_glass_off),
        entries: Vec::new(),
    })
}

/// What a policy would do; a policy that this build does not know cannot be chosen here.
fn outlook(value: wire::PolicyOutlook) -> Option<domain::Outlook> {
    Some(domain::Outlook {
        policy: policy(value.policy)?,
        created: amount(value.created),
        replaced: amount(value.replaced),
        left: amount(value.left),
    })
}
