//! What backup, browsing, planning and restoring cost on a real repository, for docs/bench.md:
//!
//!     cargo bench -p ocdeck-engine --bench engine            # 50,000 files
//!     cargo bench -p ocdeck-engine --bench engine -- 5000    # so many

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot go on has nothing to tell"
)]

use ocdeck_domain::restore::OverwritePolicy;
use ocdeck_engine::{
    backup,
    catalog::Catalog,
    place::Place,
    plan::{self, PlanSpec},
    repo::Repository,
    restore,
    worker::{
        Cancel, Emit,
        protocol::{BackupSpec, RepositorySecret, RepositorySpec, RestoreSpec},
    },
};
use std::{
    fs,
    hint::black_box,
    ops::ControlFlow,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Files in a folder.
const IN_FOLDER: usize = 500;
/// Bytes of a file.
const SIZE: usize = 4_096;

fn timed<T>(name: &str, files: usize, thing: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = thing();
    let time = start.elapsed();
    #[expect(clippy::cast_precision_loss)]
    let rate = files as f64 / time.as_secs_f64();
    println!("{name:<52} {:>9.1} ms  {rate:>9.0} files/s", ms(time));
    value
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn main() {
    let asked = std::env::args().filter_map(|arg| arg.parse().ok()).next();
    let files: usize = asked.unwrap_or(50_000);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("system");
    timed("files written plainly, for comparison", files, || {
        write(&root, files)
    });
    let mut repository = RepositorySpec {
        path: folder.path().join("repository"),
        secret: RepositorySecret::Password("open sesame".to_owned()),
        limit: None,
    };
    let made = Repository::create(&repository).unwrap();
    repository.secret = made.master_key().unwrap();
    let spec = BackupSpec {
        repository: repository.clone(),
        job: "nightly".to_owned(),
        system: "erp01".to_owned(),
        folders: vec![root.as_os_str().as_bytes().to_vec()],
        time: None,
        read_limit: None,
        reread_all: false,
        after_kill: false,
    };
    let point = timed("first backup", files, || back_up(&spec)).point;
    timed("backup, nothing changed", files, || back_up(&spec));
    let opened = timed("repository opened, with its master key", files, || {
        Repository::open(&repository).unwrap()
    });
    browse(&Catalog::new(Arc::new(opened)), &point, &root);
    restore_all(folder.path(), &root, &repository, &point, files);
}

fn write(root: &Path, files: usize) {
    for n in 0..files {
        let folder = root.join(format!("folder-{:04}", n / IN_FOLDER));
        if n % IN_FOLDER == 0 {
            fs::create_dir_all(&folder).unwrap();
        }
        // No two files are alike, and none compresses to nothing.
        let mut rng = u64::try_from(n)
            .unwrap()
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            | 1;
        let content: Vec<u8> = std::iter::repeat_with(|| {
            rng ^= rng << 13;
            rng ^= rng >> 7;
            rng ^= rng << 17;
            rng.to_le_bytes()
        })
        .take(SIZE / 8)
        .flatten()
        .collect();
        fs::write(folder.join(format!("file-{n:06}.dat")), content).unwrap();
    }
}

fn back_up(spec: &BackupSpec) -> ocdeck_engine::worker::protocol::BackupOutcome {
    backup::run(spec, &Cancel::new(), &Emit::new(|_| {})).unwrap()
}

/// A folder is looked at for the first time, then again.
fn browse(catalog: &Catalog, point: &str, root: &Path) {
    let path = |n: usize| root.join(format!("folder-{n:04}"));
    let look = |n: usize| {
        let start = Instant::now();
        let entries = catalog
            .browse(point, path(n).as_os_str().as_bytes())
            .unwrap();
        assert!(!black_box(entries).is_empty());
        start.elapsed()
    };
    let cold = look(0);
    let others: Vec<Duration> = (1..8).map(look).collect();
    let again: Vec<Duration> = (0..8).map(look).collect();
    println!("{:<52} {:>9.3} ms", "the first folder browsed", ms(cold));
    println!(
        "{:<52} {:>9.3} ms",
        "another folder of 500 entries",
        ms(median(others))
    );
    println!(
        "{:<52} {:>9.3} ms",
        "a folder that was looked at",
        ms(median(again))
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn restore_all(folder: &Path, root: &Path, repository: &RepositorySpec, point: &str, files: usize) {
    let system = root.as_os_str().as_bytes().to_vec();
    let plan = PlanSpec {
        point: point.to_owned(),
        system_root: system.clone(),
        paths: Vec::new(),
        place: Place::original(&system),
        policy: OverwritePolicy::ALL[0],
        reference: "R-0118".to_owned(),
        stamp: "2026-11-20 2200".to_owned(),
        devices: false,
    };
    let source = Repository::open(repository).unwrap();
    let file = folder.join("plan");
    let make = |file: &Path| {
        plan::make(&source, &plan, file, &mut |_| ControlFlow::Continue(())).unwrap();
    };
    timed("plan, everything stands there", files, || make(&file));
    fs::remove_dir_all(root).unwrap();
    fs::create_dir(root).unwrap();
    timed("plan, everything is lost", files, || make(&file));
    let spec = RestoreSpec {
        repository: repository.clone(),
        plan: file,
        journal: folder.join("journal"),
        attempt: 1,
        write_limit: None,
    };
    timed("restored, synced, read back and compared", files, || {
        restore::carry_out(&source, &spec, &Cancel::new(), &mut |_| {}).unwrap()
    });
    assert_eq!(
        fs::read_dir(root).unwrap().count(),
        files.div_ceil(IN_FOLDER)
    );
}
