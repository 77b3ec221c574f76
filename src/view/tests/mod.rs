//! Every screen as text and style, at the sizes and on the terminals that matter.
//!
//! With `OCDECK_SHOT_DIR` set, each screen is also written there as ANSI text, to be looked
//! at in a terminal.

mod absurd;
mod approval;
mod catalog;
mod desk;
mod facts;
mod fixture;
mod glyphs;
mod hostile;
mod incidents;
mod mouse;
mod picture;
mod queue;
mod shift;
mod themes;
mod unanswered;
mod waits;

use super::paint;
use crate::{
    config::theme::{Colours, Look, shipped},
    state::{
        command::Command,
        config::{Config, Remark},
        model::{Model, Screen},
        msg::{LinkNews, MouseAction, Msg, Reply, Spot},
    },
};
use catalog::{hits, versions};
use fixture::Night;
use ocdeck_domain::facts::{LookEnd, RestoreState, Searched};
use ratatui::{buffer::Buffer, layout::Rect};

fn look(theme: &str, colours: Colours, ascii: bool) -> Look {
    Look::new(&shipped(theme).unwrap(), colours, ascii)
}

fn drawn(model: &Model, look: &Look, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    paint(&mut buf, area, model, look);
    buf
}

fn check(name: &str, model: &Model, look: &Look, width: u16, height: u16) {
    let buf = drawn(model, look, width, height);
    if let Some(folder) = std::env::var_os("OCDECK_SHOT_DIR") {
        let file = std::path::Path::new(&folder).join(format!("{name}-{width}x{height}.ansi"));
        std::fs::write(file, picture::ansi(&buf)).unwrap();
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!(
            format!("{name}-{width}x{height}"),
            picture::text_and_style(&buf)
        );
    });
}

fn dark() -> Look {
    look("dark", Colours::True, false)
}

/// The usual size, the dark theme.
fn usual(name: &str, night: &Night) {
    check(name, &night.model, &dark(), 120, 40);
}

/// The other sizes and terminals, for the screens that are looked at in all of them.
fn everywhere(name: &str, night: &Night) {
    usual(name, night);
    check(name, &night.model, &dark(), 80, 24);
    check(name, &night.model, &dark(), 200, 50);
    let light = look("light", Colours::True, false);
    check(&format!("{name}-light"), &night.model, &light, 120, 40);
    let plain = look("dark", Colours::None, false);
    check(&format!("{name}-nocolor"), &night.model, &plain, 120, 40);
    let ascii = look("dark", Colours::None, true);
    check(&format!("{name}-ascii"), &night.model, &ascii, 120, 40);
}

/// The same for what the model lays out by the size of its screen.
fn everywhere_resized(name: &str, night: &mut Night) {
    for (columns, rows) in [(80, 24), (200, 50), (50, 10), (120, 40)] {
        night.send(Msg::Resized(columns, rows));
        check(name, &night.model, &dark(), columns, rows);
    }
    let light = look("light", Colours::True, false);
    check(&format!("{name}-light"), &night.model, &light, 120, 40);
    let plain = look("dark", Colours::None, false);
    check(&format!("{name}-nocolor"), &night.model, &plain, 120, 40);
    let ascii = look("dark", Colours::None, true);
    check(&format!("{name}-ascii"), &night.model, &ascii, 120, 40);
}

fn jobs() -> Night {
    let mut night = Night::busy();
    night.press(Command::ScreenJobs);
    let tree = night
        .model
        .tree
        .rows
        .iter()
        .find(|row| night.model.directory.name(&row.node) == "acme");
    let node = tree.unwrap().node.clone();
    night.send(Msg::Pointed(Spot::Tree(node), MouseAction::Click));
    let id = night.model.jobs.rows().get(3).unwrap().clone();
    night.send(Msg::Pointed(Spot::Job(id), MouseAction::Click));
    night.answer();
    night
}

#[test]
fn fleet() {
    let mut night = Night::busy();
    usual("fleet", &night);
    check("fleet", &night.model, &dark(), 80, 24);
    for (name, steps) in [("fleet-tenant", 2), ("fleet-appliance", 5)] {
        let mut night = Night::busy();
        for _ in 0..steps {
            night.press(Command::Down);
        }
        usual(name, &night);
    }
    night.press(Command::Last);
    usual("fleet-last", &night);
}

#[test]
fn nothing_is_configured() {
    usual("empty", &Night::empty());
}

#[test]
fn jobs_everywhere() {
    let night = jobs();
    assert_eq!(night.model.screen, Screen::Jobs);
    everywhere("jobs", &night);
    let look = look("dark", Colours::Ansi, false);
    check("jobs-16", &night.model, &look, 120, 40);
}

#[test]
fn jobs_over_a_lost_link() {
    let mut night = jobs();
    night.news("acme-stl-01", LinkNews::Silent);
    night.wait(96);
    usual("jobs-stale", &night);
}

#[test]
fn note_everywhere() {
    let mut night = Night::busy();
    night.press(Command::ScreenRestores);
    night.press(Command::NoteRequest);
    night.send(Msg::Paste(
        "Ann called at 02:14: erp01 is gone, nobody touched it.\n\n\
         She does not have the number of the data center; Bob Reyes has, from 06:00 on. \
         The folder with the ledger first, please: 日本 office opens at 03:00.\n\n- she calls back"
            .to_owned(),
    ));
    for _ in 0..2 {
        night.press(Command::Up);
    }
    night.press(Command::TextEnd);
    everywhere_resized("note", &mut night);
    night.press(Command::Help);
    usual("note-help", &night);
    night.press(Command::Back);
    night.press(Command::NoteSave);
    usual("note-saved", &night);
    night.press(Command::NoteRequest);
    let lines: Vec<String> = (1..=900)
        .map(|n| format!("{n} a line of a log that somebody pasted whole, to its end"))
        .collect();
    night.send(Msg::Paste(lines.join("\n")));
    night.press(Command::Back);
    night.wait(60);
    night.press(Command::NoteRequest);
    usual("note-long", &night);
}

#[test]
fn restores() {
    let mut night = Night::busy();
    night.press(Command::ScreenRestores);
    usual("restores", &night);
    let mut night = Night::demo();
    night.press(Command::ScreenRestores);
    usual("restores-none", &night);
    for (name, state) in [
        ("restore-running", RestoreState::Running),
        ("restore-completed", RestoreState::Completed),
    ] {
        let mut night = Night::busy();
        night.running(state);
        usual(name, &night);
        if state == RestoreState::Running {
            check(name, &night.model, &dark(), 80, 24);
        }
    }
}

#[test]
fn the_demo_says_that_somebody_is_on_the_phone() {
    let mut night = Night::demo();
    night.lose();
    usual("demo-lost", &night);
}

#[test]
fn wizard_steps() {
    let mut night = Night::demo();
    night.call();
    usual("wizard1", &night);
    check("wizard1", &night.model, &dark(), 80, 24);
    for (name, step, folders, stands) in [
        ("wizard1-taken", Command::StepCall, true, false),
        ("wizard2", Command::StepSystem, false, false),
        ("wizard3", Command::StepPoint, false, false),
        ("wizard5", Command::StepWhere, true, true),
        ("wizard8", Command::StepReadBack, false, false),
        ("wizard8-glass", Command::StepReadBack, true, true),
    ] {
        let mut night = Night::busy();
        night.stands = stands;
        night.wizard(step, folders);
        usual(name, &night);
    }
}

#[test]
fn points_of_restic_are_told_apart() {
    for (name, step) in [
        ("wizard3-foreign", Command::StepPoint),
        ("wizard8-foreign", Command::StepReadBack),
    ] {
        let mut night = Night::busy();
        night.taken_over = true;
        night.wizard(step, false);
        usual(name, &night);
        if step == Command::StepPoint {
            check(name, &night.model, &dark(), 80, 24);
        }
    }
}

#[test]
fn wizard_steps_everywhere() {
    for (name, step) in [
        ("wizard4", Command::StepWhat),
        ("wizard6", Command::StepOverwrite),
        ("wizard7", Command::StepCheck),
    ] {
        let mut night = Night::busy();
        night.stands = true;
        night.wizard(step, true);
        everywhere(name, &night);
    }
}

/// 80x24 and without colours besides the usual size.
fn narrow_and_plain(name: &str, night: &Night) {
    usual(name, night);
    check(name, &night.model, &dark(), 80, 24);
    let plain = look("dark", Colours::None, false);
    check(&format!("{name}-nocolor"), &night.model, &plain, 120, 40);
}

#[test]
fn a_search_inside_points() {
    let looked = |points, of, names| Searched { points, of, names };
    let mut night = Night::busy();
    night.search("LED");
    night.reply(vec![
        Reply::Hits(hits(&[
            ("/srv/erp/data/ledger/", 8),
            ("/srv/erp/data/ledger/led-0412.seg", 8),
        ])),
        Reply::Looked(looked(0, 1, 4_112)),
    ]);
    usual("wizard4-search-running", &night);
    night.press(Command::NextField);
    night.reply(vec![
        Reply::Hits(hits(&[
            ("/srv/erp/data/ledger/", 8),
            ("/srv/erp/data/ledger/led-0412.seg", 8),
            ("/srv/erp/data/ledger/led-0412.seg", 9),
            (
                "/srv/erp/data/a-very-long-folder-name/of-another-time/and-place/sealed.txt",
                6,
            ),
            ("/etc/erp/ledger.conf", 8),
        ])),
        Reply::Looked(looked(3, 8, 40_112)),
    ]);
    night.press(Command::Last);
    night.press(Command::Open);
    night.press(Command::Up);
    night.press(Command::Up);
    narrow_and_plain("wizard4-search-all", &night);
    night.press(Command::Open);
    usual("wizard4-search-point", &night);
    night.press(Command::Back);
    night.reply(vec![Reply::LookEnd(Ok(LookEnd {
        searched: looked(8, 8, 59_214),
        limited: true,
        unread: vec!["the folder /srv/erp/x of restore point 3f2a cannot be read".into()],
    }))]);
    usual("wizard4-search-over", &night);
}

#[test]
fn a_search_that_finds_nothing() {
    let mut night = Night::busy();
    night.search("");
    usual("wizard4-search-empty", &night);
    night.type_text("nowhere");
    night.reply(vec![Reply::LookEnd(Ok(LookEnd {
        searched: Searched {
            points: 1,
            of: 1,
            names: 19_046,
        },
        ..LookEnd::default()
    }))]);
    narrow_and_plain("wizard4-search-none", &night);
}

#[test]
fn a_mark_that_the_point_does_not_hold() {
    let mut night = Night::busy();
    night.wizard(Command::StepWhat, true);
    night.press(Command::TypePath);
    night.type_text("/srv/erp/lost.doc");
    night.press(Command::Open);
    usual("wizard4-absent", &night);
}

#[test]
fn versions_of_a_path() {
    let mut night = Night::busy();
    night.wizard(Command::StepWhat, true);
    night.press(Command::Last);
    night.press(Command::Up);
    night.press(Command::Up);
    night.press(Command::Versions);
    night.reply(vec![
        Reply::Versions(versions()),
        Reply::LookEnd(Ok(LookEnd {
            searched: Searched {
                points: 8,
                of: 8,
                names: 0,
            },
            ..LookEnd::default()
        })),
    ]);
    narrow_and_plain("wizard4-versions", &night);
}

#[test]
fn overlays() {
    let mut night = jobs();
    night.press(Command::Help);
    usual("help", &night);
    let mut night = jobs();
    night.press(Command::Palette);
    night.type_text("re");
    usual("palette", &night);
    let mut night = jobs();
    night.press(Command::Actions);
    usual("actions", &night);
    let mut night = jobs();
    night.press(Command::JobStop);
    usual("confirm", &night);
    let mut night = jobs();
    night.chord("g");
    usual("whichkey", &night);
    check("whichkey", &night.model, &dark(), 80, 24);
    // The selected row stands low: the popup gives way.
    night.press(Command::Last);
    night.chord("g");
    check("whichkey-low", &night.model, &dark(), 80, 18);
}

fn remark(place: &str, text: &str) -> Remark {
    Remark {
        place: place.into(),
        text: text.into(),
    }
}

#[test]
fn the_configuration() {
    let mut night = jobs();
    night.model.config = Config {
        folder: "/home/mara/.config/ocdeck".into(),
        theme: "mine".into(),
        keymap: "vim with keymap.toml".into(),
        files: vec![
            "config.toml".into(),
            "keymap.toml".into(),
            "themes/mine.toml".into(),
        ],
        mistakes: vec![
            remark(
                "keymap.toml:3:5",
                "there is no command \"quitt\"; did you mean \"quit\"?",
            ),
            remark(
                "themes/mine.toml:7:16",
                "\"bleu\" is neither in the palette nor a colour; did you mean \"blue\"?",
            ),
        ],
        notices: vec![remark(
            "keymap.toml:9:1",
            "r is restore.continue in [restores], which comes before [normal]; bind it there too if it should do the same",
        )],
    };
    usual("config-mistakes", &night);
    check("config-mistakes", &night.model, &dark(), 80, 24);
    night.press(Command::ShowConfig);
    usual("config", &night);
    check("config", &night.model, &dark(), 80, 24);
}

#[test]
fn a_terminal_that_is_too_small_says_so() {
    let mut night = Night::busy();
    night.send(Msg::Resized(20, 5));
    check("small", &night.model, &dark(), 20, 5);
    check("small", &night.model, &dark(), 49, 30);
    // Keys wait: nobody sees what they would do.
    night.press(Command::ScreenJobs);
    assert_eq!(night.model.screen, Screen::Fleet);
    night.send(Msg::Resized(120, 40));
    night.press(Command::ScreenJobs);
    assert_eq!(night.model.screen, Screen::Jobs);
}

#[test]
fn lists_are_filtered() {
    let mut night = Night::busy();
    night.press(Command::ScreenAlerts);
    night.press(Command::Filter);
    night.type_text("acme");
    usual("alerts-filter", &night);
    night.type_text(" nothing");
    usual("alerts-filter-none", &night);
    let mut night = Night::busy();
    night.press(Command::ScreenRestores);
    night.press(Command::Filter);
    night.type_text("nova fs");
    usual("restores-filter", &night);
}

#[test]
fn find_anything() {
    let mut night = jobs();
    night.press(Command::Find);
    usual("find-nothing-typed", &night);
    night.type_text("erp");
    night.answer();
    everywhere("find", &night);
    night.press(Command::Open);
    night.answer();
    usual("find-points", &night);
    check("find-points", &night.model, &dark(), 80, 24);
    let mut night = jobs();
    night.press(Command::Find);
    night.type_text("555 01");
    night.answer();
    usual("find-number", &night);
    night.type_text("99999");
    night.answer();
    usual("find-none", &night);
}

/// Drawing must take any size, on any screen, with any look.
#[test]
fn any_size_will_do() {
    let mut nights = vec![Night::empty(), Night::busy(), jobs()];
    nights.push(Night::queue());
    for screen in [Command::ScreenAlerts, Command::ScreenRestores] {
        let mut night = Night::busy();
        night.press(screen);
        nights.push(night);
    }
    for step in [
        Command::StepCall,
        Command::StepSystem,
        Command::StepPoint,
        Command::StepWhat,
        Command::StepWhere,
        Command::StepOverwrite,
        Command::StepCheck,
        Command::StepReadBack,
    ] {
        let mut night = Night::busy();
        night.stands = true;
        night.wizard(step, true);
        nights.push(night);
    }
    let mut night = Night::busy();
    night.running(RestoreState::Running);
    nights.push(night);
    let mut night = Night::busy();
    night.search("led");
    night.reply(vec![Reply::Hits(hits(&[("/srv/erp/data/ledger/", 8)]))]);
    nights.push(night);
    let mut night = Night::busy();
    night.wizard(Command::StepWhat, true);
    night.press(Command::Versions);
    night.reply(vec![Reply::Versions(versions())]);
    nights.push(night);
    for command in [
        Command::Help,
        Command::Palette,
        Command::Actions,
        Command::Find,
    ] {
        let mut night = jobs();
        night.press(command);
        night.answer();
        nights.push(night);
    }
    let look = look("dark", Colours::None, true);
    for night in &nights {
        for (width, height) in [
            (0, 0),
            (1, 1),
            (3, 2),
            (10, 5),
            (20, 3),
            (40, 10),
            (60, 15),
            (79, 23),
            (99, 24),
            (100, 29),
            (121, 31),
            (300, 90),
            (500, 150),
        ] {
            let buf = drawn(&night.model, &look, width, height);
            let text = picture::text(&buf);
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
            assert!(!text.contains('\u{202e}'));
        }
    }
}

/// What is drawn as a row is what the mouse points at there.
#[test]
fn the_mouse_points_at_what_is_drawn() {
    let area = Rect::new(0, 0, 120, 40);
    let night = jobs();
    let mut buf = Buffer::empty(area);
    let spots = paint(&mut buf, area, &night.model, &dark());
    let text = picture::text(&buf);
    let row_of = |word: &str| {
        let row = text.lines().position(|line| line.contains(word)).unwrap();
        u16::try_from(row).unwrap()
    };
    assert_eq!(
        spots.at(2, row_of("1 Fleet")),
        Some(&Spot::Tab(Screen::Fleet))
    );
    assert!(
        matches!(spots.at(60, row_of("sql01-db")), Some(Spot::Job(id)) if id.id.as_str() == "sql01-db")
    );
    assert!(matches!(
        spots.at(3, row_of("north reseller")),
        Some(Spot::Tree(_))
    ));
    assert_eq!(spots.at(119, 0), None);
}
