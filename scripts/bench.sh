#!/usr/bin/env bash
# Runs one benchmark in release mode: `scripts/bench.sh NAME`. It prints a table for people and, last, one row per goal:
# `ratio NAME VALUE aim AIM ok` or `... short`. Only ratios within one run mean anything; absolute times are this machine's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names() { find tests/benches -name '*.rs' -exec basename {} .rs \; | sort | paste -sd ' '; }

name=${1:-}
if [[ -z $name || ! -f tests/benches/$name.rs ]]; then
    echo "usage: scripts/bench.sh NAME, where NAME is one of: $(names)" >&2
    exit 2
fi
shift

# Benchmarks of the whole way start the real binaries, at the speed they are shipped with.
cargo build --release --workspace --bins --quiet
cargo bench --quiet -p rackward-tests --bench "$name" -- "$@"
