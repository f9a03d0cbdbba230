//! One stack for one test: a directory that goes with it, and a client for each service.

use std::{collections::HashMap, path::Path};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::{
    config::{BehaviorVersion, Credentials, Region},
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
};
use keyward_local::embedded::Embedded;
use tempfile::TempDir;

pub(crate) struct Stack {
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) streams: aws_sdk_dynamodbstreams::Client,
    pub(crate) embedded: Embedded,
    directory: TempDir,
}

impl Stack {
    pub(crate) fn start() -> Self {
        Self::over(tempfile::tempdir().unwrap())
    }

    pub(crate) fn over(directory: TempDir) -> Self {
        let embedded = Embedded::start(directory.path()).unwrap();
        Self {
            kms: kms(&embedded.kms_url()),
            dynamodb: dynamodb(&embedded.dynamodb_url()),
            streams: streams(&embedded.dynamodb_url()),
            embedded,
            directory,
        }
    }

    pub(crate) fn restart(self) -> Self {
        self.embedded.shutdown();
        Self::over(self.directory)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }
}

macro_rules! client {
    ($name:ident, $sdk:ident) => {
        pub(crate) fn $name(endpoint: &str) -> $sdk::Client {
            $sdk::Client::from_conf(
                $sdk::Config::builder()
                    .behavior_version(BehaviorVersion::v2026_01_12())
                    .region(Region::new("local"))
                    .credentials_provider(Credentials::new("local", "local", None, None, "tests"))
                    .http_client(keyward_functions::aws::clients::http_client())
                    .endpoint_url(endpoint)
                    .build(),
            )
        }
    };
}

client!(kms, aws_sdk_kms);
client!(dynamodb, aws_sdk_dynamodb);
client!(streams, aws_sdk_dynamodbstreams);

/// The `__type` of a refusal.
pub(crate) fn code<T, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    let Err(error) = result else {
        panic!("it was not refused");
    };
    error.code().unwrap_or("no code").to_owned()
}

pub(crate) fn blob(bytes: impl AsRef<[u8]>) -> Blob {
    Blob::new(bytes.as_ref())
}

pub(crate) fn context(pairs: &[(&str, &str)]) -> Option<HashMap<String, String>> {
    Some(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn item(pairs: &[(&str, &str)]) -> HashMap<String, AttributeValue> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect()
}
