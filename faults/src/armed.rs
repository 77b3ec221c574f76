//! The one armed point of this process.

use crate::{Point, VARIABLE};
use rustix::process::{Signal, getpid, kill_process};
use std::{
    fs::OpenOptions,
    io::Write,
    path::PathBuf,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

struct Armed {
    point: Point,
    nth: u32,
    mark: PathBuf,
    times: AtomicU32,
}

static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| parse(&std::env::var(VARIABLE).ok()?));

fn parse(text: &str) -> Option<Armed> {
    let mut parts = text.splitn(3, ':');
    let name = parts.next()?;
    Some(Armed {
        point: Point::ALL.iter().copied().find(|it| it.name() == name)?,
        nth: parts.next()?.parse().ok()?,
        mark: parts.next()?.into(),
        times: AtomicU32::new(0),
    })
}

pub(super) fn reached(point: Point) {
    let Some(armed) = ARMED.as_ref().filter(|armed| armed.point == point) else {
        return;
    };
    if armed.times.fetch_add(1, Ordering::SeqCst) + 1 != armed.nth {
        return;
    }
    let mark = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&armed.mark);
    let Ok(mut mark) = mark else {
        // Another process died here already.
        return;
    };
    // Who reads it waits for the line's end.
    let _ = writeln!(mark, "{}", std::process::id());
    let _ = kill_process(getpid(), Signal::KILL);
    loop {
        thread::park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_its_count_and_its_mark_are_named() {
        let armed = parse("worker-mid-file:3:/tmp/a:b").unwrap();
        assert_eq!(armed.point, Point::WorkerMidFile);
        assert_eq!((armed.nth, armed.mark), (3, PathBuf::from("/tmp/a:b")));
        for wrong in [
            "",
            "worker-mid-file",
            "worker-mid-file:x:/m",
            "nowhere:1:/m",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
