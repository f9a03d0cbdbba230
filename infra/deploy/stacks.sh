# How deploy.sh makes a stack what its template says, whatever state the stack is in. The states are those of the CloudFormation
# API reference, "Stack"; what each allows is in the CloudFormation user guide, "Understand stack creation events" and
# "Troubleshooting CloudFormation".

# outputs NAME QUERY [KEY [FORMAT]]
outputs() {
  local filter=${3:+"?OutputKey=='$3'"}
  aws cloudformation describe-stacks --stack-name "$deployment-$1" --query "Stacks[0].Outputs[$filter].$2" --output text
}

# issuer_of POOL: the address that the tokens of a user pool name as their issuer.
issuer_of() {
  local suffix=amazonaws.com
  case $region in cn-*) suffix=amazonaws.com.cn ;; esac
  printf 'https://cognito-idp.%s.%s/%s' "$region" "$suffix" "$1"
}

# status_of NAME: the state of a stack, or ABSENT.
status_of() {
  local answer
  if answer=$(aws cloudformation describe-stacks --stack-name "$deployment-$1" --query 'Stacks[0].StackStatus' --output text 2>&1); then
    printf '%s' "$answer"
    return
  fi
  case $answer in
    *'does not exist'*) printf ABSENT ;;
    *) fail "The stack $deployment-$1 cannot be seen: $answer" ;;
  esac
}

# after_repair NAME STATUS: ABSENT where the stack is created anew, else PRESENT.
after_repair() {
  case $2 in
    ABSENT | DELETE_* | REVIEW_IN_PROGRESS | CREATE_* | ROLLBACK_*)
      case $2 in CREATE_COMPLETE) printf PRESENT ;; *) printf ABSENT ;; esac
      ;;
    *) printf PRESENT ;;
  esac
}

# settled NAME: waits until nothing is in progress, and sets `status`.
settled() {
  status=$(status_of "$1")
  while :; do
    case $status in
      REVIEW_IN_PROGRESS) return ;;
      *_IN_PROGRESS)
        sleep "${POLL:-5}"
        status=$(status_of "$1")
        ;;
      *) return ;;
    esac
  done
}

# why NAME: which resources failed in the last operation, and why.
why() {
  aws cloudformation describe-stack-events --stack-name "$deployment-$1" --max-items 400 --output text \
    --query "StackEvents[?ends_with(ResourceStatus, '_FAILED') && ResourceStatusReason && !contains(ResourceStatusReason, 'cancelled')].[LogicalResourceId, ResourceStatusReason]" |
    awk -F '\t' 'NF == 2 && !seen[$0]++ { print "  " $1 ": " $2 }' >&2
}

# delete NAME: deletes a stack that was never whole.
delete() {
  aws cloudformation delete-stack --stack-name "$deployment-$1"
  settled "$1"
  case $status in
    ABSENT | DELETE_COMPLETE) ;;
    *)
      why "$1"
      fail "The stack $deployment-$1 cannot be deleted. Remove what holds it, and run this again."
      ;;
  esac
}

# repair NAME: brings a stack into a state in which it can be created or updated.
repair() {
  settled "$1"
  case $status in
    ABSENT | REVIEW_IN_PROGRESS | CREATE_COMPLETE | UPDATE_COMPLETE | UPDATE_ROLLBACK_COMPLETE) ;;
    IMPORT_COMPLETE | IMPORT_ROLLBACK_COMPLETE) ;;
    # A creation that was not rolled back. Rolling back deletes what it created; deleting the stack would retain it.
    CREATE_FAILED)
      say "$deployment-$1: the last creation failed. It is rolled back first."
      aws cloudformation rollback-stack --stack-name "$deployment-$1" > /dev/null
      settled "$1"
      delete "$1"
      ;;
    ROLLBACK_COMPLETE | ROLLBACK_FAILED | DELETE_FAILED)
      say "$deployment-$1: the last creation failed. The stack, which holds nothing, is deleted first."
      delete "$1"
      ;;
    UPDATE_FAILED)
      say "$deployment-$1: the last update failed. It is rolled back first."
      aws cloudformation rollback-stack --stack-name "$deployment-$1" > /dev/null
      settled "$1"
      ;;
    UPDATE_ROLLBACK_FAILED)
      say "$deployment-$1: the last rollback failed. It goes on first."
      aws cloudformation continue-update-rollback --stack-name "$deployment-$1"
      settled "$1"
      ;;
    *) fail "The stack $deployment-$1 is in the state $status, which deploy.sh does not know." ;;
  esac
  case $status in
    *_FAILED)
      why "$1"
      fail "The stack $deployment-$1 is still in the state $status. Mend the cause, and run this again."
      ;;
  esac
}

# What holds data, or what rows name by an identifier that AWS gives.
stateful='AWS::DynamoDB::Table|AWS::KMS::Key|AWS::Cognito::UserPool|AWS::Cognito::UserPoolDomain|AWS::Cognito::UserPoolClient'

# hold ON|OFF: whether an update of the data stack may remove or replace what holds data (CloudFormation user guide, "Prevent
# updates to stack resources"). A change set obeys the policy that the stack has.
hold() {
  local held='' kinds
  if [ "$1" = ON ]; then
    kinds=$(printf '"%s"' "$stateful" | sed 's/|/","/g')
    held=',{"Effect":"Deny","Action":["Update:Delete","Update:Replace"],"Principal":"*","Resource":"*","Condition":{"StringEquals":{"ResourceType":['$kinds']}}}'
  fi
  aws cloudformation set-stack-policy --stack-name "$deployment-data" \
    --stack-policy-body '{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}'"$held"']}'
}

# deploy_stack NAME PARAMETER...: shows what would change, asks if that holds data, and does it.
deploy_stack() {
  local name=$1 stack=$deployment-$1 created changes change_set held lost before
  shift
  before=$(status_of "$name")
  # A list of tags that is not given would take those away that the stack has.
  local tags=() tag
  while IFS= read -r tag; do
    [ -z "$tag" ] || tags+=("$tag")
  done < <(tags_of "$name")
  created=$(aws cloudformation deploy --stack-name "$stack" --template-file "$templates/$name.yaml" \
    --s3-bucket "$BUCKET" --s3-prefix "$deployment" --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset \
    --no-execute-changeset ${ROLE_ARN:+--role-arn "$ROLE_ARN"} ${tags[@]+--tags "${tags[@]}"} --parameter-overrides "$@") ||
    fail "The change of $stack was refused: see the answer above."
  change_set=$(printf '%s\n' "$created" | grep -Eo 'arn:[^ ]+:changeSet/[^ ]+' || true)
  if [ -z "$change_set" ]; then
    say "$stack: nothing to change."
    return
  fi
  changes=$(aws cloudformation describe-change-set --change-set-name "$change_set" --output text \
    --query 'Changes[].ResourceChange.[Action, Replacement, ResourceType, LogicalResourceId]')
  say "$stack:"
  printf '%s\n' "$changes" | awk -F '\t' '{ print "  " $1 " " $3 " " $4 ($2 == "True" ? " (REPLACED)" : $2 == "Conditional" ? " (perhaps REPLACED)" : "") }'
  held=$(printf '%s\n' "$changes" | awk -F '\t' -v kinds="^($stateful)\$" '$1 != "Add" && $3 ~ kinds { print $4 }' | tr '\n' ' ')
  lost=$(printf '%s\n' "$changes" |
    awk -F '\t' -v kinds="^($stateful)\$" '$3 ~ kinds && ($1 == "Remove" || $2 == "True" || $2 == "Conditional") { print $4 }' | tr '\n' ' ')
  if [ "$lost" ]; then
    ask "This removes or replaces what holds data: $lost"
    hold OFF
  elif [ "$held" ] && [ -z "${planned:-}" ]; then
    ask "This changes what holds data: $held"
  fi
  aws cloudformation execute-change-set --change-set-name "$change_set"
  sleep "${START:-1}"
  settled "$name"
  case $before:$status in
    *:CREATE_COMPLETE | *:UPDATE_COMPLETE) ;;
    *)
      why "$name"
      fail "The stack $stack failed and is in the state $status. Mend the cause, and run this again."
      ;;
  esac
}

# tags_of NAME: one NAME=VALUE a line, those of TAGS or those that the stack has.
tags_of() {
  if [ "${TAGS:-}" ]; then
    printf '%s\n' "$TAGS" | tr ' ' '\n'
  elif [ "$(status_of "$1")" != ABSENT ]; then
    aws cloudformation describe-stacks --stack-name "$deployment-$1" --output text \
      --query "Stacks[0].Tags[].join('=', [Key, Value])" | tr '\t' '\n' | sed '/^None$/d'
  fi
}

# given NAME: an output of the data stack, as it stands in `data`.
given() {
  local line
  for line in "${data[@]}"; do
    case $line in "$1="*) printf '%s' "${line#*=}" ;; esac
  done
}

# epoch_of TABLE: the number of the epoch that a table is of. A table that was never restored has none, and is of the first.
epoch_of() {
  local place='{"PK": {"S": "DEPLOYMENT#EPOCH"}, "SK": {"S": "DEPLOYMENT#EPOCH"}}' number
  number=$(aws dynamodb get-item --table-name "$1" --consistent-read --key "$place" --query Item.epoch.N --output text) ||
    fail "The epoch of the table $1 cannot be read: see the answer above."
  case $number in
    '' | None) printf 1 ;;
    *) printf '%s' "$number" ;;
  esac
}

# upload ZIP: puts it into the bucket, and sets `key`. It is named by what is in it: the functions change when the code does,
# and going back is deploying an older zip.
upload() {
  key="$deployment/$($hash "$1" | cut -c1-16).zip"
  aws s3 cp --only-show-errors "$1" "s3://$BUCKET/$key"
}
