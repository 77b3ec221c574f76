//! Certificates that are wrong, over real TLS with the built program: the words on Fleet (the
//! link's trouble), in `status` and in `doctor`, and what is done about them while it runs.

use crate::support::{Home, both, ocdeck, trial, wait_for};
use libtest_mimic::Trial;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, SanType, date_time_ymd};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "certificates::each_wrong_one_of_a_person_is_told_with_what_to_do",
            wrong_ones_of_a_person,
        ),
        trial(
            "certificates::each_wrong_one_of_an_appliance_is_told_with_what_to_do",
            wrong_ones_of_an_appliance,
        ),
        trial(
            "certificates::those_of_another_time_or_of_nobody_are_told",
            of_another_time_or_of_nobody,
        ),
        trial(
            "certificates::who_is_revoked_is_out_and_says_so",
            who_is_revoked_is_out,
        ),
        trial(
            "certificates::a_renewed_one_is_taken_up_without_a_restart",
            renewed_without_restart,
        ),
        trial(
            "certificates::a_role_that_may_not_is_refused_by_role_and_call",
            a_role_that_may_not,
        ),
    ]
}

/// One appliance and its authority; `mara` is a technician.
struct World {
    home: Home,
    serving: Option<Child>,
    address: String,
}

impl World {
    fn new() -> Self {
        let home = Home::new();
        fs::create_dir(home.path().join("data")).unwrap();
        fs::write(home.path().join("data/one"), "one").unwrap();
        let world = Self {
            home,
            serving: None,
            address: String::new(),
        };
        for line in [
            "pki init pki",
            "pki issue person mara --role technician",
            "appliance init box1 --protect data --pki pki --person mara --listen 127.0.0.1:0",
        ] {
            world.said(line);
        }
        world
    }

    /// Runs a command that must succeed.
    fn said(&self, line: &str) -> String {
        let output = self.home.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", both(&output));
        both(&output)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.home.path().join(name)
    }

    /// Serves; the fleet's file gets the address.
    fn serve(&mut self) {
        let mut child = self.agent();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("listening on ");
        let log = || fs::read_to_string(self.path("log"));
        address.unwrap_or_else(|| panic!("{line:?}: {:?}", log()));
        self.address = address.unwrap().to_owned();
        self.serving = Some(child);
        let fleet = fs::read_to_string(self.path("box1/fleet.toml")).unwrap();
        let fleet = fleet.replace("127.0.0.1:0", &self.address);
        fs::write(self.path("fleet.toml"), fleet).unwrap();
    }

    fn agent(&self) -> Child {
        Command::new(ocdeck())
            .args(["appliance", "serve", "--stop-on-stdin-eof", "--config"])
            .arg(self.path("box1/appliance.toml"))
            .env_clear()
            .envs(self.home.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(self.path("log")).unwrap())
            .spawn()
            .unwrap()
    }

    /// A fleet file of somebody else's certificate or CA; its name.
    fn fleet_of(&self, name: &str, cert: &str, key: &str, ca: &str) -> String {
        let fleet = fs::read_to_string(self.path("fleet.toml")).unwrap();
        let pki = fs::canonicalize(self.path("pki")).unwrap();
        let put = |text: String, file: &str, with: &str| {
            let with = self.path(with);
            text.replace(
                &pki.join(file).display().to_string(),
                &with.display().to_string(),
            )
        };
        let fleet = put(fleet, "mara.pem", cert);
        let fleet = put(fleet, "mara.key", key);
        let fleet = put(fleet, "ca.pem", ca);
        fs::write(self.path(name), fleet).unwrap();
        name.to_owned()
    }

    fn status(&self, fleet: &str) -> Output {
        self.home.run(&["status", "--fleet", fleet])
    }

    fn doctor(&self, fleet: &str) -> Output {
        self.home.run(&["doctor", "--fleet", fleet])
    }

    /// `status` and `doctor` both say this, and exit as they should.
    fn both_say(&self, fleet: &str, words: &[&str]) {
        let (status, doctor) = (self.status(fleet), self.doctor(fleet));
        assert!(
            [2, 3].contains(&status.status.code().unwrap()),
            "{}",
            both(&status)
        );
        assert_eq!(doctor.status.code(), Some(2), "{}", both(&doctor));
        for output in [&status, &doctor] {
            for word in words {
                assert!(both(output).contains(word), "{word:?}: {}", both(output));
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.serving.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The appliance is live; the exit code also tells of alerts, such as of a full disk.
fn is_live(status: &Output) -> bool {
    both(status).contains("1 live, 0 not")
}

fn wrong_ones_of_a_person() {
    let mut world = World::new();
    world.serve();
    let fine = world.status("fleet.toml");
    assert!(is_live(&fine), "{}", both(&fine));

    // Of another CA.
    world.said("pki init other");
    world.said("pki issue person mallory --role engineer --dir other");
    let fleet = world.fleet_of("f1", "other/mallory.pem", "other/mallory.key", "pki/ca.pem");
    world.both_say(
        &fleet,
        &[
            "mallory.pem was not issued by the CA in",
            "ca.pem",
            "ocdeck pki issue person mallory",
        ],
    );
    // The CA that we trust is another than the appliance's.
    let fleet = world.fleet_of(
        "f2",
        "other/mallory.pem",
        "other/mallory.key",
        "other/ca.pem",
    );
    world.both_say(
        &fleet,
        &["the certificate of box1 was issued by another CA than the one trusted here"],
    );
    // A key of somebody else.
    world.said("pki issue person omar --role viewer");
    let fleet = world.fleet_of("f3", "pki/mara.pem", "pki/omar.key", "pki/ca.pem");
    world.both_say(&fleet, &["omar.key is not the key of", "mara.pem"]);
    // An appliance's certificate in the hands of a person.
    let fleet = world.fleet_of("f4", "pki/box1.pem", "pki/box1.key", "pki/ca.pem");
    world.both_say(
        &fleet,
        &[
            "box1.pem is not a person's certificate (it lacks the purpose clientAuth)",
            "ocdeck pki issue person NAME",
        ],
    );
    // No certificate at all.
    let fleet = world.fleet_of("f5", "pki/nobody.pem", "pki/omar.key", "pki/ca.pem");
    world.both_say(&fleet, &["cannot read", "nobody.pem"]);
    // A key that others can read works, and is told.
    fs::set_permissions(
        world.path("pki/mara.key"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let status = world.status("fleet.toml");
    assert!(is_live(&status), "{}", both(&status));
    let doctor = world.doctor("fleet.toml");
    assert_eq!(doctor.status.code(), Some(1), "{}", both(&doctor));
    for output in [&status, &doctor] {
        let said = both(output);
        assert!(
            said.contains("mara.key can be read by others (mode 0644)"),
            "{said}"
        );
        assert!(said.contains("chmod 600 "), "{said}");
    }
}

fn wrong_ones_of_an_appliance() {
    let mut world = World::new();
    let config = world.path("box1/appliance.toml");
    let sound = fs::read_to_string(&config).unwrap();
    let refuses = |world: &World, words: &[&str]| {
        let mut child = world.agent();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(2));
        let log = fs::read_to_string(world.path("log")).unwrap();
        let doctor = world
            .home
            .run(&["doctor", "--appliance", "box1/appliance.toml"]);
        assert_eq!(doctor.status.code(), Some(2), "{}", both(&doctor));
        for word in words {
            assert!(log.contains(word), "{word:?}: {log}");
            assert!(both(&doctor).contains(word), "{word:?}: {}", both(&doctor));
        }
    };
    // A person's certificate cannot serve.
    fs::write(
        &config,
        sound
            .replace("box1.pem", "mara.pem")
            .replace("box1.key", "mara.key"),
    )
    .unwrap();
    refuses(
        &world,
        &["mara.pem is not an appliance's certificate (it lacks the purpose serverAuth)"],
    );
    // Another appliance's.
    world.said("pki issue appliance box2");
    let other = sound
        .replace("box1.pem", "box2.pem")
        .replace("box1.key", "box2.key");
    fs::write(&config, other).unwrap();
    refuses(
        &world,
        &["id = \"box1\"", "ocdeck pki issue appliance box1"],
    );
    // Somebody else's revocation list.
    world.said("pki init other");
    let foreign = world.path("other/crl.pem").display().to_string();
    let pki = fs::canonicalize(world.path("pki")).unwrap();
    let ours = pki.join("crl.pem").display().to_string();
    fs::write(&config, sound.replace(&ours, &foreign)).unwrap();
    refuses(&world, &["crl.pem was not signed by the CA in"]);

    // What answers at the address is another appliance.
    fs::write(&config, &sound).unwrap();
    world.serve();
    let fleet = fs::read_to_string(world.path("fleet.toml")).unwrap();
    fs::write(
        world.path("f1"),
        fleet.replace("id = \"box1\"", "id = \"box9\""),
    )
    .unwrap();
    world.both_say(
        "f1",
        &[
            "another appliance than box9 answers at this address",
            "correct id or address",
        ],
    );
    let doctor = world
        .home
        .run(&["doctor", "--appliance", "box1/appliance.toml"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", both(&doctor));
}

/// A certificate of the authority from the beginning of one year to that of another; made
/// with the key `name`.key if there is one.
fn forge(world: &World, name: &str, names: &[SanType], years: (i32, i32)) {
    let pki = world.path("pki");
    let read = |file: &str| fs::read_to_string(pki.join(file));
    let authority = KeyPair::from_pem(&read("ca.key").unwrap()).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&read("ca.pem").unwrap(), authority).unwrap();
    let key = match read(&format!("{name}.key")) {
        Ok(key) => KeyPair::from_pem(&key).unwrap(),
        Err(_) => KeyPair::generate().unwrap(),
    };
    let mut params = CertificateParams::default();
    params.subject_alt_names = names.to_vec();
    params.extended_key_usages = vec![
        match names.iter().any(|it| matches!(it, SanType::DnsName(_))) {
            true => ExtendedKeyUsagePurpose::ServerAuth,
            false => ExtendedKeyUsagePurpose::ClientAuth,
        },
    ];
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let cert = params.signed_by(&key, &issuer).unwrap();
    fs::write(pki.join(format!("{name}.pem")), cert.pem()).unwrap();
    let path = pki.join(format!("{name}.key"));
    fs::write(&path, key.serialize_pem()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

fn of_another_time_or_of_nobody() {
    let mut world = World::new();
    world.serve();
    let viewer = |name: &str| {
        vec![
            uri(&format!("ocdeck:person:{name}")),
            uri("ocdeck:role:viewer"),
        ]
    };
    let person = |world: &World, name: &str| {
        let (cert, key) = (format!("pki/{name}.pem"), format!("pki/{name}.key"));
        world.fleet_of(&format!("{name}.toml"), &cert, &key, "pki/ca.pem")
    };
    forge(&world, "old", &viewer("old"), (2020, 2021));
    world.both_say(
        &person(&world, "old"),
        &[
            "old.pem expired on 2021-01-01 00:00 UTC",
            "ocdeck pki renew old --dir ",
        ],
    );
    forge(&world, "new", &viewer("new"), (2090, 2091));
    world.both_say(
        &person(&world, "new"),
        &[
            "new.pem is valid only from 2090-01-01 00:00 UTC",
            "timedatectl set-ntp true",
        ],
    );
    forge(
        &world,
        "norole",
        &[uri("ocdeck:person:norole")],
        (2020, 2090),
    );
    world.both_say(
        &person(&world, "norole"),
        &[
            "norole.pem is refused: it names the person norole without a role",
            "ocdeck pki issue person NAME",
        ],
    );
    // What the remedy says is what mends it.
    world.said("pki renew old");
    let status = world.status("old.toml");
    assert!(is_live(&status), "{}", both(&status));

    // The appliance's own runs out while it serves: backups go on, consoles say why.
    let box1 = [
        uri("ocdeck:appliance:box1"),
        SanType::DnsName("box1.appliance.ocdeck.internal".try_into().unwrap()),
    ];
    forge(&world, "box1", &box1, (2020, 2021));
    wait_for("the expired certificate to be shown", || {
        both(&world.status("fleet.toml"))
            .contains("the certificate of box1 has expired; renew it where")
            .then_some(())
    });
    let words = [
        "the certificate of box1 has expired",
        "ocdeck pki renew box1",
    ];
    world.both_say("fleet.toml", &words);
    let doctor = world
        .home
        .run(&["doctor", "--appliance", "box1/appliance.toml"]);
    assert_eq!(doctor.status.code(), Some(2), "{}", both(&doctor));
    assert!(
        both(&doctor).contains("box1.pem expired on 2021-01-01"),
        "{}",
        both(&doctor)
    );
    forge(&world, "box1", &box1, (2090, 2091));
    wait_for("the early certificate to be shown", || {
        both(&world.status("fleet.toml"))
            .contains("the certificate of box1 is not valid yet")
            .then_some(())
    });
    world.said("pki renew box1");
    wait_for("the renewed certificate to be shown", || {
        is_live(&world.status("fleet.toml")).then_some(())
    });
    // One that starts with an expired certificate serves as well, and its log says so.
    forge(&world, "box1", &box1, (2020, 2021));
    world.serving.take().unwrap().kill().unwrap();
    world.serve();
    let log = fs::read_to_string(world.path("log")).unwrap();
    assert!(
        log.contains("no console will connect until this is mended"),
        "{log}"
    );
}

/// Fleet shows the words of the link; the console is the built program in a real terminal.
fn who_is_revoked_is_out() {
    let mut world = World::new();
    world.said("pki issue person omar --role viewer");
    world.serve();
    let omar = world.fleet_of("omar.toml", "pki/omar.pem", "pki/omar.key", "pki/ca.pem");
    let mut term =
        crate::support::pty::Term::ocdeck(&world.home, &["--fleet", "fleet.toml"], 200, 50);
    term.wait("● 1 up");
    let text = world.said("pki revoke mara");
    assert!(text.contains("mara is revoked"), "{text}");
    // The open stream ends, and the next dial says why.
    term.wait("it is revoked");
    term.press(&["q"]);
    term.exit();
    world.both_say(
        "fleet.toml",
        &[
            "box1 refuses our certificate: it is revoked",
            "ocdeck pki issue person NAME --role ROLE",
        ],
    );
    let status = world.status(&omar);
    assert!(is_live(&status), "{}", both(&status));
    let list = world.said("pki list");
    let line = list.lines().find(|line| line.starts_with("mara")).unwrap();
    assert!(
        line.contains("technician") && line.contains("revoked "),
        "{list}"
    );
    let log = fs::read_to_string(world.path("log")).unwrap();
    assert!(log.contains("its certificate was revoked"), "{log}");
}

fn renewed_without_restart() {
    let mut world = World::new();
    world.serve();
    let serial = |world: &World| {
        let list = world.said("pki list");
        let line = list.lines().find(|line| line.starts_with("box1")).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    let shown = |world: &World| shown_serial(&world.address, world.home.path());
    let before = serial(&world);
    assert_eq!(shown(&world), before);
    let text = world.said("pki renew box1");
    assert!(text.contains("without a restart"), "{text}");
    // Files sort by name: the renewed one stands before the one that it replaces.
    wait_for("the new certificate to be shown", || {
        (shown(&world) != before).then_some(())
    });
    let status = world.status("fleet.toml");
    assert!(is_live(&status), "{}", both(&status));
    // Half a renewal, a certificate of another key, changes nothing.
    world.said("pki issue appliance box2");
    let renewed = shown(&world);
    fs::copy(world.path("pki/box2.pem"), world.path("pki/box1.pem")).unwrap();
    wait_for("the log to tell", || {
        let log = fs::read_to_string(world.path("log")).unwrap();
        log.contains("the certificates read before are kept")
            .then_some(())
    });
    assert_eq!(shown(&world), renewed);
}

/// The number of the certificate that is shown at an address.
fn shown_serial(address: &str, home: &Path) -> String {
    ocdeck_trust::install_provider();
    let pki = home.join("pki");
    let (cert, key) = (pki.join("mara.pem"), pki.join("mara.key"));
    let config = ocdeck_trust::load_client(&cert, &key, &pki.join("ca.pem"), 1).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let name = ocdeck_trust::server_name(&"box1".into()).unwrap();
        let stream = tokio_rustls::TlsConnector::from(config)
            .connect(name, stream)
            .await
            .unwrap();
        let chain = stream.get_ref().1.peer_certificates().unwrap();
        ocdeck_trust::Peer::from_der(&chain[0]).unwrap().serial
    })
}

/// A viewer looks, and starts nothing: the console says the role and the call.
fn a_role_that_may_not() {
    use ocdeck::{
        config::fleet,
        fleet::start,
        state::{
            effect::{Call, Intent, Ticket},
            msg::{CallErrorKind, LinkNews, Msg, Reply},
        },
    };
    ocdeck_trust::install_provider();
    let mut world = World::new();
    world.said("pki issue person vic --role viewer");
    world.serve();
    let vic = world.fleet_of("vic.toml", "pki/vic.pem", "pki/vic.key", "pki/ca.pem");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (inbox, mut news) = tokio::sync::mpsc::channel(64);
    let file = fleet::load(&world.path(&vic)).unwrap();
    let _inside = runtime.enter();
    let fleet = start(file.links, &file.me, inbox).unwrap();
    let error = runtime.block_on(async {
        loop {
            let msg = tokio::time::timeout(crate::support::DEADLINE, news.recv());
            match msg.await.expect("an answer in time").unwrap() {
                Msg::Fleet(batch) => {
                    let live = |news: &LinkNews| matches!(news, LinkNews::Live { .. });
                    if batch.iter().any(|msg| live(&msg.news)) {
                        let call = Call::StartJob("data-files".into(), Intent::default());
                        fleet.call(Ticket(1), &"box1".into(), call);
                    }
                }
                Msg::Reply(_, Reply::Job(answer)) => return answer.unwrap_err(),
                _ => {}
            }
        }
    });
    assert_eq!(error.kind, CallErrorKind::Refused);
    assert_eq!(error.code, "ROLE");
    assert_eq!(
        error.text,
        "the role viewer may not call StartJob; these may: technician, duty_manager, engineer, reseller"
    );
}
