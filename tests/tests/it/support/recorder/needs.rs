//! From a call of the SDK to the permissions that it needs (Service Authorization Reference of DynamoDB, KMS, Cognito and SQS;
//! "DynamoDB transactions and IAM" for the items of transactions).

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cognitoidentityprovider::operation::{
    admin_create_user::AdminCreateUserInput, admin_delete_software_token::AdminDeleteSoftwareTokenInput,
    admin_delete_user::AdminDeleteUserInput, admin_get_user::AdminGetUserInput,
    admin_user_global_sign_out::AdminUserGlobalSignOutInput,
};
use aws_sdk_dynamodb::{
    operation::{
        batch_get_item::BatchGetItemInput, delete_item::DeleteItemInput, get_item::GetItemInput,
        put_item::PutItemInput, query::QueryInput, scan::ScanInput,
        transact_write_items::TransactWriteItemsInput, update_item::UpdateItemInput,
    },
    types::{AttributeValue, TransactWriteItem},
};
use aws_sdk_kms::operation::{
    decrypt::DecryptInput, generate_data_key::GenerateDataKeyInput, generate_mac::GenerateMacInput,
    re_encrypt::ReEncryptInput, sign::SignInput, verify_mac::VerifyMacInput,
};
use aws_sdk_kms::types::MacAlgorithmSpec;
use aws_sdk_sqs::operation::{send_message::SendMessageInput, send_message_batch::SendMessageBatchInput};
use aws_smithy_runtime_api::client::interceptors::context::Input;
use keyward_functions::table::Resource;
use keyward_local::{
    kms::{FINGERPRINT_KEY, ROW_KEY, TOKEN_KEY, WRAPPING_KEY},
    queue::{DELIVERIES, FAILED_CHANGES},
    sign_in::USER_POOL,
    stack::{TABLE, VAULT},
};

use super::{Context, LEADING_KEYS, Need, SAME_KEY};

type Item = HashMap<String, AttributeValue>;

/// The permissions that a call needs.
pub(super) fn of(function: &'static str, input: &Input) -> Result<Vec<Need>, String> {
    let mut needs = Needs { function, found: Vec::new() };
    if let Some(call) = input.downcast_ref::<GetItemInput>() {
        needs.on_item("dynamodb:GetItem", call.table_name(), call.key())?;
    } else if let Some(call) = input.downcast_ref::<PutItemInput>() {
        needs.on_item("dynamodb:PutItem", call.table_name(), call.item())?;
    } else if let Some(call) = input.downcast_ref::<UpdateItemInput>() {
        needs.on_item("dynamodb:UpdateItem", call.table_name(), call.key())?;
    } else if let Some(call) = input.downcast_ref::<DeleteItemInput>() {
        needs.on_item("dynamodb:DeleteItem", call.table_name(), call.key())?;
    } else if let Some(call) = input.downcast_ref::<QueryInput>() {
        needs.query(call)?;
    } else if let Some(call) = input.downcast_ref::<ScanInput>() {
        needs.on_items("dynamodb:Scan", table(call.table_name(), call.index_name())?, Vec::new());
    } else if let Some(call) = input.downcast_ref::<BatchGetItemInput>() {
        for (name, keys) in call.request_items().into_iter().flatten() {
            let keys = keys.keys().iter().map(|key| partition(Some(key))).collect::<Result<_, _>>()?;
            needs.on_items("dynamodb:BatchGetItem", table(Some(name), None)?, keys);
        }
    } else if let Some(call) = input.downcast_ref::<TransactWriteItemsInput>() {
        needs.transaction(call.transact_items())?;
    } else if let Some(call) = input.downcast_ref::<GenerateDataKeyInput>() {
        needs.on_key("kms:GenerateDataKey", call.key_id(), encryption(call.encryption_context()))?;
    } else if let Some(call) = input.downcast_ref::<DecryptInput>() {
        needs.on_key("kms:Decrypt", call.key_id(), encryption(call.encryption_context()))?;
    } else if let Some(call) = input.downcast_ref::<GenerateMacInput>() {
        needs.on_key("kms:GenerateMac", call.key_id(), with_algorithm(call.mac_algorithm()))?;
    } else if let Some(call) = input.downcast_ref::<VerifyMacInput>() {
        needs.on_key("kms:VerifyMac", call.key_id(), with_algorithm(call.mac_algorithm()))?;
    } else if let Some(call) = input.downcast_ref::<SignInput>() {
        let of = |key: &str, value: Option<String>| (key.to_owned(), value.into_iter().collect());
        let context = Context::from([
            of("kms:MessageType", call.message_type().map(|kind| kind.as_str().to_owned())),
            of("kms:SigningAlgorithm", call.signing_algorithm().map(|named| named.as_str().to_owned())),
        ]);
        needs.on_key("kms:Sign", call.key_id(), context)?;
    } else if let Some(call) = input.downcast_ref::<ReEncryptInput>() {
        let (from, to) = (call.source_encryption_context(), call.destination_encryption_context());
        let is_same = call.source_key_id() == call.destination_key_id();
        let with = |mut context: Context| {
            context.insert(SAME_KEY.to_owned(), [is_same.to_string()].into());
            context
        };
        needs.on_key("kms:ReEncryptFrom", call.source_key_id(), with(encryption(from)))?;
        needs.on_key("kms:ReEncryptTo", call.destination_key_id(), with(encryption(to)))?;
    } else if let Some(call) = input.downcast_ref::<AdminCreateUserInput>() {
        needs.on_pool("cognito-idp:AdminCreateUser", call.user_pool_id())?;
    } else if let Some(call) = input.downcast_ref::<AdminGetUserInput>() {
        needs.on_pool("cognito-idp:AdminGetUser", call.user_pool_id())?;
    } else if let Some(call) = input.downcast_ref::<AdminDeleteUserInput>() {
        needs.on_pool("cognito-idp:AdminDeleteUser", call.user_pool_id())?;
    } else if let Some(call) = input.downcast_ref::<AdminDeleteSoftwareTokenInput>() {
        needs.on_pool("cognito-idp:AdminDeleteSoftwareToken", call.user_pool_id())?;
    } else if let Some(call) = input.downcast_ref::<AdminUserGlobalSignOutInput>() {
        needs.on_pool("cognito-idp:AdminUserGlobalSignOut", call.user_pool_id())?;
    } else if let Some(call) = input.downcast_ref::<SendMessageInput>() {
        match call.queue_url() {
            Some(FAILED_CHANGES) => needs.push("sqs:SendMessage", Resource::FailedChanges, Context::new()),
            other => return Err(format!("{function} asks for the queue {other:?}")),
        }
    } else if let Some(call) = input.downcast_ref::<SendMessageBatchInput>() {
        match call.queue_url() {
            // The action of IAM for both calls is that of the single one (Service Authorization Reference, "Amazon SQS").
            Some(DELIVERIES) => needs.push("sqs:SendMessage", Resource::Deliveries, Context::new()),
            other => return Err(format!("{function} asks for the queue {other:?}")),
        }
    } else {
        return Err(format!("{function} makes a call that the recorder does not know: {input:?}"));
    }
    Ok(needs.found)
}

struct Needs {
    function: &'static str,
    found: Vec<Need>,
}

impl Needs {
    fn on_item(
        &mut self,
        action: &'static str,
        name: Option<&str>,
        item: Option<&Item>,
    ) -> Result<(), String> {
        self.on_items(action, table(name, None)?, vec![partition(item)?]);
        Ok(())
    }

    fn on_items(&mut self, action: &'static str, resource: Resource, keys: Vec<String>) {
        let keys = (!keys.is_empty()).then(|| (LEADING_KEYS.to_owned(), keys.into_iter().collect()));
        self.push(action, resource, keys.into_iter().collect());
    }

    fn on_pool(&mut self, action: &'static str, pool: Option<&str>) -> Result<(), String> {
        match pool {
            Some(USER_POOL) => {
                self.push(action, Resource::UserPool, Context::new());
                Ok(())
            }
            other => Err(format!("{} asks for the user pool {other:?}", self.function)),
        }
    }

    fn on_key(
        &mut self,
        action: &'static str,
        key: Option<&str>,
        mut context: Context,
    ) -> Result<(), String> {
        let resource = match key {
            Some(WRAPPING_KEY) => Resource::WrappingKey,
            Some(FINGERPRINT_KEY) => Resource::FingerprintKey,
            Some(ROW_KEY) => Resource::RowKey,
            Some(TOKEN_KEY) => Resource::TokenSigningKey,
            other => return Err(format!("{} asks for the KMS key {other:?}", self.function)),
        };
        if resource == Resource::WrappingKey {
            let algorithm = ["SYMMETRIC_DEFAULT".to_owned()].into();
            context.insert("kms:EncryptionAlgorithm".to_owned(), algorithm);
        }
        self.push(action, resource, context);
        Ok(())
    }

    fn query(&mut self, call: &QueryInput) -> Result<(), String> {
        let resource = table(call.table_name(), call.index_name())?;
        // `PK = :partition`, and perhaps more of the sort key.
        let condition = call.key_condition_expression().unwrap_or_default();
        let mut words = condition.split(' ');
        let value = match (words.next(), words.next(), words.next()) {
            (Some(_), Some("="), Some(name)) => {
                call.expression_attribute_values().and_then(|values| values.get(name))
            }
            _ => None,
        };
        let Some(AttributeValue::S(key)) = value else {
            return Err(format!("{} queries by `{condition}`", self.function));
        };
        self.on_items("dynamodb:Query", resource, vec![key.clone()]);
        Ok(())
    }

    /// Each item needs the permission of its own kind. Those of one kind and table are one need.
    fn transaction(&mut self, items: &[TransactWriteItem]) -> Result<(), String> {
        let mut grouped = BTreeMap::<_, Vec<String>>::new();
        for item in items {
            let (action, name, key) = if let Some(put) = item.put() {
                ("dynamodb:PutItem", put.table_name(), put.item())
            } else if let Some(update) = item.update() {
                ("dynamodb:UpdateItem", update.table_name(), update.key())
            } else if let Some(delete) = item.delete() {
                ("dynamodb:DeleteItem", delete.table_name(), delete.key())
            } else if let Some(check) = item.condition_check() {
                ("dynamodb:ConditionCheckItem", check.table_name(), check.key())
            } else {
                return Err(format!("{} has an item of no kind in a transaction", self.function));
            };
            grouped.entry((action, table(Some(name), None)?)).or_default().push(partition(Some(key))?);
        }
        for ((action, resource), keys) in grouped {
            self.on_items(action, resource, keys);
        }
        Ok(())
    }

    fn push(&mut self, action: &'static str, resource: Resource, context: Context) {
        self.found.push(Need { function: self.function, action, resource, context });
    }
}

fn table(name: Option<&str>, index: Option<&str>) -> Result<Resource, String> {
    match (name, index) {
        (Some(TABLE), None) => Ok(Resource::Table),
        (Some(TABLE), Some("by_title")) => Ok(Resource::ByTitle),
        (Some(TABLE), Some("by_system")) => Ok(Resource::BySystem),
        (Some(TABLE), Some("by_due")) => Ok(Resource::ByDue),
        (Some(VAULT), None) => Ok(Resource::Vault),
        other => Err(format!("there is no table or index {other:?}")),
    }
}

fn partition(item: Option<&Item>) -> Result<String, String> {
    let key = item.and_then(|item| item.get("PK")).and_then(|key| key.as_s().ok());
    key.cloned().ok_or_else(|| "an item without a partition key".to_owned())
}

/// What KMS derives from the algorithm of a MAC.
fn with_algorithm(algorithm: Option<&MacAlgorithmSpec>) -> Context {
    let algorithm = algorithm.map(|algorithm| algorithm.as_str().to_owned());
    Context::from([("kms:MacAlgorithm".to_owned(), algorithm.into_iter().collect())])
}

/// What KMS derives from an encryption context.
fn encryption(pairs: Option<&HashMap<String, String>>) -> Context {
    let pairs = pairs.into_iter().flatten();
    let mut context = Context::new();
    for (name, value) in pairs {
        context.insert(format!("kms:EncryptionContext:{name}"), [value.clone()].into());
        context.entry("kms:EncryptionContextKeys".to_owned()).or_default().insert(name.clone());
    }
    context
}
