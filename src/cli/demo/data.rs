//! The demo's data: the same files on every machine, and what changes between backups.

use super::world::System;
use std::{
    fs::{self, File, FileTimes},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Numbers that look random and are the same everywhere (xorshift64*).
pub(super) struct Numbers(u64);

impl Numbers {
    /// The series of a name.
    pub(super) fn of(name: &str) -> Self {
        let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed | 1)
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// The next number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}

/// Makes the data of a system below `root`.
pub(super) fn make(root: &Path, system: &System) -> io::Result<()> {
    let files: u64 = system.folders.iter().map(|(_, n)| u64::from(*n)).sum();
    let mean = system.bytes / files.max(1);
    let mut numbers = Numbers::of(system.id);
    for (folder, count) in system.folders {
        for index in 0..*count {
            let path = root.join(folder).join(file_name(folder, index));
            // Sizes spread around the mean, as they do on real disks.
            let size = mean / 4 + numbers.below(mean * 3 / 2 + 1);
            write(&path, size, index % 3 == 0, &mut numbers)?;
            let days = Duration::from_secs(3600 * (24 + numbers.below(24 * 90)));
            set_age(&path, days)?;
        }
    }
    Ok(())
}

/// Files stand in subfolders of at most 40, named as their folder suggests.
fn file_name(folder: &str, index: u32) -> PathBuf {
    let last = folder.rsplit('/').next().unwrap_or(folder);
    let (stem, extension) = match last {
        "conf" | "erp" => ("app", "toml"),
        "data" => ("ledger", "dat"),
        "index" => ("segment", "idx"),
        "mail" => ("message", "eml"),
        "journal" => ("till", "log"),
        "web" | "db" => ("disk", "vhdx"),
        "html" => ("page", "html"),
        "media" => ("picture", "jpg"),
        "runs" => ("scan", "raw"),
        _ => ("document", "docx"),
    };
    let name = format!("{stem}-{index:04}.{extension}");
    if index < 40 {
        PathBuf::from(name)
    } else {
        PathBuf::from(format!("2026-{:02}", index / 40)).join(name)
    }
}

fn write(path: &Path, size: u64, text: bool, numbers: &mut Numbers) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 64);
    while (content.len() as u64) < size {
        if text {
            writeln!(
                content,
                "entry {:016x} of the day: booked, checked, kept",
                numbers.next()
            )?;
        } else {
            content.extend_from_slice(&numbers.next().to_le_bytes());
        }
    }
    content.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    fs::write(path, content)
}

fn set_age(path: &Path, age: Duration) -> io::Result<()> {
    let then = SystemTime::now() - age;
    File::options()
        .write(true)
        .open(path)?
        .set_times(FileTimes::new().set_modified(then).set_accessed(then))
}

/// Changes a few files of a system, as a day of work does: some are written anew, one is
/// added in the place of an older one, so that the amount stays.
pub(super) fn change(root: &Path, system: &System, round: u64) -> io::Result<()> {
    let mut numbers = Numbers::of(&format!("{}-{round}", system.id));
    let mean = system.bytes
        / system
            .folders
            .iter()
            .map(|(_, n)| u64::from(*n))
            .sum::<u64>()
            .max(1);
    for (folder, count) in system.folders {
        for _ in 0..(count / 20).max(1) {
            let index = u32::try_from(numbers.below(u64::from(*count))).unwrap_or(0);
            let path = root.join(folder).join(file_name(folder, index));
            // Only what is there: a system that was lost stays lost.
            if path.exists() {
                write(
                    &path,
                    mean / 2 + numbers.below(mean),
                    index % 3 == 0,
                    &mut numbers,
                )?;
            }
        }
    }
    Ok(())
}

/// The file that comes and goes while a run reads the system.
pub(super) fn vanishing(root: &Path, system: &System) -> PathBuf {
    let folder = system.folders.first().map_or("", |(folder, _)| *folder);
    root.join(folder).join("outbox.lock")
}

#[cfg(test)]
mod tests {
    use super::{super::world::APPLIANCES, make};
    use std::{collections::BTreeMap, fs, path::Path};

    fn sizes(folder: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sizes(&path, into);
            } else {
                into.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }

    #[test]
    fn the_whole_world_is_small_and_the_same_each_time() {
        let once = tempfile::tempdir().unwrap();
        let (mut bytes, mut files) = (0, 0);
        for system in APPLIANCES.iter().flat_map(|a| a.systems) {
            let root = once.path().join(system.id);
            make(&root, system).unwrap();
            let mut first = BTreeMap::new();
            sizes(&root, &mut first);
            fs::remove_dir_all(&root).unwrap();
            make(&root, system).unwrap();
            let mut second = BTreeMap::new();
            sizes(&root, &mut second);
            assert_eq!(first, second);
            files += first.len();
            bytes += first.values().map(Vec::len).sum::<usize>();
            let aim = usize::try_from(system.bytes).unwrap();
            let made: usize = first.values().map(Vec::len).sum();
            assert!(
                made.abs_diff(aim) < aim / 4,
                "{}: {made} of {aim}",
                system.id
            );
        }
        assert!(files < 2_000, "{files} files");
        assert!(bytes < 26_000_000, "{bytes} bytes");
    }
}
