//! Edits and pastes go to the field that has the cursor, and nowhere else.

use super::super::{line::LineInput, model::Model, msg::Edit, overlay::Overlay, wizard::Field};

impl Model {
    pub(super) fn edit(&mut self, edit: Edit) {
        if matches!(self.overlay, Some(Overlay::Note(_))) {
            return self.edit_note(edit);
        }
        if let Some(Overlay::Form(form)) = &mut self.overlay
            && form.edit_choice(edit)
        {
            return self.follow_form();
        }
        self.change_line(|line| line.edit(edit));
    }

    pub(super) fn paste(&mut self, text: &str) {
        if matches!(self.overlay, Some(Overlay::Note(_))) {
            return self.paste_note(text);
        }
        let focus = self.wizard.as_ref().map(|w| w.focus);
        if self.overlay.is_none() && self.wizard_open() && focus == Some(Field::Browser) {
            // A pasted path is a path, wherever the cursor is in this step.
            self.with_wizard(|w| w.focus = Field::Path);
        }
        let text = text.trim_end_matches(['\r', '\n']);
        let chosen = matches!(&self.overlay, Some(Overlay::Form(form)) if form.field().is_some_and(|f| f.only));
        if chosen {
            return self.bad("here one of the offers is chosen; the paste was let go");
        }
        let mut fits = true;
        let takes = self.change_line(|line| {
            fits = line.insert(text);
            fits
        });
        if !takes {
            self.bad("nothing here takes text; the paste was let go");
        } else if !fits {
            self.bad(format!(
                "{} is more than one line may have: nothing was pasted",
                super::super::words::bytes(u64::try_from(text.len()).unwrap_or(u64::MAX))
            ));
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
                Overlay::Form(_) if changed => self.follow_form(),
                Overlay::Ask(_) => self.ask_typed(),
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
