//! Key material: the bytes that a key encrypts with, and their versions.
//!
//! A rotation adds a version and keeps all earlier ones, so that a blob opens for as long as its key exists.

use std::{fmt, num::NonZeroU32, sync::Arc};

use aws_lc_rs::error::Unspecified;
use keyward_shared::secret::SecretKey;

/// The place of a material in its key: 1 is the one that the key was created with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MaterialVersion(NonZeroU32);

impl MaterialVersion {
    /// The material that a key is created with.
    pub(super) const FIRST: Self = Self(NonZeroU32::MIN);

    /// From a ciphertext blob. There is no version 0.
    pub(super) fn from_be_bytes(bytes: [u8; 4]) -> Option<Self> {
        NonZeroU32::new(u32::from_be_bytes(bytes)).map(Self)
    }

    /// For a ciphertext blob.
    pub(super) const fn to_be_bytes(self) -> [u8; 4] {
        self.0.get().to_be_bytes()
    }
}

/// The public name of a material: 64 hexadecimal digits, as `KeyMaterialId` has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MaterialId([u8; 32]);

impl From<[u8; 32]> for MaterialId {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for MaterialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// One version of an encryption key.
pub(super) struct Material {
    id: MaterialId,
    secret: SecretKey,
}

impl Material {
    /// A new one, from the random generator.
    ///
    /// # Errors
    ///
    /// When the generator fails.
    pub(super) fn generate() -> Result<Self, Unspecified> {
        let mut id = [0; 32];
        aws_lc_rs::rand::fill(&mut id)?;
        Ok(Self::new(MaterialId(id), random_secret()?))
    }

    /// One that was stored.
    pub(super) const fn new(id: MaterialId, secret: SecretKey) -> Self {
        Self { id, secret }
    }

    /// Its public name.
    pub(super) const fn id(&self) -> MaterialId {
        self.id
    }

    /// The AES-256 key.
    pub(super) const fn secret(&self) -> &SecretKey {
        &self.secret
    }
}

/// 32 random bytes that are a key.
///
/// # Errors
///
/// When the generator fails.
pub(super) fn random_secret() -> Result<SecretKey, Unspecified> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(bytes.as_mut_slice())?;
    Ok(SecretKey::from(*bytes))
}

/// All versions of an encryption key. There is always a current one.
#[derive(Clone)]
pub(super) struct Materials {
    older: Vec<Arc<Material>>,
    current: Arc<Material>,
}

impl Materials {
    /// Those of a key that was never rotated.
    pub(super) fn first(material: Material) -> Self {
        Self { older: Vec::new(), current: Arc::new(material) }
    }

    /// Makes `material` the current one and keeps the others.
    pub(super) fn rotate(&mut self, material: Material) {
        self.older.push(std::mem::replace(&mut self.current, Arc::new(material)));
    }

    /// The material that new blobs are sealed under.
    pub(super) fn current(&self) -> (MaterialVersion, &Material) {
        let older = u32::try_from(self.older.len()).unwrap_or(u32::MAX);
        let version = MaterialVersion(MaterialVersion::FIRST.0.saturating_add(older));
        (version, &self.current)
    }

    /// The material of that version, if there is one.
    pub(super) fn version(&self, version: MaterialVersion) -> Option<&Material> {
        let place = usize::try_from(version.0.get() - 1).ok()?;
        self.oldest_first().nth(place)
    }

    /// All of them, from version 1 on.
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = &Material> {
        self.older.iter().chain([&self.current]).map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_keeps_every_earlier_version_at_its_number() {
        let mut materials = Materials::first(Material::generate().unwrap());
        let mut seen = vec![(materials.current().0, materials.current().1.id())];
        for _ in 0..3 {
            materials.rotate(Material::generate().unwrap());
            seen.push((materials.current().0, materials.current().1.id()));
        }
        for (version, id) in &seen {
            assert_eq!(materials.version(*version).map(Material::id), Some(*id));
        }
        assert_eq!(seen.last().map(|(version, _)| version.to_be_bytes()), Some([0, 0, 0, 4]));
    }

    #[test]
    fn there_is_no_version_before_the_first_or_after_the_current() {
        let materials = Materials::first(Material::generate().unwrap());
        assert_eq!(MaterialVersion::from_be_bytes([0; 4]), None);
        let next = MaterialVersion::from_be_bytes([0, 0, 0, 2]).unwrap();
        assert!(materials.version(next).is_none());
    }
}
