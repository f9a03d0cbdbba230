//! `/forgotPassword`: another password for somebody who knows the present one and has the second factor. Cognito's page at this path sends a
//! code by mail; this sign-in sends no mail.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    SignIn,
    attempts::{Credentials, NotSignedIn},
    page,
};

/// The fewest characters of a password, as the user pool of a deployment has it (`infra/data.yaml`).
const MIN_LENGTH: usize = 14;

/// Where somebody comes from and goes back to.
#[derive(Deserialize)]
pub(super) struct PasswordQuery {
    redirect_uri: Option<String>,
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct PasswordForm {
    email: String,
    password: String,
    code: String,
    new_password: String,
}

/// `GET /forgotPassword`.
pub(super) async fn show(State(sign_in): State<Arc<SignIn>>, Query(query): Query<PasswordQuery>) -> Response {
    match sign_in.way_back(&query) {
        Some(back) => page::password(&sign_in.origins, &back, "", None),
        None => page::failure(StatusCode::BAD_REQUEST, "The address to go back to is not the panel's."),
    }
}

/// `POST /forgotPassword`. As at the sign-in, the form counts only from our own page.
pub(super) async fn change(
    State(sign_in): State<Arc<SignIn>>,
    Query(query): Query<PasswordQuery>,
    headers: HeaderMap,
    form: Result<Form<PasswordForm>, FormRejection>,
) -> Response {
    let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    if origin.is_some_and(|origin| !sign_in.origins.iter().any(|own| own == origin)) {
        return page::failure(StatusCode::FORBIDDEN, "The form was sent from another site.");
    }
    let (Some(back), Ok(Form(form))) = (sign_in.way_back(&query), form) else {
        return page::failure(StatusCode::BAD_REQUEST, "The form was not complete.");
    };
    let again = |why: &str| page::password(&sign_in.origins, &back, &form.email, Some(why));
    // Before anything is tried, so that a weak password takes no code.
    if !is_strong(&form.new_password) {
        return again(
            "The new password needs at least 14 characters, among them a lower and an upper case letter, a number and a symbol.",
        );
    }
    let given = Credentials { email: &form.email, password: &form.password, code: &form.code };
    let users = sign_in.users();
    let checked = sign_in.attempts().check(&users, &given, sign_in.clock.now());
    match checked {
        Ok(user) => match sign_in.people.set_password(user, &form.new_password) {
            Ok(()) => ([(header::CACHE_CONTROL, "no-store")], Redirect::to(&back)).into_response(),
            Err(_) => {
                page::failure(StatusCode::INTERNAL_SERVER_ERROR, "The data directory cannot be written.")
            }
        },
        Err(NotSignedIn::Wrong) => again(
            "The email address, the present password or the code is not right. A code works once: if you have just used it, wait for the next one.",
        ),
        Err(NotSignedIn::Wait { seconds }) => {
            again(&format!("Too many wrong attempts. Try again in {seconds} s."))
        }
    }
}

impl SignIn {
    /// An address of the panel to go back to.
    fn way_back(&self, query: &PasswordQuery) -> Option<String> {
        let asked = query.redirect_uri.as_deref()?;
        self.panel_redirects().find(|allowed| allowed == asked)
    }
}

/// The policy of the user pool of a deployment.
fn is_strong(password: &str) -> bool {
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    password.chars().count() >= MIN_LENGTH
        && has(|letter| letter.is_ascii_lowercase())
        && has(|letter| letter.is_ascii_uppercase())
        && has(|letter| letter.is_ascii_digit())
        && has(|letter| letter.is_ascii_punctuation())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_strong_by_its_length_and_its_kinds_of_characters() {
        assert!(is_strong("Correct-horse-7"));
        for weak in
            ["", "Correct-hor-7", "correct-horse-7", "CORRECT-HORSE-7", "Correct-horse-x", "Correct0horse7"]
        {
            assert!(!is_strong(weak), "{weak}");
        }
    }
}
