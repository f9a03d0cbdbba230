//! `POST /v1/keys/{key_id}/enable`. What it does stands beside what `disable` does.

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::crashes::Deed;

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request { asked, about: key, effect: Effect::KeyChanged("an enabling") })
        }),
        deeds: &[Deed::EnableKey],
    }
}
