//! What can go wrong with certificates, each with the file that is concerned.

use crate::identity::IdentityError;
use rustls::pki_types::pem;
use std::{io, path::PathBuf};

/// Something about a certificate, a key or a TLS configuration does not work.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is there already.
    #[error("{} is there already and is never overwritten; move it away first", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file does not hold what it should.
    #[error("{} holds no {what} in PEM form: {source}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// "certificate" or "private key".
        what: &'static str,
        /// Why.
        source: pem::Error,
    },
    /// A certificate cannot be made.
    #[error("cannot make {}: {source}", path.display())]
    Issue {
        /// The file it would be in.
        path: PathBuf,
        /// Why.
        source: rcgen::Error,
    },
    /// A certificate names nobody that ocdeck knows.
    #[error("{}: {source}", path.display())]
    Identity {
        /// The file.
        path: PathBuf,
        /// Why.
        source: IdentityError,
    },
    /// A certificate of our own cannot be used.
    #[error("{} {problem}; {remedy}", path.display())]
    Own {
        /// The file.
        path: PathBuf,
        /// What is wrong, as the end of a sentence that begins with the file.
        problem: String,
        /// What to do, with the command.
        remedy: String,
    },
    /// A certificate is not valid now: it has expired or is not valid yet.
    #[error("{} {problem}; {remedy}", path.display())]
    Time {
        /// The file.
        path: PathBuf,
        /// What is wrong, as the end of a sentence that begins with the file.
        problem: String,
        /// What to do, with the command.
        remedy: String,
    },
    /// A certificate, its key and the CA make no TLS configuration.
    #[error("{} cannot be used for TLS: {why}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A name cannot stand in a certificate.
    #[error("\"{name}\" cannot be used: {why}")]
    Name {
        /// The name.
        name: String,
        /// Why.
        why: &'static str,
    },
}

impl TrustError {
    /// Whether a certificate is sound but not valid now.
    pub fn is_about_time(&self) -> bool {
        matches!(self, Self::Time { .. })
    }

    /// What is wrong with which file and what to do about it, apart; `None`: it is one sentence.
    pub fn parts(&self) -> Option<(String, &str)> {
        match self {
            Self::Own {
                path,
                problem,
                remedy,
            }
            | Self::Time {
                path,
                problem,
                remedy,
            } => Some((format!("{} {problem}", path.display()), remedy)),
            _ => None,
        }
    }
}
