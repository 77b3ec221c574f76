//! Words from appliances are made safe as they enter the model; paths stay bytes and are made
//! safe where they are shown.

use ocdeck_domain::{
    facts::{Description, Fact},
    text::clean,
};
use std::borrow::Cow;

fn wash(text: &mut String) {
    if let Cow::Owned(safe) = clean(text) {
        *text = safe;
    }
}

/// Make every word of a fact safe to show.
pub(super) fn fact(fact: &mut Fact) {
    match fact {
        Fact::Repository(repository) => {
            wash(&mut repository.role);
            repository.offline.as_mut().map(wash).unwrap_or_default();
        }
        Fact::System(system) => {
            wash(&mut system.name);
            wash(&mut system.platform);
            system.aliases.iter_mut().for_each(wash);
            system.trouble.as_mut().map(wash).unwrap_or_default();
        }
        Fact::Job(job) => {
            wash(&mut job.use_case);
            wash(&mut job.waiting_for);
            wash(&mut job.last_message);
        }
        Fact::Session(session) => {
            wash(&mut session.started_by);
            wash(&mut session.message);
        }
        Fact::Alert(alert) => {
            wash(&mut alert.monitor);
            wash(&mut alert.object);
            wash(&mut alert.text);
        }
        Fact::Restore(restore) => {
            wash(&mut restore.actor);
            wash(&mut restore.requester);
            wash(&mut restore.message);
            wash(&mut restore.waiting_for);
            restore
                .issues
                .iter_mut()
                .for_each(|issue| wash(&mut issue.text));
        }
        Fact::Quota(_) | Fact::Gone(..) => {}
    }
}

/// Make every word of a description safe to show.
pub(super) fn description(description: &mut Description) {
    wash(&mut description.driver);
    wash(&mut description.agent_version);
    for capability in &mut description.capabilities {
        wash(&mut capability.name);
        capability
            .unavailable
            .as_mut()
            .map(wash)
            .unwrap_or_default();
    }
}
