//! When: business calendars, the rota, and maintenance windows.
//!
//! Times without an offset are of a wall clock: of the `time_zone` that stands beside them, else
//! of the tenant that they are about, else of the provider.

use super::{Lists, Placed, Read, Reader, Reference, problem};
use crate::config::toml::{At, Span, Table, did_you_mean};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use ocdeck_domain::{
    calendar::{Calendar, CalendarError, Clocktime, DAYS, Interval},
    facts::Time,
    fleet::{Duty, Rota, Scope, Turn, Window, WindowKind},
    ids::{CalendarId, On, TenantId},
    policy::NoticePolicy,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Something with an id that may have mistakes.
pub(super) struct Named<T> {
    pub(super) id: CalendarId,
    pub(super) value: Option<T>,
}

/// A moment as it is written.
#[derive(Clone, Copy)]
enum Moment {
    Shown(NaiveDateTime),
    Exact(DateTime<FixedOffset>),
}

impl Moment {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().replacen(' ', "T", 1);
        if let Ok(exact) = DateTime::parse_from_rfc3339(&text) {
            return Some(Self::Exact(exact));
        }
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok())
            .map(Self::Shown)
    }

    fn instant(self, zone: Tz) -> Option<Time> {
        match self {
            Self::Exact(exact) => Some(exact.to_utc()),
            Self::Shown(shown) => ocdeck_domain::calendar::moment(zone, shown),
        }
    }

    fn shown(self, zone: Tz) -> NaiveDateTime {
        match self {
            Self::Exact(exact) => exact.with_timezone(&zone).naive_local(),
            Self::Shown(shown) => shown,
        }
    }
}

enum RawTurn {
    Weekly(Vec<String>, Clocktime, Clocktime),
    Dated(Moment, Moment),
}

/// An entry of the rota, before zones are known.
pub(super) struct RawRota {
    duty: Duty,
    name: String,
    phone: String,
    zone: Option<Tz>,
    turn: RawTurn,
}

/// A window, before zones are known.
pub(super) struct RawWindow {
    scope: Scope,
    from: At<Moment>,
    to: At<Moment>,
    noticed: Option<At<Moment>>,
    zone: Option<Tz>,
    reason: String,
    kind: WindowKind,
}

impl Reader<'_> {
    pub(super) fn calendar(&self, table: &Table<'_>) -> Read<Named<Calendar>> {
        let id = table.required("id");
        let hours = self.intervals(table, "hours");
        let mut week: [Vec<Interval>; 7] = Default::default();
        for day in self.days(table) {
            if let Some(of_day) = DAYS
                .iter()
                .position(|d| *d == day)
                .and_then(|d| week.get_mut(d))
            {
                of_day.clone_from(&hours);
            }
        }
        for (of_day, day) in week.iter_mut().zip(DAYS) {
            if table.get(day).is_some() {
                *of_day = self.intervals(table, day);
            }
        }
        let holidays = self.holidays(table);
        let id: CalendarId = id?.value.into();
        let value = Calendar::new(id.clone(), week, holidays)
            .map_err(|error| table.problem(error.to_string()))
            .ok();
        Some((Named { id, value }, Vec::new()))
    }

    fn intervals(&self, table: &Table<'_>, key: &'static str) -> Vec<Interval> {
        let mut all = Vec::new();
        for text in table.texts(key) {
            match text.value.parse::<Interval>() {
                Ok(interval) => all.push(interval),
                Err(error) => self.document.problem(text.span, error.to_string()),
            }
        }
        all
    }

    /// The days of a list such as `["mon-thu", "sat"]`, from Monday.
    fn days(&self, table: &Table<'_>) -> Vec<String> {
        let mut open = [false; 7];
        for text in table.texts("days") {
            let (first, last) = text
                .value
                .split_once(['-', '–'])
                .unwrap_or((&text.value, &text.value));
            let at = |name: &str| {
                let found = DAYS.iter().position(|day| *day == name);
                if found.is_none() {
                    let near = did_you_mean(name, DAYS.into_iter());
                    let problem = format!("{name:?} is no day{near}");
                    self.document.problem(text.span.clone(), problem);
                }
                found
            };
            let (Some(first), Some(last)) = (at(first), at(last)) else {
                continue;
            };
            // "sat-mon" goes over the end of the week.
            let count = (last + 7 - first) % 7;
            for day in first..=first + count {
                if let Some(day) = open.get_mut(day % 7) {
                    *day = true;
                }
            }
        }
        let days = DAYS.into_iter().zip(open).filter(|(_, open)| *open);
        days.map(|(day, _)| day.to_owned()).collect()
    }

    fn holidays(&self, table: &Table<'_>) -> BTreeMap<NaiveDate, String> {
        let mut holidays = BTreeMap::new();
        for text in table.texts("holidays") {
            let (date, name) = text.value.split_once(' ').unwrap_or((&text.value, ""));
            match NaiveDate::parse_from_str(date, "%Y-%m-%d") {
                Ok(date) => {
                    holidays.insert(date, name.trim().to_owned());
                }
                Err(_) => {
                    let problem = format!(
                        "{date:?} is no date; a holiday is such as \"2026-12-25 Christmas Day\""
                    );
                    self.document.problem(text.span, problem);
                }
            }
        }
        holidays
    }

    /// A date and time of day, in quotes or not.
    fn moment(&self, table: &Table<'_>, key: &'static str) -> Option<At<Moment>> {
        let value = table.get(key)?;
        let text = match value.get_ref().as_datetime() {
            Some(written) => Some(written.to_string()),
            None => value.get_ref().as_str().map(str::to_owned),
        };
        let moment = text.as_deref().and_then(Moment::read);
        if moment.is_none() {
            let wrong = format!("{key} must be a date and time, such as \"2026-12-24 18:00\"");
            self.document.problem(value.span(), wrong);
        }
        Some(At {
            value: moment?,
            span: value.span(),
        })
    }

    fn needs(table: &Table<'_>, key: &'static str, kind: &str) {
        if table.get(key).is_none() {
            table.problem(format!("{kind} needs {key} = \"…\""));
        }
    }

    pub(super) fn rota(&self, table: &Table<'_>) -> Read<RawRota> {
        const ALL: [(&str, Duty); 2] = [
            ("duty_manager", Duty::DutyManager),
            ("technician", Duty::Technician),
        ];
        Self::needs(table, "role", "[[rota]]");
        let duty = self.choice(table, "role", "role of the rota", &ALL);
        let name = table.required("name");
        let phone = table.text("phone").map(|phone| phone.value);
        let zone = self.zone(table);
        Self::needs(table, "from", "[[rota]]");
        Self::needs(table, "to", "[[rota]]");
        let turn = if table.get("days").is_some() {
            self.weekly(table)
        } else {
            let (from, to) = (self.moment(table, "from"), self.moment(table, "to"));
            from.zip(to).map(|(from, to)| {
                self.ordered(&from, &to);
                RawTurn::Dated(from.value, to.value)
            })
        };
        let entry = RawRota {
            duty: duty?,
            name: name?.value,
            phone: phone.unwrap_or_default(),
            zone,
            turn: turn?,
        };
        Some((entry, Vec::new()))
    }

    fn weekly(&self, table: &Table<'_>) -> Option<RawTurn> {
        let days = self.days(table);
        let time = |key| {
            let text = table.text(key)?;
            match text.value.parse::<Clocktime>() {
                Ok(time) => Some(time),
                Err(CalendarError::Time(_)) if Moment::read(&text.value).is_some() => {
                    let wrong = format!("with days, {key} is a time of day, such as \"18:00\"");
                    self.document.problem(text.span, wrong);
                    None
                }
                Err(error) => {
                    self.document.problem(text.span, error.to_string());
                    None
                }
            }
        };
        let (from, to) = (time("from"), time("to"));
        Some(RawTurn::Weekly(days, from?, to?))
    }

    /// Two moments of which it can be said that they stand in the wrong order.
    fn ordered(&self, from: &At<Moment>, to: &At<Moment>) {
        if from.value.shown(Tz::UTC) >= to.value.shown(Tz::UTC) {
            let text = "to must be after from".to_owned();
            self.document.problem(to.span.clone(), text);
        }
    }

    pub(super) fn window(&self, table: &Table<'_>) -> Read<RawWindow> {
        const ALL: [(&str, WindowKind); 3] = [
            ("regular", WindowKind::Regular),
            ("emergency", WindowKind::Emergency),
            ("notice", WindowKind::Notice),
        ];
        let (scope, references) = Self::scope(table).unzip();
        let zone = self.zone(table);
        Self::needs(table, "from", "[[window]]");
        Self::needs(table, "to", "[[window]]");
        let (from, to) = (self.moment(table, "from"), self.moment(table, "to"));
        let noticed = self.moment(table, "noticed");
        let kind = self.choice(table, "kind", "kind of window", &ALL);
        let kind = kind.unwrap_or(WindowKind::Regular);
        let reason = if kind == WindowKind::Emergency {
            table.required("reason")
        } else {
            table.text("reason")
        };
        if kind == WindowKind::Notice && table.get("noticed").is_none() {
            table.problem(
                "a window of kind \"notice\" needs noticed = \"…\": when the written notice went out",
            );
        }
        let (from, to) = (from?, to?);
        self.ordered(&from, &to);
        let window = RawWindow {
            scope: scope?,
            from,
            to,
            noticed,
            zone,
            reason: reason.map(|reason| reason.value).unwrap_or_default(),
            kind,
        };
        Some((window, references?))
    }

    fn scope(table: &Table<'_>) -> Option<(Scope, Vec<Reference>)> {
        let (tenant, job) = (table.text("tenant"), table.text("job"));
        let appliance = table.text("appliance");
        match (tenant, appliance, job) {
            (Some(tenant), None, None) => {
                let scope = Scope::Tenant(tenant.value.clone().into());
                Some((scope, vec![Reference::new("tenant", tenant)]))
            }
            (None, Some(appliance), job) => {
                let id = appliance.value.clone().into();
                let scope = match job {
                    Some(job) => Scope::Job(On::new(id, job.value.into())),
                    None => Scope::Appliance(id),
                };
                Some((scope, vec![Reference::new("appliance", appliance)]))
            }
            _ => {
                table.problem(
                    "[[window]] covers a tenant, or an appliance, or a job with its appliance",
                );
                None
            }
        }
    }
}

/// Whose wall clock counts where none is named.
pub(super) struct Zones {
    tenants: HashMap<TenantId, Tz>,
    /// Of appliances that serve one tenant.
    appliances: HashMap<String, Tz>,
    provider: Tz,
}

impl Zones {
    pub(super) fn new(lists: &Lists) -> Self {
        let tenants: HashMap<TenantId, Tz> = lists
            .tenants
            .iter()
            .map(|t| (t.value.id.clone(), t.value.time_zone))
            .collect();
        let sites: HashMap<&str, &TenantId> = lists
            .sites
            .iter()
            .map(|s| (s.value.id.as_str(), &s.value.tenant))
            .collect();
        let only = |appliance: &ocdeck_domain::fleet::Appliance| {
            let served: HashSet<&&TenantId> = appliance
                .sites
                .iter()
                .filter_map(|site| sites.get(site.as_str()))
                .collect();
            let mut served = served.into_iter();
            let tenant = served.next().filter(|_| served.next().is_none())?;
            tenants.get(*tenant).copied()
        };
        let appliances = lists
            .appliances
            .iter()
            .filter_map(|placed| {
                let appliance = &placed.value;
                Some((appliance.id.to_string(), only(appliance)?))
            })
            .collect();
        let root = lists.parties.iter().find(|p| p.value.parent.is_none());
        Self {
            appliances,
            provider: root.map_or(Tz::UTC, |party| party.value.time_zone),
            tenants,
        }
    }

    fn of(&self, scope: &Scope) -> Tz {
        let found = match scope {
            Scope::Tenant(id) => self.tenants.get(id),
            Scope::Appliance(id) => self.appliances.get(id.as_str()),
            Scope::Job(job) => self.appliances.get(job.appliance.as_str()),
        };
        found.copied().unwrap_or(self.provider)
    }

    pub(super) fn rota(&self, raw: &Placed<RawRota>) -> Rota {
        let raw = &raw.value;
        let zone = raw.zone.unwrap_or(self.provider);
        Rota {
            duty: raw.duty,
            name: raw.name.clone(),
            phone: raw.phone.clone(),
            zone,
            turn: match &raw.turn {
                RawTurn::Weekly(days, from, to) => Turn::Weekly {
                    days: days.clone(),
                    from: *from,
                    to: *to,
                },
                RawTurn::Dated(from, to) => Turn::Dated {
                    from: from.shown(zone),
                    to: to.shown(zone),
                },
            },
        }
    }

    pub(super) fn window(
        &self,
        readers: &[Reader<'_>],
        placed: &Placed<RawWindow>,
        notice: Option<&NoticePolicy>,
    ) -> Option<Window> {
        let raw = &placed.value;
        let zone = raw.zone.unwrap_or_else(|| self.of(&raw.scope));
        let say = |span: &Span, text: String| problem(readers, placed.file, span.clone(), text);
        let (from, to) = (raw.from.value.instant(zone)?, raw.to.value.instant(zone)?);
        let noticed = raw.noticed.as_ref().and_then(|at| at.value.instant(zone));
        if let (WindowKind::Notice, Some(noticed), Some(notice)) = (raw.kind, noticed, notice) {
            let earliest = noticed + TimeDelta::seconds(notice.before.into());
            if from < earliest {
                let earliest = earliest.with_timezone(&zone).format("%Y-%m-%d %H:%M");
                let hours = notice.before / 3600;
                let text = format!(
                    "a change needs {hours} h notice: it may begin at {earliest} at the earliest, \
                     or be of kind \"regular\" or \"emergency\""
                );
                say(&raw.from.span, text);
            }
        }
        Some(Window {
            scope: raw.scope.clone(),
            from,
            to,
            reason: raw.reason.clone(),
            kind: raw.kind,
            noticed,
        })
    }
}
