//! What stands where the desk should be is damaged, somebody else's, or of a newer program; and
//! what is put in is too much: clear words in the terminal, and nothing is lost.

use super::{park_a_call, take_a_call};
use crate::support::{
    fleet::Fleet,
    p1::{console, is_up, starting_console, the_call_is_written},
    trial,
};
use chrono::Utc;
use libtest_mimic::Trial;
use ocdeck::desk::{FILE, Place, Who, open};
use rusqlite::Connection;
use std::fs;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("trouble::a_damaged_desk_is_named_with_its_remedy", damaged),
        trial("trouble::a_foreign_file_is_named_and_left_alone", foreign),
        trial("trouble::a_newer_desk_is_not_written", newer),
        trial(
            "trouble::a_note_that_is_too_long_is_left_out_whole",
            too_long,
        ),
    ]
}

fn damaged() {
    let fleet = Fleet::start();
    let mut term = console(&fleet);
    park_a_call(&mut term);
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
    let file = fleet.home.state().join(FILE);
    let sound = fs::read(&file).unwrap();
    let mut bad = sound.clone();
    bad[4096..].fill(0x5a);
    fs::write(&file, &bad).unwrap();
    let mut term = starting_console(&fleet, &[]);
    // Facts come all the same.
    term.wait("● 1");
    term.wait("desk read-only since");
    term.wait_words("desk.sqlite; the file is damaged: restore it from a backup");
    assert_eq!(fs::read(&file).unwrap(), bad, "it is left as it is");
    // As the words say, while the console runs.
    fs::write(file.with_extension("backup"), &sound).unwrap();
    fs::rename(file.with_extension("backup"), &file).unwrap();
    term.wait_gone("desk read-only since");
    term.press(&["4"]);
    term.wait("R-0001");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

fn foreign() {
    let fleet = Fleet::start();
    let file = fleet.home.state().join(FILE);
    fs::create_dir_all(fleet.home.state()).unwrap();
    let other = Connection::open(&file).unwrap();
    other
        .execute_batch("CREATE TABLE journal (a); CREATE TABLE recipes (b);")
        .unwrap();
    drop(other);
    let theirs = fs::read(&file).unwrap();
    let mut term = starting_console(&fleet, &[]);
    term.wait("● 1");
    term.wait_words("desk.sqlite is no desk of ocdeck");
    term.wait_words("with the tables journal, recipes");
    term.wait_words("name another place with --desk");
    term.press(&["c"]);
    term.wait_words("the desk is not read yet: the reason is shown above");
    assert_eq!(fs::read(&file).unwrap(), theirs, "it is left as it is");
    fs::rename(&file, file.with_extension("theirs")).unwrap();
    term.wait_gone("desk read-only since");
    take_a_call(&mut term);
    term.wait("Restore R-0001");
}

/// A colleague's next program migrates while this one runs, as `desk migrate --anyway` does it;
/// and back, as a backup of before does it.
fn newer() {
    let fleet = Fleet::start();
    let mut term = console(&fleet);
    let next = Connection::open(fleet.home.state().join(FILE)).unwrap();
    let of_this: u32 = next
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let migrated = |version: u32, min_reader: u32| {
        let sql = format!(
            "BEGIN; UPDATE meta SET version = {version}, min_reader = {min_reader}, \
             min_writer = {version}; PRAGMA user_version = {version}; COMMIT"
        );
        next.execute_batch(&sql).unwrap();
    };
    migrated(98, of_this);
    term.wait("desk read-only since");
    term.wait_words("it was migrated to version 98");
    term.wait_words("use the newer ocdeck");
    take_a_call(&mut term);
    term.wait("2 wait");
    let written: u32 = next
        .query_row("SELECT count(*) FROM journal", [], |row| row.get(0))
        .unwrap();
    assert_eq!(written, 0, "what the next program forbids");
    migrated(99, 99);
    term.wait_words("can be read by version 99 and later");
    term.press(&["Esc"]);
    term.wait("parked");
    term.press(&["q"]);
    term.wait("─ Quit ─");
    term.wait("is kept in the state folder");
    term.press(&["Enter"]);
    assert_eq!(term.exit(), 0);
    assert!(term.screen().contains("kept in"), "{}", term.screen());
    let mended = Utc::now();
    migrated(of_this, of_this);
    let term = starting_console(&fleet, &[]);
    is_up(&term);
    let place = Place::own(&fleet.home.state());
    let mut store = open(&place, &Who::default()).unwrap();
    crate::support::wait_for("the call", || {
        (store.records(0, 9).unwrap().len() >= 3).then_some(())
    });
    the_call_is_written(store.as_mut(), "mariposa", mended);
}

fn too_long() {
    let fleet = Fleet::start();
    let mut term = console(&fleet);
    park_a_call(&mut term);
    term.press(&["m"]);
    term.wait("Note on R-0001");
    term.type_text("the client reads along");
    let log = "a line of a log that belongs into a file\n";
    term.paste(&log.repeat(8_000_000 / log.len()));
    term.wait_words("is the most a note holds");
    term.type_text(", slowly");
    term.wait("the client reads along, slowly");
    term.press(&["C-s"]);
    term.wait("noted on R-0001");
    let place = Place::own(&fleet.home.state());
    let mut store = open(&place, &Who::default()).unwrap();
    let records = crate::support::wait_for("the note", || {
        let records = store.records(0, u32::MAX).unwrap();
        records
            .iter()
            .any(|it| it.record.kind == "noted")
            .then_some(records)
    });
    let noted = records.iter().find(|it| it.record.kind == "noted").unwrap();
    assert!(
        noted
            .record
            .body
            .contains("\"the client reads along, slowly\"")
    );
}
