//! `update`: the only writer of the model.

use super::{
    effect::Effect,
    model::{Env, Model},
    msg::Msg,
};

/// Let something happen to the model; what it wants done comes back.
pub fn update(model: &mut Model, msg: Msg, env: &Env<'_>) -> Vec<Effect> {
    model.now = env.now;
    match msg {
        Msg::Resized(columns, rows) => model.size = (columns, rows),
        Msg::PendingKeys(keys) => model.pending_keys = keys,
        Msg::Keymap(keys) => model.keys = keys,
        _ => {}
    }
    std::mem::take(&mut model.effects)
}
