# How deploy.sh asks the new code who it is, and how it does.

# commit_of ZIP: the commit that infra/package.sh built it from. It stands in a file beside the zip.
commit_of() {
  local file
  file=$(dirname "$1")/commit
  if [ -f "$file" ]; then
    cat "$file"
  fi
}

# check_version URL COMMIT: asks the API which commit answers. Its first answers may come from the code before.
check_version() {
  local answer='' tries=${TRIES:-12}
  while [ "$tries" -gt 0 ]; do
    answer=$(curl --silent --fail --max-time 30 "$1/v1/version" || true)
    case $answer in
      *"\"commit\":\"$2\""*)
        say "The code that answers is of commit $2."
        return
        ;;
      *'"commit":'*)
        if [ -z "$2" ]; then
          say "The API answers: $answer"
          return
        fi
        ;;
    esac
    tries=$((tries - 1))
    [ "$tries" = 0 ] || sleep "${POLL:-5}"
  done
  if [ "$answer" ]; then
    fail "Both stacks are deployed, but $1/v1/version answers $answer and not commit $2: another deployment changed the functions, or its name leads to another API."
  fi
  # A domain of one's own leads nowhere before its record exists, and API Gateway's address is turned off.
  local target
  target=$(outputs app OutputValue DomainTarget)
  case $target in
    '' | None) fail "Both stacks are deployed, but $1/v1/version does not answer: see the log of the function get_version." ;;
    *) say "$1 does not answer yet: its DNS record has to lead to $target. After that, $1/v1/version shows commit $2." ;;
  esac
}

# ringing: the alarms of the app stack that ring now, one a line.
ringing() {
  aws cloudwatch describe-alarms --alarm-name-prefix "$deployment-" --state-value ALARM --output text \
    --query '[MetricAlarms, CompositeAlarms][][].AlarmName' | tr '\t' '\n' | sed '/^None$/d; /^$/d'
}

# watch_alarms SECONDS: fails if an alarm begins to ring within this time. What rang before is not the new code's doing.
watch_alarms() {
  local before now looks=$(($1 / 5))
  [ "$looks" -gt 0 ] || return 0
  before=$(ringing)
  say "Watching the alarms for $1 seconds."
  while [ "$looks" -gt 0 ]; do
    sleep "${POLL:-5}"
    looks=$((looks - 1))
    now=$(ringing | grep -vxF "$before" | tr '\n' ' ' || true)
    [ -z "$now" ] ||
      fail "Both stacks are deployed, and an alarm has begun to ring: ${now% }. docs/operations.md says what it means, and infra/README.md how to go back."
  done
}
