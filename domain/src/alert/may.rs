//! What may be done with an alert now, and why not: the same for the key, the hint and the
//! answer that comes late.

use super::{End, Event, Life, LifePolicy};
use crate::{facts::Time, priority::Severity, words::ago};

/// Who asks, when, of what.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The alert's life so far.
    pub life: &'a Life,
    /// How bad it is.
    pub severity: Severity,
    /// Who asks.
    pub me: &'a str,
    /// Now.
    pub now: Time,
    /// The numbers.
    pub policy: &'a LifePolicy,
}

impl Asking<'_> {
    fn not_over(&self) -> Result<(), String> {
        match self.life.end() {
            None => Ok(()),
            Some((at, End::By(by))) => Err(format!("{by} resolved it {}", ago(self.now - at))),
            Some((at, End::Cleared)) => Err(format!("it cleared by itself {}", ago(self.now - at))),
            Some((_, End::Left(revision))) => Err(format!(
                "its appliance left the directory, revision {revision}"
            )),
        }
    }

    /// Acknowledge it. What others have seen or work on may be acknowledged too.
    pub fn acknowledge(&self) -> Result<(), String> {
        self.not_over()?;
        if self.mine() {
            return Err("you work on it already".to_owned());
        }
        let mut acknowledged = self.life.acknowledged.iter();
        match acknowledged.find(|a| a.by == self.me) {
            Some(a) => Err(format!("you acknowledged it {}", ago(self.now - a.at))),
            None => Ok(()),
        }
    }

    fn mine(&self) -> bool {
        self.life.working && self.life.owner == self.me
    }

    /// Undo the acknowledgement: one's own, and only while nothing was decided after it. That
    /// others have seen it too stands in nobody's way.
    pub fn undo(&self) -> Result<(), String> {
        self.not_over()?;
        let mut acknowledged = self.life.acknowledged.iter();
        let Some(acknowledged) = acknowledged.find(|a| a.by == self.me) else {
            return Err(match self.life.acknowledged.first() {
                None => "it is not acknowledged".to_owned(),
                Some(other) => format!("{} acknowledged it, not you", other.by),
            });
        };
        let decides = |event: &Event| event.claims() && !event.acknowledges();
        let later = self.life.moments.iter().rev().find(|moment| {
            moment.version > acknowledged.version && moment.event.as_ref().is_some_and(decides)
        });
        match later {
            None => Ok(()),
            Some(moment) => {
                let did = moment.event.as_ref().map(Event::did).unwrap_or_default();
                Err(format!("{} {did} since then", moment.actor))
            }
        }
    }

    /// Work on it.
    pub fn take(&self) -> Result<(), String> {
        self.not_over()?;
        if self.mine() {
            return Err("you work on it already".to_owned());
        }
        Ok(())
    }

    /// Give it to somebody.
    pub fn assign(&self) -> Result<(), String> {
        self.not_over()
    }

    /// Give it to that person.
    pub fn assign_to(&self, to: &str) -> Result<(), String> {
        self.assign()?;
        if self.life.owner == to {
            return Err(format!("{to} has it already"));
        }
        Ok(())
    }

    /// Snooze it at all.
    pub fn snooze(&self) -> Result<(), String> {
        self.not_over()?;
        let limit = self.policy.snooze_below_severity;
        if self.severity.number() >= limit {
            return Err(format!("never from severity {limit} on"));
        }
        Ok(())
    }

    /// Snooze it until then.
    pub fn snooze_until(&self, until: Time) -> Result<(), String> {
        self.snooze()?;
        if until <= self.now {
            return Err("that is past".to_owned());
        }
        let most = self.policy.snooze_at_most();
        if until - self.now > most {
            return Err(format!("at most {} h", most.num_hours()));
        }
        Ok(())
    }

    /// End the snooze.
    pub fn wake(&self) -> Result<(), String> {
        match self.life.snoozed_until(self.now) {
            Some(_) => Ok(()),
            None => Err("it is not snoozed".to_owned()),
        }
    }

    /// Say that it is over.
    pub fn resolve(&self) -> Result<(), String> {
        self.not_over()
    }

    /// Whether an event may still be written that was refused because something else took its
    /// place: then it is written behind that.
    pub fn still(&self, event: &Event) -> Result<(), String> {
        match event {
            Event::Acknowledged { .. } => self.acknowledge(),
            Event::AcknowledgementUndone => self.undo(),
            Event::Taken => self.take(),
            Event::TakenOver { .. } => self.assign_to(self.me),
            Event::Assigned { to } => self.assign_to(to),
            Event::Snoozed { until, .. } => self.snooze_until(*until),
            Event::Woken => self.wake(),
            Event::Resolved { .. } => self.resolve(),
            _ => Ok(()),
        }
    }
}
