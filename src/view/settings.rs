//! The overlay of the configuration: what is in force, from which files, and every mistake.

use super::{common::below, overlay, scene::Scene};
use crate::{config::theme::Scope, state::config::Remark};
use ocdeck_widgets::{popup, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the overlay, from so many lines of remarks on.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, scrolled: usize) {
    let config = &scene.model.config;
    let wide = 110.min(area.width);
    let inside = wide.saturating_sub(4);
    let mut head = in_force(scene, inside);
    let mut remarks: Vec<Vec<Line<'_>>> = Vec::new();
    for (sign, scope, of) in [
        ("✗", Scope::JobFailed, &config.mistakes),
        ("▲", Scope::JobWarning, &config.notices),
    ] {
        remarks.extend(of.iter().map(|r| remark(scene, sign, scope, r, inside)));
    }
    head.push(Line::default());
    head.push(verdict(scene));
    let lines: usize = head.len() + remarks.iter().map(Vec::len).sum::<usize>();
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(4);
    let place = popup::place(area, wide, height.min(area.height.saturating_sub(1)), true);
    let place = Rect {
        y: place.y + 1,
        ..place
    }
    .intersection(area);
    let keys = overlay::close(scene, &[("↑↓", "scroll")]);
    let inner = below(overlay::frame(scene, place, buf, "Configuration", keys), 1);
    let rest = scene.lines(inner, buf, &head);
    let from = scrolled.min(remarks.len().saturating_sub(1));
    let shown: Vec<Line<'_>> = remarks.into_iter().skip(from).flatten().collect();
    scene.lines(rest, buf, &shown);
}

/// Theme, keymap and files.
fn in_force<'a>(scene: &Scene<'a>, width: u16) -> Vec<Line<'a>> {
    let config = &scene.model.config;
    let row = |label: &'static str, value: String| {
        scene.words().dim(format!("{label:<8}")).text(value).line()
    };
    let files = match config.files.as_slice() {
        [] => "none yet: everything is as it ships".to_owned(),
        files => files.join("  "),
    };
    let folder = text::cut_path(&config.folder, width.saturating_sub(8)).into_owned();
    vec![
        row("theme", config.theme.clone()),
        row("keymap", config.keymap.clone()),
        row("folder", folder),
        row("files", files),
    ]
}

fn verdict<'a>(scene: &Scene<'a>) -> Line<'a> {
    let config = &scene.model.config;
    match config.mistakes.len() {
        0 if config.notices.is_empty() => scene
            .words()
            .put(Scope::Ok, "✓")
            .text(" no mistakes; a change of a file comes into force by itself")
            .line(),
        0 => scene
            .words()
            .put(Scope::JobWarning, "▲")
            .text(" in force, and probably not meant:")
            .line(),
        count => scene
            .words()
            .put(Scope::JobFailed, "✗")
            .text(format!(
                " {} what was good last stays in force until it is mended",
                mistakes(count)
            ))
            .line(),
    }
}

/// "2 mistakes:".
fn mistakes(count: usize) -> String {
    match count {
        1 => "1 mistake;".to_owned(),
        count => format!("{count} mistakes;"),
    }
}

/// Its place on a line of its own, so that it can be copied whole; below it what is wrong.
fn remark<'a>(
    scene: &Scene<'a>,
    sign: &'static str,
    scope: Scope,
    remark: &Remark,
    width: u16,
) -> Vec<Line<'a>> {
    let place = scene
        .words()
        .put(scope, format!("{sign} "))
        .strong(remark.place.clone())
        .line();
    let words = scene.words().text(remark.text.clone()).line();
    let text = text::wrap(&words, width.saturating_sub(2));
    let indented = text.into_iter().map(|line| {
        let mut words = scene.words().text("  ");
        words = words.and(line);
        words.line()
    });
    let mut lines = vec![Line::default(), place];
    lines.extend(indented);
    lines
}
