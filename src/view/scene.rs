//! What every part of the screen needs: the model, the look, and the house's way of panes,
//! rows and signs.

use super::{Marks, when::When, words::Words};
use crate::{
    config::theme::{Look, Scope},
    state::{
        command::{Command, Mode},
        fleet::{ApplianceState, LinkState},
        lists::JobClass,
        model::{Model, Pane, Screen},
        msg::Spot,
    },
};
use ocdeck_domain::{
    facts::{Job, JobState, SessionResult},
    fleet::Node,
    ids::{ApplianceId, TenantId},
};
use ocdeck_widgets::{meter::Bar, pane, table::RowStyles, text};
use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Line};

/// The model, the look and the time of one frame.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) model: &'a Model,
    pub(super) look: &'a Look,
    pub(super) when: When,
    marks: &'a Marks,
}

/// A sign and what it means.
pub(super) type Sign = (&'static str, Scope);

impl<'a> Scene<'a> {
    pub(super) fn new(model: &'a Model, look: &'a Look, marks: &'a Marks) -> Self {
        let when = When {
            now: model.now,
            zone: model.me.zone,
        };
        Self {
            model,
            look,
            when,
            marks,
        }
    }

    /// Says that the mouse can point at this.
    pub(super) fn spot(&self, area: Rect, spot: Spot) {
        self.marks.spots.borrow_mut().push((area, spot));
    }

    /// The same for a row of a list; popups stay clear of one that is `selected` where the keys
    /// are.
    pub(super) fn row_spot(&self, area: Rect, spot: Spot, selected: bool) {
        if selected {
            self.marks.selected.set(Some(area));
        }
        self.spot(area, spot);
    }

    /// Where the selected row stands, if it is known.
    pub(super) fn selected(&self) -> Option<Rect> {
        self.marks.selected.get()
    }

    /// The style of a meaning.
    pub(super) fn style(&self, scope: Scope) -> Style {
        self.look.style(scope)
    }

    /// Words to be put together.
    pub(super) fn words(&self) -> Words<'a> {
        Words::new(self.look)
    }

    /// Whether one pane is shown at a time.
    pub(super) fn single(&self, area: Rect) -> bool {
        self.model.zoom || area.width < 100
    }

    /// Whether the pane that is drawn at `area` has the keys; the mouse can point at it.
    pub(super) fn focused(&self, pane: Pane, area: Rect) -> bool {
        self.spot(area, Spot::Pane(pane));
        self.model.focus == pane && !self.model.wizard_open()
    }

    /// A pane with its rule; gives what is below the rule.
    pub(super) fn pane(
        &self,
        area: Rect,
        buf: &mut Buffer,
        title: &str,
        note: Line<'_>,
        focused: bool,
    ) -> Rect {
        let scope = if focused {
            Scope::PaneFocus
        } else {
            Scope::PaneTitle
        };
        let title = Line::styled(title, self.style(scope));
        self.pane_with(area, buf, title, note, focused)
    }

    /// The same with a title in its own styles.
    pub(super) fn pane_with(
        &self,
        area: Rect,
        buf: &mut Buffer,
        title: Line<'_>,
        note: Line<'_>,
        focused: bool,
    ) -> Rect {
        let rule = if focused {
            Scope::PaneFocus
        } else {
            Scope::PaneRule
        };
        let glyph = if focused && self.look.heavy_focus() {
            "━"
        } else {
            "─"
        };
        pane::Pane {
            title,
            note,
            rule: self.style(rule),
            glyph,
        }
        .render(area, buf)
    }

    /// How rows of a list look.
    pub(super) fn rows(&self, focused: bool) -> RowStyles {
        let (ground, bar) = if focused {
            (Scope::RowSelected, Scope::RowBar)
        } else {
            (Scope::RowSelectedIdle, Scope::RowBarIdle)
        };
        RowStyles {
            head: self.style(Scope::TextDim),
            selected: self.style(ground),
            bar: self.style(bar),
        }
    }

    /// A bar.
    pub(super) fn bar(&self, done: u64, of: u64, fill: Scope) -> Bar {
        Bar {
            done,
            of,
            fill: self.style(fill),
            rest: self.style(Scope::ProgressRest),
        }
    }

    /// A bar as words, for a line.
    pub(super) fn bar_words(&self, bar: &Bar, width: u16) -> Line<'a> {
        let area = Rect::new(0, 0, width, 1);
        let mut cells = Buffer::empty(area);
        bar.render(area, &mut cells);
        let mut words = self.words();
        for cell in &cells.content {
            // Only the fore: the ground of these cells is not the screen's.
            let style = Style {
                bg: None,
                ..cell.style()
            };
            words = words.styled(style, cell.symbol().to_owned());
        }
        words.line()
    }

    /// How full a gauge looks: calm, from the first limit on a warning, then failed.
    pub(super) fn gauge_scope(&self, percent: u64) -> Scope {
        let limits = &self.model.policy.capacity;
        if percent >= u64::from(limits.gauge_full_percent) {
            Scope::JobFailed
        } else if percent >= u64::from(limits.gauge_warn_percent) {
            Scope::JobWarning
        } else {
            Scope::ProgressFill
        }
    }

    /// The sign of a link.
    pub(super) fn link_sign(&self, link: &LinkState) -> Sign {
        match link {
            LinkState::Live => ("●", Scope::Ok),
            LinkState::Dialling => ("·", Scope::TextFaint),
            LinkState::Stale => ("◌", Scope::Stale),
            LinkState::Down { .. } => ("✗", Scope::JobFailed),
        }
    }

    /// What to say about a link that is not live; `None` while it is.
    pub(super) fn link_trouble(&self, id: &ApplianceId, state: &ApplianceState) -> Option<String> {
        let since = self.when.short(state.since);
        match &state.link {
            LinkState::Live => None,
            LinkState::Dialling => {
                let seconds = self.when.since(state.since);
                Some(format!("asking {id}, {seconds} s"))
            }
            LinkState::Stale => Some(format!("{id} silent since {since}")),
            LinkState::Down { .. } => Some(format!("{id} down since {since}")),
        }
    }

    /// "as of 12:03:11", for what may be old.
    pub(super) fn as_of(&self, state: &ApplianceState) -> Option<String> {
        if !state.link.dims() {
            return None;
        }
        Some(match state.heard {
            Some(heard) => format!("as of {}", self.when.moment(heard)),
            None => "nothing heard yet".to_owned(),
        })
    }

    /// Whether something of a tenant (`None`: the provider's own) is shown at a node: an
    /// appliance that serves several tenants shows to each only what is its own.
    pub(super) fn shows(&self, node: &Node, tenant: Option<&TenantId>) -> bool {
        let directory = &self.model.directory;
        let site_tenant = |site| directory.site(site).map(|site| &site.tenant);
        match (node, tenant) {
            (Node::Appliance(None, _), _) => true,
            (Node::Party(party), Some(tenant)) => directory.tenant_within(tenant, party),
            (Node::Party(_), None) => true,
            (Node::Tenant(id), tenant) => tenant.is_none_or(|tenant| tenant == id),
            (Node::Site(site) | Node::Appliance(Some(site), _), tenant) => {
                tenant.is_none() || site_tenant(site) == tenant
            }
        }
    }

    /// Lines of text from the top of an area; gives what is left below.
    pub(super) fn lines(&self, area: Rect, buf: &mut Buffer, lines: &[Line<'_>]) -> Rect {
        let mut y = area.y;
        for line in lines {
            if y >= area.bottom() {
                break;
            }
            text::put_line(buf, area.x, y, area.width, line);
            y += 1;
        }
        Rect {
            y,
            height: area.bottom() - y,
            ..area
        }
    }

    /// The same, wrapped at the width of the area.
    pub(super) fn prose(&self, area: Rect, buf: &mut Buffer, line: &Line<'_>) -> Rect {
        let lines = text::wrap(line, area.width);
        self.lines(area, buf, &lines)
    }

    /// An empty state: what this is and what to press, in the middle of the upper half.
    pub(super) fn empty(&self, area: Rect, buf: &mut Buffer, lines: &[Line<'_>]) {
        let height = u16::try_from(lines.len()).unwrap_or(0);
        let wide = lines.iter().map(text::line_width).max().unwrap_or(0);
        let place = Rect {
            x: area.x + area.width.saturating_sub(wide) / 2,
            y: area.y + area.height.saturating_sub(height) / 3,
            width: wide.min(area.width),
            height: height.min(area.height),
        };
        self.lines(place.intersection(area), buf, lines);
    }

    /// A key of a command as it is shown here, or nothing if it has none.
    pub(super) fn key_of(&self, command: Command) -> Option<String> {
        let mode = match self.model.overlay {
            Some(_) => self.mode_below(),
            None => self.model.mode(),
        };
        let key = self.model.keys.key(mode, command)?;
        Some(self.key_name(key))
    }

    /// The mode of the screen, whatever lies over it.
    pub(super) fn mode_below(&self) -> Mode {
        match self.model.screen {
            _ if self.model.note_open() => Mode::Note,
            _ if self.model.wizard_open() => Mode::Wizard,
            Screen::Fleet => Mode::Fleet,
            Screen::Jobs => Mode::Jobs,
            Screen::Alerts if self.model.sweep_open() => Mode::Sweep,
            Screen::Alerts => Mode::Alerts,
            Screen::Restores => Mode::Restores,
            Screen::Incidents => Mode::Incidents,
            Screen::Shift => Mode::Shift,
        }
    }

    /// How a key is written: a word where there are no glyphs.
    pub(super) fn key_name(&self, key: &str) -> String {
        let name = match key {
            "↵" => "Enter",
            "⌫" => "Backspace",
            "↑" => "Up",
            "↓" => "Down",
            "←" => "Left",
            "→" => "Right",
            other => return other.to_owned(),
        };
        if self.look.ascii() {
            name.to_owned()
        } else {
            key.to_owned()
        }
    }
}

/// The class of a job by what was told of it last, whatever its link is.
pub(super) fn told_class(job: &Job) -> JobClass {
    match (job.state, job.last_result) {
        (JobState::Running, _) => JobClass::Running,
        (JobState::Waiting, _) => JobClass::Waiting,
        (JobState::Disabled, _) => JobClass::Disabled,
        (JobState::Unknown(_), _) => JobClass::Unknown,
        (JobState::Idle, Some(SessionResult::Failed)) => JobClass::Failed,
        (JobState::Idle, Some(SessionResult::Warning | SessionResult::Unknown(_))) => {
            JobClass::Warning
        }
        (JobState::Idle, _) => JobClass::Ok,
    }
}

/// The sign of a class of jobs.
pub(super) fn class_sign(class: JobClass) -> Sign {
    match class {
        JobClass::Failed => ("✗", Scope::JobFailed),
        JobClass::Warning => ("▲", Scope::JobWarning),
        JobClass::Running => ("►", Scope::JobRunning),
        JobClass::Waiting => ("○", Scope::JobWaiting),
        JobClass::Unknown => ("◌", Scope::Stale),
        JobClass::Ok => ("✓", Scope::Ok),
        JobClass::Disabled => ("⊘", Scope::TextDim),
    }
}

/// The sign of a result.
pub(super) fn result_sign(result: SessionResult) -> Sign {
    match result {
        SessionResult::Success => ("✓", Scope::Ok),
        SessionResult::Warning => ("▲", Scope::JobWarning),
        SessionResult::Failed => ("✗", Scope::JobFailed),
        SessionResult::Cancelled => ("⊘", Scope::TextDim),
        SessionResult::Unknown(_) => ("◌", Scope::Stale),
    }
}

/// What is left of `area` below `rest`'s start and `gap` more rows, in its full width.
pub(super) fn under(area: Rect, rest: Rect, gap: u16) -> Rect {
    let y = rest.y.saturating_add(gap).min(area.bottom());
    Rect {
        y,
        height: area.bottom() - y,
        ..area
    }
}
