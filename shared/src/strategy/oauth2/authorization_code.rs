//! OAuth 2.0 authorization code (RFC 6749 §4.1): a person consents in the browser, and what they granted is kept and refreshed.
//!
//! A template says everything that is particular of a server: where people consent and where tokens are issued, which scopes there
//! are, what the answers are called, who was connected, and what becomes of a refresh token when it is used. The client itself is
//! an app of the account, which the key names. What the template leaves out of the addresses, the app brings.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::Deserialize;

use super::{OwnedGrant, OwnedKind, OwnedProof, beside::Beside, client_credentials::ClientAuthentication};
use crate::{
    interpolation::Interpolation,
    json_pointer::JsonPointer,
    moment::Random,
    secret::SecretText,
    signing::{
        Owned, Reveals, Signed,
        oauth2::{AnswerForm, GrantMembers},
    },
    strategy::{
        Before, Endpoint, Failed, Fault, Obtained, Parameters, Scheme, Unsigned, Values, bearer::TokenHeader,
        named_values::Named,
    },
};

/// OAuth 2.0 authorization code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2AuthorizationCode {
    /// The field that names the app.
    app: Interpolation,
    /// Where people consent; the app brings it when absent.
    authorize_url: Option<Endpoint>,
    /// Where tokens are issued; the app brings it when absent.
    token_url: Option<Endpoint>,
    /// Where refresh tokens are revoked (RFC 7009). Where the app brings the other addresses, it may bring this one too.
    revocation_url: Option<Endpoint>,
    /// What a revocation ends.
    #[serde(default)]
    revocation_ends: RevocationEnds,
    /// The vendor's page where people take access away, or which says how.
    withdraw_url: Option<String>,
    /// Who answers, as `iss` names it (RFC 9207); the app may bring it.
    issuer: Option<String>,
    /// How the client shows its secret; the app says so when absent.
    client_auth: Option<ClientAuthentication>,
    /// What the server wants in the address where people consent, beside.
    #[serde(default)]
    authorize: Named<AuthorizeName>,
    /// What the server wants with the requests for tokens, beside.
    #[serde(default)]
    request: Beside,
    /// The scopes to choose from. Without any, a connection names its own.
    #[serde(default)]
    scopes: Vec<ScopeTemplate>,
    /// What stands between scopes.
    #[serde(default)]
    scope_separator: ScopeSeparator,
    /// Where the answer has the token; as RFC 6749 §5.1 has it when absent.
    answer: Option<AnswerForm>,
    /// Where it has the other members.
    #[serde(default)]
    members: GrantMembers,
    /// Who was connected.
    identity: Option<IdentityAt>,
    /// What becomes of a refresh token when it is used.
    refresh: Refreshing,
    then: TokenHeader,
}

/// A scope of a server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeTemplate {
    /// As the server writes it.
    pub name: String,
    /// What it allows, in a few words.
    pub about: String,
    /// Whether a connection always asks for it: nothing works without.
    #[serde(default)]
    pub least: bool,
}

/// What the revocation of a refresh token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationEnds {
    /// What came of the same consent (RFC 7009 §2.1).
    #[default]
    Grant,
    /// All that the same account allowed the same app.
    Account,
}

/// What stands between scopes (RFC 6749 §3.3 has a space).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ScopeSeparator {
    #[default]
    Space,
    Comma,
}

/// Where the server says who was connected.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, tag = "from")]
pub enum IdentityAt {
    /// The answer to the code.
    Answer {
        /// The place in it.
        pointer: JsonPointer,
    },
    /// The ID token in that answer (OpenID Connect Core §2). It came from the token endpoint itself, over TLS, so its signature need
    /// not be checked (§3.1.3.7, 6).
    IdToken {
        /// The claim that tells accounts apart for ever, such as `sub` (OpenID Connect Core §5.7).
        claim: String,
        /// The claim that people know the account by, such as its e-mail address. It may change.
        shown: Option<String>,
    },
    /// A field of the key, such as the shop whose address was asked.
    Field {
        /// The field.
        field: String,
    },
}

/// What becomes of a refresh token, with the page of the vendor that says so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refreshing {
    rule: RefreshRule,
    /// Read by people alone: a fact about somebody's system has a source.
    #[expect(dead_code, reason = "people read it in the template")]
    source: String,
}

/// What becomes of a refresh token when it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefreshRule {
    /// It stays good.
    Keeps,
    /// Another one takes its place, and the former one stays good for a while.
    Rotates(Former),
}

/// Until when a former refresh token is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Former {
    /// Until the new access token is used.
    UntilAccessUsed,
    /// Until the new refresh token is used.
    UntilRefreshUsed,
    /// For so many seconds after its first use.
    Seconds(u32),
    /// It is not, and trying it may end the whole grant.
    Never,
}

impl RefreshRule {
    /// Whether a refresh token whose use has an unknown outcome may be used again, so long after that use. Nothing that came of it
    /// was kept, so neither a new access token nor a new refresh token was used.
    #[must_use]
    pub fn may_be_used_again(self, after: SignedDuration) -> bool {
        match self {
            Self::Keeps | Self::Rotates(Former::UntilAccessUsed | Former::UntilRefreshUsed) => true,
            Self::Rotates(Former::Seconds(seconds)) => after < SignedDuration::from_secs(seconds.into()),
            Self::Rotates(Former::Never) => false,
        }
    }

    /// Whether a refresh token may be used that comes from restored tables. Later ones may have been used since.
    #[must_use]
    pub const fn survives_a_restore(self) -> bool {
        matches!(self, Self::Keeps)
    }
}

/// The name of a parameter of the address where people consent that the flow does not set itself.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct AuthorizeName(String);

/// What the flow sets itself (RFC 6749 §4.1.1, RFC 7636 §4.3).
const SET_BY_THE_FLOW: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

impl AsRef<str> for AuthorizeName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AuthorizeName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name.is_empty() {
            Err("a parameter needs a name".to_owned())
        } else if SET_BY_THE_FLOW.contains(&name.as_str()) {
            Err(format!("`{name}` is set by the strategy"))
        } else {
            Ok(Self(name))
        }
    }
}

impl OAuth2AuthorizationCode {
    /// The field that names the app.
    #[must_use]
    pub fn app_field(&self) -> &str {
        self.app.fields().next().unwrap_or_default()
    }

    /// The app that a key names.
    #[must_use]
    pub fn app(&self, values: &impl Values) -> Option<String> {
        values.plain(Some(&self.app))
    }

    /// Where people consent; `None` where the app brings it.
    #[must_use]
    pub fn authorize_address(&self) -> Option<&Interpolation> {
        self.authorize_url.as_ref().and_then(Endpoint::absolute)
    }

    /// Where tokens are issued; `None` where the app brings it.
    #[must_use]
    pub fn token_address(&self) -> Option<&Interpolation> {
        self.token_url.as_ref().and_then(Endpoint::absolute)
    }

    /// Where refresh tokens are revoked; `None` where the template does not say.
    #[must_use]
    pub fn revocation_address(&self) -> Option<&Interpolation> {
        self.revocation_url.as_ref().and_then(Endpoint::absolute)
    }

    /// What a revocation ends.
    #[must_use]
    pub const fn revocation_ends(&self) -> RevocationEnds {
        self.revocation_ends
    }

    /// Where people take access away, where the template says so.
    #[must_use]
    pub fn withdraw_url(&self) -> Option<&str> {
        self.withdraw_url.as_deref()
    }

    /// Who answers, where the template says so.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whether the app brings the addresses.
    #[must_use]
    pub const fn app_brings_addresses(&self) -> bool {
        self.token_url.is_none()
    }

    /// How the client shows its secret, where the template says so.
    #[must_use]
    pub const fn client_auth(&self) -> Option<ClientAuthentication> {
        self.client_auth
    }

    /// The scopes to choose from.
    #[must_use]
    pub fn scopes(&self) -> &[ScopeTemplate] {
        &self.scopes
    }

    /// Scopes as the server takes them.
    #[must_use]
    pub fn joined(&self, scopes: &[String]) -> String {
        scopes.join(match self.scope_separator {
            ScopeSeparator::Space => " ",
            ScopeSeparator::Comma => ",",
        })
    }

    /// The scopes in what a server says that it granted. Servers write both separators.
    #[must_use]
    pub fn split(text: &str) -> Vec<String> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned);
        words.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What the server wants in the address where people consent, beside.
    pub fn beside(&self, values: &impl Values) -> Vec<(String, SecretText)> {
        self.authorize.with_values(values)
    }

    /// Where an answer has the token.
    #[must_use]
    pub const fn answer(&self) -> Option<&AnswerForm> {
        self.answer.as_ref()
    }

    /// Where an answer has the rest.
    #[must_use]
    pub const fn members(&self) -> &GrantMembers {
        &self.members
    }

    /// Where the server says who was connected.
    #[must_use]
    pub const fn identity(&self) -> Option<&IdentityAt> {
        self.identity.as_ref()
    }

    /// What becomes of a refresh token when it is used.
    #[must_use]
    pub const fn refresh(&self) -> RefreshRule {
        self.refresh.rule
    }

    /// The request that turns a code into a grant.
    pub fn exchange(
        &self,
        values: &impl Values,
        token_url: String,
        client: (String, Option<SecretText>, ClientAuthentication),
        proof: (SecretText, String, SecretText),
    ) -> OwnedGrant {
        let (code, redirect_uri, verifier) = proof;
        self.owned_grant(
            values,
            token_url,
            client,
            OwnedKind::AuthorizationCode { code, redirect_uri, verifier },
        )
    }

    /// The request that refreshes a grant.
    pub fn refreshing(
        &self,
        values: &impl Values,
        token_url: String,
        client: (String, Option<SecretText>, ClientAuthentication),
        token: SecretText,
    ) -> OwnedGrant {
        self.owned_grant(values, token_url, client, OwnedKind::RefreshToken(token))
    }

    fn owned_grant(
        &self,
        values: &impl Values,
        token_url: String,
        (id, secret, auth): (String, Option<SecretText>, ClientAuthentication),
        kind: OwnedKind,
    ) -> OwnedGrant {
        let [parameters, headers] = self.request.with_values(values);
        let proof = secret.map_or(OwnedProof::Public, |secret| auth.with(secret));
        OwnedGrant {
            token_url,
            kind,
            client: Some((id, proof)),
            scope: None,
            audience: None,
            resource: None,
            parameters,
            headers,
            answer: self.answer.clone(),
        }
    }
}

impl Scheme for OAuth2AuthorizationCode {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let addresses = [
            ("authorize_url", self.authorize_url.as_ref()),
            ("token_url", self.token_url.as_ref()),
            ("revocation_url", self.revocation_url.as_ref()),
        ];
        let parameters = Parameters::default().public("app", &self.app);
        let parameters = addresses
            .into_iter()
            .filter_map(|(name, endpoint)| Some((name, endpoint?)))
            .fold(parameters, |parameters, (name, endpoint)| parameters.address(name, endpoint));
        let parameters =
            self.authorize.texts().fold(parameters, |parameters, text| parameters.public("authorize", text));
        let parameters =
            self.request.texts().fold(parameters, |parameters, text| parameters.public("request", text));
        parameters.public("then", &self.then.header)
    }

    fn fault(&self) -> Option<Fault> {
        if self.app.fields().count() != 1 {
            return Some(("app", "must be the field that names the app, such as `{app}`".to_owned()));
        }
        let below_base =
            |endpoint: &Option<Endpoint>| -> bool { matches!(endpoint, Some(Endpoint::BelowBase(_))) };
        if [&self.authorize_url, &self.token_url, &self.revocation_url].into_iter().any(below_base) {
            return Some((
                "token_url",
                "must be a whole address: a grant is refreshed without the key's own".to_owned(),
            ));
        }
        if self.authorize_url.is_some() != self.token_url.is_some() {
            return Some((
                "authorize_url",
                "must be there beside `token_url`: the app brings both or none".to_owned(),
            ));
        }
        if self.token_url.is_some() && self.client_auth.is_none() {
            return Some(("client_auth", "must be there where the template has the addresses".to_owned()));
        }
        if self.withdraw_url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
            return Some(("withdraw_url", "must be an address with https".to_owned()));
        }
        let mut names = BTreeSet::new();
        if let Some(scope) = self.scopes.iter().find(|scope| !names.insert(scope.name.as_str())) {
            return Some(("scopes", format!("has `{}` twice", scope.name)));
        }
        None
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        self.then.owned(values)
    }

    fn before(&self) -> Before<'_> {
        Before::Grant(self)
    }

    /// Puts the access token into its header.
    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        match request.obtained {
            Obtained::Token(token) => self.then.put(token.value(), values, request),
            Obtained::Nothing | Obtained::Session(_) => Err(Failed::NoRequests),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn template() -> Value {
        json!({
            "app": "{app}", "authorize_url": "https://a.example/authorize", "token_url": "https://a.example/token",
            "client_auth": "post", "refresh": {"rule": "keeps", "source": "https://a.example/docs"},
            "then": {"header": "Authorization", "prefix": "Bearer "},
        })
    }

    fn read(change: &[(&str, Value)]) -> Result<OAuth2AuthorizationCode, String> {
        let mut template = template();
        for (name, value) in change {
            template[*name] = value.clone();
        }
        let read: OAuth2AuthorizationCode =
            serde_json::from_value(template).map_err(|error| error.to_string())?;
        match read.fault() {
            Some((parameter, reason)) => Err(format!("{parameter} {reason}")),
            None => Ok(read),
        }
    }

    #[test]
    fn what_a_template_may_not_say_is_refused() {
        assert!(read(&[]).is_ok());
        for (name, value, complaint) in [
            ("token_url", json!("./token"), "token_url must be a whole address"),
            ("token_url", Value::Null, "authorize_url must be there beside"),
            ("client_auth", Value::Null, "client_auth must be there"),
            ("authorize", json!([["state", "x"]]), "`state` is set by the strategy"),
            ("authorize", json!([["code_challenge_method", "plain"]]), "is set by the strategy"),
            (
                "scopes",
                json!([{"name": "a", "about": "x"}, {"name": "a", "about": "y"}]),
                "scopes has `a` twice",
            ),
            ("refresh", json!({"rule": "keeps"}), "missing field `source`"),
            ("refresh", json!({"rule": "forgets", "source": "s"}), "unknown variant `forgets`"),
            ("pkce", json!(false), "unknown field `pkce`"),
            ("revocation_ends", json!("nothing"), "unknown variant `nothing`"),
            ("withdraw_url", json!("javascript:alert(1)"), "withdraw_url must be an address with https"),
        ] {
            let error = read(&[(name, value)]).err().unwrap();
            assert!(error.contains(complaint), "{name}: {error}");
        }
    }

    #[test]
    fn a_refresh_token_is_used_again_only_while_its_rule_allows_it() {
        let rule =
            |rule: Value| read(&[("refresh", json!({"rule": rule, "source": "s"}))]).ok().unwrap().refresh();
        let after = SignedDuration::from_secs;
        assert!(rule(json!("keeps")).may_be_used_again(after(1_000_000)));
        assert!(rule(json!({"rotates": "until-refresh-used"})).may_be_used_again(after(1_000_000)));
        assert!(rule(json!({"rotates": "until-access-used"})).may_be_used_again(after(1)));
        assert!(rule(json!({"rotates": {"seconds": 60}})).may_be_used_again(after(59)));
        assert!(!rule(json!({"rotates": {"seconds": 60}})).may_be_used_again(after(60)));
        assert!(!rule(json!({"rotates": "never"})).may_be_used_again(after(0)));
        assert!(rule(json!("keeps")).survives_a_restore());
        assert!(!rule(json!({"rotates": "until-refresh-used"})).survives_a_restore());
    }

    #[test]
    fn granted_scopes_are_read_with_either_separator() {
        assert_eq!(OAuth2AuthorizationCode::split("b a,c a"), ["a", "b", "c"]);
        assert!(OAuth2AuthorizationCode::split("").is_empty());
    }
}
