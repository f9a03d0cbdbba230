//! Whether a concurrent history can be explained: whether there is one order of its operations that agrees with what the
//! clients were told and keeps each operation between its call and its answer (linearizability; the search is that of
//! Wing and Gong, with Lowe's memory of configurations that were seen).

use std::collections::HashSet;

use super::model::{Op, Outcome, State, Step};

/// One operation of a history.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) op: Op,
    pub(super) outcome: Outcome,
    /// When it was called, and when it was answered, on the history's own clock.
    pub(super) called: u64,
    pub(super) answered: u64,
}

#[derive(Debug)]
pub(super) enum Verdict {
    Explained,
    /// No order explains it. The text tells how far the longest one came.
    Unexplained(String),
    /// The search was given up.
    Undecided,
}

/// The most configurations to look at: a history of the usual size has some hundreds.
const MAX_SEEN: usize = 300_000;

/// Which operations have taken place.
type Taken = [u64; 4];

fn is_taken(taken: &Taken, at: usize) -> bool {
    taken.get(at / 64).is_some_and(|bits| bits & (1 << (at % 64)) != 0)
}

fn take(taken: &Taken, at: usize) -> Taken {
    let mut taken = *taken;
    if let Some(bits) = taken.get_mut(at / 64) {
        *bits |= 1 << (at % 64);
    }
    taken
}

/// Searches for an order.
pub(super) fn check(history: &[Entry]) -> Verdict {
    assert!(history.len() <= 256, "{} operations are too many", history.len());
    let mut seen: HashSet<(Taken, State)> = HashSet::new();
    let mut open = vec![(Taken::default(), State::default())];
    let mut furthest = (0, String::new());
    while let Some((mut taken, state)) = open.pop() {
        // What changes nothing and is possible now can take place now: that hinders nothing else.
        let mut may_be_next = next(history, &taken);
        while let Some(at) = may_be_next.iter().copied().find(|at| changes_nothing(&state, &history[*at])) {
            taken = take(&taken, at);
            may_be_next = next(history, &taken);
        }
        let left = || (0..history.len()).filter(|at| !is_taken(&taken, *at)).map(|at| &history[at]);
        if left().all(|entry| entry.outcome == Outcome::Unknown) {
            return Verdict::Explained;
        }
        let done = taken.iter().map(|bits| bits.count_ones()).sum::<u32>();
        if done >= furthest.0 {
            let stuck: Vec<_> = may_be_next.iter().map(|at| format!("{:?}", history[*at])).collect();
            furthest = (
                done,
                format!(
                    "{done} operations lead to\n{state:?}\nand then none of these:\n{}",
                    stuck.join("\n")
                ),
            );
        }
        if !seen.insert((taken, state.clone())) {
            continue;
        }
        if seen.len() > MAX_SEEN {
            return Verdict::Undecided;
        }
        for at in may_be_next {
            let entry = &history[at];
            if let Step::Changed(states) = state.step(&entry.op, &entry.outcome) {
                open.extend(states.into_iter().map(|state| (take(&taken, at), state)));
            }
        }
    }
    Verdict::Unexplained(furthest.1)
}

/// The operations that may take place next: they were called before any other that has not taken place was answered.
fn next(history: &[Entry], taken: &Taken) -> Vec<usize> {
    let left = || (0..history.len()).filter(|at| !is_taken(taken, *at));
    let certain = left().filter(|at| history[*at].outcome != Outcome::Unknown);
    let until = certain.map(|at| history[at].answered).min().unwrap_or(u64::MAX);
    left().filter(|at| history[*at].called < until).collect()
}

fn changes_nothing(state: &State, entry: &Entry) -> bool {
    entry.outcome != Outcome::Unknown && matches!(state.step(&entry.op, &entry.outcome), Step::Unchanged)
}
