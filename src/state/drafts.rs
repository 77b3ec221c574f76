//! Drafts that are no restore wizard's: the texts of notes that nobody saved yet.

use super::{model::Model, note};
use ocdeck_domain::journal::{DraftRow, Subject};
use std::collections::BTreeMap;

/// The newest row of each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    rows: BTreeMap<(Subject, String), DraftRow>,
}

impl Drafts {
    /// A field of a draft.
    pub fn get(&self, draft: &Subject, field: &str) -> Option<&DraftRow> {
        self.rows.get(&(draft.clone(), field.to_owned()))
    }

    /// The text in a field; empty, if it has none.
    pub fn text(&self, draft: &Subject, field: &str) -> String {
        let row = self.get(draft, field);
        row.and_then(|row| serde_json::from_str(&row.value).ok())
            .unwrap_or_default()
    }

    /// The version that the next row of a field has.
    pub(super) fn next_version(&self, draft: &Subject, field: &str) -> u32 {
        self.get(draft, field)
            .map_or(1, |row| row.version.saturating_add(1))
    }

    /// Keep a row, unless a newer one is there.
    pub(super) fn keep(&mut self, row: DraftRow) {
        let key = (row.draft.clone(), row.field.clone());
        match self.rows.get(&key) {
            Some(there) if there.version > row.version => {}
            _ => {
                self.rows.insert(key, row);
            }
        }
    }
}

impl Model {
    /// Keep a row of whatever draft.
    pub(super) fn keep_draft(&mut self, row: DraftRow) {
        if row.draft.request().is_some() && !note::is_note(&row.field) {
            self.requests.keep(row);
        } else {
            self.drafts.keep(row);
        }
    }
}
