//! Moving in trees and lists, panes, filters and logs.

use super::super::{
    alerts::Page,
    clocks::{Due, NOTHING_URGENT, Timed},
    command::Command,
    model::{Env, Model, Pane, Screen},
    shift::ShiftView,
};
use Command as C;
use ocdeck_domain::fleet::Node;
use uuid::Uuid;

/// No detail is longer.
const MOST_LINES: usize = 10_000;

impl Model {
    pub(super) fn navigate(&mut self, command: Command, env: &Env<'_>) {
        let page = isize::from(i16::try_from(self.size.1 / 2).unwrap_or(20).max(1));
        match command {
            C::Up => self.step(-1),
            C::Down => self.step(1),
            C::PageUp => self.step(-page),
            C::PageDown => self.step(page),
            C::First => self.step(isize::MIN / 2),
            C::Last => self.step(isize::MAX / 2),
            C::Left => self.side(false),
            C::Right => self.side(true),
            C::NextPane => self.turn_pane(1),
            C::PreviousPane => self.turn_pane(-1),
            C::Open => self.open(env),
            C::Back if self.back_in_shift() => {}
            C::Back => self.back(),
            C::Filter => {
                self.focus = Pane::Main;
                if let Some(filter) = self.filter_mut() {
                    filter.typing = true;
                }
            }
            C::Follow => self.turn_follow(),
            C::ShowNew => self.show_new(),
            C::ShowClosed if self.screen == Screen::Incidents => {
                self.incidents.show_closed = !self.incidents.show_closed;
            }
            C::ShowHidden => self.turn_hidden(),
            C::ShowClosed => self.restores.show_closed = !self.restores.show_closed,
            _ => {}
        }
    }

    /// Keys of the filter while it has the cursor; whether it took the command.
    pub(super) fn filter_command(&mut self, command: Command) -> bool {
        let Some(filter) = self.filter_mut().filter(|filter| filter.typing) else {
            return false;
        };
        match command {
            // The filter stays in force; Esc in the list takes it away.
            C::Open | C::Back | C::NextPane | C::NextField => filter.typing = false,
            C::Up => self.step(-1),
            C::Down => self.step(1),
            _ => return false,
        }
        true
    }

    fn step(&mut self, by: isize) {
        match (self.screen, self.focus) {
            (Screen::Fleet, _) | (Screen::Jobs, Pane::Tree) => {
                if self.tree.step(by) {
                    self.rebuild_lists();
                }
            }
            (Screen::Jobs, Pane::Main) => {
                let at = self.jobs.selected.as_ref();
                let at = at.and_then(|id| Some((self.fleet.job_key(id)?, id)));
                let at = at.as_ref().map(|(key, id)| (key, *id));
                self.jobs.selected = self.jobs.rows().step(at, by);
            }
            (Screen::Jobs, Pane::Detail) => self.scroll_log(by),
            (Screen::Alerts, Pane::Detail) => {
                self.alerts.below = self.alerts.below.saturating_add_signed(by).min(MOST_LINES);
            }
            (Screen::Alerts, _) => {
                let at = self.alerts.selected.as_ref();
                let at = at.and_then(|id| Some((self.alerts.placed(id)?.key, id)));
                let at = at.as_ref().map(|(key, id)| (key, *id));
                let next = self.alerts.rows.step(at, by);
                self.select_alert(next);
            }
            (Screen::Restores, _) => self.step_request(by),
            (Screen::Incidents, Pane::Detail) => self.scroll_incident(by),
            (Screen::Incidents, _) => self.step_incident(by),
            (Screen::Shift, _) => self.step_shift(by),
        }
    }

    fn step_request(&mut self, by: isize) {
        let rows = &self.restores.rows;
        let at = self
            .restores
            .selected
            .and_then(|id| rows.iter().position(|other| *other == id));
        let at = at.map_or(0, |at| {
            at.saturating_add_signed(by)
                .min(rows.len().saturating_sub(1))
        });
        self.restores.selected = rows.get(at).copied();
    }

    fn step_incident(&mut self, by: isize) {
        let list = &mut self.incidents;
        let at = list.selected;
        let at = at.and_then(|id| list.rows.iter().position(|other| *other == id));
        let last = list.rows.len().saturating_sub(1);
        let at = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
        list.selected = list.rows.get(at).copied();
        list.below = 0;
    }

    /// Up means older: more lines of the time line are below what is shown.
    fn scroll_incident(&mut self, by: isize) {
        let lines = self.incident_lines();
        let list = &mut self.incidents;
        let below = list.below.saturating_add_signed(by.saturating_neg());
        list.below = below.min(lines.saturating_sub(1));
    }

    fn scroll_log(&mut self, by: isize) {
        let log = &mut self.jobs.log;
        let top = log.lines.len();
        // Up means older: more lines are below what is shown.
        log.below = log
            .below
            .saturating_add_signed(by.saturating_neg())
            .min(top);
        log.follow = log.below == 0;
    }

    fn turn_follow(&mut self) {
        let log = &mut self.jobs.log;
        log.follow = !log.follow;
        log.below = 0;
        let text = if log.follow {
            "the log is followed"
        } else {
            "the log is held"
        };
        self.done(text);
    }

    fn side(&mut self, right: bool) {
        if self.screen == Screen::Alerts && self.alerts_side(right) {
            return;
        }
        let in_tree = self.focus == Pane::Tree && self.panes().contains(&Pane::Tree);
        let Some(node) = self.scope().cloned().filter(|_| in_tree) else {
            return self.turn_pane(if right { 1 } else { -1 });
        };
        let row = self.tree.rows.iter().find(|row| row.node == node);
        let open = row.and_then(|row| row.open);
        match (open, right) {
            (Some(false), true) => self.tree.set_open(&self.directory, &node, true),
            (Some(true), false) => self.tree.set_open(&self.directory, &node, false),
            (Some(true), true) => self.step(1),
            (_, false) => self.select_node(self.directory.parent(&node)),
            (None, true) => self.turn_pane(1),
        }
    }

    /// Select a node: it is the scope of every screen.
    pub(super) fn select_node(&mut self, node: Option<Node>) {
        let Some(node) = node else { return };
        if self.tree.reveal(&self.directory, &node) {
            self.rebuild_lists();
        }
    }

    fn turn_pane(&mut self, by: isize) {
        let panes = self.panes();
        let Ok(count) = isize::try_from(panes.len()) else {
            return;
        };
        let at = panes
            .iter()
            .position(|pane| *pane == self.focus)
            .and_then(|at| isize::try_from(at).ok());
        let next = (at.unwrap_or(0) + by).rem_euclid(count.max(1));
        if let Some(pane) = usize::try_from(next).ok().and_then(|at| panes.get(at)) {
            self.focus = *pane;
        }
    }

    fn open(&mut self, env: &Env<'_>) {
        match (self.screen, self.focus) {
            (Screen::Fleet, Pane::Tree) => {
                let row = self
                    .scope()
                    .and_then(|n| self.tree.rows.iter().find(|row| &row.node == n));
                match row.map(|row| (row.node.clone(), row.open)) {
                    Some((node, Some(open))) => self.tree.set_open(&self.directory, &node, !open),
                    _ => self.focus = Pane::Main,
                }
            }
            (Screen::Fleet, _) => {
                self.screen = Screen::Jobs;
                self.focus = Pane::Main;
            }
            (Screen::Jobs, Pane::Tree) => self.focus = Pane::Main,
            (Screen::Jobs, _) => self.focus = Pane::Detail,
            (Screen::Alerts, _) => self.open_alert(false),
            (Screen::Incidents, _) => self.open_incident_row(env),
            (Screen::Shift, _) => self.open_in_shift(env),
            (Screen::Restores, _) => match self.restores.selected {
                Some(id) if self.wizard.as_ref().is_none_or(|w| w.request != id) => {
                    self.open_request(id, env)
                }
                _ => {}
            },
        }
    }

    fn back(&mut self) {
        if self.zoom {
            self.zoom = false;
        } else if let Some(filter) = self.filter_mut().filter(|filter| filter.is_on()) {
            filter.input.clear();
            self.rebuild_lists();
        } else if self.screen == Screen::Restores && self.back_to_incident() {
            // There it came from.
        } else if self.focus == Pane::Detail {
            self.focus = Pane::Main;
        } else if self.screen != Screen::Fleet {
            self.screen = Screen::Fleet;
            self.focus = Pane::Tree;
        }
    }

    /// Left and right on the Alerts screen turn the pages of the detail.
    fn alerts_side(&mut self, right: bool) -> bool {
        match (self.focus, right) {
            (Pane::Detail, _) => {
                let page = self.alerts.page;
                if !self.step_page(right) && !right && page == Page::What {
                    self.focus = Pane::Main;
                }
            }
            (_, true) => self.open_alert(true),
            (_, false) => {}
        }
        true
    }

    pub(super) fn show_new(&mut self) {
        for (id, key) in std::mem::take(&mut self.alerts.waiting) {
            self.alerts.rows.insert(key, id);
        }
    }

    /// Go to the alert whose clock is the hottest: those come after all requests.
    fn urgent_alert(&mut self) -> bool {
        let Some((.., id)) = self.alerts.hottest() else {
            return false;
        };
        let id = id.clone();
        self.show(Screen::Alerts);
        if !self.alerts.placed(&id).is_some_and(|placed| placed.scoped) {
            self.select_node(self.tree.rows.first().map(|row| row.node.clone()));
        }
        if self.alert_row(&id).is_none() {
            self.alerts.filter.input.clear();
            self.rebuild_alerts();
        }
        self.select_alert(Some(id));
        true
    }

    /// Go to what is most urgent in the rail; pressed again, to the next.
    pub(super) fn urgent_clock(&mut self, env: &Env<'_>) {
        let due: Vec<Timed> = self.due().iter().map(Due::of).collect();
        let after = self
            .urgent
            .and_then(|last| due.iter().position(|of| *of == last))
            .map(|at| at + 1);
        let past = after.is_some_and(|at| at >= due.len());
        if (past || due.is_empty()) && self.urgent_alert() {
            self.urgent = None;
            return;
        }
        let next = after.and_then(|at| due.get(at)).or(due.first());
        let Some(of) = next.copied() else {
            return self.done(NOTHING_URGENT);
        };
        self.urgent = Some(of);
        self.go_to_timed(of, env);
    }

    /// Go to what a chip of the rail belongs to.
    pub(super) fn go_to_timed(&mut self, of: Timed, env: &Env<'_>) {
        match of {
            Timed::Request(id) => {
                self.screen = Screen::Restores;
                self.focus = Pane::Main;
                if self.wizard.as_ref().is_some_and(|w| w.request != id) {
                    self.park(env);
                }
                self.restores.selected = Some(id);
            }
            Timed::Incident(id) => self.go_to_incident(id),
            Timed::Promise(id) => self.go_to_promise(id),
        }
    }

    /// Go to what was promised: its incident, or its line on the Shift screen.
    fn go_to_promise(&mut self, id: Uuid) {
        let promises = self.promises();
        let found = promises.iter().find(|it| it.promise.promise == id);
        let Some(promised) = found else {
            return self.bad("this promise is kept meanwhile");
        };
        if let Some(incident) = promised.incident {
            return self.go_to_incident(incident);
        }
        let view = match promised.by == self.me.name {
            true => ShiftView::Mine,
            // Those of others stand among what one hands over.
            false => ShiftView::Handover,
        };
        self.show(Screen::Shift);
        self.shift.view = view;
        self.shift.selected = Some(format!("promise:{id}"));
    }
}
