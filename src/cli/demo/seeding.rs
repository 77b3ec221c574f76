//! Seeding: the data of each appliance's systems, restore points of earlier times made by
//! real backups of it, then the appliance itself.

use super::{
    children::Children,
    data, files,
    world::{Appliance, System},
};
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use ocdeck_appliance::{host::Program, seed::Seeder};
use ocdeck_domain::ids::JobId;
use std::{
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// How long ago the seeded points are of, in hours: nightly ones, then one of today.
const HOURS_AGO: &[i64] = &[74, 50, 26, 5];

/// Makes the data and points of an appliance, then starts it.
pub(super) fn seed(
    dir: &Path,
    appliance: &Appliance,
    children: &Mutex<Children>,
) -> anyhow::Result<()> {
    if let Some((tenant, limit)) = appliance.quota {
        quota(&files::quota_of(dir, tenant), limit)?;
    }
    if !appliance.systems.is_empty() {
        let seeder = Seeder::open(&files::config_of(dir, appliance), Program::default())?;
        for system in appliance.systems {
            points(dir, system, &seeder)
                .with_context(|| format!("seeding {}/{}", system.tenant, system.id))?;
        }
    }
    let announcement = children
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .start(appliance.id, files::config_of(dir, appliance))?;
    announcement.wait().context(appliance.id)
}

fn points(dir: &Path, system: &System, seeder: &Seeder) -> anyhow::Result<()> {
    let root = files::root_of(dir, system);
    data::make(&root, system)?;
    let job = JobId::new(files::job_of(system));
    // A small repository must have room left for a run or two, to run low while one looks.
    let points = if system.limit.is_some() {
        &HOURS_AGO[2..]
    } else {
        HOURS_AGO
    };
    for (round, hours) in points.iter().enumerate() {
        if round > 0 {
            data::change(&root, system, round as u64)?;
        }
        seeder.seed(&job, time(*hours))?;
    }
    Ok(())
}

fn time(hours_ago: i64) -> DateTime<Utc> {
    let time = Utc::now() - TimeDelta::hours(hours_ago);
    time - TimeDelta::seconds(time.timestamp().rem_euclid(600))
}

/// A folder of which 61 % of the limit is used.
fn quota(folder: &Path, limit: u64) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let mut numbers = data::Numbers::of("quota");
    for index in 0..8 {
        let size = limit * 61 / 100 / 8;
        let content: Vec<u8> = (0..size / 8)
            .flat_map(|_| numbers.next().to_le_bytes())
            .collect();
        fs::write(folder.join(format!("{index:08x}.vbk")), content)?;
    }
    Ok(())
}
