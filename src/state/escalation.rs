//! When a call to the duty manager is proposed (`[escalation]` of the policy): in words, never as a question. And
//! the clocks of incidents, which it looks at.

use super::{model::Model, words};
use chrono::TimeDelta;
use ocdeck_domain::{
    clock::{self, Clock, Proposal, Verb},
    facts::Time,
    ids::RequestId,
    incident::{Escalation, Incident},
    policy::Policy,
    priority::Priority,
};

impl Model {
    /// Who is called now, and on which number; empty: the rota does not say, a person does.
    pub fn duty_manager(&self) -> (String, String) {
        let on_duty = self.directory.duty_manager(self.now);
        on_duty.map_or_else(Default::default, |on| {
            (on.entry.name.clone(), on.entry.phone.clone())
        })
    }

    /// Why a call to the duty manager is proposed for a clock that runs.
    fn proposal(&self, clock: &Clock, policy: &Policy) -> Option<String> {
        let proposal = clock::escalation(clock, self.now, &policy.escalation)?;
        Some(match proposal {
            Proposal::HalfGone { left } => format!(
                "half of {} is gone, {} left",
                clock.verb.name(),
                words::about(left)
            ),
            Proposal::Breached { verb } => format!("{} is breached", verb.name()),
            Proposal::Over { verb } => format!("{} is over", verb.name()),
        })
    }

    /// When a call to the duty manager is going to be proposed for a clock of an incident that
    /// runs; `None`: never.
    pub fn escalation_at(&self, incident: &Incident, clock: &Clock) -> Option<Time> {
        let policy = &self.policy_of_incident(incident).escalation;
        if clock.internal && clock.priority > policy.over_at_priority {
            return None;
        }
        let half = clock.verb == Verb::Initiate && clock.priority == Priority::P1;
        let gone = 100 - i32::from(policy.p1_initiate_below_percent.min(100));
        Some(match half {
            true => clock.hours.add(clock.start, clock.budget * gone / 100),
            false => clock.deadline,
        })
    }

    /// Whether the last call says enough: it was answered, and the clock was late before it.
    fn called_about(&self, calls: &[Escalation], clock: &Clock) -> bool {
        let late = clock.left(self.now) < TimeDelta::zero();
        calls
            .last()
            .is_some_and(|call| call.answered.is_some() && !(late && clock.deadline > call.called))
    }

    /// Why a call is proposed for a request; `None`: it is not, or was made and answered.
    pub fn request_escalation_words(&self, id: RequestId) -> Option<String> {
        let request = self.requests.get(id)?;
        let policy = self.policy_of(request);
        let clock = request.running_clock(policy)?;
        if self.called_about(&request.escalations, &clock) {
            return None;
        }
        self.proposal(&clock, policy)
    }

    /// Why a call is proposed for an incident; `None`: it is not, or was made.
    pub fn escalation_words(&self, incident: &Incident) -> Option<String> {
        let policy = self.policy_of_incident(incident);
        let clocks = self.incident_clocks(incident);
        let mut clocks = clocks.iter();
        clocks.find_map(|clock| {
            let proposed = self.proposal(clock, policy)?;
            (!self.called_about(&incident.escalations, clock)).then_some(proposed)
        })
    }

    /// The clocks of an incident: respond, and initiate where a restore is wanted, stopped by
    /// its first request that an appliance ran.
    pub fn incident_clocks(&self, incident: &Incident) -> Vec<Clock> {
        let requests = self.incident_requests(incident).into_iter();
        let initiated = requests
            .filter_map(|id| {
                let request = self.requests.get(id)?;
                request.initiated(self.policy_of(request))
            })
            .min();
        let policy = self.policy_of_incident(incident);
        let hours = self.hours_at(incident.began, incident.tenant());
        incident.clocks(policy, &hours, initiated)
    }
}
