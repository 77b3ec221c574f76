use super::*;
use crate::config::{Approval, Repository, Tls};
use ocdeck_domain::{policy::ApprovalPolicy, restore::OverwritePolicy};

fn config() -> Config {
    let tenant = |id: &str, targets: &[&str]| Tenant {
        id: id.into(),
        parties: Vec::new(),
        managed: true,
        approval: Approval::Both,
        restore_targets: targets.iter().map(PathBuf::from).collect(),
        restore_devices: false,
    };
    let system = |id: &str, tenant: &str| System {
        id: id.into(),
        tenant: tenant.into(),
        name: id.into(),
        aliases: Vec::new(),
        platform: "vm".into(),
        root: Path::new("/srv-of-test").join(id),
        mountpoint: false,
        read_only: id == "photos",
        folders: vec![Path::new("/srv-of-test").join(id)],
    };
    Config {
        file: "/etc-of-test/appliance.toml".into(),
        id: "dc1".into(),
        listen: "127.0.0.1:0".into(),
        state_dir: "/var-of-test/state".into(),
        restore_limit: None,
        limits: ApprovalPolicy {
            replace_bytes: 0,
            original_files: 1,
        },
        staging: "/var-of-test/staging".into(),
        tls: Tls {
            cert: "/etc-of-test/a.crt".into(),
            key: "/etc-of-test/a.key".into(),
            ca: "/etc-of-test/ca.crt".into(),
            crl: None,
        },
        tenants: vec![
            tenant("acme", &["/restored", "/var-of-test"]),
            tenant("bolt", &[]),
        ],
        repositories: vec![Repository {
            id: "main".into(),
            tenant: None,
            role: "primary".into(),
            path: "/restored/deep/repo".into(),
            password_file: "/etc-of-test/password".into(),
            limit: None,
        }],
        quotas: Vec::new(),
        systems: vec![
            system("erp01", "acme"),
            system("web01", "acme"),
            system("photos", "acme"),
            system("mail", "bolt"),
        ],
        jobs: Vec::new(),
        foreign: Vec::new(),
    }
}

fn place(target: Target) -> Result<(String, String), Refusal> {
    let order = Order {
        system: "erp01".into(),
        point: "p".into(),
        paths: Vec::new(),
        target,
        policy: OverwritePolicy::KeepBoth,
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    allowed(&config(), &order, "R-0118").map(|it| (text(&it.place.base), text(&it.place.below)))
}

fn path(path: &str) -> Result<(String, String), Refusal> {
    place(Target::OtherPath(path.as_bytes().to_vec()))
}

fn at(base: &str, below: &str) -> Result<(String, String), Refusal> {
    Ok((base.into(), below.into()))
}

#[test]
fn the_allowed_places_are_allowed() {
    assert_eq!(place(Target::Original), at("/srv-of-test/erp01", ""));
    assert_eq!(
        place(Target::OtherSystem("web01".into())),
        at("/srv-of-test/web01", "")
    );
    assert_eq!(
        place(Target::Staging("R-0118".into())),
        at("/var-of-test/staging", "R-0118")
    );
    assert_eq!(
        path("/srv-of-test/web01/in/x/"),
        at("/srv-of-test/web01", "in/x")
    );
    assert_eq!(path("/restored/monday"), at("/restored", "monday"));
    assert_eq!(
        path("/var-of-test/staging/R-0118/in"),
        at("/var-of-test/staging", "R-0118/in")
    );
}

#[test]
fn everything_else_is_refused_and_the_allowed_folders_are_named() {
    for wrong in [
        "/etc/cron.d",
        "/",
        "/srv-of-test/mail",
        "/restoredness",
        "/srv-of-test",
    ] {
        let error = path(wrong).unwrap_err();
        let Refusal::PermissionDenied(text) = error else {
            panic!("{wrong}: {error}");
        };
        for folder in [
            "/srv-of-test/erp01",
            "/srv-of-test/web01",
            "/restored",
            "staging/R-0118",
        ] {
            assert!(text.contains(folder), "{wrong}: {text}");
        }
    }
    let other = place(Target::OtherSystem("mail".into()));
    assert!(
        matches!(other, Err(Refusal::PermissionDenied(_))),
        "{other:?}"
    );
}

#[test]
fn state_keys_and_repositories_are_refused_from_within_and_from_around() {
    for wrong in [
        "/var-of-test/state",
        "/var-of-test/state/plans",
        "/var-of-test",
        "/restored/deep/repo/data",
        "/restored/deep",
        "/restored",
    ] {
        let place = path(wrong);
        assert!(
            matches!(place, Err(Refusal::PermissionDenied(_))),
            "{wrong}: {place:?}"
        );
    }
}

#[test]
fn crooked_paths_and_foreign_staging_folders_are_refused() {
    for wrong in ["srv", "/srv-of-test/erp01/../../etc", "/restored/./x", ""] {
        let place = path(wrong);
        assert!(
            matches!(place, Err(Refusal::InvalidArgument { .. })),
            "{wrong}: {place:?}"
        );
    }
    let foreign = place(Target::Staging("R-0001".into()));
    assert!(
        matches!(foreign, Err(Refusal::InvalidArgument { .. })),
        "{foreign:?}"
    );
    let beside = path("/var-of-test/staging2");
    assert!(beside.is_ok(), "below a restore target: {beside:?}");
}

#[test]
fn what_is_only_read_is_written_by_no_name() {
    let order = |target: Target| Order {
        system: "photos".into(),
        point: "p".into(),
        paths: Vec::new(),
        target,
        policy: OverwritePolicy::KeepBoth,
    };
    let root = "/srv-of-test/photos";
    for target in [
        Target::Original,
        Target::OtherPath(root.into()),
        Target::OtherPath(format!("{root}/album").into_bytes()),
    ] {
        let refused = allowed(&config(), &order(target.clone()), "R-0118");
        assert!(
            matches!(refused, Err(Refusal::PermissionDenied(_))),
            "{target:?}: {refused:?}"
        );
    }
    let onto_it = place(Target::OtherSystem("photos".into())).unwrap_err();
    let text = onto_it.to_string();
    assert!(
        text.contains("photos is only read here") && text.contains("restore to staging"),
        "{text}"
    );
    let staging = order(Target::Staging("R-0118".into()));
    assert!(allowed(&config(), &staging, "R-0118").is_ok());
}

/// A restore target with a link into the folder reaches it by another name.
#[test]
fn what_is_only_read_is_not_reached_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (photos, targets) = (folder.path().join("photos"), folder.path().join("targets"));
    std::fs::create_dir_all(photos.join("album")).unwrap();
    std::fs::create_dir(&targets).unwrap();
    std::os::unix::fs::symlink(&photos, targets.join("link")).unwrap();
    let mut config = config();
    for system in &mut config.systems {
        if system.read_only {
            system.root = photos.clone();
        }
    }
    config.tenants[0].restore_targets = vec![targets.join("link")];
    let order = Order {
        system: "erp01".into(),
        point: "p".into(),
        paths: Vec::new(),
        target: Target::OtherPath(
            targets
                .join("link/album/new")
                .into_os_string()
                .into_encoded_bytes(),
        ),
        policy: OverwritePolicy::KeepBoth,
    };
    let refused = allowed(&config, &order, "R-0118");
    assert!(
        matches!(refused, Err(Refusal::PermissionDenied(_))),
        "{refused:?}"
    );
}
