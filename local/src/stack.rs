//! The whole product on one loopback address: gateway, sign-in, functions, and the embedded services below them.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aws_sdk_dynamodb::config::{Credentials, SharedInterceptor};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use keyward_functions::{
    aws::{
        clients::{BACKOFF, CONNECT, Clients, Connection, Limits},
        roots::Roots,
        row_macs::RowMacs,
        wrapping::WrappingKeys,
    },
    compose::{Composed, HttpFunction, Incomplete, compose},
    config::{Config, Issuer, PanelPlace, Whereabouts},
    services::Services,
    system::{SystemClock, SystemRandom},
    table::{Calls, FunctionName, functions, routes},
};
use keyward_shared::{
    caller::PanelClient,
    epoch::Epoch,
    membership::issuing::AUDIENCE,
    moment::Clock,
    permission::Permission,
    token::{BadKeySet, TokenIssuer},
};
use serde_json::{Value, json};
use tokio::{sync::oneshot, task::JoinHandle};
use url::Url;

use crate::{
    data_dir::{BadDataDir, DataDir},
    deliveries::DeliveryPump,
    demo::{self, SeedError},
    embedded::{Embedded, EmbeddedError},
    gateway::{
        BindError, Gateway, GatewayRoute, INTEGRATION_TIMEOUT, Invocation, Invoke, InvokeError,
        JwtAuthorizer, LoopbackListener, RouteError, RouteTable,
    },
    issue_token::IssueToken,
    kms::{FINGERPRINT_KEY, ROW_KEY, TOKEN_KEY, WRAPPING_KEY},
    mail,
    queue::{DELIVERIES, FAILED_CHANGES},
    schedule::call_every,
    sign_in::{PANEL_CLIENT, SignIn, SignInError, USER_POOL},
    stream_pump::{PumpError, StreamPump},
    test_door::TestDoor,
    upstreams::Upstreams,
};

/// The table of everything that may be shown.
pub const TABLE: &str = "keyward";
/// The table of sealed fields.
pub const VAULT: &str = "keyward-vault";
/// What the deployment is called in the MACs of rows.
pub const DEPLOYMENT: &str = "keyward-local";

/// Where the stack listens and keeps its data.
pub struct Options {
    /// The address; port 0 takes a free one.
    pub address: SocketAddr,
    /// The directory of everything it stores. It holds the local wrapping key.
    pub data_dir: PathBuf,
    /// The stand-ins for customers' systems.
    pub upstreams: Upstreams,
    /// The directory of the built control panel, if there is one.
    pub panel: Option<PathBuf>,
    /// When the stream's function is called.
    pub triggers: Triggers,
    /// Who sees each call that the functions make of the embedded services, and may refuse it.
    pub observer: Option<SharedInterceptor>,
}

/// When the functions are called that no route calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Triggers {
    /// By themselves, a moment after what they follow from.
    ByThemselves,
    /// When [`Stack::drain_stream`] says so: for tests, which want nothing to happen meanwhile.
    WhenTold,
}

/// Why the stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The data directory.
    #[error(transparent)]
    DataDir(#[from] BadDataDir),
    /// The embedded services.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The sign-in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The route table.
    #[error(transparent)]
    Routes(#[from] RouteError),
    /// The place up to which the table's stream was read.
    #[error(transparent)]
    Stream(#[from] PumpError),
    /// A function lacks something that it needs.
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
    /// A function that something else calls than the stack would have to.
    #[error("{0} is called in another way")]
    CalledOtherwise(FunctionName),
    /// The rows of the demo.
    #[error(transparent)]
    Demo(#[from] SeedError),
    /// The address is none that a browser could go to.
    #[error("the address of the panel: {0}")]
    Origin(#[from] url::ParseError),
    /// The data is of a version that had no key for tokens.
    #[error("the embedded KMS has no key that signs tokens: run `make reset`")]
    NoTokenKey,
    /// The public key of tokens.
    #[error(transparent)]
    KeySet(#[from] BadKeySet),
    /// The thread that issues tokens.
    #[error("no thread could be started: {0}")]
    Thread(#[source] io::Error),
}

/// A running stack. Dropping it stops it.
pub struct Stack {
    origin: String,
    issuers: Issuers,
    sign_in: Arc<SignIn>,
    embedded: Embedded,
    pumps: Vec<Arc<StreamPump>>,
    deliveries: Arc<DeliveryPump>,
    pumping: Vec<JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<io::Result<()>>,
}

impl Stack {
    /// Starts everything and returns when it answers.
    ///
    /// # Errors
    ///
    /// [`StartError`] with what could not be started.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let listener = LoopbackListener::bind(options.address).await?;
        let origin = listener.origin();
        let data_dir = DataDir::prepare(&options.data_dir)?;
        let embedded = Embedded::start(&options.data_dir)?;
        data_dir.make_up_for_what_is_missing()?;
        let issuers = Issuers::of(&embedded, &options.data_dir, &origin)?;
        let sign_in = Arc::new(open_sign_in(&embedded, &issuers, &options.data_dir, &origin)?);
        let clients = Clients::new(connection(&embedded));
        demo::seed(&clients.dynamodb(), &row_macs(&clients), &sign_in, &options.data_dir).await?;
        let panel = options.panel.map(|directory| panel_place(directory, &origin)).transpose()?;
        let jwks = serde_json::from_str(&issuers.own.key_set).map_err(|_| StartError::NoTokenKey)?;
        let services = services(&embedded, &issuers, options.upstreams, options.observer, panel);
        let functions = Functions::compose(&services)?;
        let pumps = stream_pumps(&embedded, &services, &options.data_dir)?;
        let deliveries = Arc::new(delivery_pump(&embedded, &services)?);
        let pumping = match options.triggers {
            Triggers::ByThemselves => {
                let mut running: Vec<_> =
                    pumps.iter().map(|pump| tokio::spawn(Arc::clone(pump).run())).collect();
                running.push(tokio::spawn(Arc::clone(&deliveries).run()));
                running.push(every(HOUR, FunctionName::BuryKeys, &services)?);
                running.push(every(SOON, FunctionName::FindDeliveries, &services)?);
                running.push(every(SECOND, FunctionName::RefreshGrants, &services)?);
                running
            }
            Triggers::WhenTold => Vec::new(),
        };
        let authorizer =
            JwtAuthorizer::new(issuers.own.name.clone(), AUDIENCE.to_owned(), &jwks, Arc::new(SystemClock));
        let gateway = Gateway::new(
            route_table()?,
            authorizer,
            Arc::new(functions),
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
        );
        let router =
            Arc::clone(&sign_in).router().merge(mail::router(&options.data_dir)).merge(gateway.router());
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(listener.serve(router, async {
            // Whether told to stop or left alone: the stack is going.
            stopped.await.ok();
        }));
        Ok(Self { origin, issuers, sign_in, embedded, pumps, deliveries, pumping, stop: Some(stop), server })
    }

    /// The address of everything, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The sign-in.
    #[must_use]
    pub fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    /// Keyward as the issuer of tokens, and the sign-in as that of ID tokens.
    #[must_use]
    pub const fn issuers(&self) -> (&Issuer, &TokenIssuer) {
        (&self.issuers.own, &self.issuers.sign_in)
    }

    /// Tokens that no honest issuer makes, for tests.
    #[must_use]
    pub fn test_door(&self) -> TestDoor<'_> {
        TestDoor::new(&self.sign_in, &self.embedded, SystemClock.now())
    }

    /// The embedded services.
    #[must_use]
    pub const fn embedded(&self) -> &Embedded {
        &self.embedded
    }

    /// Hands the records that the table's stream has to the functions that follow it, until there are none.
    ///
    /// # Errors
    ///
    /// [`PumpError`] when the stream cannot be read.
    pub async fn drain_stream(&self) -> Result<(), PumpError> {
        for pump in &self.pumps {
            pump.drain().await?;
        }
        Ok(())
    }

    /// The same for one of these functions alone.
    ///
    /// # Errors
    ///
    /// [`PumpError`] when the stream cannot be read.
    pub async fn drain_stream_of(&self, function: FunctionName) -> Result<(), PumpError> {
        for pump in self.pumps.iter().filter(|pump| pump.function() == function) {
            pump.drain().await?;
        }
        Ok(())
    }

    /// Hands the messages that the queue of deliveries shows now to the function that sends. Returns how many there were.
    pub async fn drain_deliveries(&self) -> usize {
        self.deliveries.drain().await
    }

    /// Stops taking requests and waits for those under way.
    ///
    /// # Errors
    ///
    /// What the operating system said of the socket.
    pub async fn stop(mut self) -> io::Result<()> {
        // What works by itself ends first: it needs the services.
        for running in std::mem::take(&mut self.pumping) {
            running.abort();
            running.await.ok();
        }
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        (&mut self.server).await.map_err(io::Error::other)?
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.pumping.iter().for_each(JoinHandle::abort);
    }
}

/// Who issues what.
struct Issuers {
    /// Keyward: access tokens. Its documents are below its name.
    own: Issuer,
    /// The sign-in: the ID tokens of people.
    sign_in: TokenIssuer,
}

impl Issuers {
    fn of(embedded: &Embedded, data_dir: &Path, origin: &str) -> Result<Self, StartError> {
        let public = embedded.token_key().ok_or(StartError::NoTokenKey)?;
        let key_set = key_set_of(TOKEN_KEY, public).ok_or(StartError::NoTokenKey)?;
        Ok(Self {
            own: Issuer::new(format!("{origin}/v1"), key_set)?,
            sign_in: SignIn::token_issuer(data_dir, origin, &SystemRandom)?,
        })
    }
}

/// The JWK Set of an RSA key with 2,048 bits and the exponent 65537, under the id by which tokens name it: the last part of its name.
/// Its `SubjectPublicKeyInfo` has the modulus between bytes that are always the same.
fn key_set_of(name: &str, public: &[u8]) -> Option<String> {
    const BEFORE: usize = 33;
    const AFTER: [u8; 5] = [2, 3, 1, 0, 1];
    let modulus = public.get(BEFORE..)?.strip_suffix(&AFTER).filter(|modulus| modulus.len() == 256)?;
    let key = json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": name.rsplit('/').next()?,
        "n": BASE64_URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB",
    });
    Some(json!({ "keys": [key] }).to_string())
}

/// The sign-in of a data directory.
fn open_sign_in(
    embedded: &Embedded,
    issuers: &Issuers,
    data_dir: &Path,
    origin: &str,
) -> Result<SignIn, StartError> {
    const NAME: FunctionName = FunctionName::IssueToken;
    let services = services(embedded, issuers, Upstreams::default(), None, None);
    let function = compose(NAME, &services)?.http().ok_or(StartError::CalledOtherwise(NAME))?;
    let tokens = IssueToken::start(function).map_err(StartError::Thread)?;
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    Ok(SignIn::open(data_dir, origin, Arc::new(tokens), clock, random)?)
}

/// The route table in the gateway's terms.
fn route_table() -> Result<RouteTable, RouteError> {
    let mut default = FunctionName::NotFound;
    let mut taken = Vec::new();
    for (function, route) in routes() {
        match route.method {
            Some(method) => {
                let scope = route.permission.map(Permission::scope);
                let name = function.name.as_str();
                taken.push(GatewayRoute::new(method.as_str(), route.path, name, scope)?);
            }
            None => default = function.name,
        }
    }
    RouteTable::new(taken, default.as_str())
}

/// How long a call within the process may take. No packet of it is lost, so a long one is only large: the largest change of a
/// key has 3.5 MB, which an unoptimised build on a busy machine reads for seconds.
const WITHIN_THE_PROCESS: Limits =
    Limits { one_try: Duration::from_secs(25), all_tries: Duration::from_secs(25) };

/// The address and the credentials of the embedded services.
#[must_use]
pub fn connection(embedded: &Embedded) -> Connection {
    Connection {
        region: "eu-west-1".to_owned(),
        // The embedded services take any: they listen on loopback for this process.
        credentials: Credentials::new("local", "local", None, None, "local"),
        dynamodb_url: Some(embedded.dynamodb_url()),
        kms_url: Some(embedded.kms_url()),
        cognito_url: Some(embedded.cognito_url()),
        sqs_url: Some(embedded.sqs_url()),
        roots: Roots::amazon(),
        connect: CONNECT,
        backoff: BACKOFF,
        limits: WITHIN_THE_PROCESS,
        observer: None,
        front: Some(embedded.front()),
    }
}

/// What makes the MACs of rows in a stack.
#[must_use]
pub fn row_macs(clients: &Clients) -> RowMacs {
    RowMacs::new(clients, ROW_KEY.to_owned(), DEPLOYMENT)
}

/// The functions by name, run as Lambda runs them: a JSON event in, a JSON answer out.
struct Functions(HashMap<&'static str, HttpFunction>);

impl Functions {
    fn compose(services: &Arc<Services>) -> Result<Self, StartError> {
        let mut composed = HashMap::new();
        for function in functions() {
            match compose(function.name, services)? {
                Composed::Http(http) => drop(composed.insert(function.name.as_str(), http)),
                Composed::Stream(_) | Composed::Json(_) => {}
            }
        }
        Ok(Self(composed))
    }
}

/// The control panel, which signs people in here.
fn panel_place(directory: PathBuf, origin: &str) -> Result<PanelPlace, url::ParseError> {
    let authority: Url = origin.parse()?;
    let logout_url = authority.join("/logout")?;
    let client_id = PANEL_CLIENT.to_owned();
    Ok(PanelPlace { directory, authority, logout_url, client_id, whereabouts: Whereabouts::Local })
}

/// The parts that the functions are composed from.
fn services(
    embedded: &Embedded,
    issuers: &Issuers,
    upstreams: Upstreams,
    observer: Option<SharedInterceptor>,
    panel_place: Option<PanelPlace>,
) -> Arc<Services> {
    let config = Config {
        connection: Connection { observer, ..connection(embedded) },
        table: TABLE.to_owned(),
        vault: VAULT.to_owned(),
        wrapping_keys: WrappingKeys { current: WRAPPING_KEY.to_owned(), former: None },
        fingerprint_key: FINGERPRINT_KEY.to_owned(),
        row_key: ROW_KEY.to_owned(),
        deployment: DEPLOYMENT.to_owned(),
        epoch: Epoch::FIRST,
        panel: PanelClient::new(PANEL_CLIENT.to_owned()),
        issuer: issuers.own.clone(),
        signing_key: Some(TOKEN_KEY.to_owned()),
        sign_in: Some(issuers.sign_in.clone()),
        origin: issuers.own.name.strip_suffix("/v1").map(str::to_owned),
        user_pool: Some(USER_POOL.to_owned()),
        failed_changes: Some(FAILED_CHANGES.to_owned()),
        deliveries: Some(DELIVERIES.to_owned()),
        panel_place,
    };
    Arc::new(Services::new(config, SystemClock, upstreams.outside()))
}

const HOUR: Duration = Duration::from_secs(60 * 60);
/// How often deliveries that are due are looked for. The deployment does it every minute: nobody wants to wait that long while they
/// try something.
const SOON: Duration = Duration::from_secs(5);
/// How often grants are looked at. On AWS, a use that asks for a refresh waits for the next minute.
const SECOND: Duration = Duration::from_secs(1);

/// Calls a function again and again, as its schedule does.
fn every(time: Duration, name: FunctionName, services: &Arc<Services>) -> Result<JoinHandle<()>, StartError> {
    let function = compose(name, services)?.json().ok_or(StartError::CalledOtherwise(name))?;
    Ok(tokio::spawn(call_every(time, name.as_str(), function)))
}

/// The way from the queue of deliveries to the function that sends.
fn delivery_pump(embedded: &Embedded, services: &Arc<Services>) -> Result<DeliveryPump, StartError> {
    const NAME: FunctionName = FunctionName::Deliver;
    let function = compose(NAME, services)?.json().ok_or(StartError::CalledOtherwise(NAME))?;
    Ok(DeliveryPump::new(Arc::clone(embedded.queues()), function))
}

/// One pump for each function that follows the table's stream, as each has a mapping of its own.
fn stream_pumps(
    embedded: &Embedded,
    services: &Arc<Services>,
    data_dir: &Path,
) -> Result<Vec<Arc<StreamPump>>, StartError> {
    let mut pumps = Vec::new();
    for function in functions() {
        if let Calls::Stream { records, .. } = function.calls {
            let name = function.name;
            let called = compose(name, services)?.stream().ok_or(StartError::CalledOtherwise(name))?;
            let stream = embedded.dynamodb().table_stream();
            pumps.push(Arc::new(StreamPump::open(stream, name, records, called, data_dir)?));
        }
    }
    Ok(pumps)
}

impl Invoke for Functions {
    fn invoke<'a>(&'a self, function: &'a str, event: Value, _: &'a str) -> Invocation<'a> {
        // The gateway does not wait longer, and Lambda would have stopped the function by then.
        let until = SystemClock.now().saturating_add(INTEGRATION_TIMEOUT).unwrap_or(Timestamp::MAX);
        Box::pin(async move {
            let function = self.0.get(function).ok_or(InvokeError::Unknown)?;
            let event = serde_json::from_value(event).map_err(|_| InvokeError::Failed)?;
            let answer = function(event, until).await;
            serde_json::to_value(answer).map_err(|_| InvokeError::Failed)
        })
    }
}
