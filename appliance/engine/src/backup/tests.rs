use super::*;
use crate::testing::{Fixture, PASSWORD, about, as_another_user, issues, noise, on_a_disk, run};
use crate::worker::protocol::{PathBytes, Progress, RepositorySecret};
use chrono::{TimeZone as _, Utc};
use std::os::unix::ffi::OsStrExt;
use std::time::Instant;

fn bytes(path: &Path) -> PathBytes {
    path.as_os_str().as_bytes().to_vec()
}

#[test]
fn a_backup_is_a_point_that_restic_accepts() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "alpha");
    fixture.write("deep/er/b.bin", noise(1, 2_000_000));
    std::os::unix::fs::symlink("a.txt", fixture.source().join("link")).unwrap();
    let (result, events) = run(&fixture.spec());
    let outcome = result.unwrap();
    assert_eq!((outcome.files, outcome.bytes), (3, 2_000_005));
    assert_eq!((outcome.files_before, outcome.warnings), (None, 0));
    assert!(!outcome.shrunk);
    let used = used_bytes(&fixture.repository.path).unwrap();
    assert_eq!(outcome.repository_used, used);

    let started = events.iter().position(|e| matches!(e, Event::Started));
    assert!(started.is_some());
    let last = events.iter().rev().find_map(|event| match event {
        Event::Progress(progress) => Some(progress.clone()),
        _ => None,
    });
    let last = last.unwrap();
    assert_eq!((last.files_done, last.bytes_done), (3, 2_000_005));

    let points = fixture.open().points().unwrap();
    let point = points.first().unwrap();
    assert_eq!(points.len(), 1);
    assert_eq!(point.id, outcome.point);
    assert_eq!(
        (point.host.as_str(), point.job.as_str()),
        ("erp01", "nightly")
    );
    assert_eq!(point.folders, [bytes(&fixture.source())]);
    assert!(!point.seeded && !point.shrunk);
    fixture.restic_check();
}

#[test]
fn an_unchanged_source_adds_nothing_and_keeps_its_count() {
    let fixture = Fixture::new();
    for n in 0..50 {
        fixture.write(format!("{n}"), noise(n, 20_000));
    }
    let first = fixture.back_up();
    let (second, events) = run(&fixture.spec());
    let second = second.unwrap();
    assert_eq!(second.files_before, Some(50));
    assert_eq!((second.files, second.bytes), (first.files, first.bytes));
    assert!(first.added > 900_000, "{}", first.added);
    assert!(second.added < 5_000, "{}", second.added);
    let done = |event: &Event| {
        matches!(
            event,
            Event::Progress(Progress {
                files_done: 50,
                bytes_done: 1_000_000,
                ..
            })
        )
    };
    assert!(events.iter().any(done), "unchanged files count: {events:?}");
}

#[test]
fn a_changed_list_of_folders_is_still_compared_with_the_point_before() {
    let fixture = Fixture::new();
    fixture.write("one/a", noise(1, 500_000));
    let mut spec = fixture.spec();
    spec.folders = vec![bytes(&fixture.source().join("one"))];
    run(&spec).0.unwrap();
    fixture.write("two/b", "b");
    spec.folders.push(bytes(&fixture.source().join("two")));
    let outcome = run(&spec).0.unwrap();
    assert_eq!((outcome.files_before, outcome.files), (Some(1), 2));
    assert!(outcome.added < 10_000, "{}", outcome.added);
}

#[test]
fn a_cancelled_backup_leaves_no_point_and_a_sound_repository() {
    let fixture = Fixture::new();
    for n in 0..20 {
        fixture.write(format!("{n}"), noise(n, 300_000));
    }
    let mut spec = fixture.spec();
    spec.read_limit = Some(100_000);
    let cancel = Cancel::new();
    let at_work = cancel.clone();
    let asked = Arc::new(Mutex::new(None));
    let when = Arc::clone(&asked);
    let emit = Emit::new(move |event| {
        if matches!(
            event,
            Event::Progress(Progress {
                bytes_done: 1..,
                ..
            })
        ) {
            when.lock().unwrap().get_or_insert_with(Instant::now);
            at_work.cancel();
        }
    });
    let result = super::run(&spec, &cancel, &emit);
    assert!(matches!(result, Err(BackupError::Cancelled)), "{result:?}");
    let took = asked.lock().unwrap().unwrap().elapsed();
    // All of it would take a minute.
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert!(fixture.open().points().unwrap().is_empty());
    fixture.restic_check();

    spec.read_limit = None;
    spec.after_kill = true;
    assert_eq!(run(&spec).0.unwrap().files, 20);
    fixture.restic_check();
}

#[test]
fn a_backup_that_was_told_to_end_before_it_began_makes_no_point() {
    let fixture = Fixture::new();
    fixture.write("a", "a");
    fixture.back_up();
    let cancel = Cancel::new();
    cancel.cancel();
    let result = super::run(&fixture.spec(), &cancel, &Emit::new(|_| {}));
    assert!(matches!(result, Err(BackupError::Cancelled)), "{result:?}");
    assert_eq!(fixture.open().points().unwrap().len(), 1);
}

#[test]
fn what_a_killed_run_stored_is_used_and_indexed() {
    let fixture = Fixture::new();
    fixture.write("a", noise(1, 3_000_000));
    fixture.back_up();
    // As after a kill: packs, but no index and no point.
    for kind in ["index", "snapshots"] {
        let folder = fixture.repository.path.join(kind);
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
    }
    let half = fixture.repository.path.join("data/00/00ab-tmp-");
    std::fs::write(&half, "half").unwrap();
    let mut spec = fixture.spec();
    spec.after_kill = true;
    let outcome = run(&spec).0.unwrap();
    assert!(outcome.added < 10_000, "{}", outcome.added);
    assert!(!half.exists());
    fixture.restic_check();
}

#[test]
fn a_write_beyond_the_limit_ends_the_run_without_a_point() {
    let mut fixture = Fixture::new();
    fixture.write("small", "s");
    fixture.back_up();
    fixture.repository.limit = Some(3_000_000);
    fixture.write("big", noise(1, 5_000_000));
    let error = run(&fixture.spec()).0.unwrap_err().to_string();
    assert!(
        error.starts_with("repository limit 3 MB reached"),
        "{error}"
    );
    assert_eq!(fixture.open().points().unwrap().len(), 1);
    assert!(used_bytes(&fixture.repository.path).unwrap() <= 3_000_000);
    fixture.restic_check();
}

#[test]
fn a_repository_that_cannot_be_written_ends_the_run() {
    let fixture = Fixture::new();
    fixture.write("a", noise(1, 100_000));
    // Also root cannot make folders in a file.
    let data = fixture.repository.path.join("data");
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::write(&data, "").unwrap();
    let error = run(&fixture.spec()).0.unwrap_err();
    assert!(matches!(error, BackupError::Write(_)), "{error:?}");
    assert!(fixture.open().points().unwrap().is_empty());
}

#[test]
fn a_missing_folder_is_named_and_makes_no_point() {
    let fixture = Fixture::new();
    fixture.write("here/a", "a");
    let mut spec = fixture.spec();
    let gone = fixture.source().join("gone");
    spec.folders = vec![bytes(&fixture.source().join("here")), bytes(&gone)];
    let error = run(&spec).0.unwrap_err();
    assert!(
        error.to_string().contains(gone.to_str().unwrap()),
        "{error}"
    );
    assert!(matches!(
        error,
        BackupError::Folder(FolderError::Missing(_))
    ));
    assert!(fixture.open().points().unwrap().is_empty());
}

#[test]
fn an_empty_folder_is_fine_until_it_held_something() {
    let fixture = Fixture::new();
    let empty = run(&fixture.spec()).0.unwrap();
    assert_eq!(empty.files, 0);
    fixture.write("a", "a");
    fixture.back_up();
    std::fs::remove_file(fixture.source().join("a")).unwrap();
    let error = run(&fixture.spec()).0.unwrap_err();
    assert!(
        matches!(error, BackupError::Folder(FolderError::Emptied(_))),
        "{error:?}"
    );
    assert_eq!(fixture.open().points().unwrap().len(), 2);
}

#[test]
fn a_folder_that_goes_during_the_run_makes_no_point() {
    let fixture = Fixture::new();
    for n in 0..10 {
        fixture.write(format!("{n}"), noise(n, 100_000));
    }
    let mut spec = fixture.spec();
    spec.read_limit = Some(50_000);
    let source = fixture.source();
    let emit = Emit::new(move |event| {
        if matches!(
            event,
            Event::Progress(Progress {
                bytes_done: 1..,
                ..
            })
        ) {
            let _ = std::fs::remove_dir_all(&source);
        }
    });
    let error = super::run(&spec, &Cancel::new(), &emit).unwrap_err();
    assert!(
        matches!(error, BackupError::Folder(FolderError::Missing(_))),
        "{error:?}"
    );
    assert!(fixture.open().points().unwrap().is_empty());
}

#[test]
fn a_link_instead_of_a_folder_is_refused() {
    let fixture = Fixture::new();
    let link = fixture.dir.path().join("link");
    std::os::unix::fs::symlink(fixture.source(), &link).unwrap();
    let mut spec = fixture.spec();
    spec.folders = vec![bytes(&link)];
    let error = run(&spec).0.unwrap_err();
    assert!(
        matches!(error, BackupError::Folder(FolderError::NotAFolder(_))),
        "{error:?}"
    );
}

#[test]
fn relative_and_missing_folders_of_a_job_are_refused() {
    let relative = folders::protected(&[b"srv".to_vec()]);
    assert!(matches!(relative, Err(FolderError::Relative(_))));
    assert!(matches!(folders::protected(&[]), Err(FolderError::None)));
    let kept = folders::protected(&[&b"/a/b/"[..], b"/a", b"/a//", b"/ab"].map(<[u8]>::to_vec));
    assert_eq!(kept.unwrap(), [PathBuf::from("/a"), PathBuf::from("/ab")]);
}

#[test]
fn a_file_that_vanishes_before_it_is_read_is_a_named_warning() {
    let fixture = Fixture::new();
    fixture.write("gone", "gone");
    fixture.write("stays", "stays");
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let emit = Emit::new(move |event| sink.lock().unwrap().push(event));
    let run = Arc::new(Run {
        folders: vec![fixture.source()],
        filled: Mutex::default(),
        gate: Arc::new(Gate::new(Cancel::new())),
        meter: Arc::new(Meter::new(emit)),
        pace: Pace::new(None),
    });
    let source = Source::new(Arc::clone(&run), fixture.repository.path.clone());
    let entries: Vec<_> = rustic_core::ReadSource::entries(&source)
        .map(Result::unwrap)
        .filter_map(|entry| entry.open)
        .collect();
    assert_eq!(entries.len(), 2);
    std::fs::remove_file(fixture.source().join("gone")).unwrap();
    let opened = entries.into_iter().map(rustic_core::ReadSourceOpen::open);
    assert_eq!(opened.filter(Result::is_ok).count(), 1);
    let told = issues(&told.lock().unwrap());
    let told: Vec<_> = told
        .iter()
        .map(|i| (i.path.clone(), i.text.as_str()))
        .collect();
    let gone = bytes(&fixture.source().join("gone"));
    assert_eq!(told, [(gone, "it vanished before it was read")]);
    assert_eq!(run.meter.expected(), 1);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_kept() {
    if rustix::process::geteuid().is_root() {
        // Root reads everything.
        return as_another_user("backup::tests::child_that_may_not_read_all");
    }
    child_that_may_not_read_all();
}

#[test]
#[ignore = "started by another test, as another user"]
fn child_that_may_not_read_all() {
    let fixture = Fixture::new();
    fixture.write("a", "a");
    fixture.write("closed/inner", "i");
    fixture.write("secret", "s");
    let closed = |name: &str, mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(fixture.source().join(name), mode).unwrap();
    };
    closed("closed", 0o000);
    closed("secret", 0o000);
    let (result, events) = run(&fixture.spec());
    closed("closed", 0o700);
    let outcome = result.unwrap();
    assert_eq!((outcome.files, outcome.warnings), (1, 2));
    let told = issues(&events);
    let names: Vec<_> = told.iter().map(|issue| issue.path.clone()).collect();
    let expected = ["closed", "secret"].map(|name| bytes(&fixture.source().join(name)));
    assert_eq!(names, expected);
    for issue in told {
        assert!(issue.warning && issue.text.contains("must be able to read it"));
    }
    fixture.restic_check();
}

#[test]
fn a_file_deeper_than_any_path_is_kept() {
    let fixture = Fixture::new();
    // Three times as long as the longest path: two folders are walked from where they are.
    let mut folder = std::fs::File::open(fixture.source()).unwrap();
    let name = "d".repeat(250);
    let mut path = bytes(&fixture.source());
    for _ in 0..50 {
        rustix::fs::mkdirat(&folder, &name, rustix::fs::Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::DIRECTORY;
        let below = rustix::fs::openat(&folder, &name, flags, rustix::fs::Mode::empty());
        folder = below.unwrap().into();
        path.push(b'/');
        path.extend(name.as_bytes());
    }
    let file = rustix::fs::openat(
        &folder,
        "bottom",
        rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY,
        rustix::fs::Mode::RUSR,
    );
    std::io::Write::write_all(&mut std::fs::File::from(file.unwrap()), b"deep").unwrap();
    fixture.write("e", "after it");
    let (result, events) = run(&fixture.spec());
    let outcome = result.unwrap();
    assert_eq!(
        (outcome.files, outcome.warnings),
        (2, 0),
        "{:?}",
        issues(&events)
    );
    let repository = fixture.open();
    let point = repository.point(&outcome.point).unwrap();
    path.extend(b"/bottom");
    assert!(path.len() > 3 * 4096);
    assert_eq!(repository.node(&point, &path).unwrap().size, 4);
    fixture.restic_check();
    // What has not changed is not read again, there as elsewhere.
    let again = fixture.back_up();
    assert_eq!((again.files, again.warnings), (2, 0));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_kept_and_named() {
    use std::os::unix::fs::FileExt;
    for (change, words) in [
        (
            &(|file: &std::fs::File| file.set_len(500_000)) as &dyn Fn(&std::fs::File) -> _,
            "shorter",
        ),
        (
            &|file| file.write_all_at(b"more", 2_000_000),
            "before and after",
        ),
        (&|file| file.write_all_at(b"other", 10), "before and after"),
    ] {
        let fixture = Fixture::new();
        fixture.write("calm", "calm");
        fixture.write("changing", noise(1, 2_000_000));
        let path = fixture.source().join("changing");
        let entry = opened(&fixture, &path);
        let mut reader = rustic_core::ReadSourceOpen::open(entry.0).unwrap();
        let mut first = vec![0; 1_000_000];
        std::io::Read::read_exact(&mut reader, &mut first).unwrap();
        change(&std::fs::File::options().write(true).open(&path).unwrap()).unwrap();
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut reader, &mut rest).unwrap();
        let told = issues(&entry.1.lock().unwrap());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told.iter().all(|it| it.text.contains(words)), "{told:?}");
    }
}

/// The file as the library gets it, and what is told of it.
fn opened(fixture: &Fixture, path: &Path) -> (source::Opener, Arc<Mutex<Vec<Event>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let run = Arc::new(Run {
        folders: vec![fixture.source()],
        filled: Mutex::default(),
        gate: Arc::new(Gate::new(Cancel::new())),
        meter: Arc::new(Meter::new(Emit::new(move |event| {
            sink.lock().unwrap().push(event);
        }))),
        pace: Pace::new(None),
    });
    let source = Source::new(run, fixture.repository.path.clone());
    let mut entries = rustic_core::ReadSource::entries(&source).map(Result::unwrap);
    let entry = entries.find(|entry| entry.path == path).unwrap();
    (entry.open.unwrap(), told)
}

/// Not a test: what the next one runs where the repository's disk is small.
#[test]
#[ignore = "started by another test, on a small disk"]
fn child_with_a_full_repository() {
    let mut spec: BackupSpec = about();
    spec.repository.secret = RepositorySecret::Password(PASSWORD.to_owned());
    let repository = crate::repo::Repository::create(&spec.repository).unwrap();
    spec.repository.secret = repository.master_key().unwrap();
    let filler = spec.repository.path.join("filler");
    std::fs::write(&filler, vec![1; 14_000_000]).unwrap();
    let error = run(&spec).0.unwrap_err();
    assert!(matches!(error, BackupError::Write(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("its disk is full: make room there"), "{text}");
    assert!(text.contains("no restore point was made"), "{text}");
    assert!(repository.points().unwrap().is_empty());

    std::fs::remove_file(filler).unwrap();
    spec.after_kill = true;
    assert_eq!(run(&spec).0.unwrap().files, 40);
    assert_eq!(repository.points().unwrap().len(), 1);
    let left = std::fs::read_dir(spec.repository.path.join("data")).unwrap();
    let left = left.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    let half = left.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.as_encoded_bytes().ends_with(b"-tmp-")
    });
    assert_eq!(half.count(), 0);
}

#[test]
fn a_full_repository_disk_makes_no_point_and_is_said() {
    let fixture = Fixture::without_repository();
    for n in 0..40 {
        fixture.write(format!("{n}"), noise(n, 200_000));
    }
    std::fs::create_dir(&fixture.repository.path).unwrap();
    on_a_disk(
        &fixture.repository.path,
        "mount -t tmpfs -o size=16m tmpfs \"$1\"",
        &fixture.spec(),
        "backup::tests::child_with_a_full_repository",
    );
}

#[test]
fn the_repository_itself_is_not_backed_up() {
    let mut fixture = Fixture::without_repository();
    fixture.repository.path = fixture.source().join("repository");
    crate::repo::Repository::create(&fixture.repository).unwrap();
    fixture.write("a", "a");
    assert_eq!(fixture.back_up().files, 1);
}

#[test]
fn a_seeded_point_has_its_time_and_its_mark() {
    let fixture = Fixture::new();
    fixture.write("a", "a");
    let now = fixture.back_up();
    let mut spec = fixture.spec();
    let time = Utc.timestamp_opt(1_700_000_000, 123_000_000).unwrap();
    spec.time = Some(time);
    let seeded = run(&spec).0.unwrap();
    assert_eq!(seeded.files_before, None, "the other point is younger");
    let points = fixture.open().points().unwrap();
    let ids: Vec<_> = points.iter().map(|point| &point.id).collect();
    assert_eq!(ids, [&now.point, &seeded.point]);
    let point = points.last().unwrap();
    assert_eq!((point.time, point.seeded), (time, true));
    if let Some(said) = fixture.restic(&["snapshots", "--json", "--no-cache"]) {
        assert!(said.contains("2023-11-14T22:13:20.123"), "{said}");
    }
}

#[test]
fn a_point_with_less_than_half_the_files_is_marked_shrunk() {
    let fixture = Fixture::new();
    for n in 0..10 {
        fixture.write(format!("{n}"), "x");
    }
    fixture.back_up();
    for n in 0..5 {
        std::fs::remove_file(fixture.source().join(format!("{n}"))).unwrap();
    }
    assert!(!fixture.back_up().shrunk, "half is not less than half");
    for n in 5..8 {
        std::fs::remove_file(fixture.source().join(format!("{n}"))).unwrap();
    }
    let outcome = fixture.back_up();
    assert!(outcome.shrunk);
    assert_eq!((outcome.files_before, outcome.files), (Some(5), 2));
    let points = fixture.open().points().unwrap();
    let marks: Vec<_> = points.iter().map(|point| point.shrunk).collect();
    assert_eq!(marks, [true, false, false]);
}

#[test]
fn a_read_limit_slows_and_a_reread_reads_everything() {
    let fixture = Fixture::new();
    fixture.write("a", noise(1, 400_000));
    let first = fixture.back_up();
    let mut spec = fixture.spec();
    spec.read_limit = Some(1_000_000);
    spec.reread_all = true;
    let began = Instant::now();
    let outcome = run(&spec).0.unwrap();
    assert!(
        began.elapsed() >= Duration::from_millis(350),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(
        (outcome.files, outcome.files_before),
        (first.files, Some(1))
    );
    assert!(outcome.added < 5_000, "{}", outcome.added);
}

#[test]
fn limits_are_said_as_they_are_sold() {
    assert_eq!(megabytes(40_000_000), "40 MB");
    assert_eq!(megabytes(41_943_040), "41.9 MB");
    assert_eq!(megabytes(2_000_000_000), "2000 MB");
}

/// `cargo test -p ocdeck-engine measure -- --ignored --nocapture`
#[test]
#[ignore = "prints figures"]
fn measure_an_open_and_a_backup_of_50_mb() {
    let fixture = Fixture::new();
    for n in 0..50 {
        fixture.write(format!("{n}"), noise(n, 1_000_000));
    }
    let timed = |what: &str, began: Instant| println!("{what}: {:?}", began.elapsed());
    let mut spec = fixture.spec();
    spec.repository.secret = RepositorySecret::Password(PASSWORD.to_owned());
    let began = Instant::now();
    crate::repo::Repository::open(&spec.repository).unwrap();
    timed("open with the password", began);
    let began = Instant::now();
    let repository = fixture.open();
    timed("open with the master key", began);
    spec.repository.secret = repository.master_key().unwrap();
    let began = Instant::now();
    run(&spec).0.unwrap();
    timed("first backup of 50 MB that does not compress", began);
    let began = Instant::now();
    run(&spec).0.unwrap();
    timed("unchanged backup", began);
}
