//! Restore points as rows: in the wizard, and in the overlay that only shows them.

use super::{common::below, overlay, scene::Scene};
use crate::{
    config::theme::Scope,
    state::{
        command::{Command, Mode},
        find::PointsView,
        msg::Spot,
        wizard::Load,
    },
};
use ocdeck_domain::facts::RestorePoint;
use ocdeck_widgets::{
    format::{self, Quantity},
    popup,
    table::{Column, Row, Table, offset},
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Size drops first, then kind, copy; time, age and verified never.
const COLUMNS: [Column; 8] = [
    Column::left("", 1, 1),
    Column::left("time", 12, 13).gap(1),
    Column::right("age", 4),
    Column::left("kind", 11, 11).drops(2),
    Column::left("copy", 7, 8).drops(3),
    Column::right("files", 7).gap(1),
    Column::right("size", 7).drops(1).gap(1),
    Column::right("verified", 8).gap(1),
];

/// With points that restic made: whose they are instead of kind and copy, never dropped,
/// because it tells them apart.
const FOREIGN: [Column; 7] = [
    Column::left("", 1, 1),
    Column::left("time", 12, 13).gap(1),
    Column::right("age", 4),
    Column::left("of", 22, 34),
    Column::right("files", 7).drops(2).gap(1),
    Column::right("size", 7).drops(1).gap(1),
    Column::right("verified", 8).gap(1),
];

/// The columns of a table of these points, and whether they say whose a point is.
pub(super) fn columns(points: &[RestorePoint]) -> (&'static [Column], bool) {
    if points.iter().any(|point| point.origin().is_some()) {
        (&FOREIGN, true)
    } else {
        (&COLUMNS, false)
    }
}

/// Writes the cells of a point; `dim`: its time is too late to be offered.
pub(super) fn cells(
    scene: &Scene<'_>,
    row: &mut Row<'_, '_>,
    point: &RestorePoint,
    foreign: bool,
    sign: (&'static str, Scope),
    dim: bool,
) {
    row.put(0, scene.words().put(sign.1, sign.0).line());
    let time = if row.selected() {
        Scope::TextStrong
    } else if dim {
        Scope::TextDim
    } else {
        Scope::Text
    };
    let stamp = scene.when.stamp(point.time);
    row.put(1, scene.words().put(time, stamp).line());
    let age = format::age(scene.when.since(point.time));
    row.put(2, scene.words().quantity(age).line());
    let kind = scene.words().dim(point.kind.clone());
    let counts = if foreign {
        let origin = point.origin().map(|origin| scene.words().text(origin));
        row.put(3, origin.unwrap_or(kind).line());
        4
    } else {
        row.put(3, kind.line());
        row.put(4, scene.words().dim(point.copy.clone()).line());
        5
    };
    let counted = |quantity: Quantity| match point.is_counted() {
        true => scene.words().quantity(quantity),
        false => scene.words().dim("–"),
    };
    row.put(counts, counted(format::count(point.files)).line());
    row.put(counts + 1, counted(format::bytes(point.bytes)).line());
    let verified = match (point.shrunk, point.verified) {
        (true, _) => scene.words().put(Scope::JobWarning, "shrunk"),
        (false, Some(_)) => scene.words().put(Scope::Ok, "✓").dim(" hash"),
        (false, None) => scene.words().dim("not yet"),
    };
    row.put(counts + 2, verified.line());
}

/// The sign of a point that nothing speaks against.
pub(super) fn sign(point: &RestorePoint) -> (&'static str, Scope) {
    if point.shrunk {
        ("▲", Scope::JobWarning)
    } else if point.kind == "full" {
        ("■", Scope::Ok)
    } else {
        ("•", Scope::Ok)
    }
}

/// Draws the overlay with the points of a system.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, view: &PointsView) {
    let points = view.points.known();
    let rows = points.map_or(1, Vec::len);
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(6);
    let place = popup::place(
        area,
        80,
        height.min(area.height.saturating_sub(1)).max(8),
        true,
    );
    let place = Rect {
        y: place.y + 1,
        ..place
    }
    .intersection(area);
    let title = format!("Restore points · {}", system_place(scene, view));
    let inner = overlay::frame(scene, place, buf, &title, note(scene));
    let inner = below(inner, 1);
    let line = match &view.points {
        Load::Known(points, _) if points.is_empty() => scene
            .words()
            .put(Scope::JobWarning, "▲ ")
            .text("This system has no restore point on this appliance."),
        Load::Known(points, _) => return list(scene, inner, buf, points, view.selected),
        Load::Failed(why, _) => scene.words().put(Scope::JobFailed, "✗ ").text(why.clone()),
        Load::Nothing => scene.words(),
        Load::Asking { since, .. } => match scene.when.since(*since) {
            // An answer within a second needs no words.
            0 => scene.words().dim("·"),
            seconds => {
                let appliance = &view.system.appliance;
                scene
                    .words()
                    .dim(format!("asking {appliance}, {seconds} s"))
            }
        },
    };
    scene.prose(inner, buf, &line.line());
}

fn system_place(scene: &Scene<'_>, view: &PointsView) -> String {
    let Some(system) = scene.model.fleet.system(&view.system) else {
        return view.system.to_string();
    };
    let tenant = scene.model.directory.tenant_name(&system.tenant);
    format!("{tenant}/{}", system.name)
}

fn note<'a>(scene: &Scene<'a>) -> Line<'a> {
    let mut words = scene.words();
    let commands = [
        (Command::NewRestore, " restore  "),
        (Command::Back, " close"),
    ];
    for (command, word) in commands {
        if let Some(key) = scene.model.keys.key(Mode::Overlay, command) {
            words = words.key(scene.key_name(key)).dim(word);
        }
    }
    words.line()
}

fn list(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, points: &[RestorePoint], selected: usize) {
    let place = Rect {
        x: area.x.saturating_sub(1),
        width: area.width + 2,
        height: area.height.saturating_sub(1),
        ..area
    };
    let visible = usize::from(place.height.saturating_sub(1));
    let (columns, foreign) = columns(points);
    Table {
        columns,
        heads: true,
        len: points.len(),
        offset: offset(Some(selected), points.len(), visible),
        selected: Some(selected),
        air: 2,
        styles: scene.rows(true),
    }
    .render(place, buf, |index, row| {
        if let Some(point) = points.get(index) {
            scene.spot(row.area(), Spot::Row(index));
            cells(scene, row, point, foreign, sign(point), false);
        }
    });
}
