//! What several runs say together: the median of a figure, with its least and its greatest.

use serde::Serialize;

/// More than this many times what it was counts as worse.
const WORSE: f64 = 1.1;

/// Whether a ratio to what was there before is to be named.
#[must_use]
pub fn is_worse(ratio: f64) -> bool {
    ratio > WORSE
}

/// A median of several figures.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spread {
    /// The figure in the middle.
    pub median: f64,
    /// The least figure.
    pub least: f64,
    /// The greatest figure.
    pub greatest: f64,
}

impl Spread {
    /// `None` without a figure. What is no number is left out.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().filter(|figure| figure.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (least, greatest) = (*sorted.first()?, *sorted.last()?);
        let upper = *sorted.get(sorted.len() / 2)?;
        let lower = *sorted.get((sorted.len() - 1) / 2)?;
        Some(Self { median: f64::midpoint(lower, upper), least, greatest })
    }

    /// The ratios of two subjects' figures, round by round.
    pub fn of_ratios<R>(over: &[R], under: &[R], figure: impl Fn(&R) -> f64) -> Option<Self> {
        Self::of(over.iter().zip(under).map(|(over, under)| figure(over) / figure(under)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(spread: Option<Spread>) -> Option<(f64, f64, f64)> {
        spread.map(|spread| (spread.median, spread.least, spread.greatest))
    }

    #[test]
    fn a_spread_is_the_median_with_the_least_and_the_greatest() {
        let of = |figures: &[f64]| all(Spread::of(figures.iter().copied()));
        assert_eq!(of(&[3.0, 1.0, 2.0]), Some((2.0, 1.0, 3.0)));
        assert_eq!(of(&[4.0, 1.0, 2.0, 3.0]), Some((2.5, 1.0, 4.0)));
        assert_eq!(of(&[f64::NAN, 5.0]), Some((5.0, 5.0, 5.0)));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn more_than_a_tenth_is_worse() {
        assert!(is_worse(1.11));
        assert!(!is_worse(1.09));
        assert!(!is_worse(0.5));
    }

    #[test]
    fn ratios_are_made_within_a_round() {
        let ratios = Spread::of_ratios(&[2.0, 30.0, 8.0], &[1.0, 10.0, 2.0], |figure| *figure);
        assert_eq!(all(ratios), Some((3.0, 2.0, 4.0)));
    }
}
