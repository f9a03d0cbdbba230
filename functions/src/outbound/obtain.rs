//! Tokens and SOAP sessions: asked for through the same door as everything else, and kept for a while.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use keyward_shared::{
    origin::Target,
    outbound::{
        AllowedOrigins, Holder, Incoming, ObtainError, Outgoing, Peer, SessionCall, TokenCall, session_in,
        token_in,
    },
    ports::{Exchange, ObtainToken, OpenSession},
    signing::oauth2::AccessToken,
    soap::Session,
};
use lambda_http::http::Method;

use super::{Outside, in_time, timed_out};
use crate::{kept::Obtained, system::SystemRandom};

/// No token or session has more.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// A token is not used in the last minute of its life, or in the last tenth of a short one, but ten seconds at least:
/// the request is still on its way then.
const MARGIN: (SignedDuration, SignedDuration) =
    (SignedDuration::from_secs(10), SignedDuration::from_secs(60));
/// A token is kept this long at most, and one whose end is not told no longer than [`UNTOLD`].
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
const UNTOLD: SignedDuration = SignedDuration::from_mins(5);
/// A session does not say when it ends. An answer shows that it has ended, and then a new one is
/// opened.
const SESSION: SignedDuration = SignedDuration::from_mins(10);

impl ObtainToken for Outside {
    async fn obtain_token(&self, call: TokenCall<'_>) -> Result<Arc<AccessToken>, ObtainError> {
        let TokenCall { holder, ask, rules, target, freshness, now, allowed } = call;
        let identity = ask.fingerprint(&[holder.account, holder.key, holder.entry]);
        let obtain = Box::pin(async {
            let request = ask.request(now, &SystemRandom).map_err(unusable)?;
            let answer = self.post(target, request.headers().collect(), request.body(), allowed).await?;
            let token = token_in(&answer, ask.answer(), rules, now)?;
            let until = usable_until(now, token.expires_at());
            Ok(Obtained { value: Arc::new(token), until })
        });
        self.waited(target, self.tokens.get(identity, freshness, now, obtain)).await
    }
}

/// Until when a token is used.
fn usable_until(now: Timestamp, expires_at: Option<Timestamp>) -> Timestamp {
    let life = expires_at.map_or(UNTOLD, |at| at.duration_since(now));
    let margin =
        if expires_at.is_some() { (life / 10).clamp(MARGIN.0, MARGIN.1) } else { SignedDuration::ZERO };
    now.saturating_add((life - margin).min(LONGEST)).unwrap_or(now)
}

impl OpenSession for Outside {
    async fn open_session(&self, call: SessionCall<'_>) -> Result<Arc<Session>, ObtainError> {
        let SessionCall { holder, login, rules, target, freshness, now, allowed } = call;
        let request = login.call().map_err(unusable)?;
        let identity = session_identity(holder, target, request.body());
        let obtain = Box::pin(async {
            let answer = self.post(target, request.headers().collect(), request.body(), allowed).await?;
            let session = session_in(&answer, login.flavour, rules)?;
            Ok(Obtained { value: Arc::new(session), until: now.saturating_add(SESSION).unwrap_or(now) })
        });
        self.waited(target, self.sessions.get(identity, freshness, now, obtain)).await
    }
}

/// Covers everything that the session is opened with: the login itself holds the user and the password.
fn session_identity(holder: Holder<'_>, target: &Target, login: &[u8]) -> [u8; 32] {
    let target = target.to_string();
    let mut parts = Vec::new();
    for part in
        [holder.account.as_bytes(), holder.key.as_bytes(), holder.entry.as_bytes(), target.as_bytes(), login]
    {
        parts.extend_from_slice(digest(&SHA256, part).as_ref());
    }
    let mut identity = [0; 32];
    identity.copy_from_slice(digest(&SHA256, &parts).as_ref());
    identity
}

fn unusable(error: impl std::fmt::Display) -> ObtainError {
    ObtainError::Unusable(error.to_string())
}

impl Outside {
    /// Waits for a token that another use may be obtaining already, but not longer than this use
    /// has time.
    async fn waited<T>(
        &self,
        target: &Target,
        work: impl Future<Output = Result<T, ObtainError>>,
    ) -> Result<T, ObtainError> {
        in_time(work).await.unwrap_or_else(|_| Err(timed_out(&Peer::of(target.origin())).into()))
    }

    async fn post(
        &self,
        target: &Target,
        headers: Vec<(&str, &str)>,
        body: &[u8],
        allowed: &AllowedOrigins,
    ) -> Result<Incoming, ObtainError> {
        let request = Outgoing {
            method: &Method::POST,
            origin: target.origin(),
            path_and_query: target.path_and_query(),
            headers,
            body,
            max_body_bytes: MAX_ANSWER_BYTES,
        };
        Ok(self.exchange(request, allowed).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_until_shortly_before_its_end() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let seconds = |life: Option<i64>| {
            let expires_at = life.map(|life| Timestamp::from_second(1_000_000 + life).unwrap());
            usable_until(now, expires_at).as_second() - 1_000_000
        };
        for (life, used) in [
            (Some(1_800), 1_740),
            (Some(300), 270),
            (Some(100), 90),
            (Some(50), 40),
            (Some(10), 0),
            (Some(1), -9),
            (Some(86_400), 3_600),
            (None, 300),
        ] {
            assert_eq!(seconds(life), used, "{life:?}");
        }
    }
}
