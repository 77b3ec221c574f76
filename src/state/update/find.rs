//! Find anything: what is typed becomes a question to the index, a hit becomes a place to be.

use super::super::{
    command::Command,
    effect::{Call, Effect},
    find::{
        Change, Find, FindCommand, Found, Heading, Hits, Kind, PointsView, Question, Target, Then,
        directory_names, incident_name, request_name,
    },
    lists::JobClass,
    model::{Env, Model, Screen},
    msg::CallError,
    overlay::Overlay,
    pending::Asked,
    wizard::Load,
};
use ocdeck_domain::{
    facts::RestorePoint,
    fleet::Node,
    ids::{ApplianceId, On, RequestId, SystemId, TenantId},
    incident::Origin,
};

/// How many things found before are remembered.
const REMEMBERED: usize = 6;
/// How many urgent things of a kind are offered while nothing is typed.
const OFFERED: usize = 8;

impl Model {
    pub(super) fn open_find(&mut self) {
        let mut find = Find::default();
        find.show(self.offered());
        find.answered = true;
        self.overlay = Some(Overlay::Find(find));
    }

    /// What is offered while nothing is typed: found before, then what is urgent.
    fn offered(&self) -> Hits {
        let recent = self.recent.iter().cloned().collect();
        let open = self.restores.rows.iter().copied();
        let open = open.filter(|id| self.requests.get(*id).is_some_and(|r| !r.phase().over()));
        let failed = self.jobs.rows().ids();
        let failed = failed.take_while(|id| self.fleet.class(id) == JobClass::Failed);
        let groups = [
            (Heading::Recent, recent),
            (
                Heading::Open,
                open.take(OFFERED).map(Target::Request).collect(),
            ),
            (
                Heading::Failed,
                failed.take(OFFERED).cloned().map(Target::Job).collect(),
            ),
        ];
        Hits {
            groups: groups
                .into_iter()
                .filter(|(_, targets): &(_, Vec<Target>)| !targets.is_empty())
                .map(|(heading, targets)| (heading, targets, 0))
                .collect(),
        }
    }

    fn with_find(&mut self, f: impl FnOnce(&mut Find)) {
        if let Some(Overlay::Find(find)) = &mut self.overlay {
            f(find);
        }
    }

    /// What is typed changed: the best hit is selected again.
    pub(super) fn find_typed(&mut self) {
        self.with_find(|find| {
            find.moved = false;
            find.then = None;
        });
        self.ask_index();
    }

    fn ask_index(&mut self) {
        let Some(Overlay::Find(find)) = &self.overlay else {
            return;
        };
        let question = Question {
            number: self.next_question,
            text: find.input.text(),
            only: find.only,
        };
        self.next_question += 1;
        let number = question.number;
        if question.text.trim().is_empty() {
            let offered = self.offered();
            return self.with_find(|find| {
                find.asked = number;
                find.answered = true;
                find.only = None;
                find.show(offered);
            });
        }
        self.with_find(|find| {
            find.asked = number;
            find.answered = false;
        });
        self.effects.push(Effect::Find(FindCommand::Ask(question)));
    }

    /// The index answered.
    pub(super) fn found(&mut self, found: &Found, env: &Env<'_>) {
        let mut then = None;
        self.with_find(|find| {
            if find.take(found) {
                then = find.then.take();
            }
        });
        if let Some(then) = then {
            self.find_then(then, env);
        }
    }

    /// Whether find took the command.
    pub(super) fn find_command(&mut self, command: Command, env: &Env<'_>) -> bool {
        use Command as C;
        match command {
            C::Open => self.find_then(Then::Go, env),
            C::NewRestore => self.find_then(Then::Act, env),
            C::NextPane | C::PreviousPane => self.find_only(),
            C::CopyId => {
                let target = self.found_selected();
                if let Some(text) = target.map(|target| self.target_id(&target)) {
                    let ticket = self.ticket(None, Asked::Copy(text.clone()));
                    self.effects.push(Effect::Copy(ticket, text));
                }
            }
            _ => return false,
        }
        true
    }

    /// The thing that is selected among what was found.
    pub fn found_selected(&self) -> Option<Target> {
        match &self.overlay {
            Some(Overlay::Find(find)) => find.selected.clone(),
            _ => None,
        }
    }

    /// Only things of the selected one's kind, or of all again.
    fn find_only(&mut self) {
        self.with_find(|find| {
            let kind = find.selected.as_ref().map(Target::kind);
            find.only = if find.only.is_some() { None } else { kind };
        });
        self.ask_index();
    }

    /// Do something with the selected hit; with the best one, once it is known, if what is
    /// shown answers an older question.
    fn find_then(&mut self, then: Then, env: &Env<'_>) {
        let Some(Overlay::Find(find)) = &mut self.overlay else {
            return;
        };
        if !find.answered && !find.moved {
            find.then = Some(then);
            return;
        }
        let Some(target) = find.selected.clone() else {
            return self.bad("nothing fits what is typed");
        };
        if then == Then::Act && self.act_label(&target).is_none() {
            return self.wait("nothing but going there: Enter");
        }
        self.overlay = None;
        self.recent.retain(|other| other != &target);
        self.recent.push_front(target.clone());
        self.recent.truncate(REMEMBERED);
        match then {
            Then::Go => self.go_to(target, env),
            Then::Act => self.act_on(target, env),
        }
    }

    /// What one does with such a thing beside looking at it, in the fewest words.
    pub fn act_label(&self, target: &Target) -> Option<&'static str> {
        match target {
            Target::System(_) | Target::Job(_) => Some("restore"),
            Target::Contact(..) => Some("call card"),
            Target::Request(_) => Some("continue"),
            Target::Incident(_) => Some("take"),
            Target::Appliance(_) => Some("dial now"),
            Target::Tenant(_) | Target::Alert(_) | Target::Site(_) | Target::Party(_) => None,
        }
    }

    /// What `Enter` shows of such a thing, in the fewest words.
    pub fn go_label(&self, target: &Target) -> &'static str {
        match target.kind() {
            Kind::System => "restore points",
            _ => "go there",
        }
    }

    /// Go to a thing: its scope, its screen, itself selected.
    pub(super) fn go_to(&mut self, target: Target, env: &Env<'_>) {
        match target {
            Target::Party(id) => self.go_to_node(Node::Party(id)),
            Target::Tenant(id) | Target::Contact(id, ..) => self.go_to_node(Node::Tenant(id)),
            Target::Site(id) => {
                let site = Node::Site(id.clone());
                // A site with one appliance has no row of its own.
                let node = match self.directory.children(Some(&site)) {
                    [] => self.only_appliance_at(&id).unwrap_or(site),
                    _ => site,
                };
                self.go_to_node(node);
            }
            Target::Appliance(id) => {
                if let Some(node) = self.appliance_node(&id, None) {
                    self.go_to_node(node);
                }
            }
            Target::System(id) => self.go_to_system(id),
            Target::Job(id) => {
                let Some(job) = self.fleet.job(&id) else {
                    return self.gone(&id);
                };
                let tenant = job.tenant.clone();
                self.select_node(Some(Node::Tenant(tenant)));
                self.jobs.filter.input.clear();
                self.rebuild_lists();
                self.show(Screen::Jobs);
                self.jobs.selected = Some(id);
            }
            Target::Alert(id) => {
                let Some(alert) = self.alert(&id) else {
                    return self.gone(&id);
                };
                let node = match &alert.tenant {
                    Some(tenant) => Some(Node::Tenant(tenant.clone())),
                    None => self.appliance_node(&id.appliance, None),
                };
                self.select_node(node);
                self.alerts.filter.input.clear();
                self.rebuild_lists();
                self.show(Screen::Alerts);
                self.select_alert(Some(id));
            }
            Target::Request(id) => self.go_to_request(id, env),
            Target::Incident(id) => self.go_to_incident(id),
        }
    }

    fn gone(&mut self, id: &impl ToString) {
        self.bad(format!("{} is not there any more", id.to_string()));
    }

    fn go_to_node(&mut self, node: Node) {
        self.select_node(Some(node));
        self.show(Screen::Fleet);
    }

    fn only_appliance_at(&self, site: &ocdeck_domain::ids::SiteId) -> Option<Node> {
        let at = self.directory.appliances().find(|a| a.sites.contains(site));
        at.map(|a| Node::Appliance(Some(site.clone()), a.id.clone()))
    }

    /// The row of an appliance, below that tenant if it serves several.
    fn appliance_node(&self, id: &ApplianceId, tenant: Option<&TenantId>) -> Option<Node> {
        let appliance = self.directory.appliance(id)?;
        let of_tenant = appliance.sites.iter().find(|site| {
            let site = self.directory.site(site);
            tenant.is_none() || site.map(|site| &site.tenant) == tenant
        });
        Some(Node::Appliance(of_tenant.cloned(), id.clone()))
    }

    pub(super) fn go_to_request(&mut self, id: RequestId, env: &Env<'_>) {
        if self.wizard.as_ref().is_some_and(|w| w.request != id) {
            self.park(env);
        }
        let over = self.requests.get(id).is_some_and(|r| r.phase().over());
        self.restores.show_closed |= over;
        self.restores.filter.input.clear();
        self.show(Screen::Restores);
        self.restores.selected = Some(id);
    }

    /// A system: its appliance, and its restore points above.
    fn go_to_system(&mut self, id: On<SystemId>) {
        let Some(system) = self.fleet.system(&id) else {
            return self.gone(&id);
        };
        let tenant = system.tenant.clone();
        if let Some(node) = self.appliance_node(&id.appliance, Some(&tenant)) {
            self.go_to_node(node);
        }
        let points = if self.fleet.is_live(&id.appliance) {
            let call = Call::Points(id.id.clone());
            let ticket = self.ask(&id.appliance.clone(), call, Asked::PointsOf(id.clone()));
            Load::Asking {
                ticket,
                since: self.now,
            }
        } else {
            let text = format!("{} is not up: its points cannot be asked for", id.appliance);
            Load::Failed(text, self.now)
        };
        self.overlay = Some(Overlay::Points(PointsView {
            system: id,
            points,
            selected: 0,
        }));
    }

    /// The points of a system that is looked at came.
    pub(super) fn points_seen(
        &mut self,
        id: &On<SystemId>,
        result: Result<Vec<RestorePoint>, CallError>,
    ) {
        let now = self.now;
        let Some(Overlay::Points(view)) = &mut self.overlay else {
            return;
        };
        if &view.system != id {
            return;
        }
        view.points = match result {
            Ok(mut points) => {
                points.sort_by_key(|point| std::cmp::Reverse(point.time));
                Load::Known(points, now)
            }
            Err(error) => Load::Failed(super::plan::why(&error), now),
        };
    }

    /// Begin what one does with such a thing.
    fn act_on(&mut self, target: Target, env: &Env<'_>) {
        match target {
            Target::System(id) => self.restore_of(id, env),
            Target::Job(id) => match self.fleet.job(&id).map(|job| job.system.clone()) {
                Some(system) => self.restore_of(On::new(id.appliance, system), env),
                None => self.gone(&id),
            },
            Target::Contact(ref tenant, ..) => {
                let tenant = tenant.clone();
                let Some(contact) = target.contact(&self.directory).cloned() else {
                    return self.bad("this contact is not on file any more");
                };
                self.select_node(Some(Node::Tenant(tenant)));
                if let Some(why) = self.why_not(Command::CallCard) {
                    return self.bad(format!("call card: {why}"));
                }
                if self.open_call(None, env) {
                    self.caller_on_file(contact, None);
                }
            }
            Target::Request(id) => {
                self.go_to_request(id, env);
                match self.continue_off() {
                    None => self.continue_request(id, env),
                    Some(why) => self.bad(format!("continue: {why}")),
                }
            }
            Target::Incident(id) => {
                self.go_to_incident(id);
                match self.incident_off(Command::IncidentTake) {
                    None => self.command(Command::IncidentTake, env),
                    Some(why) => self.bad(format!("take: {why}")),
                }
            }
            Target::Appliance(id) => {
                self.wait(format!("dialling {id}"));
                self.effects.push(Effect::Redial(id));
            }
            Target::Tenant(_) | Target::Alert(_) | Target::Site(_) | Target::Party(_) => {}
        }
    }

    /// Open a request for a system.
    pub(super) fn restore_of(&mut self, id: On<SystemId>, env: &Env<'_>) {
        let Some(system) = self.fleet.system(&id) else {
            return self.gone(&id);
        };
        self.select_node(Some(Node::Tenant(system.tenant.clone())));
        match self.why_not(Command::NewRestore) {
            None => drop(self.open_call(Some(id), env)),
            Some(why) => self.bad(format!("restore: {why}")),
        }
    }

    fn target_id(&self, target: &Target) -> String {
        match target {
            Target::System(id) => id.to_string(),
            Target::Job(id) => id.to_string(),
            Target::Alert(id) => id.to_string(),
            Target::Contact(_, _, phone) => phone.clone(),
            Target::Request(id) => self.reference_text(*id),
            Target::Incident(id) => self.incident_name(*id),
            Target::Tenant(id) => id.to_string(),
            Target::Appliance(id) => id.to_string(),
            Target::Site(id) => id.to_string(),
            Target::Party(id) => id.to_string(),
        }
    }

    /// Tell the index what changed. What is shown is asked for anew then.
    pub(super) fn tell_index(&mut self) {
        let untold = std::mem::take(&mut self.untold.changes);
        let mut changes = Vec::new();
        if std::mem::take(&mut self.untold.directory) {
            changes.extend(directory_names(&self.directory));
        }
        for id in self.requests.take_touched() {
            let name = request_name(self.reference_text(id), self.request_place(id));
            changes.push(Change::Put(Target::Request(id), name));
        }
        for id in std::mem::take(&mut self.incidents.touched) {
            if let Some(incident) = self.book.incidents.get(id) {
                let mut text = self.incident_text(incident);
                if let Some(Origin::Alert(alert)) = &incident.origin {
                    text = format!("{} {text}", alert.monitor.replace('_', " "));
                }
                let about = [self.incident_place(incident), text];
                let name = incident_name(self.incident_name(id), about);
                changes.push(Change::Put(Target::Incident(id), name));
            }
        }
        changes.extend(untold);
        if changes.is_empty() {
            return;
        }
        self.effects.push(Effect::Find(FindCommand::Names(changes)));
        let asking = matches!(&self.overlay, Some(Overlay::Find(find)) if !find.input.is_blank());
        if asking {
            self.ask_index();
        }
    }
}
