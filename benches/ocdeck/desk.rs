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
}
