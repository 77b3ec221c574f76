//! The mouse: a click selects, a double click opens, the wheel moves the selection.

use super::super::{
    clocks::Timed,
    command::Command,
    model::{Env, Model, Pane, Screen},
    msg::{Mouse, MouseAction, Spot},
    overlay::Overlay,
    wizard::{Field, TargetKind},
};
use super::wizard::KINDS;

impl Model {
    pub(super) fn mouse(&mut self, mouse: Mouse, env: &Env<'_>) {
        // Clicks come as `Pointed`, from who knows what stands there.
        self.mouse_wheel(mouse.action, env);
    }

    pub(super) fn pointed(&mut self, spot: Spot, action: MouseAction, env: &Env<'_>) {
        // The clocks stay in sight beside an overlay, but a question wants its answer first.
        if self.overlay.is_some() && !matches!(spot, Spot::Row(_) | Spot::Text(_) | Spot::Hint(_)) {
            return self.mouse_wheel(action, env);
        }
        match action {
            MouseAction::WheelUp | MouseAction::WheelDown => {
                // The wheel turns what it stands over.
                match spot {
                    Spot::Pane(pane) => self.focus_pane(pane),
                    Spot::Tree(_) => self.focus_pane(Pane::Tree),
                    Spot::Job(_)
                    | Spot::Alert(_)
                    | Spot::Line(_)
                    | Spot::Handover(_)
                    | Spot::Swept(_) => self.focus_pane(Pane::Main),
                    Spot::Field(field, Some(_)) => self.point_field(field, None),
                    _ => {}
                }
                self.mouse_wheel(action, env);
            }
            MouseAction::Click => self.clicked(spot, env),
            MouseAction::DoubleClick => {
                let opens = !matches!(
                    spot,
                    Spot::Tab(_) | Spot::Hint(_) | Spot::Step(_) | Spot::Pane(_) | Spot::Text(_)
                );
                self.clicked(spot, env);
                if opens {
                    self.command(Command::Open, env);
                }
            }
        }
    }

    fn mouse_wheel(&mut self, action: MouseAction, env: &Env<'_>) {
        match action {
            MouseAction::WheelUp => self.command(Command::Up, env),
            MouseAction::WheelDown => self.command(Command::Down, env),
            MouseAction::Click | MouseAction::DoubleClick => {}
        }
    }

    fn focus_pane(&mut self, pane: Pane) {
        if self.panes().contains(&pane) {
            self.focus = pane;
        }
    }

    fn clicked(&mut self, spot: Spot, env: &Env<'_>) {
        match spot {
            Spot::Tab(screen) => {
                let command = match screen {
                    Screen::Fleet => Command::ScreenFleet,
                    Screen::Jobs => Command::ScreenJobs,
                    Screen::Alerts => Command::ScreenAlerts,
                    Screen::Restores => Command::ScreenRestores,
                    Screen::Incidents => Command::ScreenIncidents,
                    Screen::Shift => Command::ScreenShift,
                };
                self.command(command, env);
            }
            Spot::Hint(command) => self.command(command, env),
            Spot::Pane(pane) => self.focus_pane(pane),
            Spot::Tree(node) => {
                self.focus_pane(Pane::Tree);
                self.select_node(Some(node));
            }
            Spot::Job(id) => {
                self.focus = Pane::Main;
                self.jobs.selected = Some(id);
            }
            Spot::Alert(id) => {
                self.focus = Pane::Main;
                self.select_alert(Some(id));
            }
            Spot::Request(id) => self.go_to_timed(Timed::Request(id), env),
            Spot::Promise(id) => self.go_to_timed(Timed::Promise(id), env),
            Spot::Incident(id) => {
                if self.screen == Screen::Incidents {
                    self.focus = Pane::Main;
                    self.incidents.selected = Some(id);
                    self.incidents.below = 0;
                } else {
                    self.go_to_incident(id);
                }
            }
            Spot::Line(key) => {
                self.focus = Pane::Main;
                self.shift.selected = Some(key);
            }
            Spot::Handover(id) => {
                self.focus = Pane::Main;
                self.shift.past = Some(id);
            }
            Spot::Swept(id) => {
                self.focus = Pane::Main;
                if let Some(list) = &mut self.sweep {
                    list.selected = Some(id);
                }
            }
            Spot::Step(step) => self.visit(step),
            Spot::Field(field, row) => self.point_field(field, row),
            Spot::Row(row) => self.point_row(row),
            Spot::Text(at) => {
                self.with_note(|editor| editor.point(at));
            }
        }
    }

    fn point_field(&mut self, field: Field, row: Option<usize>) {
        let others = self.target_systems();
        self.with_wizard(|w| {
            if w.fields().contains(&field) {
                w.focus = field;
            }
            let Some(row) = row else { return };
            match field {
                Field::Kind => w.kind_selected = KINDS.get(row).copied().unwrap_or(w.kind_selected),
                Field::Target => {
                    if let Some(kind) = TargetKind::ALL
                        .get(row)
                        .filter(|k| **k != w.target_selected)
                    {
                        w.target_selected = *kind;
                        w.target = None;
                    }
                }
                Field::TargetSystem => {
                    let id = others.get(row).map(|system| system.id.clone());
                    w.target_system = id.or(w.target_system.take());
                }
                Field::Plan => {
                    let count = w.current_plan().map_or(0, |plan| plan.entries.len());
                    w.plan_selected = row.min(count.saturating_sub(1));
                }
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
            Some(Overlay::Form(form)) => form.take_offer(row),
            Some(Overlay::Actions { rows, selected }) if row < rows.len() => *selected = row,
            Some(Overlay::Help(selected)) => *selected = row,
            Some(Overlay::Ask(ask)) => {
                if let Some(offer) = ask.offers.get(row).cloned() {
                    ask.selected = Some(row);
                    ask.input.set(&offer);
                }
            }
            _ => {}
        }
    }
}
