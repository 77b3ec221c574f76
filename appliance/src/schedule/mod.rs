//! When work runs: the queue, the times of jobs, and how fast the work goes.

pub mod meter;
pub mod queue;
