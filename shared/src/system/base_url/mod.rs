//! Where a key's requests go: typed by the user, or derived from the entry's fields.

mod render;
#[cfg(test)]
mod tests;
mod typed;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(super) use self::render::{Place, render_url};
use self::typed::{before_page, before_path, put_behind, with_path_of};
use super::{address, pasted};
use crate::{
    interpolation::{Interpolation, MissingValue},
    origin::{self, Scheme},
};

/// How an address of a system comes about.
#[derive(Debug, Clone)]
pub enum BaseUrlRule {
    /// The system has none: its host is a field.
    None,
    /// The user types it.
    Typed {
        /// What to type.
        help: String,
        /// An example.
        example: String,
        /// The path that is put behind the typed address. Whatever of it the address has already is taken off before.
        path: Option<Interpolation>,
        /// Paths of the system's pages and endpoints that people copy instead: the address ends before them.
        pages: Vec<String>,
        /// Addresses that are refused with a reason.
        refused: Vec<RefusedAddress>,
    },
    /// It follows from fields and is never typed.
    Derived {
        /// The address.
        url: Interpolation,
    },
    /// It follows from fields; a typed one takes its place.
    Overridable {
        /// The address.
        url: Interpolation,
        /// When to type another one.
        help: String,
        /// An example of a typed address.
        example: String,
    },
    /// It is the same for everybody, but for places.
    Fixed {
        /// The address.
        url: Interpolation,
    },
    /// A field chooses among a few.
    Choice {
        /// The field's id.
        field: String,
        /// The address for each of the field's choices.
        urls: BTreeMap<String, Interpolation>,
    },
}

/// An address of the system that cannot be used, and what to do about it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedAddress {
    /// What the typed address contains.
    pub(in crate::system) contains: String,
    /// The reason, as the rest of a sentence that starts with the address.
    pub(in crate::system) reason: String,
}

/// Why there is no base address.
///
/// # Security
///
/// No variant holds a value. Typed addresses are public, but this may be shown and logged anywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It must be typed, and was not.
    #[error("is needed: it looks like `{example}`")]
    Needed {
        /// An example.
        example: String,
    },
    /// It was typed, and follows from other things.
    #[error("is not typed for this system: it follows from the other fields")]
    NotTyped,
    /// It was typed, and the system has none.
    #[error("does not exist for this system")]
    NoAddress,
    /// The typed address may not be used.
    #[error("{reason}: it looks like `{example}`")]
    Address {
        /// An example.
        example: String,
        /// The fault.
        reason: origin::BaseUrlError,
    },
    /// The system has such addresses, and they cannot be used.
    #[error("{0}")]
    Refused(String),
    /// A field that it follows from has no value.
    #[error(transparent)]
    Missing(#[from] MissingValue),
    /// A field that it follows from has a value that could change the address's structure.
    #[error("the field `{0}` cannot be part of an address")]
    Field(String),
}

impl BaseUrlRule {
    /// The rule's name in templates and in JSON.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Typed { .. } => "typed",
            Self::Derived { .. } => "derived",
            Self::Overridable { .. } => "overridable",
            Self::Fixed { .. } => "fixed",
            Self::Choice { .. } => "choice",
        }
    }

    /// The ids of the fields that it follows from, each once.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let (first, texts): (Option<&str>, Vec<&Interpolation>) = match self {
            Self::None | Self::Typed { path: None, .. } => (None, Vec::new()),
            Self::Typed { path: Some(url), .. }
            | Self::Fixed { url }
            | Self::Derived { url }
            | Self::Overridable { url, .. } => (None, vec![url]),
            Self::Choice { field, urls } => (Some(field), urls.values().collect()),
        };
        let mut fields: Vec<&str> = first.into_iter().collect();
        for id in texts.into_iter().flat_map(Interpolation::fields) {
            if !fields.contains(&id) {
                fields.push(id);
            }
        }
        fields
    }

    /// Whether the address is an origin alone, whatever the values are.
    pub(in crate::system) fn has_no_path(&self) -> bool {
        let is_origin = |url: &Interpolation| {
            let text = url.to_string();
            !text.trim_start_matches("https://").trim_end_matches('/').contains('/')
        };
        match self {
            Self::Fixed { url } | Self::Derived { url } => is_origin(url),
            Self::Choice { urls, .. } => urls.values().all(is_origin),
            Self::None | Self::Typed { .. } | Self::Overridable { .. } => false,
        }
    }

    /// The typed address without what was copied with it: spaces and quotation marks around it, and the paths of the
    /// system's pages and of its API, which is put behind it again. A host alone gets `https`.
    pub(in crate::system) fn tidied(&self, typed: &str) -> String {
        let typed = pasted::bare(typed);
        let host = typed.split(['/', ':', '?']).next().unwrap_or_default();
        let is_host_alone = !typed.contains("://") && host.contains('.') && address::is_host_name(host);
        let typed = if is_host_alone { format!("https://{typed}") } else { typed };
        let Self::Typed { path, pages, refused, .. } = self else { return typed };
        if refused.iter().any(|refused| typed.contains(&refused.contains)) {
            return typed;
        }
        let mut rest = typed.as_str();
        for page in pages {
            rest = before_page(rest, page);
        }
        match path {
            Some(path) => before_path(rest, path).to_owned(),
            None => rest.to_owned(),
        }
    }

    /// Checks the typed address, or its absence, against the rule.
    pub(in crate::system) fn check_typed(
        &self,
        typed: Option<&str>,
        schemes: &[Scheme],
    ) -> Result<(), BaseUrlError> {
        match (self, typed) {
            (Self::Typed { example, refused, .. }, Some(typed)) => {
                match refused.iter().find(|refused| typed.contains(&refused.contains)) {
                    Some(refused) => Err(BaseUrlError::Refused(refused.reason.clone())),
                    None => check_address(typed, schemes, example),
                }
            }
            (Self::Overridable { example, .. }, Some(typed)) => check_address(typed, schemes, example),
            (Self::Typed { example, .. }, None) => Err(BaseUrlError::Needed { example: example.clone() }),
            (Self::None, Some(_)) => Err(BaseUrlError::NoAddress),
            (Self::Derived { .. } | Self::Fixed { .. } | Self::Choice { .. }, Some(_)) => {
                Err(BaseUrlError::NotTyped)
            }
            (
                Self::None
                | Self::Derived { .. }
                | Self::Overridable { .. }
                | Self::Fixed { .. }
                | Self::Choice { .. },
                None,
            ) => Ok(()),
        }
    }

    /// The address, if the system has one.
    pub(in crate::system) fn render<'v>(
        &self,
        typed: Option<&str>,
        schemes: &[Scheme],
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Option<String>, BaseUrlError> {
        self.check_typed(typed, schemes)?;
        match (self, typed) {
            (Self::None, _) => Ok(None),
            (Self::Typed { path: None, .. }, Some(typed)) => Ok(Some(typed.to_owned())),
            (Self::Overridable { url, .. }, Some(typed)) => {
                let derived = render_url(url, Place::Authority, values).ok();
                Ok(Some(
                    derived
                        .and_then(|derived| with_path_of(typed, &derived))
                        .unwrap_or_else(|| typed.to_owned()),
                ))
            }
            (Self::Typed { path: Some(path), .. }, Some(typed)) => {
                let rendered = render_url(path, Place::Path, values)?;
                Ok(Some(put_behind(before_path(typed, path), &rendered)))
            }
            (Self::Typed { example, .. }, None) => Err(BaseUrlError::Needed { example: example.clone() }),
            (Self::Derived { url } | Self::Overridable { url, .. } | Self::Fixed { url }, _) => {
                render_url(url, Place::Authority, values).map(Some)
            }
            (Self::Choice { field, urls }, _) => {
                let chosen = values(field).ok_or_else(|| MissingValue::of(field))?;
                let url = urls.get(chosen).ok_or_else(|| BaseUrlError::Field(field.clone()))?;
                render_url(url, Place::Authority, values).map(Some)
            }
        }
    }
}

fn check_address(typed: &str, schemes: &[Scheme], example: &str) -> Result<(), BaseUrlError> {
    match origin::BaseUrl::parse(typed, schemes) {
        Ok(_) => Ok(()),
        Err(reason) => Err(BaseUrlError::Address { example: example.to_owned(), reason }),
    }
}
