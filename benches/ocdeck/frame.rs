//! How long a frame takes, and that its time does not grow with the fleet.

use crate::{
    Wanted,
    fleet::{self, Size},
    measure::{Times, row},
};
use ocdeck::{
    shell::screen::{Abilities, Screen},
    state::{Model, command::Command},
    view,
};
use ratatui::{buffer::Buffer, layout};
use std::{hint::black_box, time::Duration};

/// 48 rows of the jobs table, as wide as the screen.
const AREA: layout::Rect = layout::Rect::new(0, 0, 200, 54);
const ROUNDS: usize = 300;

pub fn run(wanted: &Wanted) {
    let mut sizes = vec![Size::SMALL, Size::LARGE];
    sizes.extend(wanted.huge().then_some(Size::HUGE));
    let mut first = None;
    for size in sizes {
        let time = of(size);
        let smallest = *first.get_or_insert(time);
        let ratio = time.as_secs_f64() / smallest.as_secs_f64();
        row(
            "  frame of the jobs table against 1,000 jobs",
            format!("{ratio:.2} ×"),
        );
    }
}

fn of(size: Size) -> Duration {
    let (mut model, _) = fleet::awake(size);
    let jobs = size.all_jobs();
    println!("{} appliances, {jobs} jobs:", size.appliances);
    screens(&mut model);
    fleet::press(&mut model, Command::ScreenJobs);
    fleet::press(&mut model, Command::Zoom);
    // The middle of the list: nothing may depend on where one looks.
    let middle = model.jobs.rows().get(model.jobs.rows().len() / 2).cloned();
    model.jobs.selected = middle;
    let frame = paint("jobs table, 48 rows: cells", &model);
    encode(&mut model);
    let steps = Times::of(ROUNDS, || fleet::press(&mut model, Command::Down));
    steps.row("  update: one row down");
    let scope = Times::of(5, || {
        fleet::press(&mut model, Command::ScreenFleet);
        fleet::press(&mut model, Command::Down);
        fleet::press(&mut model, Command::Up);
    });
    scope.row("  update: the scope changes to a reseller and back");
    frame
}

fn screens(model: &mut Model) {
    for (name, command) in [
        ("fleet", Command::ScreenFleet),
        ("jobs with tree and detail", Command::ScreenJobs),
        ("alerts", Command::ScreenAlerts),
        ("restores", Command::ScreenRestores),
    ] {
        fleet::press(model, command);
        paint(name, model);
    }
}

fn paint(name: &str, model: &Model) -> Duration {
    let look = fleet::look();
    let mut buf = Buffer::empty(AREA);
    let times = Times::of(ROUNDS, || {
        buf.reset();
        black_box(view::paint(&mut buf, AREA, model, &look));
    });
    times.row(&format!("  {name}"));
    times.median()
}

/// From cells to bytes.
fn encode(model: &mut Model) {
    let look = fleet::look();
    let able = Abilities::of("xterm-256color");
    let mut screen = Screen::new(layout::Size::new(AREA.width, AREA.height), able);
    let mut pictures = Vec::new();
    for _ in 0..2 {
        let mut buf = Buffer::empty(AREA);
        view::paint(&mut buf, AREA, model, &look);
        pictures.push(buf);
        fleet::press(model, Command::Down);
    }
    let draw = |screen: &mut Screen, n: usize| {
        screen.frame(|buf, _| {
            if let Some(picture) = pictures.get(n) {
                buf.content.clone_from(&picture.content);
            }
        })
    };
    draw(&mut screen, 0);
    let same = Times::of(ROUNDS, || {
        assert_eq!(black_box(draw(&mut screen, 0)), None);
    });
    same.row("  bytes of an equal frame (a copy of the cells included)");
    let mut n = 0;
    let moved = Times::of(ROUNDS, || {
        n = 1 - n;
        black_box(draw(&mut screen, n));
    });
    moved.row("  bytes of a list that moved by a row");
    let whole = Times::of(ROUNDS, || {
        screen.lose();
        black_box(draw(&mut screen, 0));
    });
    whole.row("  bytes of the whole screen");
    let look_only = Times::of(ROUNDS, || {
        screen.frame(|buf, area| {
            view::paint(buf, area, model, &look);
        });
    });
    look_only.row("  cells and bytes, nothing changed");
}
