//! How far one person may go alone.

use ocdeck_domain::{
    facts::Plan,
    restore::{Order, Target},
};

/// The numbers of the rule that a second person approves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Replacing more bytes than this is beyond the limit.
    pub replace_bytes: u64,
    /// A whole system onto its original place that replaces so many existing files is
    /// beyond the limit.
    pub original_files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            replace_bytes: 100_000_000_000,
            original_files: 1,
        }
    }
}

impl Limits {
    /// Why a plan goes beyond the limit; none: it does not. What the plan does counts,
    /// not the name of its policy. No policy of this build deletes anything.
    pub fn beyond(&self, order: &Order, plan: &Plan) -> Vec<String> {
        let mut reasons = Vec::new();
        if plan.replaced.bytes > self.replace_bytes {
            reasons.push(format!(
                "it replaces {} GB; one person alone may replace {} GB",
                plan.replaced.bytes / 1_000_000_000,
                self.replace_bytes / 1_000_000_000
            ));
        }
        let whole_original = order.paths.is_empty() && order.target == Target::Original;
        if whole_original && plan.replaced.files >= self.original_files {
            let files = match plan.replaced.files {
                1 => "1 existing file".to_owned(),
                n => format!("{n} existing files"),
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
    use ocdeck_domain::{facts::Amount, restore::OverwritePolicy};

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
        let limits = Limits::default();
        let whole = order(&[], Target::Original);
        assert!(limits.beyond(&whole, &replacing(0, 0)).is_empty());
        assert_eq!(limits.beyond(&whole, &replacing(1, 10)).len(), 1);
        let part = order(&["/srv/erp01/a"], Target::Original);
        assert!(limits.beyond(&part, &replacing(1, 10)).is_empty());
        let aside = order(&[], Target::Staging("R-0118".into()));
        assert!(limits.beyond(&aside, &replacing(5, 10)).is_empty());
    }

    #[test]
    fn more_than_a_hundred_gigabytes_is_beyond_it_wherever_they_go() {
        let limits = Limits::default();
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
