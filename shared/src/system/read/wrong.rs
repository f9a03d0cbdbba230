//! Templates that cannot be right, each with the complaint that its author reads.

use super::tests::GOOD;
use crate::system::Library;

const BEARER: &str =
    "type = \"bearer\"\nheader = \"Authorization\"\nprefix = \"Bearer \"\nvalue = \"{token}\"";
const USER_PATH: &str = "type = \"user-path\"";
const DERIVED: &str = "rule = \"derived\"\nurl = \"https://{shop}.acme.example/\"";
const SHOP: &str = "id = \"shop\"";
const TOKEN: &str = "id = \"token\"\nlabel = \"Token\"\nkind = \"text\"";
const FORM: &str = "type = \"form\"\nparameters = [[\"api_key\", \"{token}\"]]";
const RULES: &str =
    "rules = [{ name = \"me\", verdict = \"passed\", status = [200], json = [{ pointer = \"/me\" }] }]";

/// The complaint about a good template with these edits.
fn complaint(edits: &[(&str, &str)]) -> String {
    let text = edits.iter().fold(GOOD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    match Library::read([("acme.toml", text.as_str())]) {
        Ok(_) => panic!("was read: {edits:?}"),
        Err(error) => error.to_string(),
    }
}

/// Each of these edits is refused with its file, its line, and this complaint.
fn refused(cases: &[(&[(&str, &str)], &str)]) {
    for (edits, expected) in cases {
        let found = complaint(edits);
        assert!(found.starts_with(&format!("acme.toml: {expected}")), "{edits:?}\n{found}");
        let line = found.rsplit_once("(line ").and_then(|(_, line)| line.trim_end_matches(')').parse().ok());
        assert!(line.is_some_and(|line: usize| line > 1), "{found}");
    }
}

fn check(rest: &str) -> String {
    format!("type = \"http\"\ncheck = {{ {rest}, {RULES} }}")
}

#[test]
fn a_trial_that_the_strategy_cannot_make_is_refused() {
    let headers = "type = \"headers\"\nheaders = [[\"X-Key\", \"{token}\"]]";
    let aws4 = "type = \"aws4\"\naccess_key = \"{shop}\"\nsecret_key = \"{token}\"\nregion = \"r\"\nservice = \"s\"\nplacement = \"header\"";
    for strategy in [headers, BEARER, aws4] {
        let name = strategy.split('"').nth(1).unwrap();
        for verify in ["login", "token", "soap-login"] {
            let to = format!("type = \"{verify}\"");
            let error = format!(
                "auth.token.verify.type `{verify}` does not fit the strategy `{name}`: must be `http` or `user-path`"
            );
            refused(&[(&[(BEARER, strategy), (USER_PATH, &to)], &error)]);
        }
    }
    let oauth2 = "type = \"oauth2-client-credentials\"\ntoken_url = \"./token\"\nclient_id = \"{shop}\"\nclient_secret = \"{token}\"\nclient_auth = \"post\"\nthen = { header = \"Authorization\", prefix = \"Bearer \" }";
    refused(&[(
        &[(BEARER, oauth2), (USER_PATH, "type = \"login\"")],
        "auth.token.verify.type `login` does not fit the strategy `oauth2-client-credentials`: must be `token` or",
    )]);
}

#[test]
fn a_strategy_of_another_protocol_is_refused() {
    let smtp = "type = \"smtp\"\nhost = \"{shop}\"\nport = \"25\"\nsecurity = \"tls\"\nusername = \"a\"\npassword = \"{token}\"";
    let none = [(DERIVED, "rule = \"none\""), ("rule = \"optional\"", "rule = \"none\"")];
    let http = check("method = \"GET\", path = \"me\"");
    let as_smtp = ("kind = \"http\"", "kind = \"smtp\"");
    let login = (USER_PATH, "type = \"login\"");
    refused(&[
        (
            &[(BEARER, smtp), login, none[0], none[1]],
            "auth.token.strategy.type `smtp` is for systems of the kind `smtp`, and this one is of the kind `http`",
        ),
        (&[as_smtp], "auth.token.strategy.type `bearer` is for systems of the kind `http` or `soap`"),
        (
            &[as_smtp, (BEARER, smtp), (USER_PATH, &http), none[0], none[1]],
            "auth.token.verify.type `http` does not fit the strategy `smtp`: must be `login`",
        ),
        (
            &[as_smtp, (BEARER, smtp), login, none[1]],
            "auth.token.base_url must be the rule `none`: the strategy `smtp` has its host in a field",
        ),
        (
            &[as_smtp, (BEARER, smtp), login, none[0]],
            "auth.token.headers must be the rule `none`: there are no requests",
        ),
        (
            &[
                as_smtp,
                (BEARER, smtp),
                login,
                none[0],
                none[1],
                ("help = \"The one way.\"", "help = \"One.\"\nconstant_headers = { X-A = \"1\" }"),
            ],
            "auth.token.constant_headers have no effect: there are no requests",
        ),
    ]);
    for verify in [USER_PATH.to_owned(), http] {
        refused(&[(
            &[(USER_PATH, &verify), none[0]],
            "auth.token.base_url must not be the rule `none`: requests of the strategy `bearer` need an address",
        )]);
    }
}

#[test]
fn a_session_or_token_without_its_other_half_is_refused() {
    let kind = ("kind = \"http\"", "kind = \"soap\"");
    let verify = (USER_PATH, "type = \"soap-login\"");
    let session = |flavour: &str, rest: &str| {
        format!(
            "type = \"soap-session\"\nflavour = \"{flavour}\"\nusername = \"a\"\npassword = \"{{token}}\"\n{rest}"
        )
    };
    for (flavour, rest, error) in [
        (
            "magento-1",
            "endpoint = \"https://acme.example/api\"",
            "endpoint must lie below the base address, such as `./api/v2_soap/`",
        ),
        (
            "magento-1",
            "endpoint = \"https://{shop}.acme.example/api\"",
            "endpoint must lie below the base address",
        ),
        ("magento-1", "endpoint = \"./../api\"", "endpoint must be a path such as `v1/me`"),
        ("magento-1", "endpoint = \"./{shop}/api\"", "endpoint has a place that is never filled"),
        ("peoplevox", "endpoint = \"./\"", "client_id must be there"),
        ("magento-1", "endpoint = \"./\"\nclient_id = \"{shop}\"", "client_id has no effect"),
    ] {
        let error = format!("auth.token.strategy.{error}");
        refused(&[(&[kind, verify, (BEARER, &session(flavour, rest))], &error)]);
    }
    let tolerated = (USER_PATH, "type = \"soap-login\"\ntolerated_codes = [\"2\"]");
    let magento = session("magento-1", "endpoint = \"./\"");
    refused(&[(
        &[kind, tolerated, (BEARER, &magento)],
        "auth.token.verify.tolerated_codes has no effect without `then`",
    )]);

    let oauth1 = "type = \"oauth1\"\nconsumer_key = \"{shop}\"\nconsumer_secret = \"{token}\"\n";
    for (given, missing) in [("token", "token_secret"), ("token_secret", "token")] {
        let strategy = format!("{oauth1}{given} = \"{{token}}\"");
        let error = format!("auth.token.strategy.{missing} must be there beside `{given}`");
        refused(&[(&[(BEARER, &strategy)], &error)]);
    }
}

#[test]
fn a_header_that_no_request_can_carry_is_refused() {
    for (name, error) in [
        ("X K", "names `X K`, which is no header name"),
        ("X:Key", "names `X:Key`, which is no header name"),
        ("Schlüssel", "names `Schlüssel`, which is no header name"),
        ("Host", "names `Host`, which the connection sets itself: leave it out"),
        ("content-length", "names `content-length`, which the connection sets itself"),
        ("Connection", "names `Connection`, which the connection sets itself"),
        ("Transfer-Encoding", "names `Transfer-Encoding`, which the connection sets itself"),
        ("Accept-Encoding", "names `Accept-Encoding`, which the connection sets itself"),
    ] {
        let bearer = BEARER.replace("Authorization", name);
        let headers = format!("type = \"headers\"\nheaders = [[\"{name}\", \"{{token}}\"]]");
        for strategy in [bearer, headers] {
            refused(&[(&[(BEARER, &strategy)], &format!("auth.token.strategy {error}"))]);
        }
    }
}

#[test]
fn a_list_that_is_empty_or_names_something_twice_is_refused() {
    for (strategy, error) in [
        ("type = \"headers\"\nheaders = []", "headers must have one at least"),
        ("type = \"headers\"\nheaders = [[\"\", \"{token}\"]]", "headers has an empty name"),
        (
            "type = \"headers\"\nheaders = [[\"X-A\", \"{token}\"], [\"x-a\", \"1\"]]",
            "headers names `x-a` twice",
        ),
        ("type = \"headers\"\nheaders = [[\"X-A\", \"\"]]", "headers gives `X-A` no value"),
        ("type = \"query\"\nparameters = []", "parameters must have one at least"),
        ("type = \"query\"\nparameters = [[\"\", \"{token}\"]]", "parameters has an empty name"),
        (
            "type = \"query\"\nparameters = [[\"k\", \"{token}\"], [\"k\", \"{token}\"]]",
            "parameters names `k` twice",
        ),
        ("type = \"form\"\nparameters = []", "parameters must have one at least"),
        ("type = \"json\"\nmembers = []", "members must have one at least"),
        (
            "type = \"json\"\nmembers = [[\"a//b\", \"{token}\"]]",
            "members must be names with slashes between",
        ),
        ("type = \"json\"\nmembers = [[\"/a\", \"{token}\"]]", "members must be names with slashes between"),
        ("type = \"json\"\nmembers = [[\"a\", \"{token}\"], [\"a/b\", \"1\"]]", "members names `a/b` twice"),
        ("type = \"path\"\nprefix = \"/bot{token}\"", "prefix must be segments of a path"),
        ("type = \"path\"\nprefix = \"bot{token}/\"", "prefix must be segments of a path"),
        ("type = \"path\"\nprefix = \"../{token}\"", "prefix must be segments of a path"),
        ("type = \"path\"\nprefix = \"a?b={token}\"", "prefix must be segments of a path"),
        ("type = \"path\"\nprefix = \"a%2f{token}\"", "prefix must be segments of a path"),
    ] {
        refused(&[(&[(BEARER, strategy)], &format!("auth.token.strategy.{error}"))]);
    }
    let one = "choices = [{ value = \"header\", label = \"Header\" }]";
    let two =
        "choices = [{ value = \"header\", label = \"Header\" }, { value = \"query\", label = \"Query\" }]";
    for (choices, error) in [
        (one, "choices must be two at least"),
        (
            "choices = [{ value = \"header\", label = \"A\" }, { value = \"header\", label = \"B\" }]",
            "choices must differ",
        ),
        (
            "choices = [{ value = \"header\", label = \"A\" }, { value = \"query\", label = \"A\" }]",
            "choices must differ",
        ),
        (
            "choices = [{ value = \"header\", label = \"A\" }, { value = \"\", label = \"B\" }]",
            "choices must each have",
        ),
    ] {
        refused(&[(&[(two, choices)], &format!("fields.placement.{error}"))]);
    }
    let help = "help = \"The one way.\"";
    refused(&[
        (&[(help, "help = \"One.\"\nschemes = []")], "auth.token.schemes must be a list"),
        (&[(help, "help = \"One.\"\nschemes = [\"https\", \"https\"]")], "auth.token.schemes must be a list"),
        (
            &[("rule = \"optional\"", "rule = \"content-type-required\"\nchoices = []")],
            "headers.choices must not be empty",
        ),
        (
            &[("rule = \"optional\"", "rule = \"content-type-required\"\nchoices = [\"a/b\", \"a/b\"]")],
            "headers.choices names `a/b` twice",
        ),
        (
            &[("rule = \"optional\"", "rule = \"content-type-required\"\nchoices = [\"json\"]")],
            "headers.choices `json` must be a media type",
        ),
        (&[(SHOP, "id = \"shop\"\nauth = [\"token\", \"token\"]")], "fields.shop.auth names a variant twice"),
        (
            &[(SHOP, "id = \"shop\"\nshow_when = { field = \"placement\", equals = [] }")],
            "fields.shop.show_when.equals must be values of the other field",
        ),
    ]);
}

#[test]
fn a_check_that_does_more_than_read_below_the_base_address_is_refused() {
    for method in ["DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "get"] {
        let verify = check(&format!("method = \"{method}\", path = \"me\""));
        refused(&[(&[(USER_PATH, &verify)], "auth.token.verify.check.method must be `GET`, or `POST`")]);
    }
    for (path, error) in [
        ("../admin#x", "must be a path such as `v1/me`"),
        ("../admin", "must be a path such as `v1/me`"),
        ("v1/./me", "must be a path such as `v1/me`"),
        ("v1/%2e%2e/me", "must be a path such as `v1/me`"),
        ("me#top", "must be a path such as `v1/me`: the path must not contain `#`"),
        ("https://evil.example/me", "must lie below the base address"),
        ("//evil.example/me", "must lie below the base address"),
        ("v1//me", "must be whole segments"),
        ("v1%2Fme", "must be whole segments"),
        ("v1%5cme", "must be whole segments"),
        ("v1%252fme", "must be whole segments"),
        ("v1\\\\me", "must be a path such as `v1/me`"),
        ("v1/a me", "must be a path such as `v1/me`"),
        ("me@evil.example", "must be a path such as `v1/me`"),
        ("v1/{account}/me", "`account` is no public field of this variant that always has a value"),
        ("v1/{token}/me", "`token` is no public field of this variant that always has a value"),
        ("v1/{}/me", "has a place that names no field"),
        ("v1/{shop/me", "has a brace"),
    ] {
        let verify = check(&format!("method = \"GET\", path = \"{path}\""));
        refused(&[(&[(USER_PATH, &verify)], &format!("auth.token.verify.check.path {error}"))]);
    }
    let body = "body = { content_type = \"application/json\", text = \"{}\" }";
    for (rest, error) in [
        (format!("method = \"GET\", path = \"me\", {body}"), "method must be `POST` for a check with a body"),
        (
            "method = \"POST\", path = \"me\", body = { content_type = \"json\", text = \"{}\" }".to_owned(),
            "body.content_type `json` must be a media type",
        ),
        (
            "method = \"POST\", path = \"me\", body = { content_type = \"application/json\", text = \"{\" }"
                .to_owned(),
            "body.text must be JSON",
        ),
        (
            format!("method = \"POST\", path = \"me\", headers = {{ Content-Type = \"a/b\" }}, {body}"),
            "headers.Content-Type belongs to a body",
        ),
    ] {
        refused(&[(&[(USER_PATH, &check(&rest))], &format!("auth.token.verify.check.{error}"))]);
    }
    let get = check("method = \"GET\", path = \"me\"");
    refused(&[(
        &[(BEARER, FORM), (USER_PATH, &get)],
        "auth.token.verify.check.method must be `POST`: the strategy `form` puts the credentials into the body",
    )]);
    refused(&[(
        &[(BEARER, "type = \"json\"\nmembers = [[\"key\", \"{token}\"]]"), (USER_PATH, &get)],
        "auth.token.verify.check.method must be `POST`: the strategy `json` puts the credentials into the body",
    )]);
    refused(&[(
        &[
            (BEARER, "type = \"path\"\nprefix = \"bot{token}\""),
            (DERIVED, "rule = \"derived\"\nurl = \"https://{shop}.acme.example/v1/\""),
        ],
        "auth.token.base_url must be `fixed`, `derived` or `choice` without a path",
    )]);
    let keyed = check("method = \"GET\", path = \"me?a=1&k%65y=2\"");
    refused(&[(
        &[(BEARER, "type = \"query\"\nparameters = [[\"key\", \"{token}\"]]"), (USER_PATH, &keyed)],
        "auth.token.verify.check.path has the parameter `key`, which the strategy sets",
    )]);
}

#[test]
fn an_address_with_a_place_that_is_not_filled_or_a_wrong_choice_is_refused() {
    let fixed = |url: &str| format!("rule = \"fixed\"\nurl = \"{url}\"");
    for (url, error) in [
        ("https://{prefix}-live.acme.example", "base_url `prefix` is no public field"),
        ("https://{token}-live.acme.example", "base_url `token` is no public field"),
        ("http://acme.example", "base_url.url must be an https address"),
        ("https://acme.example/a?b=c", "base_url.url must be an address such as"),
        ("https://acme.example/#a", "base_url.url must be an address such as"),
        ("https://user@acme.example/", "base_url.url must be an address such as"),
        ("https://acme.example/../b", "base_url.url must be an address such as"),
        ("https://acme.example:8443/", "base_url.url must not name a port"),
        ("https:///a", "base_url.url must be an address such as"),
    ] {
        refused(&[(&[(DERIVED, &fixed(url))], error)]);
    }
    let choice = |urls: &str| format!("rule = \"choice\"\nfield = \"placement\"\nurls = {{ {urls} }}");
    let header = "header = \"https://a.example\"";
    for (urls, error) in [
        (header.to_owned(), "base_url.urls has no address for `query`: must be the choices of `placement`"),
        (
            format!("{header}, query = \"https://b.example\", body = \"https://c.example\""),
            "base_url.urls.body is for no choice of `placement`",
        ),
        (
            format!("{header}, query = \"https://{{prefix}}-live.b.example\""),
            "base_url.urls.query `prefix` is no public field",
        ),
        (format!("{header}, query = \"http://b.example\""), "base_url.urls.query must be an https address"),
    ] {
        refused(&[(&[(DERIVED, &choice(&urls))], error)]);
    }
    let of_shop = "rule = \"choice\"\nfield = \"shop\"\nurls = { a = \"https://a.example\" }";
    refused(&[(&[(DERIVED, of_shop)], "base_url.urls.a is for no choice of `shop`")]);
    let hidden = "id = \"shop\"\nshow_when = { field = \"placement\", equals = [\"header\"] }";
    let both = format!("{header}, query = \"https://{{shop}}.b.example\"");
    refused(&[(
        &[(DERIVED, &choice(&both)), (SHOP, hidden)],
        "base_url.urls.query `shop` is no public field of `token` that always has a value when `placement` is `query`",
    )]);
}

#[test]
fn a_typed_address_with_a_path_or_an_example_that_cannot_be_is_refused() {
    let typed = |rest: &str| format!("rule = \"typed\"\nhelp = \"The address.\"\n{rest}");
    let used = (BEARER, "type = \"headers\"\nheaders = [[\"X-Key\", \"{token}\"], [\"X-Shop\", \"{shop}\"]]");
    for (rest, error) in [
        ("example = \"http://a.example\"", "base_url.example must be an https address"),
        ("example = \"https://a.example/?a=b\"", "auth.token.base_url.example must not contain `?`"),
        (
            "example = \"https://a.example\"\nrefused = [{ contains = \"a.ex\", reason = \"cannot be used\" }]",
            "auth.token.base_url.example cannot be used",
        ),
        ("example = \"https://a.example\"\npath = \"/v1/\"", "base_url.path must lie below the base address"),
        (
            "example = \"https://a.example\"\npath = \"../v1/\"",
            "base_url.path must be a path such as `v1/me`",
        ),
        ("example = \"https://a.example\"\npath = \"v1/{store}/\"", "base_url `store` is no public field"),
        (
            "example = \"https://a.example\"\npages = [\"https://a.example/admin\"]",
            "base_url.pages must lie below the base address",
        ),
    ] {
        refused(&[(&[(DERIVED, &typed(rest)), used], error)]);
    }
}

#[test]
fn a_host_that_is_no_origin_of_its_own_is_refused() {
    for (host, error) in [
        (
            "rule = \"fixed\"\nurl = \"https://files.acme.example/v1/\"",
            "hosts.files must be an address without a path",
        ),
        ("rule = \"fixed\"\nurl = \"http://files.acme.example\"", "hosts.files.url must be an https address"),
        (
            "rule = \"typed\"\nhelp = \"A.\"\nexample = \"https://a.example\"",
            "hosts.files.rule must be `fixed`, `derived` or `choice`",
        ),
        ("rule = \"none\"", "hosts.files.rule must be `fixed`, `derived` or `choice`"),
        (
            "rule = \"derived\"\nurl = \"https://{store}.acme.example\"",
            "auth.token.hosts.files `store` is no public field",
        ),
    ] {
        let hosts = format!("[hosts.files]\n{host}\n\n[headers]");
        refused(&[(&[("[headers]", &hosts)], error)]);
    }
}

#[test]
fn a_part_without_effect_is_refused() {
    let help = "help = \"The one way.\"";
    refused(&[
        (
            &[("secret = true", "secret = true\nonly_resolved = true")],
            "fields.token.only_resolved must not be there: `token` uses the field",
        ),
        (
            &[(BEARER, "type = \"bearer\"\nheader = \"Authorization\"\nvalue = \"abc\"")],
            "fields.token is a secret that nothing uses: name `{token}` where it is sent",
        ),
        (
            &[(DERIVED, "rule = \"fixed\"\nurl = \"https://acme.example\"")],
            "fields.shop must be given, and nothing uses it",
        ),
        (
            &[(help, "help = \"One.\"\nbase_url = { rule = \"fixed\", url = \"https://a.example\" }")],
            "base_url has no effect, since each variant has its own",
        ),
        (
            &[(help, "help = \"One.\"\nheaders = { rule = \"none\" }")],
            "headers has no effect, since each variant has its own",
        ),
        (
            &[("default = \"header\"", "default = \"header\"\npattern = \"^[a-z]+$\"")],
            "fields.placement.pattern has no effect on a choice",
        ),
        (
            &[("default = \"header\"", "default = \"header\"\nmax_length = 9")],
            "fields.placement.max_length has no effect on a choice",
        ),
        (
            &[("default = \"header\"", "default = \"header\"\nrefused = [\"query\"]")],
            "fields.placement.refused has no effect on a choice",
        ),
        (
            &[(SHOP, "id = \"shop\"\nrefused = [\"ADMIN\"]")],
            "fields.shop.refused must be in lower case: `admin`",
        ),
        (
            &[(SHOP, "id = \"shop\"\nrefused = [\"a-b\"]")],
            "fields.shop.refused need not name `a-b`: the pattern refuses it",
        ),
        (&[(SHOP, "id = \"shop\"\nmax_length = 0")], "fields.shop.max_length must be 1 at least"),
        (
            &[(SHOP, "id = \"shop\"\npasted = [\"^https://[a-z]+$\"]")],
            "fields.shop.pasted must have one group",
        ),
        (
            &[(SHOP, "id = \"shop\"\nmistaken = [{ starts = \"\", reason = \"is no shop\" }]")],
            "fields.shop.mistaken.starts must not be empty",
        ),
        (
            &[(
                TOKEN,
                &format!(
                    "{TOKEN}\nshow_when = {{ field = \"placement\", equals = [\"header\", \"query\"] }}"
                ),
            )],
            "fields.token.show_when has no effect: it names every choice of `placement`",
        ),
        (
            &[
                ("rule = \"optional\"", "rule = \"content-type-required\"\nchoices = [\"a/b\"]"),
                (help, "help = \"One.\"\ndefault_headers = { Content-Type = \"a/b\" }"),
            ],
            "auth.token.default_headers.Content-Type has no effect: each key has a Content-Type",
        ),
    ]);
}

#[test]
fn names_that_nobody_could_tell_apart_are_refused() {
    refused(&[
        (
            &[("label = \"Placement\"", "label = \"Shop\"")],
            "fields.placement.label is that of another field of `token`",
        ),
        (
            &[("[[auth]]\nid = \"token\"", "[[auth]]\nid = \"Token 1\"")],
            "auth.Token 1.id must be a short word",
        ),
    ]);
    let (_, auth) = GOOD.split_once("[[auth]]").unwrap();
    let again = |id: &str, label: &str| {
        let auth = auth.replacen("id = \"token\"", &format!("id = \"{id}\""), 1);
        format!(
            "{USER_PATH}\n\n[[auth]]{}",
            auth.replacen("label = \"Token\"", &format!("label = \"{label}\""), 1)
        )
    };
    refused(&[
        (&[(USER_PATH, &again("token", "Other"))], "auth.token is there twice"),
        (&[(USER_PATH, &again("other", "Token"))], "auth.other.label is that of another variant"),
    ]);
}

#[test]
fn a_value_of_the_template_that_its_own_field_refuses_is_refused() {
    refused(&[
        (
            &[("example = \"blue\"", "example = \"Blue 1\"")],
            "fields.shop.example is not in the expected form",
        ),
        (
            &[("example = \"blue\"", "example = \"blue\"\ndefault = \"Blue 1\"")],
            "fields.shop.default is not in the expected form",
        ),
        (
            &[("example = \"blue\"", "example = \"blue\"\nrefused = [\"blue\"]")],
            "fields.shop.example is not allowed here",
        ),
        (
            &[("default = \"header\"", "default = \"header\"\nexample = \"body\"")],
            "fields.placement.example must be one of header, query",
        ),
    ]);
}

#[test]
fn a_pattern_that_lets_a_value_out_of_its_place_is_refused() {
    let pattern = |pattern: &str| format!("pattern = \"{pattern}\"");
    let derived = "pattern = \"^[a-z]+$\"";
    for open in [
        "^.+$",
        "^[^/]+$",
        "^[a-z/]+$",
        "^[a-z@]+$",
        "^[a-z:]+$",
        "^[a-z?]+$",
        "^[a-z#]+$",
        "^(?i:[a-z_]+)$",
        "^\\\\S+$",
    ] {
        let found = complaint(&[(derived, &pattern(open)), ("example = \"blue\"", "example = \"blue\"")]);
        assert!(found.starts_with("acme.toml: fields.shop.pattern lets `"), "{open}: {found}");
        assert!(found.contains("through, and the value is a part of a host name: narrow it"), "{found}");
    }
    refused(&[(&[(derived, "# none")], "fields.shop.pattern lets any text through")]);
    let path = check("method = \"GET\", path = \"v1/{shop}/me\"");
    for open in ["^.+$", "^[a-z/]+$", "^[a-z;]+$", "^[a-z%]+$", "^[a-z.]+$", "^(\\\\.\\\\.|[a-z]+)$"] {
        let fixed = "rule = \"fixed\"\nurl = \"https://acme.example\"";
        let found = complaint(&[(DERIVED, fixed), (USER_PATH, &path), (derived, &pattern(open))]);
        assert!(found.contains("the value is a part of a segment of a path"), "{open}: {found}");
    }
}

#[test]
fn a_computed_form_in_a_place_that_does_not_take_it_is_refused() {
    for form in ["base64", "url", "sha256"] {
        let url = format!("rule = \"derived\"\nurl = \"https://{{shop|{form}}}.acme.example/\"");
        refused(&[(&[(DERIVED, &url)], &format!("fields.shop is written as `{form}` into a host name"))]);
    }
    refused(&[
        (
            &[(DERIVED, "rule = \"derived\"\nurl = \"https://{shop|md5}.acme.example/\"")],
            "base_url.url has a place with an unknown form",
        ),
        (
            &[(DERIVED, "rule = \"derived\"\nurl = \"https://{shop:lower}.acme.example/\"")],
            "base_url.url has a place with an unknown form",
        ),
    ]);
}

#[test]
fn a_pattern_that_takes_long_or_matches_a_part_is_refused() {
    let derived = "pattern = \"^[a-z]+$\"";
    for (pattern, error) in [
        ("[a-z]+", "must start with `^` and end with `$`"),
        ("^[a-z]+", "must start with `^` and end with `$`"),
        ("^a|b$", "must start with `^` and end with `$`"),
        ("^([a-z]+)+$", "repeats a repetition"),
        ("^([a-z]*)*$", "repeats a repetition"),
        ("^([a-z]{1,200}){1,200}$", "may take "),
    ] {
        refused(&[(
            &[(derived, &format!("pattern = \"{pattern}\""))],
            &format!("fields.shop.pattern {error}"),
        )]);
    }
}

#[test]
fn people_are_led_to_https_alone() {
    refused(&[
        (
            &[("guide = \"Ask Acme.\"", "guide = \"See http://acme.example.\"")],
            "guide must not lead people to an address without https",
        ),
        (
            &[("help = \"The shop.\"", "help = \"See http://acme.example.\"")],
            "fields.shop.help must not lead people",
        ),
        (
            &[(SHOP, "id = \"shop\"\nguide_url = \"http://acme.example\"")],
            "fields.shop.guide_url must be an https address",
        ),
        (
            &[("help = \"The one way.\"", "help = \"One.\"\nguide_url = \"ftp://acme.example\"")],
            "auth.token.guide_url must be an https address",
        ),
        (
            &[("help = \"The one way.\"", "help = \"One.\"\nguide = \"See http://acme.example.\"")],
            "auth.token.guide must not lead people",
        ),
    ]);
}

#[test]
fn a_list_of_rules_that_is_shared_in_vain_is_refused() {
    const LIST: &str = "[[rules.mine]]\nname = \"gone\"\nverdict = \"refused\"\nadvice = \"It is gone.\"\nstatus = [401]\njson = [{ pointer = \"/code\", equals = 1 }]\n";
    let own =
        "rules = [{ name = \"me\", verdict = \"passed\", status = [200], json = [{ pointer = \"/me\" }] }]";
    let asks = |shared: &str| {
        format!(
            "type = \"http\"\ncheck = {{ method = \"GET\", path = \"me\", shared_rules = {shared}, {own} }}"
        )
    };
    let with = |list: &str| format!("{list}\n[[auth]]");
    let at = "auth.token.verify.check.";
    for (list, shared, error) in [
        (LIST.to_owned(), "[]", "rules.mine has no effect: no variant names it"),
        (LIST.to_owned(), "[\"other\"]", "rules.mine has no effect: no variant names it"),
        (String::new(), "[\"mine\"]", &format!("{at}shared_rules `mine` is no list of rules")),
        (LIST.to_owned(), "[\"mine\", \"mine\"]", &format!("{at}shared_rules names `mine` twice")),
        (LIST.replace("\"gone\"", "\"me\""), "[\"mine\"]", &format!("{at}rules.me.name is there twice")),
        (LIST.replace("mine", "Mine"), "[\"Mine\"]", "rules.Mine must have a name in lower case"),
        (
            LIST.replace("status = [401]", "status = []"),
            "[\"mine\"]",
            "rules.mine.gone.status must not be empty",
        ),
        (LIST.replace("refused", "maybe"), "[\"mine\"]", "rules.mine.gone.verdict `maybe` is none of"),
        ("rules.mine = []\n".to_owned(), "[\"mine\"]", "rules.mine must not be empty"),
    ] {
        let edits = [(USER_PATH, asks(shared)), ("[[auth]]", with(&list))];
        let top = edits[1].1.starts_with("rules.");
        let place = if top { ("id = \"acme\"", format!("id = \"acme\"\n{list}")) } else { edits[1].clone() };
        refused(&[(&[(edits[0].0, &edits[0].1), (place.0, &place.1)], error)]);
    }
    let token = "type = \"oauth2-client-credentials\"\ntoken_url = \"./token\"\nclient_id = \"{shop}\"\nclient_secret = \"{token}\"\nclient_auth = \"post\"\nthen = { header = \"Authorization\", prefix = \"Bearer \" }";
    let passes = LIST.replace("refused", "passed");
    let verify = "type = \"token\"\nshared_rules = [\"mine\"]";
    let edits = [(BEARER, token), (USER_PATH, verify), ("[[auth]]", &with(&passes))];
    refused(&[(&edits, "auth.token.verify.rules.gone.verdict must be `refused` or `unclear`")]);
}

#[test]
fn a_login_whose_answer_cannot_be_used_is_refused() {
    let login = |answer: &str, then: &str| {
        format!(
            "type = \"login-request\"\nurl = \"./login\"\nbody = {{ form = [[\"a\", \"{{token}}\"]] }}\nanswer = {{ token = {{ json = \"/a\" }}, {answer} }}\nthen = {then}"
        )
    };
    let (cookie, header) = ("{ cookie = \"SID\" }", "{ header = \"X-Session\" }");
    let at = "auth.token.strategy.answer.";
    for (answer, then, error) in [
        ("cookies = [\"ROUTE\"]", header, "cookies has no effect: they go beside a token in a cookie"),
        ("cookies = [\"SID\"]", cookie, "cookies names `SID`, which `then` sets"),
        ("cookies = [\"A\", \"A\"]", cookie, "cookies names `A` twice"),
        ("server = { json = \"/server\" }", header, "server needs the servers that it may name in `hosts`"),
    ] {
        let edits: [(&str, &str); 2] = [(BEARER, &login(answer, then)), (USER_PATH, "type = \"token\"")];
        refused(&[(&edits, &format!("{at}{error}"))]);
    }
    for (answer, error) in [
        ("cookies = [\"A;B\"]", "must be a cookie's name"),
        ("server = \"/server\"", "answer.server"),
        ("servers = { json = \"/server\" }", "unknown field `servers`"),
    ] {
        let edits: [(&str, &str); 2] = [(BEARER, &login(answer, cookie)), (USER_PATH, "type = \"token\"")];
        let found = complaint(&edits);
        assert!(found.starts_with("acme.toml: auth.token.strategy") && found.contains(error), "{found}");
    }
}
