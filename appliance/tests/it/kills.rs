//! Kills of worker and agent: nothing is lost, nothing runs twice, and it is told truthfully.

use crate::site::*;
use ocdeck_appliance::work::Work;
use ocdeck_domain::{
    facts::{RestoreState, SessionResult},
    ids::PointId,
    restore::{Order, OverwritePolicy, Target},
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, ExitCode, Stdio},
};

fn kill(id: u32) {
    let pid = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

/// Continues and compares.
fn continued(
    site: &Site,
    order: &Order,
    before: &std::collections::BTreeMap<std::path::PathBuf, Option<Vec<u8>>>,
) {
    let agent = site.agent();
    let old = agent.facts().restores();
    assert_eq!(old.len(), 1);
    assert_eq!(old[0].state, RestoreState::Interrupted, "{:?}", old[0]);
    assert!(
        old[0].ended.is_some() && old[0].message.contains("continue"),
        "{}",
        old[0].message
    );
    let planned = plan(&agent, order);
    agent
        .dispatch(&dispatch_of(order, &planned, 2), &mara())
        .unwrap();
    let done = restored(&agent, 2);
    assert_eq!(done.state, RestoreState::Completed, "{done:?}");
    assert_eq!(site.content(), *before);
    agent.stop();
}

pub(crate) fn a_killed_worker_is_told_and_continued() {
    let site = Site::new();
    let agent = site.slow_agent(15_000);
    back_up(&agent);
    let before = site.content();
    site.lose();
    let order = site.whole(&newest(&agent), OverwritePolicy::ReplaceChanged);
    let planned = plan(&agent, &order);
    agent
        .dispatch(&dispatch_of(&order, &planned, 1), &mara())
        .unwrap();
    running(&agent, 1);
    // Other tests of this process have workers too: only this one's has this plan open.
    let plans = site.path("state/plans").canonicalize().unwrap();
    let worker = until("the worker", || {
        workers(std::process::id())
            .into_iter()
            .find(|id| has_open(*id, &plans))
    });
    kill(worker);
    let cut = restored(&agent, 1);
    assert_eq!(cut.state, RestoreState::Interrupted, "{cut:?}");
    assert!(cut.message.contains("signal 9"), "{}", cut.message);
    let session = agent
        .facts()
        .session(&cut.session.unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(session.result, Some(SessionResult::Failed));
    agent.stop();
    drop(agent);
    continued(&site, &order, &before);
}

fn has_open(id: u32, below: &Path) -> bool {
    let Ok(files) = std::fs::read_dir(format!("/proc/{id}/fd")) else {
        return false;
    };
    files
        .flatten()
        .filter_map(|file| std::fs::read_link(file.path()).ok())
        .any(|file| file.starts_with(below))
}

pub(crate) fn a_stopped_agent_leaves_what_can_be_continued() {
    let site = Site::new();
    let agent = site.slow_agent(15_000);
    back_up(&agent);
    let before = site.content();
    site.lose();
    let order = site.whole(&newest(&agent), OverwritePolicy::ReplaceChanged);
    let planned = plan(&agent, &order);
    agent
        .dispatch(&dispatch_of(&order, &planned, 1), &mara())
        .unwrap();
    running(&agent, 1);
    agent.stop();
    drop(agent);
    continued(&site, &order, &before);
}

pub(crate) fn a_killed_agent_is_told_and_continued() {
    let site = Site::new();
    let agent = site.agent();
    back_up(&agent);
    let before = site.content();
    let order = site.whole(&newest(&agent), OverwritePolicy::ReplaceChanged);
    agent.stop();
    drop(agent);
    site.lose();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("restoring-agent")
        .arg(site.path("appliance.toml"))
        .arg(order.point.as_str())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "running\n");
    let its_workers = workers(child.id());
    assert_eq!(its_workers.len(), 1, "{its_workers:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    until("the end of the orphaned worker", || {
        let command = std::fs::read(format!("/proc/{}/cmdline", its_workers[0]));
        command.map_or(true, |it| it.is_empty()).then_some(())
    });
    let agent = site.agent();
    let alert = agent
        .facts()
        .alert(&"appliance:dc1:appliance_restarted".into())
        .unwrap();
    assert!(
        alert.text.contains("1 session was interrupted"),
        "{}",
        alert.text
    );
    assert!(agent.facts().unended_sessions().is_empty());
    agent.stop();
    drop(agent);
    continued(&site, &order, &before);
}

/// The agent that is killed: it restores slowly and says when it does.
pub(crate) fn restoring_agent(words: &[String]) -> ExitCode {
    let agent = agent(Path::new(&words[2]), Some(50_000));
    let order = Order {
        system: system(),
        point: PointId::new(&words[3]),
        paths: Vec::new(),
        target: Target::Original,
        policy: OverwritePolicy::ReplaceChanged,
    };
    let planned = plan(&agent, &order);
    agent
        .dispatch(&dispatch_of(&order, &planned, 1), &mara())
        .unwrap();
    running(&agent, 1);
    println!("running");
    restored(&agent, 1);
    ExitCode::SUCCESS
}
