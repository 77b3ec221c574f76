//! The Shift screen: what a person has now, and the handover. Lines are made anew from what is
//! known whenever somebody may look at them.

use super::{
    fleet::LinkState,
    model::{Model, Screen},
    wizard::Caller,
};
use chrono::TimeDelta;
use ocdeck_domain::{
    clock::Heat,
    facts::{RestoreAttempt, SessionResult, Time},
    handover::{
        Failing, Finding, Handover, Known, KnownRequest, Lost, Moved, Night, Promised, Section,
        Sheet, Shown, Standing, lines, night,
    },
    ids::{HandoverId, On, RequestId},
    journal::Subject,
    priority::Priority,
    restore::{Phase, Request},
    shift::Person,
    sweep,
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
    /// Handovers that were taken.
    History,
    /// The frozen copy of one.
    Copy(HandoverId),
}

/// The Shift screen.
#[derive(Clone, Debug, Default)]
pub struct ShiftScreen {
    /// What it shows.
    pub view: ShiftView,
    /// The lines of the view, while the screen is shown.
    pub lines: Vec<Shown>,
    /// The key of the selected line.
    pub selected: Option<String>,
    /// The selected handover of the history.
    pub past: Option<HandoverId>,
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

    /// Handovers that were taken, the newest first.
    pub fn past_handovers(&self) -> Vec<(HandoverId, &Handover)> {
        let taken = self
            .book
            .handovers
            .iter()
            .filter(|(_, h)| h.taken.is_some());
        let mut taken: Vec<_> = taken.map(|(id, handover)| (*id, handover)).collect();
        taken.sort_by_key(|(_, h)| std::cmp::Reverse(h.taken.as_ref().map(|(at, ..)| *at)));
        taken
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
        let people = self.book.people.keys().cloned();
        let open = self.requests.open().filter_map(|id| self.requests.get(id));
        let owners = open.map(|request| request.owner.clone());
        let all: BTreeSet<String> = people.chain(owners).collect();
        let others = |name: &String| !name.is_empty() && *name != self.me.name;
        all.into_iter().filter(others).collect()
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
        requests.collect()
    }

    /// Everything that a handover lists, as it is known now.
    pub fn known(&self) -> Known {
        let mut requests: Vec<KnownRequest> = self
            .requests
            .open()
            .filter_map(|id| self.known_request(self.requests.get(id)?))
            .collect();
        requests.sort_by_key(|r| {
            let clock = r.clock.as_ref().map(|clock| clock.deadline);
            (clock.is_none(), clock, r.priority, r.reference, r.id)
        });
        Known {
            now: self.now,
            zone: self.me.zone,
            linked: self.is_linked(),
            requests,
            promises: self.promises(),
            failing: self.failing(),
            lost: self.lost(),
            sweep: sweep::standing(&self.book.sweeps, self.now, &self.policy.sweep),
            findings: self.findings(),
        }
    }

    /// Whether any appliance was asked: else nothing is known of jobs and links.
    fn is_linked(&self) -> bool {
        let mut all = self.fleet.appliances();
        all.any(|(_, state)| state.link != LinkState::Dialling)
    }

    fn known_request(&self, request: &Request) -> Option<KnownRequest> {
        let standing = Standing::of(self.request_phase(request.id))?;
        let clock = request.running_clock(&self.policy);
        let attempt = request.attempt();
        let live = self.live_attempt(request.id).map(|(_, live)| live);
        let running = live.filter(|live| !live.state.ended());
        let eta = running.and_then(|live| live.progress.eta_seconds);
        let eta = eta.and_then(|seconds| TimeDelta::try_seconds(i64::try_from(seconds).ok()?));
        Some(KnownRequest {
            id: request.id,
            reference: request.reference,
            priority: request.priority(&self.policy),
            place: self.request_place(request.id),
            asked: request.asked,
            standing,
            heat: clock
                .as_ref()
                .map_or(Heat::Normal, |c| c.heat(self.now, &self.policy.clock)),
            clock,
            owner: request.owner.clone(),
            parked: request.parked,
            caller: self.caller(request),
            percent: running.and_then(|live| live.progress.percent()),
            eta: eta.map(|left| self.now + left),
            next_call: self.next_call(request, live),
            appliance: attempt.map(|attempt| attempt.intended.appliance.clone()),
            break_glass: attempt.and_then(|attempt| attempt.intended.break_glass.clone()),
        })
    }

    /// Who asked for it, and the number to call.
    fn caller(&self, request: &Request) -> (String, String) {
        if let Some(attempt) = request.attempt() {
            let intended = &attempt.intended;
            return (intended.requester.clone(), intended.call_back.clone());
        }
        let contact = self.requests.draft_field(request.id, "contact");
        let contact: Option<Caller> =
            contact.and_then(|row| serde_json::from_str(&row.value).ok().flatten());
        contact.map_or_else(Default::default, |caller| {
            (caller.name().to_owned(), caller.number().to_owned())
        })
    }

    /// When the client is to be called next: again and again while the restore goes on.
    fn next_call(&self, request: &Request, live: Option<&RestoreAttempt>) -> Option<Time> {
        let attempt = request.attempt()?;
        let going_on = match live {
            Some(live) => !live.state.ended(),
            None => attempt.end().is_none(),
        };
        let calls = &self.policy.calls;
        let every = match attempt.intended.priority {
            Priority::P1 => calls.system_every,
            _ => calls.other_every,
        };
        let every = TimeDelta::seconds(every.max(1).into());
        let past = (self.now - attempt.at).max(TimeDelta::zero());
        let made = past.num_seconds() / every.num_seconds();
        let next = i32::try_from(made + 1).ok().map(|n| attempt.at + every * n);
        next.filter(|_| going_on)
    }

    fn promises(&self) -> Vec<Promised> {
        let mut all: Vec<Promised> = Vec::new();
        for (name, person) in &self.book.people {
            all.extend(person.promises.values().map(|promise| Promised {
                by: name.clone(),
                promise: promise.clone(),
            }));
        }
        all.sort_by_key(|promised| (promised.promise.due, promised.promise.promise));
        all
    }

    fn failing(&self) -> Vec<Failing> {
        let least = self.policy.handover.failed_in_a_row;
        let jobs = self.fleet.appliances().flat_map(|(appliance, state)| {
            let failing = state.jobs.values().filter(move |job| {
                job.failures_in_a_row >= least.max(1)
                    && job.last_result == Some(SessionResult::Failed)
            });
            failing.map(move |job| Failing {
                job: On::new(appliance.clone(), job.id.clone()),
                place: format!("{}/{}", self.directory.tenant_name(&job.tenant), job.id),
                times: job.failures_in_a_row,
                message: job.last_message.clone(),
                last_end: job.last_end,
                next_run: job.next_run,
            })
        });
        let mut jobs: Vec<Failing> = jobs.collect();
        jobs.sort_by(|a, b| (b.times, &a.job).cmp(&(a.times, &b.job)));
        jobs
    }

    fn lost(&self) -> Vec<Lost> {
        let all = self.fleet.appliances();
        let mut lost: Vec<Lost> = all
            .filter_map(|(id, state)| {
                let why = match &state.link {
                    LinkState::Down { why, .. } => why.clone(),
                    LinkState::Stale => "nothing is heard of it".to_owned(),
                    LinkState::Live | LinkState::Dialling => return None,
                };
                Some(Lost {
                    appliance: id.clone(),
                    since: state.since,
                    why,
                    jobs: u64::try_from(state.jobs.len()).unwrap_or(0),
                })
            })
            .collect();
        lost.sort_by(|a, b| (a.since, &a.appliance).cmp(&(b.since, &b.appliance)));
        lost
    }

    /// What the sweeps of this shift found.
    fn findings(&self) -> Vec<Finding> {
        let since = self.shift_since();
        let looked = self.book.sweeps.values().flat_map(|sweep| &sweep.looked);
        let found = looked.filter(|(_, look)| look.at >= since);
        let mut found: Vec<Finding> = found
            .filter_map(|(job, look)| {
                Some(Finding {
                    job: job.clone(),
                    at: look.at,
                    by: look.by.clone(),
                    text: look.finding.clone()?,
                })
            })
            .collect();
        found.sort_by(|a, b| (a.at, &a.job).cmp(&(b.at, &b.job)));
        // Of two looks at one job the last one counts.
        let mut seen = BTreeSet::new();
        found.reverse();
        found.retain(|finding| seen.insert(finding.job.clone()));
        found.reverse();
        found
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
            &self.policy,
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
            (line.owner == self.me.name || free) && line.section != Section::BreakGlass
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
        if self.screen != Screen::Shift {
            return;
        }
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
            other => other.to_string(),
        }
    }
}
