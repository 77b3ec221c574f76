//! What a caller sees, and what it is told when something is refused.

use super::{Appliance, ENTRIES, PATIENCE, dial, grant, session};
use crate::listen::Limits;
use chrono::Utc;
use ocdeck_domain::facts::{Fact, LogLevel};
use ocdeck_proto::v1::{
    self, appliance_service_client::ApplianceServiceClient,
    catalog_service_client::CatalogServiceClient, jobs_service_client::JobsServiceClient,
    plan_response, restores_service_client::RestoresServiceClient, target::Place, watch_response,
};
use ocdeck_trust::{Pki, Revoked, Role, load_client, load_server, why_refused};
use std::{collections::BTreeSet, time::Duration};
use tokio::{io::AsyncReadExt, net::TcpStream, sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt;

fn reason(status: &Status) -> String {
    status.get_details_error_info().expect("ErrorInfo").reason
}

/// Watches up to the end of the snapshot, and answers what is in it.
async fn snapshot(channel: Channel) -> BTreeSet<String> {
    let (ask, asked) = mpsc::channel(1);
    ask.send(v1::WatchRequest::default()).await.expect("ask");
    let mut client = ApplianceServiceClient::new(channel);
    let stream = client.watch(ReceiverStream::new(asked)).await;
    let mut stream = stream.expect("a stream").into_inner();
    let mut seen = BTreeSet::new();
    loop {
        let message = timeout(PATIENCE, stream.message()).await.expect("in time");
        match message
            .expect("no error")
            .expect("no end")
            .body
            .expect("a body")
        {
            watch_response::Body::SnapshotChunk(chunk) => {
                seen.extend(chunk.facts.into_iter().map(|fact| name(fact.entity)));
            }
            watch_response::Body::SnapshotEnd(_) => return seen,
            _ => {}
        }
    }
}

fn name(entity: Option<v1::fact::Entity>) -> String {
    use v1::fact::Entity;
    match entity.expect("an entity") {
        Entity::Repository(it) => format!("repository {}", it.id),
        Entity::Quota(it) => format!("quota {}", it.tenant_id),
        Entity::System(it) => format!("system {}", it.id),
        Entity::Job(it) => format!("job {}", it.id),
        Entity::Session(it) => format!("session {}", it.id),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn describe_says_who_both_sides_are() {
    let appliance = Appliance::start().await;
    let channel = appliance.person(Role::DutyManager, &[]).await;
    let mut client = ApplianceServiceClient::new(channel);
    let answer = client
        .describe(v1::DescribeRequest {})
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(answer.appliance_id, "acme-stl-01");
    assert_eq!(answer.driver, "engine");
    let caller = answer.caller.expect("a caller");
    assert_eq!(
        (caller.person.as_str(), caller.role.as_str()),
        ("duty-manager", "duty_manager")
    );
    assert!(!answer.capabilities[0].available && !answer.capabilities[0].reason.is_empty());
}

#[tokio::test]
async fn a_reseller_sees_its_tenants_and_no_infrastructure() {
    let appliance = Appliance::start().await;
    let provider = snapshot(appliance.person(Role::Viewer, &[]).await).await;
    assert!(provider.contains("repository shared") && provider.contains("job birch-nightly"));
    let reseller = appliance.person(Role::Reseller, &grant("north")).await;
    let seen = snapshot(reseller.clone()).await;
    let expected = [
        "job acme-nightly",
        "quota dune",
        "session acme-s1",
        "system acme-erp01",
    ];
    assert_eq!(
        seen.iter().map(String::as_str).collect::<Vec<_>>(),
        expected
    );

    let mut jobs = JobsServiceClient::new(reseller.clone());
    let listed = jobs
        .list_sessions(v1::ListSessionsRequest::default())
        .await
        .expect("a page");
    assert_eq!(listed.into_inner().sessions.len(), 1);
    let (job_id, session_id) = ("birch-nightly".to_owned(), "birch-s1".to_owned());
    let mut refused = Vec::new();
    let start = v1::StartJobRequest {
        job_id: job_id.clone(),
        intent: None,
    };
    refused.push(jobs.start_job(start).await.map(drop));
    let list = v1::ListSessionsRequest {
        job_id,
        ..Default::default()
    };
    refused.push(jobs.list_sessions(list).await.map(drop));
    let tail = v1::TailLogRequest {
        session_id,
        ..Default::default()
    };
    refused.push(jobs.tail_log(tail).await.map(drop));
    let mut catalog = CatalogServiceClient::new(reseller.clone());
    let points = v1::ListRestorePointsRequest {
        system_id: "birch-erp01".to_owned(),
        ..Default::default()
    };
    refused.push(catalog.list_restore_points(points).await.map(drop));
    let mut restores = RestoresServiceClient::new(reseller);
    let other = Place::OtherSystem(v1::OtherSystem {
        system_id: "birch-erp01".to_owned(),
    });
    let plan = v1::PlanRequest {
        order: Some(order(other)),
        ..Default::default()
    };
    refused.push(restores.plan(plan).await.map(drop));
    for answer in refused {
        let status = answer.expect_err("somebody else's");
        assert_eq!(status.code(), Code::NotFound, "{status}");
    }
    assert!(
        appliance.work.asked.lock().expect("lock").is_empty(),
        "nothing was started"
    );
}

fn order(place: Place) -> v1::RestoreOrder {
    v1::RestoreOrder {
        system_id: "acme-erp01".to_owned(),
        point_id: "p1".to_owned(),
        paths: vec![b"/srv/data".to_vec()],
        target: Some(v1::Target { place: Some(place) }),
        policy: v1::OverwritePolicy::KeepBoth.into(),
    }
}

#[tokio::test]
async fn the_actor_is_the_certificates_person() {
    let appliance = Appliance::start().await;
    let mut jobs = JobsServiceClient::new(appliance.person(Role::Technician, &[]).await);
    let intent = Some(v1::Intent {
        reason: " asked by phone ".to_owned(),
        reference: String::new(),
    });
    let start = v1::StartJobRequest {
        job_id: "acme-nightly".to_owned(),
        intent,
    };
    let session = jobs
        .start_job(start)
        .await
        .expect("started")
        .into_inner()
        .session_id;
    assert_eq!(session, "s2");
    let asked = appliance.work.asked.lock().expect("lock").clone();
    let (what, by, intent) = asked.first().expect("one call");
    assert_eq!(
        (what.as_str(), by.person.as_str()),
        ("start acme-nightly", "technician")
    );
    assert_eq!(intent.reason, "asked by phone");
}

#[tokio::test]
async fn refusals_carry_a_code_a_reason_and_the_field() {
    let appliance = Appliance::start().await;
    let channel = appliance.person(Role::Technician, &[]).await;
    let mut jobs = JobsServiceClient::new(channel.clone());
    let mut stop = v1::StopJobRequest {
        job_id: "acme-nightly".to_owned(),
        intent: None,
    };
    let status = jobs.stop_job(stop.clone()).await.expect_err("no reason");
    let fields = status
        .get_details_bad_request()
        .expect("BadRequest")
        .field_violations;
    assert_eq!(
        (status.code(), fields[0].field.as_str()),
        (Code::InvalidArgument, "intent.reason")
    );
    stop.intent = Some(v1::Intent {
        reason: "wrong job".to_owned(),
        reference: String::new(),
    });
    let status = jobs.stop_job(stop).await.expect_err("it does not run");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "NOT_RUNNING")
    );

    let mut restores = RestoresServiceClient::new(channel);
    let whole = v1::DispatchRequest {
        request_id: "0198c0de-0000-7000-8000-000000000001".to_owned(),
        attempt: 1,
        order: Some(order(Place::Original(v1::OriginalPlace {}))),
        plan_digest: vec![7; 32],
        intent: Some(v1::Intent {
            reason: String::new(),
            reference: "R-0118".to_owned(),
        }),
        priority: 1,
        requester: "Jo Diaz".to_owned(),
        break_glass: None,
        asked_by: Vec::new(),
    };
    let break_it = |change: fn(&mut v1::DispatchRequest)| {
        let mut broken = whole.clone();
        change(&mut broken);
        broken
    };
    let broken = [
        (
            "request_id",
            break_it(|it| it.request_id = "R-0118".to_owned()),
        ),
        ("attempt", break_it(|it| it.attempt = 0)),
        ("plan_digest", break_it(|it| it.plan_digest = vec![7; 31])),
        ("intent.reference", break_it(|it| it.intent = None)),
        ("priority", break_it(|it| it.priority = 5)),
        (
            "asked_by",
            break_it(|it| it.asked_by = vec!["mara".to_owned(); 65]),
        ),
        (
            "asked_by",
            break_it(|it| it.asked_by = vec!["m\n".repeat(9_999)]),
        ),
        ("order", break_it(|it| it.order = None)),
        (
            "order.policy",
            break_it(|it| it.order.as_mut().expect("order").policy = 99),
        ),
        (
            "order.target",
            break_it(|it| it.order.as_mut().expect("order").target = None),
        ),
        (
            "order.paths",
            break_it(|it| {
                it.order.as_mut().expect("order").paths = vec![b"/srv/../etc".to_vec()];
            }),
        ),
        (
            "break_glass.called_at",
            break_it(|it| {
                let (reason, duty_manager) = ("fire".to_owned(), "Ada".to_owned());
                it.break_glass = Some(v1::BreakGlass {
                    reason,
                    duty_manager,
                    called_at: None,
                });
            }),
        ),
    ];
    for (field, request) in broken {
        let status = restores.dispatch(request).await.expect_err(field);
        let fields = status
            .get_details_bad_request()
            .expect("BadRequest")
            .field_violations;
        assert_eq!(fields[0].field, field, "{status}");
    }
    assert!(appliance.work.dispatched.lock().expect("lock").is_empty());
    let status = restores.dispatch(whole).await.expect_err("unknown plan");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "PLAN_UNKNOWN")
    );
}

#[tokio::test]
async fn lists_come_in_pages_and_nothing_is_missing() {
    let appliance = Appliance::start().await;
    let channel = appliance.person(Role::Engineer, &[]).await;
    let mut catalog = CatalogServiceClient::new(channel.clone());
    let mut points = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListRestorePointsRequest {
            system_id: "acme-erp01".to_owned(),
            page_size: 3,
            page_token,
        };
        let page = catalog
            .list_restore_points(request)
            .await
            .expect("a page")
            .into_inner();
        points.extend(page.points.into_iter().map(|point| point.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(points, ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]);
    let request = v1::BrowseRequest {
        point_id: "p0".to_owned(),
        system_id: "acme-erp01".to_owned(),
        path: Vec::new(),
    };
    let mut stream = catalog
        .browse(request)
        .await
        .expect("a stream")
        .into_inner();
    let mut sizes = Vec::new();
    while let Some(page) = stream.message().await.expect("no error") {
        assert_eq!(page.total, ENTRIES as u64);
        sizes.push(page.entries.len());
    }
    assert_eq!(sizes, [1000, 1000, 500]);
    let mut restores = RestoresServiceClient::new(appliance.person(Role::Technician, &[]).await);
    let order = Some(order(Place::Staging(v1::Staging {
        reference: "R-0118".to_owned(),
    })));
    let plan = v1::PlanRequest {
        order,
        ..Default::default()
    };
    let mut news = restores.plan(plan).await.expect("a stream").into_inner();
    let first = news
        .message()
        .await
        .expect("no error")
        .and_then(|it| it.body);
    assert!(
        matches!(first, Some(plan_response::Body::Progress(_))),
        "{first:?}"
    );
    let last = news
        .message()
        .await
        .expect("no error")
        .and_then(|it| it.body);
    assert!(matches!(last, Some(plan_response::Body::Result(it)) if it.digest == [7; 32]));
}

#[tokio::test]
async fn a_log_is_followed_to_the_end_of_its_session() {
    let appliance = Appliance::start().await;
    let mut running = session("acme-s9", "acme");
    appliance
        .facts
        .put(Fact::Session(Box::new(running.clone())));
    for number in 0..5 {
        appliance
            .facts
            .log(&running.id, LogLevel::Info, format!("line {number}"));
    }
    let mut jobs = JobsServiceClient::new(appliance.person(Role::Viewer, &[]).await);
    let request = v1::TailLogRequest {
        session_id: "acme-s9".to_owned(),
        from_line: 0,
        last_lines: 2,
    };
    let mut stream = jobs.tail_log(request).await.expect("a stream").into_inner();
    let lines =
        |it: v1::TailLogResponse| it.lines.into_iter().map(|it| it.line).collect::<Vec<_>>();
    let first = stream.message().await.expect("no error").expect("lines");
    assert_eq!(lines(first), [3, 4]);
    appliance.facts.log(&running.id, LogLevel::Error, "line 5");
    let next = timeout(PATIENCE, stream.message()).await.expect("in time");
    assert_eq!(lines(next.expect("no error").expect("lines")), [5]);
    running.ended = Some(Utc::now());
    appliance.facts.put(Fact::Session(Box::new(running)));
    let end = timeout(PATIENCE, stream.message()).await.expect("in time");
    assert!(end.expect("no error").is_none());
}

#[tokio::test]
async fn a_watch_resumes_where_it_was_and_ends_when_the_agent_stops() {
    let mut appliance = Appliance::start().await;
    let mut client = ApplianceServiceClient::new(appliance.person(Role::Technician, &[]).await);
    let request = |resume, heartbeat_seconds| v1::WatchRequest {
        resume,
        heartbeat_seconds,
    };
    let (ask, asked) = mpsc::channel(4);
    ask.send(request(None, 0)).await.expect("ask");
    let stream = client
        .watch(ReceiverStream::new(asked))
        .await
        .expect("a stream");
    let mut stream = stream.into_inner();
    let resume = loop {
        let message = stream.message().await.expect("no error").expect("no end");
        if matches!(message.body, Some(watch_response::Body::SnapshotEnd(_))) {
            break v1::Resume {
                epoch: message.epoch,
                revision: message.revision,
            };
        }
    };
    // A later request sets the heartbeat.
    ask.send(request(None, 1)).await.expect("ask");
    let beat = timeout(PATIENCE, stream.message()).await.expect("in time");
    let beat = beat.expect("no error").expect("no end");
    assert!(matches!(
        beat.body,
        Some(watch_response::Body::Heartbeat(_))
    ));
    drop(stream);

    appliance
        .facts
        .put(Fact::Session(Box::new(session("acme-s2", "acme"))));
    let (ask, asked) = mpsc::channel(4);
    ask.send(request(Some(resume.clone()), 0))
        .await
        .expect("ask");
    let stream = client
        .watch(ReceiverStream::new(asked))
        .await
        .expect("a stream");
    let mut stream = stream.into_inner();
    let first = stream.message().await.expect("no error").expect("no end");
    assert_eq!(
        (first.epoch, first.previous_revision),
        (resume.epoch, resume.revision)
    );
    let Some(watch_response::Body::Delta(delta)) = first.body else {
        panic!("a snapshot, though nothing was missed");
    };
    assert_eq!(delta.facts.len(), 1);

    appliance.stop().await;
    let end = timeout(PATIENCE, stream.message()).await.expect("in time");
    assert_eq!(end.expect_err("it stops").code(), Code::Unavailable);
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_new_connections() {
    let appliance = Appliance::start().await;
    let mara = appliance.issue("mara", Role::Viewer, &[]);
    appliance.dial(&mara).await.expect("a connection");
    let other = Pki::init(appliance.dir.path().join("other")).expect("pki");
    let own = other.issue_appliance(&appliance.id).expect("certificate");
    appliance.tls.replace(
        load_server(&own.cert, &own.key, &own.ca, None).expect("tls"),
        Revoked::default(),
    );
    appliance.dial(&mara).await.expect_err("another CA");
    let omar = other
        .issue_person("omar", Role::Viewer, &[])
        .expect("certificate");
    let config = load_client(&omar.cert, &omar.key, &omar.ca, 8).expect("tls");
    let channel = dial(appliance.address, appliance.id.clone(), config).await;
    let mut client = ApplianceServiceClient::new(channel.expect("a connection"));
    client
        .describe(v1::DescribeRequest {})
        .await
        .expect("an answer");
}

#[tokio::test]
async fn who_says_nothing_or_shows_nothing_right_is_dropped_and_others_are_served() {
    let limits = Limits {
        handshake: Duration::from_secs(3),
        connections: 3,
        calls: 8,
    };
    let appliance = Appliance::start_with(limits).await;
    let mut silent = TcpStream::connect(appliance.address)
        .await
        .expect("connect");
    let read = timeout(PATIENCE, silent.read(&mut [0; 1]))
        .await
        .expect("it is dropped");
    assert_eq!(read.unwrap_or(0), 0);
    let other = Pki::init(appliance.dir.path().join("other")).expect("pki");
    let mut mallory = other
        .issue_person("mallory", Role::Engineer, &[])
        .expect("certificate");
    mallory.ca = appliance.pki.ca();
    let config = load_client(&mallory.cert, &mallory.key, &mallory.ca, 8).expect("tls");
    let stream = TcpStream::connect(appliance.address)
        .await
        .expect("connect");
    let why = why_refused(stream, config, &appliance.id)
        .await
        .expect("a name");
    assert!(
        why.expect("a reason")
            .contains("another CA than the appliance trusts")
    );
    let mut client = ApplianceServiceClient::new(appliance.person(Role::Viewer, &[]).await);
    client
        .describe(v1::DescribeRequest {})
        .await
        .expect("an answer");
}
