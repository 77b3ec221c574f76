//! Themes are read, every mistake is told with its place, and the shipped ones are whole.

use super::{Colours, Look, SHIPPED, Scope, Theme, glyphs};
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthStr;

fn mistakes(source: &str) -> Vec<String> {
    let found = Theme::parse("my.toml", source).unwrap_err();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn every_shipped_theme_is_read_and_names_every_scope_itself() {
    for (name, source) in SHIPPED {
        let theme = Theme::parse(name, source).unwrap_or_else(|found| panic!("{found:?}"));
        for scope in Scope::ALL {
            assert!(
                theme.paints.contains_key(scope.name()),
                "{name} leaves out {}",
                scope.name()
            );
        }
    }
}

#[test]
fn the_dark_theme_has_the_values_of_the_palette_in_every_depth() {
    let theme = Theme::parse("dark", SHIPPED[0].1).unwrap();
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
    for (name, source) in SHIPPED {
        let theme = Theme::parse(name, source).unwrap();
        let look = Look::new(&theme, Colours::None, true);
        for scope in Scope::ALL {
            let style = look.style(*scope);
            assert_eq!((style.fg, style.bg), (None, None), "{}", scope.name());
        }
        for scope in [Scope::P1, Scope::P2, Scope::ClockHot, Scope::JobFailed] {
            let loud = Modifier::BOLD | Modifier::REVERSED;
            assert!(look.style(scope).add_modifier.intersects(loud));
        }
    }
}

#[test]
fn words_have_contrast_on_the_ground_and_on_the_selected_row() {
    let light = |color: Color| {
        let Color::Rgb(r, g, b) = color else {
            panic!("{color:?}")
        };
        let part = |value: u8| {
            let c = f64::from(value) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
    };
    let ratio = |a: f64, b: f64| (a.max(b) + 0.05) / (a.min(b) + 0.05);
    let decorations = [
        Scope::TextFaint,
        Scope::KeyOff,
        Scope::RowBarIdle,
        Scope::PaneRule,
        Scope::ProgressRest,
        Scope::Spark,
    ];
    for (name, source) in SHIPPED {
        let look = Look::new(&Theme::parse(name, source).unwrap(), Colours::True, false);
        let grounds = [Scope::Bg, Scope::RowSelected].map(|s| look.style(s).bg.unwrap());
        for scope in Scope::ALL.iter().filter(|s| !decorations.contains(s)) {
            let style = look.style(*scope);
            let Some(fg) = style.fg else { continue };
            let own = style.bg.map(|bg| vec![bg]);
            for ground in own.unwrap_or(grounds.to_vec()) {
                let found = ratio(light(fg), light(ground));
                assert!(found >= 4.4, "{name} {}: {found:.2} : 1", scope.name());
            }
        }
    }
}

#[test]
fn a_scope_left_out_looks_like_its_parent() {
    let source = "[palette]\na = \"010203\"\n[scopes]\ntext = { fg = \"a\" }\nclock = { fg = \"040506\" }\n\"clock.hot\" = { bold = true }";
    let look = Look::new(
        &Theme::parse("my.toml", source).unwrap(),
        Colours::True,
        false,
    );
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
fn every_mistake_is_told_with_its_place_and_the_nearest_name() {
    assert_eq!(
        mistakes("[scopes]\n\"clock.hto\" = { fg = \"ffffff\" }"),
        ["my.toml:2:1: unknown scope \"clock.hto\"; did you mean \"clock.hot\"?"]
    );
    assert_eq!(
        mistakes("[palette]\nblue = \"58a6ff\"\n[scopes]\nkey = { fg = \"bleu\", blod = true }"),
        [
            "my.toml:4:22: unknown \"blod\"; did you mean \"bold\"?",
            "my.toml:4:14: \"bleu\" is neither in the palette nor six hex digits; did you mean \"blue\"?",
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
        ["my.toml:1:2: unknown table \"scope\"; did you mean \"scopes\"?"]
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
        let _ = Theme::parse("my.toml", &source);
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
