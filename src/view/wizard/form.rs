//! What the steps have in common: their pane, labelled fields, choices, words to say, and
//! what is still being asked for.

use super::{
    super::{
        common::{below, line_field},
        scene::{Scene, under},
    },
    Case,
};
use crate::{
    config::theme::Scope,
    state::{
        command::Command,
        line::LineInput,
        msg::Spot,
        wizard::{Field, Load},
    },
};
use ocdeck_widgets::{table::Row, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Columns that labels take.
pub(super) const LABEL: u16 = 12;

impl<'a> Case<'a> {
    /// The pane of the step: number and name, and a note at the right. Gives what is inside,
    /// one row and two columns of air taken off.
    pub(super) fn pane(&self, area: Rect, buf: &mut Buffer, note: Line<'_>) -> Rect {
        let step = self.wizard.step;
        let title = if area.width < 70 || area.width > 78 {
            format!("{} {}", step.number(), step.name())
        } else {
            step.name().to_owned()
        };
        let inner = self.scene.pane(area, buf, &title, note, true);
        let air = u16::from(inner.height > 20);
        Rect {
            x: inner.x + 2,
            width: inner.width.saturating_sub(3),
            ..below(inner, air)
        }
    }

    /// A pane inside the step; `area` is what the step has left, its air taken off.
    pub(super) fn section(
        &self,
        area: Rect,
        buf: &mut Buffer,
        title: &str,
        note: Line<'_>,
    ) -> Rect {
        let whole = Rect {
            x: area.x.saturating_sub(2),
            width: area.width + 3,
            ..area
        };
        let inner = self.scene.pane(whole, buf, title, note, false);
        Rect {
            x: area.x,
            width: area.width,
            ..inner
        }
    }

    /// A label in the left column.
    pub(super) fn label(&self, area: Rect, buf: &mut Buffer, label: &str) {
        text::put(
            buf,
            area.x,
            area.y,
            LABEL.min(area.width),
            label,
            self.scene.style(Scope::TextDim),
        );
    }

    /// What stands right of the labels.
    pub(super) fn value(&self, area: Rect) -> Rect {
        Rect {
            x: area.x + LABEL,
            width: area.width.saturating_sub(LABEL),
            ..area
        }
    }

    /// A labelled text field; gives what is left below.
    pub(super) fn field(
        &self,
        area: Rect,
        buf: &mut Buffer,
        label: &str,
        field: Field,
        hint: &str,
    ) -> Rect {
        if area.height == 0 {
            return area;
        }
        self.label(area, buf, label);
        let place = Rect {
            width: self.value(area).width.saturating_sub(2).min(50),
            height: 1,
            ..self.value(area)
        };
        self.input(place, buf, field, hint);
        below(area, 1)
    }

    /// A text field in exactly these cells.
    pub(super) fn input(&self, area: Rect, buf: &mut Buffer, field: Field, hint: &str) {
        self.scene.spot(area, Spot::Field(field, None));
        let empty = LineInput::default();
        let input = self.wizard.lines.get(&field).unwrap_or(&empty);
        line_field(
            &self.scene,
            area,
            buf,
            input,
            hint,
            self.wizard.focus == field,
        );
    }

    /// One row of a field's list of choices: `●` chosen, `○` not; the selected one has the
    /// ground. `row`: its number in the list.
    pub(super) fn choice(
        &self,
        area: Rect,
        buf: &mut Buffer,
        rows: u16,
        (field, row): (Field, usize),
        selected: bool,
    ) {
        let ground = Rect {
            x: area.x.saturating_sub(2),
            width: area.width + 3,
            height: rows.min(area.height),
            ..area
        }
        .intersection(buf.area);
        let focused = self.wizard.focus == field;
        let spot = Spot::Field(field, Some(row));
        self.scene.row_spot(ground, spot, selected && focused);
        if !selected {
            return;
        }
        let styles = self.scene.rows(focused);
        buf.set_style(ground, styles.selected);
        for y in ground.top()..ground.bottom() {
            text::put(buf, ground.x, y, 1, "▌", styles.bar);
        }
    }

    /// The sign of a choice.
    pub(super) fn radio(&self, on: bool) -> (&'static str, Scope) {
        if on {
            ("●", Scope::PaneFocus)
        } else {
            ("○", Scope::TextDim)
        }
    }

    /// Words to say to the caller, at the bottom of what is left; gives what is above.
    pub(super) fn say(&self, area: Rect, buf: &mut Buffer) -> Rect {
        let said = self.scene.model.wizard_say(self.wizard);
        let words = self.scene.words().strong(format!("“{said}”")).line();
        let lines = text::wrap(&words, area.width);
        let rows = u16::try_from(lines.len())
            .unwrap_or(u16::MAX)
            .saturating_add(2);
        if said.is_empty() || rows > area.height {
            return area;
        }
        let place = below(area, area.height - rows);
        let inner = self.section(place, buf, "Say", Line::default());
        self.scene.lines(inner, buf, &lines);
        Rect {
            height: area.height - rows,
            ..area
        }
    }

    /// Says that the mouse can point at a row of a field's table.
    pub(super) fn table_row(&self, row: &Row<'_, '_>, field: Field, at: usize) {
        let here = row.selected() && self.wizard.focus == field;
        let spot = Spot::Field(field, Some(at));
        self.scene.row_spot(row.area(), spot, here);
    }

    /// Keys with their words, those that exist here.
    pub(super) fn keys(&self, keys: &[(Command, &'static str)]) -> Line<'a> {
        let mut words = self.scene.words();
        for (command, word) in keys {
            if let Some(key) = self.scene.key_of(*command) {
                words = words.key(key).dim(format!(" {word}   "));
            }
        }
        words.line()
    }

    /// What stands in the place of an answer that is not there; `None`: it is there.
    pub(super) fn missing<T>(&self, load: &Load<T>, what: &str) -> Option<Line<'a>> {
        match load {
            Load::Known(..) => None,
            Load::Nothing => Some(self.scene.words().dim(format!("· {what}")).line()),
            Load::Asking { since, .. } => {
                let seconds = self.scene.when.since(*since);
                let appliance = self
                    .wizard
                    .system
                    .as_ref()
                    .map_or("the appliance", |on| on.appliance.as_str());
                // An answer within a second needs no words.
                let words = self.scene.words().dim("·");
                Some(
                    if seconds == 0 {
                        words
                    } else {
                        words.dim(format!("   asking {appliance}, {seconds} s"))
                    }
                    .line(),
                )
            }
            Load::Failed(why, at) => Some(
                self.scene
                    .words()
                    .put(Scope::JobFailed, "✗ ")
                    .text(why.clone())
                    .dim(format!("  at {}", self.scene.when.moment(*at)))
                    .line(),
            ),
        }
    }

    /// Writes what is missing, wrapped; gives what is left below.
    pub(super) fn absent(&self, area: Rect, buf: &mut Buffer, line: &Line<'_>) -> Rect {
        under(area, self.scene.prose(area, buf, line), 1)
    }

    /// The scene.
    pub(super) fn scene(&self) -> &Scene<'a> {
        &self.scene
    }
}
