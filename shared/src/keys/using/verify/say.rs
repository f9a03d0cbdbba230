//! The sentences of a trial. They are for people who manage keys, and say what to do next.

use http::StatusCode;

use crate::keys::health::TrialResult;
use crate::outbound::{Forbidden, LoginError, ObtainError, OutboundError, Unreachable};

pub(super) const PASSED: &str = "The system accepts the credentials.";
pub(super) const LACKS_A_RIGHT: &str = "The system accepts the credentials, but they lack the right for this check. They may still do what they are for.";
pub(super) const REFUSED: &str =
    "The system refuses the credentials. Compare them with where they came from.";
pub(super) const UNPROVEN: &str = "The system answered, but not as it does to credentials that it accepts.";
pub(super) const TOO_MANY: &str = "The system asks for fewer requests. Try again later.";
pub(super) const NO_SUCH_PATH: &str =
    "There is nothing at this path. Name a path that exists and can be read.";
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
            Unreachable::Tls => {
                format!("{host} has no certificate for its name, or encryption that is not acceptable.")
            }
            Unreachable::Protocol => {
                format!("{host} ended the connection, or speaks something else than expected.")
            }
        },
        OutboundError::TimedOut { .. } => format!("{host} did not answer in time."),
    }
}

/// The outcome when the system gave no token or session.
pub(super) fn obtain(error: &ObtainError) -> (TrialResult, String) {
    match error {
        ObtainError::Refused => (TrialResult::Refused, REFUSED.to_owned()),
        ObtainError::Settings(what) => (
            TrialResult::Unclear,
            format!("The system does not accept the settings: {what}. The credentials may still be right."),
        ),
        ObtainError::Busy => {
            (TrialResult::Unclear, "The system cannot serve now. Try again later.".to_owned())
        }
        ObtainError::Unclear => (TrialResult::Unclear, UNPROVEN.to_owned()),
        ObtainError::Unusable(why) => {
            (TrialResult::Refused, format!("The credentials cannot be used: {why}."))
        }
        ObtainError::Outbound(error) => (TrialResult::Unreachable, outbound(error)),
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
        LoginError::NoTls => (
            TrialResult::Unclear,
            "Nothing was sent: the server does not offer the encryption that the key asks for.",
        ),
        LoginError::PrivateKey => (
            TrialResult::Refused,
            "The private key cannot be read. Is it whole, and is the passphrase right?",
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
