# What deploy.sh says. Plain bash 3.2, as macOS has it.

say() {
  printf '%s\n' "$*"
}

# fail SENTENCE: says why nothing was done, and ends.
fail() {
  printf 'deploy.sh: %s\n' "$*" >&2
  exit 1
}

# ask QUESTION: ends unless the answer is yes.
ask() {
  [ -z "$yes" ] || return 0
  printf '%s\nAnswer yes to go on: ' "$1"
  local answer=
  read -r answer || say '(nobody is here to answer: run this in a terminal, or with --yes)'
  [ "$answer" = yes ] || fail 'Nothing of this was changed, because the answer was not yes.'
}
