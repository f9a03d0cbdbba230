//! What is asked of a stack of each size.

use keyward_bench::{Failed, load::NUMBER, server::Stack};
use keyward_local::bulk;
use serde_json::{Value, json};

/// How many keys are read at random.
const RANDOM: u32 = 200;
/// The least number of keys of a stack: each search then finds as much as with more of them.
pub(crate) const LEAST: u32 = 1_000;
/// A prefix that fits twelve titles, whatever the number of keys.
const PREFIX: &str = "mail%20customer%2000000";
/// Words that the same titles have, and no others. Each of the first two is in very many.
const WORDS: &str = "customer%20mail%2000000";
/// A word that every title has.
const COMMON: &str = "customer";

/// The ids of some keys of a stack.
pub(crate) struct Known(Vec<String>);

impl Known {
    /// Finds keys that lie all over the stack, by their titles.
    pub(crate) fn of(stack: &Stack, keys: u32) -> Result<Self, Failed> {
        let numbers = (0..RANDOM).map(|at| u64::from(at) * u64::from(keys) / u64::from(RANDOM));
        let ids = numbers.map(|number| find(stack, u32::try_from(number)?));
        let known: Vec<_> = ids.collect::<Result<_, _>>()?;
        Ok(Self(known))
    }

    /// One of them.
    fn one(&self) -> Result<&str, Failed> {
        Ok(self.0.get(self.0.len() / 2).ok_or("no key is known")?)
    }
}

fn find(stack: &Stack, number: u32) -> Result<String, Failed> {
    let title = bulk::title(number).replace(' ', "%20");
    let page = stack.ask_as_owner("GET", &format!("/v1/keys?environment=live&title_prefix={title}"), None)?;
    let id = page.pointer("/items/0/key_id").and_then(Value::as_str);
    Ok(id.ok_or_else(|| format!("key number {number} was not found"))?.to_owned())
}

/// Something that is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    GetOne,
    GetRandom,
    List25,
    List100,
    Search,
    SearchWords,
    SearchCommon,
    BySystem,
    Create,
    Sign,
    Audit,
}

impl Operation {
    pub(crate) const ALL: [Self; 11] = [
        Self::GetOne,
        Self::GetRandom,
        Self::List25,
        Self::List100,
        Self::Search,
        Self::SearchWords,
        Self::SearchCommon,
        Self::BySystem,
        Self::Create,
        Self::Sign,
        Self::Audit,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::GetOne => "get one key",
            Self::GetRandom => "get random keys",
            Self::List25 => "list of 25",
            Self::List100 => "list of 100",
            Self::Search => "search by title",
            Self::SearchWords => "search by three words",
            Self::SearchCommon => "search by a common word",
            Self::BySystem => "list by system",
            Self::Create => "create",
            Self::Sign => "sign",
            Self::Audit => "audit page of 25",
        }
    }

    /// The bytes of the requests.
    pub(crate) fn requests(self, stack: &Stack, known: &Known) -> Result<Vec<Vec<u8>>, Failed> {
        let owner = |method: &str, path: &str, body: Option<&Value>| {
            stack.request("owner@acme.example", method, path, body)
        };
        let one = known.one()?;
        let request = match self {
            Self::GetOne => owner("GET", &format!("/v1/keys/{one}"), None),
            Self::GetRandom => {
                // One token does for all of them.
                let request = String::from_utf8(owner("GET", &format!("/v1/keys/{one}"), None)?)?;
                return Ok(known.0.iter().map(|id| request.replace(one, id).into_bytes()).collect());
            }
            Self::List25 => owner("GET", "/v1/keys?environment=live&limit=25", None),
            Self::List100 => owner("GET", "/v1/keys?environment=live&limit=100", None),
            Self::Search => {
                owner("GET", &format!("/v1/keys?environment=live&limit=25&title_prefix={PREFIX}"), None)
            }
            Self::SearchWords => owner("GET", &format!("/v1/keys?environment=live&limit=25&q={WORDS}"), None),
            Self::SearchCommon => {
                owner("GET", &format!("/v1/keys?environment=live&limit=25&q={COMMON}"), None)
            }
            Self::BySystem => owner("GET", "/v1/keys?environment=live&limit=25&system_id=custom-http", None),
            Self::Create => owner("POST", "/v1/keys", Some(&key())),
            Self::Sign => {
                let ask = json!({ "method": "POST", "path": "/orders?page=2", "body": "{}" });
                stack.request("runtime", "POST", &format!("/v1/keys/{one}/sign"), Some(&ask))
            }
            Self::Audit => owner("GET", &format!("/v1/keys/{one}/audit?limit=25"), None),
        };
        Ok(vec![request?])
    }
}

fn key() -> Value {
    json!({
        "system_id": "custom-http",
        "auth": "aws4",
        "title": format!("Zz made {NUMBER}"),
        "environment": "live",
        "base_url": "https://api.example.com/v1",
        "headers": [{ "name": "Content-Type", "value": "application/json" }],
        "entries": { "default": { "fields": {
            "access_key": "AKIDEXAMPLE",
            "secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "region": "eu-west-1",
            "service": "execute-api",
        } } },
    })
}
