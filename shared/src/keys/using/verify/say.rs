//! The sentences of a trial. They are for people who manage keys, and say what to do next.

use http::StatusCode;

use super::judge::Judgement;
use crate::keys::check::{Expects, OwnCheck};
use crate::keys::health::TrialResult;
use crate::keys::using::authorize::OAUTH2_ERROR;
use crate::outbound::{Forbidden, LoginError, ObtainError, OutboundError, TlsFailure, Unreachable};

pub(super) const PASSED: &str = "The system accepts the credentials.";
pub(super) const LACKS_A_RIGHT: &str = "The system accepts the credentials, but they lack the right for this check. They may still do what they are for.";
pub(super) const REFUSED: &str =
    "The system refuses the credentials. Compare them with where they came from.";
pub(super) const UNPROVEN: &str = "The address answered, but not as the system does, neither to credentials that it accepts nor to others. Is the address right?";
pub(super) const NO_TOKEN: &str = "The address gave neither a token or session nor a reason that Keyward knows. Something before the system may have answered, such as a firewall, a proxy or a login page. The credentials may still be right.";
pub(super) const OTHER_SERVER: &str = "The system accepts the credentials, and names a server for its requests that Keyward does not know. Nothing was sent there: tell whoever runs Keyward, so that the server is added to the system's template.";
pub(super) const TOO_MANY: &str = "The system asks for fewer requests. Try again later.";
pub(super) const NO_SUCH_PATH: &str =
    "There is nothing at this path. Name a path that exists and can be read.";
pub(super) const NOT_ALLOWED: &str = "The request was refused with status 403. The credentials may lack the right for this path, or they are wrong, or a firewall refused the request.";
pub(super) const BROKEN: &str =
    "The answer says that it is JSON, and it is none. Something may have cut it off.";
pub(super) const ASKED_FOR_OTHERS: &str = "The system asks for other credentials (status 401). Compare these with where they came from, and the kind of authentication with what the system's owner says.";

pub(super) const ASKED_FOR_ANOTHER_KIND: &str = "The address asks for credentials of another kind than the key sends (status 401). Either something before the system, such as a proxy or a password page, asks for its own, or the system takes another kind of authentication. Whether it accepts these credentials is not known.";

/// A request that was answered. Whether the same request is answered without the credentials, too, is not known.
pub(super) fn answered(status: StatusCode) -> String {
    let status = status.as_u16();
    format!(
        "The system answered the request with status {status}. Keyward does not know whether it looks at the credentials for this path."
    )
}

pub(super) const FORBIDDEN_TO_KEY: &str = "The address answers the request without the credentials, and refuses it with them (status 403). The credentials may be wrong, or a firewall refused the request.";
pub(super) const FORBIDDEN_AND_KNOWN: &str = "The address asks for credentials (status 401), and refuses the request with these (status 403). They may lack the right for this path, or they are wrong.";

/// What a check of the key's own expects.
fn expected(check: &OwnCheck) -> String {
    let body = match &check.expects {
        Expects::Anything => "",
        Expects::Text(_) => " and the expected text",
        Expects::Json { .. } => " and the expected value",
    };
    format!("status {}{body}", check.status.as_u16())
}

/// The proof that the credentials of a check are looked at, and accepted.
pub(super) fn compared(check: &OwnCheck, without: StatusCode) -> String {
    let (expected, without) = (expected(check), without.as_u16());
    format!(
        "The system accepts the credentials. It answered the check with them as expected ({expected}), and did not without them (status {without})."
    )
}

pub(super) fn answers_anybody(check: &OwnCheck) -> String {
    let expected = expected(check);
    format!(
        "This address answers anybody: the answer without the credentials was the expected one too ({expected}). Name a path in the check that needs the credentials."
    )
}

/// The request without the credentials got an answer that is no refusal.
pub(super) fn nothing_to_compare(without: StatusCode) -> String {
    let without = without.as_u16();
    format!(
        "The answer with the credentials was the expected one, but the one without them (status {without}) is no refusal of the system, so nothing is proven. Try again later, or name another path in the check."
    )
}

pub(super) fn other_status(check: &OwnCheck, status: StatusCode) -> String {
    let (expected, status) = (check.status.as_u16(), status.as_u16());
    format!(
        "The answer has status {status}, and the check expects {expected}. Correct the check, or the credentials may be wrong."
    )
}

pub(super) fn other_body(check: &OwnCheck) -> String {
    let what = match &check.expects {
        Expects::Anything => "what",
        Expects::Text(_) => "the text that",
        Expects::Json { .. } => "the value that",
    };
    format!("The answer lacks {what} the check expects. Correct the check, or the credentials may be wrong.")
}

pub(super) const HOST_KEY_UNKNOWN: &str = "Nothing was sent: no host key is accepted yet. Compare this fingerprint with the one that the server's owner tells you, and enter it in the key.";
pub(super) const HOST_KEY_CHANGED: &str = "Nothing was sent: the server shows another host key than the accepted one. Ask its owner whether the key was replaced before you accept this one.";

pub(super) fn redirects(status: StatusCode) -> String {
    format!(
        "The system sends requests elsewhere (status {}). Use the address that it leads to.",
        status.as_u16()
    )
}

pub(super) fn server_error(status: StatusCode) -> String {
    format!("The system has a fault of its own (status {}). Try again later.", status.as_u16())
}

/// A page for people, where there should be an answer for programs.
pub(super) fn page(status: StatusCode) -> String {
    let status = status.as_u16();
    format!(
        "A web page came back (status {status}) instead of an answer of the system. It may be of a firewall, a proxy, a login or waiting page, or the address may be wrong. The credentials may still be right."
    )
}

/// A refusal that nothing shows to be the system's own.
pub(super) fn somebody(status: StatusCode) -> String {
    let status = status.as_u16();
    format!(
        "The request was refused (status {status}), but not in the way of this system. Something before it may have refused the request, such as a firewall or a proxy, or the credentials are wrong."
    )
}

pub(super) fn unexpected(status: StatusCode) -> String {
    format!("The system answered with status {}, which says nothing about the credentials.", status.as_u16())
}

/// Why nobody was there.
pub(super) fn outbound(error: &OutboundError) -> String {
    let host = error.host();
    match error {
        OutboundError::Forbidden { reason: Forbidden::Port(port), .. } => {
            format!(
                "Keyward makes no connection to port {port} of {host}: this protocol has ports of its own."
            )
        }
        OutboundError::Forbidden { reason: Forbidden::Address(_), .. } => {
            format!("Keyward makes no connection to {host}: its address is not on the Internet.")
        }
        OutboundError::Forbidden { reason: Forbidden::Request, .. } => {
            format!(
                "Keyward does not send this request to {host}: it has characters that no request may have."
            )
        }
        OutboundError::Unreachable { why, .. } => match why {
            Unreachable::NoAddress => format!("The name {host} has no address. Is it spelled right?"),
            Unreachable::NoConnection => format!("{host} takes no connection."),
            Unreachable::Tls(failure) => tls(host, *failure),
            Unreachable::Protocol => {
                format!("{host} ended the connection, or speaks something else than expected.")
            }
        },
        OutboundError::TimedOut { .. } => format!("{host} did not answer in time."),
    }
}

fn tls(host: &str, failure: TlsFailure) -> String {
    match failure {
        TlsFailure::UnknownIssuer => format!(
            "The certificate of {host} leads to no authority that is trusted. Either the server does not send the certificates between its own and the authority, which browsers fetch by themselves, or it signed its certificate itself. Ask its owner to send the whole chain of a public authority."
        ),
        TlsFailure::Expired => format!(
            "The certificate of {host} has expired, or is not valid yet. Ask its owner to renew the certificate."
        ),
        TlsFailure::OtherName => format!(
            "The certificate of {host} is for another name. Enter the host as the certificate has it, or ask its owner for a certificate with this name."
        ),
        TlsFailure::Versions => format!(
            "{host} offers no version of TLS, or no ciphers, that are safe. Ask its owner to allow TLS 1.2 or 1.3."
        ),
        TlsFailure::NotTls => format!(
            "{host} speaks no TLS on this port from the start. If it turns to TLS later, as mail servers do on port 587, choose STARTTLS or explicit TLS in the key; otherwise correct the port."
        ),
        TlsFailure::Other => format!("{host} and Keyward could not agree on an encrypted connection."),
    }
}

/// The outcome when the system gave no token or session.
pub(super) fn obtain(error: &ObtainError) -> Judgement {
    match error {
        ObtainError::Refused(code) => {
            let code = code.map(|code| format!(" It answered `{code}`.")).unwrap_or_default();
            Judgement::proven(TrialResult::Refused, format!("{REFUSED}{code}"), OAUTH2_ERROR)
        }
        ObtainError::RefusedBy { rule, advice } => Judgement::proven(TrialResult::Refused, advice, rule),
        ObtainError::UnclearBy { rule, advice } => Judgement::proven(TrialResult::Unclear, advice, rule),
        ObtainError::Settings(what) => Judgement::proven(
            TrialResult::Unclear,
            format!("The system does not accept the settings: {what}. The credentials may still be right."),
            OAUTH2_ERROR,
        ),
        ObtainError::Busy => {
            Judgement::new(TrialResult::Unclear, "The system cannot serve now. Try again later.")
        }
        ObtainError::OtherServer => Judgement::new(TrialResult::Unclear, OTHER_SERVER),
        ObtainError::Unclear => Judgement::new(TrialResult::Unclear, NO_TOKEN),
        ObtainError::Unusable(why) => {
            Judgement::new(TrialResult::Refused, format!("The credentials cannot be used: {why}."))
        }
        ObtainError::Outbound(error) => Judgement::new(TrialResult::Unreachable, outbound(error)),
    }
}

/// The outcome of a failed login.
pub(super) fn login(error: &LoginError) -> (TrialResult, String) {
    let (result, message) = match error {
        LoginError::Refused => (TrialResult::Refused, REFUSED),
        LoginError::NoDirectory => (
            TrialResult::Unclear,
            "The server accepts the credentials, but the directory is not there, or not for this user.",
        ),
        LoginError::HostKeyUnknown { .. } => (TrialResult::Unclear, HOST_KEY_UNKNOWN),
        LoginError::HostKeyChanged { .. } => (TrialResult::Unclear, HOST_KEY_CHANGED),
        LoginError::CertificateChanged { .. } => (
            TrialResult::Unclear,
            "Nothing was sent: the server shows another certificate than the accepted one. Ask its owner whether the certificate was replaced before you accept this one.",
        ),
        LoginError::NoTls => (
            TrialResult::Unclear,
            "Nothing was sent: the server does not offer the encryption that the key asks for.",
        ),
        LoginError::WantsTls => (
            TrialResult::Unclear,
            "The server takes no login without TLS. Choose explicit TLS in the key. Whether the credentials are right is not known.",
        ),
        LoginError::PlainFiles => (
            TrialResult::Unclear,
            "The server accepts the credentials, but it does not encrypt files. Ask its owner to allow protected data connections (PROT P).",
        ),
        LoginError::PasswordsOff => (
            TrialResult::Unclear,
            "The provider takes no passwords for this mailbox: basic authentication, or SMTP AUTH, is turned off. Its administrator can allow SMTP AUTH for the mailbox, or name another way to send. Whether the password is right is not known.",
        ),
        LoginError::TokenRefused => (
            TrialResult::Refused,
            "The token service accepts the credentials, but the mail server refuses its token for this user. Is the user the mailbox to send from, and may this application send as it? For Exchange Online it needs the permission SMTP.SendAsApp, the consent of an administrator, a service principal in Exchange, and rights to the mailbox.",
        ),
        LoginError::AppPassword => (
            TrialResult::Refused,
            "The provider wants an app password in the place of the password of the account. Make one in the settings of the account, and enter it here.",
        ),
        LoginError::PrivateKey => {
            (TrialResult::Refused, "The stored private key cannot be read. Enter it again.")
        }
        LoginError::PasswordToo => (
            TrialResult::Unclear,
            "The server accepts the private key, and wants a password as well. Enter it beside the key.",
        ),
        LoginError::KeyToo => (
            TrialResult::Unclear,
            "The server accepts the password, and wants a private key as well. Choose the private key, and enter the password beside it.",
        ),
        LoginError::OnlySha1 => (
            TrialResult::Unclear,
            "Nothing was sent: the server offers only ssh-rsa (SHA-1), or only key exchanges with SHA-1, which are no longer safe. Its owner must update it, or add an Ed25519, ECDSA or RSA SHA-2 host key.",
        ),
        LoginError::NoMethod => {
            (TrialResult::Unclear, "The server offers no way to log in that fits these credentials.")
        }
        LoginError::Unclear => {
            (TrialResult::Unclear, "The server answered something that says neither yes nor no.")
        }
        LoginError::Outbound(error) => return (TrialResult::Unreachable, outbound(error)),
    };
    (result, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_failed_for_another_reason_than_the_password_says_which() {
        for (error, words) in [
            (LoginError::OnlySha1, "offers only ssh-rsa (SHA-1)"),
            (LoginError::WantsTls, "takes no login without TLS. Choose explicit TLS"),
            (LoginError::PasswordsOff, "takes no passwords for this mailbox"),
            (LoginError::PasswordToo, "wants a password as well"),
            (LoginError::KeyToo, "wants a private key as well"),
            (LoginError::PlainFiles, "does not encrypt files"),
            (LoginError::NoTls, "does not offer the encryption"),
            (LoginError::CertificateChanged { fingerprint: "AA:BB".to_owned() }, "shows another certificate"),
        ] {
            let (result, message) = login(&error);
            assert_eq!(result, TrialResult::Unclear, "{error}");
            assert!(message.contains(words) && !message.contains("Compare them"), "{message}");
        }
        let (result, message) = login(&LoginError::AppPassword);
        assert_eq!(result, TrialResult::Refused);
        assert!(message.contains("app password"), "{message}");
    }

    #[test]
    fn each_failure_of_tls_says_what_to_do() {
        for (failure, words) in [
            (TlsFailure::UnknownIssuer, "does not send the certificates between its own and the authority"),
            (TlsFailure::Expired, "has expired"),
            (TlsFailure::OtherName, "is for another name"),
            (TlsFailure::Versions, "allow TLS 1.2 or 1.3"),
            (TlsFailure::NotTls, "as mail servers do on port 587, choose STARTTLS"),
        ] {
            let message = tls("mail.acme.example", failure);
            assert!(message.contains(words) && message.contains("mail.acme.example"), "{message}");
        }
    }
}
