//! Against the server side of the same library, which counts what it is told. OpenSSH's own server is in `tests/python`.

use std::{
    future::ready,
    sync::atomic::{AtomicUsize, Ordering},
};

use keyward_shared::{
    outbound::Welcome,
    private_key::{self, Form, Work},
};
use russh::{
    Channel, ChannelId,
    server::{self, Auth, ChannelOpenHandle, Msg, VerifiedPublicKey},
};
use russh::{MethodSet, keys::decode_secret_key};
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

/// How the server lets people in, and what it was told.
struct Server {
    ways: &'static [MethodKind],
    /// Said to the right password.
    right: fn() -> Auth,
    questions: usize,
    attempts: AtomicUsize,
    signed_with: Mutex<Vec<String>>,
    /// The ways that are all needed, one after the other; none for a server that is content with one.
    steps: Vec<MethodKind>,
    preferred: Preferred,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            ways: &[MethodKind::Password, MethodKind::PublicKey],
            right: || Auth::Accept,
            questions: 1,
            attempts: AtomicUsize::new(0),
            signed_with: Mutex::default(),
            steps: Vec::new(),
            preferred: Preferred::default(),
        }
    }
}

impl Server {
    fn judge(&self, right: bool) -> Auth {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        if right { (self.right)() } else { self.reject() }
    }

    fn reject(&self) -> Auth {
        let ways = self.steps.get(..1).unwrap_or(self.ways);
        Auth::Reject { proceed_with_methods: Some(MethodSet::from(ways)), partial_success: false }
    }
}

struct Visit {
    server: Arc<Server>,
    asked: usize,
    /// How many of the steps have been taken.
    taken: usize,
}

impl Visit {
    /// What a right proof comes to.
    fn step(&mut self, way: MethodKind, right: bool) -> Auth {
        let answer = self.server.judge(right);
        let next = self.server.steps.get(self.taken + 1..).unwrap_or_default();
        if !right || next.is_empty() || self.server.steps.get(self.taken) != Some(&way) {
            return answer;
        }
        self.taken += 1;
        Auth::Reject { proceed_with_methods: Some(MethodSet::from(&next[..1])), partial_success: true }
    }
}

impl server::Handler for Visit {
    type Error = russh::Error;

    async fn auth_none(&mut self, _: &str) -> Result<Auth, russh::Error> {
        self.server.attempts.fetch_add(1, Ordering::Relaxed);
        Ok(self.server.reject())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(self.step(MethodKind::Password, (user, password) == ("ann", "s3cret")))
    }

    async fn auth_publickey(&mut self, _: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        self.server.signed_with.lock().unwrap().push(key.algorithm.to_string());
        Ok(self.step(MethodKind::PublicKey, true))
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
    let config = Arc::new(server::Config {
        keys: host_keys.iter().map(|key| decode_secret_key(key, None).unwrap()).collect(),
        methods: MethodSet::from(server.ways),
        auth_rejection_time: Duration::ZERO,
        preferred: server.preferred.clone(),
        ..server::Config::default()
    });
    let connect = || {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let visit = Visit { server: server.clone(), asked: 0, taken: 0 };
        let config = config.clone();
        tokio::spawn(async move {
            if let Ok(session) = server::run_stream(config, theirs, visit).await {
                session.await.ok();
            }
        });
        ready(Ok(ours))
    };
    let login = SftpLogin {
        host: "sftp.example",
        port: 22,
        username: "ann",
        proof,
        host_key: accepted,
        root_path: None,
    };
    (log_in(&login, connect).await, server)
}

fn fingerprint(key: &str) -> String {
    decode_secret_key(key, None).unwrap().public_key().fingerprint(HashAlg::Sha256).to_string()
}

/// A key as it is stored.
fn normal(pem: &str, passphrase: Option<&str>) -> SecretText {
    let passphrase = passphrase.map(secret);
    let key = private_key::PrivateKey::read(&secret(pem), passphrase.as_ref(), &mut Work::default());
    key.and_then(|key| key.write(Form::OpenSsh)).ok().unwrap()
}

fn secret(text: &str) -> SecretText {
    SecretText::from(text.to_owned())
}

#[tokio::test]
async fn an_unknown_host_key_is_shown_and_the_server_hears_nothing() {
    let (password, key) = (secret("s3cret"), secret(ED25519));
    for proof in [SftpProof::Password(&password), SftpProof::PrivateKey(&key)] {
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
        (RSA, None, "rsa-sha2-512"),
        (key!("pkcs1-rsa"), None, "rsa-sha2-512"),
        (key!("pkcs1-rsa-locked"), Some("open sesame"), "rsa-sha2-512"),
        (key!("pkcs8-rsa"), None, "rsa-sha2-512"),
        (key!("pkcs8-rsa-locked"), Some("open sesame"), "rsa-sha2-512"),
        (key!("sec1-ecdsa"), None, "ecdsa-sha2-nistp256"),
    ] {
        let private_key = normal(pem, passphrase);
        let proof = SftpProof::PrivateKey(&private_key);
        let (end, server) = run(Server::default(), &[ED25519], Some(&accepted), proof).await;
        assert_eq!(end, WORKED, "{}", pem.lines().next().unwrap());
        assert_eq!(*server.signed_with.lock().unwrap(), [algorithm]);
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_not_used() {
    let accepted = fingerprint(ED25519);
    for pem in [key!("openssh-ed25519-locked"), key!("pkcs8-rsa"), key!("public-ed25519"), &RSA[..400]] {
        let private_key = secret(pem);
        let proof = SftpProof::PrivateKey(&private_key);
        let (end, server) = run(Server::default(), &[ED25519], Some(&accepted), proof).await;
        assert_eq!(end, Err(LoginError::PrivateKey.into()));
        assert!(server.signed_with.lock().unwrap().is_empty());
    }
}

/// OpenSSH's `AuthenticationMethods publickey,password`, and the other way round.
#[tokio::test]
async fn a_key_and_a_password_are_given_in_the_order_that_the_server_wants() {
    let accepted = fingerprint(ED25519);
    let (private_key, password) = (normal(ED25519, None), secret("s3cret"));
    for order in
        [[MethodKind::PublicKey, MethodKind::Password], [MethodKind::Password, MethodKind::PublicKey]]
    {
        let server = || Server { steps: order.to_vec(), ..Server::default() };
        let both = SftpProof::Both { private_key: &private_key, password: &password };
        assert_eq!(run(server(), &[ED25519], Some(&accepted), both).await.0, WORKED, "{order:?}");
        let wrong = secret("wrong");
        let both = SftpProof::Both { private_key: &private_key, password: &wrong };
        let refused = Err(LoginError::Refused.into());
        assert_eq!(run(server(), &[ED25519], Some(&accepted), both).await.0, refused, "{order:?}");
    }
    for (proof, order, missing) in [
        (
            SftpProof::PrivateKey(&private_key),
            [MethodKind::PublicKey, MethodKind::Password],
            LoginError::PasswordToo,
        ),
        (SftpProof::Password(&password), [MethodKind::Password, MethodKind::PublicKey], LoginError::KeyToo),
        (SftpProof::Password(&password), [MethodKind::PublicKey, MethodKind::Password], LoginError::NoMethod),
    ] {
        let server = Server { steps: order.to_vec(), ..Server::default() };
        assert_eq!(run(server, &[ED25519], Some(&accepted), proof).await.0, Err(missing.into()));
    }
}

#[tokio::test]
async fn a_key_and_a_password_do_where_one_is_enough() {
    let accepted = fingerprint(ED25519);
    let (private_key, password) = (normal(ED25519, None), secret("s3cret"));
    for ways in [&[MethodKind::PublicKey][..], &[MethodKind::Password], &[MethodKind::KeyboardInteractive]] {
        let server = Server { ways, ..Server::default() };
        let both = SftpProof::Both { private_key: &private_key, password: &password };
        assert_eq!(run(server, &[ED25519], Some(&accepted), both).await.0, WORKED, "{ways:?}");
    }
}

/// Owners publish the fingerprint of one key, often the RSA key's, and their servers have more.
#[tokio::test]
async fn any_host_key_of_the_server_may_be_the_accepted_one() {
    let password = secret("s3cret");
    let host_keys = [RSA, ECDSA, ED25519];
    for key in host_keys {
        let accepted = fingerprint(key);
        let proof = SftpProof::Password(&password);
        assert_eq!(run(Server::default(), &host_keys, Some(&accepted), proof).await.0, WORKED, "{key}");
    }
    let other = fingerprint(key!("forms/p384-openssh"));
    let (end, server) =
        run(Server::default(), &host_keys, Some(&other), SftpProof::Password(&password)).await;
    assert_eq!(end, Err(LoginError::HostKeyChanged { fingerprint: fingerprint(ED25519) }.into()));
    assert_eq!(server.attempts.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_server_with_sha_1_alone_is_told_from_one_that_is_not_there() {
    let password = secret("s3cret");
    for preferred in [
        Preferred { key: Cow::Borrowed(&[Algorithm::Rsa { hash: None }]), ..Preferred::default() },
        Preferred { kex: Cow::Borrowed(&[kex::DH_G14_SHA1]), ..Preferred::default() },
    ] {
        let server = Server { preferred, ..Server::default() };
        let (end, server) = run(server, &[RSA], None, SftpProof::Password(&password)).await;
        assert_eq!(end, Err(LoginError::OnlySha1.into()));
        assert_eq!(server.attempts.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn a_way_that_is_not_offered_is_not_tried() {
    let accepted = fingerprint(ED25519);
    let (password, key) = (secret("s3cret"), secret(ED25519));
    for (ways, proof) in [
        (&[MethodKind::PublicKey], SftpProof::Password(&password)),
        (&[MethodKind::Password], SftpProof::PrivateKey(&key)),
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
    let more = || Auth::Reject { proceed_with_methods: Some(MethodSet::empty()), partial_success: true };
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
        let ours = Mutex::new(Some(ours));
        let connect = || ready(ours.lock().unwrap().take().ok_or(Ended::Broken));
        assert_eq!(log_in(&login, connect).await, Err(Ended::Broken), "{said:?}");
    }
}
