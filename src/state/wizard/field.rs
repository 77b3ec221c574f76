//! The fields of the steps, and the order of `Tab` among them.

use super::{Step, TargetKind, Wizard};

/// A field of a step: what has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Step 1, text: name, number, system or alias of the caller.
    Caller,
    /// Step 1, text: the number of a caller who is not on file.
    Number,
    /// Step 1, list: what is asked.
    Kind,
    /// Step 1, text: what broke, in the caller's words.
    Reason,
    /// Step 1 and 3, text: when the data was last good.
    Happened,
    /// Step 1, list: production or recovery test.
    Purpose,
    /// Step 2, text: which system.
    System,
    /// Step 3, list: restore points.
    Points,
    /// Step 4, list: the folder browsed.
    Browser,
    /// Step 4, text: what to look for; its hits are moved through meanwhile.
    Search,
    /// Step 4, list: the versions of a path.
    Versions,
    /// Step 4, text: a path typed or pasted.
    Path,
    /// Step 5, list: where to.
    Target,
    /// Step 5, text: a folder.
    TargetPath,
    /// Step 5, list: another system.
    TargetSystem,
    /// Step 6, list: policies.
    Policy,
    /// Step 7, list: entries of the plan.
    Plan,
    /// Step 8, text: why break glass.
    GlassReason,
    /// Step 8, text: the duty manager who was called.
    GlassManager,
    /// Step 8, text: when.
    GlassTime,
    /// Step 8, text: the system's name, typed.
    Confirm,
    /// Step 8, no typed confirmation is needed: Enter sends it.
    Ready,
}

impl Field {
    /// Whether letters are text in it.
    pub fn is_text(self) -> bool {
        !matches!(
            self,
            Self::Kind
                | Self::Purpose
                | Self::Points
                | Self::Browser
                | Self::Versions
                | Self::Target
                | Self::TargetSystem
                | Self::Policy
                | Self::Plan
                | Self::Ready
        )
    }

    /// Its name in drafts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Number => "number",
            Self::Kind => "kind",
            Self::Reason => "reason",
            Self::Happened => "happened",
            Self::Purpose => "purpose",
            Self::System => "system_query",
            Self::Points => "points",
            Self::Browser => "browser",
            Self::Search => "search",
            Self::Versions => "versions",
            Self::Path => "path",
            Self::Target => "target",
            Self::TargetPath => "target_path",
            Self::TargetSystem => "target_system",
            Self::Policy => "policy",
            Self::Plan => "plan",
            Self::GlassReason => "glass_reason",
            Self::GlassManager => "glass_manager",
            Self::GlassTime => "glass_time",
            Self::Confirm => "confirm",
            Self::Ready => "ready",
        }
    }

    /// The text fields.
    pub const TEXT: [Self; 12] = [
        Self::Caller,
        Self::Number,
        Self::Reason,
        Self::Happened,
        Self::System,
        Self::Search,
        Self::Path,
        Self::TargetPath,
        Self::GlassReason,
        Self::GlassManager,
        Self::GlassTime,
        Self::Confirm,
    ];
}

impl Wizard {
    /// The fields of the current step, in the order of `Tab`.
    pub fn fields(&self) -> Vec<Field> {
        match self.step {
            Step::Call => {
                let mut fields = vec![Field::Caller];
                fields.extend(self.not_listed.then_some(Field::Number));
                fields.extend([Field::Kind, Field::Reason, Field::Happened, Field::Purpose]);
                fields
            }
            Step::System => vec![Field::System],
            Step::Point => vec![Field::Points, Field::Happened],
            Step::What => match self.focus {
                Field::Search | Field::Versions => vec![self.focus],
                _ => vec![Field::Browser, Field::Path],
            },
            Step::Where => match self.target_selected {
                TargetKind::OtherPath => vec![Field::Target, Field::TargetPath],
                TargetKind::OtherSystem => vec![Field::Target, Field::TargetSystem],
                TargetKind::Original | TargetKind::Staging => vec![Field::Target],
            },
            Step::Overwrite => vec![Field::Policy],
            Step::Check => vec![Field::Plan],
            Step::ReadBack => {
                let mut fields = Vec::new();
                if self.break_glass {
                    fields.extend([Field::GlassReason, Field::GlassManager, Field::GlassTime]);
                }
                fields.push(if self.wants_name() {
                    Field::Confirm
                } else {
                    Field::Ready
                });
                fields
            }
        }
    }

    /// Go to a step; its first field that is not done gets the keys.
    pub(crate) fn go(&mut self, step: Step) {
        self.versions = None;
        if matches!(self.focus, Field::Search | Field::Versions) {
            self.focus = Field::Browser;
        }
        self.step = step;
        let fields = self.fields();
        let first = match step {
            Step::Call if self.caller.is_some() && self.asked.is_none() => Some(Field::Kind),
            _ => fields.first().copied(),
        };
        self.focus = first.unwrap_or(Field::Caller);
    }

    /// The field so many further in the order of `Tab`, around the end.
    pub(crate) fn turn(&mut self, by: isize) {
        let fields = self.fields();
        let Ok(count) = isize::try_from(fields.len()) else {
            return;
        };
        let at = fields
            .iter()
            .position(|f| *f == self.focus)
            .and_then(|at| isize::try_from(at).ok());
        let next = (at.unwrap_or(0) + by).rem_euclid(count.max(1));
        if let Some(field) = usize::try_from(next).ok().and_then(|at| fields.get(at)) {
            self.focus = *field;
        }
    }
}
