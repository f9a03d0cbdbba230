//! The time and the randomness of the machine that a process runs on.

use jiff::Timestamp;
use keyward_shared::moment::{Clock, Random};

/// The machine's clock, in whole milliseconds: nothing that is shown or stored needs more.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock's one home")]
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// The operating system's generator, by way of AWS-LC.
pub struct SystemRandom;

impl Random for SystemRandom {
    /// # Panics
    ///
    /// When the operating system gives no randomness: nothing may be sealed or signed then.
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::expect_used, reason = "going on without randomness would be worse than stopping")]
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
    }
}
