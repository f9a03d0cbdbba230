//! A cold start beside that of an empty handler, as far as a debug build can show it. `make bench-cold` has the real figures.

use std::{fs, path::Path, process::Stdio, time::Duration};

use keyward_local::stack::connection;
use keyward_tests::{runtime_api::RuntimeApi, usage::cpu_time};
use serde_json::json;

use crate::support::{
    Api,
    asked::Asked,
    keys::aws4,
    processes::{answer, binaries, command_of, invoke},
    tls_front::TlsFront,
};

/// A cold signature takes so many times the CPU of an empty handler's cold start, or less: the median of the rounds.
///
/// On two cores with twenty processes waiting for them it was 8.8, and no round was above 10.0. With the root certificates of a
/// Debian machine read again it was 14.5, and no round was below 13.8.
const AT_MOST: f64 = 12.0;
const ROUNDS: usize = 5;

/// The CPU that a process takes from its start to its first answer. It is the CPU's time and not the clock's: other tests run
/// meanwhile, and a process that waits for its turn takes none.
async fn cold(program: &Path, front: &TlsFront, bundle: &Path, event: &str) -> Duration {
    let mut runtime = RuntimeApi::start().await.unwrap();
    let mut command = command_of(program, "sign_request", &runtime, front);
    let command = command.env("AWS_CA_BUNDLE", bundle).env("RUST_LOG", "error").stdout(Stdio::null());
    let mut process = command.spawn().unwrap();
    tokio::select! {
        () = runtime.started() => {}
        ended = process.wait() => panic!("the process ended: {ended:?}"),
    }
    front.handshakes();
    let answer = answer(invoke(&mut runtime, &mut process, event.to_owned()).await);
    assert_eq!(answer["statusCode"], 200, "{answer}");
    // Two handshakes take less CPU than the rounds differ by, so they are counted.
    assert_eq!(front.handshakes(), [0; 3], "the first request connects to AWS");
    cpu_time(process.id().unwrap()).unwrap()
}

#[tokio::test]
async fn a_cold_signature_stays_within_reach_of_an_empty_handler() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let front = TlsFront::before(&connection(api.stack().embedded())).await;
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("root.pem");
    fs::write(&bundle, front.root()).unwrap();
    let asked = Asked::of("sign_request", "acme").path("key_id", &key.id);
    let event = asked.body(json!({ "method": "GET", "path": "/orders" })).event().to_string();
    let binaries = binaries().await;
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        // In turns: what slows the machine down slows both down.
        let empty = cold(&binaries.empty_handler(), &front, &bundle, &event).await;
        let signing = cold(&binaries.of("sign_request"), &front, &bundle, &event).await;
        ratios.push(signing.as_secs_f64() / empty.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ROUNDS / 2];
    // A process that did nothing would be as fast as the empty handler.
    assert!(median > 1.0, "{ratios:.1?}");
    assert!(median < AT_MOST, "a cold signature takes {ratios:.1?} times the CPU of an empty handler");
}
