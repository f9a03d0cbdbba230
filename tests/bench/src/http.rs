//! HTTP/1.1 over one blocking connection: as much of it as a load needs, and so little that the load takes few cycles from what
//! it measures.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

use crate::Failed;

/// Nothing that is measured takes so long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The same, if it says success.
    ///
    /// # Errors
    ///
    /// With the status and the body of another one.
    pub fn success(self) -> Result<Self, Failed> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        Err(format!("the answer is {}: {}", self.status, String::from_utf8_lossy(&self.body)).into())
    }

    /// The body as JSON; null if it is empty.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub fn json(&self) -> Result<Value, Failed> {
        if self.body.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&self.body)?) }
    }
}

/// The bytes of a request.
#[must_use]
pub fn request(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {to}\r\n");
    let body = body.map(Value::to_string).unwrap_or_default();
    let own = [("content-type", "application/json"), ("content-length", &body.len().to_string())];
    for (name, value) in headers.iter().copied().chain(own) {
        // Writing to a string does not fail.
        write!(head, "{name}: {value}\r\n").ok();
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// A connection that is kept open.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When nothing listens there.
    pub fn open(to: SocketAddr) -> Result<Self, Failed> {
        let stream = TcpStream::connect_timeout(&to, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// When the connection breaks, or what comes is no answer.
    pub fn ask(&mut self, request: &[u8]) -> Result<Answer, Failed> {
        self.0.get_mut().write_all(request)?;
        let line = self.line()?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| format!("no status line: {line:?}"))?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                chunked = value.trim().eq_ignore_ascii_case("chunked");
            }
        }
        let mut body = Vec::new();
        if chunked {
            while self.chunk(&mut body)? > 0 {}
        } else {
            self.read(&mut body, length)?;
        }
        Ok(Answer { status, body })
    }

    /// A line without its end. The end of the connection is an error: an answer is missing.
    fn line(&mut self) -> Result<String, Failed> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err("the connection was closed in the middle of an answer".into());
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    fn read(&mut self, body: &mut Vec<u8>, length: u64) -> Result<(), Failed> {
        let read = (&mut self.0).take(length).read_to_end(body)?;
        if u64::try_from(read)? == length { Ok(()) } else { Err("the answer is too short".into()) }
    }

    /// One chunk (RFC 9112 §7.1), and its length. The last one is empty.
    fn chunk(&mut self, body: &mut Vec<u8>) -> Result<u64, Failed> {
        let line = self.line()?;
        let length = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
        self.read(body, length)?;
        self.line()?;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use serde_json::json;

    use super::*;

    /// What is read of an answer that somebody sends, and what they were asked.
    fn exchange(answer: &'static str) -> (Result<Answer, Failed>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let mut asked = [0; 1024];
            let length = stream.read(&mut asked).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(asked[..length].to_vec()).unwrap()
        });
        let asked = request(address, "POST", "/a", &[("x-b", "c")], Some(&json!({ "d": 1 })));
        let answer = Connection::open(address).unwrap().ask(&asked);
        (answer, server.join().unwrap())
    }

    #[test]
    fn a_request_has_its_headers_and_its_body() {
        let (answer, asked) = exchange("HTTP/1.1 204 No Content\r\n\r\n");
        let lines: Vec<_> = asked.lines().collect();
        assert_eq!(lines[0], "POST /a HTTP/1.1");
        assert!(lines[1].starts_with("host: 127.0.0.1:"));
        assert_eq!(
            &lines[2..],
            ["x-b: c", "content-type: application/json", "content-length: 7", "", "{\"d\":1}"]
        );
        assert_eq!((answer.as_ref().unwrap().status, answer.unwrap().json().unwrap()), (204, Value::Null));
    }

    #[test]
    fn a_body_of_known_length_and_one_in_chunks_are_read() {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n[1, 2]",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1, \r\n2;x=y\r\n2]\r\n0\r\n\r\n",
        ] {
            let answer = exchange(answer).0.unwrap().success().unwrap();
            assert_eq!(answer.json().unwrap(), json!([1, 2]));
        }
    }

    #[test]
    fn half_an_answer_and_a_refusal_are_errors() {
        for answer in
            ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1, 2]", "HTTP/1.1 200 OK\r\n", "what\r\n"]
        {
            assert!(exchange(answer).0.is_err(), "{answer:?}");
        }
        let refused =
            exchange("HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nnope").0.unwrap().success();
        assert_eq!(refused.unwrap_err().to_string(), "the answer is 403: nope");
    }
}
