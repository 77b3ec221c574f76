//! The handover from one shift to the next: lines generated from what is known, what the
//! outgoing person changes in them, what the incoming person read, and the frozen copy.
//!
//! [`lines`] makes the lines anew from facts whenever somebody looks; edits and
//! acknowledgements stand in the journal under the lines' keys, so that they outlive that.

mod event;
mod fold;
mod generate;
mod known;
mod line;
mod night;
mod past;
mod sheet;

#[cfg(test)]
mod tests;

pub use event::{Copy, Event, Moved, Taken};
pub use fold::{Handover, Moment, Note, Words};
pub use generate::lines;
pub use known::{
    Beyond, BeyondBy, Failing, Finding, Known, KnownAlerts, KnownIncident, KnownRequest, Lost,
    Promised, Standing, Waiting,
};
pub use line::{About, Line, Reading, Section, Shown};
pub use night::{Night, night};
pub use sheet::Sheet;
