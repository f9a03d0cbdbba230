//! One HTTP request over a connection of its own, and its answer (RFC 9110, RFC 9112).

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode, Uri,
    body::{Bytes, Incoming as AnswerBody},
    client::conn::http1,
    header::{
        ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderMap, HeaderName,
        HeaderValue, TRANSFER_ENCODING, USER_AGENT,
    },
};
use hyper_util::rt::TokioIo;
use keyward_shared::{
    coding,
    origin::Scheme,
    outbound::{AllowedOrigins, Forbidden, Incoming, OutboundError, Outgoing, Peer},
    ports::Exchange,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use super::{Outside, broken, forbidden, in_time, timed_out};

/// The `User-Agent` where nobody sets one.
const OURS: &str = concat!("Keyward/", env!("CARGO_PKG_VERSION"));
/// The `Accept` where nobody sets one: JSON before anything else.
const JSON_FIRST: &str = "application/json, */*;q=0.8";
/// From the request's going out to the end of the answer's headers.
const HEAD: Duration = Duration::from_secs(20);
/// The most bytes of status line and headers that an answer may have. Servers themselves stop at 8 to 32 KiB.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The most headers of an answer.
const MAX_HEADERS: usize = 100;

/// Headers that tell something about a body in its coding.
const ABOUT_THE_CODED_BODY: [&str; 6] =
    ["content-digest", "content-encoding", "content-length", "content-md5", "digest", "repr-digest"];

type Message = Request<Full<Bytes>>;

impl Exchange for Outside {
    async fn exchange(
        &self,
        request: Outgoing<'_>,
        allowed: &AllowedOrigins,
    ) -> Result<Incoming, OutboundError> {
        let peer = Peer::of(request.origin);
        let message = message(&request).ok_or_else(|| forbidden(&peer, Forbidden::Request))?;
        // On the heap: TLS and HTTP take more room than a future should that stands within others.
        let all = Box::pin(async {
            let stream = self.connect(&peer, allowed).await?;
            match request.origin.scheme() {
                Scheme::Https => {
                    let stream = self.encrypt(&peer, stream).await?;
                    converse(&peer, stream, message, request.max_body_bytes).await
                }
                Scheme::Http => converse(&peer, stream, message, request.max_body_bytes).await,
            }
        });
        in_time(all).await.unwrap_or_else(|_| Err(timed_out(&peer)))
    }
}

/// The request in the HTTP library's terms; `None` if any of it could be read as something else than was meant.
/// All of that is checked where requests come in; here it is checked where they go out.
fn message(request: &Outgoing<'_>) -> Option<Message> {
    // A tunnel would be a connection that nobody vetted (RFC 9110 §9.3.6); an echo would repeat secrets (§9.3.8).
    if matches!(*request.method, Method::CONNECT | Method::TRACE) {
        return None;
    }
    let mut message = Request::new(Full::new(Bytes::copy_from_slice(request.body)));
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = target(request.path_and_query)?;
    let headers = message.headers_mut();
    headers.insert(HOST, HeaderValue::from_str(&request.origin.authority()).ok()?);
    // Asks for an answer without content coding, so that secrets in it can be found and removed.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    // RFC 9110 §8.6: also of an empty body, where the method means one.
    if !request.body.is_empty() || matches!(*request.method, Method::POST | Method::PUT | Method::PATCH) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
    }
    add_headers(headers, &request.headers)?;
    // Firewalls refuse requests without a user agent (OWASP CRS, rule 920320; Cloudflare's Browser Integrity Check), and so do
    // interfaces such as GitHub's.
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(OURS));
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static(JSON_FIRST));
    Some(message)
}

/// The caller's headers, without the headers that the connection sets and without those of a single
/// connection.
fn add_headers(headers: &mut HeaderMap, given: &[(&str, &str)]) -> Option<()> {
    let named: Vec<String> = given
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(CONNECTION.as_str()))
        .flat_map(|(_, value)| connection_options(value.as_bytes()))
        .collect();
    for (name, value) in given {
        if !value.bytes().all(|byte| byte == b' ' || byte == b'\t' || byte.is_ascii_graphic()) {
            return None;
        }
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        if is_hop_by_hop(&name, &named) || [HOST, ACCEPT_ENCODING, CONTENT_LENGTH].contains(&name) {
            continue;
        }
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Some(())
}

/// The request target in origin form, byte for byte as it was signed (see `keyward_shared::origin::Target`): where a
/// path is missing it is `/`.
fn target(path_and_query: &str) -> Option<Uri> {
    let target = if path_and_query.starts_with('/') {
        path_and_query.to_owned()
    } else if path_and_query.is_empty() || path_and_query.starts_with('?') {
        format!("/{path_and_query}")
    } else {
        return None;
    };
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let uri = Uri::builder().path_and_query(target.as_str()).build().ok()?;
    // The library cuts off a fragment. Whatever else it might change does not go out either.
    (uri.to_string() == target).then_some(uri)
}

/// The headers of one connection (RFC 9110 §7.6.1, RFC 9112 §6.1), and those that `Connection` names.
fn is_hop_by_hop(name: &HeaderName, named: &[String]) -> bool {
    let name = name.as_str();
    matches!(
        name,
        "connection" | "http2-settings" | "keep-alive" | "te" | "trailer" | "transfer-encoding" | "upgrade"
    ) || name.starts_with("proxy-")
        || named.iter().any(|named| named == name)
}

fn connection_options(value: &[u8]) -> Vec<String> {
    let options = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    options.map(|option| String::from_utf8_lossy(option).to_ascii_lowercase()).collect()
}

/// Sends the request and reads the answer. When this ends, or is given up, the connection is closed.
async fn converse<S>(
    peer: &Peer,
    stream: S,
    message: Message,
    max_body_bytes: usize,
) -> Result<Incoming, OutboundError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut settings = http1::Builder::new();
    settings.max_header_size(MAX_HEAD_BYTES).max_headers(MAX_HEADERS);
    let opened = settings.handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = opened.map_err(|_| broken(peer))?;
    let exchange = async {
        let answer = timeout(HEAD, sender.send_request(message)).await.map_err(|_| timed_out(peer))?;
        read(answer.map_err(|_| broken(peer))?, max_body_bytes).await.ok_or_else(|| broken(peer))
    };
    // The connection is driven while the exchange waits for it. If the connection ends first, the data that
    // it read is still available.
    let work = async {
        connection.await.ok();
        std::future::pending().await
    };
    tokio::select! {
        outcome = exchange => outcome,
        outcome = work => outcome,
    }
}

/// `None` when the answer breaks off.
async fn read(answer: Response<AnswerBody>, max_body_bytes: usize) -> Option<Incoming> {
    let (head, mut rest) = answer.into_parts();
    // The request asked neither for another protocol nor for a transfer coding that the library does not
    // decode.
    let is_coded = |coding: &HeaderValue| !coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    if head.status == StatusCode::SWITCHING_PROTOCOLS
        || head.headers.get_all(TRANSFER_ENCODING).iter().any(is_coded)
    {
        return None;
    }
    let mut body = Vec::new();
    let mut truncated = false;
    while let Some(frame) = rest.frame().await {
        // Trailers are no data.
        let Ok(data) = frame.ok()?.into_data() else { continue };
        let room = max_body_bytes.saturating_sub(body.len());
        body.extend_from_slice(data.get(..room).unwrap_or(&data));
        if data.len() > room {
            truncated = true;
            break;
        }
    }
    let mut headers = end_to_end(&head.headers);
    let codings = head.headers.get_all(CONTENT_ENCODING).into_iter().map(HeaderValue::as_bytes);
    // Some servers compress whatever they are asked for. Without its coding, the body is another one than these headers tell
    // the length and digest of. What cannot be decoded stays as it is, with the header that says so.
    if head.headers.contains_key(CONTENT_ENCODING)
        && !body.is_empty()
        && let Some(decoded) = coding::decoded(codings, &body, truncated, max_body_bytes)
    {
        (body, truncated) = (decoded.body, decoded.truncated);
        headers.retain(|(name, _)| !ABOUT_THE_CODED_BODY.contains(&name.as_str()));
    }
    Some(Incoming { status: head.status, headers, body, truncated })
}

fn end_to_end(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    // The header that names the body's content coding stays, because the search for secrets in the body needs
    // it.
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| connection_options(value.as_bytes()))
        .filter(|option| option != CONTENT_ENCODING.as_str())
        .collect();
    let kept = headers.iter().filter(|(name, _)| !is_hop_by_hop(name, &named));
    kept.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}
