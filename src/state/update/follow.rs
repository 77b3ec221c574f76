//! What follows from any change: the log of the selected job, heartbeats of what is looked
//! at, the plan of the wizard, its draft, and clocks that turn hot.

use super::super::{
    effect::{Call, DeskCommand, Effect, RingWhy},
    lists::LogView,
    model::{Env, Model, Screen},
    pending::Asked,
    words,
};
use chrono::TimeDelta;
use ocdeck_domain::{
    clock::Heat,
    facts::Time,
    ids::{ApplianceId, On, SessionId},
    journal::DraftRow,
    priority::Priority,
};
use std::collections::BTreeSet;

/// How many old lines of a log are asked for.
const LOG_LINES: u32 = 500;
/// Clocks of alerts that turn hot within so many seconds ring once.
const HOT_TOGETHER_SECONDS: i64 = 60;
/// How long an outcome stands in the footer.
const TOAST_SECONDS: i64 = 20;

impl Model {
    pub(super) fn follow(&mut self, env: &Env<'_>) {
        self.tell_index();
        self.follow_log();
        self.follow_search();
        self.follow_marks();
        self.forget_looks();
        self.follow_plan();
        self.save_draft(env);
        self.save_note_draft(env);
        self.send_again(env);
        self.tell_unanswered();
        self.follow_queue(env);
        self.follow_alerts(env);
        self.begin_hooks();
        self.order_requests();
        self.order_incidents();
        self.follow_heartbeats();
        self.follow_rail();
        self.watch_clocks();
        self.watch_alert_clocks();
        self.show_conflicts();
        let old = TimeDelta::seconds(TOAST_SECONDS);
        if self
            .toast
            .as_ref()
            .is_some_and(|toast| self.now - toast.at > old)
        {
            self.toast = None;
        }
    }

    fn log_wanted(&self) -> Option<On<SessionId>> {
        if self.screen != Screen::Jobs {
            return None;
        }
        let id = self.jobs.selected.as_ref()?;
        let session = self.fleet.job(id)?.session.clone()?;
        Some(On::new(id.appliance.clone(), session))
    }

    fn follow_log(&mut self) {
        let wanted = self.log_wanted();
        if wanted == self.jobs.log.session {
            return;
        }
        let ticket = self.jobs.log.ticket;
        self.forget(ticket);
        self.jobs.log = LogView {
            session: wanted.clone(),
            follow: true,
            ..LogView::default()
        };
        // Over a link that is gone nothing is asked; when it is back this is done anew.
        if let Some(session) = wanted.filter(|w| self.fleet.is_live(&w.appliance)) {
            let ticket = self.ask(
                &session.appliance,
                Call::TailLog(session.id, LOG_LINES),
                Asked::Log,
            );
            self.jobs.log.ticket = Some(ticket);
        }
    }

    pub(super) fn save_draft(&mut self, env: &Env<'_>) {
        let Some(wizard) = self.wizard.as_ref().filter(|_| self.desk.loaded) else {
            return;
        };
        let id = wizard.request;
        let mut values = wizard.rows();
        // Where its appliance left the directory, the name of the place that it had is kept.
        let place = self.wizard_place(wizard);
        if let Some(place) = place.filter(|_| self.wizard_left(wizard).is_none()) {
            values.push(("place", serde_json::Value::from(place).to_string()));
        }
        let changed: Vec<(&'static str, String)> = values
            .into_iter()
            .filter(|(field, value)| wizard.saved.get(field) != Some(value))
            .collect();
        if changed.is_empty() {
            return;
        }
        let row = |(field, value): &(&'static str, String)| DraftRow {
            draft: id.into(),
            field: (*field).to_owned(),
            value: value.clone(),
            version: self.requests.next_version(id, field),
            author: self.me.name.clone(),
            at: env.now,
        };
        let rows: Vec<DraftRow> = changed.iter().map(row).collect();
        if let Some(wizard) = &mut self.wizard {
            wizard.saved.extend(changed);
        }
        for row in &rows {
            self.requests.keep(row.clone());
        }
        self.effects
            .push(Effect::Desk(DeskCommand::SaveDraft(rows)));
    }

    fn follow_heartbeats(&mut self) {
        let mut near: BTreeSet<ApplianceId> =
            self.selected_appliance().cloned().into_iter().collect();
        near.extend(
            self.wizard
                .as_ref()
                .and_then(|w| w.system.as_ref())
                .map(|s| s.appliance.clone()),
        );
        for id in self.requests.open() {
            let attempt = self.requests.get(id).and_then(|r| r.attempt());
            near.extend(attempt.map(|a| a.intended.appliance.clone()));
        }
        // What is worst is heard of at once, and whether it is over.
        near.extend(self.alerts.worst.iter().map(|id| id.appliance.clone()));
        for incident in self.book.incidents.open_of_people() {
            let p1 = incident.priority == Some(Priority::P1);
            let alerts = incident.alerts.iter().filter(|_| p1);
            near.extend(alerts.map(|linked| linked.raised.episode.alert.appliance.clone()));
        }
        if near == self.heartbeats {
            return;
        }
        let (fast, slow) = (
            self.policy.link.heartbeat_near,
            self.policy.link.heartbeat_far,
        );
        for id in near.difference(&self.heartbeats) {
            self.effects.push(Effect::Heartbeat(id.clone(), fast));
        }
        for id in self.heartbeats.difference(&near) {
            self.effects.push(Effect::Heartbeat(id.clone(), slow));
        }
        self.heartbeats = near;
    }

    /// Clocks of P1 and P2 alerts are internal targets, and a storm has hundreds of them: what
    /// turns hot within a minute is one ring. What nobody answered before the desk was read is
    /// no news.
    fn watch_alert_clocks(&mut self) {
        if !self.desk.loaded {
            return;
        }
        let told = self.alerts.hot_told.unwrap_or(self.now);
        let told = if self.alerts.turning_hot(told, self.now).is_none() {
            told.max(self.now)
        } else {
            let until = self.now + TimeDelta::seconds(HOT_TOGETHER_SECONDS);
            self.tell_hot(told, until);
            until
        };
        self.alerts.hot_told = Some(told);
    }

    fn tell_hot(&mut self, from: Time, to: Time) {
        let Some((count, first)) = self.alerts.turning_hot(from, to) else {
            return;
        };
        let placed = self.alerts.placed(first);
        let deadline = placed.and_then(|placed| placed.deadline);
        let due = deadline.map(|at| at.with_timezone(&self.me.zone).format("%H:%M").to_string());
        let due = due.unwrap_or_default();
        let text = match count {
            1 => format!("{} turns hot: due {due}", self.place_of(first)),
            count => format!("{count} alerts turn hot: the first is due {due}"),
        };
        self.ring(RingWhy::Clock, |_| text.clone());
        // The outcome of what somebody did is read first.
        if self.toast.is_none() {
            self.wait(text);
        }
    }

    fn watch_clocks(&mut self) {
        let hot: Vec<_> = self
            .rail()
            .iter()
            .filter(|chip| chip.heat >= Heat::Hot)
            .filter(|chip| !self.told_hot.contains(&(chip.of, chip.clock.verb)))
            .map(|chip| {
                let due = words::clock(chip.clock.deadline, self.me.zone);
                let (verb, priority) = (chip.clock.verb.name(), chip.priority());
                let text = format!("{priority} {}: {verb} by {due}", chip.place);
                ((chip.of, chip.clock.verb), text)
            })
            .collect();
        for (key, text) in hot {
            self.told_hot.insert(key);
            self.ring(RingWhy::Clock, |_| text);
        }
    }
}
