//! The ASCII twins of the glyphs. Everything is drawn with the glyphs; where a terminal
//! has only ASCII, or draws ambiguous glyphs two cells wide, the finished frame is
//! translated cell by cell. Twins are one cell wide, so nothing moves.

use ratatui::buffer::Buffer;

const TWINS: [(&str, &str); 70] = [
    ("●", "o"),
    ("◌", "~"),
    ("✗", "x"),
    ("▲", "!"),
    ("✓", "v"),
    ("►", ">"),
    ("○", "."),
    ("⊘", "/"),
    ("☏", "T"),
    ("◷", "@"),
    ("‖", "="),
    ("▌", ">"),
    ("▸", "+"),
    ("▾", "-"),
    ("◇", "u"),
    ("■", "#"),
    ("◧", "%"),
    ("□", "."),
    ("━", "="),
    ("╸", "-"),
    ("─", "-"),
    ("│", "|"),
    ("┃", "|"),
    ("├", "+"),
    ("┤", "+"),
    ("┬", "+"),
    ("┴", "+"),
    ("╭", "+"),
    ("╮", "+"),
    ("╰", "+"),
    ("╯", "+"),
    ("…", "~"),
    ("›", ">"),
    ("−", "-"),
    ("–", "-"),
    ("×", "x"),
    ("·", "|"),
    ("•", "."),
    ("▎", "|"),
    ("≠", "*"),
    ("→", ">"),
    ("←", "<"),
    ("↑", "^"),
    ("↓", "v"),
    ("“", "\""),
    ("”", "\""),
    ("’", "'"),
    ("↵", "<"),
    ("▁", "_"),
    ("▂", "_"),
    ("▃", "-"),
    ("▄", "-"),
    ("▅", "="),
    ("▆", "="),
    ("▇", "#"),
    ("█", "#"),
    ("▀", "#"),
    ("⌫", "<"),
    ("�", "?"),
    // Large digits.
    ("┏", "+"),
    ("┓", "+"),
    ("┗", "+"),
    ("┛", "+"),
    ("┣", "+"),
    ("┫", "+"),
    ("╺", "-"),
    ("╻", "|"),
    ("╹", "|"),
    ("╏", "|"),
    ("⚠", "!"),
];

/// The twin of a glyph.
pub(super) fn twin(glyph: &str) -> Option<&'static str> {
    TWINS
        .iter()
        .find(|(known, _)| *known == glyph)
        .map(|(_, twin)| *twin)
}

/// Puts the twins into a finished frame.
pub(super) fn translate(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        if let Some(twin) = twin(cell.symbol()) {
            cell.set_symbol(twin);
        }
    }
}
