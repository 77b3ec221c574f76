//! What a person configured was read anew.

use super::super::{
    config::ConfigNews,
    model::{Chord, Model},
};

impl Model {
    pub(super) fn configured(&mut self, news: ConfigNews) {
        let mended = !self.config.mistakes.is_empty() && news.config.mistakes.is_empty();
        let worse = news.config.mistakes != self.config.mistakes;
        if news.keys != self.keys {
            // What was pressed may mean something else now.
            self.chord = Chord::default();
        }
        self.config = news.config;
        self.keys = news.keys;
        let changed = news.changed.join(" and ");
        match self.config.mistakes.first() {
            Some(mistake) if worse => {
                let text = mistake.to_string();
                self.bad(text);
            }
            _ if !changed.is_empty() => self.done(format!("{changed} reloaded")),
            _ if mended => self.done("the configuration has no mistakes any more"),
            _ => {}
        }
    }
}
