//! One worker at a time: an agent that was killed leaves a worker that lives on for a
//! moment, until it sees that its input has ended. Who comes next waits until it has gone.

use crate::worker::Cancel;
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use std::{
    fs::File,
    io,
    time::{Duration, Instant},
};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// Takes `file` for this process alone, until it is closed. `Ok(false)`: another one holds
/// it still after `patience`, or the work shall end.
pub(crate) fn take(file: &File, patience: Duration, cancel: &Cancel) -> io::Result<bool> {
    let end = Instant::now() + patience;
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(true),
            Err(Errno::WOULDBLOCK) if Instant::now() < end => {}
            Err(Errno::WOULDBLOCK) => return Ok(false),
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        if cancel.wait(LOOK) {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_waits_until_the_one_before_has_gone() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("held");
        let first = File::create(&path).unwrap();
        let second = File::open(&path).unwrap();
        let cancel = Cancel::new();
        assert!(take(&first, Duration::ZERO, &cancel).unwrap());
        assert!(!take(&second, Duration::from_millis(30), &cancel).unwrap());
        let waiting = std::thread::spawn(move || {
            let long = Duration::from_secs(60);
            take(&second, long, &Cancel::new()).unwrap()
        });
        drop(first);
        assert!(waiting.join().unwrap());
        cancel.cancel();
    }

    #[test]
    fn a_cancelled_one_does_not_wait() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("held");
        let first = File::create(&path).unwrap();
        let second = File::open(&path).unwrap();
        let cancel = Cancel::new();
        assert!(take(&first, Duration::ZERO, &cancel).unwrap());
        cancel.cancel();
        assert!(!take(&second, Duration::from_secs(60), &cancel).unwrap());
    }
}
