//! A system of the library as the API shows it: all that a form needs, and all that a key is checked against.

use keyward_shared::{
    signing::Reveals,
    strategy::{OAuth2AuthorizationCode, Scheme as _, ScopeTemplate},
    system::{AuthVariant, BaseUrlRule, ConstantHeader, FieldTemplate, HeaderRule, Host, Standing, Template},
};
use schemars::JsonSchema;
use serde::Serialize;

/// A system's key template.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "System")]
pub struct SystemView {
    /// Its id, which a key names.
    system_id: &'static str,
    /// The version of the template, which a key keeps.
    version: u32,
    /// Its name.
    name: &'static str,
    /// What it is.
    summary: &'static str,
    /// What it speaks: `http`, `soap`, `smtp`, `ftp` or `sftp`.
    kind: &'static str,
    /// The vendor's page on obtaining the data.
    guide_url: &'static str,
    /// How to obtain the data, and with which least rights.
    guide: &'static str,
    /// How the address comes about.
    base_url: BaseUrlView,
    /// Which headers a key may hold.
    headers: HeadersView,
    /// The fields of all auth variants, in the order of a form.
    fields: Vec<FieldTemplateView>,
    /// The auth variants, the one to offer first.
    auth: Vec<AuthView>,
}

/// How the address comes about.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "BaseUrlRule")]
struct BaseUrlView {
    /// `typed`, `derived`, `overridable`, `fixed`, `choice` or `none`.
    rule: &'static str,
    /// What to type, where it is typed.
    help: Option<&'static str>,
    /// An example.
    example: Option<&'static str>,
    /// The fields that it follows from.
    fields: Vec<&'static str>,
}

/// Which headers a key may hold.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "HeaderRule")]
struct HeadersView {
    /// Whether it may hold any.
    allowed: bool,
    /// The values of the `Content-Type` that it must hold; empty when it need not.
    content_types: &'static [String],
}

/// A field of a template.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "FieldTemplate")]
struct FieldTemplateView {
    /// Its id, by which values are given. Two fields of different auth variants may share one.
    id: &'static str,
    /// The auth variants that have it; all of them when empty.
    auth: &'static [String],
    /// The name that people see.
    label: &'static str,
    /// `text`, `multiline`, `number`, `choice`, `host`, `port` or `url`.
    kind: &'static str,
    /// Whether its value is sealed and never shown.
    secret: bool,
    /// Whether an entry needs it, while it is there and has no default.
    required: bool,
    /// A regular expression that a value must match; null where a value may be given in several spellings.
    pattern: Option<&'static str>,
    /// The values to choose from.
    choices: Vec<ChoiceView>,
    /// An example of a value.
    example: Option<&'static str>,
    /// What it is and where to find it.
    help: &'static str,
    /// The vendor's own page about it.
    guide_url: Option<&'static str>,
    /// The value that it has when none is given.
    default: Option<&'static str>,
    /// Whether changing it needs the secrets of the entry again.
    binds: bool,
    /// Whether it may be set for the first time without them, although it binds.
    may_follow: bool,
    /// The most bytes of a value.
    max_length: usize,
    /// When it is there.
    show_when: Option<ShowWhenView>,
    /// The field whose private key its value opens, when both are given. Such a value is used once and never kept.
    opens: Option<&'static str>,
    /// The form in which private keys are kept, `openssh` or `pkcs8`, if it holds one. It takes them in any form.
    private_key: Option<&'static str>,
}

/// A value to choose.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Choice")]
struct ChoiceView {
    /// The value.
    value: &'static str,
    /// How people read it.
    label: &'static str,
}

/// When a field is there: while another has one of these values.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "ShowWhen")]
struct ShowWhenView {
    /// The other field's id.
    field: &'static str,
    /// Its values.
    equals: &'static [String],
}

/// One way to authenticate.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "AuthVariant")]
struct AuthView {
    /// Its id, which a key names.
    id: &'static str,
    /// The name that people see.
    label: &'static str,
    /// When to choose it.
    help: &'static str,
    /// How it authenticates.
    strategy: &'static str,
    /// Whether signing with it shows the secret, so that it needs `keys:resolve`.
    reveals_secret: bool,
    /// How keys are connected, where a person consents instead of typing credentials; null otherwise.
    connects: Option<ConnectsView>,
    /// Whether a key may have a check of its own, since the template has none.
    takes_check: bool,
    /// How to obtain its data, where that is another way than the system's.
    guide: Option<&'static str>,
    /// The vendor's page on obtaining its data, where that is another one than the system's.
    guide_url: Option<&'static str>,
    /// How the address comes about, where that is another rule than the system's.
    base_url: Option<BaseUrlView>,
    /// Which headers a key may hold, where that is another rule than the system's.
    headers: Option<HeadersView>,
    /// The servers beside that of the base address. A request with a `url` may go to them.
    hosts: Vec<HostView>,
    /// The headers that the template adds to requests.
    constant_headers: Vec<ConstantHeaderView>,
    /// What a test of a key can come to, as far as the template knows the system's answers. Each sentence stands here once.
    outcomes: Vec<OutcomeView>,
}

/// What a test can come to.
#[derive(Serialize, JsonSchema, PartialEq, Eq)]
#[schemars(deny_unknown_fields, rename = "Outcome")]
struct OutcomeView {
    /// `passed`, `refused` or `unclear`.
    result: &'static str,
    /// What it means, and what to do.
    message: &'static str,
}

/// What the answers mean that the rules of a variant know.
fn outcomes(variant: &'static AuthVariant) -> Vec<OutcomeView> {
    let mut outcomes = Vec::new();
    for rule in variant.verify().rules() {
        let outcome =
            rule.advice.as_deref().map(|message| OutcomeView { result: rule.verdict.as_str(), message });
        outcomes.extend(outcome.filter(|outcome| !outcomes.contains(outcome)));
    }
    outcomes
}

/// How keys of a variant are connected.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Connects")]
struct ConnectsView {
    /// The field that names the app.
    app_field: String,
    /// Whether an app has to bring the addresses, because the template has none.
    app_brings_addresses: bool,
    /// The scopes to choose from. Empty where a connection names its own.
    scopes: Vec<ScopeView>,
    /// The vendor's page where people take access away, or which says how; null where the vendor is not known.
    withdraw_url: Option<&'static str>,
}

/// A scope of a system.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Scope")]
struct ScopeView {
    /// As the system writes it.
    name: &'static str,
    /// What it allows.
    about: &'static str,
    /// Whether nothing works without it.
    least: bool,
}

impl From<&'static OAuth2AuthorizationCode> for ConnectsView {
    fn from(code: &'static OAuth2AuthorizationCode) -> Self {
        let scope = |scope: &'static ScopeTemplate| ScopeView {
            name: &scope.name,
            about: &scope.about,
            least: scope.least,
        };
        Self {
            app_field: code.app_field().to_owned(),
            app_brings_addresses: code.app_brings_addresses(),
            scopes: code.scopes().iter().map(scope).collect(),
            withdraw_url: code.withdraw_url(),
        }
    }
}

/// A server beside that of the base address.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Host")]
struct HostView {
    /// Its name.
    name: &'static str,
    /// Its address, where it is the same for everybody.
    address: Option<&'static str>,
    /// The fields that its address follows from.
    fields: Vec<&'static str>,
}

/// A header that the template adds to requests.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "ConstantHeader")]
struct ConstantHeaderView {
    /// Its name.
    name: &'static str,
    /// Its value. `{field}` stands for the value of a public field. Without that value the header is left out.
    value: String,
    /// Whether a key or a request may bring another value.
    replaceable: bool,
}

impl From<&'static Template> for SystemView {
    fn from(template: &'static Template) -> Self {
        Self {
            system_id: template.id().as_str(),
            version: template.version(),
            name: template.name(),
            summary: template.summary(),
            kind: template.kind().as_str(),
            guide_url: template.guide_url(),
            guide: template.guide(),
            base_url: BaseUrlView::from(template.base_url_rule(OF_NO_VARIANT)),
            headers: HeadersView::from(template.headers(OF_NO_VARIANT)),
            fields: template.fields().iter().map(FieldTemplateView::from).collect(),
            auth: template.auth().iter().map(AuthView::from).collect(),
        }
    }
}

/// Asks for the system's own rule, which its variants have unless they say something else.
const OF_NO_VARIANT: &str = "";

impl From<HeaderRule<'static>> for HeadersView {
    fn from(rule: HeaderRule<'static>) -> Self {
        let (allowed, content_types): (bool, &[String]) = match rule {
            HeaderRule::None => (false, &[]),
            HeaderRule::Optional => (true, &[]),
            HeaderRule::ContentTypeRequired(choices) => (true, choices),
        };
        Self { allowed, content_types }
    }
}

impl From<&'static BaseUrlRule> for BaseUrlView {
    fn from(rule: &'static BaseUrlRule) -> Self {
        let (help, example) = match rule {
            BaseUrlRule::Typed { help, example, .. } | BaseUrlRule::Overridable { help, example, .. } => {
                (Some(help.as_str()), Some(example.as_str()))
            }
            BaseUrlRule::Fixed { url } => (None, url.as_text()),
            BaseUrlRule::None | BaseUrlRule::Derived { .. } | BaseUrlRule::Choice { .. } => (None, None),
        };
        Self { rule: rule.as_str(), help, example, fields: rule.fields() }
    }
}

impl From<&'static FieldTemplate> for FieldTemplateView {
    fn from(field: &'static FieldTemplate) -> Self {
        let choice = |choice: &'static keyward_shared::system::Choice| ChoiceView {
            value: &choice.value,
            label: &choice.label,
        };
        Self {
            id: field.id(),
            auth: field.auth(),
            label: field.label(),
            kind: field.kind().as_str(),
            secret: field.secret(),
            required: field.required(),
            pattern: field
                .pattern()
                .filter(|_| !field.has_spellings())
                .map(keyward_shared::system::Pattern::as_str),
            choices: field.choices().iter().map(choice).collect(),
            example: field.example(),
            help: field.help(),
            guide_url: field.guide_url(),
            default: field.default(),
            binds: field.binds(),
            may_follow: field.may_follow(),
            max_length: field.max_length(),
            show_when: field
                .show_when()
                .map(|when| ShowWhenView { field: &when.field, equals: &when.equals }),
            opens: field.opens(),
            private_key: field.private_key().map(|rule| rule.form().as_str()),
        }
    }
}

impl From<&'static AuthVariant> for AuthView {
    fn from(variant: &'static AuthVariant) -> Self {
        Self {
            id: variant.id(),
            label: variant.label(),
            help: variant.help(),
            strategy: variant.strategy().as_str(),
            reveals_secret: variant.strategy().reveals() == Reveals::Secret,
            connects: variant.strategy().authorization_code().map(ConnectsView::from),
            takes_check: variant.takes_check(),
            guide: variant.guide(),
            guide_url: variant.guide_url(),
            base_url: variant.base_url_rule().map(BaseUrlView::from),
            headers: variant.headers().map(HeadersView::from),
            hosts: variant.hosts().iter().map(HostView::from).collect(),
            constant_headers: variant.constant_headers().iter().map(ConstantHeaderView::from).collect(),
            outcomes: outcomes(variant),
        }
    }
}

impl From<&'static Host> for HostView {
    fn from(host: &'static Host) -> Self {
        let address = match host.address() {
            BaseUrlRule::Fixed { url } => url.as_text(),
            BaseUrlRule::None
            | BaseUrlRule::Typed { .. }
            | BaseUrlRule::Derived { .. }
            | BaseUrlRule::Overridable { .. }
            | BaseUrlRule::Choice { .. } => None,
        };
        Self { name: host.name(), address, fields: host.address().fields() }
    }
}

impl From<&'static ConstantHeader> for ConstantHeaderView {
    fn from(header: &'static ConstantHeader) -> Self {
        Self {
            name: header.name(),
            value: header.value().to_string(),
            replaceable: header.standing() == Standing::Default,
        }
    }
}
