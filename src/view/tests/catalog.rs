//! What an appliance of the fixture answers: points, folders, plans.

use super::fixture::at;
use ocdeck_domain::{facts::*, restore::OverwritePolicy};

pub(super) fn points() -> Vec<RestorePoint> {
    let rows = [
        ("p9", "21T07:00", "incremental", "local", true, false),
        ("p8", "21T04:00", "incremental", "local", true, false),
        ("p7", "21T01:00", "incremental", "local", true, false),
        ("p6", "20T04:00", "incremental", "local", false, false),
        ("p5", "18T04:00", "incremental", "local", true, true),
        ("p4", "17T04:00", "incremental", "local", true, false),
        ("p3", "15T07:50", "full", "local", true, false),
        ("p2", "14T09:20", "full", "offsite", true, false),
    ];
    rows.map(|(id, time, kind, copy, verified, shrunk)| RestorePoint {
        id: id.into(),
        system: "erp01".into(),
        repository: "stl-repo-02".into(),
        time: at(&format!("2026-11-{time}:00Z")),
        kind: kind.into(),
        copy: copy.into(),
        files: if shrunk { 212 } else { 19_046 },
        bytes: 88_700_000_000,
        added: 912_000_000,
        verified: verified.then(|| at("2026-11-21T06:00:00Z")),
        shrunk,
        seeded: id == "p3",
        folders: vec![b"/srv/erp".to_vec(), b"/etc/erp".to_vec()],
        host: "erp01".to_owned(),
        tags: Vec::new(),
    })
    .to_vec()
}

/// Points of a repository that restic made, of two hosts, beside those of the job.
pub(super) fn foreign_points() -> Vec<RestorePoint> {
    let mut points = points();
    for (point, (host, tags)) in points.iter_mut().skip(1).zip([
        ("erp01.old.acme.example", &["weekly", "before-update"][..]),
        ("erp01.old.acme.example", &["daily"]),
        ("erp-standby", &[]),
        ("erp01", &["weekly"]),
        ("erp01.old.acme.example", &["daily"]),
    ]) {
        point.host = host.to_owned();
        point.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        (point.files, point.bytes, point.added) = (0, 0, 0);
        (point.verified, point.shrunk) = (None, false);
        point.kind = "full".to_owned();
    }
    points
}

pub(super) fn entries(folder: &[u8]) -> Vec<Entry> {
    let entry = |name: &[u8], kind, size| Entry {
        name: name.to_vec(),
        kind,
        size,
        modified: Some(at("2026-11-21T03:58:00Z")),
        link_target: if kind == EntryKind::Symlink {
            b"data/ledger".to_vec()
        } else {
            Vec::new()
        },
    };
    match folder {
        b"/" => vec![entry(b"srv", EntryKind::Folder, 0)],
        b"/srv" => vec![entry(b"erp", EntryKind::Folder, 0)],
        _ => vec![
            entry(b"conf", EntryKind::Folder, 0),
            entry(b"data", EntryKind::Folder, 0),
            entry(b"index", EntryKind::Folder, 0),
            entry(b"log", EntryKind::Folder, 0),
            entry(
                b"changes-2026-11-20-before-the-update-of-the-ledger.txt",
                EntryKind::File,
                18_200,
            ),
            entry(b"current", EntryKind::Symlink, 0),
            entry(b"erp.lock", EntryKind::File, 12),
            entry(b"licence.key", EntryKind::File, 2_000),
            entry(
                "Übersicht\u{202e}fdp.exe".as_bytes(),
                EntryKind::File,
                4_400,
            ),
            entry(b"not-utf8-\xff\xfe", EntryKind::File, 1_100),
            entry(b"users.db", EntryKind::File, 96_400_000),
        ],
    }
}

/// Names of which "led" is a part, in points of these numbers.
pub(super) fn hits(points_of: &[(&str, u64)]) -> Vec<Hit> {
    let all = points();
    points_of
        .iter()
        .map(|(path, number)| {
            let point = all.iter().find(|it| it.id.as_str() == format!("p{number}"));
            let point = point.unwrap();
            let folder = path.ends_with('/');
            Hit {
                point: point.id.clone(),
                time: point.time,
                path: path.trim_end_matches('/').as_bytes().to_vec(),
                kind: if folder {
                    EntryKind::Folder
                } else {
                    EntryKind::File
                },
                size: if folder { 0 } else { 18_200 * number },
                modified: Some(point.time),
            }
        })
        .collect()
}

pub(super) fn versions() -> Vec<Version> {
    let version = |newest: &str, oldest: &str, points, size, same_content| {
        let time = |id: &str| {
            let all = super::catalog::points();
            all.into_iter()
                .find(|it| it.id.as_str() == id)
                .unwrap()
                .time
        };
        Version {
            newest: newest.into(),
            newest_time: time(newest),
            oldest: oldest.into(),
            oldest_time: time(oldest),
            points,
            kind: EntryKind::File,
            size,
            modified: Some(time(oldest)),
            same_content,
        }
    };
    vec![
        version("p9", "p9", 1, 12, Some(false)),
        version("p8", "p6", 3, 96_400_000, Some(true)),
        version("p5", "p4", 2, 96_400_000, Some(false)),
        version("p3", "p3", 1, 91_200_000, None),
    ]
}

pub(super) fn plan(stands: bool) -> Plan {
    let amount = |files, bytes| Amount { files, bytes };
    let all = amount(12_472, 64_900_000_000);
    if !stands {
        return Plan {
            digest: vec![7; 32],
            new: all,
            written: all,
            new_folders: 212,
            outlooks: OverwritePolicy::ALL
                .map(|policy| Outlook {
                    policy,
                    created: all,
                    replaced: Amount::default(),
                    left: Amount::default(),
                })
                .to_vec(),
            free_bytes: 412_000_000_000,
            first_paths: vec![
                b"/srv/erp/data/ledger/2026/11/batch-0001.dat".to_vec(),
                b"/srv/erp/data/ledger/2026/11/batch-0002.dat".to_vec(),
            ],
            expected_rate: 118_000_000,
            ..Plan::default()
        };
    }
    let (new, changed, same, conflict) = (
        amount(212, 400_000_000),
        amount(3_418, 21_600_000_000),
        amount(8_833, 42_900_000_000),
        amount(9, 41_200_000),
    );
    let outlook = |policy, created, replaced, left| Outlook {
        policy,
        created: amount(created, 0),
        replaced: amount(replaced, 0),
        left: amount(left, 0),
    };
    let entry = |path: &str, finding, action, there: &str, reason: &str| PlanEntry {
        path: path.as_bytes().to_vec(),
        finding,
        action,
        size: 40_900,
        modified: Some(at("2026-11-21T03:58:00Z")),
        there_size: (!there.is_empty()).then_some(41_200),
        there_modified: (!there.is_empty()).then(|| at(&format!("2026-11-21T{there}:00Z"))),
        reason: reason.into(),
    };
    use Finding::{Changed, Conflict, New};
    use PlanAction::{Create, Replace};
    Plan {
        digest: vec![7; 32],
        new,
        changed,
        same,
        conflict,
        written: all,
        replaced: amount(12_260, 64_500_000_000),
        outlooks: vec![
            outlook(OverwritePolicy::KeepExisting, 212, 0, 12_260),
            outlook(OverwritePolicy::KeepBoth, 3_639, 0, 12_260),
            outlook(OverwritePolicy::ReplaceIfNewer, 212, 41, 12_219),
            outlook(OverwritePolicy::ReplaceChanged, 212, 3_427, 8_833),
            outlook(OverwritePolicy::ReplaceAll, 212, 12_260, 0),
        ],
        free_bytes: 412_000_000_000,
        first_paths: vec![b"/srv/erp/data/ledger/2026/11/batch-0388.dat".to_vec()],
        warnings: vec!["9 files there are open by other programs".into()],
        beyond_limit: vec!["it replaces 12 260 files of a system that is there".into()],
        expected_rate: 118_000_000,
        entries: vec![
            entry(
                "/srv/erp/data/ledger/2026/11/batch-0412.dat",
                Conflict,
                Replace,
                "08:03",
                "newer than the point's",
            ),
            entry(
                "/srv/erp/data/ledger/2026/11/pending/very/deep/0007.dat",
                Conflict,
                Replace,
                "07:12",
                "newer than the point's",
            ),
            entry(
                "/srv/erp/data/queue/outbox.db",
                Changed,
                Replace,
                "03:59",
                "",
            ),
            entry(
                "/srv/erp/data/ledger/2026/11/batch-0388.dat",
                Changed,
                Replace,
                "03:51",
                "",
            ),
            entry("/srv/erp/data/index/seg_0001", New, Create, "", ""),
        ],
        ..Plan::default()
    }
}
