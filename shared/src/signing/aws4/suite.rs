//! AWS's published suite for Signature Version 4, every case of it, on the function that signs for real.
//! Where the cases come from is told in `testdata/aws-sig-v4/NOTICE`.

use std::{fs, path::Path, path::PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::Deserialize;

use super::{Aws4, Aws4Settings, ContentSha256, PathEncoding, Placement, QueryBody, SessionToken, UriPath};
use crate::{
    origin::Target,
    secret::SecretText,
    signing::{Body, Request, Signed},
};

/// The suite writes some paths decoded. On the wire they are encoded, and so does a target hold them.
const WIRE: &AsciiSet = &CONTROLS.add(b' ');

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Context {
    credentials: SuiteCredentials,
    expiration_in_seconds: u32,
    normalize: bool,
    region: String,
    service: String,
    sign_body: bool,
    timestamp: jiff::Timestamp,
    #[serde(default)]
    omit_session_token: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuiteCredentials {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
}

/// A request as the suite's files write it: raw target, headers without the host, and body.
struct Written {
    method: http::Method,
    target: String,
    host: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Written {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let (first, lines) = head.split_once('\n').unwrap();
        let (method, target) = first.split_once(' ').unwrap();
        let target = target.strip_suffix(" HTTP/1.1").unwrap_or(target);
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines.lines() {
            // A line that starts with a space goes on with the value before it (RFC 9112 §5.2).
            if line.starts_with(' ') {
                headers.last_mut().unwrap().1.push_str(line);
            } else {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        let host = headers.iter().position(|(name, _)| name == "Host").unwrap();
        Self {
            method: method.parse().unwrap(),
            target: utf8_percent_encode(target, WIRE).to_string(),
            host: headers.remove(host).1,
            headers,
            body: body.trim_end_matches('\n').to_owned(),
        }
    }
}

fn sign(case: &Path, placement: Placement) -> Signed {
    let context: Context =
        serde_json::from_str(&fs::read_to_string(case.join("context.json")).unwrap()).unwrap();
    let mut request = Written::read(&case.join("request.txt"));
    // Two cases bring the date that signing adds.
    request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-amz-date"));
    let twice = case.file_name().unwrap().to_str().unwrap().starts_with("double-");
    let secret_key = SecretText::from(context.credentials.secret_access_key);
    let session_token = context.credentials.token.map(SecretText::from);
    let aws4 = Aws4 {
        access_key: &context.credentials.access_key_id,
        secret_key: &secret_key,
        session_token: session_token.as_ref(),
        region: &context.region,
        service: &context.service,
        base_endpoint: None,
        placement,
        settings: Aws4Settings {
            path_encoding: if twice { PathEncoding::Twice } else { PathEncoding::Once },
            uri_path: if context.normalize { UriPath::Normalized } else { UriPath::AsSent },
            content_sha256: if context.sign_body { ContentSha256::Sent } else { ContentSha256::Omitted },
            session_token: if context.omit_session_token {
                SessionToken::Unsigned
            } else {
                SessionToken::Signed
            },
            query_body: QueryBody::Signed,
            expires_seconds: context.expiration_in_seconds,
        },
    };
    aws4.check().unwrap();
    let target = Target::unchecked(&format!("https://{}", request.host), &request.target);
    let request = Request {
        method: &request.method,
        target: &target,
        headers: &request.headers,
        body: Body::Bytes(request.body.as_bytes()),
    };
    aws4.sign(&request, context.timestamp).ok().unwrap()
}

/// Names in lower case, spaces collapsed, sorted by name; values of one name keep their order.
fn comparable<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let mut headers: Vec<_> = headers
        .map(|(name, value)| {
            (
                name.to_lowercase(),
                value.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
            )
        })
        .collect();
    headers.sort_by(|a, b| a.0.cmp(&b.0));
    headers
}

/// The address with its parameters decoded and sorted, since their order is free.
fn comparable_url(url: &str) -> (String, Vec<String>) {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut parameters: Vec<_> = query
        .split('&')
        .map(|parameter| percent_decode_str(parameter).decode_utf8().unwrap().into_owned())
        .collect();
    parameters.sort();
    (path.to_owned(), parameters)
}

fn cases() -> Vec<PathBuf> {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/aws-sig-v4");
    fs::read_dir(suite).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}

fn run(placement: Placement, expected: &str) -> usize {
    let mut ran = 0;
    for case in cases() {
        let path = case.join(expected);
        // The two cases that the suite's second home added have no signature in the query.
        if !path.exists() {
            continue;
        }
        let signed = sign(&case, placement);
        let expected = Written::read(&path);
        let headers = expected.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        assert_eq!(comparable(signed.headers()), comparable(headers), "{}", case.display());
        let url = format!("https://{}{}", expected.host, expected.target);
        assert_eq!(comparable_url(signed.url()), comparable_url(&url), "{}", case.display());
        ran += 1;
    }
    ran
}

#[test]
fn every_case_of_the_suite_is_signed_in_headers() {
    assert_eq!(cases().len(), 40);
    assert_eq!(run(Placement::Header, "header-signed-request.txt"), 40);
}

#[test]
fn every_case_of_the_suite_is_signed_in_the_query() {
    assert_eq!(run(Placement::Query, "query-signed-request.txt"), 38);
}
