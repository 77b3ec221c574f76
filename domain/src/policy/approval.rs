//! How far one person may go alone.

use crate::{
    facts::Plan,
    restore::{Order, Target},
    words,
};
use serde::{Deserialize, Serialize};

/// What a restore may replace by the word of one person; an appliance's own file may say
/// otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalPolicy {
    /// Replacing more bytes than this is beyond the limit.
    pub replace_bytes: u64,
    /// A whole system onto its original place that replaces so many existing files is
    /// beyond the limit.
    pub original_files: u64,
}

impl ApprovalPolicy {
    /// Why a plan goes beyond the limit; none: it does not. What the plan does counts,
    /// not the name of its policy. No policy of this build deletes anything.
    pub fn beyond(&self, order: &Order, plan: &Plan) -> Vec<String> {
        let mut reasons = Vec::new();
        if plan.replaced.bytes > self.replace_bytes {
            reasons.push(format!(
                "it replaces {}; one person alone may replace {}",
                words::bytes(plan.replaced.bytes),
                words::bytes(self.replace_bytes)
            ));
        }
        let whole_original = order.paths.is_empty() && order.target == Target::Original;
        if whole_original && plan.replaced.files >= self.original_files {
            let files = match plan.replaced.files {
                1 => "1 existing file".to_owned(),
                n => format!("{} existing files", words::count(n)),
            };
            reasons.push(format!(
                "it restores a whole system onto its original place and replaces {files}"
            ));
        }
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::Amount, policy::shipped, restore::OverwritePolicy};

    fn order(paths: &[&str], target: Target) -> Order {
        Order {
            system: "erp01".into(),
            point: "p".into(),
            paths: paths.iter().map(|it| it.as_bytes().to_vec()).collect(),
            target,
            policy: OverwritePolicy::ReplaceChanged,
        }
    }

    fn replacing(files: u64, bytes: u64) -> Plan {
        Plan {
            replaced: Amount { files, bytes },
            ..Plan::default()
        }
    }

    #[test]
    fn a_lost_system_is_not_beyond_the_limit_and_one_that_stands_is() {
        let limits = shipped().approval;
        let whole = order(&[], Target::Original);
        assert!(limits.beyond(&whole, &replacing(0, 0)).is_empty());
        assert_eq!(limits.beyond(&whole, &replacing(1, 10)).len(), 1);
        let part = order(&["/srv/erp01/a"], Target::Original);
        assert!(limits.beyond(&part, &replacing(1, 10)).is_empty());
        let aside = order(&[], Target::Staging("R-0118".into()));
        assert!(limits.beyond(&aside, &replacing(5, 10)).is_empty());
    }

    #[test]
    fn it_says_how_far_one_person_may_go_in_the_amounts_of_the_limit() {
        let limits = ApprovalPolicy {
            replace_bytes: 500_000_000,
            original_files: 10,
        };
        let whole = order(&[], Target::Original);
        assert!(limits.beyond(&whole, &replacing(9, 10)).is_empty());
        assert_eq!(
            limits.beyond(&whole, &replacing(10, 700_000_000)),
            [
                "it replaces 700 MB; one person alone may replace 500 MB",
                "it restores a whole system onto its original place and replaces 10 existing files",
            ]
        );
    }

    #[test]
    fn more_than_a_hundred_gigabytes_is_beyond_it_wherever_they_go() {
        let limits = shipped().approval;
        let aside = order(&["/a"], Target::OtherPath(b"/x".to_vec()));
        assert!(
            limits
                .beyond(&aside, &replacing(1, 100_000_000_000))
                .is_empty()
        );
        assert_eq!(
            limits.beyond(&aside, &replacing(1, 100_000_000_001)).len(),
            1
        );
    }
}
