use super::*;

fn usual() -> Arc<Calendar> {
    Arc::new(crate::policy::shipped().calendar().unwrap())
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

#[test]
fn a_friday_evening_waits_for_monday() {
    let hours = Hours::of(&usual(), Tz::America__Chicago);
    // Friday 20 November 2026, 16:00 in Chicago.
    let start = at("2026-11-20T22:00:00Z");
    assert!(hours.is_open(start));
    let due = hours.add(start, TimeDelta::hours(4));
    assert_eq!(due, at("2026-11-23T17:00:00Z"), "Monday 11:00");
    assert_eq!(hours.open_time(start, due), TimeDelta::hours(4));
    assert_eq!(hours.next_close(start), Some(at("2026-11-20T23:00:00Z")));
    let night = at("2026-11-21T06:00:00Z");
    assert_eq!(hours.resumes(night), Some(at("2026-11-23T14:00:00Z")));
}
