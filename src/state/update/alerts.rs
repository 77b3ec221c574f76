//! What a person does with an alert: the commands of the Alerts screen, their questions, and
//! what is said when somebody else was faster.

use super::super::{
    alerts::{Known, Page, UnderWay},
    command::Command,
    effect::{DeskCommand, Effect},
    form::FormFor,
    model::{Env, Model, Pane},
    overlay::{AlertAsk, Ask, AskFor, Overlay},
    until, words,
};
use ocdeck_domain::{
    alert::{self, Event, Life, may::Asking},
    ids::{AlertId, On},
    incident,
    journal::{NewRecord, Subject},
    words::ago,
};
use uuid::Uuid;

/// Who may decide about alerts.
const MAY: &[&str] = &["technician", "duty_manager", "engineer", "reseller"];
/// How often a decision is written behind what does not matter to it.
const TRIES: u8 = 5;
/// How people are told.
const HOW: [&str; 4] = ["phone", "e-mail", "portal", "in person"];

impl Model {
    /// Why a command of the Alerts screen is off; `None`: it is on.
    pub(in crate::state) fn alert_off(&self, command: Command) -> Option<String> {
        use Command as C;
        if let Some(why) = self.role_off(MAY) {
            return Some(why);
        }
        if let Some(why) = self.desk.unread() {
            return Some(why);
        }
        let Some(alert) = self.selected_alert() else {
            return Some("no alert is selected".to_owned());
        };
        let nothing = Life::new(alert.episode());
        let asking = self.asking(&alert, &nothing);
        let may = match command {
            C::AlertAcknowledge => asking.acknowledge(),
            C::AlertUndo => asking.undo(),
            C::AlertTake => asking.take(),
            C::AlertAssign => asking.assign(),
            C::AlertSnooze if asking.wake().is_ok() => Ok(()),
            C::AlertSnooze => asking.snooze(),
            C::AlertResolve => asking.resolve(),
            C::Escalate if alert.incident.is_none_or(|incident| incident.over()) => {
                Err("it has no open incident".to_owned())
            }
            _ => Ok(()),
        };
        may.err()
    }

    fn asking<'a>(&'a self, alert: &Known<'a>, nothing: &'a Life) -> Asking<'a> {
        Asking {
            life: alert.life.unwrap_or(nothing),
            severity: alert.fact.severity,
            me: &self.me.name,
            now: self.now,
            policy: &self.policy.alert_life,
        }
    }

    /// A command on the selected alert that is on; whether it is one.
    pub(super) fn alert_command(&mut self, command: Command, env: &Env<'_>) -> bool {
        use Command as C;
        let Some(id) = self.alerts.selected.clone() else {
            return false;
        };
        match command {
            C::AlertAcknowledge => self.note_alert(&id, command),
            C::AlertUndo => self.decide_alert(&id, Event::AcknowledgementUndone, env),
            C::AlertTake => self.decide_alert(&id, Event::Taken, env),
            C::AlertAssign => self.ask_alert(&id, AlertAsk::Assign),
            C::AlertSnooze if self.alert_snoozed(&id) => self.decide_alert(&id, Event::Woken, env),
            C::AlertSnooze => self.ask_alert(&id, AlertAsk::Snooze),
            C::AlertNote | C::AlertResolve => self.note_alert(&id, command),
            C::AlertNotified => self.ask_alert(&id, AlertAsk::Notified),
            C::Escalate => {
                let alert = self.known_alert(&id);
                let incident = alert.and_then(|alert| alert.incident).map(|i| i.id);
                if let Some(incident) = incident {
                    self.ask_escalate(FormFor::Escalate(incident));
                }
            }
            _ => return false,
        }
        true
    }

    /// Whether the selected alert's snooze can be ended: what `snooze` then does.
    pub(in crate::state) fn alert_wakes(&self) -> bool {
        let selected = self.alerts.selected.as_ref();
        selected.is_some_and(|id| self.alert_snoozed(id))
    }

    fn alert_snoozed(&self, id: &On<AlertId>) -> bool {
        let life = self.known_alert(id).and_then(|alert| alert.life);
        life.is_some_and(|life| life.snoozed_until(self.now).is_some())
    }

    /// "acme/erp01-files", or the appliance for the provider's own.
    pub fn alert_place(&self, alert: &Known<'_>) -> String {
        let fact = alert.fact;
        match &fact.tenant {
            _ if fact.object == alert.id.appliance.as_str() => fact.object.clone(),
            Some(tenant) => format!("{}/{}", self.directory.tenant_name(tenant), fact.object),
            None if fact.object.is_empty() => alert.id.appliance.to_string(),
            None => format!("{}/{}", alert.id.appliance, fact.object),
        }
    }

    pub(super) fn place_of(&self, id: &On<AlertId>) -> String {
        let alert = self.known_alert(id);
        alert.map_or_else(|| id.to_string(), |alert| self.alert_place(&alert))
    }

    fn ask_alert(&mut self, id: &On<AlertId>, what: AlertAsk) {
        let place = self.place_of(id);
        let (title, text) = match &what {
            AlertAsk::Assign => ("Assign", "To whom? Up and down choose.".to_owned()),
            AlertAsk::Snooze => ("Snooze", self.snooze_words("")),
            AlertAsk::Notified => (
                "Client notified",
                "Who of the client was told? Up and down choose a contact.".to_owned(),
            ),
            AlertAsk::How(whom) => (
                "Client notified",
                format!(
                    "How was {whom} told, and what was said? \"phone: looks at the disk\"; a time in front, 02:40, if it was not just now."
                ),
            ),
        };
        let offers = match &what {
            AlertAsk::Assign => self.people(),
            AlertAsk::Notified => self.contacts_to_tell(id),
            AlertAsk::How(_) => HOW.map(str::to_owned).to_vec(),
            _ => Vec::new(),
        };
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("{title} · {place}"),
            text,
            input: Default::default(),
            offers,
            selected: None,
            purpose: AskFor::Alert(what, id.clone()),
        }));
    }

    fn contacts_to_tell(&self, id: &On<AlertId>) -> Vec<String> {
        let tenants = match self.known_alert(id).and_then(|a| a.fact.tenant.clone()) {
            Some(tenant) => std::iter::once(tenant).collect(),
            None => self.directory.tenants_of(&id.appliance),
        };
        let contacts = self.directory.contacts().iter();
        let of_them = contacts.filter(|contact| tenants.contains(&contact.tenant));
        of_them
            .map(|contact| match contact.phone.as_str() {
                "" => contact.name.clone(),
                phone => format!("{}, {phone}", contact.name),
            })
            .collect()
    }

    fn snooze_words(&self, typed: &str) -> String {
        let most = self.policy.alert_life.snooze_at_most().num_hours();
        let forms = format!(
            "Until when, and why? {}, then the reason; at most {most} h.",
            until::TO_COME
        );
        let Some((until, reason)) = until::to_come(typed, self.now, self.me.zone) else {
            return forms;
        };
        let local = until.with_timezone(&self.me.zone);
        let end = format!(
            "Until {} {}, {} from now",
            words::short(until, self.me.zone),
            local.format("%Z"),
            words::span(until - self.now),
        );
        let late = until - self.now > self.policy.alert_life.snooze_at_most();
        match (late, reason.is_empty()) {
            (true, _) => format!("{end}: that is too long, at most {most} h."),
            (false, true) => format!("{end}. Now the reason."),
            (false, false) => format!("{end}."),
        }
    }

    /// A letter was typed into a question: that of a snooze says what it would be.
    pub(super) fn ask_typed(&mut self) {
        let Some(Overlay::Ask(ask)) = &self.overlay else {
            return;
        };
        if !matches!(&ask.purpose, AskFor::Alert(AlertAsk::Snooze, _)) {
            return;
        }
        let words = self.snooze_words(&ask.input.text());
        if let Some(Overlay::Ask(ask)) = &mut self.overlay {
            ask.text = words;
        }
    }

    /// The answer to a question about an alert.
    pub(super) fn alert_answer(
        &mut self,
        what: AlertAsk,
        id: &On<AlertId>,
        text: String,
        env: &Env<'_>,
    ) {
        match what {
            AlertAsk::Assign => self.decide_alert(id, Event::Assigned { to: text }, env),
            AlertAsk::Notified => self.ask_alert(id, AlertAsk::How(text)),
            AlertAsk::How(whom) => {
                let (at, said) = until::past(&text, env.now, self.me.zone);
                let (how, text) = said.split_once(':').unwrap_or((said.as_str(), ""));
                let event = Event::ClientNotified {
                    whom,
                    how: how.trim().to_owned(),
                    at,
                    text: text.trim().to_owned(),
                };
                self.decide_alert(id, event, env);
            }
            AlertAsk::Snooze => self.snooze(id, &text, env),
        }
    }

    fn snooze(&mut self, id: &On<AlertId>, typed: &str, env: &Env<'_>) {
        let refuse = |model: &mut Self, why: String| {
            model.ask_alert(id, AlertAsk::Snooze);
            if let Some(Overlay::Ask(ask)) = &mut model.overlay {
                ask.input.set(typed);
            }
            model.ask_typed();
            model.bad(why);
        };
        let Some((until, reason)) = until::to_come(typed, env.now, self.me.zone) else {
            return refuse(self, format!("it needs an end: {}", until::TO_COME));
        };
        let Some(alert) = self.known_alert(id) else {
            return self.bad("it is not open any more");
        };
        let nothing = Life::new(alert.episode());
        let may = self.asking(&alert, &nothing).snooze_until(until);
        if let Err(why) = may {
            return refuse(self, why);
        }
        if reason.is_empty() {
            return refuse(self, "it needs a reason behind the time".to_owned());
        }
        self.decide_alert(id, Event::Snoozed { until, reason }, env);
    }

    /// Writes a decision, if it may still be made.
    pub(super) fn decide_alert(&mut self, id: &On<AlertId>, event: Event, env: &Env<'_>) {
        let said = self.said(id, &event);
        let wait = format!("writing: {said}");
        match self.write_decision(id, &event, (env.new_id)(), 0, said, env) {
            Ok(()) => self.wait(wait),
            Err(why) => match self.raising_of(id) {
                Some(of) => self.not_decided(&of, &event, why, env),
                None => self.bad(why),
            },
        }
    }

    fn write_decision(
        &mut self,
        id: &On<AlertId>,
        event: &Event,
        event_id: Uuid,
        tries: u8,
        said: String,
        env: &Env<'_>,
    ) -> Result<(), String> {
        let alert = self.known_alert(id).ok_or("it is not open any more")?;
        let nothing = Life::new(alert.episode());
        let asking = self.asking(&alert, &nothing);
        asking.still(event)?;
        let episode = alert.episode();
        let life = asking.life;
        let mut records = Vec::new();
        let mut ahead = self.ahead_of(id);
        if life.fact.is_none() {
            // Whatever is decided, what it was about stands on the desk with it.
            let raised = self.raised_fact(id, alert.fact);
            let at = raised.raised;
            let raised = Event::Raised(Box::new(raised));
            let record = raised.record(event_id, &episode, at, &self.me.name);
            ahead += 1;
            if !self.witnessing.contains(&record.event_id) || tries > 0 {
                records.push(record);
            }
        }
        let mut record = event.record(event_id, &episode, env.now, &self.me.name);
        record.subject_version = event.claims().then_some(life.version() + ahead + 1);
        let version = record.subject_version;
        records.push(record);
        records.extend(self.incident_with(&alert, event, env));
        self.witnessing.extend(records.iter().map(|r| r.event_id));
        let under_way = UnderWay {
            alert: id.clone(),
            event: event.clone(),
            version,
            said,
            tries,
        };
        self.alerts.under_way.insert(event_id, under_way);
        self.effects
            .push(Effect::Desk(DeskCommand::Append { records }));
        Ok(())
    }

    /// Decisions of this console about an alert that the desk has not told back yet.
    fn ahead_of(&self, id: &On<AlertId>) -> u32 {
        let under_way = self.alerts.under_way.values();
        let ahead = under_way.filter(|other| &other.alert == id).count();
        u32::try_from(ahead).unwrap_or(u32::MAX)
    }

    /// Who takes an alert takes its incident, unless somebody else has it: two owners of one
    /// thing would each wait for the other.
    fn incident_with(&self, alert: &Known<'_>, event: &Event, env: &Env<'_>) -> Option<NewRecord> {
        let incident = alert.incident.filter(|incident| !incident.over())?;
        let of_incident = match event {
            Event::Taken if incident.owner != self.me.name => incident::Event::Taken,
            Event::Assigned { to } if *to != incident.owner => {
                incident::Event::Assigned { to: to.clone() }
            }
            Event::ClientNotified { whom, how, at, .. } => {
                incident::Event::Notified(incident::Notified {
                    whom: whom.clone(),
                    how: how.clone(),
                    at: *at,
                })
            }
            _ => return None,
        };
        let id = (env.new_id)();
        Some(of_incident.record(id, incident.id, env.now, &self.me.name))
    }

    /// What is said when a decision stands.
    fn said(&self, id: &On<AlertId>, event: &Event) -> String {
        let place = self.place_of(id);
        match event {
            Event::Acknowledged { .. } => format!("{place} acknowledged"),
            Event::AcknowledgementUndone => format!("{place}: acknowledgement undone"),
            Event::Taken => format!("{place} is yours"),
            Event::Assigned { to } => format!("{place} given to {to}"),
            Event::Snoozed { until, .. } => {
                let until = words::short(*until, self.me.zone);
                format!("{place} snoozed until {until}")
            }
            Event::Woken => format!("{place} is back in the queue"),
            Event::Noted { .. } => format!("{place}: note saved"),
            Event::ClientNotified { whom, .. } => format!("{place}: {whom} was told"),
            Event::Resolved { .. } => format!("{place} resolved"),
            other => format!("{place} {}", other.kind().replace('_', " ")),
        }
    }

    /// A decision of this console stands on the desk.
    pub(super) fn alert_decided(&mut self, event: Uuid) {
        if let Some(done) = self.alerts.under_way.remove(&event) {
            self.done(done.said);
        }
    }

    /// The desk refused records about alerts: somebody took their place. What does not matter
    /// to a decision is written over; else it is said who did what. Whether it was one of these.
    pub(super) fn decision_refused(&mut self, refused: &[NewRecord], env: &Env<'_>) -> bool {
        let ours = refused.iter();
        let ours: Vec<(Uuid, UnderWay)> = ours
            .filter_map(|record| {
                let id = record.event_id;
                Some((id, self.alerts.under_way.remove(&id)?))
            })
            .collect();
        for record in refused {
            self.witnessing.remove(&record.event_id);
        }
        let any = !ours.is_empty();
        for (id, refused) in ours {
            self.alerts.touched.insert(refused.alert.clone());
            if !self.read_first(id, &refused) {
                self.decide_again(id, refused, env);
            }
        }
        any
    }

    /// The desk will never take these.
    pub(super) fn decision_lost(&mut self, refused: &[NewRecord]) {
        for record in refused {
            self.alerts.under_way.remove(&record.event_id);
        }
    }

    /// What took the place may be the history of an earlier end, which was not read at the start:
    /// then it is read before anything is said or tried again. Whether it is.
    fn read_first(&mut self, event_id: Uuid, refused: &UnderWay) -> bool {
        let alert = self.known_alert(&refused.alert);
        let read = alert.and_then(|alert| alert.life).map_or(0, Life::version);
        let unread = refused.version.is_some_and(|taken| read < taken);
        let Some(of) = self.raising_of(&refused.alert).filter(|_| unread) else {
            return false;
        };
        let history = DeskCommand::History(Subject::Alert(of));
        self.effects.push(Effect::Desk(history));
        self.alerts.unread.insert(event_id, refused.clone());
        true
    }

    fn decide_again(&mut self, event_id: Uuid, refused: UnderWay, env: &Env<'_>) {
        let UnderWay {
            alert: id,
            event,
            version,
            said,
            tries,
        } = refused;
        let Some(of) = self.raising_of(&id) else {
            return self.bad("it is not open any more");
        };
        let life = self.known_alert(&id).and_then(|alert| alert.life);
        let moments = life.map_or(&[][..], |life| life.moments.as_slice());
        let since = version.unwrap_or(u32::MAX);
        let claim = moments.iter().rev().find(|moment| {
            let other = moment.event.as_ref().filter(|other| other.claims());
            moment.version >= since && other.is_some_and(|other| !event.may_follow(other))
        });
        let place = self.place_of(&id);
        if let Some(moment) = claim {
            let did = moment.event.as_ref().map(Event::did).unwrap_or_default();
            let ago = ago(self.now - moment.at);
            let why = format!("{} {did} {ago}: {place}", moment.actor);
            return self.not_decided(&of, &event, why, env);
        }
        let why = if tries >= TRIES {
            "it was not written, do it again".to_owned()
        } else {
            match self.write_decision(&id, &event, event_id, tries + 1, said, env) {
                Ok(()) => return,
                Err(why) => why,
            }
        };
        self.not_decided(&of, &event, format!("{place}: {why}"), env);
    }

    /// What was in the way of decisions is read: they are made again, knowing it.
    pub(super) fn history_read(&mut self, subject: &Subject, env: &Env<'_>) {
        let Subject::Alert(episode) = subject else {
            return;
        };
        let waited = self.alerts.unread.iter();
        let waited = waited.filter(|(_, way)| way.alert == episode.alert);
        let waited: Vec<Uuid> = waited.map(|(id, _)| *id).collect();
        for id in waited {
            if let Some(way) = self.alerts.unread.remove(&id) {
                self.decide_again(id, way, env);
            }
        }
    }

    /// `Enter` and the key to the right on an alert: its detail; of what stands in front of
    /// something, that.
    pub(super) fn open_alert(&mut self, behind: bool) {
        let Some(alert) = self.selected_alert() else {
            return;
        };
        let folded = alert::is_link_lost(alert.id) || behind;
        let folded = folded && !self.behind(&alert).is_empty();
        self.focus = Pane::Detail;
        if folded {
            self.turn_page(Page::Behind);
        }
    }

    /// Shows a page of the detail from its top.
    pub(super) fn turn_page(&mut self, page: Page) {
        self.alerts.page = page;
        self.alerts.below = 0;
    }

    /// The next page of the detail, or the one before; `false`: there is none.
    pub(super) fn step_page(&mut self, right: bool) -> bool {
        let at = self.alerts.page as usize;
        let next = if right {
            Some(at + 1)
        } else {
            at.checked_sub(1)
        };
        let Some(page) = next.and_then(|at| Page::ALL.get(at)) else {
            return false;
        };
        self.turn_page(*page);
        true
    }

    /// Shows what is not in the queue too, or hides it.
    pub(super) fn turn_hidden(&mut self) {
        self.alerts.show_hidden = !self.alerts.show_hidden;
        self.rebuild_alerts();
        self.done(match self.alerts.show_hidden {
            true => "what is not in the queue is shown too",
            false => "only the queue is shown",
        });
    }
}
