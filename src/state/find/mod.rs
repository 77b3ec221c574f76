//! Find anything: names of everything that the console knows, an index over them that is
//! searched off the screen thread, and what the person sees of it.
//!
//! `update` tells the index what changed and asks it by number; an answer to an older
//! question is dropped. The index itself ([`Index`]) is owned by whoever runs
//! [`Effect::Find`](super::effect::Effect::Find); nothing here waits for it.

mod fit;
mod index;
mod names;
mod panel;

pub use fit::{Fit, fit, fits_number, marks};
pub use index::Index;
pub use names::{Change, Kind, Name, Target};
pub(super) use names::{
    alert_name, directory_names, incident_name, job_name, request_name, system_name,
};
pub use panel::{Find, Heading, Hits, PointsView, Then};

/// Something for the owner of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindCommand {
    /// Names came, changed or went.
    Names(Vec<Change>),
    /// A question.
    Ask(Question),
}

/// A question to the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Its number; the answer carries it.
    pub number: u64,
    /// What is typed.
    pub text: String,
    /// Only things of this kind.
    pub only: Option<Kind>,
}

/// The answer to a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The question's number.
    pub number: u64,
    /// What fits, the best first; at most [`Found::MOST`].
    pub hits: Vec<Target>,
    /// How many fit.
    pub fitting: usize,
    /// How many names there are.
    pub names: usize,
}

impl Found {
    /// How many hits are answered.
    pub const MOST: usize = 200;
}

/// What of the model's names the index has not been told yet.
#[derive(Debug)]
pub(super) struct Untold {
    /// Whether everything of the directory is new to it.
    pub(super) directory: bool,
    /// The rest.
    pub(super) changes: Vec<Change>,
}

impl Default for Untold {
    fn default() -> Self {
        Self {
            directory: true,
            changes: Vec::new(),
        }
    }
}
