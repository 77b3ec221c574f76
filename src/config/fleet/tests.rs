use super::*;
use chrono_tz::Tz;
use ocdeck_domain::{calendar::Hours, facts::Time, fleet::RestartPolicy};
use std::sync::Arc;

const GOOD: &str = r#"
[me]
cert = "pki/mara.pem"
key = "pki/mara.key"
ca = "pki/ca.pem"

[[party]]
id = "provider"
name = "Provider"

[[party]]
id = "north"
name = "North IT"
parent = "provider"

[[tenant]]
id = "acme"
name = "Acme"
parent = "north"
time_zone = "America/Chicago"
restart_policy = "ask_first"

[[contact]]
tenant = "acme"
name = "Ann Lee"
phone = "+1 555 0142"
may_request = true

[[site]]
id = "hq"
tenant = "acme"
kind = "customer primary"

[[appliance]]
id = "acme-stl-01"
address = "10.0.0.1:7443"
sites = ["hq"]
"#;

fn mistakes(text: &str) -> Vec<String> {
    let problems = parse(Path::new("fleet.toml"), text).unwrap_err();
    problems.0.iter().map(ToString::to_string).collect()
}

#[test]
fn reads_a_whole_fleet() {
    let fleet = parse(Path::new("/etc/ocdeck/fleet.toml"), GOOD).unwrap();
    assert_eq!(fleet.me.cert, Path::new("/etc/ocdeck/pki/mara.pem"));
    assert_eq!(fleet.links.len(), 1);
    assert_eq!(fleet.links[0].address, "10.0.0.1:7443");
    let tenant = fleet.directory.tenant(&"acme".into()).unwrap();
    assert_eq!(tenant.time_zone, Tz::America__Chicago);
    assert_eq!(tenant.restart_policy, RestartPolicy::AskFirst);
    assert!(tenant.managed);
    assert_eq!(fleet.directory.contacts()[0].name, "Ann Lee");
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let text = GOOD
        .replace("parent = \"north\"", "parent = \"nroth\"")
        .replace("America/Chicago", "America/Chicgo")
        .replace("ask_first", "ask")
        .replace("\"10.0.0.1:7443\"", "\"10.0.0.1\"")
        .replace("id = \"acme-stl-01\"", "id = \"Acme STL\"")
        .replace("[\"hq\"]", "[\"hq\", \"dr\"]")
        .replace("phone =", "fone =");
    let mistakes = mistakes(&text);
    let expected = [
        "fleet.toml:19:10: there is no party \"nroth\"; did you mean \"north\"?",
        "fleet.toml:20:13: \"America/Chicgo\" is no time zone of the IANA list; did you mean \"America/Chicago\"?",
        "fleet.toml:21:18: \"ask\" is no restart policy; valid: allowed, ask_first, never",
        "fleet.toml:26:1: [[contact]] has no key \"fone\"; did you mean \"phone\"?",
        "fleet.toml:36:11: address \"10.0.0.1\" is not host:port, such as \"backup.example.com:7443\"",
        "fleet.toml:37:16: there is no site \"dr\"; valid: hq",
    ];
    for wanted in expected {
        assert!(
            mistakes.iter().any(|m| m == wanted),
            "{wanted}\n{mistakes:#?}"
        );
    }
    assert!(
        mistakes.iter().any(|m| m.starts_with("fleet.toml:35:6:")),
        "{mistakes:#?}"
    );
    assert_eq!(mistakes.len(), 7, "{mistakes:#?}");
}

#[test]
fn a_cycle_of_parties_is_named() {
    let text = GOOD.replace(
        "id = \"provider\"\nname = \"Provider\"",
        "id = \"provider\"\nname = \"Provider\"\nparent = \"north\"",
    );
    let mistakes = mistakes(&text);
    assert_eq!(mistakes.len(), 1);
    assert!(
        mistakes[0].contains("north → provider → north"),
        "{mistakes:?}"
    );
}

#[test]
fn two_of_the_same_and_no_me() {
    let text = GOOD.replace("[me]", "[you]") + "[[site]]\nid = \"hq\"\ntenant = \"acme\"\n";
    let mistakes = mistakes(&text);
    assert!(
        mistakes.iter().any(|m| m.contains("[me] is missing")),
        "{mistakes:?}"
    );
    assert!(
        mistakes
            .iter()
            .any(|m| m.contains("there are two of site \"hq\"")),
        "{mistakes:?}"
    );
}

#[test]
fn an_empty_file_says_what_is_needed() {
    assert_eq!(mistakes("").len(), 1);
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

#[test]
fn calendars_rota_and_windows_are_read() {
    let text = include_str!("../../../tests/configs/valid/fleet/calendars.toml");
    let directory = parse(Path::new("fleet.toml"), text).unwrap().directory;
    let usual = Arc::new(
        crate::config::policy::shipped()
            .unwrap()
            .calendar()
            .unwrap(),
    );
    let hours = directory.hours_of(Some(&"acme".into()), &usual);
    // Friday 27 November 2026 in Berlin: 13:59 is open, 14:00 is not.
    assert!(hours.is_open(at("2026-11-27T12:59:00Z")));
    assert!(!hours.is_open(at("2026-11-27T13:00:00Z")));
    assert!(
        hours.is_open(at("2026-11-28T08:00:00Z")),
        "Saturday morning"
    );
    assert!(!hours.is_open(at("2026-12-25T08:00:00Z")), "Christmas Day");
    let Hours::Business(of_nova, zone) = directory.hours_of(Some(&"nova".into()), &usual) else {
        panic!("business hours");
    };
    assert_eq!((of_nova, zone), (usual, Tz::UTC));
    let nova = directory.tenant(&"nova".into()).unwrap();
    assert_eq!(nova.lifecycle.words(), "onboarding 4/13");
    assert_eq!(directory.contacts()[0].escalation, Some(1));

    // 18:00 in Chicago is midnight in UTC.
    let eva = directory.duty_manager(at("2026-11-28T11:59:00Z")).unwrap();
    assert_eq!(
        (eva.entry.name.as_str(), eva.entry.phone.as_str()),
        ("eva", "+1 555 0100")
    );
    assert_eq!(
        (eva.from, eva.to),
        (at("2026-11-28T00:00:00Z"), at("2026-11-28T12:00:00Z"))
    );
    assert_eq!(directory.duty_manager(at("2026-11-28T12:00:00Z")), None);
    let night = at("2026-12-25T03:00:00Z");
    assert_eq!(directory.on_shift(night)[0].entry.name, "mara");
    let next = directory.next_on_shift(at("2026-11-28T12:00:00Z"));
    assert_eq!(next[0].from, at("2026-12-25T00:00:00Z"));

    let [window, job] = directory.windows() else {
        panic!("{:?}", directory.windows());
    };
    assert_eq!(window.from, at("2026-12-01T21:00:00Z"), "22:00 in Berlin");
    assert_eq!(window.noticed, Some(at("2026-11-20T08:00:00Z")));
    assert_eq!(job.from, at("2026-12-01T22:00:00Z"));
}

#[test]
fn files_for_the_desk_need_no_me_and_no_addresses_and_count_together() {
    let split = GOOD.find("[[site]]").unwrap();
    let (who, places) = GOOD.split_at(split);
    let (_, who) = who.split_at(who.find("[[party]]").unwrap());
    let notice = crate::config::policy::shipped().unwrap().notice;
    let files = [
        ("who.toml".into(), who.to_owned()),
        ("places.toml".into(), places.to_owned()),
    ];
    let both = directory(&files, &notice).unwrap();
    let whole = parse(Path::new("fleet.toml"), GOOD).unwrap().directory;
    assert_eq!(both, whole);
    let mut without = files.clone();
    without[1].1 = places.replace("address = \"10.0.0.1:7443\"\n", "");
    let without = directory(&without, &notice).unwrap();
    assert_eq!((both.links().count(), without.links().count()), (1, 0));
    let alone = directory(&files[1..], &notice).unwrap_err().to_string();
    assert!(
        alone.starts_with("places.toml:3:10: there is no tenant \"acme\""),
        "{alone}"
    );
}
