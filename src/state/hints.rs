//! What the keys do here: hints of the footer, rows of help, and why a command is off.

use super::clocks::NOTHING_URGENT;
use super::wizard::{Field, Step};
use super::{
    command::{Command, Group, Mode, TABLE},
    form::Form,
    model::{Model, Screen},
    note::Note,
    overlay::Overlay,
    shift::ShiftView,
};
use ocdeck_domain::fleet::Node;

/// A hint of the footer or a row of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The command.
    pub command: Command,
    /// Its key, as shown; `None`: it has none here.
    pub key: Option<String>,
    /// What it does, in the fewest words.
    pub label: String,
    /// Why it is off now, if it is.
    pub off: Option<String>,
}

impl Model {
    /// A command as a hint.
    pub fn hint(&self, command: Command) -> Hint {
        let (label, off) = match self.find_hint(command) {
            Some((label, off)) => (label.to_owned(), off),
            None => (self.label(command), self.why_not(command)),
        };
        Hint {
            command,
            key: self.keys.key(self.mode(), command).map(str::to_owned),
            label,
            off,
        }
    }

    /// What a command does here, in the fewest words.
    fn label(&self, command: Command) -> String {
        use Command as C;
        let in_wizard = self.wizard_open() && self.overlay.is_none();
        let focus = self.wizard.as_ref().filter(|_| in_wizard);
        match (focus.map(|w| (w.focus, w)), command) {
            (Some((_, wizard)), C::BreakGlass) if wizard.break_glass => "ask instead".to_owned(),
            (Some((Field::Search, _)), C::Open) => "mark".to_owned(),
            (Some((Field::Search, wizard)), C::NextField) => match wizard.search.all {
                true => "this point".to_owned(),
                false => wizard.all_points(),
            },
            (Some((Field::Search, _)), C::Back) => "leave search".to_owned(),
            (Some((Field::Versions, _)), C::Open) => "take it".to_owned(),
            (_, C::Open | C::NextPane | C::NoteSave) if self.form().is_some() => {
                let last = self.form().is_some_and(Form::last);
                match (command, last) {
                    (C::NextPane, _) | (C::Open, false) => "next line".to_owned(),
                    _ => "take it".to_owned(),
                }
            }
            (_, C::NoteSave) => self
                .note()
                .map_or("save", |note| note.purpose.verb())
                .to_owned(),
            (_, C::NoteNewLine) if self.note().is_some_and(Note::goes_without) => {
                "without a note".to_owned()
            }
            (_, C::Open) if self.overlay.is_some() => self.enter_label().to_owned(),
            (None, C::Open) if self.mode() == Mode::Prompt => "keep filter".to_owned(),
            (None, C::Open) if self.mode() == Mode::Sweep => C::Stamp.info().label.to_owned(),
            (None, C::IncidentWait) if self.selected_waits() => "goes on".to_owned(),
            (None, C::IncidentTake) if self.incident_of_another() => "take over".to_owned(),
            (None, C::AlertSnooze) if self.alert_wakes() => "wake".to_owned(),
            _ => command.info().label.to_owned(),
        }
    }

    /// What Enter does in what lies over the screen.
    fn enter_label(&self) -> &'static str {
        match &self.overlay {
            Some(Overlay::Ask(ask)) => ask.purpose.verb(),
            Some(Overlay::Confirm(confirm)) => confirm.yes,
            Some(Overlay::Help(_) | Overlay::Palette(_) | Overlay::Actions { .. }) => "do it",
            _ => Command::Open.info().label,
        }
    }

    /// Whether a colleague works on the selected incident.
    fn incident_of_another(&self) -> bool {
        let owner = self.selected_incident().map(|it| it.owner.as_str());
        owner.is_some_and(|owner| !owner.is_empty() && owner != self.me.name)
    }

    /// Whether what is selected waits for the client.
    fn selected_waits(&self) -> bool {
        match self.screen {
            Screen::Restores => {
                let selected = self.restores.selected;
                let request = selected.and_then(|id| self.requests.get(id));
                request.is_some_and(|request| request.waiting().is_some())
            }
            Screen::Incidents => {
                let incident = self.selected_incident();
                incident.is_some_and(|incident| incident.waiting().is_some())
            }
            _ => false,
        }
    }

    /// The form that is open.
    fn form(&self) -> Option<&Form> {
        match &self.overlay {
            Some(Overlay::Form(form)) => Some(form),
            _ => None,
        }
    }

    /// What a command does with the selected hit, and why not.
    fn find_hint(&self, command: Command) -> Option<(&'static str, Option<String>)> {
        use Command as C;
        let Some(Overlay::Find(find)) = &self.overlay else {
            return None;
        };
        let selected = find.selected.as_ref();
        let nothing = selected.is_none().then(|| "nothing is found".to_owned());
        Some(match command {
            C::Open => (selected.map_or("go there", |t| self.go_label(t)), nothing),
            C::NewRestore => match selected.map(|target| self.act_label(target)) {
                Some(Some(label)) => (label, None),
                Some(None) => ("restore", Some("not for this".to_owned())),
                None => ("restore", nothing),
            },
            C::NextPane if find.only.is_some() => ("all kinds", None),
            C::NextPane => ("only this kind", nothing),
            C::CopyId => ("copy id", nothing),
            _ => return None,
        })
    }

    /// Hints of the footer, the most useful first.
    pub fn hints(&self) -> Vec<Hint> {
        self.hinted()
            .iter()
            .map(|command| self.hint(*command))
            .collect()
    }

    /// Rows of help: every command that means something here, by group.
    pub fn help_rows(&self) -> Vec<Hint> {
        let rows = self.help_commands();
        rows.into_iter().map(|command| self.hint(command)).collect()
    }

    pub(super) fn help_commands(&self) -> Vec<Command> {
        let here = TABLE.iter().filter(|info| self.applies(info.command));
        let mut rows: Vec<_> = here.map(|info| (info.group, info.command)).collect();
        rows.sort_by_key(|(group, _)| *group);
        rows.into_iter().map(|(_, command)| command).collect()
    }

    fn hinted(&self) -> &'static [Command] {
        use Command as C;
        match self.mode() {
            Mode::Fleet => &[
                C::Open,
                C::Actions,
                C::CallCard,
                C::NewRestore,
                C::UrgentClock,
                C::Find,
                C::Palette,
                C::Help,
            ],
            Mode::Jobs => &[
                C::Open,
                C::JobRetry,
                C::JobStop,
                C::NewRestore,
                C::Actions,
                C::Filter,
                C::Find,
                C::Palette,
                C::Help,
            ],
            Mode::Alerts => &[
                C::Open,
                C::AlertAcknowledge,
                C::AlertUndo,
                C::AlertTake,
                C::AlertSnooze,
                C::ItsIncident,
                C::AlertResolve,
                C::Actions,
                C::ShowNew,
                C::Filter,
                C::Find,
                C::Palette,
                C::Help,
            ],
            Mode::Restores if self.approval_awaited() => &[
                C::Approve,
                C::Reject,
                C::CancelRestore,
                C::NewRestore,
                C::ShowClosed,
                C::Find,
                C::Palette,
                C::Help,
            ],
            Mode::Restores if self.wait_selected().is_some() => &[
                C::TakeBack,
                C::NewRestore,
                C::NoteRequest,
                C::ShowClosed,
                C::Find,
                C::Palette,
                C::Help,
            ],
            Mode::Restores if self.unanswered_selected() => &[
                C::SendAsMine,
                C::NewRestore,
                C::NoteRequest,
                C::ShowClosed,
                C::Find,
                C::Palette,
                C::Help,
            ],
            Mode::Restores => &[
                C::NewRestore,
                C::Continue,
                C::Validate,
                C::Close,
                C::NoteRequest,
                C::CancelRestore,
                C::ShowClosed,
                C::Find,
                C::Palette,
                C::Help,
            ],
            Mode::Incidents => self.incidents_hinted(),
            Mode::Shift => self.shift_hinted(),
            Mode::Sweep => &[
                C::Stamp,
                C::StampGreen,
                C::Finding,
                C::EndSweep,
                C::Filter,
                C::Back,
                C::Palette,
                C::Help,
            ],
            Mode::Wizard | Mode::Field => self.wizard_hinted(),
            Mode::Prompt if matches!(self.overlay, Some(Overlay::Find(_))) => {
                &[C::Open, C::NewRestore, C::NextPane, C::CopyId, C::Back]
            }
            Mode::Prompt if matches!(self.overlay, Some(Overlay::Form(_))) => {
                &[C::NextPane, C::NoteSave, C::Up, C::Down, C::Back]
            }
            Mode::Prompt if matches!(&self.overlay, Some(Overlay::Ask(ask)) if ask.offers.is_empty()) => {
                &[C::Open, C::Back]
            }
            Mode::Prompt => &[C::Open, C::Up, C::Down, C::Back],
            Mode::Note => &[
                C::NoteSave,
                C::NoteNewLine,
                C::TextUndo,
                C::TextRedo,
                C::Back,
                C::Help,
            ],
            Mode::Overlay if matches!(self.overlay, Some(Overlay::Points(_))) => {
                &[C::NewRestore, C::Back]
            }
            Mode::Overlay => match &self.overlay {
                Some(Overlay::Help(_)) => &[C::Open, C::Up, C::Down, C::Back],
                // There is nothing to open.
                Some(Overlay::Config(_)) => &[C::Up, C::Down, C::Back],
                _ => &[C::Open, C::Back],
            },
        }
    }

    fn incidents_hinted(&self) -> &'static [Command] {
        use Command as C;
        if self.selected_incident().is_none() {
            return &[
                C::IncidentNew,
                C::ShowClosed,
                C::CallCard,
                C::UrgentClock,
                C::Find,
                C::Palette,
                C::Help,
            ];
        }
        &[
            C::IncidentNote,
            C::IncidentCalled,
            C::Escalate,
            C::IncidentMerge,
            C::IncidentTake,
            C::IncidentClose,
            C::Actions,
            C::Find,
            C::Palette,
            C::Help,
        ]
    }

    fn shift_hinted(&self) -> &'static [Command] {
        use Command as C;
        match self.shift.view {
            ShiftView::Mine => &[
                C::Open,
                C::BeginHandover,
                C::TurnShift,
                C::TakeOne,
                C::Promise,
                C::OnShift,
                C::TakeOverShift,
                C::Palette,
                C::Help,
            ],
            ShiftView::Handover if self.handover().is_none() => &[
                C::BeginHandover,
                C::Open,
                C::Export,
                C::TurnShift,
                C::History,
                C::Palette,
                C::Help,
            ],
            ShiftView::Handover => &[
                C::ReadLine,
                C::Open,
                C::EditLine,
                C::HandoverNote,
                C::Export,
                C::TakeShift,
                C::History,
                C::Palette,
                C::Help,
            ],
            ShiftView::History => &[C::Open, C::Back, C::Palette, C::Help],
            ShiftView::Copy(_) => &[C::Up, C::Down, C::Export, C::Back, C::Palette, C::Help],
        }
    }

    fn wizard_hinted(&self) -> &'static [Command] {
        use Command as C;
        match self.wizard.as_ref().map(|w| w.focus) {
            Some(Field::Search) => {
                return &[C::Open, C::NextField, C::Versions, C::NextStep, C::Back];
            }
            Some(Field::Versions) => return &[C::Open, C::Up, C::Down, C::Back],
            _ => {}
        }
        match self.wizard.as_ref().map(|w| w.step) {
            Some(Step::Call) => &[
                C::Open,
                C::NextField,
                C::NextStep,
                C::CallBack,
                C::NotListed,
                C::Urgent,
                C::NotRestore,
                C::Back,
            ],
            Some(Step::What) if self.wizard.as_ref().is_some_and(|w| w.absent() > 0) => &[
                C::DropAbsent,
                C::Mark,
                C::Open,
                C::Left,
                C::Search,
                C::Versions,
                C::NextStep,
                C::Back,
            ],
            Some(Step::What) => &[
                C::Mark,
                C::Open,
                C::Left,
                C::Search,
                C::Versions,
                C::NextStep,
                C::TypePath,
                C::WholeSystem,
                C::Back,
            ],
            Some(Step::Check) => &[C::Open, C::PlanAgain, C::NextStep, C::Back],
            Some(Step::ReadBack) => &[
                C::Dispatch,
                C::CopySentence,
                C::BreakGlass,
                C::NextField,
                C::Back,
            ],
            _ => &[C::Open, C::NextField, C::NextStep, C::PreviousStep, C::Back],
        }
    }

    /// Whether a command means something here at all.
    pub fn applies(&self, command: Command) -> bool {
        use Command as C;
        let wizard = self.wizard_open();
        let group = command.info().group;
        if self.note_open() {
            let moves = matches!(
                command,
                C::Up | C::Down | C::PageUp | C::PageDown | C::First | C::Last | C::Back
            );
            let terminal = matches!(command, C::Help | C::Redraw | C::Suspend);
            return moves || terminal || matches!(group, Group::Note | Group::Text);
        }
        match group {
            Group::Wizard => wizard,
            Group::Note => command == C::NoteSave && self.form().is_some(),
            Group::Text => wizard || self.mode().is_text(),
            Group::Shift => self.screen == Screen::Shift,
            Group::Sweep => self.sweep_open(),
            Group::Demo => self.demo.is_some(),
            Group::Any | Group::Go => true,
            Group::Selected | Group::List if wizard => {
                matches!(
                    command,
                    C::Open
                        | C::Up
                        | C::Down
                        | C::Left
                        | C::Right
                        | C::PageUp
                        | C::PageDown
                        | C::First
                        | C::Last
                )
            }
            Group::Selected | Group::List => match command {
                C::JobStart | C::JobRetry | C::JobStop | C::Follow => self.screen == Screen::Jobs,
                C::Filter => self.filter().is_some(),
                C::Approve
                | C::Reject
                | C::SendAsMine
                | C::TakeBack
                | C::Continue
                | C::Validate
                | C::Close
                | C::NoteRequest
                | C::CancelRestore => self.screen == Screen::Restores,
                C::ShowClosed | C::IncidentWait => {
                    matches!(self.screen, Screen::Restores | Screen::Incidents)
                }
                C::Escalate => {
                    matches!(
                        self.screen,
                        Screen::Alerts | Screen::Restores | Screen::Incidents
                    ) && !self.sweep_open()
                }
                C::ItsIncident => matches!(self.screen, Screen::Alerts | Screen::Restores),
                C::IncidentNote
                | C::IncidentCalled
                | C::IncidentPriority
                | C::IncidentMerge
                | C::IncidentLink
                | C::IncidentTake
                | C::IncidentAssign
                | C::IncidentNotified
                | C::IncidentKept
                | C::IncidentResolve
                | C::IncidentClose
                | C::IncidentReopen => self.screen == Screen::Incidents,
                C::ShowNew
                | C::ShowHidden
                | C::AlertAcknowledge
                | C::AlertUndo
                | C::AlertTake
                | C::AlertAssign
                | C::AlertSnooze
                | C::AlertNote
                | C::AlertNotified
                | C::AlertResolve => self.screen == Screen::Alerts && !self.sweep_open(),
                C::Redial => self.selected_appliance().is_some(),
                _ => true,
            },
        }
    }

    /// Whether a note is being written, be it that its help lies over it.
    pub fn note_open(&self) -> bool {
        self.parked_note.is_some() || matches!(self.overlay, Some(Overlay::Note(_)))
    }

    /// Why a command is off now; `None`: it is on.
    pub fn why_not(&self, command: Command) -> Option<String> {
        use Command as C;
        if !self.applies(command) {
            return Some("not here".to_owned());
        }
        match command {
            C::JobStart => self.start_off(),
            C::JobRetry => self.retry_off(),
            C::JobStop => self.stop_off(),
            C::Approve | C::Reject => self.approve_off(),
            C::SendAsMine => self.send_off(),
            C::TakeBack => self.take_back_off(),
            C::BreakGlass => self.glass_off(),
            C::Continue => self.continue_off(),
            C::Validate => self.validate_off(),
            C::Close => self.close_off(),
            C::NoteRequest => self.note_request_off(),
            C::CancelRestore => self.cancel_off(),
            C::ItsIncident => self.its_incident_off(),
            C::IncidentNew => self.report_off(),
            C::NotRestore => self.not_restore_off(),
            C::Escalate if self.screen == Screen::Restores => self.escalate_off(),
            C::IncidentWait if self.screen == Screen::Restores => self.wait_off(),
            C::Escalate if self.screen == Screen::Alerts => self.alert_off(command),
            C::Escalate
            | C::IncidentNote
            | C::IncidentCalled
            | C::IncidentWait
            | C::IncidentPriority
            | C::IncidentMerge
            | C::IncidentLink
            | C::IncidentTake
            | C::IncidentAssign
            | C::IncidentNotified
            | C::IncidentKept
            | C::IncidentResolve
            | C::IncidentClose
            | C::IncidentReopen => self.incident_off(command),
            C::CallCard | C::NewRestore => {
                let role = self.role_off(&["technician", "duty_manager", "reseller"]);
                role.or_else(|| self.desk.unread())
                    .or_else(|| self.unmanaged_off().filter(|_| command == C::NewRestore))
            }
            C::DropAbsent => {
                let absent = self.wizard.as_ref().is_some_and(|w| w.absent() > 0);
                (!absent).then(|| "every mark is in the point".to_owned())
            }
            C::Search | C::Versions => self.inside_off(command),
            C::SweepBegin => self.sweep_off(),
            C::Stamp | C::Finding => self.stamp_off(),
            C::StampGreen => self.stamp_green_off(),
            C::EndSweep => self.end_sweep_off(),
            _ if command.info().group == Group::Shift => self.why_not_shift(command),
            C::AlertAcknowledge
            | C::AlertUndo
            | C::AlertTake
            | C::AlertAssign
            | C::AlertSnooze
            | C::AlertNote
            | C::AlertNotified
            | C::AlertResolve => self.alert_off(command),
            C::ShowNew if self.alerts.waiting.is_empty() => Some("no new rows wait".to_owned()),
            C::UrgentClock if self.due().is_empty() && self.alerts.hottest().is_none() => {
                Some(NOTHING_URGENT.to_owned())
            }
            C::DemoLose => {
                let seeding = self.demo.as_ref().is_some_and(|d| !d.seeding.is_empty());
                seeding.then(|| "the demo is still being seeded".to_owned())
            }
            _ => None,
        }
    }

    /// Why nothing inside the point can be looked for.
    fn inside_off(&self, command: Command) -> Option<String> {
        let wizard = self.wizard.as_ref()?;
        let missing = match (&wizard.system, &wizard.point) {
            (None, _) => "take a system first: step 2",
            (_, None) => "take a restore point first: step 3",
            _ if command == Command::Search || wizard.step == Step::What => return None,
            _ => "it is for what is selected in step 4",
        };
        Some(missing.to_owned())
    }

    /// Why nothing can be done at an unmanaged tenant.
    fn unmanaged_off(&self) -> Option<String> {
        let Some(Node::Tenant(id)) = self.scope() else {
            return None;
        };
        let tenant = self.directory.tenant(id).filter(|t| !t.managed)?;
        Some(format!(
            "{} is unmanaged: its tenant side is not monitored",
            tenant.name
        ))
    }
}
