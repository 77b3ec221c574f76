//! The scopes: what a colour can mean. A typo in the program does not compile; a typo in
//! a theme file is told with the nearest name.

macro_rules! scopes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A meaning that has a look.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Scope {
            $($(#[$doc])* $variant,)*
        }

        impl Scope {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in theme files.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

scopes! {
    /// The ground of everything.
    Bg = "bg",
    /// The ground of header and footer.
    BgBar = "bg.bar",
    /// The ground of overlays.
    BgRaised = "bg.raised",
    /// The ground of a P1 row that is not selected.
    BgAlarm = "bg.alarm",
    /// The selected row of the focused pane.
    RowSelected = "row.selected",
    /// The selected row of another pane.
    RowSelectedIdle = "row.selected.idle",
    /// The bar in front of the selected row.
    RowBar = "row.bar",
    /// The same in a pane without focus.
    RowBarIdle = "row.bar.idle",
    /// The words of the selected row where only 16 colours are.
    RowWords = "row.words",
    /// Plain words.
    Text = "text",
    /// The thing itself.
    TextStrong = "text.strong",
    /// Units, labels, heads.
    TextDim = "text.dim",
    /// What never carries a fact alone.
    TextFaint = "text.faint",
    /// Rules.
    PaneRule = "pane.rule",
    /// The title of a pane.
    PaneTitle = "pane.title",
    /// Title and rule of the focused pane.
    PaneFocus = "pane.focus",
    /// A key that works here.
    Key = "key",
    /// A key that is off here.
    KeyOff = "key.off",
    /// Good.
    Ok = "ok",
    /// It runs.
    JobRunning = "job.running",
    /// It waits.
    JobWaiting = "job.waiting",
    /// It ended with warnings.
    JobWarning = "job.warning",
    /// It failed.
    JobFailed = "job.failed",
    /// Danger.
    Danger = "danger",
    /// It is old, or nobody knows.
    Stale = "stale",
    /// The done part of a bar.
    ProgressFill = "progress.fill",
    /// The rest of a bar.
    ProgressRest = "progress.rest",
    /// A line of little bars.
    Spark = "spark",
    /// Priority 1: the siren.
    P1 = "p1",
    /// Priority 2.
    P2 = "p2",
    /// Priority 3.
    P3 = "p3",
    /// Priority 4.
    P4 = "p4",
    /// At least half of the time is left.
    ClockCalm = "clock.calm",
    /// Less than half is left.
    ClockWarn = "clock.warn",
    /// Less than a quarter is left.
    ClockHot = "clock.hot",
    /// The time is over.
    ClockBreached = "clock.breached",
    /// A mark of a person.
    Mark = "mark",
    /// The chosen tab.
    TabOn = "tab.on",
    /// What a search found.
    SearchMatch = "search.match",
    /// It was done.
    ToastOk = "toast.ok",
    /// It is on its way.
    ToastWait = "toast.wait",
    /// It was refused or lost.
    ToastBad = "toast.bad",
    /// A field for text.
    Field = "field",
    /// The field with the cursor.
    FieldFocus = "field.focus",
    /// The cursor.
    FieldCursor = "field.cursor",
    /// What a field is for, while it is empty.
    FieldHint = "field.hint",
    /// The same where the cursor is.
    FieldHintFocus = "field.hint.focus",
}

impl Scope {
    /// The names under which its look is sought, nearest first: `clock.hot`, `clock`, `text`.
    pub(super) fn lookup(self) -> impl Iterator<Item = &'static str> {
        let mut name = Some(self.name());
        std::iter::from_fn(move || {
            let this = name?;
            name = this.rsplit_once('.').map(|(parent, _)| parent);
            Some(this)
        })
        .chain(std::iter::once(Self::Text.name()))
    }

    /// Every name that a theme file may give a look: the scopes and their parents.
    pub(super) fn valid_names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().flat_map(|scope| scope.lookup())
    }
}
