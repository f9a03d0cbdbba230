//! Logging in to a mail server (RFC 5321, RFC 3207, RFC 4954). No mail is sent.

mod password;
mod reply;
#[cfg(test)]
mod tests;
mod token;

use keyward_shared::outbound::{LoginError, OutboundError, SmtpLogin, SmtpProof, SmtpSecurity, Welcome};

use self::{
    password::Password,
    reply::{meaning, stronger},
    token::Token,
};
use super::{
    dialogue::Ended,
    lines::{Command, Injection, Lines, Reply, Wire},
};

/// Logs in over a new connection and leaves. `name` is how we name ourselves, and `encrypt` is the TLS handshake.
///
/// # Security
///
/// Nothing of the login is sent before `encrypt` has succeeded.
pub(crate) async fn log_in<S: Wire, T: Wire, E>(
    login: &SmtpLogin<'_>,
    name: &str,
    stream: S,
    encrypt: impl FnOnce(S) -> E,
) -> Result<Welcome, Ended>
where
    E: Future<Output = Result<T, OutboundError>>,
{
    let credentials = Credentials::of(login)?;
    let (mut lines, identity) = match login.security {
        SmtpSecurity::Tls => {
            let mut lines = Lines::new(encrypt(stream).await?);
            let identity = greeting(lines.reply().await?)?;
            (lines, identity)
        }
        SmtpSecurity::StartTls => {
            let mut lines = Lines::new(stream);
            let identity = greeting(lines.reply().await?)?;
            let offers = hello(&mut lines, name).await?;
            if !offers.iter().any(|offer| offer.eq_ignore_ascii_case("STARTTLS")) {
                return Err(LoginError::NoTls.into());
            }
            if lines.ask(&Command::new("STARTTLS")).await?.code != 220 {
                return Err(LoginError::NoTls.into());
            }
            (Lines::new(encrypt(lines.into_stream()?).await?), identity)
        }
    };
    // The extensions offered before TLS are discarded (RFC 3207 §4.2).
    let offers = hello(&mut lines, name).await?;
    let offered = mechanisms(&offers);
    match &credentials {
        Credentials::Password(password) => authenticate(&mut lines, &offered, password).await?,
        Credentials::Token(token) => authenticate(&mut lines, &offered, token).await?,
    }
    if lines.ask(&Command::new("NOOP")).await?.code != 250 {
        return Err(LoginError::Unclear.into());
    }
    lines.leave().await;
    Ok(Welcome { identity })
}

/// The commands that hold the credentials.
enum Credentials<'a> {
    Password(Password<'a>),
    Token(Token),
}

impl<'a> Credentials<'a> {
    /// # Errors
    ///
    /// [`LoginError::Refused`] for a control character that no server can accept.
    fn of(login: &'a SmtpLogin<'a>) -> Result<Self, LoginError> {
        match login.proof {
            SmtpProof::Password(password) => Password::of(login, password).map(Self::Password),
            SmtpProof::Token(token) => Token::of(login, token).map(Self::Token),
        }
    }
}

/// A proof of who the user is, and the mechanisms that say it.
trait Proof {
    /// A way to say it.
    type Mechanism: Copy + 'static;

    /// All ways by their names, in the order in which they are tried.
    const MECHANISMS: &'static [(&'static str, Self::Mechanism)];

    /// That the server does not accept it.
    const REFUSED: LoginError;

    /// Says it, and hands back the last reply.
    async fn attempt<S: Wire>(
        &self,
        lines: &mut Lines<S>,
        mechanism: Self::Mechanism,
    ) -> Result<Reply, Ended>;
}

/// The host that the server says it is.
fn greeting(reply: Reply) -> Result<Option<String>, LoginError> {
    if reply.code != 220 {
        return Err(LoginError::Unclear);
    }
    let host = reply.lines.into_iter().next().unwrap_or_default();
    let host = host.split(' ').next().unwrap_or_default();
    Ok(is_host_name(host).then(|| host.to_ascii_lowercase()))
}

/// Whether it is a plain DNS name of at least two labels (RFC 1123 §2.1): anything else is not repeated.
fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// The extensions that the server offers, without its name.
async fn hello<S: Wire>(lines: &mut Lines<S>, name: &str) -> Result<Vec<String>, Ended> {
    let greeting = Command::with("EHLO", name).map_err(|Injection| Ended::Broken)?;
    let reply = lines.ask(&greeting).await?;
    if reply.code != 250 {
        return Err(LoginError::Unclear.into());
    }
    Ok(reply.lines.into_iter().skip(1).map(|line| line.trim().to_owned()).collect())
}

/// The mechanisms of the `AUTH` line (RFC 4954 §3), in upper case.
fn mechanisms(offers: &[String]) -> Vec<String> {
    // Some servers still write `AUTH=`, from before there was an RFC.
    let of = |offer: &String| {
        let (keyword, rest) = offer.split_once([' ', '='])?;
        keyword.eq_ignore_ascii_case("AUTH").then(|| rest.to_ascii_uppercase())
    };
    let listed: Vec<String> = offers.iter().filter_map(of).collect();
    listed.iter().flat_map(|list| list.split_ascii_whitespace()).map(str::to_owned).collect()
}

/// Tries every mechanism that the server offers and this code knows, until one is accepted. Servers offer `PLAIN` and take
/// `LOGIN` alone (curl's issue 22832), so the first refusal decides nothing.
///
/// # Security
///
/// All of this goes over TLS. `PLAIN` and `LOGIN` show the password to the server.
async fn authenticate<S: Wire, P: Proof>(
    lines: &mut Lines<S>,
    offered: &[String],
    proof: &P,
) -> Result<(), Ended> {
    let mut refusal = None;
    for (name, mechanism) in P::MECHANISMS {
        if !offered.iter().any(|offered| offered == name) {
            continue;
        }
        let reply = match (proof.attempt(lines, *mechanism).await, &refusal) {
            (Ok(reply), _) => reply,
            // Some servers end the connection after a refusal.
            (Err(Ended::Broken), Some(_)) => break,
            (Err(ended), _) => return Err(ended),
        };
        if reply.code == 235 {
            return Ok(());
        }
        refusal = Some(stronger(refusal, meaning(&reply, P::REFUSED)));
        // RFC 5321 §3.8: after 421 the server closes the connection.
        if reply.code == 421 {
            break;
        }
    }
    Err(refusal.unwrap_or(LoginError::NoMethod).into())
}
