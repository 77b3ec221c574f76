//! The seven directions of ARCHITECTURE.md as rules over the names that a file uses.

use super::source::{Name, SourceFile};
use libtest_mimic::Failed;

/// A rule: in these folders, these names may not stand.
struct Rule {
    /// The direction's number.
    direction: u8,
    /// What the direction says.
    says: &'static str,
    /// Where it holds: beginnings of paths from the root of the workspace.
    places: &'static [&'static str],
    /// Where it does not, though a beginning says so.
    except: &'static [&'static str],
    /// Names that offend: `a::b` is that path or a longer one; `*::b` any path ending so;
    /// `&mut T`, `.method` and `macro!` stand for themselves.
    banned: &'static [&'static str],
}

const IO: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
    "std::io",
    "tokio",
    "tonic",
    "rusqlite",
    "hyper_util",
    "rustls",
    "tokio_rustls",
    "portable_pty",
];

const CLOCK: &[&str] = &[
    "*::Utc::now",
    "*::Local::now",
    "*::Instant::now",
    "*::SystemTime::now",
    "std::time::SystemTime",
    "std::time::Instant",
    "Uuid::new_v4",
    "Uuid::now_v7",
    "uuid::Uuid::new_v4",
    "uuid::Uuid::now_v7",
];

const RULES: &[Rule] = &[
    Rule {
        direction: 1,
        says: "domain is pure: no I/O",
        places: &["domain/src/"],
        except: &[],
        banned: IO,
    },
    Rule {
        direction: 1,
        says: "domain is pure: times and new ids come in as values",
        places: &["domain/src/"],
        except: &[],
        banned: CLOCK,
    },
    Rule {
        direction: 2,
        says: "state imports domain only",
        places: &["src/state/"],
        except: &[],
        banned: &[
            "crate::cli",
            "crate::config",
            "crate::desk",
            "crate::fleet",
            "crate::input",
            "crate::shell",
            "crate::view",
            "ocdeck_appliance",
            "ocdeck_engine",
            "ocdeck_faults",
            "ocdeck_proto",
            "ocdeck_trust",
            "ocdeck_widgets",
            "ratatui",
            "ratatui_core",
            "crossterm",
        ],
    },
    Rule {
        direction: 2,
        says: "state reads no clock and makes no ids: `Env` brings them",
        places: &["src/state/"],
        except: &[],
        banned: CLOCK,
    },
    Rule {
        direction: 3,
        says: "view draws: it never writes the model and awaits nothing",
        places: &["src/view/", "widgets/src/"],
        except: &[],
        banned: &[
            "&mut Model",
            ".await",
            "crate::cli",
            "crate::desk",
            "crate::fleet",
            "crate::shell",
            "crate::state::update",
            "ocdeck_appliance",
            "ocdeck_faults",
            "ocdeck_proto",
            "ocdeck_trust",
        ],
    },
    Rule {
        direction: 3,
        says: "view reads no clock",
        places: &["src/view/", "widgets/src/"],
        except: &[],
        banned: CLOCK,
    },
    Rule {
        direction: 3,
        says: "widgets know no domain",
        places: &["widgets/src/"],
        except: &[],
        banned: &["ocdeck_domain", "ratatui", "crossterm"],
    },
    Rule {
        direction: 3,
        says: "colours and key codes stand only in the theme, the key grammar and the shell",
        places: &["src/", "widgets/src/"],
        except: &["src/config/theme", "src/input/", "src/shell/"],
        banned: &[
            "Color",
            "*::Color",
            "*::style::Color",
            "KeyCode",
            "*::KeyCode",
            "KeyModifiers",
            "*::KeyModifiers",
        ],
    },
    Rule {
        direction: 4,
        says: "generated types stand only in fleet and in the appliance's service",
        places: &["src/", "appliance/", "domain/", "trust/", "widgets/"],
        except: &["src/fleet/", "appliance/src/service/", "appliance/tests/"],
        banned: &["ocdeck_proto", "prost", "prost_types"],
    },
    Rule {
        direction: 5,
        says: "only shell, fleet, desk, cli, the loader of config and the appliance do I/O",
        places: &["src/state/", "src/view/", "src/input/", "widgets/src/"],
        except: &[],
        banned: IO,
    },
    Rule {
        direction: 5,
        says: "the screen thread never waits",
        places: &["src/shell/", "src/state/", "src/view/", "src/input/"],
        except: &[],
        banned: &[".blocking_send", ".block_on", ".blocking_lock"],
    },
    Rule {
        direction: 6,
        says: "console and appliance meet only in proto, domain and trust",
        places: &["src/"],
        except: &["src/cli/"],
        banned: &["ocdeck_appliance", "ocdeck_engine"],
    },
    Rule {
        direction: 6,
        says: "only the appliance knows its engine",
        places: &["src/cli/", "domain/", "trust/", "widgets/", "proto/"],
        except: &[],
        banned: &["ocdeck_engine", "rustic_core", "rustic_backend"],
    },
    Rule {
        direction: 6,
        says: "trust knows no tonic",
        places: &["trust/src/"],
        except: &[],
        banned: &["tonic", "ocdeck_proto"],
    },
    Rule {
        direction: 7,
        says: "what is not implemented is absent",
        places: &[
            "src/",
            "appliance/",
            "domain/",
            "trust/",
            "widgets/",
            "proto/",
        ],
        except: &[],
        banned: &["todo!", "unimplemented!"],
    },
];

impl Rule {
    fn holds_in(&self, path: &str) -> bool {
        self.places.iter().any(|p| path.starts_with(p))
            && !self.except.iter().any(|p| path.starts_with(p))
            && !in_test_folder(path)
    }

    fn bans(&self, name: &Name) -> bool {
        self.banned
            .iter()
            .any(|banned| match banned.strip_prefix("*::") {
                Some(end) => {
                    name.path == end || name.path.ends_with(&format!("::{end}")) || {
                        name.path.contains(&format!("::{end}::"))
                            || name.path.starts_with(&format!("{end}::"))
                    }
                }
                None => name.path == *banned || name.path.starts_with(&format!("{banned}::")),
            })
    }
}

/// Files that are compiled for tests only: modules named `tests` and helpers beside them.
fn in_test_folder(path: &str) -> bool {
    path.split('/').any(|part| {
        part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs") || part == "testing.rs"
    })
}

/// What a file breaks, each as one line: place, direction, what it says, the name.
pub fn offences(file: &SourceFile) -> Vec<String> {
    let rules: Vec<&Rule> = RULES.iter().filter(|r| r.holds_in(&file.path)).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let names = file.names();
    let mut found = Vec::new();
    for rule in rules {
        for name in names.iter().filter(|n| rule.bans(n)) {
            found.push(format!(
                "{}:{}: direction {}: {}: {}",
                file.path, name.line, rule.direction, rule.says, name.path
            ));
        }
    }
    found.dedup();
    found
}

/// Shows that no rule is asleep: a sample that breaks each direction is found, by its
/// number and line, and the same names in tests are not.
pub fn each_can_be_broken() -> Result<(), Failed> {
    let samples: &[(u8, &str, &str)] = &[
        (
            1,
            "domain/src/x.rs",
            "\nfn f() { let _ = std::fs::read(\"x\"); }",
        ),
        (1, "domain/src/x.rs", "\nfn f() { chrono::Utc::now(); }"),
        (2, "src/state/x.rs", "\nuse crate::{view::draw, state};"),
        (
            2,
            "src/state/x.rs",
            "\nfn f() { vec![uuid::Uuid::new_v4()]; }",
        ),
        (3, "src/view/x.rs", "\nfn draw(model: &mut Model) {}"),
        (
            3,
            "src/view/x.rs",
            "\nfn f() { let c = ratatui::style::Color::Red; }",
        ),
        (3, "widgets/src/x.rs", "\nuse ocdeck_domain::ids::JobId;"),
        (4, "src/state/x.rs", "\nuse ocdeck_proto::v1;"),
        (
            5,
            "src/input/x.rs",
            "\nuse std::{fs, collections::BTreeMap};",
        ),
        (5, "src/shell/x.rs", "\nfn f(s: S) { s.blocking_send(1); }"),
        (6, "src/fleet/x.rs", "\nuse ocdeck_appliance::serve;"),
        (7, "src/fleet/x.rs", "\nfn f() { todo!() }"),
    ];
    for (direction, path, text) in samples {
        let found = offences(&SourceFile::sample(path, text));
        let wanted = format!("{path}:2: direction {direction}:");
        if !found.iter().any(|o| o.starts_with(&wanted)) {
            return Err(format!("not found: {wanted} in {text:?}, but {found:?}").into());
        }
        let tested = format!("#[cfg(test)] mod tests {{ {text} }}");
        let found = offences(&SourceFile::sample(path, &tested));
        if !found.is_empty() {
            return Err(format!("found in a test: {found:?}").into());
        }
    }
    Ok(())
}
