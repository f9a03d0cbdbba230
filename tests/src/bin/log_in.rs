//! Tries one login, as the functions do it, against a server on this machine: a JSON object in, one out. The Python tests
//! hold it against servers of other people's making.
#![allow(clippy::unwrap_used, reason = "this is a test, and a panic is its way to fail")]

use std::{
    future::ready,
    io::{Read, Write, stdin, stdout},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use keyward_functions::outbound::{
    LogIns, Outside,
    resolve::{Address, Resolution, Resolve},
};
use keyward_shared::{
    outbound::{
        AllowedOrigins, FtpLogin, Login, LoginError, OutboundError, SftpLogin, SftpProof, SmtpLogin,
        SmtpProof,
    },
    ports::LogIn,
    private_key::{Form, PrivateKey, Work},
    secret::SecretText,
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::Deserialize;
use serde_json::{Value, json};

/// What to try.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Try {
    protocol: String,
    host: String,
    port: u16,
    username: String,
    #[serde(default)]
    password: String,
    /// An OAuth 2.0 token in the place of the password.
    token: Option<String>,
    private_key: Option<String>,
    passphrase: Option<String>,
    host_key: Option<String>,
    /// The fingerprint of the certificate to accept.
    certificate: Option<String>,
    root_path: Option<String>,
    /// `security` of SMTP or `tls` of FTP.
    #[serde(default)]
    tls: String,
    /// A file with the certificate to trust beside the system's.
    authority: Option<PathBuf>,
}

/// Every name is this machine.
struct ThisMachine;

impl Resolve for ThisMachine {
    fn resolve<'a>(&'a self, _: &'a str, port: u16) -> Resolution<'a> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Box::pin(ready(Ok(vec![Address::StandIn(address)])))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut asked = String::new();
    stdin().read_to_string(&mut asked).unwrap();
    let asked: Try = serde_json::from_str(&asked).unwrap();
    let answer = try_it(&asked).await;
    stdout().write_all(answer.to_string().as_bytes()).unwrap();
}

async fn try_it(asked: &Try) -> Value {
    let roots = asked.authority.iter().map(|path| CertificateDer::from_pem_file(path).unwrap());
    let outside = Outside::new(ThisMachine, roots.collect()).logging_in(LogIns::ALL, "keyward.example");
    let password = SecretText::from(asked.password.clone());
    let token = asked.token.clone().map(SecretText::from);
    let private_key = match &asked.private_key {
        // What is tried is what is stored.
        Some(text) => match normal(text, asked.passphrase.as_deref()) {
            Some(key) => Some(key),
            None => return outcome(&LoginError::PrivateKey),
        },
        None => None,
    };
    let (host, port, username) = (asked.host.as_str(), asked.port, asked.username.as_str());
    let root_path = asked.root_path.as_deref();
    let login = match asked.protocol.as_str() {
        "smtp" => Login::Smtp(SmtpLogin {
            host,
            port,
            security: serde_json::from_value(json!(asked.tls)).unwrap(),
            username,
            proof: match &token {
                Some(token) => SmtpProof::Token(token),
                None => SmtpProof::Password(&password),
            },
        }),
        "ftp" => Login::Ftp(FtpLogin {
            host,
            port,
            tls: serde_json::from_value(json!(asked.tls)).unwrap(),
            certificate: asked.certificate.as_deref(),
            username,
            password: &password,
            root_path,
        }),
        _ => Login::Sftp(SftpLogin {
            host,
            port,
            username,
            proof: match &private_key {
                None => SftpProof::Password(&password),
                Some(private_key) if password.is_empty() => SftpProof::PrivateKey(private_key),
                Some(private_key) => SftpProof::Both { private_key, password: &password },
            },
            host_key: asked.host_key.as_deref(),
            root_path,
        }),
    };
    match outside.log_in(&login, &AllowedOrigins::default()).await {
        Ok(welcome) => json!({ "outcome": "welcome", "identity": welcome.identity }),
        Err(error) => outcome(&error),
    }
}

fn normal(text: &str, passphrase: Option<&str>) -> Option<SecretText> {
    let (text, passphrase) =
        (SecretText::from(text.to_owned()), passphrase.map(str::to_owned).map(SecretText::from));
    let key = PrivateKey::read(&text, passphrase.as_ref(), &mut Work::default());
    key.and_then(|key| key.write(Form::OpenSsh)).ok()
}

fn outcome(error: &LoginError) -> Value {
    match error {
        LoginError::Refused => json!({ "outcome": "refused" }),
        LoginError::NoDirectory => json!({ "outcome": "no-directory" }),
        LoginError::HostKeyUnknown { fingerprint } => {
            json!({ "outcome": "host-key-unknown", "fingerprint": fingerprint })
        }
        LoginError::HostKeyChanged { fingerprint } => {
            json!({ "outcome": "host-key-changed", "fingerprint": fingerprint })
        }
        LoginError::CertificateChanged { fingerprint } => {
            json!({ "outcome": "certificate-changed", "fingerprint": fingerprint })
        }
        LoginError::NoTls => json!({ "outcome": "no-tls" }),
        LoginError::WantsTls => json!({ "outcome": "wants-tls" }),
        LoginError::PlainFiles => json!({ "outcome": "plain-files" }),
        LoginError::PasswordsOff => json!({ "outcome": "passwords-off" }),
        LoginError::TokenRefused => json!({ "outcome": "token-refused" }),
        LoginError::AppPassword => json!({ "outcome": "app-password" }),
        LoginError::PrivateKey => json!({ "outcome": "private-key" }),
        LoginError::PasswordToo => json!({ "outcome": "password-too" }),
        LoginError::KeyToo => json!({ "outcome": "key-too" }),
        LoginError::OnlySha1 => json!({ "outcome": "only-sha1" }),
        LoginError::NoMethod => json!({ "outcome": "no-method" }),
        LoginError::Unclear => json!({ "outcome": "unclear" }),
        LoginError::Outbound(OutboundError::Forbidden { reason, .. }) => {
            json!({ "outcome": "forbidden", "reason": reason.to_string() })
        }
        LoginError::Outbound(OutboundError::Unreachable { why, .. }) => {
            json!({ "outcome": "unreachable", "why": why.to_string() })
        }
        LoginError::Outbound(OutboundError::TimedOut { .. }) => json!({ "outcome": "timed-out" }),
    }
}
