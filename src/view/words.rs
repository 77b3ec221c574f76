//! Styled words: lines are put together from pieces that each have a meaning.

use crate::config::theme::{Look, Scope};
use ocdeck_domain::priority::Priority;
use ocdeck_widgets::{
    format::{self, Quantity},
    text,
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};
use std::borrow::Cow;

/// A line being put together.
pub(super) struct Words<'a> {
    look: &'a Look,
    spans: Vec<Span<'a>>,
}

impl<'a> Words<'a> {
    /// No words yet.
    pub(super) fn new(look: &'a Look) -> Self {
        Self {
            look,
            spans: Vec::new(),
        }
    }

    /// Words with that meaning.
    pub(super) fn put(mut self, scope: Scope, text: impl Into<Cow<'a, str>>) -> Self {
        self.spans.push(Span::styled(text, self.look.style(scope)));
        self
    }

    /// Words with a style of their own.
    pub(super) fn styled(mut self, style: Style, text: impl Into<Cow<'a, str>>) -> Self {
        self.spans.push(Span::styled(text, style));
        self
    }

    /// Plain words.
    pub(super) fn text(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.put(Scope::Text, text)
    }

    /// The thing itself.
    pub(super) fn strong(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.put(Scope::TextStrong, text)
    }

    /// Units, labels.
    pub(super) fn dim(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.put(Scope::TextDim, text)
    }

    /// A key.
    pub(super) fn key(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.put(Scope::Key, text)
    }

    /// A number with its unit.
    pub(super) fn quantity(self, quantity: Quantity) -> Self {
        self.quantity_in(Scope::Text, quantity)
    }

    /// A number with its unit, the number with that meaning.
    pub(super) fn quantity_in(self, scope: Scope, quantity: Quantity) -> Self {
        let Quantity { number, unit } = quantity;
        let words = self.put(scope, number);
        if unit.is_empty() {
            words
        } else {
            words.dim(format!(" {unit}"))
        }
    }

    /// `1 file`, `12 481 files`, and what is said of them.
    pub(super) fn files(self, scope: Scope, count: u64, rest: &str) -> Self {
        let files = if count == 1 { "file" } else { "files" };
        self.quantity_in(scope, format::count(count))
            .dim(format!(" {files}{rest}"))
    }

    /// `41.2 of 65.0 GB`; a unit that both have stands once.
    pub(super) fn part_of(self, part: Quantity, whole: Option<Quantity>) -> Self {
        let Some(whole) = whole else {
            return self.quantity(part);
        };
        let words = if part.unit == whole.unit {
            self.text(part.number)
        } else {
            self.quantity(part)
        };
        words.dim(" of ").quantity(whole)
    }

    /// Several numbers with their units, as a duration.
    pub(super) fn duration(mut self, parts: Vec<Quantity>) -> Self {
        for (n, part) in parts.into_iter().enumerate() {
            if n > 0 {
                self = self.text(" ");
            }
            self = self.quantity(part);
        }
        self
    }

    /// A priority: P1 as a chip.
    pub(super) fn priority(self, priority: Priority) -> Self {
        match priority {
            Priority::P1 => self.put(Scope::P1, " P1 "),
            other => self.put(priority_scope(other), other.to_string()),
        }
    }

    /// More spans.
    pub(super) fn and(mut self, line: Line<'a>) -> Self {
        let style = line.style;
        self.spans.extend(line.spans.into_iter().map(|span| Span {
            style: style.patch(span.style),
            ..span
        }));
        self
    }

    /// Says of a moment's time that it comes from a clock that was wrong.
    pub(super) fn clock_ahead(self, ahead: bool) -> Self {
        match ahead {
            true => self.put(Scope::Stale, "clock ahead  "),
            false => self,
        }
    }

    /// Cells that the words take so far.
    pub(super) fn width(&self) -> u16 {
        let widths = self.spans.iter().map(|span| text::width(&span.content));
        widths.fold(0, u16::saturating_add)
    }

    /// The line.
    pub(super) fn line(self) -> Line<'a> {
        Line::from(self.spans)
    }
}

/// What a priority looks like.
pub(super) fn priority_scope(priority: Priority) -> Scope {
    match priority {
        Priority::P1 => Scope::P1,
        Priority::P2 => Scope::P2,
        Priority::P3 => Scope::P3,
        Priority::P4 => Scope::P4,
    }
}
