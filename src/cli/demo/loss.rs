//! What the demo loses, and whether it came back: a manifest of SHA-256 sums is taken
//! before a system's data is deleted, and compared with what stands there afterwards.

use anyhow::Context;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Files below a root, by path relative to it, with the SHA-256 of each.
pub(super) type Manifest = BTreeMap<PathBuf, [u8; 32]>;

/// The manifest of everything below `root`.
pub(super) fn manifest(root: &Path) -> anyhow::Result<Manifest> {
    let mut manifest = Manifest::new();
    walk(root, &mut |path| {
        // No file of the demo is larger than a few megabytes.
        let hash = Sha256::digest(fs::read(path)?);
        if let Ok(relative) = path.strip_prefix(root) {
            manifest.insert(relative.to_owned(), hash.into());
        }
        Ok(())
    })
    .with_context(|| format!("{}: cannot be read", root.display()))?;
    Ok(manifest)
}

/// Calls `each` with every file below `folder`; links are not followed.
pub(super) fn walk(folder: &Path, each: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), each)?;
        } else {
            each(&entry.path())?;
        }
    }
    Ok(())
}

/// Deletes everything below `root`; the empty root stays, as after a disk swap.
pub(super) fn lose(root: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(root).with_context(|| format!("{}", root.display()))? {
        let entry = entry?;
        let path = entry.path();
        let gone = if entry.file_type()?.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        gone.with_context(|| format!("{}: cannot be deleted", path.display()))?;
    }
    Ok(())
}

/// How many files of `before` stand below `root` with the same content, and how many do not.
pub(super) fn compare(root: &Path, before: &Manifest) -> anyhow::Result<(u64, u64)> {
    let now = manifest(root)?;
    let equal = before
        .iter()
        .filter(|(path, hash)| now.get(*path) == Some(*hash))
        .count() as u64;
    Ok((equal, before.len() as u64 - equal))
}

#[cfg(test)]
mod tests {
    use super::{compare, lose, manifest};
    use std::fs;

    #[test]
    fn a_loss_is_seen_and_so_is_a_wrong_byte() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("a")).unwrap();
        fs::write(root.path().join("a/one"), "1").unwrap();
        fs::write(root.path().join("two"), "2").unwrap();
        let before = manifest(root.path()).unwrap();
        assert_eq!(compare(root.path(), &before).unwrap(), (2, 0));
        lose(root.path()).unwrap();
        assert!(root.path().exists());
        assert_eq!(compare(root.path(), &before).unwrap(), (0, 2));
        fs::create_dir(root.path().join("a")).unwrap();
        fs::write(root.path().join("a/one"), "1").unwrap();
        fs::write(root.path().join("two"), "x").unwrap();
        assert_eq!(compare(root.path(), &before).unwrap(), (1, 1));
    }
}
