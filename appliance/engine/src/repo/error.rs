//! What can go wrong with a repository, one variant per operation.

use ocdeck_domain::text;
use rustic_core::RusticError;
use std::path::PathBuf;

/// A repository operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum RepoError {
    /// The library takes paths as text only.
    #[error("the repository path {} is not valid UTF-8; rename the folder", .0.display())]
    PathNotText(PathBuf),
    /// The master key that came from the agent is not one.
    #[error("the master key of {} cannot be read; give the password instead", .0.display())]
    MasterKey(PathBuf),
    /// The password fits no key of the repository.
    #[error("the password does not open {}; check its password file", .0.display())]
    Password(PathBuf),
    /// A new repository could not be made.
    #[error("cannot create the repository {}: {cause}", path.display())]
    Create {
        /// Its folder.
        path: PathBuf,
        /// Why.
        cause: Cause,
    },
    /// An existing repository could not be opened.
    #[error("cannot open the repository {}: {cause}", path.display())]
    Open {
        /// Its folder.
        path: PathBuf,
        /// Why.
        cause: Cause,
    },
    /// The index could not be read.
    #[error("cannot read the index of {}: {cause}", path.display())]
    Index {
        /// The repository's folder.
        path: PathBuf,
        /// Why.
        cause: Cause,
    },
    /// The restore points could not be listed.
    #[error("cannot list the restore points of {}: {cause}", path.display())]
    Points {
        /// The repository's folder.
        path: PathBuf,
        /// Why.
        cause: Cause,
    },
    /// The size of the repository could not be counted.
    #[error("cannot count the size of {}: {cause}", path.display())]
    Size {
        /// The repository's folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// There is no such restore point (any more).
    #[error("there is no restore point {0} in this repository (any more); refresh the list")]
    NoSuchPoint(String),
    /// A path is not in the point.
    #[error("no {} in restore point {point}", text::show(path))]
    NoSuchPath {
        /// The point's id.
        point: String,
        /// The path.
        path: Vec<u8>,
    },
    /// A path is in the point, but is no folder.
    #[error("no such folder in restore point {point}: {}", text::show(path))]
    NoSuchFolder {
        /// The point's id.
        point: String,
        /// The path.
        path: Vec<u8>,
    },
    /// A folder of a point cannot be read from the repository.
    #[error(
        "the folder {} of restore point {point} cannot be read from the repository: {cause}",
        text::show(path)
    )]
    Folder {
        /// The point's id.
        point: String,
        /// The path.
        path: Vec<u8>,
        /// Why.
        cause: Cause,
    },
    /// A name in the repository that no file system can have, such as `..` or one with a slash.
    #[error(
        "the folder {} of restore point {point} holds the impossible name {:?}; it is left out",
        text::show(path),
        text::show(name)
    )]
    BadName {
        /// The point's id.
        point: String,
        /// The folder.
        path: Vec<u8>,
        /// The name.
        name: Vec<u8>,
    },
    /// A piece of a file cannot be read from the repository.
    #[error("the repository cannot give the data {blob}: {cause}")]
    Blob {
        /// The blob's id.
        blob: String,
        /// Why.
        cause: Cause,
    },
}

/// What the library said, on one line.
#[derive(Debug)]
pub struct Cause(String);

impl From<Box<RusticError>> for Cause {
    fn from(error: Box<RusticError>) -> Self {
        Self(one_line(&error))
    }
}

impl From<String> for Cause {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The library's `Display` fills a screen; its log form is one line with a prefix and hints
/// that mean nothing to a technician.
pub(crate) fn one_line(error: &RusticError) -> String {
    let text = error.display_log();
    let text = text.strip_prefix("Error: ").unwrap_or(&text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
