//! The real binaries over the Lambda Runtime API.

use keyward_functions::table::functions;
use keyward_tests::runtime_api::{Outcome, RuntimeApi};
use serde_json::Value;

use crate::{
    functions::{Answers, case},
    support::{
        Api,
        callers::admit_samples,
        processes::{answer, binaries, command, invoke, sample, start},
    },
};

#[tokio::test]
async fn every_function_answers_its_event() {
    let api = Api::start().await;
    admit_samples(&api.callers_rows()).await;
    let binaries = binaries().await;
    for function in functions().filter(|function| !function.routes().is_empty()) {
        let name = function.name.as_str();
        let event = sample(name).to_string();
        let mut runtime = RuntimeApi::start().await.unwrap();
        let mut process = start(&binaries, name, &runtime, &api);
        let answer = answer(invoke(&mut runtime, &mut process, event).await);
        let Answers::Status(expected) = case(function.name).event else {
            panic!("tests/it/functions/{name}.rs does not say the status that its event is answered with");
        };
        assert_eq!(answer["statusCode"], expected, "{name} {answer}");
    }
}

#[tokio::test]
async fn every_function_that_no_route_calls_deals_with_its_event() {
    let api = Api::start().await;
    admit_samples(&api.callers_rows()).await;
    let binaries = binaries().await;
    for function in functions().filter(|function| function.routes().is_empty()) {
        let name = function.name.as_str();
        let event = sample(name).to_string();
        let mut runtime = RuntimeApi::start().await.unwrap();
        let mut process = start(&binaries, name, &runtime, &api);
        let answer = answer(invoke(&mut runtime, &mut process, event.clone()).await);
        let Answers::Json(expected) = case(function.name).event else {
            panic!("tests/it/functions/{name}.rs does not say what its event is answered with");
        };
        let expected = expected(&serde_json::from_str(&event).unwrap(), &answer);
        assert_eq!(answer, expected, "{}", name);
        // What is no event of its own is set aside, not looked at, or fails as a whole. The process lives on.
        let other = invoke(&mut runtime, &mut process, "{\"Records\":[{}]}".to_owned()).await;
        match other {
            Outcome::Answered(_) => {}
            Outcome::Failed(error) => assert!(!error.contains("panicked"), "{name} {error}"),
            Outcome::NotStarted(error) => panic!("{name} {error}"),
        }
        assert!(matches!(invoke(&mut runtime, &mut process, event).await, Outcome::Answered(_)), "{name}");
    }
}

#[tokio::test]
async fn events_of_other_kinds_are_answered_or_refused_and_the_process_lives_on() {
    let api = Api::start().await;
    admit_samples(&api.callers_rows()).await;
    let binaries = binaries().await;
    let mut runtime = RuntimeApi::start().await.unwrap();
    let mut process = start(&binaries, "create_key", &runtime, &api);
    let before = api.everything().await;
    let folder = format!("{}/testdata/lambda-events", env!("CARGO_MANIFEST_DIR"));
    let mut events = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        events += 1;
        let outcome = invoke(&mut runtime, &mut process, std::fs::read_to_string(&path).unwrap()).await;
        match outcome {
            Outcome::Answered(answer) => {
                let answer: Value = serde_json::from_str(&answer).unwrap();
                let status = answer["statusCode"].as_u64().unwrap();
                assert!((400..500).contains(&status), "{path:?} {answer}");
            }
            Outcome::Failed(error) => assert!(!error.contains("panicked"), "{path:?} {error}"),
            Outcome::NotStarted(error) => panic!("{path:?} {error}"),
        }
    }
    assert!(events >= 40, "{events}");
    assert_eq!(api.everything().await, before);
    let event = sample("create_key").to_string();
    assert_eq!(answer(invoke(&mut runtime, &mut process, event).await)["statusCode"], 201);
}

#[tokio::test]
async fn bodies_and_paths_that_are_not_what_they_claim_are_problems() {
    let api = Api::start().await;
    admit_samples(&api.callers_rows()).await;
    let binaries = binaries().await;
    let mut runtime = RuntimeApi::start().await.unwrap();
    let mut process = start(&binaries, "create_key", &runtime, &api);
    let event = sample("create_key");
    let mut not_base64 = event.clone();
    not_base64["isBase64Encoded"] = true.into();
    let mut odd_path = event;
    odd_path["rawPath"] = "/v1/ keys \u{0}<>".into();
    odd_path["rawQueryString"] = "a=%ff&%%%".into();
    for event in [not_base64, odd_path] {
        assert_eq!(answer(invoke(&mut runtime, &mut process, event.to_string()).await)["statusCode"], 400);
    }
}

#[tokio::test]
async fn a_function_that_does_not_exist_does_not_start() {
    let api = Api::start().await;
    admit_samples(&api.callers_rows()).await;
    let binaries = binaries().await;
    let runtime = RuntimeApi::start().await.unwrap();
    let output = command(&binaries, "open_everything", &runtime, &api).output().await.unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("there is no function open_everything"), "{said}");
}
