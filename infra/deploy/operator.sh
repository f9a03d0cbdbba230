# How deploy.sh makes the first machine client: the operator, which makes accounts and all other clients. No route makes it,
# because whoever could would be an operator already. The policy of the key of rows names the caller of deploy.sh (RowWriter) only
# while it makes the row.

# uuid: a UUID of version 4 (RFC 9562 §5.4).
uuid() {
  local digits
  digits=$(head -c 16 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  printf '%s-%s-4%s-a%s-%s' "${digits:0:8}" "${digits:8:4}" "${digits:13:3}" "${digits:17:3}" "${digits:20:12}"
}

# check_sum TEXT: its SHA-256.
check_sum() {
  printf '%s' "$1" | $hash | cut -c1-64
}

# row_writer: who calls AWS, as the parameter RowWriter names them. A role's session does not show the role's path.
row_writer() {
  local arn name
  arn=$(aws sts get-caller-identity --query Arn --output text) || fail 'The AWS CLI is not signed in: see its answer above.'
  case $arn in
    arn:*:sts::*:assumed-role/*)
      name=${arn#*:assumed-role/}
      arn=$(aws iam get-role --role-name "${name%%/*}" --query Role.Arn --output text) ||
        fail "The role ${name%%/*} cannot be seen: you need iam:GetRole on it, to make the operator."
      ;;
  esac
  case $arn in
    arn:*:iam::*:role/* | arn:*:iam::*:user/* | arn:*:iam::*:root) printf '%s' "${arn#arn:*:iam::*:}" ;;
    *) fail "You are $arn, and only a role, a user or the account itself can make the operator: deploy as one of these." ;;
  esac
}

# part KIND TEXT: a part of what the MAC of a row is over (docs/row-macs.md). The texts here are ASCII, so characters are bytes.
part() {
  printf '%s%s:%s' "$1" "${#2}" "$2"
}

# operator_digest SECRET_ID SHA256 CREATED_AT: the digest of the operator's row, as 32 bytes.
operator_digest() {
  local secret members
  secret=$(part T created_at)$(part T "$3")$(part T id)$(part T "$1")$(part T sha256)$(part T "$2")
  members=$(part T permissions)$(part L "$(part T accounts:operate)")
  members=$members$(part T secrets)$(part L "$(part M "$secret")")$(part T state)$(part T active)
  bytes_of "$(check_sum "$(part T 'keyward row 1')$(part T "$deployment")$(part T keyward)$(part T CLIENT#operator)$(part T CLIENT)$(part M "$members")")"
}

# bytes_of DIGITS: the bytes that hexadecimal digits stand for.
bytes_of() {
  printf %b "$(printf '%s' "$1" | sed 's/../\\x&/g')"
}

# table_in_use: the table that the deployment is about to use. It is a restored one that PARAMETERS names, or the one of the stack.
table_in_use() {
  local table
  table=$(parameter RestoredTableName)
  [ "$table" ] || table=$(outputs data OutputValue TableName)
  # A stack that was just taken over has no outputs, and its table has the deployment's name.
  case $table in '' | None) table=$deployment ;; esac
  printf '%s' "$table"
}

# has_operator TABLE: whether the operator's row is there.
has_operator() {
  local state
  state=$(aws dynamodb get-item --table-name "$1" --consistent-read --key "$operator_place" --query Item.state.S --output text) ||
    fail "The table $1 cannot be read: see the answer above."
  case $state in '' | None) return 1 ;; esac
}

operator_place='{"PK": {"S": "CLIENT#operator"}, "SK": {"S": "CLIENT"}}'

# first_operator TABLE KEY: makes the client `operator` unless it is there, and sets `operator_secret`, which nothing shows again. The
# secret has the form of shared/src/membership/client_secret.rs, and the row has its SHA-256 alone.
first_operator() {
  local digits secret id now hashed mac kept
  operator_secret=
  ! has_operator "$1" || return 0
  digits=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  secret=$(check_sum "check sum of kwsecret_$digits")
  secret=kwsecret_$digits${secret:0:8}
  id=secret_$(uuid) now=$(date -u +%Y-%m-%dT%H:%M:%SZ) hashed=$(check_sum "$secret")
  # Both versions of the AWS CLI send the bytes of a fileb:// as they are. A value in base64 they read differently.
  mac=$(operator_digest "$id" "$hashed" "$now" |
    aws kms generate-mac --key-id "$2" --mac-algorithm HMAC_SHA_256 --message fileb:///dev/stdin --query Mac --output text) ||
    fail "The operator's row cannot be authenticated: see the answer above."
  kept='{"id": {"S": "'$id'"}, "sha256": {"S": "'$hashed'"}, "created_at": {"S": "'$now'"}}'
  aws dynamodb put-item --table-name "$1" --condition-expression 'attribute_not_exists(PK)' --item "${operator_place%\}}"', "state": {"S": "active"},
    "permissions": {"L": [{"S": "accounts:operate"}]}, "secrets": {"L": [{"M": '"$kept"'}]}, "mac": {"S": "'$mac'"}}' ||
    fail "The operator's row was not written: see the answer above."
  operator_secret=$secret
}
