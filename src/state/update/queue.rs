//! The alert queue kept in order: what is new about an alert is witnessed on the desk, and its
//! row goes to its place.

use super::super::{
    alerts::{AlertKey, Place, Placed, Tally},
    answered::{acknowledged_until, done_last, worked_on},
    effect::{DeskCommand, Effect, RingWhy},
    lists::holds,
    model::{Env, Model, Pane, Screen},
};
use ocdeck_domain::{
    alert::{self, Event, Life, State},
    facts::{Alert, Time},
    ids::{AlertId, ApplianceId, Episode, On, TenantId},
    journal::{NewRecord, Record, Subject},
    priority::Priority,
};
use std::cmp::Reverse;

/// Most records of one write: a person's decision never waits behind a whole storm.
const WRITE: usize = 200;

/// Who may write what consoles see.
const WITNESSES: &[&str] = &["technician", "duty_manager", "engineer", "reseller"];

impl Model {
    /// Everything is judged anew: the desk was read, or the directory is another.
    pub(super) fn touch_all_alerts(&mut self) {
        let told = self.fleet.appliances().flat_map(|(appliance, state)| {
            let ids = state.alerts.keys();
            ids.map(|id| On::new(appliance.clone(), id.clone()))
        });
        let lost = self
            .fleet
            .appliances()
            .map(|(id, _)| alert::link_lost_id(id));
        let open = self.book.alerts().filter(|life| life.stands());
        let open = open.map(|life| life.episode.alert.clone());
        let all: Vec<On<AlertId>> = told.chain(lost).chain(open).collect();
        self.alerts.touched.extend(all);
        self.alerts
            .touched
            .extend(self.alerts.placed.keys().cloned());
    }

    /// The link of an appliance changed, or all that it tells did.
    pub(super) fn touch_appliance(&mut self, appliance: &ApplianceId) {
        let from = On::new(appliance.clone(), AlertId::new(""));
        let placed = self.alerts.placed.range(from..).map(|(id, _)| id);
        let placed = placed.take_while(|id| &id.appliance == appliance).cloned();
        self.alerts.touched.extend(placed);
        self.alerts.touched.insert(alert::link_lost_id(appliance));
    }

    /// A record was folded into the book.
    pub(super) fn touch_record(&mut self, record: &Record) {
        match &record.record.subject {
            Subject::Alert(Episode { alert, .. }) => {
                if alert::is_link_lost(alert) {
                    self.touch_appliance(&alert.appliance);
                    self.judge_later(alert.clone());
                }
                self.alerts.touched.insert(alert.clone());
            }
            Subject::Incident(id) => {
                let incident = self.book.incidents.get(*id);
                let alerts = incident.into_iter().flat_map(|incident| &incident.alerts);
                let alerts = alerts.map(|linked| linked.raised.episode.alert.clone());
                self.alerts.touched.extend(alerts);
            }
            _ => {}
        }
        self.alert_decided(record.record.event_id);
    }

    /// Judges every alert about which something is new, or whose time has come.
    pub(super) fn follow_queue(&mut self, env: &Env<'_>) {
        if self.alerts.opens.is_some_and(|opens| opens <= self.now) {
            self.touch_all_alerts();
        }
        while let Some((at, id)) = self.alerts.due.first().cloned() {
            if at > self.now {
                break;
            }
            self.alerts.due.pop_first();
            self.alerts.touched.insert(id);
        }
        if self.alerts.touched.is_empty() {
            return;
        }
        let touched = std::mem::take(&mut self.alerts.touched);
        self.witness_alerts(&touched, env);
        let words = self.alerts.filter.words();
        for id in touched {
            let placed = self.judge_alert(&id);
            self.place_alert(id, placed, &words);
        }
        self.keep_alert_selected();
        let windows = self.directory.windows().iter().map(|window| window.from);
        self.alerts.opens = windows.filter(|from| *from > self.now).min();
    }

    /// Where an alert belongs now; `None`: it is not open.
    fn judge_alert(&self, id: &On<AlertId>) -> Option<Placed> {
        let alert = self.known_alert(id)?;
        let policy = &self.policy_of_alert(&alert).alert_life;
        let priority = alert.fact.severity.priority();
        let state = self.alert_state(&alert);
        let snoozed = self.alert_snoozed_until(&alert);
        let window = self.alert_window(&alert).map(|window| window.to);
        let place = if state.over() {
            Place::Over
        } else if window.is_some() {
            Place::Window
        } else if snoozed.is_some() {
            Place::Snoozed
        } else if self.stands_behind(id, alert.fact, alert.owner()) {
            Place::Behind
        } else if priority.is_some() {
            Place::Queued
        } else if alert.fact.severity.number() > 2 {
            Place::Told
        } else {
            Place::Stored
        };
        let clock = self.alert_clock(&alert);
        let runs = state == State::Raised && place == Place::Queued;
        let clock = clock.filter(|_| runs);
        let deadline = clock.as_ref().map(|clock| clock.deadline);
        let urgent = matches!(priority, Some(Priority::P1 | Priority::P2));
        let hot = clock.filter(|_| urgent);
        let hot = hot.map(|clock| clock.turns_hot(&self.policy.clock));
        let over = deadline.is_some_and(|deadline| deadline <= self.now);
        let tier = match (place, state, priority) {
            (Place::Queued, State::Raised, _) if over => 0,
            (Place::Queued, State::Raised, Some(Priority::P1 | Priority::P2)) => 0,
            (Place::Queued, State::Acknowledged, Some(Priority::P1 | Priority::P2)) => 1,
            (Place::Queued, State::InProgress, Some(Priority::P1 | Priority::P2)) => 2,
            (Place::Queued, State::Raised, _) => 3,
            (Place::Queued, State::Acknowledged, _) => 4,
            (Place::Queued, ..) => 5,
            (Place::Told, ..) => 6,
            _ => 7,
        };
        let times_out = acknowledged_until(&alert, policy);
        let grows_late = deadline.filter(|_| !over);
        let due = [snoozed, window, times_out, grows_late]
            .into_iter()
            .flatten();
        Some(Placed {
            key: (
                tier,
                deadline,
                Reverse(alert.fact.severity.number()),
                self.raised_at(&alert),
            ),
            place,
            priority,
            state,
            deadline,
            hot,
            due: due.min(),
            scoped: self.in_scope(&id.appliance, alert.fact.tenant.as_ref()),
        })
    }

    /// Whether an alert is explained by the loss of its appliance. The worst, and what
    /// somebody looks after, always has a row of its own.
    fn stands_behind(&self, id: &On<AlertId>, fact: &Alert, owner: Option<&str>) -> bool {
        !alert::is_link_lost(id)
            && fact.severity.priority() != Some(Priority::P1)
            && owner.is_none()
            && self.is_lost(&id.appliance)
    }

    fn ring_words(&self, id: &On<AlertId>, priority: Option<Priority>) -> String {
        let priority = priority.map_or_else(String::new, |it| format!("{it} "));
        let place = self.place_of(id);
        match self.alert(id) {
            Some(fact) => format!("{priority}{place}: {}", fact.text),
            None => format!("{priority}{place}"),
        }
    }

    fn place_alert(&mut self, id: On<AlertId>, placed: Option<Placed>, words: &[String]) {
        let hidden = self.alerts.show_hidden;
        let reading = self.screen == Screen::Alerts
            && self.focus == Pane::Main
            && !self.alerts.rows.is_empty();
        let old = self.alerts.placed.remove(&id);
        let was_shown = old
            .as_ref()
            .is_some_and(|old| old.scoped && old.place.shown(hidden));
        if let Some(old) = &old {
            self.unplace(&id, old);
        }
        let Some(placed) = placed else { return };
        // A P1 that was a P2 until now is a new P1, also for whoever has seen the P2.
        let p1 = placed.place == Place::Queued && placed.priority == Some(Priority::P1);
        let worse = p1
            && old
                .as_ref()
                .is_some_and(|old| old.priority != placed.priority);
        let rang = old.as_ref().filter(|old| old.waits());
        let rang = rang.and_then(|old| old.priority);
        let rang = rang.is_some_and(|old| placed.priority.is_some_and(|now| old <= now));
        let urgent = matches!(placed.priority, Some(Priority::P1 | Priority::P2));
        // What stood there before the desk was read is not news.
        let rings = worse || placed.waits() && !rang && urgent;
        if rings && self.alerts.hot_told.is_some() {
            self.ring(RingWhy::Alert, |it| it.ring_words(&id, placed.priority));
        }
        self.alerts.counts.add(&placed);
        if placed.priority == Some(Priority::P1) && placed.place != Place::Over {
            self.alerts.worst.insert(id.clone());
        }
        if let Some(deadline) = placed.presses() {
            self.alerts.running.insert((deadline, id.clone()));
        }
        if let Some(hot) = placed.hot {
            self.alerts.hot.insert((hot, id.clone()));
        }
        if let Some(due) = placed.due {
            self.alerts.due.insert((due, id.clone()));
        }
        if placed.scoped {
            self.alerts.scoped.add(&placed);
        }
        let shown = placed.scoped && placed.place.shown(hidden);
        let key = placed.key;
        self.alerts.placed.insert(id.clone(), placed);
        if !shown {
            return;
        }
        self.alerts.total += 1;
        if let Some(waited) = self.alerts.waiting.get_mut(&id) {
            *waited = key;
        } else if !self.alert_passes(&id, words) {
        } else if reading && !was_shown {
            self.alerts.waiting.insert(id, key);
        } else {
            self.alerts.rows.insert(key, id);
        }
    }

    /// Takes an alert out of everything that counts and orders it; what waits goes on waiting.
    fn unplace(&mut self, id: &On<AlertId>, old: &Placed) {
        let list = &mut self.alerts;
        list.counts.take(old);
        list.worst.remove(id);
        if let Some(deadline) = old.presses() {
            list.running.remove(&(deadline, id.clone()));
        }
        if let Some(hot) = old.hot {
            list.hot.remove(&(hot, id.clone()));
        }
        if let Some(due) = old.due {
            list.due.remove(&(due, id.clone()));
        }
        if !old.scoped {
            return;
        }
        list.scoped.take(old);
        if old.place.shown(list.show_hidden) {
            list.total = list.total.saturating_sub(1);
        }
        let selected = list.selected.as_ref() == Some(id);
        let row = list.rows.position(&old.key, id).filter(|_| selected);
        if row.is_some() {
            list.left = row;
        }
        list.rows.remove(&old.key, id);
    }

    /// Whether an alert passes the filter.
    fn alert_passes(&self, id: &On<AlertId>, words: &[String]) -> bool {
        if words.is_empty() {
            return true;
        }
        let Some(alert) = self.known_alert(id) else {
            return false;
        };
        let fact = alert.fact;
        let tenant = fact.tenant.as_ref();
        let number = alert.incident.and_then(|incident| incident.number);
        let text = format!(
            "{} {} {} {} {} {} {} {} {}",
            tenant.map_or("", |tenant| self.directory.tenant_name(tenant)),
            id.appliance,
            fact.object,
            fact.monitor.replace('_', " "),
            fact.text,
            fact.severity
                .priority()
                .map_or_else(String::new, |p| p.to_string()),
            alert.owner().unwrap_or("unclaimed"),
            self.alert_state(&alert).name(),
            number.map_or_else(String::new, |number| number.to_string()),
        );
        holds(&text, words)
    }

    /// The rows anew, after the scope, the filter or what is shown changed.
    pub(super) fn rebuild_alerts(&mut self) {
        let words = self.alerts.filter.words();
        let hidden = self.alerts.show_hidden;
        let mut placed = std::mem::take(&mut self.alerts.placed);
        let mut scoped = Tally::default();
        let mut rows: Vec<(AlertKey, On<AlertId>)> = Vec::new();
        let mut total = 0;
        let mut last: Option<(ApplianceId, Option<TenantId>, bool)> = None;
        for (id, placed) in &mut placed {
            let tenant = self.alert(id).and_then(|fact| fact.tenant.clone());
            placed.scoped = match &last {
                Some((appliance, of, holds)) if *appliance == id.appliance && *of == tenant => {
                    *holds
                }
                _ => self.in_scope(&id.appliance, tenant.as_ref()),
            };
            last = Some((id.appliance.clone(), tenant, placed.scoped));
            if !placed.scoped {
                continue;
            }
            scoped.add(placed);
            if placed.place.shown(hidden) {
                total += 1;
                rows.push((placed.key, id.clone()));
            }
        }
        self.alerts.placed = placed;
        rows.retain(|(_, id)| self.alert_passes(id, &words));
        self.alerts.scoped = scoped;
        self.alerts.total = total;
        self.alerts.waiting.clear();
        self.alerts.rows.replace(rows);
        self.keep_alert_selected();
    }

    pub(super) fn keep_alert_selected(&mut self) {
        let left = self.alerts.left.take();
        let selected = self.alerts.selected.as_ref();
        if selected.is_some_and(|id| self.alert_row(id).is_some()) {
            return;
        }
        // The row that stands where the selected one stood.
        let last = self.alerts.rows.len().saturating_sub(1);
        let row = left.unwrap_or(0).min(last);
        self.select_alert(self.alerts.rows.get(row).cloned());
    }

    /// Select an alert; its detail is shown from the top.
    pub(super) fn select_alert(&mut self, id: Option<On<AlertId>>) {
        if self.alerts.selected != id {
            self.alerts.selected = id;
            self.alerts.below = 0;
        }
    }

    /// Puts what an appliance told onto the desk, once whoever sees it.
    fn witness_alerts<'a>(
        &mut self,
        touched: impl IntoIterator<Item = &'a On<AlertId>>,
        env: &Env<'_>,
    ) {
        if !self.desk.loaded || self.role_off(WITNESSES).is_some() {
            return;
        }
        let mut records = Vec::new();
        for id in touched {
            if self.fleet.get(&id.appliance).is_none() {
                self.witness_left(id, env, &mut records);
            } else if alert::is_link_lost(id) {
                self.witness_link(id, env, &mut records);
            } else {
                self.witness_alert(id, env, &mut records);
            }
        }
        records.retain(|record: &NewRecord| self.witnessing.insert(record.event_id));
        for records in records.chunks(WRITE) {
            self.effects.push(Effect::Desk(DeskCommand::Append {
                records: records.to_vec(),
            }));
        }
    }

    fn witness_alert(&self, id: &On<AlertId>, env: &Env<'_>, records: &mut Vec<NewRecord>) {
        let Some(state) = self.fleet.get(&id.appliance) else {
            return;
        };
        let policy = &self.policy.alert_life;
        let mut write = |episode: u32, event: &Event, at: Time| {
            records.push(self.alert_record(id, episode, event, at, env));
        };
        let fact = state.alerts.get(&id.id).filter(|_| state.told);
        for life in self.book.raisings(id).filter(|life| life.stands()) {
            let number = life.episode.episode;
            let at = match fact {
                Some(fact) if fact.episode == number => fact.cleared,
                // A later raising says that this one has ended, at the latest when it began.
                Some(fact) if fact.episode > number => Some(fact.raised),
                Some(_) => None,
                None if state.told && !self.me.restricted => {
                    write(number, &life.goes(env.now), env.now);
                    continue;
                }
                None => None,
            };
            if let Some(at) = at {
                let at = self.desk_time(&id.appliance, at);
                write(number, &Event::Cleared { at }, at);
                continue;
            }
            // As bad as it is now, which its place in the queue follows too.
            let now = fact.filter(|fact| fact.episode == number);
            let now = now.or(life.fact.as_deref());
            if let Some(out) = now.and_then(|fact| self.time_out(life, fact, env)) {
                write(number, &out, env.now);
            }
        }
        let Some(fact) = fact.filter(|fact| fact.cleared.is_none()) else {
            return;
        };
        let episode = self.episode_of(id, fact);
        let life = self.book.alert(&episode);
        if life.is_none_or(|life| life.fact.is_none()) && fact.severity.priority().is_some() {
            let raised = self.raised_fact(id, fact);
            let at = raised.raised;
            write(fact.episode, &Event::Raised(Box::new(raised)), at);
            let before = self.book.raisings(id).rev();
            let before = before.map(|life| life.episode.episode);
            let before = before.into_iter().find(|number| *number < fact.episode);
            if let Some(on) = before.and_then(|number| self.goes_on(id, number, at)) {
                write(fact.episode, &on, at);
            }
        }
        // What it told before the link was lost is no news.
        let life = life.filter(|_| self.fleet.is_live(&id.appliance));
        if let Some(back) = life.and_then(|life| life.comes_back(fact, env.now, policy)) {
            write(fact.episode, &back, env.now);
        }
    }

    /// The event that takes an acknowledgement back for which nothing was done, neither on the
    /// alert nor on its incident.
    pub(super) fn time_out(&self, life: &Life, fact: &Alert, env: &Env<'_>) -> Option<Event> {
        let incident = self.book.incidents.of_episode(&life.episode);
        if incident.is_some_and(worked_on) {
            return None;
        }
        let begun = &self.policy_at(life.began).alert_life;
        life.time_out(fact.severity, incident.and_then(done_last), env.now, begun)
    }

    /// Nobody will say that an alert is over whose appliance is not managed any more.
    fn witness_left(&self, id: &On<AlertId>, env: &Env<'_>, records: &mut Vec<NewRecord>) {
        let Some(left) = self.book.directory.left(&id.appliance) else {
            return;
        };
        let revision = left.number;
        let standing = self.book.raisings(id).filter(|life| life.stands());
        records.extend(standing.map(|life| {
            let event = Event::ApplianceLeft { revision };
            self.alert_record(id, life.episode.episode, &event, left.at, env)
        }));
    }

    /// What ties a raising to the one before it, whose end may not stand on the desk yet.
    fn goes_on(&self, id: &On<AlertId>, number: u32, raised: Time) -> Option<Event> {
        let mut before = self
            .book
            .alert(&Episode {
                alert: id.clone(),
                episode: number,
            })?
            .clone();
        before.cleared.get_or_insert(raised);
        before.goes_on(raised, &self.policy.alert_life)
    }

    /// What the appliance tells, with its times on the desk's time base.
    pub(super) fn raised_fact(&self, id: &On<AlertId>, fact: &Alert) -> Alert {
        Alert {
            raised: self.desk_time(&id.appliance, fact.raised),
            last_seen: self.desk_time(&id.appliance, fact.last_seen),
            ..fact.clone()
        }
    }

    pub(super) fn episode_of(&self, id: &On<AlertId>, fact: &Alert) -> Episode {
        Episode {
            alert: id.clone(),
            episode: fact.episode,
        }
    }

    pub(super) fn alert_record(
        &self,
        id: &On<AlertId>,
        episode: u32,
        event: &Event,
        at: Time,
        env: &Env<'_>,
    ) -> NewRecord {
        let episode = Episode {
            alert: id.clone(),
            episode,
        };
        event.record((env.new_id)(), &episode, at, &self.me.name)
    }
}
