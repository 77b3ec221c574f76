//! What keeps records from being changed, and that it is told when it was taken away.

use super::{Fresh, file, on_a_disk, on_a_server, record, request};
use crate::support::{
    Home, both,
    postgres::{OWNER, trial_with_postgres},
    trial,
};
use libtest_mimic::Trial;
use ocdeck::desk::postgres::{Address, GROUP, init};
use uuid::Uuid;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("desk::a_file_without_its_guards_is_told", on_disk),
        trial_with_postgres("desk::a_database_without_its_guards_is_told", on_server),
    ]
}

fn verify(fresh: &Fresh) -> (Option<i32>, String) {
    let output = Home::new().run(&["desk", "verify", "--desk", &fresh.place]);
    (output.status.code(), both(&output))
}

fn written(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    for n in 1..=4 {
        store
            .append(&[record(&request(n % 2 + 1), Uuid::from_u128(n))])
            .unwrap();
    }
}

fn on_disk() {
    let fresh = on_a_disk();
    written(&fresh);
    assert_eq!(verify(&fresh).0, Some(0), "{}", verify(&fresh).1);
    let raw = rusqlite::Connection::open(file(&fresh)).unwrap();
    raw.execute_batch("DROP TRIGGER journal_never_forgets")
        .unwrap();
    let (code, said) = verify(&fresh);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("unguarded: the trigger journal_never_forgets"),
        "{said}"
    );
    assert!(said.contains("is not guarded"), "{said}");
    // Each record is fit for the one before it when the last one is gone.
    raw.execute_batch("DELETE FROM journal WHERE seq = 4")
        .unwrap();
    let (code, said) = verify(&fresh);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("ended with record 4, which is not there"),
        "{said}"
    );
}

fn on_server() {
    let fresh = on_a_server();
    written(&fresh);
    let (code, said) = verify(&fresh);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("could count it anew"), "{said}");
    assert!(said.contains("(postgres)"), "{said}");
    let hash = said.split("hash over all 4 is ").nth(1).unwrap();
    let hash = hash.split(':').next().unwrap();
    let export = both(&Home::new().run(&["desk", "export", "--desk", &fresh.place]));
    let last = export
        .lines()
        .find(|line| line.contains("\"seq\":4,"))
        .unwrap();
    assert!(last.contains(hash), "{last}");

    let cluster = fresh.cluster();
    let change = |sql: &str, words: &str| {
        cluster.sql(OWNER, sql);
        let (code, said) = verify(&fresh);
        assert_eq!(code, Some(1), "{sql}: {said}");
        assert!(said.contains(words), "{sql}: {said}");
        assert!(
            said.contains("`ocdeck desk init` on it again"),
            "{sql}: {said}"
        );
    };
    change(
        "ALTER TABLE ocdeck.journal DISABLE TRIGGER journal_never_changes",
        "unguarded: the trigger journal_never_changes",
    );
    change(
        "CREATE OR REPLACE FUNCTION ocdeck.refuse() RETURNS trigger LANGUAGE plpgsql \
         AS 'BEGIN RETURN NEW; END'",
        "unguarded: the function ocdeck.refuse",
    );
    change(
        "ALTER TABLE ocdeck.journal ALTER COLUMN author DROP DEFAULT",
        "unguarded: the server no longer fills in the column author",
    );
    change(
        "GRANT UPDATE (body) ON ocdeck.journal TO ocdeck_desk",
        "REVOKE UPDATE ON ocdeck.journal FROM ocdeck_desk",
    );
    // The owner puts all of it back.
    init(&Address::parse(&fresh.owner).unwrap(), GROUP).unwrap();
    let (code, said) = verify(&fresh);
    assert_eq!(code, Some(0), "{said}");
    // What a superuser took out leaves a hole, in the middle and at the end.
    let take_out = |seq: u32| {
        cluster.sql(
            OWNER,
            &format!(
                "ALTER TABLE ocdeck.journal DISABLE TRIGGER USER; \
                 DELETE FROM ocdeck.journal WHERE seq = {seq}; \
                 ALTER TABLE ocdeck.journal ENABLE TRIGGER USER"
            ),
        );
        let (code, said) = verify(&fresh);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("restore it from a backup"), "{said}");
        said
    };
    assert!(take_out(2).contains("record 3 follows record 1"));
    assert!(take_out(4).contains("ended with record 4, which is not there"));
}
