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
    meet_with(client, server, None).await
}

/// The same, of a server that has this revocation list.
async fn meet_with(client: &Issued, server: &Issued, crl: Option<&Path>) -> Result<Peer, String> {
    let acceptor = TlsAcceptor::from(
        load_server(&server.cert, &server.key, &server.ca, crl).expect("server configuration"),
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
    assert!(why.contains("by its clock it has expired"), "{why}");
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
    assert!(own.contains("ocdeck pki renew acme-stl-01 --dir"), "{own}");
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
    for name in [
        "", "../mara", "a/b", "Mara", "-a", "a.b", "ca", "crl", "a:b",
    ] {
        let refused = pki.issue_person(name, Role::Viewer, &[]);
        assert!(matches!(refused, Err(TrustError::Name { .. })), "{name}");
        if !["ca", "crl"].contains(&name) {
            assert!(server_name(&ApplianceId::new(name)).is_err(), "{name}");
        }
    }
    let boundless = pki.issue_person("rex", Role::Reseller, &[]);
    assert!(matches!(boundless, Err(TrustError::Identity { .. })));
}

#[tokio::test]
async fn what_was_taken_back_is_refused_and_the_others_are_not() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    let server = pki.issue_appliance(&appliance()).expect("appliance");
    let mara = pki.issue_person("mara", Role::Viewer, &[]).expect("mara");
    let omar = pki.issue_person("omar", Role::Viewer, &[]).expect("omar");
    let crl = pki.crl();
    // An empty list is made with the authority, and takes nobody back.
    meet_with(&mara, &server, Some(&crl)).await.expect("before");
    let mara_before = std::fs::read(&mara.cert).expect("certificate");
    let renewed = pki.renew(&Which::Name("mara".to_owned())).expect("renewed");
    assert_eq!(renewed.issued.cert, mara.cert);
    assert_eq!(std::fs::read(&renewed.older).expect("older"), mara_before);
    meet_with(&mara, &server, Some(&crl))
        .await
        .expect("the new certificate fits the old key");
    let older = Issued {
        cert: renewed.older,
        ..mara.clone()
    };

    let revocation = pki.revoke(&Which::Name("mara".to_owned())).expect("revoke");
    assert_eq!(revocation.serials.len(), 2, "the older one as well");
    for certificate in [&mara, &older] {
        let why = meet_with(certificate, &server, Some(&crl))
            .await
            .expect_err("refused");
        assert!(
            why.starts_with(
                "acme-stl-01 refuses our certificate: it is revoked; ask who keeps the CA"
            ),
            "{why}"
        );
    }
    meet_with(&omar, &server, Some(&crl)).await.expect("omar");
    let again = pki.revoke(&Which::Name("mara".to_owned())).expect("again");
    assert_eq!((again.serials.len(), again.all), (0, 2));
    let refused = pki
        .renew(&Which::Name("mara".to_owned()))
        .expect_err("revoked");
    let refused = refused.to_string();
    assert!(
        refused.contains("mara.pem is revoked, and its key is not to be trusted again"),
        "{refused}"
    );
    assert!(
        refused.contains("ocdeck pki issue person mara --role viewer --dir"),
        "{refused}"
    );

    // By its number, as another tool prints it, when the file is gone.
    let serial = pki.list().expect("list")[3].serial.clone();
    std::fs::remove_file(&omar.cert).expect("remove");
    let by_number = Which::Serial(serial.to_uppercase());
    assert_eq!(pki.revoke(&by_number).expect("revoke").serials, [serial]);
    let list = pki.list().expect("list");
    assert_eq!(list.iter().filter(|it| it.revoked.is_some()).count(), 3);
    assert!(list.iter().any(|it| it.file.is_none() && it.name() == "-"));
}

#[test]
fn a_list_of_another_authority_is_refused_with_words() {
    let (ours, theirs) = (
        tempfile::tempdir().expect("dir"),
        tempfile::tempdir().expect("dir"),
    );
    let (ours, theirs) = (pki(ours.path()), pki(theirs.path()));
    let server = ours.issue_appliance(&appliance()).expect("appliance");
    let words = |crl: &Path| {
        let loaded = load_server(&server.cert, &server.key, &server.ca, Some(crl));
        loaded.map(|_| ()).expect_err("refused").to_string()
    };
    let why = words(&theirs.crl());
    assert!(why.contains("crl.pem was not signed by the CA in"), "{why}");
    let why = words(&ours.ca());
    assert!(why.contains("ca.pem holds no revocation list"), "{why}");
    let mallory = theirs
        .issue_person("mallory", Role::Viewer, &[])
        .expect("mallory");
    let why = ours
        .revoke(&Which::File(mallory.cert))
        .expect_err("not ours");
    assert!(
        why.to_string()
            .contains("mallory.pem was not issued by the CA in"),
        "{why}"
    );
    let why = ours
        .revoke(&Which::Name("nobody".to_owned()))
        .expect_err("nobody");
    assert!(
        why.to_string()
            .contains("nobody.pem is not there; see what there is with: ocdeck pki list"),
        "{why}"
    );
}

#[tokio::test]
async fn a_certificate_of_tomorrow_is_named_on_both_sides() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    let tomorrow = now() + TimeDelta::days(1);
    let server = pki.issue_appliance(&appliance()).expect("appliance");
    let mara = pki.issue_person_from("mara", Role::Viewer, tomorrow);
    let why = meet(&mara, &server).await.expect_err("refused");
    assert!(
        why.contains("by its clock it has expired or is not valid yet"),
        "{why}"
    );
    let own = check_own(Purpose::Client, &mara.cert, &mara.key, &mara.ca, now());
    let own = own.expect_err("unusable");
    assert!(own.is_about_time());
    let own = own.to_string();
    assert!(own.contains("mara.pem is valid only from "), "{own}");
    assert!(own.contains("timedatectl set-ntp true"), "{own}");
    let omar = pki.issue_person("omar", Role::Viewer, &[]).expect("omar");
    let late = Identity::Appliance(ApplianceId::new("acme-stl-02"));
    let late = pki.issue_from(&late, tomorrow);
    let mut other = meet(&omar, &late).await.expect_err("refused");
    assert!(other.contains("is not valid yet"), "{other}");
    let expired = Identity::Appliance(ApplianceId::new("acme-stl-03"));
    let expired = pki.issue_from(&expired, now() - TimeDelta::days(400));
    other = meet(&omar, &expired).await.expect_err("refused");
    assert!(
        other.contains("the certificate of acme-stl-01 has expired; renew it"),
        "{other}"
    );
}

#[tokio::test]
async fn a_person_cannot_serve_as_an_appliance() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    let mara = pki.issue_person("mara", Role::Viewer, &[]).expect("mara");
    let own = check_own(Purpose::Server, &mara.cert, &mara.key, &mara.ca, now());
    let own = own.expect_err("unusable").to_string();
    assert!(own.contains("serverAuth"), "{own}");
    assert!(own.contains("ocdeck pki issue appliance ID"), "{own}");
    // An appliance of another id answers under ours.
    let other = pki
        .issue_appliance(&ApplianceId::new("acme-stl-02"))
        .expect("appliance");
    let why = meet(&mara, &other).await.expect_err("refused");
    assert!(
        why.contains("another appliance than acme-stl-01 answers at this address"),
        "{why}"
    );
}

#[test]
fn what_works_still_but_not_for_long_is_a_worry() {
    let dir = tempfile::tempdir().expect("dir");
    let pki = pki(dir.path());
    let mara = pki.issue_person("mara", Role::Viewer, &[]).expect("mara");
    let own = |now| check_own(Purpose::Client, &mara.cert, &mara.key, &mara.ca, now);
    let peer = own(now()).expect("usable");
    let told = |now| -> Vec<String> {
        worries(&peer, &mara.cert, &mara.key, &mara.ca, now)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert!(told(now()).is_empty());
    let soon = told(now() + TimeDelta::days(380));
    assert_eq!(soon.len(), 1);
    assert!(soon[0].contains("mara.pem expires in 16 days"), "{soon:?}");
    assert!(
        soon[0].contains("renew it with: ocdeck pki renew mara --dir"),
        "{soon:?}"
    );
    std::fs::set_permissions(&mara.key, std::fs::Permissions::from_mode(0o644)).expect("mode");
    let open = told(now());
    assert_eq!(open.len(), 1);
    assert!(
        open[0].contains("mara.key can be read by others (mode 0644); run: chmod 600 "),
        "{open:?}"
    );
}
