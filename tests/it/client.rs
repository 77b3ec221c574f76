//! A client in another language, made from the `.proto` files alone, against a real appliance.

use crate::support::{Home, both, fleet::serve, trial, trial_with_peer};
use chrono::{TimeDelta, Utc};
use libtest_mimic::Trial;
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
    SanType,
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "client::the_table_names_every_reason",
            the_table_names_every_reason,
        ),
        trial_with_peer(
            "client::python_does_everything_and_is_refused_in_words",
            "python-grpc-tools-protoc",
            "grpcio-tools and the others of tests/foreign/requirements.txt (PyPI), in a virtual environment on PATH",
            python,
        ),
    ]
}

const APPLIANCE: &str = "acme-stl-01";

/// Another tenant on the same appliance.
const BOLT: &str = r#"
[[tenant]]
id = "bolt"

[[repository]]
id = "bolt"
tenant = "bolt"
path = "bolt"
password_file = "password"

[[system]]
id = "mail"
tenant = "bolt"
root = "../mail"
folders = ["."]

[[job]]
id = "mail-files"
system = "mail"
repository = "bolt"
"#;

fn python() {
    let home = Home::new();
    let data = home.path().join("erp01");
    for n in 0..40 {
        let file = data.join(format!("data/{}/seg_{n:04}", n % 4));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, format!("ledger {n}\n").repeat(200)).unwrap();
    }
    fs::write(data.join("erp.conf"), "port = 8069\n").unwrap();
    fs::write(data.join("big.bin"), noise(4_000_000)).unwrap();
    fs::create_dir(home.path().join("mail")).unwrap();
    for line in [
        "pki init pki",
        "pki issue person mara --role technician --dir pki",
        "pki issue person vic --role viewer --dir pki",
        "pki issue person eve --role engineer --dir pki",
        "pki issue person eva --role duty_manager --dir pki",
        "pki issue person tom --role technician --tenant bolt --dir pki",
        "appliance init acme-stl-01 --protect erp01 --pki pki --person mara --tenant acme --listen 127.0.0.1:0",
    ] {
        let output = home.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", both(&output));
    }
    expired(&home.path().join("pki"));
    let config = home.path().join(APPLIANCE).join("appliance.toml");
    let text = fs::read_to_string(&config).unwrap();
    // Slow enough to be met at work: a first run of 4 s, a restore of 10 s.
    let text = text
        .replace("every = \"1h\"", "read_limit = \"1 MB/s\"")
        .replacen("staging =", "restore_limit = \"400 kB/s\"\nstaging =", 1);
    fs::write(&config, text + BOLT).unwrap();
    let (mut appliance, address) = serve(&home, APPLIANCE);

    let root = crate::tidy::root();
    let tools = which("python-grpc-tools-protoc");
    let output = Command::new(tools.with_file_name("python"))
        .arg(root.join("tests/foreign/client.py"))
        .arg("--proto")
        .arg(root.join("proto"))
        .arg("--pki")
        .arg(home.path().join("pki"))
        .args(["--address", &address, "--appliance", APPLIANCE])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("TMPDIR", home.path())
        .output()
        .unwrap();
    appliance.kill().unwrap();
    appliance.wait().unwrap();
    let said = both(&output);
    assert!(
        output.status.success() && said.contains("all as the contract says"),
        "{said}"
    );
}

/// The table of refusals in `docs/api.md` names every reason that an appliance gives.
fn the_table_names_every_reason() {
    let root = crate::tidy::root();
    let page = fs::read_to_string(root.join("docs/api.md")).unwrap();
    let table = page.split("## Refusals").nth(1).unwrap();
    let table = table.split("## Limits").next().unwrap();
    let listed: BTreeSet<&str> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| is_reason(word) && !CODES.contains(word))
        .collect();
    let mut sources = Vec::new();
    for folder in ["service", "restores", "agent", "driver"] {
        rust_files(&root.join("appliance/src").join(folder), &mut sources);
    }
    let mut given = BTreeSet::new();
    for file in sources {
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let words = code
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|it| is_reason(it));
        given.extend(words.map(str::to_owned));
    }
    let given: BTreeSet<&str> = given.iter().map(String::as_str).collect();
    assert_eq!(listed, given);
}

/// gRPC's own names, in the same table.
const CODES: &[&str] = &[
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "FAILED_PRECONDITION",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "UNIMPLEMENTED",
];

fn is_reason(word: &str) -> bool {
    word.len() > 3
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            into.push(path);
        }
    }
}

/// A certificate of a technician that was good until yesterday.
fn expired(pki: &Path) {
    let read = |name: &str| fs::read_to_string(pki.join(name)).unwrap();
    let ca_key = KeyPair::from_pem(&read("ca.key")).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&read("ca.pem"), ca_key).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "old");
    for uri in ["ocdeck:person:old", "ocdeck:role:technician"] {
        let uri = SanType::URI(uri.try_into().unwrap());
        params.subject_alt_names.push(uri);
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let day = |days| {
        let at = (Utc::now() - TimeDelta::days(days)).timestamp();
        time::OffsetDateTime::from_unix_timestamp(at).unwrap()
    };
    (params.not_before, params.not_after) = (day(30), day(1));
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    fs::write(pki.join("old.pem"), certificate.pem()).unwrap();
    fs::write(pki.join("old.key"), key.serialize_pem()).unwrap();
}

fn which(program: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut folders = std::env::split_paths(&path);
    let folder = folders.find(|folder| folder.join(program).is_file());
    folder.unwrap().join(program)
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.u8(..))
        .take(length)
        .collect()
}
