//! What an agent says of itself: repositories that are gone, runs that are missed or too long.

use crate::site::{Site, agent_at, back_up, intent, job, mara, start, until};
use chrono::{TimeDelta, Utc};
use ocdeck_appliance::{agent::Agent, state::Clock, work::Work};
use ocdeck_domain::facts::{Alert, Session, SessionResult};
use std::fs;

fn alert(agent: &Agent, id: &str) -> Option<Alert> {
    agent.facts().alert(&id.into())
}

pub(crate) fn a_repository_that_is_gone_is_an_alert() {
    let site = Site::new();
    let agent = site.agent();
    back_up(&agent);
    let id = "repository:main:repository_offline";
    assert_eq!(alert(&agent, id), None);
    let away = site.path("away");
    fs::rename(site.path("repository"), &away).unwrap();
    fs::write(site.path("repository"), "no folder").unwrap();
    let failed = back_up(&agent);
    assert_eq!(failed.result, Some(SessionResult::Failed), "{failed:?}");
    let lost = until("the alert", || alert(&agent, id));
    assert_eq!((lost.severity.number(), lost.cleared), (7, None));
    assert!(
        lost.text.starts_with("Repository main cannot be read: "),
        "{lost:?}"
    );
    fs::remove_file(site.path("repository")).unwrap();
    fs::rename(&away, site.path("repository")).unwrap();
    back_up(&agent);
    until("its end", || alert(&agent, id)?.cleared);
    agent.stop();
}

pub(crate) fn a_run_that_takes_long_is_an_alert() {
    let site = Site::with("read_limit = \"20 kB\"\nlong_after = \"1s\"");
    let agent = site.agent();
    let id = "job:nightly:job_long";
    let session = start(&agent);
    let long = until("the alert", || alert(&agent, id));
    assert_eq!((long.severity.number(), long.cleared), (7, None));
    assert_eq!(
        long.text,
        "Job nightly has run longer than 1 s, and goes on"
    );
    let running = agent.facts().session(&session).unwrap().unwrap();
    assert_eq!(running.ended, None, "it is not stopped by that");
    agent.stop_job(&job(), &mara(), &intent("enough")).unwrap();
    until("its end", || alert(&agent, id)?.cleared);
    agent.stop();
}

pub(crate) fn a_run_that_nobody_began_is_an_alert() {
    let site = Site::with("every = \"1h\"");
    let agent = site.agent();
    back_up(&agent);
    agent.stop();
    drop(agent);
    let later = |minutes| {
        let clock = Clock::new(move || Utc::now() + TimeDelta::minutes(minutes));
        agent_at(&site.path("appliance.toml"), None, clock)
    };
    let id = "job:nightly:run_missed";
    let agent = later(80);
    until("the second run, 20 minutes late", || {
        let ended = |session: &Session| session.ended.is_some();
        (agent
            .facts()
            .sessions()
            .iter()
            .filter(|it| ended(it))
            .count()
            == 2)
            .then_some(())
    });
    assert_eq!(alert(&agent, id), None);
    agent.stop();
    drop(agent);
    let agent = later(80 + 120);
    let missed = until("the alert", || alert(&agent, id));
    assert_eq!((missed.severity.number(), missed.count), (7, 1));
    assert!(
        missed.text.starts_with("Job nightly missed its run of "),
        "{missed:?}"
    );
    until("a run that succeeds", || alert(&agent, id)?.cleared);
    agent.stop();
}
