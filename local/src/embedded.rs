//! AWS as a local stack needs it: DynamoDB with its streams, KMS, Cognito's administrative calls, and queues of SQS, all in
//! this process and on its disk.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use keyward_functions::{aws::clients::Front, system::SystemClock};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{
    cognito,
    direct::Direct,
    dynamodb::{DynamoDbError, EmbeddedDynamoDb},
    kms::{EmbeddedKms, StoreError, TOKEN_KEY},
    loopback::LoopbackService,
    queue::Queues,
};

/// The database, in the data directory. SQLite keeps two side files next to it.
pub(crate) const DATABASE: &str = "dynamodb.sqlite";
/// The directory of the keys, in the data directory.
pub(crate) const KEYS: &str = "kms";

/// Its work is a few microseconds a request: one thread does.
const KMS_WORKER_THREADS: usize = 1;
/// So little is asked of them that one does, too.
const COGNITO_WORKER_THREADS: usize = 1;
const QUEUE_WORKER_THREADS: usize = 1;

/// The embedded services cannot start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// DynamoDB.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// The keys of the KMS.
    #[error(transparent)]
    Keys(#[from] StoreError),
    /// The port of the KMS.
    #[error("the embedded KMS could not be started")]
    Kms(#[source] io::Error),
    /// The port of Cognito.
    #[error("the embedded Cognito could not be started")]
    Cognito(#[source] io::Error),
    /// The queues.
    #[error("the embedded queues could not be started")]
    Queue(#[source] io::Error),
}

/// All services on ports of their own, over one data directory. They stop when it is dropped.
///
/// Nothing is global: a process may hold many of them, each over another directory. A directory has one at a time.
pub struct Embedded {
    direct: Direct,
    dynamodb: EmbeddedDynamoDb,
    kms: LoopbackService,
    keys: Arc<EmbeddedKms>,
    cognito: LoopbackService,
    token_key: Option<Vec<u8>>,
    queues: Arc<Queues>,
    sqs: LoopbackService,
    invitations: Mutex<Option<UnboundedReceiver<Vec<String>>>>,
}

impl Embedded {
    /// Starts all and returns when all answer. On the first start it makes the directory, the tables and the keys.
    ///
    /// It blocks for some milliseconds, and may be called inside a runtime as well as outside.
    ///
    /// # Errors
    ///
    /// When another stack runs over the directory, its files cannot be opened, or no port or thread can be had.
    pub fn start(data_dir: &Path) -> Result<Self, EmbeddedError> {
        // First the keys: their lock tells whether the directory is in use.
        let keys = Arc::new(EmbeddedKms::open(&data_dir.join(KEYS), Box::new(SystemClock))?);
        let router = Arc::clone(&keys).router();
        let dynamodb = EmbeddedDynamoDb::start(&data_dir.join(DATABASE))?;
        let kms = LoopbackService::start("kms", KMS_WORKER_THREADS, |listener, stop| async {
            axum::serve(listener, router).with_graceful_shutdown(stop).await
        })
        .map_err(EmbeddedError::Kms)?;
        let (invitations, invited) = unbounded_channel();
        let cognito = cognito::router(data_dir, invitations);
        let cognito = LoopbackService::start("cognito", COGNITO_WORKER_THREADS, |listener, stop| async {
            axum::serve(listener, cognito).with_graceful_shutdown(stop).await
        })
        .map_err(EmbeddedError::Cognito)?;
        let queues = Arc::new(Queues::open(data_dir).map_err(EmbeddedError::Queue)?);
        let messages = Arc::clone(&queues).router();
        let sqs = LoopbackService::start("sqs", QUEUE_WORKER_THREADS, |listener, stop| async {
            axum::serve(listener, messages).with_graceful_shutdown(stop).await
        })
        .map_err(EmbeddedError::Queue)?;
        let token_key = keys.public_key(TOKEN_KEY);
        let called = Arc::clone(&keys);
        let direct = Direct::to([
            (dynamodb.url(), dynamodb.direct()),
            (kms.url(), Box::new(move |target, body| Ok(called.direct(target, body)))),
        ]);
        Ok(Self {
            direct,
            dynamodb,
            kms,
            keys,
            cognito,
            token_key,
            queues,
            sqs,
            invitations: Mutex::new(Some(invited)),
        })
    }

    /// The endpoint for DynamoDB and for its streams.
    #[must_use]
    pub fn dynamodb_url(&self) -> String {
        self.dynamodb.url()
    }

    /// The endpoint for KMS.
    #[must_use]
    pub fn kms_url(&self) -> String {
        self.kms.url()
    }

    /// The public half of the key that signs access tokens, in DER; `None` over data in which there is no such key.
    pub(crate) fn token_key(&self) -> Option<&[u8]> {
        self.token_key.as_deref()
    }

    /// The signature of the key that signs access tokens, over the message of a SHA-256.
    pub(crate) fn sign_with_token_key(&self, digest: &[u8]) -> Option<Vec<u8>> {
        self.keys.sign_digest(TOKEN_KEY, digest)
    }

    /// The endpoint for Cognito's administrative calls.
    #[must_use]
    pub fn cognito_url(&self) -> String {
        self.cognito.url()
    }

    /// The endpoint for the queues.
    #[must_use]
    pub fn sqs_url(&self) -> String {
        self.sqs.url()
    }

    /// The messages in the queue of failed records, oldest first.
    #[must_use]
    pub fn failed_changes(&self) -> Vec<String> {
        self.queues.failed().bodies()
    }

    /// Both queues.
    pub(crate) const fn queues(&self) -> &Arc<Queues> {
        &self.queues
    }

    /// What people who are invited need to know to sign in, for the terminal: lines for each of them. Whoever asks first gets it.
    pub fn invitations(&self) -> Option<UnboundedReceiver<Vec<String>>> {
        self.invitations.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The embedded DynamoDB.
    #[must_use]
    pub const fn dynamodb(&self) -> &EmbeddedDynamoDb {
        &self.dynamodb
    }

    /// A way to DynamoDB and KMS that needs no port, for functions in this process.
    pub(crate) fn front(&self) -> Front {
        self.direct.front()
    }

    /// Stops all: no new requests, those under way end, the files are closed. The same as dropping it, by name.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.direct.close();
    }
}
