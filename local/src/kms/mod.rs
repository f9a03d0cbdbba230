//! An embedded KMS for a local stack: the real protocol, real cryptography, keys in a file.
//!
//! The AWS SDK talks to it over loopback as it talks to AWS. What it must have in common with the real one is
//! what Keyward rests on: a ciphertext opens only with the encryption context that it was sealed with and only
//! unchanged; a rotated key still opens what it sealed before; a signature verifies against the public key; and
//! a request is answered only when its effect is on disk.
//!
//! What it has not: policies and grants (whoever reaches the port may do everything), `Encrypt`, scheduled
//! deletion, imported material, keys in other regions.
//!
//! # Security
//!
//! The wrapping key lies in a file, in the clear: this is for trying Keyward out, never for real credentials.
//! Keys live in types that are wiped when dropped; what passes through HTTP is not.

mod ciphertext;
mod context;
mod error;
mod key;
mod keyring;
mod material;
mod operations;
mod pair;
mod protocol;
mod record;
mod store;
mod wire;

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use aws_lc_rs::digest::{Digest, SHA256};
use axum::Router;
use keyward_shared::moment::Clock;
use serde::{Serialize, de::DeserializeOwned};

use error::KmsError;
use key::KeyState;
use keyring::Keyring;
use operations::{Operation, data_keys, keys, macs, signatures};
use store::Store;
pub use store::StoreError;
pub(crate) use store::{KEYS as KEYS_FILE, LOCK as LOCK_FILE};

/// Alias of the key that wraps data keys (`SYMMETRIC_DEFAULT`).
pub const WRAPPING_KEY: &str = "alias/keyward-wrapping";
/// Alias of the key that fingerprints request bodies (`HMAC_256`).
pub const FINGERPRINT_KEY: &str = "alias/keyward-fingerprint";
/// Alias of the key that authenticates rows which grant something (`HMAC_256`).
pub const ROW_KEY: &str = "alias/keyward-rows";
/// Alias of the key that signs audit checkpoints (`ECC_NIST_P256`).
pub const CHECKPOINT_KEY: &str = "alias/keyward-checkpoint";
/// Alias of the key that signs access tokens (`RSA_2048`).
pub const TOKEN_KEY: &str = "alias/keyward-token";

/// The embedded KMS. It holds its directory for as long as it lives.
pub struct EmbeddedKms {
    store: Store,
    clock: Box<dyn Clock>,
    keyring: Mutex<Arc<Keyring>>,
}

impl EmbeddedKms {
    /// Opens the KMS whose keys are in `directory`. On the first start it makes the directory and, in it, the keys
    /// that Keyward uses: [`WRAPPING_KEY`], [`FINGERPRINT_KEY`], [`ROW_KEY`], [`CHECKPOINT_KEY`] and [`TOKEN_KEY`].
    ///
    /// # Errors
    ///
    /// When another stack holds the directory, or its files cannot be read or written.
    pub fn open(directory: &Path, clock: Box<dyn Clock>) -> Result<Self, StoreError> {
        let store = Store::open(directory)?;
        let keyring = match store.load()? {
            Some(keyring) => keyring,
            None => {
                let keyring = Keyring::of_keyward(clock.now()).map_err(|_| StoreError::Random)?;
                store.save(&keyring)?;
                keyring
            }
        };
        Ok(Self { store, clock, keyring: Mutex::new(Arc::new(keyring)) })
    }

    /// The HTTP service, for a loopback listener.
    pub fn router(self: Arc<Self>) -> Router {
        protocol::router(self)
    }

    /// The answer to a call without HTTP. `None` for one that it refuses, which has changed nothing.
    pub(crate) fn direct(&self, target: &str, body: &[u8]) -> Option<Vec<u8>> {
        protocol::call(self, target, body).ok()
    }

    /// The public half of a key for signatures, as a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7) in DER.
    pub(crate) fn public_key(&self, name: &str) -> Option<Vec<u8>> {
        let keyring = Arc::clone(&*self.keyring.lock().ok()?);
        keyring.key(name).ok()?.key_pair("GetPublicKey").ok()?.public_key().ok()
    }

    /// The signature of a key over the message of a SHA-256, without HTTP.
    pub(crate) fn sign_digest(&self, name: &str, digest: &[u8]) -> Option<Vec<u8>> {
        let keyring = Arc::clone(&*self.keyring.lock().ok()?);
        let digest = Digest::import_less_safe(digest, &SHA256).ok()?;
        keyring.key(name).ok()?.key_pair("Sign").ok()?.sign(&digest).ok()
    }

    fn run(&self, operation: Operation, body: &[u8]) -> Result<Vec<u8>, KmsError> {
        match operation {
            Operation::CreateAlias => self.change_silently(body, keys::create_alias),
            Operation::CreateKey => {
                self.change(body, |keyring, request| keys::create_key(keyring, request, self.clock.now()))
            }
            Operation::Decrypt => self.read(body, data_keys::decrypt),
            Operation::DescribeKey => self.read(body, keys::describe_key),
            Operation::DisableKey => self.change_silently(body, |keyring, request| {
                keys::set_state(keyring, request, KeyState::Disabled)
            }),
            Operation::EnableKey => self.change_silently(body, |keyring, request| {
                keys::set_state(keyring, request, KeyState::Enabled)
            }),
            Operation::GenerateDataKey => self.read(body, data_keys::generate_data_key),
            Operation::GenerateMac => self.read(body, macs::generate_mac),
            Operation::GetPublicKey => self.read(body, signatures::get_public_key),
            Operation::ReEncrypt => self.read(body, data_keys::re_encrypt),
            Operation::RotateKeyOnDemand => self.change(body, keys::rotate_key),
            Operation::Sign => self.read(body, signatures::sign),
            Operation::Verify => self.read(body, signatures::verify),
            Operation::VerifyMac => self.read(body, macs::verify_mac),
        }
    }

    fn read<Q: DeserializeOwned, A: Serialize>(
        &self,
        body: &[u8],
        operation: impl FnOnce(&Keyring, Q) -> Result<A, KmsError>,
    ) -> Result<Vec<u8>, KmsError> {
        let keyring = Arc::clone(&*self.keyring.lock()?);
        written(&operation(&keyring, parsed(body)?)?)
    }

    /// Changes a copy of the keys, saves it, and only then lets others see it. Changes wait for each other.
    fn change<Q: DeserializeOwned, A: Serialize>(
        &self,
        body: &[u8],
        operation: impl FnOnce(&mut Keyring, Q) -> Result<A, KmsError>,
    ) -> Result<Vec<u8>, KmsError> {
        let request = parsed(body)?;
        let mut current = self.keyring.lock()?;
        let mut next = Keyring::clone(&current);
        let answer = operation(&mut next, request)?;
        self.store.save(&next)?;
        *current = Arc::new(next);
        written(&answer)
    }

    /// A change whose answer is an empty body.
    fn change_silently<Q: DeserializeOwned>(
        &self,
        body: &[u8],
        operation: impl FnOnce(&mut Keyring, Q) -> Result<(), KmsError>,
    ) -> Result<Vec<u8>, KmsError> {
        self.change(body, operation).map(|_| Vec::new())
    }
}

fn parsed<Q: DeserializeOwned>(body: &[u8]) -> Result<Q, KmsError> {
    serde_json::from_slice(body).map_err(|_| KmsError::Serialization)
}

fn written(answer: &impl Serialize) -> Result<Vec<u8>, KmsError> {
    serde_json::to_vec(answer).map_err(|_| KmsError::Internal)
}
