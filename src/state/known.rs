//! What a handover lists, gathered from desk, fleet and directory.

use super::{fleet::LinkState, model::Model, wizard::Caller};
use chrono::TimeDelta;
use ocdeck_domain::{
    alert::{State, link_lost_id},
    clock::{Clock, Heat},
    facts::{RestoreAttempt, SessionResult, Time},
    fleet::Lifecycle,
    handover::{
        Beyond, BeyondBy, Failing, Finding, Known, KnownAlerts, KnownIncident, KnownRequest, Lost,
        Promised, Standing, Waiting,
    },
    ids::{Episode, On, RequestId, TenantId},
    priority::Priority,
    restore::{Attempt, Request},
    shift::Promise,
};
use std::collections::{BTreeMap, BTreeSet};

impl Model {
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
            incidents: self.known_incidents(),
            alerts: self.known_alerts(),
            promises: self.promises(),
            failing: self.failing(),
            lost: self.lost(),
            onboarding: self.onboarding(),
            beyond: self.beyond(),
            desk: self.desk.trouble.as_ref().map(|(_, since)| {
                let waiting = u64::try_from(self.desk.waiting).unwrap_or(u64::MAX);
                (*since, waiting)
            }),
            sweep: self.sweeps_stand(self.now),
            findings: self.findings(),
        }
    }

    /// Whether any appliance was asked: else nothing is known of jobs and links.
    pub(super) fn is_linked(&self) -> bool {
        let mut all = self.fleet.appliances();
        all.any(|(_, state)| state.link != LinkState::Dialling)
    }

    fn known_request(&self, request: &Request) -> Option<KnownRequest> {
        let standing = Standing::of(self.request_phase(request.id))?;
        let clock = request.running_clock(self.policy_of(request));
        let attempt = request.attempt();
        let live = self.live_attempt(request.id).map(|(_, live)| live);
        let running = live.filter(|live| !live.state.ended());
        let eta = running.and_then(|live| live.progress.eta_seconds);
        let eta = eta.and_then(|seconds| TimeDelta::try_seconds(i64::try_from(seconds).ok()?));
        Some(KnownRequest {
            id: request.id,
            reference: request.reference,
            priority: request.priority(self.policy_of(request)),
            place: self.request_place(request.id),
            asked: request.asked,
            standing,
            heat: clock
                .as_ref()
                .map_or(Heat::Normal, |c| c.heat(self.now, &self.policy.clock)),
            clock,
            owner: request.owner.clone(),
            unanswered: self.unanswered(request.id).map(|it| (it.by, it.since)),
            waits: request.waiting().cloned(),
            parked: request.parked,
            caller: self.caller(request),
            percent: running.and_then(|live| live.progress.percent()),
            eta: eta.map(|left| self.now + left),
            next_call: self.next_call(request, live),
            appliance: attempt.map(|attempt| attempt.intended.appliance.clone()),
        })
    }

    /// Restores that went beyond the limit of one person: by broken glass, if they are open or
    /// of this shift; by the word of another person of this shift, as their appliances tell it.
    fn beyond(&self) -> Vec<Beyond> {
        let since = self.shift_since();
        let mut all = Vec::new();
        for request in self.requests.all() {
            let open = !self.request_phase(request.id).over();
            let attempts = request.attempts.values().rev();
            let mut attempts = attempts.filter(|a| a.refused.is_none());
            let glass = attempts.find_map(|attempt| {
                let glass = attempt.intended.break_glass.clone()?;
                (open || attempt.at >= since).then_some(glass)
            });
            let glass = glass.map(|(reason, manager, called)| BeyondBy::Glass {
                reason,
                manager,
                called,
            });
            all.extend(glass.map(|by| self.beyond_by(request.id, by)));
            // What the desk was told counts where the appliance is not heard.
            let attempts = request.attempts.values();
            let told = attempts.filter_map(Attempt::decision);
            let told = told.filter(|said| said.at >= since).map(BeyondBy::Decision);
            all.extend(told.map(|by| self.beyond_by(request.id, by)));
        }
        let told = self
            .fleet
            .appliances()
            .flat_map(|(_, s)| s.restores.values());
        for told in told {
            let said = told.approval.as_ref().and_then(|it| it.decision.clone());
            let said = said.filter(|said| said.at >= since);
            if let Some(said) = said.filter(|_| self.requests.get(told.request).is_some()) {
                all.push(self.beyond_by(told.request, BeyondBy::Decision(said)));
            }
        }
        // Of several attempts of one request the last one counts; the appliance has them in order.
        let mut seen = BTreeSet::new();
        all.reverse();
        all.retain(|it| seen.insert((it.request, matches!(it.by, BeyondBy::Glass { .. }))));
        all.sort_by(|a, b| (&a.name, a.request).cmp(&(&b.name, b.request)));
        all
    }

    fn beyond_by(&self, request: RequestId, by: BeyondBy) -> Beyond {
        let known = self.requests.get(request);
        Beyond {
            request,
            name: self.reference_text(request),
            place: self.request_place(request),
            owner: known.map(|known| known.owner.clone()).unwrap_or_default(),
            by,
        }
    }

    /// Who asked for it, and the number to call.
    pub(super) fn caller(&self, request: &Request) -> (String, String) {
        if let Some(attempt) = request.attempt() {
            let intended = &attempt.intended;
            return (intended.requester.clone(), intended.call_back.clone());
        }
        let caller = self.draft_caller(request.id);
        caller.map_or_else(Default::default, |caller| {
            (caller.name().to_owned(), caller.number().to_owned())
        })
    }

    fn draft_caller(&self, id: RequestId) -> Option<Caller> {
        let row = self.requests.draft_field(id, "contact")?;
        serde_json::from_str(&row.value).ok().flatten()
    }

    /// Whose data a request is about, as far as it is known: of a draft, whose contact called.
    pub(super) fn request_tenant(&self, id: RequestId) -> Option<TenantId> {
        if let Some(attempt) = self.requests.get(id)?.attempt() {
            return Some(attempt.intended.tenant.clone());
        }
        let caller = self.draft_caller(id)?;
        Some(caller.contact()?.tenant.clone())
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

    fn known_incidents(&self) -> Vec<KnownIncident> {
        let open = self.book.incidents.open();
        let mut open: Vec<KnownIncident> = open
            .map(|incident| {
                let phase = self.incident_phase(incident);
                let mut clocks = self.incident_clocks(incident).into_iter();
                let clock = clocks.find(Clock::runs).filter(|_| phase.wants_work());
                let heat = |clock: &Clock| clock.heat(self.now, &self.policy.clock);
                KnownIncident {
                    id: incident.id,
                    number: incident.number,
                    priority: incident.priority(),
                    place: self.incident_place(incident),
                    text: self.incident_text(incident),
                    phase,
                    heat: clock.as_ref().map_or(Heat::Normal, heat),
                    clock,
                    owner: incident.owner.clone(),
                    waits: incident.waiting().cloned(),
                    requests: incident
                        .requests
                        .iter()
                        .map(|id| self.reference_text(*id))
                        .collect(),
                }
            })
            .collect();
        open.sort_by_key(|incident| (incident.priority, incident.number, incident.id));
        open
    }

    /// Open alerts that nobody acknowledged, by priority, and snoozed ones, by their ends.
    fn known_alerts(&self) -> Vec<KnownAlerts> {
        let mut groups: BTreeMap<Waiting, KnownAlerts> = BTreeMap::new();
        for (id, placed) in self.alerts.open() {
            let Some(alert) = self.alert(id).filter(|_| placed.place.asks()) else {
                continue;
            };
            let episode = Episode {
                alert: id.clone(),
                episode: alert.episode,
            };
            let life = self.book.alert(&episode);
            let may = alert.severity.number() < self.policy.alert_life.snooze_below_severity;
            let snoozed = life.filter(|life| may && life.snoozed_until(self.now).is_some());
            let asked = self.known_alert(id);
            let state = asked.as_ref().map(|known| self.alert_state(known));
            let raised = match &asked {
                Some(known) => self.raised_at(known),
                None => self.desk_time(&id.appliance, alert.raised),
            };
            let waiting = match snoozed.and_then(|life| life.snoozed.as_ref()) {
                Some(snoozed) => Waiting::Snoozed(snoozed.until, snoozed.by.clone()),
                None if state.is_none_or(|state| state == State::Raised) => {
                    Waiting::Unacknowledged(alert.severity.priority())
                }
                None => continue,
            };
            // Of severities that open no incident nobody is asked to acknowledge any.
            if waiting == Waiting::Unacknowledged(None) {
                continue;
            }
            let place = match &alert.tenant {
                Some(tenant) => self.directory.tenant_name(tenant),
                None => id.appliance.as_str(),
            };
            let text = format!("{place}/{}: {}", alert.object, alert.text);
            let group = groups.entry(waiting.clone());
            let group = group.or_insert_with(|| KnownAlerts {
                waiting,
                count: 0,
                first: id.clone(),
                text: text.clone(),
                raised,
            });
            group.count += 1;
            if (raised, id) < (group.raised, &group.first) {
                group.first = id.clone();
                group.raised = raised;
                group.text = text;
            }
        }
        groups.into_values().collect()
    }

    pub(super) fn promises(&self) -> Vec<Promised> {
        let of_incidents = self.book.incidents.promises();
        let mut all: Vec<Promised> = of_incidents
            .into_iter()
            .map(|(incident, promise)| Promised {
                // Whoever has the incident has to keep it.
                by: match incident.owner.as_str() {
                    "" => promise.by.clone(),
                    owner => owner.to_owned(),
                },
                incident: Some(incident.id),
                promise: Promise {
                    promise: promise.id,
                    due: promise.at,
                    text: match incident.number {
                        Some(number) => format!("{number}: {}", promise.what),
                        None => promise.what.clone(),
                    },
                },
            })
            .collect();
        for (name, person) in &self.book.people {
            all.extend(person.promises.values().map(|promise| Promised {
                by: name.clone(),
                incident: None,
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
                // Who started a minute ago knows from the desk that it was lost before.
                let before = self.book.raisings(&link_lost_id(id)).next_back();
                let fact = before.filter(|life| life.stands());
                let heard = fact
                    .and_then(|life| life.fact.as_ref())
                    .map(|f| f.last_seen);
                Some(Lost {
                    appliance: id.clone(),
                    since: heard.map_or(state.since, |heard| heard.min(state.since)),
                    why,
                    jobs: u64::try_from(state.jobs.len()).unwrap_or(0),
                })
            })
            .collect();
        lost.sort_by(|a, b| (a.since, &a.appliance).cmp(&(b.since, &b.appliance)));
        lost
    }

    /// Tenants that are not live yet.
    fn onboarding(&self) -> Vec<(TenantId, String, u8)> {
        let tenants = self.directory.tenants();
        let not_live = tenants.filter_map(|tenant| match tenant.lifecycle {
            Lifecycle::Onboarding(step) => Some((tenant.id.clone(), tenant.name.clone(), step)),
            _ => None,
        });
        not_live.collect()
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
}
