//! A mistake in a template is refused with its file and place.

use crate::system::{Library, Template};

const GOOD: &str = r#"
id = "acme"
version = 1
name = "Acme"
summary = "A system."
kind = "http"
guide_url = "https://acme.example/guide"
guide = "Ask Acme."

[base_url]
rule = "derived"
url = "https://{shop}.acme.example/"

[headers]
rule = "optional"

[[fields]]
id = "shop"
label = "Shop"
kind = "text"
pattern = "^[a-z]+$"
example = "blue"
help = "The shop."

[[fields]]
id = "placement"
label = "Placement"
kind = "choice"
required = false
default = "header"
choices = [{ value = "header", label = "Header" }, { value = "query", label = "Query" }]
help = "Where."

[[fields]]
id = "token"
label = "Token"
kind = "text"
secret = true
help = "The token."

[[auth]]
id = "token"
label = "Token"
help = "The one way."
[auth.strategy]
type = "bearer"
header = "Authorization"
prefix = "Bearer "
value = "{token}"
[auth.verify]
type = "login"
"#;

/// The complaint about a template in which `from` became `to`.
fn complaint(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    let text = GOOD.replacen(from, to, 1);
    Library::read([("acme.toml", text.as_str())]).unwrap_err().to_string()
}

#[test]
fn a_good_template_is_read() {
    let library = Library::read([("acme.toml", GOOD)]).unwrap();
    let template = library.system("acme").unwrap();
    assert_eq!((template.id().as_str(), template.version(), template.auth().len()), ("acme", 1, 1));
    assert!(library.system("other").is_none());
}

#[test]
fn the_newest_version_is_offered_and_older_ones_stay() {
    let [second, third] = [2, 3].map(|version| GOOD.replace("version = 1", &format!("version = {version}")));
    let library = Library::read([("a.toml", second.as_str()), ("b.toml", &third), ("c.toml", GOOD)]).unwrap();
    let newest = library.system("acme").unwrap();
    assert_eq!(newest.version(), 3);
    for version in 1..=3 {
        assert_eq!(library.template(newest.id(), version).map(Template::version), Some(version));
    }
    assert!(library.template(newest.id(), 4).is_none());
    assert_eq!(library.templates().len(), 1);

    let error = Library::read([("a.toml", GOOD), ("b.toml", GOOD)]).unwrap_err();
    assert_eq!(error.to_string(), "b.toml: version 1 of `acme` is there already");
}

#[test]
fn a_file_that_is_no_toml_is_named_with_the_line() {
    let error = Library::read([("broken.toml", "id = \"acme\"\nversion = = 1\n")]).unwrap_err().to_string();
    assert!(error.starts_with("broken.toml: ") && error.contains("line 2"), "{error}");
}

#[test]
fn an_unknown_member_is_named() {
    for (from, to) in [
        ("name = \"Acme\"", "name = \"Acme\"\ncolour = 1"),
        ("label = \"Shop\"", "label = \"Shop\"\ncolour = 1"),
        ("rule = \"optional\"", "rule = \"optional\"\ncolour = 1"),
        ("rule = \"derived\"", "rule = \"derived\"\ncolour = 1"),
        ("prefix = \"Bearer \"", "colour = 1"),
        ("type = \"login\"", "type = \"login\"\ncolour = 1"),
    ] {
        let error = complaint(from, to);
        assert!(error.starts_with("acme.toml: ") && error.contains("`colour`"), "{error}");
    }
}

#[test]
fn a_mistake_is_named_with_its_place() {
    for (from, to, error) in [
        ("id = \"acme\"", "id = \"Acme\"", "id must be lower-case"),
        ("version = 1", "version = 0", "version counts from 1"),
        ("summary = \"A system.\"", "summary = \"\"", "summary must be text"),
        ("https://acme.example/guide", "http://acme.example/guide", "guide_url must be an https address"),
        ("help = \"The shop.\"", "help = \" \"", "fields.shop.help must be text"),
        ("pattern = \"^[a-z]+$\"", "pattern = \"[a-z]+\"", "fields.shop.pattern must start with `^`"),
        ("pattern = \"^[a-z]+$\"", "pattern = \"^[a-z$\"", "fields.shop.pattern is no regular expression"),
        ("id = \"shop\"", "id = \"Shop\"", "fields.Shop.id must be letters"),
        ("id = \"shop\"", "id = \"shop\"\nauth = [\"other\"]", "fields.shop.auth `other` is no variant"),
        (
            "id = \"shop\"",
            "id = \"shop\"\nchoices = [{ value = \"a\", label = \"A\" }]",
            "fields.shop.choices belong",
        ),
        ("id = \"shop\"", "id = \"shop\"\nhint = true", "fields.shop.hint belongs to secret fields"),
        (
            "id = \"shop\"",
            "id = \"shop\"\nguide_url = \"ftp://a.example\"",
            "fields.shop.guide_url must be an https",
        ),
        (
            "default = \"header\"",
            "default = \"body\"",
            "fields.placement.default must be one of header, query",
        ),
        ("secret = true", "secret = true\ndefault = \"x\"", "fields.token.secret fields have no default"),
        ("secret = true", "secret = true\nbinds = true", "fields.token.secret fields have no default"),
        ("id = \"placement\"", "id = \"shop\"", "fields.shop is there twice for `token`"),
        (
            "id = \"shop\"",
            "id = \"shop\"\nshow_when = { field = \"placement\", equals = [\"body\"] }",
            "fields.shop.show_when looks at no public field",
        ),
        (
            "id = \"shop\"",
            "id = \"shop\"\nshow_when = { field = \"token\", equals = [\"x\"] }",
            "fields.shop.show_when looks at no public field",
        ),
        ("{shop}.acme", "{store}.acme", "base_url `store` is no public field of `token`"),
        ("{shop}.acme", "{token}.acme", "base_url `token` is no public field of `token`"),
        ("{shop}.acme", "{shop.acme", "base_url.url has a brace"),
        ("https://{shop}", "http://{shop}", "base_url.url must be an https address"),
        ("value = \"{token}\"", "value = \"{key}\"", "auth.token.strategy.value names `key`"),
        (
            "header = \"Authorization\"",
            "header = \"{token}\"",
            "auth.token.strategy.header shows the secret field",
        ),
        (
            "help = \"The one way.\"",
            "help = \"One.\"\nschemes = [\"http\"]",
            "auth.token.schemes must not hold `http`",
        ),
        (
            "type = \"bearer\"\nheader = \"Authorization\"\nprefix = \"Bearer \"\nvalue = \"{token}\"",
            "type = \"aws4\"\naccess_key = \"a\"\nsecret_key = \"{token}\"\nregion = \"r\"\nservice = \"s\"\nplacement = \"{shop}\"",
            "auth.token.strategy.placement is chosen in `shop`, which is no choice",
        ),
        (
            "type = \"bearer\"\nheader = \"Authorization\"\nprefix = \"Bearer \"\nvalue = \"{token}\"",
            "type = \"aws4\"\naccess_key = \"a\"\nsecret_key = \"{token}\"\nregion = \"r\"\nservice = \"s\"\nplacement = \"body\"",
            "auth.token.strategy unknown variant `body`, expected `header` or `query` in `placement`",
        ),
        (
            "type = \"login\"",
            "type = \"http\"\ncheck = { method = \"GET\", path = \"/me\", accepted = [200], refused = [401] }",
            "auth.token.verify.check.path must lie below the base address",
        ),
        (
            "type = \"login\"",
            "type = \"http\"\ncheck = { method = \"GET\", path = \"me\", accepted = [20], refused = [401] }",
            "auth.token.verify.check.accepted",
        ),
    ] {
        let found = complaint(from, to);
        assert!(found.starts_with(&format!("acme.toml: {error}")), "{to}: {found}");
    }
}

#[test]
fn a_condition_holds_by_default_if_the_other_field_s_default_does() {
    for (equals, shown) in [("header", true), ("query", false)] {
        let condition =
            format!("id = \"token\"\nshow_when = {{ field = \"placement\", equals = [\"{equals}\"] }}");
        let text = GOOD.replacen("id = \"token\"", &condition, 1);
        let library = Library::read([("acme.toml", text.as_str())]).unwrap();
        let field = library.system("acme").unwrap().field("token", "token").unwrap();
        assert_eq!(field.is_shown(|_| None), shown);
        assert!(field.is_shown(|id| (id == "placement").then_some(equals)));
        assert!(!field.is_shown(|_| Some("other")));
    }
}
