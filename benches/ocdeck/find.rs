//! How long a question to the index of names takes.

use crate::{
    Wanted,
    fleet::{self, Size},
    measure::{Times, row},
};
use ocdeck::state::{
    effect::Effect,
    find::{FindCommand, Index, Question},
};
use std::time::Instant;

/// What is typed, letter by letter.
const TYPED: [&str; 5] = ["erp0", "acme-01", "crm files", "zqx", "5550031"];

pub fn run(_: &Wanted) {
    // With what the directory says: about 20,000 and 200,000 names.
    for (appliances, jobs) in [(1_000, 10), (5_000, 20), (5_000, 24)] {
        of(Size {
            appliances,
            jobs,
            alert: 10,
        });
    }
}

fn of(size: Size) {
    let (_, effects) = fleet::awake(size);
    let mut index = Index::default();
    let start = Instant::now();
    for effect in effects {
        if let Effect::Find(FindCommand::Names(changes)) = effect {
            index.change(changes);
        }
    }
    println!("{} names:", index.len());
    row("  taken in", crate::measure::shown(start.elapsed()));
    let mut worst = Vec::new();
    for typed in TYPED {
        let mut texts = Vec::new();
        for (at, c) in typed.char_indices() {
            texts.push(typed.chars().take(at + c.len_utf8()).collect::<String>());
        }
        let mut by_letter = vec![Vec::new(); texts.len()];
        for _ in 0..9 {
            for (text, times) in texts.iter().zip(&mut by_letter) {
                let question = Question {
                    number: 1,
                    text: text.clone(),
                    only: None,
                };
                let start = Instant::now();
                let found = index.search(&question, &mut || false).unwrap();
                times.push(start.elapsed());
                assert!(found.hits.len() <= 200);
            }
        }
        for (text, times) in texts.iter().zip(by_letter) {
            let times = Times::from(times);
            times.row(&format!("  {text:?}"));
            worst.push(times.median());
        }
        let fresh = Times::of(9, || {
            let question = |text: &str| Question {
                number: 1,
                text: text.to_owned(),
                only: None,
            };
            // Another question between makes it a first one.
            index.search(&question("qqq"), &mut || false);
            index.search(&question(typed), &mut || false);
        });
        fresh.row(&format!("  {typed:?} pasted, after another question"));
    }
    let worst = worst.into_iter().max().unwrap_or_default();
    row("  slowest key", crate::measure::shown(worst));
}
