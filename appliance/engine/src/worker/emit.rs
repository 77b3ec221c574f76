//! Where events go: to the agent's pipe in the worker, to a list in tests.

use super::protocol::{Event, Issue, Level};
use std::sync::Arc;

/// Takes events from any thread; clones lead to the same place.
#[derive(Clone)]
pub struct Emit(Arc<dyn Fn(Event) + Send + Sync>);

impl std::fmt::Debug for Emit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Emit")
    }
}

impl Emit {
    /// Calls `sink` with every event.
    pub fn new(sink: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Tells an event.
    pub fn event(&self, event: Event) {
        (self.0)(event);
    }

    /// Tells a line of the session's log.
    pub fn log(&self, level: Level, text: impl Into<String>) {
        self.event(Event::Log {
            level,
            text: text.into(),
        });
    }

    /// Tells that something was left out or done otherwise at a path.
    pub fn warn(&self, path: &[u8], text: impl Into<String>) {
        self.event(Event::Issue(Issue {
            path: path.to_vec(),
            text: text.into(),
            warning: true,
        }));
    }
}
