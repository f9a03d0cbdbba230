//! A function of a stream that is stopped in the middle: the stream hands the same records over again.

use keyward_local::stack::connection;
use keyward_tests::runtime_api::RuntimeApi;
use serde_json::{Value, json};

use super::{
    Api,
    faults::{Fate, Plan, Proxy},
    processes::{answer, binaries, invoke, start},
};

/// Lets a process handle these records, and kills it at this call: the service does the call, and nothing gets past it. Then another
/// process handles the same records, and leaves none undone. True when the first process came to its end.
pub(crate) async fn handled_in_spite_of_a_kill(
    api: &Api,
    function: &str,
    records: &[Value],
    nth: usize,
) -> bool {
    let event = json!({ "Records": records }).to_string();
    let binaries = binaries().await;
    let proxy = Proxy::before(&connection(api.stack().embedded()), held_from(nth)).await;
    let mut runtime = RuntimeApi::start().await.unwrap();
    let mut process = start(&binaries, function, &runtime, &proxy);
    let finished = tokio::select! {
        _ = invoke(&mut runtime, &mut process, event.clone()) => true,
        () = proxy.held() => false,
    };
    process.kill().await.unwrap();
    let mut runtime = RuntimeApi::start().await.unwrap();
    let mut process = start(&binaries, function, &runtime, api);
    let answer = answer(invoke(&mut runtime, &mut process, event).await);
    assert_eq!(answer, json!({ "batchItemFailures": [] }), "{nth}");
    finished
}

/// Nothing gets past this call: the service does it, and the answer is held.
fn held_from(nth: usize) -> Plan {
    let mut calls = 0;
    Box::new(move |_| {
        calls += 1;
        match calls {
            calls if calls < nth => Fate::Passes,
            calls if calls == nth => Fate::HeldAfter,
            _ => Fate::HeldBefore,
        }
    })
}
