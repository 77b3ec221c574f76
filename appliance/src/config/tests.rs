use super::{read::parse, *};

const GOOD: &str = r#"
id = "dc1-backup"
listen = "127.0.0.1:0"
state_dir = "state"
staging = "staging"

[tls]
cert = "a.crt"
key = "a.key"
ca = "ca.crt"

[[tenant]]
id = "acme"
parties = ["north", "provider"]
managed = true
approval = "break_glass"
restore_targets = ["restored"]

[[repository]]
id = "main"
role = "primary"
path = "repo"
password_file = "repo.password"
limit = "40 MB"

[[quota]]
tenant = "acme"
repository = "main"
folder = "quota"
limit = 1000

[[system]]
id = "erp01"
tenant = "acme"
name = "ERP 01"
aliases = ["erp"]
platform = "vm"
root = "data/erp01"
folders = ["db", "./conf"]

[[job]]
id = "erp01-daily"
system = "erp01"
repository = "main"
use_case = "B2"
every = "15m"
read_limit = "250 kB/s"
reread_all = true
max_runtime = "2h"
"#;

fn problems(text: &str) -> Vec<Problem> {
    match parse(Path::new("/etc/ocdeck/appliance.toml"), text) {
        Ok(_) => Vec::new(),
        Err(ConfigError::Invalid { problems, .. }) => problems,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_whole_file_is_understood() {
    let config = parse(Path::new("/etc/ocdeck/appliance.toml"), GOOD).unwrap();
    assert_eq!(config.state_dir, Path::new("/etc/ocdeck/state"));
    assert_eq!(config.repositories[0].limit, Some(40_000_000));
    assert_eq!(config.tenants[0].approval, Approval::BreakGlass);
    assert!(!config.tenants[0].restore_devices, "not unless it is said");
    let text = GOOD.replace("approval =", "restore_devices = true\napproval =");
    let allowing = parse(Path::new("/etc/ocdeck/appliance.toml"), &text).unwrap();
    assert!(allowing.tenants[0].restore_devices);
    let folders = [
        PathBuf::from("/etc/ocdeck/data/erp01/db"),
        PathBuf::from("/etc/ocdeck/data/erp01/conf"),
    ];
    assert_eq!(config.systems[0].folders, folders);
    assert_eq!(config.jobs[0].every, Some(Duration::from_secs(900)));
    assert_eq!(config.jobs[0].read_limit, Some(250_000));
    let system = SystemId::new("erp01");
    assert_eq!(config.repositories_of(&system).count(), 1);
}

#[test]
fn the_limit_of_one_person_is_what_ships_unless_the_file_says_otherwise() {
    let read = |text: &str| parse(Path::new("/etc/ocdeck/appliance.toml"), text).unwrap();
    let shipped = read(GOOD).limits;
    assert_eq!(shipped.replace_bytes, 100_000_000_000);
    assert_eq!(shipped.original_files, 1);
    let limited = read(&format!("{GOOD}\n[approval]\nreplace_bytes = \"5 GB\"\n")).limits;
    assert_eq!(limited.replace_bytes, 5_000_000_000);
    assert_eq!(limited.original_files, 1, "what is not said ships");
    let text = format!("{GOOD}\n[approval]\nreplace_byte = 1\noriginal_files = 0\n");
    let told: Vec<String> = problems(&text).into_iter().map(|it| it.text).collect();
    assert_eq!(
        told,
        [
            "[approval]: unknown key 'replace_byte'; did you mean 'replace_bytes'?",
            "[approval]: 'original_files': '0' is no number from 1 on; write 10",
        ]
    );
}

#[test]
fn several_problems_are_told_at_once_with_their_places() {
    let text = GOOD
        .replace("folders = [", "folder = [")
        .replace("system = \"erp01\"", "system = \"erp02\"")
        .replace("id = \"dc1-backup\"", "id = \"DC1 backup\"")
        .replace("platform = \"vm\"", "platform = \"vmm\"")
        .replace("managed = true", "managed = \"yes\"");
    let problems = problems(&text);
    let told: Vec<_> = problems
        .iter()
        .map(|it| format!("{}:{}: {}", it.line, it.column, it.text))
        .collect();
    let expected = [
        "2:6: 'id' cannot be \"DC1 backup\"",
        "15:11: [[tenant]] acme: 'managed' is of type string; it must be true or false",
        "'folders' is missing",
        "[[system]] erp01: 'platform' cannot be \"vmm\"; did you mean \"vm\"?",
        "39:1: [[system]] erp01: unknown key 'folder'; did you mean 'folders'?",
        "43:10: there is no system \"erp02\"; did you mean \"erp01\"?",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.contains(expected), "{told}\nlacks\n{expected}");
    }
}

#[test]
fn a_repository_inside_a_protected_folder_is_refused() {
    let text = GOOD.replace("path = \"repo\"", "path = \"data/erp01/db/repo\"");
    let problems = problems(&text);
    assert!(
        problems[0].text.contains("would back itself up"),
        "{problems:?}"
    );
}

#[test]
fn staging_inside_the_state_is_refused() {
    let problems = problems(&GOOD.replace("staging = \"staging\"", "staging = \"state/staging\""));
    assert!(problems[0].text.contains("'staging'"), "{problems:?}");
}

#[test]
fn a_folder_outside_its_root_is_refused() {
    let problems = problems(&GOOD.replace("\"db\"", "\"../other\""));
    assert!(
        problems[0].text.contains("not below the root"),
        "{problems:?}"
    );
}

#[test]
fn another_tenants_repository_is_refused() {
    let text =
        GOOD.replace("role = \"primary\"", "tenant = \"bolt\"") + "\n[[tenant]]\nid = \"bolt\"\n";
    let problems = problems(&text);
    assert!(
        problems[0].text.contains("use a repository of that tenant"),
        "{problems:?}"
    );
}

#[test]
fn broken_toml_is_told_with_its_place() {
    let problems = problems("id = \"a\nlisten = \"127.0.0.1:0\"");
    assert_eq!(problems[0].line, 1);
}

#[test]
fn an_empty_file_says_all_that_is_missing() {
    let problems = problems("");
    for key in ["'id'", "'listen'", "'state_dir'", "'staging'", "[tls]"] {
        assert!(
            problems.iter().any(|it| it.text.contains(key)),
            "{key}: {problems:?}"
        );
    }
}

const FOREIGN: &str = r#"
[[repository]]
id = "old"
path = "old"
password_file = "old.password"

[[foreign]]
system = "erp01"
repository = "old"
hosts = ["erp01.old", "erp"]
tags = ["weekly"]
paths = ["/data"]
root = "/data/erp"
"#;

#[test]
fn foreign_points_are_given_to_a_system() {
    let file = Path::new("/etc/ocdeck/appliance.toml");
    let config = parse(file, &(GOOD.to_owned() + FOREIGN)).unwrap();
    let foreign = &config.foreign[0];
    assert_eq!(foreign.root.as_deref(), Some(Path::new("/data/erp")));
    let system = SystemId::new("erp01");
    let repositories: Vec<_> = config.repositories_of(&system).collect();
    assert_eq!(repositories.len(), 2);
    assert!(config.is_written(&"main".into()) && !config.is_written(&"old".into()));
}

#[test]
fn foreign_points_of_nobody_and_of_nowhere_are_refused() {
    for (from, to, expected) in [
        (
            "hosts = [\"erp01.old\", \"erp\"]\ntags = [\"weekly\"]\npaths = [\"/data\"]\n",
            "",
            "which points are meant?",
        ),
        ("root = \"/data/erp\"", "root = \"data\"", "write it from /"),
        (
            "repository = \"old\"\nhosts",
            "repository = \"olds\"\nhosts",
            "did you mean \"old\"?",
        ),
        ("tags", "tag", "did you mean 'tags'?"),
    ] {
        let text = GOOD.to_owned() + FOREIGN;
        assert!(text.contains(from), "{from}");
        let problems = problems(&text.replace(from, to));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].text.contains(expected), "{problems:?}");
    }
}

#[test]
fn no_point_is_of_two_tenants() {
    let bolt = |hosts: &str| {
        format!(
            "{GOOD}{FOREIGN}
[[tenant]]
id = \"bolt\"
[[system]]
id = \"mail\"
tenant = \"bolt\"
root = \"data/mail\"
folders = [\".\"]
[[foreign]]
system = \"mail\"
repository = \"old\"
{hosts}
"
        )
    };
    assert_eq!(problems(&bolt("hosts = [\"mail.old\"]")), []);
    for hosts in ["hosts = [\"erp01.old\"]", "tags = [\"mail\"]"] {
        let problems = problems(&bolt(hosts));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].text.contains("a point is one tenant's"),
            "{problems:?}"
        );
    }
    // The host of a job, in the repository that the job writes to.
    let theirs = bolt("hosts = [\"erp\"]").replace("repository = \"old\"", "repository = \"main\"");
    assert!(problems(&theirs)[0].text.contains("[[job]] erp01-daily"));
}
