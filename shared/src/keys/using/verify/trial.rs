//! Carries out one trial as the template describes it.

use http::Method;

use super::{
    Trial,
    comparison::by_comparison,
    judge::{Judgement, by_status_alone, judge, shown},
    say,
};
use crate::{
    error::Error,
    keys::{
        authentication::Authentication,
        check::OwnCheck,
        health::TrialResult,
        key::{Entry, Key},
        using::{
            ask::{Ask, AskedBody, AskedTarget},
            authorize::{Authorized, Credentials, Unauthorized},
            scrub::Scrub,
            send::{exchange, scrub},
        },
    },
    moment::{Clock, Moment, Random},
    outbound::{Freshness, Incoming, LoginError, Outgoing},
    ports::{Authorize, Exchange, LogIn},
    soap::{self, Session},
    strategy::Obtained,
    system::{HttpCheck, SoapCheck, Verify},
};

/// A check reads no more of an answer than this.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// What proves that a login works, where no rule of the template does.
const TOKEN: &str = "token";
const SESSION: &str = "session";
const LOGIN: &str = "login";

/// Who is tried, where, and when.
pub(super) struct Attempt<'a, O, C, R> {
    pub(super) credentials: Credentials<'a>,
    pub(super) path: Option<&'a str>,
    pub(super) outside: &'a O,
    pub(super) moment: &'a Moment<'a, C, R>,
}

/// Where an entry's trial goes, for the receipt: the server that is logged in to, the base address, the path that the caller
/// asks for, or that of the key's own check.
///
/// # Errors
///
/// [`Error::InvalidFields`] for a path that leads out of the key's origin or its restrictions, and
/// [`Error::KeyUnreadable`] when a stored value cannot be a part of the check's path.
pub(super) fn address(
    key: &Key,
    entry: &Entry,
    authentication: &Authentication<'_>,
    path: Option<&str>,
) -> Result<Option<String>, Error> {
    let base = key.base_url(entry)?;
    match authentication.verify() {
        Verify::Http(check) | Verify::Token { then: Some(check), .. } => {
            drop(authentication.check_path(check)?)
        }
        Verify::Token { then: None, .. } | Verify::Login | Verify::SoapLogin(_) | Verify::UserPath => {}
    }
    let path = path.filter(|_| matches!(authentication.verify(), Verify::UserPath));
    if let Some(path) = path {
        let target = AskedTarget::Path(path.to_owned()).within(key, entry)?;
        // The methods of a check are the template's own. The path is the caller's.
        key.restrictions.check_path(target.path(), "path")?;
        return Ok(Some(format!("{}{}", target.origin(), target.path())));
    }
    if let Some(check) = &key.check {
        let target = AskedTarget::Path(check.path.clone()).within(key, entry)?;
        check.allowed_by(&key.restrictions, &target)?;
        return Ok(Some(format!("{}{}", target.origin(), target.path())));
    }
    let host = || Some(format!("{}:{}", entry.public("host")?, entry.public("port")?));
    Ok(base.or_else(host))
}

/// The outcome of a step that ends the trial.
enum End {
    Judged(Judgement, Shown),
    Fault(Error),
}

/// The answer to an authenticated request.
struct Answered {
    incoming: Incoming,
    /// What must not be shown of it.
    scrub: Scrub,
    /// The scheme of the request's `Authorization` header, if it has one.
    scheme: Option<String>,
}

/// What a server shows that people have to accept first.
#[derive(Default)]
struct Shown {
    host_key: Option<String>,
    certificate: Option<String>,
}

impl From<Error> for End {
    /// That nobody is there is an outcome of a trial. Everything else is a fault of the request or of ours.
    fn from(error: Error) -> Self {
        if let Error::Outbound(error) = error {
            return Self::Judged(
                Judgement::new(TrialResult::Unreachable, say::outbound(&error)),
                Shown::default(),
            );
        }
        Self::Fault(error)
    }
}

impl From<Unauthorized> for End {
    fn from(error: Unauthorized) -> Self {
        match error {
            Unauthorized::Other(error) => error.into(),
            Unauthorized::Obtain(error) => Self::Judged(say::obtain(&error), Shown::default()),
        }
    }
}

impl<O: Exchange + LogIn + Authorize, C: Clock, R: Random> Attempt<'_, O, C, R> {
    pub(super) async fn run(self) -> Result<Trial, Error> {
        let started = self.moment.clock.now();
        let (judgement, shown) = match self.judged().await {
            Ok(judgement) => (judgement, Shown::default()),
            Err(End::Judged(judgement, shown)) => (judgement, shown),
            Err(End::Fault(error)) => return Err(error),
        };
        let checked_at = self.moment.clock.now();
        Ok(Trial {
            result: judgement.result,
            message: judgement.message,
            proof: judgement.proof,
            status: judgement.status,
            upstream: judgement.upstream,
            host_key: shown.host_key,
            certificate: shown.certificate,
            checked_at,
            took: checked_at.duration_since(started),
        })
    }

    async fn judged(&self) -> Result<Judgement, End> {
        match self.credentials.authentication.verify() {
            Verify::Http(check) => self.http(check).await,
            Verify::Token { then: Some(check), .. } => self.http(check).await,
            Verify::Token { then: None, .. } if self.own_check().is_some() => self.user_path().await,
            Verify::Token { then: None, .. } => {
                let now = self.moment.clock.now();
                self.credentials.obtain(self.outside, now, Freshness::Apart).await?;
                Ok(Judgement::proven(TrialResult::Passed, say::PASSED, TOKEN))
            }
            Verify::UserPath => self.user_path().await,
            Verify::Login => self.login().await,
            Verify::SoapLogin(check) => self.soap(check).await,
        }
    }

    async fn http(&self, check: &HttpCheck) -> Result<Judgement, End> {
        let authentication = self.credentials.authentication;
        let mut headers = authentication.check_headers(check);
        headers.extend(check.body.as_ref().map(|body| content_type(&body.content_type)));
        let body = check.body.as_ref().map(|body| body.text.as_bytes().to_vec()).unwrap_or_default();
        let path = authentication.check_path(check)?;
        let answer = self.ask(&check.method, &path, headers, body).await?;
        Ok(judge(check, &answer.incoming, &answer.scrub).of(answer.incoming.status))
    }

    /// The key's own check, unless the caller names a path.
    fn own_check(&self) -> Option<&OwnCheck> {
        self.credentials.key.check.as_ref().filter(|_| self.path.is_none())
    }

    /// Asks with GET. HEAD is not asked: gateways refuse it by itself, so its answer says nothing about GET. A check of the key's
    /// own is asked without the credentials and with them.
    async fn user_path(&self) -> Result<Judgement, End> {
        if let Some(check) = self.own_check() {
            let without = self.ask_without(check).await?;
            let body = check.body().as_bytes().to_vec();
            let with = self.ask(check.method(), &check.path, Vec::new(), body).await?;
            let judgement = by_comparison(check, &without, &with.incoming, with.scheme.as_deref());
            return Ok(judgement.of(with.incoming.status));
        }
        let path = self.path.unwrap_or_default();
        let answer = self.ask(&Method::GET, path, Vec::new(), Vec::new()).await?;
        Ok(by_status_alone(&answer.incoming, answer.scheme.as_deref()).of(answer.incoming.status))
    }

    /// Sends the request of a check without anything secret.
    async fn ask_without(&self, check: &OwnCheck) -> Result<Incoming, End> {
        let Credentials { key, name, allowed, authentication, .. } = &self.credentials;
        let ask = Ask {
            method: check.method().clone(),
            target: AskedTarget::Path(check.path.clone()),
            headers: Vec::new(),
            body: AskedBody::Bytes(check.body().as_bytes().to_vec()),
        };
        let target = ask.target.within(key, key.entry(name)?)?;
        let headers = ask.public_headers(key, authentication);
        let request = Outgoing {
            method: check.method(),
            origin: target.origin(),
            path_and_query: target.path_and_query(),
            headers: headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            body: check.body().as_bytes(),
            max_body_bytes: MAX_ANSWER_BYTES,
        };
        Ok(self.outside.exchange(request, allowed).await.map_err(Error::Outbound)?)
    }

    /// Sends an authenticated request below the base address.
    async fn ask(
        &self,
        method: &Method,
        path: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<Answered, End> {
        let Credentials { key, name, allowed, .. } = &self.credentials;
        let (target, body) = (AskedTarget::Path(path.to_owned()), AskedBody::Bytes(body));
        let ask = Ask { method: method.clone(), target, headers, body };
        let target = ask.target.within(key, key.entry(name)?)?;
        let authorized =
            self.credentials.authorize(&ask, &target, self.outside, self.moment, Freshness::Apart).await?;
        let AskedBody::Bytes(body) = &ask.body else { return Err(Error::KeyUnreadable.into()) };
        let Authorized { signed, target, .. } = &authorized;
        let sent = exchange(self.outside, allowed, target, method, signed, body, MAX_ANSWER_BYTES);
        let incoming = sent.await?;
        let scheme = signed.header("authorization").and_then(|value| value.split_once(' '));
        let scheme = scheme.map(|(scheme, _)| scheme.to_owned());
        Ok(Answered { incoming, scrub: scrub(&self.credentials, &authorized), scheme })
    }

    async fn login(&self) -> Result<Judgement, End> {
        let Credentials { key, name, allowed, authentication, secrets } = &self.credentials;
        let now = self.moment.clock.now();
        let obtained = self.credentials.obtain(self.outside, now, Freshness::Apart).await?;
        let login = authentication.login(key, secrets.of(name), &obtained)?.ok_or(Error::KeyUnreadable)?;
        match self.outside.log_in(&login.login(), allowed).await {
            Ok(welcome) => {
                let mut judgement = Judgement::proven(TrialResult::Passed, say::PASSED, LOGIN);
                let scrub = self.credentials.scrub(&obtained);
                judgement.upstream = welcome.identity.as_deref().and_then(|text| shown(text, &scrub));
                Ok(judgement)
            }
            Err(error) => {
                let (result, message) = say::login(&error);
                // Only the server's own refusal proves one. A private key may be unusable before anything is sent.
                let is_refusal = matches!(error, LoginError::Refused | LoginError::TokenRefused);
                let proof = is_refusal.then(|| LOGIN.to_owned());
                let shown = match error {
                    LoginError::HostKeyUnknown { fingerprint }
                    | LoginError::HostKeyChanged { fingerprint } => {
                        Shown { host_key: Some(fingerprint), ..Shown::default() }
                    }
                    LoginError::CertificateChanged { fingerprint } => {
                        Shown { certificate: Some(fingerprint), ..Shown::default() }
                    }
                    LoginError::Refused
                    | LoginError::NoDirectory
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
                    | LoginError::NoMethod
                    | LoginError::Unclear
                    | LoginError::Outbound(_) => Shown::default(),
                };
                Err(End::Judged(Judgement { proof, ..Judgement::new(result, message) }, shown))
            }
        }
    }

    async fn soap(&self, check: &SoapCheck) -> Result<Judgement, End> {
        let now = self.moment.clock.now();
        let obtained = self.credentials.obtain(self.outside, now, Freshness::Apart).await?;
        let Obtained::Session(session) = &obtained else {
            return Err(Error::KeyUnreadable.into());
        };
        let scrub = self.credentials.scrub(&obtained);
        let mut judgement = Judgement::proven(TrialResult::Passed, say::PASSED, SESSION);
        if let Some(operation) = &check.then {
            let answer = self.call(session, operation).await?;
            match soap::read_answer(session.flavour(), &answer.body) {
                soap::Answer::Done { identity } => {
                    judgement.upstream = identity.as_deref().and_then(|text| shown(text, &scrub));
                }
                soap::Answer::Fault { code } if check.tolerated_codes.contains(&code) => {
                    say::LACKS_A_RIGHT.clone_into(&mut judgement.message);
                }
                soap::Answer::Fault { .. } | soap::Answer::Unclear => {
                    judgement = Judgement::new(TrialResult::Unclear, say::UNPROVEN);
                }
            }
        }
        if let Some(operation) = &check.end {
            // The outcome is known by now, and a session that was not ended ends by itself.
            self.call(session, operation).await.ok();
        }
        Ok(judgement)
    }

    /// Calls an operation with a session.
    async fn call(&self, session: &Session, operation: &str) -> Result<Incoming, End> {
        let Credentials { key, name, allowed, authentication, secrets } = &self.credentials;
        let (target, _) = authentication.soap_login(key, secrets.of(name))?.ok_or(Error::KeyUnreadable)?;
        let call = session.call(operation).map_err(|_| Error::KeyUnreadable)?;
        let request = Outgoing {
            method: &Method::POST,
            origin: target.origin(),
            path_and_query: target.path_and_query(),
            headers: call.headers().collect(),
            body: call.body(),
            max_body_bytes: MAX_ANSWER_BYTES,
        };
        Ok(self.outside.exchange(request, allowed).await.map_err(Error::Outbound)?)
    }
}

fn content_type(value: &str) -> (String, String) {
    ("content-type".to_owned(), value.to_owned())
}
