//! Acknowledgements that time out late, and times that are far away.

use super::*;

#[test]
fn a_time_out_that_waited_for_the_desk_does_not_undo_what_was_done_meanwhile() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "mara", &acknowledged(""));
    let late = story
        .life()
        .time_out(Severity::clamped(7), None, at(1_200), &policy)
        .unwrap();
    let note = "the disk is on its way".to_owned();
    story.write(1_100, "jon", &Event::Noted { text: note });
    story.write(2_000, "host-a", &late);
    let life = story.life();
    assert_eq!(life.state(at(2_001), &policy), State::Acknowledged);
    assert_eq!((life.owner.as_str(), life.answered), ("mara", Some(at(0))));
    // The next one is another record, and counts.
    let next = life
        .time_out(Severity::clamped(7), None, at(2_300), &policy)
        .unwrap();
    let id = |event: &Event| event.record(Uuid::nil(), &episode(1), at(0), "").event_id;
    assert_ne!(id(&late), id(&next));
    story.write(2_300, "host-a", &next);
    assert_eq!(story.life().state(at(2_301), &policy), State::Raised);
}

#[test]
fn what_is_done_elsewhere_puts_the_time_out_off() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "mara", &acknowledged(""));
    let life = story.life();
    let due = |elsewhere| life.times_out(Severity::clamped(7), elsewhere, &policy);
    assert_eq!(due(Some(at(900))), Some(at(2_100)));
    assert_eq!(due(Some(at(-900))), Some(at(1_200)), "it was before");
}

#[test]
fn a_snooze_puts_nothing_off_once_it_is_too_bad_to_be_snoozed() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "mara", &acknowledged(""));
    let until = at(36_000);
    let reason = String::new();
    story.write(60, "mara", &Event::Snoozed { until, reason });
    let life = story.life();
    let due = |number| life.times_out(Severity::clamped(number), None, &policy);
    assert_eq!(due(7), Some(at(36_000 + 1_200)));
    assert_eq!(due(9), Some(at(60 + 600)));
}

proptest! {
    /// No time that a record may hold ends a program that reads it.
    #[test]
    fn no_time_is_too_far_away(story in stories(), far in prop::collection::vec(prop::sample::select(vec![Time::MAX_UTC, Time::MIN_UTC, at(0)]), 20)) {
        let policy = policy();
        let mut life = Life::new(episode(1));
        for (record, far) in story.0.iter().zip(far) {
            let mut record = record.clone();
            let event = match record.event::<Event>() {
                Ok(Event::Snoozed { reason, .. }) => Event::Snoozed { until: far, reason },
                Ok(Event::Cleared { .. }) => Event::Cleared { at: far },
                Ok(Event::Gone { of, .. }) => Event::Gone { at: far, of },
                Ok(Event::AcknowledgementTimedOut { of, .. }) => {
                    Event::AcknowledgementTimedOut { of, progress: Some(far) }
                }
                Ok(Event::Raised(fact)) => {
                    Event::Raised(Box::new(Alert { raised: far, last_seen: far, cleared: Some(far), ..*fact }))
                }
                Ok(other) => other,
                Err(_) => continue,
            };
            record.record.body = serde_json::to_string(&event).unwrap();
            life.fold(&record);
            for severity in [7, 9] {
                life.times_out(Severity::clamped(severity), None, &policy);
                life.time_out(Severity::clamped(severity), None, record.record.at, &policy);
            }
            life.state(record.record.at, &policy);
            life.goes_on(record.record.at, &policy);
            life.comes_back(&fact(7, 1), record.record.at, &policy);
            let _ = life.snoozed_until(record.record.at);
        }
    }
}
