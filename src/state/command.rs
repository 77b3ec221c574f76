//! The command table: everything that a key, the palette or the mouse can ask for.
//! Hints, help, palette and keymaps all come from it.

use super::msg::Edit;

/// Where in help and palette a command stands, in the order of help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// On the selected thing.
    Selected,
    /// In the restore wizard.
    Wizard,
    /// In a note.
    Note,
    /// In any text field.
    Text,
    /// Of shifts and handovers.
    Shift,
    /// In the sweep.
    Sweep,
    /// In the list.
    List,
    /// Going somewhere.
    Go,
    /// Possible at any time.
    Any,
    /// In the demo.
    Demo,
}

impl Group {
    /// Its heading.
    pub fn name(self) -> &'static str {
        match self {
            Self::Selected => "On the selected thing",
            Self::List => "In the list",
            Self::Go => "Go",
            Self::Any => "Any time",
            Self::Wizard => "In the restore wizard",
            Self::Note => "In the note",
            Self::Text => "In a text field",
            Self::Shift => "Shift and handover",
            Self::Sweep => "In the sweep",
            Self::Demo => "Demo",
        }
    }
}

/// What a command can do to data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Danger {
    /// Nothing.
    None,
    /// It changes something that can be changed back.
    Changes,
    /// It may overwrite, delete or stop something: never one key alone.
    Destroys,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// The command.
    pub command: Command,
    /// Its name in keymaps and the palette: `restore.new`.
    pub name: &'static str,
    /// What it does, in the fewest words: for the footer.
    pub label: &'static str,
    /// One sentence, for help and palette.
    pub help: &'static str,
    /// Where it stands.
    pub group: Group,
    /// What it can do to data.
    pub danger: Danger,
}

macro_rules! commands {
    ($($group:ident { $($name:ident $text:literal $label:literal $help:literal $danger:ident;)* })*) => {
        /// A command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Command {
            $($(#[doc = $help] $name,)*)*
        }

        /// The table, in the order of help.
        pub const TABLE: &[Info] = &[
            $($(Info {
                command: Command::$name,
                name: $text,
                label: $label,
                help: $help,
                group: Group::$group,
                danger: Danger::$danger,
            },)*)*
        ];

        impl Command {
            /// Its row in the table.
            pub fn info(self) -> &'static Info {
                match self {
                    $($(Self::$name => const {
                        &Info {
                            command: Command::$name,
                            name: $text,
                            label: $label,
                            help: $help,
                            group: Group::$group,
                            danger: Danger::$danger,
                        }
                    },)*)*
                }
            }
        }
    };
}

commands! {
    Selected {
        Open "open" "open" "Open what is selected, or take what is offered." None;
        JobStart "job.start" "start" "Start the selected job now." Changes;
        JobRetry "job.retry" "retry" "Start the selected job again after a failure, as its tenant's restart policy allows." Changes;
        JobStop "job.stop" "stop…" "Stop the running session of the selected job, after a question." Destroys;
        Continue "restore.continue" "continue" "Continue the selected request: fill it in, or make the next attempt." Changes;
        Approve "restore.approve" "approve…" "Approve the selected restore; only a duty manager who neither asked for nor dispatched it may." Destroys;
        Reject "restore.reject" "reject…" "Reject the selected restore that awaits approval, with a reason." Changes;
        SendAsMine "restore.send" "send as yours…" "Send another person's unanswered dispatch as yours, after a question: it starts only once, whoever sends it." Destroys;
        TakeBack "restore.take-back" "take back" "Take back a dispatch that still waits for the desk: nothing has started, and it can be sent again." Changes;
        Validate "restore.validate" "validated…" "Record which contact of the client validated the restored data." Changes;
        Close "restore.close" "close" "Close the selected request." Changes;
        NoteRequest "restore.note" "note…" "Write a note on the selected request, for whoever works on it next." Changes;
        CancelRestore "restore.cancel" "cancel…" "Cancel the selected request or its running restore, with a reason." Destroys;
        ItsIncident "incident.open" "incident" "Go to the incident of the selected alert or request; one is opened for an alert that has none." Changes;
        IncidentNote "incident.note" "note…" "Write a note on the selected incident." Changes;
        IncidentCalled "incident.called" "called…" "Record a call to the client, or an attempt at one, and what was promised." Changes;
        IncidentWait "incident.wait" "waits for client…" "Record that this waits for the client, for what, and whom you tried to reach; or let it go on." Changes;
        IncidentPriority "incident.priority" "priority…" "Give the selected incident another priority: P1 needs a call, a lower one a reason." Changes;
        Escalate "incident.escalate" "escalate…" "Record a call to the duty manager about what is selected." Changes;
        IncidentMerge "incident.merge" "merge…" "Merge the selected incident into another one." Changes;
        IncidentLink "incident.link" "link…" "Link a restore request to the selected incident." Changes;
        IncidentTake "incident.take" "take" "Take the selected incident to work on it yourself." Changes;
        IncidentAssign "incident.assign" "assign…" "Assign the selected incident to somebody." Changes;
        IncidentNotified "incident.notified" "told…" "Record who at the client was told about the selected incident, how and when." Changes;
        IncidentKept "incident.kept" "promise kept" "Record that the next promise of the selected incident was kept." Changes;
        IncidentResolve "incident.resolve" "resolved…" "Resolve the selected incident, and say how." Changes;
        IncidentClose "incident.close" "close…" "Close the selected incident, with a reason." Changes;
        IncidentReopen "incident.reopen" "open again…" "Open the selected closed incident again, with a reason." Changes;
        AlertAcknowledge "alert.acknowledge" "acknowledge" "Say that you have seen the selected alert; a note may go with it." Changes;
        AlertUndo "alert.undo" "undo" "Take back your own last acknowledgement of the selected alert." Changes;
        AlertTake "alert.take" "take" "Take the selected alert and its incident." Changes;
        AlertAssign "alert.assign" "assign…" "Assign the selected alert to somebody." Changes;
        AlertSnooze "alert.snooze" "snooze…" "Keep the selected alert out of the queue until a time, with a reason; or end that." Changes;
        AlertNote "alert.note" "note…" "Write a note on the selected alert." Changes;
        AlertNotified "alert.notified" "notified…" "Record who at the client was told about the selected alert, how and when." Changes;
        AlertResolve "alert.resolve" "resolve…" "Resolve the selected alert by hand, with the reason." Changes;
        Redial "link.redial" "dial now" "Dial the selected appliance now instead of waiting." None;
        CopyId "copy-id" "copy id" "Copy the id of what is selected to the clipboard." None;
        Actions "actions" "actions" "List what can be done with what is selected." None;
    }
    List {
        Up "up" "up" "One row up." None;
        Down "down" "down" "One row down." None;
        Left "left" "left" "Fold, or one level up." None;
        Right "right" "right" "Unfold, or one level down." None;
        PageUp "page-up" "page up" "One page up." None;
        PageDown "page-down" "page down" "One page down." None;
        First "first" "first" "The first row." None;
        Last "last" "last" "The last row." None;
        Filter "filter" "filter" "Show only rows that contain what is typed." None;
        Follow "log.follow" "follow" "Follow the log, or hold it." None;
        ShowNew "show-new" "show new" "Show the rows that wait above." None;
        ShowClosed "show-closed" "closed too" "Show or hide what is closed." None;
        ShowHidden "alert.show-hidden" "hidden too" "Show or hide what is snoozed, in a window, resolved or only stored." None;
    }
    Go {
        ScreenFleet "screen.fleet" "Fleet" "The fleet." None;
        ScreenJobs "screen.jobs" "Jobs" "The jobs." None;
        ScreenAlerts "screen.alerts" "Alerts" "The alerts." None;
        ScreenRestores "screen.restores" "Restores" "The restore requests." None;
        ScreenIncidents "screen.incidents" "Incidents" "The incidents." None;
        ScreenShift "screen.shift" "Shift" "My shift now, and the handover." None;
        SweepBegin "sweep.begin" "sweep" "Look at every managed job by hand: continue the sweep, or begin one." Changes;
        NextPane "next-pane" "next pane" "The next pane." None;
        PreviousPane "previous-pane" "previous pane" "The previous pane." None;
        Back "back" "back" "Back; what was typed stays." None;
        ToggleTree "tree" "tree" "Show or hide the tree." None;
        Zoom "zoom" "zoom" "Give the focused pane the whole screen, or take it back." None;
    }
    Any {
        CallCard "call" "call card" "Someone is on the phone: open the call card and start the clock." Changes;
        NewRestore "restore.new" "restore" "Open a restore request for what is selected and start the clock." Changes;
        IncidentNew "incident.new" "new incident…" "Record what a client reports by portal, e-mail or phone." Changes;
        UrgentClock "clock.urgent" "urgent clock" "Go to the most urgent clock or promise, then to the next." None;
        Find "find" "find" "Find anything: system, job, tenant, appliance, person, phone number, request, incident, alert." None;
        Palette "palette" "commands" "Find a command by its words." None;
        Help "help" "help" "What the keys do here." None;
        ShowConfig "config.show" "configuration" "Show theme, keymap and all mistakes in them, with line and column." None;
        Redraw "redraw" "redraw" "Redraw the whole screen." None;
        Suspend "suspend" "suspend" "Suspend the program; the shell's fg brings it back." None;
        Quit "quit" "quit" "End the program; restores go on." None;
    }
    Wizard {
        NextStep "wizard.next" "next step" "The next step." None;
        PreviousStep "wizard.previous" "step back" "The previous step." None;
        NextField "wizard.next-field" "next field" "The next field." None;
        PreviousField "wizard.previous-field" "previous field" "The previous field." None;
        StepCall "wizard.call" "1 Call" "Step 1, who calls." None;
        StepSystem "wizard.system" "2 System" "Step 2, which system." None;
        StepPoint "wizard.point" "3 Point" "Step 3, which restore point." None;
        StepWhat "wizard.what" "4 What" "Step 4, which paths." None;
        StepWhere "wizard.where" "5 Where" "Step 5, where to." None;
        StepOverwrite "wizard.overwrite" "6 Overwrite" "Step 6, what happens to files that are there." None;
        StepCheck "wizard.check" "7 Check" "Step 7, what would happen." None;
        StepReadBack "wizard.read-back" "8 Read back" "Step 8, say it and send it." None;
        CallBack "wizard.call-back" "call back" "Record a call back on the number on file." Changes;
        NotListed "wizard.not-listed" "not listed" "The caller is not on file: take name and number as typed." None;
        NotRestore "wizard.not-restore" "not a restore" "The call is not about a restore: continue it as an incident." Changes;
        Urgent "wizard.urgent" "urgent" "Raise to P1 because the client says it is as urgent as a whole system, or undo." Changes;
        Mark "wizard.mark" "mark" "Mark what is selected, or take the mark away." None;
        WholeSystem "wizard.whole" "whole system" "Restore the whole system instead of what is marked, or undo." None;
        Search "wizard.search" "search" "Look for a name inside the point, or inside all points of the system." None;
        Versions "wizard.versions" "versions" "List the versions of the selected path in all restore points." None;
        DropAbsent "wizard.drop-absent" "drop absent" "Remove the marks on paths that are not in the point." None;
        TypePath "wizard.path" "type a path" "Type or paste a path inside the point." None;
        PlanAgain "wizard.plan" "count again" "Make the plan again." None;
        BreakGlass "wizard.break-glass" "break glass" "Go on alone beyond the limit: reason, duty manager, time of the call." Changes;
        CopySentence "wizard.copy" "copy sentence" "Copy the sentence to say to the caller." None;
        Dispatch "wizard.dispatch" "dispatch" "Send the restore to its appliance." Destroys;
    }
    Note {
        NoteSave "note.save" "save" "Save the note, and carry out what it was asked for." Changes;
        NoteNewLine "note.new-line" "new line" "Begin a new line; where a note is optional and empty, go on without one." None;
        NoteParagraphUp "note.paragraph-up" "paragraph up" "To the blank line above, or to the start." None;
        NoteParagraphDown "note.paragraph-down" "paragraph down" "To the blank line below, or to the end." None;
    }
    Text {
        TextHome "text.home" "start" "To the start of the row, then of the line." None;
        TextEnd "text.end" "end" "To the end of the row, then of the line." None;
        TextWordLeft "text.word-left" "word left" "One word to the left." None;
        TextWordRight "text.word-right" "word right" "One word to the right." None;
        TextDeleteWord "text.delete-word" "delete word" "Delete the word before the cursor." None;
        TextDeleteNextWord "text.delete-next-word" "delete next" "Delete the word after the cursor." None;
        TextDeleteToStart "text.delete-to-start" "delete to start" "Delete everything before the cursor in its line." None;
        TextDeleteToEnd "text.delete-to-end" "delete to end" "Delete everything after the cursor in its line." None;
        TextUndo "text.undo" "undo" "Undo the last edit." None;
        TextRedo "text.redo" "redo" "Redo what was undone." None;
    }
    Shift {
        ReadLine "line.read" "read it" "Say that you have read this line of a P1 or P2." Changes;
        EditLine "line.edit" "edit…" "Replace the generated text of this line with your own." Changes;
        RemoveLine "line.remove" "leave out" "Leave this line out of the handover." Changes;
        AddLine "line.add" "add a line…" "Add a line of your own to the handover." Changes;
        HandoverNote "handover.note" "note…" "Write a note for the next shift." Changes;
        TakeShift "shift.take" "take the shift" "Take the shift: everything that the outgoing person has becomes yours in one step." Changes;
        TakeOne "shift.take-one" "take over" "Take over the selected request from whoever has it." Changes;
        TakeOverShift "shift.take-over" "take over a shift…" "Take over the whole shift of a colleague who cannot be reached, with a reason." Changes;
        BeginHandover "handover.begin" "hand over…" "Begin handing the shift over to somebody." Changes;
        CancelHandover "handover.cancel" "call off…" "Call the handover off, with a reason." Changes;
        TurnShift "shift.turn" "mine, handover" "Switch between what you have and the handover." None;
        History "handover.history" "history" "Handovers that were taken, with their frozen copies." None;
        Export "handover.export" "export" "Write the handover as Markdown and JSON into the state folder." None;
        OnShift "shift.on" "come on shift" "Say that you are on shift." Changes;
        OffShift "shift.off" "go off shift" "Say that you are not on shift any more." Changes;
        Promise "promise.add" "promise…" "Record what you promised, and for when." Changes;
        Kept "promise.kept" "kept" "Record that you kept the selected promise." Changes;
    }
    Sweep {
        Stamp "sweep.stamp" "looked at" "Stamp the selected job: looked at, nothing new." Changes;
        StampGreen "sweep.stamp-green" "stamp green" "Stamp all shown jobs whose last session was good; never failed ones." Changes;
        Finding "sweep.finding" "problem…" "Stamp the selected job with what is wrong; the handover shows it." Changes;
        EndSweep "sweep.end" "end sweep" "End the sweep for everybody." Changes;
    }
    Demo {
        DemoLose "demo.lose" "demo: lose acme/erp01" "Really delete everything below the root of acme/erp01." Destroys;
    }
}

impl Command {
    /// Whether it only moves in what is shown.
    pub(super) fn moves(self) -> bool {
        use Command as C;
        matches!(
            self,
            C::Up | C::Down | C::PageUp | C::PageDown | C::First | C::Last
        )
    }

    /// The command of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|info| info.name == name)
            .map(|info| info.command)
    }

    /// Its name in keymaps.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The edit that it does to the text that has the cursor, if it is one.
    pub(super) fn edit(self) -> Option<Edit> {
        Some(match self {
            Self::TextHome => Edit::Home,
            Self::TextEnd => Edit::End,
            Self::TextWordLeft => Edit::WordLeft,
            Self::TextWordRight => Edit::WordRight,
            Self::TextDeleteWord => Edit::DeleteWord,
            Self::TextDeleteNextWord => Edit::DeleteNextWord,
            Self::TextDeleteToStart => Edit::DeleteToStart,
            Self::TextDeleteToEnd => Edit::DeleteToEnd,
            Self::TextUndo => Edit::Undo,
            Self::TextRedo => Edit::Redo,
            _ => return None,
        })
    }
}

/// What a key means depends on this: keymaps have one table a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// The Fleet screen.
    Fleet,
    /// The Jobs screen.
    Jobs,
    /// The Alerts screen.
    Alerts,
    /// The Restores screen.
    Restores,
    /// The Incidents screen.
    Incidents,
    /// The Shift screen.
    Shift,
    /// The sweep.
    Sweep,
    /// The wizard, outside a text field.
    Wizard,
    /// A text field of the wizard: letters are text.
    Field,
    /// A text field of a list or an overlay: filter, palette, question.
    Prompt,
    /// A note of several lines.
    Note,
    /// An overlay without a text field: help, actions, a yes-or-no question.
    Overlay,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 12] = [
        Self::Fleet,
        Self::Jobs,
        Self::Alerts,
        Self::Restores,
        Self::Incidents,
        Self::Shift,
        Self::Sweep,
        Self::Wizard,
        Self::Field,
        Self::Prompt,
        Self::Note,
        Self::Overlay,
    ];

    /// Its table in a keymap.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Jobs => "jobs",
            Self::Alerts => "alerts",
            Self::Restores => "restores",
            Self::Incidents => "incidents",
            Self::Shift => "shift",
            Self::Sweep => "sweep",
            Self::Wizard => "wizard",
            Self::Field => "field",
            Self::Prompt => "prompt",
            Self::Note => "note",
            Self::Overlay => "overlay",
        }
    }

    /// Whether plain characters are text here.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Field | Self::Prompt | Self::Note)
    }

    /// Whether keys that this mode's table does not have are looked up in the table `normal`;
    /// where text is written, `text` is.
    pub fn falls_back_to_normal(self) -> bool {
        matches!(
            self,
            Self::Fleet
                | Self::Jobs
                | Self::Alerts
                | Self::Restores
                | Self::Incidents
                | Self::Shift
                | Self::Sweep
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_found() {
        let names: BTreeSet<&str> = TABLE.iter().map(|i| i.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for info in TABLE {
            assert_eq!(Command::from_name(info.name), Some(info.command));
            assert_eq!(info.command.info(), info);
        }
    }
}
