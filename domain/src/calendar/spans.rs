//! The open spans of a calendar as moments in UTC.

use super::{Calendar, Clocktime, DAY};
use crate::facts::Time;
use chrono::{
    NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, offset::LocalResult,
};
use chrono_tz::Tz;

/// Which of two moments is meant where a wall clock shows a time twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The first.
    First,
    /// The last.
    Last,
}

/// What the wall clock of a zone shows.
pub(crate) fn local(zone: Tz, t: Time) -> Option<NaiveDateTime> {
    let offset = zone.offset_from_utc_datetime(&t.naive_utc()).fix();
    t.naive_utc().checked_add_offset(offset)
}

/// When the wall clock of a zone shows this. A time that it leaves out is the moment at
/// which it jumps. `None` at the ends of the calendar.
pub(crate) fn instant(zone: Tz, shown: NaiveDateTime, edge: Edge) -> Option<Time> {
    let utc = |offset: chrono_tz::TzOffset| shown.checked_sub_offset(offset.fix());
    let naive = match zone.offset_from_local_datetime(&shown) {
        LocalResult::Single(offset) => utc(offset)?,
        LocalResult::Ambiguous(a, b) => {
            let (a, b) = (utc(a)?, utc(b)?);
            match edge {
                Edge::First => a.min(b),
                Edge::Last => a.max(b),
            }
        }
        LocalResult::None => jump(zone, shown)?,
    };
    Some(naive.and_utc())
}

/// When a wall clock jumps over `shown`.
fn jump(zone: Tz, shown: NaiveDateTime) -> Option<NaiveDateTime> {
    let offset = |at: &NaiveDateTime| zone.offset_from_utc_datetime(at).fix();
    let around = TimeDelta::days(2);
    let before = offset(&shown.checked_sub_signed(around)?);
    let after = offset(&shown.checked_add_signed(around)?);
    // With the later, greater offset it is too early, with the earlier one too late.
    let mut low = shown.checked_sub_offset(after)?;
    let mut high = shown.checked_sub_offset(before)?;
    while high - low > TimeDelta::seconds(1) {
        let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
        if offset(&middle) == before {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

/// The moment of a time of day on a date. A day ends when the next one begins.
fn moment(zone: Tz, date: NaiveDate, time: Clocktime, edge: Edge) -> Option<Time> {
    if time.seconds() == DAY {
        let next = date.succ_opt()?.and_time(NaiveTime::MIN);
        return instant(zone, next, Edge::First);
    }
    let time = NaiveTime::from_num_seconds_from_midnight_opt(time.seconds(), 0)?;
    instant(zone, date.and_time(time), edge)
}

/// Walks over the open spans that end after a moment. None is empty, none overlaps the one
/// before it.
pub(super) struct Spans<'c> {
    calendar: &'c Calendar,
    zone: Tz,
    date: Option<NaiveDate>,
    at: usize,
    /// Where the span before ended, or where the walk begins.
    end: Time,
    from: Time,
}

impl<'c> Spans<'c> {
    pub(super) fn new(calendar: &'c Calendar, zone: Tz, from: Time) -> Self {
        // A day earlier: near a jump a moment may belong to the spans of the date before.
        let date = local(zone, from).and_then(|shown| shown.date().pred_opt());
        Self {
            calendar,
            zone,
            date,
            at: 0,
            end: Time::MIN_UTC,
            from,
        }
    }
}

impl Iterator for Spans<'_> {
    type Item = (Time, Time);

    fn next(&mut self) -> Option<(Time, Time)> {
        loop {
            let date = self.date?;
            let Some(interval) = self.calendar.on(date).get(self.at) else {
                self.date = date.succ_opt();
                self.at = 0;
                continue;
            };
            self.at += 1;
            let start = moment(self.zone, date, interval.from, Edge::First)?.max(self.end);
            let end = moment(self.zone, date, interval.to, Edge::Last)?;
            if end <= start {
                continue;
            }
            self.end = end;
            if end > self.from {
                return Some((start, end));
            }
        }
    }
}
