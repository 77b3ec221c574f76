//! Seeding: real backups that say they are of an earlier time, for the demo and for tests.
//! They are marked as seeded wherever they are shown.

use crate::{
    agent::{Agent, StartError},
    config::{self, ConfigError},
    driver::{BackupRun, EngineDriver},
    host::{Program, Stop},
    state::{Clock, Facts, StateError},
};
use ocdeck_domain::{
    facts::{SessionResult, Time},
    ids::{JobId, PointId, SessionId},
};
use std::{path::Path, sync::Arc};

/// Why nothing was seeded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The state; an agent that serves holds it.
    #[error(transparent)]
    State(#[from] StateError),
    /// The agent.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no such job.
    #[error("there is no job {0} to seed")]
    NoJob(JobId),
    /// The backup failed.
    #[error("job {job} made no point: {message}")]
    Failed {
        /// The job.
        job: JobId,
        /// Why.
        message: String,
    },
}

/// Seeds points of one appliance, while its agent does not serve.
pub struct Seeder(Agent);

impl Seeder {
    /// Takes the state of the appliance until it is dropped.
    ///
    /// # Errors
    /// When the configuration is wrong, or the appliance is being served.
    pub fn open(config: &Path, worker: Program) -> Result<Self, SeedError> {
        let config = Arc::new(config::read(config)?);
        let facts = Facts::open(&config.state_dir, &config.id, Clock::system())?;
        let driver = EngineDriver::new(Arc::clone(&config), worker);
        let agent = Agent::idle(config, facts, Box::new(driver))?;
        agent.recover()?;
        Ok(Self(agent))
    }

    /// Makes a point of what stands there now, with the time `time`. Limits of speed are
    /// ignored.
    ///
    /// # Errors
    /// When no point was made.
    pub fn seed(&self, job: &JobId, time: Time) -> Result<PointId, SeedError> {
        let session = SessionId::new(uuid::Uuid::new_v4().to_string());
        let run = BackupRun { time: Some(time) };
        let session = self
            .0
            .backup(&session, job, &Stop::default(), "seed", &run)
            .ok_or_else(|| SeedError::NoJob(job.clone()))?;
        match (session.result, session.point) {
            (Some(SessionResult::Success | SessionResult::Warning), Some(point)) => Ok(point),
            _ => Err(SeedError::Failed {
                job: job.clone(),
                message: session.message,
            }),
        }
    }
}

/// Makes points of what stands there now, at each of the times, oldest first.
///
/// # Errors
/// When one of them was not made.
pub fn seed(
    config: &Path,
    worker: Program,
    job: &JobId,
    times: &[Time],
) -> Result<Vec<PointId>, SeedError> {
    let seeder = Seeder::open(config, worker)?;
    let mut times = times.to_vec();
    times.sort();
    times
        .into_iter()
        .map(|time| seeder.seed(job, time))
        .collect()
}
