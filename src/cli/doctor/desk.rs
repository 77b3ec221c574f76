//! The folder of the desk: what people decide must stand on a disk that keeps it.

use super::report::{Check, Report};
use crate::desk::examine;
use ocdeck_widgets::format;
use rustix::fs::{Access, StatVfs, access, statfs, statvfs};
use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

const AREA: &str = "desk";
/// With less room somebody should look; with less than a tenth of it the next call may be lost.
const LOW: u64 = 200_000_000;

/// Looks at the folder, and at the desk in it if there is one.
pub(super) fn look(report: &mut Report, folder: &Path) {
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
    report.add(file(&folder.join("desk.sqlite")));
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
fn file_system(folder: &Path) -> Check {
    /// The numbers of `statfs(2)`.
    const NETWORK: [(u32, &str); 5] = [
        (0x6969, "NFS"),
        (0xff53_4d42, "CIFS"),
        (0xfe53_4d42, "SMB"),
        (0x6573_5546, "FUSE"),
        (0x0102_1997, "9P"),
    ];
    let Ok(found) = statfs(folder) else {
        return Check::skipped(AREA, "file system", "it is not told");
    };
    // The type has another width on each architecture; its number has 32 bits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let number = found.f_type as u32;
    match NETWORK.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => Check::warning(
            AREA,
            "file system",
            format!("{name}: the locks of a file server are not sure"),
        )
        .mend("export OCDECK_STATE_DIR=FOLDER, one on a disk of this machine"),
        None => Check::well(AREA, "file system", "local"),
    }
}

fn file(path: &Path) -> Check {
    if !path.exists() {
        return Check::well(AREA, "journal", "none yet");
    }
    match examine(path) {
        Ok(found) if found.damage.is_empty() => {
            Check::well(AREA, "journal", format!("sound, {} records", found.records))
        }
        Ok(found) => Check::wrong(AREA, "journal", found.damage.join("; ")).mend(format!(
            "restore {} from a backup; what can be read of it: sqlite3 {} .recover",
            path.display(),
            path.display()
        )),
        Err(error) => Check::wrong(AREA, "journal", error.chain()).mend(format!(
            "restore {} from a backup, or move it away to begin anew",
            path.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::doctor::report::Level, desk::Sqlite};
    use std::os::unix::fs::PermissionsExt;

    fn levels(folder: &Path) -> serde_json::Value {
        let mut report = Report::default();
        look(&mut report, folder);
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
        let check = file(&desk.join("desk.sqlite"));
        assert_eq!(check.level, Level::Wrong, "{check:?}");
    }
}
