//! Questions of several lines, as they are asked: with what is known filled in.

use super::super::{
    form::{Form, FormField, FormFor},
    model::Model,
    overlay::Overlay,
    wizard,
};
use super::forms::{ANSWERED, REACHED};
use ocdeck_domain::{
    ids::{AlertId, IncidentId, On, RequestId},
    incident::{Channel, Incident, Kind},
    priority::Priority,
};

impl Model {
    /// Whom to call about an incident: who reported it, else the first on file.
    fn whom(&self, id: IncidentId) -> (Vec<String>, String, String) {
        let incident = self.book.incidents.get(id);
        let tenant = incident.and_then(Incident::tenant);
        let names = self.contact_names(tenant);
        if let Some(report) = incident.and_then(Incident::report)
            && !report.contact.is_empty()
        {
            return (names, report.contact.clone(), report.number.clone());
        }
        let first = self.contacts_of(tenant).next();
        let (name, phone) =
            first.map_or_else(Default::default, |c| (c.name.clone(), c.phone.clone()));
        (names, name, phone)
    }

    /// Whom to call about a request: who called, else the first on file.
    fn whom_of_request(&self, id: RequestId) -> (Vec<String>, String, String) {
        let tenant = self.request_tenant(id);
        let names = self.contact_names(tenant.as_ref());
        let caller = self.requests.get(id).map(|request| self.caller(request));
        if let Some((name, number)) = caller.filter(|(name, _)| !name.is_empty()) {
            return (names, name, number);
        }
        let first = self.contacts_of(tenant.as_ref()).next();
        let (name, phone) =
            first.map_or_else(Default::default, |c| (c.name.clone(), c.phone.clone()));
        (names, name, phone)
    }

    fn contact_fields((names, whom, number): (Vec<String>, String, String)) -> Vec<FormField> {
        let results = [REACHED, "no answer", "message left"].map(str::to_owned);
        vec![
            FormField::typed("whom", "a contact of the client")
                .offering(names)
                .with(&whom),
            FormField::typed("number", "the number that was called")
                .with(&number)
                .optional(),
            FormField::choice("result", results),
        ]
    }

    fn open_form(&mut self, form: Form) {
        self.overlay = Some(Overlay::Form(form));
    }

    pub(super) fn ask_called(&mut self, id: IncidentId) {
        let mut fields = Self::contact_fields(self.whom(id));
        fields.push(FormField::typed("said", "what came of it").optional());
        let promised = FormField::typed("promised", "10:40 call back, or 20 min call back");
        fields.push(promised.optional());
        let title = format!("Called about {}", self.incident_name(id));
        let mut form = Form::new(title, "", FormFor::Called(id), fields);
        form.go("result");
        self.open_form(form);
    }

    pub(super) fn ask_wait(&mut self, purpose: FormFor) {
        let (name, whom) = match &purpose {
            FormFor::Wait(id) => (self.incident_name(*id), self.whom(*id)),
            FormFor::WaitRequest(id) => (self.request_name(*id), self.whom_of_request(*id)),
            _ => return,
        };
        let mut fields = vec![FormField::typed("for what", "what the client is to give")];
        fields.extend(Self::contact_fields(whom));
        let title = format!("{name} waits for the client");
        let text = "The adjusted clock pauses from the attempt to reach the client on; the wall clock never does.";
        self.open_form(Form::new(title, text, purpose, fields));
    }

    pub(super) fn ask_priority(&mut self, id: IncidentId) {
        let Some(incident) = self.book.incidents.get(id) else {
            return;
        };
        let now = incident.priority().to_string();
        let (names, whom, number) = self.whom(id);
        let all = (1..=4).filter_map(Priority::from_number);
        let fields = vec![
            FormField::choice("priority", all.map(|p| p.to_string())).with(&now),
            FormField::typed("reason", "needed to lower it").optional(),
            FormField::typed("whom", "called: needed for P1")
                .offering(names)
                .optional(),
            FormField::typed("number", "the number that was called").optional(),
        ];
        let title = format!("Priority of {}", self.incident_name(id));
        let on_file = match whom.is_empty() {
            true => String::new(),
            false => format!(" On file: {whom} {number}."),
        };
        let text = format!("It is {now}. The clock keeps its start.{on_file}");
        let mut form = Form::new(title, text, FormFor::Priority(id), fields);
        form.go("priority");
        self.open_form(form);
    }

    pub(super) fn ask_escalate(&mut self, purpose: FormFor) {
        let (name, reason) = match &purpose {
            FormFor::EscalateRequest(id) => {
                (self.request_name(*id), self.request_escalation_words(*id))
            }
            FormFor::Escalate(id) => {
                let incident = self.book.incidents.get(*id);
                let reason = incident.and_then(|i| self.escalation_words(i));
                (self.incident_name(*id), reason)
            }
            _ => return,
        };
        let (to, number) = self.duty_manager();
        let answers = [ANSWERED, "no answer"].map(str::to_owned);
        let fields = vec![
            FormField::typed("to", "the duty manager").with(&to),
            FormField::typed("number", "the number that was called")
                .with(&number)
                .optional(),
            FormField::typed("reason", "why").with(&reason.unwrap_or_default()),
            FormField::typed("called", "when, such as 02:44; empty: now").optional(),
            FormField::choice("answer", answers),
            FormField::typed("outcome", "what was decided").optional(),
        ];
        let text = "A call to the duty manager. It stays with the time line and the handover.";
        let title = format!("Escalate {name}");
        self.open_form(Form::new(title, text, purpose, fields));
    }

    pub(super) fn ask_notified(&mut self, id: IncidentId) {
        let (names, whom, _) = self.whom(id);
        let ways = ["phone", "e-mail", "portal"].map(str::to_owned);
        let fields = vec![
            FormField::typed("whom", "who of the client")
                .offering(names)
                .with(&whom),
            FormField::choice("how", ways),
            FormField::typed("when", "such as 02:54; empty: now").optional(),
        ];
        let title = format!("Told about {}", self.incident_name(id));
        let mut form = Form::new(title, "", FormFor::Notified(id), fields);
        form.go("how");
        self.open_form(form);
    }

    /// A report by portal or e-mail; from the call card, of a call that wants no restore.
    pub(super) fn ask_report(&mut self, alert: Option<On<AlertId>>, call: Option<RequestId>) {
        let wizard = self.wizard.as_ref().filter(|_| call.is_some());
        let caller = wizard.and_then(|w| w.caller.clone());
        let tenant = wizard.and_then(|w| w.tenant(&self.fleet)).or_else(|| {
            let contact = caller.as_ref().and_then(|c| c.contact());
            contact.map(|c| c.tenant.clone())
        });
        let tenant_name = tenant
            .as_ref()
            .map(|t| self.directory.tenant_name(t).to_owned());
        let scope = match self.scope() {
            Some(ocdeck_domain::fleet::Node::Tenant(id)) => Some(id.clone()),
            _ => None,
        };
        let scope = scope.map(|id| self.directory.tenant_name(&id).to_owned());
        let typed = |field| wizard.map_or_else(String::new, |w| w.text(field));
        let text = typed(wizard::Field::Reason);
        let (contact, number) = match &caller {
            Some(caller) => (caller.name().to_owned(), caller.number().to_owned()),
            None => (typed(wizard::Field::Caller), typed(wizard::Field::Number)),
        };
        let tenants = self.directory.tenants().filter(|t| t.managed);
        let tenants: Vec<String> = tenants.map(|t| t.name.clone()).collect();
        let names = self.contact_names(tenant.as_ref());
        let kinds: &[Kind] = match call {
            Some(_) => &Kind::NOT_A_RESTORE,
            None => &Kind::ALL,
        };
        let first = kinds.last().copied().unwrap_or(Kind::Other);
        let usual = Incident::usual_priority(first, &self.policy).to_string();
        let all = (1..=4).filter_map(Priority::from_number);
        let mut fields = Vec::new();
        if call.is_none() {
            let channels = [Channel::Portal, Channel::Email, Channel::Call];
            let channels = channels.map(|channel| channel.name().to_owned());
            fields.push(FormField::choice("came by", channels));
        }
        fields.extend([
            FormField::choice("wants", kinds.iter().map(|k| k.name().to_owned()))
                .with(first.name()),
            FormField::typed("tenant", "whose it is")
                .offering(tenants)
                .with(&tenant_name.or(scope).unwrap_or_default()),
            FormField::typed("what", "what happened, in the words of the client").with(&text),
            FormField::typed("contact", "who of the client")
                .offering(names)
                .with(&contact),
            FormField::typed("number", "the number to call")
                .with(&number)
                .optional(),
            FormField::choice("priority", all.map(|p| p.to_string())).with(&usual),
        ]);
        if call.is_none() {
            fields.push(FormField::typed("came at", "such as 02:54; empty: now").optional());
        }
        let (title, words) = match call {
            Some(_) => ("Not a restore", "The call goes on as an incident."),
            None => (
                "New incident",
                "P1 and P2 of people need a call: by portal or e-mail they wait as \"needs call\".",
            ),
        };
        let form = Form::new(title, words, FormFor::Report(alert, call), fields);
        self.open_form(form);
    }
}
