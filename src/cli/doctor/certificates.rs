//! One's own certificate and key, and the CA.

use super::report::{Check, Report};
use crate::fleet::Me;
use chrono::Utc;
use ocdeck_trust::{Identity, Peer, Purpose, TrustError, check_own, worries};
use std::path::Path;

const AREA: &str = "certificates";

/// Looks at the files of `[me]`; whose they are, if an appliance could be dialled with them.
pub(super) fn look(report: &mut Report, me: &Me) -> Option<Peer> {
    own(report, AREA, Purpose::Client, &me.cert, &me.key, &me.ca)
}

/// Looks at a certificate of one's own, for whatever purpose.
pub(super) fn own(
    report: &mut Report,
    area: &'static str,
    purpose: Purpose,
    cert: &Path,
    key: &Path,
    ca: &Path,
) -> Option<Peer> {
    let now = Utc::now();
    match check_own(purpose, cert, key, ca, now) {
        Ok(peer) => {
            let whose = match &peer.identity {
                Identity::Person(person) => format!("{}, {}", person.name, person.role),
                Identity::Appliance(id) => format!("appliance {id}"),
            };
            let days = (peer.not_after - now).num_days();
            let until = peer.not_after.format("%Y-%m-%d");
            let text = format!("{whose}; valid until {until}, {days} days");
            report.add(Check::well(area, "certificate", text));
            for worry in worries(&peer, cert, key, ca, now) {
                let name = if worry.path == key { "key" } else { "expiry" };
                let text = format!("{} {}", worry.path.display(), worry.problem);
                report.add(Check::warning(area, name, text).mend(command_of(&worry.remedy)));
            }
            Some(peer)
        }
        Err(error) => {
            report.add(refused(area, &error));
            None
        }
    }
}

/// What is wrong, and apart from it what to do.
pub(super) fn refused(area: &'static str, error: &TrustError) -> Check {
    match error.parts() {
        Some((text, remedy)) => Check::wrong(area, "certificate", text).mend(command_of(remedy)),
        None => Check::wrong(area, "certificate", error.to_string())
            .mend("ocdeck pki issue person NAME --role technician"),
    }
}

/// The command alone, where the words before it only lead to it.
fn command_of(remedy: &str) -> &str {
    let lead = ["run: ", "renew it with: "];
    lead.iter()
        .find_map(|lead| remedy.strip_prefix(lead))
        .unwrap_or(remedy)
}
