#!/usr/bin/env bash
# Asks a running daemon whatever its own document of the API says that may be asked, and much that it says may not, and
# compares every answer with the document: `scripts/api-test.sh`. Once over the daemon's socket, where whoever runs the script
# may do everything, and once over TCP with a token, as a program from elsewhere comes. What is asked is drawn by Schemathesis,
# a Python package, which goes into the build's directory, and made more real by `api-test/hooks.py`; the daemon is that of
# `rackward demo`, on a free port, and ends with the script. Arguments go to Schemathesis:
# `scripts/api-test.sh --include-path /api/v1/grants`; then nobody counts how many operations did what they were asked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Drawn the same in every run, so that what it finds can be found again.
SEED=42
# For each operation and phase. More finds more, and takes as much longer.
EXAMPLES=${EXAMPLES:-10}
EXAMPLES_OVER_TCP=${EXAMPLES_OVER_TCP:-6}
# So many operations at least do what they are asked. What remains takes a person, another device or a provider.
REACHED_OVER_SOCKET=90
REACHED_OVER_TCP=75
# The usual allowance of requests is for people and programs, not for this.
ALLOWANCES=100000
SCHEMATHESIS=4.32.5

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$PWD/scripts/api-test
venv=$target/api-test
floors=$#

if ! command -v python3 >/dev/null; then
    echo "error: no python3; install it, the API is tested with it" >&2
    exit 1
fi
if ! "$venv/bin/schemathesis" --version 2>/dev/null | grep -q "$SCHEMATHESIS"; then
    rm -rf "$venv"
    python3 -m venv "$venv" || { echo "error: no venv for python3; install python3-venv" >&2; exit 1; }
    "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS"
fi

cargo build --quiet -p rackward --bin rackward

dir=$(mktemp -d)
demo=
relay=
cleanup() {
    local program
    for program in $relay $demo; do
        kill "$program" 2>/dev/null || true
        wait "$program" 2>/dev/null || true
    done
    rm -rf "$dir"
}
trap cleanup EXIT

mkfifo "$dir/ready" "$dir/port"
"$target/debug/rackward" demo --quiet --still --http 127.0.0.1:0 --allowances "$ALLOWANCES" --dir "$dir/site" \
    >"$dir/ready" 2>"$dir/log" &
demo=$!
# One line of JSON says that it stands, and where.
if ! read -r -t 120 ready <"$dir/ready"; then
    echo "error: the demo did not start" >&2
    cat "$dir/log" >&2
    exit 1
fi
console=$("$venv/bin/python" -c 'import json, sys; print(json.loads(sys.argv[1])["http"])' "$ready")
"$venv/bin/python" "$tools/relay.py" "$dir/site/state/rackward.sock" >"$dir/port" &
relay=$!
read -r -t 30 port <"$dir/port"
socket=http://127.0.0.1:$port

# Alarms to answer, of three kinds.
for deed in "force main-entrance" "cut r01-c02-front" "tamper main-entrance-reader-in"; do
    # shellcheck disable=SC2086
    "$target/debug/rackward" --dir "$dir/site" sim $deed >/dev/null
done

# Who names no revision is told so by a status of its own (RFC 6585, clause 3).
cat >"$dir/schemathesis.toml" <<'TOML'
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 406, 415, 422, 428]

# Whoever shows a token means it, whatever cookie is drawn beside it.
[generation]
with-security-parameters = false
TOML

cd "$dir"
export SCHEMATHESIS_HOOKS=hooks PYTHONPATH="$tools" PYTHONDONTWRITEBYTECODE=1 API_TEST_LISTS=$socket

# Asks at an address, and sees to it that enough of it was done: `ask NAME ADDRESS LEAST ARGUMENTS...`. Left out are the stream,
# which never ends, and looks at a bus, which last as long as they are asked to. A valid body may still name what is not there,
# so its refusal is no fault (positive_data_acceptance). One worker: with several the tool trips over its own threads.
ask() {
    local name=$1 address=$2 least=$3
    shift 3
    export API_TEST_REACHED=$dir/$name.json
    "$venv/bin/schemathesis" run "$address/api/v1/openapi.json" --url "$address" --warnings off \
        --seed "$SEED" --workers 1 --request-timeout 20 \
        --exclude-path /api/v1/stream --exclude-path-regex '/buses/[^/]*/(scan|trace)' "$@"
    if [[ $floors -eq 0 ]]; then
        "$venv/bin/python" - "$API_TEST_REACHED" "$name" "$least" <<'PY'
import json, sys
file, name, least = sys.argv[1:]
told = json.load(open(file))
print(f"over {name}: {told['reached']} of {told['asked']} operations did what they were asked at least once")
print("  never: " + ", ".join(told["never"]))
if told["reached"] < int(least):
    sys.exit(f"error: fewer than {least}: the requests do not reach the routes any more")
PY
    fi
}

# Over this way nobody needs to sign in (ignored_auth).
ask socket "$socket" "$REACHED_OVER_SOCKET" --phases examples,coverage,fuzzing --max-examples "$EXAMPLES" \
    --exclude-checks positive_data_acceptance,ignored_auth "$@"
# Made now: the requests before may have revoked any that was there. What every body may look like was tried before.
token=$("$venv/bin/python" "$tools/make_token.py" "$socket")
ask tcp "$console" "$REACHED_OVER_TCP" --phases examples,fuzzing --max-examples "$EXAMPLES_OVER_TCP" \
    --header "Authorization: Bearer $token" --exclude-checks positive_data_acceptance "$@"

kill -0 "$demo" 2>/dev/null || { echo "error: the daemon did not live to the end" >&2; cat "$dir/log" >&2; exit 1; }
