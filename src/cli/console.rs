//! `ocdeck`: gathers settings, theme, keymap and fleet, then hands over to `shell`.

use super::{load, runtime};
use crate::{
    config::{
        fleet::FleetFile,
        keymap,
        place::Mistake,
        settings::{self, Folders, Settings},
        theme::{self, Colours, Look, Theme},
    },
    input::Keymap,
    shell::{self, Console, DemoLink},
    state::{Start, model},
};
use anyhow::{Context, Result, bail};
use chrono::Utc;
use chrono_tz::Tz;
use clap::Args;
use ocdeck_trust::{Identity, Purpose, check_own, worries};
use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// How the console looks.
#[derive(Clone, Debug, Default, Args)]
pub struct ConsoleArgs {
    /// A theme: dark, light, or the name of a file in the folder themes.
    #[arg(long, env = "OCDECK_THEME", value_name = "NAME", global = true)]
    theme: Option<String>,
}

/// Opens the console on the fleet in that file, or on none.
///
/// # Errors
/// When there is no terminal, no home, or the configuration cannot be used.
pub fn open(args: ConsoleArgs, fleet: Option<PathBuf>) -> Result<ExitCode> {
    shell::terminal::check()?;
    let fleet = fleet.as_deref().map(load).transpose()?;
    run(args, &Folders::find()?, fleet, None)
}

/// Opens the console on a fleet that runs already, such as a demo's.
///
/// # Errors
/// When there is no terminal or the configuration cannot be used.
pub fn run(
    args: ConsoleArgs,
    folders: &Folders,
    fleet: Option<FleetFile>,
    demo: Option<DemoLink>,
) -> Result<ExitCode> {
    shell::terminal::check()?;
    // Everything below may end with a sentence: the terminal is not taken over yet.
    let log = shell::log::start(&folders.state)
        .with_context(|| format!("cannot write to {}", folders.state.display()))?;
    shell::log::catch_panics(log.folder());
    shell::raise_file_limit();
    let mut mistakes = Vec::new();
    let settings = settings::load(&folders.config).unwrap_or_else(|error| {
        mistakes.push(error.to_string());
        Settings::default()
    });
    let keymap = keymap(&folders.config, &settings, &mut mistakes);
    let look = look(args.theme, &folders.config, &settings, &mut mistakes)?;
    tell(&mistakes);
    let (directory, links) = match fleet {
        Some(file) => (file.directory, Some((file.me, file.links))),
        None => Default::default(),
    };
    let me = match &links {
        Some((me, _)) => {
            let (me, worries) = who(me)?;
            tell(&worries);
            me
        }
        None => model::Me {
            name: env::var("USER").unwrap_or_default(),
            role: String::new(),
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
            keys: model::KeyLabels::default(),
        },
        keymap,
        look,
        links,
        desk: folders.state.join("desk.sqlite"),
        demo,
    };
    runtime()?.block_on(shell::run(console))
}

/// Mistakes in settings never keep anybody from a running restore: what is wrong is not used.
/// They stand on the screen that comes back at the end, and in the log.
fn tell(mistakes: &[String]) {
    for mistake in mistakes {
        tracing::warn!("{mistake}");
        // Standard error may be closed: then nobody reads it.
        let _ = writeln!(io::stderr(), "ocdeck: {mistake}");
    }
}

/// Who the certificate says that this is, and what should be done about it soon.
fn who(me: &crate::fleet::Me) -> Result<(model::Me, Vec<String>)> {
    let now = Utc::now();
    let own = check_own(Purpose::Client, &me.cert, &me.key, &me.ca, now)?;
    let worries = worries(&own, &me.cert, &me.key, &me.ca, now);
    match own.identity {
        Identity::Person(person) => {
            let person = model::Me {
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
fn zone() -> Tz {
    let named = |name: String| name.trim_start_matches(':').parse().ok();
    env::var("TZ")
        .ok()
        .and_then(named)
        .or_else(|| iana_time_zone::get_timezone().ok().and_then(named))
        .unwrap_or(Tz::UTC)
}

pub(super) fn keymap(folder: &Path, settings: &Settings, mistakes: &mut Vec<String>) -> Keymap {
    let named = settings.keymap.as_deref();
    let path = folder.join(named.unwrap_or(Path::new("keymap.toml")));
    let own = settings::read_if_there(&path).unwrap_or_else(|error| {
        mistakes.push(error.to_string());
        None
    });
    if own.is_none() && named.is_some() {
        mistakes.push(format!("the keymap {} is not there", path.display()));
    }
    let (keymap, problems) = keymap::load(own.as_deref().map(|text| (path.as_path(), text)));
    mistakes.extend(problems.map(|problems| problems.to_string()));
    keymap
}

pub(super) fn look(
    named: Option<String>,
    folder: &Path,
    settings: &Settings,
    mistakes: &mut Vec<String>,
) -> Result<Look> {
    let name = named
        .or_else(|| settings.theme.clone())
        .unwrap_or_else(|| "dark".to_owned());
    let theme = theme(&name, folder).or_else(|mistake| {
        mistakes.push(mistake);
        theme("dark", folder)
    });
    let theme = match theme {
        Ok(theme) => theme,
        Err(mistake) => bail!(mistake),
    };
    let get = |name: &str| env::var(name).ok();
    let ascii = settings.ascii.unwrap_or_else(|| ascii_locale(get));
    Ok(Look::new(&theme, Colours::detect(get), ascii))
}

fn theme(name: &str, folder: &Path) -> Result<Theme, String> {
    let lines = |mistakes: Vec<Mistake>| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        lines.join("\n")
    };
    let path = folder.join("themes").join(format!("{name}.toml"));
    let own = settings::read_if_there(&path).map_err(|error| error.to_string())?;
    match (own, theme::shipped(name)) {
        (Some(text), _) => Theme::parse(&path.to_string_lossy(), &text).map_err(lines),
        (None, Some(text)) => Theme::parse(&format!("themes/{name}.toml"), text).map_err(lines),
        (None, None) => {
            let shipped = theme::SHIPPED.iter().map(|(name, _)| *name);
            let hint = crate::config::toml::did_you_mean(name, shipped);
            Err(format!(
                "there is no theme {name:?}{hint}; a theme of your own stands in {}",
                path.display()
            ))
        }
    }
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

    #[test]
    fn a_theme_is_shipped_or_named_with_the_nearest() {
        let folder = tempfile::tempdir().unwrap();
        assert!(theme("light", folder.path()).is_ok());
        let mistake = theme("ligth", folder.path()).unwrap_err();
        assert!(mistake.contains("did you mean \"light\"?"), "{mistake}");
    }
}
