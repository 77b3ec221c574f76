//! The monitors: what is bad enough to be an alert, and when it is good again.
//!
//! Pure rules. Who sees something calls [`fold`] with the alert that stands and keeps what
//! it answers. One alert per (object, monitor): repeats raise its count.

mod rules;

pub use rules::{
    job_ended, job_runs, repository_reached, repository_space, restarted, run_begins, run_owed,
};

use chrono::{DateTime, Utc};
use ocdeck_domain::{
    facts::{Alert, EntityKind},
    ids::{AlertId, TenantId},
    priority::Severity,
};

/// What a monitor saw at one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The monitor's name.
    pub monitor: &'static str,
    /// What kind of thing it looked at; `Unknown(0)`: the appliance itself.
    pub kind: EntityKind,
    /// The id of that.
    pub object: String,
    /// Whom it concerns; absent: the provider.
    pub tenant: Option<TenantId>,
    /// What it found.
    pub verdict: Verdict,
}

/// What a monitor found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong (any more).
    Good,
    /// This happened, once more.
    Happened(String),
    /// This is so; seeing it again is no news.
    Stands(String),
}

/// All monitors have one severity (ARCHITECTURE.md, *The monitors*).
const SEVERITY: u32 = 7;

impl Seen {
    /// The id of its alert, stable for (object, monitor).
    pub fn alert_id(&self) -> AlertId {
        let kind = match self.kind {
            EntityKind::Repository => "repository",
            EntityKind::Quota => "quota",
            EntityKind::System => "system",
            EntityKind::Job => "job",
            EntityKind::Session => "session",
            EntityKind::Alert => "alert",
            EntityKind::Restore => "restore",
            EntityKind::Unknown(_) => "appliance",
        };
        AlertId::new(format!("{kind}:{}:{}", self.object, self.monitor))
    }
}

/// The alert as it is after this; `None`: nothing changes.
pub fn fold(standing: Option<&Alert>, seen: &Seen, now: DateTime<Utc>) -> Option<Alert> {
    let open = standing.filter(|alert| alert.cleared.is_none());
    let (text, repeats) = match &seen.verdict {
        Verdict::Good => {
            return open.map(|alert| Alert {
                cleared: Some(now),
                ..alert.clone()
            });
        }
        Verdict::Happened(text) => (text, true),
        Verdict::Stands(text) => (text, false),
    };
    match open {
        Some(alert) if !repeats && alert.text == *text => None,
        Some(alert) => Some(Alert {
            text: text.clone(),
            count: alert.count.saturating_add(u32::from(repeats)),
            last_seen: now,
            ..alert.clone()
        }),
        None => Some(Alert {
            id: seen.alert_id(),
            tenant: seen.tenant.clone(),
            object_kind: seen.kind,
            object: seen.object.clone(),
            monitor: seen.monitor.to_owned(),
            severity: Severity::clamped(SEVERITY),
            text: text.clone(),
            episode: standing.map_or_else(
                || first_episode(now),
                |alert| alert.episode.saturating_add(1),
            ),
            count: 1,
            raised: now,
            last_seen: now,
            cleared: None,
        }),
    }
}

/// The number of a raising where no earlier one is known: there may have been some, forgotten
/// after a week or with the whole state, and a desk that keeps them takes a number that it has
/// seen for the same raising. Seconds rise faster than raisings.
fn first_episode(now: DateTime<Utc>) -> u32 {
    let seconds = now.timestamp().clamp(1, u32::MAX.into());
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(verdict: Verdict) -> Seen {
        Seen {
            monitor: "job_failed",
            kind: EntityKind::Job,
            object: "erp01-daily".into(),
            tenant: Some("acme".into()),
            verdict,
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(second)
    }

    #[test]
    fn repeats_raise_the_count_and_a_return_is_a_new_episode() {
        let failed = seen(Verdict::Happened("job erp01-daily failed".into()));
        let first = fold(None, &failed, at(1)).unwrap();
        assert_eq!((first.episode, first.count, first.raised), (1, 1, at(1)));
        assert_eq!(first.id.as_str(), "job:erp01-daily:job_failed");
        let second = fold(Some(&first), &failed, at(2)).unwrap();
        assert_eq!(
            (second.count, second.raised, second.last_seen),
            (2, at(1), at(2))
        );
        let clear = fold(Some(&second), &seen(Verdict::Good), at(3)).unwrap();
        assert_eq!(clear.cleared, Some(at(3)));
        assert_eq!(fold(Some(&clear), &seen(Verdict::Good), at(4)), None);
        let again = fold(Some(&clear), &failed, at(5)).unwrap();
        assert_eq!((again.episode, again.count, again.cleared), (2, 1, None));
    }

    #[test]
    fn a_raising_whose_forerunners_are_forgotten_repeats_no_number() {
        let failed = seen(Verdict::Happened("failed".into()));
        let day = 86_400;
        let mut standing: Option<Alert> = None;
        let mut last = 0;
        for week in 0..5 {
            for round in 0..3 {
                let now = at(1_700_000_000 + week * 8 * day + round * 10);
                let raised = fold(standing.as_ref(), &failed, now).unwrap();
                assert!(raised.episode > last, "{} after {last}", raised.episode);
                last = raised.episode;
                let good = seen(Verdict::Good);
                standing = fold(Some(&raised), &good, now);
            }
            // The agent starts, or its state is made anew.
            standing = None;
        }
        let absurd = fold(None, &failed, DateTime::<Utc>::MAX_UTC).unwrap();
        assert_eq!(absurd.episode, u32::MAX);
    }

    #[test]
    fn what_stands_is_no_news_until_its_text_changes() {
        let low = |text: &str| seen(Verdict::Stands(text.into()));
        let alert = fold(None, &low("9 %"), at(1)).unwrap();
        assert_eq!(fold(Some(&alert), &low("9 %"), at(2)), None);
        let changed = fold(Some(&alert), &low("4 %"), at(3)).unwrap();
        assert_eq!((changed.count, changed.text.as_str()), (1, "4 %"));
    }

    proptest! {
        /// However good and bad follow each other, episodes and counts never fall and an
        /// alert is never cleared before it was raised.
        #[test]
        fn alerts_only_go_forward(verdicts in proptest::collection::vec(0u8..3, 0..40)) {
            let mut standing: Option<Alert> = None;
            for (second, verdict) in (0i64..).zip(verdicts) {
                let verdict = match verdict {
                    0 => Verdict::Good,
                    1 => Verdict::Happened("bad".into()),
                    _ => Verdict::Stands("low".into()),
                };
                let Some(next) = fold(standing.as_ref(), &seen(verdict), at(second)) else { continue };
                if let Some(before) = &standing {
                    prop_assert!(next.episode >= before.episode);
                    prop_assert!(next.episode > before.episode || next.count >= before.count);
                    prop_assert_eq!(next.episode > before.episode, before.cleared.is_some());
                }
                prop_assert!(next.count >= 1 && next.episode >= 1);
                prop_assert!(next.cleared.is_none_or(|cleared| cleared >= next.raised));
                standing = Some(next);
            }
        }
    }
}
