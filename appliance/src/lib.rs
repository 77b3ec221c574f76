//! The agent that makes a backup server a managed appliance: it runs jobs, watches over
//! itself, serves the gRPC API and restores by order.

pub mod config;
pub mod host;
pub mod listen;
pub mod monitor;
pub mod schedule;
pub mod service;
pub mod state;
pub mod work;
