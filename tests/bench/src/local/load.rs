//! Requests over some connections at once, each connection waiting for its answer before it asks again. It is written on
//! plain sockets: a client of the debug build would take a good part of the machine that it measures.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use keyward_bench::Failed;

/// What a program is asked, again and again.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: String,
    pub(crate) body: String,
}

/// The time that each answered request took, shortest first.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) const fn answers(&self) -> usize {
        self.0.len()
    }

    /// The time within which this share of the answers came, in milliseconds.
    pub(crate) fn within_ms(&self, percent: usize) -> f64 {
        let index = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(index).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }
}

/// Asks for as long as it is told to.
pub(crate) fn ask(
    address: SocketAddr,
    request: &Request,
    connections: usize,
    time: Duration,
) -> Result<Times, Failed> {
    let written = written(address, request);
    let until = Instant::now() + time;
    let mut times = Vec::new();
    thread::scope(|scope| {
        let asking: Vec<_> =
            (0..connections).map(|_| scope.spawn(|| ask_until(address, &written, until))).collect();
        for connection in asking {
            times.extend(connection.join().map_err(|_| "a connection panicked")??);
        }
        Ok::<_, Failed>(())
    })?;
    times.sort_unstable();
    Ok(Times(times))
}

/// Asks once, and returns the body of the answer.
pub(crate) fn ask_once(address: SocketAddr, request: &Request) -> Result<Vec<u8>, Failed> {
    let stream = TcpStream::connect(address)?;
    (&stream).write_all(written(address, request).as_bytes())?;
    answer(&mut BufReader::new(&stream))
}

fn written(address: SocketAddr, Request { method, path, token, body }: &Request) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn ask_until(address: SocketAddr, request: &str, until: Instant) -> Result<Vec<Duration>, Failed> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(&stream);
    let mut times = Vec::new();
    while Instant::now() < until {
        let asked = Instant::now();
        (&stream).write_all(request.as_bytes())?;
        answer(&mut answers)?;
        times.push(asked.elapsed());
    }
    Ok(times)
}

fn answer(stream: &mut impl BufRead) -> Result<Vec<u8>, Failed> {
    let mut status = String::new();
    stream.read_line(&mut status)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? <= 2 {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    if status.starts_with("HTTP/1.1 2") {
        return Ok(body);
    }
    Err(format!("the stack answered {}: {}", status.trim(), String::from_utf8_lossy(&body)).into())
}
