//! What stands at a path compared with what the point has for it, and what a policy
//! makes of that: pure.

use super::source::Item;
use crate::{
    place::{Kind, There},
    repo::{self, Special},
};
use ocdeck_domain::restore::OverwritePolicy;
use serde::{Deserialize, Serialize};

/// What a plan found at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Nothing stands there.
    New,
    /// Something of the same type that differs and is not newer.
    Changed,
    /// Same type, size and time; a link: same target. Content was not read.
    Same,
    /// Newer than the point's, or of another type.
    Conflict,
}

/// What a plan would do at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Create where nothing stands.
    Create,
    /// Replace what stands there.
    Replace,
    /// Leave what stands there.
    Keep,
    /// Write beside what stands there.
    Beside,
    /// Not restored; the reason says why.
    Skip,
}

impl Action {
    /// Whether something is written.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Replace | Self::Beside)
    }
}

/// A path, compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The finding.
    pub finding: Finding,
    /// The point's was modified later than what stands there.
    pub point_is_newer: bool,
    /// What stands there, if of another type.
    pub other_type: Option<Kind>,
}

impl Case {
    /// Nothing stands there.
    pub const NEW: Self = Self {
        finding: Finding::New,
        point_is_newer: true,
        other_type: None,
    };
}

/// What a special file is at a target, and the number of the device.
pub fn kind_of(special: Special) -> (Kind, u64) {
    match special {
        Special::Fifo => (Kind::Fifo, 0),
        Special::Socket => (Kind::Socket, 0),
        Special::BlockDevice(number) => (Kind::BlockDevice, number),
        Special::CharDevice(number) => (Kind::CharDevice, number),
    }
}

/// Compares an entry of the point with what stands there; `same_target`: both are links
/// and point to the same. Two folders are never compared: they are merged.
pub fn classify(item: &Item, there: Option<&There>, same_target: bool) -> Case {
    let Some(there) = there else {
        return Case::NEW;
    };
    let modified = item.metadata.modified;
    let point_is_newer =
        modified.is_some_and(|point| point > there.modified && !point.is_kept_as(there.modified));
    let case = |finding, other_type| Case {
        finding,
        point_is_newer,
        other_type,
    };
    let same_type = match item.kind {
        repo::Kind::File => there.kind == Kind::File,
        repo::Kind::Folder => there.kind == Kind::Folder,
        repo::Kind::Symlink { .. } => there.kind == Kind::Symlink,
        repo::Kind::Special(special) => there.kind == kind_of(special).0,
    };
    if !same_type {
        return case(Finding::Conflict, Some(there.kind));
    }
    let same_time = modified.is_some_and(|point| point.is_kept_as(there.modified));
    let same = match item.kind {
        repo::Kind::Symlink { .. } => same_target,
        // A pipe's time is that of what last went through it.
        repo::Kind::Special(special) => there.device == kind_of(special).1,
        _ => item.size == there.size && same_time,
    };
    let newer_there = modified.is_some_and(|point| there.modified > point) && !same_time;
    case(
        match (same, newer_there) {
            (true, _) => Finding::Same,
            (false, true) => Finding::Conflict,
            (false, false) => Finding::Changed,
        },
        None,
    )
}

/// What the policy makes of it. A folder full of files is never taken away, and a folder
/// is never written beside something else; what then has no place is skipped.
pub fn decide(policy: OverwritePolicy, is_folder: bool, case: Case) -> Action {
    match (case.finding, policy) {
        (Finding::New, _) => Action::Create,
        (Finding::Same, OverwritePolicy::ReplaceAll) => Action::Replace,
        (Finding::Same, _) | (_, OverwritePolicy::KeepExisting) => Action::Keep,
        (_, OverwritePolicy::KeepBoth) if is_folder => Action::Skip,
        (_, OverwritePolicy::KeepBoth) => Action::Beside,
        (_, OverwritePolicy::ReplaceIfNewer) if !case.point_is_newer => Action::Keep,
        _ if case.other_type == Some(Kind::Folder) => Action::Skip,
        _ => Action::Replace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Metadata, Stamp};
    use OverwritePolicy::{KeepBoth, KeepExisting, ReplaceAll, ReplaceChanged, ReplaceIfNewer};

    fn file(size: u64, seconds: i64) -> Item {
        Item {
            kind: repo::Kind::File,
            size,
            metadata: Metadata {
                modified: Some(Stamp(seconds, 5)),
                ..Metadata::default()
            },
            blobs: Vec::new(),
            linked: None,
        }
    }

    fn there(kind: Kind, size: u64, seconds: i64) -> There {
        There {
            kind,
            inode: 1,
            size,
            modified: Stamp(seconds, 5),
            changed: Stamp(seconds, 5),
            device: 0,
            shared: false,
        }
    }

    /// What every policy does, in the order of `OverwritePolicy::ALL`.
    fn actions(is_folder: bool, case: Case) -> [Action; 5] {
        OverwritePolicy::ALL.map(|policy| decide(policy, is_folder, case))
    }

    #[test]
    fn every_policy_for_every_finding() {
        use Action::{Beside, Create, Keep, Replace, Skip};
        assert_eq!(
            OverwritePolicy::ALL,
            [
                KeepExisting,
                KeepBoth,
                ReplaceIfNewer,
                ReplaceChanged,
                ReplaceAll
            ]
        );
        let item = file(10, 100);
        let table = [
            (None, Finding::New, [Create; 5]),
            (
                Some(there(Kind::File, 10, 100)),
                Finding::Same,
                [Keep, Keep, Keep, Keep, Replace],
            ),
            (
                Some(there(Kind::File, 11, 90)),
                Finding::Changed,
                [Keep, Beside, Replace, Replace, Replace],
            ),
            (
                Some(there(Kind::File, 11, 100)),
                Finding::Changed,
                [Keep, Beside, Keep, Replace, Replace],
            ),
            (
                Some(there(Kind::File, 10, 110)),
                Finding::Conflict,
                [Keep, Beside, Keep, Replace, Replace],
            ),
            (
                Some(there(Kind::Symlink, 10, 90)),
                Finding::Conflict,
                [Keep, Beside, Replace, Replace, Replace],
            ),
            (
                Some(there(Kind::Folder, 10, 90)),
                Finding::Conflict,
                [Keep, Beside, Skip, Skip, Skip],
            ),
            (
                Some(there(Kind::Folder, 10, 110)),
                Finding::Conflict,
                [Keep, Beside, Keep, Skip, Skip],
            ),
        ];
        for (there, finding, expected) in table {
            let case = classify(&item, there.as_ref(), false);
            assert_eq!(case.finding, finding, "{there:?}");
            assert_eq!(actions(false, case), expected, "{there:?}");
        }
        let folder = Item {
            kind: repo::Kind::Folder,
            ..file(0, 100)
        };
        let case = classify(&folder, Some(&there(Kind::Symlink, 3, 90)), false);
        assert_eq!(case.finding, Finding::Conflict);
        assert_eq!(actions(true, case), [Keep, Skip, Replace, Replace, Replace]);
    }

    #[test]
    fn links_are_same_by_where_they_point() {
        let link = Item {
            kind: repo::Kind::Symlink {
                target: b"x".to_vec(),
            },
            ..file(0, 100)
        };
        let stands = there(Kind::Symlink, 1, 200);
        assert_eq!(classify(&link, Some(&stands), true).finding, Finding::Same);
        assert_eq!(
            classify(&link, Some(&stands), false).finding,
            Finding::Conflict
        );
    }
}
