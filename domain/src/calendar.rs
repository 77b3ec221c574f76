//! Business calendars: which hours of which days count, in a time zone.
//!
//! Everything is computed on the zone's own wall clock and answered in UTC, so it is right
//! across changes of the offset: an hour that a zone leaves out opens when the clocks have
//! jumped, an hour that comes twice is open twice, and no span is ever negative.

mod spans;

use crate::{facts::Time, ids::CalendarId};
use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use spans::Spans;
use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

pub(crate) use spans::{Edge, instant, local};

/// Seconds of a day without a change of the offset: where 24:00 stands.
const DAY: u32 = 86_400;

/// The weekdays as files name them, from Monday.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A time of day on a wall clock, in seconds since midnight, up to 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clocktime(u32);

impl Clocktime {
    /// Seconds since midnight.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl FromStr for Clocktime {
    type Err = CalendarError;

    /// `08:00`, up to `24:00`.
    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let wrong = || CalendarError::Time(text.to_owned());
        let (hours, minutes) = text.trim().split_once(':').ok_or_else(wrong)?;
        let number = |digits: &str| match digits.len() {
            1 | 2 if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse::<u32>().ok(),
            _ => None,
        };
        let hours = number(hours).ok_or_else(wrong)?;
        let minutes = number(minutes).filter(|m| *m < 60).ok_or_else(wrong)?;
        let seconds = hours * 3600 + minutes * 60;
        (seconds <= DAY).then_some(Self(seconds)).ok_or_else(wrong)
    }
}

impl fmt::Display for Clocktime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60)
    }
}

/// Open from one time of a day to another of the same day: `08:00-12:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// Opens.
    pub from: Clocktime,
    /// Closes; at most 24:00.
    pub to: Clocktime,
}

impl FromStr for Interval {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let (from, to) = text
            .split_once(['-', '–'])
            .ok_or_else(|| CalendarError::Interval(text.to_owned()))?;
        let (from, to) = (from.parse()?, to.parse()?);
        if from >= to {
            return Err(CalendarError::Interval(text.to_owned()));
        }
        Ok(Self { from, to })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

as_text!(Clocktime, Interval);

/// Why a calendar is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not a time of a day.
    #[error("{0:?} is no time of a day, such as \"08:00\"")]
    Time(String),
    /// Not a span within one day.
    #[error("{0:?} is no span of one day, such as \"08:00-17:00\"")]
    Interval(String),
    /// Two spans of a day share time.
    #[error("{0} and {1} share time; let one begin where the other ends")]
    Overlap(Interval, Interval),
    /// Not a day of the week.
    #[error("{0:?} is no day; valid: mon, tue, wed, thu, fri, sat, sun")]
    Day(String),
    /// No day of the week is ever open.
    #[error("calendar {0} is never open; give it days and hours")]
    NeverOpen(CalendarId),
}

/// The day of the week that a file names.
///
/// # Errors
/// When it is none.
pub fn weekday(name: &str) -> Result<Weekday, CalendarError> {
    DAYS.iter()
        .position(|day| *day == name)
        .and_then(|at| Weekday::try_from(u8::try_from(at).ok()?).ok())
        .ok_or_else(|| CalendarError::Day(name.to_owned()))
}

/// The week of a calendar, as files write it: the days that are open, and their hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Week {
    /// Names of [`DAYS`].
    pub days: Vec<String>,
    /// The spans of each of them.
    pub hours: Vec<Interval>,
}

/// Hours that count by the day of the week, and days on which none counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Calendar {
    id: CalendarId,
    /// Each in order and without overlap; from Monday.
    week: [Vec<Interval>; 7],
    /// Days on which nothing is open, and what they are called.
    holidays: BTreeMap<NaiveDate, String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Written {
    id: CalendarId,
    week: [Vec<Interval>; 7],
    #[serde(default)]
    holidays: BTreeMap<NaiveDate, String>,
}

impl TryFrom<Written> for Calendar {
    type Error = CalendarError;

    fn try_from(written: Written) -> Result<Self, CalendarError> {
        Self::new(written.id, written.week, written.holidays)
    }
}

impl From<Calendar> for Written {
    fn from(calendar: Calendar) -> Self {
        Self {
            id: calendar.id,
            week: calendar.week,
            holidays: calendar.holidays,
        }
    }
}

impl Calendar {
    /// A calendar of these hours of the week, from Monday.
    ///
    /// # Errors
    /// When spans of a day overlap, or no day is ever open.
    pub fn new(
        id: CalendarId,
        mut week: [Vec<Interval>; 7],
        holidays: BTreeMap<NaiveDate, String>,
    ) -> Result<Self, CalendarError> {
        for day in &mut week {
            day.sort_unstable();
            for pair in day.windows(2) {
                if let [a, b] = pair
                    && b.from < a.to
                {
                    return Err(CalendarError::Overlap(*a, *b));
                }
            }
        }
        if week.iter().all(Vec::is_empty) {
            return Err(CalendarError::NeverOpen(id));
        }
        Ok(Self { id, week, holidays })
    }

    /// The same hours on each of these days, and no holidays.
    ///
    /// # Errors
    /// As [`Calendar::new`], and when a day is not known.
    pub fn weekly(id: CalendarId, week: &Week) -> Result<Self, CalendarError> {
        let mut all: [Vec<Interval>; 7] = Default::default();
        for name in &week.days {
            let at = weekday(name)?.num_days_from_monday() as usize;
            if let Some(day) = all.get_mut(at) {
                day.clone_from(&week.hours);
            }
        }
        Self::new(id, all, BTreeMap::new())
    }

    /// Its id.
    pub fn id(&self) -> &CalendarId {
        &self.id
    }

    /// The hours of each day of the week, from Monday.
    pub fn week(&self) -> &[Vec<Interval>; 7] {
        &self.week
    }

    /// Its holidays and what they are called.
    pub fn holidays(&self) -> &BTreeMap<NaiveDate, String> {
        &self.holidays
    }

    /// The spans of a date; none on a holiday.
    pub fn on(&self, date: NaiveDate) -> &[Interval] {
        if self.holidays.contains_key(&date) {
            return &[];
        }
        let day = date.weekday().num_days_from_monday() as usize;
        self.week.get(day).map_or(&[], Vec::as_slice)
    }
}

/// The hours that a clock counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hours {
    /// All of them.
    #[default]
    AroundTheClock,
    /// Those of a calendar, in a zone.
    Business(Arc<Calendar>, Tz),
}

impl Hours {
    /// The hours of a calendar in a zone.
    pub fn of(calendar: &Arc<Calendar>, zone: Tz) -> Self {
        Self::Business(Arc::clone(calendar), zone)
    }

    /// The spans that end after `from`, in order and without overlap; those that touch are
    /// one where they are of one day.
    fn spans(&self, from: Time) -> Option<Spans<'_>> {
        match self {
            Self::AroundTheClock => None,
            Self::Business(calendar, zone) => Some(Spans::new(calendar, *zone, from)),
        }
    }

    /// Whether `t` counts.
    pub fn is_open(&self, t: Time) -> bool {
        self.next_open(t) == t
    }

    /// The first moment from `t` on that counts; `t` itself when it does.
    pub fn next_open(&self, t: Time) -> Time {
        let Some(mut spans) = self.spans(t) else {
            return t;
        };
        spans.next().map_or(Time::MAX_UTC, |(from, _)| from.max(t))
    }

    /// The first moment after `t` from which hours do not count; `None`: they always do.
    pub fn next_close(&self, t: Time) -> Option<Time> {
        let mut spans = self.spans(t)?;
        let (_, mut close) = spans.next()?;
        // A year of spans that touch is a calendar that never closes.
        for (from, to) in spans.take(366) {
            if from > close {
                return Some(close);
            }
            close = to;
        }
        None
    }

    /// When so much time has counted since `start`: the first such moment. `start` itself for
    /// a budget of nothing.
    pub fn add(&self, start: Time, budget: TimeDelta) -> Time {
        if budget <= TimeDelta::zero() {
            return start;
        }
        let Some(spans) = self.spans(start) else {
            return start.checked_add_signed(budget).unwrap_or(Time::MAX_UTC);
        };
        let mut missing = budget;
        for (from, to) in spans {
            let from = from.max(start);
            let open = to - from;
            if open >= missing {
                return from + missing;
            }
            missing -= open;
        }
        Time::MAX_UTC
    }

    /// How much time counts between two moments; negative when `b` is before `a`.
    pub fn open_time(&self, a: Time, b: Time) -> TimeDelta {
        if b < a {
            return -self.open_time(b, a);
        }
        let Some(spans) = self.spans(a) else {
            return b - a;
        };
        spans
            .take_while(|(from, _)| *from < b)
            .fold(TimeDelta::zero(), |sum, (from, to)| {
                sum + (to.min(b) - from.max(a))
            })
    }

    /// When the hours count again, if they do not at `now`.
    pub fn resumes(&self, now: Time) -> Option<Time> {
        Some(self.next_open(now)).filter(|open| *open > now)
    }
}

/// When the wall clock of a zone shows this: of a time that comes twice the first, of one that
/// is left out the moment at which the clock jumps. `None` at the ends of the calendar.
pub fn moment(zone: Tz, shown: NaiveDateTime) -> Option<Time> {
    instant(zone, shown, Edge::First)
}

/// When something goes on, in words: `from 08:00` today, `from Mon 08:00` within a week, else
/// `from Mon 4 Jan 08:00`, on the clock of `zone`.
pub fn from_words(now: Time, resumes: Time, zone: Tz) -> String {
    let (today, then) = (now.with_timezone(&zone), resumes.with_timezone(&zone));
    let days = (then.date_naive() - today.date_naive()).num_days();
    let form = match days {
        0 => "from %H:%M",
        1..=6 => "from %a %H:%M",
        _ => "from %a %-d %b %H:%M",
    };
    then.format(form).to_string()
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
