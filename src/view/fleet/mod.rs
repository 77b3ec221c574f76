//! Fleet: the tree, and beside it what is selected in it.

mod appliance;
mod needs;
mod parts;
mod party;
mod tenant;

use super::{scene::Scene, tree};
use crate::{config::theme::Scope, state::model::Pane};
use ocdeck_domain::fleet::Node;
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if scene.single(area) {
        match scene.model.focus {
            Pane::Tree => {
                tree::draw(scene, area, buf);
            }
            Pane::Main | Pane::Detail => node(scene, area, buf),
        }
        return;
    }
    let right = tree::beside(scene, area, buf);
    node(scene, right, buf);
}

fn node(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    match scene.model.scope() {
        None => nothing(scene, area, buf),
        Some(Node::Tenant(id)) => tenant::draw(scene, area, buf, id),
        Some(node @ Node::Appliance(_, id)) => appliance::draw(scene, area, buf, node, id),
        Some(node @ (Node::Party(_) | Node::Site(_))) => party::draw(scene, area, buf, node),
    }
}

/// The first start: nothing is configured.
fn nothing(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let inner = scene.pane(area, buf, "Fleet", ratatui::text::Line::default(), true);
    let words = || scene.words();
    let lines = [
        words().strong("Nothing is connected yet.").line(),
        words().line(),
        words()
            .text("This console shows tenants, jobs and restores as soon as it")
            .line(),
        words()
            .text("knows appliances to talk to. Two ways to go on:")
            .line(),
        words().line(),
        words().strong("Look around with a demo").line(),
        words()
            .dim("a small provider with real appliances, on this machine only;")
            .line(),
        words()
            .dim("the header says DEMO.   Run ")
            .text("ocdeck demo")
            .line(),
        words().line(),
        words().strong("Connect to your own appliances").line(),
        words()
            .dim("asks for your name and a folder to protect, makes the keys and")
            .line(),
        words()
            .dim("writes a first fleet.   Run ")
            .text("ocdeck init")
            .line(),
        words().line(),
        words()
            .put(Scope::TextDim, "No fleet is configured yet.")
            .line(),
    ];
    scene.empty(inner, buf, &lines);
}
