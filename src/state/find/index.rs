//! The index: who fits what is typed, fast enough for every key.
//!
//! One or two letters find words that begin with them, from a list for each pair of letters.
//! More letters are first looked for in a mask of the letters that a name has, among those
//! that fitted when one letter less was typed; words that stand in a name are scored by where,
//! and only when few do are letters in order scored: what that costs is in docs/bench.md.

use super::{
    Change, Found, Kind, Name, Question, Target,
    fit::{self, BEGINS},
};
use std::{cmp::Reverse, collections::HashMap};

/// Stands between the names of a thing; no name holds it, as control characters are cleaned.
const BETWEEN: char = '\u{1f}';
/// How many names are looked at between two looks at whether anybody still wants to know.
const SLICE: usize = 4_096;
/// What a word in another name than the first is worth less.
const OTHER: u32 = 50;

/// A thing with its names, ready to be searched.
#[derive(Debug)]
struct Item {
    target: Target,
    /// The names in lower case, the first one first.
    names: Box<str>,
    /// Bytes of the first name.
    first: u16,
    /// Digits of the phone number; empty: none.
    digits: Box<str>,
    /// Which letters stand in the names.
    mask: u64,
}

/// Names of everything, ready to be searched.
#[derive(Debug, Default)]
pub struct Index {
    /// Things by slot; `None`: gone.
    items: Vec<Option<Item>>,
    slots: HashMap<Target, u32>,
    /// Slots by the first two letters of each word in them. A slot may be named by mistake
    /// after its thing went: whoever reads looks again.
    starts: HashMap<[char; 2], Vec<u32>>,
    last: Last,
}

/// What fitted the last question, so that one letter more looks only there.
#[derive(Debug, Default)]
struct Last {
    text: String,
    /// Whether that was a phone number: half a number is none yet, and holds less than it.
    number: bool,
    slots: Vec<u32>,
}

/// A question, taken apart.
struct Words {
    words: Vec<String>,
    number: Option<String>,
    mask: u64,
    only: Option<Kind>,
}

impl Index {
    /// How many things it holds.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Let names come and go.
    pub fn change(&mut self, changes: Vec<Change>) {
        self.last = Last::default();
        for change in changes {
            match change {
                Change::Put(target, name) => self.put(target, &name),
                Change::Gone(target) => self.remove(&target),
            }
        }
        if self.items.len() > 1_024 && self.items.len() > self.slots.len() * 2 {
            self.pack();
        }
    }

    fn put(&mut self, target: Target, name: &Name) {
        self.remove(&target);
        let Ok(slot) = u32::try_from(self.items.len()) else {
            return;
        };
        let item = Item::new(target.clone(), name);
        self.list(slot, &item);
        self.items.push(Some(item));
        self.slots.insert(target, slot);
    }

    fn list(&mut self, slot: u32, item: &Item) {
        for start in item.starts() {
            let slots = self.starts.entry(start).or_default();
            if slots.last() != Some(&slot) {
                slots.push(slot);
            }
        }
    }

    fn remove(&mut self, target: &Target) {
        if let Some(slot) = self.slots.remove(target)
            && let Some(item) = self.items.get_mut(slot as usize)
        {
            *item = None;
        }
    }

    /// Close the gaps that things that went have left.
    fn pack(&mut self) {
        let items: Vec<Item> = std::mem::take(&mut self.items)
            .into_iter()
            .flatten()
            .collect();
        self.slots.clear();
        self.starts.clear();
        for (slot, item) in (0..).zip(items) {
            self.list(slot, &item);
            self.slots.insert(item.target.clone(), slot);
            self.items.push(Some(item));
        }
    }

    /// What fits a question; `None`: `stop` said that nobody wants to know any more.
    pub fn search(&mut self, question: &Question, stop: &mut dyn FnMut() -> bool) -> Option<Found> {
        let words = Words::of(question);
        let fitting = match words.few_letters() {
            Some(letters) => self.beginning_with(&letters, &words),
            None => self.holding(question, &words, stop)?,
        };
        Some(self.answer(question.number, fitting))
    }

    fn item(&self, slot: u32) -> Option<&Item> {
        self.items.get(slot as usize)?.as_ref()
    }

    /// One or two letters: words that begin with them.
    fn beginning_with(&self, letters: &str, words: &Words) -> Vec<(u32, u32)> {
        let mut chars = letters.chars();
        let slots: Vec<u32> = match (chars.next(), chars.next()) {
            (Some(first), Some(second)) => {
                let here = self.starts.get(&[first, second]);
                here.cloned().unwrap_or_default()
            }
            (Some(first), None) => {
                let here = self.starts.iter().filter(|(start, _)| start[0] == first);
                let mut slots: Vec<u32> = here.flat_map(|(_, slots)| slots).copied().collect();
                slots.sort_unstable();
                slots.dedup();
                slots
            }
            (None, _) => Vec::new(),
        };
        let of_kind = slots.into_iter().filter(|slot| {
            let item = self.item(*slot);
            item.is_some_and(|item| words.only.is_none_or(|kind| item.target.kind() == kind))
        });
        of_kind
            .filter_map(|slot| Some((self.item(slot)?.standing(letters)?, slot)))
            .collect()
    }

    /// More letters: who holds them.
    fn holding(
        &mut self,
        question: &Question,
        words: &Words,
        stop: &mut dyn FnMut() -> bool,
    ) -> Option<Vec<(u32, u32)>> {
        let last = std::mem::take(&mut self.last);
        let narrower = !last.text.is_empty()
            && question.text.starts_with(&last.text)
            && last.number == words.number.is_some();
        let among: Vec<u32> = if narrower {
            last.slots
        } else {
            (0..u32::try_from(self.items.len()).unwrap_or(u32::MAX)).collect()
        };
        let mut held = Vec::new();
        for slice in among.chunks(SLICE) {
            if stop() {
                return None;
            }
            held.extend(slice.iter().copied().filter(|slot| {
                let item = self.item(*slot);
                item.is_some_and(|item| item.holds(words))
            }));
        }
        let of_kind: Vec<u32> = match words.only {
            None => held.clone(),
            Some(kind) => {
                let mut slots = held.clone();
                slots.retain(|slot| self.item(*slot).is_some_and(|i| i.target.kind() == kind));
                slots
            }
        };
        self.last = Last {
            text: question.text.clone(),
            number: words.number.is_some(),
            slots: held,
        };
        let mut found = Vec::new();
        let mut rest = Vec::new();
        for slot in of_kind {
            let Some(item) = self.item(slot) else {
                continue;
            };
            match item.whole(words) {
                Some(score) => found.push((score, slot)),
                None => rest.push(slot),
            }
        }
        if found.len() >= Found::MOST {
            return Some(found);
        }
        for slice in rest.chunks(SLICE / 8) {
            if stop() {
                return None;
            }
            let scored = slice.iter().filter_map(|slot| {
                let item = self.item(*slot)?;
                Some((item.letters(words)?, *slot))
            });
            found.extend(scored);
        }
        Some(found)
    }

    /// The best of them in order.
    fn answer(&self, number: u64, mut found: Vec<(u32, u32)>) -> Found {
        let fitting = found.len();
        let key = |(score, slot): &(u32, u32)| {
            let item = self.item(*slot);
            let kind = item.map(|item| item.target.kind());
            (Reverse(*score), kind, item.map(|item| &item.names), *slot)
        };
        if found.len() > Found::MOST {
            found.select_nth_unstable_by(Found::MOST, |a, b| key(a).cmp(&key(b)));
            found.truncate(Found::MOST);
        }
        found.sort_by(|a, b| key(a).cmp(&key(b)));
        let targets = found
            .iter()
            .filter_map(|(_, slot)| Some(self.item(*slot)?.target.clone()));
        Found {
            number,
            hits: targets.collect(),
            fitting,
            names: self.len(),
        }
    }
}

impl Words {
    fn of(question: &Question) -> Self {
        let text = fit::lower(&question.text);
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Self {
            mask: words.iter().fold(0, |mask, word| mask | mask_of(word)),
            number: fit::number(&question.text),
            words,
            only: question.only,
        }
    }

    /// The one or two letters that are all that is asked for.
    fn few_letters(&self) -> Option<String> {
        match self.words.as_slice() {
            [] => Some(String::new()),
            [word] if word.chars().count() <= 2 => Some(word.clone()),
            _ => None,
        }
    }
}

impl Item {
    fn new(target: Target, name: &Name) -> Self {
        let mut names = fit::lower(&name.name);
        let first = u16::try_from(names.len()).unwrap_or(u16::MAX);
        for other in &name.others {
            names.push(BETWEEN);
            names.push_str(&fit::lower(other));
        }
        let digits = fit::digits(&name.number);
        Self {
            mask: mask_of(&names) | mask_of(&digits),
            target,
            names: names.into_boxed_str(),
            first,
            digits: digits.into_boxed_str(),
        }
    }

    /// The first two letters of each word.
    fn starts(&self) -> impl Iterator<Item = [char; 2]> {
        let words = self.names.split(|c: char| !c.is_alphanumeric());
        words.filter(|word| !word.is_empty()).map(|word| {
            let mut chars = word.chars();
            let first = chars.next().unwrap_or(' ');
            [first, chars.next().unwrap_or(' ')]
        })
    }

    /// Whether every word may fit: a longer question is never held by more.
    fn holds(&self, words: &Words) -> bool {
        let letters = self.mask & words.mask == words.mask
            && words
                .words
                .iter()
                .all(|word| fit::in_order(word, &self.names));
        letters || self.has_number(words)
    }

    fn has_number(&self, words: &Words) -> bool {
        let number = words.number.as_ref();
        number.is_some_and(|number| self.digits.contains(number.as_str()))
    }

    /// What a word is worth at its best place, if it stands in the names.
    fn standing(&self, word: &str) -> Option<u32> {
        let (worth, at) = fit::place(word, &self.names)?;
        let first = usize::from(self.first);
        let worth = if at >= first { worth - OTHER } else { worth };
        // A shorter first name fits better, whatever else the thing is called.
        let rest = first.saturating_sub(word.len()).min(99);
        Some(worth.saturating_sub(u32::try_from(rest).unwrap_or(99)))
    }

    /// The score, if every word stands in the names or it is the number.
    fn whole(&self, words: &Words) -> Option<u32> {
        if self.has_number(words) {
            return Some(BEGINS);
        }
        let each = words.words.iter().map(|word| self.standing(word));
        each.sum()
    }

    /// The score with letters in order for words that do not stand in the names.
    fn letters(&self, words: &Words) -> Option<u32> {
        let each = words.words.iter().map(|word| {
            let standing = self.standing(word);
            // Letters that are spread over several names say nothing.
            let mut names = self.names.split(BETWEEN);
            standing.or_else(|| names.find_map(|name| fit::letters(word, name)))
        });
        each.sum()
    }
}

/// A bit for each letter and digit; all others share the rest.
fn mask_of(text: &str) -> u64 {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != BETWEEN)
        .fold(0, |mask, c| {
            let bit = match c {
                'a'..='z' => u32::from(c) - u32::from('a'),
                '0'..='9' => 26 + u32::from(c) - u32::from('0'),
                other => 36 + u32::from(other) % 28,
            };
            mask | 1 << bit
        })
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
