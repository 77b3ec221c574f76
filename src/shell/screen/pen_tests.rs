use super::*;

fn changed(from: Option<Pen>, wanted: Pen) -> String {
    let mut out = Vec::new();
    Pen::change(from, wanted, &mut out);
    String::from_utf8(out).unwrap()
}

fn pen(fg: Color, bg: Color, modifier: Modifier) -> Pen {
    Pen { fg, bg, modifier }
}

#[test]
fn only_what_changes_is_written() {
    let text = pen(Color::Rgb(1, 2, 3), Color::Black, Modifier::empty());
    assert_eq!(changed(None, text), "\x1b[0;38;2;1;2;3;40m");
    assert_eq!(changed(Some(text), text), "");
    let ground = Pen {
        bg: Color::Indexed(200),
        ..text
    };
    assert_eq!(changed(Some(text), ground), "\x1b[48;5;200m");
    assert_eq!(changed(Some(ground), PLAIN), "\x1b[m");
}

#[test]
fn bold_and_dim_are_taken_away_together() {
    let with = |modifier| pen(Color::Red, Color::Blue, modifier);
    let both = with(Modifier::BOLD | Modifier::DIM);
    assert_eq!(changed(Some(both), with(Modifier::DIM)), "\x1b[22;2m");
    assert_eq!(changed(Some(both), with(Modifier::BOLD)), "\x1b[22;1m");
    assert_eq!(changed(Some(both), with(Modifier::empty())), "\x1b[22m");
    assert_eq!(changed(Some(with(Modifier::DIM)), both), "\x1b[1m");
}
