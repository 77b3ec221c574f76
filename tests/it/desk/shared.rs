//! One desk, several accounts of one machine, each with a umask that would keep the others out.

use super::{open, record, request};
use crate::support::{ROLE, ocdeck, trial};
use libtest_mimic::Trial;
use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};
use uuid::Uuid;

/// Numbers that no account of a machine has: none is needed to have rights.
const GROUP: u32 = 54_321;
const MARA: u32 = 54_001;
const BEN: u32 = 54_002;
const NOBODY: u32 = 54_003;

pub fn trials() -> Vec<Trial> {
    let is_root = rustix::process::geteuid().is_root();
    vec![trial("desk::two_accounts_share_one", two_accounts).with_ignored_flag(!is_root)]
}

/// A program of an account, from a shell with the narrowest umask.
fn as_account(uid: u32, groups: &str, program: &Path) -> Command {
    let id = uid.to_string();
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", &id, "--regid", &id])
        .args(match groups {
            "" => vec!["--clear-groups"],
            groups => vec!["--groups", groups],
        })
        .args(["sh", "-c", "umask 077; exec \"$0\" \"$@\""])
        .arg(program);
    command
}

struct Writer {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

fn writer(uid: u32, program: &Path, place: &str) -> Writer {
    let mut child = as_account(uid, &GROUP.to_string(), program)
        .env(ROLE, "desk-writer")
        .env("OCDECK_DESK", place)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    Writer { child, lines }
}

fn text(output: &Output) -> String {
    crate::support::both(output)
}

fn two_accounts() {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    // Where the built programs lie may be closed to other accounts.
    let copy = |from: &Path, name: &str| {
        let to = home.path().join(name);
        fs::copy(from, &to).unwrap();
        fs::set_permissions(&to, Permissions::from_mode(0o755)).unwrap();
        to
    };
    let program = copy(Path::new(ocdeck()), "ocdeck");
    let roles = copy(&std::env::current_exe().unwrap(), "roles");
    let folder = home.path().join("desk");
    let place = folder.to_str().unwrap();
    let made = Command::new("sh")
        .args(["-c", "umask 077; exec \"$0\" \"$@\""])
        .arg(&program)
        .args(["desk", "init", place, "--group", &GROUP.to_string()])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made));

    let mut mara = writer(MARA, &roles, place);
    let mut ben = writer(BEN, &roles, place);
    for _ in 0..5 {
        mara.lines.next().unwrap().unwrap();
        ben.lines.next().unwrap().unwrap();
    }
    // Whoever made them: everything belongs to the group, and to nobody outside of it.
    for name in ["desk.sqlite", "desk.sqlite-wal", "desk.sqlite-shm"] {
        let about = fs::metadata(folder.join(name)).unwrap();
        assert_eq!(
            (about.mode() & 0o7777, about.gid()),
            (0o660, GROUP),
            "{name}"
        );
    }
    // All are gone at once, and the files beside with them; the next one makes them anew.
    for mut writer in [mara, ben] {
        writer.child.kill().unwrap();
        writer.child.wait().unwrap();
    }
    let export = as_account(BEN, &GROUP.to_string(), &program)
        .args(["desk", "export", "--desk", place])
        .output()
        .unwrap();
    let lines = text(&export);
    assert!(export.status.success(), "{lines}");
    for uid in [MARA, BEN] {
        let author = format!("\"account\":\"uid {uid}\"");
        assert!(lines.matches(&author).count() >= 5, "{lines}");
    }
    let mut again = writer(MARA, &roles, place);
    again.lines.next().unwrap().unwrap();
    again.child.kill().unwrap();
    again.child.wait().unwrap();
    let mut store = open(place, "root");
    store
        .append(&[record(&request(1), Uuid::new_v4())])
        .unwrap();
    let verdict = ocdeck::desk::verify(store.as_mut()).unwrap();
    assert_eq!(verdict.damage, []);
    drop(store);

    let outside = as_account(NOBODY, "", &program)
        .args(["desk", "verify", "--desk", place])
        .output()
        .unwrap();
    assert_eq!(outside.status.code(), Some(2));
    let words = text(&outside);
    assert!(words.contains("become a member of the group"), "{words}");
    // One of the group who may only read, reads, and is told why not more.
    fs::set_permissions(folder.join("desk.sqlite"), Permissions::from_mode(0o640)).unwrap();
    let doctor = as_account(BEN, &GROUP.to_string(), &program)
        .args(["doctor", "--desk", place])
        .env("HOME", home.path())
        .output()
        .unwrap();
    let words = text(&doctor);
    assert!(
        words.contains("read-only: uid 54002 may not write"),
        "{words}"
    );
    let verify = as_account(BEN, &GROUP.to_string(), &program)
        .args(["desk", "verify", "--desk", place])
        .output()
        .unwrap();
    assert!(text(&verify).contains("is sound"), "{}", text(&verify));
}
