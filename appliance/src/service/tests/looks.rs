//! Searches and versions over the wire: limits, pages, scope, and who goes away.

use super::{Appliance, PATIENCE, grant};
use ocdeck_proto::v1::{self, catalog_service_client::CatalogServiceClient, search_response::Body};
use ocdeck_trust::Role;
use std::sync::atomic::Ordering;
use tokio::time::{Instant, sleep, timeout};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt;

fn search(query: &[u8]) -> v1::SearchRequest {
    v1::SearchRequest {
        system_id: "acme-erp01".to_owned(),
        query: query.to_vec(),
        ..v1::SearchRequest::default()
    }
}

fn versions(system: &str, path: &[u8]) -> v1::ListVersionsRequest {
    v1::ListVersionsRequest {
        system_id: system.to_owned(),
        path: path.to_vec(),
    }
}

async fn client(appliance: &Appliance, role: Role) -> CatalogServiceClient<Channel> {
    CatalogServiceClient::new(appliance.person(role, &[]).await)
}

fn field(status: &Status) -> String {
    let details = status.get_details_bad_request().expect("BadRequest");
    details.field_violations[0].field.clone()
}

#[tokio::test]
async fn hits_come_in_pages_with_progress_and_end_in_a_result() {
    let appliance = Appliance::start().await;
    let mut client = client(&appliance, Role::Technician).await;
    let request = v1::SearchRequest {
        point_id: Some("p1".to_owned()),
        limit: 999_999,
        ..search(b"*.db")
    };
    let mut stream = client.search(request).await.expect("a stream").into_inner();
    let (mut first, mut hits, mut progress, mut result) = (None, 0, 0, None);
    while let Some(message) = stream.message().await.expect("no error") {
        match message.body.expect("a body") {
            Body::Hits(page) => {
                first.get_or_insert(page.hits.len());
                assert!(page.hits.len() <= 200);
                hits += page.hits.len();
            }
            Body::Progress(at) => {
                progress += 1;
                assert_eq!(at.points_total, 2);
            }
            Body::Result(end) => result = Some(end),
        }
    }
    assert_eq!(first, Some(1), "the first hit does not wait for others");
    assert_eq!(hits, 10_000, "the cap");
    assert!(progress > 0);
    let result = result.expect("a result");
    assert!(result.limited);
    assert_eq!(result.unread, ["repository offsite: not mounted"]);
    assert_eq!(result.progress.expect("how far").names, 10_000);
    let asked = appliance.work.searched.lock().expect("lock").clone();
    let asked = asked.first().expect("one search");
    assert_eq!(asked.point.as_ref().expect("a point").as_str(), "p1");
    assert_eq!(
        (asked.limit, asked.query.as_slice()),
        (10_000, &b"*.db"[..])
    );
}

#[tokio::test]
async fn a_search_that_nobody_reads_any_more_ends() {
    let appliance = Appliance::start().await;
    let mut client = client(&appliance, Role::Technician).await;
    let request = client.search(search(b"endless")).await;
    let mut stream = request.expect("a stream").into_inner();
    stream.message().await.expect("no error").expect("a hit");
    drop(stream);
    let end = Instant::now() + PATIENCE;
    while !appliance.work.gave_up.load(Ordering::Acquire) {
        assert!(Instant::now() < end, "it goes on");
        sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_search_ends_when_the_agent_stops() {
    let mut appliance = Appliance::start().await;
    let mut client = client(&appliance, Role::Technician).await;
    let request = client.search(search(b"endless")).await;
    let mut stream = request.expect("a stream").into_inner();
    stream.message().await.expect("no error").expect("a hit");
    let reading = tokio::spawn(async move {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("no end without a word"),
                Err(status) => return status.code(),
            }
        }
    });
    appliance.stop().await;
    let code = timeout(PATIENCE, reading).await.expect("in time");
    assert_eq!(code.expect("no panic"), Code::Unavailable);
}

#[tokio::test]
async fn queries_and_paths_have_limits_that_are_said() {
    let appliance = Appliance::start().await;
    let mut client = client(&appliance, Role::Engineer).await;
    for query in [&b""[..], b"  \t", b"a/b", b"a\0b", &[b'x'; 1001]] {
        let status = client.search(search(query)).await.expect_err("refused");
        assert_eq!(
            (status.code(), field(&status).as_str()),
            (Code::InvalidArgument, "query")
        );
    }
    let long = [&b"/"[..], &vec![b'x'; 40_000]].concat();
    for path in [&b"srv"[..], b"/srv/../etc", b"/a\0b", &long] {
        let refused = client.list_versions(versions("acme-erp01", path)).await;
        let status = refused.expect_err("refused");
        assert_eq!(
            (status.code(), field(&status).as_str()),
            (Code::InvalidArgument, "path")
        );
    }
    assert!(appliance.work.searched.lock().expect("lock").is_empty());
}

#[tokio::test]
async fn versions_come_in_pages_and_a_failure_is_the_streams_end() {
    let appliance = Appliance::start().await;
    let mut client = client(&appliance, Role::DutyManager).await;
    let request = client
        .list_versions(versions("acme-erp01", b"/srv/data"))
        .await;
    let mut stream = request.expect("a stream").into_inner();
    let mut sizes = Vec::new();
    while let Some(page) = stream.message().await.expect("no error") {
        assert!(page.versions.len() <= 200);
        sizes.extend(page.versions.into_iter().map(|it| it.size));
    }
    assert_eq!(sizes, (0..450).collect::<Vec<u64>>());
    let request = client
        .list_versions(versions("acme-erp01", b"/nowhere"))
        .await;
    let status = request.expect("a stream").into_inner().message().await;
    assert_eq!(status.expect_err("it fails").code(), Code::Unavailable);
}

#[tokio::test]
async fn another_tenants_system_is_neither_searched_nor_told_of() {
    let appliance = Appliance::start().await;
    let channel = appliance.person(Role::Reseller, &grant("north")).await;
    let mut client = CatalogServiceClient::new(channel);
    let request = v1::SearchRequest {
        system_id: "birch-erp01".to_owned(),
        ..search(b"x")
    };
    let status = client.search(request).await.expect_err("somebody else's");
    assert_eq!(status.code(), Code::NotFound);
    let refused = client.list_versions(versions("birch-erp01", b"/srv")).await;
    assert_eq!(refused.expect_err("somebody else's").code(), Code::NotFound);
    assert!(appliance.work.searched.lock().expect("lock").is_empty());
}
