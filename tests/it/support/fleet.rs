//! A real fleet of one appliance, made with the program's own commands, as a person would.

use super::{Home, both, ocdeck, wait_for};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

/// The appliance.
pub const APPLIANCE: &str = "acme-stl-01";

/// An appliance that protects `erp01` of acme, and a console's files for it.
pub struct Fleet {
    pub home: Home,
    appliance: Option<Child>,
}

impl Fleet {
    /// Data, certificates, configuration; the appliance serves on a port of its own.
    pub fn start() -> Self {
        let home = Home::new();
        let data = home.path().join("erp01");
        for n in 0..40 {
            let file = data.join(format!("data/{}/seg_{n:04}", n % 4));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, format!("ledger {n}\n").repeat(200 + n)).unwrap();
        }
        fs::write(data.join("erp.conf"), "port = 8069\n").unwrap();
        let said = |arguments: &[&str]| {
            let output = home.run(arguments);
            assert!(output.status.success(), "{arguments:?}: {}", both(&output));
        };
        said(&["pki", "init"]);
        said(&["pki", "issue", "person", "mara", "--role", "technician"]);
        said(&[
            "appliance",
            "init",
            APPLIANCE,
            "--protect",
            "erp01",
            "--pki",
            "pki",
            "--person",
            "mara",
            "--tenant",
            "acme",
            "--listen",
            "127.0.0.1:0",
        ]);
        let config = home.path().join(APPLIANCE).join("appliance.toml");
        let text = fs::read_to_string(&config).unwrap();
        // Runs come when a test asks for them.
        fs::write(&config, text.replace("every = \"1h\"\n", "")).unwrap();
        let mut fleet = Self {
            home,
            appliance: None,
        };
        fleet.serve();
        fleet
    }

    /// The folder that is protected.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("erp01")
    }

    /// The console's file.
    pub fn file(&self) -> PathBuf {
        self.home.path().join("console.toml")
    }

    /// A file of another person's console, who gets a certificate of this role.
    pub fn file_of(&self, person: &str, role: &str) -> PathBuf {
        let pki = self.home.path().join("pki");
        if !pki.join(format!("{person}.pem")).exists() {
            let output = self
                .home
                .run(&["pki", "issue", "person", person, "--role", role]);
            assert!(output.status.success(), "{}", both(&output));
        }
        let mut text = fs::read_to_string(self.file()).unwrap();
        for end in ["pem", "key"] {
            text = text.replace(&format!("/mara.{end}"), &format!("/{person}.{end}"));
        }
        let file = self.home.path().join(format!("console-{person}.toml"));
        fs::write(&file, text).unwrap();
        file
    }

    /// The folder with everything of the appliance.
    pub fn folder(&self) -> PathBuf {
        self.home.path().join(APPLIANCE)
    }

    /// Starts the appliance (again), and writes its address into the console's file.
    pub fn serve(&mut self) {
        self.serve_with(&[], &[]);
    }

    /// As [`Fleet::serve`], by another program that runs it, and with more variables.
    pub fn serve_with(&mut self, by: &[&str], environment: &[(&str, &str)]) {
        if let Err(said) = self.try_serve(by, environment) {
            panic!("the appliance said {said:?}")
        }
    }

    /// As [`Fleet::serve_with`], of one that may die before it listens: what it said then.
    pub fn try_serve(&mut self, by: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
        let (child, address) = begin(&self.home, APPLIANCE, by, environment);
        self.appliance = Some(child);
        let fleet = fs::read_to_string(self.folder().join("fleet.toml")).unwrap();
        fs::write(self.file(), fleet.replace("127.0.0.1:0", &address?)).unwrap();
        Ok(())
    }

    /// The process of the appliance.
    pub fn pid(&self) -> u32 {
        self.appliance.as_ref().unwrap().id()
    }

    /// Waits until the appliance has died; how.
    pub fn death(&mut self) -> ExitStatus {
        let mut child = self.appliance.take().unwrap();
        wait_for("the death of the appliance", || child.try_wait().unwrap())
    }

    /// `kill -9` of the appliance; its workers end with it.
    pub fn kill(&mut self) {
        let mut child = self.appliance.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// What `ocdeck status --json` says.
    pub fn status(&self) -> serde_json::Value {
        let file = self.file();
        let output = self
            .home
            .run(&["status", "--json", "--fleet", file.to_str().unwrap()]);
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", both(&output)))
    }

    /// Waits until the job has ended this well so often.
    pub fn wait_for_job(&self, result: &str) {
        wait_for(&format!("a job with result {result}"), || {
            let status = self.status();
            let job = &status["appliances"][0]["jobs"][0];
            (job["last_result"] == result && job["state"] == "idle").then_some(())
        });
    }

    /// SHA-256 of every file that is protected, by its path.
    pub fn hashes(&self) -> BTreeMap<PathBuf, [u8; 32]> {
        let mut hashes = BTreeMap::new();
        collect(&self.data(), &mut hashes);
        hashes
    }

    /// Deletes everything below the protected folder, as a new disk would.
    pub fn lose(&self) {
        for entry in fs::read_dir(self.data()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
        }
    }
}

/// Starts the appliance of this folder of a home; returns it with its address when it listens.
pub fn serve(home: &Home, appliance: &str) -> (Child, String) {
    let (child, address) = begin(home, appliance, &[], &[]);
    (child, address.unwrap())
}

/// Starts it, and waits for its address; an error is what it said and logged instead.
fn begin(
    home: &Home,
    appliance: &str,
    by: &[&str],
    environment: &[(&str, &str)],
) -> (Child, Result<String, String>) {
    let log = home.path().join("appliance.log");
    let words = [by, &[ocdeck()]].concat();
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .args(["appliance", "serve", "--stop-on-stdin-eof", "--config"])
        .arg(home.path().join(appliance).join("appliance.toml"))
        .env_clear()
        .envs(home.environment())
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = child.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let address = match line.trim().strip_prefix("listening on ") {
        Some(address) => Ok(address.to_owned()),
        None => Err(format!("{line}{}", fs::read_to_string(log).unwrap())),
    };
    (child, address)
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if let Some(mut child) = self.appliance.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A file that is renamed while this looks is passed over: whoever waits looks again.
fn collect(folder: &Path, hashes: &mut BTreeMap<PathBuf, [u8; 32]>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, hashes);
        } else if let Ok(content) = fs::read(&path) {
            hashes.insert(path, Sha256::digest(content).into());
        }
    }
}
