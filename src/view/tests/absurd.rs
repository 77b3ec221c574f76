//! An appliance whose facts are as wrong as the wire allows: drawn like any other.

use super::{
    dark, drawn,
    facts::acme_facts,
    fixture::{Night, at},
    picture,
};
use crate::state::{command::Command, msg::LinkNews};
use ocdeck_domain::facts::*;

/// As large as every bound of the conversion lets it be, and of unknown kinds.
fn absurd(fact: Fact, late: bool) -> Fact {
    let when = || match late {
        true => at("9999-12-31T23:59:59Z"),
        false => at("0001-01-01T00:00:00Z"),
    };
    let words = || "無".repeat(2_000);
    let progress = || Progress {
        files_done: u64::MAX,
        files_total: Some(0),
        bytes_done: u64::MAX,
        bytes_total: Some(1),
        rate: u64::MAX,
        eta_seconds: Some(u64::MAX),
        current: vec![0xff; 30_000],
        last_byte_at: Some(when()),
    };
    let most = Amount {
        files: u64::MAX,
        bytes: u64::MAX,
    };
    match fact {
        Fact::Repository(it) => Fact::Repository(Repository {
            capacity: u64::MAX,
            used: u64::MAX,
            free: u64::MAX,
            role: words(),
            ..it
        }),
        Fact::Quota(it) => Fact::Quota(Quota {
            limit: 0,
            used: u64::MAX,
            ..it
        }),
        Fact::System(it) => Fact::System(System {
            aliases: vec![words(); 64],
            platform: words(),
            folders: vec![vec![b'/'; 30_000]; 50],
            last_good_point: Some(when()),
            point_count: u64::MAX,
            trouble: Some(words()),
            ..it
        }),
        Fact::Job(it) => Fact::Job(Box::new(Job {
            kind: WorkKind::Unknown(77),
            state: match late {
                true => JobState::Running,
                false => JobState::Unknown(i32::MIN),
            },
            every_seconds: Some(u64::MAX),
            next_run: Some(when()),
            last_result: Some(SessionResult::Unknown(12)),
            last_end: Some(when()),
            last_message: words(),
            waiting_for: words(),
            failures_in_a_row: u32::MAX,
            progress: Some(progress()),
            recent_seconds: vec![u64::MAX; 12],
            ..*it
        })),
        Fact::Session(it) => Fact::Session(Box::new(Session {
            started: when(),
            ended: late.then(when),
            result: Some(SessionResult::Unknown(-1)),
            progress: progress(),
            message: words(),
            warnings: u64::MAX,
            ..*it
        })),
        Fact::Alert(it) => Fact::Alert(Alert {
            object_kind: EntityKind::Unknown(99),
            text: words(),
            episode: u32::MAX,
            count: u32::MAX,
            raised: when(),
            last_seen: when(),
            ..it
        }),
        Fact::Restore(it) => Fact::Restore(Box::new(RestoreAttempt {
            state: RestoreState::Unknown(50),
            accepted: when(),
            started: Some(when()),
            progress: progress(),
            written: most,
            left: most,
            verified: most,
            message: words(),
            ..*it
        })),
        gone => gone,
    }
}

#[test]
fn absurd_facts_are_drawn_at_any_size() {
    let look = dark();
    for late in [false, true] {
        let mut night = Night::busy();
        let facts = acme_facts().into_iter().map(|fact| absurd(fact, late));
        night.news("acme-stl-01", LinkNews::Snapshot(facts.collect()));
        night.news(
            "acme-stl-01",
            LinkNews::Odd {
                count: u64::MAX,
                example: "Job.next_run is no time".to_owned(),
            },
        );
        for screen in [
            Command::ScreenFleet,
            Command::ScreenJobs,
            Command::ScreenAlerts,
            Command::ScreenRestores,
        ] {
            night.press(screen);
            // Rows deep enough to come upon each kind of them.
            for step in 0..12 {
                for (width, height) in [(20, 5), (80, 24), (200, 50)] {
                    let text = picture::text(&drawn(&night.model, &look, width, height));
                    assert!(text.lines().count() <= usize::from(height));
                }
                night.press(Command::Down);
                if step == 5 {
                    night.press(Command::NextPane);
                }
            }
        }
    }
}

#[test]
fn numbers_without_a_name_are_shown_as_numbers() {
    let mut night = Night::busy();
    let facts = acme_facts().into_iter().map(|fact| absurd(fact, false));
    night.news("acme-stl-01", LinkNews::Snapshot(facts.collect()));
    night.press(Command::ScreenJobs);
    let text = picture::text(&drawn(&night.model, &dark(), 200, 50));
    assert!(
        text.contains("unknown") && !text.contains("backup 0"),
        "{text}"
    );
}
