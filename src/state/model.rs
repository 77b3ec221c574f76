//! The model: everything that the console knows and shows. `update` is its only writer;
//! `view` reads it through the methods here and in the modules of its parts.

use super::{
    alerts::AlertsList,
    command::Mode,
    config::Config,
    directory::Revised,
    drafts::Drafts,
    effect::{Effect, Ticket},
    find::{Target, Untold},
    fleet::{FleetStore, LinkState},
    gathered::Gathered,
    incidents::IncidentsList,
    keeper::Keeper,
    lists::{Filter, JobsList, RestoresList},
    overlay::{Overlay, Toast},
    pending::Pending,
    requests::Requests,
    shift::ShiftScreen,
    sweep::SweepList,
    tree::Tree,
    wizard::Wizard,
};
use chrono::TimeDelta;
use chrono_tz::Tz;
use ocdeck_domain::{
    book::Book,
    facts::Time,
    fleet::{Directory, Node},
    ids::{ApplianceId, JobId, On},
    policy::Policy,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use uuid::Uuid;

/// What `update` needs from outside, as values.
pub struct Env<'a> {
    /// Now, on the desk's time base.
    pub now: Time,
    /// Makes a new id.
    pub new_id: &'a dyn Fn() -> Uuid,
}

/// Who sits here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Name, as in the certificate.
    pub name: String,
    /// Role, as in the certificate: "technician", …
    pub role: String,
    /// Whether appliances show this person some tenants alone: what they do not show is no
    /// sign that it is over.
    pub restricted: bool,
    /// Time zone of the terminal.
    pub zone: Tz,
}

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Screen {
    /// 1
    Fleet,
    /// 2
    Jobs,
    /// 3
    Alerts,
    /// 4
    Restores,
    /// 5
    Incidents,
    /// 6
    Shift,
}

impl Screen {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Fleet,
        Self::Jobs,
        Self::Alerts,
        Self::Restores,
        Self::Incidents,
        Self::Shift,
    ];

    /// Its word in the tabs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fleet => "Fleet",
            Self::Jobs => "Jobs",
            Self::Alerts => "Alerts",
            Self::Restores => "Restores",
            Self::Incidents => "Incidents",
            Self::Shift => "Shift",
        }
    }

    /// The key that goes there, from 1.
    pub fn number(self) -> usize {
        match self {
            Self::Fleet => 1,
            Self::Jobs => 2,
            Self::Alerts => 3,
            Self::Restores => 4,
            Self::Incidents => 5,
            Self::Shift => 6,
        }
    }
}

/// The fewest columns and rows on which everything can be reached.
pub const LEAST: (u16, u16) = (50, 10);

/// A pane of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// The tenant tree.
    Tree,
    /// The screen's list; on Fleet, what is selected in the tree.
    Main,
    /// What is selected in the list.
    Detail,
}

/// The demo that this console runs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demo {
    /// How the seeding stands, in words; empty: done.
    pub seeding: String,
    /// The system that was lost, and how many files of it.
    pub lost: Option<(String, u64)>,
    /// The comparison after a restore: system, files equal, files wrong.
    pub compared: Option<(String, u64, u64)>,
    /// What went wrong in the demo itself.
    pub trouble: Option<String>,
}

/// How the desk is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeskState {
    /// Whether everything that it holds was read.
    pub loaded: bool,
    /// When the first of the records that are known was received: so long at least it is kept.
    pub kept_since: Option<Time>,
    /// Why it cannot be written, and since when; what was to be written is kept.
    pub trouble: Option<(String, Time)>,
    /// How many things wait to be written.
    pub waiting: usize,
    /// Whether what waits is lost with this program.
    pub unkept: bool,
    /// What others were faster with and nobody has read yet, in words, the oldest first.
    pub conflicts: VecDeque<String>,
    /// How far this host's clock is behind the desk's.
    pub behind: TimeDelta,
    /// How long a question to the desk takes.
    pub round_trip: Duration,
}

impl DeskState {
    /// Why nothing can be decided yet.
    pub(super) fn unread(&self) -> Option<String> {
        (!self.loaded).then(|| {
            let words = match self.trouble {
                None => "the desk is still being read",
                Some(_) => "the desk is not read yet: the reason is shown above",
            };
            words.to_owned()
        })
    }
}

/// Labels of the keys that are bound to commands, by mode: set by whoever owns the keymap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyLabels(pub BTreeMap<(Mode, super::command::Command), Vec<String>>);

impl KeyLabels {
    /// The first key of a command in a mode, as shown to people.
    pub fn key(&self, mode: Mode, command: super::command::Command) -> Option<&str> {
        self.0.get(&(mode, command))?.first().map(String::as_str)
    }
}

/// Keys of a chord that is not complete yet, and what may follow them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chord {
    /// The keys so far, as shown to people; empty: no chord is pending.
    pub keys: Vec<String>,
    /// What the group is for: "go to".
    pub label: String,
    /// What may follow, in the order of the keymap.
    pub next: Vec<ChordKey>,
}

/// A key that may follow in a chord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChordKey {
    /// As a hint shows it.
    pub key: String,
    /// The command; `None`: a further group.
    pub command: Option<super::command::Command>,
    /// The label of the command or group.
    pub label: String,
}

/// What a model starts with.
#[derive(Clone, Debug)]
pub struct Start {
    /// Who sits here.
    pub me: Me,
    /// The numbers of the rules.
    pub policy: Policy,
    /// Who is who.
    pub directory: Directory,
    /// Whether this console runs in a demo.
    pub demo: bool,
    /// Now.
    pub now: Time,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Labels of the bound keys.
    pub keys: KeyLabels,
    /// What a person configured.
    pub config: Config,
}

/// Everything that the console knows and shows.
#[derive(Debug)]
pub struct Model {
    /// Who sits here.
    pub me: Me,
    /// The numbers of the rules.
    pub policy: Policy,
    /// Now, on the desk's time base.
    pub now: Time,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Labels of the bound keys.
    pub keys: KeyLabels,
    /// What a person configured.
    pub config: Config,
    /// The demo, if this is one.
    pub demo: Option<Demo>,
    /// Who is who.
    pub directory: Directory,
    /// What the appliances told.
    pub fleet: FleetStore,
    /// How the desk is.
    pub desk: DeskState,
    /// The restore requests.
    pub requests: Requests,
    /// What else the desk's journal says.
    pub book: Book,
    /// Texts of notes that nobody saved yet.
    pub drafts: Drafts,
    /// The screen shown.
    pub screen: Screen,
    /// The pane that has the keys.
    pub focus: Pane,
    /// Whether the tree is shown beside lists.
    pub show_tree: bool,
    /// Whether the focused pane has the whole screen.
    pub zoom: bool,
    /// The tenant tree; what is selected in it is the scope of every screen.
    pub tree: Tree,
    /// The Jobs screen.
    pub jobs: JobsList,
    /// The Alerts screen.
    pub alerts: AlertsList,
    /// The Restores screen.
    pub restores: RestoresList,
    /// The Incidents screen.
    pub incidents: IncidentsList,
    /// The Shift screen.
    pub shift: ShiftScreen,
    /// The sweep, when it is looked at; it stands on the Alerts screen.
    pub sweep: Option<SweepList>,
    /// The call card and wizard, when open; it stands on the Restores screen.
    pub wizard: Option<Wizard>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// The note that the help lies over.
    pub(super) parked_note: Option<Overlay>,
    /// The chord that is not complete yet.
    pub chord: Chord,
    /// The outcome of the last action.
    pub toast: Option<Toast>,
    /// When lists that are gathered from everything were made.
    pub(super) gathered: Gathered,
    /// What was asked and not answered yet, by ticket.
    pub pending: BTreeMap<Ticket, Pending>,
    /// Whose clock `!` went to last.
    pub urgent: Option<super::clocks::Timed>,
    /// What was found and gone to, the newest first.
    pub(super) recent: VecDeque<Target>,
    pub(super) rail: super::clocks::Rail,
    pub(super) revised: Revised,
    pub(super) untold: Untold,
    pub(super) next_question: u64,
    pub(super) next_ticket: u64,
    /// Searches and looks for versions that are asked for.
    pub(super) looks: Vec<Ticket>,
    pub(super) heartbeats: BTreeSet<ApplianceId>,
    pub(super) told_hot: BTreeSet<(super::clocks::Timed, ocdeck_domain::clock::Verb)>,
    /// When an unanswered dispatch may go out again.
    pub(super) resend: BTreeMap<ocdeck_domain::ids::RequestId, Time>,
    /// Attempts that await approval, as far as this console heard.
    pub(super) awaiting: BTreeSet<(ocdeck_domain::ids::RequestId, u32)>,
    /// Dispatches of others without an answer that this console told of.
    pub(super) told_unanswered: BTreeSet<(ocdeck_domain::ids::RequestId, u32)>,
    /// Witness records on their way to the desk.
    pub(super) witnessing: BTreeSet<Uuid>,
    /// Dispatches whose intent waits for the desk.
    pub(super) waits: BTreeMap<ocdeck_domain::ids::RequestId, super::update::waits::Waits>,
    /// What a person decided and the desk has not told back yet.
    pub(super) handed: super::update::written::Handed,
    /// When it was last written that the person here was seen.
    pub(super) told_seen: Option<Time>,
    /// What this knows as a console without a screen, if it is one.
    pub(super) keeper: Option<Keeper>,
    pub(super) effects: Vec<Effect>,
}

impl Model {
    /// A model at its start: nothing is known of the appliances yet.
    pub fn new(start: Start) -> Self {
        let fleet = FleetStore::new(&start.directory, start.now);
        let tree = Tree::new(&start.directory);
        let revised = Revised::new(&start.policy, &start.directory);
        Self {
            me: start.me,
            policy: start.policy,
            now: start.now,
            size: start.size,
            keys: start.keys,
            config: start.config,
            demo: start.demo.then(Demo::default),
            directory: start.directory,
            fleet,
            desk: DeskState::default(),
            requests: Requests::default(),
            book: Book::default(),
            drafts: Drafts::default(),
            screen: Screen::Fleet,
            focus: Pane::Tree,
            show_tree: true,
            zoom: false,
            tree,
            jobs: JobsList::default(),
            alerts: AlertsList::default(),
            restores: RestoresList::default(),
            incidents: IncidentsList::default(),
            shift: ShiftScreen::default(),
            sweep: None,
            wizard: None,
            overlay: None,
            parked_note: None,
            chord: Chord::default(),
            toast: None,
            gathered: Gathered::default(),
            pending: BTreeMap::new(),
            urgent: None,
            recent: VecDeque::new(),
            rail: super::clocks::Rail::default(),
            revised,
            untold: Untold::default(),
            next_question: 1,
            next_ticket: 1,
            looks: Vec::new(),
            heartbeats: BTreeSet::new(),
            told_hot: BTreeSet::new(),
            resend: BTreeMap::new(),
            told_unanswered: BTreeSet::new(),
            awaiting: BTreeSet::new(),
            witnessing: BTreeSet::new(),
            waits: BTreeMap::new(),
            handed: Default::default(),
            told_seen: None,
            keeper: None,
            effects: Vec::new(),
        }
    }

    /// The mode that the keymap resolves keys in.
    pub fn mode(&self) -> Mode {
        if let Some(overlay) = &self.overlay {
            return match overlay {
                Overlay::Note(_) => Mode::Note,
                _ if overlay.line().is_some() => Mode::Prompt,
                _ => Mode::Overlay,
            };
        }
        self.mode_below()
    }

    /// What the keys mean once nothing lies over the screen.
    pub(super) fn mode_below(&self) -> Mode {
        if let Some(wizard) = self
            .wizard
            .as_ref()
            .filter(|_| self.screen == Screen::Restores)
        {
            return if wizard.focus.is_text() {
                Mode::Field
            } else {
                Mode::Wizard
            };
        }
        if self.filter().is_some_and(|filter| filter.typing) {
            return Mode::Prompt;
        }
        match self.screen {
            Screen::Fleet => Mode::Fleet,
            Screen::Jobs => Mode::Jobs,
            Screen::Alerts if self.sweep_open() => Mode::Sweep,
            Screen::Alerts => Mode::Alerts,
            Screen::Restores => Mode::Restores,
            Screen::Incidents => Mode::Incidents,
            Screen::Shift => Mode::Shift,
        }
    }

    /// The filter of the screen's list.
    pub fn filter(&self) -> Option<&Filter> {
        match self.screen {
            Screen::Fleet | Screen::Shift => None,
            Screen::Jobs => Some(&self.jobs.filter),
            Screen::Alerts if self.sweep_open() => self.sweep.as_ref().map(|list| &list.filter),
            Screen::Alerts => Some(&self.alerts.filter),
            Screen::Restores => Some(&self.restores.filter),
            Screen::Incidents => Some(&self.incidents.filter),
        }
    }

    pub(super) fn filter_mut(&mut self) -> Option<&mut Filter> {
        match self.screen {
            Screen::Fleet | Screen::Shift => None,
            Screen::Jobs => Some(&mut self.jobs.filter),
            Screen::Alerts if self.sweep_open() => self.sweep.as_mut().map(|list| &mut list.filter),
            Screen::Alerts => Some(&mut self.alerts.filter),
            Screen::Restores => Some(&mut self.restores.filter),
            Screen::Incidents => Some(&mut self.incidents.filter),
        }
    }

    /// Whether the terminal is too small to show what a key would do.
    pub fn too_small(&self) -> bool {
        self.size.0 < LEAST.0 || self.size.1 < LEAST.1
    }

    /// Whether the list that is shown waits for its second before it takes in what was told.
    pub fn is_behind(&self) -> bool {
        self.gathered.is_behind() && (self.screen == Screen::Shift || self.sweep_open())
    }

    /// Whether the wizard fills the screen.
    pub fn wizard_open(&self) -> bool {
        self.wizard.is_some() && self.screen == Screen::Restores
    }

    /// The scope of every screen; `None`: everything (an empty directory).
    pub fn scope(&self) -> Option<&Node> {
        self.tree.selected.as_ref()
    }

    /// The names of the scope, from a root down.
    pub fn breadcrumb(&self) -> Vec<String> {
        self.scope()
            .map_or_else(Vec::new, |node| self.directory.breadcrumb(node))
    }

    /// The panes that the current screen has, in the order of `Tab`.
    pub fn panes(&self) -> &'static [Pane] {
        match (self.screen, self.show_tree) {
            (Screen::Fleet, _) => &[Pane::Tree, Pane::Main],
            (Screen::Jobs, true) => &[Pane::Tree, Pane::Main, Pane::Detail],
            (Screen::Jobs, false) => &[Pane::Main, Pane::Detail],
            (Screen::Alerts | Screen::Restores | Screen::Incidents | Screen::Shift, _) => {
                &[Pane::Main, Pane::Detail]
            }
        }
    }

    /// Why nothing can be asked of an appliance now: `acme-01 is not up`; `None`: it is.
    pub fn not_up(&self, id: &ApplianceId) -> Option<String> {
        match self.fleet.get(id) {
            None => Some(format!("{id} left the directory")),
            Some(state) => (state.link != LinkState::Live).then(|| format!("{id} is not up")),
        }
    }

    /// The row of a job in its list.
    pub fn job_row(&self, id: &On<JobId>) -> Option<usize> {
        self.jobs.rows().position(&self.fleet.job_key(id)?, id)
    }

    /// The appliance that is selected, wherever the cursor is.
    pub fn selected_appliance(&self) -> Option<&ApplianceId> {
        match (self.screen, self.focus) {
            (Screen::Jobs, Pane::Main | Pane::Detail) => {
                self.jobs.selected.as_ref().map(|j| &j.appliance)
            }
            (Screen::Alerts, _) => self.alerts.selected.as_ref().map(|a| &a.appliance),
            _ => match self.scope()? {
                Node::Appliance(_, id) => Some(id),
                _ => None,
            },
        }
    }
}
