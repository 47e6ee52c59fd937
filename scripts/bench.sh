#!/usr/bin/env bash
# Runs one benchmark in release mode: `scripts/bench.sh NAME`. It prints a table for people and, last, one row per goal:
# `ratio NAME VALUE aim AIM ok` or `... short`. Only ratios within one run mean anything; absolute times are this machine's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names() { { find tests/benches -maxdepth 1 -name '*.rs' -exec basename {} .rs \;; echo decide-peers; echo osdp; } | sort | paste -sd ' '; }

name=${1:-}
if [[ $name == decide-peers ]]; then
    # A workspace with a lock file of its own: what the peers bring along must not reach the tree that ships.
    shift
    cd tests/peers
    export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../target/peers}
    cargo build --release --quiet
    exec cargo run --release --quiet --bin rackward-peers -- "$@"
fi
if [[ $name == osdp ]]; then
    # A workspace of its own as well: the reference implementation is C. A speed may follow, to measure that one alone.
    shift
    source scripts/peers-need.sh
    cd tests/osdp-peers
    export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../target/osdp-peers}
    cargo build --release --quiet
    # Line and panels are threads that sleep most of the time; ahead of everything else on the machine they wake when they
    # should. Where that is not allowed, they share it with the rest.
    first=()
    if chrt -f 10 true 2>/dev/null; then first=(chrt -f 10); fi
    exec "${first[@]}" "$CARGO_TARGET_DIR/release/rackward-osdp-peers" "$@"
fi
if [[ -z $name || ! -f tests/benches/$name.rs ]]; then
    echo "usage: scripts/bench.sh NAME, where NAME is one of: $(names)" >&2
    exit 2
fi
shift

# Benchmarks of the whole way start the real binaries, at the speed they are shipped with.
cargo build --release --workspace --bins --quiet
cargo bench --quiet -p rackward-tests --bench "$name" -- "$@"
