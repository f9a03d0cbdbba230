//! The panel under its other name: a page of `http://localhost` may read what the issuer, which is at `127.0.0.1`, answers.
//!
//! Cognito lets every origin read these endpoints; here it is the two names of this stack. Cookies are not read that way.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::SignIn;

/// Adds the header by which a browser lets a page of ours read the answer (Fetch Standard, "CORS protocol").
pub(super) async fn may_read(State(sign_in): State<Arc<SignIn>>, request: Request, next: Next) -> Response {
    let is_own =
        |origin: &&HeaderValue| sign_in.origins.iter().any(|own| own.as_bytes() == origin.as_bytes());
    let own = request.headers().get(header::ORIGIN).filter(is_own).cloned();
    let mut response = next.run(request).await;
    response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(own) = own {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, own);
    }
    response
}
