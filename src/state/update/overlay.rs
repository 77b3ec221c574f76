//! Help, palette, actions and questions: keys inside them, and what an answer does. Find has
//! a file of its own.

use super::super::{
    command::{Command, Danger, Group, TABLE},
    effect::{DemoCommand, Effect},
    find::fit,
    model::{Env, Model},
    overlay::{Ask, AskFor, Confirm, Confirmed, Hit, Overlay},
};
use std::cmp::Reverse;

fn step_number(now: usize, by: isize, count: usize) -> usize {
    now.saturating_add_signed(by).min(count.saturating_sub(1))
}
use ocdeck_domain::restore::{self, Purpose};

impl Model {
    /// Whether the overlay took the command; else it closes and the command is done.
    pub(super) fn overlay_command(&mut self, command: Command, env: &Env<'_>) -> bool {
        use Command as C;
        if matches!(self.overlay, Some(Overlay::Note(_))) {
            self.note_command(command, env);
            return true;
        }
        if matches!(self.overlay, Some(Overlay::Find(_))) && self.find_command(command, env) {
            return true;
        }
        if self.form_command(command, env) {
            return true;
        }
        match command {
            C::NewRestore if matches!(self.overlay, Some(Overlay::Points(_))) => {
                if let Some(Overlay::Points(view)) = self.overlay.take() {
                    self.restore_of(view.system, env);
                }
            }
            // Where nothing says what would be restored, the key does nothing.
            C::NewRestore => {}
            C::Back | C::Quit => {
                if matches!(&self.overlay, Some(Overlay::Ask(a)) if a.purpose == AskFor::LowerPriority)
                {
                    self.keep_priority();
                }
                // Help of a note goes back to it.
                self.overlay = self.parked_note.take();
            }
            C::Up => self.overlay_step(-1),
            C::Down => self.overlay_step(1),
            C::PageUp => self.overlay_step(-10),
            C::PageDown => self.overlay_step(10),
            C::First => self.overlay_step(isize::MIN / 2),
            C::Last => self.overlay_step(isize::MAX / 2),
            C::Open | C::Dispatch => self.overlay_open(env),
            C::Help if matches!(self.overlay, Some(Overlay::Help(_))) => {
                self.overlay = self.parked_note.take();
            }
            _ => {
                // A question stays until it is answered, and so does the help of a note.
                return self.parked_note.is_some()
                    || matches!(
                        self.overlay,
                        Some(
                            Overlay::Ask(_)
                                | Overlay::Confirm(_)
                                | Overlay::Palette(_)
                                | Overlay::Find(_)
                        )
                    );
            }
        }
        true
    }

    fn overlay_step(&mut self, by: isize) {
        let help = self.help_commands().len();
        let mistakes = self.config.mistakes.len() + self.config.notices.len();
        match &mut self.overlay {
            Some(Overlay::Help(at)) => *at = step_number(*at, by, help),
            Some(Overlay::Config(top)) => *top = step_number(*top, by, mistakes),
            Some(Overlay::Palette(palette)) => {
                palette.selected = step_number(palette.selected, by, palette.hits.len())
            }
            Some(Overlay::Find(find)) => find.step(by),
            Some(Overlay::Points(view)) => {
                let count = view.points.known().map_or(0, Vec::len);
                view.selected = step_number(view.selected, by, count);
            }
            Some(Overlay::Actions { rows, selected }) => {
                *selected = step_number(*selected, by, rows.len())
            }
            Some(Overlay::Ask(ask)) if !ask.offers.is_empty() => {
                let at = ask
                    .selected
                    .map_or(0, |at| step_number(at, by, ask.offers.len()));
                ask.selected = Some(at);
                if let Some(offer) = ask.offers.get(at) {
                    ask.input.set(&offer.clone());
                }
            }
            _ => {}
        }
    }

    fn overlay_open(&mut self, env: &Env<'_>) {
        match self.overlay.take() {
            Some(Overlay::Palette(palette)) => {
                if let Some(hit) = palette.hits.get(palette.selected) {
                    self.command(hit.command, env);
                }
            }
            Some(Overlay::Actions { rows, selected }) => {
                if let Some(command) = rows.get(selected) {
                    self.command(*command, env);
                }
            }
            Some(Overlay::Help(selected)) => {
                // Help of a note goes back to it, and does it there.
                self.overlay = self.parked_note.take();
                if let Some(command) = self.help_commands().get(selected).copied()
                    && !matches!(command, Command::Help | Command::Open)
                {
                    self.command(command, env);
                }
            }
            Some(Overlay::Ask(ask)) => self.answer(ask, env),
            Some(Overlay::Confirm(confirm)) => self.confirmed(confirm, env),
            Some(
                Overlay::Config(_)
                | Overlay::Points(_)
                | Overlay::Find(_)
                | Overlay::Form(_)
                | Overlay::Note(_),
            )
            | None => self.overlay = self.parked_note.take(),
        }
    }

    fn answer(&mut self, ask: Ask, env: &Env<'_>) {
        let text = ask.input.text().trim().to_owned();
        if text.is_empty() && ask.purpose != AskFor::EditLine {
            let missing = ask.purpose.missing();
            self.overlay = Some(Overlay::Ask(ask));
            return self.bad(missing);
        }
        match ask.purpose {
            AskFor::Alert(what, id) => self.alert_answer(what, &id, text, env),
            AskFor::Cancel(id) => self.cancel(id, text, env),
            AskFor::Close(id) => {
                self.close(
                    id,
                    &[restore::Event::Noted { text }, restore::Event::Closed],
                    env,
                );
            }
            AskFor::Approve(id, attempt) => {
                if !self.approve_typed(id, attempt, &text) {
                    self.overlay = Some(Overlay::Ask(ask));
                }
            }
            AskFor::Reject(id, attempt) => self.decide(id, attempt, false, text),
            AskFor::Validate(id) => self.validate(id, text, env),
            AskFor::LowerPriority => {
                self.record_kind(&text, env);
                let wizard = self.wizard.as_ref();
                let test = wizard.is_some_and(|w| w.purpose == Purpose::RecoveryTest);
                self.say_when_written(match test {
                    true => "it is a recovery test now, and has no clock",
                    false => "the priority is lowered; the clock keeps its start",
                });
            }
            AskFor::Finding => self.found_in_sweep(text, env),
            AskFor::Promise
            | AskFor::BeginHandover
            | AskFor::CancelHandover
            | AskFor::AddLine
            | AskFor::EditLine
            | AskFor::TakeOverShift
            | AskFor::TakeOverReason => self.answer_shift(ask.purpose, text, env),
            purpose => self.incident_answer(purpose, text, env),
        }
    }

    fn confirmed(&mut self, confirm: Confirm, env: &Env<'_>) {
        match confirm.action {
            Confirmed::SendAsMine(id, attempt) => self.send_as_mine(id, attempt, env),
            Confirmed::EndSweep => self.end_sweep(env),
            Confirmed::StopJob(id, session) => self.stop_job(id, session, env),
            Confirmed::RetryJob(id) => self.start_job(id, "retry, the client was asked"),
            Confirmed::TakePoint(point, path, marked) => {
                self.take_point_for(&point, path, marked);
            }
            Confirmed::DemoLose => {
                self.wait("deleting acme/erp01");
                self.effects
                    .push(Effect::Demo(DemoCommand::Lose("acme/erp01".to_owned())));
            }
            Confirmed::Quit => self.effects.push(Effect::Quit),
        }
    }

    /// Lowering a priority after the first choice needs a reason.
    pub(super) fn ask_lower(&mut self) {
        let wizard = self.wizard.as_ref();
        let text = match wizard.map(|wizard| wizard.purpose) {
            Some(Purpose::RecoveryTest) => "Why is it a recovery test? That has no clock.",
            _ => "Why? The clock keeps the time when the call was received.",
        };
        self.overlay = Some(Overlay::Ask(Ask {
            title: "Lower the priority".to_owned(),
            text: text.to_owned(),
            input: Default::default(),
            offers: Vec::new(),
            selected: None,
            purpose: AskFor::LowerPriority,
        }));
    }

    /// No reason was given: everything stays as the desk has it.
    fn keep_priority(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        if let Some(request) = self.requests.get(wizard.request) {
            wizard.priority = request.chosen;
            wizard.purpose = request.purpose;
            wizard.asked = request.asked;
            wizard.kind_selected = request.asked.unwrap_or(wizard.kind_selected);
            wizard.whole = wizard.asked_whole();
        }
        self.wait("the priority stays as it was");
    }

    pub(super) fn open_actions(&mut self) {
        use Command as C;
        // Of the Shift screen what is done with a line, not with the shift.
        let line = |command| {
            matches!(
                command,
                C::ReadLine | C::EditLine | C::RemoveLine | C::TakeOne | C::Kept
            )
        };
        let rows: Vec<Command> = TABLE
            .iter()
            .filter(|info| info.group == Group::Selected || line(info.command))
            .filter(|info| info.command != C::Actions)
            .map(|info| info.command)
            .filter(|command| self.applies(*command))
            .collect();
        self.overlay = Some(Overlay::Actions { rows, selected: 0 });
    }

    /// Commands that fit what is typed in the palette, the best first.
    pub(super) fn search_palette(&mut self) {
        let Some(Overlay::Palette(mut palette)) = self.overlay.take() else {
            return;
        };
        let query = palette.input.text();
        let all = query.trim().is_empty();
        let mut hits: Vec<(u32, Hit)> = TABLE
            .iter()
            .filter(|info| self.in_palette(info.command))
            .filter_map(|info| {
                let label = fit(&query, info.label);
                let other = fit(&query, info.help).or_else(|| fit(&query, info.name));
                let score = match (&label, &other) {
                    _ if all => 0,
                    (Some(label), _) => label.score + 100,
                    (None, Some(other)) => other.score,
                    (None, None) => return None,
                };
                let matched = label.map(|f| f.matched).unwrap_or_default();
                Some((
                    score,
                    Hit {
                        command: info.command,
                        matched,
                        off: self.why_not(info.command),
                    },
                ))
            })
            .collect();
        hits.sort_by_key(|(score, hit)| (Reverse(*score), hit.off.is_some()));
        palette.hits = hits.into_iter().map(|(_, hit)| hit).collect();
        palette.selected = 0;
        self.overlay = Some(Overlay::Palette(palette));
    }

    /// Moving the cursor is nothing to look for.
    fn in_palette(&self, command: Command) -> bool {
        use Command as C;
        let moves = matches!(
            command,
            C::Up
                | C::Down
                | C::Left
                | C::Right
                | C::PageUp
                | C::PageDown
                | C::First
                | C::Last
                | C::Palette
                | C::Find
                | C::Open
                | C::Back
                | C::NextField
                | C::PreviousField
        );
        !moves
            && command.edit().is_none()
            && self.applies(command)
            && (command.info().danger != Danger::Destroys || command != C::Dispatch)
    }
}
