//! Where everybody stands: the store, the clients that are at work, and the requests that are still on their way.

use super::{
    designs::{Design, Refusal},
    operations::{Change, Operation, Request},
    store::Store,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) store: Store,
    /// Those who have begun. They are all alike, so they stand in order of what they are at.
    pub(super) clients: Vec<Client>,
    /// Requests that nobody waits for and that may still be made, in order too.
    pub(super) adrift: Vec<Request>,
    pub(super) lost_answers: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Client {
    /// Has read, and hears what became of its request, or does not.
    Waits(Request),
    /// Has lost the answer, and does not know whether its request was made.
    Unsure(Operation),
    Ended(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Outcome {
    Made,
    /// A retry has found nothing to do.
    FoundDone,
    /// Its key is gone.
    NotReactivated,
    Refused(Refusal),
}

impl Outcome {
    pub(super) fn refused(operation: Operation, refusal: Refusal) -> Self {
        match (operation, refusal) {
            (Operation::ChangeEndpoint(_, Change::Reactivate), Refusal::KeyGone) => Self::NotReactivated,
            (_, refusal) => Self::Refused(refusal),
        }
    }
}

impl State {
    /// Nobody has begun yet.
    pub(super) fn with(store: Store) -> Self {
        Self { store, clients: Vec::new(), adrift: Vec::new(), lost_answers: 0 }
    }

    /// Makes the request, or refuses it.
    pub(super) fn make(&mut self, design: Design, request: Request) -> Outcome {
        match request.commit(design, &self.store) {
            Ok(made) => {
                self.store = made;
                Outcome::Made
            }
            Err(refusal) => Outcome::refused(request.operation(), refusal),
        }
    }

    /// Of those who are at the same, it does not matter which one goes on.
    pub(super) fn turn(&mut self, from: Client, to: Client) {
        if let Some(client) = self.clients.iter_mut().find(|client| **client == from) {
            *client = to;
        }
    }

    /// Neither a version nor an ended key comes back: a request that was too late once is too late for ever.
    pub(super) fn forget_the_hopeless(&mut self, design: Design) {
        let store = self.store;
        self.adrift.retain(|request| match request.commit(design, &store) {
            Ok(_) | Err(Refusal::KeyInUse) => true,
            Err(Refusal::KeyGone) => store.has_recoverable(),
            Err(Refusal::Stale) => false,
        });
    }

    /// The same state, however it was come by.
    pub(super) fn in_order(mut self) -> Self {
        self.clients.sort_unstable();
        self.adrift.sort_unstable();
        self
    }
}
