//! Runs the commands of hooks: without a shell, so many at a time, each for a limited time, and
//! what it started ends with it.

use crate::{config::hook::Hook, state::keeper::HookCall};
use ocdeck_domain::{hook::Outcome, ids::HookRunId, text};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    collections::BTreeMap,
    io,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::timeout,
};

/// How many commands run at a time.
const AT_ONCE: usize = 4;
/// How many wait for their turn: more than this is a storm, and no page is read in it.
const WAITING: usize = 64;
/// How long one waits at most.
const PATIENCE: Duration = Duration::from_secs(300);
/// The most of what a command says that is kept.
const HEARD: usize = 4_096;
/// How long what it left running may still say something.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// The hooks of a keeper.
pub(super) struct Hooks {
    by_name: BTreeMap<String, Arc<Hook>>,
    turn: Arc<Semaphore>,
    running: JoinSet<(HookRunId, Outcome)>,
    stop: watch::Sender<bool>,
}

impl Hooks {
    pub(super) fn new(hooks: Vec<Hook>) -> Self {
        Self {
            by_name: hooks
                .into_iter()
                .map(|hook| (hook.name.clone(), Arc::new(hook)))
                .collect(),
            turn: Arc::new(Semaphore::new(AT_ONCE)),
            running: JoinSet::new(),
            stop: watch::Sender::new(false),
        }
    }

    /// Runs a hook; its end comes from [`Hooks::next`].
    pub(super) fn run(&mut self, call: HookCall) {
        let id = call.run;
        let refused = |why: String| async move { (id, Outcome::Failed(why)) };
        let Some(hook) = self.by_name.get(&call.hook).cloned() else {
            let why = format!("there is no hook {:?} here any more", call.hook);
            self.running.spawn(refused(why));
            return;
        };
        if self.running.len() >= AT_ONCE + WAITING {
            let why = format!("{WAITING} hooks wait already; this one was not run");
            self.running.spawn(refused(why));
            return;
        }
        let turn = self.turn.clone();
        let stopped = self.stop.subscribe();
        self.running.spawn(async move {
            let outcome = match timeout(PATIENCE, turn.acquire_owned()).await {
                Ok(_turn) => run(&hook, &call, stopped).await,
                Err(_) => Outcome::Failed(format!(
                    "its turn did not come within {} s",
                    PATIENCE.as_secs()
                )),
            };
            (id, outcome)
        });
    }

    /// The next run that ended; never, while none runs.
    pub(super) async fn next(&mut self) -> (HookRunId, Outcome) {
        loop {
            match self.running.join_next().await {
                Some(Ok(ended)) => return ended,
                Some(Err(error)) => tracing::error!("a hook's task ended: {error}"),
                None => std::future::pending().await,
            }
        }
    }

    /// Ends what still runs, after `patience`; what was running and how it ended.
    pub(super) async fn close(mut self, patience: Duration) -> Vec<(HookRunId, Outcome)> {
        let mut ended = Vec::new();
        let mut gather = async |hooks: &mut JoinSet<_>| {
            while let Some(joined) = hooks.join_next().await {
                ended.extend(joined.ok());
            }
        };
        let in_time = timeout(patience, gather(&mut self.running)).await;
        if in_time.is_err() {
            self.stop.send_replace(true);
            gather(&mut self.running).await;
        }
        ended
    }
}

async fn run(hook: &Hook, call: &HookCall, mut stopped: watch::Receiver<bool>) -> Outcome {
    if *stopped.borrow() {
        return Outcome::Failed("the keeper was stopped before its turn came".to_owned());
    }
    let mut child = match start(hook, call) {
        Ok(child) => child,
        Err(error) => {
            let program = hook.command.first().map_or("", String::as_str);
            return Outcome::Failed(format!("{program} cannot be run: {error}"));
        }
    };
    let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    let ended = tokio::select! {
        ended = talk(&mut child, &call.input) => Some(ended),
        () = tokio::time::sleep(hook.timeout) => None,
        _ = stopped.wait_for(|stopped| *stopped) => None,
    };
    // What it started itself, and may have left behind, ends with it.
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
    match ended {
        Some(Ok((status, said))) => outcome(status, &said),
        Some(Err(error)) => Outcome::Failed(error.to_string()),
        None if *stopped.borrow() => Outcome::Failed("it was ended with the keeper".to_owned()),
        None => Outcome::Failed(format!(
            "it was killed after {} s without an end",
            hook.timeout.as_secs()
        )),
    }
}

fn start(hook: &Hook, call: &HookCall) -> io::Result<Child> {
    let (program, arguments) = hook
        .command
        .split_first()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    Command::new(program)
        .args(arguments)
        .env("OCDECK_HOOK", &hook.name)
        .env("OCDECK_EVENT", call.event)
        // The service manager listens to the keeper alone.
        .env_remove("NOTIFY_SOCKET")
        .env_remove("WATCHDOG_USEC")
        .env_remove("WATCHDOG_PID")
        // The password of the desk is the keeper's.
        .env_remove("PGPASSWORD")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// Hands the input over, listens, waits for the end.
async fn talk(child: &mut Child, input: &str) -> io::Result<(ExitStatus, String)> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A command need not read what it is told.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = {
        let talk = async { tokio::join!(write, hear(stdout, &mut out), hear(stderr, &mut err)) };
        tokio::pin!(talk);
        tokio::select! {
            status = child.wait() => {
                // What it started may hold its pipes open for ever.
                let _ = timeout(LAST_WORDS, talk).await;
                status?
            }
            _ = &mut talk => child.wait().await?,
        }
    };
    let said = if err.is_empty() { out } else { err };
    Ok((status, String::from_utf8_lossy(&said).into_owned()))
}

/// What a pipe says, as much as is kept; the rest is read and let go.
async fn hear(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut pipe) = pipe else { return };
    let mut piece = [0; 1024];
    while let Ok(read @ 1..) = pipe.read(&mut piece).await {
        let room = HEARD.saturating_sub(kept.len()).min(read);
        kept.extend(piece.iter().take(room));
    }
}

fn outcome(status: ExitStatus, said: &str) -> Outcome {
    if status.success() {
        return Outcome::Done;
    }
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    let words = last.map_or_else(String::new, |line| {
        format!(": {}", without_secrets(&text::clean(line.trim())))
    });
    Outcome::Failed(format!("{status}{words}"))
}

/// Addresses down to their host: paths and users of webhooks are passwords, and the journal
/// forgets nothing.
fn without_secrets(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let bare = host.rsplit('@').next().unwrap_or_default();
            let more = if bare.len() < rest.len() { "/…" } else { "" };
            format!("{scheme}://{bare}{more}")
        }
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path, time::Instant};
    use uuid::Uuid;

    fn hook(command: &[&str], timeout: u64) -> Hook {
        Hook {
            name: "page".to_owned(),
            on: BTreeSet::new(),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            timeout: Duration::from_secs(timeout),
        }
    }

    fn call(n: u128) -> HookCall {
        HookCall {
            run: HookRunId(Uuid::from_u128(n)),
            hook: "page".to_owned(),
            event: "new_p1",
            input: "{\"version\":1}".to_owned(),
        }
    }

    async fn outcome_of(command: &[&str], timeout: u64) -> Outcome {
        let mut hooks = Hooks::new(vec![hook(command, timeout)]);
        hooks.run(call(1));
        hooks.next().await.1
    }

    fn shell(script: &str) -> [&str; 3] {
        ["/bin/sh", "-c", script]
    }

    #[tokio::test]
    async fn the_command_gets_its_input_and_its_event() {
        let folder = tempfile::tempdir().unwrap();
        let said = folder.path().join("said");
        let script = format!(
            "{{ cat; echo \" $OCDECK_HOOK $OCDECK_EVENT\"; }} > {}",
            said.display()
        );
        assert_eq!(outcome_of(&shell(&script), 20).await, Outcome::Done);
        let said = fs::read_to_string(said).unwrap();
        assert_eq!(said, "{\"version\":1} page new_p1\n");
    }

    #[tokio::test]
    async fn what_fails_says_why() {
        let failed = |outcome| match outcome {
            Outcome::Failed(why) => why,
            other => panic!("{other:?}"),
        };
        let why = failed(outcome_of(&shell("echo first >&2; echo no line >&2; exit 3"), 20).await);
        assert_eq!(why, "exit status: 3: no line");
        let script =
            "echo 'curl: 404 from https://me:pw@hooks.example/T1/secret?a=b now' >&2; exit 22";
        let why = failed(outcome_of(&shell(script), 20).await);
        assert_eq!(
            why,
            "exit status: 22: curl: 404 from https://hooks.example/… now"
        );
        let why = failed(outcome_of(&["/no/such/program"], 20).await);
        assert!(
            why.starts_with("/no/such/program cannot be run: No such file"),
            "{why}"
        );
        let why = failed(outcome_of(&shell("kill -9 $$"), 20).await);
        assert!(why.starts_with("signal: 9"), "{why}");
    }

    /// Waits until no process has this argument.
    fn gone(argument: &str) -> bool {
        let end = Instant::now() + Duration::from_secs(20);
        let runs = || {
            let all = fs::read_dir("/proc").unwrap().flatten();
            all.map(|entry| fs::read(entry.path().join("cmdline")).unwrap_or_default())
                .any(|line| String::from_utf8_lossy(&line).contains(argument))
        };
        while runs() && Instant::now() < end {
            std::thread::yield_now();
        }
        !runs()
    }

    #[tokio::test]
    async fn what_takes_too_long_is_killed_with_all_that_it_started() {
        let script = "sleep 7001.25 & sleep 7001.25";
        let outcome = outcome_of(&shell(script), 1).await;
        assert_eq!(
            outcome,
            Outcome::Failed("it was killed after 1 s without an end".to_owned())
        );
        assert!(gone("7001.25"));
    }

    #[tokio::test]
    async fn what_it_leaves_behind_neither_holds_it_nor_stays() {
        let outcome = outcome_of(&shell("sleep 7002.25 & exit 0"), 60).await;
        assert_eq!(outcome, Outcome::Done);
        assert!(gone("7002.25"));
    }

    #[tokio::test]
    async fn a_storm_is_bounded_and_an_end_ends_all() {
        let folder = tempfile::tempdir().unwrap();
        let lines = |path: &Path| fs::read_to_string(path).unwrap_or_default().lines().count();
        let begun = folder.path().join("begun");
        let script = format!("echo x >> {}; sleep 7003.25", begun.display());
        let mut hooks = Hooks::new(vec![hook(&shell(&script), 60)]);
        let all = AT_ONCE + WAITING + 3;
        for n in 0..all {
            hooks.run(call(n as u128));
        }
        let end = Instant::now() + Duration::from_secs(20);
        while lines(&begun) < AT_ONCE && Instant::now() < end {
            tokio::task::yield_now().await;
        }
        assert_eq!(lines(&begun), AT_ONCE);
        let ended = hooks.close(Duration::ZERO).await;
        assert_eq!(ended.len(), all);
        let why = |words: &str| {
            let fits =
                |outcome: &Outcome| matches!(outcome, Outcome::Failed(why) if why.contains(words));
            ended.iter().filter(|(_, outcome)| fits(outcome)).count()
        };
        assert_eq!(why("hooks wait already"), 3);
        assert_eq!(why("ended with the keeper"), AT_ONCE);
        assert_eq!(why("before its turn came"), WAITING);
        assert_eq!(lines(&begun), AT_ONCE);
        assert!(gone("7003.25"));
    }
}
