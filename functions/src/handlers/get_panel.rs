//! `GET /`, `GET /config.json`, `GET /favicon.svg` and `GET /assets/{file}`, and `HEAD` of each: the control panel. No token; no action.
//!
//! It serves no other paths, because the panel's pages differ only after the `#`. [`not_found`](super::not_found) leads there from
//! addresses that were typed without it.

use keyward_shared::error::{Error, PortError};
use serde::Serialize;
use url::Url;

use crate::{
    config::{PanelPlace, Whereabouts},
    edge::{Answer, Failure, Request},
    panel::{PanelError, PanelFile, PanelFiles},
};

/// The panel, ready to be answered with.
pub struct Panel {
    files: PanelFiles,
    config: Vec<u8>,
    policy: String,
}

/// The configuration that the panel loads first.
#[derive(Serialize)]
struct ConfigView<'a> {
    authority: &'a str,
    client_id: &'a str,
    logout_url: &'a str,
    local: bool,
}

impl Panel {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`PanelError`] when the files are no panel.
    pub fn read(place: &PanelPlace) -> Result<Self, PanelError> {
        let authority = place.authority.as_str().trim_end_matches('/');
        let config = ConfigView {
            authority,
            client_id: &place.client_id,
            logout_url: place.logout_url.as_str(),
            local: place.whereabouts == Whereabouts::Local,
        };
        Ok(Self {
            files: PanelFiles::read(&place.directory)?,
            // Text and a truth value: it always serialises.
            config: serde_json::to_vec(&config).unwrap_or_default(),
            policy: policy(&[&place.authority, &place.logout_url]),
        })
    }
}

/// The Content-Security-Policy (Level 3) of the document. It may load from and talk to this origin and the
/// sign-in. Inline scripts and styles are not applied.
fn policy(sign_in: &[&Url]) -> String {
    let mut origins: Vec<String> = sign_in.iter().map(|url| url.origin().ascii_serialization()).collect();
    origins.dedup();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; \
         connect-src 'self' {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        origins.join(" ")
    )
}

/// `GET /`: the page. `panel` is `None` where the panel was not built, here and below.
///
/// # Errors
///
/// [`Error::Unavailable`] where there is no panel.
pub fn page(panel: Option<&Panel>, request: &Request) -> Result<Answer, Failure> {
    let panel = built(panel)?;
    Ok(file(panel, "index.html", request)?
        .with("content-security-policy", panel.policy.clone())
        .with("cross-origin-opener-policy", "same-origin-allow-popups".to_owned())
        .with("cross-origin-resource-policy", "same-origin".to_owned())
        .with("permissions-policy", NO_FEATURES.to_owned())
        .with("strict-transport-security", "max-age=63072000".to_owned())
        .with("x-frame-options", "DENY".to_owned()))
}

/// `GET /config.json`: the addresses and ids that the page needs for the sign-in.
///
/// # Errors
///
/// [`Error::Unavailable`] where there is no panel.
pub fn config(panel: Option<&Panel>) -> Result<Answer, Failure> {
    Ok(Answer::document(built(panel)?.config.clone()))
}

/// `GET /favicon.svg`: the icon.
///
/// # Errors
///
/// [`Error::Unavailable`] where there is no panel.
pub fn icon(panel: Option<&Panel>, request: &Request) -> Result<Answer, Failure> {
    let icon = file(built(panel)?, "favicon.svg", request)?;
    Ok(icon.with("cache-control", "public, max-age=86400".to_owned()))
}

/// `GET /assets/{file}`: scripts and styles.
///
/// # Errors
///
/// [`Error::NotFound`] for a file that does not exist; [`Error::Unavailable`] where there is no panel.
pub fn asset(panel: Option<&Panel>, request: &Request) -> Result<Answer, Failure> {
    let asset = file(built(panel)?, &format!("assets/{}", request.path("file")?), request)?;
    // Its name changes with its content.
    Ok(asset.with("cache-control", "public, max-age=31536000, immutable".to_owned()))
}

fn built(panel: Option<&Panel>) -> Result<&Panel, Failure> {
    panel.ok_or_else(|| Error::from(not_built()).into())
}

/// A file in a coding that the client accepts.
fn file(panel: &Panel, name: &str, request: &Request) -> Result<Answer, Failure> {
    let file: &PanelFile = panel.files.get(name).ok_or(Error::NotFound)?;
    let (coding, bytes) = file.for_client(request.accept_encoding());
    Ok(Answer::file(file.media_type, coding, bytes.to_vec()))
}

/// Features of a browser that the page never uses.
const NO_FEATURES: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

fn not_built() -> PortError {
    PortError::Unavailable { service: "the panel", source: "it was not built".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_each_origin_of_the_sign_in_once_and_nothing_inline() {
        let url = |text: &str| Url::parse(text).unwrap();
        let both = policy(&[&url("https://issuer.example/pool"), &url("https://login.example/logout")]);
        assert!(both.contains("connect-src 'self' https://issuer.example https://login.example;"), "{both}");
        let one = policy(&[&url("http://127.0.0.1:8080"), &url("http://127.0.0.1:8080/logout")]);
        assert!(one.contains("connect-src 'self' http://127.0.0.1:8080;"), "{one}");
        assert!(!both.contains("unsafe"), "{both}");
    }
}
