//! `[[hook]]` of `config.toml`: what `ocdeck desk keep` runs when something happens.

use super::toml::{Document, Table, did_you_mean};
use ocdeck_domain::hook::Trigger;
use std::{collections::BTreeSet, time::Duration};

/// How long a command may take if nothing is said.
const TIMEOUT: i64 = 30;
/// The longest that may be said: a run that nobody hears of for longer counts as lost.
pub const LONGEST: i64 = 300;

/// A command that is run when something happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its name in the journal: of all keepers of a desk those of one name are one hook.
    pub name: String,
    /// On what.
    pub on: BTreeSet<Trigger>,
    /// The program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// How long it may take before it is killed.
    pub timeout: Duration,
}

/// Reads all hooks of a configuration.
pub(super) fn read(document: &Document<'_>, table: &Table<'_>) -> Vec<Hook> {
    let mut hooks: Vec<Hook> = Vec::new();
    for table in table.tables("hook", "[[hook]]") {
        let hook = one(document, &table);
        table.done();
        let Some(hook) = hook else { continue };
        if hooks.iter().any(|other| other.name == hook.name) {
            table.problem(format!(
                "there is a hook {:?} already; give each a name of its own",
                hook.name
            ));
            continue;
        }
        hooks.push(hook);
    }
    hooks
}

fn one(document: &Document<'_>, table: &Table<'_>) -> Option<Hook> {
    let name = table.required("name");
    let mut on = BTreeSet::new();
    for event in table.texts("on") {
        match Trigger::from_name(&event.value) {
            Some(trigger) => drop(on.insert(trigger)),
            None => {
                let names = Trigger::ALL.into_iter().map(Trigger::name);
                let hint = did_you_mean(&event.value, names);
                let text = format!("nothing is called {:?} here{hint}", event.value);
                document.problem(event.span, text);
            }
        }
    }
    let command: Vec<String> = table
        .texts("command")
        .into_iter()
        .map(|word| word.value)
        .collect();
    let seconds = table.number("timeout").map_or(Some(TIMEOUT), |timeout| {
        let fits = (1..=LONGEST).contains(&timeout.value);
        if !fits {
            let text = format!("timeout is a number of seconds from 1 to {LONGEST}");
            document.problem(timeout.span, text);
        }
        fits.then_some(timeout.value)
    });
    if on.is_empty() {
        table.problem("a hook says when it is run: on = [\"new_p1\", …]");
    }
    match command.first() {
        Some(program) if program.starts_with('/') => {}
        Some(_) => {
            table.problem(
                "the first word of command is the full path of a program: \"/usr/local/bin/page\"",
            );
        }
        None => table.problem("a hook says what is run: command = [\"/usr/local/bin/page\"]"),
    }
    Some(Hook {
        name: name?.value,
        on,
        command,
        timeout: Duration::from_secs(u64::try_from(seconds?).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::super::settings;
    use super::*;
    use std::path::Path;

    fn read(text: &str) -> Result<Vec<Hook>, String> {
        let settings = settings::parse(Path::new("config.toml"), text);
        settings
            .map(|s| s.hooks)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn hooks_are_read() {
        let hooks = read(
            "[[hook]]\nname = \"page\"\non = [\"new_p1\", \"clock_hot\"]\n\
             command = [\"/usr/local/bin/page\", \"night shift\"]\n\
             [[hook]]\nname = \"mail\"\non = [\"new_p2\"]\ncommand = [\"/bin/mail\"]\ntimeout = 5\n",
        )
        .unwrap();
        assert_eq!(hooks[0].name, "page");
        assert_eq!(
            hooks[0].on,
            BTreeSet::from([Trigger::NewP1, Trigger::ClockHot])
        );
        assert_eq!(hooks[0].command, ["/usr/local/bin/page", "night shift"]);
        assert_eq!(hooks[0].timeout, Duration::from_secs(30));
        assert_eq!(hooks[1].timeout, Duration::from_secs(5));
    }

    #[test]
    fn mistakes_are_named() {
        let mistakes = read(
            "[[hook]]\nname = \"page\"\non = [\"new_p9\"]\ncommand = [\"page\"]\ntimeout = 900\n\
             [[hook]]\nname = \"page\"\non = [\"new_p1\"]\ncommand = [\"/bin/page\"]\n\
             [[hook]]\nname = \"page\"\non = [\"new_p1\"]\ncommand = []\nshell = true\n",
        )
        .unwrap_err();
        for words in [
            "config.toml:3:7: nothing is called \"new_p9\" here; did you mean \"new_p1\"?",
            "a hook says when it is run",
            "the first word of command is the full path of a program",
            "config.toml:5:11: timeout is a number of seconds from 1 to 300",
            "there is a hook \"page\" already",
            "a hook says what is run",
            "[[hook]] has no key \"shell\"",
        ] {
            assert!(mistakes.contains(words), "{words:?} is not in\n{mistakes}");
        }
    }
}
