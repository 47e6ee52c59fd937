#!/usr/bin/env bash
# Runs every test of the workspace, from any directory, on a machine that has rustup's toolchain and a C compiler.
# Arguments go to the test runner: `scripts/test.sh -p rackward-core`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

have() { command -v "$1" >/dev/null 2>&1; }

# What the tests need and the machine lacks comes from the system's packages. That is a C compiler, for SQLite, a broker
# that is not ours, a browser with its driver, and a terminal.
install_package() {
    local as_root=()
    if [[ $EUID -ne 0 ]]; then
        have sudo || return 1
        as_root=(sudo)
    fi
    if have apt-get; then
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1"
    elif have dnf; then
        "${as_root[@]}" dnf install -y -q "$1"
    else
        return 1
    fi
}

if ! have cc; then
    install_package gcc || { echo "error: no C compiler; install gcc" >&2; exit 1; }
fi
# Debian keeps it where an ordinary user's path does not look.
if ! have mosquitto && [[ ! -x /usr/sbin/mosquitto ]]; then
    install_package mosquitto || { echo "error: no mosquitto; install it, some tests speak to it" >&2; exit 1; }
fi
# The console's pages are opened in a real browser.
if ! have chromium; then
    install_package chromium || { echo "error: no chromium; install it, some tests open the console in it" >&2; exit 1; }
fi
if ! have chromedriver; then
    install_package chromium-driver || install_package chromedriver || {
        echo "error: no chromedriver; install it, some tests drive the browser by it" >&2
        exit 1
    }
fi
# What the command line shows is looked at in a terminal.
if ! have tmux; then
    install_package tmux || { echo "error: no tmux; install it, a test looks at a session in it" >&2; exit 1; }
fi
# What the console's modules decide is tested without a browser, and its pages by a tool that comes by npm.
if ! have node; then
    install_package nodejs || { echo "error: no node; install nodejs, the console's modules are tested by it" >&2; exit 1; }
fi
if ! have npm; then
    install_package npm || { echo "error: no npm; install it, a tool for the console's tests comes by it" >&2; exit 1; }
fi
if ! have openssl; then
    install_package openssl || { echo "error: no openssl; install it, what npm brings is checked by it" >&2; exit 1; }
fi
# The API is asked by a Python program, which lives in an environment of its own.
if ! have python3 || ! python3 -c 'import ensurepip' 2>/dev/null; then
    install_package python3-venv || { echo "error: no python3 with venv; install python3-venv" >&2; exit 1; }
fi
if ! have cargo; then
    echo "error: no cargo; install a Rust toolchain from https://rustup.rs" >&2
    exit 1
fi

# The tests of the console in a browser look for it in the build's directory.
scripts/axe.sh

# Whole-process tests start the real binaries.
cargo build --workspace --bins --quiet

# nextest runs tests beside each other and shows which one hangs; plain cargo does as well where it is not installed.
if have cargo-nextest; then
    cargo nextest run --workspace --no-fail-fast "$@"
else
    cargo test --workspace --no-fail-fast --lib --bins --tests "$@"
fi

# nextest does not run the examples in doc comments.
cargo test --workspace --doc --quiet

# The daemon beside its own document of the API; not where only some tests are wanted.
if [[ $# -eq 0 ]]; then
    scripts/api-test.sh
fi
