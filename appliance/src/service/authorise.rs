//! Who may call what (ARCHITECTURE.md, invariant I6): what no row allows is denied.
//!
//! It stands before every service, health and reflection among them, as a layer: a service that
//! forgets to ask cannot be reached without it.

use super::{Caller, status};
use crate::{
    listen::Connection,
    state::{Facts, Scope, Tenants},
    work::Actor,
};
use ocdeck_trust::{Grant, Identity, Person, Role};
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tonic::{Status, body::Body, codegen::http};
use tower::{Layer, Service};

/// Who may call one RPC.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The path: `/package.Service/Method`.
    pub path: &'static str,
    /// Who may call it.
    pub roles: &'static [Role],
}

const EVERYONE: &[Role] = &Role::ALL;
/// Who looks into restore points, and starts and stops jobs.
const HANDS: &[Role] = &[
    Role::Technician,
    Role::DutyManager,
    Role::Engineer,
    Role::Reseller,
];
const RESTORERS: &[Role] = &[Role::Technician, Role::DutyManager, Role::Reseller];
/// Who says yes to what goes beyond the limit of one person; another than who ordered it.
const APPROVERS: &[Role] = &[Role::DutyManager];
const PROVIDERS_HANDS: &[Role] = &[Role::Technician, Role::DutyManager, Role::Engineer];

const fn rule(path: &'static str, roles: &'static [Role]) -> Rule {
    Rule { path, roles }
}

/// Every RPC that can be called, and by whom. What is not in here is refused.
pub const RPCS: &[Rule] = &[
    rule("/ocdeck.v1.ApplianceService/Describe", EVERYONE),
    rule("/ocdeck.v1.ApplianceService/Watch", EVERYONE),
    rule("/ocdeck.v1.JobsService/ListSessions", EVERYONE),
    rule("/ocdeck.v1.JobsService/TailLog", EVERYONE),
    rule("/ocdeck.v1.JobsService/StartJob", HANDS),
    rule("/ocdeck.v1.JobsService/StopJob", HANDS),
    rule("/ocdeck.v1.CatalogService/ListRestorePoints", HANDS),
    rule("/ocdeck.v1.CatalogService/Browse", HANDS),
    rule("/ocdeck.v1.CatalogService/Search", HANDS),
    rule("/ocdeck.v1.CatalogService/ListVersions", HANDS),
    rule("/ocdeck.v1.RestoresService/Plan", RESTORERS),
    rule("/ocdeck.v1.RestoresService/Dispatch", RESTORERS),
    rule("/ocdeck.v1.RestoresService/Approve", APPROVERS),
    rule("/ocdeck.v1.RestoresService/Reject", APPROVERS),
    rule("/ocdeck.v1.RestoresService/Cancel", RESTORERS),
    rule("/grpc.health.v1.Health/Check", EVERYONE),
    rule("/grpc.health.v1.Health/Watch", EVERYONE),
    rule(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        PROVIDERS_HANDS,
    ),
    rule(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        PROVIDERS_HANDS,
    ),
];

/// Lets through what the table allows, with the caller in the request's extensions.
#[derive(Clone)]
pub struct Authorise {
    facts: Facts,
    tenants: Tenants,
}

impl Authorise {
    /// With the clock of these facts and the tenants of this appliance.
    pub fn new(facts: Facts, tenants: Tenants) -> Self {
        Self { facts, tenants }
    }

    fn caller<B>(&self, request: &http::Request<B>) -> Result<Caller, Status> {
        let connection = request.extensions().get::<Connection>();
        let Some(connection) = connection else {
            return Err(status::nobody(
                "NO_CERTIFICATE",
                "no certificate came with this call",
            ));
        };
        let peer = connection.peer.as_ref().map_err(|why| {
            tracing::warn!(address = %connection.address, %why, "a call is refused");
            status::nobody(
                "NAMES_NOBODY",
                &format!("your certificate is refused: {why}; ask who keeps the CA for another"),
            )
        })?;
        if self.facts.now() > peer.not_after {
            return Err(status::nobody(
                "CERTIFICATE_EXPIRED",
                "the certificate of this connection has expired; connect with a new one",
            ));
        }
        let Identity::Person(person) = &peer.identity else {
            return Err(status::nobody(
                "NOT_A_PERSON",
                "only people call an appliance; this is the certificate of another one",
            ));
        };
        let path = request.uri().path();
        let Some(rule) = RPCS.iter().find(|rule| rule.path == path) else {
            return Err(status::unknown_call(path));
        };
        if !rule.roles.contains(&person.role) {
            tracing::warn!(person.name, %person.role, path, "a call is refused for the role");
            return Err(status::role_refused(person.role, path, rule.roles));
        }
        Ok(Caller {
            actor: Actor {
                person: person.name.clone(),
                role: person.role.name().to_owned(),
            },
            scope: scope(&self.tenants, person),
        })
    }
}

/// What a person sees. The provider's own only who is restricted to nothing.
fn scope(table: &Tenants, person: &Person) -> Scope {
    if person.grants.is_empty() && person.role != Role::Reseller {
        return Scope::all(table);
    }
    let (mut tenants, mut parties) = (Vec::new(), Vec::new());
    for grant in &person.grants {
        match grant {
            Grant::Tenant(id) => tenants.push(id.clone()),
            Grant::Party(id) => parties.push(id.clone()),
        }
    }
    Scope::only(table, &tenants, &parties)
}

impl<S> Layer<S> for Authorise {
    type Service = Authorised<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Authorised {
            inner,
            authorise: self.clone(),
        }
    }
}

/// A service behind the table.
#[derive(Clone)]
pub struct Authorised<S> {
    inner: S,
    authorise: Authorise,
}

impl<S> Service<http::Request<Body>> for Authorised<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        match self.authorise.caller(&request) {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                let calling = self.inner.call(request);
                Box::pin(async move { Ok(status::mended(calling.await?)) })
            }
            Err(status) => Box::pin(async move { Ok(status.into_http()) }),
        }
    }
}
