//! Themes are read, every mistake is told with its place, and the shipped ones are whole.

use super::{Colours, Look, SHIPPED, Scope, Theme, glyphs, shipped};
use ratatui::style::{Color, Modifier, Style};
use std::path::Path;
use unicode_width::UnicodeWidthStr;

mod sight;

fn parse(text: &str) -> Result<Theme, crate::config::toml::Problems> {
    Theme::parse(Path::new("my.toml"), text, &mut |name| {
        Ok(name.and_then(shipped).unwrap_or_default())
    })
}

fn mistakes(text: &str) -> Vec<String> {
    let found = parse(text).unwrap_err().0;
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn every_shipped_theme_is_read_and_names_every_scope_itself() {
    for (name, _) in SHIPPED {
        let theme = shipped(name).unwrap();
        for scope in Scope::ALL {
            assert!(theme.names(*scope), "{name} leaves out {}", scope.name());
        }
    }
}

#[test]
fn the_dark_theme_has_the_values_of_the_palette_in_every_depth() {
    let theme = shipped("dark").unwrap();
    let look = |colours| Look::new(&theme, colours, false);
    let p1 = |colours| look(colours).style(Scope::P1);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    assert_eq!(
        p1(Colours::True),
        bold.fg(Color::Rgb(255, 255, 255))
            .bg(Color::Rgb(0xc9, 0x25, 0x2f))
    );
    assert_eq!(
        p1(Colours::Indexed),
        bold.fg(Color::Indexed(231)).bg(Color::Indexed(160))
    );
    assert_eq!(p1(Colours::Ansi), bold.fg(Color::White).bg(Color::Red));
    assert_eq!(p1(Colours::None), bold.add_modifier(Modifier::REVERSED));
}

#[test]
fn without_colours_no_style_has_one_and_what_is_urgent_is_bold_or_reversed() {
    for (name, _) in SHIPPED {
        let look = Look::new(&shipped(name).unwrap(), Colours::None, true);
        for scope in Scope::ALL {
            let style = look.style(*scope);
            assert_eq!(
                (style.fg, style.bg),
                (None, None),
                "{name} {}",
                scope.name()
            );
        }
        for scope in [Scope::P1, Scope::P2, Scope::ClockHot, Scope::JobFailed] {
            let loud = Modifier::BOLD | Modifier::REVERSED;
            assert!(look.style(scope).add_modifier.intersects(loud));
        }
    }
}

#[test]
fn a_scope_left_out_looks_like_its_parent() {
    let source = "[palette]\na = \"010203\"\n[scopes]\ntext = { fg = \"a\" }\nclock = { fg = \"040506\" }\n\"clock.hot\" = { bold = true }";
    let look = Look::new(&parse(source).unwrap(), Colours::True, false);
    assert_eq!(
        look.style(Scope::ClockWarn),
        Style::new().fg(Color::Rgb(4, 5, 6))
    );
    assert_eq!(
        look.style(Scope::ClockHot),
        Style::new().add_modifier(Modifier::BOLD)
    );
    assert_eq!(
        look.style(Scope::JobFailed),
        Style::new().fg(Color::Rgb(1, 2, 3))
    );
}

#[test]
fn a_theme_that_inherits_changes_a_colour_wherever_it_stands() {
    let source =
        "inherits = \"dark\"\n[palette]\nred = \"010203\"\n[scopes]\nok = { fg = \"red\" }";
    let look = Look::new(&parse(source).unwrap(), Colours::True, false);
    let red = Some(Color::Rgb(1, 2, 3));
    for scope in [Scope::JobFailed, Scope::Danger, Scope::Ok] {
        assert_eq!(look.style(scope).fg, red, "{}", scope.name());
    }
    let dark = Look::new(&shipped("dark").unwrap(), Colours::True, false);
    assert_eq!(look.style(Scope::Stale), dark.style(Scope::Stale));
}

#[test]
fn one_of_the_16_is_itself_in_every_depth() {
    let theme = parse("[scopes]\ntext = { fg = \"bright blue\", bg = \"default\" }").unwrap();
    for colours in [Colours::True, Colours::Indexed, Colours::Ansi] {
        let style = Look::new(&theme, colours, false).style(Scope::Text);
        assert_eq!(style, Style::new().fg(Color::LightBlue).bg(Color::Reset));
    }
}

#[test]
fn every_mistake_is_told_with_its_place_and_the_nearest_name() {
    assert_eq!(
        mistakes("[scopes]\n\"clock.hto\" = { fg = \"ffffff\" }"),
        ["my.toml:2:1: there is no scope \"clock.hto\"; did you mean \"clock.hot\"?"]
    );
    assert_eq!(
        mistakes("[palette]\nblue = \"58a6ff\"\n[scopes]\nkey = { fg = \"bleu\", blod = true }"),
        [
            "my.toml:4:14: \"bleu\" is neither in the palette nor a colour; did you mean \"blue\"?",
            "my.toml:4:22: a look has no \"blod\"; did you mean \"bold\"?",
        ]
    );
    assert_eq!(
        mistakes("[palette]\nblue = [\"58a6fg\", 300, \"bright blu\"]"),
        [
            "my.toml:2:9: \"58a6fg\" is no colour: six hex digits, as 58a6ff",
            "my.toml:2:19: the second value is a number of the 256 colours, 0 to 255",
            "my.toml:2:24: \"bright blu\" is none of the 16 colours; did you mean \"bright blue\"?",
        ]
    );
    assert_eq!(
        mistakes("[scope]\n"),
        ["my.toml:1:2: a theme has no \"scope\"; did you mean \"scopes\"?"]
    );
    assert!(
        mistakes("[scopes\n")
            .first()
            .unwrap()
            .starts_with("my.toml:1:")
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_reading_panic(source in "[\\[\\]a-z.=\"{} \n0-9äß\u{202e}]{0,80}") {
        let _ = parse(&source);
    }
}

#[test]
fn twins_are_ascii_and_one_cell_wide_as_are_the_glyphs() {
    for glyph in [
        "●", "◌", "✗", "▲", "✓", "►", "○", "▌", "━", "…", "−", "×", "▾",
    ] {
        let twin = glyphs::twin(glyph).unwrap();
        assert!(twin.is_ascii(), "{glyph}");
        assert_eq!((glyph.width(), twin.width()), (1, 1), "{glyph}");
    }
}
