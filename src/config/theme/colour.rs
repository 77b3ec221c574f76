//! Colours in three depths, and how one is made from another where a theme says only one.

use ratatui::style::Color;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Colours {
    /// 24 bits.
    True,
    /// The palette of 256.
    Indexed,
    /// The 16 of the terminal's own theme.
    Ansi,
    /// None, as `NO_COLOR` asks: only bold, reverse, underline and dim.
    None,
}

impl Colours {
    /// What the environment says, by the usual variables; `get` reads one of them.
    pub fn detect(get: impl Fn(&str) -> Option<String>) -> Self {
        if get("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return Self::None;
        }
        let colorterm = get("COLORTERM").unwrap_or_default();
        let term = get("TERM").unwrap_or_default();
        match () {
            () if colorterm == "truecolor" || colorterm == "24bit" => Self::True,
            () if term.ends_with("-direct") => Self::True,
            () if term.contains("256") => Self::Indexed,
            () => Self::Ansi,
        }
    }
}

/// One colour of a palette, for each depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shade {
    rgb: Color,
    indexed: Color,
    ansi: Color,
}

impl Shade {
    /// A shade with a value for each depth.
    pub(super) fn of_each_depth((r, g, b): (u8, u8, u8), indexed: u8, ansi: Color) -> Self {
        Self {
            rgb: Color::Rgb(r, g, b),
            indexed: Color::Indexed(indexed),
            ansi,
        }
    }

    /// A shade of which only the 24-bit value is known.
    fn from_rgb(rgb: (u8, u8, u8)) -> Self {
        Self::of_each_depth(rgb, nearest_indexed(rgb), nearest_ansi(rgb))
    }

    /// One of the 16, in every depth: the person chose it in the settings of the terminal.
    fn from_ansi(ansi: Color) -> Self {
        Self {
            rgb: ansi,
            indexed: ansi,
            ansi,
        }
    }

    /// Its colour on such a terminal.
    pub(super) fn on(self, colours: Colours) -> Option<Color> {
        match colours {
            Colours::True => Some(self.rgb),
            Colours::Indexed => Some(self.indexed),
            Colours::Ansi => Some(self.ansi),
            Colours::None => None,
        }
    }
}

/// `58a6ff`, or one of the 16 by its name.
pub(super) fn parse(text: &str) -> Option<Shade> {
    let hex = parse_hex(text).map(Shade::from_rgb);
    hex.or_else(|| parse_ansi(text).map(Shade::from_ansi))
}

/// `58a6ff`, with or without `#`.
pub(super) fn parse_hex(text: &str) -> Option<(u8, u8, u8)> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some((byte(0)?, byte(2)?, byte(4)?))
}

/// The names of the 16 colours, as theme files spell them.
pub(super) const ANSI_NAMES: [&str; 17] = [
    "default",
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright black",
    "bright red",
    "bright green",
    "bright yellow",
    "bright blue",
    "bright magenta",
    "bright cyan",
    "bright white",
];

const ANSI: [Color; 17] = [
    Color::Reset,
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// What most terminals show for the 16, "default" left out.
const ANSI_RGB: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 49, 49),
    (13, 188, 121),
    (229, 229, 16),
    (36, 114, 200),
    (188, 63, 188),
    (17, 168, 205),
    (204, 204, 204),
    (118, 118, 118),
    (241, 76, 76),
    (35, 209, 139),
    (245, 245, 67),
    (59, 142, 234),
    (214, 112, 214),
    (41, 184, 219),
    (255, 255, 255),
];

/// One of the 16 by its name.
pub(super) fn parse_ansi(name: &str) -> Option<Color> {
    let at = ANSI_NAMES.iter().position(|known| *known == name)?;
    ANSI.get(at).copied()
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let part = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    part(a.0, b.0) + part(a.1, b.1) + part(a.2, b.2)
}

fn nearest_ansi(rgb: (u8, u8, u8)) -> Color {
    (0..)
        .zip(ANSI_RGB)
        .min_by_key(|(_, known)| distance(rgb, *known))
        .and_then(|(at, _): (usize, _)| ANSI.get(at + 1).copied())
        .unwrap_or(Color::Reset)
}

/// The value of an entry of the 256: a cube of 6 × 6 × 6 from 16 on, then 24 greys.
fn indexed_rgb(index: u8) -> (u8, u8, u8) {
    let level = |n: u8| if n == 0 { 0 } else { 55 + n * 40 };
    match index {
        0..=15 => ANSI_RGB
            .get(usize::from(index))
            .copied()
            .unwrap_or_default(),
        16..=231 => {
            let n = index - 16;
            (level(n / 36), level(n / 6 % 6), level(n % 6))
        }
        232.. => {
            let grey = 8 + (index - 232) * 10;
            (grey, grey, grey)
        }
    }
}

fn nearest_indexed(rgb: (u8, u8, u8)) -> u8 {
    (16..=255)
        .min_by_key(|index| distance(rgb, indexed_rgb(*index)))
        .unwrap_or(16)
}

/// `from` moved towards `ground`, so that `percent` of it is left. `None` where a colour
/// of the terminal's own theme is in play, whose value nobody knows.
pub(super) fn faded(from: Color, ground: Color, percent: u16) -> Option<Color> {
    let (Color::Rgb(r, g, b), Color::Rgb(gr, gg, gb)) = (from, ground) else {
        return None;
    };
    let mix = |from: u8, ground: u8| {
        let sum = u16::from(from) * percent + u16::from(ground) * (100 - percent);
        u8::try_from(sum / 100).unwrap_or(u8::MAX)
    };
    Some(Color::Rgb(mix(r, gr), mix(g, gg), mix(b, gb)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_six_digits() {
        assert_eq!(parse_hex("58a6ff"), Some((0x58, 0xa6, 0xff)));
        assert_eq!(parse_hex("#58A6FF"), Some((0x58, 0xa6, 0xff)));
        assert_eq!(parse_hex("58a6f"), None);
        assert_eq!(parse_hex("58a6fg"), None);
        assert_eq!(parse_hex("äöü"), None);
    }

    #[test]
    fn every_entry_of_the_cube_is_its_own_nearest() {
        for index in 16..=255 {
            let rgb = indexed_rgb(index);
            assert_eq!(indexed_rgb(nearest_indexed(rgb)), rgb);
        }
    }

    #[test]
    fn the_environment_decides() {
        let detect = |pairs: &'static [(&str, &str)]| {
            Colours::detect(|name| {
                let found = pairs.iter().find(|(known, _)| *known == name)?;
                Some(found.1.to_owned())
            })
        };
        assert_eq!(
            detect(&[("COLORTERM", "truecolor"), ("TERM", "xterm-256color")]),
            Colours::True
        );
        assert_eq!(detect(&[("TERM", "screen-256color")]), Colours::Indexed);
        assert_eq!(detect(&[("TERM", "linux")]), Colours::Ansi);
        assert_eq!(
            detect(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]),
            Colours::None
        );
        assert_eq!(
            detect(&[("NO_COLOR", ""), ("COLORTERM", "24bit")]),
            Colours::True
        );
    }
}
