//! The scale that everything must be quick at: 2,500 appliances and tenants, 25,000 jobs, 500
//! open alerts and incidents. What a frame of each screen costs, and what each kind of message.

use crate::{
    Wanted,
    fleet::{self, Size},
    ledger::Ledger,
    measure::{Times, row},
};
use ocdeck::{
    state::{
        Model,
        command::Command,
        msg::{LinkNews, Msg},
    },
    view,
};
use ocdeck_domain::{
    facts::{Alert, EntityKind, Fact},
    handover,
    priority::Severity,
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const AREA: Rect = Rect::new(0, 0, 200, 50);
const ROUNDS: usize = 200;

/// All screens.
pub const SCREENS: [(&str, Command); 6] = [
    ("fleet", Command::ScreenFleet),
    ("jobs", Command::ScreenJobs),
    ("alerts", Command::ScreenAlerts),
    ("restores", Command::ScreenRestores),
    ("incidents", Command::ScreenIncidents),
    ("shift", Command::ScreenShift),
];

pub fn run(_: &Wanted) {
    let (mut model, mut ledger) = model();
    row(
        "appliances, jobs, alerts, incidents",
        format!(
            "{}, {}, {}, {}",
            Size::GOAL.appliances,
            Size::GOAL.all_jobs(),
            model.alerts.open().count(),
            model.book.incidents.open().count(),
        ),
    );
    for (name, screen) in SCREENS {
        show(&mut model, screen);
        frame(&format!("frame: {name}"), &model);
    }
    tree(&mut model);
    messages(&mut model, &mut ledger);
    let known = Times::of(20, || {
        black_box(model.known());
    });
    known.row("what a handover lists, gathered");
    let known = model.known();
    let lines = Times::of(20, || {
        black_box(handover::lines(&known));
    });
    lines.row("the lines of a handover");
}

/// A console at that scale with everything read and written.
pub fn model() -> (Model, Ledger) {
    let mut ledger = Ledger::default();
    let (mut model, effects) = fleet::awake(Size::GOAL);
    ledger.settle(&mut model, effects);
    // Of every severity that opens an incident, and one object each.
    for n in 0..Size::GOAL.appliances {
        if n.is_multiple_of(Size::GOAL.alert) {
            let effects = fleet::send(&mut model, alert(n, 0, 5 + n as u32 % 5));
            ledger.settle(&mut model, effects);
        }
    }
    (model, ledger)
}

/// An alert of an appliance.
pub fn alert(n: usize, k: usize, severity: u32) -> Msg {
    let tenant = format!("{}", fleet::appliance(n));
    let alert = Alert {
        id: format!("a{n}-{k}").into(),
        tenant: tenant.rsplit_once('-').map(|(tenant, _)| tenant.into()),
        object_kind: EntityKind::Job,
        object: format!("job{k}"),
        monitor: "job_failed".into(),
        severity: Severity::clamped(severity),
        text: "the source cannot be read".into(),
        episode: 1,
        count: 1,
        raised: fleet::now(),
        last_seen: fleet::now(),
        cleared: None,
    };
    Msg::Fleet(vec![fleet::news(
        n,
        LinkNews::Delta(vec![Fact::Alert(alert)]),
    )])
}

/// Goes to a screen; its lists are made as for a frame.
pub fn show(model: &mut Model, screen: Command) {
    fleet::press(model, screen);
    model.gather();
}

/// What a frame costs.
pub fn frame(name: &str, model: &Model) -> Duration {
    let look = fleet::look();
    let mut buf = Buffer::empty(AREA);
    let times = Times::of(ROUNDS, || {
        buf.reset();
        black_box(view::paint(&mut buf, AREA, model, &look));
    });
    times.row(name);
    times.least()
}

/// The tree of 2,500 tenants, at its end.
fn tree(model: &mut Model) {
    fleet::press(model, Command::ScreenFleet);
    fleet::press(model, Command::Last);
    frame("frame: fleet, the last tenant", model);
    let up = Times::of(ROUNDS, || fleet::press(model, Command::Up));
    up.row("update: one tenant up in the tree");
    fleet::press(model, Command::First);
    let scope = Times::of(10, || {
        fleet::press(model, Command::Down);
        fleet::press(model, Command::First);
    });
    scope.row("update: the scope to a reseller and back");
}

/// What each kind of message costs while each screen is shown.
fn messages(model: &mut Model, ledger: &mut Ledger) {
    for (name, screen) in SCREENS {
        show(model, screen);
        each(&format!("message on {name}: tick"), 500, |_| {
            fleet::send(model, Msg::Tick);
        });
        each(&format!("message on {name}: a second passes"), 60, |n| {
            fleet::send_after(model, Msg::Tick, n);
        });
        let mut rng = fastrand::Rng::with_seed(5);
        let mut jobs = (0..500).map(|n| {
            let id = fleet::appliance(n);
            let job = model.fleet.get(&id).unwrap().jobs.values().next().unwrap();
            let mut job = job.clone();
            job.progress = Some(fleet::progress(&mut rng));
            let delta = LinkNews::Delta(vec![Fact::Job(Box::new(job))]);
            Msg::Fleet(vec![fleet::news(n, delta)])
        });
        let mut jobs: Vec<Msg> = jobs.by_ref().collect();
        each(&format!("message on {name}: progress"), 500, |_| {
            fleet::send(model, jobs.pop().unwrap());
        });
        each(&format!("message on {name}: one row down"), 200, |_| {
            fleet::press(model, Command::Down);
        });
        let alerts = SCREENS.iter().position(|(of, _)| *of == name).unwrap();
        each(
            &format!("message on {name}: an alert, what the desk says, lists"),
            100,
            |n| {
                let effects = fleet::send(model, alert(n, 1 + alerts, 5));
                ledger.settle(model, effects);
                // Once before a frame, however many messages came.
                model.gather();
            },
        );
    }
}

/// What each of so many costs.
pub fn each(name: &str, count: usize, mut thing: impl FnMut(usize)) {
    let times = (0..count).map(|n| {
        let start = Instant::now();
        thing(n);
        start.elapsed()
    });
    Times::from(times.collect()).row(name);
}
