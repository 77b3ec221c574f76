//! The thread that owns the index of names: a question never holds up the screen.
//!
//! Questions come faster than they are answered while somebody types: only the newest counts,
//! and one that is being answered is dropped as soon as a newer one waits.

use crate::state::find::{FindCommand, Found, Index, Question};
use std::{
    collections::VecDeque,
    io,
    sync::mpsc::{self, Receiver, Sender},
    thread,
};

/// Asks the thread.
#[derive(Debug)]
pub(super) struct Finder(Sender<FindCommand>);

impl Finder {
    /// Starts the thread. `tell` is called there with each answer.
    pub(super) fn start(tell: impl Fn(Found) + Send + 'static) -> io::Result<Self> {
        let (sender, inbox) = mpsc::channel();
        thread::Builder::new()
            .name("find".to_owned())
            .spawn(move || serve(&inbox, tell))?;
        Ok(Self(sender))
    }

    /// Tells names, or asks.
    pub(super) fn send(&self, command: FindCommand) {
        if self.0.send(command).is_err() {
            // Only a panic ends the thread, and the log says where.
            tracing::error!("nothing can be found any more: the index's thread ended");
        }
    }
}

fn serve(inbox: &Receiver<FindCommand>, tell: impl Fn(Found)) {
    let mut index = Index::default();
    let mut waiting = VecDeque::new();
    while let Ok(first) = inbox.recv() {
        waiting.push_back(first);
        let mut question = None;
        loop {
            waiting.extend(inbox.try_iter());
            question = take(&mut index, &mut waiting).or(question);
            let Some(asked) = &question else { break };
            let found = index.search(asked, &mut || {
                waiting.extend(inbox.try_iter());
                waiting.iter().any(|c| matches!(c, FindCommand::Ask(_)))
            });
            if let Some(found) = found {
                tell(found);
                break;
            }
        }
    }
}

/// Takes in what waits: names at once, of questions the newest.
fn take(index: &mut Index, waiting: &mut VecDeque<FindCommand>) -> Option<Question> {
    let mut newest = None;
    for command in waiting.drain(..) {
        match command {
            FindCommand::Names(changes) => index.change(changes),
            FindCommand::Ask(question) => newest = Some(question),
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::find::{Change, Name, Target};

    #[test]
    fn the_newest_question_is_answered() {
        let (tell, answers) = mpsc::channel();
        let finder = Finder::start(move |found| drop(tell.send(found))).unwrap();
        let names = (0..2_000).map(|n| {
            let name = Name {
                name: format!("client-{n}"),
                ..Name::default()
            };
            Change::Put(Target::Tenant(format!("t{n}").into()), name)
        });
        finder.send(FindCommand::Names(names.collect()));
        for (number, text) in (1..).zip(["c", "cl", "cli", "client-1", "client-19", "client-199"]) {
            finder.send(FindCommand::Ask(Question {
                number,
                text: text.to_owned(),
                only: None,
            }));
        }
        let last = answers.iter().find(|found: &Found| found.number == 6);
        let found = last.unwrap();
        assert_eq!(found.names, 2_000);
        assert_eq!(found.hits.first(), Some(&Target::Tenant("t199".into())));
    }
}
