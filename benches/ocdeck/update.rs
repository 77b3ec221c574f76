//! How many events a core takes in.

use crate::{
    Wanted,
    fleet::{self, Size},
    measure::{cpu, row, shown},
};
use ocdeck::{
    state::{
        Model,
        command::Command,
        msg::{LinkNews, Msg},
    },
    view,
};
use ocdeck_domain::facts::{Fact, JobState, SessionResult};
use ratatui::{buffer::Buffer, layout::Rect};
use std::time::Duration;

/// Events of a batch: a wake takes in what waits.
const BATCH: usize = 1_000;
/// Events of a measurement.
const EVENTS: usize = 200_000;

pub fn run(_: &Wanted) {
    let start = cpu();
    let mut model = fleet::asleep(Size::LARGE);
    row(
        "a model of 5,000 appliances, nobody heard",
        shown(cpu() - start),
    );
    let start = cpu();
    let snapshots: Vec<_> = (0..Size::LARGE.appliances)
        .map(|n| fleet::facts(n, Size::LARGE))
        .collect();
    let made = cpu() - start;
    let count: usize = snapshots.iter().map(Vec::len).sum();
    let start = cpu();
    for (n, facts) in snapshots.into_iter().enumerate() {
        let news = vec![fleet::news(n, LinkNews::Snapshot(facts))];
        fleet::send(&mut model, Msg::Fleet(news));
    }
    rate(
        "first snapshots of 5,000 appliances, facts",
        count,
        cpu() - start,
    );
    let _ = made;
    let (mut model, _) = fleet::awake(Size::LARGE);
    for (name, screen) in [
        ("progress, on Fleet", Command::ScreenFleet),
        ("progress, on Jobs", Command::ScreenJobs),
    ] {
        fleet::press(&mut model, screen);
        events(name, &mut model, |job, rng| {
            job.progress = Some(fleet::progress(rng))
        });
    }
    events(
        "jobs begin and end (rows move), on Jobs",
        &mut model,
        |job, rng| {
            job.state = match job.state {
                JobState::Running => JobState::Idle,
                _ => JobState::Running,
            };
            job.last_result = Some(match rng.u8(0..10) {
                0 => SessionResult::Failed,
                _ => SessionResult::Success,
            });
        },
    );
    drawing(&mut model);
}

fn rate(name: &str, count: usize, time: Duration) {
    #[expect(clippy::cast_precision_loss)]
    let each = time.as_secs_f64() / count as f64;
    row(
        name,
        format!(
            "{} each, {:.2} M per CPU-second, 50,000/s are {:.1} % of a core",
            shown(Duration::from_secs_f64(each)),
            1e-6 / each,
            each * 50_000.0 * 100.0
        ),
    );
}

/// Batches of changed jobs, made before the clock runs.
fn batches(
    model: &Model,
    change: impl Fn(&mut ocdeck_domain::facts::Job, &mut fastrand::Rng),
) -> Vec<Msg> {
    let mut rng = fastrand::Rng::with_seed(11);
    let mut batches = Vec::new();
    for _ in 0..EVENTS / BATCH {
        let mut batch = Vec::new();
        while batch.len() < BATCH {
            let n = rng.usize(0..Size::LARGE.appliances);
            let Some(state) = model.fleet.get(&fleet::appliance(n)) else {
                continue;
            };
            let k = rng.usize(0..Size::LARGE.jobs);
            let Some(job) = state.jobs.values().nth(k) else {
                continue;
            };
            let mut job = job.clone();
            change(&mut job, &mut rng);
            let delta = LinkNews::Delta(vec![Fact::Job(Box::new(job))]);
            batch.push(fleet::news(n, delta));
        }
        batches.push(Msg::Fleet(batch));
    }
    batches
}

fn events(
    name: &str,
    model: &mut Model,
    change: impl Fn(&mut ocdeck_domain::facts::Job, &mut fastrand::Rng),
) {
    let batches = batches(model, change);
    let start = cpu();
    for batch in batches {
        fleet::send(model, batch);
    }
    rate(name, EVENTS, cpu() - start);
}

/// Four seconds of 50,000 events each, drawn ten times a second, a tenth of them move rows.
fn drawing(model: &mut Model) {
    let batches = batches(model, |job, rng| {
        job.progress = Some(fleet::progress(rng));
        if rng.u8(0..10) == 0 {
            job.state = JobState::Running;
        }
    });
    let look = fleet::look();
    let area = Rect::new(0, 0, 200, 50);
    let mut buf = Buffer::empty(area);
    let start = cpu();
    for (n, batch) in batches.into_iter().enumerate() {
        fleet::send(model, batch);
        if n.is_multiple_of(5_000 / BATCH) {
            buf.reset();
            view::paint(&mut buf, area, model, &look);
        }
    }
    rate(
        "progress and some moves, drawn 10 times a second",
        EVENTS,
        cpu() - start,
    );
}
