//! What the console costs, for the rows of docs/bench.md:
//!
//!     cargo bench -p ocdeck                 # everything but what needs gigabytes
//!     cargo bench -p ocdeck -- frame find   # only these
//!     cargo bench -p ocdeck -- frame huge   # also a million jobs
//!
//! No test and no wall clock decides anything here: figures are printed and read by people.
//! Each is the shortest and the median of many rounds; ratios are of one run. On a machine that
//! others use too the shortest can be trusted: nobody makes code faster than it is.

#![allow(unreachable_pub)]
#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot go on has nothing to tell"
)]

mod bytes;
mod desk;
mod find;
mod fleet;
mod frame;
mod goal;
mod keymap;
mod ledger;
mod measure;
mod postgres;
mod storm;
mod update;
mod wire;
mod years;

/// A group of figures and what prints it.
type Group = (&'static str, fn(&Wanted));

/// Whose figures are asked for.
pub struct Wanted(Vec<String>);

impl Wanted {
    /// Whether a group is.
    fn group(&self, name: &str) -> bool {
        let groups: Vec<_> = self.0.iter().filter(|word| *word != "huge").collect();
        groups.is_empty() || groups.iter().any(|word| *word == name)
    }

    /// Whether what needs gigabytes is.
    pub fn huge(&self) -> bool {
        self.0.iter().any(|word| word == "huge")
    }
}

fn main() {
    // Cargo adds `--bench`.
    let words = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let words: Vec<String> = words.collect();
    if let Some((first, rest)) = words.split_first()
        && first == desk::ALONE
    {
        return desk::alone(rest);
    }
    let wanted = Wanted(words);
    let groups: [Group; 9] = [
        ("frame", frame::run),
        ("bytes", bytes::run),
        ("goal", goal::run),
        ("storm", storm::run),
        ("update", update::run),
        ("keymap", keymap::run),
        ("find", find::run),
        ("wire", wire::run),
        ("desk", desk::run),
    ];
    for (name, run) in groups {
        if wanted.group(name) {
            println!("\n## {name}");
            run(&wanted);
        }
    }
}
