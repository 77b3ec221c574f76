//! `ocdeck appliance serve`: from a file to an appliance that works and answers.

use crate::{
    agent::{Agent, StartError},
    config::{self, Config, ConfigError},
    driver::EngineDriver,
    host::Program,
    listen::{self, ListenError, Tls},
    service::Api,
    state::{Clock, Facts, StateError, TenantRule, Tenants},
};
use chrono::Utc;
use ocdeck_domain::ids::ApplianceId;
use ocdeck_trust::{Identity, Peer, Purpose, Revoked, TrustError, check_own, worries};
use std::{
    io::{self, Read, Write},
    net::SocketAddr,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// How an appliance is served.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Its `appliance.toml`.
    pub config: PathBuf,
    /// What is started as a worker.
    pub worker: Program,
    /// Whether the end of standard input stops it: for the demo and tests, whose death is
    /// to take their appliances with them.
    pub stop_on_stdin_eof: bool,
    /// As `ocdeck --version` prints it.
    pub agent_version: &'static str,
}

/// Why an appliance does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its certificate.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Its certificate is another appliance's.
    #[error(
        "{} says id = \"{id}\", but {} is the certificate of {other}; clients would refuse it: \
         correct the id, or issue one with `ocdeck pki issue appliance {id}`",
        file.display(),
        cert.display()
    )]
    Id {
        /// The configuration.
        file: PathBuf,
        /// What it says.
        id: ApplianceId,
        /// The certificate.
        cert: PathBuf,
        /// Whose it is.
        other: ApplianceId,
    },
    /// Its state.
    #[error(transparent)]
    State(#[from] StateError),
    /// Its work.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its address.
    #[error("cannot listen on {address}: {source}; change 'listen' or end what uses it")]
    Bind {
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// Serving.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system.
    #[error("{what}: {source}")]
    System {
        /// What was wanted of it.
        what: &'static str,
        /// Why it refuses.
        source: io::Error,
    },
}

fn system(what: &'static str) -> impl FnOnce(io::Error) -> ServeError {
    move |source| ServeError::System { what, source }
}

/// Serves until SIGTERM or SIGINT (or the end of standard input, if wanted), and blocks.
/// Once connections are taken, `listening on <address>` is the one line on standard output.
///
/// # Errors
/// When it cannot begin, or the transport fails.
pub fn serve(options: &ServeOptions) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(system("the runtime cannot be started"))?;
    let served = runtime.block_on(async {
        let stop = stop_sign(options.stop_on_stdin_eof)?;
        let announce = |address: SocketAddr| {
            // Whoever started it without an ear for its output loses nothing.
            let mut out = io::stdout().lock();
            let _ = writeln!(out, "listening on {address}").and_then(|()| out.flush());
        };
        serve_until(options, announce, stop).await
    });
    // A read from a dead file server never ends, and must not keep the process.
    runtime.shutdown_background();
    served
}

/// Serves until `stop` is true. `ready` is told the address.
///
/// # Errors
/// When it cannot begin, or the transport fails.
pub async fn serve_until(
    options: &ServeOptions,
    ready: impl FnOnce(SocketAddr),
    mut stop: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    ocdeck_trust::install_provider();
    let config = Arc::new(config::read(&options.config)?);
    own_certificate(&config)?;
    let (trusted, revoked) = server_tls(&config)?;
    let tls = Tls::new(trusted, revoked);
    let bind = |source| ServeError::Bind {
        address: config.listen.clone(),
        source,
    };
    let listener = TcpListener::bind(&config.listen).await.map_err(bind)?;
    let address = listener
        .local_addr()
        .map_err(system("the address cannot be told"))?;
    let agent = begin(Arc::clone(&config), options.worker.clone())?;
    let api = Api {
        facts: agent.facts().clone(),
        work: Arc::new(agent.clone()),
        tenants: tenants(&config),
        driver: "engine",
        agent_version: options.agent_version,
    };
    let renewing = tokio::spawn(renew(tls.clone(), Arc::clone(&config)));
    tracing::info!(appliance = %config.id, %address, "listening");
    ready(address);
    let ended = agent.clone();
    let shutdown = async move {
        // An error means that nobody can give the sign any more.
        let _ = stop.wait_for(|stop| *stop).await;
        tracing::info!("stopping");
        // First the work, so that who watches is told how it ended.
        let _ = tokio::task::spawn_blocking(move || ended.stop()).await;
    };
    let served = listen::serve(listener, tls, api, listen::Limits::default(), shutdown).await;
    renewing.abort();
    if served.is_err() {
        // Else it is stopped already.
        let _ = tokio::task::spawn_blocking(move || agent.stop()).await;
    }
    Ok(served?)
}

/// The agent of a configuration, at work.
fn begin(config: Arc<Config>, worker: Program) -> Result<Agent, ServeError> {
    let facts = Facts::open(&config.state_dir, &config.id, Clock::system())?;
    let driver = EngineDriver::new(Arc::clone(&config), worker);
    Ok(Agent::start(config, facts, Box::new(driver))?)
}

/// What only an edit mends keeps the appliance from starting. One that is not valid now does
/// not: backups go on while somebody renews it.
fn own_certificate(config: &Config) -> Result<(), ServeError> {
    let (tls, now) = (&config.tls, Utc::now());
    match check_own(Purpose::Server, &tls.cert, &tls.key, &tls.ca, now) {
        Ok(peer) => {
            for worry in worries(&peer, &tls.cert, &tls.key, &tls.ca, now) {
                tracing::warn!("{worry}");
            }
            named(config, &peer)
        }
        Err(error) if error.is_about_time() => {
            tracing::error!(%error, "no console will connect until this is mended");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Clients dial the appliance by the name in its certificate.
fn named(config: &Config, peer: &Peer) -> Result<(), ServeError> {
    match &peer.identity {
        Identity::Appliance(id) if *id == config.id => Ok(()),
        Identity::Appliance(other) => Err(ServeError::Id {
            file: config.file.clone(),
            id: config.id.clone(),
            cert: config.tls.cert.clone(),
            other: other.clone(),
        }),
        // check_own refuses a person's.
        Identity::Person(_) => Ok(()),
    }
}

fn server_tls(config: &Config) -> Result<(Arc<rustls::ServerConfig>, Revoked), TrustError> {
    let config::Tls { cert, key, ca, crl } = &config.tls;
    let revoked = match crl {
        Some(crl) => Revoked::load(crl, ca)?,
        None => Revoked::default(),
    };
    let trusted = ocdeck_trust::load_server(cert, key, ca, crl.as_deref())?;
    Ok((trusted, revoked))
}

fn tenants(config: &Config) -> Tenants {
    Tenants::new(config.tenants.iter().map(|tenant| TenantRule {
        id: tenant.id.clone(),
        parties: tenant.parties.clone(),
        managed: tenant.managed,
    }))
}

/// A renewed certificate and a longer revocation list are taken up without a restart, within
/// [`LOOK`] of their being written, and at once on SIGHUP.
async fn renew(tls: Tls, config: Arc<Config>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        return;
    };
    let mut read = stamps(&config).await;
    let mut told = String::new();
    loop {
        let asked = tokio::select! {
            came = hangup.recv() => came.is_some(),
            () = tokio::time::sleep(LOOK) => false,
        };
        let now = stamps(&config).await;
        if now == read && !asked {
            continue;
        }
        match server_tls(&config) {
            Ok((trusted, revoked)) => {
                let revoked_certificates = revoked.len();
                tls.replace(trusted, revoked);
                read = now;
                told.clear();
                tracing::info!(revoked_certificates, "certificates were read again");
            }
            // Certificate and key are two files: between them they do not fit. So it is
            // tried again, and told once.
            Err(error) if told != error.to_string() => {
                told = error.to_string();
                tracing::error!(%error, "the certificates read before are kept");
            }
            Err(_) => {}
        }
    }
}

/// How often the files of the certificates are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// What tells that one of the files is another than before: inode, size, and time of change.
type Stamps = Vec<Option<(u64, u64, i64, i64)>>;

async fn stamps(config: &Config) -> Stamps {
    let config::Tls { cert, key, ca, crl } = config.tls.clone();
    let files = [Some(cert), Some(key), Some(ca), crl];
    let look = move || {
        let stamp = |path: PathBuf| {
            let about = std::fs::metadata(path).ok()?;
            Some((about.ino(), about.size(), about.ctime(), about.ctime_nsec()))
        };
        files.into_iter().flatten().map(stamp).collect()
    };
    // They may stand on a file server that hangs.
    tokio::task::spawn_blocking(look).await.unwrap_or_default()
}

/// Becomes true at SIGTERM, SIGINT or, if wanted, at the end of standard input.
fn stop_sign(on_stdin_eof: bool) -> Result<watch::Receiver<bool>, ServeError> {
    let (told, stop) = watch::channel(false);
    let told = Arc::new(told);
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let came: Signal = signal(kind).map_err(system("signals cannot be heard"))?;
        tokio::spawn(at(came, Arc::clone(&told)));
    }
    if on_stdin_eof {
        std::thread::spawn(move || {
            let mut buffer = [0; 64];
            while matches!(io::stdin().read(&mut buffer), Ok(1..)) {}
            told.send_replace(true);
        });
    }
    Ok(stop)
}

async fn at(mut came: Signal, told: Arc<watch::Sender<bool>>) {
    came.recv().await;
    told.send_replace(true);
}
