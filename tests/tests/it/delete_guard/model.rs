//! The steps that clients and their requests may take, from every state that endpoints may be in.

use super::{
    designs::Design,
    operations::{Operation, Request},
    properties,
    state::{Client, Outcome, State},
    store::{EndpointState, Key, Store},
};
use stateright::{Model, Property};

/// A design, what clients may do with it, and how far a run goes.
#[derive(Clone)]
pub(super) struct DeleteGuard {
    pub(super) design: Design,
    pub(super) operations: Vec<Operation>,
    /// How many clients begin an operation. All of them may be at it at once.
    pub(super) clients: usize,
    /// How often a client hears nothing.
    pub(super) lost_answers: u8,
}

/// One step of one client, or of a request on its own.
///
/// A crash is no step: a client that has crashed takes none, and no client has to take any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A client reads, and has something to ask for.
    Begin(Request),
    /// The request is made or refused, and the client hears which.
    Commit(Request),
    /// The request is made or refused, and the client does not hear which.
    LoseAnswer(Request),
    /// The client gives up and reads again. Its request arrives later, or never. (Giving up some time before reading
    /// would make no difference to anybody.)
    GiveUp(Request),
    /// A request arrives that nobody waits for.
    Arrive(Request),
    /// A client that has lost an answer reads again.
    Retry(Operation),
}

impl Model for DeleteGuard {
    type State = State;
    type Action = Step;

    /// Endpoints in every state, but for those that differ in nothing but which endpoint is which, or which key.
    fn init_states(&self) -> Vec<State> {
        use EndpointState::{Absent, Active, Inactive};
        let endpoints = [
            [Absent, Absent],
            [Absent, Inactive(Key::A)],
            [Absent, Active(Key::A)],
            [Inactive(Key::A), Inactive(Key::A)],
            [Inactive(Key::A), Inactive(Key::B)],
            [Inactive(Key::A), Active(Key::A)],
            [Inactive(Key::A), Active(Key::B)],
            [Active(Key::A), Active(Key::A)],
            [Active(Key::A), Active(Key::B)],
        ];
        endpoints.map(|endpoints| State::with(Store::with(endpoints))).into()
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        if state.clients.len() < self.clients {
            let read = |operation: &Operation| operation.read(self.design, &state.store).ok().flatten();
            steps.extend(self.operations.iter().filter_map(read).map(Step::Begin));
        }
        for client in &state.clients {
            match *client {
                Client::Waits(request) if state.lost_answers < self.lost_answers => {
                    steps.extend([Step::Commit(request), Step::LoseAnswer(request), Step::GiveUp(request)]);
                }
                Client::Waits(request) => steps.push(Step::Commit(request)),
                Client::Unsure(operation) => steps.push(Step::Retry(operation)),
                Client::Ended(_) => {}
            }
        }
        steps.extend(state.adrift.iter().copied().map(Step::Arrive));
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        match step {
            Step::Begin(request) => state.clients.push(Client::Waits(request)),
            Step::Commit(request) => {
                let outcome = state.make(self.design, request);
                state.turn(Client::Waits(request), Client::Ended(outcome));
            }
            Step::LoseAnswer(request) => {
                state.lost_answers += 1;
                state.make(self.design, request);
                if !self.design.repeats_blindly() {
                    state.turn(Client::Waits(request), Client::Unsure(request.operation()));
                }
            }
            Step::GiveUp(request) => {
                state.lost_answers += 1;
                state.adrift.push(request);
                if !self.design.repeats_blindly() {
                    let retry = self.retry(request.operation(), &state.store);
                    state.turn(Client::Waits(request), retry);
                }
            }
            Step::Arrive(request) => {
                if state.make(self.design, request) != Outcome::Made {
                    return None;
                }
                let place = state.adrift.iter().position(|adrift| *adrift == request)?;
                state.adrift.remove(place);
            }
            Step::Retry(operation) => {
                let retry = self.retry(operation, &state.store);
                state.turn(Client::Unsure(operation), retry);
            }
        }
        state.forget_the_hopeless(self.design);
        Some(state.in_order())
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self.design)
    }
}

impl DeleteGuard {
    fn retry(&self, operation: Operation, store: &Store) -> Client {
        match operation.read(self.design, store) {
            Ok(Some(request)) => Client::Waits(request),
            Ok(None) => Client::Ended(Outcome::FoundDone),
            Err(refusal) => Client::Ended(Outcome::refused(operation, refusal)),
        }
    }
}
