//! Hooks: what happened is written to the desk first, under an id that every keeper derives
//! alike; who finds its own name there runs the command, and tells how it ended.

use super::super::{
    effect::{DeskCommand, Effect},
    keeper::{HookCall, Keeper},
    model::{Env, Model},
};
use chrono::TimeDelta;
use ocdeck_domain::{
    hook::{Event, Occasion, Outcome, Run},
    ids::HookRunId,
    journal::NewRecord,
};

impl Model {
    /// This is a console without a screen.
    pub(super) fn keeping(&mut self, keeper: Keeper) {
        self.keeper = Some(keeper);
    }

    /// Time went on: what is new is claimed, what was lost is told.
    pub(super) fn hooks_due(&mut self, env: &Env<'_>) {
        if self.desk.loaded && self.keeper.is_some() {
            self.claim_hooks(env);
            self.find_lost_hooks(env);
        }
    }

    /// Runs of this keeper that stand on the desk and were not begun yet.
    pub(super) fn begin_hooks(&mut self) {
        let Some(keeper) = &self.keeper else { return };
        let mine = |run: &&Run| run.runner == keeper.runner && !keeper.begun.contains(&run.id);
        let runs: Vec<Run> = self.book.hooks.running().filter(mine).cloned().collect();
        for run in runs {
            let call = HookCall {
                run: run.id,
                event: run.occasion.trigger.name(),
                input: self.hook_input(&run),
                hook: run.hook,
            };
            if let Some(keeper) = &mut self.keeper {
                keeper.begun.insert(run.id);
            }
            self.effects.push(Effect::Hook(call));
        }
    }

    /// Says on the desk what this keeper would run. Another one may have been faster.
    fn claim_hooks(&mut self, env: &Env<'_>) {
        let Some(keeper) = &self.keeper else { return };
        if keeper.rules.is_empty() {
            return;
        }
        let occasions = self.occasions();
        let mut claims: Vec<(HookRunId, Event)> = Vec::new();
        for rule in &keeper.rules {
            let on = |occasion: &&Occasion| rule.on.contains(&occasion.trigger);
            for occasion in occasions.iter().filter(on) {
                let id = occasion.run(&rule.hook);
                if self.book.hooks.get(id).is_some() || keeper.claimed.contains(&id) {
                    continue;
                }
                let event = Event::HookRun {
                    hook: rule.hook.clone(),
                    occasion: occasion.clone(),
                    runner: keeper.runner,
                    host: keeper.host.clone(),
                };
                claims.push((id, event));
            }
        }
        let ids = claims.iter().map(|(id, _)| *id);
        if let Some(keeper) = &mut self.keeper {
            keeper.claimed.extend(ids);
        }
        for (id, event) in claims {
            self.append_hook(env, id, &event);
        }
    }

    /// A keeper that was killed tells no end.
    fn find_lost_hooks(&mut self, env: &Env<'_>) {
        let runner = self.keeper.as_ref().map(|keeper| keeper.runner);
        let after = TimeDelta::seconds(self.policy.hook.lost_after.into());
        let lost = |run: &&Run| Some(run.runner) != runner && env.now - run.claimed > after;
        let lost: Vec<HookRunId> = self
            .book
            .hooks
            .running()
            .filter(lost)
            .map(|r| r.id)
            .collect();
        for id in lost {
            self.end_hook(env, id, Outcome::Unknown);
        }
    }

    /// A command ended.
    pub(super) fn hook_ended(&mut self, id: HookRunId, outcome: Outcome, env: &Env<'_>) {
        self.end_hook(env, id, outcome);
    }

    fn end_hook(&mut self, env: &Env<'_>, id: HookRunId, outcome: Outcome) {
        self.append_hook(env, id, &Event::HookEnded { outcome });
    }

    fn append_hook(&mut self, env: &Env<'_>, id: HookRunId, event: &Event) {
        let record: NewRecord = event.record(id, env.now, &self.me.name);
        if self.witnessing.insert(record.event_id) {
            self.effects.push(Effect::Desk(DeskCommand::Append {
                records: vec![record],
            }));
        }
    }

    /// The end of a run came from the desk: one that failed is told to everybody.
    pub(super) fn hook_folded(&mut self, id: HookRunId) {
        let Some(run) = self.book.hooks.get(id) else {
            return;
        };
        let name = self.hook_name(run);
        let host = &run.host;
        match run.ended.as_ref().map(|(_, outcome)| outcome) {
            Some(Outcome::Failed(why)) => self.bad(format!("{name} failed at {host}: {why}")),
            Some(Outcome::Unknown) => self.bad(format!(
                "whether the {name} ran at {host} is not known: its keeper is gone"
            )),
            Some(Outcome::Done) | None => {}
        }
    }
}
