//! Restores on real folders from real repositories; trees that no honest repository holds
//! come from memory.

mod faults;
mod hostile;
mod policies;
mod resume;
mod whole;
mod world;
