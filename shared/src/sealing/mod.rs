//! Sealing: how one secret field becomes bytes that may be stored, and how it becomes text again.
//!
//! All secrets of one write are sealed under one data key, which comes from the key management service and
//! stands, wrapped, beside what it seals. A sealed field is bound to its [`Place`]: to the account, key, entry
//! and field that it belongs to, and to every public value that says where the secret may be sent. Change any
//! of them and it no longer opens.
//!
//! The construction is that of the AWS Encryption SDK's suite 0x0478 (HKDF-SHA-512, AES-256-GCM, key
//! commitment), with labels of our own and without its message header. `docs/sealing.md` has every byte of it,
//! and `docs/open_item.py` opens a stored item without this code.
//!
//! What is deliberately absent: an opening function that does not check the [`FieldHash`]. A value that was
//! genuine once, and was put back by somebody who can write to the vault, is genuine to the cipher; only the
//! hash in the key's row knows that it is not the current one.

mod binding;
mod data_key;
mod derivation;
mod encoding;
mod entry_name;
mod field;
mod field_hash;
mod hint;
mod place;
mod primitives;
mod rewrap;
mod sealed_field;

#[cfg(test)]
mod published_vectors;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod test_vector;

pub use binding::{Binding, DuplicateRole};
pub use data_key::{DataKey, EncryptionContext, Owner, SealKind, WrappedDataKey};
pub use entry_name::{EntryName, UnknownEntryName};
pub use field::{OpenError, SealError, open_and_check, seal};
pub use field_hash::{FieldHash, NotAFieldHash, hash_field};
pub use hint::hint;
pub use place::Place;
pub use rewrap::{RewrapError, Rewrapped};
pub use sealed_field::{SealedField, UnknownFormat};
