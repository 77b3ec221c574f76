//! Start, stop and retry of jobs: waiting, then one outcome in words.

use super::super::{
    effect::{Call, Intent},
    model::{Env, Model},
    overlay::{Confirm, Confirmed, Overlay},
    pending::Asked,
};
use ocdeck_domain::{
    facts::{JobState, SessionResult},
    fleet::RestartPolicy,
    ids::{JobId, On, SessionId},
};

impl Model {
    /// Why the selected job cannot be acted on; `None`: it can.
    pub(in crate::state) fn job_off(&self) -> Option<String> {
        let Some(id) = &self.jobs.selected else {
            return Some("no job is selected".to_owned());
        };
        if let Some(why) = self.not_up(&id.appliance) {
            return Some(why);
        }
        self.role_off(&["technician", "duty_manager", "engineer", "reseller"])
    }

    /// Why this role may not; `None`: it may.
    pub(in crate::state) fn role_off(&self, may: &[&str]) -> Option<String> {
        if self.keeper.is_some() {
            // What it writes follows from facts; no person asks it for anything.
            return None;
        }
        let role = self.me.role.as_str();
        (!may.contains(&role)).then(|| format!("a {role} may not do that"))
    }

    /// Why the selected job cannot be started.
    pub(in crate::state) fn start_off(&self) -> Option<String> {
        self.job_off().or_else(|| {
            let job = self.fleet.job(self.jobs.selected.as_ref()?)?;
            match job.state {
                JobState::Running => Some("it runs already".to_owned()),
                JobState::Waiting => Some(format!("it waits behind {}", job.waiting_for)),
                JobState::Disabled => Some("it is switched off".to_owned()),
                JobState::Idle | JobState::Unknown(_) => None,
            }
        })
    }

    /// Why the selected job cannot be started again.
    pub(in crate::state) fn retry_off(&self) -> Option<String> {
        self.start_off().or_else(|| {
            let job = self.fleet.job(self.jobs.selected.as_ref()?)?;
            if job.last_result != Some(SessionResult::Failed) {
                return Some("its last session did not fail".to_owned());
            }
            let tenant = self.directory.tenant(&job.tenant)?;
            (tenant.restart_policy == RestartPolicy::Never).then(|| {
                format!(
                    "{} says that failed jobs are never started again",
                    tenant.name
                )
            })
        })
    }

    /// Why the selected job cannot be stopped.
    pub(in crate::state) fn stop_off(&self) -> Option<String> {
        self.job_off().or_else(|| {
            let job = self.fleet.job(self.jobs.selected.as_ref()?)?;
            let running =
                matches!(job.state, JobState::Running | JobState::Waiting) && job.session.is_some();
            (!running).then(|| "it does not run".to_owned())
        })
    }

    pub(super) fn start_job(&mut self, id: On<JobId>, reason: &str) {
        let intent = Intent {
            reason: reason.to_owned(),
            reference: String::new(),
        };
        self.wait(format!("starting {}", id.id));
        let appliance = id.appliance.clone();
        self.ask(
            &appliance,
            Call::StartJob(id.id.clone(), intent),
            Asked::Start(id),
        );
    }

    pub(super) fn retry_job(&mut self) {
        let Some(id) = self.jobs.selected.clone() else {
            return;
        };
        let tenant = self
            .fleet
            .job(&id)
            .and_then(|job| self.directory.tenant(&job.tenant));
        let ask_first = tenant.filter(|t| t.restart_policy == RestartPolicy::AskFirst);
        if let Some(tenant) = ask_first {
            self.overlay = Some(Overlay::Confirm(Confirm {
                title: format!("Start {} again", id.id),
                text: format!(
                    "{} wants to be asked before a failed job is started again. Was it asked?",
                    tenant.name
                ),
                yes: "asked, start",
                action: Confirmed::RetryJob(id),
            }));
            return;
        }
        self.start_job(id, "retry after a failure");
    }

    pub(super) fn ask_stop(&mut self) {
        let Some(id) = self.jobs.selected.clone() else {
            return;
        };
        let Some(session) = self.fleet.job(&id).and_then(|job| job.session.clone()) else {
            return;
        };
        self.overlay = Some(Overlay::Confirm(Confirm {
            title: format!("Stop {}", id.id),
            text: "The session ends at the end of the file; it makes no restore point.".to_owned(),
            yes: "stop",
            action: Confirmed::StopJob(id, session),
        }));
    }

    pub(super) fn stop_job(&mut self, id: On<JobId>, _session: SessionId, _env: &Env<'_>) {
        self.wait(format!("stopping {}", id.id));
        let appliance = id.appliance.clone();
        let intent = Intent {
            reason: "stopped by hand".to_owned(),
            reference: String::new(),
        };
        self.ask(
            &appliance,
            Call::StopJob(id.id.clone(), intent),
            Asked::Stop(id),
        );
    }
}
