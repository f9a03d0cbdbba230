//! Against the server side of the same library, which counts what it is told. OpenSSH's own server is in `tests/python`.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use keyward_shared::outbound::Welcome;
use russh::{
    Channel, ChannelId,
    server::{self, Auth, ChannelOpenHandle, Msg, VerifiedPublicKey},
};
use tokio::io::AsyncWriteExt;

use super::*;

macro_rules! key {
    ($name:literal) => {
        include_str!(concat!("../../../../shared/testdata/private-keys/", $name))
    };
}

const ED25519: &str = key!("openssh-ed25519");
const RSA: &str = key!("openssh-rsa");
const ECDSA: &str = key!("openssh-ecdsa");

/// What the check of a private key takes when it is entered must open when somebody logs in with it.
#[tokio::test]
async fn every_encryption_that_is_taken_opens_with_the_passphrase_and_with_no_other() {
    for pem in [
        key!("openssh-ed25519-locked"),
        key!("openssh-ed25519-aes256-locked"),
        key!("openssh-ed25519-chacha20-locked"),
        key!("pkcs1-rsa-locked"),
        key!("pkcs8-rsa-locked"),
        key!("pkcs8-ed25519-scrypt-locked"),
        key!("pkcs8-ed25519-sha512-locked"),
    ] {
        let passphrase = SecretText::from("open sesame".to_owned());
        let pasted = SecretText::from(pem.replace('\n', "\\n"));
        assert!(read_private_key(&pasted, Some(&passphrase)).await.is_ok(), "{pem}");
        let pem = SecretText::from(pem.to_owned());
        let wrong = SecretText::from("Open sesame".to_owned());
        let refused = read_private_key(&pem, Some(&wrong)).await;
        assert!(matches!(refused, Err(LoginError::PrivateKey)), "{}", pem.expose());
        assert!(matches!(read_private_key(&pem, None).await, Err(LoginError::PrivateKey)));
    }
}

/// How the server lets people in, and what it was told.
struct Server {
    ways: &'static [MethodKind],
    /// Said to the right password.
    right: fn() -> Auth,
    questions: usize,
    attempts: AtomicUsize,
    signed_with: Mutex<Vec<String>>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            ways: &[MethodKind::Password, MethodKind::PublicKey],
            right: || Auth::Accept,
            questions: 1,
            attempts: AtomicUsize::new(0),
            signed_with: Mutex::default(),
        }
    }
}

impl Server {
    fn judge(&self, right: bool) -> Auth {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        if right { (self.right)() } else { self.reject() }
    }

    fn reject(&self) -> Auth {
        Auth::Reject { proceed_with_methods: Some(MethodSet::from(self.ways)), partial_success: false }
    }
}

struct Visit {
    server: Arc<Server>,
    asked: usize,
}

impl server::Handler for Visit {
    type Error = russh::Error;

    async fn auth_none(&mut self, _: &str) -> Result<Auth, russh::Error> {
        self.server.attempts.fetch_add(1, Ordering::Relaxed);
        Ok(self.server.reject())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(self.server.judge((user, password) == ("ann", "s3cret")))
    }

    async fn auth_publickey(&mut self, _: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        self.server.signed_with.lock().unwrap().push(key.algorithm.to_string());
        Ok(self.server.judge(true))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<server::Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let answers: Vec<String> = response
            .map(|answers| answers.map(|answer| String::from_utf8_lossy(&answer).into_owned()).collect())
            .unwrap_or_default();
        if self.asked > 0 && answers != ["s3cret"] {
            return Ok(self.server.judge(false));
        }
        if self.asked == self.server.questions {
            return Ok(self.server.judge(true));
        }
        self.asked += 1;
        Ok(Auth::Partial {
            name: "".into(),
            instructions: "".into(),
            prompts: vec![("Password: ".into(), false)].into(),
        })
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut server::Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    /// This server has no files: the login has worked when it says so.
    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        session: &mut server::Session,
    ) -> Result<(), russh::Error> {
        session.channel_failure(channel)
    }
}

/// What a login that works comes to here, where there are no files.
const WORKED: Result<Welcome, Ended> = Err(Ended::For(LoginError::Unclear));

async fn run(
    server: Server,
    host_keys: &[&str],
    accepted: Option<&str>,
    proof: SftpProof<&SecretText>,
) -> (Result<Welcome, Ended>, Arc<Server>) {
    let server = Arc::new(server);
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let config = server::Config {
        keys: host_keys.iter().map(|key| decode_secret_key(key, None).unwrap()).collect(),
        methods: MethodSet::from(server.ways),
        auth_rejection_time: Duration::ZERO,
        ..server::Config::default()
    };
    let visit = Visit { server: server.clone(), asked: 0 };
    tokio::spawn(async move {
        if let Ok(session) = server::run_stream(Arc::new(config), theirs, visit).await {
            session.await.ok();
        }
    });
    let login = SftpLogin {
        host: "sftp.example",
        port: 22,
        username: "ann",
        proof,
        host_key: accepted,
        root_path: None,
    };
    (log_in(&login, ours).await, server)
}

fn fingerprint(key: &str) -> String {
    decode_secret_key(key, None).unwrap().public_key().fingerprint(HashAlg::Sha256).to_string()
}

fn secret(text: &str) -> SecretText {
    SecretText::from(text.to_owned())
}

#[tokio::test]
async fn an_unknown_host_key_is_shown_and_the_server_hears_nothing() {
    let (password, key) = (secret("s3cret"), secret(ED25519));
    for proof in
        [SftpProof::Password(&password), SftpProof::PrivateKey { private_key: &key, passphrase: None }]
    {
        let (end, server) = run(Server::default(), &[ED25519], None, proof).await;
        assert_eq!(end, Err(LoginError::HostKeyUnknown { fingerprint: fingerprint(ED25519) }.into()));
        assert_eq!(server.attempts.load(Ordering::Relaxed), 0);
    }
    assert_eq!(fingerprint(ED25519).len(), "SHA256:".len() + 43);
}

#[tokio::test]
async fn a_changed_host_key_is_shown_and_the_server_hears_nothing() {
    let password = secret("s3cret");
    let accepted = fingerprint(ECDSA);
    let (end, server) =
        run(Server::default(), &[ED25519], Some(&accepted), SftpProof::Password(&password)).await;
    assert_eq!(end, Err(LoginError::HostKeyChanged { fingerprint: fingerprint(ED25519) }.into()));
    assert_eq!(server.attempts.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn of_several_host_keys_the_same_one_is_always_shown() {
    let password = secret("s3cret");
    for (host_keys, shown) in [
        (&[RSA, ECDSA, ED25519][..], ED25519),
        (&[ED25519, RSA, ECDSA], ED25519),
        (&[RSA, ECDSA], ECDSA),
        (&[RSA], RSA),
    ] {
        let (end, _) = run(Server::default(), host_keys, None, SftpProof::Password(&password)).await;
        assert_eq!(end, Err(LoginError::HostKeyUnknown { fingerprint: fingerprint(shown) }.into()));
    }
}

#[tokio::test]
async fn a_password_is_right_or_refused() {
    for (password, expected) in [("s3cret", WORKED), ("wrong", Err(LoginError::Refused.into()))] {
        let (password, accepted) = (secret(password), fingerprint(ED25519));
        let (end, _) =
            run(Server::default(), &[ED25519], Some(&accepted), SftpProof::Password(&password)).await;
        assert_eq!(end, expected);
    }
}

#[tokio::test]
async fn keys_of_every_kind_and_form_sign() {
    let accepted = fingerprint(ED25519);
    for (pem, passphrase, algorithm) in [
        (ED25519, None, "ssh-ed25519"),
        (ECDSA, None, "ecdsa-sha2-nistp256"),
        (RSA, Some("not needed"), "rsa-sha2-512"),
        (key!("pkcs1-rsa"), None, "rsa-sha2-512"),
        (key!("pkcs1-rsa-locked"), Some("open sesame"), "rsa-sha2-512"),
        (key!("pkcs8-rsa"), Some("not needed"), "rsa-sha2-512"),
        (key!("pkcs8-rsa-locked"), Some("open sesame"), "rsa-sha2-512"),
        (key!("sec1-ecdsa"), None, "ecdsa-sha2-nistp256"),
    ] {
        let (private_key, passphrase) = (secret(&pem.replace('\n', "\\n")), passphrase.map(secret));
        let proof = SftpProof::PrivateKey { private_key: &private_key, passphrase: passphrase.as_ref() };
        let (end, server) = run(Server::default(), &[ED25519], Some(&accepted), proof).await;
        assert_eq!(end, WORKED, "{}", pem.lines().next().unwrap());
        assert_eq!(*server.signed_with.lock().unwrap(), [algorithm]);
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_not_used() {
    let accepted = fingerprint(ED25519);
    let locked = key!("pkcs8-rsa-locked");
    for (pem, passphrase) in
        [(locked, None), (locked, Some("wrong")), (key!("public-ed25519"), None), (&RSA[..400], None)]
    {
        let (private_key, passphrase) = (secret(pem), passphrase.map(secret));
        let proof = SftpProof::PrivateKey { private_key: &private_key, passphrase: passphrase.as_ref() };
        let (end, server) = run(Server::default(), &[ED25519], Some(&accepted), proof).await;
        assert_eq!(end, Err(LoginError::PrivateKey.into()));
        assert!(server.signed_with.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_way_that_is_not_offered_is_not_tried() {
    let accepted = fingerprint(ED25519);
    let (password, key) = (secret("s3cret"), secret(ED25519));
    for (ways, proof) in [
        (&[MethodKind::PublicKey], SftpProof::Password(&password)),
        (&[MethodKind::Password], SftpProof::PrivateKey { private_key: &key, passphrase: None }),
    ] {
        let server = Server { ways, ..Server::default() };
        let (end, server) = run(server, &[ED25519], Some(&accepted), proof).await;
        assert_eq!(end, Err(LoginError::NoMethod.into()));
        assert_eq!(server.attempts.load(Ordering::Relaxed), 1, "only the question which ways there are");
    }
}

#[tokio::test]
async fn a_second_factor_is_no_fitting_way() {
    let (password, accepted) = (secret("s3cret"), fingerprint(ED25519));
    let more = || Auth::Reject { proceed_with_methods: None, partial_success: true };
    let server = Server { right: more, ..Server::default() };
    let (end, _) = run(server, &[ED25519], Some(&accepted), SftpProof::Password(&password)).await;
    assert_eq!(end, Err(LoginError::NoMethod.into()));
}

#[tokio::test]
async fn one_question_is_answered_with_the_password_and_no_second_one() {
    let accepted = fingerprint(ED25519);
    for (questions, password, expected) in [
        (1, "s3cret", WORKED),
        (1, "wrong", Err(LoginError::Refused.into())),
        (2, "s3cret", Err(LoginError::NoMethod.into())),
    ] {
        let ways = &[MethodKind::KeyboardInteractive];
        let (password, server) = (secret(password), Server { ways, questions, ..Server::default() });
        let (end, _) = run(server, &[ED25519], Some(&accepted), SftpProof::Password(&password)).await;
        assert_eq!(end, expected, "{questions} questions");
    }
}

#[tokio::test]
async fn what_is_no_ssh_server_was_not_reached() {
    for said in ["", "SSH-2.0-cut off\r\n", "SSH-1.5-old\r\n", "220 ftp\r\n", "\0\0\0\u{1}"] {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        theirs.write_all(said.as_bytes()).await.unwrap();
        theirs.shutdown().await.unwrap();
        let password = secret("s3cret");
        let login = SftpLogin {
            host: "sftp.example",
            port: 22,
            username: "ann",
            proof: SftpProof::Password(&password),
            host_key: None,
            root_path: None,
        };
        assert_eq!(log_in(&login, ours).await, Err(Ended::Broken), "{said:?}");
    }
}
