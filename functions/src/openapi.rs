//! What a route reads and answers, in the terms of OpenAPI 3.1.

use std::collections::BTreeSet;

use keyward_shared::{idempotency::IdempotencyKey, permission::Role};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::{
    bounds,
    edge::{
        code::{Code, Status},
        oauth::{GrantRefused, GrantRefusedView},
        problem,
    },
    entrance::Entrance,
};

/// What a route reads and answers.
pub struct Operation {
    summary: &'static str,
    request: Option<Body>,
    success: (&'static [u16], Option<Value>),
    versioned: bool,
    if_match: Option<IfMatch>,
    repeatable: bool,
    query: Vec<Value>,
    refusals: &'static [Code],
    grant_refusal: Option<Value>,
}

/// A body that a route reads.
struct Body {
    schema: Value,
    needed: Needed,
    media_type: &'static str,
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a body must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    Yes,
    No,
}

/// When the version must be in `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IfMatch {
    /// Always.
    Always,
    /// To change what is there.
    ToChange,
    /// Never. It is compared if it is there.
    Never,
}

impl Operation {
    /// A route by what it does.
    #[must_use]
    pub const fn new(summary: &'static str) -> Self {
        Self {
            summary,
            request: None,
            success: (&[200], None),
            versioned: false,
            if_match: None,
            repeatable: false,
            query: Vec::new(),
            refusals: &[],
            grant_refusal: None,
        }
    }

    /// It reads this body.
    #[must_use]
    pub fn request<T: JsonSchema>(mut self, schemas: &mut SchemaGenerator) -> Self {
        self.request = Some(Body {
            schema: schemas.subschema_for::<T>().to_value(),
            needed: Needed::Yes,
            media_type: JSON,
        });
        self
    }

    /// It reads this body, if there is one.
    #[must_use]
    pub fn optional_request<T: JsonSchema>(mut self, schemas: &mut SchemaGenerator) -> Self {
        self.request = Some(Body {
            schema: schemas.subschema_for::<T>().to_value(),
            needed: Needed::No,
            media_type: JSON,
        });
        self
    }

    /// It reads this form.
    #[must_use]
    pub fn form<T: JsonSchema>(mut self, schemas: &mut SchemaGenerator) -> Self {
        self.request = Some(Body {
            schema: schemas.subschema_for::<T>().to_value(),
            needed: Needed::Yes,
            media_type: FORM,
        });
        self
    }

    /// It issues tokens, and refuses in the words of OAuth.
    #[must_use]
    pub fn grants(mut self, schemas: &mut SchemaGenerator) -> Self {
        self.grant_refusal = Some(schemas.subschema_for::<GrantRefusedView>().to_value());
        self
    }

    /// It answers 200 with this.
    #[must_use]
    pub fn ok<T: JsonSchema>(mut self, schemas: &mut SchemaGenerator) -> Self {
        self.success = (&[200], Some(schemas.subschema_for::<T>().to_value()));
        self
    }

    /// It answers 201 with this and its `Location`.
    #[must_use]
    pub fn created<T: JsonSchema>(mut self, schemas: &mut SchemaGenerator) -> Self {
        self.success = (&[201], Some(schemas.subschema_for::<T>().to_value()));
        self
    }

    /// It answers 201 with this and its `Location`, or 200 where it was there before.
    #[must_use]
    pub fn created_or_ok<T: JsonSchema>(mut self, schemas: &mut SchemaGenerator) -> Self {
        self.success = (&[200, 201], Some(schemas.subschema_for::<T>().to_value()));
        self
    }

    /// It answers 204.
    #[must_use]
    pub fn no_content(mut self) -> Self {
        self.success = (&[204], None);
        self
    }

    /// It answers 200 with some JSON object.
    #[must_use]
    pub fn any_json(mut self) -> Self {
        self.success = (&[200], Some(json!({ "type": "object" })));
        self
    }

    /// Its answer carries the version as `ETag`.
    #[must_use]
    pub const fn versioned(mut self) -> Self {
        self.versioned = true;
        self
    }

    /// It needs the version in `If-Match`.
    #[must_use]
    pub const fn for_version(mut self) -> Self {
        self.if_match = Some(IfMatch::Always);
        self
    }

    /// It needs the version in `If-Match` to change what is there, and none to make it.
    #[must_use]
    pub const fn for_version_of_existing(mut self) -> Self {
        self.if_match = Some(IfMatch::ToChange);
        self
    }

    /// It compares the version in `If-Match`, if there is one.
    #[must_use]
    pub const fn for_version_if_any(mut self) -> Self {
        self.if_match = Some(IfMatch::Never);
        self
    }

    /// It takes an `Idempotency-Key`.
    #[must_use]
    pub const fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// It knows this query parameter.
    #[must_use]
    pub fn query<T: JsonSchema>(
        mut self,
        schemas: &mut SchemaGenerator,
        name: &'static str,
        description: &'static str,
    ) -> Self {
        let schema = schemas.subschema_for::<T>();
        self.query.push(json!({ "name": name, "in": "query", "description": description, "schema": schema }));
        self
    }

    /// It answers with a page of a list.
    #[must_use]
    pub fn paged(self, schemas: &mut SchemaGenerator) -> Self {
        self.query::<bounds::Limit>(schemas, "limit", "The most rows of the page.").query::<bounds::Cursor>(
            schemas,
            "cursor",
            "Where the page begins: the `next_cursor` of the page before it.",
        )
    }

    /// The problems that its function answers. Those that follow from what the operation reads, and those of the edge, are
    /// not among them: see `codes`.
    #[must_use]
    pub const fn refusals(mut self, codes: &'static [Code]) -> Self {
        self.refusals = codes;
        self
    }

    /// Every code that the route answers and a client plans for: what the edge refuses, what follows from the operation's body
    /// and headers, and the refusals of the function.
    fn codes(&self, route: Entrance) -> BTreeSet<Code> {
        let mut codes = BTreeSet::from([Code::MalformedRequest, Code::Unavailable]);
        if let Some(permission) = route.permission {
            codes.extend([Code::NotSignedIn, Code::Forbidden]);
            if Role::Owner.permissions().contains(&permission) {
                // To people of an account that does not manage keys itself, the route does not exist.
                codes.insert(Code::NotFound);
            }
        }
        if self.request.is_some() {
            codes.insert(Code::TooLarge);
        }
        match self.if_match {
            Some(IfMatch::Always | IfMatch::ToChange) => {
                codes.extend([Code::StaleVersion, Code::VersionNeeded])
            }
            Some(IfMatch::Never) => codes.extend([Code::StaleVersion]),
            None => {}
        }
        if self.repeatable {
            codes.extend([Code::RequestInProgress, Code::IdempotencyKeyReused, Code::RowUnreadable]);
        }
        codes.extend(self.refusals);
        codes
    }

    /// What a route of this operation answers.
    pub(crate) fn answers(&self, route: Entrance) -> Answers {
        let further: &[u16] = if self.grant_refusal.is_some() { &GrantRefused::STATUSES } else { &[] };
        Answers { successes: self.success.0, further, codes: self.codes(route) }
    }

    /// The operation of a route, under a name.
    pub(crate) fn into_json(self, id: &str, route: Entrance) -> Value {
        let mut operation = json!({
            "operationId": id,
            "summary": self.summary,
            "tags": [tag(route)],
            "parameters": self.parameters(route),
            "responses": self.responses(route),
            "security": match route.permission {
                Some(permission) => json!([{ "token": [permission.scope()] }]),
                None => json!([]),
            },
        });
        if let (Some(body), Some(members)) = (self.request, operation.as_object_mut()) {
            let Body { schema, needed, media_type } = body;
            let required = needed == Needed::Yes;
            let body = json!({ "required": required, "content": { media_type: { "schema": schema } } });
            members.insert("requestBody".to_owned(), body);
        }
        operation
    }

    fn parameters(&self, route: Entrance) -> Vec<Value> {
        let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut parameters: Vec<Value> = in_path
            .map(|name| {
                json!({
                    "name": name, "in": "path", "required": true, "description": in_words(name),
                    "schema": { "type": "string" },
                })
            })
            .collect();
        parameters.extend(self.query.iter().cloned());
        if let Some(if_match) = self.if_match {
            parameters.push(json!({
                "name": "If-Match", "in": "header", "required": if_match == IfMatch::Always,
                "description": "The ETag of the read that the change is based on.",
                "schema": { "type": "string" },
            }));
        }
        if self.repeatable {
            parameters.push(json!({
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "Names the request, so that it can be sent again: it has its effect once.",
                "schema": { "type": "string", "pattern": format!("^[!-~]{{1,{}}}$", IdempotencyKey::MAX_LENGTH) },
            }));
        }
        parameters
    }

    fn responses(&self, route: Entrance) -> Map<String, Value> {
        let (statuses, schema) = &self.success;
        let mut success = Map::from_iter([("description".to_owned(), json!("Done."))]);
        if let Some(schema) = schema {
            success.insert("content".to_owned(), json!({ "application/json": { "schema": schema } }));
        }
        if self.versioned {
            let etag = json!({ "ETag": { "description": "The version.", "schema": { "type": "string" } } });
            success.insert("headers".to_owned(), etag);
        }
        let success = Value::Object(success);
        let mut responses: Map<_, _> =
            statuses.iter().map(|status| (status.to_string(), success.clone())).collect();
        let codes = self.codes(route);
        for status in Status::ALL {
            let codes = codes.iter().filter(|code| code.status() == status);
            let codes = codes.map(|code| format!("`{}`: {}.", code.as_str(), code.title()));
            let authorizer =
                (status == Status::Unauthorized && route.permission.is_some()).then_some(AUTHORIZER);
            let description: Vec<_> = authorizer.map(str::to_owned).into_iter().chain(codes).collect();
            if !description.is_empty() {
                responses.insert(status.as_u16().to_string(), refusal(status, &description.join(" ")));
            }
        }
        if let Some(schema) = &self.grant_refusal {
            self.add_grant_refusals(schema, &mut responses);
        }
        responses
    }

    /// Adds what the token route refuses with (RFC 6749 §5.2), beside the problems of the same status.
    fn add_grant_refusals(&self, schema: &Value, responses: &mut Map<String, Value>) {
        for status in GrantRefused::STATUSES {
            let response = responses
                .entry(status.to_string())
                .or_insert_with(|| json!({ "description": "No token is issued.", "content": {} }));
            let content = response.get_mut("content").and_then(Value::as_object_mut);
            if let Some(content) = content {
                content.insert(JSON.to_owned(), json!({ "schema": schema }));
            }
        }
    }
}

const AUTHORIZER: &str = "What API Gateway's authorizer answers without a valid token.";

/// The answer of a status: our problem, or what API Gateway answers by itself.
fn refusal(status: Status, description: &str) -> Value {
    let mut content = Map::new();
    if matches!(status, Status::Unauthorized | Status::Forbidden | Status::ContentTooLarge) {
        let schema = json!({ "$ref": "#/components/schemas/GatewayMessage" });
        content.insert("application/json".to_owned(), json!({ "schema": schema }));
    }
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    content.insert(problem::MEDIA_TYPE.to_owned(), json!({ "schema": schema }));
    json!({ "description": description, "content": content })
}

/// What the API is about: each route has one of these as its tag.
pub(crate) const SUBJECTS: [(&str, &str); 14] = [
    ("token", "Access tokens, for machine clients and for people who signed in."),
    ("sign-out", "The caller's own sign-in."),
    ("systems", "The systems that keys can be for."),
    ("keys", "Stored credentials, their versions and their trail, and using them."),
    ("apps", "The account's own OAuth clients, which keys are connected with."),
    ("audit", "What was done in the account."),
    ("sources", "Where the platform's streams read from."),
    ("destinations", "Where the platform's streams write to."),
    ("webhooks", "Where the account hears of events."),
    ("events", "What happened, as webhooks hear of it."),
    ("account", "The caller's account."),
    ("members", "The people of the caller's account."),
    ("operator", "Accounts and machine clients, for the operator of Keyward."),
    ("document", "This document, and which code answers."),
];

/// What a parameter of a path names.
fn in_words(parameter: &str) -> String {
    match parameter {
        "version" => "The number of the version.".to_owned(),
        other => format!("The id of the {}.", other.trim_end_matches("_id")),
    }
}

/// The subject of a route: what its path is below.
fn tag(route: Entrance) -> &'static str {
    let below = match route.path.split('/').nth(2) {
        Some("verifications") => Some("keys"),
        Some("openapi.json" | "version") => Some("document"),
        below => below,
    };
    let subject = SUBJECTS.iter().find(|(subject, _)| Some(*subject) == below);
    subject.map_or("", |(subject, _)| subject)
}

/// What a route answers, as the document says it.
#[derive(Debug)]
pub struct Answers {
    /// The statuses of success.
    pub successes: &'static [u16],
    /// The statuses of refusals that are no problems: those of the token route.
    pub further: &'static [u16],
    /// The codes of problems. [`Code::Internal`], which no route plans for, is not among them.
    pub codes: BTreeSet<Code>,
}
