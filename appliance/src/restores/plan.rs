//! Planning: what a restore would do, where, and whether one person may order it.

use super::{places, plans::KEEP, plans::Ticket};
use crate::{
    agent::{Agent, is_mount},
    driver::{News, PlanAsk},
    work::{PlanNews, PlanOrder, Refusal},
};
use ocdeck_domain::{
    facts::{Plan, RestoreState},
    restore::Order,
};
use std::fs;

/// Restores of the past that the expected rate is taken from.
const RATED: usize = 5;

impl Agent {
    /// Makes and keeps a plan.
    pub(crate) fn plan_restore(
        &self,
        ask: &PlanOrder,
        news: &mut News<'_>,
    ) -> Result<Plan, Refusal> {
        let order = &ask.order;
        if ask.reference.trim().is_empty() {
            return Err(Refusal::InvalidArgument {
                field: "reference",
                text: "give the request's reference, such as R-0118".to_owned(),
            });
        }
        let zone = zone(&ask.time_zone)?;
        let allowed = self.allowed(order, &ask.reference)?;
        let root_problem = root_problem(&allowed);
        let file = self.plans().draft();
        let driver_ask = PlanAsk {
            system: order.system.clone(),
            point: order.point.clone(),
            paths: order.paths.clone(),
            allowed,
            policy: order.policy,
            reference: ask.reference.clone(),
            zone,
            file: file.clone(),
        };
        let planned = self
            .driver()
            .plan(&driver_ask, &mut |it: PlanNews| news(it));
        let mut plan = planned.inspect_err(|_| {
            // A plan that failed half-way; the sweep would find it too.
            let _ = fs::remove_file(&file);
        })?;
        plan.problems.extend(root_problem);
        plan.beyond_limit = self.config().limits.beyond(order, &plan);
        if let Some(system) = self.config().system(&order.system) {
            let ways = self.ways(&system.tenant);
            plan.approval_off = ways.approval_off;
            plan.break_glass_off = ways.break_glass_off;
        }
        plan.expected_rate = self.rate_of_late();
        let made = self.facts().now();
        plan.expires = made.checked_add_signed(KEEP);
        let ticket = Ticket {
            order: order.clone(),
            beyond_limit: plan.beyond_limit.clone(),
            problems: plan.problems.clone(),
            made,
            created: plan.new,
            replaced: plan.replaced,
            written: plan.written,
        };
        self.plans().keep(&file, &plan.digest, &ticket)?;
        Ok(plan)
    }

    /// The place that an order writes to, if a managed tenant's system may.
    pub(super) fn allowed(
        &self,
        order: &Order,
        reference: &str,
    ) -> Result<places::Allowed, Refusal> {
        let allowed = places::allowed(self.config(), order, reference)?;
        let tenant = self
            .config()
            .system(&order.system)
            .and_then(|system| self.config().tenant(&system.tenant));
        match tenant {
            Some(tenant) if !tenant.managed => Err(Refusal::PermissionDenied(format!(
                "{} is unmanaged: its restores are not this provider's",
                tenant.id
            ))),
            _ => Ok(allowed),
        }
    }

    /// Bytes per second of the last restores that wrote something; 0: none yet.
    fn rate_of_late(&self) -> u64 {
        let mut done = self.facts().restores();
        done.retain(|it| it.state == RestoreState::Completed && it.written.bytes > 0);
        done.sort_by_key(|it| std::cmp::Reverse(it.ended));
        let spent = |it: &ocdeck_domain::facts::RestoreAttempt| {
            let (began, ended) = (it.started?, it.verifying_since.or(it.ended)?);
            u64::try_from((ended - began).num_milliseconds().max(1)).ok()
        };
        let (mut bytes, mut time) = (0u64, 0u64);
        for restore in done.iter().take(RATED) {
            if let Some(spent) = spent(restore) {
                bytes = bytes.saturating_add(restore.written.bytes);
                time = time.saturating_add(spent);
            }
        }
        bytes.saturating_mul(1000).checked_div(time).unwrap_or(0)
    }
}

fn zone(name: &str) -> Result<chrono_tz::Tz, Refusal> {
    if name.is_empty() {
        return Ok(chrono_tz::UTC);
    }
    name.parse().map_err(|_| Refusal::InvalidArgument {
        field: "time_zone",
        text: format!("{name} is no IANA time zone; write one such as America/Denver"),
    })
}

/// Why nothing may be written below a root now, if so: it is never made.
pub(super) fn root_problem(allowed: &places::Allowed) -> Option<String> {
    let (root, mountpoint) = &allowed.root;
    let shown = root.display();
    match fs::metadata(root) {
        Ok(it) if !it.is_dir() => Some(format!("{shown} is no folder")),
        Ok(_) if *mountpoint && !is_mount(root) => {
            Some(format!("{shown} is not mounted: mount it, then plan again"))
        }
        Ok(_) => None,
        Err(error) => Some(format!(
            "{shown} cannot be used ({error}): it is never made by a restore; make or mount it, then plan again"
        )),
    }
}
