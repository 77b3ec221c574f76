//! A theme on one terminal: what drawing asks for styles.

use super::{
    colour::{self, Colours},
    glyphs,
    read::Theme,
    scope::Scope,
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};

/// How everything looks on this terminal.
#[derive(Clone, Debug)]
pub struct Look {
    styles: Vec<Style>,
    colours: Colours,
    ascii: bool,
}

impl Look {
    /// A theme on a terminal with so many colours, with glyphs or with ASCII only.
    pub fn new(theme: &Theme, colours: Colours, ascii: bool) -> Self {
        let styles = Scope::ALL
            .iter()
            .map(|scope| {
                let paint = theme.paint(*scope);
                let mut modifiers = paint.always;
                if colours == Colours::None {
                    modifiers |= paint.plain;
                }
                Style {
                    fg: paint.fg.and_then(|shade| shade.on(colours)),
                    bg: paint.bg.and_then(|shade| shade.on(colours)),
                    ..Style::new().add_modifier(modifiers)
                }
            })
            .collect();
        Self {
            styles,
            colours,
            ascii,
        }
    }

    /// The style of a meaning.
    pub fn style(&self, scope: Scope) -> Style {
        self.styles.get(scope as usize).copied().unwrap_or_default()
    }

    /// Whether there are no glyphs. Most views need not ask: [`Look::finish`] translates.
    pub fn ascii(&self) -> bool {
        self.ascii
    }

    /// Whether there are no colours.
    pub fn plain(&self) -> bool {
        self.colours == Colours::None
    }

    /// What is laid over the words of the selected row: with 16 colours, cyan on blue
    /// cannot be read.
    pub fn row_words(&self) -> Option<Style> {
        (self.colours == Colours::Ansi).then(|| self.style(Scope::RowWords))
    }

    /// Dims what stands behind an overlay to 40 %.
    pub fn fade(&self, buf: &mut Buffer, area: Rect) {
        let ground = self.style(Scope::Bg).bg.unwrap_or_default();
        let faint = self.style(Scope::TextFaint);
        for position in area.intersection(buf.area).positions() {
            let Some(cell) = buf.cell_mut(position) else {
                continue;
            };
            cell.modifier
                .remove(Modifier::BOLD | Modifier::REVERSED | Modifier::UNDERLINED);
            match self.colours {
                Colours::True => {
                    if let Some(fg) = colour::faded(cell.fg, ground, 40) {
                        cell.fg = fg;
                    }
                    if let Some(bg) = colour::faded(cell.bg, ground, 40) {
                        cell.bg = bg;
                    }
                }
                Colours::Indexed | Colours::Ansi => {
                    cell.fg = faint.fg.unwrap_or(Color::Reset);
                    cell.bg = ground;
                }
                Colours::None => cell.modifier.insert(Modifier::DIM),
            }
        }
    }

    /// The last step of a frame: the ASCII twins, where they are wanted.
    pub fn finish(&self, buf: &mut Buffer) {
        if self.ascii {
            glyphs::translate(buf);
        }
    }
}
