//! What is measured of a run, and when a ratio says that it got slower.

use keyward_bench::spread::{Spread, is_worse};

use crate::run::Run;

/// A measure of a run.
pub(crate) type Measure = (&'static str, fn(&Run) -> f64);

/// Those that are compared.
pub(crate) const MEASURES: [Measure; 9] = [
    ("init_ms", |run| run.init_ms),
    ("first_ms", |run| run.first_ms),
    ("cold_ms", |run| run.cold_ms),
    ("cold_cpu_ms", |run| run.cold_cpu_ms),
    ("first_cpu_ms", |run| run.first_cpu_ms),
    ("warm_p50_ms", |run| run.warm_p50_ms),
    ("warm_p99_ms", |run| run.warm_p99_ms),
    ("warm_cpu_ms", |run| run.warm_cpu_ms),
    #[expect(clippy::cast_precision_loss, reason = "no process has so many bytes")]
    ("peak_bytes", |run| run.peak_bytes as f64),
];

/// Whether a ratio to what was there before says that it got slower. The slowest few of some requests swing too much.
pub(crate) fn is_slower(measure: &str, ratio: Spread) -> bool {
    measure != "warm_p99_ms" && is_worse(ratio.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_tenth_is_slower() {
        let ratio = |median| Spread { median, least: 0.5, greatest: 9.0 };
        assert!(is_slower("cold_ms", ratio(1.11)));
        assert!(!is_slower("cold_ms", ratio(1.09)));
        assert!(!is_slower("warm_p99_ms", ratio(2.0)));
    }
}
