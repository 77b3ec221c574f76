//! Notes of several lines: what is typed is on the desk before it is saved.

use super::*;
use crate::state::{note::MOST, overlay::Overlay};
use ocdeck_domain::{journal::Subject, restore::Event};

/// A request is selected and a note on it is open.
fn open() -> Deck {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Back);
    deck.press(Command::Back);
    deck.press(Command::ScreenRestores);
    deck.model.restores.selected = Some(deck.request());
    deck.press(Command::NoteRequest);
    deck
}

fn text(deck: &Deck) -> &str {
    match &deck.model.overlay {
        Some(Overlay::Note(note)) => note.editor.text(),
        other => panic!("no note is open: {other:?}"),
    }
}

fn draft(deck: &Deck) -> String {
    let subject = Subject::Request(deck.request());
    let rows = deck.drafts.iter();
    let row = rows
        .filter(|row| row.draft == subject && row.field == "note")
        .max_by_key(|row| row.version);
    row.map(|row| serde_json::from_str(&row.value).unwrap())
        .unwrap_or_default()
}

#[test]
fn a_note_is_written_in_lines_and_saved() {
    let mut deck = open();
    deck.type_text("ann calls back");
    deck.press(Command::NoteNewLine);
    deck.type_text("from 06:00");
    assert_eq!(draft(&deck), "ann calls back\nfrom 06:00");
    deck.press(Command::NoteSave);
    assert!(deck.model.overlay.is_none());
    assert!(deck.toast().contains("noted on"), "{}", deck.toast());
    let request = deck.model.requests.get(deck.request()).unwrap();
    let noted = request.moments.last().unwrap().event.clone();
    let text = "ann calls back\nfrom 06:00".to_owned();
    assert_eq!(noted, Some(Event::Noted { text }));
    // Saved is no draft any more.
    assert_eq!(draft(&deck), "");
    deck.press(Command::NoteRequest);
    assert_eq!(super::note::text(&deck), "");
}

#[test]
fn a_note_that_is_left_is_there_again_for_everyone() {
    let mut deck = open();
    deck.type_text("ask for bob");
    deck.press(Command::Back);
    assert!(deck.model.overlay.is_none());
    assert!(deck.toast().contains("kept as a draft"), "{}", deck.toast());
    assert!(!deck.kinds().contains(&"noted"));
    deck.press(Command::NoteRequest);
    assert_eq!(text(&deck), "ask for bob");
    // Another console on the same desk.
    let mut other = Deck::asleep("2026-11-21T08:20:00Z");
    other.model.me.name = "jon".into();
    other.journal = deck.journal.clone();
    other.send(Msg::Desk(DeskMsg::Loaded {
        records: deck.journal.clone(),
        drafts: deck.drafts.clone(),
    }));
    other.press(Command::ScreenRestores);
    other.model.restores.selected = Some(deck.request());
    other.press(Command::NoteRequest);
    assert_eq!(text(&other), "ask for bob");
    let Some(Overlay::Note(note)) = &other.model.overlay else {
        unreachable!();
    };
    assert_eq!(note.left.as_ref().unwrap().0, "mara");
}

#[test]
fn two_people_who_write_one_note_see_it() {
    let mut deck = open();
    deck.type_text("ask for bob");
    let theirs = |version, text: &str| DraftRow {
        draft: Subject::Request(RequestId(Uuid::from_u128(0))),
        field: "note".to_owned(),
        value: serde_json::Value::from(text).to_string(),
        version,
        author: "jon".to_owned(),
        at: at("2026-11-21T08:14:10Z"),
    };
    let of = |deck: &Deck, row: DraftRow| DraftRow {
        draft: Subject::Request(deck.request()),
        ..row
    };
    let rows = vec![of(&deck, theirs(90, "ask for bob, not ann"))];
    deck.send(Msg::Desk(DeskMsg::Drafts(rows)));
    assert_eq!(text(&deck), "ask for bob, not ann");
    assert!(
        deck.toast().contains("jon writes this note too"),
        "{}",
        deck.toast()
    );
    deck.press(Command::TextUndo);
    assert_eq!(text(&deck), "ask for bob");
    // Saved by the other: what stands here is kept.
    let rows = vec![of(&deck, theirs(99, ""))];
    deck.send(Msg::Desk(DeskMsg::Drafts(rows)));
    assert_eq!(text(&deck), "ask for bob");
    assert!(
        deck.toast().contains("jon saved this note"),
        "{}",
        deck.toast()
    );
    // The fields of a wizard go their own way.
    let mut row = of(&deck, theirs(90, "elsewhere"));
    row.field = "place".to_owned();
    deck.send(Msg::Desk(DeskMsg::Drafts(vec![row])));
    assert_eq!(deck.model.request_place(deck.request()), "elsewhere");
}

#[test]
fn what_is_typed_is_on_the_desk_whatever_ends_the_console() {
    for end in [Msg::Terminate, Msg::Resized(60, 12), Msg::Tick] {
        let mut deck = open();
        deck.type_text("ask for b");
        assert_eq!(draft(&deck), "ask for b");
        deck.send(end);
        assert_eq!(draft(&deck), "ask for b");
        deck.press(Command::TextUndo);
        assert_eq!(draft(&deck), "ask for ");
    }
}

#[test]
fn keys_of_a_note_move_in_it_and_nothing_else() {
    let mut deck = open();
    deck.send(Msg::Paste("one\r\ntwo\n\nthree".to_owned()));
    assert_eq!(text(&deck), "one\ntwo\n\nthree");
    for (command, character) in [
        (Command::Up, 'a'),
        (Command::First, 'b'),
        (Command::NoteParagraphDown, 'c'),
        (Command::Last, 'd'),
        (Command::TextHome, 'e'),
        (Command::NoteParagraphUp, 'f'),
        (Command::PageDown, 'g'),
        (Command::ScreenJobs, 'h'),
        (Command::Palette, 'i'),
    ] {
        deck.press(command);
        deck.send(Msg::Edit(Edit::Insert(character)));
    }
    assert_eq!(text(&deck), "fbone\ntwo\na\neghithreecd");
}

#[test]
fn help_of_a_note_goes_back_to_it() {
    let mut deck = open();
    deck.type_text("half");
    deck.press(Command::Help);
    assert!(matches!(deck.model.overlay, Some(Overlay::Help(_))));
    let rows = deck.model.help_rows();
    let has = |command| rows.iter().any(|row| row.command == command);
    assert!(has(Command::NoteSave) && has(Command::TextUndo) && !has(Command::CallCard));
    deck.press(Command::ScreenJobs);
    deck.press(Command::Back);
    assert_eq!(text(&deck), "half");
}

#[test]
fn what_does_not_fit_is_said_and_nothing_is_lost() {
    let mut deck = open();
    deck.type_text("before");
    deck.send(Msg::Paste("x".repeat(8_000_000)));
    assert_eq!(text(&deck), "before");
    assert!(
        deck.toast().contains("8.0 MB, 64.0 kB is the most"),
        "{}",
        deck.toast()
    );
    deck.send(Msg::Paste("x".repeat(MOST - 6)));
    deck.type_text("y");
    assert!(
        deck.toast().contains("the note is full"),
        "{}",
        deck.toast()
    );
    assert_eq!(text(&deck).len(), MOST);
    deck.press(Command::TextUndo);
    deck.press(Command::TextRedo);
    deck.press(Command::NoteSave);
    assert_eq!(deck.kinds().last(), Some(&"noted"));
}

#[test]
fn an_empty_note_is_not_saved() {
    let mut deck = open();
    deck.type_text("  ");
    deck.press(Command::NoteSave);
    assert!(deck.toast().contains("nothing to save"), "{}", deck.toast());
    assert!(matches!(deck.model.overlay, Some(Overlay::Note(_))));
    deck.model.me.role = "viewer".into();
    deck.press(Command::Back);
    deck.press(Command::NoteRequest);
    assert!(deck.toast().contains("viewer may not"), "{}", deck.toast());
}
