//! The requests as they are sent.

use hyper::Method;
use keyward_shared::{
    origin::{BaseUrl, Scheme},
    outbound::{Forbidden, OutboundError},
};

use super::support::{Ask, Names, answering, error};

const DONE: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// The request as the server saw it.
async fn sent(ask: Ask<'_>) -> String {
    let (server, served) = answering(DONE).await;
    ask.send_to(server).await.unwrap();
    String::from_utf8(served.await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_request_has_the_headers_of_the_connection_and_the_callers() {
    let mut ask = Ask::get("http://shop.example");
    ask.target = "/orders?page=2";
    ask.headers = vec![("X-Shop-Token", "t0ken"), ("x-twice", "1"), ("x-twice", "2")];
    assert_eq!(
        sent(ask).await,
        format!(
            "GET /orders?page=2 HTTP/1.1\r\nhost: shop.example\r\naccept-encoding: identity\r\n\
             connection: close\r\nx-shop-token: t0ken\r\nx-twice: 1\r\nx-twice: 2\r\n{OURS}\r\n"
        )
    );
}

/// What goes out where the caller says nothing of it.
const OURS: &str =
    concat!("user-agent: Keyward/", env!("CARGO_PKG_VERSION"), "\r\naccept: application/json, */*;q=0.8\r\n");

#[tokio::test]
async fn a_user_agent_and_what_is_accepted_are_the_callers_where_it_names_them() {
    let mut ask = Ask::get("http://shop.example");
    ask.headers = vec![("User-Agent", "acme/7"), ("ACCEPT", "text/csv")];
    let sent = sent(ask).await;
    assert_eq!(sent.matches("\r\nuser-agent: ").count() + sent.matches("\r\naccept: ").count(), 2, "{sent}");
    assert!(sent.contains("\r\nuser-agent: acme/7\r\naccept: text/csv\r\n"), "{sent}");
}

#[tokio::test]
async fn a_body_goes_out_with_its_length() {
    for (method, body, length) in [
        (Method::POST, &b"a=1"[..], Some("3")),
        (Method::POST, b"", Some("0")),
        (Method::PATCH, b"", Some("0")),
        (Method::GET, b"search", Some("6")),
        (Method::DELETE, b"", None),
        (Method::GET, b"", None),
    ] {
        let mut ask = Ask::get("http://shop.example");
        (ask.method, ask.body) = (method.clone(), body);
        let sent = sent(ask).await;
        let (head, rest) = sent.split_once("\r\n\r\n").unwrap();
        assert_eq!(rest.as_bytes(), body, "{method}");
        let shown = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        assert_eq!(shown, length, "{method}");
        assert!(!head.contains("transfer-encoding"), "{method}");
    }
}

#[tokio::test]
async fn a_long_body_arrives_whole() {
    let body: Vec<u8> = (0..1_500_000_u32).map(|index| b"0123456789abcdef"[index as usize % 16]).collect();
    let mut ask = Ask::get("http://shop.example");
    (ask.method, ask.body) = (Method::POST, &body);
    let sent = sent(ask).await;
    assert!(sent.split_once("\r\n\r\n").unwrap().1.as_bytes() == body);
}

#[tokio::test]
async fn headers_of_the_connection_are_never_the_callers() {
    let mut ask = Ask::get("http://shop.example");
    ask.method = Method::POST;
    ask.headers = vec![
        ("Host", "evil.example"),
        ("Content-Length", "99"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive, X-Private"),
        ("X-Private", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Authorization", "Basic eDp5"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "x"),
        ("Accept-Encoding", "gzip, br"),
        ("X-Kept", "1"),
    ];
    assert_eq!(
        sent(ask).await,
        format!(
            "POST / HTTP/1.1\r\nhost: shop.example\r\naccept-encoding: identity\r\nconnection: close\r\n\
             content-length: 0\r\nx-kept: 1\r\n{OURS}\r\n"
        )
    );
}

#[tokio::test]
async fn the_host_header_has_a_port_that_is_not_the_schemes_own() {
    let (server, served) = answering(DONE).await;
    let names = Names::standing_in("erp.example", server);
    Ask::get("http://erp.example:8069").allowed().send(&names.outside()).await.unwrap();
    let sent = String::from_utf8(served.await.unwrap()).unwrap();
    assert!(sent.contains("\r\nhost: erp.example:8069\r\n"), "{sent}");
}

#[tokio::test]
async fn path_and_query_go_out_byte_for_byte() {
    let base = BaseUrl::parse("http://shop.example", &[Scheme::Http]).unwrap();
    for path in [
        "",
        "?",
        "?x=1",
        "/",
        "/a%2Fb%5Cc//d/",
        "/a%7Eb~c%7e",
        "/urn:x:1;v=1,2@3!$&'()*+",
        "/...",
        "/é|x?f[a]='b'",
        "/a?b=%0A&c=%00&d=+",
        "/a??b?/../c//:@?",
        "/%E2%82%AC",
    ] {
        let signed = base.join(path).unwrap();
        let mut ask = Ask::get("http://shop.example");
        ask.target = signed.path_and_query();
        let sent = sent(ask).await;
        assert_eq!(sent.lines().next(), Some(format!("GET {} HTTP/1.1", signed.path_and_query()).as_str()));
    }
    for (given, out) in [("", "/"), ("?", "/?"), ("?x=1", "/?x=1")] {
        let mut ask = Ask::get("http://shop.example");
        ask.target = given;
        assert_eq!(sent(ask).await.split(' ').nth(1), Some(out));
    }
}

#[tokio::test]
async fn what_could_be_read_as_another_request_never_leaves() {
    let plain = || Ask::get("http://shop.example");
    let target = |target| Ask { target, ..plain() };
    let header = |name, value| Ask { headers: vec![(name, value)], ..plain() };
    let asks = [
        target("/a\r\nX: y"),
        target("/a\n"),
        target("/a b"),
        target("/a\0"),
        target("/é"),
        target("/a#b"),
        target("/\u{7f}"),
        target("a"),
        target("*"),
        target("http://evil.example/"),
        target("@evil.example/"),
        header("x\r\ny", "z"),
        header("x y", "z"),
        header("x:", "z"),
        header("", "z"),
        header("é", "z"),
        header("x", "a\r\nb: c"),
        header("x", "a\nb"),
        header("x", "a\0"),
        header("x", "é"),
        header("connection", "é"),
        Ask { method: Method::CONNECT, ..plain() },
        Ask { method: Method::TRACE, ..plain() },
    ];
    for (index, ask) in asks.into_iter().enumerate() {
        let names = Names::default();
        let refused = error(ask.send(&names.outside()).await);
        let host = "shop.example".to_owned();
        assert_eq!(refused, OutboundError::Forbidden { host, reason: Forbidden::Request }, "{index}");
        assert_eq!(names.look_ups(), 0);
    }
}
