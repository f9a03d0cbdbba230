#!/usr/bin/env bash
# Deploys the product: deploy.sh ZIP TRIALS_ZIP PANEL_ZIP. It uses the account and the region that the AWS CLI is signed in to. First comes
# what lasts (data.yaml), then the rest (app.yaml), which takes the outputs of the first as its parameters.
#
# BUCKET        an S3 bucket in that region, for the zips and the templates
# LOGIN_PREFIX  what the address of the sign-in page begins with
# DEPLOYMENT    what everything is named after (keyward-<region>: the regions of an account share the names of its roles)
# ROLE_PATH     the path of the functions' roles (/)
# PARAMETERS    further parameters of app.yaml: "AlarmEmail=ops@example.com LogRetentionInDays=90". They win over the outputs of
#               data.yaml: after a restore "TableName=… TableStreamArn=…" name the restored table
set -euo pipefail
cd "$(dirname "$0")/.."
zip=$1
trials_zip=$2
panel_zip=$3
: "${BUCKET:?an S3 bucket for the zips and the templates}" "${LOGIN_PREFIX:?what the address of the sign-in page begins with}"
# CloudFormation cannot put the region into a parameter's default, so it is done here.
deployment=${DEPLOYMENT:-keyward-${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}}

# deploy_stack NAME PARAMETER...
deploy_stack() {
  local name=$1
  shift
  aws cloudformation deploy --stack-name "$deployment-$name" --template-file "infra/$name.yaml" \
    --s3-bucket "$BUCKET" --s3-prefix "$deployment" --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset \
    --parameter-overrides "$@"
}

# outputs NAME QUERY [FORMAT]
outputs() {
  aws cloudformation describe-stacks --stack-name "$deployment-$1" --query "Stacks[0].Outputs[].$2" --output "${3:-text}"
}

deploy_stack data "Deployment=$deployment" "RolePath=${ROLE_PATH:-/}" "LoginPrefix=$LOGIN_PREFIX"
mapfile -t data < <(outputs data "join('=', [OutputKey, OutputValue])" | tr '\t' '\n')

# Named by what is in it: the functions change when the code does, and going back is deploying an older zip.
# upload ZIP: puts it into the bucket, and sets `key`.
upload() {
  key="$deployment/$(sha256sum "$1" | cut -c1-16).zip"
  aws s3 cp --only-show-errors "$1" "s3://$BUCKET/$key"
}
code=("CodeBucket=$BUCKET")
upload "$zip"
code+=("CodeKey=$key")
upload "$trials_zip"
code+=("TrialsCodeKey=$key")
upload "$panel_zip"
code+=("PanelCodeKey=$key")

read -r -a further <<< "${PARAMETERS:-}"
deploy_stack app "${data[@]}" "${code[@]}" "${further[@]}"
outputs data '[OutputKey, OutputValue]' table
outputs app '[OutputKey, OutputValue]' table
