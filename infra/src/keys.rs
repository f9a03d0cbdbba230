//! The part of `data.yaml` that `make generate` writes: the KMS keys. Who may use each of them
//! follows from the function table.

use keyward_functions::table::{Resource, Right, functions};

use crate::{
    app::statements::{ALGORITHM, SIGNING, context, indented, verb},
    names::capital,
};

/// Every key, with its alias.
pub(crate) fn blocks() -> String {
    let properties = WRAPPING.replace("<users>\n", &users(Resource::WrappingKey, context));
    let wrapping = [FIRST, &properties, SECOND, &properties, ALIAS].concat();
    let fingerprint =
        FINGERPRINT.replace("<users>\n", &users(Resource::FingerprintKey, |_| ALGORITHM.to_owned()));
    let rows = ROWS.replace("<users>\n", &users(Resource::RowKey, |_| ALGORITHM.to_owned()));
    let tokens = TOKENS.replace("<users>\n", &users(Resource::TokenSigningKey, |_| SIGNING.to_owned()));
    [wrapping.as_str(), fingerprint.as_str(), rows.as_str(), tokens.as_str(), TABLES]
        .join("\n")
        .replace("<administered>\n", ADMINISTERED)
        .replace("<account>", ACCOUNT)
}

/// The statements that let in the functions which use a key: one for each set of actions, with the roles of the functions
/// that need it.
fn users(resource: Resource, condition: impl Fn(&Right) -> String) -> String {
    let mut statements: Vec<(&Right, String)> = Vec::new();
    for function in functions() {
        for right in function.rights.iter().filter(|right| right.resource == resource) {
            let role = ROLE.replace("<role>", function.name.as_str());
            let is_same = |known: &Right| (known.actions, known.items) == (right.actions, right.items);
            match statements.iter_mut().find(|(known, _)| is_same(known)) {
                Some((_, roles)) => roles.push_str(&role),
                None => statements.push((right, role)),
            }
        }
    }
    let statement = |(right, roles): &(&Right, String)| {
        let actions = right.actions;
        let verbs: Vec<&str> = actions.iter().map(|action| verb(action)).collect();
        let kinds: Vec<String> = right.items.iter().map(|kind| capital(kind)).collect();
        let text = USERS
            .replace("<verbs>", &format!("{}{}", verbs.join("And"), kinds.join("And")))
            .replace("<actions>", &actions.join(", "))
            .replace("<roles>\n", roles);
        indented(&(text + &condition(right).replace("  Condition:\n", "")), 10)
    };
    statements.iter().map(statement).collect()
}

const ACCOUNT: &str = "{Fn::Sub: 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'}";
const ROLE: &str = "        - {Fn::Sub: 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role${RolePath}${Deployment}-<role>'}\n";

const USERS: &str = "- Sid: LetRoles<verbs>
  Effect: Allow
  Principal: {AWS: <account>}
  Action: [<actions>]
  Resource: '*'
  Condition:
    ArnEquals:
      aws:PrincipalArn:
<roles>
";

const ADMINISTERED: &str = "          # Lets the account administer the key but not use it. To allow an action that is not in this list, change this
          # policy.
          - Sid: LetTheAccountAdministerWithoutUsing
            Effect: Allow
            Principal: {AWS: <account>}
            Action:
              [kms:CancelKeyDeletion, kms:CreateAlias, kms:DeleteAlias, kms:DescribeKey, kms:DisableKey, kms:EnableKey,
               kms:EnableKeyRotation, kms:GetKeyPolicy, kms:GetKeyRotationStatus, kms:ListGrants, kms:ListKeyPolicies,
               kms:ListKeyRotations, kms:ListResourceTags, kms:PutKeyPolicy, kms:RevokeGrant, kms:RotateKeyOnDemand,
               kms:ScheduleKeyDeletion, kms:TagResource, kms:UntagResource, kms:UpdateAlias, kms:UpdateKeyDescription]
            Resource: '*'
";

const FIRST: &str = "  # ==== Keys ======================================================================
  # The principal of each statement is the account; a condition limits the statement to roles by name. KMS refuses a policy
  # whose principal is a role that does not exist. If the role exists, KMS stores its internal identifier, so a role created
  # again under the same name would not match. With conditions on names, the keys can be created before the roles and
  # outlive them. When the principal is the account, the role's own policy has to allow the call too. Both policies carry
  # the same conditions. Data keys are of kinds: of keys' fields, apps' secrets, access tokens and refresh tokens. Different
  # functions create, unwrap and re-wrap data keys of one kind, but for refresh tokens: the function that uses them up gets
  # the next ones.

  # Wraps data keys. If this key is lost, no secret can be opened again. It is a multi-Region key, because a key cannot
  # become one later (KMS API reference, CreateKey, MultiRegion).
  WrappingKey:
    Type: AWS::KMS::Key
";

const SECOND: &str = "
  # Takes over from the first, or gives back to it (WrappingKeys). It has the same policy.
  SecondWrappingKey:
    Type: AWS::KMS::Key
    Condition: HasSecondWrappingKey
";

const WRAPPING: &str = "    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      Description: {Fn::Sub: 'Wraps the data keys of ${Deployment}'}
      EnableKeyRotation: true
      MultiRegion: true
      PendingWindowInDays: 30
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
<administered>
          # A replica has a key policy of its own (KMS developer guide, \"Control access to multi-Region keys\"). A caller who
          # may create one may give the replica a policy that opens every secret. Without a break-glass role, the name below
          # is empty, and no role has an empty name.
          - Sid: KeepTheKeyInItsRegion
            Effect: Deny
            Principal: {AWS: <account>}
            Action: [kms:ReplicateKey, kms:UpdatePrimaryRegion]
            Resource: '*'
            Condition:
              ArnNotEquals:
                aws:PrincipalArn: {Fn::Sub: 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${BreakGlassRole}'}
          - Sid: LetTheBreakGlassRoleMoveTheKey
            Effect: Allow
            Principal: {AWS: <account>}
            Action: [kms:ReplicateKey, kms:UpdatePrimaryRegion]
            Resource: '*'
            Condition:
              ArnEquals:
                aws:PrincipalArn: {Fn::Sub: 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${BreakGlassRole}'}
<users>
";

const ALIAS: &str = "
  WrappingKeyAlias:
    Type: AWS::KMS::Alias
    Properties:
      AliasName: {Fn::Sub: 'alias/${Deployment}-wrapping'}
      TargetKeyId: {Fn::If: [SecondKeyWraps, {Ref: SecondWrappingKey}, {Ref: WrappingKey}]}
";

const FINGERPRINT: &str = "  # Fingerprints the bodies of requests with an `Idempotency-Key`.
  FingerprintKey:
    Type: AWS::KMS::Key
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      Description: {Fn::Sub: 'Fingerprints requests to ${Deployment}'}
      KeySpec: HMAC_256
      KeyUsage: GENERATE_VERIFY_MAC
      PendingWindowInDays: 30
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
<administered>
<users>

  FingerprintKeyAlias:
    Type: AWS::KMS::Alias
    Properties:
      AliasName: {Fn::Sub: 'alias/${Deployment}-fingerprint'}
      TargetKeyId: {Ref: FingerprintKey}
";

const ROWS: &str = "  # Authenticates rows that grant something: whoever writes the table and may not use this key grants nothing. If this key is
  # lost, nobody has a right any more until the rows are authenticated anew.
  RowKey:
    Type: AWS::KMS::Key
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      Description: {Fn::Sub: 'Authenticates rows of ${Deployment}'}
      KeySpec: HMAC_256
      KeyUsage: GENERATE_VERIFY_MAC
      PendingWindowInDays: 30
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
<administered>
<users>
          # The operator's row is made by deploy.sh, because no route makes it. RowWriter names its caller in that moment.
          # At all other times RowWriter is `role/`. No role has an empty name, so the statement then lets nobody in.
          - Sid: LetTheRowWriterGenerateMac
            Effect: Allow
            Principal: {AWS: <account>}
            Action: [kms:GenerateMac]
            Resource: '*'
            Condition:
              ArnEquals:
                aws:PrincipalArn: {Fn::Sub: 'arn:${AWS::Partition}:iam::${AWS::AccountId}:${RowWriter}'}
              StringEquals:
                kms:MacAlgorithm: HMAC_SHA_256

  RowKeyAlias:
    Type: AWS::KMS::Alias
    Properties:
      AliasName: {Fn::Sub: 'alias/${Deployment}-rows'}
      TargetKeyId: {Ref: RowKey}
";

const TOKENS: &str =
    "  # Signs access tokens. Its public half is in the functions' environment, where deploy.sh puts it.
  TokenSigningKey:
    Type: AWS::KMS::Key
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      Description: {Fn::Sub: 'Signs access tokens of ${Deployment}'}
      KeySpec: RSA_2048
      KeyUsage: SIGN_VERIFY
      PendingWindowInDays: 30
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
<administered>
          # deploy.sh reads the public half, which is no secret.
          - Sid: LetTheAccountReadThePublicHalf
            Effect: Allow
            Principal: {AWS: <account>}
            Action: [kms:GetPublicKey]
            Resource: '*'
<users>

  TokenSigningKeyAlias:
    Type: AWS::KMS::Alias
    Properties:
      AliasName: {Fn::Sub: 'alias/${Deployment}-tokens'}
      TargetKeyId: {Ref: TokenSigningKey}
";

const TABLES: &str = "  # Encrypts the tables where TableEncryption is OWN_KEY. Only DynamoDB uses it, for callers that DynamoDB has allowed to
  # read or write. So no role needs kms:Decrypt on it, and sealing and opening stay apart. The statement is that of the
  # key `aws/dynamodb`, without its wildcards (DynamoDB developer guide, \"DynamoDB encryption at rest: usage notes\", and
  # \"Authorizing use of your AWS KMS key\").
  TableKey:
    Type: AWS::KMS::Key
    Condition: HasTableKey
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      Description: {Fn::Sub: 'Encrypts the tables of ${Deployment}'}
      EnableKeyRotation: true
      PendingWindowInDays: 30
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
<administered>
          - Sid: LetDynamoDBUseItForCallersOfThisAccount
            Effect: Allow
            Principal: {AWS: '*'}
            Action:
              [kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey,
               kms:GenerateDataKeyWithoutPlaintext, kms:ReEncryptFrom, kms:ReEncryptTo]
            Resource: '*'
            Condition:
              StringEquals:
                kms:CallerAccount: {Ref: AWS::AccountId}
                kms:ViaService: {Fn::Sub: 'dynamodb.${AWS::Region}.${AWS::URLSuffix}'}
";
