//! Calls of AWS's services without the SDK's orchestrator, for the calls that every use of a key makes.
//!
//! What the SDK knows of an operation is taken from it: how a call is written, how an answer is read, which failures pass, and
//! when a call is tried again. Left out is what puts these together anew for every call. Written anew is the signature, whose
//! key is derived once a day. `docs/decisions/0018-direct-calls.md` says what is equal to the SDK, and what shows it.

mod place;
mod signature;
mod skew;
#[cfg(test)]
mod tests;
mod tries;

use std::{error::Error, fmt, marker::PhantomData};

use aws_sdk_dynamodb::operation::{batch_get_item::BatchGetItem, put_item::PutItem};
use aws_sdk_kms::operation::{decrypt::Decrypt, generate_mac::GenerateMac, verify_mac::VerifyMac};
use aws_smithy_runtime_api::client::{
    interceptors::context::Input, orchestrator::HttpResponse, result::SdkError, runtime_plugin::RuntimePlugin,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use self::tries::Parts;
pub(super) use self::tries::Site;
use super::{
    connection::{Connection, Http, Lazy},
    service::Service,
};

/// An operation of the SDK that can be called directly.
pub(super) trait Operation: RuntimePlugin + Sized + 'static {
    /// What a call asks for.
    type Input: fmt::Debug + Send + Sync + 'static;
    /// What the service answers.
    type Output: fmt::Debug + Send + Sync + 'static;
    /// What the service refuses with.
    type Error: Error + ProvideErrorMetadata + Send + Sync + 'static;

    /// The SDK's own description of it.
    fn described() -> Self;
}

macro_rules! operation {
    ($operation:ident, $sdk:ident :: $module:ident, $input:ident, $output:ident, $error:ident) => {
        impl Operation for $operation {
            type Input = $sdk::operation::$module::$input;
            type Output = $sdk::operation::$module::$output;
            type Error = $sdk::operation::$module::$error;

            fn described() -> Self {
                Self::new()
            }
        }
    };
}

operation!(
    BatchGetItem,
    aws_sdk_dynamodb::batch_get_item,
    BatchGetItemInput,
    BatchGetItemOutput,
    BatchGetItemError
);
operation!(PutItem, aws_sdk_dynamodb::put_item, PutItemInput, PutItemOutput, PutItemError);
operation!(Decrypt, aws_sdk_kms::decrypt, DecryptInput, DecryptOutput, DecryptError);
operation!(GenerateMac, aws_sdk_kms::generate_mac, GenerateMacInput, GenerateMacOutput, GenerateMacError);
operation!(VerifyMac, aws_sdk_kms::verify_mac, VerifyMacInput, VerifyMacOutput, VerifyMacError);

/// The calls that uses make.
#[derive(Clone)]
pub(super) struct UseCalls {
    /// The rows of a use.
    pub(super) read: Direct<BatchGetItem>,
    /// Its receipt.
    pub(super) write: Direct<PutItem>,
    /// Its data key, if none is at hand.
    pub(super) unwrap: Direct<Decrypt>,
    /// Whether the row of its caller is authentic, if that was not checked before.
    pub(super) verify_mac: Direct<VerifyMac>,
    /// The MAC of a row that a change writes: no use makes one.
    pub(super) generate_mac: Direct<GenerateMac>,
}

impl UseCalls {
    pub(super) fn of(dynamodb: &Lazy<Site>, kms: &Lazy<Site>) -> Self {
        Self {
            read: Direct::at(dynamodb),
            write: Direct::at(dynamodb),
            unwrap: Direct::at(kms),
            verify_mac: Direct::at(kms),
            generate_mac: Direct::at(kms),
        }
    }

    /// Makes what the first calls would make.
    pub(super) fn prepare(&self) {
        self.read.parts.make();
        self.write.parts.make();
        self.unwrap.parts.make();
        self.verify_mac.parts.make();
    }
}

/// Calls of one operation.
pub(super) struct Direct<O> {
    site: Lazy<Site>,
    parts: Lazy<Parts>,
    operation: PhantomData<fn() -> O>,
}

impl<O> Clone for Direct<O> {
    fn clone(&self) -> Self {
        Self { site: self.site.clone(), parts: self.parts.clone(), operation: PhantomData }
    }
}

impl<O: Operation> Direct<O> {
    fn at(site: &Lazy<Site>) -> Self {
        let here = site.clone();
        let parts = Lazy::new(move || Parts::of::<O>(here.strategy()));
        Self { site: site.clone(), parts, operation: PhantomData }
    }

    /// Makes a call, as the SDK's client makes it.
    ///
    /// # Errors
    ///
    /// The SDK's.
    pub(super) async fn send(&self, input: O::Input) -> Result<O::Output, SdkError<O::Error, HttpResponse>> {
        #[expect(clippy::expect_used, reason = "the reader of the operation's answers makes no other types")]
        match self.site.send(&self.parts, Input::erase(input)).await {
            Ok(output) => Ok(output.downcast().expect("the operation's output")),
            Err(error) => {
                Err(error.map_service_error(|error| error.downcast().expect("the operation's error")))
            }
        }
    }
}

/// Where calls of a service go.
pub(super) fn site(service: Service, connection: &Connection, http: &Lazy<Http>) -> Lazy<Site> {
    let (connection, http) = (connection.clone(), http.clone());
    Lazy::new(move || Site::new(service, connection, http))
}
