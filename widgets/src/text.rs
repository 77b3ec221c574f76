//! Text into cells: made safe, measured in cells, cut where it may be cut.

use ratatui_core::{
    buffer::Buffer,
    style::Style,
    text::{Line, Span},
};
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A grapheme of more characters than this is an attack on the screen, not a letter.
const LONGEST_GRAPHEME: usize = 8;

/// Whether a character must never reach a terminal: controls, which move its cursor, and
/// the invisible ones that reorder or hide what stands beside them.
fn unsafe_char(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Whether it is letters of a cell each that mean nothing to a terminal: nearly all text is, and
/// needs no look at what its letters make together.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

/// The text without what must not reach a terminal. Tabs and line ends become a space.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text) || (!text.contains(unsafe_char) && !overlong(text)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        match grapheme {
            "\t" | "\n" | "\r" | "\r\n" => out.push(' '),
            _ => out.extend(
                grapheme
                    .chars()
                    .filter(|c| !unsafe_char(*c))
                    .take(LONGEST_GRAPHEME),
            ),
        }
    }
    Cow::Owned(out)
}

fn overlong(text: &str) -> bool {
    text.chars().nth(LONGEST_GRAPHEME).is_some()
        && text
            .graphemes(true)
            .any(|grapheme| grapheme.chars().nth(LONGEST_GRAPHEME).is_some())
}

/// How many cells the text takes once it is clean.
pub fn width(text: &str) -> u16 {
    let cells = if is_plain(text) {
        text.len()
    } else {
        clean(text)
            .graphemes(true)
            .map(UnicodeWidthStr::width)
            .sum()
    };
    u16::try_from(cells).unwrap_or(u16::MAX)
}

/// How many cells a line takes.
pub fn line_width(line: &Line<'_>) -> u16 {
    line.spans
        .iter()
        .fold(0, |sum: u16, span| sum.saturating_add(width(&span.content)))
}

/// Writes text from (x, y) on, in at most `room` cells, without a sign where it is cut;
/// gives the cells used. Cells outside the buffer are left out.
pub fn put(buf: &mut Buffer, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
    let area = buf.area;
    if y < area.y || y >= area.bottom() || x < area.x || x >= area.right() {
        return 0;
    }
    let room = room.min(area.right() - x);
    if is_plain(text) {
        return put_plain(buf, x, y, room, text, style);
    }
    let (end, _) = buf.set_stringn(x, y, clean(text), usize::from(room), style);
    end - x
}

/// As [`put`], of letters that take a cell each.
fn put_plain(buf: &mut Buffer, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
    let from = buf.index_of(x, y);
    let room = buf.content.get_mut(from..from + usize::from(room));
    let mut used = 0;
    for (cell, letter) in room.into_iter().flatten().zip(text.chars()) {
        cell.set_char(letter).set_style(style);
        used += 1;
    }
    used
}

/// Writes a line; where it does not fit, paths in it lose their middle, then the line its
/// end to `…`. Gives the cells used.
pub fn put_line(buf: &mut Buffer, x: u16, y: u16, room: u16, line: &Line<'_>) -> u16 {
    let line = &cut_paths(line, room);
    let fits = line_width(line) <= room;
    let mut used = 0;
    for span in &line.spans {
        let style = line.style.patch(span.style);
        let left = room - used;
        let here = width(&span.content);
        if fits || here < left {
            used += put(buf, x + used, y, left, &span.content, style);
            continue;
        }
        let cut = cut_end(&span.content, left);
        // The span may fill the room exactly while others still follow it.
        let text = if here <= left {
            cut_end(&format!("{}…", clean(&span.content)), left).into_owned()
        } else {
            cut.into_owned()
        };
        used += put(buf, x + used, y, left, &text, style);
        break;
    }
    used
}

/// Writes a line so that it ends before column `right`; gives the cells used.
pub fn put_right(buf: &mut Buffer, right: u16, y: u16, room: u16, line: &Line<'_>) -> u16 {
    let used = line_width(line).min(room);
    put_line(buf, right.saturating_sub(used), y, used, line)
}

/// The text without its end, if it is wider than `room`: `very-long-na…`.
pub fn cut_end(text: &str, room: u16) -> Cow<'_, str> {
    if width(text) <= room {
        return clean(text);
    }
    let Some(room) = room.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let mut out = head(&clean(text), room).to_owned();
    out.push('…');
    Cow::Owned(out)
}

/// A path without its middle, if it is wider than `room`: `/srv/erp/…/seg_0412`. Whole
/// steps go where that is enough; the last step is what it is about and goes last.
pub fn cut_path(path: &str, room: u16) -> Cow<'_, str> {
    if width(path) <= room {
        return clean(path);
    }
    let path = clean(path).into_owned();
    let steps: Vec<&str> = path.split('/').collect();
    let Some((last, before)) = steps.split_last() else {
        return Cow::Borrowed("");
    };
    let tail = format!("…/{last}");
    if width(&tail) > room {
        let keep = room.saturating_sub(1);
        return Cow::Owned(if room == 0 {
            String::new()
        } else {
            format!("…{}", tail_of(last, keep))
        });
    }
    let mut start = String::new();
    for step in before {
        let longer = format!("{start}{step}/");
        if width(&longer) + width(&tail) > room {
            break;
        }
        start = longer;
    }
    Cow::Owned(start + &tail)
}

/// A line in which paths have lost their middle, the longest first, as far as it takes to fit:
/// what is said about a path stands behind it and must not be what is cut.
fn cut_paths<'a, 'l>(line: &'l Line<'a>, room: u16) -> Cow<'l, Line<'a>> {
    let mut line = Cow::Borrowed(line);
    while let Some(over) = line_width(&line).checked_sub(room).filter(|over| *over > 0) {
        let longest = line
            .spans
            .iter()
            .enumerate()
            .filter_map(|(at, span)| Some((at, longest_path(&span.content)?)))
            .max_by_key(|(_, path)| width(path));
        let Some((at, path)) = longest else { break };
        let least = path.rsplit('/').next().map_or(0, width) + 2;
        let shorter = cut_path(path, width(path).saturating_sub(over).max(least));
        let Some(span) = line.spans.get(at) else {
            break;
        };
        let content = span.content.replacen(path, &shorter, 1);
        if let Some(span) = line.to_mut().spans.get_mut(at) {
            span.content = content.into();
        }
    }
    line
}

/// The widest word that is an absolute path and still has a middle to lose.
fn longest_path(text: &str) -> Option<&str> {
    text.split(' ')
        .filter(|word| word.starts_with('/') && word.matches('/').count() > 2)
        .filter(|word| !word.contains("/…/"))
        .max_by_key(|word| width(word))
}

/// As much of the start as fits.
fn head(text: &str, room: u16) -> &str {
    let mut used = 0;
    let mut end = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > usize::from(room) {
            break;
        }
        end += grapheme.len();
    }
    text.get(..end).unwrap_or_default()
}

/// As much of the end as fits.
fn tail_of(text: &str, room: u16) -> &str {
    let mut used = 0;
    let mut start = text.len();
    for grapheme in text.graphemes(true).rev() {
        used += grapheme.width();
        if used > usize::from(room) {
            break;
        }
        start -= grapheme.len();
    }
    text.get(start..).unwrap_or_default()
}

/// Breaks styled words into lines of at most `room` cells, at spaces; a word that is
/// wider than a line is cut.
pub fn wrap<'a>(line: &Line<'a>, room: u16) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    let mut current: Vec<Span<'a>> = Vec::new();
    let mut used = 0;
    for (word, spaces) in words(line) {
        let wide = word.iter().map(|span| width(&span.content)).sum::<u16>();
        if used > 0 && used + wide > room {
            lines.push(ended(std::mem::take(&mut current)));
            used = 0;
        }
        used += wide + width(&spaces.content);
        current.extend(word);
        current.push(spaces);
    }
    if !current.is_empty() {
        lines.push(ended(current));
    }
    lines
}

/// A line without the space after its last word.
fn ended(mut spans: Vec<Span<'_>>) -> Line<'_> {
    if spans.last().is_some_and(|span| span.content == " ") {
        spans.pop();
    }
    Line::from(spans)
}

/// Words with the spaces after them; a word may run over several spans.
fn words<'a>(line: &Line<'a>) -> Vec<(Vec<Span<'a>>, Span<'a>)> {
    let mut out = Vec::new();
    let mut word: Vec<Span<'a>> = Vec::new();
    for span in &line.spans {
        let style = line.style.patch(span.style);
        for piece in span.content.split_inclusive(' ') {
            let bare = piece.trim_end_matches(' ');
            word.push(Span::styled(bare.to_owned(), style));
            if bare.len() < piece.len() {
                out.push((std::mem::take(&mut word), Span::styled(" ", style)));
            }
        }
    }
    if !word.is_empty() {
        out.push((word, Span::raw("")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui_core::{
        buffer::Cell,
        layout::Rect,
        style::{Color, Modifier},
    };

    #[test]
    fn what_moves_the_cursor_or_reorders_is_gone() {
        assert_eq!(clean("a\u{1b}[2Jb"), "a[2Jb");
        assert_eq!(clean("evil\u{202e}gpj.exe"), "evilgpj.exe");
        assert_eq!(clean("tab\tand\r\nline"), "tab and line");
        assert_eq!(clean("zero\u{200b}width\u{feff}"), "zerowidth");
        let pile = format!("a{}", "\u{301}".repeat(50));
        assert_eq!(clean(&pile).chars().count(), 8);
    }

    #[test]
    fn paths_lose_the_middle() {
        let path = "/srv/erp/data/ledger/2026/11/seg_0412";
        assert_eq!(cut_path(path, 50), path);
        assert_eq!(cut_path(path, 20), "/srv/erp/…/seg_0412");
        assert_eq!(cut_path(path, 12), "/…/seg_0412");
        assert_eq!(cut_path(path, 6), "…_0412");
        assert_eq!(cut_path(path, 0), "");
    }

    #[test]
    fn names_lose_the_end() {
        assert_eq!(cut_end("very-long-name", 13), "very-long-na…");
        assert_eq!(cut_end("short", 5), "short");
        assert_eq!(cut_end("日本語", 4), "日…");
    }

    #[test]
    fn a_line_that_is_cut_says_so_even_where_spans_meet() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 5, 1));
        let line = Line::from(vec![Span::raw("abcde"), Span::raw("f")]);
        assert_eq!(put_line(&mut buf, 0, 0, 5, &line), 5);
        let row: String = buf.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(row, "abcd…");
    }

    #[test]
    fn what_is_said_about_a_path_outlives_its_middle() {
        let cut = |text: &str, room| cut_paths(&Line::from(text.to_owned()), room).to_string();
        let text = "the folder /srv/erp/data/ledger/2026 is missing";
        assert_eq!(cut(text, 60), text);
        assert_eq!(cut(text, 42), "the folder /srv/erp/data/…/2026 is missing");
        assert_eq!(cut(text, 36), "the folder /srv/…/2026 is missing");
        assert_eq!(cut(text, 10), "the folder …/2026 is missing");
        assert_eq!(cut("/a/b is short", 5), "/a/b is short");
    }

    #[test]
    fn words_wrap_at_spaces_across_spans() {
        let line = Line::from(vec![
            Span::raw("bring back "),
            Span::raw("erp01"),
            Span::raw(", now"),
        ]);
        let lines: Vec<String> = wrap(&line, 12).iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["bring back", "erp01, now"]);
    }

    proptest! {
        /// What is plain is written as anything else is.
        #[test]
        fn plain_text_needs_no_second_look(text in "[ -~]{0,14}", x in 0u16..12, room in 0u16..14) {
            let area = Rect::new(0, 0, 10, 2);
            let style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
            let mut buf = Buffer::filled(area, Cell::new("z"));
            buf.set_style(area, Style::new().bg(Color::Blue));
            let mut wanted = buf.clone();
            let used = put(&mut buf, x, 1, room, &text, style);
            if x < area.width {
                let (end, _) = wanted.set_stringn(x, 1, &text, room.into(), style);
                prop_assert_eq!(used, end - x);
            }
            prop_assert_eq!(buf, wanted);
        }

        #[test]
        fn no_text_leaves_its_room(text in "\\PC{0,30}|[\\x00-\\x1fa日e\u{301}\u{202e}👩\u{200d}👩/]{0,30}", room in 0u16..12) {
            prop_assert!(width(&cut_end(&text, room)) <= room);
            prop_assert!(width(&cut_path(&text, room)) <= room);
            let mut buf = Buffer::empty(Rect::new(0, 0, 14, 1));
            let used = put(&mut buf, 1, 0, room, &text, Style::new());
            prop_assert!(used <= room);
            let line = Line::from(vec![Span::raw(text.clone()), Span::raw("x"), Span::raw(text.clone())]);
            let used = put_line(&mut buf, 1, 0, room, &line);
            prop_assert!(used <= room);
            for (x, cell) in buf.content.iter().enumerate() {
                prop_assert!(!cell.symbol().chars().any(unsafe_char));
                if x == 0 || x > usize::from(room) {
                    prop_assert_eq!(cell.symbol(), " ");
                }
            }
        }

        #[test]
        fn wrapping_keeps_the_words(text in "[a-z ]{0,60}", room in 1u16..20) {
            let joined: String = wrap(&Line::from(text.clone()), room)
                .iter()
                .map(|line| format!("{line} "))
                .collect();
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&joined), words(&text));
        }
    }
}
