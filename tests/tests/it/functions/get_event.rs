//! `GET /v1/events/{event_id}`. `publish_event` has its tests.

use super::{Answers, Asking, Case, no_body, no_misuse};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| {
            let event = "evt_019aa9a0-0000-7000-8000-000000000004";
            Some(super::Request::of(asked.path("event_id", event)))
        }),
        deeds: &[],
    }
}
