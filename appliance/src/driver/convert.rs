//! From the engine's words to the domain's.

use crate::config;
use ocdeck_domain::{
    facts::{Entry, EntryKind, Hit, PathBytes, RestorePoint, Version},
    ids::PointId,
};
use ocdeck_engine::{
    catalog,
    repo::{Kind, Node, Point},
};

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
        host: point.host.clone(),
        tags: point.tags.clone(),
    }
}

fn kind(node: &Node) -> EntryKind {
    match node.kind {
        Kind::Folder => EntryKind::Folder,
        Kind::File => EntryKind::File,
        Kind::Symlink { .. } => EntryKind::Symlink,
        Kind::Special(_) => EntryKind::Other,
    }
}

pub(super) fn entry(node: &Node) -> Entry {
    Entry {
        name: node.name.clone(),
        kind: kind(node),
        size: node.size,
        modified: node.mtime,
        link_target: match &node.kind {
            Kind::Symlink { target } => target.clone(),
            _ => Vec::new(),
        },
    }
}

pub(super) fn hit(point: &Point, path: PathBytes, node: &Node) -> Hit {
    Hit {
        point: PointId::new(&point.id),
        time: point.time,
        path,
        kind: kind(node),
        size: node.size,
        modified: node.mtime,
    }
}

pub(super) fn version(it: &catalog::Version) -> Version {
    Version {
        newest: PointId::new(&it.newest.id),
        newest_time: it.newest.time,
        oldest: PointId::new(&it.oldest.id),
        oldest_time: it.oldest.time,
        points: u32::try_from(it.points).unwrap_or(u32::MAX),
        kind: kind(&it.node),
        size: it.node.size,
        modified: it.node.mtime,
        same_content: it.same_content,
    }
}
