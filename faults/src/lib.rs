//! Named points where a test lets the program die, as `kill -9` would.
//!
//! The points stand in the code of every build; only a build with debug assertions reacts
//! to them, and only when [`VARIABLE`] names one: what is released holds neither the
//! variable nor the signal. Why so, and not by a feature: CONTRIBUTING.md, Kill points.
//!
//! [`Point`] is the one list of them. This crate decides nothing and knows nobody.

#[cfg(debug_assertions)]
mod armed;

/// The variable that arms a point: `<name>:<n>:<file>`. A process dies when it reaches the
/// point for the n-th time, if it can make the file, which so says that it did; processes
/// that it starts inherit both, so of all of them one dies.
pub const VARIABLE: &str = "OCDECK_KILL_AT";

macro_rules! points {
    ($($(#[doc = $doc:literal])+ $point:ident = $name:literal,)+) => {
        /// Where a process can die.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Point {
            $($(#[doc = $doc])+ $point,)+
        }

        impl Point {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$point,)+];

            /// As the variable spells it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$point => $name,)+
                }
            }
        }
    };
}

points! {
    /// The desk is open and was read for the first time.
    ConsoleDeskRead = "console-desk-read",
    /// A key was taken in.
    ConsoleKey = "console-key",
    /// What was typed is about to be written.
    ConsoleBeforeDraft = "console-before-draft",
    /// What was typed is written.
    ConsoleAfterDraft = "console-after-draft",
    /// The intent to dispatch is about to be written.
    ConsoleBeforeIntent = "console-before-intent",
    /// The intent is on the desk; nothing was sent.
    ConsoleAfterIntent = "console-after-intent",
    /// The dispatch is about to leave.
    ConsoleBeforeCall = "console-before-call",
    /// The appliance has answered; the desk does not know it yet.
    ConsoleAfterAnswer = "console-after-answer",
    /// After a start: sessions were ended, restores are not taken up yet.
    AgentRecovering = "agent-recovering",
    /// A part of the first picture was sent, its end was not.
    AgentSnapshot = "agent-snapshot",
    /// A plan tries what the target can do: its temporary stands there.
    AgentProbing = "agent-probing",
    /// A plan looks at a path.
    AgentPlanning = "agent-planning",
    /// A dispatch was found good and is not recorded.
    AgentBeforeRecord = "agent-before-record",
    /// A dispatch is durable and not queued.
    AgentAfterRecord = "agent-after-record",
    /// A dispatch was taken and is not answered.
    AgentBeforeAnswer = "agent-before-answer",
    /// A restore was approved; it is not recorded.
    AgentBeforeDecision = "agent-before-decision",
    /// That it was approved is durable; it is not queued.
    AgentAfterDecision = "agent-after-decision",
    /// A worker is about to be started.
    AgentBeforeWorker = "agent-before-worker",
    /// A worker was started and knows what to do.
    AgentAfterWorker = "agent-after-worker",
    /// The worker has told the end; it is not recorded.
    AgentBeforeEnd = "agent-before-end",
    /// The end is recorded.
    AgentAfterEnd = "agent-after-end",
    /// A restore has begun; its journal does not say so.
    WorkerBegun = "worker-begun",
    /// The journal does not name yet what is written next.
    WorkerBeforeClaim = "worker-before-claim",
    /// The journal names what is written next.
    WorkerAfterClaim = "worker-after-claim",
    /// A piece of a file is written.
    WorkerMidFile = "worker-mid-file",
    /// A file is whole and has not its name.
    WorkerBeforeName = "worker-before-name",
    /// A file has its name; the journal does not know it.
    WorkerAfterName = "worker-after-name",
    /// What was written is on the disk; the journal does not know it.
    WorkerBeforeDone = "worker-before-done",
    /// The journal says what is done.
    WorkerAfterDone = "worker-after-done",
    /// A file is about to be compared with the point.
    WorkerVerifying = "worker-verifying",
    /// A backup reads a file: what it read is in no pack.
    BackupReading = "backup-reading",
    /// A pack is written and stands in no index.
    BackupAfterPack = "backup-after-pack",
    /// All is stored but the restore point itself.
    BackupBeforePoint = "backup-before-point",
    /// The restore point is stored; the agent does not know it.
    BackupAfterPoint = "backup-after-point",
}

/// The process is at this point: it goes on, unless a test has armed it.
#[cfg(debug_assertions)]
pub fn reached(point: Point) {
    armed::reached(point);
}

/// The process is at this point.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub const fn reached(_: Point) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_say_whose_point_it_is() {
        let names: BTreeSet<_> = Point::ALL.iter().map(|point| point.name()).collect();
        assert_eq!(names.len(), Point::ALL.len());
        for name in names {
            let (who, _) = name.split_once('-').unwrap();
            assert!(["console", "agent", "worker", "backup"].contains(&who));
            assert!(!name.contains(':'));
        }
    }
}
