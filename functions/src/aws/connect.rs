//! Connections that are opened before a function's first request, so that the request does not wait for TLS.

use std::error::Error;

use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use aws_smithy_types::byte_stream::ByteStream;
use futures_util::future::join_all;
use tokio::time::timeout;

use super::clients::Clients;
pub use super::service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

impl Clients {
    /// Opens connections to these services, all at once: as many to DynamoDB as a request has open at one time, and one to each of
    /// the others. They wait in the pool for the first calls. A service that does not answer in time is left to
    /// those.
    ///
    /// # Security
    ///
    /// What is sent is `GET /` without credentials. It needs no right, and has no effect.
    pub async fn connect(&self, services: &[Service], dynamodb_at_once: usize) {
        let connections = services.iter().flat_map(|&service| {
            let count = if service == Service::DynamoDb { dynamodb_at_once } else { 1 };
            std::iter::repeat_n(service, count)
        });
        join_all(connections.map(|service| async move {
            match timeout(self.connection().connect, self.connect_to(service)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(?service, %error, "not connected before the first request"),
                Err(_) => tracing::debug!(?service, "not connected in time before the first request"),
            }
        }))
        .await;
    }

    /// DynamoDB answers `GET /` with a line that it is healthy. What another service answers does not matter: HTTP/1.1 keeps
    /// a connection unless the answer says `connection: close` (RFC 9112 §9.3).
    async fn connect_to(&self, service: Service) -> Result<(), BoxError> {
        let address = &self.site(service).place().await?.url;
        let answer = self.connector().call(HttpRequest::get(address)?).await?;
        // The connection returns to the pool when the answer was read.
        ByteStream::new(answer.into_body()).collect().await?;
        Ok(())
    }
}
