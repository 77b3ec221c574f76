//! A handover between its beginning and its end: lines read, edited, added, left out, notes, and
//! what is exported.

use super::super::super::{
    command::Command,
    effect::{Effect, ExportFile, RingWhy},
    model::{Env, Model},
    note::NotePurpose,
    overlay::{AskFor, Overlay},
    pending::Asked,
    shift::ShiftView,
};
use ocdeck_domain::{
    handover::{Event, Handover, Sheet},
    ids::HandoverId,
    journal::Record,
    text,
};

/// Of a note that comes when the shift has changed hands.
const AFTERWARDS: &str = "noted below the copy; who has the shift is told";

impl Model {
    fn append_handover(&mut self, env: &Env<'_>, id: HandoverId, event: &Event) {
        let record = event.record((env.new_id)(), id, env.now, &self.me.name);
        self.append_all(vec![record]);
    }

    /// The handover that the person here takes part in.
    pub(super) fn my_handover(&self) -> Option<(HandoverId, &Handover)> {
        let mine = |h: &Handover| [&h.from, &h.to].contains(&&self.me.name);
        self.handover().filter(|(_, handover)| mine(handover))
    }

    /// Why nothing can be done to the handover.
    pub(super) fn handover_off(&self) -> Option<String> {
        if self.shift.view != ShiftView::Handover {
            let key = self.key_words(Command::TurnShift);
            return Some(format!("it is for the handover: {key} shows it"));
        }
        match (self.handover(), self.my_handover()) {
            (_, Some(_)) => None,
            (Some((_, handover)), None) => Some(format!(
                "it is between {} and {}",
                handover.from, handover.to
            )),
            (None, None) => {
                let key = self.key_words(Command::BeginHandover);
                Some(format!("no handover goes on: {key} begins one"))
            }
        }
    }

    /// Why no handover can be begun.
    pub(super) fn begin_off(&self) -> Option<String> {
        let handover = self.my_handover().map(|(_, handover)| handover)?;
        Some(format!(
            "one goes on already: {} → {}",
            handover.from, handover.to
        ))
    }

    /// Why the selected line cannot be read.
    pub(super) fn read_off(&self) -> Option<String> {
        if let Some(why) = self.handover_off() {
            return Some(why);
        }
        let (_, handover) = self.my_handover()?;
        if handover.to != self.me.name {
            return Some(format!("{} reads it", handover.to));
        }
        match self.selected_line() {
            None => Some("no line is selected".to_owned()),
            Some(shown) if !shown.line.wants_reading() => {
                Some("only P1 and P2 are read one by one".to_owned())
            }
            Some(shown) if !shown.reading.is_missing() => Some("it is read".to_owned()),
            Some(_) => None,
        }
    }

    pub(super) fn ask_begin(&mut self) {
        self.ask_colleague(
            AskFor::BeginHandover,
            "Hand the shift over",
            "To whom? The name as in the certificate; up and down choose one who is known.",
        );
    }

    pub(super) fn begin_handover(&mut self, to: &str, env: &Env<'_>) {
        if to == self.me.name {
            return self.bad("a shift is handed over to somebody else");
        }
        let id = HandoverId((env.new_id)());
        let begun = Event::Begun {
            from: self.me.name.clone(),
            to: to.to_owned(),
        };
        self.append_handover(env, id, &begun);
        self.shift.view = ShiftView::Handover;
        match self.colleagues().iter().any(|known| known == to) {
            true => {
                self.say_when_written(format!("handover to {to} begun: {to} reads each P1 and P2"));
            }
            // A slip of the finger would wait for nobody.
            false => {
                self.warn_when_written(format!("begun, but {to} was never seen on this desk"));
            }
        }
    }

    pub(super) fn cancel_handover(&mut self, reason: String, env: &Env<'_>) {
        let Some((id, handover)) = self.my_handover() else {
            return self.bad("no handover goes on any more");
        };
        let text = format!("handover {} → {} called off", handover.from, handover.to);
        self.append_handover(env, id, &Event::Cancelled { reason });
        self.say_when_written(text);
    }

    pub(in crate::state::update) fn note_handover(
        &mut self,
        id: HandoverId,
        text: String,
        env: &Env<'_>,
    ) {
        let over = self.book.handovers.get(&id).is_some_and(|h| !h.is_open());
        self.append_handover(env, id, &Event::Noted { text });
        match over {
            true => self.say_when_written(AFTERWARDS),
            false => self.say_when_written("note added"),
        }
    }

    pub(super) fn add_line(&mut self, text: String, env: &Env<'_>) {
        let Some((id, _)) = self.my_handover() else {
            return self.bad(format!("the handover is over; not added: {text}"));
        };
        self.append_handover(env, id, &Event::Added { text });
        self.say_when_written("line added");
    }

    pub(super) fn ask_edit(&mut self) {
        let Some(shown) = self.selected_line() else {
            return;
        };
        let (key, now) = (shown.line.key.clone(), shown.text().to_owned());
        self.shift.about = key;
        self.ask_shift(
            AskFor::EditLine,
            "Edit the line",
            "What it says instead; empty: as it is generated. A P1 or P2 is then read again.",
            &now,
        );
    }

    pub(super) fn edit_line(&mut self, text: String, env: &Env<'_>) {
        let key = std::mem::take(&mut self.shift.about);
        let Some((id, _)) = self.my_handover() else {
            return self.bad(format!("the handover is over; not written: {text}"));
        };
        let shown = self.shift.lines.iter().find(|shown| shown.line.key == key);
        let generated = shown.is_some_and(|shown| shown.line.text == text);
        let text = if generated { String::new() } else { text };
        let said = match text.is_empty() {
            true => "the line is as it is generated",
            false => "line edited",
        };
        self.append_handover(env, id, &Event::Edited { key, text });
        self.say_when_written(said);
    }

    pub(super) fn remove_line(&mut self, env: &Env<'_>) {
        let key = self.selected_line().map(|shown| shown.line.key.clone());
        if let (Some(key), Some((id, _))) = (key, self.my_handover()) {
            self.append_handover(env, id, &Event::Removed { key });
            self.say_when_written("line left out");
        }
    }

    pub(super) fn read_line(&mut self, env: &Env<'_>) {
        let Some((id, _)) = self.my_handover() else {
            return;
        };
        let Some(shown) = self.selected_line() else {
            return;
        };
        let (key, gist) = (shown.line.key.clone(), shown.gist());
        let text = format!("{} read by {}", shown.line.name, self.me.name);
        // On to the next one that is to be read.
        let unread = self.shift.lines.iter().filter(|s| s.reading.is_missing());
        let after = unread.clone().skip_while(|s| s.line.key != key).nth(1);
        let next = after.or_else(|| unread.clone().find(|s| s.line.key != key));
        if let Some(next) = next.map(|shown| shown.line.key.clone()) {
            self.shift.selected = Some(next);
        }
        self.append_handover(env, id, &Event::Read { key, gist });
        self.say_when_written(text);
    }

    /// What happened in a handover of mine, before it is folded in.
    pub(in crate::state::update) fn tell_handover(&mut self, id: HandoverId, record: &Record) {
        let before = self.book.handovers.get(&id);
        let news = before.is_none_or(|h| record.subject_version > h.version());
        if !self.desk.loaded || !news {
            return;
        }
        let Ok(event) = record.event::<Event>() else {
            return;
        };
        match record.record.actor == self.me.name {
            true => self.tell_too_late(id, &event),
            false => self.tell_of_handover(id, record, event),
        }
    }

    /// What the person here did in a handover that had come to its end meanwhile.
    fn tell_too_late(&mut self, id: HandoverId, event: &Event) {
        let Some(over) = self.handover_end(id) else {
            return;
        };
        match event {
            Event::Noted { .. } => self.done(AFTERWARDS),
            Event::Cancelled { .. } => self.bad(format!("{over}: that stands")),
            Event::Edited { .. } | Event::Added { .. } | Event::Removed { .. } => {
                self.bad(format!("{over}: this is not in the handover"));
            }
            Event::Begun { .. } | Event::Read { .. } | Event::Taken(_) => {}
        }
    }

    /// "jon had taken the shift 3 s ago", if a handover is over.
    pub(super) fn handover_end(&self, id: HandoverId) -> Option<String> {
        let handover = self.book.handovers.get(&id)?;
        let (at, by, did) = match (&handover.taken, &handover.cancelled) {
            (Some((at, by, _)), _) => (*at, by, "has taken the shift"),
            (None, Some(off)) => (off.at, &off.by, "has called the handover off"),
            (None, None) => return None,
        };
        let ago = ocdeck_domain::words::ago(self.now - at);
        Some(format!("{by} {did} {ago}"))
    }

    fn tell_of_handover(&mut self, id: HandoverId, record: &Record, event: Event) {
        let actor = text::clean(&record.record.actor).into_owned();
        let known = self.book.handovers.get(&id);
        let mine = known.is_some_and(|h| [&h.from, &h.to].contains(&&self.me.name));
        match event {
            Event::Begun { from, to } if to == self.me.name => {
                let key = self.key_words(Command::ScreenShift);
                let text = format!("{from} hands the shift over to you");
                self.wait(format!("{text}: {key}"));
                self.ring(RingWhy::Colleague, |_| text);
            }
            Event::Taken(taken) if self.owned_before(&taken.moved) => {
                let moved = taken.moved.len();
                let writing = matches!(&self.overlay, Some(Overlay::Note(note))
                    if note.purpose == NotePurpose::Handover(id));
                self.wait(match writing {
                    true => format!("{actor} has taken the shift; saving adds your note"),
                    false => format!("{actor} has taken the shift: {moved} moved"),
                });
            }
            Event::Cancelled { reason } if mine && self.handover_end(id).is_none() => {
                let reason = text::clean(&reason);
                self.wait(format!("{actor} called the handover off: {reason}"));
            }
            Event::Noted { text } if mine && self.handover_end(id).is_some() => {
                let first = text.lines().next().unwrap_or_default();
                let (first, key) = (text::clean(first), self.key_words(Command::History));
                self.wait(format!("{actor} noted after the handover ({key}): {first}"));
            }
            _ => {}
        }
    }

    /// Whether something of it was mine until now.
    fn owned_before(&self, moved: &[ocdeck_domain::handover::Moved]) -> bool {
        let mine = self.owned_by(&self.me.name);
        let here = self.handover().is_some_and(|(_, h)| h.from == self.me.name);
        here || moved
            .iter()
            .any(|one| mine.iter().any(|own| own.moved.subject == one.subject))
    }

    /// Both forms of what is shown, as files.
    pub(super) fn export(&mut self) {
        let (from, to, copy) = match self.shift.view {
            ShiftView::Copy(_) | ShiftView::History => {
                let past = self.shift.past;
                let Some(handover) = past.and_then(|id| self.book.handovers.get(&id)) else {
                    return self.bad("no handover is selected");
                };
                let Some((.., taken)) = &handover.taken else {
                    return self.bad("it was called off: there is no copy of it");
                };
                let copy = ocdeck_domain::handover::Copy {
                    markdown: handover.page(self.me.zone),
                    json: taken.copy.json.clone(),
                };
                (handover.from.clone(), handover.to.clone(), copy)
            }
            _ => {
                let sheet: Sheet = self.sheet(self.handover().map(|(_, h)| h), Vec::new());
                let copy = sheet.freeze();
                (sheet.from, sheet.to, copy)
            }
        };
        let stamp = self.now.format("%Y%m%dT%H%M%SZ");
        let mut name = format!("handover-{stamp}");
        for person in [from, to].iter().filter(|name| !name.is_empty()) {
            name.push('-');
            name.extend(person.chars().filter(|c| c.is_ascii_alphanumeric()));
        }
        let files = [("md", copy.markdown), ("json", copy.json)].map(|(kind, text)| ExportFile {
            name: format!("{name}.{kind}"),
            text,
        });
        let ticket = self.ticket(None, Asked::Export);
        self.effects.push(Effect::Export(ticket, files.to_vec()));
        self.wait("writing the handover");
    }
}
