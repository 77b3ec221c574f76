//! The search inside points and the versions of a path: what is asked for follows from what
//! stands in the wizard; what nobody looks at any more is stopped.

use super::{
    super::{
        effect::{Call, Ticket},
        model::Model,
        msg::CallError,
        overlay::{Confirm, Confirmed, Overlay},
        pending::Asked,
        wizard::{Field, Load, Lookup, Marked, Step, Versions},
        words,
    },
    plan::why,
};
use ocdeck_domain::{
    facts::{Hit, LookEnd, PathBytes, Searched, Version},
    ids::PointId,
    text,
};

/// Folders that are asked for at once to learn what marks are.
const LOOKS_AT_MARKS: usize = 4;

impl Model {
    /// Whether hits are moved through and their text field has the cursor.
    pub(super) fn searching(&self) -> bool {
        let focus = self.wizard.as_ref().map(|w| w.focus);
        focus == Some(Field::Search)
    }

    /// Look for a name inside the point.
    pub(super) fn open_search(&mut self) {
        self.visit(Step::What);
        self.with_wizard(|w| w.focus = Field::Search);
    }

    /// This point, or all points of the system.
    pub(super) fn turn_points(&mut self) {
        self.with_wizard(|w| w.search.all = !w.search.all);
    }

    /// Back from versions or hits to what was there before; whether there was something.
    pub(super) fn leave_look(&mut self) -> bool {
        let Some(wizard) = &mut self.wizard else {
            return false;
        };
        match wizard.focus {
            Field::Versions => {
                let back = wizard.versions.take().map(|v| v.back);
                wizard.focus = back.unwrap_or(Field::Browser);
            }
            Field::Search => wizard.focus = Field::Browser,
            _ => return false,
        }
        self.browse();
        true
    }

    /// The states that the selected path has had.
    pub(super) fn open_versions(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        if wizard.focus == Field::Versions {
            return;
        }
        let path = match wizard.subject() {
            Ok(path) => path,
            Err(why) => return self.bad(why),
        };
        let (back, request) = (wizard.focus, wizard.request);
        let Some(system) = wizard.system.clone() else {
            return;
        };
        let call = Call::Versions(system.id, path.clone());
        let load = if self.fleet.is_live(&system.appliance) {
            let ticket = self.ask(&system.appliance, call, Asked::Versions(request));
            Load::Asking {
                ticket,
                since: self.now,
            }
        } else {
            Load::Failed(format!("{} is not up", system.appliance), self.now)
        };
        self.with_wizard(|w| {
            w.focus = Field::Versions;
            w.versions = Some(Versions {
                path,
                rows: Vec::new(),
                selected: 0,
                searched: Searched::default(),
                load,
                back,
            });
        });
    }

    /// Search for what is typed, once it differs from what was searched for.
    pub(super) fn follow_search(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let wanted = wizard.search_wanted();
        if wanted == wizard.search.of {
            return;
        }
        let Some((wanted, system)) = wanted.zip(wizard.system.clone()) else {
            if wizard.searching() {
                wizard.search.hits.clear();
                wizard.search.of = None;
                wizard.search.load = Load::Nothing;
            } else {
                // What was found stays; what was cut off is searched for again.
                wizard.search.ask_again();
            }
            return;
        };
        let request = wizard.request;
        let load = if self.fleet.is_live(&system.appliance) {
            let call = Call::Search(wanted.clone());
            let ticket = self.ask(&system.appliance, call, Asked::Search(request));
            Load::Asking {
                ticket,
                since: self.now,
            }
        } else {
            let text = format!(
                "{} is not up; it is searched when it is back",
                system.appliance
            );
            Load::Failed(text, self.now)
        };
        self.with_wizard(|w| {
            let before = w.search.of.replace(wanted);
            if before.map(|it| it.query) != w.search.of.as_ref().map(|it| it.query.clone()) {
                w.search.chosen = None;
            }
            w.search.hits.clear();
            w.search.searched = Searched::default();
            w.search.load = load;
        });
    }

    /// Stop what was asked for and is not waited for any more.
    pub(super) fn forget_looks(&mut self) {
        let mut live = Vec::new();
        if let Some(wizard) = &self.wizard {
            live.extend(wizard.search.ticket());
            live.extend(wizard.versions.as_ref().and_then(Lookup::ticket));
        }
        let old = std::mem::replace(&mut self.looks, live);
        for ticket in old {
            if !self.looks.contains(&ticket) {
                self.forget(Some(ticket));
            }
        }
    }

    /// What a ticket's answers are for, if they are still waited for.
    fn lookup(&mut self, ticket: Ticket) -> Option<&mut dyn Lookup> {
        let wizard = self.wizard.as_mut()?;
        if wizard.search.ticket() == Some(ticket) {
            return Some(&mut wizard.search);
        }
        let versions = wizard.versions.as_mut()?;
        (versions.ticket() == Some(ticket)).then_some(versions as &mut dyn Lookup)
    }

    pub(super) fn looked(&mut self, ticket: Ticket, at: Searched) {
        if let Some(lookup) = self.lookup(ticket) {
            *lookup.state().0 = at;
        }
    }

    pub(super) fn hits_came(&mut self, ticket: Ticket, hits: Vec<Hit>) {
        self.with_wizard(|w| {
            if w.search.ticket() == Some(ticket) {
                w.search.hits.extend(hits);
            }
        });
    }

    pub(super) fn versions_came(&mut self, ticket: Ticket, rows: Vec<Version>) {
        self.with_wizard(|w| {
            let Some(versions) = w.versions.as_mut().filter(|v| v.ticket() == Some(ticket)) else {
                return;
            };
            versions.rows.extend(rows);
            // The cursor begins at what the taken point holds, unless it was moved.
            let Some(versions) = w.versions.as_ref().filter(|v| v.selected == 0) else {
                return;
            };
            let here = versions.rows.iter().position(|row| w.holds(row));
            if let (Some(here), Some(versions)) = (here, w.versions.as_mut()) {
                versions.selected = here;
            }
        });
    }

    pub(super) fn look_ended(&mut self, ticket: Ticket, result: Result<LookEnd, CallError>) {
        let now = self.now;
        let result = result.map_err(|error| why(&error));
        let failed = result.as_ref().err().cloned();
        let Some(lookup) = self.lookup(ticket) else {
            return;
        };
        lookup.end(result, now);
        if let Some(why) = failed {
            self.bad(why);
        }
    }

    /// Learn what marks are that were typed, or seen in another point, so that totals are
    /// those of the point that is taken.
    pub(super) fn follow_marks(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let (Some(system), Some(point)) = (wizard.system.clone(), wizard.point.clone()) else {
            return;
        };
        let mut due = Vec::new();
        for folder in wizard.unseen() {
            match wizard.folders.get(&(point.clone(), folder.clone())) {
                Some(Load::Known(..)) => wizard.see(&folder),
                Some(Load::Asking { .. } | Load::Failed(..)) => {}
                Some(Load::Nothing) | None => due.push(folder),
            }
        }
        let asking = wizard
            .folders
            .values()
            .filter(|load| matches!(load, Load::Asking { .. }))
            .count();
        if due.is_empty() || !self.fleet.is_live(&system.appliance) {
            return;
        }
        let request = wizard.request;
        for folder in due.into_iter().take(LOOKS_AT_MARKS.saturating_sub(asking)) {
            let key = (point.clone(), folder.clone());
            let ticket = self.ask(
                &system.appliance,
                Call::Browse(system.id.clone(), point.clone(), folder.clone()),
                Asked::Folder(request, point.clone(), folder),
            );
            let since = self.now;
            self.with_wizard(|w| drop(w.folders.insert(key, Load::Asking { ticket, since })));
        }
    }

    /// Take away the marks that the point does not hold.
    pub(super) fn drop_absent(&mut self) {
        let dropped = self.with_wizard(|w| {
            let point = w.point.clone();
            let before = w.marks.len();
            w.marks.retain(|_, mark| !mark.is_absent(point.as_ref()));
            before - w.marks.len()
        });
        self.done(match dropped {
            1 => "1 mark taken away".to_owned(),
            _ => format!("{dropped} marks taken away"),
        });
    }

    /// Mark the selected hit, or take its mark away. A hit of another point offers that
    /// point first: one restore is from one point.
    pub(super) fn take_hit(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let typed = wizard.text(Field::Search);
        if typed.trim().starts_with('/') {
            wizard.lines.entry(Field::Path).or_default().set(&typed);
            wizard.lines.entry(Field::Search).or_default().clear();
            wizard.focus = Field::Path;
            return self.take_path();
        }
        let Some(hit) = wizard.search.hit().cloned() else {
            let text = match wizard.query_refused() {
                Some("") => "type a part of the name",
                Some(refused) => refused,
                None => "nothing is found to mark",
            };
            return self.bad(text);
        };
        let shown = text::show(&hit.path);
        let marked = Marked::seen(Some(&hit.point), hit.kind, hit.size);
        if wizard.point.as_ref() == Some(&hit.point) {
            let name = name(&hit.path);
            return match wizard.toggle(hit.path, marked) {
                Ok(true) => self.done(format!("{name} marked")),
                Ok(false) => self.done(format!("{name} no longer marked")),
                Err(why) => self.bad(why),
            };
        }
        let zone = self.me.zone;
        let here = wizard.chosen_point().map(|p| words::short(p.time, zone));
        let there = words::short(hit.time, zone);
        let others = wizard
            .marks
            .keys()
            .filter(|path| **path != hit.path)
            .count();
        let mut question = format!(
            "{shown} as it was at {there}. Now taken: the point of {}. One restore is from one point.",
            here.unwrap_or_default()
        );
        if others > 0 {
            question.push_str(&format!(
                " Other marks ({others}) are then brought back as they were at {there}, too."
            ));
        }
        self.overlay = Some(Overlay::Confirm(Confirm {
            title: format!("Take the point of {there}?"),
            text: question,
            yes: "take that point and mark it",
            action: Confirmed::TakePoint(hit.point, hit.path, marked),
        }));
    }

    /// Take a point and mark a path of it.
    pub(super) fn take_point_for(&mut self, point: &PointId, path: PathBytes, marked: Marked) {
        let zone = self.me.zone;
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let time = wizard.point_of(point).map(|p| words::short(p.time, zone));
        let Some(time) = time else {
            return self.bad("that point is not listed any more; look again at step 3");
        };
        let changed = wizard.point.as_ref() != Some(point);
        if let Err(why) = wizard.take_with(point, &path, marked) {
            return self.bad(why);
        }
        let others = wizard.marks.keys().filter(|other| **other != path).count();
        let shown = name(&path);
        let mut said = match changed {
            true => format!("{shown} marked, point of {time} taken"),
            false => format!("{shown} marked"),
        };
        if changed && others > 0 {
            said = format!("{said}; {} from that point too", marks_are(others));
        }
        self.done(said);
        self.browse();
    }

    /// Take the selected version: its point, and a mark on the path.
    pub(super) fn take_version(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let Some(versions) = &wizard.versions else {
            return;
        };
        let Some(version) = versions.rows.get(versions.selected).cloned() else {
            return match &versions.load {
                Load::Asking { .. } => self.wait("the points are still being looked at"),
                _ => self.bad("there is no version to take"),
            };
        };
        let (path, back) = (versions.path.clone(), versions.back);
        let point = match (&wizard.point, wizard.holds(&version)) {
            (Some(here), true) => here.clone(),
            _ => version.newest.clone(),
        };
        let marked = Marked::seen(Some(&point), version.kind, version.size);
        wizard.versions = None;
        wizard.focus = back;
        self.take_point_for(&point, path, marked);
    }
}

/// The last name of a path: an outcome has little room.
fn name(path: &[u8]) -> String {
    text::show(path.rsplit(|byte| *byte == b'/').next().unwrap_or(path))
}

/// "the other mark is", "the 3 other marks are".
fn marks_are(others: usize) -> String {
    match others {
        1 => "the other mark is".to_owned(),
        _ => format!("the {others} other marks are"),
    }
}
