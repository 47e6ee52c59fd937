#!/usr/bin/env bash
# Fetches axe-core, which looks for what keeps people from using the console's pages, into the build's directory:
# `scripts/axe.sh`. It is a test tool and never part of the product. Its version is pinned, and so is the SHA-512 of the
# package, whoever the registry says it comes from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VERSION=4.14.1
INTEGRITY=sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
kept=$target/axe/axe-$VERSION.min.js
if [[ -s $kept ]]; then
    exit 0
fi
if ! command -v npm >/dev/null; then
    echo "error: no npm; install it, axe-core comes by it" >&2
    exit 1
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm pack --silent --pack-destination "$dir" "axe-core@$VERSION" >/dev/null
package=$dir/axe-core-$VERSION.tgz
found=sha512-$(openssl dgst -sha512 -binary "$package" | base64 -w0)
if [[ $found != "$INTEGRITY" ]]; then
    echo "error: axe-core $VERSION is not what it was: $found, not $INTEGRITY" >&2
    exit 1
fi
tar -xzf "$package" -C "$dir" package/axe.min.js
mkdir -p "$target/axe"
mv "$dir/package/axe.min.js" "$kept"
