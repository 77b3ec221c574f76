//! Moments as people read them, in the zone of the terminal. Today has seconds, other days
//! have a date.

use chrono::{DateTime, Datelike};
use chrono_tz::Tz;
use ocdeck_domain::facts::Time;

/// Now, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    pub(super) now: Time,
    pub(super) zone: Tz,
}

impl When {
    fn local(&self, at: Time) -> DateTime<Tz> {
        at.with_timezone(&self.zone)
    }

    /// `02:14`.
    pub(super) fn minutes(&self, at: Time) -> String {
        self.local(at).format("%H:%M").to_string()
    }

    /// `02:14:05`.
    pub(super) fn seconds(&self, at: Time) -> String {
        self.local(at).format("%H:%M:%S").to_string()
    }

    /// `02:22:10` today, else `20 Nov 22:00`.
    pub(super) fn moment(&self, at: Time) -> String {
        if self.today(at) {
            self.seconds(at)
        } else {
            self.stamp(at)
        }
    }

    /// `02:22` today, else `20 Nov`.
    pub(super) fn short(&self, at: Time) -> String {
        if self.today(at) {
            self.minutes(at)
        } else {
            self.local(at).format("%d %b").to_string()
        }
    }

    /// A moment to come: `01:00` within a day, else `22 Nov`.
    pub(super) fn next(&self, at: Time) -> String {
        if self.until(at) < 86_400 {
            self.minutes(at)
        } else {
            self.local(at).format("%d %b").to_string()
        }
    }

    /// A moment to come, in at most six cells: `08:00` today, `Mon` within a week, else `4 Jan`.
    pub(super) fn from(&self, at: Time) -> String {
        let local = self.local(at);
        let form = match (self.today(at), self.until(at)) {
            (true, _) => "%H:%M",
            (false, 0..518_400) => "%a",
            _ => "%-d %b",
        };
        local.format(form).to_string()
    }

    /// `20 Nov 22:00`; another year `20 Nov 2025`.
    pub(super) fn stamp(&self, at: Time) -> String {
        let local = self.local(at);
        if local.year() == self.local(self.now).year() {
            local.format("%d %b %H:%M").to_string()
        } else {
            local.format("%d %b %Y").to_string()
        }
    }

    /// The short name of the zone: `CST`.
    pub(super) fn zone_name(&self) -> String {
        self.local(self.now).format("%Z").to_string()
    }

    fn today(&self, at: Time) -> bool {
        self.local(at).date_naive() == self.local(self.now).date_naive()
    }

    /// Seconds since then; 0 if it has not come yet.
    pub(super) fn since(&self, at: Time) -> u64 {
        u64::try_from((self.now - at).num_seconds()).unwrap_or(0)
    }

    /// Seconds until then; 0 if it is past.
    pub(super) fn until(&self, at: Time) -> u64 {
        u64::try_from((at - self.now).num_seconds()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_has_seconds_and_other_days_a_date() {
        let at = |text: &str| text.parse::<Time>().unwrap();
        let when = When {
            now: at("2026-11-21T08:32:58Z"),
            zone: Tz::America__Chicago,
        };
        assert_eq!(when.moment(at("2026-11-21T08:22:10Z")), "02:22:10");
        assert_eq!(when.moment(at("2026-11-21T04:00:00Z")), "20 Nov 22:00");
        assert_eq!(when.stamp(at("2025-01-11T12:00:00Z")), "11 Jan 2025");
        assert_eq!(when.zone_name(), "CST");
        assert_eq!(when.since(at("2026-11-21T08:32:00Z")), 58);
        assert_eq!(when.since(at("2026-11-21T08:33:00Z")), 0);
    }
}
