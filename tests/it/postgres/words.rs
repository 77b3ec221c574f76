//! What is wrong with a server, a database, a role or a certificate is said with the place and
//! what to do about it.

use super::{note, open, refusal};
use crate::support::{
    Home, both,
    fleet::Fleet,
    p1::starting_console,
    postgres::{Cluster, OWNER, PASSWORD, Stop, desk_for, trial_with_postgres},
    trial,
};
use chrono::Utc;
use libtest_mimic::Trial;
use ocdeck::desk::{
    Access, Place, Store, StoreError,
    postgres::{Address, init},
};
use ocdeck_domain::ids::RequestId;
use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};
use uuid::Uuid;

pub fn trials() -> Vec<Trial> {
    vec![
        trial_with_postgres(
            "postgres::what_is_wrong_is_said_in_words",
            what_is_wrong_is_said_in_words,
        ),
        trial("postgres::an_old_server_is_told", an_old_server_is_told),
        trial_with_postgres(
            "postgres::a_role_that_is_named_unlike_its_person_is_told",
            a_role_that_is_named_unlike_its_person_is_told,
        ),
    ]
}

fn says(url: &str, words: &str) {
    let said = refusal(url);
    assert!(said.contains(words), "{url}: {said}");
}

fn what_is_wrong_is_said_in_words() {
    let cluster = Cluster::start();
    cluster.role("eve");
    let url = cluster.url("eve");
    says(
        &url,
        "its tables are missing; `ocdeck desk init` makes them",
    );
    no_desk_can_be_made(&cluster);
    init(&Address::parse(&cluster.url(OWNER)).unwrap(), "night_desk").unwrap();
    says(
        &url,
        "eve is not among those who may use it; ask its owner postgres for GRANT night_desk TO eve",
    );
    who_may_only_read(&cluster);
    says(&cluster.url("bob"), "CREATE ROLE bob LOGIN");
    says(&url.replace("/desk?", "/dusk?"), "CREATE DATABASE");
    cluster.sql(OWNER, "REVOKE CONNECT ON DATABASE desk FROM PUBLIC");
    says(&url, "GRANT CONNECT ON DATABASE desk TO eve");
    cluster.sql(OWNER, "GRANT CONNECT ON DATABASE desk TO PUBLIC");
    over_the_network(&cluster);
    taken_apart(&cluster);
    cluster.stop(Stop::Fast);
    says(
        &cluster.tls_url("eve"),
        "check that PostgreSQL runs there and can be reached",
    );
}

/// By whom it may not, and where a part of the server is missing; nothing is half made.
fn no_desk_can_be_made(cluster: &Cluster) {
    let made = |role: &str| {
        let address = Address::parse(&cluster.url(role)).unwrap();
        init(&address, "night_desk").unwrap_err().chain()
    };
    let said = made("eve");
    assert!(said.contains("permission denied"), "{said}");
    cluster.sql(OWNER, "DROP EXTENSION plpgsql");
    let said = made(OWNER);
    assert!(said.contains("CREATE EXTENSION plpgsql"), "{said}");
    cluster.sql(OWNER, "CREATE EXTENSION plpgsql");
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'ocdeck'";
    assert_eq!(cluster.sql(OWNER, schemas), "0");
}

/// Who may only read is told so, and reads; so does who has an older program.
fn who_may_only_read(cluster: &Cluster) {
    let url = cluster.url("eve");
    cluster.sql(
        OWNER,
        "GRANT USAGE ON SCHEMA ocdeck TO eve; GRANT SELECT ON ALL TABLES IN SCHEMA ocdeck TO eve; \
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ocdeck TO eve",
    );
    let mut eve = open(&url, "eve").unwrap();
    let grant = "the role eve may not write; ask its owner postgres for GRANT night_desk TO eve";
    assert_eq!(eve.access(), Access::ReadOnly(grant.to_owned()));
    assert!(eve.picture(Utc::now()).unwrap().records.is_empty());
    let refused = eve.append(&[note(RequestId(Uuid::from_u128(1)), "eve")]);
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })));
    cluster.sql(OWNER, "UPDATE ocdeck.meta SET min_writer = 99");
    let eve = open(&url, "eve").unwrap();
    assert!(matches!(eve.access(), Access::ReadOnly(why) if why.contains("version 99")));
    cluster.sql(OWNER, "UPDATE ocdeck.meta SET min_reader = 99");
    says(&url, "use the newer ocdeck");
    cluster.sql(
        OWNER,
        "UPDATE ocdeck.meta SET min_reader = version, min_writer = version",
    );
}

/// Passwords and certificates. No secret is ever told.
fn over_the_network(cluster: &Cluster) {
    let tls = cluster.tls_url("eve");
    let secret = PASSWORD.replace(' ', "%20");
    let wrong = refusal(&tls.replace(&secret, "wr0ng"));
    assert!(wrong.contains("check the password of eve"), "{wrong}");
    assert!(!wrong.contains("wr0ng"), "{wrong}");
    // As a person runs it: nothing of this process is in its environment.
    let home = Home::new();
    let bare = tls.replace(&format!(":{secret}"), "");
    let said = both(&home.run(&["desk", "verify", "--desk", &bare]));
    assert!(
        said.contains("asks for a password of eve; PGPASSWORD is not set"),
        "{said}"
    );
    let foreign = home.path().join("foreign.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    std::fs::write(&foreign, params.self_signed(&key).unwrap().pem()).unwrap();
    let own = format!("{}", cluster.path().join("ca.pem").display());
    let foreign = format!("{}", foreign.display());
    says(
        &tls.replace(&own, &foreign),
        &format!("{foreign} does not hold the authority that signed the certificate of 127.0.0.1"),
    );
    says(
        &tls.replace("@127.0.0.1:", "@localhost:"),
        "the certificate is for other names than localhost",
    );
    cluster.sql(OWNER, "ALTER SYSTEM SET ssl = off");
    cluster.sql(OWNER, "SELECT pg_reload_conf()");
    crate::support::wait_for("a server without TLS", || {
        refusal(&tls)
            .contains("to give it a certificate and ssl = on")
            .then_some(())
    });
    cluster.sql(OWNER, "ALTER SYSTEM RESET ssl");
    // What is shown of a place never holds a secret.
    let place = Place::named(tls.as_ref()).to_string();
    assert!(!place.contains("only"), "{place}");
}

/// A part of the tables is gone.
fn taken_apart(cluster: &Cluster) {
    let mut owner = open(&cluster.url(OWNER), "").unwrap();
    cluster.sql(OWNER, "ALTER FUNCTION ocdeck.append RENAME TO appended");
    let error = owner
        .append(&[note(RequestId(Uuid::from_u128(1)), "eve")])
        .unwrap_err()
        .chain();
    assert!(error.contains("part of the desk was taken out"), "{error}");
}

/// Something on a port that lets everybody in and calls itself an old version.
fn an_old_server_is_told() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let old = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
        stream.read_exact(&mut rest).unwrap();
        let mut answer = b"R\0\0\0\x08\0\0\0\0".to_vec();
        let setting = b"server_version\x009.6.24\0";
        answer.push(b'S');
        answer.extend_from_slice(&(setting.len() as u32 + 4).to_be_bytes());
        answer.extend_from_slice(setting);
        answer.extend_from_slice(b"Z\0\0\0\x05I");
        stream.write_all(&answer).unwrap();
        // Until the other side has had enough.
        let _ = stream.read(&mut [0]);
    });
    let url = format!("postgresql://eve@127.0.0.1:{port}/desk?sslmode=disable");
    says(
        &url,
        "a desk needs PostgreSQL 11 or later: it is PostgreSQL 9.6.24",
    );
    old.join().unwrap();
}

/// Once at the start of a console, and by doctor with the command that mends it.
fn a_role_that_is_named_unlike_its_person_is_told() {
    let cluster = desk_for(&["mara_w"]);
    let fleet = Fleet::start();
    let url = cluster.url("mara_w");
    let term = starting_console(&fleet, &[("OCDECK_DESK", &url)]);
    term.wait("you log in to the desk as mara_w, not mara: nothing that you take counts as yours");
    let file = fleet.file();
    let doctor = |url: &str| {
        let arguments = ["doctor", "--fleet", file.to_str().unwrap(), "--desk", url];
        both(&fleet.home.run(&arguments))
    };
    let said = doctor(&url);
    assert!(said.contains("\"mara (written by mara_w)\""), "{said}");
    // As it says.
    let remedy = "ALTER ROLE mara_w RENAME TO mara";
    assert!(said.contains(remedy), "{said}");
    cluster.sql(OWNER, remedy);
    let said = doctor(&cluster.url("mara"));
    assert!(!said.contains("written by"), "{said}");
}
