//! Real handshakes over loopback.

use super::*;
use chrono::{DateTime, TimeDelta, Utc};
use ocdeck_domain::ids::TenantId;
use std::{os::unix::fs::PermissionsExt, path::Path};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

fn appliance() -> ApplianceId {
    ApplianceId::new("acme-stl-01")
}

fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Who the server saw, or why the client could not talk to it.
async fn meet(client: &Issued, server: &Issued) -> Result<Peer, String> {
    let acceptor = TlsAcceptor::from(
        load_server(&server.cert, &server.key, &server.ca).expect("server configuration"),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let serving = tokio::spawn(async move {
        let mut peer = None;
        // The second connection is the probe's.
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.expect("accept");
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let chain = stream
                    .get_ref()
                    .1
                    .peer_certificates()
                    .expect("a client certificate");
                peer = Some(Peer::from_der(&chain[0]).expect("an identity"));
                stream.write_all(b"!").await.expect("write");
                break;
            }
        }
        peer
    });
    let config =
        load_client(&client.cert, &client.key, &client.ca, 8).expect("client configuration");
    let name = server_name(&appliance()).expect("name");
    let stream = TcpStream::connect(address).await.expect("connect");
    let talked = async {
        let mut stream = TlsConnector::from(config.clone())
            .connect(name, stream)
            .await?;
        stream.read_u8().await
    };
    if talked.await.is_ok() {
        return Ok(serving.await.expect("join").expect("peer"));
    }
    let stream = TcpStream::connect(address).await.expect("connect again");
    let why = why_refused(stream, config, &appliance())
        .await
        .expect("probe");
    Err(why.expect("a reason"))
}

fn pki(dir: &Path) -> Pki {
    Pki::init(dir).expect("init")
}

#[tokio::test]
async fn a_person_of_the_ca_is_known_with_role_and_grants() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    let grants = [Grant::Tenant(TenantId::new("acme"))];
    let mara = pki
        .issue_person("mara", Role::Technician, &grants)
        .expect("mara");
    let server = pki.issue_appliance(&appliance()).expect("appliance");
    let peer = meet(&mara, &server).await.expect("a handshake");
    assert_eq!(
        peer.identity,
        Identity::Person(Person {
            name: "mara".to_owned(),
            role: Role::Technician,
            grants: grants.to_vec(),
        })
    );
    let days = (peer.not_after - now()).num_days();
    assert!((396..=397).contains(&days), "{days} days");
    check_own(Purpose::Client, &mara.cert, &mara.key, &mara.ca, now()).expect("usable");
    check_own(
        Purpose::Server,
        &server.cert,
        &server.key,
        &server.ca,
        now(),
    )
    .expect("usable");
}

#[tokio::test]
async fn a_person_of_another_ca_is_refused_with_the_reason() {
    let (ours, theirs) = (
        tempfile::tempdir().expect("dir"),
        tempfile::tempdir().expect("dir"),
    );
    let (ours, theirs) = (pki(ours.path()), pki(theirs.path()));
    let mut mallory = theirs
        .issue_person("mallory", Role::Engineer, &[])
        .expect("mallory");
    let server = ours.issue_appliance(&appliance()).expect("appliance");
    let why = meet(&mallory, &server).await.expect_err("refused");
    assert!(
        why.contains("another CA than the one trusted here"),
        "{why}"
    );
    mallory.ca = ours.ca();
    let why = meet(&mallory, &server).await.expect_err("refused");
    assert!(
        why.contains("refuses our certificate: it was issued by another CA"),
        "{why}"
    );
    let own = check_own(
        Purpose::Client,
        &mallory.cert,
        &mallory.key,
        &mallory.ca,
        now(),
    );
    let own = own.expect_err("unusable").to_string();
    assert!(
        own.contains("mallory.pem was not issued by the CA in"),
        "{own}"
    );
    assert!(
        own.contains("ocdeck pki issue person mallory --role engineer"),
        "{own}"
    );
}

#[tokio::test]
async fn an_appliance_cannot_call_as_a_person() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    let server = pki.issue_appliance(&appliance()).expect("appliance");
    let why = meet(&server, &server).await.expect_err("refused");
    assert!(why.contains("not a person's certificate"), "{why}");
    let own = check_own(
        Purpose::Client,
        &server.cert,
        &server.key,
        &server.ca,
        now(),
    );
    let own = own.expect_err("unusable").to_string();
    assert!(own.contains("clientAuth"), "{own}");
}

#[tokio::test]
async fn an_expired_certificate_is_named_on_both_sides() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    let server = pki.issue_appliance(&appliance()).expect("appliance");
    let long_ago = now() - TimeDelta::days(400);
    let mara = pki.issue_person_from("mara", Role::Viewer, long_ago);
    let why = meet(&mara, &server).await.expect_err("refused");
    assert!(why.contains("it has expired"), "{why}");
    let own = check_own(Purpose::Client, &mara.cert, &mara.key, &mara.ca, now());
    let own = own.expect_err("unusable").to_string();
    assert!(own.contains("mara.pem expired on "), "{own}");
    let later = now() + TimeDelta::days(398);
    let own = check_own(
        Purpose::Server,
        &server.cert,
        &server.key,
        &server.ca,
        later,
    );
    let own = own.expect_err("unusable").to_string();
    assert!(
        own.contains("ocdeck pki issue appliance acme-stl-01"),
        "{own}"
    );
}

#[test]
fn a_key_that_belongs_to_another_certificate_is_named() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    let mara = pki.issue_person("mara", Role::Viewer, &[]).expect("mara");
    let omar = pki.issue_person("omar", Role::Viewer, &[]).expect("omar");
    let own = check_own(Purpose::Client, &mara.cert, &omar.key, &mara.ca, now());
    let own = own.expect_err("unusable").to_string();
    assert!(own.contains("omar.key is not the key of"), "{own}");
}

#[test]
fn nothing_is_overwritten_and_keys_are_private() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    let mara = pki.issue_person("mara", Role::Viewer, &[]).expect("mara");
    let before = std::fs::read(&mara.key).expect("key");
    for path in [&mara.key, &dir.path().join("ca.key")] {
        let mode = std::fs::metadata(path)
            .expect("metadata")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    assert!(matches!(
        Pki::init(dir.path()),
        Err(TrustError::Exists { .. })
    ));
    let again = pki.issue_person("mara", Role::Viewer, &[]);
    assert!(matches!(again, Err(TrustError::Exists { .. })));
    std::fs::remove_file(&mara.cert).expect("remove");
    let again = pki.issue_person("mara", Role::Viewer, &[]);
    assert!(matches!(again, Err(TrustError::Exists { .. })));
    assert_eq!(std::fs::read(&mara.key).expect("key"), before);
}

#[test]
fn names_that_could_leave_the_folder_or_the_zone_are_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    for name in ["", "../mara", "a/b", "Mara", "-a", "a.b", "ca", "a:b"] {
        let refused = pki.issue_person(name, Role::Viewer, &[]);
        assert!(matches!(refused, Err(TrustError::Name { .. })), "{name}");
        if name != "ca" {
            assert!(server_name(&ApplianceId::new(name)).is_err(), "{name}");
        }
    }
    let boundless = pki.issue_person("rex", Role::Reseller, &[]);
    assert!(matches!(boundless, Err(TrustError::Identity { .. })));
}
