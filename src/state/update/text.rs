//! Edits and pastes go to the field that has the cursor, and nowhere else.

use super::super::{line::LineInput, model::Model, msg::Edit, overlay::Overlay, wizard::Field};

impl Model {
    pub(super) fn edit(&mut self, edit: Edit) {
        self.change_line(|line| line.edit(edit));
    }

    pub(super) fn paste(&mut self, text: &str) {
        let focus = self.wizard.as_ref().map(|w| w.focus);
        if self.overlay.is_none() && self.wizard_open() && focus == Some(Field::Browser) {
            // A pasted path is a path, wherever the cursor is in this step.
            self.with_wizard(|w| w.focus = Field::Path);
        }
        let text = text.trim_end_matches(['\r', '\n']);
        if !self.change_line(|line| {
            line.insert(text);
            true
        }) {
            self.bad("nothing here takes text; the paste was let go");
        }
    }

    /// Change the field that has the cursor; `false` if none has it.
    fn change_line(&mut self, change: impl FnOnce(&mut LineInput) -> bool) -> bool {
        if let Some(overlay) = &mut self.overlay {
            let Some(line) = overlay.line_mut() else {
                return false;
            };
            let changed = change(line);
            match overlay {
                Overlay::Palette(_) => self.search_palette(),
                Overlay::Find(_) if changed => self.find_typed(),
                _ => {}
            }
            return true;
        }
        if self.wizard_open() {
            return self.change_field(change);
        }
        let Some(filter) = self.filter_mut().filter(|filter| filter.typing) else {
            return false;
        };
        if change(&mut filter.input) {
            self.rebuild_lists();
        }
        true
    }

    fn change_field(&mut self, change: impl FnOnce(&mut LineInput) -> bool) -> bool {
        let Some(wizard) = self.wizard.as_mut().filter(|w| w.focus.is_text()) else {
            return false;
        };
        let field = wizard.focus;
        if !change(wizard.lines.entry(field).or_default()) {
            return true;
        }
        match field {
            Field::Caller => {
                wizard.contact_selected = 0;
                if !wizard.not_listed {
                    wizard.refresh_contacts(&self.directory, &self.fleet);
                }
            }
            Field::System => {
                wizard.systems.clear();
                wizard.refresh_systems(&self.directory, &self.fleet);
            }
            Field::TargetPath => wizard.target = None,
            _ => {}
        }
        true
    }
}
