//! Addresses with places for values: each value stays in its place.

use super::BaseUrlError;
use crate::{
    interpolation::{Interpolation, MissingValue, Part},
    system::address,
};

/// Which part of an address a value stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::system) enum Place {
    Authority,
    Path,
}

/// Renders an address whose text starts in `place`.
///
/// # Security
///
/// The patterns of the fields already keep values harmless. This holds without them: in the authority a value is
/// letters, digits, dots and hyphens, and in the path it is one segment of unreserved characters (RFC 3986 §2.3)
/// that climbs nowhere. So no value can bring in a scheme, a user, a port, another host, a slash or a query.
pub(in crate::system) fn render_url<'v>(
    url: &Interpolation,
    start: Place,
    values: impl Fn(&str) -> Option<&'v str>,
) -> Result<String, BaseUrlError> {
    let mut place = start;
    let mut rendered = String::new();
    for part in url.parts() {
        match part {
            Part::Text(text) => {
                rendered.push_str(text);
                let after_scheme = rendered.split_once("://").map_or("", |(_, rest)| rest);
                if after_scheme.contains('/') {
                    place = Place::Path;
                }
            }
            Part::Field { id, form } => {
                let value = values(id).ok_or_else(|| MissingValue::of(id))?;
                let value = form.write(value);
                let in_authority = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
                let harmless = match place {
                    Place::Authority => !value.is_empty() && value.bytes().all(in_authority),
                    Place::Path => {
                        value.bytes().all(|byte| in_authority(byte) || matches!(byte, b'_' | b'~'))
                            && !value.bytes().all(|byte| byte == b'.')
                    }
                };
                if !harmless {
                    return Err(BaseUrlError::Field(id.clone()));
                }
                rendered.push_str(&value);
            }
        }
    }
    // As a whole: an account number is a good label of a host name, and no host name alone.
    let host = authority(&rendered).split(':').next().unwrap_or_default();
    if start == Place::Authority && !address::is_host_name(host) {
        let field = url.fields().next().unwrap_or("base_url");
        return Err(BaseUrlError::Field(field.to_owned()));
    }
    Ok(rendered)
}

/// The text between `://` and the path.
pub(super) fn authority(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or("", |(_, rest)| rest);
    after_scheme.split('/').next().unwrap_or_default()
}
