//! The agent that makes a backup server a managed appliance: it runs jobs, watches over
//! itself, serves the gRPC API and restores by order.

pub mod agent;
pub mod config;
pub mod driver;
pub mod host;
pub mod listen;
pub mod monitor;
pub mod restores;
pub mod schedule;
pub mod seed;
pub mod serve;
pub mod service;
pub mod state;
pub mod work;

pub use serve::{ServeOptions, serve};

/// `ocdeck worker`: serves one request on standard input and output, for a process that
/// does nothing else.
pub fn worker() -> std::process::ExitCode {
    ocdeck_engine::worker::run()
}
