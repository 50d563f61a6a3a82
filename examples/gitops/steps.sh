#!/usr/bin/env bash
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The steps of a pipeline for dialer.trunks, the same for GitHub Actions, GitLab CI, a timer and a person: docs/gitops.md.
#
#   steps.sh setup       tools and collections, into .venv and .collections
#   steps.sh validate    lint, JSON Schema, syntax, and the plan: reaches no dialer
#   steps.sh preview     what a run would change (--check --diff), written as Markdown to $TRUNKS_REPORT
#   steps.sh apply       validate, then change the dialers
#   steps.sh drift       what on the dialers is not as described, written as Markdown to $TRUNKS_REPORT
#   steps.sh rollback    the dialers back to their previous generation, at once; then revert the commit
#   steps.sh pull        fetch this repository and apply it when it has changed, from a timer (ansible-pull)
#
# More arguments go to ansible-playbook. Settings come from the environment:
#   TRUNKS_INVENTORY        inventory/production
#   TRUNKS_VAULT_PASSWORD   the vault's password, from the pipeline's secret store; never printed, never in a file
#   TRUNKS_SSH_KEY          the private key by which Ansible reaches the dialers, if no agent has it: its text, or a file
#   TRUNKS_ROLLOUT          [1, "25%", "100%"]: dialers at a time
#   TRUNKS_CONFIRM_WITHIN   seconds after which a change that was not confirmed is rolled back; unset: as site.yml has it
#   TRUNKS_REPORT           report.md
#   TRUNKS_REPOSITORY, TRUNKS_BRANCH (main), TRUNKS_CHECKOUT    for pull
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
inventory=${TRUNKS_INVENTORY:-inventory/production}
report=${TRUNKS_REPORT:-report.md}
rollout=${TRUNKS_ROLLOUT:-'[1, "25%", "100%"]'}
most=60000 # characters of a comment that GitHub takes

if [ -d .venv/bin ]; then export PATH=$PWD/.venv/bin:$PATH; fi
if [ -d .collections ]; then export ANSIBLE_COLLECTIONS_PATH=$PWD/.collections; fi
if [ -n "${TRUNKS_VAULT_PASSWORD:-}" ]; then export ANSIBLE_VAULT_PASSWORD_FILE=$here/vault-password; fi
# The dialers' host keys are in the repository: a pipeline trusts no stranger.
if [ -f known_hosts ]; then export ANSIBLE_SSH_COMMON_ARGS="-o UserKnownHostsFile=$PWD/known_hosts"; fi
export ANSIBLE_FORCE_COLOR=0 ANSIBLE_NOCOLOR=1

say() { printf '── %s\n' "$*"; }

with_key() { # nothing: an agent for this run that holds TRUNKS_SSH_KEY
    [ -n "${TRUNKS_SSH_KEY:-}" ] || return 0
    eval "$(ssh-agent -s)" >/dev/null
    trap 'ssh-agent -k >/dev/null' EXIT
    if [ -f "$TRUNKS_SSH_KEY" ]; then ssh-add -q - <"$TRUNKS_SSH_KEY"; else printf '%s\n' "$TRUNKS_SSH_KEY" | ssh-add -q -; fi
}

changing() { # sets options: those of a run that changes the dialers
    options=(--diff -e "{\"dialer_rollout\": $rollout}")
    if [ -n "${TRUNKS_CONFIRM_WITHIN:-}" ]; then options+=(-e "{\"dialer_confirm_within\": $TRUNKS_CONFIRM_WITHIN}"); fi
}

play() { # arguments of ansible-playbook
    ansible-playbook -i "$inventory" "$@"
}

setup() {
    python3 -m venv .venv
    .venv/bin/pip install --quiet --requirement "$here/requirements.txt"
    .venv/bin/ansible-galaxy collection install --requirements-file "$here/requirements.yml" --collections-path .collections
}

validate() {
    say "YAML"
    yamllint --strict --config-data '{extends: relaxed, rules: {line-length: disable}}' "$inventory"
    say "JSON Schema"
    "$here/check-schema" "$inventory"
    say "Syntax"
    play --syntax-check dialer.trunks.site
    say "Plan: the whole description, as the dialers would have it"
    local hosts first said
    hosts=$(ansible -i "$inventory" dialers --list-hosts | sed -n 's/^    //p')
    first=${hosts%%$'\n'*}
    said=$(ANSIBLE_CALLBACK_RESULT_FORMAT=yaml ansible -i "$inventory" "${first:?no host in group dialers}" \
        -m dialer.trunks.trunks_plan -a "{\"hosts\": [\"${hosts//$'\n'/\", \"}\"]}" 2>&1) || {
        printf '%s\n' "$said"
        return 1
    }
    echo "${hosts//$'\n'/, }: no mistakes"
}

preview() { # arguments of ansible-playbook
    local code=0 shown
    with_key
    play dialer.trunks.site --check --diff "$@" >"$report.log" 2>&1 || code=$?
    shown=$(tail -c "$most" "$report.log")
    {
        if [ $code = 0 ]; then echo "### What this would change on the dialers"; else echo "### This would fail"; fi
        printf '\n```diff\n%s\n```\n' "$shown"
        if [ "$(wc -c <"$report.log")" -gt $most ]; then echo "Only the end is shown; the job's log has all of it."; fi
    } >"$report"
    cat "$report.log"
    rm "$report.log"
    return $code
}

apply() { # arguments of ansible-playbook
    validate
    with_key
    say "Change the dialers"
    local options
    changing
    play dialer.trunks.site "${options[@]}" "$@"
}

drift() { # arguments of ansible-playbook
    with_key
    play dialer.trunks.drift -e drift_format=markdown -e "drift_file=$(realpath -m "$report")" "$@"
}

rollback() { # arguments of ansible-playbook
    with_key
    local options
    changing
    play dialer.trunks.rollback "${options[@]}" "$@"
}

pull() { # arguments of ansible-playbook
    with_key
    # ansible-pull fetches as localhost, which has to be in an inventory for it; without --limit it would play there only.
    local options checkout=${TRUNKS_CHECKOUT:-/var/lib/trunks-pull/checkout}
    changing
    export ANSIBLE_SSH_COMMON_ARGS="-o 'UserKnownHostsFile=$checkout/known_hosts ~/.ssh/known_hosts'"
    ansible-pull --url "$TRUNKS_REPOSITORY" --checkout "${TRUNKS_BRANCH:-main}" --directory "$checkout" --only-if-changed \
        --inventory "$here/localhost.yml" --inventory "$checkout/$inventory" --limit all "${options[@]}" "$@" site.yml
}

step=${1:-}
case $step in
    setup | validate | preview | apply | drift | rollback | pull)
        shift
        "$step" "$@"
        ;;
    *)
        sed -n '/^# The steps/,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
        exit 2
        ;;
esac
