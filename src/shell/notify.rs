//! What a service manager is told over the socket in `NOTIFY_SOCKET` (sd_notify(3)): that the
//! service is ready, what it does, that it lives, that it stops. Without one nothing is told.

use std::{
    env,
    ffi::OsString,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
};

/// A line to the service manager.
#[derive(Debug)]
pub(super) struct Notify {
    to: Option<(UnixDatagram, SocketAddr)>,
    /// Whether it wants to hear that the service lives.
    watchdog: bool,
}

impl Notify {
    /// As the environment says.
    pub(super) fn find() -> Self {
        let watchdog = env::var_os("WATCHDOG_USEC").is_some();
        Self::at(env::var_os("NOTIFY_SOCKET"), watchdog)
    }

    fn at(name: Option<OsString>, watchdog: bool) -> Self {
        Self {
            to: name.and_then(|name| {
                let address = match name.as_bytes().strip_prefix(b"@") {
                    Some(name) => SocketAddr::from_abstract_name(name),
                    None => SocketAddr::from_pathname(&name),
                };
                let socket = UnixDatagram::unbound().and_then(|socket| {
                    // A manager that does not read is no reason to wait.
                    socket.set_nonblocking(true)?;
                    Ok((socket, address?))
                });
                socket
                    .map_err(|error| tracing::warn!("NOTIFY_SOCKET: {error}"))
                    .ok()
            }),
            watchdog,
        }
    }

    /// The service does what it is for.
    pub(super) fn ready(&self) {
        self.tell("READY=1");
    }

    /// It ends because it was asked to.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// What it does, in one line.
    pub(super) fn status(&self, text: &str) {
        self.tell(&format!("STATUS={}", text.replace('\n', " ")));
    }

    /// It lives.
    pub(super) fn alive(&self) {
        if self.watchdog {
            self.tell("WATCHDOG=1");
        }
    }

    fn tell(&self, text: &str) {
        if let Some((socket, address)) = &self.to
            && let Err(error) = socket.send_to_addr(text.as_bytes(), address)
        {
            tracing::debug!("the service manager does not listen: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_hears_what_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let heard = || {
            let mut bytes = [0; 200];
            let read = manager.recv(&mut bytes).unwrap();
            String::from_utf8_lossy(bytes.get(..read).unwrap()).into_owned()
        };
        let notify = Notify::at(Some(path.into()), true);
        notify.ready();
        assert_eq!(heard(), "READY=1");
        notify.status("two\nlines");
        assert_eq!(heard(), "STATUS=two lines");
        notify.alive();
        assert_eq!(heard(), "WATCHDOG=1");
        notify.stopping();
        assert_eq!(heard(), "STOPPING=1");
        // Nobody listens any more, and nothing waits for it.
        drop(manager);
        notify.ready();
        Notify::at(None, true).ready();
    }
}
