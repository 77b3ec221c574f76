use super::*;
use proptest::prelude::*;

fn index(names: &[(&str, &[&str], &str)]) -> Index {
    let mut index = Index::default();
    let changes = names.iter().map(|(name, others, number)| {
        let names = Name {
            name: (*name).to_owned(),
            others: others.iter().map(|other| (*other).to_owned()).collect(),
            number: (*number).to_owned(),
        };
        Change::Put(Target::Tenant((*name).into()), names)
    });
    index.change(changes.collect());
    index
}

fn ask(index: &mut Index, text: &str) -> Vec<String> {
    let question = Question {
        number: 1,
        text: text.to_owned(),
        only: None,
    };
    let found = index.search(&question, &mut || false).unwrap();
    assert_eq!(found.fitting, found.hits.len());
    let names = found.hits.into_iter().map(|target| match target {
        Target::Tenant(id) => id.to_string(),
        other => format!("{other:?}"),
    });
    names.collect()
}

fn office() -> Index {
    index(&[
        ("erp01", &["acme", "ledger"], ""),
        ("erp01-files", &["acme"], ""),
        ("erp-11", &["north"], ""),
        ("superposition", &["nova"], ""),
        ("Ann Lee", &["acme"], "+1 (555) 0142"),
        ("R-0118", &["acme/erp01"], ""),
        ("every path", &["tern"], ""),
    ])
}

#[test]
fn one_and_two_letters_find_beginnings_of_words() {
    let mut index = office();
    assert_eq!(
        ask(&mut index, "er"),
        ["erp01", "erp-11", "erp01-files", "R-0118"]
    );
    assert_eq!(
        ask(&mut index, "l"),
        ["erp01", "Ann Lee"]
            .map(str::to_owned)
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
    assert_eq!(ask(&mut index, "up"), Vec::<String>::new());
    assert_eq!(ask(&mut index, "  "), Vec::<String>::new());
}

#[test]
fn words_come_before_parts_and_parts_before_letters() {
    let mut index = office();
    let found = ask(&mut index, "erp");
    assert_eq!(found[..3], ["erp01", "erp-11", "erp01-files"]);
    assert_eq!(found[3..], ["R-0118", "superposition", "every path"]);
    assert_eq!(ask(&mut index, "erp1")[0], "erp-11");
}

#[test]
fn every_word_must_fit_one_of_the_names() {
    let mut index = office();
    assert_eq!(
        ask(&mut index, "acme erp"),
        ["erp01", "erp01-files", "R-0118"]
    );
    assert_eq!(ask(&mut index, "ledger"), ["erp01"]);
    assert_eq!(ask(&mut index, "0118"), ["R-0118"]);
    assert_eq!(ask(&mut index, "acme nobody"), Vec::<String>::new());
}

#[test]
fn numbers_are_found_by_their_digits_in_any_spelling() {
    let mut index = office();
    for spelling in ["5550142", "555 0142", "+1 555-0142", "(555) 01", "1555"] {
        assert_eq!(ask(&mut index, spelling), ["Ann Lee"], "{spelling}");
    }
    // As it is typed: before three digits it is no number yet.
    for typed in ["+1 5", "+1 55", "+1 555", "+1 555 0"] {
        ask(&mut index, typed);
    }
    assert_eq!(ask(&mut index, "+1 555 01"), ["Ann Lee"]);
}

#[test]
fn only_a_kind() {
    let mut index = office();
    let put = |target| {
        let name = Name {
            name: "erp01".to_owned(),
            ..Name::default()
        };
        Change::Put(target, name)
    };
    index.change(vec![put(Target::Appliance("erp01".into()))]);
    for text in ["erp0", "er"] {
        let question = Question {
            number: 7,
            text: text.to_owned(),
            only: Some(Kind::Appliance),
        };
        let found = index.search(&question, &mut || false).unwrap();
        assert_eq!(found.hits, [Target::Appliance("erp01".into())]);
        assert_eq!((found.number, found.names), (7, 8));
    }
}

#[test]
fn names_come_change_and_go() {
    let mut index = office();
    index.change(vec![Change::Gone(Target::Tenant("erp01".into()))]);
    assert_eq!(ask(&mut index, "ledger"), Vec::<String>::new());
    let renamed = Name {
        name: "general ledger".to_owned(),
        ..Name::default()
    };
    index.change(vec![Change::Put(Target::Tenant("erp-11".into()), renamed)]);
    assert_eq!(ask(&mut index, "ledger"), ["erp-11"]);
    assert_eq!(ask(&mut index, "le"), ["Ann Lee", "erp-11"]);
    assert_eq!(index.len(), 6);
    assert!(!ask(&mut index, "erp").contains(&"erp-11".to_owned()));
    // So many times that gaps are closed.
    for n in 0..2_000 {
        let name = Name {
            name: format!("host {n}"),
            ..Name::default()
        };
        index.change(vec![Change::Put(Target::Tenant("changes".into()), name)]);
    }
    assert_eq!(index.len(), 7);
    assert!(index.items.len() < 2_000);
    assert_eq!(ask(&mut index, "host 1999"), ["changes"]);
    assert_eq!(ask(&mut index, "ho"), ["changes"]);
}

#[test]
fn nobody_waits_for_an_answer_that_nobody_wants() {
    let mut index = office();
    let question = Question {
        number: 1,
        text: "erp".to_owned(),
        only: None,
    };
    assert_eq!(index.search(&question, &mut || true), None);
    assert_eq!(ask(&mut index, "erp0").len(), 3);
}

proptest! {
    /// Narrowing on the last result finds what a search of everything finds.
    #[test]
    fn one_letter_more_finds_the_same_as_a_fresh_question(
        names in prop::collection::vec("[a-cé][a-c0-2 é-]{0,8}", 1..30),
        query in "[a-cé0-2 -]{1,7}",
    ) {
        let all: Vec<(&str, &[&str], &str)> =
            names.iter().map(|name| (name.as_str(), &[][..], name.as_str())).collect();
        let mut typed = index(&all);
        let mut so_far = String::new();
        for c in query.chars() {
            so_far.push(c);
            let narrowed = ask(&mut typed, &so_far);
            prop_assert_eq!(narrowed, ask(&mut index(&all), &so_far));
        }
    }

    /// What a hit is named by holds the letters that were typed.
    #[test]
    fn what_is_found_holds_what_was_typed(
        names in prop::collection::vec("[a-d]{1,6}( [a-d]{1,6})?", 1..30),
        query in "[a-d]{1,5}",
    ) {
        let all: Vec<(&str, &[&str], &str)> =
            names.iter().map(|name| (name.as_str(), &[][..], "")).collect();
        for name in ask(&mut index(&all), &query) {
            prop_assert!(fit::in_order(&query, &name), "{query} {name}");
        }
    }
}
