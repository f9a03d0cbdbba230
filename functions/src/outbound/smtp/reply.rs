//! What a mail server's replies to a login mean (RFC 4954 §6, RFC 3463, RFC 5248).

use keyward_shared::outbound::LoginError;

use crate::outbound::lines::Reply;

/// What a reply that is no success says of the credentials. `refused` is that they are wrong.
pub(super) fn meaning(reply: &Reply, refused: LoginError) -> LoginError {
    match (reply.code, enhanced(reply)) {
        // Exchange Online: "550 5.7.30 Basic authentication is not supported for Client Submission" (Exchange team, "Exchange Online to
        // retire Basic auth for Client Submission"), "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled
        // for the Tenant" (Microsoft Learn, "Enable or disable SMTP AUTH in Exchange Online"). RFC 5248 §2.4: 5.7.13 disabled.
        (_, Some((5, 7, 30 | 139 | 13))) => LoginError::PasswordsOff,
        // Gmail: "534-5.7.9 Application-specific password required" (Google, "Gmail SMTP errors and codes"). RFC 4954 §6 has the same
        // code for a mechanism that is too weak.
        (534, Some((5, 7, 9))) if says(reply, "application-specific") => LoginError::AppPassword,
        // RFC 4954 §4: the mechanism is not known after all.
        (504, _) => LoginError::NoMethod,
        // RFC 4954 §6.
        (535, _) => refused,
        // 530 and 538 want encryption, 534 another mechanism, 550 and 554 are of the server's policy, 4xx pass.
        _ => LoginError::Unclear,
    }
}

/// The one that says more: a server that does not know a mechanism, or cannot tell, has not refused the password with another.
pub(super) fn stronger(before: Option<LoginError>, now: LoginError) -> LoginError {
    let weight = |error: &LoginError| match error {
        LoginError::NoMethod => 0,
        LoginError::Unclear => 1,
        LoginError::Refused
        | LoginError::NoDirectory
        | LoginError::HostKeyUnknown { .. }
        | LoginError::HostKeyChanged { .. }
        | LoginError::CertificateChanged { .. }
        | LoginError::NoTls
        | LoginError::WantsTls
        | LoginError::PlainFiles
        | LoginError::PasswordsOff
        | LoginError::AppPassword
        | LoginError::TokenRefused
        | LoginError::PrivateKey
        | LoginError::PasswordToo
        | LoginError::KeyToo
        | LoginError::OnlySha1
        | LoginError::Outbound(_) => 2,
    };
    match before {
        Some(before) if weight(&before) >= weight(&now) => before,
        Some(_) | None => now,
    }
}

/// The enhanced status code (RFC 3463 §2) that a reply begins with.
fn enhanced(reply: &Reply) -> Option<(u16, u16, u16)> {
    let mut numbers = reply.lines.first()?.split_whitespace().next()?.split('.').map(str::parse);
    match (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()) {
        (Ok(class), Ok(subject), Ok(detail), None) => Some((class, subject, detail)),
        _ => None,
    }
}

fn says(reply: &Reply, words: &str) -> bool {
    reply.lines.join(" ").to_ascii_lowercase().contains(words)
}
