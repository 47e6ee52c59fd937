#!/usr/bin/env bash
# Looks for bytes and timings that break a promise: `scripts/fuzz.sh [TARGET] [EXECUTIONS]`.
#
# Without TARGET every target of fuzz/ runs, one after the other; without EXECUTIONS ten million runs each. The stable
# toolchain and a C++ compiler are all it needs. What was found new goes to fuzz/found/TARGET, a finding to
# fuzz/artifacts; `scripts/fuzz.sh --keep` reduces what was found to the few seeds that the tree keeps and replays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../fuzz"

all=(framing messages round_trip secure_channel middle bus peripheral file_transfer card_formats
    topics mqtt_messages enrolment rights_list device_session plan_svg)
# The longest string of bytes of one run; longer ones cost speed and reach nothing more.
longest_bytes=128

have() { command -v "$1" >/dev/null 2>&1; }

install_compiler() {
    local as_root=()
    if [[ $EUID -ne 0 ]]; then
        have sudo || return 1
        as_root=(sudo)
    fi
    if have apt-get; then
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq g++
    elif have dnf; then
        "${as_root[@]}" dnf install -y -q gcc-c++
    else
        return 1
    fi
}

if ! have c++; then
    install_compiler || { echo "error: no C++ compiler; install g++" >&2; exit 1; }
fi
if ! have cargo; then
    echo "error: no cargo; install a Rust toolchain from https://rustup.rs" >&2
    exit 1
fi

RUSTC_WRAPPER="$PWD/instrument.sh" cargo build --quiet --release --features engine --bins
bins="${CARGO_TARGET_DIR:-target}/release"

if [[ ${1:-} == --keep ]]; then
    for target in "${all[@]}"; do
        mkdir -p "found/$target" "corpus/$target"
        rm -rf "kept.$target" && mkdir "kept.$target"
        "$bins/$target" -use_counters=0 -set_cover_merge=1 -max_len="$longest_bytes" "kept.$target" "corpus/$target" "found/$target" \
            >/dev/null 2>&1
        rm -rf "corpus/$target" && mv "kept.$target" "corpus/$target"
        echo "$target keeps $(find "corpus/$target" -type f | wc -l) seeds"
    done
    exit 0
fi

executions="${2:-10000000}"
targets=("${all[@]}")
if [[ -n ${1:-} && ${1:-} != all ]]; then
    targets=("$1")
fi

status=0
mkdir -p artifacts
printf '%-16s %12s %10s %10s %s\n' target executions per-second features findings
for target in "${targets[@]}"; do
    if [[ ! -x "$bins/$target" ]]; then
        echo "error: there is no target $target; one of: ${all[*]}" >&2
        exit 1
    fi
    mkdir -p "found/$target" "corpus/$target"
    log="artifacts/$target.log"
    findings=0
    "$bins/$target" -runs="$executions" -max_len="$longest_bytes" -print_final_stats=1 \
        -artifact_prefix="artifacts/$target-" "found/$target" "corpus/$target" >"$log" 2>&1 || findings=1
    stat() { sed -n "s/^stat::$1: *//p" "$log"; }
    features="$(grep -oE ' ft: [0-9]+' "$log" | tail -1 | tr -dc 0-9)"
    printf '%-16s %12s %10s %10s %s\n' "$target" "$(stat number_of_executed_units)" "$(stat average_exec_per_sec)" \
        "${features:-0}" "$findings"
    if [[ $findings -ne 0 ]]; then
        grep -A 3 'panicked at' "$log" | sed 's/^/    /' || tail -5 "$log" | sed 's/^/    /'
        status=1
    fi
done
exit $status
