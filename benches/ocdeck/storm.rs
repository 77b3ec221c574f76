//! A storm: 20,000 alerts in a minute, with a desk that answers and a screen that is drawn.

use crate::{
    Wanted, fleet,
    fleet::Size,
    goal,
    measure::{cpu, row, shown},
};
use ocdeck::state::command::Command;
use std::time::Duration;

const ALERTS: usize = 20_000;
/// Alerts between two looks at the clock.
const PART: usize = 4_000;

pub fn run(_: &Wanted) {
    let (mut model, mut ledger) = goal::model();
    fleet::press(&mut model, Command::ScreenAlerts);
    for part in 0..ALERTS / PART {
        let (mut news, mut desk, mut answers) = (Duration::ZERO, Duration::ZERO, 0);
        let msgs: Vec<_> = (part * PART..(part + 1) * PART)
            .map(|n| {
                // Nine of ten open no incident.
                let severity = if n.is_multiple_of(10) { 6 } else { 4 };
                let of = n % Size::GOAL.appliances;
                goal::alert(of, 100 + n / Size::GOAL.appliances, severity)
            })
            .collect();
        let mut effects = Vec::new();
        for msgs in msgs.chunks(100) {
            let start = cpu();
            for msg in msgs {
                effects.extend(fleet::send(&mut model, msg.clone()));
            }
            let heard = cpu();
            answers += ledger.settle(&mut model, std::mem::take(&mut effects));
            desk += cpu() - heard;
            news += heard - start;
        }
        let count = u32::try_from(PART).unwrap();
        row(
            &format!("alerts {} to {}", part * PART, (part + 1) * PART),
            format!(
                "{} each; desk {} an alert, {} an answer (CPU)",
                shown(news / count),
                shown(desk / count),
                shown(desk / u32::try_from(answers.max(1)).unwrap()),
            ),
        );
    }
    row(
        "open then: alerts, incidents",
        format!(
            "{}, {}",
            model.alerts.open().count(),
            model.book.incidents.open().count()
        ),
    );
    for (name, screen) in goal::SCREENS {
        goal::show(&mut model, screen);
        goal::frame(&format!("frame: {name}"), &model);
    }
    for (name, screen) in goal::SCREENS {
        goal::show(&mut model, screen);
        goal::each(&format!("message on {name}: one row down"), 100, |_| {
            fleet::press(&mut model, Command::Down);
        });
        goal::each(&format!("message on {name}: tick"), 100, |_| {
            fleet::send(&mut model, ocdeck::state::msg::Msg::Tick);
        });
    }
}
