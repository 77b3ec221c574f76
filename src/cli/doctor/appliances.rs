//! The appliances: each is dialled once. A few are told one by one; of many only those that
//! need somebody, and the rest in one line.

use super::report::{Check, Report};
use crate::fleet::{Link, Me, Visited, visit};
use chrono::{DateTime, Utc};
use ocdeck_domain::ids::ApplianceId;
use ocdeck_trust::EXPIRES_SOON;
use std::time::Duration;

const AREA: &str = "appliances";
/// How long an appliance may take to answer: a dial to a black hole gives up before.
const PATIENCE: Duration = Duration::from_secs(8);
/// So many are told one by one when all is well.
const FEW: usize = 12;
/// A clock so far off is shown, and further off alarms.
const SKEW_MS: (u64, u64) = (5_000, 60_000);

/// Dials every appliance.
pub(super) async fn look(report: &mut Report, links: &[Link], me: &Me) {
    if links.is_empty() {
        let check = Check::warning(AREA, "all", "fleet.toml names no appliance");
        report.add(check.mend("ocdeck appliance init ID --protect FOLDER --pki DIR --person NAME"));
        return;
    }
    let visits = match visit(links, me, PATIENCE).await {
        Ok(visits) => visits,
        Err(error) => return report.add(super::certificates::refused(AREA, &error)),
    };
    tell(report, visits);
}

fn tell(report: &mut Report, visits: Vec<(ApplianceId, Result<Visited, String>)>) {
    let all = visits.len();
    let (mut well, mut needy) = (Vec::new(), Vec::new());
    for (appliance, answer) in visits {
        match answer {
            Ok(visited) => {
                let troubles = troubles(&appliance, &visited, Utc::now());
                if troubles.is_empty() {
                    well.push((appliance, visited));
                }
                needy.extend(troubles);
            }
            Err(why) => needy.push(silent(&appliance, &why)),
        }
    }
    if well.len() > FEW {
        let slowest = well.iter().map(|(_, visited)| visited.took).max();
        let slowest = slowest.unwrap_or_default().as_millis();
        let text = format!("answer; the slowest took {slowest} ms");
        report.add(Check::well(AREA, format!("{} of {all}", well.len()), text));
        well.clear();
    }
    for check in needy {
        report.add(check);
    }
    for (appliance, visited) in well {
        report.add(Check::well(AREA, appliance.to_string(), line(&visited)));
    }
}

/// One that does not answer; the words say what to do behind their first semicolon.
fn silent(appliance: &ApplianceId, why: &str) -> Check {
    match why.split_once("; ") {
        Some((what, remedy)) => Check::wrong(AREA, appliance.as_str(), what).mend(remedy),
        None => Check::wrong(AREA, appliance.as_str(), why),
    }
}

fn line(visited: &Visited) -> String {
    let Visited {
        description,
        took,
        offset_ms,
        ..
    } = visited;
    format!(
        "version {}, answers in {} ms, clock {}; you are {}, {}",
        description.agent_version,
        took.as_millis(),
        seconds(*offset_ms),
        description.caller.0,
        description.caller.1,
    )
}

/// What somebody should do about an appliance that answers.
fn troubles(appliance: &ApplianceId, visited: &Visited, now: DateTime<Utc>) -> Vec<Check> {
    let name = appliance.as_str();
    let mut troubles = Vec::new();
    if let Some(expires) = visited.expires.filter(|end| *end - now < EXPIRES_SOON) {
        let days = (expires - now).num_days();
        let text = format!("its certificate expires in {days} days");
        let check = Check::warning(AREA, name, text);
        troubles.push(check.mend(format!(
            "ocdeck pki renew {name}, where the key of the CA is"
        )));
    }
    let off = visited.offset_ms.unsigned_abs();
    if off > SKEW_MS.0 {
        let text = format!(
            "its clock is {} compared with this one",
            seconds(visited.offset_ms)
        );
        let check = if off > SKEW_MS.1 {
            Check::wrong(AREA, name, text)
        } else {
            Check::warning(AREA, name, text)
        };
        troubles.push(check.mend("timedatectl set-ntp true, on the machine whose clock is wrong"));
    }
    let (theirs, ours) = (
        &visited.description.agent_version,
        env!("CARGO_PKG_VERSION"),
    );
    if theirs != ours {
        let text = format!("its agent is version {theirs}, this console {ours}");
        troubles.push(Check::warning(AREA, name, text).mend("update the older of the two"));
    }
    troubles
}

/// A difference of clocks in words.
fn seconds(ms: i64) -> String {
    let whole = ms.unsigned_abs() / 1000;
    match ms {
        -999..=999 => "equal".to_owned(),
        1000.. => format!("{whole} s ahead"),
        _ => format!("{whole} s behind"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;
    use chrono::TimeDelta;
    use ocdeck_domain::facts::Description;

    fn visited(offset_ms: i64, version: &str) -> Visited {
        Visited {
            description: Description {
                driver: "engine".into(),
                agent_version: version.into(),
                capabilities: Vec::new(),
                caller: ("mara".into(), "technician".into()),
            },
            took: Duration::from_millis(12),
            offset_ms,
            expires: Some(Utc::now() + TimeDelta::days(200)),
        }
    }

    fn told(visited: &Visited) -> Vec<Check> {
        troubles(&"box1".into(), visited, Utc::now())
    }

    #[test]
    fn clocks_and_versions_are_compared() {
        let ours = env!("CARGO_PKG_VERSION");
        assert!(told(&visited(400, ours)).is_empty());
        assert_eq!(
            line(&visited(400, "0.1.0")),
            "version 0.1.0, answers in 12 ms, clock equal; you are mara, technician"
        );
        let found = told(&visited(-7_200, ours));
        assert_eq!(found[0].level, Level::Warning);
        assert_eq!(
            found[0].text,
            "its clock is 7 s behind compared with this one"
        );
        let found = told(&visited(61_000, "0.0.1"));
        assert_eq!(found[0].level, Level::Wrong);
        assert!(found[1].text.contains("version 0.0.1"), "{found:?}");
    }

    #[test]
    fn of_hundreds_those_are_told_that_need_somebody() {
        let ours = env!("CARGO_PKG_VERSION");
        let mut visits: Vec<(ApplianceId, _)> = (0..300)
            .map(|n| (format!("box{n}").as_str().into(), Ok(visited(0, ours))))
            .collect();
        visits[7].1 = Err("nobody listens at 10.0.0.7:7443; start `ocdeck appliance serve`".into());
        let soon = Utc::now() + TimeDelta::days(12) + TimeDelta::hours(1);
        visits[9].1 = Ok(Visited {
            expires: Some(soon),
            ..visited(0, ours)
        });
        let mut report = Report::default();
        tell(&mut report, visits);
        assert_eq!(
            report.screen(true),
            "appliances\n  v 298 of 300  answer; the slowest took 12 ms\n  \
             x box7        nobody listens at 10.0.0.7:7443\n                \
             > start `ocdeck appliance serve`\n  ! box9        its certificate expires in 12 days\n\
             \u{20}               > ocdeck pki renew box9, where the key of the CA is\n\n\
             1 wrong, 1 to look after\n"
        );
    }
}
