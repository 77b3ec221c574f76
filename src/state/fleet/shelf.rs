//! The states of all appliances, in the order of their ids, each found without a search.

use super::ApplianceState;
use ocdeck_domain::ids::ApplianceId;
use std::collections::HashMap;

/// States of appliances. Appliances come with the directory and do not go.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// In the order of their ids.
    states: Vec<(ApplianceId, ApplianceState)>,
    places: HashMap<ApplianceId, usize>,
}

impl Shelf {
    /// Puts a state in its place.
    pub(super) fn put(&mut self, id: ApplianceId, state: ApplianceState) {
        let place = self.states.partition_point(|(other, _)| other < &id);
        match self.states.get_mut(place) {
            Some((other, there)) if *other == id => *there = state,
            _ => {
                self.states.insert(place, (id, state));
                let moved = self.states.iter().enumerate().skip(place);
                self.places
                    .extend(moved.map(|(place, (id, _))| (id.clone(), place)));
            }
        }
    }

    /// All of them; none is left.
    pub(super) fn take(&mut self) -> Vec<(ApplianceId, ApplianceState)> {
        self.places.clear();
        std::mem::take(&mut self.states)
    }

    pub(super) fn get(&self, id: &ApplianceId) -> Option<&ApplianceState> {
        Some(self.entry(id)?.1)
    }

    pub(super) fn entry(&self, id: &ApplianceId) -> Option<(&ApplianceId, &ApplianceState)> {
        let (id, state) = self.states.get(*self.places.get(id)?)?;
        Some((id, state))
    }

    pub(super) fn get_mut(&mut self, id: &ApplianceId) -> Option<&mut ApplianceState> {
        let (_, state) = self.states.get_mut(*self.places.get(id)?)?;
        Some(state)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ApplianceId, &ApplianceState)> {
        self.states.iter().map(|(id, state)| (id, state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_of_coming_is_the_order_of_ids() {
        let mut shelf = Shelf::default();
        for id in ["m", "a", "z", "m", "b"] {
            shelf.put(id.into(), ApplianceState::new(chrono::DateTime::UNIX_EPOCH));
        }
        let ids: Vec<&str> = shelf.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "m", "z"]);
        for id in ids {
            assert_eq!(shelf.entry(&id.into()).map(|(id, _)| id.as_str()), Some(id));
        }
        assert!(shelf.get(&"c".into()).is_none() && shelf.get_mut(&"m".into()).is_some());
    }
}
