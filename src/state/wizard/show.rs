//! What the wizard says: the rail of steps, what is known and missing, words for the caller.

use super::{Load, Step, TargetKind, Wizard};
use crate::state::{model::Model, words};
use chrono::TimeDelta;
use chrono_tz::Tz;
use ocdeck_domain::{
    facts::{PathBytes, Plan, Time},
    ids::ApplianceId,
    restore::{OverwritePolicy, Purpose},
    text,
};

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Nothing of it is missing.
    Done,
    /// Something of it is missing.
    Missing,
}

/// A row of the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRow {
    /// The step.
    pub step: Step,
    /// How it stands.
    pub state: StepState,
    /// Whether it is the current one.
    pub current: bool,
    /// What is chosen in it, in few words; may be empty.
    pub summary: String,
}

/// A line of "known so far".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What.
    pub label: &'static str,
    /// Which.
    pub value: String,
    /// Whether it deserves a look: it replaces files, or a person may not ask.
    pub danger: bool,
}

/// A line of "missing".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// In which step.
    pub step: Step,
    /// What.
    pub text: String,
}

/// A piece of a sentence to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The words.
    pub text: String,
    /// Whether they are what matters.
    pub strong: bool,
    /// Whether they warn.
    pub danger: bool,
}

fn say(text: impl Into<String>) -> Said {
    Said {
        text: text.into(),
        strong: false,
        danger: false,
    }
}

fn strong(text: impl Into<String>) -> Said {
    Said {
        strong: true,
        ..say(text)
    }
}

fn known(label: &'static str, value: impl Into<String>) -> Known {
    Known {
        label,
        value: value.into(),
        danger: false,
    }
}

fn last_name(path: &PathBytes) -> String {
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
    text::show(name)
}

impl Model {
    /// The zone of the wizard's tenant, else of the terminal.
    pub fn wizard_zone(&self) -> Tz {
        let tenant = self.wizard.as_ref().and_then(|w| w.tenant(&self.fleet));
        tenant
            .and_then(|t| self.directory.tenant(&t))
            .map_or(self.me.zone, |t| t.time_zone)
    }

    /// "acme/erp01" of the wizard's system, or the caller's tenant, or nothing.
    pub fn wizard_place(&self, wizard: &Wizard) -> Option<String> {
        let tenant = wizard.tenant(&self.fleet)?;
        let tenant = self.directory.tenant_name(&tenant);
        match wizard.system_name(&self.fleet) {
            "" => Some(tenant.to_owned()),
            system => Some(format!("{tenant}/{system}")),
        }
    }

    /// The appliance of the wizard's system, where the directory does not have it any more. What was
    /// chosen stays: the next revision may bring it back.
    pub fn wizard_left<'w>(&self, wizard: &'w Wizard) -> Option<&'w ApplianceId> {
        let appliance = &wizard.system.as_ref()?.appliance;
        self.fleet.get(appliance).is_none().then_some(appliance)
    }

    /// The rail of steps.
    pub fn wizard_steps(&self, wizard: &Wizard) -> Vec<StepRow> {
        let missing = self.wizard_missing(wizard);
        Step::ALL
            .into_iter()
            .map(|step| StepRow {
                step,
                state: if missing.iter().any(|m| m.step == step) {
                    StepState::Missing
                } else {
                    StepState::Done
                },
                current: wizard.step == step,
                summary: self.summary(wizard, step),
            })
            .collect()
    }

    fn summary(&self, wizard: &Wizard, step: Step) -> String {
        let zone = self.me.zone;
        match step {
            Step::Call => wizard
                .caller
                .as_ref()
                .map(|c| c.name().to_owned())
                .unwrap_or_default(),
            Step::System => wizard.system_name(&self.fleet).to_owned(),
            Step::Point => wizard
                .point
                .as_ref()
                .and(wizard.chosen_point())
                .map(|p| words::short(p.time, zone))
                .unwrap_or_default(),
            Step::What if wizard.whole => "whole system".to_owned(),
            Step::What if wizard.marks.is_empty() => String::new(),
            Step::What if wizard.marks.len() == 1 => "1 mark".to_owned(),
            Step::What => format!("{} marks", wizard.marks.len()),
            Step::Where => wizard
                .target
                .map(|t| t.name().to_owned())
                .unwrap_or_default(),
            Step::Overwrite => wizard
                .policy
                .map(|p| p.name().to_owned())
                .unwrap_or_default(),
            Step::Check => match &wizard.plan.load {
                Load::Known(plan, _) => words::files(plan.written.files),
                Load::Asking { .. } => "counting".to_owned(),
                Load::Failed(..) => "no plan".to_owned(),
                Load::Nothing => String::new(),
            },
            Step::ReadBack if wizard.sent.is_some() => "sent".to_owned(),
            Step::ReadBack => String::new(),
        }
    }

    /// What is known so far.
    pub fn wizard_known(&self, wizard: &Wizard) -> Vec<Known> {
        let zone = self.wizard_zone();
        let mut rows = Vec::new();
        if let Some(caller) = &wizard.caller {
            let may_not = caller.contact().is_none_or(|c| !c.may_request);
            rows.push(Known {
                danger: may_not,
                ..known("caller", caller.name())
            });
            rows.push(known("number", caller.number()));
        }
        if let Some(place) = self.wizard_place(wizard) {
            rows.push(known("system", place));
            if let Some(system) = &wizard.system {
                let left = self.wizard_left(wizard).is_some();
                let words = if left {
                    ", which left the directory"
                } else {
                    ""
                };
                rows.push(Known {
                    danger: left,
                    ..known("", format!("on {}{words}", system.appliance))
                });
            }
        }
        if let Some(asked) = wizard.asked {
            rows.push(known("kind", asked.name()));
        }
        rows.push(known("purpose", wizard.purpose.name()));
        // Rows are in the technician's time, as the header is; the caller's own words and
        // what is said to them are in theirs.
        let mine = self.me.zone;
        if let Ok(event) = wizard.event_time(zone) {
            rows.push(known("event", words::short(event, mine)));
            let theirs = words::short(event, zone);
            if theirs != words::short(event, mine) {
                rows.push(known("theirs", theirs));
            }
        }
        if let Some(point) = wizard.point.as_ref().and(wizard.chosen_point()) {
            rows.push(known("point", words::short(point.time, mine)));
            let verified = if point.verified.is_some() {
                "verified"
            } else {
                "unverified"
            };
            let origin = point.origin().unwrap_or_else(|| point.copy.clone());
            rows.push(known("", format!("{verified}, {origin}")));
        }
        let what = self.summary(wizard, Step::What);
        if !what.is_empty() {
            rows.push(known("paths", what));
        }
        if let Some(target) = wizard.target {
            rows.push(known("target", target.name()));
        }
        if let Some(policy) = wizard.policy {
            let danger = wizard.current_plan().is_some_and(|p| p.replaced.files > 0);
            rows.push(Known {
                danger,
                ..known("policy", policy.name())
            });
        }
        if let Some(plan) = wizard.current_plan() {
            rows.push(known("amount", words::files(plan.written.files)));
            rows.push(known("", words::bytes(plan.written.bytes)));
        }
        rows
    }

    /// What is missing before it can be sent.
    pub fn wizard_missing(&self, wizard: &Wizard) -> Vec<Missing> {
        let mut rows = Vec::new();
        let mut miss = |step, text: &str| {
            rows.push(Missing {
                step,
                text: text.to_owned(),
            })
        };
        match &wizard.caller {
            None => miss(Step::Call, "caller"),
            Some(caller) if caller.number().is_empty() => miss(Step::Call, "a number to call back"),
            Some(_) => {}
        }
        if wizard.asked.is_none() {
            miss(Step::Call, "what is asked");
        }
        if let Err(why) = wizard.event_time(self.wizard_zone()) {
            miss(Step::Call, &why);
        }
        match self.wizard_left(wizard) {
            Some(appliance) => {
                let text = format!("another system: {appliance} left the directory");
                miss(Step::System, &text);
            }
            None if wizard.system.is_none() => miss(Step::System, "system"),
            None => {}
        }
        if wizard.point.is_none() {
            miss(Step::Point, "restore point");
        }
        if !wizard.whole && wizard.marks.is_empty() {
            miss(Step::What, "paths");
        }
        match wizard.absent() {
            _ if wizard.whole => {}
            0 => {}
            1 => miss(Step::What, "a mark is not in the point"),
            _ => miss(Step::What, "marks that are not in the point"),
        }
        if wizard.target.is_none() {
            miss(Step::Where, "target");
        } else if let Err(why) = wizard.target(&self.reference_text(wizard.request)) {
            miss(Step::Where, &why);
        }
        if wizard.policy.is_none() {
            miss(Step::Overwrite, "overwrite policy");
        }
        match &wizard.plan.load {
            Load::Nothing | Load::Asking { .. } => miss(Step::Check, "dry run"),
            Load::Failed(..) => miss(Step::Check, "dry run, it failed"),
            Load::Known(plan, _) if !plan.problems.is_empty() => {
                miss(Step::Check, "problems to mend")
            }
            Load::Known(..) => {}
        }
        if self
            .requests
            .get(wizard.request)
            .is_none_or(|r| r.reference.is_none())
        {
            miss(Step::ReadBack, "a number from the desk");
        }
        if wizard.wants_name() && !wizard.name_typed(&self.fleet) {
            miss(Step::ReadBack, "the name, typed");
        }
        if let Some(text) = self.glass_missing(wizard) {
            miss(Step::ReadBack, text);
        }
        rows
    }

    /// Why glass cannot be broken; taking it back is always on.
    pub(in crate::state) fn glass_off(&self) -> Option<String> {
        let wizard = self.wizard.as_ref()?;
        let plan = wizard.current_plan();
        let Some(plan) = plan.filter(|plan| !plan.beyond_limit.is_empty()) else {
            let why = "the plan does not go beyond the limit: no break glass is needed";
            return Some(why.to_owned());
        };
        let off = !plan.break_glass_off.is_empty() && !wizard.break_glass;
        off.then(|| plan.break_glass_off.clone())
    }

    fn glass_missing(&self, wizard: &Wizard) -> Option<&'static str> {
        use super::Field as F;
        let beyond = wizard
            .current_plan()
            .is_some_and(|p| !p.beyond_limit.is_empty());
        if !beyond {
            return None;
        }
        let plan = wizard.current_plan()?;
        if !wizard.break_glass && plan.approval_off.is_empty() {
            // Another person approves it once it is sent.
            return None;
        }
        if !wizard.break_glass {
            return Some("break glass: the plan goes beyond the limit");
        }
        if !plan.break_glass_off.is_empty() {
            return Some("approval instead of break glass");
        }
        if wizard.text(F::GlassReason).trim().is_empty() {
            return Some("break glass: the reason");
        }
        if wizard.text(F::GlassManager).trim().is_empty() {
            return Some("break glass: the duty manager's name");
        }
        match wizard.glass_time(self.now, self.me.zone) {
            Ok(Some(_)) => None,
            Ok(None) => Some("break glass: when you called, such as 02:14"),
            Err(_) => Some("break glass: a time such as 02:14 or 5 min ago"),
        }
    }

    /// `R-0118`, or nothing before the desk gave it.
    pub fn reference_text(&self, id: ocdeck_domain::ids::RequestId) -> String {
        let reference = self.requests.get(id).and_then(|r| r.reference);
        reference.map(|r| r.to_string()).unwrap_or_default()
    }

    /// A time as it is said to the caller: in their zone, and it says so where that is not ours.
    fn spoken(&self, time: Time) -> String {
        let theirs = words::spoken(time, self.wizard_zone());
        if theirs == words::spoken(time, self.me.zone) {
            theirs
        } else {
            format!("{theirs} your time")
        }
    }

    /// What to say to the caller at this step, in whole sentences.
    pub fn wizard_say(&self, wizard: &Wizard) -> String {
        let zone = self.wizard_zone();
        let name = wizard.caller.as_ref().map_or("", |c| c.name());
        match wizard.step {
            Step::Call => format!(
                "Operations Center, {}. I have your call at {} and the clock is running. Which system is it, what happened, and since when?",
                self.me.name,
                wizard.received.with_timezone(&zone).format("%H:%M"),
            ),
            Step::System => "Which machine is it, by the name you use for it?".to_owned(),
            Step::Point => match wizard.chosen_point() {
                Some(point) => format!(
                    "The last good copy before that is of {}. What was written after it is not in it. Is that right?",
                    self.spoken(point.time)
                ),
                None => "I am looking for the last good copy.".to_owned(),
            },
            Step::What => "Is it all of it, or which folders and files?".to_owned(),
            Step::Where => "Shall it go back to its own place, or somewhere beside it?".to_owned(),
            Step::Overwrite => "What shall happen to files that are there now?".to_owned(),
            Step::Check => "I am checking what would change before anything is written.".to_owned(),
            Step::ReadBack if name.is_empty() => "Please tell me your name and number.".to_owned(),
            Step::ReadBack => format!("{name}, I read it back to you."),
        }
    }

    /// The sentence to read back, in paragraphs of pieces.
    pub fn read_back(&self, wizard: &Wizard) -> Vec<Vec<Said>> {
        let what = if wizard.whole {
            strong("everything")
        } else {
            let names: Vec<String> = wizard.marks.keys().take(4).map(last_name).collect();
            let more = wizard.marks.len().saturating_sub(names.len());
            let mut names = names;
            if more > 0 {
                names.push(format!("{more} more"));
            }
            strong(words::list(&names))
        };
        let mut first = vec![
            say("I will bring back "),
            what,
            say(" of "),
            strong(wizard.system_name(&self.fleet)),
        ];
        if let Some(point) = wizard.chosen_point() {
            first.extend([say(", as it was on "), strong(self.spoken(point.time))]);
            if let Some(host) = point.foreign_host() {
                first.extend([say(" (the copy of "), strong(host.to_owned()), say(")")]);
            }
        }
        let place = match wizard.target_kind() {
            TargetKind::Original => "its original place".to_owned(),
            TargetKind::OtherPath => format!(
                "the folder {}",
                wizard.text(super::Field::TargetPath).trim()
            ),
            TargetKind::OtherSystem => format!("the system {}", self.target_system_name(wizard)),
            TargetKind::Staging => "a folder beside it, for you to look at".to_owned(),
        };
        first.extend([say(", to "), strong(place), say(".")]);
        if wizard.purpose == Purpose::RecoveryTest {
            first.push(say(" It is a recovery test."));
        }
        let mut paragraphs = vec![first];
        if let Some(plan) = wizard.current_plan() {
            paragraphs.push(effect_of(plan, wizard.policy_in_force()));
            let mut last = vec![say("Nothing is deleted.")];
            if let Some(time) = estimate(plan) {
                last.push(say(format!(" It takes {}.", words::about(time))));
            }
            last.push(strong(" Is that right, and may I start?"));
            paragraphs.push(last);
        }
        paragraphs
    }

    fn target_system_name(&self, wizard: &Wizard) -> String {
        let id = wizard.system.as_ref().zip(wizard.target_system.as_ref());
        let system = id.and_then(|(on, id)| self.fleet.get(&on.appliance)?.systems.get(id));
        system.map(|s| s.name.clone()).unwrap_or_default()
    }

    /// The sentence as one text, for the clipboard.
    pub fn read_back_text(&self, wizard: &Wizard) -> String {
        let paragraphs = self.read_back(wizard);
        let lines: Vec<String> = paragraphs
            .iter()
            .map(|p| p.iter().map(|s| s.text.as_str()).collect())
            .collect();
        lines.join(" ")
    }
}

/// How long the plan takes to write, where a rate is known.
fn estimate(plan: &Plan) -> Option<TimeDelta> {
    let seconds = plan.written.bytes.checked_div(plan.expected_rate)?;
    TimeDelta::try_seconds(i64::try_from(seconds).ok()?)
}

fn effect_of(plan: &Plan, policy: OverwritePolicy) -> Vec<Said> {
    let replaced = plan.replaced.files;
    let there = plan.changed.files + plan.same.files + plan.conflict.files;
    if plan.written.files == 0 && there > 0 {
        return vec![strong(
            "Everything is already there, or stays untouched: no file will be written.",
        )];
    }
    if replaced > 0 {
        let warning = Said {
            danger: true,
            ..strong(format!("{} there will be replaced", words::files(replaced)))
        };
        return vec![
            warning,
            say(", and what changed in them since then will be lost."),
        ];
    }
    if there == 0 {
        return vec![say(format!(
            "Nothing is there now: {} will be created.",
            words::files(plan.written.files)
        ))];
    }
    match policy {
        OverwritePolicy::KeepBoth => vec![
            say("Files that are there now stay as they are; "),
            say(format!(
                "what comes back is written beside them, {} in all.",
                words::files(plan.written.files)
            )),
        ],
        _ => vec![say(format!(
            "Files that are there now stay as they are; {} that are missing will be created.",
            words::files(plan.written.files)
        ))],
    }
}
