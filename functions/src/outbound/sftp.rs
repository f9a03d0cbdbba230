//! Logging in to an SFTP server: SSH (RFC 4253, RFC 4252, RFC 4254) and its `sftp` subsystem. No file is touched.
//!
//! # Which host key
//!
//! A server may have several host keys of different types, and its owner may have published the fingerprint of any of them.
//! Which key it shows depends on what we ask for first. So the order is [fixed](HOST_KEYS). If the server shows another key
//! than the accepted one, we ask again, over another connection, for the types that it has not shown yet. Only when
//! none of its keys is the accepted one does the key count as changed: the answer names the fingerprint of the first, to
//! compare and accept.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keyward_shared::{
    outbound::{LoginError, SftpLogin, SftpProof, Welcome},
    secret::SecretText,
};
use russh::{
    AlgorithmKind, ChannelMsg, Disconnect, MethodKind, Preferred, SshId, cipher,
    client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse},
    compression, kex,
    keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate},
    mac,
};
use russh_sftp::{
    client::{Config as SftpConfig, SftpSession, error::Error as SftpError},
    protocol::StatusCode,
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::dialogue::{Ended, place};

/// Host keys in the order in which we ask for them, which must stay as it is: see the module. No `ssh-rsa`, whose
/// signatures are over SHA-1 (RFC 8332 §1), no DSA, no certificates.
const HOST_KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];
/// RFC 9142 §4 without what it says SHOULD NOT be used, and strict key exchange against prefix truncation
/// (CVE-2023-48795).
const KEY_EXCHANGES: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_GEX_SHA256,
    kex::DH_G16_SHA512,
    kex::DH_G18_SHA512,
    kex::DH_G14_SHA256,
    kex::EXTENSION_SUPPORT_AS_CLIENT,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
];
/// No CBC, no 3DES.
const CIPHERS: &[cipher::Name] = &[
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_GCM,
    cipher::AES_128_GCM,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];
/// No SHA-1, no MD5.
const MACS: &[mac::Name] = &[mac::HMAC_SHA512_ETM, mac::HMAC_SHA256_ETM, mac::HMAC_SHA512, mac::HMAC_SHA256];
/// The session's own task ends by itself when nobody waits for it any more. Longer than a login may take.
const IDLE: Duration = Duration::from_secs(25);
/// The most rounds of questions that a keyboard-interactive login gets: PAM asks once and closes with an empty one.
const MAX_QUESTIONS: usize = 4;

/// Logs in over a new connection, or as many as it takes to see the accepted host key, looks at the directory, and leaves.
///
/// # Security
///
/// Nothing of the login, not even the user's name, is sent to a server whose key is not the accepted one.
pub(crate) async fn log_in<S, F>(login: &SftpLogin<'_>, connect: impl Fn() -> F) -> Result<Welcome, Ended>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Result<S, Ended>>,
{
    let mut session = greet(login.host_key, connect).await?;
    authenticate(&mut session, login).await?;
    let identity = look(&session, login.root_path).await?;
    // The result does not depend on whether the goodbye arrives.
    session.disconnect(Disconnect::ByApplication, "", "").await.ok();
    Ok(Welcome { identity })
}

/// A session with a server whose key is the accepted one.
async fn greet<S, F>(accepted: Option<&str>, connect: impl Fn() -> F) -> Result<Session, Ended>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Result<S, Ended>>,
{
    let mut wanted = HOST_KEYS.to_vec();
    let mut first = None;
    loop {
        let shown = Arc::new(Mutex::new(None));
        let check = CheckHostKey { accepted: accepted.map(str::to_owned), shown: shown.clone() };
        let ended = match client::connect_stream(Arc::new(config(&wanted)), connect().await?, check).await {
            Ok(session) => return Ok(session),
            Err(ended) => ended,
        };
        let Ended::For(LoginError::HostKeyChanged { fingerprint }) = ended else {
            // A server that has no key of the other types ends the conversation.
            return Err(first.unwrap_or(ended));
        };
        let changed = || Ended::For(LoginError::HostKeyChanged { fingerprint });
        let first = first.get_or_insert_with(changed);
        let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
        let before = wanted.len();
        wanted.retain(|algorithm| shown.as_ref().is_some_and(|shown| !is_of_one_key(algorithm, shown)));
        if wanted.is_empty() || wanted.len() == before {
            return Err(std::mem::replace(first, Ended::Broken));
        }
    }
}

/// Whether both are algorithms of one key: an RSA key has several.
fn is_of_one_key(one: &Algorithm, other: &Algorithm) -> bool {
    let is_rsa = |algorithm: &Algorithm| matches!(algorithm, Algorithm::Rsa { .. });
    one == other || (is_rsa(one) && is_rsa(other))
}

fn config(host_keys: &[Algorithm]) -> client::Config {
    client::Config {
        client_id: SshId::Standard(Cow::Borrowed("SSH-2.0-keyward")),
        preferred: Preferred {
            kex: Cow::Borrowed(KEY_EXCHANGES),
            key: Cow::Owned(host_keys.to_vec()),
            host_key_certificates: Cow::Borrowed(&[]),
            cipher: Cow::Borrowed(CIPHERS),
            mac: Cow::Borrowed(MACS),
            compression: Cow::Borrowed(&[compression::NONE]),
        },
        inactivity_timeout: Some(IDLE),
        ..client::Config::default()
    }
}

/// Compares the server's key with the accepted one, at the first key exchange and at each later one.
struct CheckHostKey {
    accepted: Option<String>,
    /// The type of the key that was shown instead.
    shown: Arc<Mutex<Option<Algorithm>>>,
}

impl client::Handler for CheckHostKey {
    type Error = Ended;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Ended> {
        // `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it.
        let fingerprint = shown.public_key().fingerprint(HashAlg::Sha256).to_string();
        match &self.accepted {
            None => Err(LoginError::HostKeyUnknown { fingerprint }.into()),
            Some(accepted) if *accepted == fingerprint => Ok(true),
            Some(_) => {
                *self.shown.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(shown.public_key().algorithm());
                Err(LoginError::HostKeyChanged { fingerprint }.into())
            }
        }
    }
}

impl From<russh::Error> for Ended {
    /// Whatever SSH could not do, the conversation is over. Its words may be the server's, so they are dropped.
    fn from(error: russh::Error) -> Self {
        let russh::Error::NoCommonAlgo { kind, theirs, .. } = error else { return Self::Broken };
        let has = |old: fn(&str) -> bool| theirs.iter().any(|name| old(name));
        let only_sha1 = (matches!(kind, AlgorithmKind::Key) && has(|name| name == "ssh-rsa"))
            || (matches!(kind, AlgorithmKind::Kex) && has(|name| name.ends_with("-sha1")));
        if only_sha1 { LoginError::OnlySha1.into() } else { Self::Broken }
    }
}

type Session = Handle<CheckHostKey>;

async fn authenticate(session: &mut Session, login: &SftpLogin<'_>) -> Result<(), Ended> {
    // A request with the method `none` is answered with the list of methods (RFC 4252 §5.2).
    let mut ways = match session.authenticate_none(login.username).await? {
        AuthResult::Success => return Ok(()),
        AuthResult::Failure { remaining_methods, .. } => remaining_methods,
    };
    if ways.is_empty() && session.is_closed() {
        return Err(Ended::Broken);
    }
    let (mut key, mut password) = match login.proof {
        SftpProof::Password(password) => (None, Some(password)),
        SftpProof::PrivateKey(private_key) => (Some(private_key), None),
        SftpProof::Both { private_key, password } => (Some(private_key), Some(password)),
    };
    // The server says which comes first, and whether the other one is wanted too (RFC 4252 §5.1).
    let mut missing = LoginError::NoMethod;
    loop {
        let asks = ways.contains(&MethodKind::KeyboardInteractive);
        let (result, without_more) = if let Some(key) = key.take_if(|_| ways.contains(&MethodKind::PublicKey))
        {
            (with_key(session, login.username, key).await?, LoginError::PasswordToo)
        } else if let Some(password) = password.take_if(|_| ways.contains(&MethodKind::Password)) {
            (session.authenticate_password(login.username, password.expose()).await?, LoginError::KeyToo)
        } else if let Some(password) = password.take_if(|_| asks) {
            (answer_the_question(session, login.username, password).await?, LoginError::KeyToo)
        } else {
            return Err(missing.into());
        };
        match result {
            AuthResult::Success => return Ok(()),
            AuthResult::Failure { remaining_methods, partial_success: true } => {
                let more = if without_more == LoginError::PasswordToo {
                    &[MethodKind::Password, MethodKind::KeyboardInteractive][..]
                } else {
                    &[MethodKind::PublicKey]
                };
                let is_wanted = more.iter().any(|way| remaining_methods.contains(way));
                missing = if is_wanted { without_more } else { LoginError::NoMethod };
                ways = remaining_methods;
            }
            AuthResult::Failure { remaining_methods, partial_success: false } => {
                // A server that hangs up without an answer looks the same to the library as one that refuses.
                let hung_up = remaining_methods.is_empty() && session.is_closed();
                return Err(if hung_up { Ended::Broken } else { LoginError::Refused.into() });
            }
        }
    }
}

async fn with_key(session: &mut Session, username: &str, key: &SecretText) -> Result<AuthResult, Ended> {
    let key = PrivateKey::from_openssh(key.expose()).map_err(|_| LoginError::PrivateKey)?;
    if key.is_encrypted() {
        return Err(LoginError::PrivateKey.into());
    }
    let hash = signature_hash(session, &key).await?;
    Ok(session.authenticate_publickey(username, PrivateKeyWithHashAlg::new(Arc::new(key), hash)).await?)
}

/// Keyboard-interactive (RFC 4256), for servers that leave passwords to PAM. One question is answered with the password;
/// a second one would be about a second factor.
async fn answer_the_question(
    session: &mut Session,
    username: &str,
    password: &SecretText,
) -> Result<AuthResult, Ended> {
    let mut response = session.authenticate_keyboard_interactive_start(username, None).await?;
    let mut answered = false;
    for _ in 0..MAX_QUESTIONS {
        let answers = match response {
            KeyboardInteractiveAuthResponse::Success => return Ok(AuthResult::Success),
            KeyboardInteractiveAuthResponse::Failure { remaining_methods, partial_success } => {
                return Ok(AuthResult::Failure { remaining_methods, partial_success });
            }
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => match prompts.len() {
                0 => Vec::new(),
                1 if !answered => {
                    answered = true;
                    vec![password.expose().to_owned()]
                }
                _ => return Err(LoginError::NoMethod.into()),
            },
        };
        response = session.authenticate_keyboard_interactive_respond(answers).await?;
    }
    Err(LoginError::Unclear.into())
}

/// With which hash an RSA key signs (RFC 8332): the better one that the server names (RFC 8308 §3.1), and SHA-512 when it
/// names none; never SHA-1.
async fn signature_hash(session: &Session, key: &PrivateKey) -> Result<Option<HashAlg>, Ended> {
    if !key.algorithm().is_rsa() {
        return Ok(None);
    }
    match session.best_supported_rsa_hash().await? {
        None => Ok(Some(HashAlg::Sha512)),
        Some(Some(hash)) => Ok(Some(hash)),
        Some(None) => Err(LoginError::NoMethod.into()),
    }
}

/// The directory where the login leads, or the wanted one, which must be there.
async fn look(session: &Session, root_path: Option<&str>) -> Result<Option<String>, Ended> {
    let mut channel = session.channel_open_session().await?;
    channel.request_subsystem(true, "sftp").await?;
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Success) => break,
            // The login is good, but leads to no files.
            Some(ChannelMsg::Failure) => return Err(LoginError::Unclear.into()),
            Some(_) => {}
            None => return Err(Ended::Broken),
        }
    }
    // The whole login has a limit of its own, so a single request needs none.
    let config = SftpConfig { request_timeout_secs: IDLE.as_secs(), ..SftpConfig::default() };
    let files =
        SftpSession::new_with_config(channel.into_stream(), config).await.map_err(|_| Ended::Broken)?;
    let Some(path) = root_path else {
        let start = files.canonicalize(".").await.map_err(|error| no_directory(&error))?;
        return Ok(place(&start));
    };
    let there = files.metadata(path).await.map_err(|error| no_directory(&error))?;
    if !there.file_type().is_dir() {
        return Err(LoginError::NoDirectory.into());
    }
    // A directory can be seen by whom it does not let in; only a path through it tells.
    let through = files.metadata(format!("{}/.", path.trim_end_matches('/'))).await;
    if through.is_err_and(|error| is(&error, StatusCode::PermissionDenied)) {
        return Err(LoginError::NoDirectory.into());
    }
    Ok(files.canonicalize(path).await.ok().as_deref().and_then(place))
}

fn no_directory(error: &SftpError) -> Ended {
    let says_no = [StatusCode::NoSuchFile, StatusCode::PermissionDenied, StatusCode::Failure];
    if says_no.into_iter().any(|code| is(error, code)) {
        LoginError::NoDirectory.into()
    } else {
        Ended::Broken
    }
}

fn is(error: &SftpError, code: StatusCode) -> bool {
    matches!(error, SftpError::Status(status) if status.status_code == code)
}

#[cfg(test)]
mod tests;
