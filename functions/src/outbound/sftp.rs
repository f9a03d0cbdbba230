//! Logging in to an SFTP server: SSH (RFC 4253, RFC 4252, RFC 4254) and its `sftp` subsystem. No file is touched.
//!
//! # Which host key
//!
//! A server may have several host keys of different types. Which one it shows depends on what we ask for first, so the
//! order is [fixed](HOST_KEYS), and every login sees the key whose fingerprint was shown when it was accepted. If
//! the operator adds a key of a type that comes earlier in the order, or somebody enters the fingerprint of another
//! type than that, the key counts as changed: the answer names the fingerprint to compare and accept.

use std::{borrow::Cow, sync::Arc, time::Duration};

use keyward_shared::{
    outbound::{LoginError, SftpLogin, SftpProof, Welcome, needs_passphrase, pem_lines},
    secret::SecretText,
};
use russh::{
    ChannelMsg, Disconnect, MethodKind, MethodSet, Preferred, SshId, cipher,
    client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse},
    compression, kex,
    keys::{
        Algorithm, EcdsaCurve, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate,
        decode_secret_key,
    },
    mac,
};
use russh_sftp::{
    client::{Config as SftpConfig, SftpSession, error::Error as SftpError},
    protocol::StatusCode,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::spawn_blocking,
};
use zeroize::Zeroizing;

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

/// Logs in over a new connection, looks at the directory, and leaves.
///
/// # Security
///
/// Nothing of the login, not even the user's name, is sent to a server whose key is not the accepted one.
pub(crate) async fn log_in<S>(login: &SftpLogin<'_>, stream: S) -> Result<Welcome, Ended>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let check = CheckHostKey { accepted: login.host_key.map(str::to_owned) };
    let mut session = client::connect_stream(Arc::new(config()), stream, check).await?;
    authenticate(&mut session, login).await?;
    let identity = look(&session, login.root_path).await?;
    // The result does not depend on whether the goodbye arrives.
    session.disconnect(Disconnect::ByApplication, "", "").await.ok();
    Ok(Welcome { identity })
}

fn config() -> client::Config {
    client::Config {
        client_id: SshId::Standard(Cow::Borrowed("SSH-2.0-keyward")),
        preferred: Preferred {
            kex: Cow::Borrowed(KEY_EXCHANGES),
            key: Cow::Borrowed(HOST_KEYS),
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
}

impl client::Handler for CheckHostKey {
    type Error = Ended;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Ended> {
        // `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it.
        let fingerprint = shown.public_key().fingerprint(HashAlg::Sha256).to_string();
        match &self.accepted {
            None => Err(LoginError::HostKeyUnknown { fingerprint }.into()),
            Some(accepted) if *accepted == fingerprint => Ok(true),
            Some(_) => Err(LoginError::HostKeyChanged { fingerprint }.into()),
        }
    }
}

impl From<russh::Error> for Ended {
    /// Whatever SSH could not do, the conversation is over. Its words may be the server's, so they are dropped.
    fn from(_: russh::Error) -> Self {
        Self::Broken
    }
}

type Session = Handle<CheckHostKey>;

async fn authenticate(session: &mut Session, login: &SftpLogin<'_>) -> Result<(), Ended> {
    // A request with the method `none` is answered with the list of methods (RFC 4252 §5.2).
    let ways = match session.authenticate_none(login.username).await? {
        AuthResult::Success => return Ok(()),
        AuthResult::Failure { remaining_methods, .. } => remaining_methods,
    };
    if ways.is_empty() && session.is_closed() {
        return Err(Ended::Broken);
    }
    match login.proof {
        SftpProof::Password(password) if ways.contains(&MethodKind::Password) => {
            outcome(session.authenticate_password(login.username, password.expose()).await?, session)
        }
        SftpProof::Password(password) if ways.contains(&MethodKind::KeyboardInteractive) => {
            answer_the_question(session, login.username, password).await
        }
        SftpProof::PrivateKey { private_key, passphrase } if ways.contains(&MethodKind::PublicKey) => {
            let key = read_private_key(private_key, passphrase).await?;
            let hash = signature_hash(session, &key).await?;
            let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
            outcome(session.authenticate_publickey(login.username, key).await?, session)
        }
        SftpProof::Password(_) | SftpProof::PrivateKey { .. } => Err(LoginError::NoMethod.into()),
    }
}

fn outcome(result: AuthResult, session: &Session) -> Result<(), Ended> {
    match result {
        AuthResult::Success => Ok(()),
        AuthResult::Failure { remaining_methods, partial_success } => {
            Err(failure(&remaining_methods, partial_success, session))
        }
    }
}

fn failure(remaining: &MethodSet, partial_success: bool, session: &Session) -> Ended {
    if partial_success {
        // It was right, and something else is wanted too (RFC 4252 §5.1).
        return LoginError::NoMethod.into();
    }
    // A server that hangs up without an answer looks the same to the library as one that refuses.
    if remaining.is_empty() && session.is_closed() { Ended::Broken } else { LoginError::Refused.into() }
}

/// Keyboard-interactive (RFC 4256), for servers that leave passwords to PAM. One question is answered with the password;
/// a second one would be about a second factor.
async fn answer_the_question(
    session: &mut Session,
    username: &str,
    password: &SecretText,
) -> Result<(), Ended> {
    let mut response = session.authenticate_keyboard_interactive_start(username, None).await?;
    let mut answered = false;
    for _ in 0..MAX_QUESTIONS {
        let answers = match response {
            KeyboardInteractiveAuthResponse::Success => return Ok(()),
            KeyboardInteractiveAuthResponse::Failure { remaining_methods, partial_success } => {
                return Err(failure(&remaining_methods, partial_success, session));
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

/// The key, decrypted. That takes a while by design, so it does not hold up other logins.
async fn read_private_key(
    private_key: &SecretText,
    passphrase: Option<&SecretText>,
) -> Result<PrivateKey, LoginError> {
    let encrypted = needs_passphrase(private_key).map_err(|_| LoginError::PrivateKey)?;
    let passphrase = match (encrypted, passphrase) {
        // A passphrase that is not needed does no harm.
        (false, _) => None,
        (true, None) => return Err(LoginError::PrivateKey),
        (true, Some(passphrase)) => Some(Zeroizing::new(passphrase.expose().to_owned())),
    };
    let pem = pem_lines(private_key);
    let decode = move || {
        decode_secret_key(&pem, passphrase.as_ref().map(|text| text.as_str()))
            .map_err(|_| LoginError::PrivateKey)
    };
    spawn_blocking(decode).await.unwrap_or(Err(LoginError::PrivateKey))
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
