#!/usr/bin/env bash
# Runs one benchmark in release mode: `scripts/bench.sh NAME`. It prints a table for people and, last, one row per goal:
# `ratio NAME VALUE aim AIM ok` or `... short`. Only ratios within one run mean anything; absolute times are this machine's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names() { { find tests/benches -name '*.rs' -exec basename {} .rs \;; echo decide-peers; } | sort | paste -sd ' '; }

name=${1:-}
if [[ $name == decide-peers ]]; then
    # A workspace with a lock file of its own: what the peers bring along must not reach the tree that ships.
    shift
    cd tests/peers
    export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../target/peers}
    cargo build --release --quiet
    exec cargo run --release --quiet --bin rackward-peers -- "$@"
fi
if [[ -z $name || ! -f tests/benches/$name.rs ]]; then
    echo "usage: scripts/bench.sh NAME, where NAME is one of: $(names)" >&2
    exit 2
fi
shift

# Benchmarks of the whole way start the real binaries, at the speed they are shipped with.
cargo build --release --workspace --bins --quiet
cargo bench --quiet -p rackward-tests --bench "$name" -- "$@"
