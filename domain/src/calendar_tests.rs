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

#[test]
fn times_and_spans_are_read_strictly() {
    for good in ["08:00-17:00", "0:00-24:00", "13:30–17:05"] {
        good.parse::<Interval>().unwrap();
    }
    for bad in [
        "8-17",
        "08:00",
        "17:00-08:00",
        "08:00-08:00",
        "08:60-09:00",
        "20:00-24:01",
        "+8:00-9:00",
    ] {
        assert!(bad.parse::<Interval>().is_err(), "{bad}");
    }
    assert_eq!(
        "0:00-24:00".parse::<Interval>().unwrap().to_string(),
        "00:00-24:00"
    );
}

#[test]
fn spans_that_share_time_and_weeks_without_any_are_refused() {
    let of = |hours: &[&str]| {
        let mut week: [Vec<Interval>; 7] = Default::default();
        week[0] = hours.iter().map(|text| text.parse().unwrap()).collect();
        Calendar::new("c".into(), week, BTreeMap::new())
    };
    assert!(of(&["08:00-12:00", "12:00-17:00"]).is_ok());
    let error = of(&["13:00-17:00", "08:00-13:30"]).unwrap_err().to_string();
    assert_eq!(
        error,
        "08:00-13:30 and 13:00-17:00 share time; let one begin where the other ends"
    );
    assert!(matches!(of(&[]), Err(CalendarError::NeverOpen(_))));
    let week = Week {
        days: vec!["mo".into()],
        hours: Vec::new(),
    };
    let error = Calendar::weekly("c".into(), &week).unwrap_err();
    assert_eq!(error, CalendarError::Day("mo".into()));
}

#[test]
fn a_calendar_reads_back_as_it_was_written_and_a_bad_one_does_not() {
    let text = serde_json::to_string(&*usual()).unwrap();
    assert_eq!(serde_json::from_str::<Calendar>(&text).unwrap(), *usual());
    let never = r#"{"id":"c","week":[[],[],[],[],[],[],[]]}"#;
    assert!(serde_json::from_str::<Calendar>(never).is_err());
}

#[test]
fn hours_around_midnight_close_only_once() {
    let mut week: [Vec<Interval>; 7] = Default::default();
    week[0] = vec!["22:00-24:00".parse().unwrap()];
    week[1] = vec!["00:00-06:00".parse().unwrap()];
    let calendar = Arc::new(Calendar::new("night".into(), week, BTreeMap::new()).unwrap());
    let hours = Hours::of(&calendar, Tz::UTC);
    // Monday 23 November 2026.
    let close = hours.next_close(at("2026-11-23T23:00:00Z"));
    assert_eq!(close, Some(at("2026-11-24T06:00:00Z")));
}

#[test]
fn a_date_that_a_zone_left_out_has_no_hours() {
    // Samoa went from Thursday 29 to Saturday 31 December 2011.
    let hours = Hours::of(&usual(), Tz::Pacific__Apia);
    let thursday = at("2011-12-30T02:00:00Z");
    let due = hours.add(thursday, TimeDelta::hours(2));
    let shown = due.with_timezone(&Tz::Pacific__Apia).to_string();
    assert_eq!(shown, "2012-01-02 09:00:00 +14");
}

#[test]
fn words_say_when_it_goes_on() {
    let zone = Tz::Europe__Berlin;
    let now = at("2026-11-20T18:00:00Z");
    for (resumes, words) in [
        ("2026-11-20T20:00:00Z", "from 21:00"),
        ("2026-11-23T07:00:00Z", "from Mon 08:00"),
        ("2027-01-04T07:00:00Z", "from Mon 4 Jan 08:00"),
    ] {
        assert_eq!(from_words(now, at(resumes), zone), words);
    }
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn zones() -> impl Strategy<Value = Tz> {
        prop::sample::select(vec![
            Tz::UTC,
            Tz::America__Chicago,
            Tz::Europe__Berlin,
            Tz::Asia__Kolkata,
            Tz::Australia__Lord_Howe,
            Tz::America__Havana,
            Tz::Pacific__Apia,
            Tz::Africa__Casablanca,
        ])
    }

    /// Up to three spans a day on each day of the week; at least one in all.
    fn calendars() -> impl Strategy<Value = Arc<Calendar>> {
        let cuts = prop::collection::btree_set(0u32..=96, 0..=6);
        let holidays = prop::collection::btree_set(0i64..4_000, 0..20);
        (prop::collection::vec(cuts, 7), holidays).prop_map(|(days, holidays)| {
            let mut week: [Vec<Interval>; 7] = Default::default();
            for (spans, cuts) in week.iter_mut().zip(days) {
                let cuts: Vec<u32> = cuts.into_iter().collect();
                *spans = cuts
                    .chunks_exact(2)
                    .map(|pair| Interval {
                        from: Clocktime(pair[0] * 900),
                        to: Clocktime(pair[1] * 900),
                    })
                    .collect();
            }
            if week.iter().all(Vec::is_empty) {
                week[2].push("08:00-17:00".parse().unwrap());
            }
            let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
            let holidays = holidays
                .into_iter()
                .map(|days| (first + TimeDelta::days(days), String::new()))
                .collect();
            Arc::new(Calendar::new("any".into(), week, holidays).unwrap())
        })
    }

    fn hours() -> impl Strategy<Value = Hours> {
        prop_oneof![
            1 => Just(Hours::AroundTheClock),
            5 => (calendars(), zones()).prop_map(|(calendar, zone)| Hours::of(&calendar, zone)),
        ]
    }

    /// From 2020 to 2030; half of them near a change of the clocks.
    fn times() -> impl Strategy<Value = Time> {
        let any = 1_577_836_800i64..1_900_000_000;
        let changes = prop::sample::select(vec![
            "2026-03-08T08:00:00Z",
            "2026-11-01T07:00:00Z",
            "2027-03-28T01:00:00Z",
            "2026-10-25T01:00:00Z",
            "2027-03-14T05:00:00Z",
        ]);
        let near = (changes, -200_000i64..200_000);
        prop_oneof![
            any.prop_map(|seconds| Time::from_timestamp(seconds, 0).unwrap()),
            near.prop_map(|(change, off)| at(change) + TimeDelta::seconds(off)),
        ]
    }

    proptest! {
        #[test]
        fn deadlines_grow_with_start_and_budget(
            hours in hours(), start in times(),
            later in 0i64..2_000_000, budget in 0i64..400_000, more in 0i64..400_000,
        ) {
            let due = |start, budget| hours.add(start, TimeDelta::seconds(budget));
            let moved = start + TimeDelta::seconds(later);
            prop_assert!(due(start, budget) <= due(moved, budget));
            prop_assert!(due(start, budget) <= due(start, budget + more));
            prop_assert!(due(start, budget) >= start);
        }

        #[test]
        fn what_was_added_is_what_counts(hours in hours(), start in times(), budget in 0i64..400_000) {
            let budget = TimeDelta::seconds(budget);
            let due = hours.add(start, budget);
            prop_assert_eq!(hours.open_time(start, due), budget);
        }

        #[test]
        fn adding_the_time_that_was_open_arrives(hours in hours(), start in times(), after in 1i64..4_000_000) {
            let t = hours.next_open(start + TimeDelta::seconds(after)) + TimeDelta::milliseconds(1);
            // A moment after it opened: the opening itself is, counted, the closing before it.
            prop_assume!(hours.is_open(t));
            prop_assert_eq!(hours.add(start, hours.open_time(start, t)), t);
        }

        #[test]
        fn time_is_never_negative_and_adds_up(
            hours in hours(), a in times(), b in 0i64..3_000_000, c in 0i64..3_000_000,
        ) {
            let middle = a + TimeDelta::seconds(b);
            let end = middle + TimeDelta::seconds(c);
            let (first, second) = (hours.open_time(a, middle), hours.open_time(middle, end));
            prop_assert!(first >= TimeDelta::zero() && first <= middle - a);
            prop_assert_eq!(first + second, hours.open_time(a, end));
            prop_assert_eq!(hours.open_time(end, a), -hours.open_time(a, end));
        }

        #[test]
        fn open_and_closed_take_turns(hours in hours(), t in times()) {
            let open = hours.next_open(t);
            prop_assert!(open >= t && hours.is_open(open));
            prop_assert_eq!(hours.resumes(t).is_none(), hours.is_open(t));
            if let Some(close) = hours.next_close(t) {
                prop_assert!(close > open && !hours.is_open(close));
                prop_assert_eq!(hours.open_time(open, close), close - open);
            }
        }
    }
}
