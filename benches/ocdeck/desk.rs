//! How long a decision takes until it is durable.

use crate::{Wanted, fleet, measure::Times};
use ocdeck::desk::{Sqlite, Store};
use ocdeck_domain::{ids::RequestId, restore::Event};
use uuid::Uuid;

pub fn run(_: &Wanted) {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Sqlite::open(&folder.path().join("desk.sqlite")).unwrap();
    let mut n: u128 = 0;
    let mut append = |event: Event| {
        n += 1;
        let record = event.record(
            Uuid::from_u128(n),
            RequestId(Uuid::from_u128(n % 50)),
            fleet::now(),
            "mara",
        );
        desk.append(&[record]).unwrap();
    };
    let durable = Times::of(200, || append(Event::CallReceived));
    durable.row("a record of the journal, durable (synchronous FULL)");
    opening();
}

/// A desk of years: 100,000 requests, 200 of them open.
fn opening() {
    const REQUESTS: u128 = 100_000;
    const OPEN: u128 = 200;
    const EACH: u128 = 10;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let mut desk = Sqlite::open(&path).unwrap();
    let mut n = 0;
    for some in 0..REQUESTS / 1000 {
        let mut records = Vec::new();
        for request in some * 1000..(some + 1) * 1000 {
            for _ in 0..EACH {
                n += 1;
                let id = RequestId(Uuid::from_u128(request));
                let mut record =
                    Event::CallReceived.record(Uuid::from_u128(n), id, fleet::now(), "mara");
                record.durable = false;
                records.push(record);
            }
            if let Some(last) = records.last_mut() {
                last.over = (request >= OPEN).then_some(true);
            }
        }
        desk.append(&records).unwrap();
    }
    drop(desk);
    let since = chrono::Utc::now() + chrono::TimeDelta::hours(1);
    let opened = Times::of(10, || {
        let mut desk = Sqlite::open(&path).unwrap();
        let picture = desk.start(since).unwrap();
        assert_eq!(picture.records.len(), (OPEN * EACH) as usize);
        assert_eq!(u128::from(picture.last), REQUESTS * EACH);
    });
    opened.row("a desk of 1,000,000 records opened, 200 requests open");
}
