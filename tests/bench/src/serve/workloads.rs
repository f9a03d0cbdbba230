//! What is asked of each of the two.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use keyward_bench::{
    Failed,
    load::NUMBER,
    server::{OpenBao, Server, Stack},
};
use serde_json::{Value, json};

/// The secret key of AWS's published signing tests.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// How many keys there are to list.
const LISTED: u32 = 25;

/// The keys of a stack that are used.
pub(crate) struct Keys {
    pub(crate) aws4: String,
    hmac: String,
}

impl Keys {
    /// Stores them, and enough for a list.
    pub(crate) fn store(stack: &Stack) -> Result<Self, Failed> {
        for number in 0..LISTED {
            stack.store(&aws4(&format!("Listed {number:02}")))?;
        }
        let mut hmac = aws4("Signs with HMAC");
        replace(&mut hmac, "/auth", json!("hmac-sha256"));
        replace(&mut hmac, "/entries/default/fields", json!({ "client_id": "c", "client_secret": SECRET }));
        Ok(Self { aws4: stack.store(&aws4("Signs as AWS does"))?, hmac: stack.store(&hmac)? })
    }

    /// A request to sign with a key.
    pub(crate) fn sign(&self, stack: &Stack, key: &str) -> Result<Vec<u8>, Failed> {
        let ask =
            json!({ "method": "POST", "path": "/orders?page=2", "headers": { "x-a": "b" }, "body": "{}" });
        stack.request("runtime", "POST", &format!("/v1/keys/{key}/sign"), Some(&ask))
    }
}

/// An AWS credential for an HTTP API.
fn aws4(title: &str) -> Value {
    json!({
        "system_id": "custom-http",
        "auth": "aws4",
        "title": title,
        "environment": "live",
        "base_url": "https://api.example.com/v1",
        "headers": [{ "name": "Content-Type", "value": "application/json" }],
        "entries": { "default": { "fields": {
            "access_key": "AKIDEXAMPLE", "secret_key": SECRET, "region": "eu-west-1", "service": "execute-api",
        } } },
    })
}

fn replace(value: &mut Value, pointer: &str, with: Value) {
    if let Some(place) = value.pointer_mut(pointer) {
        *place = with;
    }
}

/// What is stored in OpenBao: as many values as a key has.
fn secret() -> Value {
    json!({ "data": {
        "title": format!("Made {NUMBER}"), "access_key": "AKIDEXAMPLE", "secret_key": SECRET, "region": "eu-west-1",
        "service": "execute-api",
    } })
}

/// What Keyward is asked.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Store,
    Read,
    List,
    SignAws4,
    SignHmac,
}

/// What OpenBao is asked.
#[derive(Debug, Clone, Copy)]
enum AskBao {
    Put,
    Get,
    List,
    Hmac,
}

#[derive(Clone, Copy)]
enum Asked<'b> {
    Keyward(Ask),
    OpenBao(AskBao, &'b OpenBao),
}

/// Something that is done, and by whom.
pub(crate) struct Workload<'b> {
    pub(crate) what: &'static str,
    pub(crate) subject: &'static str,
    asked: Asked<'b>,
}

/// Everything that is done. OpenBao comes first in each: the others are compared with it.
pub(crate) fn all(bao: Option<&OpenBao>) -> Result<Vec<Workload<'_>>, Failed> {
    let mut all = Vec::new();
    if let Some(bao) = bao {
        bao.ask("POST", "/v1/secret/data/read", Some(&secret()))?;
        for number in 0..LISTED {
            bao.ask("POST", &format!("/v1/secret/data/listed/{number:02}"), Some(&secret()))?;
        }
        let baos = [
            ("store", "OpenBao KV put", AskBao::Put),
            ("read", "OpenBao KV get", AskBao::Get),
            ("list of 25", "OpenBao list of names", AskBao::List),
            ("sign", "OpenBao transit HMAC", AskBao::Hmac),
        ];
        all.extend(baos.map(|(what, subject, ask)| Workload {
            what,
            subject,
            asked: Asked::OpenBao(ask, bao),
        }));
    }
    let keywards = [
        ("store", "Keyward store", Ask::Store),
        ("read", "Keyward masked read", Ask::Read),
        ("list of 25", "Keyward list", Ask::List),
        ("sign", "Keyward AWS4", Ask::SignAws4),
        ("sign", "Keyward HMAC", Ask::SignHmac),
    ];
    all.extend(keywards.map(|(what, subject, ask)| Workload { what, subject, asked: Asked::Keyward(ask) }));
    all.sort_by_key(|workload| workload.what);
    Ok(all)
}

impl<'b> Workload<'b> {
    /// The server, and what it is asked.
    pub(crate) fn request<'s>(&self, stack: &'s Stack, keys: &Keys) -> Result<(&'s Server, Vec<u8>), Failed>
    where
        'b: 's,
    {
        match self.asked {
            Asked::Keyward(ask) => Ok((&stack.server, ask.request(stack, keys)?)),
            Asked::OpenBao(ask, bao) => Ok((&bao.server, ask.request(bao))),
        }
    }
}

impl Ask {
    fn request(self, stack: &Stack, keys: &Keys) -> Result<Vec<u8>, Failed> {
        let owner = |method: &str, path: &str, body: Option<&Value>| {
            stack.request("owner@acme.example", method, path, body)
        };
        match self {
            Self::Store => owner("POST", "/v1/keys", Some(&aws4(&format!("Made {NUMBER}")))),
            Self::Read => owner("GET", &format!("/v1/keys/{}", keys.aws4), None),
            Self::List => owner("GET", "/v1/keys?environment=live&limit=25&title_prefix=listed", None),
            Self::SignAws4 => keys.sign(stack, &keys.aws4),
            Self::SignHmac => keys.sign(stack, &keys.hmac),
        }
    }
}

impl AskBao {
    fn request(self, bao: &OpenBao) -> Vec<u8> {
        match self {
            Self::Put => bao.request("POST", &format!("/v1/secret/data/made/{NUMBER}"), Some(&secret())),
            Self::Get => bao.request("GET", "/v1/secret/data/read", None),
            Self::List => bao.request("LIST", "/v1/secret/metadata/listed", None),
            Self::Hmac => {
                let input = BASE64_STANDARD.encode("POST /orders?page=2\nx-a:b\n{}");
                bao.request("POST", "/v1/transit/hmac/measured", Some(&json!({ "input": input })))
            }
        }
    }
}
