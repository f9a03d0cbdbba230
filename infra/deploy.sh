#!/usr/bin/env bash
# Deploys the product: deploy.sh ZIP PANEL_ZIP. It uses whatever account and region the AWS CLI is signed in to.
#
# BUCKET        an S3 bucket in that region, for the zips and the template, which is too long to be sent by itself
# LOGIN_PREFIX  what the address of the sign-in page begins with
# STACK         the stack's name; the tables and functions are named after it (keyward)
# PARAMETERS    further parameters of the template: "AlarmEmail=ops@example.com LogRetentionInDays=90"
set -euo pipefail
cd "$(dirname "$0")/.."
zip=$1
panel_zip=$2
: "${BUCKET:?an S3 bucket for the zips and the template}" "${LOGIN_PREFIX:?what the address of the sign-in page begins with}"
stack=${STACK:-keyward}

# Named by what is in it: the functions change when the code does, and going back is deploying an older zip.
key="$stack/$(sha256sum "$zip" | cut -c1-16).zip"
panel_key="$stack/$(sha256sum "$panel_zip" | cut -c1-16).zip"
aws s3 cp --only-show-errors "$zip" "s3://$BUCKET/$key"
aws s3 cp --only-show-errors "$panel_zip" "s3://$BUCKET/$panel_key"

read -r -a further <<< "${PARAMETERS:-}"
aws cloudformation deploy --stack-name "$stack" --template-file infra/template.yaml \
  --s3-bucket "$BUCKET" --s3-prefix "$stack" --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset \
  --parameter-overrides "CodeBucket=$BUCKET" "CodeKey=$key" "PanelCodeKey=$panel_key" "LoginPrefix=$LOGIN_PREFIX" "${further[@]}"
aws cloudformation describe-stacks --stack-name "$stack" --output table \
  --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]'
