//! From the engine's words to the domain's.

use crate::config;
use ocdeck_domain::{
    facts::{Entry, EntryKind, RestorePoint},
    ids::PointId,
};
use ocdeck_engine::repo::{Kind, Node, Point};

pub(super) fn point(
    point: &Point,
    repository: &config::Repository,
    system: &config::System,
) -> RestorePoint {
    RestorePoint {
        id: PointId::new(&point.id),
        system: system.id.clone(),
        repository: repository.id.clone(),
        time: point.time,
        kind: match point.parent {
            None => "full",
            Some(_) => "incremental",
        }
        .to_owned(),
        copy: match repository.role.as_str() {
            "offsite" => "offsite",
            "archive" => "archive",
            _ => "local",
        }
        .to_owned(),
        files: point.files.unwrap_or_default(),
        bytes: point.bytes.unwrap_or_default(),
        added: point.added.unwrap_or_default(),
        verified: None,
        shrunk: point.shrunk,
        seeded: point.seeded,
        folders: point.folders.clone(),
    }
}

pub(super) fn entry(node: &Node) -> Entry {
    let (kind, link_target) = match &node.kind {
        Kind::Folder => (EntryKind::Folder, Vec::new()),
        Kind::File => (EntryKind::File, Vec::new()),
        Kind::Symlink { target } => (EntryKind::Symlink, target.clone()),
        Kind::Special(_) => (EntryKind::Other, Vec::new()),
    };
    Entry {
        name: node.name.clone(),
        kind,
        size: node.size,
        modified: node.mtime,
        link_target,
    }
}
