//! What awaits approval, as appliances tell it, and its words: lines of a telephone's width.

use crate::state::msg::{FleetMsg, LinkNews};
use chrono::Utc;
use chrono_tz::Tz;
use ocdeck_domain::{
    facts::{Amount, Approval, EntityKind, Fact, RestoreAttempt, RestorePoint, RestoreState, Time},
    fleet::Directory,
    ids::{ApplianceId, SystemId},
    restore::Target,
    text,
    words::{ago, bytes, files},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Bytes of a digest that are enough to say which plan is meant.
const ENOUGH: usize = 4;

/// What the appliances told.
pub(super) struct Known {
    directory: Directory,
    appliances: BTreeMap<ApplianceId, Told>,
}

struct Told {
    /// Why nothing is known of it; `None`: it has told.
    silent: Option<String>,
    /// Whether more is waited for.
    waiting: bool,
    systems: BTreeMap<SystemId, String>,
    restores: Vec<RestoreAttempt>,
}

impl Known {
    pub(super) fn new<'a>(
        directory: Directory,
        appliances: impl Iterator<Item = &'a ApplianceId>,
    ) -> Self {
        let told = || Told {
            silent: Some("no answer in time".to_owned()),
            waiting: true,
            systems: BTreeMap::new(),
            restores: Vec::new(),
        };
        Self {
            directory,
            appliances: appliances.map(|id| (id.clone(), told())).collect(),
        }
    }

    /// Whether an appliance may still tell what it has.
    pub(super) fn is_waiting(&self) -> bool {
        self.appliances.values().any(|told| told.waiting)
    }

    pub(super) fn take(&mut self, batch: Vec<FleetMsg>) {
        for msg in batch {
            let Some(told) = self.appliances.get_mut(&msg.appliance) else {
                continue;
            };
            match msg.news {
                LinkNews::Down { why, .. } => {
                    told.silent = Some(text::clean(&why).into_owned());
                    told.waiting = false;
                }
                LinkNews::Snapshot(facts) => {
                    told.systems.clear();
                    told.restores.clear();
                    told.silent = None;
                    told.waiting = false;
                    told.take(facts);
                }
                LinkNews::Delta(facts) => told.take(facts),
                LinkNews::Live { .. }
                | LinkNews::Dialling
                | LinkNews::Odd { .. }
                | LinkNews::Heard
                | LinkNews::Silent => {}
            }
        }
    }

    /// The appliances that told nothing, and why.
    pub(super) fn silent(&self) -> Vec<(&ApplianceId, &str)> {
        let all = self.appliances.iter();
        all.filter_map(|(id, told)| Some((id, told.silent.as_deref()?)))
            .collect()
    }

    /// What awaits approval, the longest first.
    pub(super) fn awaiting(&self) -> Vec<Asked> {
        let mut awaiting = Vec::new();
        for (appliance, told) in &self.appliances {
            for restore in &told.restores {
                let Some(approval) = restore.approval.as_deref() else {
                    continue;
                };
                if restore.state != RestoreState::AwaitingApproval {
                    continue;
                }
                let id = &restore.order.system;
                let system = told.systems.get(id).map_or(id.as_str(), String::as_str);
                awaiting.push(Asked {
                    appliance: appliance.clone(),
                    tenant: self.directory.tenant_name(&restore.tenant).to_owned(),
                    system: text::clean(system).into_owned(),
                    approval: approval.clone(),
                    told: restore.clone(),
                });
            }
        }
        awaiting.sort_by_key(|asked| asked.approval.asked);
        awaiting
    }

    /// The list for programs.
    pub(super) fn json(&self, awaiting: &[Asked]) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct List<'a> {
            awaiting: Vec<Row<'a>>,
            not_known: BTreeMap<&'a str, &'a str>,
        }
        let silent = self.silent().into_iter();
        serde_json::to_string_pretty(&List {
            awaiting: awaiting.iter().map(Row::of).collect(),
            not_known: silent.map(|(id, why)| (id.as_str(), why)).collect(),
        })
    }
}

impl Told {
    fn take(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            match fact {
                Fact::System(system) => {
                    self.systems.insert(system.id.clone(), system.name.clone());
                }
                Fact::Restore(told) => {
                    let key = (told.request, told.attempt);
                    self.restores.retain(|it| (it.request, it.attempt) != key);
                    self.restores.push(*told);
                }
                Fact::Gone(EntityKind::Restore, id) => {
                    let named = |it: &RestoreAttempt| format!("{}:{}", it.request, it.attempt);
                    self.restores.retain(|it| named(it) != id);
                }
                _ => {}
            }
        }
    }
}

/// A restore that awaits approval.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) appliance: ApplianceId,
    tenant: String,
    /// The name that is typed.
    pub(super) system: String,
    pub(super) approval: Approval,
    pub(super) told: RestoreAttempt,
}

#[derive(Serialize)]
struct Row<'a> {
    reference: &'a str,
    request: String,
    attempt: u32,
    appliance: &'a str,
    tenant: &'a str,
    system: &'a str,
    priority: u8,
    asked_by: &'a str,
    requester: &'a str,
    asked: String,
    expires: String,
    beyond_limit: &'a [String],
    policy: &'static str,
    target: String,
    replaces: Amounts,
    creates: Amounts,
    writes: Amounts,
    plan: String,
}

#[derive(Serialize)]
struct Amounts {
    files: u64,
    bytes: u64,
}

impl From<Amount> for Amounts {
    fn from(Amount { files, bytes }: Amount) -> Self {
        Self { files, bytes }
    }
}

impl<'a> Row<'a> {
    fn of(asked: &'a Asked) -> Self {
        let (told, approval) = (&asked.told, &asked.approval);
        Self {
            reference: &told.reference,
            request: told.request.to_string(),
            attempt: told.attempt,
            appliance: asked.appliance.as_str(),
            tenant: told.tenant.as_str(),
            system: &asked.system,
            priority: told.priority.number(),
            asked_by: &told.actor,
            requester: &told.requester,
            asked: approval.asked.to_rfc3339(),
            expires: approval.expires.to_rfc3339(),
            beyond_limit: &approval.beyond_limit,
            policy: told.order.policy.name(),
            target: asked.target(),
            replaces: approval.replaced.into(),
            creates: approval.created.into(),
            writes: approval.written.into(),
            plan: asked.plan(),
        }
    }
}

fn amount(it: Amount) -> String {
    format!("{}, {}", files(it.files), bytes(it.bytes))
}

fn moment(at: Time, zone: Tz) -> String {
    at.with_timezone(&zone).format("%-d %b %H:%M").to_string()
}

impl Asked {
    /// Whether people call it that: `R-0118`, `r-118`, `118`.
    pub(super) fn is_called(&self, typed: &str) -> bool {
        let number = |text: &str| {
            let text = text.trim().to_ascii_lowercase();
            let digits = text.strip_prefix("r-").unwrap_or(&text).to_owned();
            digits.parse::<u32>().ok()
        };
        let same = self.told.reference.eq_ignore_ascii_case(typed.trim());
        same || number(typed).is_some_and(|n| number(&self.told.reference) == Some(n))
    }

    pub(super) fn digest(&self) -> &[u8] {
        &self.approval.digest
    }

    /// The digest of the plan, in hexadecimal.
    pub(super) fn plan(&self) -> String {
        let bytes = self.approval.digest.iter();
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether that is the plan, or enough of it.
    pub(super) fn is_of_plan(&self, typed: &str) -> bool {
        let typed = typed.trim().to_ascii_lowercase();
        typed.len() >= 2 * ENOUGH && self.plan().starts_with(&typed)
    }

    fn place(&self) -> String {
        format!("{}/{}", self.tenant, self.system)
    }

    fn target(&self) -> String {
        match &self.told.order.target {
            Target::Original => "its original place".to_owned(),
            Target::OtherPath(path) => text::show(path),
            Target::OtherSystem(system) => format!("the system {system}"),
            Target::Staging(name) => format!("staging, {}", text::clean(name)),
        }
    }

    fn beyond(&self) -> impl Iterator<Item = String> {
        let beyond = self.approval.beyond_limit.iter();
        beyond.map(|why| format!("  ▲ {}", text::clean(why)))
    }

    /// Two rows and more of the list.
    pub(super) fn row(&self, zone: Tz) -> String {
        let Approval { asked, expires, .. } = &self.approval;
        let mut lines = vec![
            format!(
                "{} · {} · {}",
                text::clean(&self.told.reference),
                self.told.priority,
                self.place()
            ),
            format!(
                "  asked by {} {}, ends {}",
                text::clean(&self.told.actor),
                ago(Utc::now() - *asked),
                moment(*expires, zone)
            ),
        ];
        lines.extend(self.beyond());
        lines.push(format!("  replaces {}", amount(self.approval.replaced)));
        lines.join("\n")
    }

    /// Everything that is approved.
    pub(super) fn page(&self, point: Option<&RestorePoint>, zone: Tz) -> String {
        let (told, approval) = (&self.told, &self.approval);
        let what = match told.order.paths.as_slice() {
            [] => "the whole system".to_owned(),
            [one] => text::show(one),
            [one, rest @ ..] => format!("{} and {} more", text::show(one), rest.len()),
        };
        let point = match point {
            Some(point) => moment(point.time, zone),
            None => text::clean(told.order.point.as_str()).into_owned(),
        };
        let rows = [
            ("what", what),
            ("onto", format!("{}, on {}", self.target(), self.appliance)),
            ("from", format!("the point of {point}")),
            ("policy", told.order.policy.name().to_owned()),
            ("replaces", amount(approval.replaced)),
            ("creates", amount(approval.created)),
            ("writes", amount(approval.written)),
            ("for", text::clean(&told.requester).into_owned()),
            (
                "asked by",
                format!(
                    "{} {}",
                    text::clean(&told.actor),
                    ago(Utc::now() - approval.asked)
                ),
            ),
            (
                "ends",
                format!("{} without a word", moment(approval.expires, zone)),
            ),
            ("plan", self.plan()),
        ];
        let head = format!(
            "{} · {} · {}",
            text::clean(&told.reference),
            told.priority,
            self.place()
        );
        let mut lines = vec![head, "beyond the limit of one person:".to_owned()];
        lines.extend(self.beyond());
        lines.extend(rows.map(|(name, words)| format!("{name:<9} {words}")));
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
#[path = "asked_tests.rs"]
mod tests;
