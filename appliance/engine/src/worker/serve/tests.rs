use super::*;
use crate::place::Place;
use crate::plan::{self, PlanSpec};
use crate::testing::{Fixture, noise};
use crate::worker::protocol::{BackupSpec, RestoreSpec};
use ocdeck_domain::restore::OverwritePolicy;
use std::io::{BufReader, Cursor, PipeReader, PipeWriter};
use std::sync::mpsc;

fn request(spec: BackupSpec) -> String {
    ask(Task::Backup(spec))
}

fn ask(task: Task) -> String {
    let request = Request {
        protocol: PROTOCOL,
        task,
    };
    serde_json::to_string(&request).unwrap() + "\n"
}

/// Serves in a thread; the pipe's ends are the agent's.
fn start(
    request: &str,
) -> (
    PipeWriter,
    BufReader<PipeReader>,
    std::thread::JoinHandle<bool>,
) {
    let (input, mut to) = std::io::pipe().unwrap();
    let (from, output) = std::io::pipe().unwrap();
    to.write_all(request.as_bytes()).unwrap();
    let served =
        std::thread::spawn(move || serve(BufReader::new(input), output, || panic!("overdue")));
    (to, BufReader::new(from), served)
}

fn next(from: &mut impl BufRead) -> Option<Event> {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
}

fn answer(request: &str) -> String {
    let (_to, mut from, served) = start(request);
    let event = next(&mut from);
    assert!(!served.join().unwrap());
    assert!(next(&mut from).is_none(), "nothing follows");
    match event {
        Some(Event::Failed {
            text,
            cancelled: false,
        }) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn garbage_is_answered_with_a_failure() {
    assert!(answer("ls -l\n").contains("no JSON"));
    assert!(answer("{}\n").contains("no protocol version"));
    assert!(answer("{\"protocol\":1}\n").contains("not as worker protocol 1"));
    let text = answer("{\"protocol\":99,\"task\":{\"fly\":null}}\n");
    assert!(
        text.contains("99") && text.contains("restart the agent"),
        "{text}"
    );
}

#[test]
fn a_secret_in_a_bad_request_is_not_repeated() {
    let bad = r#"{"protocol":1,"task":{"backup":{"repository":{"path":"/x","secret":"hunter2"}}}}"#;
    assert!(!answer(&format!("{bad}\n")).contains("hunter2"));
}

#[test]
fn a_request_is_served_to_its_end() {
    let fixture = Fixture::new();
    fixture.write("a", "alpha");
    let (_to, mut from, served) = start(&request(fixture.spec()));
    let events: Vec<_> = std::iter::from_fn(|| next(&mut from)).collect();
    assert!(served.join().unwrap());
    assert!(events.iter().any(|event| matches!(event, Event::Started)));
    match events.last() {
        Some(Event::BackupDone(outcome)) => assert_eq!(outcome.files, 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_lost_is_restored_and_compared() {
    let fixture = Fixture::new();
    fixture.write("a", "alpha");
    fixture.write("deep/b", noise(1, 1_500_000));
    let point = fixture.back_up().point;
    std::fs::remove_dir_all(fixture.source().join("deep")).unwrap();
    std::fs::remove_file(fixture.source().join("a")).unwrap();

    let root = fixture.source();
    let root = root.as_os_str().as_encoded_bytes();
    let plan = PlanSpec {
        point,
        system_root: root.to_vec(),
        paths: Vec::new(),
        place: Place::original(root),
        policy: OverwritePolicy::KeepExisting,
        reference: "R-0001".to_owned(),
        stamp: "2026-11-20 2200".to_owned(),
        devices: false,
    };
    let file = fixture.dir.path().join("plan");
    let news = &mut |_| std::ops::ControlFlow::Continue(());
    plan::make(&fixture.open(), &plan, &file, news).unwrap();
    let restore = ask(Task::Restore(RestoreSpec {
        repository: fixture.repository.clone(),
        plan: file,
        journal: fixture.dir.path().join("journal"),
        attempt: 1,
        write_limit: None,
    }));
    let (_to, mut from, served) = start(&restore);
    let events: Vec<_> = std::iter::from_fn(|| next(&mut from)).collect();
    let Some(Event::RestoreDone(outcome)) = events.last() else {
        panic!("{events:?}");
    };
    assert!(served.join().unwrap());
    assert_eq!((outcome.written.files, outcome.verified.files), (2, 2));
    assert_eq!((outcome.failed, outcome.unequal), (0, 0));
    assert_eq!(std::fs::read(fixture.source().join("a")).unwrap(), b"alpha");
    let deep = std::fs::read(fixture.source().join("deep/b")).unwrap();
    assert!(deep == noise(1, 1_500_000));
}

/// The word, or the end of the input: both end the work.
fn ends(how: impl FnOnce(PipeWriter) -> Option<PipeWriter>) {
    let fixture = Fixture::new();
    for n in 0..10 {
        fixture.write(format!("{n}"), noise(n, 200_000));
    }
    let mut spec = fixture.spec();
    spec.read_limit = Some(100_000);
    let (to, mut from, served) = start(&request(spec));
    while !matches!(next(&mut from), Some(Event::Progress(_))) {}
    let asked = Instant::now();
    let _to = how(to);
    let last = std::iter::from_fn(|| next(&mut from)).last();
    assert!(
        matches!(
            last,
            Some(Event::Failed {
                cancelled: true,
                ..
            })
        ),
        "{last:?}"
    );
    assert!(!served.join().unwrap());
    assert!(
        asked.elapsed() < Duration::from_secs(15),
        "{:?}",
        asked.elapsed()
    );
    assert!(fixture.open().points().unwrap().is_empty());
}

#[test]
fn the_word_cancel_ends_the_work() {
    ends(|mut to| {
        to.write_all(b"\"cancel\"\n").unwrap();
        Some(to)
    });
}

#[test]
fn the_end_of_the_input_ends_the_work() {
    ends(|to| {
        drop(to);
        None
    });
}

#[test]
fn work_that_does_not_end_is_ended() {
    let (from, output) = std::io::pipe().unwrap();
    let cancel = Cancel::new();
    let lines = Lines::new(output, cancel.clone());
    let (overdue, called) = mpsc::channel();
    let began = Instant::now();
    listen(
        Cursor::new("nonsense\n\"cancel\"\n"),
        &cancel,
        &lines,
        || {
            overdue.send(()).unwrap();
        },
    );
    called.try_recv().unwrap();
    assert!(cancel.is_cancelled());
    assert!(began.elapsed() >= PATIENCE);
    let event = next(&mut BufReader::new(from));
    assert!(matches!(
        event,
        Some(Event::Failed {
            cancelled: true,
            ..
        })
    ));
}

#[test]
fn progress_is_thinned_but_the_last_is_told() {
    let (from, output) = std::io::pipe().unwrap();
    let lines = Lines::new(output, Cancel::new());
    for files_done in 0..1_000 {
        let progress = Progress {
            files_done,
            ..Progress::default()
        };
        lines.tell(Event::Progress(progress));
    }
    lines.last(Event::Verifying);
    lines.tell(Event::Started);
    drop(lines);
    let mut from = BufReader::new(from);
    let events: Vec<_> = std::iter::from_fn(|| next(&mut from)).collect();
    assert!(events.len() < 20, "{}", events.len());
    let [.., Event::Progress(last), Event::Verifying] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(last.files_done, 999);
}

#[test]
fn an_agent_that_is_gone_ends_the_work() {
    let (from, output) = std::io::pipe().unwrap();
    let cancel = Cancel::new();
    let lines = Lines::new(output, cancel.clone());
    drop(from);
    lines.tell(Event::Started);
    assert!(cancel.is_cancelled());
}
