//! `[ring]` of `config.toml`: what calls somebody who looks elsewhere, and how.

use super::toml::Table;

/// What rings, and how: everything, unless it is turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ringing {
    /// The terminal's bell.
    pub bell: bool,
    /// A notification as iTerm2, kitty and Windows' terminals know it (OSC 9).
    pub osc9: bool,
    /// A notification with a title, as urxvt, foot and terminals on VTE know it (OSC 777).
    pub osc777: bool,
    /// On a new P1 or P2.
    pub alerts: bool,
    /// On a clock that turns hot.
    pub clocks: bool,
    /// On what a colleague asks or answers.
    pub colleagues: bool,
}

impl Default for Ringing {
    fn default() -> Self {
        Self {
            bell: true,
            osc9: true,
            osc777: true,
            alerts: true,
            clocks: true,
            colleagues: true,
        }
    }
}

/// Reads the table, if it is there.
pub(super) fn read(root: &Table<'_>) -> Ringing {
    let mut ringing = Ringing::default();
    let Some(table) = root.table("ring", "[ring]") else {
        return ringing;
    };
    for (key, flag) in [
        ("bell", &mut ringing.bell),
        ("osc9", &mut ringing.osc9),
        ("osc777", &mut ringing.osc777),
        ("alerts", &mut ringing.alerts),
        ("clocks", &mut ringing.clocks),
        ("colleagues", &mut ringing.colleagues),
    ] {
        *flag = table.flag(key).unwrap_or(*flag);
    }
    table.done();
    ringing
}
