//! A drawn screen as text: once with its styles below for snapshots, once as ANSI.

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use std::{collections::BTreeMap, fmt::Write};
use unicode_width::UnicodeWidthStr;

fn rows(buf: &Buffer) -> impl Iterator<Item = &[Cell]> {
    buf.content.chunks(usize::from(buf.area.width.max(1)))
}

/// The text alone.
pub(super) fn text(buf: &Buffer) -> String {
    let mut out = String::new();
    for row in rows(buf) {
        let mut skip = 0;
        for cell in row {
            if skip == 0 {
                out.push_str(cell.symbol());
                skip = cell.symbol().width().max(1);
            }
            skip -= 1;
        }
        out.push('\n');
    }
    out
}

type Look = (Color, Color, Modifier);

/// The text, then for each row which style stands over which cells, then the styles.
pub(super) fn text_and_style(buf: &Buffer) -> String {
    let mut out: String = text(buf)
        .lines()
        .map(|row| format!("{}\n", row.trim_end()))
        .collect();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut runs = String::new();
    for (y, row) in rows(buf).enumerate() {
        let _ = write!(runs, "{y:>2}:");
        let mut x = 0;
        while let Some(first) = row.get(x) {
            let of = look(first);
            let len = row
                .iter()
                .skip(x)
                .take_while(|cell| look(cell) == of)
                .count();
            let style = describe(of);
            let next = name(names.len());
            let name = names.entry(style).or_insert(next);
            let _ = write!(runs, " {x}{name}");
            x += len;
        }
        runs.push('\n');
    }
    let mut legend: Vec<(&String, &String)> =
        names.iter().map(|(style, name)| (name, style)).collect();
    legend.sort_by_key(|(name, _)| (name.len(), (*name).clone()));
    out.push_str("---\n");
    out.push_str(&runs);
    out.push_str("---\n");
    for (name, style) in legend {
        let _ = writeln!(out, "{name} {style}");
    }
    out
}

fn name(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    if n < 26 {
        letter(n).to_string()
    } else {
        format!("{}{}", letter(n / 26 - 1), letter(n))
    }
}

fn look(cell: &Cell) -> Look {
    (cell.fg, cell.bg, cell.modifier)
}

fn describe((fg, bg, modifier): Look) -> String {
    let mut text = format!("{} on {}", colour(fg), colour(bg));
    for (name, flag) in [
        ("bold", Modifier::BOLD),
        ("dim", Modifier::DIM),
        ("underline", Modifier::UNDERLINED),
        ("reverse", Modifier::REVERSED),
    ] {
        if modifier.contains(flag) {
            text.push(' ');
            text.push_str(name);
        }
    }
    text
}

fn colour(colour: Color) -> String {
    match colour {
        Color::Rgb(r, g, b) => format!("{r:02x}{g:02x}{b:02x}"),
        other => other.to_string().to_lowercase(),
    }
}

/// The screen as ANSI text.
pub(super) fn ansi(buf: &Buffer) -> String {
    let mut out = String::new();
    for row in rows(buf) {
        let mut skip = 0;
        for cell in row {
            if skip == 0 {
                let (fg, bg, modifier) = look(cell);
                out.push_str("\u{1b}[0");
                for (code, flag) in [
                    (1, Modifier::BOLD),
                    (2, Modifier::DIM),
                    (4, Modifier::UNDERLINED),
                    (7, Modifier::REVERSED),
                ] {
                    if modifier.contains(flag) {
                        let _ = write!(out, ";{code}");
                    }
                }
                out.push_str(&code(fg, 30));
                out.push_str(&code(bg, 40));
                out.push('m');
                out.push_str(cell.symbol());
                skip = cell.symbol().width().max(1);
            }
            skip -= 1;
        }
        out.push_str("\u{1b}[0m\n");
    }
    out
}

fn code(colour: Color, base: u8) -> String {
    let plain = [
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
    match colour {
        Color::Reset => format!(";{}", base + 9),
        Color::Rgb(r, g, b) => format!(";{};2;{r};{g};{b}", base + 8),
        Color::Indexed(n) => format!(";{};5;{n}", base + 8),
        other => {
            let n = u8::try_from(plain.iter().position(|c| *c == other).unwrap()).unwrap();
            if n < 8 {
                format!(";{}", base + n)
            } else {
                format!(";{}", base + 60 + n - 8)
            }
        }
    }
}
