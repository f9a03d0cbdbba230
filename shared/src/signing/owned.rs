//! What an authentication keeps for itself in a request. One list answers what a key may not have among its headers,
//! what a request may not bring, and what signing sets.

/// A part of a request that an authentication keeps for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    part: Part,
    name: Name,
    sets: Sets,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A header.
    Header,
    /// A parameter of the query.
    Query,
    /// A parameter of a form in the body.
    Form,
    /// A member of a JSON object in the body.
    Json,
    /// An element of a SOAP envelope in the body.
    Envelope,
}

/// When the authentication sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sets {
    /// On every request.
    Always,
    /// On every request that does not bring it. A key that brought it would repeat it on each request.
    UnlessBrought,
    /// Where neither the key nor the request has it.
    IfAbsent,
    /// Never with these values. A receiver would read it as part of the authentication all the same.
    Never,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Exactly(String),
    InAnyCase(String),
    StartingWith(&'static str),
}

impl Owned {
    /// A header. Header names have no case (RFC 9110 §5.1).
    #[must_use]
    pub fn header(name: impl Into<String>, sets: Sets) -> Self {
        Self { part: Part::Header, name: Name::InAnyCase(name.into()), sets }
    }

    /// A query parameter of just this name.
    #[must_use]
    pub fn query(name: impl Into<String>) -> Self {
        Self { part: Part::Query, name: Name::Exactly(name.into()), sets: Sets::Always }
    }

    /// A form parameter of just this name.
    #[must_use]
    pub fn form(name: impl Into<String>) -> Self {
        Self { part: Part::Form, name: Name::Exactly(name.into()), sets: Sets::Always }
    }

    /// A member of the outermost JSON object.
    #[must_use]
    pub fn json(name: impl Into<String>) -> Self {
        Self { part: Part::Json, name: Name::Exactly(name.into()), sets: Sets::Always }
    }

    /// An element of the envelope.
    #[must_use]
    pub fn envelope(name: impl Into<String>) -> Self {
        Self { part: Part::Envelope, name: Name::Exactly(name.into()), sets: Sets::Always }
    }

    /// A query parameter, in whatever case it is written.
    pub(super) fn query_in_any_case(name: impl Into<String>, sets: Sets) -> Self {
        Self { part: Part::Query, name: Name::InAnyCase(name.into()), sets }
    }

    /// All parameters with this prefix, of which the authentication sets none there.
    pub(super) const fn prefix(part: Part, prefix: &'static str) -> Self {
        Self { part, name: Name::StartingWith(prefix), sets: Sets::Never }
    }

    /// Where it stands.
    #[must_use]
    pub const fn part(&self) -> Part {
        self.part
    }

    /// Its name, or how its name starts.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.name {
            Name::Exactly(name) | Name::InAnyCase(name) => name,
            Name::StartingWith(prefix) => prefix,
        }
    }

    /// When the authentication sets it.
    #[must_use]
    pub const fn sets(&self) -> Sets {
        self.sets
    }

    /// Whether it is the one that has this name in this part of a request. A parameter's name is given decoded.
    #[must_use]
    pub fn is(&self, part: Part, name: &[u8]) -> bool {
        self.part == part
            && match &self.name {
                Name::Exactly(own) => own.as_bytes() == name,
                Name::InAnyCase(own) => own.as_bytes().eq_ignore_ascii_case(name),
                Name::StartingWith(prefix) => name.starts_with(prefix.as_bytes()),
            }
    }

    /// Whether a key may have it among its headers, to send it with every request.
    #[must_use]
    pub const fn key_may_have(&self) -> bool {
        match self.sets {
            Sets::IfAbsent => true,
            Sets::Always | Sets::UnlessBrought | Sets::Never => false,
        }
    }

    /// Whether a single request may bring it.
    #[must_use]
    pub const fn request_may_bring(&self) -> bool {
        match self.sets {
            Sets::IfAbsent | Sets::UnlessBrought => true,
            Sets::Always | Sets::Never => false,
        }
    }
}

/// Whether one of `owned` is this part of a request, and no request may bring it.
pub(super) fn refuses(owned: &[Owned], part: Part, name: &[u8]) -> bool {
    owned.iter().any(|owned| !owned.request_may_bring() && owned.is(part, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parameters_have_a_case() {
        assert!(Owned::header("Webhook-Id", Sets::Always).is(Part::Header, b"webhook-id"));
        assert!(!Owned::header("key", Sets::Always).is(Part::Query, b"key"));
        assert!(Owned::query("key").is(Part::Query, b"key"));
        assert!(!Owned::query("key").is(Part::Query, b"Key"));
        assert!(Owned::query_in_any_case("X-Amz-Date", Sets::Never).is(Part::Query, b"x-amz-date"));
        assert!(Owned::prefix(Part::Form, "oauth_").is(Part::Form, b"oauth_other"));
    }

    #[test]
    fn a_key_and_a_request_are_asked_two_questions() {
        for (sets, key, request) in [
            (Sets::Always, false, false),
            (Sets::UnlessBrought, false, true),
            (Sets::IfAbsent, true, true),
            (Sets::Never, false, false),
        ] {
            let owned = Owned::header("webhook-id", sets);
            assert_eq!((owned.key_may_have(), owned.request_may_bring()), (key, request), "{sets:?}");
        }
    }
}
