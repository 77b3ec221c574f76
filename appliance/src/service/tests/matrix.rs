//! Role × RPC, for every RPC that the contract has. The expectation stands here a second time,
//! in the words of the design, so that a slip in the table of `authorise` is seen.

use super::{Appliance, PATIENCE, grant};
use crate::service::RPCS;
use ocdeck_trust::Role;
use prost::Message;
use prost_types::FileDescriptorSet;
use std::collections::BTreeSet;
use tokio::time::timeout;
use tonic::{
    Code, Request, Status, client::Grpc, codegen::http::uri::PathAndQuery, transport::Channel,
};
use tonic_types::StatusExt;

/// The columns: viewer, technician, duty manager, engineer, reseller.
const EXPECTED: &[(&str, &str)] = &[
    ("/ocdeck.v1.ApplianceService/Describe", "VTDER"),
    ("/ocdeck.v1.ApplianceService/Watch", "VTDER"),
    ("/ocdeck.v1.JobsService/ListSessions", "VTDER"),
    ("/ocdeck.v1.JobsService/TailLog", "VTDER"),
    ("/ocdeck.v1.JobsService/StartJob", "-TDER"),
    ("/ocdeck.v1.JobsService/StopJob", "-TDER"),
    ("/ocdeck.v1.CatalogService/ListRestorePoints", "-TDER"),
    ("/ocdeck.v1.CatalogService/Browse", "-TDER"),
    ("/ocdeck.v1.CatalogService/Search", "-TDER"),
    ("/ocdeck.v1.CatalogService/ListVersions", "-TDER"),
    ("/ocdeck.v1.RestoresService/Plan", "-TD-R"),
    ("/ocdeck.v1.RestoresService/Dispatch", "-TD-R"),
    ("/ocdeck.v1.RestoresService/Approve", "--D--"),
    ("/ocdeck.v1.RestoresService/Reject", "--D--"),
    ("/ocdeck.v1.RestoresService/Cancel", "-TD-R"),
    ("/grpc.health.v1.Health/Check", "VTDER"),
    ("/grpc.health.v1.Health/Watch", "VTDER"),
    (
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "-TDE-",
    ),
    (
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "-TDE-",
    ),
];

/// Every RPC that the server has, from the descriptors of all its services.
fn rpcs() -> BTreeSet<String> {
    let sets = [
        ocdeck_proto::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ];
    let mut all = BTreeSet::new();
    for set in sets {
        for file in FileDescriptorSet::decode(set).expect("descriptors").file {
            for service in &file.service {
                for method in &service.method {
                    let (package, service) = (file.package(), service.name());
                    all.insert(format!("/{package}.{service}/{}", method.name()));
                }
            }
        }
    }
    all
}

/// Calls with an empty message, whatever the shape of the RPC, and answers how it began.
async fn call(channel: &Channel, path: &str) -> Result<(), Status> {
    let mut client = Grpc::new(channel.clone());
    client.ready().await.expect("ready");
    let path: PathAndQuery = path.parse().expect("a path");
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let request = Request::new(tokio_stream::once(()));
    let calling = async {
        let mut answers = client.streaming(request, path, codec).await?.into_inner();
        answers.message().await.map(drop)
    };
    match timeout(PATIENCE, calling).await {
        Ok(done) => done,
        Err(_) => panic!("no answer"),
    }
}

fn refused_for_the_role(answer: &Result<(), Status>) -> bool {
    let Err(status) = answer else {
        return false;
    };
    let reason = status.get_details_error_info().map(|info| info.reason);
    status.code() == Code::PermissionDenied && reason.as_deref() == Some("ROLE")
}

#[test]
fn every_rpc_has_a_row_and_no_row_is_left_over() {
    let table: BTreeSet<String> = RPCS.iter().map(|rule| rule.path.to_owned()).collect();
    let expected: BTreeSet<String> = EXPECTED
        .iter()
        .map(|(path, _)| (*path).to_owned())
        .collect();
    assert_eq!(table, rpcs(), "authorise::RPCS against the contract");
    assert_eq!(expected, rpcs(), "this test against the contract");
    assert_eq!(table.len(), RPCS.len(), "no RPC stands twice");
}

#[tokio::test]
async fn every_role_may_call_what_the_design_says_and_nothing_else() {
    let appliance = Appliance::start().await;
    for (column, role) in Role::ALL.into_iter().enumerate() {
        let grants = if role == Role::Reseller {
            grant("north")
        } else {
            Vec::new()
        };
        let channel = appliance.person(role, &grants).await;
        for (path, roles) in EXPECTED {
            let allowed = roles.as_bytes()[column] != b'-';
            let answer = call(&channel, path).await;
            let refused = refused_for_the_role(&answer);
            assert_eq!(refused, !allowed, "{role} calls {path}: {answer:?}");
            let strange = matches!(&answer, Err(it) if matches!(it.code(),
                Code::Unauthenticated | Code::Unimplemented | Code::Unknown | Code::Internal));
            assert!(!strange, "{role} calls {path}: {answer:?}");
        }
        let answer = call(&channel, "/ocdeck.v1.JobsService/Explode").await;
        let code = answer.expect_err("no such RPC").code();
        assert_eq!(code, Code::Unimplemented);
    }
}
