//! What a disk or another program can do to a desk: clear words, and nothing that was
//! acknowledged is lost.

use super::{file, on_a_disk, record, request};
use crate::support::{
    Home, both,
    disk::{SmallDisk, trial_on_a_small_disk},
    trial,
};
use libtest_mimic::Trial;
use ocdeck::desk::{self, Access, Place, StoreError, Who};
use ocdeck_domain::journal::NewRecord;
use std::{
    fs,
    io::{Seek, SeekFrom, Write},
};
use uuid::Uuid;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("desk::a_damaged_file_is_told", damaged),
        trial_on_a_small_disk("desk::a_full_disk_loses_nothing", "desk-on-a-small-disk"),
    ]
}

fn damaged() {
    let home = Home::new();
    let fresh = on_a_disk();
    let mut store = fresh.open("mara");
    for n in 0..200 {
        let long = NewRecord {
            body: format!("{{\"n\":\"{}\"}}", "x".repeat(500)),
            ..record(&request(1), Uuid::from_u128(n))
        };
        store.append(&[long]).unwrap();
    }
    drop(store);
    let path = file(&fresh);
    let size = fs::metadata(&path).unwrap().len();
    let mut raw = fs::OpenOptions::new().write(true).open(&path).unwrap();
    raw.seek(SeekFrom::Start(size / 2)).unwrap();
    raw.write_all(&[0x5a; 16_384]).unwrap();
    drop(raw);
    let verify = home.run(&["desk", "verify", "--desk", &fresh.place]);
    let words = both(&verify);
    assert!(!verify.status.success(), "{words}");
    assert!(words.contains("damage"), "{words}");
    assert!(words.contains("restore it from a backup"), "{words}");
    let doctor = home.run(&["doctor", "--desk", &fresh.place]);
    assert_eq!(doctor.status.code(), Some(2), "{}", both(&doctor));
    let words = both(&doctor);
    assert!(words.contains("restore"), "{words}");
    // Another program's file is named as what it is.
    fs::write(&path, "Dear diary, this is no database. ".repeat(100)).unwrap();
    for name in ["desk.sqlite-wal", "desk.sqlite-shm"] {
        let _ = fs::remove_file(path.with_file_name(name));
    }
    let words = both(&home.run(&["desk", "verify", "--desk", &fresh.place]));
    assert!(words.contains("it is no SQLite file"), "{words}");
}

/// Fills the disk, makes room, lets it be mounted read-only, and counts.
pub fn on_a_small_disk() {
    let disk = SmallDisk::of_this_process();
    let folder = disk.path();
    disk.take(41_000_000);
    let place = Place::own(folder);
    let who = Who {
        name: "mara".to_owned(),
    };
    let mut store = desk::open(&place, &who).unwrap();
    let mut told = 0;
    let error = loop {
        let note = NewRecord {
            body: format!("{{\"n\":\"{}\"}}", "x".repeat(5_000)),
            ..record(&request(1), Uuid::from_u128(told + 1))
        };
        match store.append(&[note]) {
            Ok(()) => told += 1,
            Err(error) => break error,
        }
        assert!(told < 10_000, "the disk is never full");
    };
    let words = error.chain();
    assert!(matches!(error, StoreError::Write { .. }), "{words}");
    assert!(
        words.contains("the disk is full: free some space"),
        "{words}"
    );
    assert!(
        words.contains(&format!("`df -h {}`", folder.display())),
        "{words}"
    );
    let count = |store: &mut dyn desk::Store| store.records(0, u32::MAX).unwrap().len() as u128;
    assert_eq!(count(store.as_mut()), told);
    // A console that starts now can read.
    let mut other = desk::open(&place, &who).unwrap();
    assert_eq!(count(other.as_mut()), told);
    drop(other);
    disk.make_room();
    store
        .append(&[record(&request(1), Uuid::from_u128(told + 1))])
        .unwrap();
    assert_eq!(count(store.as_mut()), told + 1);
    drop(store);
    assert!(disk.remount("ro"));
    let mut read = desk::open(&place, &who).unwrap();
    let Access::ReadOnly(reason) = read.access() else {
        panic!("it may write");
    };
    assert!(reason.contains("mounted read-only"), "{reason}");
    assert_eq!(count(read.as_mut()), told + 1);
    let refused = read.append(&[record(&request(1), Uuid::from_u128(9_999))]);
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })));
    drop(read);
    assert!(disk.remount("rw"));
    let mut store = desk::open(&place, &who).unwrap();
    assert_eq!(store.access(), Access::ReadWrite);
    assert_eq!(desk::verify(store.as_mut()).unwrap().damage, []);
}
