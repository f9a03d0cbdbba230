//! The system library: which systems a key can be for, and what Keyward must know of each.
//!
//! A system is data: one file in TOML under `shared/systems/`, built into the code as JSON and read once. Its [`Template`] is the one
//! source for the form, the JSON template, validation and the API's document. [`Library::shipped`] is the way in.
//!
//! A template is checked when it is read: every place in a text names a field that exists, every choice is a
//! word that the code knows, every pattern is anchored. So code that uses a template has no such case to
//! consider.
//!
//! Public values that become a part of an address have strict patterns. Secrets have next to none: a vendor may
//! change what its tokens look like on any day, and a key that cannot be saved helps nobody. Whether a secret is the
//! right one, [`Verify`] finds out.

mod address;
#[cfg(test)]
mod as_json;
mod base_url;
mod check_path;
mod constant_header;
mod example;
mod field;
mod field_error;
#[cfg(test)]
mod file_name;
mod id;
mod library;
#[cfg(test)]
mod line;
mod origins;
mod pasted;
mod raw;
mod read;
pub mod rule;
mod template;
mod tidy;
mod verify;

#[cfg(test)]
mod shipped;

pub use address::AddressError;
pub use base_url::{BaseUrlError, BaseUrlRule};
pub use check_path::CheckPath;
pub use constant_header::{ConstantHeader, Standing};
pub use example::{AddressExample, Example, ValueExample, VariantExample};
pub use field::{
    Choice, FieldKind, FieldTemplate, Pattern, PatternError, PrivateKeyError, PrivateKeyRule, ShowWhen,
};
pub use field_error::FieldError;
pub use id::{NotASystemId, SystemId};
pub use library::{Library, LibraryError, Listed};
pub use origins::OriginRole;
pub use template::{AuthVariant, HeaderRule, Host, Kind, Template};
pub use tidy::Spelling;
pub use verify::{CheckBody, HttpCheck, JsonPointer, SoapCheck, Verify};
