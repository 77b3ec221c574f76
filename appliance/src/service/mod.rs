//! The gRPC services: they translate, authorise, and nothing more.
//!
//! What is asked goes to [`crate::work::Work`], what is known comes from [`crate::state::Facts`].
//! Generated protobuf types stop in this folder. Who may call what is one table in
//! `authorise`, checked before a service sees the call; whose entity it is, is checked in here.

mod appliance;
mod authorise;
mod catalog;
mod jobs;
mod look;
mod page;
mod restores;
mod status;
#[cfg(test)]
mod tests;
mod translate;

pub use authorise::{Authorise, RPCS, Rule};

use crate::{
    state::{Facts, Scope, Tenants},
    work::{Actor, Refusal, Work},
};
use ocdeck_domain::{
    facts::System,
    ids::{SystemId, TenantId},
};
use ocdeck_proto::v1::{
    appliance_service_server::ApplianceServiceServer, catalog_service_server::CatalogServiceServer,
    jobs_service_server::JobsServiceServer, restores_service_server::RestoresServiceServer,
};
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};
use tonic::{Request, Status, service::Routes};

/// The largest message that is taken; the largest order has thousands of paths.
const MAX_REQUEST: usize = 4 * 1024 * 1024;
/// Plans that are made at a time, of all callers.
const PLANS: usize = 8;
/// About the largest message that is sent.
const MAX_MESSAGE: usize = 240 * 1024;

/// What the services stand on.
#[derive(Clone)]
pub struct Api {
    /// What is known.
    pub facts: Facts,
    /// What does the work.
    pub work: Arc<dyn Work>,
    /// Whose data it is.
    pub tenants: Tenants,
    /// "engine" or "veeam".
    pub driver: &'static str,
    /// As `ocdeck --version` prints it.
    pub agent_version: &'static str,
}

/// A caller, from the certificate of the connection.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) actor: Actor,
    pub(crate) scope: Scope,
}

/// One service for all: the state, the work, and the sign that the agent stops.
#[derive(Clone)]
struct Service {
    api: Api,
    stop: watch::Receiver<bool>,
    /// Held while a plan is made: each walks a whole restore point.
    plans: Arc<Semaphore>,
}

impl Api {
    /// All services with health and reflection. They end their streams when `stop` becomes true.
    /// To be served behind [`Authorise`] only.
    ///
    /// # Errors
    /// When the contract's descriptors are broken.
    pub async fn routes(
        &self,
        stop: watch::Receiver<bool>,
    ) -> Result<Routes, tonic_reflection::server::Error> {
        let service = Service {
            api: self.clone(),
            stop,
            plans: Arc::new(Semaphore::new(PLANS)),
        };
        let appliance = ApplianceServiceServer::new(service.clone());
        let jobs = JobsServiceServer::new(service.clone());
        let catalog = CatalogServiceServer::new(service.clone());
        let restores = RestoresServiceServer::new(service);
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter
            .set_serving::<ApplianceServiceServer<Service>>()
            .await;
        reporter.set_serving::<JobsServiceServer<Service>>().await;
        reporter
            .set_serving::<CatalogServiceServer<Service>>()
            .await;
        reporter
            .set_serving::<RestoresServiceServer<Service>>()
            .await;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(ocdeck_proto::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let mut routes = Routes::builder();
        routes
            .add_service(appliance.max_decoding_message_size(MAX_REQUEST))
            .add_service(jobs.max_decoding_message_size(MAX_REQUEST))
            .add_service(catalog.max_decoding_message_size(MAX_REQUEST))
            .add_service(restores.max_decoding_message_size(MAX_REQUEST))
            .add_service(health)
            .add_service(reflection().build_v1()?)
            // What most tools and libraries still ask for.
            .add_service(reflection().build_v1alpha()?);
        Ok(routes.routes())
    }
}

impl Service {
    /// Does something that may block, off the async threads.
    async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Api) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Status> {
        let api = self.api.clone();
        match tokio::task::spawn_blocking(move || act(&api)).await {
            Ok(done) => done.map_err(|refusal| status::from_refusal(&refusal)),
            Err(error) => {
                tracing::error!(%error, "a call ended in a fault");
                Err(status::internal(
                    "the appliance failed in this call; its log says more",
                ))
            }
        }
    }

    /// A system that the caller may see.
    fn system(&self, caller: &Caller, id: &str) -> Result<System, Status> {
        translate::id("system_id", id)?;
        self.api
            .facts
            .system(&SystemId::new(id))
            .filter(|system| caller.works_for(&system.tenant))
            .ok_or_else(|| status::not_found("system", id))
    }
}

impl Caller {
    fn works_for(&self, tenant: &TenantId) -> bool {
        self.scope.works_for(tenant)
    }
}

/// The caller of a request. Without one nothing is answered.
fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    request
        .extensions()
        .get::<Caller>()
        .cloned()
        .ok_or_else(|| status::nobody("NO_CERTIFICATE", "no certificate came with this call"))
}
