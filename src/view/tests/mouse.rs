//! What is drawn can be clicked: each test finds a place on the drawn screen and points there.

use super::*;
use crate::state::{
    model::Pane,
    overlay::Overlay,
    wizard::{Field, Step, TargetKind},
};

/// Points at the first place on screen that `wanted` likes.
fn point(night: &mut Night, action: MouseAction, wanted: impl Fn(&Spot) -> bool) {
    let area = Rect::new(0, 0, 120, 40);
    let spots = paint(&mut Buffer::empty(area), area, &night.model, &dark());
    let mut places = area.positions().filter_map(|p| spots.at(p.x, p.y));
    let spot = places
        .find(|spot| wanted(spot))
        .expect("nothing to point at");
    night.send(Msg::Pointed(spot.clone(), action));
}

fn click(night: &mut Night, wanted: impl Fn(&Spot) -> bool) {
    point(night, MouseAction::Click, wanted);
}

fn row(field: Field, row: usize) -> impl Fn(&Spot) -> bool {
    move |spot| *spot == Spot::Field(field, Some(row))
}

fn at_step(step: Command) -> Night {
    let mut night = Night::busy();
    night.stands = true;
    night.wizard(step, true);
    night
}

#[test]
fn every_list_of_the_wizard_takes_clicks() {
    let mut night = at_step(Command::StepPoint);
    click(&mut night, row(Field::Points, 1));
    let wizard = night.model.wizard.as_ref().unwrap();
    let points = wizard.points.known().unwrap();
    assert_eq!(wizard.point_selected.as_ref(), Some(&points[1].id));

    let mut night = at_step(Command::StepWhat);
    click(&mut night, row(Field::Browser, 2));
    let wizard = night.model.wizard.as_ref().unwrap();
    let entries = wizard.entries().unwrap().known().unwrap();
    assert_eq!(wizard.entry_selected.as_ref(), Some(&entries[2].name));

    let mut night = at_step(Command::StepWhere);
    click(&mut night, row(Field::Target, 3));
    let wizard = night.model.wizard.as_ref().unwrap();
    assert_eq!(wizard.target_selected, TargetKind::ALL[3]);
    assert_eq!(wizard.target, None);

    let mut night = at_step(Command::StepOverwrite);
    point(&mut night, MouseAction::DoubleClick, row(Field::Policy, 1));
    let wizard = night.model.wizard.as_ref().unwrap();
    assert_eq!(wizard.policy, Some(wizard.policies()[1]));

    let mut night = at_step(Command::StepCheck);
    click(&mut night, row(Field::Plan, 2));
    assert_eq!(night.model.wizard.as_ref().unwrap().plan_selected, 2);
    point(&mut night, MouseAction::WheelUp, row(Field::Plan, 2));
    assert_eq!(night.model.wizard.as_ref().unwrap().plan_selected, 1);
}

#[test]
fn the_call_card_takes_clicks() {
    let mut night = Night::demo();
    night.call();
    click(&mut night, row(Field::Kind, 2));
    assert_eq!(night.model.wizard.as_ref().unwrap().focus, Field::Kind);
    click(&mut night, |spot| *spot == Spot::Field(Field::Reason, None));
    assert_eq!(night.model.wizard.as_ref().unwrap().focus, Field::Reason);
    click(&mut night, |spot| *spot == Spot::Step(Step::System));
    assert_eq!(night.model.wizard.as_ref().unwrap().step, Step::System);
}

#[test]
fn panes_take_the_keys_and_the_wheel_turns_what_it_is_over() {
    let mut night = jobs();
    click(&mut night, |spot| *spot == Spot::Pane(Pane::Detail));
    assert_eq!(night.model.focus, Pane::Detail);
    let tree = |spot: &Spot| matches!(spot, Spot::Tree(_));
    point(&mut night, MouseAction::WheelDown, tree);
    assert_eq!(night.model.focus, Pane::Tree);
    let detail = |spot: &Spot| *spot == Spot::Pane(Pane::Detail);
    point(&mut night, MouseAction::WheelUp, detail);
    assert_eq!(night.model.focus, Pane::Detail);
}

#[test]
fn hints_and_clocks_take_clicks() {
    let mut night = jobs();
    click(&mut night, |spot| *spot == Spot::Hint(Command::Help));
    assert_eq!(night.model.overlay, Some(Overlay::Help(0)));
    // Behind an overlay nothing is moved, but its own key closes it.
    let screen = night.model.screen;
    click(&mut night, |spot| matches!(spot, Spot::Request(_)));
    assert_eq!(night.model.screen, screen);
    click(&mut night, |spot| *spot == Spot::Hint(Command::Back));
    assert_eq!(night.model.overlay, None);
    click(&mut night, |spot| matches!(spot, Spot::Request(_)));
    assert_eq!(night.model.screen, Screen::Restores);
    assert!(night.model.restores.selected.is_some());
}

#[test]
fn overlays_take_clicks() {
    let mut night = jobs();
    night.chord("g");
    click(&mut night, |spot| {
        *spot == Spot::Hint(Command::ScreenAlerts)
    });
    assert_eq!(night.model.screen, Screen::Alerts);
    assert!(night.model.chord.keys.is_empty());

    night.press(Command::Palette);
    night.type_text("fleet");
    point(&mut night, MouseAction::DoubleClick, |spot| {
        *spot == Spot::Row(0)
    });
    assert_eq!(night.model.screen, Screen::Fleet);

    let mut night = jobs();
    night.press(Command::JobStop);
    assert!(matches!(night.model.overlay, Some(Overlay::Confirm(_))));
    click(&mut night, |spot| *spot == Spot::Hint(Command::Open));
    assert_eq!(night.model.overlay, None);
    assert_eq!(night.calls.len(), 1);
}
