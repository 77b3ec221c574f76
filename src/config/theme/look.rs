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
    heavy_focus: bool,
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
            heavy_focus: theme.heavy_focus() || colours == Colours::None,
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

    /// Whether the rule of the focused pane is heavy.
    pub fn heavy_focus(&self) -> bool {
        self.heavy_focus
    }

    /// What is laid over the words of the selected row: with 16 colours, cyan on blue
    /// cannot be read. A theme that gives the row a colour for words wants it in any depth.
    pub(super) fn row_words(&self) -> Option<Style> {
        let own = self.style(Scope::RowSelected).fg;
        own.map(|fg| Style::new().fg(fg))
            .or_else(|| (self.colours == Colours::Ansi).then(|| self.style(Scope::RowWords)))
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

    /// The last step of a frame: the words of selected rows, and the ASCII twins, where they are
    /// wanted.
    pub fn finish(&self, buf: &mut Buffer) {
        let ground = self.style(Scope::RowSelected).bg;
        let ground = ground.filter(|ground| Some(*ground) != self.style(Scope::Bg).bg);
        if let (Some(words), Some(ground)) = (self.row_words(), ground) {
            // Chips have grounds of their own and keep their words.
            for cell in buf.content.iter_mut().filter(|cell| cell.bg == ground) {
                cell.set_style(words);
            }
        }
        if self.ascii {
            glyphs::translate(buf);
        }
    }
}
