//! The sign-in page: one form, no script, usable from the keyboard and with a screen reader.

use axum::{
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use url::form_urlencoded;

use super::authorize::AuthorizeQuery;

/// What the page has to say about the last attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// Something was wrong; not what.
    Wrong,
    /// Nothing was checked.
    Wait {
        /// How long until the next attempt counts, in seconds.
        seconds: u64,
    },
}

impl Notice {
    const fn status(self) -> StatusCode {
        match self {
            Self::Wrong => StatusCode::UNAUTHORIZED,
            Self::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Wrong => "The email address, the password or the code is not right. \
                            A code works once: if you have just used it, wait for the next one."
                .to_owned(),
            Self::Wait { seconds: 1 } => "Too many wrong attempts. Try again in 1 second.".to_owned(),
            Self::Wait { seconds } => format!("Too many wrong attempts. Try again in {seconds} seconds."),
        }
    }
}

const STYLE: &str = "\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 24rem; margin: 3rem auto; padding: 0 1rem; }
.local { border: 2px solid #b45309; border-radius: 4px; padding: .5rem .75rem; }
.error-summary { border: 3px solid #b91c1c; border-radius: 4px; padding: 0 1rem; margin-bottom: 1.5rem; }
label { display: block; margin-top: 1rem; font-weight: 600; }
.hint { margin: 0 0 .25rem; font-size: .875rem; }
input { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; }
button { margin-top: 1.5rem; padding: .5rem 1.25rem; font: inherit; font-weight: 600; }
:focus-visible { outline: 3px solid #2563eb; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  .local { border-color: #f59e0b; }
  .error-summary { border-color: #f87171; }
  :focus-visible { outline-color: #60a5fa; }
}
";

/// `GET /sign-in/style.css`.
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

/// Lets the page begin at a field.
const FOCUS: &str = " autofocus";

/// The form. What was typed as the email address is kept; password and code never are.
pub(super) fn sign_in(
    origins: &[String],
    query: &AuthorizeQuery,
    email: &str,
    notice: Option<Notice>,
) -> Response {
    let Some(action) = query.to_url("/sign-in/session") else {
        return failure(StatusCode::BAD_REQUEST, "The request cannot be read.");
    };
    let title = if notice.is_some() { "Error: Sign in" } else { "Sign in" };
    let body = format!(
        r#"{summary}<h1>Sign in to Keyward</h1>
<form method="post" action="{action}">
<label for="email">Email address</label>
<input id="email" name="email" type="email" value="{email}" autocomplete="username" spellcheck="false" required{email_focus}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{password_focus}>
<label for="code">Code</label>
<p class="hint" id="code-hint">The 6 digits that your authenticator app shows now. Without an app, <code>make -s code USER=…</code> prints them.</p>
<input id="code" name="code" type="text" inputmode="numeric" pattern="\s*[0-9]{{3}}\s?[0-9]{{3}}\s*" maxlength="16" autocomplete="one-time-code" aria-describedby="code-hint" required>
<button type="submit">Sign in</button>
</form>"#,
        summary = notice.map(summary).unwrap_or_default(),
        action = escape(&action),
        email = escape(email),
        email_focus = if notice.is_none() && email.is_empty() { FOCUS } else { "" },
        password_focus = if notice.is_none() && !email.is_empty() { FOCUS } else { "" },
    );
    // The answer to the form is a redirect, and `form-action` applies to where it leads as well.
    let targets = origins.join(" ");
    document(notice.map_or(StatusCode::OK, Notice::status), title, &body, &targets)
}

/// The form for another password. `back` is where the panel is.
pub(super) fn password(origins: &[String], back: &str, email: &str, wrong: Option<&str>) -> Response {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("redirect_uri", back).finish();
    let summary = wrong.map(|wrong| {
        format!(
            r#"<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-title">
<h2 id="error-title">There is a problem</h2>
<p>{}</p>
</div>
"#,
            escape(wrong)
        )
    });
    let body = format!(
        r#"{summary}<h1>Change your password</h1>
<form method="post" action="/forgotPassword?{query}">
<label for="email">Email address</label>
<input id="email" name="email" type="email" value="{email}" autocomplete="username" spellcheck="false" required{focus}>
<label for="password">Present password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<label for="code">Code</label>
<p class="hint" id="code-hint">The 6 digits that your authenticator app shows now. Without an app, <code>make -s code USER=…</code> prints them.</p>
<input id="code" name="code" type="text" inputmode="numeric" pattern="\s*[0-9]{{3}}\s?[0-9]{{3}}\s*" maxlength="16" autocomplete="one-time-code" aria-describedby="code-hint" required>
<label for="new_password">New password</label>
<p class="hint" id="new-hint">At least 14 characters, among them a lower and an upper case letter, a number and a symbol.</p>
<input id="new_password" name="new_password" type="password" autocomplete="new-password" aria-describedby="new-hint" required>
<button type="submit">Change password</button>
</form>"#,
        summary = summary.unwrap_or_default(),
        query = escape(&query),
        email = escape(email),
        focus = if wrong.is_none() { FOCUS } else { "" },
    );
    let (status, title) = match wrong {
        None => (StatusCode::OK, "Change your password"),
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: Change your password"),
    };
    document(status, title, &body, &origins.join(" "))
}

/// What went wrong, focused, with links to the fields to look at.
fn summary(notice: Notice) -> String {
    format!(
        r##"<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-title">
<h2 id="error-title">There is a problem</h2>
<p>{}</p>
<ul><li><a href="#email">Check the email address</a></li><li><a href="#password">Enter the password again</a></li><li><a href="#code">Enter a new code</a></li></ul>
</div>
"##,
        escape(&notice.text())
    )
}

/// A page that only says why there is no form.
pub(super) fn failure(status: StatusCode, text: &str) -> Response {
    let body = format!("<h1>You cannot sign in from here</h1>\n<p>{}</p>", escape(text));
    document(status, "Error: Sign in", &body, "")
}

/// A page of the local stack.
pub(crate) fn document(status: StatusCode, title: &str, body: &str, form_targets: &str) -> Response {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} - Keyward LOCAL</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/sign-in/style.css">
</head>
<body>
<main>
<p class="local"><strong>LOCAL</strong>: this runs on your own machine, with demo users. The terminal shows their passwords.</p>
{body}
</main>
</body>
</html>
"#
    );
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {form_targets}; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_SECURITY_POLICY, &policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: it would make browsers send `Origin: null` with the form.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Html(html)).into_response()
}

impl AuthorizeQuery {
    /// The same request as the query of another path.
    fn to_url(&self, path: &str) -> Option<String> {
        let serde_json::Value::Object(members) = serde_json::to_value(self).ok()? else {
            return None;
        };
        let given = members.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
        Some(format!("{path}?{query}"))
    }
}

/// Text that is safe between tags and in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_place_in_the_page() {
        assert_eq!(escape(r#""><script>'&"#), "&quot;&gt;&lt;script&gt;&#39;&amp;");
    }
}
