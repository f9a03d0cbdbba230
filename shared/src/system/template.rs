//! A system of the library, in one version.

use serde::Deserialize;

use super::{
    base_url::BaseUrlRule, constant_header::ConstantHeader, example::Example, field::FieldTemplate,
    id::SystemId, verify::Verify,
};
use crate::{origin::Scheme, strategy::Strategy};

/// A system's key template: its fields, its auth variants, where its requests go, and how a key is tried. A key
/// stays with the version that it was made with.
#[derive(Debug)]
pub struct Template {
    pub(super) id: SystemId,
    pub(super) version: u32,
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) kind: Kind,
    pub(super) guide_url: String,
    pub(super) guide: String,
    pub(super) base_url: BaseUrlRule,
    pub(super) headers: Headers,
    pub(super) fields: Vec<FieldTemplate>,
    pub(super) auth: Vec<AuthVariant>,
    pub(super) examples: Vec<Example>,
}

/// A server of the system beside that of the base address. A request goes there if it names a whole address there.
#[derive(Debug, Clone)]
pub struct Host {
    pub(super) name: String,
    /// The origin: derived, fixed, or a choice.
    pub(super) address: BaseUrlRule,
}

/// The protocol of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// HTTP requests.
    Http,
    /// SOAP over HTTP.
    Soap,
    /// Mail submission.
    Smtp,
    /// FTP, with TLS or without.
    Ftp,
    /// SFTP over SSH.
    Sftp,
}

#[derive(Debug)]
pub(super) enum Headers {
    None,
    Optional,
    ContentTypeRequired(Vec<String>),
}

impl Headers {
    fn rule(&self) -> HeaderRule<'_> {
        match self {
            Self::None => HeaderRule::None,
            Self::Optional => HeaderRule::Optional,
            Self::ContentTypeRequired(choices) => HeaderRule::ContentTypeRequired(choices),
        }
    }
}

impl Host {
    /// Its name, by which bindings and people tell it from others.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its address comes about.
    #[must_use]
    pub const fn address(&self) -> &BaseUrlRule {
        &self.address
    }
}

/// Which headers a key of the system may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderRule<'a> {
    /// None: there are no HTTP requests.
    None,
    /// Any.
    Optional,
    /// Any, and `Content-Type` with one of these values. The first is the one to offer.
    ContentTypeRequired(&'a [String]),
}

/// One way to authenticate with a system.
#[derive(Debug)]
pub struct AuthVariant {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) guide: Option<String>,
    pub(super) guide_url: Option<String>,
    pub(super) base_url: Option<BaseUrlRule>,
    pub(super) headers: Option<Headers>,
    pub(super) hosts: Vec<Host>,
    pub(super) schemes: Vec<Scheme>,
    pub(super) constant_headers: Vec<ConstantHeader>,
    pub(super) strategy: Strategy,
    pub(super) verify: Verify,
}

impl Kind {
    /// The kind's name in templates and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Soap => "soap",
            Self::Smtp => "smtp",
            Self::Ftp => "ftp",
            Self::Sftp => "sftp",
        }
    }
}

impl AuthVariant {
    /// Its identifier, unique within the template.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// When to choose it.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The vendor's page on obtaining its data, where that is another one than the system's.
    #[must_use]
    pub fn guide_url(&self) -> Option<&str> {
        self.guide_url.as_deref()
    }

    /// How to obtain its data, where that is another way than the system's.
    #[must_use]
    pub fn guide(&self) -> Option<&str> {
        self.guide.as_deref()
    }

    /// How its base address comes about, where that is another rule than the system's.
    #[must_use]
    pub const fn base_url_rule(&self) -> Option<&BaseUrlRule> {
        self.base_url.as_ref()
    }

    /// Which headers a key with it may hold, where that is another rule than the system's.
    #[must_use]
    pub fn headers(&self) -> Option<HeaderRule<'_>> {
        self.headers.as_ref().map(Headers::rule)
    }

    /// The servers that its secrets may go to beside that of the base address.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The schemes that its requests may travel by. `http` is among them only where the strategy does not reveal.
    #[must_use]
    pub fn schemes(&self) -> &[Scheme] {
        &self.schemes
    }

    /// The headers that its requests carry beside those of the authentication.
    #[must_use]
    pub fn constant_headers(&self) -> &[ConstantHeader] {
        &self.constant_headers
    }

    /// How it authenticates.
    #[must_use]
    pub const fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// How it is tried.
    #[must_use]
    pub const fn verify(&self) -> &Verify {
        &self.verify
    }

    /// Whether a key may have a check of its own: the template has none, or only asks for a token. A trial compares two answers of
    /// one server, so there is none where the login names the server.
    #[must_use]
    pub fn takes_check(&self) -> bool {
        match &self.verify {
            Verify::UserPath | Verify::Token { then: None, .. } => !self.strategy.names_server(),
            Verify::Http(_) | Verify::Login | Verify::Token { then: Some(_), .. } | Verify::SoapLogin(_) => {
                false
            }
        }
    }
}

impl Template {
    /// Which system it is of.
    #[must_use]
    pub const fn id(&self) -> &SystemId {
        &self.id
    }

    /// Its version, from 1.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// What people call the system.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A description of the system, in a sentence.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// The protocol of the system.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The vendor's page on obtaining the data.
    #[must_use]
    pub fn guide_url(&self) -> &str {
        &self.guide_url
    }

    /// How to obtain the data, and with which least rights, in a few sentences.
    #[must_use]
    pub fn guide(&self) -> &str {
        &self.guide
    }

    /// How the base address of an auth variant comes about. What is no variant has the rule of the system.
    #[must_use]
    pub fn base_url_rule(&self, auth: &str) -> &BaseUrlRule {
        self.variant(auth).and_then(AuthVariant::base_url_rule).unwrap_or(&self.base_url)
    }

    /// Which headers a key of an auth variant may hold. What is no variant has the rule of the system.
    #[must_use]
    pub fn headers(&self, auth: &str) -> HeaderRule<'_> {
        self.variant(auth).and_then(AuthVariant::headers).unwrap_or_else(|| self.headers.rule())
    }

    /// Every field of every variant, in the order of the form.
    #[must_use]
    pub fn fields(&self) -> &[FieldTemplate] {
        &self.fields
    }

    /// The auth variants, the one to offer first.
    #[must_use]
    pub fn auth(&self) -> &[AuthVariant] {
        &self.auth
    }

    /// What must come of the template, as its file states it.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// The auth variant of this id.
    #[must_use]
    pub fn variant(&self, auth: &str) -> Option<&AuthVariant> {
        self.auth.iter().find(|variant| variant.id == auth)
    }

    /// The fields of an auth variant, in the order of the form, each id once. Whether one is there beside the other
    /// values, [`FieldTemplate::is_shown`] says.
    pub fn fields_of(&self, auth: &str) -> impl Iterator<Item = &FieldTemplate> {
        self.fields.iter().filter(move |field| field.belongs_to(auth))
    }

    /// A field of an auth variant.
    #[must_use]
    pub fn field(&self, auth: &str, id: &str) -> Option<&FieldTemplate> {
        self.fields_of(auth).find(|field| field.id == id)
    }

    /// The fields whose values are sealed with the secrets of an entry.
    pub fn binding_fields(&self, auth: &str) -> impl Iterator<Item = &FieldTemplate> {
        self.fields_of(auth).filter(|field| field.binds)
    }
}
