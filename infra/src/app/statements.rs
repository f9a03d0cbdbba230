//! The statements of a function's role, as YAML.

use keyward_functions::table::{Resource, Right};

use crate::names::capital;

/// How wide a comment is.
const WIDTH: usize = 118;

/// The statement of a right, at the depth of a role's policy, with the reason above it.
pub(super) fn statement(right: &Right) -> String {
    let text = format!(
        "{}- Sid: {}
  Effect: Allow
  Action: [{}]
  Resource: {}
{}",
        comment(right.why),
        sid(right),
        right.actions.join(", "),
        place(right.resource),
        condition(right),
    );
    indented(&text, 14)
}

/// Whether a right is there only while another wrapping key takes over.
pub(super) fn is_of_the_takeover(right: &Right) -> bool {
    right.resource == Resource::FormerWrappingKey
}

/// A reason as a comment.
pub(super) fn comment(why: &str) -> String {
    let mut lines = vec!["#".to_owned()];
    for word in why.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() + 14 < WIDTH => *line = format!("{line} {word}"),
            Some(_) | None => lines.push(format!("# {word}")),
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

pub(crate) fn indented(text: &str, depth: usize) -> String {
    text.lines().map(|line| format!("{:depth$}{line}\n", "")).collect()
}

/// A name that reads as a sentence: what is done, on which items, where.
fn sid(right: &Right) -> String {
    let verbs = right.actions.iter().map(|action| verb(action)).collect::<Vec<_>>().join("And");
    let items = right.items.iter().map(|items| kind(right.resource, items)).collect::<Vec<_>>().join("And");
    format!("{verbs}{items}{}", whereabouts(right.resource))
}

/// `Get` of `dynamodb:GetItem`.
pub(crate) fn verb(action: &str) -> &str {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    name.strip_suffix("Item").unwrap_or(name)
}

/// `Member` of `MEMBER#*`; a pattern without a word of its own is that of sealed entries.
fn kind(resource: Resource, pattern: &str) -> String {
    if matches!(resource, Resource::WrappingKey | Resource::FormerWrappingKey) {
        return capital(pattern);
    }
    match pattern.split_once('#') {
        Some((word, _)) if word.chars().all(|letter| letter.is_ascii_uppercase()) => {
            capital(&word.to_lowercase())
        }
        Some(_) | None => "Sealed".to_owned(),
    }
}

const fn whereabouts(resource: Resource) -> &'static str {
    match resource {
        Resource::Table => "RowsOfTheTable",
        Resource::ByTitle => "TheIndexByTitle",
        Resource::BySystem => "TheIndexBySystem",
        Resource::ByDue => "TheIndexOfWhatIsDue",
        Resource::Stream => "OfTheTable",
        Resource::Vault => "RowsOfTheVault",
        Resource::WrappingKey => "WithTheWrappingKey",
        Resource::FormerWrappingKey => "WithTheFormerWrappingKey",
        Resource::FingerprintKey => "WithTheFingerprintKey",
        Resource::RowKey => "WithTheKeyOfRows",
        Resource::TokenSigningKey => "WithTheKeyOfTokens",
        Resource::UserPool => "OfTheUserPool",
        Resource::FailedChanges => "ToTheQueueOfFailures",
        Resource::Deliveries => "OfTheQueueOfDeliveries",
    }
}

/// The ARN of something.
const fn place(resource: Resource) -> &'static str {
    match resource {
        Resource::Table => {
            "{Fn::Sub: 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}'}"
        }
        Resource::ByTitle => {
            "{Fn::Sub: 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/index/by_title'}"
        }
        Resource::BySystem => {
            "{Fn::Sub: 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/index/by_system'}"
        }
        Resource::ByDue => {
            "{Fn::Sub: 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/index/by_due'}"
        }
        Resource::Stream => "{Ref: TableStreamArn}",
        Resource::Vault => {
            "{Fn::Sub: 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${VaultName}'}"
        }
        Resource::WrappingKey => "{Ref: WrappingKeyArn}",
        Resource::FormerWrappingKey => "{Ref: FormerWrappingKeyArn}",
        Resource::FingerprintKey => "{Ref: FingerprintKeyArn}",
        Resource::RowKey => "{Ref: RowKeyArn}",
        Resource::TokenSigningKey => "{Ref: TokenSigningKeyArn}",
        Resource::UserPool => {
            "{Fn::Sub: 'arn:${AWS::Partition}:cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/${UserPoolId}'}"
        }
        Resource::FailedChanges => "{Fn::GetAtt: [TableChangeFailures, Arn]}",
        Resource::Deliveries => "{Fn::GetAtt: [Deliveries, Arn]}",
    }
}

/// On which items, or with which encryption context.
fn condition(right: &Right) -> String {
    match right.resource {
        Resource::Table | Resource::Vault if !right.items.is_empty() => {
            let items: Vec<String> = right.items.iter().map(|pattern| format!("'{pattern}'")).collect();
            ITEMS.replace("<items>", &items.join(", "))
        }
        Resource::WrappingKey => context(right),
        Resource::FormerWrappingKey => of_kinds(right),
        Resource::FingerprintKey | Resource::RowKey => ALGORITHM.to_owned(),
        Resource::TokenSigningKey => SIGNING.to_owned(),
        Resource::Table
        | Resource::ByTitle
        | Resource::BySystem
        | Resource::ByDue
        | Resource::Stream
        | Resource::Vault
        | Resource::UserPool
        | Resource::FailedChanges
        | Resource::Deliveries => String::new(),
    }
}

const ITEMS: &str = "  Condition:
    ForAllValues:StringLike:
      dynamodb:LeadingKeys: [<items>]
    'Null':
      dynamodb:LeadingKeys: 'false'
";

/// What a call with the wrapping key has to have. Data keys are wrapped anew by the key that wrapped them, unless another key
/// takes over: otherwise a caller with the role could wrap them with a key of its own, and open them there.
pub(crate) fn context(right: &Right) -> String {
    let re_encrypts = right.actions.iter().any(|action| action.starts_with("kms:ReEncrypt"));
    let context = of_kinds(right);
    if re_encrypts { format!("{context}{SAME_KEY}") } else { context }
}

/// The encryption context of the kinds that a right is for.
fn of_kinds(right: &Right) -> String {
    let kinds = match right.items {
        [] => "field".to_owned(),
        [one] => (*one).to_owned(),
        several => format!("[{}]", several.join(", ")),
    };
    CONTEXT.replace("<kinds>", &kinds)
}

/// Source: "AWS KMS condition keys", `kms:ReEncryptOnSameKey`, in the KMS developer guide.
const SAME_KEY: &str = "    Bool:
      Fn::If: [ReplacesWrappingKey, {Ref: AWS::NoValue}, {kms:ReEncryptOnSameKey: 'true'}]
";

/// The four names and no other, each with a value, and the kind that the role is for.
const CONTEXT: &str = "  Condition:
    ForAllValues:StringEquals:
      kms:EncryptionContextKeys: [keyward:account, keyward:key, keyward:kind, keyward:seal]
    StringEquals:
      kms:EncryptionContext:keyward:kind: <kinds>
    StringLike:
      kms:EncryptionContext:keyward:account: '?*'
      kms:EncryptionContext:keyward:key: '?*'
      kms:EncryptionContext:keyward:seal: '?*'
";

/// How tokens are signed (KMS developer guide, "AWS KMS condition keys").
pub(crate) const SIGNING: &str = "  Condition:
    StringEquals:
      kms:MessageType: DIGEST
      kms:SigningAlgorithm: RSASSA_PKCS1_V1_5_SHA_256
";

pub(crate) const ALGORITHM: &str = "  Condition:
    StringEquals:
      kms:MacAlgorithm: HMAC_SHA_256
";
