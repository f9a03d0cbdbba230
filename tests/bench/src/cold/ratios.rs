//! What the runs say: each measure's median with its least and its greatest, and ratios of the runs of one round.

use serde::Serialize;

use crate::run::Run;

/// More than this many times what it was counts as slower.
const SLOWER: f64 = 1.1;

/// A median of several figures.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    /// `None` without a figure.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().filter(|figure| figure.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (least, greatest) = (*sorted.first()?, *sorted.last()?);
        let upper = *sorted.get(sorted.len() / 2)?;
        let lower = *sorted.get((sorted.len() - 1) / 2)?;
        Some(Self { median: f64::midpoint(lower, upper), least, greatest })
    }
}

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

/// The ratio of two subjects in one measure, round by round.
pub(crate) fn ratio(over: &[Run], under: &[Run], measure: fn(&Run) -> f64) -> Option<Spread> {
    Spread::of(over.iter().zip(under).map(|(over, under)| measure(over) / measure(under)))
}

/// Whether a ratio to what was there before says that it got slower. The slowest few of some requests swing too much.
pub(crate) fn is_slower(measure: &str, ratio: Spread) -> bool {
    measure != "warm_p99_ms" && ratio.median > SLOWER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_median_with_the_least_and_the_greatest() {
        let of =
            |figures: &[f64]| Spread::of(figures.iter().copied()).map(|s| (s.median, s.least, s.greatest));
        assert_eq!(of(&[3.0, 1.0, 2.0]), Some((2.0, 1.0, 3.0)));
        assert_eq!(of(&[4.0, 1.0, 2.0, 3.0]), Some((2.5, 1.0, 4.0)));
        assert_eq!(of(&[f64::NAN, 5.0]), Some((5.0, 5.0, 5.0)));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn more_than_a_tenth_is_slower() {
        let ratio = |median| Spread { median, least: 0.5, greatest: 9.0 };
        assert!(is_slower("cold_ms", ratio(1.11)));
        assert!(!is_slower("cold_ms", ratio(1.09)));
        assert!(!is_slower("warm_p99_ms", ratio(2.0)));
    }
}
