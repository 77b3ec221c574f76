//! Alerts: the queue, and below it what is known of the selected one.

mod detail;
mod line;
mod list;

use super::{common::split, scene::Scene};
use crate::state::{alerts::Known, model::Pane};
use ocdeck_domain::words;
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if scene.single(area) {
        match scene.model.focus {
            Pane::Detail => detail::draw(scene, area, buf),
            Pane::Tree | Pane::Main => list::draw(scene, area, buf),
        }
        return;
    }
    let rows = u16::try_from(scene.model.alerts.rows.len()).unwrap_or(u16::MAX);
    let height = rows
        .saturating_add(4)
        .clamp(10, (area.height * 3 / 5).max(10));
    let (above, below) = split(area, height);
    list::draw(scene, above, buf);
    detail::draw(scene, below, buf);
}

/// The monitor in words: `repository_space` is "repository space"; a lost link is what it
/// means to people.
fn what(alert: &Known<'_>) -> String {
    match alert.fact.monitor.as_str() {
        ocdeck_domain::alert::LINK_LOST => "appliance down".to_owned(),
        monitor => monitor.replace('_', " "),
    }
}

/// `1 job`, `12 jobs`.
fn jobs(count: usize) -> String {
    words::counted(count as u64, "job")
}

/// `1 alert`, `3 alerts`.
fn alerts(count: usize) -> String {
    match count {
        1 => "1 alert".to_owned(),
        count => format!("{count} alerts"),
    }
}
