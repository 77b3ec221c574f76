//! A system with everything that a file system can hold.

use super::world::*;
use crate::testing::noise;
use rustix::fs::{CWD, FileType, Mode, XattrFlags, lsetxattr, mknodat};
use std::{
    ffi::OsStr,
    fs,
    io::{Seek, SeekFrom, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, lchown, symlink},
        net::UnixListener,
    },
    path::Path,
};

/// Names that go wrong somewhere.
pub(super) fn names() -> Vec<Vec<u8>> {
    let text = [
        " leading and trailing ",
        "naïve café 🎉👩‍👩‍👧",
        "new\nline",
        "tab\there",
        "carriage\rreturn",
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "\u{202e}gpj.exe",
        "zero\u{200b}width\u{feff}",
        "-rf",
        "~",
        "$(reboot)`reboot`",
        "quote\"'\\ back\\n",
        "*?[a]",
        "...",
        ".hidden",
        "e\u{301} and \u{e9}",
        "con",
        "trailing.",
    ];
    let mut names: Vec<Vec<u8>> = text.iter().map(|name| name.as_bytes().to_vec()).collect();
    names.push(b"\xff\xfe\x80 no utf-8".to_vec());
    names.push(b"cut \xf0\x9f\x8e".to_vec());
    names.push(vec![b'x'; 255]);
    names.push("é".repeat(127).into_bytes());
    names.push([vec![b'a'; 253], b"\xff\xff".to_vec()].concat());
    names
}

/// Fills a system. Whoever is not root cannot give files away, make devices, or set
/// attributes of the trusted class.
pub(super) fn fill(world: &World) {
    let root = world.root();
    let privileged = rustix::process::geteuid().is_root();
    special(&root, privileged);
    sparse(&root.join("sparse"));
    linked(&root);
    let odd = root.join("names");
    fs::create_dir(&odd).unwrap();
    for (n, name) in names().into_iter().enumerate() {
        fs::write(odd.join(OsStr::from_bytes(&name)), format!("{n}")).unwrap();
    }
    fs::create_dir(odd.join(OsStr::from_bytes(b"folder \xff\n"))).unwrap();
    world.fixture.write("empty", "");
    fs::create_dir(root.join("hollow")).unwrap();
    world.fixture.write("closed/inner/secret", "s3cret");
    world.fixture.write("big", noise(1, 3_000_000));
    let deep = ["d"; 120].join("/");
    world
        .fixture
        .write(format!("deep/{deep}/bottom"), "down here");
    attributes(&root, privileged);
    modes(&root, privileged);
    times(&root);
}

fn special(root: &Path, privileged: bool) {
    let folder = root.join("special");
    fs::create_dir(&folder).unwrap();
    symlink("../big", folder.join("link")).unwrap();
    symlink("/nowhere/at/all", folder.join("dangling")).unwrap();
    symlink("/etc/passwd", folder.join("outside")).unwrap();
    symlink(OsStr::from_bytes(b"to \xff\n"), folder.join("raw")).unwrap();
    symlink("l".repeat(4000), folder.join("long")).unwrap();
    let node = |name: &str, kind, mode: u32, device| {
        let mode = Mode::from_raw_mode(mode);
        mknodat(CWD, folder.join(name), kind, mode, device).unwrap();
    };
    node("pipe", FileType::Fifo, 0o640, 0);
    drop(UnixListener::bind(folder.join("socket")).unwrap());
    if privileged {
        node(
            "null",
            FileType::CharacterDevice,
            0o620,
            rustix::fs::makedev(1, 3),
        );
        node(
            "disk",
            FileType::BlockDevice,
            0o600,
            rustix::fs::makedev(259, 70_000),
        );
    }
}

/// Data, a large hole, data, and a hole to the end.
fn sparse(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    file.write_all(&noise(5, 8192)).unwrap();
    file.seek(SeekFrom::Start(24 << 20)).unwrap();
    file.write_all(&noise(6, 4096)).unwrap();
    file.set_len(40 << 20).unwrap();
}

fn linked(root: &Path) {
    for folder in ["one", "two", "two/three"] {
        fs::create_dir(root.join(folder)).unwrap();
    }
    fs::write(root.join("one/file"), noise(7, 300_000)).unwrap();
    fs::hard_link(root.join("one/file"), root.join("one/again")).unwrap();
    fs::hard_link(root.join("one/file"), root.join("two/three/far")).unwrap();
    fs::write(root.join("two/empty"), "").unwrap();
    fs::hard_link(root.join("two/empty"), root.join("one/empty")).unwrap();
    symlink("file", root.join("one/link")).unwrap();
    fs::hard_link(root.join("one/link"), root.join("two/link")).unwrap();
    let mode = Mode::from_raw_mode(0o600);
    mknodat(CWD, root.join("one/pipe"), FileType::Fifo, mode, 0).unwrap();
    fs::hard_link(root.join("one/pipe"), root.join("two/pipe")).unwrap();
}

fn attributes(root: &Path, privileged: bool) {
    let set = |path: &str, name: &str, value: &[u8]| {
        lsetxattr(root.join(path), name, value, XattrFlags::empty()).unwrap();
    };
    set("big", "user.note", b"kept");
    set("big", "user.binary", &[0, 255, 10, 27]);
    set("big", "user.empty", b"");
    set("hollow", "user.note", "ein Ordner 🎉".as_bytes());
    set("one/file", "user.of.all.names", b"1");
    set("closed/inner/secret", "user.note", b"of a closed file");
    // user::rw- user:1000:r-- group::r-- mask::r-- other::---
    let list = b"\x02\0\0\0\x01\0\x06\0\xff\xff\xff\xff\x02\0\x04\0\xe8\x03\0\0\
                 \x04\0\x04\0\xff\xff\xff\xff\x10\0\x04\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff";
    set("empty", "system.posix_acl_access", list);
    if privileged {
        set("big", "trusted.secret", b"only root sees it");
        set("special/link", "trusted.of.link", b"also on links");
        set("special/pipe", "trusted.of.pipe", b"and pipes");
        // cap_net_raw=ep
        let capability = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        set("two/empty", "security.capability", capability);
    }
}

fn modes(root: &Path, privileged: bool) {
    if privileged {
        for (n, path) in [
            "big",
            "special",
            "special/link",
            "special/pipe",
            "special/null",
        ]
        .into_iter()
        .enumerate()
        {
            lchown(root.join(path), Some(1234), Some(4321 + n as u32)).unwrap();
        }
    }
    let mode = |path: &str, mode| {
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("big", 0o6755);
    mode("hollow", 0o3777);
    mode("special/pipe", 0o622);
    mode("sparse", 0o400);
    mode("closed/inner/secret", 0o000);
    mode("closed/inner", 0o500);
    mode("closed", 0o111);
    if !privileged {
        // Nobody but root reads them.
        mode("closed/inner/secret", 0o400);
        mode("closed", 0o500);
    }
}

/// Folders last, because writing in them changes theirs.
fn times(root: &Path) {
    let files = [
        "big",
        "empty",
        "sparse",
        "one/file",
        "special/link",
        "special/dangling",
        "special/pipe",
        "closed/inner/secret",
    ];
    for (n, path) in files.into_iter().enumerate() {
        set_time(&root.join(path), 1_700_000_000 + n as i64, 123_456_789);
    }
    set_time(&root.join("special/raw"), -5, 999_999_999);
    set_time(&root.join("names"), 4_000_000_000, 1);
    set_time(&root.join("special"), 1_600_000_000, 1);
    set_time(&root.join("closed/inner"), 1_600_000_001, 999_999_999);
    set_time(&root.join("closed"), -1_000_000_000, 3);
    set_time(&root.join("hollow"), 0, 0);
}
