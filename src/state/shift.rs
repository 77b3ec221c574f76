//! The Shift screen: what a person has now, and the handover. Lines are made anew from what is
//! known whenever somebody may look at them.

use super::model::{Model, Screen};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::{SessionResult, Time},
    handover::{Handover, Moved, Night, Section, Sheet, Shown, lines, night},
    ids::{HandoverId, RequestId},
    journal::Subject,
    restore::{Phase, Request},
    shift::Person,
};
use std::collections::BTreeSet;

/// What the Shift screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShiftView {
    /// What I have, and what nobody has.
    #[default]
    Mine,
    /// The handover that goes on, or what one would say.
    Handover,
    /// Handovers that are over.
    History,
    /// The frozen copy of one.
    Copy(HandoverId),
}

/// What is known of handovers that were over when the console started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Older {
    /// Only what the desk gives at the start.
    #[default]
    Unread,
    /// The desk was asked for the next ones, then.
    Asked(Time),
    /// There are others that ended before this one.
    Before(Subject),
    /// All of them are known.
    All,
}

/// The Shift screen.
#[derive(Clone, Debug, Default)]
pub struct ShiftScreen {
    /// What it shows.
    pub view: ShiftView,
    /// The lines of the view, while the screen is shown.
    pub lines: Vec<Shown>,
    /// The shift in numbers, while the screen is shown.
    pub night: Night,
    /// The key of the selected line.
    pub selected: Option<String>,
    /// The selected handover of the history.
    pub past: Option<HandoverId>,
    /// How far back the history is read.
    pub older: Older,
    /// How far a copy is scrolled.
    pub top: usize,
    /// The line, or the person, that the open question is about.
    pub(super) about: String,
}

/// Something that has an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// What.
    pub moved: Moved,
    /// The place in its history that was seen last.
    pub version: u32,
}

impl Model {
    /// The handover that goes on: mine before those of others, the newest first.
    pub fn handover(&self) -> Option<(HandoverId, &Handover)> {
        let open = self.book.handovers.iter().filter(|(_, h)| h.is_open());
        let mine = |h: &Handover| [&h.from, &h.to].contains(&&self.me.name);
        open.max_by_key(|(id, h)| (mine(h), h.begun.clone(), **id))
            .map(|(id, handover)| (*id, handover))
    }

    /// Handovers that are over, the one that ended last first.
    pub fn past_handovers(&self) -> Vec<(HandoverId, &Handover)> {
        let all = self.book.handovers.iter();
        let mut over: Vec<_> = all
            .filter(|(_, handover)| handover.ended().is_some())
            .map(|(id, handover)| (*id, handover))
            .collect();
        over.sort_by_key(|(id, handover)| std::cmp::Reverse((handover.ended(), *id)));
        over
    }

    /// Who is writing a note to the next shift, or left one unsaved.
    pub fn note_in_writing(&self, id: HandoverId) -> Option<&str> {
        let row = self.drafts.get(&Subject::Handover(id), "note")?;
        let blank = self.drafts.text(&row.draft, &row.field).trim().is_empty();
        (!blank).then_some(row.author.as_str())
    }

    /// How many other handovers to the person here wait behind the one that is shown.
    pub fn more_handovers(&self) -> usize {
        let all = self.book.handovers.values();
        let to_me = all.filter(|h| h.is_open() && h.to == self.me.name).count();
        let shown = self.handover().is_some_and(|(_, h)| h.to == self.me.name);
        to_me.saturating_sub(usize::from(shown))
    }

    /// Who is on shift, in the order of their coming.
    pub fn on_shift(&self) -> Vec<(&str, &Person)> {
        let on = self
            .book
            .people
            .iter()
            .filter(|(_, p)| p.on_since.is_some());
        let mut on: Vec<_> = on.map(|(name, person)| (name.as_str(), person)).collect();
        on.sort_by_key(|(name, person)| (person.on_since, *name));
        on
    }

    /// Everyone who may have something to hand over, or take: who is known to the desk, without
    /// the person here.
    pub fn colleagues(&self) -> Vec<String> {
        let all: BTreeSet<&str> = self.others().collect();
        all.into_iter().map(str::to_owned).collect()
    }

    /// Whether there is such a one: it is asked in every frame, and the first one says so.
    pub(super) fn has_colleagues(&self) -> bool {
        self.others().next().is_some()
    }

    /// Their names, some of them many times.
    fn others(&self) -> impl Iterator<Item = &str> {
        let people = self.book.people.keys();
        let open = self.requests.open().filter_map(|id| self.requests.get(id));
        let owners = open.map(|request| &request.owner);
        let incidents = self.book.incidents.open().map(|i| &i.owner);
        let alerts = self.book.alerts().map(|life| &life.owner);
        let all = people.chain(owners).chain(incidents).chain(alerts);
        let others = |name: &&str| !name.is_empty() && *name != self.me.name;
        all.map(String::as_str).filter(others)
    }

    /// What a person has.
    pub fn owned_by(&self, name: &str) -> Vec<Owned> {
        let requests = self.requests.open().filter_map(|id| self.requests.get(id));
        let requests = requests.filter(|r| r.owner == name).map(|request| Owned {
            moved: Moved {
                subject: request.id.into(),
                name: self.reference_text(request.id),
            },
            version: request.version(),
        });
        let incidents = self.book.incidents.open().filter(|i| i.owner == name);
        let incidents = incidents.map(|incident| Owned {
            moved: Moved {
                subject: Subject::Incident(incident.id),
                name: incident.number.map(|n| n.to_string()).unwrap_or_default(),
            },
            version: incident.version(),
        });
        let alerts = self.book.alerts().filter(|life| {
            life.owner == name && !life.state(self.now, &self.policy.alert_life).over()
        });
        let alerts = alerts.map(|life| Owned {
            moved: Moved {
                subject: Subject::Alert(life.episode.clone()),
                name: life.episode.alert.to_string(),
            },
            version: life.version(),
        });
        requests.chain(incidents).chain(alerts).collect()
    }

    /// Since when the shift goes that is handed over, or mine.
    pub fn shift_since(&self) -> Time {
        let name = match self.handover() {
            Some((_, handover)) => &handover.from,
            None => &self.me.name,
        };
        let on = self.book.people.get(name).and_then(|p| p.on_since);
        let back = TimeDelta::seconds(self.policy.handover.look_back.into());
        on.unwrap_or(self.now - back)
    }

    /// The shift in numbers.
    pub fn night(&self) -> Night {
        let since = self.shift_since();
        let mut numbers = night(
            since,
            self.now,
            self.requests.all(),
            self.book.sweeps.values(),
            |request| self.request_place(request.id),
            |request| self.policy_of(request),
        );
        if self.is_linked() {
            let jobs = self.fleet.appliances().flat_map(|(_, s)| s.jobs.values());
            let ended = jobs.filter(|job| job.last_end.is_some_and(|at| at >= since));
            let mut counts = (0, 0);
            for job in ended {
                counts.0 += 1;
                counts.1 += u64::from(job.last_result == Some(SessionResult::Failed));
            }
            numbers.jobs = Some(counts);
        }
        numbers
    }

    /// The lines of a handover, with what people did to them.
    pub fn handover_lines(&self, handover: Option<&Handover>) -> Vec<Shown> {
        let none = Handover::default();
        handover.unwrap_or(&none).shown(lines(&self.known()))
    }

    /// The lines of the person here: mine, and urgent ones that nobody has.
    fn my_lines(&self) -> Vec<Shown> {
        let mut all = self.handover_lines(None);
        all.retain(|shown| {
            let line = &shown.line;
            let free = line.owner.is_empty() && line.wants_reading();
            let told = matches!(line.section, Section::BreakGlass | Section::Approval);
            (line.owner == self.me.name || free) && !told
        });
        all
    }

    /// A handover, or what one would say, as it is frozen and exported.
    pub fn sheet(&self, handover: Option<&Handover>, moved: Vec<Moved>) -> Sheet {
        let named = handover.filter(|h| h.begun.is_some());
        let mut unknown = Vec::new();
        if !self.is_linked() {
            unknown.push(
                "jobs that failed, appliances offline, progress of restores: no appliance was asked"
                    .to_owned(),
            );
        }
        Sheet {
            at: self.now,
            zone: self.me.zone,
            from: named.map(|h| h.from.clone()).unwrap_or_default(),
            to: named.map(|h| h.to.clone()).unwrap_or_default(),
            begun: named.and_then(|h| h.begun.as_ref().map(|(at, _)| *at)),
            reason: String::new(),
            lines: self.handover_lines(handover),
            notes: handover.map(|h| h.notes.clone()).unwrap_or_default(),
            night: self.night(),
            moved,
            unknown,
        }
    }

    /// The selected line.
    pub fn selected_line(&self) -> Option<&Shown> {
        let key = self.shift.selected.as_ref()?;
        self.shift.lines.iter().find(|shown| shown.line.key == *key)
    }

    /// How many lines must be read one by one, and how many of them are.
    pub fn lines_read(&self) -> (usize, usize) {
        let wanted = self.shift.lines.iter().filter(|s| s.line.wants_reading());
        let read = wanted.clone().filter(|s| !s.reading.is_missing()).count();
        (read, wanted.count())
    }

    /// The lines of the screen, made anew; the selection stays where it is.
    pub(super) fn follow_shift(&mut self) {
        if self.screen != Screen::Shift || !self.gathered.is_due(self.now) {
            return;
        }
        self.shift.night = self.night();
        let before = self.shift.lines.iter();
        let stood = before.enumerate().find_map(|(at, shown)| {
            (Some(&shown.line.key) == self.shift.selected.as_ref()).then_some(at)
        });
        self.shift.lines = match self.shift.view {
            ShiftView::Mine => self.my_lines(),
            ShiftView::Handover => self.handover_lines(self.handover().map(|(_, h)| h)),
            ShiftView::History | ShiftView::Copy(_) => Vec::new(),
        };
        if self.selected_line().is_none() {
            // What stood there is gone: its place has the next one.
            let last = self.shift.lines.len().saturating_sub(1);
            let next = self.shift.lines.get(stood.unwrap_or(0).min(last));
            self.shift.selected = next.map(|shown| shown.line.key.clone());
        }
        let past = self.past_handovers();
        let held = past.iter().any(|(id, _)| Some(*id) == self.shift.past);
        if !held {
            self.shift.past = past.first().map(|(id, _)| *id);
        }
    }

    /// Whether a request can be taken over from somebody: it is open, and another has it.
    pub(super) fn others_request(&self, id: RequestId) -> Option<&Request> {
        let request = self.requests.get(id)?;
        let open = !matches!(self.request_phase(id), Phase::Closed | Phase::Cancelled);
        (open && request.owner != self.me.name).then_some(request)
    }

    /// The name of a subject, for sentences.
    pub(super) fn subject_name(&self, subject: &Subject) -> String {
        match subject {
            Subject::Request(id) => self.reference_text(*id),
            Subject::Handover(_) => "the handover".to_owned(),
            Subject::Person(name) => name.clone(),
            Subject::Incident(id) => {
                let number = self.book.incidents.get(*id).and_then(|i| i.number);
                number.map_or_else(|| subject.to_string(), |number| number.to_string())
            }
            Subject::Alert(episode) => episode.alert.to_string(),
            other => other.to_string(),
        }
    }
}
