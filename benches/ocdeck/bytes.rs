//! How many bytes frames cost, against an ideal and against plain ratatui.

use crate::{
    Wanted,
    fleet::{self, Size},
    measure::row,
};
use ocdeck::{
    shell::screen::{Abilities, Screen},
    state::{
        Model,
        command::Command,
        lists::JobClass,
        msg::{LinkNews, Msg},
    },
    view,
};
use ocdeck_domain::facts::Fact;
use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::CrosstermBackend,
    buffer::Buffer,
    layout::{Rect, Size as Cells},
};
use std::{cell::RefCell, io, rc::Rc};

/// The same frames through our own writer and through ratatui's.
struct Both {
    ours: Screen,
    plain: Terminal<CrosstermBackend<Bytes>>,
    plain_bytes: Bytes,
    shown: Buffer,
}

#[derive(Clone, Default)]
struct Bytes(Rc<RefCell<usize>>);

impl io::Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.borrow_mut() += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes of a frame.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    ours: usize,
    plain: usize,
    /// UTF-8 of the changed cells, and 8 for each run of them in one look.
    ideal: usize,
}

impl Both {
    fn new(area: Rect) -> Self {
        let plain_bytes = Bytes::default();
        let options = TerminalOptions {
            viewport: Viewport::Fixed(area),
        };
        let backend = CrosstermBackend::new(plain_bytes.clone());
        Self {
            ours: Screen::new(
                Cells::new(area.width, area.height),
                Abilities::of("xterm-256color"),
            ),
            plain: Terminal::with_options(backend, options).unwrap(),
            plain_bytes,
            shown: Buffer::empty(area),
        }
    }

    fn draw(&mut self, model: &Model) -> Cost {
        let look = fleet::look();
        let ours = self.ours.frame(|buf, area| {
            view::paint(buf, area, model, &look);
        });
        *self.plain_bytes.0.borrow_mut() = 0;
        let mut next = self.shown.clone();
        self.plain
            .draw(|frame| {
                let area = frame.area();
                view::paint(frame.buffer_mut(), area, model, &look);
                next = frame.buffer_mut().clone();
            })
            .unwrap();
        let cost = Cost {
            ours: ours.map_or(0, |bytes| bytes.len()),
            plain: *self.plain_bytes.0.borrow(),
            ideal: ideal(&self.shown, &next),
        };
        self.shown = next;
        cost
    }
}

fn ideal(shown: &Buffer, next: &Buffer) -> usize {
    let mut bytes = 0;
    let mut last = None;
    for (x, y, cell) in shown.diff(next) {
        let look = (cell.fg, cell.bg, cell.modifier);
        if last != Some((x, y, look)) {
            bytes += 8;
        }
        bytes += cell.symbol().len();
        last = Some((x + 1, y, look));
    }
    bytes
}

fn told(name: &str, cost: Cost) {
    let Cost { ours, plain, ideal } = cost;
    let ratio = |of: usize| match (ours * 100).checked_div(of) {
        Some(percent) => format!("{}.{:02} ×", percent / 100, percent % 100),
        None => "–".to_owned(),
    };
    row(
        name,
        format!(
            "{ours:>6} B   ideal {ideal:>6} ({})   plain ratatui {plain:>6} ({})",
            ratio(ideal),
            ratio(plain)
        ),
    );
}

pub fn run(_: &Wanted) {
    let (mut model, _) = fleet::awake(Size::LARGE);
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        println!("{width}×{height}:");
        let area = Rect::new(0, 0, width, height);
        fleet::send(&mut model, Msg::Resized(width, height));
        for (name, command) in [
            ("  first frame, fleet", Command::ScreenFleet),
            ("  first frame, jobs", Command::ScreenJobs),
            ("  first frame, alerts", Command::ScreenAlerts),
        ] {
            fleet::press(&mut model, command);
            told(name, Both::new(area).draw(&model));
        }
        fleet::press(&mut model, Command::ScreenJobs);
        let mut both = Both::new(area);
        both.draw(&model);
        told("  nothing changed", both.draw(&model));
        fleet::press(&mut model, Command::First);
        both.draw(&model);
        fleet::press(&mut model, Command::Down);
        told(
            "  cursor down one row, jobs (its log and card too)",
            both.draw(&model),
        );
        fleet::press(&mut model, Command::ScreenFleet);
        both.draw(&model);
        fleet::press(&mut model, Command::ScreenAlerts);
        both.draw(&model);
        fleet::press(&mut model, Command::Zoom);
        fleet::press(&mut model, Command::First);
        both.draw(&model);
        fleet::press(&mut model, Command::Down);
        told("  cursor down one row, alerts zoomed", both.draw(&model));
        fleet::press(&mut model, Command::ScreenJobs);
        fleet::press(&mut model, Command::Zoom);
        for _ in 0..40 {
            fleet::press(&mut model, Command::Down);
        }
        both.draw(&model);
        fleet::press(&mut model, Command::Down);
        told("  list moves by a row, jobs zoomed", both.draw(&model));
        fleet::press(&mut model, Command::Zoom);
        both.draw(&model);
        told(
            "  all jobs on screen make progress",
            load(&mut both, &mut model),
        );
    }
}

/// A second's worth of progress for every job that runs and is shown.
fn load(both: &mut Both, model: &mut Model) -> Cost {
    let running = |model: &Model, id| model.fleet.class(id) == JobClass::Running;
    let first = model.jobs.rows().ids().position(|id| running(model, id));
    let ids = model.jobs.rows().from(first.unwrap_or(0)).take(60);
    let ids: Vec<_> = ids.cloned().collect();
    model.jobs.selected = ids.first().cloned();
    both.draw(model);
    let mut rng = fastrand::Rng::with_seed(3);
    for id in ids {
        let Some(job) = model.fleet.job(&id) else {
            continue;
        };
        let mut job = job.clone();
        if job.progress.is_none() {
            continue;
        }
        job.progress = Some(fleet::progress(&mut rng));
        let news = LinkNews::Delta(vec![Fact::Job(Box::new(job))]);
        let msg = ocdeck::state::msg::FleetMsg {
            appliance: id.appliance.clone(),
            at: fleet::now(),
            news,
        };
        fleet::send(model, Msg::Fleet(vec![msg]));
    }
    both.draw(model)
}
