//! A request as a handler reads it: the gateway's event, with its text already parsed and its caller checked.

use std::{collections::BTreeMap, str::FromStr};

use jiff::Timestamp;
use keyward_shared::{
    caller::{Caller, Operator},
    deliveries::delivery::DeliveryOf,
    error::Error,
    idempotency::{BadIdempotencyKey, Repeatable},
    ids::{
        AccountId, AppId, ClientId, EndpointId, EndpointKind, EventId, KeyId, MemberId, SecretId, WebhookId,
    },
    membership::rows::{CallerRows, Claimed},
    page::{Cursor, Limit, List},
    secret::SecretText,
};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::{
    json,
    oauth::{Credentials, Form, GrantRefused},
    problem::Failure,
};
use crate::entrance::Entrance;

/// The most bytes of a body, where the route does not say otherwise.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The most bytes of a body that holds a key: 40 organizations with two secrets of 16 KiB each, and room for JSON's escapes.
pub const MAX_KEY_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Whose token a request brought, as far as its route asks.
pub(super) enum Bearer {
    /// The route asks for no token.
    Anybody,
    /// Somebody within an account.
    Caller(Caller),
    /// The operator.
    Operator(Operator),
}

/// A request to one route.
pub struct Request {
    pub(super) function: &'static str,
    pub(super) entrance: Entrance,
    pub(super) method: String,
    pub(super) raw_path: String,
    pub(super) until: Timestamp,
    pub(super) bearer: Bearer,
    pub(super) path_parameters: BTreeMap<String, String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) proof: Option<SecretText>,
    pub(super) address: String,
    pub(super) accept_encoding: Option<String>,
    pub(super) if_match: Option<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) cookies: Vec<String>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Who is calling.
    ///
    /// # Errors
    ///
    /// [`Failure::NotSignedIn`] on a route that asks for no permission within an account.
    pub fn caller(&self) -> Result<&Caller, Failure> {
        match &self.bearer {
            Bearer::Caller(caller) => Ok(caller),
            Bearer::Anybody | Bearer::Operator(_) => Err(Failure::NotSignedIn),
        }
    }

    /// Who calls and for what, as the token says; nobody on a route that asks for no token.
    pub(crate) fn claimed(&self) -> Option<&Claimed> {
        match &self.bearer {
            Bearer::Anybody => None,
            Bearer::Caller(caller) => Some(caller.claimed()),
            Bearer::Operator(operator) => Some(operator.claimed()),
        }
    }

    /// The same request with a caller who may do what the rows say.
    ///
    /// # Errors
    ///
    /// [`Error::NotPermitted`] where the caller's rows do not give the route's permission any more.
    pub(crate) fn limited_to(self, rows: &CallerRows) -> Result<Self, Error> {
        let bearer = match self.bearer {
            Bearer::Caller(caller) => Bearer::Caller(caller.limited_to(rows)?),
            Bearer::Operator(operator) => Bearer::Operator(operator.holding(rows)?),
            Bearer::Anybody => Bearer::Anybody,
        };
        Ok(Self { bearer, ..self })
    }

    /// The same request with the caller's right to change something.
    ///
    /// # Errors
    ///
    /// [`Error::NotPermitted`] where the caller's rows do not give it any more.
    pub(crate) fn holding(self, rows: &CallerRows) -> Result<Self, Error> {
        let bearer = match self.bearer {
            Bearer::Anybody => Bearer::Anybody,
            Bearer::Caller(caller) => Bearer::Caller(caller.holding(rows)?),
            Bearer::Operator(operator) => Bearer::Operator(operator.holding(rows)?),
        };
        Ok(Self { bearer, ..self })
    }

    /// The operator.
    ///
    /// # Errors
    ///
    /// [`Failure::NotSignedIn`] on a route that is not the operator's.
    pub fn operator(&self) -> Result<&Operator, Failure> {
        match &self.bearer {
            Bearer::Operator(operator) => Ok(operator),
            Bearer::Anybody | Bearer::Caller(_) => Err(Failure::NotSignedIn),
        }
    }

    /// The account that the path names. Only the operator names accounts: everybody else's is in their token.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be an account's id, just as for an id that no account has.
    pub fn account_for(&self, _: &Operator) -> Result<AccountId, Failure> {
        self.path("account_id")?.parse().map_err(|_| Error::NotFound.into())
    }

    /// The member that the path names.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be a member's id, just as for an id that no member has.
    pub fn member_id(&self) -> Result<MemberId, Failure> {
        self.path("member_id")?.parse().map_err(|_| Error::NotFound.into())
    }

    /// The machine client that the path names.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be a client's id, just as for an id that no client has.
    pub fn client_id(&self) -> Result<ClientId, Failure> {
        self.path("client_id")?.parse().map_err(|_| Error::NotFound.into())
    }

    /// The secret of a machine client that the path names.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be a secret's id, just as for an id that no secret has.
    pub fn secret_id(&self) -> Result<SecretId, Failure> {
        self.path("secret_id")?.parse().map_err(|_| Error::NotFound.into())
    }

    /// The codings that the client accepts, as it says so (RFC 9110 §12.5.3).
    #[must_use]
    pub fn accept_encoding(&self) -> Option<&str> {
        self.accept_encoding.as_deref()
    }

    /// The key that the path names.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be a key's id, just as for an id that no key has.
    pub fn key_id(&self) -> Result<KeyId, Failure> {
        self.path("key_id")?.parse().map_err(|_| Error::NotFound.into())
    }

    /// The webhook that the path names.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be a webhook's id, just as for an id that no webhook has.
    pub fn webhook_id(&self) -> Result<WebhookId, Failure> {
        self.path("webhook_id")?.parse().map_err(|_| Error::NotFound.into())
    }

    /// The event that the path names.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be an event's id, just as for an id that no event has.
    pub fn event_id(&self) -> Result<EventId, Failure> {
        self.path("event_id")?.parse().map_err(|_| Error::NotFound.into())
    }

    /// The delivery that the path names, of the webhook that it names.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be their ids, just as for ids that none have.
    pub fn delivery(&self) -> Result<DeliveryOf, Failure> {
        let id = self.path("delivery_id")?.parse().map_err(|_| Error::NotFound)?;
        Ok(DeliveryOf { account: self.caller()?.account().clone(), webhook: self.webhook_id()?, id })
    }

    /// The path of a request that only looks at something, as its sender wrote it; `None` for one that wants more.
    #[must_use]
    pub fn looks_at(&self) -> Option<&str> {
        matches!(self.method.as_str(), "GET" | "HEAD").then_some(&self.raw_path)
    }

    /// The query as text, in the form of a URL again.
    #[must_use]
    pub fn query_text(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish()
    }

    /// The app that the path names.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be an app's id, just as for an id that no app has.
    pub fn app_id(&self) -> Result<AppId, Failure> {
        self.path("app_id")?.parse().map_err(|_| Error::NotFound.into())
    }

    /// The value of a cookie, as the browser sends it. It is the proof of a browser that comes back.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<SecretText> {
        let value =
            |cookie: &String| Some(cookie.split_once('=').filter(|(known, _)| *known == name)?.1.to_owned());
        self.cookies.iter().find_map(value).map(SecretText::from)
    }

    /// Parameters of the query, on a route whose other parameters somebody else chooses. A repeated one is refused.
    ///
    /// # Errors
    ///
    /// [`Failure::Malformed`] naming the parameter.
    pub fn query_among_others(&self, known: &[&str]) -> Result<Query<'_>, Failure> {
        let mut values = BTreeMap::new();
        for (name, value) in self.query.iter().filter(|(name, _)| known.contains(&name.as_str())) {
            if values.insert(name.as_str(), value.as_str()).is_some() {
                return Err(Failure::malformed(name, "is given twice"));
            }
        }
        Ok(Query(values))
    }

    /// When the function is stopped, whatever it is doing.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether the route is one of sources or of destinations, which have the same functions.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] on any other route.
    pub fn endpoint_kind(&self) -> Result<EndpointKind, Failure> {
        self.entrance.kind.ok_or_else(|| Error::NotFound.into())
    }

    /// The source or destination that the path names.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what cannot be its id, just as for an id that none has.
    pub fn endpoint_id(&self) -> Result<EndpointId, Failure> {
        let kind = self.endpoint_kind()?;
        let id = self.path(match kind {
            EndpointKind::Source => "source_id",
            EndpointKind::Destination => "destination_id",
        })?;
        let id = id.parse().ok().filter(|id: &EndpointId| id.kind() == kind);
        id.ok_or_else(|| Error::NotFound.into())
    }

    /// The request as one that its caller may send again, if it names it.
    ///
    /// # Errors
    ///
    /// [`Failure::Malformed`] for a name that is none.
    pub fn repeatable(&self) -> Result<Option<Repeatable>, Failure> {
        let Some(key) = &self.idempotency_key else { return Ok(None) };
        let key =
            key.parse().map_err(|reason: BadIdempotencyKey| Failure::malformed("Idempotency-Key", reason))?;
        // The route too: both kinds of endpoints have one function.
        let route = self.entrance.key();
        let path = std::iter::once(route.as_str()).chain(self.path_parameters.values().map(String::as_str));
        Ok(Some(Repeatable::new(key, self.function, path, &self.body)))
    }

    /// A part of the path.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when the route has no such part.
    pub fn path(&self, name: &str) -> Result<&str, Failure> {
        self.path_parameters.get(name).map(String::as_str).ok_or_else(|| Error::NotFound.into())
    }

    /// The body as the route's request type.
    ///
    /// # Errors
    ///
    /// [`Failure::TooLarge`] and [`Failure::Malformed`].
    pub fn body<T: DeserializeOwned>(&self, limit_bytes: usize) -> Result<T, Failure> {
        if self.body.len() > limit_bytes {
            return Err(Failure::TooLarge { limit_bytes });
        }
        json::parse(&self.body)
    }

    /// The body; empty if the request has none.
    ///
    /// # Errors
    ///
    /// As for [`body`](Self::body).
    pub fn optional_body<T: DeserializeOwned>(&self, limit_bytes: usize) -> Result<Option<T>, Failure> {
        if self.body.is_empty() { Ok(None) } else { self.body(limit_bytes).map(Some) }
    }

    /// The body as a form.
    ///
    /// # Errors
    ///
    /// [`Failure::TooLarge`]. The form itself may be refused.
    pub fn form(&self, limit_bytes: usize) -> Result<Result<Form, GrantRefused>, Failure> {
        if self.body.len() > limit_bytes {
            return Err(Failure::TooLarge { limit_bytes });
        }
        Ok(Form::read(&self.body))
    }

    /// What the `Authorization` header says of a client, on a route that asks for no token.
    ///
    /// # Errors
    ///
    /// [`GrantRefused::InvalidClient`] for a header that says something else.
    pub fn credentials(&self) -> Result<Option<Credentials>, GrantRefused> {
        let read = |proof: &SecretText| Credentials::basic(proof.expose()).ok_or(GrantRefused::InvalidClient);
        self.proof.as_ref().map(read).transpose()
    }

    /// The address that the gateway saw the request come from. It proves nothing: it is for counting.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The version that a request says it is meant for, if it says so.
    ///
    /// # Errors
    ///
    /// [`Failure::Malformed`] for anything but one version tag.
    pub fn seen_version_if_any(&self) -> Result<Option<u64>, Failure> {
        self.if_match.as_ref().map(|_| self.seen_version()).transpose()
    }

    /// The version that a change is meant for (RFC 9110 §13.1.1).
    ///
    /// # Errors
    ///
    /// [`Error::VersionNeeded`] without the header; [`Failure::Malformed`] for anything but one version tag.
    pub fn seen_version(&self) -> Result<u64, Failure> {
        let tag = self.if_match.as_deref().ok_or(Error::VersionNeeded)?;
        let digits = tag.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse() {
            Ok(version) if plain => Ok(version),
            Ok(_) | Err(_) => {
                Err(Failure::malformed("If-Match", "must be the ETag of a read, such as \"3\""))
            }
        }
    }

    /// The query's parameters. Repeated and unknown parameters are refused.
    ///
    /// # Errors
    ///
    /// [`Failure::Malformed`] naming the parameter.
    pub fn query(&self, known: &[&str]) -> Result<Query<'_>, Failure> {
        let mut values = BTreeMap::new();
        for (name, value) in &self.query {
            if !known.contains(&name.as_str()) {
                let reason = match known {
                    [] => "this route takes no query parameters".to_owned(),
                    known => format!("is no parameter of this route: it knows {}", known.join(", ")),
                };
                return Err(Failure::malformed(json::shown(name), reason));
            }
            if values.insert(name.as_str(), value.as_str()).is_some() {
                return Err(Failure::malformed(name, "is given twice"));
            }
        }
        Ok(Query(values))
    }
}

/// The parameters of a query.
pub struct Query<'a>(BTreeMap<&'a str, &'a str>);

impl Query<'_> {
    /// A parameter's text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).copied()
    }

    /// A parameter, parsed.
    ///
    /// # Errors
    ///
    /// [`Failure::Malformed`] naming the parameter.
    pub fn parsed<T: FromStr<Err: ToString>>(&self, name: &str) -> Result<Option<T>, Failure> {
        self.text(name)
            .map(|text| text.parse().map_err(|reason: T::Err| Failure::malformed(name, reason)))
            .transpose()
    }

    /// Which page of a list is asked for. `list` says which list it is, with its filters: a cursor is of one list.
    ///
    /// # Errors
    ///
    /// [`Failure::Malformed`] naming `limit` or `cursor`.
    pub fn page(&self, account: &AccountId, list: &List) -> Result<(Limit, Option<Cursor>), Failure> {
        let limit = self.parsed::<Limit>("limit")?.unwrap_or(Limit::DEFAULT);
        let cursor = self.text("cursor").map(|text| Cursor::decode(text, account, list)).transpose();
        Ok((limit, cursor.map_err(|reason| Failure::malformed("cursor", reason))?))
    }
}
