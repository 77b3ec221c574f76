//! `serve` as a process: it listens with its certificate, and ends with its input.

use crate::site::*;
use ocdeck_appliance::ServeOptions;
use ocdeck_trust::Pki;
use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpStream},
    process::{Command, ExitCode, Stdio},
};

pub(crate) fn it_listens_and_ends_with_its_input() {
    let site = Site::new();
    let pki = Pki::init(site.path("pki")).unwrap();
    let issued = pki.issue_appliance(&"dc1".into()).unwrap();
    for (from, to) in [
        (issued.cert, "a.crt"),
        (issued.key, "a.key"),
        (pki.ca(), "ca.crt"),
    ] {
        fs::copy(from, site.path(to)).unwrap();
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("serving-agent")
        .arg(site.path("appliance.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let address: SocketAddr = line
        .trim()
        .strip_prefix("listening on ")
        .unwrap()
        .parse()
        .unwrap();
    TcpStream::connect(address).unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert!(TcpStream::connect(address).is_err());
}

pub(crate) fn serving_agent(words: &[String]) -> ExitCode {
    let served = ocdeck_appliance::serve(&ServeOptions {
        config: (&words[2]).into(),
        worker: program(),
        stop_on_stdin_eof: true,
        agent_version: "test",
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
