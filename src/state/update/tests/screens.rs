//! Moving about, overlays, jobs: what each command does and what it says when it is off.

use super::*;
use crate::state::{
    command::{Mode, TABLE},
    effect::DemoCommand,
    model::{Pane, Screen},
    msg::{DemoMsg, Mouse, MouseAction, Spot},
    overlay::Overlay,
};
use ocdeck_domain::fleet::Node;

#[test]
fn screens_panes_and_zoom() {
    let mut deck = Deck::new();
    for (command, screen) in [
        (Command::ScreenJobs, Screen::Jobs),
        (Command::ScreenAlerts, Screen::Alerts),
        (Command::ScreenRestores, Screen::Restores),
        (Command::ScreenFleet, Screen::Fleet),
    ] {
        deck.press(command);
        assert_eq!(deck.model.screen, screen);
    }
    deck.press(Command::NextPane);
    assert_eq!(deck.model.focus, Pane::Main);
    deck.press(Command::PreviousPane);
    assert_eq!(deck.model.focus, Pane::Tree);
    deck.press(Command::Zoom);
    assert!(deck.model.zoom);
    deck.press(Command::Back);
    assert!(!deck.model.zoom);
    deck.press(Command::ScreenJobs);
    deck.press(Command::PreviousPane);
    deck.press(Command::ToggleTree);
    assert_eq!(
        deck.model.focus,
        Pane::Main,
        "the keys never go to a pane that is not there"
    );
    deck.send(Msg::Resized(80, 24));
    assert_eq!(deck.model.size, (80, 24));
}

#[test]
fn the_tree_is_the_scope() {
    let mut deck = Deck::new();
    assert_eq!(deck.model.breadcrumb(), ["provider"]);
    deck.press(Command::Last);
    deck.press(Command::First);
    deck.press(Command::Down);
    assert_eq!(deck.model.scope(), Some(&Node::Party("north".into())));
    assert_eq!(deck.model.jobs.total, 2, "only what is below the scope");
    deck.press(Command::Left);
    assert_eq!(
        deck.model
            .tree
            .rows
            .iter()
            .filter(|r| r.open == Some(false))
            .count(),
        1
    );
    deck.press(Command::Right);
    deck.press(Command::Right);
    assert_eq!(deck.model.scope(), Some(&tenant("acme")));
    deck.press(Command::Up);
    deck.press(Command::PageDown);
    deck.press(Command::PageUp);
    assert_eq!(deck.model.scope(), Some(&Node::Party("provider".into())));
    deck.press(Command::Open);
    assert_eq!(deck.model.tree.rows.len(), 1, "Enter folds");
}

fn tenant(id: &str) -> Node {
    Node::Tenant(id.into())
}

#[test]
fn the_filter_stays_until_escape() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenJobs);
    deck.press(Command::Filter);
    assert_eq!(deck.model.mode(), Mode::Prompt);
    deck.type_text("acme failed");
    assert_eq!(
        (deck.model.jobs.rows().len(), deck.model.jobs.total),
        (1, 3)
    );
    deck.press(Command::Open);
    assert_eq!(
        (deck.model.mode(), deck.model.jobs.rows().len()),
        (Mode::Jobs, 1)
    );
    deck.press(Command::Back);
    assert_eq!(deck.model.jobs.rows().len(), 3);
}

#[test]
fn alerts_and_requests_have_a_filter_too() {
    let mut deck = Deck::new();
    let now = deck.now;
    for (id, tenant, text) in [("a1", "acme", "cannot read"), ("a2", "nova", "no space")] {
        let alert = alert(id, tenant, text, now);
        let appliance = ["acme-stl-01", "nova-01"][usize::from(id == "a2")];
        deck.news(appliance, LinkNews::Delta(vec![Fact::Alert(alert)]));
    }
    deck.press(Command::ScreenAlerts);
    deck.press(Command::Filter);
    deck.type_text("NOVA space");
    let alerts = &deck.model.alerts;
    assert_eq!((alerts.rows.len(), alerts.total), (1, 2));
    assert_eq!(alerts.selected.as_ref().unwrap().id.as_str(), "a2");
    // One that comes and does not pass is counted and not shown.
    deck.news(
        "acme-stl-01",
        LinkNews::Delta(vec![Fact::Alert(alert("a3", "acme", "cannot read", now))]),
    );
    let alerts = &deck.model.alerts;
    assert_eq!(
        (alerts.rows.len(), alerts.total, alerts.waiting.len()),
        (1, 3, 0)
    );
    deck.press(Command::Back);
    deck.press(Command::Back);
    assert_eq!(deck.model.alerts.rows.len(), 3);

    deck.press(Command::CallCard);
    deck.press(Command::Back);
    deck.press(Command::Filter);
    deck.type_text("r-01 mara");
    assert_eq!(
        (deck.model.restores.rows.len(), deck.model.restores.total),
        (1, 1)
    );
    deck.type_text(" nobody");
    assert_eq!(
        (deck.model.restores.rows.len(), deck.model.restores.total),
        (0, 1)
    );
}

fn alert(id: &str, tenant: &str, text: &str, now: Time) -> Alert {
    Alert {
        id: id.into(),
        tenant: Some(tenant.into()),
        object_kind: EntityKind::Repository,
        object: "main".into(),
        monitor: "repository_space".into(),
        severity: Severity::clamped(7),
        text: text.into(),
        episode: 1,
        count: 1,
        raised: now,
        last_seen: now,
        cleared: None,
    }
}

#[test]
fn starting_and_stopping_end_in_words() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenJobs);
    deck.press(Command::JobStart);
    assert_eq!(deck.toast(), "starting erp01-files");
    deck.answer();
    assert_eq!(deck.toast(), "started erp01-files");
    deck.press(Command::JobRetry);
    deck.answer();
    deck.press(Command::JobStop);
    assert_eq!(deck.toast(), "stop: it does not run");
    deck.press(Command::Last);
    deck.press(Command::JobStop);
    assert!(
        matches!(deck.model.overlay, Some(Overlay::Confirm(_))),
        "never one key"
    );
    deck.press(Command::Open);
    deck.answer();
    assert_eq!(deck.toast(), "stopped crm01-files");
    deck.press(Command::JobRetry);
    assert!(deck.toast().contains("it runs already"));
}

#[test]
fn retry_asks_first_where_the_tenant_says_so() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenJobs);
    deck.press(Command::Down);
    deck.press(Command::JobRetry);
    assert!(
        matches!(&deck.model.overlay, Some(Overlay::Confirm(c)) if c.text.contains("nova wants to be asked"))
    );
    deck.press(Command::Back);
    assert!(
        deck.model.overlay.is_none()
            && !deck
                .calls
                .iter()
                .any(|(_, _, c)| matches!(c, Call::StartJob(..)))
    );
}

#[test]
fn the_palette_finds_by_words_and_says_what_is_off() {
    let mut deck = Deck::new();
    deck.press(Command::Palette);
    deck.type_text("lose");
    let Some(Overlay::Palette(palette)) = &deck.model.overlay else {
        panic!()
    };
    assert_eq!(palette.hits[0].command, Command::DemoLose);
    deck.press(Command::Open);
    deck.press(Command::Open);
    assert!(
        deck.effects
            .contains(&Effect::Demo(DemoCommand::Lose("acme/erp01".into())))
    );
    deck.send(Msg::Demo(DemoMsg::Lost {
        system: "acme/erp01".into(),
        files: 212,
    }));
    assert!(
        deck.model
            .demo_hint()
            .unwrap()
            .starts_with("Ann Lee of acme is on the phone: erp01 is gone.")
    );
    deck.press(Command::Palette);
    deck.press(Command::Down);
    deck.press(Command::Back);
    assert!(deck.model.overlay.is_none());
}

#[test]
fn help_actions_and_copy() {
    let mut deck = Deck::new();
    deck.press(Command::Help);
    deck.press(Command::Down);
    assert_eq!(deck.model.overlay, Some(Overlay::Help(1)));
    deck.press(Command::Help);
    assert!(deck.model.overlay.is_none());
    deck.press(Command::ScreenJobs);
    deck.press(Command::Actions);
    let Some(Overlay::Actions { rows, .. }) = &deck.model.overlay else {
        panic!()
    };
    assert!(rows.contains(&Command::JobStart) && !rows.contains(&Command::Validate));
    deck.press(Command::Back);
    deck.press(Command::CopyId);
    let Some(Effect::Copy(ticket, text)) = deck.effects.last().cloned() else {
        panic!()
    };
    assert_eq!(text, "acme-stl-01/erp01-files");
    deck.send(Msg::Reply(ticket, Reply::Copied));
    assert_eq!(deck.toast(), "copied acme-stl-01/erp01-files");
}

#[test]
fn the_program_and_its_terminal() {
    let mut deck = Deck::new();
    for (command, effect) in [
        (Command::Redraw, Effect::Redraw),
        (Command::Suspend, Effect::Suspend),
        (Command::Quit, Effect::Quit),
    ] {
        deck.press(command);
        assert_eq!(deck.effects.last(), Some(&effect));
    }
    deck.effects.clear();
    deck.send(Msg::Desk(DeskMsg::Failed {
        text: "disk full".into(),
        since: deck.now,
        waiting: 2,
        unkept: None,
    }));
    deck.press(Command::Quit);
    assert!(deck.effects.is_empty() && matches!(deck.model.overlay, Some(Overlay::Confirm(_))));
    deck.press(Command::Open);
    assert_eq!(deck.effects.last(), Some(&Effect::Quit));
    deck.press(Command::Redial);
    assert!(deck.toast().contains("not here"));
    let node = Node::Appliance(Some("hq".into()), "acme-stl-01".into());
    deck.send(Msg::Pointed(Spot::Tree(node), MouseAction::Click));
    deck.press(Command::Redial);
    assert!(deck.effects.contains(&Effect::Redial("acme-stl-01".into())));
}

#[test]
fn the_mouse_selects_opens_and_scrolls() {
    let mut deck = Deck::new();
    deck.send(Msg::Pointed(Spot::Tab(Screen::Jobs), MouseAction::Click));
    let id = deck.model.jobs.rows().get(1).cloned().unwrap();
    deck.send(Msg::Pointed(
        Spot::Job(id.clone()),
        MouseAction::DoubleClick,
    ));
    assert_eq!(
        (deck.model.jobs.selected.as_ref(), deck.model.focus),
        (Some(&id), Pane::Detail)
    );
    deck.press(Command::Back);
    deck.send(Msg::Mouse(Mouse {
        action: MouseAction::WheelUp,
        column: 0,
        row: 0,
    }));
    assert_eq!(
        deck.model.jobs.selected.as_ref(),
        deck.model.jobs.rows().get(0)
    );
}

#[test]
fn a_viewer_is_told_why() {
    let mut deck = Deck::new();
    deck.model.me.role = "viewer".into();
    deck.press(Command::CallCard);
    assert!(deck.toast().contains("a viewer may not do that"));
    assert!(deck.model.wizard.is_none());
}

#[test]
fn at_an_unmanaged_tenant_a_restore_is_off() {
    let mut deck = Deck::new();
    deck.send(Msg::Pointed(Spot::Tree(tenant("bolt")), MouseAction::Click));
    deck.press(Command::NewRestore);
    assert!(deck.toast().contains("unmanaged"));
}

/// No command does anything bad anywhere, and none leaves the model in a mode it is not in.
#[test]
fn every_command_can_be_pressed_everywhere() {
    for info in TABLE {
        for screen in [
            Command::ScreenFleet,
            Command::ScreenJobs,
            Command::ScreenAlerts,
            Command::ScreenRestores,
            Command::CallCard,
            Command::Palette,
        ] {
            let mut deck = Deck::new();
            deck.press(screen);
            deck.press(info.command);
            deck.answer();
            assert!(deck.dispatched.is_empty(), "{info:?}");
            assert!(deck.model.hints().iter().all(|hint| !hint.label.is_empty()));
        }
    }
}

#[test]
fn what_help_names_is_done_from_there() {
    let mut deck = Deck::new();
    deck.press(Command::Help);
    let rows = deck.model.help_rows();
    let groups: Vec<_> = rows.iter().map(|row| row.command.info().group).collect();
    assert!(groups.is_sorted(), "a group stands in one piece");
    let at = |command| rows.iter().position(|row| row.command == command).unwrap();
    for _ in 0..at(Command::ScreenJobs) {
        deck.press(Command::Down);
    }
    deck.press(Command::Open);
    assert!(deck.model.overlay.is_none());
    assert_eq!(deck.model.screen, Screen::Jobs);
    // What is off says why; the help's own key only closes it.
    deck.press(Command::ScreenFleet);
    deck.press(Command::Help);
    deck.press(Command::Last);
    deck.press(Command::Last);
    let Some(Overlay::Help(last)) = deck.model.overlay else {
        panic!()
    };
    assert_eq!(last + 1, deck.model.help_rows().len());
}
