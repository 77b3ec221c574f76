mod looks;

use super::*;
use crate::repo::{Kind, Special};
use crate::testing::{Fixture, noise};
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

fn catalog(fixture: &Fixture) -> Catalog {
    Catalog::new(Arc::new(fixture.open()))
}

fn names(nodes: &[Node]) -> Vec<&[u8]> {
    nodes.iter().map(|node| node.name.as_slice()).collect()
}

fn below(fixture: &Fixture, name: &[u8]) -> Vec<u8> {
    let mut path = fixture.source().as_os_str().as_bytes().to_vec();
    push(&mut path, name);
    path
}

/// Everything in a point with its content.
fn content(repository: &Repository, point: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut files = Vec::new();
    repository
        .walk(point, &[], &mut |path, node| {
            let node = node.unwrap();
            if node.kind == Kind::File {
                let mut content = Vec::new();
                for blob in &node.blobs {
                    let bytes = repository.read_blob(&blob.id).unwrap();
                    assert_eq!(blob.length, u32::try_from(bytes.len()).ok());
                    content.extend_from_slice(&bytes);
                }
                assert_eq!(node.size, content.len() as u64);
                files.push((path.to_vec(), content));
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    files
}

#[test]
fn folders_come_first_and_paths_start_at_the_root() {
    let fixture = Fixture::new();
    fixture.write("b.txt", "bb");
    fixture.write("a.txt", "a");
    fixture.write("zoo/x", "x");
    let point = fixture.back_up().point;
    let catalog = catalog(&fixture);
    let source = below(&fixture, b"");
    let nodes = catalog.browse(&point, &source).unwrap();
    assert_eq!(names(&nodes), [&b"zoo"[..], b"a.txt", b"b.txt"]);
    let again = catalog.browse(&point, &source).unwrap();
    assert!(Arc::ptr_eq(&nodes, &again), "kept");
    let root = catalog.browse(&point, b"/").unwrap();
    assert_eq!(root.len(), 1);
    let deep = catalog.browse(&point, &below(&fixture, b"zoo")).unwrap();
    assert_eq!(names(&deep), [b"x"]);
}

#[test]
fn what_is_no_folder_cannot_be_browsed() {
    let fixture = Fixture::new();
    fixture.write("a", "a");
    let point = fixture.back_up().point;
    let catalog = catalog(&fixture);
    for name in [&b"a"[..], b"nowhere", b"a/b", b".."] {
        let error = catalog.browse(&point, &below(&fixture, name)).unwrap_err();
        assert!(matches!(error, RepoError::NoSuchFolder { .. }), "{error:?}");
    }
    let error = catalog.browse("beef", b"/").unwrap_err();
    assert!(matches!(error, RepoError::NoSuchPoint(_)), "{error:?}");
}

#[test]
fn names_and_targets_that_are_no_text_survive() {
    let fixture = Fixture::new();
    let odd = b"caf\xe9 \\x41 \"q\" \n\t";
    fixture.write(OsStr::from_bytes(odd), "odd");
    let target = OsStr::from_bytes(b"to\xff");
    std::os::unix::fs::symlink(target, fixture.source().join("link")).unwrap();
    let point = fixture.back_up().point;
    let catalog = catalog(&fixture);
    let nodes = catalog.browse(&point, &below(&fixture, b"")).unwrap();
    assert_eq!(names(&nodes), [&odd[..], b"link"]);
    let target = target.as_bytes().to_vec();
    assert!(nodes.iter().any(|node| node.kind
        == Kind::Symlink {
            target: target.clone()
        }));
    let files = content(catalog.repository(), &point);
    assert_eq!(files, [(below(&fixture, odd), b"odd".to_vec())]);
    fixture.restic_check();
}

#[test]
fn owner_mode_and_time_are_those_of_the_file_and_its_folders() {
    use std::os::unix::fs::MetadataExt;
    let fixture = Fixture::new();
    fixture.write("f", "f");
    let path = fixture.source().join("f");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o4751)).unwrap();
    let mode = PermissionsExt::from_mode(0o2750);
    std::fs::set_permissions(fixture.source(), mode).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, fixture.source().join("pipe"), 0o600.into()).unwrap();
    let point = fixture.back_up().point;
    let repository = fixture.open();
    let point = repository.point(&point).unwrap();
    let meta = std::fs::metadata(&path).unwrap();
    let node = repository.node(&point, &below(&fixture, b"f")).unwrap();
    assert_eq!(node.mode, Some(0o4751));
    assert_eq!((node.uid, node.gid), (Some(meta.uid()), Some(meta.gid())));
    let mtime = node.mtime.unwrap();
    let nanoseconds = i64::from(mtime.timestamp_subsec_nanos());
    assert_eq!(
        (mtime.timestamp(), nanoseconds),
        (meta.mtime(), meta.mtime_nsec())
    );
    let folder = repository.node(&point, &below(&fixture, b"")).unwrap();
    assert_eq!(
        folder.mode,
        Some(0o2750),
        "also of the protected folder itself"
    );
    let pipe = repository.node(&point, &below(&fixture, b"pipe")).unwrap();
    assert_eq!(pipe.kind, Kind::Special(Special::Fifo));
}

#[test]
fn a_walk_visits_marked_paths_once_and_stops_when_told() {
    let fixture = Fixture::new();
    fixture.write("a/b/c", "c");
    fixture.write("a/d", "d");
    fixture.write("e", "e");
    let point = fixture.back_up().point;
    let repository = fixture.open();
    let marked = [
        below(&fixture, b"a/b"),
        below(&fixture, b"a"),
        below(&fixture, b"a/b/c"),
    ];
    let mut seen = Vec::new();
    let mut note = |path: &[u8], node: Result<&Node, RepoError>| {
        node.unwrap();
        seen.push(path.to_vec());
        ControlFlow::Continue(())
    };
    repository.walk(&point, &marked, &mut note).unwrap();
    let wanted = [&b"a"[..], b"a/b", b"a/b/c", b"a/d"].map(|name| below(&fixture, name));
    assert_eq!(seen, wanted);
    let calls = std::cell::Cell::new(0);
    let mut stop = |_: &[u8], _: Result<&Node, RepoError>| {
        calls.set(calls.get() + 1);
        ControlFlow::Break(())
    };
    repository.walk(&point, &[], &mut stop).unwrap();
    assert_eq!(calls.get(), 1);
    let error = repository
        .walk(&point, &[b"/no/where".to_vec()], &mut stop)
        .unwrap_err();
    assert!(matches!(error, RepoError::NoSuchPath { .. }), "{error:?}");
}

#[test]
fn an_open_repository_sees_what_a_later_backup_added() {
    let fixture = Fixture::new();
    fixture.write("a", noise(1, 100_000));
    let first = fixture.back_up().point;
    let catalog = catalog(&fixture);
    assert_eq!(
        catalog.points(&["erp01"], Some("nightly")).unwrap().len(),
        1
    );
    assert!(!catalog.repository().refresh().unwrap());
    fixture.write("b", noise(2, 100_000));
    let second = fixture.back_up().point;
    let points = catalog.points(&["erp01"], Some("nightly")).unwrap();
    let ids: Vec<_> = points.iter().map(|point| point.id.as_str()).collect();
    assert_eq!(ids, [second.as_str(), first.as_str()]);
    assert_eq!(content(catalog.repository(), &second).len(), 2);
    assert!(catalog.points(&["other"], None).unwrap().is_empty());
    assert!(catalog.points(&[], Some("other")).unwrap().is_empty());
}

#[test]
fn a_damaged_pack_is_an_error_and_no_panic() {
    let fixture = Fixture::new();
    fixture.write("a", noise(1, 100_000));
    let point = fixture.back_up().point;
    let repository = fixture.open();
    let point = repository.point(&point).unwrap();
    let node = repository.node(&point, &below(&fixture, b"a")).unwrap();
    std::fs::remove_dir_all(fixture.repository.path.join("data")).unwrap();
    let blob = node.blobs.first().unwrap();
    let error = repository.read_blob(&blob.id).unwrap_err();
    assert!(matches!(error, RepoError::Blob { .. }), "{error:?}");
    let error = repository.node(&point, b"/x").unwrap_err();
    assert!(matches!(error, RepoError::Folder { .. }), "{error:?}");
}

#[test]
fn what_restic_made_is_listed_and_read() {
    let fixture = Fixture::without_repository();
    fixture.write("caf\u{e9}/a", noise(3, 1_500_000));
    fixture.write(OsStr::from_bytes(b"odd\xff"), "odd");
    std::os::unix::fs::symlink("odd", fixture.source().join("link")).unwrap();
    let source = fixture.source();
    let source = source.to_str().unwrap();
    if fixture.restic(&["init"]).is_none() {
        return;
    }
    fixture.restic(&[
        "backup",
        "--no-cache",
        "--host",
        "oldbox",
        "--tag",
        "weekly",
        source,
    ]);
    let catalog = catalog(&fixture);
    let points = catalog
        .points(&["erp01", "oldbox"], Some("nightly"))
        .unwrap();
    let point = points.first().unwrap();
    assert_eq!((point.host.as_str(), point.job.as_str()), ("oldbox", ""));
    assert_eq!(point.folders, [source.as_bytes()]);
    let nodes = catalog.browse(&point.id, source.as_bytes()).unwrap();
    assert_eq!(names(&nodes), ["caf\u{e9}".as_bytes(), b"link", b"odd\xff"]);
    let files = content(catalog.repository(), &point.id);
    let wanted = [
        (
            below(&fixture, "caf\u{e9}/a".as_bytes()),
            noise(3, 1_500_000),
        ),
        (below(&fixture, b"odd\xff"), b"odd".to_vec()),
    ];
    assert_eq!(files, wanted);

    // And goes on with us.
    let ours = fixture.back_up();
    assert!(ours.added < 10_000, "{}", ours.added);
    fixture.restic_check();
}

#[test]
fn secrets_that_do_not_open_are_told_apart() {
    use crate::worker::protocol::RepositorySecret;
    let fixture = Fixture::new();
    let mut spec = fixture.repository.clone();
    let open = |spec: &_| Repository::open(spec).map(|_| ()).unwrap_err();
    spec.secret = RepositorySecret::Password("wrong".to_owned());
    assert!(matches!(open(&spec), RepoError::Password(_)));
    spec.secret = RepositorySecret::MasterKey("{}".to_owned());
    assert!(matches!(open(&spec), RepoError::MasterKey(_)));
    spec.secret = fixture.open().master_key().unwrap();
    Repository::open(&spec).unwrap();
    let created = Repository::create(&spec).map(|_| ()).unwrap_err();
    assert!(matches!(created, RepoError::Create { .. }));
    spec.path = fixture.dir.path().join("nowhere");
    assert!(matches!(open(&spec), RepoError::Open { .. }));
}
