#!/usr/bin/env bash
# Deploys the product: deploy.sh [--yes] ZIP TRIALS_ZIP PANEL_ZIP. It uses the account and the region that the AWS CLI is
# signed in to. First comes what lasts (data.yaml), then the rest (app.yaml), which takes the outputs of the first as its
# parameters. It can be run again after any failure. It asks before it changes what holds data; --yes answers for you.
#
# BUCKET        an S3 bucket in that region, for the zips and the templates
# LOGIN_PREFIX  what the address of the sign-in page begins with
# DEPLOYMENT    what everything is named after (keyward-<region>: the regions of an account share the names of its roles)
# ROLE_PATH     the path of the functions' roles (/)
# PARAMETERS    further parameters of either template: "AlarmEmail=ops@example.com LogRetentionInDays=90". One a line if a
#               value has spaces. A parameter that is not named keeps its value
# TAGS          tags of both stacks and of all that is in them: "team=platform cost-center=42". Without it, tags stay
# ROLE_ARN      the role by which CloudFormation changes the stacks. It needs what they contain, and you only need
#               cloudformation:*, iam:PassRole on it, and what the checks read. CloudFormation remembers it for each stack
# WATCH         how many seconds to watch the alarms of the stack afterwards (0): an alarm that rings meanwhile is a failure
# TEMPLATES     the directory of the templates (infra)
# POLL          how many seconds to wait between two looks at a stack (5)
# UNSEEN        leaves out the question for the version: a restore sets it, while the API is stopped
# TRIES         how often to ask the new code for its version (12)
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/deploy/words.sh
. infra/deploy/checks.sh
. infra/deploy/stacks.sh
. infra/deploy/version.sh
. infra/deploy/operator.sh

yes=
if [ "${1:-}" = --yes ]; then
  yes=1
  shift
fi
[ $# = 3 ] || fail 'Give three zips, as infra/package.sh prints them: deploy.sh [--yes] ZIP TRIALS_ZIP PANEL_ZIP.'
zip=$1 trials_zip=$2 panel_zip=$3

check_tools
read_settings
check_settings
check_account

status=$(status_of data)
# Who may authenticate rows by hand: the caller, while there is no operator, and otherwise nobody.
writer=role/
if [ "$(after_repair data "$status")" = ABSENT ]; then
  check_first_deployment
  writer=$(row_writer)
else
  check_wrapping_keys
  has_operator "$(table_in_use)" || writer=$(row_writer)
fi

# A new stack is created without deletion protection, or its rollback could not delete what it has created. The last step
# turns it on.
protection=
if [ "$(after_repair data "$status")" = ABSENT ]; then
  protection=DeletionProtection=OFF
fi
repair data
deploy_stack data "Deployment=$deployment" "RolePath=${ROLE_PATH:-/}" "LoginPrefix=$LOGIN_PREFIX" "RowWriter=$writer" ${protection:+"$protection"} \
  ${further[@]+"${further[@]}"}

data=()
while IFS= read -r line; do
  data+=("$line")
done < <(outputs data "join('=', [OutputKey, OutputValue || ''])" | tr '\t' '\n')
# The public half of the key that signs tokens goes to the functions, which check signatures without asking KMS.
for line in "${data[@]}"; do
  case $line in
    TokenSigningKeyArn=*)
      arn=${line#*=}
      public=$(aws kms get-public-key --key-id "$arn" --query PublicKey --output text)
      keys=$(key_set_of "${arn##*/}" "$public") ||
        fail "KMS shows a public half of $arn that is no RSA key of 2,048 bits: ${public:0:60}"
      data+=("TokenKeys=$keys")
      ;;
  esac
done

# The token route checks ID tokens with the public keys of the user pool, which Cognito shows to everybody (Cognito developer
# guide, "Verifying JSON web tokens").
for line in "${data[@]}"; do
  case $line in
    UserPoolId=*)
      keys=$(curl --fail --silent --show-error --retry 5 "$(issuer_of "${line#*=}")/.well-known/jwks.json" | tr -d '[:space:]') ||
        fail 'The public keys of the user pool cannot be read: see the answer above. Run this again.'
      is_key_set "$keys" ||
        fail "What answers for the public keys of the user pool sends no key set, but ${keys:0:60}: is there a proxy between this computer and AWS?"
      data+=("SignInKeys=$keys")
      ;;
  esac
done

# The number of the epoch stands in both tables: a restore writes it (infra/restore).
epoch=$(epoch_of "$(given TableName)")
[ "$epoch" = "$(epoch_of "$(given VaultName)")" ] ||
  fail "The tables $(given TableName) and $(given VaultName) are of different epochs: they were not restored together."
data+=("Epoch=$epoch")

upload "$zip"
code=("CodeBucket=$BUCKET" "CodeKey=$key")
upload "$trials_zip"
code+=("TrialsCodeKey=$key")
upload "$panel_zip"
code+=("PanelCodeKey=$key")

repair app
deploy_stack app "${data[@]}" "${code[@]}" ${further[@]+"${further[@]}"}

first_operator "$(given TableName)" "$(given RowKeyArn)"
if [ "$operator_secret" ]; then
  say "The operator's client is made. Keep its secret now, because nothing shows it again:"
  say "  client_id      operator"
  say "  client_secret  $operator_secret"
fi

# What the data stack could not know before: protection, now that nothing is created any more, and the panel's address. And nobody
# authenticates rows by hand any more.
url=$(outputs app OutputValue ApiUrl)
planned=1
deploy_stack data DeletionProtection=ON "PanelUrl=$url" RowWriter=role/ ${further[@]+"${further[@]}"}

# A deleted data stack leaves its tables and keys without one, and a replaced table is an empty one. To delete it all the same: infra/README.md, "Deleting everything".
if [ "$(parameter DeletionProtection)" = OFF ]; then
  hold OFF
else
  hold ON
  aws cloudformation update-termination-protection --enable-termination-protection --stack-name "$deployment-data" > /dev/null
fi

[ "${UNSEEN:-}" ] || check_version "$url" "$(commit_of "$zip")"
watch_alarms "${WATCH:-0}"
say "The control panel: $url"
if [ "$operator_secret" ]; then
  say 'Next: create the first account and its owner, as infra/README.md says under "An account and its owner".'
else
  say 'Next: open the panel and see that its keys are shown.'
fi
