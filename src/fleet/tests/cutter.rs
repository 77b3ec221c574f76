//! A proxy that cuts connections, or lets them stand still.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

/// A TCP proxy that cuts every connection after so many bytes from the appliance.
pub(super) struct Cutter {
    pub(super) address: String,
    limit: Arc<AtomicUsize>,
    cut: Arc<Notify>,
    stalled: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Cutter {
    pub(super) async fn start(to: &str, limit: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let limit = Arc::new(AtomicUsize::new(limit));
        let cut = Arc::new(Notify::new());
        let stalled = Arc::new(AtomicBool::new(false));
        let (to, limits, cuts) = (to.to_owned(), limit.clone(), cut.clone());
        let stalls = stalled.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&to).await else {
                    continue;
                };
                let (limits, cuts) = (limits.clone(), cuts.clone());
                let stalls = stalls.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        () = carry(near, far, limits, stalls) => {}
                        () = cuts.notified() => {}
                    }
                });
            }
        });
        Self {
            address,
            limit,
            cut,
            stalled,
            task,
        }
    }

    /// Cuts all connections.
    pub(super) fn cut(&self) {
        self.cut.notify_waiters();
    }

    /// Where a connection would be cut it stands still from now on, as when a cable is pulled.
    pub(super) fn stall(&self, after: usize) {
        self.stalled.store(true, Ordering::SeqCst);
        self.limit(after);
    }

    pub(super) fn limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::SeqCst);
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(near: TcpStream, far: TcpStream, limit: Arc<AtomicUsize>, stalled: Arc<AtomicBool>) {
    let (mut near_read, mut near_write) = near.into_split();
    let (mut far_read, mut far_write) = far.into_split();
    let up = tokio::io::copy(&mut near_read, &mut far_write);
    let down = async {
        let (mut bytes, mut buffer) = (0, vec![0; 4096]);
        while let Ok(read @ 1..) = far_read.read(&mut buffer).await {
            bytes += read;
            if bytes > limit.load(Ordering::SeqCst) && stalled.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            if bytes > limit.load(Ordering::SeqCst)
                || near_write.write_all(&buffer[..read]).await.is_err()
            {
                return;
            }
        }
    };
    tokio::select! {
        _ = up => {}
        () = down => {}
    }
}
