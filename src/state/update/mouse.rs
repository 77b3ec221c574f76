//! The mouse: a click selects, a double click opens, the wheel moves the selection.

use super::super::{
    command::Command,
    model::{Env, Model, Pane, Screen},
    msg::{Mouse, MouseAction, Spot},
    overlay::Overlay,
    wizard::Field,
};

impl Model {
    pub(super) fn mouse(&mut self, mouse: Mouse, env: &Env<'_>) {
        match mouse.action {
            MouseAction::WheelUp => self.command(Command::Up, env),
            MouseAction::WheelDown => self.command(Command::Down, env),
            // Clicks come as `Pointed`, from who knows what stands there.
            MouseAction::Click | MouseAction::DoubleClick => {}
        }
    }

    pub(super) fn pointed(&mut self, spot: Spot, action: MouseAction, env: &Env<'_>) {
        match action {
            MouseAction::WheelUp => return self.command(Command::Up, env),
            MouseAction::WheelDown => return self.command(Command::Down, env),
            MouseAction::Click | MouseAction::DoubleClick => {}
        }
        let opens = action == MouseAction::DoubleClick;
        match spot {
            Spot::Tab(screen) => {
                let command = match screen {
                    Screen::Fleet => Command::ScreenFleet,
                    Screen::Jobs => Command::ScreenJobs,
                    Screen::Alerts => Command::ScreenAlerts,
                    Screen::Restores => Command::ScreenRestores,
                };
                return self.command(command, env);
            }
            Spot::Hint(command) => return self.command(command, env),
            Spot::Tree(node) => {
                self.focus = Pane::Tree;
                self.select_node(Some(node));
            }
            Spot::Job(id) => {
                self.focus = Pane::Main;
                self.jobs.selected = Some(id);
            }
            Spot::Alert(id) => {
                self.focus = Pane::Main;
                self.alerts.selected = Some(id);
            }
            Spot::Request(id) => {
                if self.wizard.as_ref().is_some_and(|w| w.request != id) {
                    self.park(env);
                }
                self.screen = Screen::Restores;
                self.focus = Pane::Main;
                self.restores.selected = Some(id);
            }
            Spot::Step(step) => return self.visit(step),
            Spot::Field(field, row) => self.point_field(field, row),
            Spot::Row(row) => self.point_row(row),
        }
        if opens {
            self.command(Command::Open, env);
        }
    }

    fn point_field(&mut self, field: Field, row: Option<usize>) {
        self.with_wizard(|w| {
            if w.fields().contains(&field) {
                w.focus = field;
            }
            let Some(row) = row else { return };
            match field {
                Field::Caller if row < w.contacts.len() => w.contact_selected = row,
                Field::System if row < w.systems.len() => w.system_selected = row,
                Field::Points => {
                    let id = w
                        .points
                        .known()
                        .and_then(|p| p.get(row))
                        .map(|p| p.id.clone());
                    w.point_selected = id.or(w.point_selected.take());
                }
                Field::Browser => {
                    let name = w
                        .entries()
                        .and_then(|l| l.known()?.get(row))
                        .map(|e| e.name.clone());
                    w.entry_selected = name.or(w.entry_selected.take());
                }
                Field::Search => w.search.choose(row),
                Field::Versions => {
                    if let Some(versions) = w.versions.as_mut().filter(|v| row < v.rows.len()) {
                        versions.selected = row;
                    }
                }
                Field::Policy => {
                    w.policy_selected = w.policies().get(row).copied().or(w.policy_selected);
                    w.policy = None;
                }
                _ => {}
            }
        });
    }

    fn point_row(&mut self, row: usize) {
        match &mut self.overlay {
            Some(Overlay::Palette(palette)) if row < palette.hits.len() => palette.selected = row,
            Some(Overlay::Find(find)) => find.select(row),
            Some(Overlay::Points(view)) => view.selected = row,
            Some(Overlay::Actions { rows, selected }) if row < rows.len() => *selected = row,
            _ => {}
        }
    }
}
