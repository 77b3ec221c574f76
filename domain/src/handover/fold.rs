//! A handover, folded from its records. Once it is taken or cancelled nothing in it changes, but
//! that a note may come.

use super::{
    event::{Event, Taken},
    line::{About, Line, Reading, Section, Shown},
};
use crate::{clock::Heat, facts::Time, journal::Record};
use std::collections::{BTreeMap, BTreeSet};

/// What a person wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// When.
    pub at: Time,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
}

/// A note to the incoming person.
pub type Note = Words;

/// One line of what happened.
pub type Moment = crate::journal::Moment<Event>;

/// A handover.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Handover {
    /// Who goes.
    pub from: String,
    /// Who comes.
    pub to: String,
    /// When it was begun, and by whom.
    pub begun: Option<(Time, String)>,
    /// What lines say instead of what is generated, by key.
    pub edits: BTreeMap<String, Words>,
    /// Lines that people added, by key.
    pub added: BTreeMap<String, Words>,
    /// Lines that are left out.
    pub removed: BTreeSet<String>,
    /// Notes, in the journal's order.
    pub notes: Vec<Note>,
    /// When and by whom lines were read, and what they said then, by key.
    pub read: BTreeMap<String, Words>,
    /// When and by whom the shift was taken.
    pub taken: Option<(Time, String, Taken)>,
    /// Why it does not take place.
    pub cancelled: Option<Words>,
    /// Notes that came when it was over: nothing else changes then, and a word to the next
    /// person is not lost.
    pub after: Vec<Note>,
    /// Everything that happened, in the journal's order.
    pub moments: Vec<Moment>,
    version: u32,
}

impl Handover {
    /// Fold one record in. Records come in the order of their subject; one that was folded
    /// before is passed over.
    pub fn fold(&mut self, record: &Record) {
        if record.subject_version <= self.version {
            return;
        }
        self.version = record.subject_version;
        let event = record.event::<Event>().ok();
        match &event {
            Some(event) if self.is_open() || self.is_new() => self.apply(event, record),
            Some(Event::Noted { text }) => self.after.push(Words {
                at: record.record.at,
                by: record.record.actor.clone(),
                text: text.clone(),
            }),
            _ => {}
        }
        self.moments.push(Moment::of(record, event));
    }

    fn apply(&mut self, event: &Event, record: &Record) {
        let (at, by) = (record.record.at, record.record.actor.clone());
        let words = |text: &str| Words {
            at,
            by: by.clone(),
            text: text.to_owned(),
        };
        match event {
            Event::Begun { from, to } if self.begun.is_none() => {
                self.from.clone_from(from);
                self.to.clone_from(to);
                self.begun = Some((at, by));
            }
            Event::Begun { .. } => {}
            Event::Edited { key, text } => {
                // Of a line of one's own the words are all there is.
                match self.added.get_mut(key) {
                    Some(own) => *own = words(text),
                    None if text.is_empty() => drop(self.edits.remove(key)),
                    None => drop(self.edits.insert(key.clone(), words(text))),
                }
            }
            Event::Noted { text } => self.notes.push(words(text)),
            Event::Added { text } => {
                let key = format!("own:{}", record.record.event_id);
                self.added.insert(key, words(text));
            }
            Event::Removed { key } => {
                self.removed.insert(key.clone());
            }
            Event::Read { key, gist } if by == self.to => {
                self.read.insert(key.clone(), words(gist));
            }
            // Nobody reads for another one.
            Event::Read { .. } => {}
            Event::Taken(taken) => self.taken = Some((at, by, (**taken).clone())),
            Event::Cancelled { reason } => self.cancelled = Some(words(reason)),
        }
    }

    fn is_new(&self) -> bool {
        self.begun.is_none() && self.taken.is_none() && self.cancelled.is_none()
    }

    /// The place in its history of the last record that was folded in.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.begun.is_some() && self.taken.is_none() && self.cancelled.is_none()
    }

    /// When it came to its end: the shift was taken, or it was called off.
    pub fn ended(&self) -> Option<Time> {
        let taken = self.taken.as_ref().map(|(at, ..)| *at);
        taken.or_else(|| self.cancelled.as_ref().map(|words| words.at))
    }

    /// The generated lines with what people did to them, in the order of the page; lines that
    /// people added last.
    pub fn shown(&self, generated: Vec<Line>) -> Vec<Shown> {
        let own = self.added.iter().map(|(key, words)| Line {
            key: key.clone(),
            section: Section::Own,
            priority: None,
            name: String::new(),
            text: words.text.clone(),
            next: words.by.clone(),
            heat: Heat::Normal,
            detail: Vec::new(),
            owner: String::new(),
            about: About::Nothing,
            gist: String::new(),
        });
        generated
            .into_iter()
            .chain(own)
            // What must be read cannot be left out.
            .filter(|line| line.wants_reading() || !self.removed.contains(&line.key))
            .map(|line| self.show(line))
            .collect()
    }

    fn show(&self, line: Line) -> Shown {
        let edited = self.edits.get(&line.key).cloned();
        let reading = match self.read.get(&line.key) {
            _ if !line.wants_reading() => Reading::Free,
            None => Reading::Unread,
            Some(Words { at, by, text }) => {
                let (at, by) = (*at, by.clone());
                if *text == gist(&line, edited.as_ref()) {
                    Reading::Read { at, by }
                } else {
                    Reading::Changed { at, by }
                }
            }
        };
        Shown {
            line,
            edited,
            reading,
        }
    }
}

/// What a line says, for [`Event::Read`]: of what was generated only what matters, and all of
/// what a person wrote.
fn gist(line: &Line, edited: Option<&Words>) -> String {
    match edited {
        Some(words) => format!("{} · {}", line.gist, words.text),
        None => line.gist.clone(),
    }
}

impl Shown {
    /// What the incoming person acknowledges by reading it.
    pub fn gist(&self) -> String {
        gist(&self.line, self.edited.as_ref())
    }
}
