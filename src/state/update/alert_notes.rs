//! The words that go with a decision about an alert: asked for in a note of several lines, and
//! never lost, whatever becomes of the decision.

use super::super::{
    alerts::Known,
    command::Command,
    effect::{DeskCommand, Effect},
    model::{Env, Model},
    note::NotePurpose,
};
use ocdeck_domain::{
    alert::Event,
    ids::{AlertId, Episode, On},
    words::ago,
};

impl Model {
    /// Asks for the words that go with a decision, or are all of it.
    pub(super) fn note_alert(&mut self, id: &On<AlertId>, command: Command) {
        let Some(alert) = self.known_alert(id) else {
            return self.bad("it is not open any more");
        };
        let (episode, place) = (alert.episode(), self.alert_place(&alert));
        let (title, text, purpose) = match command {
            Command::AlertAcknowledge => (
                "Acknowledge",
                self.acknowledge_words(&alert),
                NotePurpose::Acknowledge(episode),
            ),
            Command::AlertResolve => (
                "Resolve",
                "Why is it over? If it happens again it is open again.".to_owned(),
                NotePurpose::AlertEnd(episode),
            ),
            _ => (
                "Note",
                "It is kept in the time line of the alert.".to_owned(),
                NotePurpose::Alert(episode),
            ),
        };
        self.ask_note(format!("{title} · {place}"), text, purpose);
    }

    /// What an acknowledgement asks for; who has seen it before is named.
    fn acknowledge_words(&self, alert: &Known<'_>) -> String {
        match alert.life.and_then(|life| life.acknowledged.last()) {
            Some(seen) => {
                let ago = ago(self.now - seen.at);
                format!(
                    "{} acknowledged it {ago}; yours is kept beside it.",
                    seen.by
                )
            }
            None => "A note for whoever looks next; it may stay empty.".to_owned(),
        }
    }

    /// What a saved note about an alert does.
    pub(super) fn alert_noted(
        &mut self,
        of: &Episode,
        purpose: &NotePurpose,
        text: String,
        env: &Env<'_>,
    ) {
        let fact = self.alert(&of.alert);
        let fact = fact.filter(|fact| fact.episode == of.episode);
        let event = match purpose {
            NotePurpose::Acknowledge(_) => Event::Acknowledged { note: text },
            NotePurpose::AlertEnd(_) => Event::Resolved {
                note: text,
                count: fact.map_or(0, |fact| fact.count),
                text: fact.map_or_else(String::new, |fact| fact.text.clone()),
            },
            _ => Event::Noted { text },
        };
        if fact.is_none() {
            let why = format!("{} is not open any more", of.alert.id);
            return self.not_decided(of, &event, why, env);
        }
        self.decide_alert(&of.alert, event, env);
    }

    /// The raising that a decision was about.
    pub(super) fn raising_of(&self, id: &On<AlertId>) -> Option<Episode> {
        let known = self.known_alert(id).map(|alert| alert.episode());
        known.or_else(|| {
            let last = self.book.raisings(id).next_back()?;
            Some(last.episode.clone())
        })
    }

    /// Why a decision does not stand. What a person wrote with it is never lost: it becomes a
    /// note, which stands beside anything.
    pub(super) fn not_decided(&mut self, of: &Episode, event: &Event, why: String, env: &Env<'_>) {
        let text = event.text().unwrap_or_default().trim().to_owned();
        if text.is_empty() {
            return self.bad(why);
        }
        let noted = Event::Noted { text };
        let record = noted.record((env.new_id)(), of, env.now, &self.me.name);
        self.effects.push(Effect::Desk(DeskCommand::Append {
            records: vec![record],
        }));
        self.bad(format!("{why}; what you wrote is kept there as a note"));
    }
}
