//! What the parts of a template must be beside each other: protocol, strategy, trial, addresses, headers and fields of each
//! variant. A part that could have no effect is refused, since its author expects one.

use http::Method;

use super::Wrong;
use crate::{
    interpolation::Interpolation,
    origin::Scheme,
    signing::{Part, Sets, parameter_names},
    strategy::{Before, Endpoint, Holds, Lookup, Scheme as _, Server, Strategy},
    system::{
        AuthVariant, BaseUrlRule, CheckPath, FieldTemplate, HeaderRule, HttpCheck, Kind, Template, Verify,
    },
};

/// Where the directory to start in stands, for the protocols that have one.
const ROOT_PATH: &str = "root_path";

/// Checks each variant.
pub(super) fn check(template: &Template) -> Result<(), Wrong> {
    if template.auth().iter().all(|variant| variant.base_url_rule().is_some()) {
        return Err(Wrong::new(
            "base_url",
            "has no effect, since each variant has its own: leave one of those out",
        ));
    }
    if template.auth().iter().all(|variant| variant.headers().is_some()) {
        return Err(Wrong::new(
            "headers",
            "has no effect, since each variant has its own: leave one of those out",
        ));
    }
    for (number, variant) in template.auth().iter().enumerate() {
        let within = |wrong: Wrong| wrong.within(&format!("auth.{}", variant.id()));
        if template.auth().iter().take(number).any(|known| known.label() == variant.label()) {
            return Err(within(Wrong::new(
                "label",
                "is that of another variant, so nobody could tell them apart",
            )));
        }
        let about = Variant {
            template,
            variant,
            fields: template.fields_of(variant.id()).collect(),
            rule: template.base_url_rule(variant.id()),
        };
        about.check().map_err(within)?;
        about.check_fields()?;
    }
    Ok(())
}

/// A variant beside its template.
struct Variant<'t> {
    template: &'t Template,
    variant: &'t AuthVariant,
    fields: Vec<&'t FieldTemplate>,
    rule: &'t BaseUrlRule,
}

impl Variant<'_> {
    fn check(&self) -> Result<(), Wrong> {
        self.check_kind()?;
        self.check_verify()?;
        self.check_addresses()?;
        self.check_headers()
    }

    /// The strategy speaks the protocol of the system.
    fn check_kind(&self) -> Result<(), Wrong> {
        let kind = self.template.kind();
        let speaks = match self.variant.strategy().before() {
            Before::Login(server) | Before::TokenLogin(_, server) => match server {
                Server::Smtp(_) | Server::SmtpToken(_) => [Kind::Smtp].as_slice(),
                Server::Ftp(_) => &[Kind::Ftp],
                Server::Sftp(_) => &[Kind::Sftp],
            },
            Before::Session(_) => &[Kind::Soap],
            Before::Nothing | Before::Token(_) | Before::Grant(_) => &[Kind::Http, Kind::Soap],
        };
        if speaks.contains(&kind) {
            return Ok(());
        }
        let strategy = self.variant.strategy();
        let speaks: Vec<_> = speaks.iter().map(|kind| kind.as_str()).collect();
        let reason = format!(
            "`{strategy}` is for systems of the kind `{}`, and this one is of the kind `{}`",
            speaks.join("` or `"),
            kind.as_str()
        );
        Err(Wrong::new("strategy.type", reason))
    }

    /// The trial is one that the strategy can make.
    fn check_verify(&self) -> Result<(), Wrong> {
        let strategy = self.variant.strategy();
        let fits = match self.variant.strategy().before() {
            Before::Nothing | Before::Grant(_) => ["http", "user-path"].as_slice(),
            Before::Token(_) => &["token", "http", "user-path"],
            Before::Session(_) => &["soap-login"],
            Before::Login(_) | Before::TokenLogin(..) => &["login"],
        };
        let verify = self.variant.verify();
        let name = match verify {
            Verify::Http(_) => "http",
            Verify::Login => "login",
            Verify::Token { .. } => "token",
            Verify::SoapLogin(_) => "soap-login",
            Verify::UserPath => "user-path",
        };
        if !fits.contains(&name) {
            let reason =
                format!("`{name}` does not fit the strategy `{strategy}`: must be `{}`", fits.join("` or `"));
            return Err(Wrong::new("verify.type", reason));
        }
        match verify {
            Verify::Http(check) => self.check_http(check).map_err(|wrong| wrong.within("verify.check")),
            Verify::Token { then: Some(check), .. } => {
                self.check_http(check).map_err(|wrong| wrong.within("verify.then"))
            }
            Verify::SoapLogin(check) if check.then.is_none() && !check.tolerated_codes.is_empty() => Err(
                Wrong::new("verify.tolerated_codes", "has no effect without `then`, whose codes these are"),
            ),
            Verify::Token { then: None, .. } | Verify::SoapLogin(_) | Verify::Login | Verify::UserPath => {
                Ok(())
            }
        }
    }

    fn check_http(&self, check: &HttpCheck) -> Result<(), Wrong> {
        let default = |id: &str| self.fields.iter().find(|field| field.id() == id)?.default();
        let owned = self.variant.strategy().owned(&Lookup::new(default));
        let has_form = owned
            .iter()
            .any(|owned| owned.sets() == Sets::Always && matches!(owned.part(), Part::Form | Part::Json));
        if has_form && check.method != Method::POST {
            let reason = format!(
                "must be `POST`: the strategy `{}` puts the credentials into the body",
                self.variant.strategy()
            );
            return Err(Wrong::new("method", reason));
        }
        if check.body.is_some() && check.method != Method::POST {
            return Err(Wrong::new("method", "must be `POST` for a check with a body"));
        }
        let query = check.path.text().to_string();
        let query = query.split_once('?').map_or("", |(_, query)| query);
        let mut names = parameter_names(query);
        if let Some(name) = names.find(|name| owned.iter().any(|owned| owned.is(Part::Query, name))) {
            let name = String::from_utf8_lossy(&name).into_owned();
            let reason = format!("has the parameter `{name}`, which the strategy sets: leave it out");
            return Err(Wrong::new("path", reason));
        }
        Ok(())
    }

    /// Requests have an address, and logins have another one.
    fn check_addresses(&self) -> Result<(), Wrong> {
        let is_login = matches!(self.variant.strategy().before(), Before::Login(_) | Before::TokenLogin(..));
        let has_base = !matches!(self.rule, BaseUrlRule::None);
        let strategy = self.variant.strategy();
        if is_login && has_base {
            let reason =
                format!("must be the rule `none`: the strategy `{strategy}` has its host in a field");
            return Err(Wrong::new("base_url", reason));
        }
        if !is_login && !has_base {
            let reason =
                format!("must not be the rule `none`: requests of the strategy `{strategy}` need an address");
            return Err(Wrong::new("base_url", reason));
        }
        if strategy.names_server() && self.variant.hosts().is_empty() {
            let reason = "needs the servers that it may name in `hosts`: requests go to no other";
            return Err(Wrong::new("strategy.answer.server", reason));
        }
        if is_login && !self.variant.hosts().is_empty() {
            return Err(Wrong::new("hosts", "have no effect: there are no requests that could go there"));
        }
        if let Strategy::Path(_) = strategy
            && !self.rule.has_no_path()
        {
            let reason = "must be `fixed`, `derived` or `choice` without a path: the strategy `path` puts the credential at its beginning";
            return Err(Wrong::new("base_url", reason));
        }
        if let BaseUrlRule::Typed { example, .. } | BaseUrlRule::Overridable { example, .. } = self.rule {
            let checked = self.rule.check_typed(Some(example), self.variant.schemes());
            checked.map_err(|reason| Wrong::new("base_url.example", reason))?;
        }
        let is_typed = matches!(self.rule, BaseUrlRule::Typed { .. } | BaseUrlRule::Overridable { .. });
        if self.variant.schemes().contains(&Scheme::Http) && !is_typed {
            return Err(Wrong::new("schemes", "must not hold `http`: the address of the template is https"));
        }
        Ok(())
    }

    /// Headers are for requests.
    fn check_headers(&self) -> Result<(), Wrong> {
        let rule = self.template.headers(self.variant.id());
        let is_login = matches!(self.variant.strategy().before(), Before::Login(_) | Before::TokenLogin(..));
        if is_login && rule != HeaderRule::None {
            return Err(Wrong::new(
                "headers",
                "must be the rule `none`: there are no requests that could have headers",
            ));
        }
        if is_login && !self.variant.constant_headers().is_empty() {
            let reason = "have no effect: there are no requests that could have headers";
            return Err(Wrong::new("constant_headers", reason));
        }
        let is_required = matches!(rule, HeaderRule::ContentTypeRequired(_));
        if is_required && self.variant.constant_headers().iter().any(|header| header.is("content-type")) {
            return Err(Wrong::new(
                "default_headers.Content-Type",
                "has no effect: each key has a Content-Type",
            ));
        }
        Ok(())
    }

    /// Every secret is used, and so is every public value that people must give.
    fn check_fields(&self) -> Result<(), Wrong> {
        let used = self.used();
        for field in &self.fields {
            let is_used = used.iter().any(|used| used == field.id()) || field.opens().is_some();
            if is_used && field.only_resolved {
                let at = format!("fields.{}.only_resolved", field.id());
                return Err(Wrong::new(
                    at,
                    format!("must not be there: `{}` uses the field", self.variant.id()),
                ));
            }
            if is_used || field.only_resolved || (!field.secret() && !field.required()) {
                continue;
            }
            let what = if field.secret() {
                "is a secret that nothing uses"
            } else {
                "must be given, and nothing uses it"
            };
            let reason = format!(
                "{what}: name `{{{}}}` where it is sent, leave the field out, or say `only_resolved = true` if it is for callers who resolve the key",
                field.id()
            );
            return Err(Wrong::new(format!("fields.{}", field.id()), reason));
        }
        Ok(())
    }

    /// The fields that an address, a header, the strategy, the trial, or the condition of another field takes in.
    fn used(&self) -> Vec<String> {
        let mut used: Vec<String> = self.rule.fields().into_iter().map(str::to_owned).collect();
        let mut text = |text: &Interpolation| used.extend(text.fields().map(str::to_owned));
        for header in self.variant.constant_headers() {
            text(header.value());
        }
        let parameters = self.variant.strategy().parameters();
        for parameter in parameters.iter() {
            match parameter.holds {
                Holds::Public(value) | Holds::Sent(value) | Holds::Secret(value) => text(value),
                Holds::Address(Endpoint::Absolute(value)) => text(value),
                Holds::Address(Endpoint::BelowBase(_)) | Holds::Choice { .. } => {}
            }
        }
        if let Verify::Http(check) | Verify::Token { then: Some(check), .. } = self.variant.verify() {
            text(CheckPath::text(&check.path));
            check.headers.iter().for_each(|header| text(header.value()));
        }
        for parameter in parameters.iter() {
            if let Holds::Choice { field, .. } = parameter.holds {
                used.push(field.to_owned());
            }
        }
        used.extend(self.variant.hosts().iter().flat_map(|host| host.address().fields()).map(str::to_owned));
        used.extend(self.fields.iter().filter_map(|field| field.show_when()).map(|when| when.field.clone()));
        if let Before::Login(_) | Before::TokenLogin(..) = self.variant.strategy().before() {
            used.push(ROOT_PATH.to_owned());
        }
        used
    }
}
