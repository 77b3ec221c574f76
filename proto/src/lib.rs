//! The wire contract between console and appliance, compiled from
//! `ocdeck/v1/*.proto`, and nothing else.
//!
//! Generated types stop at the walls: only the console's `fleet` and the
//! appliance's `service` may name them (ARCHITECTURE.md, direction 4).

/// Version 1 of the contract.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod v1 {
    tonic::include_proto!("ocdeck.v1");
}

/// The encoded `FileDescriptorSet`, for reflection and for tests that walk the contract.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
