//! A question of several lines: some are typed, some chosen from what is on offer.

use super::{line::LineInput, msg::Edit};
use ocdeck_domain::ids::{AlertId, IncidentId, On, RequestId};

/// What the answers are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormFor {
    /// A call to the client, or an attempt of one.
    Called(IncidentId),
    /// What an incident waits for.
    Wait(IncidentId),
    /// What a request waits for.
    WaitRequest(RequestId),
    /// Another priority.
    Priority(IncidentId),
    /// A call to the duty manager about an incident.
    Escalate(IncidentId),
    /// A call to the duty manager about a request.
    EscalateRequest(RequestId),
    /// Who of the client was told.
    Notified(IncidentId),
    /// A report by portal, e-mail or phone. The alert that it is about, and the request whose
    /// call was no call for a restore, if so.
    Report(Option<On<AlertId>>, Option<RequestId>),
}

/// A line of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// What it asks for.
    pub name: &'static str,
    /// What can be said, while nothing is.
    pub hint: &'static str,
    /// The answer.
    pub input: LineInput,
    /// Answers on offer.
    pub offers: Vec<String>,
    /// Whether it must be one of them.
    pub only: bool,
    /// Whether it may stay empty.
    pub optional: bool,
}

impl FormField {
    /// A line that is typed.
    pub fn typed(name: &'static str, hint: &'static str) -> Self {
        Self {
            name,
            hint,
            input: LineInput::default(),
            offers: Vec::new(),
            only: false,
            optional: false,
        }
    }

    /// A line that is chosen; the first offer is chosen at the start.
    pub fn choice(name: &'static str, offers: impl IntoIterator<Item = String>) -> Self {
        let offers: Vec<String> = offers.into_iter().collect();
        Self {
            input: LineInput::of(offers.first().map_or("", String::as_str)),
            offers,
            only: true,
            ..Self::typed(name, "")
        }
    }

    /// With this in it at the start.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.input = LineInput::of(text);
        self
    }

    /// With these on offer besides what is typed.
    #[must_use]
    pub fn offering(mut self, offers: impl IntoIterator<Item = String>) -> Self {
        self.offers = offers.into_iter().collect();
        self
    }

    /// It may stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The answer.
    pub fn text(&self) -> String {
        self.input.text().trim().to_owned()
    }

    /// Which offer stands in it.
    pub fn chosen(&self) -> Option<usize> {
        let text = self.input.text();
        self.offers.iter().position(|offer| *offer == text)
    }

    fn choose(&mut self, at: usize) {
        if let Some(offer) = self.offers.get(at).cloned() {
            self.input.set(&offer);
        }
    }
}

/// A question of several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The title.
    pub title: String,
    /// What is wanted and why.
    pub text: String,
    /// The lines.
    pub fields: Vec<FormField>,
    /// The line that has the cursor.
    pub at: usize,
    /// What the answers are for.
    pub purpose: FormFor,
}

impl Form {
    /// A form with the cursor in its first line that is empty or wants a choice.
    pub fn new(
        title: impl Into<String>,
        text: impl Into<String>,
        purpose: FormFor,
        fields: Vec<FormField>,
    ) -> Self {
        let at = fields.iter().position(|field| field.text().is_empty());
        Self {
            title: title.into(),
            text: text.into(),
            fields,
            at: at.unwrap_or(0),
            purpose,
        }
    }

    /// The line that has the cursor.
    pub fn field(&self) -> Option<&FormField> {
        self.fields.get(self.at)
    }

    /// The text field of that line.
    pub(super) fn line_mut(&mut self) -> Option<&mut LineInput> {
        self.fields.get_mut(self.at).map(|field| &mut field.input)
    }

    /// The answer of a line by its name.
    pub fn answer(&self, name: &str) -> String {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map_or_else(String::new, FormField::text)
    }

    /// Put the cursor into a line by its name.
    pub(super) fn go(&mut self, name: &str) {
        let at = self.fields.iter().position(|field| field.name == name);
        self.at = at.unwrap_or(self.at);
    }

    /// So many lines on, round the corner.
    pub(super) fn turn(&mut self, by: isize) {
        let count = isize::try_from(self.fields.len()).unwrap_or(1).max(1);
        let at = isize::try_from(self.at).unwrap_or(0) + by;
        self.at = usize::try_from(at.rem_euclid(count)).unwrap_or(0);
    }

    /// The next offer of the line; another line where nothing is on offer.
    pub(super) fn step(&mut self, by: isize) {
        let Some(field) = self
            .fields
            .get_mut(self.at)
            .filter(|f| !f.offers.is_empty())
        else {
            return self.turn(by.signum());
        };
        let last = field.offers.len().saturating_sub(1);
        let at = match field.chosen() {
            Some(at) => at.saturating_add_signed(by).min(last),
            None => 0,
        };
        field.choose(at);
    }

    /// Take an offer of the line.
    pub(super) fn take_offer(&mut self, at: usize) {
        if let Some(field) = self.fields.get_mut(self.at) {
            field.choose(at);
        }
    }

    /// An edit where only an offer may stand: a letter goes to the next that begins with it.
    /// `false`: the line is free.
    pub(super) fn edit_choice(&mut self, edit: Edit) -> bool {
        let Some(field) = self.fields.get_mut(self.at).filter(|field| field.only) else {
            return false;
        };
        if let Edit::Insert(c) = edit {
            let from = field.chosen().map_or(0, |at| at + 1);
            let count = field.offers.len();
            let begins = |at: &usize| {
                let offer = field.offers.get(*at).map(|offer| offer.to_lowercase());
                offer.is_some_and(|offer| offer.starts_with(c.to_ascii_lowercase()))
            };
            let found = (from..count).chain(0..from.min(count)).find(begins);
            if let Some(at) = found {
                field.choose(at);
            }
        }
        true
    }

    /// The first line that is empty and may not be.
    pub(super) fn missing(&self) -> Option<usize> {
        let empty = |field: &FormField| !field.optional && field.text().is_empty();
        self.fields.iter().position(empty)
    }

    /// Whether the cursor is in the last line.
    pub fn last(&self) -> bool {
        self.at + 1 >= self.fields.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn form() -> Form {
        let offers = ["phone", "portal", "e-mail"].map(str::to_owned);
        let fields = vec![
            FormField::typed("whom", "name").offering(["Ann Lee".to_owned(), "Dan Roe".to_owned()]),
            FormField::choice("how", offers),
            FormField::typed("note", "").optional(),
        ];
        let id = IncidentId(Uuid::from_u128(1));
        Form::new("Told", "", FormFor::Notified(id), fields)
    }

    #[test]
    fn what_must_not_be_empty_is_named() {
        let mut form = form();
        assert_eq!((form.at, form.missing()), (0, Some(0)));
        form.step(1);
        assert_eq!(form.answer("whom"), "Ann Lee");
        form.step(1);
        form.step(1);
        assert_eq!(form.answer("whom"), "Dan Roe");
        assert_eq!(form.missing(), None);
    }

    #[test]
    fn letters_choose_among_what_is_on_offer() {
        let mut form = form();
        assert!(!form.edit_choice(Edit::Insert('x')));
        form.turn(1);
        for (c, chosen) in [
            ('p', "portal"),
            ('p', "phone"),
            ('e', "e-mail"),
            ('z', "e-mail"),
        ] {
            assert!(form.edit_choice(Edit::Insert(c)));
            assert_eq!(form.answer("how"), chosen);
        }
        form.turn(1);
        form.step(1);
        assert_eq!(form.at, 0, "nothing is on offer: the next line");
    }
}
