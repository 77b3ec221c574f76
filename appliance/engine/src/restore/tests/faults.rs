//! Disks that are full, packs that are damaged, folders that are closed.

use super::world::*;
use crate::{testing::noise, worker::Cancel, worker::protocol::RestoreSpec};
use ocdeck_domain::restore::OverwritePolicy;
use std::{fs, path::PathBuf, process::Command};

#[test]
fn a_damaged_pack_costs_its_files_and_no_others() {
    let world = World::new();
    for n in 0..6 {
        world.fixture.write(format!("f{n}"), noise(n, 200_000));
        world.back_up();
    }
    let point = world.back_up();
    let before = contents(&world.root());
    world.lose();
    // The largest packs hold the data; one of them gets a hole.
    let mut packs = Vec::new();
    for folder in fs::read_dir(world.fixture.repository.path.join("data")).unwrap() {
        for pack in fs::read_dir(folder.unwrap().path()).unwrap() {
            let pack = pack.unwrap();
            packs.push((pack.metadata().unwrap().len(), pack.path()));
        }
    }
    packs.sort();
    let (_, pack) = packs.last().unwrap();
    let mut bytes = fs::read(pack).unwrap();
    bytes[1000..1100].fill(0);
    fs::set_permissions(pack, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::write(pack, bytes).unwrap();

    let (_, told) = world.plan_and_restore(&world.spec(&point, OverwritePolicy::ReplaceChanged));
    assert_eq!((told.outcome.failed, told.outcome.verified.files), (1, 5));
    let issues = told.issues();
    let text = &issues.first().unwrap().text;
    assert!(text.contains("from another point"), "{text}");
    let after = contents(&world.root());
    assert_eq!(after.len(), 5, "no half file stands there");
    assert!(after.iter().all(|(path, content)| before[path] == *content));
}

#[test]
fn a_closed_folder_costs_its_files_and_no_others() {
    if rustix::process::geteuid().is_root() {
        println!("skipped: nothing is closed to root");
        return;
    }
    let world = World::new();
    world.fixture.write("closed/file", "1");
    world.fixture.write("open/file", "2");
    let point = world.back_up();
    fs::remove_file(world.root().join("closed/file")).unwrap();
    fs::remove_file(world.root().join("open/file")).unwrap();
    let mode = |mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(world.root().join("closed"), mode).unwrap();
    };
    mode(0o500);
    let (_, told) = world.plan_and_restore(&world.spec(&point, OverwritePolicy::KeepBoth));
    mode(0o700);
    assert_eq!((told.outcome.failed, told.outcome.verified.files), (1, 1));
    assert!(
        told.about("closed/file")
            .concat()
            .contains("give its user the right")
    );
}

/// Where the child finds what it restores.
const CHILD: &str = "OCDECK_TEST_FULL_DISK";

/// Not a test: what the next one runs on a small disk.
#[test]
#[ignore = "started by another test, on a small disk"]
fn child_on_a_small_disk() {
    let (order, target): (RestoreSpec, PathBuf) =
        serde_json::from_str(&std::env::var(CHILD).unwrap()).unwrap();
    let repository = crate::repo::Repository::open(&order.repository).unwrap();
    let filler = target.join("filler");
    fs::write(&filler, vec![1; 6_000_000]).unwrap();
    let told = restore_with(&repository, &order, &Cancel::new(), &mut |_| {}).unwrap();
    let counts = &told.outcome;
    assert!(counts.failed > 0 && counts.written.files > 0, "{counts:?}");
    assert_eq!(counts.failed + counts.written.files, 40);
    assert_eq!(counts.verified, counts.written);
    for issue in told.issues() {
        // In its namespace root knows no other owner, and says so.
        let expected = match issue.warning {
            true => "owner could not be set",
            false => "no space is left",
        };
        assert!(issue.text.contains(expected), "{}", issue.text);
    }
    let standing = contents(&target).len() as u64;
    assert_eq!(standing, counts.written.files + 1, "and the filler");
    assert_no_parts(&target);

    // Room is made, and the next attempt brings the rest.
    fs::remove_file(filler).unwrap();
    let order = RestoreSpec {
        attempt: 2,
        ..order
    };
    let told = restore_with(&repository, &order, &Cancel::new(), &mut |_| {}).unwrap();
    assert_eq!((told.outcome.failed, told.outcome.verified.files), (0, 40));
}

#[test]
fn a_full_disk_costs_what_does_not_fit_and_can_be_continued() {
    let world = World::new();
    for n in 0..40 {
        world.fixture.write(format!("d/f{n}"), noise(n, 100_000));
    }
    let point = world.back_up();
    world.lose();
    world.plan(&world.spec(&point, OverwritePolicy::ReplaceChanged));
    let child = serde_json::to_string(&(world.order(1), world.root())).unwrap();
    let script = "mount -t tmpfs -o size=8m tmpfs \"$1\" || exit 77; \
                  exec \"$2\" --exact --ignored --nocapture \
                  restore::tests::faults::child_on_a_small_disk";
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", script, "sh"])
        .arg(world.root())
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, child)
        .output();
    let required = std::env::var_os("OCDECK_REQUIRE_PEERS").is_some_and(|value| value == "1");
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) if output.status.code() == Some(101) => panic!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        other if required => panic!("a small disk cannot be mounted here: {other:?}"),
        _ => println!("skipped: a small disk cannot be mounted here"),
    }
}
