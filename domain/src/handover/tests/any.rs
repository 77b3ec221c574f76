//! Whatever is told in whatever order: properties of the fold and of the frozen copy.

use super::*;
use proptest::prelude::*;

fn any_event() -> impl Strategy<Value = (&'static str, &'static str, Event)> {
    let who = prop_oneof![Just("mara"), Just("jon"), Just("eva")];
    let text = prop_oneof![
        Just(String::new()),
        Just("one".to_owned()),
        Just("two".to_owned())
    ];
    let line = prop_oneof![
        Just(key(121)),
        Just(key(117)),
        Just("sweep:missed".to_owned())
    ];
    let event = (0..6, line, text).prop_map(|(kind, key, text)| match kind {
        0 => Event::Edited { key, text },
        1 => Event::Noted { text },
        2 => Event::Added { text },
        3 => Event::Removed { key },
        _ => Event::Read { key, gist: text },
    });
    (Just("30"), who, event)
}

proptest! {
    /// However a history comes, in pieces, twice or at once, it is one handover.
    #[test]
    fn folding_in_pieces_is_folding_at_once(
        events in prop::collection::vec(any_event(), 0..12),
        cut in 0usize..12,
    ) {
        let mut all = vec![begun()];
        all.extend(events);
        let records = records(&all);
        let cut = cut.min(records.len());
        let mut pieces = Handover::default();
        for record in records[..cut].iter().chain(&records) {
            pieces.fold(record);
        }
        prop_assert_eq!(pieces, folded(&all));
    }

    /// Reading and editing different lines can be done in any order.
    #[test]
    fn any_order_of_reads_and_edits_shows_the_same(
        order in Just((0..4).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let edit = |n, text: &str| Event::Edited { key: key(n), text: text.to_owned() };
        let acts = [
            ("30", "jon", read(121, "P2 draft")),
            ("31", "mara", edit(117, "nearly done")),
            ("32", "jon", read(118, "P2 awaits validation, partly failed")),
            ("33", "mara", edit(119, "after nine")),
        ];
        let mut all = vec![begun()];
        all.extend(order.iter().map(|n| acts[*n].clone()));
        let mut sorted = vec![begun()];
        sorted.extend(acts.clone());
        let generated = lines(&known());
        prop_assert_eq!(
            folded(&all).shown(generated.clone()),
            folded(&sorted).shown(generated)
        );
        prop_assert_eq!(missing(&folded(&all), &known()), ["INC-2045", "R-0117"]);
    }

    /// Whatever comes after the shift was taken, the copy and everything in it stay.
    #[test]
    fn the_frozen_copy_never_changes(
        before in prop::collection::vec(any_event(), 0..8),
        after in prop::collection::vec(any_event(), 0..8),
    ) {
        let mut all = vec![begun()];
        all.extend(before);
        let taken = taken(&folded(&all));
        all.push(("40", "jon", taken.clone()));
        let then = folded(&all);
        all.extend(after);
        all.push(("50", "eva", taken));
        all.push(("51", "mara", Event::Cancelled { reason: "no".into() }));
        let now = folded(&all);
        prop_assert_eq!(&now.taken, &then.taken);
        prop_assert_eq!(&now.notes, &then.notes);
        prop_assert_eq!(&now.cancelled, &None);
        prop_assert!(!now.is_open());
        prop_assert_eq!(now.moments.len(), all.len(), "what came too late is kept and shown");
    }
}
