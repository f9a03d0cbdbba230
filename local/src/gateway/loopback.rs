//! The one address that everything local listens on, and the guard in front of it.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header, uri::Authority},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;

/// A listener on a loopback address.
///
/// # Security
///
/// What listens here has demo users and a wrapping key on disk. It is not for other machines, so nothing but
/// loopback can be bound. Nor is it for other web sites: a page that gets its name to resolve to 127.0.0.1 (DNS
/// rebinding) sends its own name as `Host`, and every such request is refused before any router sees it.
#[derive(Debug)]
pub struct LoopbackListener {
    listener: TcpListener,
    address: SocketAddr,
}

/// The address could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Other machines could reach it.
    #[error("{0} is no loopback address: Keyward's local stack listens on 127.0.0.1 or ::1 only")]
    NotLoopback(IpAddr),
    /// The operating system refused it.
    #[error("cannot listen on {address}: set PORT to another port if something else uses it")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

impl LoopbackListener {
    /// Binds the address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// [`BindError::NotLoopback`] for every address that other machines could reach, `0.0.0.0` included.
    pub async fn bind(address: SocketAddr) -> Result<Self, BindError> {
        if !address.ip().is_loopback() {
            return Err(BindError::NotLoopback(address.ip()));
        }
        let failed = |source| BindError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// The address that is bound, with its real port.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin of everything served here, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves the router until `stop` resolves and the open requests are answered.
    ///
    /// # Errors
    ///
    /// What the operating system says of the socket.
    pub async fn serve(
        self,
        router: Router,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let hosts = Arc::new(OwnHosts::of(self.address));
        let guarded = router.layer(from_fn_with_state(hosts, refuse_foreign_hosts));
        axum::serve(self.listener, guarded.into_make_service_with_connect_info::<SocketAddr>())
            .with_graceful_shutdown(stop)
            .await
    }
}

/// The values of `Host` that mean this listener.
#[derive(Debug)]
struct OwnHosts([String; 2]);

impl OwnHosts {
    fn of(address: SocketAddr) -> Self {
        // A browser leaves port 80 out.
        match address.port() {
            80 => Self([host_text(address.ip()), "localhost".to_owned()]),
            port => Self([address.to_string(), format!("localhost:{port}")]),
        }
    }

    fn contains(&self, host: &str) -> bool {
        self.0.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    /// Exactly one `Host`, which is ours, and no other authority in the request's target.
    fn are_asked_for(&self, headers: &HeaderMap, target: Option<&Authority>) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return false;
        };
        host.to_str().is_ok_and(|host| self.contains(host))
            && target.is_none_or(|authority| self.contains(authority.as_str()))
    }
}

fn host_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

async fn refuse_foreign_hosts(State(hosts): State<Arc<OwnHosts>>, request: Request, next: Next) -> Response {
    if hosts.are_asked_for(request.headers(), request.uri().authority()) {
        return next.run(request).await;
    }
    let [address, name] = &hosts.0;
    let text = format!("LOCAL Keyward answers requests for {address} and {name} only.\n");
    (StatusCode::MISDIRECTED_REQUEST, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_loopback_is_bound() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "10.0.0.1:8080", "[2001:db8::1]:0"] {
            let error = LoopbackListener::bind(address.parse().unwrap()).await.unwrap_err();
            assert!(matches!(error, BindError::NotLoopback(_)), "{address}: {error}");
        }
    }

    #[test]
    fn no_other_host_is_answered() {
        let hosts = OwnHosts::of("127.0.0.1:8080".parse().unwrap());
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080"] {
            assert!(hosts.contains(host), "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "localhost",
            "localhost:8081",
            "127.0.0.2:8080",
            "evil.example:8080",
            "localhost.:8080",
        ] {
            assert!(!hosts.contains(host), "{host}");
        }
    }

    #[test]
    fn a_second_host_or_a_foreign_target_is_refused() {
        let hosts = OwnHosts::of("127.0.0.1:8080".parse().unwrap());
        let own = "127.0.0.1:8080".parse().unwrap();
        let mut headers = HeaderMap::from_iter([(header::HOST, own)]);
        assert!(hosts.are_asked_for(&headers, None));
        assert!(!hosts.are_asked_for(&headers, Some(&"evil.example".parse().unwrap())));
        headers.append(header::HOST, "evil.example".parse().unwrap());
        assert!(!hosts.are_asked_for(&headers, None));
        assert!(!hosts.are_asked_for(&HeaderMap::new(), None));
    }
}
