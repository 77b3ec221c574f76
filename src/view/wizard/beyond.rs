//! In step 8, when the plan goes beyond the limit of one person: the two ways on, what each
//! means, and the fields of broken glass.

use super::{super::scene::under, Case};
use crate::{
    config::theme::Scope,
    state::{command::Command, wizard::Field},
};
use ocdeck_domain::facts::Plan;
use ocdeck_widgets::text;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws it; gives what is left below.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer, gap: u16) -> Rect {
    let scene = case.scene();
    let Some(plan) = case.wizard.current_plan() else {
        return area;
    };
    if plan.beyond_limit.is_empty() || area.height < 3 {
        return area;
    }
    let glass = case.wizard.break_glass;
    let other = if glass { "ask instead" } else { "break glass" };
    let key = scene.key_of(Command::BreakGlass).unwrap_or_default();
    let note = scene.words().key(key).dim(format!(" {other}")).line();
    let mut rest = case.section(area, buf, "Beyond the limit", note);
    // Where there is little room the fields come first; what they are for stands in the hint.
    let roomy = area.height > 12;
    if roomy || !glass {
        for why in &plan.beyond_limit {
            let line = scene.words().put(Scope::P2, "▲ ").text(why.clone()).line();
            rest = scene.prose(rest, buf, &line);
        }
    }
    if roomy {
        rest = ways(case, rest, buf, plan);
    } else if !glass {
        let on = plan.approval_off.is_empty();
        let (sign, scope) = case.radio(on);
        let words = scene.words().put(scope, sign);
        let words = match on {
            true => words.text(format!(" ask {}", scene.model.approver_to_call())),
            false => words.dim(format!(" {}", plan.approval_off)),
        };
        rest = scene.lines(rest, buf, &[words.line()]);
    }
    if !glass {
        return under(area, rest, gap);
    }
    let asked = "why it cannot wait";
    rest = case.field(rest, buf, "reason", Field::GlassReason, asked);
    let asked = match scene.model.approver().as_str() {
        "a duty manager" => "the duty manager's name".to_owned(),
        _ => scene.model.approver_to_call(),
    };
    rest = case.field(rest, buf, "called", Field::GlassManager, &asked);
    rest = case.field(rest, buf, "at", Field::GlassTime, "02:14 or 5 min ago");
    under(area, rest, gap)
}

fn ways(case: &Case<'_>, area: Rect, buf: &mut Buffer, plan: &Plan) -> Rect {
    let scene = case.scene();
    let glass = case.wizard.break_glass;
    let ask = Way {
        name: format!("ask {}", scene.model.approver_to_call()),
        means: "who approves it at another console; nothing is written before",
        off: &plan.approval_off,
        taken: !glass,
    };
    let alone = Way {
        name: "break glass".to_owned(),
        means: "it starts at once: a reason, and the recorded call to the duty manager",
        off: &plan.break_glass_off,
        taken: glass,
    };
    let mut rest = way(case, area, buf, &ask);
    if scene.model.demo.is_some() && !glass {
        let words = scene.words().dim("  in another terminal: ");
        let line = words.text("ocdeck demo --as eva").line();
        rest = scene.lines(rest, buf, &[line]);
    }
    way(case, rest, buf, &alone)
}

/// A way beyond the limit.
struct Way<'a> {
    name: String,
    means: &'static str,
    /// Why it is off; empty: it is on.
    off: &'a str,
    taken: bool,
}

fn way(case: &Case<'_>, area: Rect, buf: &mut Buffer, way: &Way<'_>) -> Rect {
    let scene = case.scene();
    let on = way.off.is_empty();
    let (sign, scope) = case.radio(way.taken && on);
    let words = scene.words().put(scope, sign).text(" ");
    let words = match (on, way.taken) {
        (true, true) => words.strong(way.name.clone()),
        (true, false) => words.text(way.name.clone()),
        (false, _) => words.put(Scope::TextFaint, way.name.clone()),
    };
    let rest = if on { way.means } else { way.off };
    let line = words.dim(format!(", {rest}")).line();
    let lines: Vec<Line<'_>> = text::wrap(&line, area.width);
    scene.lines(area, buf, &lines)
}
