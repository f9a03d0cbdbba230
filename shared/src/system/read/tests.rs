//! A mistake in a template is refused with its file and place.

use crate::system::{Library, Template};

pub(super) const GOOD: &str = r#"
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
type = "user-path"
"#;

/// The complaint about a template in which `from` became `to`.
pub(super) fn complaint(from: &str, to: &str) -> String {
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
    assert_eq!(error.to_string(), "b.toml: version 1 of `acme` is there already (line 3)");
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
        ("type = \"user-path\"", "type = \"user-path\"\ncolour = 1"),
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
            "type = \"user-path\"",
            "type = \"http\"\ncheck = { method = \"GET\", path = \"/me\", rules = [] }",
            "auth.token.verify.check.path must lie below the base address",
        ),
        (
            "type = \"user-path\"",
            "type = \"http\"\ncheck = { method = \"HEAD\", path = \"me\", rules = [] }",
            "auth.token.verify.check.method must be `GET`, or `POST`",
        ),
        (
            "type = \"user-path\"",
            "type = \"http\"\ncheck = { method = \"GET\", path = \"me\", identity = \"\", rules = [] }",
            "auth.token.verify.check.identity must be a place",
        ),
        (
            "type = \"user-path\"",
            "type = \"http\"\ncheck = { method = \"GET\", path = \"me\", rules = [] }",
            "auth.token.verify.check.rules must have one whose `verdict` is \"passed\"",
        ),
    ] {
        let found = complaint(from, to);
        assert!(found.starts_with(&format!("acme.toml: {error}")), "{to}: {found}");
        // The place of what concerns the file as a whole is the file.
        assert!(found.ends_with(')') && found.contains("(line "), "{found}");
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

/// The complaint about a check with this rule behind a good one.
fn rule_complaint(rule: &str) -> String {
    let good = "name = \"me\"\nverdict = \"passed\"\nstatus = [200]\njson = [{ pointer = \"/me\" }]";
    let check = "type = \"http\"\n[auth.verify.check]\nmethod = \"GET\"\npath = \"me\"";
    let at = "[[auth.verify.check.rules]]";
    complaint("type = \"user-path\"", &format!("{check}\n{at}\n{good}\n{at}\n{rule}"))
}

#[test]
fn a_rule_that_cannot_be_right_is_refused_with_its_line_and_the_right_form() {
    let advice = "advice = \"Look at the key.\"";
    for (rule, error) in [
        (
            format!("name = \"No\"\nverdict = \"refused\"\n{advice}\nstatus = [401]"),
            "rules.2.name must be a short word in lower case such as `unknown-key`",
        ),
        (
            format!("name = \"no\"\nverdict = \"accepted\"\n{advice}\nstatus = [401]"),
            "rules.no.verdict `accepted` is none of `passed`, `refused`, `unclear`",
        ),
        (
            format!("name = \"me\"\nverdict = \"unclear\"\n{advice}\nstatus = [401]"),
            "rules.me.name is there twice",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}"),
            "rules.no must say what the answer looks like, such as `status = [401]`",
        ),
        (
            "name = \"no\"\nverdict = \"refused\"\nstatus = [401]\njson = [{ pointer = \"/error\" }]".to_owned(),
            "rules.no.advice must say what it means and what to do",
        ),
        (
            "name = \"no\"\nverdict = \"unclear\"\nadvice = \"\"\nstatus = [401]".to_owned(),
            "rules.no.advice must be text",
        ),
        (
            "name = \"ok\"\nverdict = \"passed\"\nstatus = [204]".to_owned(),
            "rules.ok must prove that the system itself answered: by a member in `json`, an element in `xml` or a `header`",
        ),
        (
            "name = \"ok\"\nverdict = \"passed\"\nstatus = [200]\njson = [{ pointer = \"\", is = \"object\" }]".to_owned(),
            "rules.ok must prove that the system itself answered",
        ),
        (
            "name = \"ok\"\nverdict = \"passed\"\njson = [{ pointer = \"/id\" }]".to_owned(),
            "rules.ok.status must be there where the `verdict` is \"passed\", such as `[200]`",
        ),
        (
            format!("name = \"no\"\nverdict = \"refused\"\n{advice}\nstatus = [401]"),
            "rules.no must show that the system itself answered",
        ),
        (
            format!("name = \"no\"\nverdict = \"refused\"\n{advice}\nstatus = [401, 503]\njson = [{{ pointer = \"/error\" }}]"),
            "rules.no.status 503 decides nothing: only an `unclear` rule may name it",
        ),
        (
            format!("name = \"no\"\nverdict = \"refused\"\n{advice}\nstatus = [429]\njson = [{{ pointer = \"/error\" }}]"),
            "rules.no.status 429 decides nothing",
        ),
        (
            format!("name = \"no\"\nverdict = \"refused\"\n{advice}\nstatus = [302]\nheader = [{{ name = \"location\" }}]"),
            "rules.no.status 302 decides nothing",
        ),
        (
            format!("name = \"no\"\nverdict = \"refused\"\n{advice}\nstatus = [500]\nxml = [{{ element = \"Error/Code\" }}]"),
            "rules.no.status 500 decides nothing",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\nstatus = []"),
            "rules.no.status must not be empty: leave it out if it does not matter",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\nstatus = [20]"),
            "rules.no.status must be a list such as `[401, 403]`",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\nstatus = [401, 401]"),
            "rules.no.status names something twice",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\njson = [{{ pointer = \"error\" }}]"),
            "rules.no.json.pointer must be a JSON pointer such as `/data/shop/name`",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\njson = [{{ pointer = \"/a\", is = \"list\" }}]"),
            "rules.no.json./a `is` must be one of `object`, `array`, `string`, `number`, `boolean`",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\njson = [{{ pointer = \"/a\", equals = [1] }}]"),
            "rules.no.json./a `equals` must be a text, a number, `true` or `false`",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\njson = [{{ pointer = \"/a\", equals = 1, contains = \"a\" }}]"),
            "rules.no.json./a takes one of `is`, `equals`, `contains`, `starts_with`",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\nxml = [{{ element = \"//Fault\" }}]"),
            "rules.no.xml.element must be local names from the root such as `Envelope/Body/Fault/faultcode`",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\nxml = [{{ element = \"a\" }}]\njson = [{{ pointer = \"/a\" }}]"),
            "rules.no.xml must not stand beside `json`: no answer is both",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\nheader = [{{ name = \"x y\" }}]"),
            "rules.no.header.name",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\nheader = [{{ name = \"Content-Type\" }}]"),
            "rules.no.header.name must not be `content-type`, which `content_type` is for",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\ncontent_type = [\"application/json; charset=utf-8\"]"),
            "rules.no.content_type `application/json; charset=utf-8` must be a media type",
        ),
        (
            format!("name = \"no\"\nverdict = \"refused\"\n{advice}\nstatus = [401]\ntext = [\"wrong key\"]"),
            "rules.no.text needs a `content_type` other than a page's beside it",
        ),
        (
            format!("name = \"no\"\nverdict = \"refused\"\n{advice}\nstatus = [401]\ncontent_type = [\"text/html\"]\ntext = [\"wrong\"]"),
            "rules.no.text needs a `content_type` other than a page's beside it",
        ),
        (
            format!("name = \"no\"\nverdict = \"unclear\"\n{advice}\nstatus = [200]\njson = [{{ pointer = \"/me\" }}]"),
            "rules.no.status 200 stands in `me` too, with another verdict",
        ),
        (
            "name = \"also\"\nverdict = \"passed\"\nstatus = [200]\njson = [{ pointer = \"/me\" }, { pointer = \"/you\" }]".to_owned(),
            "rules.also never decides: `me` before it takes every such answer",
        ),
    ] {
        let found = rule_complaint(&rule);
        assert!(found.starts_with(&format!("acme.toml: auth.token.verify.check.{error}")), "{rule}\n{found}");
        let line: usize = found.rsplit("(line ").next().unwrap().trim_end_matches(')').parse().unwrap();
        // The second rule of the file starts behind the first one, and ends with the file or before.
        let first = GOOD.lines().count() + 4;
        assert!((first..first + 12).contains(&line), "{found}");
    }
}

#[test]
fn an_unknown_member_of_a_rule_is_named() {
    for rule in [
        "name = \"no\"\nverdict = \"unclear\"\ncolour = 1",
        "name = \"no\"\nverdict = \"unclear\"\njson = [{ pointer = \"/a\", colour = 1 }]",
        "name = \"no\"\nverdict = \"unclear\"\nxml = [{ element = \"a\", colour = 1 }]",
        "name = \"no\"\nverdict = \"unclear\"\nheader = [{ name = \"a\", colour = 1 }]",
    ] {
        assert!(rule_complaint(rule).contains("`colour`"), "{rule}");
    }
}

#[test]
fn a_login_s_answer_has_no_rule_that_passes() {
    let rule = "[[auth.verify.rules]]\nname = \"ok\"\nverdict = \"passed\"\nstatus = [200]\njson = [{ pointer = \"/token\" }]";
    let found = complaint("type = \"user-path\"", &format!("type = \"token\"\n{rule}"));
    let error = "acme.toml: auth.token.verify.rules.ok.verdict must be `refused` or `unclear`: a token or a session proves itself";
    assert!(found.starts_with(error), "{found}");
}

fn document() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/templates.md")).unwrap()
}

/// The sections of the document whose examples are parts of the system for tests, which the reader reads.
const OF_ACME: [&str; 6] =
    ["Variants", "Addresses", "Headers", "Credentials in requests", "Checks", "Rules that variants share"];

#[test]
fn the_examples_of_the_document_are_parts_of_a_template_that_is_read() {
    assert!(Library::shipped().system("acme").is_some());
    let acme = include_str!("../../../testdata/systems/acme.toml");
    let document = document();
    for title in OF_ACME {
        let (_, section) =
            document.split_once(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("{title}"));
        let section = section.split("\n## ").next().unwrap();
        let examples = blocks(section, "toml");
        assert!(!examples.is_empty(), "{title} has no example");
        for example in examples {
            assert!(acme.contains(example), "{title}: this is no part of acme.toml:\n{example}");
        }
    }
}

#[test]
fn the_document_names_each_form_of_a_place_and_each_rule_of_an_address() {
    let document = document();
    for form in crate::interpolation::Form::NAMED {
        let name = format!("`{}`", form.name().unwrap());
        assert!(document.contains(&name), "{name}");
    }
    for rule in ["none", "typed", "derived", "overridable", "fixed", "choice"] {
        assert!(document.contains(&format!("| `{rule}` |")), "{rule}");
    }
}

/// The blocks of a document that are of this language.
fn blocks<'d>(document: &'d str, language: &str) -> Vec<&'d str> {
    let fence = format!("```{language}\n");
    let starts = document.split(fence.as_str()).skip(1);
    starts.map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_rules_in_the_document_are_read_and_decide_as_it_says() {
    let document = document();
    let (_, rules) = document.split_once("\n## Rules for answers\n").unwrap();
    let document = rules.split("\n## ").next().unwrap();
    let [example] = blocks(document, "toml")[..] else { panic!("one example") };
    let text = GOOD.replacen("[auth.verify]\ntype = \"user-path\"\n", example, 1);
    let library = Library::read([("acme.toml", text.as_str())]).unwrap_or_else(|error| panic!("{error}"));
    let crate::system::Verify::Http(check) =
        library.system("acme").unwrap().variant("token").unwrap().verify()
    else {
        panic!("a check");
    };
    let answers = blocks(document, "http");
    assert!(answers.len() >= 4, "{}", answers.len());
    for answer in answers {
        let (head, body) = answer.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let expected = lines.next().unwrap().strip_prefix("# ").unwrap();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let incoming = crate::outbound::Incoming {
            status,
            headers: headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect(),
            body: body.as_bytes().to_vec(),
            truncated: false,
        };
        let decided = crate::system::rule::decide(&check.rules, &crate::system::rule::Answer::of(&incoming));
        let found = decided
            .map_or("no rule".to_owned(), |rule| format!("{} by {}", rule.verdict.as_str(), rule.name));
        assert_eq!(found, expected, "{answer}");
    }
}
