//! All keys and their aliases, and how a request names one of them.

use std::collections::BTreeMap;

use aws_lc_rs::error::Unspecified;
use jiff::Timestamp;

use super::{
    error::KmsError,
    key::{Key, KeyId, KeySpec, KeyState, Secrets, alias_arn_prefix, key_arn_prefix},
};

/// What every alias starts with.
const ALIAS_PREFIX: &str = "alias/";

/// The keys that Keyward uses, made on the first start: alias, kind, description.
const KEYS_OF_KEYWARD: [(&str, KeySpec, &str); 5] = [
    (super::WRAPPING_KEY, KeySpec::Encryption, "Wraps the data keys that secrets are sealed under"),
    (super::FINGERPRINT_KEY, KeySpec::Mac, "Fingerprints request bodies for idempotency"),
    (super::ROW_KEY, KeySpec::Mac, "Authenticates rows that grant something"),
    (super::CHECKPOINT_KEY, KeySpec::Signing, "Signs checkpoints of the audit trail"),
    (super::TOKEN_KEY, KeySpec::RsaSigning, "Signs access tokens"),
];

/// The keys and aliases at one moment. A copy shares the secrets, so that a change is made on a copy, saved, and
/// only then shown to other requests.
#[derive(Clone, Default)]
pub(super) struct Keyring {
    keys: BTreeMap<KeyId, Key>,
    aliases: BTreeMap<String, KeyId>,
}

impl Keyring {
    /// One with the keys of Keyward, each under its alias.
    ///
    /// # Errors
    ///
    /// When the random generator fails.
    pub(super) fn of_keyward(now: Timestamp) -> Result<Self, Unspecified> {
        let mut keyring = Self::default();
        for (alias, spec, description) in KEYS_OF_KEYWARD {
            let id = keyring.create(spec, description.to_owned(), now)?.id;
            keyring.aliases.insert(alias.to_owned(), id);
        }
        Ok(keyring)
    }

    /// One that was stored. An alias of no key is dropped.
    pub(super) fn stored(keys: Vec<Key>, mut aliases: BTreeMap<String, KeyId>) -> Self {
        let keys: BTreeMap<_, _> = keys.into_iter().map(|key| (key.id, key)).collect();
        aliases.retain(|_, id| keys.contains_key(id));
        Self { keys, aliases }
    }

    /// All keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }

    /// All aliases and the key of each.
    pub(super) fn aliases(&self) -> impl Iterator<Item = (&str, KeyId)> {
        self.aliases.iter().map(|(alias, id)| (alias.as_str(), *id))
    }

    /// Makes a key.
    ///
    /// # Errors
    ///
    /// When the random generator fails.
    pub(super) fn create(
        &mut self,
        spec: KeySpec,
        description: String,
        now: Timestamp,
    ) -> Result<Key, Unspecified> {
        let key = Key {
            id: KeyId::generate()?,
            description,
            created_at: now,
            state: KeyState::Enabled,
            secrets: Secrets::generate(spec)?,
        };
        self.keys.insert(key.id, key.clone());
        Ok(key)
    }

    /// Gives a key one more name.
    ///
    /// # Errors
    ///
    /// When the name is not one of an alias, is taken, or the key is named by an alias or not there.
    pub(super) fn create_alias(&mut self, alias: String, target: &str) -> Result<(), KmsError> {
        let rest = alias.strip_prefix(ALIAS_PREFIX).unwrap_or_default();
        let well_formed = (1..=250).contains(&rest.len())
            && !rest.starts_with("aws/")
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte));
        if !well_formed {
            return Err(KmsError::Validation(format!(
                "the alias must be {ALIAS_PREFIX} and up to 250 characters of a-z, A-Z, 0-9, /, _ and -"
            )));
        }
        let id = self.key_by_id_mut(target)?.id;
        match self.aliases.entry(alias) {
            std::collections::btree_map::Entry::Occupied(taken) => {
                Err(KmsError::AlreadyExists(taken.key().clone()))
            }
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(id);
                Ok(())
            }
        }
    }

    /// The key of that id, ARN, alias or ARN of an alias.
    ///
    /// # Errors
    ///
    /// [`KmsError::NotFound`].
    pub(super) fn key(&self, name: &str) -> Result<&Key, KmsError> {
        let alias = name.strip_prefix(&alias_arn_prefix()).unwrap_or(name);
        self.aliases
            .get(alias)
            .copied()
            .or_else(|| key_id(name))
            .and_then(|id| self.keys.get(&id))
            .ok_or_else(|| not_found(name))
    }

    /// The key that a ciphertext names.
    pub(super) fn key_of_id(&self, id: KeyId) -> Option<&Key> {
        self.keys.get(&id)
    }

    /// The key of that id or ARN, to change it. As on AWS, an alias does not do here.
    ///
    /// # Errors
    ///
    /// [`KmsError::NotFound`].
    pub(super) fn key_by_id_mut(&mut self, name: &str) -> Result<&mut Key, KmsError> {
        key_id(name).and_then(|id| self.keys.get_mut(&id)).ok_or_else(|| not_found(name))
    }
}

fn key_id(name: &str) -> Option<KeyId> {
    name.strip_prefix(&key_arn_prefix()).unwrap_or(name).parse().ok()
}

fn not_found(name: &str) -> KmsError {
    let kind = if name.contains(ALIAS_PREFIX) { "Alias" } else { "Key" };
    KmsError::NotFound(format!("{kind} '{name}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring() -> Keyring {
        Keyring::of_keyward(Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_key_answers_to_id_arn_alias_and_arn_of_its_alias() {
        let keyring = keyring();
        let (alias, id) = keyring.aliases().next().unwrap();
        for name in
            [id.to_string(), id.arn(), alias.to_owned(), format!("arn:aws:kms:local:000000000000:{alias}")]
        {
            assert_eq!(keyring.key(&name).map(|key| key.id), Ok(id), "{name}");
        }
    }

    #[test]
    fn other_names_are_not_found() {
        let keyring = keyring();
        let id = keyring.keys().next().unwrap().id;
        for name in [
            String::new(),
            "alias/".to_owned(),
            "alias/other".to_owned(),
            "keyward-wrapping".to_owned(),
            KeyId::from_bytes([0; 16]).to_string(),
            format!("arn:aws:kms:us-east-1:000000000000:key/{id}"),
            format!("arn:aws:kms:local:111111111111:key/{id}"),
        ] {
            assert!(matches!(keyring.key(&name), Err(KmsError::NotFound(_))), "{name}");
        }
    }

    #[test]
    fn a_key_is_not_changed_through_an_alias() {
        assert!(matches!(keyring().key_by_id_mut(crate::kms::WRAPPING_KEY), Err(KmsError::NotFound(_))));
    }

    #[test]
    fn an_alias_is_given_once_and_only_if_well_formed() {
        let mut keyring = keyring();
        let id = keyring.keys().next().unwrap().id.to_string();
        assert_eq!(keyring.create_alias("alias/mine".to_owned(), &id), Ok(()));
        assert!(matches!(
            keyring.create_alias("alias/mine".to_owned(), &id),
            Err(KmsError::AlreadyExists(_))
        ));
        for alias in ["", "alias/", "mine", "alias/aws/mine", "alias/a b", "alias/a:b"] {
            assert!(
                matches!(keyring.create_alias(alias.to_owned(), &id), Err(KmsError::Validation(_))),
                "{alias}"
            );
        }
    }
}
