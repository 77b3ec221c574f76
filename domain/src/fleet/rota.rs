//! The rota: who of the operations center is on duty from when to when.

use super::Directory;
use crate::{
    calendar::{Clocktime, Edge, instant, local, weekday},
    facts::Time,
};
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// What somebody is on duty as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Takes escalations and approves dangerous restores.
    DutyManager,
    /// Works a shift.
    Technician,
}

impl Duty {
    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::DutyManager => "duty manager",
            Self::Technician => "technician",
        }
    }
}

/// When a turn of the rota is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// Every week, beginning on these days; it ends on the next day when it does not end
    /// after it began.
    Weekly {
        /// Names of [`crate::calendar::DAYS`].
        days: Vec<String>,
        /// Begins.
        from: Clocktime,
        /// Ends.
        to: Clocktime,
    },
    /// Once. While it lasts it stands in for the weekly turns of the same duty.
    Dated {
        /// Begins, on the wall clock of the entry's zone.
        from: NaiveDateTime,
        /// Ends.
        to: NaiveDateTime,
    },
}

/// An entry of the rota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rota {
    /// As what.
    pub duty: Duty,
    /// Who.
    pub name: String,
    /// The number to call.
    #[serde(default)]
    pub phone: String,
    /// On whose wall clock.
    pub zone: Tz,
    /// When.
    pub turn: Turn,
}

/// Somebody on duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDuty<'d> {
    /// The entry: who, as what, and the number.
    pub entry: &'d Rota,
    /// Since when.
    pub from: Time,
    /// Until when.
    pub to: Time,
}

impl Rota {
    fn at(&self, date: NaiveDate, time: Clocktime) -> Option<Time> {
        let of_day = time.seconds() % 86_400;
        let date = date.checked_add_days(Days::new((time.seconds() / 86_400).into()))?;
        let time = NaiveTime::from_num_seconds_from_midnight_opt(of_day, 0)?;
        instant(self.zone, date.and_time(time), Edge::First)
    }

    /// Its turns that begin on one of the days around `t`.
    fn turns(&self, t: Time, days_after: u64) -> Vec<(Time, Time)> {
        match &self.turn {
            Turn::Dated { from, to } => {
                let at = |shown| instant(self.zone, shown, Edge::First);
                at(*from).zip(at(*to)).into_iter().collect()
            }
            Turn::Weekly { days, from, to } => {
                let Some(first) = local(self.zone, t).and_then(|t| t.date().pred_opt()) else {
                    return Vec::new();
                };
                let days: Vec<_> = days.iter().filter_map(|day| weekday(day).ok()).collect();
                first
                    .iter_days()
                    .take(usize::try_from(days_after + 2).unwrap_or(2))
                    .filter(|date| days.contains(&date.weekday()))
                    .filter_map(|date| {
                        let end = if from < to { date } else { date.succ_opt()? };
                        Some((self.at(date, *from)?, self.at(end, *to)?))
                    })
                    .collect()
            }
        }
    }

    fn covers(&self, t: Time) -> Option<OnDuty<'_>> {
        self.turns(t, 0)
            .into_iter()
            .find(|(from, to)| *from <= t && t < *to)
            .map(|(from, to)| OnDuty {
                entry: self,
                from,
                to,
            })
    }

    fn next(&self, t: Time) -> Option<OnDuty<'_>> {
        self.turns(t, 7)
            .into_iter()
            .filter(|(from, to)| *from > t && from < to)
            .min()
            .map(|(from, to)| OnDuty {
                entry: self,
                from,
                to,
            })
    }

    fn dated(&self) -> bool {
        matches!(self.turn, Turn::Dated { .. })
    }
}

impl Directory {
    /// The rota.
    pub fn rota(&self) -> &[Rota] {
        &self.rota
    }

    /// Who is on duty as that at `t`, in the order of the file. Dated turns stand in for weekly
    /// ones.
    pub fn on_duty(&self, duty: Duty, t: Time) -> Vec<OnDuty<'_>> {
        let mut on: Vec<OnDuty<'_>> = self
            .rota
            .iter()
            .filter(|entry| entry.duty == duty)
            .filter_map(|entry| entry.covers(t))
            .collect();
        if on.iter().any(|on| on.entry.dated()) {
            on.retain(|on| on.entry.dated());
        }
        on
    }

    /// The duty manager at `t`, with the number to call.
    pub fn duty_manager(&self, t: Time) -> Option<OnDuty<'_>> {
        self.on_duty(Duty::DutyManager, t).into_iter().next()
    }

    /// The technicians of the shift at `t`.
    pub fn on_shift(&self, t: Time) -> Vec<OnDuty<'_>> {
        self.on_duty(Duty::Technician, t)
    }

    /// The technicians of the next shift: those whose turns begin first after `t`.
    pub fn next_on_shift(&self, t: Time) -> Vec<OnDuty<'_>> {
        let next = self
            .rota
            .iter()
            .filter(|entry| entry.duty == Duty::Technician)
            .filter_map(|entry| entry.next(t))
            .map(|turn| turn.from)
            .min();
        next.map(|from| {
            let mut on = self.on_shift(from);
            on.retain(|on| on.from == from);
            on
        })
        .unwrap_or_default()
    }
}
