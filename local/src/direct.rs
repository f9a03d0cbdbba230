//! The way from the product's functions to the embedded services when both are in one process: no socket, no HTTP.
//!
//! Only what was done is answered here. What a service refuses has changed nothing, and is asked again over its port: so a
//! refusal is written in one place, and the functions get the same answer on both ways.

use std::{
    fmt, io,
    sync::{Arc, PoisonError, RwLock},
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use keyward_functions::aws::clients::Front;

/// A service: what a call names as its target, and its body, to the answer. `None` when the call is to go over the port.
pub(crate) type Call = Box<dyn Fn(&str, &[u8]) -> io::Result<Option<Vec<u8>>> + Send + Sync>;

/// The services by the addresses of their ports. Clones share them.
#[derive(Clone)]
pub(crate) struct Direct(Arc<RwLock<Vec<(String, Call)>>>);

impl Direct {
    pub(crate) fn to(services: impl IntoIterator<Item = (String, Call)>) -> Self {
        Self(Arc::new(RwLock::new(services.into_iter().collect())))
    }

    /// Waits for the calls under way and lets go of the services. What is asked from then on goes over the ports.
    pub(crate) fn close(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// This way in front of the network.
    pub(crate) fn front(&self) -> Front {
        let direct = self.clone();
        Arc::new(move |network| SharedHttpConnector::new(Connector { direct: direct.clone(), network }))
    }

    fn call(&self, uri: &str, target: &str, body: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let services = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let called = services.iter().find(|(url, _)| uri.strip_prefix(url.as_str()) == Some("/"));
        called.map_or(Ok(None), |(_, call)| call(target, body))
    }
}

impl fmt::Debug for Direct {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Direct")
    }
}

/// Asks the services directly, and over the network where they give no answer.
#[derive(Debug)]
struct Connector {
    direct: Direct,
    network: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (direct, network) = (self.direct.clone(), self.network.clone());
        HttpConnectorFuture::new(async move {
            // The services wait for locks and for the disk, which no thread of a runtime may.
            let asked = tokio::task::spawn_blocking(move || {
                let target = request.headers().get("x-amz-target").unwrap_or_default();
                let body = request.body().bytes().unwrap_or_default();
                let answer = direct.call(request.uri(), target, body);
                answer.map(|answer| (request, answer))
            });
            let asked = asked.await.map_err(|panicked| ConnectorError::other(panicked.into(), None))?;
            match asked.map_err(|error| ConnectorError::io(error.into()))? {
                (_, Some(answer)) => ok(answer),
                (request, None) => network.call(request).await,
            }
        })
    }
}

fn ok(body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
    let status = 200.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(body)))
}
