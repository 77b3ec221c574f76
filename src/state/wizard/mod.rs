//! The call card and the restore wizard: eight steps in any order. What was typed stays; every
//! change is a row of the draft on the desk, so that anyone continues it at the same step.

mod derive;
mod draft;
mod field;
mod look;
pub(crate) mod marks;
mod search;
mod show;
mod when;

pub use field::Field;
pub(crate) use look::Lookup;
pub use look::{Search, Versions};
pub use show::{Known, Missing, Said, StepRow, StepState};
pub(crate) use when::parse as moment;

use super::{effect::Ticket, line::LineInput};
use ocdeck_domain::{
    facts::{
        Entry, EntryKind, Outlook, PathBytes, Plan, PlanAction, PlanEntry, RestorePoint, Time,
    },
    fleet::Contact,
    ids::{On, PointId, RequestId, SystemId, TenantId},
    priority::Priority,
    restore::{Asked, Order, OverwritePolicy, Purpose},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// 1: who calls, what is asked.
    Call,
    /// 2: which system.
    System,
    /// 3: which restore point.
    Point,
    /// 4: which paths.
    What,
    /// 5: where to.
    Where,
    /// 6: what happens to files that are there.
    Overwrite,
    /// 7: what would happen.
    Check,
    /// 8: say it and send it.
    ReadBack,
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Self; 8] = [
        Self::Call,
        Self::System,
        Self::Point,
        Self::What,
        Self::Where,
        Self::Overwrite,
        Self::Check,
        Self::ReadBack,
    ];

    /// 1 to 8.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The step of that number; anything else is the first.
    pub fn from_number(number: u8) -> Self {
        Self::ALL
            .into_iter()
            .find(|s| s.number() == number)
            .unwrap_or(Self::Call)
    }

    /// Its word in the rail.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "Call",
            Self::System => "System",
            Self::Point => "Point",
            Self::What => "What",
            Self::Where => "Where",
            Self::Overwrite => "Overwrite",
            Self::Check => "Check",
            Self::ReadBack => "Read back",
        }
    }
}

/// Something that is asked for, once it is needed.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Load<T> {
    /// Not asked for yet.
    #[default]
    Nothing,
    /// Asked; since when.
    Asking {
        /// Whose answer counts.
        ticket: Ticket,
        /// Since when.
        since: Time,
    },
    /// The answer, and when it came.
    Known(T, Time),
    /// Why there is none, and since when; asked again on demand.
    Failed(String, Time),
}

impl<T> Load<T> {
    /// The answer.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value, _) => Some(value),
            _ => None,
        }
    }
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// A contact on file.
    OnFile(Contact),
    /// Not on file: as typed.
    Typed {
        /// Name.
        name: String,
        /// Number.
        number: String,
    },
}

impl Caller {
    /// The name.
    pub fn name(&self) -> &str {
        match self {
            Self::OnFile(contact) => &contact.name,
            Self::Typed { name, .. } => name,
        }
    }

    /// The number to call back.
    pub fn number(&self) -> &str {
        match self {
            Self::OnFile(contact) => &contact.phone,
            Self::Typed { number, .. } => number,
        }
    }

    /// The contact on file.
    pub fn contact(&self) -> Option<&Contact> {
        match self {
            Self::OnFile(contact) => Some(contact),
            Self::Typed { .. } => None,
        }
    }
}

/// A contact that fits what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactMatch {
    /// The contact.
    pub contact: Contact,
    /// The system by whose name or alias it was found.
    pub by_system: Option<On<SystemId>>,
    /// Which characters of the name fit, by number.
    pub matched: Vec<usize>,
}

/// A system that fits what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemMatch {
    /// The system.
    pub system: On<SystemId>,
    /// Its tenant.
    pub tenant: TenantId,
    /// Whether it is the caller's.
    pub callers: bool,
    /// Which characters of the name fit, by number.
    pub matched: Vec<usize>,
}

/// Where to, before it is a [`Target`](ocdeck_domain::restore::Target).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// The original place.
    Original,
    /// A folder of the appliance.
    OtherPath,
    /// Another system.
    OtherSystem,
    /// The staging folder.
    Staging,
}

impl TargetKind {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 4] = [
        Self::Original,
        Self::OtherPath,
        Self::OtherSystem,
        Self::Staging,
    ];

    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Original => "original place",
            Self::OtherPath => "another path",
            Self::OtherSystem => "another system",
            Self::Staging => "staging folder",
        }
    }
}

/// A marked path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// What it is; `None`: typed and not seen yet, or not in the point.
    pub kind: Option<EntryKind>,
    /// Bytes of a file.
    pub size: u64,
    /// The point in which that was seen; `None`: not looked yet.
    #[serde(default)]
    pub seen: Option<PointId>,
}

impl Marked {
    /// As it was seen in a point.
    pub(crate) fn seen(point: Option<&PointId>, kind: EntryKind, size: u64) -> Self {
        Self {
            kind: Some(kind),
            size,
            seen: point.cloned(),
        }
    }

    /// Typed: nothing is known of it.
    pub(crate) fn typed() -> Self {
        Self {
            kind: None,
            size: 0,
            seen: None,
        }
    }
}

/// What a listed row is, as far as marks care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkState {
    /// Marked, itself or by a folder above it.
    Whole,
    /// Something below it is marked.
    Part,
    /// Not marked.
    Not,
}

/// A plan being made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanStatus {
    /// Of what the plan being made or made is.
    pub order: Option<Order>,
    /// The plan.
    pub load: Load<Plan>,
    /// What each policy would do, from the last plan of the same files and target.
    pub outlooks: Vec<Outlook>,
    /// Entries counted so far.
    pub entries: u64,
    /// Bytes counted so far.
    pub bytes: u64,
    /// Entries that came before the plan.
    pub(crate) seen: Vec<PlanEntry>,
}

/// The wizard.
#[derive(Clone, Debug)]
pub struct Wizard {
    /// The request that it fills in.
    pub request: RequestId,
    /// When the call was received.
    pub received: Time,
    /// The current step.
    pub step: Step,
    /// What has the keys.
    pub focus: Field,
    /// The text fields.
    pub lines: BTreeMap<Field, LineInput>,

    /// Contacts that fit what is typed, the best first.
    pub contacts: Vec<ContactMatch>,
    /// The selected one.
    pub contact_selected: usize,
    /// Who calls, once taken.
    pub caller: Option<Caller>,
    /// Whether the caller is not on file.
    pub not_listed: bool,
    /// When the number on file was called back.
    pub called_back: Option<Time>,
    /// What is asked: the selected one, before it is chosen.
    pub kind_selected: Asked,
    /// What is asked, once chosen.
    pub asked: Option<Asked>,
    /// Another priority than the kind's own.
    pub priority: Option<Priority>,
    /// For what.
    pub purpose: Purpose,

    /// Systems that fit what is typed, the caller's first.
    pub systems: Vec<SystemMatch>,
    /// The selected one.
    pub system_selected: usize,
    /// The system, once taken.
    pub system: Option<On<SystemId>>,

    /// Its restore points, newest first.
    pub points: Load<Vec<RestorePoint>>,
    /// The selected one.
    pub point_selected: Option<PointId>,
    /// The point, once taken.
    pub point: Option<PointId>,

    /// Folders of points, as they were browsed.
    pub folders: HashMap<(PointId, PathBytes), Load<Vec<Entry>>>,
    /// The folder browsed.
    pub folder: PathBytes,
    /// The name selected in it.
    pub entry_selected: Option<Vec<u8>>,
    /// The search for names.
    pub search: Search,
    /// The versions of a path, while they are looked at.
    pub versions: Option<Versions>,
    /// What is marked.
    pub marks: BTreeMap<PathBytes, Marked>,
    /// Whether the whole system is restored, whatever is marked.
    pub whole: bool,

    /// The selected target, before it is taken.
    pub target_selected: TargetKind,
    /// The target, once taken.
    pub target: Option<TargetKind>,
    /// Another system to restore to.
    pub target_system: Option<SystemId>,

    /// The selected policy.
    pub policy_selected: Option<OverwritePolicy>,
    /// The policy, once taken.
    pub policy: Option<OverwritePolicy>,

    /// The plan.
    pub plan: PlanStatus,
    /// Which entries of the plan are listed; `None`: all.
    pub plan_filter: Option<PlanAction>,
    /// The selected entry of the plan.
    pub plan_selected: usize,

    /// Whether break glass was chosen.
    pub break_glass: bool,
    /// The dispatch was sent; since when.
    pub sent: Option<Time>,
    /// Whether its number was asked for and is not there yet.
    pub opening: bool,
    /// The fields as they were last written to the desk, or read from it: only what differs from
    /// that is this person's, so that two consoles in one draft do not fight.
    pub(in crate::state) saved: BTreeMap<&'static str, String>,
    /// When what another one had begun was opened here; `None`: it was begun here.
    pub(in crate::state) opened: Option<Time>,
}
