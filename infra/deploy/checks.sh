# What deploy.sh looks at before it changes anything. Each check that fails is one sentence.

check_tools() {
  local tool
  for tool in aws awk curl cut grep head od sed tr wc; do
    command -v "$tool" > /dev/null || fail "The program $tool is missing."
  done
  # macOS has the one, Debian both.
  if command -v shasum > /dev/null; then
    hash='shasum -a 256'
  elif command -v sha256sum > /dev/null; then
    hash=sha256sum
  else
    fail 'The programs shasum and sha256sum are both missing.'
  fi
}

read_settings() {
  [ "${BUCKET:-}" ] || fail 'BUCKET is not set: name an S3 bucket for the zips and the templates.'
  [ "${LOGIN_PREFIX:-}" ] || fail 'LOGIN_PREFIX is not set: choose what the address of the sign-in page begins with.'
  templates=${TEMPLATES:-infra}
  region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
  [ "$region" ] || fail 'No region is set: set AWS_REGION.'
  # CloudFormation cannot put the region into a parameter's default, so it is done here.
  deployment=${DEPLOYMENT:-keyward-$region}
  further=()
  local line between=' '
  case ${PARAMETERS:-} in *$'\n'*) between=$'\n' ;; esac
  while IFS= read -r line; do
    [ -z "$line" ] || further+=("$line")
  done < <(printf '%s\n' "${PARAMETERS:-}" | tr "$between" '\n')
}

# parameter NAME: the value that PARAMETERS gives it.
parameter() {
  local line
  for line in ${further[@]+"${further[@]}"}; do
    case $line in "$1="*) printf '%s' "${line#*=}" ;; esac
  done
}

# parameters_of TEMPLATE...: the names of their parameters.
parameters_of() {
  local name
  for name in "$@"; do
    awk -F '[ :]+' '/^[A-Za-z]/ { section = $1 } section == "Parameters" && /^  [A-Za-z]+:/ { print $2 }' "$templates/$name.yaml"
  done
}

# needs NAME OTHER: the one is of no use without the other.
needs() {
  if [ "$(parameter "$1")" ] && [ -z "$(parameter "$2")" ]; then
    fail "$1 needs $2."
  fi
}

check_settings() {
  local line name
  [ ${#deployment} -le 40 ] ||
    fail "The deployment's name $deployment has more than 40 characters: a role's name has at most 64, and ends in a function's name."
  printf '%s' "$deployment" | grep -E '^[a-z]([a-z0-9-]*[a-z0-9])?$' > /dev/null ||
    fail "The deployment's name $deployment may only have lower-case letters, digits and hyphens, and begins with a letter."
  printf '%s' "$LOGIN_PREFIX" | grep -E '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' > /dev/null ||
    fail "LOGIN_PREFIX $LOGIN_PREFIX may only have up to 63 lower-case letters, digits and hyphens."
  # Cognito developer guide, "Using the Amazon Cognito domain for a user pool".
  case $LOGIN_PREFIX in
    *aws* | *amazon* | *cognito*) fail "LOGIN_PREFIX $LOGIN_PREFIX has one of the words aws, amazon and cognito, which Cognito reserves." ;;
  esac
  for line in ${further[@]+"${further[@]}"}; do
    name=${line%%=*}
    [ "$name" != "$line" ] || fail "PARAMETERS has $line, which is not NAME=VALUE."
    parameters_of data app | grep -x "$name" > /dev/null ||
      fail "PARAMETERS names $name, which neither template has."
  done
  needs DomainName CertificateArn
  needs CertificateArn DomainName
  needs LoginDomain LoginCertificateArn
  needs LoginCertificateArn LoginDomain
  needs MailFrom MailIdentityArn
  needs MailIdentityArn MailFrom
  needs SubnetIds SecurityGroupIds
  needs SecurityGroupIds SubnetIds
  needs RestoredTableName RestoredTableStreamArn
  needs RestoredTableStreamArn RestoredVaultName
  needs RestoredVaultName RestoredTableName
  for line in "$zip" "$trials_zip" "$panel_zip"; do
    [ -f "$line" ] || fail "There is no zip $line: run make package."
  done
}

check_account() {
  aws sts get-caller-identity --output text > /dev/null || fail 'The AWS CLI is not signed in: see its answer above.'
  aws s3api head-bucket --bucket "$BUCKET" > /dev/null ||
    fail "The bucket $BUCKET does not exist, or you may not use it: create it in $region, or set BUCKET."
}

# Whether something exists that AWS shows by this command.
exists() {
  [ "$("$@" --output text 2> /dev/null | tr -d '[:space:]' | sed 's/^None$//')" ]
}

# check_wrapping_keys: another wrapping key takes over step by step, because a step that is left out would leave secrets that
# no function can open. The former key is given up after rewrap has kept that nothing is left for it.
check_wrapping_keys() {
  local wanted now key found
  wanted=$(parameter WrappingKeys)
  [ "$wanted" ] || return 0
  now=$(aws cloudformation describe-stacks --stack-name "$deployment-data" --output text \
    --query "Stacks[0].Parameters[?ParameterKey=='WrappingKeys'].ParameterValue")
  # Before there was the parameter, there was one key.
  case $now in '' | None) now=FIRST ;; esac
  case $now:$wanted in
    FIRST:SECOND | FIRST_AND_SECOND:SECOND)
      fail "WrappingKeys is $now and cannot become $wanted at once: set it to SECOND_AND_FIRST first." ;;
    SECOND:FIRST | SECOND_AND_FIRST:FIRST)
      fail "WrappingKeys is $now and cannot become $wanted at once: set it to FIRST_AND_SECOND first." ;;
    SECOND_AND_FIRST:SECOND | FIRST_AND_SECOND:FIRST)
      key=$(outputs data OutputValue WrappingKeyArn)
      found=$(aws dynamodb get-item --table-name "$(outputs data OutputValue VaultName)" --consistent-read --output text \
        --key '{"PK": {"S": "DEPLOYMENT#REWRAP"}, "SK": {"S": "DEPLOYMENT#REWRAP"}}' \
        --query '[Item.under.S, Item.nothing_left.BOOL]' | tr '\t' ' ')
      [ "$found" = "$key True" ] ||
        fail "WrappingKeys cannot become $wanted yet: rewrap has not kept that every data key is wrapped by $key."
      ;;
  esac
}

# Before the stacks exist, what they need has to be free.
check_first_deployment() {
  local table left needed reserved used quota
  for table in "$deployment" "$deployment-vault"; do
    ! exists aws dynamodb describe-table --table-name "$table" --query Table.TableArn ||
      fail "The table $table exists without a stack: take it over, as infra/README.md says, or set another DEPLOYMENT."
  done
  ! exists aws cognito-idp describe-user-pool-domain --domain "$LOGIN_PREFIX" --query DomainDescription.UserPoolId ||
    fail "LOGIN_PREFIX $LOGIN_PREFIX is taken by another user pool: choose another one."
  # Lambda keeps 100 that nobody reserves (Lambda developer guide, "Configuring reserved concurrency"). A new account may have 10.
  reserved=$(awk '$1 == "ReservedConcurrentExecutions:" { sum += $2 } END { print sum + 0 }' "$templates/app.yaml")
  needed=$((reserved + 100))
  left=$(aws lambda get-account-settings --query AccountLimit.UnreservedConcurrentExecutions --output text)
  [ "$left" -ge "$needed" ] ||
    fail "Lambda may run $left functions at once here that nobody has reserved, and $needed are needed: ask for more in Service Quotas."
  needed=$(grep -c 'Type: AWS::IAM::Role$' "$templates/app.yaml")
  used=$(aws iam get-account-summary --query SummaryMap.Roles --output text)
  quota=$(aws iam get-account-summary --query SummaryMap.RolesQuota --output text)
  case $used$quota in
    *None*) ;;
    *)
      [ $((used + needed)) -le "$quota" ] ||
        fail "The account has $used of $quota roles, and $needed more are needed: ask for more in Service Quotas."
      ;;
  esac
}

# key_set_of ID PUBLIC: the JWK Set (RFC 7517 section 5) of an RSA key of 2,048 bits with the exponent 65537. PUBLIC is its
# SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) in base64: 33 bytes that are always the same, the 256 of the modulus, and the five
# of the exponent. So the modulus stands between two fixed texts.
key_set_of() {
  local before=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA after=IDAQAB modulus
  modulus=${2#"$before"}
  modulus=${modulus%"$after"}
  [ "$2" = "$before$modulus$after" ] && [ ${#modulus} = 342 ] || return 1
  modulus=$(printf '%s' "$modulus" | tr '+/' '-_')
  printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"%s","n":"%s","e":"AQAB"}]}' "$1" "$modulus"
}

# is_key_set TEXT: whether a text without white space is a JWK Set of RSA keys (RFC 7517 section 5), each with an id. A member
# of a key is a text or a list of texts.
is_key_set() {
  local text='"[^"\\]*"'
  local member="\"[A-Za-z0-9_#]+\":($text|\\[$text(,$text)*\\])"
  printf '%s' "$1" | grep -Eq "^\\{\"keys\":\\[\\{$member(,$member)*\\}(,\\{$member(,$member)*\\})*\\]\\}\$" || return 1
  local name
  for name in '"kty":"RSA"' '"kid":"[^"]' '"n":"[A-Za-z0-9_-]' '"e":"[A-Za-z0-9_-]'; do
    # Each key has the member.
    [ "$(printf '%s' "$1" | tr '{' '\n' | grep -c "$name")" = "$(($(printf '%s' "$1" | tr -cd '{' | wc -c) - 1))" ] || return 1
  done
}
