#!/bin/sh
# Stands before rustc while the targets are built: the code that is looked into counts which of its edges were run, with
# what the stable compiler offers; everything else is built as usual, since counters that nobody needs cost most of the
# speed.
rustc="$1"
shift
case " $* " in
*" --crate-name rackward_"* | *" --crate-name osdp "*)
    exec "$rustc" "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    ;;
*) exec "$rustc" "$@" ;;
esac
