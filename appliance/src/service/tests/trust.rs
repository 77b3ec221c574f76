//! Certificates that stop being good while connections stand, and those that name nobody.

use super::{Appliance, PATIENCE};
use ocdeck_proto::v1::{self, appliance_service_client::ApplianceServiceClient};
use ocdeck_trust::{Issued, Pki, Revoked, Role, Which, load_server, why_refused};
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, SanType, date_time_ymd,
};
use std::{
    fs,
    time::{Duration, SystemTime},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};

/// A certificate of the authority with these names, whatever they mean; until then.
fn forge(pki: &Pki, name: &str, uris: &[&str], until: SystemTime) -> Issued {
    let (ca, mut params) = (pki.ca(), CertificateParams::default());
    let key = KeyPair::from_pem(&fs::read_to_string(ca.with_extension("key")).expect("key"));
    let issuer = Issuer::from_ca_cert_pem(&fs::read_to_string(&ca).expect("ca"), key.expect("key"));
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    for uri in uris {
        let uri = (*uri).try_into().expect("ASCII");
        params.subject_alt_names.push(SanType::URI(uri));
    }
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = until.into();
    let key = KeyPair::generate().expect("key");
    let cert = params
        .signed_by(&key, &issuer.expect("issuer"))
        .expect("signed");
    let file = |ending: &str| ca.with_file_name(format!("{name}.{ending}"));
    let issued = Issued {
        cert: file("pem"),
        key: file("key"),
        ca: ca.clone(),
    };
    fs::write(&issued.cert, cert.pem()).expect("write");
    fs::write(&issued.key, key.serialize_pem()).expect("write");
    issued
}

fn later(seconds: u64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(seconds)
}

#[tokio::test]
async fn who_is_named_by_a_certificate_but_not_whole_is_told_why() {
    let appliance = Appliance::start().await;
    for (name, uris, words) in [
        (
            "norole",
            vec!["ocdeck:person:norole"],
            "names the person norole without a role",
        ),
        (
            "boss",
            vec!["ocdeck:person:boss", "ocdeck:role:boss"],
            "\"boss\" is no role",
        ),
        (
            "nobody",
            vec!["https://example.com/"],
            "names no person or appliance of ocdeck",
        ),
        (
            "newer",
            vec![
                "ocdeck:person:newer",
                "ocdeck:role:viewer",
                "ocdeck:site:hq",
            ],
            "carries \"ocdeck:site:hq\", which this version does not know",
        ),
        (
            "rex",
            vec!["ocdeck:person:rex", "ocdeck:role:reseller"],
            "names the reseller rex without a tenant or party",
        ),
    ] {
        let issued = forge(&appliance.pki, name, &uris, later(3600));
        let channel = appliance.dial(&issued).await.expect("TLS works");
        let refused = ApplianceServiceClient::new(channel)
            .describe(v1::DescribeRequest {})
            .await
            .expect_err(name);
        assert_eq!(refused.code(), Code::Unauthenticated, "{refused}");
        let text = refused.message();
        assert!(text.starts_with("your certificate is refused: "), "{text}");
        assert!(text.contains(words), "{text}");
    }
}

/// A stream that stands.
async fn watch(appliance: &Appliance, person: &Issued) -> Streaming<v1::WatchResponse> {
    let channel = appliance.dial(person).await.expect("a connection");
    let (to_appliance, requests) = tokio::sync::mpsc::channel(1);
    let request = v1::WatchRequest {
        resume: None,
        heartbeat_seconds: 1,
    };
    to_appliance.send(request).await.expect("send");
    let mut client = ApplianceServiceClient::new(channel);
    let stream = client.watch(ReceiverStream::new(requests)).await;
    let mut stream = stream.expect("a stream").into_inner();
    stream.message().await.expect("a message");
    // The stream of requests must stay open as long as the test looks.
    tokio::spawn(async move { to_appliance.closed().await });
    stream
}

/// Reads to the end of a stream; how it ended.
async fn end(mut stream: Streaming<v1::WatchResponse>) -> Option<tonic::Status> {
    loop {
        match timeout(PATIENCE, stream.message()).await.expect("in time") {
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(status) => return Some(status),
        }
    }
}

#[tokio::test]
async fn a_stream_of_a_revoked_person_ends_and_others_go_on() {
    let appliance = Appliance::start().await;
    let mara = appliance.issue("mara", Role::Viewer, &[]);
    let omar = appliance.issue("omar", Role::Viewer, &[]);
    let (maras, mut omars) = (
        watch(&appliance, &mara).await,
        watch(&appliance, &omar).await,
    );
    appliance
        .pki
        .revoke(&Which::Name("mara".to_owned()))
        .expect("revoked");
    let (crl, ca) = (appliance.pki.crl(), appliance.pki.ca());
    let own = ca.with_file_name("acme-stl-01.pem");
    let config = load_server(&own, &own.with_extension("key"), &ca, Some(&crl)).expect("tls");
    let revoked = Revoked::load(&crl, &ca).expect("list");
    appliance.tls.replace(config, revoked);
    assert!(end(maras).await.is_some(), "it is cut off");
    let config = ocdeck_trust::load_client(&mara.cert, &mara.key, &ca, 8).expect("tls");
    let stream = TcpStream::connect(appliance.address)
        .await
        .expect("connect");
    let why = why_refused(stream, config, &appliance.id)
        .await
        .expect("a name");
    assert!(why.expect("a reason").contains("it is revoked"));
    // A heartbeat comes every second.
    let message = timeout(PATIENCE, omars.message()).await.expect("in time");
    message.expect("it stands").expect("it goes on");
}

#[tokio::test]
async fn a_stream_ends_with_its_certificate() {
    let appliance = Appliance::start().await;
    let uris = ["ocdeck:person:mara", "ocdeck:role:viewer"];
    // A certificate's end is a whole second: this one's comes while its stream stands.
    let soon = forge(&appliance.pki, "short", &uris, later(8));
    let stream = watch(&appliance, &soon).await;
    assert!(end(stream).await.is_some(), "it is cut off");
}
