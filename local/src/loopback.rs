//! A service on a loopback address, with threads of its own.
//!
//! The embedded services do their work synchronously, SQLite and fsync included. On a runtime of their own they
//! hold up nobody else, and many stacks can stand side by side in one process.

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};

use axum::http::{HeaderMap, header};
use tokio::{net::TcpListener, sync::oneshot};

/// Whether a request is meant for this host.
///
/// # Security
///
/// A page in a browser can point a name of its own at 127.0.0.1 and then counts as this origin. The name stays in the `Host`
/// header.
pub(crate) fn is_own_host(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name == Ipv4Addr::LOCALHOST.to_string()
}

/// How long a stopping service waits for requests under way.
const GRACE: Duration = Duration::from_secs(5);

/// Resolves when the service should stop.
pub(crate) type Stop = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// A running service. It stops when dropped.
#[derive(Debug)]
pub(crate) struct LoopbackService {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LoopbackService {
    /// Starts `serve` on a free port of 127.0.0.1 and returns when the port is open. `name` is that of its threads.
    ///
    /// # Errors
    ///
    /// When no thread, runtime or port can be had.
    pub(crate) fn start<S, F>(name: &str, worker_threads: usize, serve: S) -> io::Result<Self>
    where
        S: FnOnce(TcpListener, Stop) -> F + Send + 'static,
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(worker_threads)
            .thread_name(name)
            .enable_all()
            .build()?;
        let (opened, address) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let service = name.to_owned();
        let thread = std::thread::Builder::new().name(service.clone()).spawn(move || {
            runtime.block_on(async {
                let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await {
                    Ok(listener) => listener,
                    Err(error) => return report(&service, opened.send(Err(error)).err().map(|_| gone())),
                };
                if opened.send(listener.local_addr()).is_err() {
                    return;
                }
                report(&service, run(listener, serve, stopped).await.err());
            });
            runtime.shutdown_timeout(GRACE);
        })?;
        let address = address.recv().map_err(|_| gone())??;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens, as a URL without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Serves until told to stop, and then for [`GRACE`] at most: an open connection must not hold up the end.
async fn run<S, F>(listener: TcpListener, serve: S, stopped: oneshot::Receiver<()>) -> io::Result<()>
where
    S: FnOnce(TcpListener, Stop) -> F,
    F: Future<Output = io::Result<()>>,
{
    let (tell, told) = oneshot::channel::<()>();
    let serving = serve(
        listener,
        Box::pin(async move {
            // The sender gone means the same as a message: stop.
            drop(told.await);
        }),
    );
    let limit = async move {
        drop(stopped.await);
        drop(tell);
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served,
        () = limit => Ok(()),
    }
}

fn report(service: &str, error: Option<io::Error>) {
    if let Some(error) = error {
        tracing::error!(service, %error, "an embedded service stopped");
    }
}

fn gone() -> io::Error {
    io::Error::other("the thread of the service ended before it could start")
}

impl Drop for LoopbackService {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("an embedded service panicked");
        }
    }
}
