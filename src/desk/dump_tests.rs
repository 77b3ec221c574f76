use super::*;
use crate::desk::{Sqlite, verify};
use chrono::DateTime;
use ocdeck_domain::journal::Series;
use proptest::prelude::*;
use tempfile::TempDir;

fn desk() -> (TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("desk.sqlite")).unwrap();
    (folder, store)
}

fn exported(store: &mut dyn Store) -> Vec<u8> {
    let mut lines = Vec::new();
    export(store, &mut lines).unwrap();
    lines
}

fn time() -> impl Strategy<Value = Time> {
    (0..4_000_000_000_i64, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos).unwrap())
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        (0..3_u128).prop_map(|n| Subject::from(Uuid::from_u128(n).to_string().as_str())),
        (0..3_u128)
            .prop_map(|n| Subject::from(format!("incident:{}", Uuid::from_u128(n)).as_str())),
        "[a-z]{1,6}:\\PC{0,8}".prop_map(|text| Subject::from(text.as_str())),
        Just(Subject::Directory),
    ]
}

prop_compose! {
    fn record()(
        event in any::<u128>(),
        subject in subject(),
        kind in "[a-z_]{1,12}",
        kind_version in 1..9_u32,
        at in time(),
        actor in any::<String>(),
        body in any::<String>(),
        over in any::<Option<bool>>(),
    ) -> NewRecord {
        NewRecord {
            event_id: Uuid::from_u128(event),
            subject,
            subject_version: None,
            kind,
            kind_version,
            at,
            actor,
            body,
            durable: false,
            over,
        }
    }
}

prop_compose! {
    fn draft()(
        draft in subject(),
        field in "[a-z]{1,8}",
        value in any::<String>(),
        version in 1..9_u32,
        author in any::<String>(),
        at in time(),
    ) -> DraftRow {
        DraftRow { draft, field, value, version, author, at }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_desk_comes_out_as_it_went_in(
        records in prop::collection::vec(record(), 0..20),
        drafts in prop::collection::vec(draft(), 0..8),
        opened in prop::collection::vec(0..3_u128, 0..4),
    ) {
        let (_one, mut store) = desk();
        store.append(&records).unwrap();
        for n in opened {
            let subject = Subject::from(Uuid::from_u128(n).to_string().as_str());
            store.open(&subject, Series::Request, &[]).unwrap();
        }
        store.save_drafts(&drafts).unwrap();
        let lines = exported(&mut store);
        let (_two, mut other) = desk();
        let counts = import(&mut other, &mut lines.as_slice()).unwrap();
        prop_assert_eq!(exported(&mut other), lines);
        prop_assert_eq!(other.about().unwrap(), store.about().unwrap());
        let everything = store.records(0, u32::MAX).unwrap();
        prop_assert_eq!(other.records(0, u32::MAX).unwrap(), everything);
        prop_assert_eq!(other.hashes(0, u32::MAX).unwrap(), store.hashes(0, u32::MAX).unwrap());
        let since = DateTime::UNIX_EPOCH;
        prop_assert_eq!(other.picture(since).unwrap().records, store.picture(since).unwrap().records);
        let verdict = verify(&mut other).unwrap();
        prop_assert_eq!(chain::text(&verdict.hash), counts.hash);
        prop_assert_eq!(verdict.damage, []);
        // Numbers go on where they were.
        let next = Subject::from(Uuid::from_u128(99).to_string().as_str());
        prop_assert_eq!(
            other.open(&next, Series::Request, &[]).unwrap(),
            store.open(&next, Series::Request, &[]).unwrap()
        );
    }
}

/// An export with two records and a draft.
fn small() -> String {
    let (_folder, mut store) = desk();
    let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    for event in 1..=2 {
        let record = NewRecord {
            event_id: Uuid::from_u128(event),
            subject: Subject::Directory,
            subject_version: None,
            kind: "noted".to_owned(),
            kind_version: 1,
            at,
            actor: "mara".to_owned(),
            body: "{}".to_owned(),
            durable: false,
            over: None,
        };
        store.append(&[record]).unwrap();
    }
    let draft = DraftRow {
        draft: Subject::Directory,
        field: "note".to_owned(),
        value: "\"a\"".to_owned(),
        version: 1,
        author: "mara".to_owned(),
        at,
    };
    store.save_drafts(&[draft]).unwrap();
    String::from_utf8(exported(&mut store)).unwrap()
}

#[test]
fn what_is_not_whole_is_refused_and_nothing_of_it_written() {
    let whole = small();
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!(lines.len(), 5);
    let (_folder, mut store) = desk();
    let mut refused = |lines: &[&str], words: &str| {
        let text = lines.join("\n");
        let error = import(&mut store, &mut text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(store.records(0, 9).unwrap(), []);
    };
    refused(&lines[..4], "line 5 of the export: the end is missing");
    refused(&[lines[0], lines[2], lines[3], lines[4]], "does not follow");
    refused(
        &[lines[0], lines[1], lines[3], lines[4]],
        "2 records and 1 drafts should",
    );
    refused(&lines[1..], "an export begins with");
    refused(&["Dear diary"], "line 1 of the export");
    let changed = lines[1].replace("mara", "ben");
    refused(
        &[lines[0], &changed, lines[2], lines[3], lines[4]],
        "was changed",
    );
    let newer = lines[0].replace("\"format\":1", "\"format\":2");
    refused(&[&newer], "use the newer ocdeck");
}

#[test]
fn a_desk_that_holds_something_takes_no_other() {
    let whole = small();
    let (_folder, mut store) = desk();
    import(&mut store, &mut whole.as_bytes()).unwrap();
    let error = import(&mut store, &mut whole.as_bytes()).unwrap_err();
    assert!(
        matches!(error, StoreError::NotEmpty { records: 2, .. }),
        "{error}"
    );
    assert_eq!(store.records(0, 9).unwrap().len(), 2);
}
