use super::*;
use proptest::prelude::*;
use ratatui::style::{Color, Modifier, Style};

const COLOURED: Abilities = Abilities {
    coloured_erase: true,
};

/// A terminal that is sent frames, and the screen that makes them.
struct Both {
    terminal: vt100::Parser,
    screen: Screen,
}

impl Both {
    fn new(size: Size, abilities: Abilities) -> Self {
        let mut terminal = vt100::Parser::new(size.height, size.width, 0);
        // Whatever stood there before.
        terminal.process(b"\x1b[31;44;4mrubbish\x1b[2;3H\xe3\x82\xb3\x1b[9m");
        Self {
            terminal,
            screen: Screen::new(size, abilities),
        }
    }

    /// The window is pulled to another size.
    fn resize(&mut self, size: Size) {
        // A wide sign of which the new edge leaves one half would crash the emulator later.
        let screen = self.terminal.screen();
        let (rows, _) = screen.size();
        let edge = size.width - 1;
        let is_cut = |y: &u16| screen.cell(*y, edge).is_some_and(vt100::Cell::is_wide);
        let cut: Vec<u16> = (0..rows).filter(is_cut).collect();
        for y in cut {
            let erase = format!("\x1b7\x1b[{};{}H\x1b[2X\x1b8", y + 1, edge + 1);
            self.terminal.process(erase.as_bytes());
        }
        self.terminal.screen_mut().set_size(size.height, size.width);
        self.screen.resize(size);
    }

    fn draw(&mut self, buf: &Buffer) -> Option<Vec<u8>> {
        let frame = self.screen.frame(|next, _| next.clone_from(buf));
        if let Some(frame) = &frame {
            self.terminal.process(frame);
        }
        frame
    }

    /// What differs between the terminal and a buffer.
    fn wrong(&self, buf: &Buffer) -> Option<String> {
        for y in 0..buf.area.height {
            for (x, cell, wide) in row::starts(row::cells(buf, y)) {
                let x = u16::try_from(x).unwrap();
                let there = self.terminal.screen().cell(y, x).unwrap();
                let text = match there.contents() {
                    "" => " ",
                    text => text,
                };
                let letter = !pen::is_blank(cell);
                // The emulator knows no letter that is bold and dim.
                let both = cell.modifier.contains(Modifier::BOLD | Modifier::DIM);
                let lines = cell
                    .modifier
                    .intersects(Modifier::UNDERLINED | Modifier::REVERSED);
                let right = text == cell.symbol()
                    && there.is_wide() == (wide > 1)
                    && colour(there.bgcolor()) == cell.bg
                    && (!(letter || lines) || colour(there.fgcolor()) == cell.fg)
                    && (!letter || both || there.bold() == cell.modifier.contains(Modifier::BOLD))
                    && (!letter || both || there.dim() == cell.modifier.contains(Modifier::DIM))
                    && (!letter || there.italic() == cell.modifier.contains(Modifier::ITALIC))
                    && there.underline() == cell.modifier.contains(Modifier::UNDERLINED)
                    && there.inverse() == cell.modifier.contains(Modifier::REVERSED);
                if !right {
                    return Some(format!("{x},{y}: {cell:?} is shown as {there:?}"));
                }
            }
        }
        None
    }
}

fn colour(colour: vt100::Color) -> Color {
    match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(n) => named(n).unwrap_or(Color::Indexed(n)),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

/// The terminal does not tell the sixteen colours from the first sixteen of 256.
fn named(n: u8) -> Option<Color> {
    let all = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    all.get(usize::from(n)).copied()
}

fn colours() -> impl Strategy<Value = Color> {
    prop_oneof![
        3 => Just(Color::Reset),
        2 => (0u8..16).prop_map(|n| named(n).unwrap()),
        1 => (16u8..=255).prop_map(Color::Indexed),
        3 => prop::sample::select(vec![Color::Rgb(1, 22, 203), Color::Rgb(11, 14, 20)]),
    ]
}

fn looks() -> impl Strategy<Value = Style> {
    let modifiers = prop::sample::select(vec![
        Modifier::empty(),
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::DIM,
        Modifier::BOLD | Modifier::DIM,
        Modifier::ITALIC,
        Modifier::UNDERLINED,
        Modifier::REVERSED,
        Modifier::BOLD | Modifier::REVERSED | Modifier::UNDERLINED,
    ]);
    (colours(), colours(), modifiers)
        .prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c ]{1,12}",
        3 => " {1,24}",
        2 => "─{1,20}",
        2 => prop::collection::vec(prop::sample::select(vec!["コ", "é", "e\u{301}", "a", " ", "✓"]), 1..6)
            .prop_map(|parts| parts.concat()),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    /// Put a text somewhere.
    Put(u16, u16, String, Style),
    /// Give an area a ground.
    Ground(u16, u16, u16, Style),
    /// Rows of an area move up.
    Move(u16, u16, i32),
    /// Everything is drawn anew.
    Lose,
    /// The terminal has another size.
    Resize(u16, u16),
}

fn steps() -> impl Strategy<Value = Step> {
    let place = (0u16..40, 0u16..12);
    prop_oneof![
        6 => (place.clone(), texts(), looks()).prop_map(|((x, y), text, style)| Step::Put(x, y, text, style)),
        2 => (0u16..12, 0u16..12, 0u16..40, looks()).prop_map(|(y, h, x, style)| Step::Ground(x, y, h, style)),
        3 => (0u16..12, 2u16..12, prop::sample::select(vec![-3, -2, -1, 1, 2, 3])).prop_map(|(y, h, by)| Step::Move(y, h, by)),
        1 => Just(Step::Lose),
        1 => (1u16..40, 1u16..12).prop_map(|(w, h)| Step::Resize(w, h)),
    ]
}

/// Does to a buffer what a step says; rows below `y` move within it.
fn apply(buf: &mut Buffer, step: &Step) {
    let area = buf.area;
    match step {
        Step::Put(x, y, text, style) => {
            let (x, y) = (*x % area.width, *y % area.height);
            let room = usize::from(area.width - x);
            buf.set_stringn(x, y, text, room, *style);
        }
        Step::Ground(x, y, height, style) => {
            let place = Rect::new(*x, *y, area.width, *height).intersection(area);
            buf.set_style(place, *style);
        }
        Step::Move(y, height, by) => {
            let before = buf.clone();
            let width = usize::from(area.width);
            for row in *y..(y + height).min(area.height) {
                let from = i32::from(row) + by;
                let inside =
                    (i32::from(*y)..i32::from((y + height).min(area.height))).contains(&from);
                if inside {
                    let from = row::cells(&before, u16::try_from(from).unwrap());
                    let at = usize::from(row) * width;
                    buf.content[at..at + width].clone_from_slice(from);
                }
            }
        }
        Step::Lose | Step::Resize(..) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is drawn in whatever order, the terminal shows exactly that.
    #[test]
    fn the_terminal_shows_what_was_drawn(
        frames in prop::collection::vec(prop::collection::vec(steps(), 1..8), 1..8),
        coloured_erase in any::<bool>(),
    ) {
        let abilities = Abilities { coloured_erase };
        let mut both = Both::new(Size::new(40, 12), abilities);
        let mut buf = Buffer::empty(Rect::new(0, 0, 40, 12));
        for frame in frames {
            for step in &frame {
                match step {
                    Step::Lose => {
                        // Too long for the smallest terminal it would crash the emulator.
                        both.terminal.process(b"\x1b[5;5H!\x1b[m");
                        both.screen.lose();
                    }
                    Step::Resize(width, height) => {
                        buf = Buffer::empty(Rect::new(0, 0, *width, *height));
                        both.resize(Size::new(*width, *height));
                    }
                    step => apply(&mut buf, step),
                }
            }
            both.draw(&buf);
            let wrong = both.wrong(&buf);
            prop_assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
            prop_assert_eq!(both.draw(&buf), None, "an equal frame is no bytes");
        }
    }
}

/// A list of as many rows, from that one on, as wide as the screen, with a selected row.
fn list(width: u16, height: u16, first: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let ground = Style::new()
        .bg(Color::Rgb(11, 14, 20))
        .fg(Color::Rgb(201, 209, 220));
    buf.set_style(area, ground);
    buf.set_string(0, 0, "jobs", ground);
    for y in 1..height {
        let n = first + y;
        let text = format!(
            "  job-{n:05}   backup   {:>3} MB/s   {}",
            n % 97,
            "x".repeat(usize::from(n % 31))
        );
        buf.set_stringn(
            0,
            y,
            text,
            usize::from(width),
            ground.fg(Color::Rgb(86, 196, 138)),
        );
    }
    buf.set_style(
        Rect::new(0, height / 2, width, 1),
        Style::new().bg(Color::Rgb(19, 45, 82)),
    );
    buf
}

#[test]
fn a_list_that_moves_by_a_row_costs_its_new_row() {
    let mut both = Both::new(Size::new(80, 24), COLOURED);
    both.draw(&list(80, 24, 100));
    for (first, rows) in [(101, 1), (102, 1), (101, 1), (103, 2)] {
        let next = list(80, 24, first);
        let bytes = both.draw(&next).unwrap().len();
        assert_eq!(both.wrong(&next), None);
        // Rows that came, rows that took the selection and rows that gave it away.
        assert!(bytes < 100 + 600 * rows, "{bytes} bytes");
    }
}

#[test]
fn a_frame_is_one_synchronized_update_and_an_equal_one_is_nothing() {
    let mut both = Both::new(Size::new(20, 3), COLOURED);
    let mut buf = Buffer::empty(Rect::new(0, 0, 20, 3));
    buf.set_string(0, 0, "hello", Style::new());
    let first = both.draw(&buf).unwrap();
    assert!(first.starts_with(BEGIN) && first.ends_with(END));
    assert_eq!(both.draw(&buf), None);
    buf.set_string(0, 0, "hallo", Style::new());
    let second = both.draw(&buf).unwrap();
    assert_eq!(
        second.len(),
        BEGIN.len() + END.len() + "\x1b[1;2H\x1b[ma".len()
    );
}

#[test]
fn a_selection_that_moves_costs_little() {
    let ground = Style::new().bg(Color::Rgb(11, 14, 20));
    let selected = Style::new().bg(Color::Rgb(19, 45, 82));
    let mut both = Both::new(Size::new(120, 10), COLOURED);
    let draw = |at: u16| {
        let mut buf = Buffer::empty(Rect::new(0, 0, 120, 10));
        buf.set_style(buf.area, ground);
        buf.set_style(Rect::new(0, at, 120, 1), selected);
        buf
    };
    both.draw(&draw(3));
    let bytes = both.draw(&draw(4)).unwrap().len();
    assert!(bytes <= 100, "{bytes} bytes");
}

#[test]
fn between_two_rows_one_colour_changes_at_a_time() {
    let colours = [1, 2, 3, 4].map(|n| Color::Rgb(200, 100, n));
    let draw = |selected: u16| {
        let mut buf = Buffer::empty(Rect::new(0, 0, 40, 4));
        for y in 0..4 {
            let ground = if y == selected { 90 } else { 10 };
            let ground = Style::new().bg(Color::Rgb(0, 0, ground));
            for (x, colour) in (0..).step_by(10).zip(colours) {
                buf.set_string(x, y, "some words", ground.fg(colour));
            }
        }
        buf
    };
    let mut both = Both::new(Size::new(40, 4), COLOURED);
    both.draw(&draw(1));
    let bytes = both.draw(&draw(2)).unwrap();
    assert_eq!(both.wrong(&draw(2)), None);
    // Two to begin with, then one for each of the seven looks that follow.
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches("8;2;").count(), 9, "{text:?}");
}

#[test]
fn blanks_that_nothing_follows_are_erased() {
    let mut both = Both::new(Size::new(30, 2), COLOURED);
    let draw = |text: &str| {
        let mut buf = Buffer::empty(Rect::new(0, 0, 30, 2));
        buf.set_string(0, 0, format!("{text:<12}behind it stands"), Style::new());
        buf
    };
    both.draw(&draw("long words"));
    let bytes = both.draw(&draw("long")).unwrap();
    assert_eq!(both.wrong(&draw("long")), None);
    assert_eq!(
        bytes,
        [BEGIN, b"\x1b[m\x1b[1;6H\x1b[5X", END].concat().as_slice()
    );
}

#[test]
fn rows_that_differ_in_a_few_cells_move_too() {
    let draw = |first: u16| {
        let area = Rect::new(0, 0, 80, 24);
        let mut buf = Buffer::empty(area);
        for y in 0..24 {
            let n = first + y;
            let text = format!(
                "{:02} the same in every row {:>2} and here {:>2}",
                n * 7 % 89,
                n * 31 % 97,
                n * 3 % 83
            );
            buf.set_string(0, y, text, Style::new().fg(Color::Rgb(1, 2, 3)));
        }
        buf.set_style(
            Rect::new(0, 12, 80, 1),
            Style::new().bg(Color::Rgb(19, 45, 82)),
        );
        buf
    };
    let mut both = Both::new(Size::new(80, 24), COLOURED);
    both.draw(&draw(100));
    let bytes = both.draw(&draw(101)).unwrap();
    assert_eq!(both.wrong(&draw(101)), None);
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\x1b[1;24r"), "{text:?}");
    assert!(text.len() < 300, "{} bytes: {text:?}", text.len());
}

#[test]
fn what_a_terminal_can_do_is_known_by_its_name() {
    assert!(Abilities::of("xterm-256color").coloured_erase);
    assert!(Abilities::of("tmux-256color").coloured_erase);
    assert!(!Abilities::of("screen-256color").coloured_erase);
    assert!(!Abilities::of("vt100").coloured_erase);
}
