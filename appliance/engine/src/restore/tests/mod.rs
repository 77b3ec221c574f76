//! Restores on real folders from real repositories; trees that no honest repository holds
//! come from memory.

mod any;
mod extreme;
mod faults;
mod hostile;
mod kinds;
mod linked;
mod policies;
mod resume;
mod whole;
mod world;
