//! The folder of the desk: what people decide must stand on a disk that keeps it.

use super::report::{Check, Report};
use crate::desk::{self, FILE, Place, Who, examine, folder};
use chrono::{TimeDelta, Utc};
use ocdeck_trust::Identity;
use ocdeck_widgets::format;
use rustix::fs::{Access, StatVfs, access, statvfs};
use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

const AREA: &str = "desk";
/// With less room somebody should look; with less than a tenth of it the next call may be lost.
const LOW: u64 = 200_000_000;
/// A clock that NTP keeps is right within less.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// Looks at the place of the desk, and at the desk if there is one.
pub(super) fn look(report: &mut Report, place: anyhow::Result<Place>) {
    match place {
        Ok(Place::Own(folder)) => own(report, &folder),
        Ok(Place::Shared(folder)) => shared(report, &folder),
        Ok(place @ Place::Server(_)) => report.add(opened(&place)),
        Err(error) => {
            let check = Check::wrong(AREA, "place", format!("{error:#}"));
            report.add(check.mend("export OCDECK_DESK=PLACE"));
        }
    }
}

/// Whether the database of a desk knows its person by the name in the certificate.
pub(super) fn role(report: &mut Report, place: &Place, identity: &Identity) {
    let (Place::Server(_), Identity::Person(person)) = (place, identity) else {
        return;
    };
    report.add(match place.unlike(&person.name) {
        Some(unlike) => {
            let text = format!(
                "you log in as {role}, the certificate names {name}: what you write is shown as \
                 \"{name} (written by {role})\", and nothing that you take counts as yours",
                role = unlike.role,
                name = unlike.person
            );
            Check::warning(AREA, "role", text).mend(unlike.remedy())
        }
        None => Check::well(AREA, "role", person.name.clone()),
    });
}

/// One's own, in the state folder.
fn own(report: &mut Report, folder: &Path) {
    let about = match fs::metadata(folder) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = format!("{} is made by the first start", folder.display());
            report.add(writable_above(folder, text));
            return;
        }
        Err(error) => {
            let text = format!("{} cannot be read: {error}", folder.display());
            let check = Check::wrong(AREA, "folder", text);
            report.add(check.mend("export OCDECK_STATE_DIR=FOLDER, one of your own"));
            return;
        }
    };
    let shown = folder.display();
    if access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let check = Check::wrong(AREA, "folder", format!("{shown} cannot be written"));
        report.add(check.mend(format!("sudo chown -R $USER {shown}")));
    } else if about.mode() & 0o077 != 0 {
        let text = format!(
            "{shown} can be read by others (mode {:04o})",
            about.mode() & 0o7777
        );
        let check = Check::warning(AREA, "folder", text);
        report.add(check.mend(format!("chmod 700 {shown}")));
    } else {
        report.add(Check::well(AREA, "folder", shown.to_string()));
    }
    report.add(space(folder, statvfs(folder)));
    report.add(file_system(folder));
    file(report, &folder.join(FILE));
}

/// The folder of several people.
fn shared(report: &mut Report, folder: &Path) {
    let shown = folder.display();
    if let Err(error) = folder::check(folder) {
        let check = Check::wrong(AREA, "folder", error.chain());
        report.add(check.mend(format!("ocdeck desk init {shown} --group GROUP")));
        return;
    }
    let mode = |path: &Path| fs::metadata(path).map_or(0, |about| about.mode() & 0o7777);
    let (there, desk) = (mode(folder), mode(&folder.join(FILE)));
    if there == 0o2770 && desk == 0o660 {
        report.add(Check::well(AREA, "folder", shown.to_string()));
    } else {
        let text = format!(
            "{shown} has mode {there:04o} and {FILE} {desk:04o}, and 2770 and 0660 let the group \
             in and nobody else"
        );
        let check = Check::warning(AREA, "folder", text);
        report.add(check.mend(format!("sudo ocdeck desk init {shown} --group GROUP")));
    }
    report.add(space(folder, statvfs(folder)));
    report.add(file_system(folder));
    file(report, &folder.join(FILE));
    report.add(opened(&Place::Shared(folder.to_owned())));
}

/// What a console would find.
fn opened(place: &Place) -> Check {
    let found = desk::open(place, &Who::default()).and_then(|mut store| {
        let live = store.sessions()?.iter().filter(|s| !s.stale).count();
        Ok((store.access(), live))
    });
    match found {
        Ok((desk::Access::ReadWrite, live)) => {
            Check::well(AREA, "access", format!("{place}; connected: {live}"))
        }
        Ok((desk::Access::ReadOnly(reason), _)) => {
            Check::wrong(AREA, "access", format!("read-only: {reason}")).mend("ocdeck desk verify")
        }
        Err(error) => Check::wrong(AREA, "access", error.chain()).mend("ocdeck desk verify"),
    }
}

/// A folder that is not there is made below the nearest that is.
fn writable_above(folder: &Path, text: String) -> Check {
    let above = folder.ancestors().find(|above| above.exists());
    match above {
        Some(above) if access(above, Access::WRITE_OK | Access::EXEC_OK).is_ok() => {
            Check::well(AREA, "folder", text)
        }
        _ => Check::wrong(
            AREA,
            "folder",
            format!("{} cannot be made", folder.display()),
        )
        .mend("export OCDECK_STATE_DIR=FOLDER, one of your own"),
    }
}

fn space(folder: &Path, found: rustix::io::Result<StatVfs>) -> Check {
    let free = match found {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => return Check::warning(AREA, "space", format!("it is not told: {error}")),
    };
    let text = format!("{} free", format::bytes(free));
    let mend = format!("df -h {}", folder.display());
    match free {
        ..20_000_000 => Check::wrong(AREA, "space", text).mend(mend),
        20_000_000..LOW => Check::warning(AREA, "space", text).mend(mend),
        _ => Check::well(AREA, "space", text),
    }
}

/// SQLite's locks are sure only on a disk of this machine.
fn file_system(place: &Path) -> Check {
    match folder::network_of(place) {
        Err(_) => Check::skipped(AREA, "file system", "it is not told"),
        Ok(None) => Check::well(AREA, "file system", "local"),
        Ok(Some(name)) => Check::warning(
            AREA,
            "file system",
            format!("{name}: the locks of a file server cannot be relied on"),
        )
        .mend("export OCDECK_STATE_DIR=FOLDER, one on a disk of this machine"),
    }
}

fn file(report: &mut Report, path: &Path) {
    if !path.exists() {
        report.add(Check::well(AREA, "journal", "none yet"));
        return;
    }
    let shown = path.display();
    let anew = format!("restore {shown} from a backup, or move it away to begin anew");
    let found = match examine(path) {
        Ok(found) => found,
        Err(error) => {
            report.add(Check::wrong(AREA, "journal", error.chain()).mend(anew));
            return;
        }
    };
    report.add(if !found.damage.is_empty() {
        Check::wrong(AREA, "journal", found.damage.join("; ")).mend(format!(
            "restore {shown} from a backup; what can be read of it: sqlite3 {shown} .recover"
        ))
    } else if let Some(seq) = found.torn {
        let text = format!("record {seq} was changed with another tool");
        Check::wrong(AREA, "journal", text).mend(anew)
    } else if let desk::Access::ReadOnly(reason) = &found.access {
        Check::wrong(AREA, "journal", format!("read-only: {reason}")).mend("ocdeck desk migrate")
    } else {
        Check::well(AREA, "journal", format!("sound, {} records", found.records))
    });
    let ahead = found.last.map(|last| last - Utc::now());
    if let Some(ahead) = ahead.filter(|ahead| *ahead > SKEW) {
        let text = format!(
            "the last record was received {} s from now: this clock was set back, or the one that \
             wrote was ahead",
            ahead.num_seconds()
        );
        report.add(Check::warning(AREA, "clock", text).mend("timedatectl status"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Sqlite;
    use std::os::unix::fs::PermissionsExt;

    fn levels(folder: &Path) -> serde_json::Value {
        let mut report = Report::default();
        look(&mut report, Ok(Place::own(folder)));
        serde_json::to_value(&report).unwrap()["checks"].clone()
    }

    #[test]
    fn a_sound_desk_is_well_and_an_open_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let desk = folder.path().join("state");
        assert_eq!(levels(&desk)[0]["level"], "well");
        drop(Sqlite::open(&desk.join("desk.sqlite")).unwrap());
        let found = levels(&desk);
        assert_eq!(found[0]["level"], "well", "{found}");
        assert_eq!(found[3]["text"], "sound, 0 records");
        fs::set_permissions(&desk, fs::Permissions::from_mode(0o755)).unwrap();
        let found = levels(&desk);
        assert_eq!(found[0]["level"], "warning");
        assert_eq!(found[0]["remedy"], format!("chmod 700 {}", desk.display()));
        fs::write(
            desk.join("desk.sqlite"),
            "not a database, but long enough to be one",
        )
        .unwrap();
        assert_eq!(levels(&desk)[3]["level"], "wrong");
    }
    #[test]
    fn a_shared_desk_is_looked_at_as_a_console_opens_it() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("desk");
        let look_at = || {
            let mut report = Report::default();
            look(&mut report, Ok(Place::Shared(place.clone())));
            serde_json::to_value(&report).unwrap()["checks"].clone()
        };
        let found = look_at();
        assert!(
            found[0]["text"]
                .as_str()
                .unwrap()
                .contains("there is none yet"),
            "{found}"
        );
        let group = rustix::process::getegid().as_raw();
        folder::init(&place, group, "ops").unwrap();
        let found = look_at();
        assert_eq!(found[0]["level"], "well", "{found}");
        assert_eq!(
            found[4]["text"],
            format!("{}; connected: 0", place.display())
        );
        fs::set_permissions(place.join(FILE), fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(look_at()[0]["level"], "warning");
    }
}
