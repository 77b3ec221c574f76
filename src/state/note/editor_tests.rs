use super::*;
use proptest::prelude::*;

fn any_edit() -> impl Strategy<Value = Do> {
    prop_oneof![
        3 => prop::sample::select(vec![
            'a', 'b', ' ', '\n', '\u{301}', 'e', '👩', '\u{200d}', '🚒', '🇩', '🇪', '日', '\t', '\u{1b}',
        ])
        .prop_map(|c| Do::Edit(Edit::Insert(c))),
        1 => any::<char>().prop_map(|c| Do::Edit(Edit::Insert(c))),
        3 => prop::sample::select(vec![
            Edit::Backspace, Edit::Delete, Edit::DeleteWord, Edit::DeleteNextWord,
            Edit::DeleteToStart, Edit::DeleteToEnd, Edit::Left, Edit::Right, Edit::WordLeft,
            Edit::WordRight, Edit::Home, Edit::End, Edit::Undo, Edit::Redo,
        ])
        .prop_map(Do::Edit),
        2 => prop::sample::select(vec![
            Move::Rows(-1), Move::Rows(1), Move::Pages(-1), Move::Pages(1), Move::ParagraphUp,
            Move::ParagraphDown, Move::Start, Move::End,
        ])
        .prop_map(Do::Go),
        1 => "[a-c \n\r日e\u{301}]{0,12}".prop_map(Do::Paste),
        1 => (2usize..20, 1usize..6).prop_map(|(w, h)| Do::Resize(w, h)),
        1 => (0usize..60).prop_map(Do::Point),
    ]
}

#[derive(Clone, Debug)]
enum Do {
    Edit(Edit),
    Go(Move),
    Paste(String),
    Resize(usize, usize),
    Point(usize),
}

fn run(editor: &mut Editor, what: Do) {
    match what {
        Do::Edit(edit) => editor.edit(edit).unwrap(),
        Do::Go(to) => editor.go(to),
        Do::Paste(text) => editor.insert(&text).unwrap(),
        Do::Resize(width, height) => editor.resize(width, height),
        Do::Point(at) => editor.point(at),
    }
}

fn sound(editor: &Editor) -> Result<(), TestCaseError> {
    let text = editor.text();
    let between = text.grapheme_indices(true).map(|(at, _)| at);
    prop_assert!(between.chain([text.len()]).any(|at| at == editor.cursor()));
    prop_assert!(!text.chars().any(|c| c != '\n' && c.is_control()));
    prop_assert!(text.len() <= MOST);
    let (rows, top) = editor.window();
    let (row, column) = editor.cursor_cell();
    prop_assert!(
        top <= row && row < top + editor.height,
        "row {row} from {top}"
    );
    prop_assert!(top == 0 || rows.len() >= top + editor.height);
    prop_assert!(column <= editor.width);
    Ok(())
}

proptest! {
    #[test]
    fn the_cursor_stands_between_graphemes_and_in_the_window(
        all in prop::collection::vec(any_edit(), 0..80)
    ) {
        let mut editor = Editor::of("");
        for what in all {
            run(&mut editor, what);
            sound(&editor)?;
        }
    }

    #[test]
    fn what_is_undone_is_redone_the_same(all in prop::collection::vec(any_edit(), 0..60)) {
        let mut editor = Editor::of("ann called\n\nerp01 is gone");
        for what in all {
            run(&mut editor, what);
            if editor.undo.is_empty() {
                continue;
            }
            let before = editor.clone();
            editor.edit(Edit::Undo).unwrap();
            sound(&editor)?;
            editor.edit(Edit::Redo).unwrap();
            sound(&editor)?;
            prop_assert_eq!(editor.text(), before.text());
            prop_assert_eq!((&editor.undo, &editor.redo), (&before.undo, &before.redo));
        }
        let end = editor.text().to_owned();
        let mut back = 0;
        while !editor.undo.is_empty() {
            editor.edit(Edit::Undo).unwrap();
            back += 1;
        }
        for _ in 0..back {
            editor.edit(Edit::Redo).unwrap();
        }
        prop_assert_eq!(editor.text(), end);
    }

    #[test]
    fn all_of_it_is_undone(all in prop::collection::vec(any_edit(), 0..60)) {
        let start = "ann called\n\nerp01 is gone";
        let mut editor = Editor::of(start);
        for what in all {
            run(&mut editor, what);
        }
        while !editor.undo.is_empty() {
            editor.edit(Edit::Undo).unwrap();
        }
        prop_assert_eq!(editor.text(), start);
    }
}

fn typed(text: &str) -> Editor {
    let mut editor = Editor::of("");
    for c in text.chars() {
        editor.edit(Edit::Insert(c)).unwrap();
    }
    editor
}

#[test]
fn undo_takes_a_word_at_a_time() {
    let mut editor = typed("ann called back");
    let mut undo = || {
        editor.edit(Edit::Undo).unwrap();
        editor.text().to_owned()
    };
    assert_eq!([undo(), undo(), undo()], ["ann called ", "ann ", ""]);
    let mut editor = typed("ann");
    for _ in 0..3 {
        editor.edit(Edit::Backspace).unwrap();
    }
    editor.edit(Edit::Undo).unwrap();
    assert_eq!(editor.text(), "ann");
    // What was pasted goes at once.
    editor.insert(" one two").unwrap();
    editor.edit(Edit::Undo).unwrap();
    assert_eq!(editor.text(), "ann");
    // After a new edit there is nothing to redo.
    editor.edit(Edit::Insert('a')).unwrap();
    editor.edit(Edit::Redo).unwrap();
    assert_eq!(editor.text(), "anna");
}

#[test]
fn rows_are_walked_as_they_are_seen() {
    let mut editor = Editor::of("one two three four\nx\nfive six seven");
    editor.resize(10, 3);
    // one two / three four / x / five six / seven
    assert_eq!(editor.cursor_cell(), (4, 5));
    assert_eq!(editor.window().1, 2);
    let mut go = |to| {
        editor.go(to);
        editor.cursor_cell()
    };
    // The column is kept over a row that is shorter.
    assert_eq!(go(Move::Rows(-1)), (3, 5));
    assert_eq!(go(Move::Rows(-1)), (2, 1));
    assert_eq!(go(Move::Rows(-1)), (1, 5));
    assert_eq!(go(Move::Rows(-9)), (0, 5));
    assert_eq!(go(Move::Rows(-1)), (0, 0));
    assert_eq!(go(Move::Pages(1)), (2, 1));
    assert_eq!(go(Move::End), (4, 5));
    editor.go(Move::Start);
    editor.edit(Edit::End).unwrap();
    assert_eq!(editor.cursor_cell(), (0, 7));
    editor.edit(Edit::End).unwrap();
    assert_eq!(editor.cursor_cell(), (1, 10));
    editor.edit(Edit::Home).unwrap();
    assert_eq!(editor.cursor_cell(), (1, 0));
    editor.edit(Edit::Home).unwrap();
    assert_eq!(editor.cursor_cell(), (0, 0));
}

#[test]
fn words_lines_and_paragraphs_are_steps() {
    let mut editor = Editor::of("ann called\n\nerp01 is gone");
    editor.go(Move::ParagraphUp);
    assert_eq!(editor.after(), "erp01 is gone");
    editor.go(Move::ParagraphUp);
    assert_eq!(editor.cursor(), 0);
    editor.go(Move::ParagraphDown);
    assert_eq!(editor.before(), "ann called\n");
    editor.edit(Edit::WordRight).unwrap();
    assert_eq!(editor.after(), "erp01 is gone");
    editor.edit(Edit::DeleteNextWord).unwrap();
    assert_eq!(editor.after(), "is gone");
    editor.edit(Edit::DeleteToEnd).unwrap();
    assert_eq!(editor.text(), "ann called\n\n");
    // At the end of a line its break goes.
    editor.edit(Edit::DeleteToStart).unwrap();
    assert_eq!(editor.text(), "ann called\n");
    editor.edit(Edit::DeleteWord).unwrap();
    assert_eq!(editor.text(), "ann ");
}

#[test]
fn a_paste_keeps_its_lines_and_loses_what_a_terminal_acts_on() {
    let mut editor = Editor::of("");
    editor.insert("one\r\ntwo\u{1b}[2J\tthree\rfour").unwrap();
    assert_eq!(editor.text(), "one\ntwo[2J three\nfour");
}

#[test]
fn what_is_too_long_is_left_out_whole() {
    let mut editor = typed("short");
    let long = "x".repeat(8_000_000);
    assert_eq!(
        editor.insert(&long),
        Err(TooLong {
            would_be: 8_000_005
        })
    );
    assert_eq!(editor.text(), "short");
    let mut full = Editor::of(&"x".repeat(MOST));
    assert!(full.edit(Edit::Insert('y')).is_err());
    full.edit(Edit::Backspace).unwrap();
    assert_eq!(full.edit(Edit::Insert('y')), Ok(()));
}
