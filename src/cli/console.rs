//! `ocdeck`: gathers settings, theme, keymap and fleet, then hands over to `shell`.

use super::{load, runtime};
use crate::{
    config::{
        fleet::FleetFile,
        load::{Loader, Wanted},
        settings::Folders,
        theme::Colours,
    },
    desk::Place,
    shell::{self, Console, DemoLink},
    state::{Start, model},
};
use anyhow::{Context, Result, bail};
use chrono::Utc;
use chrono_tz::Tz;
use clap::Args;
use ocdeck_trust::{Identity, Purpose, Role, check_own, worries};
use std::{
    env,
    ffi::OsStr,
    fmt,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// How the console looks.
#[derive(Clone, Debug, Default, Args)]
pub struct ConsoleArgs {
    /// A theme: dark, light, high-contrast, ansi16, colour-blind, or the name of a file in the
    /// folder themes.
    #[arg(long, env = "OCDECK_THEME", value_name = "NAME", global = true)]
    theme: Option<String>,
    /// A keymap: default, vim, or the name of a file in the folder keymaps.
    #[arg(long, env = "OCDECK_KEYMAP", value_name = "NAME", global = true)]
    keymap: Option<String>,
}

/// Opens the console on the fleet in that file, or on none.
///
/// # Errors
/// When there is no terminal, no home, or the configuration cannot be used.
pub fn open(args: ConsoleArgs, fleet: Option<PathBuf>, desk: Option<&OsStr>) -> Result<ExitCode> {
    shell::terminal::check()?;
    let fleet = fleet.as_deref().map(load).transpose()?;
    let folders = Folders::find()?;
    let desk = super::desk::place(desk, &folders)?;
    run(args, &folders, fleet, desk, None)
}

/// Opens the console on a fleet that runs already, such as a demo's.
///
/// # Errors
/// When there is no terminal or the configuration cannot be used.
pub fn run(
    args: ConsoleArgs,
    folders: &Folders,
    fleet: Option<FleetFile>,
    desk: Place,
    demo: Option<DemoLink>,
) -> Result<ExitCode> {
    shell::terminal::check()?;
    // Everything below may end with a sentence: the terminal is not taken over yet.
    let log = shell::log::start(&folders.state);
    tell(log.trouble());
    shell::log::catch_panics(log.folder());
    shell::raise_file_limit();
    let mut loader = loader(folders.config.clone(), args);
    let configured = loader.load();
    tell(&configured.config.mistakes);
    let (directory, links) = match fleet {
        Some(file) => (file.directory, Some((file.me, file.links))),
        None => Default::default(),
    };
    let me = match &links {
        Some((me, _)) => {
            let (me, worries) = who(me)?;
            tell(worries);
            tell(desk.unlike(&me.name));
            me
        }
        None => model::Me {
            name: env::var("USER").unwrap_or_default(),
            role: String::new(),
            restricted: false,
            zone: zone(),
        },
    };
    let console = Console {
        start: Start {
            me,
            policy: toml::from_str(ocdeck_domain::policy::SHIPPED)
                .context("the shipped policy.toml has a mistake")?,
            directory,
            demo: demo.is_some(),
            now: Utc::now(),
            size: (0, 0),
            keys: configured.keymap.labels(),
            config: configured.config,
        },
        keymap: configured.keymap,
        look: configured.look,
        ring: configured.ring,
        loader,
        links,
        desk,
        exports: folders.state.join("handovers"),
        state: folders.state.clone(),
        demo,
    };
    runtime()?.block_on(shell::run(console))
}

/// What reads the configuration in this folder, for this terminal.
pub(super) fn loader(folder: PathBuf, args: ConsoleArgs) -> Loader {
    let get = |name: &str| env::var(name).ok();
    Loader::new(Wanted {
        folder,
        theme: args.theme,
        keymap: args.keymap,
        colours: Colours::detect(get),
        ascii: ascii_locale(get),
    })
}

/// Mistakes in the configuration never keep anybody from a running restore: what is wrong is not
/// used. They stand on the screen, on the one that comes back at the end, and in the log.
pub(super) fn tell(mistakes: impl IntoIterator<Item = impl fmt::Display>) {
    for mistake in mistakes {
        tracing::warn!("{mistake}");
        // Standard error may be closed: then nobody reads it.
        let _ = writeln!(io::stderr(), "ocdeck: {mistake}");
    }
}

/// Who the certificate says that this is, and what should be done about it soon.
pub(super) fn who(me: &crate::fleet::Me) -> Result<(model::Me, Vec<String>)> {
    let now = Utc::now();
    let own = check_own(Purpose::Client, &me.cert, &me.key, &me.ca, now)?;
    let worries = worries(&own, &me.cert, &me.key, &me.ca, now);
    match own.identity {
        Identity::Person(person) => {
            let person = model::Me {
                // A reseller's is refused without grants; every other without any sees all.
                restricted: person.role == Role::Reseller || !person.grants.is_empty(),
                name: person.name,
                role: person.role.name().to_owned(),
                zone: zone(),
            };
            Ok((person, worries.iter().map(ToString::to_string).collect()))
        }
        Identity::Appliance(id) => bail!(
            "{} is the certificate of the appliance {id}; [me] needs a person's \
             (`ocdeck pki issue person`)",
            me.cert.display()
        ),
    }
}

/// The time zone of the terminal.
pub(super) fn zone() -> Tz {
    let named = |name: String| name.trim_start_matches(':').parse().ok();
    env::var("TZ")
        .ok()
        .and_then(named)
        .or_else(|| iana_time_zone::get_timezone().ok().and_then(named))
        .unwrap_or(Tz::UTC)
}

/// Whether the locale was set to one that cannot show the signs. None at all says nothing:
/// that is how most SSH sessions arrive on terminals that can.
pub(super) fn ascii_locale(get: impl Fn(&str) -> Option<String>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| get(name).filter(|value| !value.is_empty()));
    set.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_locale_that_was_set_takes_the_signs_away() {
        let locale = |name: &'static str, value: &'static str| {
            ascii_locale(move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert!(!locale("LANG", ""));
        assert!(!locale("LANG", "en_US.UTF-8"));
        assert!(!locale("LC_ALL", "C.utf8"));
        assert!(locale("LC_ALL", "POSIX"));
    }
}
