#!/usr/bin/env bash
# Asks a running daemon whatever its own document of the API says that may be asked, and much that it says may not, and
# compares every answer with the document: `scripts/api-test.sh`. What is asked is drawn by Schemathesis, a Python package,
# which goes into the build's directory; the daemon is that of `rackward demo`, on a free port, and ends with the script.
# Arguments go to Schemathesis: `scripts/api-test.sh --include-path /api/v1/grants`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Drawn the same in every run, so that what it finds can be found again.
SEED=42
# For each operation and phase. More finds more, and takes as much longer.
EXAMPLES=${EXAMPLES:-15}
SCHEMATHESIS=4.32.5

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
venv=$target/api-test

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
"$target/debug/rackward" demo --quiet --still --http 127.0.0.1:0 --dir "$dir/site" >"$dir/ready" 2>"$dir/log" &
demo=$!
# One line of JSON says that it stands.
if ! read -r -t 120 _ <"$dir/ready"; then
    echo "error: the demo did not start" >&2
    cat "$dir/log" >&2
    exit 1
fi
# Over the daemon's socket, where whoever runs the script may do everything and as often as they like: a port of its own on
# loopback leads there.
"$venv/bin/python" - "$dir/site/state/rackward.sock" >"$dir/port" <<'PY' &
import socket, sys, threading
def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    near, _ = listening.accept()
    far = socket.socket(socket.AF_UNIX)
    far.connect(sys.argv[1])
    for source, sink in ((near, far), (far, near)):
        threading.Thread(target=pump, args=(source, sink), daemon=True).start()
PY
relay=$!
read -r -t 30 port <"$dir/port"
base=http://127.0.0.1:$port

# Headers that are drawn are drawn alike for many requests. What is to be new for each change is made new for most of them,
# and what is to be seen first is taken as seen, so that the routes themselves are reached.
cat >"$dir/hooks.py" <<'PY'
import itertools, re, schemathesis
numbers = itertools.count(1)
EARLY = ", ".join(f'"{revision}"' for revision in range(16))
KEY = re.compile(r'^"(?:[ !#-\[\]-~]|\\["\\]){1,128}"$')
# A condition that cannot be read is passed over (RFC 9110, clause 13.1.2), so that drawing one proves nothing.
CONDITION = re.compile(r'^(\*|(W/)?"[^"]*"(, *(W/)?"[^"]*")*)?$')
@schemathesis.hook
def filter_case(ctx, case):
    drawn = [value for name, value in (case.headers or {}).items() if name.lower() == "if-none-match"]
    return all(isinstance(value, str) and CONDITION.match(value) for value in drawn)
@schemathesis.hook
def before_call(ctx, case, kwargs):
    number = next(numbers)
    headers = case.headers or {}
    if number % 5 == 0:
        return
    for name, value in list(headers.items()):
        if name.lower() == "idempotency-key" and isinstance(value, str) and KEY.match(value):
            headers[name] = f'"drawn-{number}"'
        if name.lower() == "if-match" and isinstance(value, str) and value.startswith(('"', "W/")):
            headers[name] = EARLY if "/alarms/" in case.path else "*"
PY

# Who names no revision is told so by a status of its own (RFC 6585, clause 3).
cat >"$dir/schemathesis.toml" <<'TOML'
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 406, 415, 422, 428]
TOML

cd "$dir"
export SCHEMATHESIS_HOOKS=hooks PYTHONPATH="$dir"
# Left out: the stream never ends, looks at a bus last as long as they are asked to, and ending all sessions is tested
# elsewhere. A valid body may still name what is not there, so its refusal is no fault (positive_data_acceptance), and over
# this way nobody needs to sign in (ignored_auth). One worker: with several the tool trips over its own threads.
"$venv/bin/schemathesis" run "$base/api/v1/openapi.json" --url "$base" --warnings off \
    --phases examples,coverage,fuzzing --max-examples "$EXAMPLES" --seed "$SEED" --workers 1 --request-timeout 20 \
    --exclude-path /api/v1/stream --exclude-path-regex '/buses/[^/]*/(scan|trace)' \
    --exclude-checks positive_data_acceptance,ignored_auth "$@"

kill -0 "$demo" 2>/dev/null || { echo "error: the daemon did not live to the end" >&2; cat "$dir/log" >&2; exit 1; }
