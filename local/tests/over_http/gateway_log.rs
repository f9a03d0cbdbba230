//! What the access log says of a request, and what it must not say.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tracing_subscriber::fmt::MakeWriter;

use crate::support::Stack;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_access_log_names_the_route_and_shows_nothing_of_the_request() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    // The test, the server and the functions run on this one thread.
    let _guard = tracing::subscriber::set_default(subscriber);
    let stack = Stack::start().await;
    let token = stack.owner().sign().unwrap();
    let request =
        stack.http.post(stack.url("/v1/keys?canary=in-query")).header("X-Canary", "canary-in-header");
    let request = request.header("Cookie", "canary=in-cookie").bearer_auth(&token).body("canary-in-body");
    assert_eq!(request.send().await.unwrap().status(), 200);
    stack.http.get(stack.url("/canary-in-path")).send().await.unwrap();
    let refused = stack.http.get(stack.url("/v1/keys")).bearer_auth("canary-token");
    assert_eq!(refused.send().await.unwrap().status(), 401);

    let text = log.text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains("duration_ms=")).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].contains(r#"method="POST" route_key="POST /v1/keys" status=200"#), "{text}");
    assert!(lines[1].contains(r#"route_key="$default" status=200"#), "{text}");
    assert!(lines[2].contains(r#"route_key="GET /v1/keys" status=401"#), "{text}");
    assert!(!text.contains("canary") && !text.contains(&token), "{text}");
}
