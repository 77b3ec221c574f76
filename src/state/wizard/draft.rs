//! The wizard as rows of a draft, and back: a kill loses nothing, and another person
//! continues at the same step. The typed confirmation is not kept: who sends it types it.

use super::{Field, Load, PlanStatus, Search, Step, TargetKind, Wizard};
use crate::state::{line::LineInput, requests::Requests};
use ocdeck_domain::{
    facts::Time,
    ids::RequestId,
    restore::{Asked, OverwritePolicy, Purpose},
};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, HashMap};

fn json(value: &impl Serialize) -> String {
    // Text, numbers and lists of them: this cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

fn read<T: DeserializeOwned>(requests: &Requests, id: RequestId, field: &str) -> Option<T> {
    serde_json::from_str(&requests.draft_field(id, field)?.value).ok()
}

impl Wizard {
    /// An empty wizard for a call received now.
    pub(crate) fn new(request: RequestId, received: Time) -> Self {
        Self {
            request,
            received,
            step: Step::Call,
            focus: Field::Caller,
            lines: BTreeMap::new(),
            contacts: Vec::new(),
            contact_selected: 0,
            caller: None,
            not_listed: false,
            called_back: None,
            kind_selected: Asked::System,
            asked: None,
            priority: None,
            purpose: Purpose::Production,
            systems: Vec::new(),
            system_selected: 0,
            system: None,
            points: Load::Nothing,
            point_selected: None,
            point: None,
            folders: HashMap::new(),
            folder: b"/".to_vec(),
            entry_selected: None,
            search: Search::default(),
            versions: None,
            marks: BTreeMap::new(),
            whole: false,
            target_selected: TargetKind::Original,
            target: None,
            target_system: None,
            policy_selected: None,
            policy: None,
            plan: PlanStatus::default(),
            plan_filter: None,
            plan_selected: 0,
            break_glass: false,
            sent: None,
            opening: false,
            saved: BTreeMap::new(),
            opened: None,
        }
    }

    /// Every field with its value, as JSON text.
    pub(crate) fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows: Vec<(&'static str, String)> = Field::TEXT
            .into_iter()
            .filter(|field| *field != Field::Confirm && self.lines.contains_key(field))
            .map(|field| (field.name(), json(&self.text(field))))
            .collect();
        let marks: Vec<_> = self.marks.iter().collect();
        rows.extend([
            ("step", json(&self.step.number())),
            ("received", json(&self.received)),
            ("contact", json(&self.caller)),
            ("not_listed", json(&self.not_listed)),
            ("called_back", json(&self.called_back)),
            ("asked", json(&self.asked)),
            ("priority", json(&self.priority)),
            ("purpose", json(&self.purpose)),
            ("system", json(&self.system)),
            ("point", json(&self.point)),
            ("folder", json(&self.folder)),
            ("marks", json(&marks)),
            ("whole", json(&self.whole)),
            ("target", json(&self.target)),
            ("target_system", json(&self.target_system)),
            ("policy", json(&self.policy)),
            ("break_glass", json(&self.break_glass)),
        ]);
        rows
    }

    /// The wizard that a draft's rows describe. A row that cannot be read is as if empty.
    pub(crate) fn from_draft(request: RequestId, received: Time, requests: &Requests) -> Self {
        let mut wizard = Self::new(request, received);
        let fields: Vec<&'static str> = wizard.fields_of_draft();
        for field in fields {
            wizard.read_field(field, requests);
        }
        wizard.kind_selected = wizard.asked.unwrap_or(Asked::System);
        wizard.target_selected = wizard.target.unwrap_or(TargetKind::Original);
        wizard.policy_selected = wizard.policy;
        wizard.point_selected.clone_from(&wizard.point);
        let step = read::<u8>(requests, request, "step").map_or(Step::Call, Step::from_number);
        wizard.go(step);
        // Nothing of it is this person's yet, and an empty field least: its row may be on its way.
        wizard.saved = wizard.rows().into_iter().collect();
        wizard
    }

    /// The names of all fields that a draft can have.
    fn fields_of_draft(&self) -> Vec<&'static str> {
        let text = Field::TEXT.into_iter().map(Field::name);
        let rest = self.rows().into_iter().map(|(field, _)| field);
        text.chain(rest).collect()
    }

    /// Take a field from the draft's row; one that cannot be read stays as it is.
    fn read_field(&mut self, field: &str, requests: &Requests) {
        let request = self.request;
        let line = Field::TEXT.into_iter().find(|line| line.name() == field);
        if let Some(line) = line {
            if let Some(text) = read::<String>(requests, request, field) {
                self.lines.insert(line, LineInput::of(&text));
            }
            return;
        }
        macro_rules! take {
            ($($name:literal => $place:ident),* $(,)?) => {
                match field {
                    $($name => {
                        if let Some(value) = read(requests, request, $name) {
                            self.$place = value;
                        }
                    })*
                    _ => {}
                }
            };
        }
        take! {
            "received" => received,
            "contact" => caller,
            "not_listed" => not_listed,
            "called_back" => called_back,
            "asked" => asked,
            "priority" => priority,
            "purpose" => purpose,
            "system" => system,
            "point" => point,
            "folder" => folder,
            "whole" => whole,
            "target" => target,
            "target_system" => target_system,
            "policy" => policy,
            "break_glass" => break_glass,
        }
        if field == "marks" {
            let marks: Option<Vec<_>> = read(requests, request, "marks");
            self.marks = marks.unwrap_or_default().into_iter().collect();
        }
    }

    /// Another person wrote these fields: they are the draft now. The step and the folder are
    /// where each person looks, and stay; so does the text that has the cursor, which wins with
    /// its next letter.
    pub(in crate::state) fn take_fields(&mut self, fields: &[&str], requests: &Requests) {
        let system = self.system.clone();
        for field in fields {
            let busy = self.focus.is_text() && self.focus.name() == *field;
            if !busy && !matches!(*field, "step" | "folder") {
                self.read_field(field, requests);
            }
        }
        if self.system != system {
            self.points = Load::Nothing;
            self.folders.clear();
        }
        self.kind_selected = self.asked.unwrap_or(self.kind_selected);
        self.target_selected = self.target.unwrap_or(self.target_selected);
        self.point_selected.clone_from(&self.point);
        self.policy_selected = self.policy.or(self.policy_selected);
        let rows = self.rows();
        for (field, value) in rows {
            if fields.contains(&field) {
                self.saved.insert(field, value);
            }
        }
    }

    /// To where the draft was left: its rows came after it was opened here.
    pub(in crate::state) fn resume(&mut self, requests: &Requests) {
        if self.focus.is_text() && self.text(self.focus).is_empty() {
            self.read_field(self.focus.name(), requests);
        }
        self.read_field("folder", requests);
        if let Some(step) = read::<u8>(requests, self.request, "step") {
            self.go(Step::from_number(step));
        }
        for (field, value) in self.rows() {
            if requests
                .draft_field(self.request, field)
                .is_some_and(|row| row.value == value)
            {
                self.saved.insert(field, value);
            }
        }
    }

    /// The policies in the order of the list.
    pub fn policies(&self) -> [OverwritePolicy; 5] {
        OverwritePolicy::ALL
    }
}
