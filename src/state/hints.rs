//! What the keys do here: hints of the footer, rows of help, and why a command is off.

use super::{
    command::{Command, Mode, TABLE},
    model::Model,
};

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
        Hint {
            command,
            key: self.keys.key(self.mode(), command).map(str::to_owned),
            label: command.info().label.to_owned(),
            off: self.why_not(command),
        }
    }

    /// Hints of the footer, the most useful first.
    pub fn hints(&self) -> Vec<Hint> {
        self.hinted()
            .iter()
            .map(|command| self.hint(*command))
            .collect()
    }

    /// Rows of help: every command that means something here.
    pub fn help_rows(&self) -> Vec<Hint> {
        TABLE
            .iter()
            .filter(|info| self.applies(info.command))
            .map(|info| self.hint(info.command))
            .collect()
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
                C::Palette,
                C::Help,
            ],
            Mode::Alerts => &[
                C::Open,
                C::ShowNew,
                C::CallCard,
                C::UrgentClock,
                C::Palette,
                C::Help,
            ],
            Mode::Restores => &[
                C::NewRestore,
                C::Continue,
                C::Validate,
                C::Close,
                C::CancelRestore,
                C::ShowClosed,
                C::Palette,
                C::Help,
            ],
            Mode::Wizard | Mode::Field => &[C::Open, C::NextField, C::NextStep, C::Back],
            Mode::Prompt => &[C::Open, C::Up, C::Down, C::Back],
            Mode::Overlay => &[C::Open, C::Back],
        }
    }

    /// Whether a command means something here at all.
    pub fn applies(&self, _command: Command) -> bool {
        true
    }

    /// Why a command is off now; `None`: it is on.
    pub fn why_not(&self, _command: Command) -> Option<String> {
        None
    }
}
