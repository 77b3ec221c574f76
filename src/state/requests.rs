//! The restore requests: folded records and the rows of their drafts.

use super::model::Model;
use ocdeck_domain::{
    facts::{RestoreAttempt, Time},
    ids::{ApplianceId, Reference, RequestId},
    journal::{DraftRow, Record},
    restore::{Attempt, Intended, Phase, Request},
};
use std::collections::{BTreeMap, BTreeSet};

/// All restore requests.
#[derive(Debug, Default)]
pub struct Requests {
    by_id: BTreeMap<RequestId, Request>,
    drafts: BTreeMap<RequestId, BTreeMap<String, DraftRow>>,
    open: BTreeSet<RequestId>,
    /// Those of another desk: known by an appliance's word alone.
    foreign: BTreeSet<RequestId>,
    /// Those whose names may have changed since somebody asked.
    touched: BTreeSet<RequestId>,
}

impl Requests {
    /// A request.
    pub fn get(&self, id: RequestId) -> Option<&Request> {
        self.by_id.get(&id)
    }

    /// All requests.
    pub fn all(&self) -> impl Iterator<Item = &Request> {
        self.by_id.values()
    }

    /// Those that are not over.
    pub fn open(&self) -> impl Iterator<Item = RequestId> {
        self.open.iter().copied()
    }

    /// How many are not over.
    pub fn open_count(&self) -> usize {
        self.open.len()
    }

    /// A field of a draft, as JSON text.
    pub fn draft_field(&self, id: RequestId, field: &str) -> Option<&DraftRow> {
        self.drafts.get(&id)?.get(field)
    }

    /// All fields of a draft.
    pub fn draft(&self, id: RequestId) -> impl Iterator<Item = &DraftRow> {
        self.drafts.get(&id).into_iter().flat_map(BTreeMap::values)
    }

    /// Fold a record in.
    pub(super) fn fold(&mut self, record: &Record) {
        let Some(id) = record.record.subject.request() else {
            return;
        };
        self.forget_foreign(id);
        let request = self.by_id.entry(id).or_insert_with(|| Request::new(id));
        request.fold(record);
        self.touched.insert(id);
        if request.phase().over() {
            self.open.remove(&id);
        } else {
            self.open.insert(id);
        }
    }

    /// Show a request at once, before the desk has written it: its records, when they come,
    /// say the same.
    pub(super) fn begin(
        &mut self,
        id: RequestId,
        (received, responded): (Time, Time),
        owner: &str,
    ) {
        let request = self.by_id.entry(id).or_insert_with(|| Request::new(id));
        request.received.get_or_insert(received);
        request.responded.get_or_insert(responded);
        owner.clone_into(&mut request.owner);
        self.open.insert(id);
        self.touched.insert(id);
    }

    /// Show a request that awaits approval and that this desk does not know: its people have
    /// a desk of their own, and only the appliance tells of it.
    pub(super) fn adopt(&mut self, appliance: &ApplianceId, told: &RestoreAttempt, system: &str) {
        if self.by_id.contains_key(&told.request) {
            return;
        }
        let mut request = Request::new(told.request);
        let number = told.reference.strip_prefix("R-");
        request.reference = number.and_then(|it| it.parse().ok()).map(Reference);
        request.owner.clone_from(&told.actor);
        request.chosen = Some(told.priority);
        let intended = Intended {
            attempt: told.attempt,
            appliance: appliance.clone(),
            tenant: told.tenant.clone(),
            system: system.to_owned(),
            order: told.order.clone(),
            digest: Vec::new(),
            priority: told.priority,
            requester: told.requester.clone(),
            call_back: String::new(),
            reason: String::new(),
            break_glass: None,
            files: 0,
            bytes: 0,
        };
        let attempt = Attempt {
            intended,
            at: told.accepted,
            actor: told.actor.clone(),
            sent_again: Vec::new(),
            witnessed: BTreeMap::new(),
            refused: None,
        };
        request.attempts.insert(told.attempt, attempt);
        self.by_id.insert(told.request, request);
        self.open.insert(told.request);
        self.foreign.insert(told.request);
        self.touched.insert(told.request);
    }

    /// Whether it is of another desk: nothing about it is written to this one.
    pub fn is_foreign(&self, id: RequestId) -> bool {
        self.foreign.contains(&id)
    }

    /// A request of another desk is over, or this desk knows it after all.
    pub(super) fn forget_foreign(&mut self, id: RequestId) {
        if self.foreign.remove(&id) {
            self.by_id.remove(&id);
            self.open.remove(&id);
            self.touched.insert(id);
        }
    }

    /// Keep a row of a draft, unless a newer one is there.
    pub(super) fn keep(&mut self, row: DraftRow) {
        let Some(id) = row.draft.request() else {
            return;
        };
        if row.field == "place" {
            self.touched.insert(id);
        }
        let rows = self.drafts.entry(id).or_default();
        match rows.get(&row.field) {
            Some(there) if there.version > row.version => {}
            _ => {
                rows.insert(row.field.clone(), row);
            }
        }
    }

    /// Those whose names may have changed since the last time.
    pub(super) fn take_touched(&mut self) -> BTreeSet<RequestId> {
        std::mem::take(&mut self.touched)
    }

    /// The version that the next row of a field has.
    pub(super) fn next_version(&self, id: RequestId, field: &str) -> u32 {
        self.draft_field(id, field)
            .map_or(1, |row| row.version.saturating_add(1))
    }
}

impl Model {
    /// "acme/erp01", as far as it is known; the caller's tenant, or "new call".
    pub fn request_place(&self, id: RequestId) -> String {
        if let Some(attempt) = self.requests.get(id).and_then(Request::attempt) {
            let tenant = self.directory.tenant_name(&attempt.intended.tenant);
            return format!("{tenant}/{}", attempt.intended.system);
        }
        let place = self.requests.draft_field(id, "place");
        place
            .and_then(|row| serde_json::from_str(&row.value).ok())
            .unwrap_or_else(|| "new call".to_owned())
    }

    /// What the appliance tells now about a request's newest attempt.
    pub fn live_attempt(&self, id: RequestId) -> Option<(&ApplianceId, &RestoreAttempt)> {
        let attempt = self.requests.get(id)?.attempt()?;
        let (appliance, state) = self.fleet.entry(&attempt.intended.appliance)?;
        let live = state.restores.get(&(id, attempt.intended.attempt))?;
        Some((appliance, live))
    }

    /// Where a request stands: what the appliance says now, else what the desk knows.
    ///
    /// The appliance's word reaches the desk a moment after it reaches the screen: what a
    /// person is offered, and what a key then does, follow the same of the two.
    pub fn request_phase(&self, id: RequestId) -> Phase {
        let known = self.requests.get(id).map_or(Phase::Draft, Request::phase);
        let told = self.live_attempt(id).map(|(_, live)| live.state);
        match (known, told) {
            (Phase::Dispatching | Phase::Attempt(_) | Phase::AwaitingValidation(_), Some(told)) => {
                Phase::of_attempt(told)
            }
            _ => known,
        }
    }
}
