//! How long it takes from a key to its command.

use crate::{Wanted, measure::Times};
use ocdeck::{
    config::keymap,
    input::{Key, Resolver},
    state::command::Mode,
};
use std::hint::black_box;

pub fn run(_: &Wanted) {
    let load = Times::of(50, || drop(black_box(keymap::shipped(keymap::DEFAULT))));
    load.row("reading the shipped keymap");
    let map = keymap::shipped(keymap::DEFAULT).unwrap();
    let keys: Vec<Key> = ["j", "g", "g", "C-p", "Enter", "z", "F1", "x"]
        .iter()
        .map(|key| key.parse().unwrap())
        .collect();
    let mut resolver = Resolver::default();
    let resolve = Times::of(2_000, || {
        for key in &keys {
            black_box(resolver.key(&map, Mode::Jobs, *key));
        }
    });
    resolve.row("8 keys, one of them a chord");
}
