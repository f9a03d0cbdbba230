//! Fills a data directory with many keys, for measurements at scale.
//!
//! Each key is made by the use case that `POST /v1/keys` runs, with a secret, a data key and an audit entry of its own: it can be
//! listed, found and used like any other. Only the last step differs: what the AWS SDK would send is taken in this process, and
//! the rows are imported into the database many at a time, with no record in the table's stream and no sync for each key.

mod collected;

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    net::Ipv4Addr,
    ops::Range,
    path::Path,
    sync::{Arc, mpsc},
    thread,
};

use dynoxide::{Database, DynoxideError, ImportOptions, Item};
use keyward_functions::{
    aws::{Tables, wrapping::Wrapping},
    system::{SystemClock, SystemRandom},
};
use keyward_shared::{
    caller::{AccessError, Caller, Claims, PanelClient, claim},
    error::Error,
    keys::{
        change,
        draft::{Draft, DraftHeader, DraftRestrictions, DraftValue, Visibility},
        key::{Key, Ownership},
        search::{Indexed, Recorded},
    },
    membership::{
        Member, Standing,
        rows::{CallerRows, Said},
    },
    moment::Moment,
    permission::{Permission, Role},
    ports::IndexWords,
    secret::SecretText,
};

use self::collected::Collected;
use crate::{
    demo, embedded,
    kms::{EmbeddedKms, StoreError, WRAPPING_KEY},
    sign_in::PANEL_CLIENT,
    stack::{Options, Stack, StartError, TABLE, Triggers, VAULT, row_macs},
    upstreams::Upstreams,
};

/// The account whose keys they are.
const ACCOUNT: &str = "acme";
/// How many keys are imported in one transaction.
const CHUNK: u32 = 500;
/// How many chunks may wait for the database.
const WAITING: usize = 2;

/// Why the directory could not be filled. The keys of earlier chunks are in it then.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The stack that makes the directory, its tables and the demo's rows.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The KMS keys: a stack may be running.
    #[error(transparent)]
    Keys(#[from] StoreError),
    /// The database.
    #[error("the database refused the keys")]
    Database(#[from] DynoxideError),
    /// The caller that the keys are made for.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A key could not be made.
    #[error("a key could not be made")]
    Key(#[from] Error),
    /// A file, or a thread.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The path of the directory is not text.
    #[error("the path of the data directory is not UTF-8")]
    Path,
}

/// The title of a key by its number. Each word begins an eighth of the titles.
#[must_use]
pub fn title(number: u32) -> String {
    const WORDS: [&str; 8] = ["Shop", "ERP", "Pay", "Mail", "FTP", "Desk", "Bulk", "Data"];
    let word = WORDS.iter().cycle().nth(number as usize % WORDS.len()).unwrap_or(&"Data");
    format!("{word} customer {number:07}")
}

/// The secret key in a key's AWS credential, by the key's number.
#[must_use]
pub fn secret(number: u32) -> String {
    format!("secret-key-of-bulk-key-number-{number:07}")
}

/// Adds keys to a data directory that no stack uses, and makes the directory if there is none. `progress` is told how many
/// keys are in the database.
///
/// # Errors
///
/// [`BulkError`].
pub fn fill(data_dir: &Path, keys: u32, mut progress: impl FnMut(u32)) -> Result<(), BulkError> {
    prepare(data_dir)?;
    let kms = Arc::new(EmbeddedKms::open(&data_dir.join(embedded::KEYS), Box::new(SystemClock))?);
    let file = data_dir.join(embedded::DATABASE);
    let database = Database::new(file.to_str().ok_or(BulkError::Path)?)?;
    // Nothing of a half-filled directory is kept anyway. The file is synced at the end.
    database.enable_bulk_loading()?;
    let makers = thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
    let (made, chunks) = mpsc::sync_channel(WAITING);
    thread::scope(|scope| {
        for maker in 0..makers {
            let (kms, made) = (Arc::clone(&kms), made.clone());
            scope.spawn(move || make(kms, keys, maker, makers, &made));
        }
        drop(made);
        let mut imported = 0;
        for chunk in chunks {
            let chunk: Chunk = chunk?;
            for (table, items) in chunk.items {
                database.import_items(&table, items, ImportOptions::default())?;
            }
            imported += chunk.keys;
            progress(imported);
        }
        Ok::<_, BulkError>(())
    })?;
    drop(database);
    Ok(File::open(&file)?.sync_all()?)
}

/// Starts a stack on the directory and stops it: the tables and the demo's rows are there then.
fn prepare(data_dir: &Path) -> Result<(), BulkError> {
    let options = Options {
        address: (Ipv4Addr::LOCALHOST, 0).into(),
        data_dir: data_dir.to_owned(),
        upstreams: Upstreams::default(),
        panel: None,
        triggers: Triggers::WhenTold,
        observer: None,
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let stack = Stack::start(options).await?;
        Ok(stack.stop().await?)
    })
}

/// The rows of some keys, by table.
struct Chunk {
    keys: u32,
    items: BTreeMap<String, Vec<Item>>,
}

/// Makes each chunk whose turn it is, until all are made or nobody takes them any more.
fn make(
    kms: Arc<EmbeddedKms>,
    keys: u32,
    maker: u32,
    makers: u32,
    made: &mpsc::SyncSender<Result<Chunk, BulkError>>,
) {
    let maker_of_keys = match Maker::new(kms) {
        Ok(maker) => maker,
        Err(error) => return drop(made.send(Err(error))),
    };
    let chunks = (0..keys.div_ceil(CHUNK)).filter(|chunk| chunk % makers == maker);
    for chunk in chunks {
        let first = chunk * CHUNK;
        let chunk = maker_of_keys.chunk(first..keys.min(first + CHUNK));
        let failed = chunk.is_err();
        if made.send(chunk).is_err() || failed {
            return;
        }
    }
}

struct Maker {
    runtime: tokio::runtime::Runtime,
    collected: Collected,
    tables: Tables,
    wrapping: Wrapping,
    caller: Caller,
}

impl Maker {
    fn new(kms: Arc<EmbeddedKms>) -> Result<Self, BulkError> {
        let collected = Collected::default();
        let clients = collected.clients(kms);
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            tables: Tables::new(&clients, TABLE.to_owned(), VAULT.to_owned(), row_macs(&clients)),
            wrapping: Wrapping::new(clients.kms(), WRAPPING_KEY.to_owned()),
            collected,
            caller: caller()?,
        })
    }

    fn chunk(&self, numbers: Range<u32>) -> Result<Chunk, BulkError> {
        let keys = numbers.len();
        self.runtime.block_on(async {
            for number in numbers {
                let moment = Moment { clock: &SystemClock, random: &SystemRandom };
                let key =
                    change::create(&self.tables, &self.wrapping, moment, &self.caller, draft(number), None)
                        .await?;
                self.index(&key).await?;
            }
            Ok::<_, BulkError>(())
        })?;
        Ok(Chunk { keys: u32::try_from(keys).unwrap_or(CHUNK), items: self.collected.take() })
    }
}

impl Maker {
    /// Does what the stream's function would: the rows are imported without a record in the stream.
    async fn index(&self, key: &Key) -> Result<(), Error> {
        let of = (&key.account, &key.id);
        let indexed = Indexed::of(key)?;
        Ok(self.tables.write_indexed(of, &Recorded::default(), Some(key.version), Some(&indexed)).await?)
    }
}

/// A person of the account who may write keys.
fn caller() -> Result<Caller, AccessError> {
    let scope = Permission::KeysWrite.scope();
    let values = [
        ("token_use", "access"),
        ("client_id", PANEL_CLIENT),
        ("username", "bulk-load"),
        ("sub", "bulk-load"),
        ("scope", &scope),
        (claim::ACCOUNT, ACCOUNT),
        (claim::SELF_SERVICE_KEYS, "true"),
    ];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let panel = PanelClient::new(PANEL_CLIENT.to_owned());
    let caller = Caller::authorize(&Claims { values }, &panel, Permission::KeysWrite)?;
    // The rows go straight into the tables: nobody is asked.
    let editor = Member::new(Role::Editor, Standing::Active);
    caller.holding(&CallerRows { row: Some((Said::Member(editor), 0)), settings: Some(demo::SETTINGS) })
}

/// An AWS credential for an HTTP API.
fn draft(number: u32) -> Draft {
    let fields = [
        ("access_key", format!("AKID{number:07}")),
        ("secret_key", secret(number)),
        ("region", "eu-west-1".to_owned()),
        ("service", "execute-api".to_owned()),
    ];
    let fields =
        fields.into_iter().map(|(id, value)| (id.to_owned(), DraftValue::Set(SecretText::from(value))));
    Draft {
        restrictions: DraftRestrictions::default(),
        check: None,
        system: "custom-http".to_owned(),
        auth: Some("aws4".to_owned()),
        title: title(number),
        environment: "live".to_owned(),
        base_url: Some("https://api.example.com/v1".to_owned()),
        headers: vec![DraftHeader {
            name: "Content-Type".to_owned(),
            value: DraftValue::Set(SecretText::from("application/json".to_owned())),
            visibility: Visibility::Public,
        }],
        ownership: Ownership::Account,
        entries: BTreeMap::from([("default".to_owned(), fields.collect())]),
        expires_at: None,
    }
}
