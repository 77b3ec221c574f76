//! One screen with all kinds of things on it in every shipped theme, and the wizard's fields.

use super::*;
use crate::config::theme::SHIPPED;

#[test]
fn one_screen_in_every_theme() {
    let mut night = Night::busy();
    night.press(Command::ScreenAlerts);
    night.press(Command::Down);
    let mut wizard = Night::busy();
    wizard.stands = true;
    wizard.wizard(Command::StepOverwrite, true);
    for (name, _) in SHIPPED.iter().skip(2) {
        let look = look(name, Colours::True, false);
        check(&format!("alerts-{name}"), &night.model, &look, 120, 40);
        check(&format!("jobs-{name}"), &jobs().model, &look, 120, 40);
        check(&format!("wizard6-{name}"), &wizard.model, &look, 120, 40);
    }
    let sixteen = look("high-contrast", Colours::Ansi, false);
    check("alerts-high-contrast-16", &night.model, &sixteen, 120, 40);
}
