//! `ocdeck status`: one screenful, or JSON, for scripts and prompts. Links to every
//! appliance, waits for each to answer or to fail, says what there is, ends.

use crate::{
    config::fleet::FleetFile,
    fleet,
    state::msg::{LinkNews, Msg},
};
use anyhow::{Context as _, Result};
use chrono::Utc;
use clap::Args;
use ocdeck_domain::{
    facts::{Alert, EntityKind, Fact, Job, JobState, SessionResult},
    ids::ApplianceId,
    words,
};
use ocdeck_trust::{Purpose, check_own, worries};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write as _},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// How long appliances may take to answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// Say how the fleet is, in one screenful or as JSON.
///
/// The exit code is 0 when all is well, 1 with failed jobs, warnings or alerts, 2 when the
/// configuration is wrong, 3 when an appliance is down.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct StatusArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What is told.
#[derive(Debug, Serialize)]
struct Status {
    appliances: Vec<Appliance>,
}

#[derive(Debug, Default, Serialize)]
struct Appliance {
    id: String,
    /// "live", "down" or "connecting".
    link: &'static str,
    /// Why it is not live.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_offset_ms: Option<i64>,
    jobs: Vec<JobLine>,
    alerts: Vec<AlertLine>,
    #[serde(skip)]
    answered: bool,
    #[serde(skip)]
    facts: Facts,
}

#[derive(Debug, Default)]
struct Facts {
    jobs: BTreeMap<String, Box<Job>>,
    alerts: BTreeMap<String, Alert>,
}

#[derive(Debug, Serialize)]
struct JobLine {
    id: String,
    tenant: String,
    system: String,
    state: &'static str,
    last_result: Option<&'static str>,
    last_end: Option<String>,
    failures_in_a_row: u32,
    percent: Option<u8>,
    message: String,
}

#[derive(Debug, Serialize)]
struct AlertLine {
    id: String,
    tenant: Option<String>,
    severity: u8,
    priority: Option<u8>,
    monitor: String,
    text: String,
    raised: String,
    count: u32,
}

/// Prints how the fleet is, and says with which code to exit.
///
/// # Errors
/// When one's own certificate cannot be used.
pub async fn run(file: FleetFile, args: StatusArgs) -> Result<(String, u8)> {
    let status = collect(file).await?;
    let text = if args.json {
        serde_json::to_string_pretty(&status).context("JSON of the status")? + "\n"
    } else {
        status.screen()
    };
    Ok((text, status.code()))
}

/// What should be done about one's own certificate soon, on standard error: standard output
/// is for the status alone.
fn worry(me: &fleet::Me) {
    let now = Utc::now();
    let Ok(own) = check_own(Purpose::Client, &me.cert, &me.key, &me.ca, now) else {
        // Told as the reason why there is no status.
        return;
    };
    for worry in worries(&own, &me.cert, &me.key, &me.ca, now) {
        // Standard error may be closed: then nobody reads it.
        let _ = writeln!(io::stderr(), "ocdeck: {worry}");
    }
}

async fn collect(file: FleetFile) -> Result<Status> {
    worry(&file.me);
    let mut appliances: BTreeMap<ApplianceId, Appliance> = file
        .links
        .iter()
        .map(|link| {
            let appliance = Appliance {
                id: link.appliance.to_string(),
                link: "connecting",
                reason: Some(format!("no answer within {} s", PATIENCE.as_secs())),
                ..Appliance::default()
            };
            (link.appliance.clone(), appliance)
        })
        .collect();
    let (inbox, mut news) = mpsc::channel(256);
    let end = Instant::now() + PATIENCE;
    let links = fleet::start(file.links, &file.me, inbox)?;
    while appliances.values().any(|appliance| !appliance.answered) {
        let Ok(Some(msg)) = timeout_at(end, news.recv()).await else {
            break;
        };
        let Msg::Fleet(batch) = msg else { continue };
        for msg in batch {
            if let Some(appliance) = appliances.get_mut(&msg.appliance) {
                appliance.take(msg.news);
            }
        }
    }
    drop(links);
    Ok(Status {
        appliances: appliances.into_values().map(Appliance::settle).collect(),
    })
}

impl Appliance {
    fn take(&mut self, news: LinkNews) {
        match news {
            LinkNews::Live {
                description,
                offset_ms,
            } => {
                self.link = "live";
                self.reason = None;
                self.version = Some(description.agent_version);
                self.clock_offset_ms = Some(offset_ms);
            }
            LinkNews::Down { why, .. } => {
                self.link = "down";
                self.reason = Some(why);
                self.answered = true;
            }
            LinkNews::Snapshot(facts) => {
                self.facts = Facts::default();
                self.facts.take(facts);
                self.answered = true;
            }
            LinkNews::Delta(facts) => self.facts.take(facts),
            LinkNews::Dialling | LinkNews::Odd { .. } | LinkNews::Heard | LinkNews::Silent => {}
        }
    }

    fn settle(mut self) -> Self {
        let facts = std::mem::take(&mut self.facts);
        self.jobs = facts
            .jobs
            .into_values()
            .map(|job| JobLine::of(*job))
            .collect();
        let mut alerts: Vec<Alert> = facts.alerts.into_values().collect();
        alerts.retain(|alert| alert.cleared.is_none());
        alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.severity), alert.raised));
        self.alerts = alerts.into_iter().map(AlertLine::of).collect();
        self
    }

    fn code(&self) -> u8 {
        let failed = self
            .jobs
            .iter()
            .any(|job| job.last_result == Some("failed"));
        let warned = self
            .jobs
            .iter()
            .any(|job| job.last_result == Some("warning"));
        match self.link {
            "live" if failed || warned || !self.alerts.is_empty() => 1,
            "live" => 0,
            _ => 3,
        }
    }

    fn line(&self) -> String {
        if self.link != "live" {
            let why = self.reason.as_deref().unwrap_or_default();
            return format!("✖ {:<24} {:<10} {why}", self.id, self.link);
        }
        let count = |wanted: &str| self.jobs.iter().filter(|job| job.state == wanted).count();
        let ended = |wanted: &str| {
            let is = |job: &&JobLine| job.last_result == Some(wanted);
            self.jobs.iter().filter(is).count()
        };
        let glyph = if self.code() == 0 { '●' } else { '⚠' };
        let mut line = format!(
            "{glyph} {:<24} {:<10} {}",
            self.id,
            self.link,
            words::counted(self.jobs.len() as u64, "job")
        );
        for (number, word) in [
            (count("running"), "running"),
            (ended("failed"), "failed"),
            (ended("warning"), "with warnings"),
        ] {
            if number > 0 {
                let _ = write!(line, ", {number} {word}");
            }
        }
        match self.alerts.as_slice() {
            [] => {}
            [one] => {
                let _ = write!(line, " · {}", one.text);
            }
            [worst, rest @ ..] => {
                let more = words::counted(rest.len() as u64, "alert");
                let _ = write!(line, " · {} (+{more})", worst.text);
            }
        }
        line
    }
}

impl Facts {
    fn take(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            match fact {
                Fact::Job(job) => {
                    self.jobs.insert(job.id.to_string(), job);
                }
                Fact::Alert(alert) => {
                    self.alerts.insert(alert.id.to_string(), alert);
                }
                Fact::Gone(EntityKind::Job, id) => {
                    self.jobs.remove(&id);
                }
                Fact::Gone(EntityKind::Alert, id) => {
                    self.alerts.remove(&id);
                }
                _ => {}
            }
        }
    }
}

impl JobLine {
    fn of(job: Job) -> Self {
        Self {
            id: job.id.to_string(),
            tenant: job.tenant.to_string(),
            system: job.system.to_string(),
            state: match job.state {
                JobState::Idle => "idle",
                JobState::Waiting => "waiting",
                JobState::Running => "running",
                JobState::Disabled => "disabled",
                JobState::Unknown(_) => "unknown",
            },
            last_result: job.last_result.map(|result| match result {
                SessionResult::Success => "success",
                SessionResult::Warning => "warning",
                SessionResult::Failed => "failed",
                SessionResult::Cancelled => "cancelled",
                SessionResult::Unknown(_) => "unknown",
            }),
            last_end: job.last_end.map(|at| at.to_rfc3339()),
            failures_in_a_row: job.failures_in_a_row,
            percent: job
                .progress
                .as_ref()
                .and_then(|progress| progress.percent()),
            message: job.last_message,
        }
    }
}

impl AlertLine {
    fn of(alert: Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            tenant: alert.tenant.map(|tenant| tenant.to_string()),
            severity: alert.severity.number(),
            priority: alert.severity.priority().map(|priority| priority.number()),
            monitor: alert.monitor,
            text: alert.text,
            raised: alert.raised.to_rfc3339(),
            count: alert.count,
        }
    }
}

impl Status {
    /// The worst state of all.
    fn code(&self) -> u8 {
        self.appliances
            .iter()
            .map(Appliance::code)
            .max()
            .unwrap_or(0)
    }

    fn screen(&self) -> String {
        /// Rows of a screenful below the first.
        const ROWS: usize = 22;
        let live = self.appliances.iter().filter(|a| a.link == "live").count();
        let alerts: usize = self.appliances.iter().map(|a| a.alerts.len()).sum();
        let mut text = format!(
            "{} appliances: {live} live, {} not · {alerts} alerts\n",
            self.appliances.len(),
            self.appliances.len() - live,
        );
        let mut worst_first: Vec<&Appliance> = self.appliances.iter().collect();
        worst_first.sort_by_key(|appliance| std::cmp::Reverse(appliance.code()));
        for appliance in worst_first.iter().take(ROWS) {
            text.push_str(&appliance.line());
            text.push('\n');
        }
        if let Some(more) = worst_first.len().checked_sub(ROWS).filter(|more| *more > 0) {
            let _ = writeln!(text, "… and {more} more; --json shows all");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use ocdeck_domain::{facts::Description, priority::Severity};

    fn live() -> Appliance {
        let mut appliance = Appliance {
            id: "acme-stl-01".into(),
            link: "connecting",
            ..Appliance::default()
        };
        appliance.take(LinkNews::Live {
            description: Box::new(Description {
                driver: "engine".into(),
                agent_version: "0.1.0".into(),
                capabilities: Vec::new(),
                caller: ("mara".into(), "technician".into()),
            }),
            offset_ms: 3,
        });
        appliance
    }

    fn alert(severity: u32, text: &str) -> Alert {
        Alert {
            id: text.into(),
            tenant: None,
            object_kind: EntityKind::Job,
            object: "erp01".into(),
            monitor: "job_failed".into(),
            severity: Severity::clamped(severity),
            text: text.into(),
            episode: 1,
            count: 1,
            raised: DateTime::UNIX_EPOCH,
            last_seen: DateTime::UNIX_EPOCH,
            cleared: None,
        }
    }

    #[test]
    fn the_worst_state_is_the_code() {
        let well = live();
        let mut alerting = live();
        alerting.take(LinkNews::Snapshot(vec![
            Fact::Alert(alert(7, "space low")),
            Fact::Alert(alert(9, "source gone")),
            Fact::Alert(Alert {
                cleared: Some(DateTime::UNIX_EPOCH),
                ..alert(10, "was over")
            }),
        ]));
        assert!(alerting.answered && !well.answered);
        let alerting = alerting.settle();
        assert_eq!(alerting.alerts.len(), 2);
        assert_eq!(alerting.alerts[0].text, "source gone");
        let mut down = live();
        down.take(LinkNews::Down {
            why: "nobody listens".into(),
            retry_at: DateTime::UNIX_EPOCH,
        });
        let of = |appliances| Status { appliances };
        assert_eq!(of(vec![well]).code(), 0);
        assert_eq!(of(vec![alerting]).code(), 1);
        let status = of(vec![live(), down]);
        assert_eq!(status.code(), 3);
        let screen = status.screen();
        assert!(
            screen.starts_with("2 appliances: 1 live, 1 not"),
            "{screen}"
        );
        assert!(screen.contains("nobody listens"), "{screen}");
        let json = serde_json::to_value(&status).unwrap();
        assert_eq!(json["appliances"][1]["link"], "down");
        assert_eq!(json["appliances"][1]["reason"], "nobody listens");
        assert!(json["appliances"][0]["jobs"].is_array());
        assert!(json["appliances"][0]["alerts"].is_array());
    }

    #[test]
    fn what_is_gone_is_not_counted() {
        let mut appliance = live();
        appliance.take(LinkNews::Snapshot(vec![Fact::Alert(alert(7, "x"))]));
        appliance.take(LinkNews::Delta(vec![Fact::Gone(
            EntityKind::Alert,
            "x".into(),
        )]));
        assert!(appliance.settle().alerts.is_empty());
    }
}
