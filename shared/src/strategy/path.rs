//! A credential at the beginning of the path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Before, Failed, Fault, Parameters, Scheme, Unsigned, Values};
use crate::{
    interpolation::{Interpolation, MissingValue, Part},
    moment::Random,
    secret::SecretText,
    signing::{Authenticator, Owned, Reveals, Signed},
};

/// All but the unreserved characters (RFC 3986 §2.3) and the colon, which tokens have and a segment may have (§3.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// A credential at the beginning of the path: the base address has none of its own, and paths of requests come behind it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// The segments, with places: `bot{token}`.
    prefix: Interpolation,
}

impl Path {
    /// The segments with the values in their places. Each value stays within its segment.
    fn rendered(&self, values: &impl Values) -> Result<SecretText, Failed> {
        let mut pieces: Vec<Zeroizing<String>> = Vec::new();
        for part in self.prefix.parts() {
            pieces.push(match part {
                Part::Text(text) => Zeroizing::new(text.clone()),
                Part::Field { id, form } => {
                    let value = form.write(values.get(id).ok_or_else(|| MissingValue::of(id))?);
                    let leaves = |character: char| character.is_control() || "/\\;?#%".contains(character);
                    if value.is_empty() || value.chars().any(leaves) || value.chars().all(|dot| dot == '.') {
                        let reason = "must be a part of one segment of a path, without slash, backslash, `;`, `?`, `#` and `%`";
                        return Err(Failed::Field { field: id.clone(), reason });
                    }
                    let mut encoded = Zeroizing::new(String::with_capacity(3 * value.len()));
                    encoded.extend(utf8_percent_encode(&value, SEGMENT));
                    encoded
                }
            });
        }
        let mut whole = String::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
        pieces.iter().for_each(|piece| whole.push_str(piece));
        Ok(SecretText::from(whole))
    }
}

impl Scheme for Path {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default().secret("prefix", &self.prefix)
    }

    fn fault(&self) -> Option<Fault> {
        let text = self.prefix.to_string();
        let odd = |segment: &str| segment.is_empty() || segment.chars().all(|dot| dot == '.');
        let has_odd = self.prefix.parts().iter().any(|part| match part {
            Part::Text(text) => {
                !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte))
            }
            Part::Field { .. } => false,
        });
        let reason = "must be segments of a path without a slash around them, such as `bot{token}`";
        (has_odd || text.split('/').any(odd)).then(|| ("prefix", reason.to_owned()))
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        Vec::new()
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        request.with(&Authenticator::Path { prefix: &self.rendered(values)? })
    }
}
