//! Whether the shipped themes can be read, also by eyes that see red and green as one.

use super::{Colours, Look, SHIPPED, Scope, shipped};
use ratatui::style::Color;

type Linear = [f64; 3];

/// What a colour is on most terminals, in linear light. The ground of a terminal whose theme is
/// not known counts as black, and its words as light grey.
fn linear(color: Color, unknown: Linear) -> Linear {
    let (r, g, b) = match color {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Reset => return unknown,
        Color::Black => (0, 0, 0),
        Color::Red => (205, 49, 49),
        Color::Green => (13, 188, 121),
        Color::Yellow => (229, 229, 16),
        Color::Blue => (36, 114, 200),
        Color::Magenta => (188, 63, 188),
        Color::Cyan => (17, 168, 205),
        Color::Gray => (204, 204, 204),
        Color::DarkGray => (118, 118, 118),
        Color::LightRed => (241, 76, 76),
        Color::LightGreen => (35, 209, 139),
        Color::LightYellow => (245, 245, 67),
        Color::LightBlue => (59, 142, 234),
        Color::LightMagenta => (214, 112, 214),
        Color::LightCyan => (41, 184, 219),
        Color::White => (255, 255, 255),
        other => panic!("{other:?}"),
    };
    [r, g, b].map(|value: u8| {
        let c = f64::from(value) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    })
}

fn luminance([r, g, b]: Linear) -> f64 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// The contrast of WCAG 2: 1 to 21.
fn contrast(words: Color, ground: Color) -> f64 {
    let a = luminance(linear(words, [0.6, 0.6, 0.6]));
    let b = luminance(linear(ground, [0.0, 0.0, 0.0]));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// What never carries a fact alone.
const DECORATIONS: [Scope; 6] = [
    Scope::TextFaint,
    Scope::KeyOff,
    Scope::RowBarIdle,
    Scope::PaneRule,
    Scope::ProgressRest,
    Scope::Spark,
];

#[test]
fn words_have_contrast_on_every_ground_they_stand_on() {
    for (name, _) in SHIPPED {
        let look = Look::new(&shipped(name).unwrap(), Colours::True, false);
        let ground = |scope| look.style(scope).bg.unwrap_or(Color::Reset);
        let check = |scope: Scope, words: Color, ground: Color| {
            let found = contrast(words, ground);
            let scope = scope.name();
            assert!(found >= 4.5, "{name} {scope} on {ground:?}: {found:.2} : 1");
        };
        let row = ground(Scope::RowSelected);
        for scope in Scope::ALL.iter().filter(|s| !DECORATIONS.contains(s)) {
            let style = look.style(*scope);
            let Some(words) = style.fg else { continue };
            if let Some(own) = style.bg {
                check(*scope, words, own);
                continue;
            }
            check(*scope, words, ground(Scope::Bg));
            if look.row_words().is_none() {
                check(*scope, words, row);
            }
            for other in [Scope::BgBar, Scope::BgRaised, Scope::BgAlarm] {
                check(*scope, words, ground(other));
            }
        }
        if let Some(words) = look.row_words().and_then(|style| style.fg) {
            check(Scope::RowSelected, words, row);
        }
    }
}

/// What an eye without red (protanopia) or green (deuteranopia) receptors sees: Machado, Oliveira
/// and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
/// severity 1, on linear light.
const BLIND: [(&str, [Linear; 3]); 2] = [
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
];

/// CIE L*a*b* of D65.
fn lab([r, g, b]: Linear) -> [f64; 3] {
    let f = |t: f64| {
        if t > 0.008_856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    };
    let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.950_47);
    let y = f(luminance([r, g, b]));
    let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// How far apart two colours are for such an eye; about 2 is the least that is seen at all.
fn difference(a: Color, b: Color, eye: &[Linear; 3]) -> f64 {
    let seen = |color| {
        let light = linear(color, [0.6, 0.6, 0.6]);
        lab(eye.map(|row| {
            let sum: f64 = row.iter().zip(light).map(|(part, c)| part * c).sum();
            sum.clamp(0.0, 1.0)
        }))
    };
    let pairs = seen(a).into_iter().zip(seen(b));
    pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn the_colour_blind_theme_tells_good_from_bad_without_red_and_green() {
    let look = Look::new(&shipped("colour-blind").unwrap(), Colours::True, false);
    let states = [
        Scope::Ok,
        Scope::JobRunning,
        Scope::JobWarning,
        Scope::JobFailed,
        Scope::Stale,
    ];
    let clocks = [Scope::ClockCalm, Scope::ClockWarn, Scope::ClockHot];
    for (name, eye) in &BLIND {
        for group in [&states[..], &clocks[..]] {
            for (n, a) in group.iter().enumerate() {
                for b in group.iter().skip(n + 1) {
                    let (one, other) = (look.style(*a).fg.unwrap(), look.style(*b).fg.unwrap());
                    let found = difference(one, other, eye);
                    let (a, b) = (a.name(), b.name());
                    assert!(found >= 25.0, "{name}: {a} and {b}: {found:.1}");
                }
            }
        }
    }
    // The measure itself: the dark theme, made for other eyes, does not pass it.
    let dark = Look::new(&shipped("dark").unwrap(), Colours::True, false);
    let of = |scope| dark.style(scope).fg.unwrap();
    assert!(difference(of(Scope::Ok), of(Scope::JobFailed), &BLIND[1].1) < 25.0);
}
