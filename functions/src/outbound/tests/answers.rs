//! Answers of servers that keep to the protocol and of servers that do not.

use std::time::Duration;

use hyper::Method;
use keyward_shared::outbound::{OutboundError, Unreachable};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{pause, sleep},
};

use super::support::{Ask, answering, error, server};

const URL: &str = "http://shop.example";

fn broken() -> OutboundError {
    OutboundError::Unreachable { host: "shop.example".to_owned(), why: Unreachable::Protocol }
}

fn timed_out() -> OutboundError {
    OutboundError::TimedOut { host: "shop.example".to_owned() }
}

#[tokio::test]
async fn an_answer_comes_back_without_the_headers_of_the_connection() {
    let (server, _) = answering(
        "HTTP/1.1 418 Teapot\r\nContent-Type: text/plain\r\nX-Twice: 1\r\nX-Twice: 2\r\nX-Odd: \u{e9}\r\n\
         Connection: close, X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n\
         Upgrade: h2c\r\nTrailer: x\r\nContent-Length: 5\r\n\r\nshort",
    )
    .await;
    let answer = Ask::get(URL).send_to(server).await.unwrap();
    assert_eq!(answer.status.as_u16(), 418);
    let headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    assert_eq!(
        headers,
        [
            ("content-type", &b"text/plain"[..]),
            ("x-twice", b"1"),
            ("x-twice", b"2"),
            ("x-odd", "\u{e9}".as_bytes()),
            ("content-length", b"5"),
        ]
    );
    assert_eq!((answer.body.as_slice(), answer.truncated), (&b"short"[..], false));
}

#[tokio::test]
async fn bodies_come_back_however_they_are_framed() {
    for (answer, body) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole", &b"whole"[..]),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nwho\r\n2\r\nle\r\n0\r\nx-trailer: 1\r\n\r\n",
            b"whole",
        ),
        ("HTTP/1.1 200 OK\r\n\r\nwhole", b"whole"),
        ("HTTP/1.0 200 OK\r\n\r\nwhole", b"whole"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole",
            b"whole",
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", b""),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", b""),
    ] {
        let (server, _) = answering(answer).await;
        let got = Ask::get(URL).send_to(server).await.unwrap();
        assert_eq!((got.body.as_slice(), got.truncated), (body, false), "{answer}");
        let names: Vec<_> = got.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.iter().all(|name| *name == "content-length"), "{names:?}");
    }
    let (server, _) = answering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").await;
    let answer = Ask { method: Method::HEAD, ..Ask::get(URL) }.send_to(server).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit() {
    for (limit, body, truncated) in [
        (0, "", true),
        (4, "0123", true),
        (9, "012345678", true),
        (10, "0123456789", false),
        (11, "0123456789", false),
    ] {
        for head in [
            "content-length: 10\r\n\r\n0123456789",
            "transfer-encoding: chunked\r\n\r\n6\r\n012345\r\n4\r\n6789\r\n0\r\n\r\n",
        ] {
            let (server, _) = answering(format!("HTTP/1.1 200 OK\r\n{head}")).await;
            let answer = Ask { max_body_bytes: limit, ..Ask::get(URL) }.send_to(server).await.unwrap();
            assert_eq!((answer.body.as_slice(), answer.truncated), (body.as_bytes(), truncated), "{limit}");
        }
    }
}

/// Sends `piece` for as long as somebody listens.
async fn endlessly(mut stream: TcpStream, head: &str, piece: &str) {
    stream.write_all(head.as_bytes()).await.ok();
    while stream.write_all(piece.as_bytes()).await.is_ok() {}
}

#[tokio::test]
async fn a_body_without_an_end_is_left_at_its_limit() {
    let (server, served) = server(|stream| endlessly(stream, "HTTP/1.1 200 OK\r\n\r\n", "0123456789")).await;
    let answer = Ask::get(URL).send_to(server).await.unwrap();
    assert_eq!((answer.body.len(), answer.truncated), (1_000, true));
    // The connection was closed: the server could not go on.
    served.await.unwrap();
}

#[tokio::test]
async fn headers_without_an_end_are_left() {
    for (head, piece) in [
        ("HTTP/1.1 200 OK\r\n", "x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n"),
        ("HTTP/1.1 200 OK\r\nx: ", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"),
        ("HTTP/1.1 200 ", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"),
    ] {
        let (server, served) = server(move |stream| endlessly(stream, head, piece)).await;
        assert_eq!(error(Ask::get(URL).send_to(server).await), broken());
        served.await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_has_at_most_so_many_headers_and_bytes_of_them() {
    for (bytes, fine) in [(60_000, true), (70_000, false)] {
        let header = "y".repeat(bytes);
        let (server, _) = answering(format!("HTTP/1.1 204 No Content\r\nx: {header}\r\n\r\n")).await;
        assert_eq!(Ask::get(URL).send_to(server).await.is_ok(), fine, "{bytes}");
    }
    for (count, fine) in [(99, true), (101, false)] {
        let headers = "x: y\r\n".repeat(count);
        let (server, _) = answering(format!("HTTP/1.1 204 No Content\r\n{headers}\r\n")).await;
        assert_eq!(Ask::get(URL).send_to(server).await.is_ok(), fine, "{count}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_is_none_is_no_answer() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n012",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
        "SSH-2.0-OpenSSH_9.9\r\n",
        "220 mail.example ESMTP\r\n",
        "<html></html>",
    ] {
        let (server, _) = answering(answer).await;
        assert_eq!(error(Ask::get(URL).send_to(server).await), broken(), "{answer:?}");
    }
}

/// `{"ok":true}` as gzip 1.12, zstd 1.5.4, and Node 20's zlib and Brotli write it.
const CODED: [(&str, &str); 4] = [
    ("gzip", "1f8b0800000000000003ab56cacf56b22a292a4dad0500905fd4a70b000000"),
    ("deflate", "789cab56cacf56b22a292a4dad050016e30411"),
    ("br", "0b05807b226f6b223a747275657d03"),
    ("zstd", "28b52ffd240b5900007b226f6b223a747275657d6abe13c7"),
];

/// 64 KiB of zeros.
const ZEROS: &str = "1f8b0800000000000203edc101010000008090feafee080a0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006aeb8e97d700000100";

fn coded(coding: &str, digest: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\netag: \"1\"\r\n{digest}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn what_is_encoded_unasked_is_decoded() {
    for (coding, body) in CODED {
        let answer = coded(coding, "content-md5: x\r\n", &hex::decode(body).unwrap());
        let (server, _) = answering(answer).await;
        let answer = Ask::get(URL).send_to(server).await.unwrap();
        assert_eq!((answer.body.as_slice(), answer.truncated), (&b"{\"ok\":true}"[..], false), "{coding}");
        let names: Vec<_> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["etag"], "{coding}");
    }
}

#[tokio::test]
async fn what_is_decoded_ends_at_the_limit() {
    for (coding, body) in CODED {
        let (server, _) = answering(coded(coding, "", &hex::decode(body).unwrap())).await;
        let limited = Ask { max_body_bytes: 64, ..Ask::get(URL) };
        assert!(!limited.send_to(server).await.unwrap().truncated, "{coding}");
    }
    // 64 KiB of zeros by `gzip -9`.
    let (server, _) = answering(coded("gzip", "", &hex::decode(ZEROS).unwrap())).await;
    let answer = Ask { max_body_bytes: 2_000, ..Ask::get(URL) }.send_to(server).await.unwrap();
    assert_eq!((answer.body, answer.truncated), (vec![0; 2_000], true));
}

#[tokio::test]
async fn what_cannot_be_decoded_comes_back_as_it_is() {
    for coding in ["compress", "gzip", "br", "zstd", "gzip, gzip, gzip"] {
        let (server, _) = answering(coded(coding, "", b"\xff\xffno such thing")).await;
        let answer = Ask::get(URL).send_to(server).await.unwrap();
        assert_eq!(answer.body, b"\xff\xffno such thing", "{coding}");
        assert!(answer.headers.contains(&("content-encoding".to_owned(), coding.as_bytes().to_vec())));
    }
}

/// From now on, time passes as soon as everybody waits.
async fn drip(mut stream: TcpStream, head: &str, piece: &str) {
    stream.write_all(head.as_bytes()).await.unwrap();
    pause();
    while stream.write_all(piece.as_bytes()).await.is_ok() {
        sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_not_waited_for() {
    let (server, _) = server(|stream| async move {
        pause();
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    assert_eq!(error(Ask::get(URL).send_to(server).await), timed_out());
}

#[tokio::test]
async fn a_server_that_answers_in_drips_is_not_waited_for() {
    for (head, piece) in [
        ("HTTP/1.1 200 OK\r\nx: ", "y"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", "z"),
        ("HTTP/1.1 200 OK\r\n\r\n", "z"),
        ("", "HTTP/1.1 102 Processing\r\n\r\n"),
    ] {
        let (server, served) = server(move |stream| drip(stream, head, piece)).await;
        assert_eq!(error(Ask::get(URL).send_to(server).await), timed_out(), "{head:?}");
        served.abort();
        tokio::time::resume();
    }
}
