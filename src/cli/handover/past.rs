//! Handovers that are over: the list, and the frozen copy of one.

use super::{super::console::zone, Format};
use crate::desk::{Past, Store};
use anyhow::{Context as _, Result, bail};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use ocdeck_domain::{
    book::Book, facts::Time, handover::Handover, ids::HandoverId, journal::Subject, text::clean,
};
use serde_json::{Value, json};

/// How many are read at once.
const PAGE: u32 = 50;
/// How much of an id stands in the list: its time to the millisecond.
const SHORT: usize = 13;

/// Reads handovers that are over, the one that ended last first, until `enough` says so.
/// Whether there are others behind.
fn walk(
    store: &mut dyn Store,
    most: u32,
    mut enough: impl FnMut(HandoverId, &Handover) -> bool,
) -> Result<bool> {
    let mut before: Option<Subject> = None;
    loop {
        let Past { records, more } = store.past("handover", before.as_ref(), most.min(PAGE))?;
        let mut book = Book::default();
        for record in &records {
            book.fold(&record.signed());
        }
        let mut page: Vec<_> = book.handovers.iter().collect();
        page.sort_by_key(|(id, handover)| std::cmp::Reverse((handover.ended(), **id)));
        for (id, handover) in page {
            if enough(*id, handover) {
                return Ok(true);
            }
        }
        match more {
            Some(last) => before = Some(last),
            None => return Ok(false),
        }
    }
}

/// The list.
///
/// # Errors
/// When the desk cannot be read.
pub(super) fn list(store: &mut dyn Store, most: u32, format: Format) -> Result<String> {
    let most = if most == 0 { u32::MAX } else { most };
    let zone = zone();
    let mut rows: Vec<[String; 4]> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let full = |count: usize| u32::try_from(count).is_ok_and(|count| count >= most);
    // One more than is printed tells whether there are others.
    let more = walk(store, most.saturating_add(1), |id, handover| {
        if full(values.len()) {
            return true;
        }
        rows.push(row(id, handover, zone));
        values.push(value(id, handover));
        false
    })?;
    if format == Format::Json {
        let all = json!({ "format": 1, "handovers": values, "more": more });
        return Ok(serde_json::to_string_pretty(&all)? + "\n");
    }
    if rows.is_empty() {
        return Ok("No handover was taken on this desk yet.\n".to_owned());
    }
    let heads = ["id", "ended", "from → to", "what moved"].map(str::to_owned);
    rows.insert(0, heads);
    let mut text = table(&rows);
    if more {
        text.push_str("\nThere are older ones: --most 0 prints all.\n");
    }
    Ok(text)
}

fn row(id: HandoverId, handover: &Handover, zone: Tz) -> [String; 4] {
    let ended = handover.ended().map_or_else(String::new, |at| {
        at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
    });
    let what = match (&handover.taken, &handover.cancelled) {
        (Some((.., taken)), _) => {
            let names: Vec<&str> = taken.moved.iter().map(|m| m.name.as_str()).collect();
            let mut what = match names.is_empty() {
                true => "nothing moved".to_owned(),
                false => names.join(", "),
            };
            if !taken.reason.is_empty() {
                what.push_str(&format!("; without a handover: {}", taken.reason));
            }
            what
        }
        (None, Some(off)) => format!("called off by {}: {}", off.by, off.text),
        (None, None) => String::new(),
    };
    let id: String = id.to_string().chars().take(SHORT).collect();
    let people = format!("{} → {}", handover.from, handover.to);
    [id, ended, people, what].map(|cell| clean(&cell).into_owned())
}

fn value(id: HandoverId, handover: &Handover) -> Value {
    let taken = handover.taken.as_ref();
    let off = handover.cancelled.as_ref().filter(|_| taken.is_none());
    json!({
        "id": id,
        "from": handover.from,
        "to": handover.to,
        "begun": handover.begun.as_ref().map(|(at, _)| at),
        "taken": taken.map(|(at, ..)| at),
        "taken_by": taken.map(|(_, by, _)| by),
        "reason": taken.map(|(.., taken)| &taken.reason),
        "moved": taken.map(|(.., taken)| &taken.moved),
        "called_off": off.map(|off| off.at),
        "called_off_by": off.map(|off| &off.by),
        "called_off_reason": off.map(|off| &off.text),
    })
}

/// Columns as wide as their widest cell; the last one ends where it ends.
fn table(rows: &[[String; 4]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (ids, times, people) = (width(0), width(1), width(2));
    let line = |[id, ended, names, what]: &[String; 4]| {
        format!("{id:<ids$}  {ended:<times$}  {names:<people$}  {what}")
    };
    let lines: Vec<String> = rows.iter().map(line).collect();
    lines.join("\n") + "\n"
}

/// How a person names one that is over.
enum Named {
    Last,
    Until(Time),
    Id(String),
}

fn named(which: &str, zone: Tz) -> Named {
    let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let minute = |text: &str| {
        let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
        let parse = |form| NaiveDateTime::parse_from_str(text, form).ok();
        forms.into_iter().find_map(parse)
    };
    // The whole day, the whole minute.
    let minute = minute(which).map(|at| at + TimeDelta::seconds(59));
    let end = || NaiveTime::from_hms_opt(23, 59, 59);
    let local = minute.or_else(|| Some(day(which)?.and_time(end()?)));
    match local.and_then(|at| at.and_local_timezone(zone).latest()) {
        Some(at) => Named::Until(at.to_utc()),
        None if which == "last" => Named::Last,
        None => Named::Id(which.to_lowercase()),
    }
}

/// The frozen copy of one.
///
/// # Errors
/// When the desk cannot be read, or has no such handover, or it was called off.
pub(super) fn show(store: &mut dyn Store, which: &str, format: Format) -> Result<String> {
    let zone = zone();
    let named = named(which, zone);
    let mut found: Vec<(HandoverId, Handover)> = Vec::new();
    walk(store, PAGE, |id, handover| {
        let taken = handover.taken.as_ref().map(|(at, ..)| *at);
        let (fits, enough) = match &named {
            Named::Last => (taken.is_some(), taken.is_some()),
            Named::Until(until) => {
                let fits = taken.is_some_and(|at| at <= *until);
                (fits, fits)
            }
            Named::Id(id_begins) => (id.to_string().starts_with(id_begins.as_str()), false),
        };
        if fits {
            found.push((id, handover.clone()));
        }
        enough
    })?;
    if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(|(id, _)| id.to_string()).collect();
        bail!("{which} may be each of {}: say more of it", ids.join(", "));
    }
    let Some((id, handover)) = found.pop() else {
        bail!("the desk has no handover {which:?} that is over: `ocdeck handover list` names them");
    };
    match (format, &handover.taken) {
        (Format::Md, _) => Ok(handover.page(zone)),
        (Format::Json, Some((.., taken))) if handover.after.is_empty() => {
            Ok(taken.copy.json.clone())
        }
        (Format::Json, Some((.., taken))) => {
            let mut copy: Value = serde_json::from_str(&taken.copy.json)
                .with_context(|| format!("the copy of handover {id} is no JSON"))?;
            if let Some(copy) = copy.as_object_mut() {
                let after = handover.after.iter();
                let notes =
                    after.map(|note| json!({"at": note.at, "by": note.by, "text": note.text}));
                copy.insert("noted_afterwards".to_owned(), notes.collect());
            }
            Ok(serde_json::to_string_pretty(&copy)? + "\n")
        }
        (Format::Json, None) => {
            bail!("handover {id} was called off: there is no copy of it, --format md says by whom")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handover_is_named_by_its_end_or_its_id() {
        let zone = chrono_tz::America::Chicago;
        let until = |text: &str| match named(text, zone) {
            Named::Until(at) => at.to_rfc3339(),
            Named::Last => "last".to_owned(),
            Named::Id(id) => id,
        };
        assert_eq!(until("last"), "last");
        assert_eq!(until("2026-11-21"), "2026-11-22T05:59:59+00:00");
        assert_eq!(until("2026-11-21T08:14"), "2026-11-21T14:14:59+00:00");
        assert_eq!(until("2026-11-21 08:14"), "2026-11-21T14:14:59+00:00");
        assert_eq!(until("019AA3F0"), "019aa3f0");
    }

    #[test]
    fn the_list_is_aligned() {
        let row = |cells: [&str; 4]| cells.map(str::to_owned);
        let rows = [
            row(["id", "ended", "from → to", "what moved"]),
            row(["019aa3f0-1b2c", "2026-11-21 08:14", "mara → jon", "R-0121"]),
        ];
        assert_eq!(
            table(&rows),
            "id             ended             from → to   what moved\n\
             019aa3f0-1b2c  2026-11-21 08:14  mara → jon  R-0121\n"
        );
    }
}
