//! Servers of which one takes writes: a standby is read, and written once it is promoted.

use super::{desk_for, note, open, refusal};
use crate::support::{
    Home, both,
    fleet::Fleet,
    p1::{at_step, is_up, starting_console},
    postgres::{Cluster, OWNER, Stop, trial_with_postgres},
    wait_for,
};
use libtest_mimic::Trial;
use ocdeck::desk::{Access, Store, StoreError};
use ocdeck_domain::{ids::RequestId, journal::Subject};
use uuid::Uuid;

pub fn trials() -> Vec<Trial> {
    vec![
        trial_with_postgres("postgres::a_standby_is_read", a_standby_is_read),
        trial_with_postgres(
            "postgres::a_console_follows_to_the_server_that_was_promoted",
            a_console_follows,
        ),
    ]
}

fn reason(store: &dyn Store) -> String {
    match store.access() {
        Access::ReadOnly(reason) => reason,
        Access::ReadWrite => panic!("it may write"),
    }
}

fn a_standby_is_read() {
    let cluster = desk_for(&["mara"]);
    let standby = cluster.standby();
    let one = RequestId(Uuid::from_u128(1));
    let mut writer = open(&cluster.url("mara"), "mara").unwrap();
    let mut reader = open(&standby.url("mara"), "jonas").unwrap();
    let why = reason(&reader);
    let name = format!("{}:{}", standby.path().display(), standby.port);
    assert!(why.starts_with(&format!("{name} is a standby: ")), "{why}");
    let refused = reader.append(&[note(one, "jonas")]);
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })));
    // It tells nothing, and what it repeats is seen all the same.
    assert!(reader.records(0, 10).unwrap().is_empty());
    writer.append(&[note(one, "mara")]).unwrap();
    wait_for("what the other server wrote", || {
        let changed = reader.changed().unwrap();
        (changed && reader.records(0, 10).unwrap().len() == 1).then_some(())
    });
    assert_eq!(
        reader.sessions().unwrap().len(),
        1,
        "who only reads is not shown"
    );
    // Of two servers the one that takes writes is taken, whichever is named first.
    for url in [
        cluster.url_with(&standby, "mara"),
        standby.url_with(&cluster, "mara"),
    ] {
        assert_eq!(open(&url, "").unwrap().access(), Access::ReadWrite, "{url}");
    }
    said_to_a_person(&standby);

    // Who had it open writes on when it is promoted, and others see it.
    drop(writer);
    wait_for("the goodbye to be repeated", || {
        reader.sessions().unwrap().is_empty().then_some(())
    });
    cluster.stop(Stop::Immediate);
    // Both were named: the remedy is another one, and why the first is not used is said.
    let away = open(&cluster.url_with(&standby, "mara"), "").unwrap();
    let why = reason(&away);
    assert!(why.contains("is a standby: start the server"), "{why}");
    assert!(
        why.contains(&format!(
            "; {}:{}: ",
            cluster.path().display(),
            cluster.port
        )),
        "{why}"
    );
    standby.promote();
    wait_for("the promotion to be seen", || {
        reader.changed().unwrap();
        (reader.access() == Access::ReadWrite).then_some(())
    });
    reader.append(&[note(one, "jonas")]).unwrap();
    let mut other = open(&standby.url("mara"), "mara").unwrap();
    assert_eq!(
        other.sessions().unwrap().len(),
        2,
        "it is among the sessions now"
    );
    other.append(&[note(one, "mara")]).unwrap();
    wait_for("the news", || reader.changed().unwrap().then_some(()));
    assert_eq!(reader.records(0, 10).unwrap().len(), 3);
    drop(other);
    drop(reader);

    // A server that was told to take no writes says that.
    standby.sql(
        OWNER,
        "ALTER DATABASE desk SET default_transaction_read_only = on",
    );
    let why = reason(&open(&standby.url("mara"), "mara").unwrap());
    assert!(why.contains("default_transaction_read_only"), "{why}");
    standby.stop(Stop::Fast);
    let nobody = refusal(&cluster.url_with(&standby, "mara"));
    for port in [cluster.port, standby.port] {
        assert!(
            nobody.contains(&format!(":{port}: error connecting")),
            "{nobody}"
        );
    }
}

/// What a person runs says it too.
fn said_to_a_person(standby: &Cluster) {
    let home = Home::new();
    let run = |arguments: &[&str]| {
        let output = home.run(&[arguments, &["--desk", &standby.url("mara")]].concat());
        (output.status.success(), both(&output))
    };
    let (sound, said) = run(&["desk", "verify"]);
    assert!(sound, "{said}");
    let fleet = "[[party]]\nid = \"provider\"\n";
    std::fs::write(home.path().join("fleet.toml"), fleet).unwrap();
    let (done, said) = run(&["desk", "directory", "apply", "--yes", "fleet.toml"]);
    assert!(!done && said.contains("is a standby"), "{said}");
    let (done, said) = run(&["doctor"]);
    assert!(!done && said.contains("is a standby"), "{said}");
    let output = home.run(&["desk", "init", &standby.url(OWNER)]);
    assert!(both(&output).contains("is a standby"), "{}", both(&output));
}

/// A person types on while one server dies and another is promoted.
fn a_console_follows() {
    let cluster = desk_for(&["mara"]);
    let standby = cluster.standby();
    let fleet = Fleet::start();
    let url = cluster.url_with(&standby, "mara");
    let mut term = starting_console(&fleet, &[("OCDECK_DESK", &url)]);
    is_up(&term);
    cluster.stop(Stop::Immediate);
    term.wait("is a standby");
    term.press(&["c"]);
    at_step(&term, "1 Call");
    term.type_text("mariposa");
    term.wait("2 wait");
    standby.promote();
    term.wait_gone("desk read-only since");
    term.wait("Restore R-0001");
    let mut store = open(&standby.url("mara"), "").unwrap();
    let records = store.records(0, u32::MAX).unwrap();
    let of_request = records
        .iter()
        .filter(|it| matches!(it.record.subject, Subject::Request(_)));
    let kinds: Vec<_> = of_request.map(|it| it.record.kind.as_str()).collect();
    assert_eq!(kinds, ["opened", "call_received", "responded"]);
    term.press(&["Esc"]);
    term.wait("R-0001 parked at step 1");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}
