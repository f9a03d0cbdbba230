//! Randomness for tests.

use keyward_shared::moment::Random;

/// Bytes that are all the same.
pub(super) struct Same(pub(super) u8);

impl Random for Same {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}
