//! How much work passphrases may take.

use super::NotAPrivateKey;

/// The work that the passphrases of one request may still take. Whoever made a key chose how much its passphrase takes, and a
/// function has a second or two of a processor: so the work is told from the key's own numbers, before it is done.
pub struct Work {
    milliseconds_left: u64,
}

impl Default for Work {
    /// On a whole processor. The functions that save keys have a fourteenth of one, and 29 seconds.
    fn default() -> Self {
        Self { milliseconds_left: 1_500 }
    }
}

impl Work {
    /// Takes this much of what is left.
    pub(super) const fn spend(&mut self, milliseconds: u64) -> Result<(), NotAPrivateKey> {
        match self.milliseconds_left.checked_sub(milliseconds) {
            Some(left) => {
                self.milliseconds_left = left;
                Ok(())
            }
            None => Err(NotAPrivateKey::Rounds),
        }
    }
}
