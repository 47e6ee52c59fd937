#!/usr/bin/env bash
# Our OSDP stack and the reference implementation, libosdp, on pseudo-terminals: every message used, in both directions, with
# Secure Channel. Prints one row for each and ends with a line that counts them. libosdp is C, so this needs a C compiler
# and libclang, which are installed from the system's packages where they are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../tests/osdp-peers"
source ../../scripts/peers-need.sh

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../target/osdp-peers}
cargo test --quiet --test interop "$@"
