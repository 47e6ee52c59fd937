# Sourced by the scripts that build libosdp: puts a C compiler and libclang there, from the system's packages, when the machine
# has none.

have() { command -v "$1" >/dev/null 2>&1; }
has_libclang() { [[ -n ${LIBCLANG_PATH:-} ]] || compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || ldconfig -p | grep -q libclang; }

as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi; }

if ! have cc || ! has_libclang; then
    if have apt-get; then
        as_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -qq && apt-get install -y -qq gcc libclang-dev' >&2
    elif have dnf; then
        as_root dnf install -y -q gcc clang-devel >&2
    fi
fi
if ! have cc || ! has_libclang; then
    echo "error: libosdp needs a C compiler and libclang; install gcc and libclang-dev" >&2
    exit 1
fi
