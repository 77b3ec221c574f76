//! With a shell as the worker: it is a real process, and says what it is told to say.

use super::*;
use ocdeck_engine::worker::protocol::{RepositorySecret, RepositorySpec, RestoreSpec};
use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

fn task() -> Task {
    Task::Restore(RestoreSpec {
        repository: RepositorySpec {
            path: "/nowhere".into(),
            secret: RepositorySecret::Password("secret".into()),
            limit: None,
        },
        plan: "plan".into(),
        journal: "journal".into(),
        attempt: 1,
        write_limit: None,
    })
}

fn shell(script: &str) -> Program {
    Program {
        path: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
    }
}

const FAILED: &str = r#"{"failed":{"text":"no","cancelled":false}}"#;

#[test]
fn events_come_in_order_and_other_words_are_left_out() {
    let mut heard = Vec::new();
    let script = format!("read request; echo '\"started\"'; echo noise; echo '{FAILED}'");
    run(&shell(&script), task(), &Stop::default(), &mut |event| {
        heard.push(format!("{event:?}"));
    })
    .unwrap();
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard[0].contains("Started"));
}

#[test]
fn the_request_goes_over_the_pipe_only() {
    let script = format!(
        "read request; case \"$request\" in *'\"password\":\"secret\"'*) echo '{FAILED}';; esac"
    );
    let mut count = 0;
    run(&shell(&script), task(), &Stop::default(), &mut |_| {
        count += 1
    })
    .unwrap();
    assert_eq!(count, 1);
}

#[test]
fn a_worker_that_dies_says_so() {
    let error = run(
        &shell("read request; kill -9 $$"),
        task(),
        &Stop::default(),
        &mut |_| {},
    )
    .unwrap_err();
    assert!(error.to_string().contains("signal 9"), "{error}");
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let program = Program::at("/nowhere/ocdeck");
    let error = run(&program, task(), &Stop::default(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("/nowhere/ocdeck"), "{error}");
}

/// Runs a script in a thread; gives the stop and the result's channel once it has started.
fn running(script: &str) -> (Stop, mpsc::Receiver<Result<(), HostError>>) {
    let (told, started) = mpsc::channel();
    let (done, result) = mpsc::channel();
    let stop = Stop::default();
    let handle = stop.clone();
    let program = shell(script);
    thread::spawn(move || {
        let ended = run(&program, task(), &handle, &mut |_| {
            let _ = told.send(());
        });
        let _ = done.send(ended);
    });
    started.recv_timeout(Duration::from_secs(60)).unwrap();
    (stop, result)
}

#[test]
fn a_worker_that_listens_ends_at_the_word() {
    let script = format!(
        "read request; echo '\"started\"'; read word; test \"$word\" = '\"cancel\"' && echo '{FAILED}'"
    );
    let (stop, result) = running(&script);
    stop.pull(Cause::Person);
    result
        .recv_timeout(Duration::from_secs(60))
        .unwrap()
        .unwrap();
    assert_eq!(stop.cause(), Some(Cause::Person));
}

#[test]
fn a_worker_that_does_not_listen_is_killed_with_its_children() {
    let script =
        "read request; trap '' TERM; echo '\"started\"'; sleep 600 & while :; do sleep 600; done";
    let (stop, result) = running(script);
    let pulled = Instant::now();
    stop.pull(Cause::MaxRuntime);
    // The children hold standard output too: the end comes only when all are gone.
    let ended = result.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(matches!(ended, Err(HostError::Stopped)), "{ended:?}");
    assert!(pulled.elapsed() >= Duration::from_millis(1400));
}

#[test]
fn a_stop_pulled_before_the_start_holds() {
    let stop = Stop::default();
    stop.pull(Cause::Shutdown);
    let script = "read request; read word; exit 0";
    let ended = run(&shell(script), task(), &stop, &mut |_| {});
    assert!(matches!(ended, Err(HostError::Stopped)), "{ended:?}");
}
