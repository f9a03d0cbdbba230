# How deploy.sh makes the first machine client: the operator, which makes accounts and all other clients. No route makes it,
# because whoever could would be an operator already.

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

# first_operator TABLE: makes the client `operator` unless it is there, and sets `operator_secret`, which nothing shows again. The
# secret has the form of shared/src/membership/client_secret.rs, and the row has its SHA-256 alone.
first_operator() {
  local place='{"PK": {"S": "CLIENT#operator"}, "SK": {"S": "CLIENT"}}' state digits secret kept
  operator_secret=
  state=$(aws dynamodb get-item --table-name "$1" --consistent-read --key "$place" --query Item.state.S --output text) ||
    fail "The table $1 cannot be read: see the answer above."
  case $state in '' | None) ;; *) return ;; esac
  digits=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  secret=$(check_sum "check sum of kwsecret_$digits")
  secret=kwsecret_$digits${secret:0:8}
  kept='{"id": {"S": "secret_'$(uuid)'"}, "sha256": {"S": "'$(check_sum "$secret")'"}, "created_at": {"S": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'"}}'
  aws dynamodb put-item --table-name "$1" --condition-expression 'attribute_not_exists(PK)' --item "${place%\}}"', "state": {"S": "active"},
    "permissions": {"L": [{"S": "accounts:operate"}]}, "secrets": {"L": [{"M": '"$kept"'}]}}' ||
    fail "The operator's row was not written: see the answer above."
  operator_secret=$secret
}
