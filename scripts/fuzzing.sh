# shellcheck shell=bash
# Building and running the fuzz targets of tests/fuzz with stable Rust: what cargo-fuzz does with `-s none`, without having to install it.
# Sourced after setup.sh, when it is our turn at the target folder; never run.

fuzz_targets=(kv sql log http sketch mermaid scenario pack)

# Coverage counters and traced comparisons in every crate, for libFuzzer. No sanitizer: those need a nightly compiler.
fuzz_flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
fuzz_flags+=" -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"

# Builds every target. The libraries are those of the workspace's Cargo.lock, but built with other flags, so they have a folder of their own.
fuzz_build() {
  local here="$root/tests/fuzz" host
  host="$(rustc -vV | sed -n 's/^host: //p')"
  if ! cmp -s "$root/Cargo.lock" "$here/.workspace-lock" || [[ ! -f "$here/Cargo.lock" ]]; then
    cp "$root/Cargo.lock" "$here/Cargo.lock"
    cp "$root/Cargo.lock" "$here/.workspace-lock"
  fi
  fuzz_folder="$CARGO_TARGET_DIR/fuzz"
  # With --target, build scripts and macros are spared the flags.
  RUSTFLAGS="$fuzz_flags" cargo build --manifest-path "$here/Cargo.toml" --release --target "$host" --target-dir "$fuzz_folder"
  fuzz_programs="$fuzz_folder/$host/release"
}

# Nodes keep their files in memory where they can: it is their code that is tried, not the disk.
fuzz_temporary() {
  local parent="${TMPDIR:-/tmp}"
  [[ -d /dev/shm && -w /dev/shm ]] && parent=/dev/shm
  mktemp -d "$parent/loadline-fuzz.XXXXXX"
}

# fuzz_run TARGET SECONDS GROWN [LIMIT...]: the kept inputs first, then new ones, which go to the folder GROWN when they reach new code. What
# breaks a target is left in found/ in the fuzz folder, and its report is shown.
fuzz_run() {
  local target="$1" seconds="$2" grown="$3" here="$root/tests/fuzz" temporary code=0 report
  local corpora=("$grown")
  # A target without inputs of its own has no folder: git keeps no empty one.
  [[ ! -d "$here/corpus/$target" ]] || corpora+=("$here/corpus/$target")
  [[ "$target" == sketch ]] && corpora+=("$root"/content/core/*/designs)
  [[ "$target" == scenario ]] && corpora+=("$root"/content/core/*/scenarios)
  mkdir -p "$grown" "$fuzz_folder/found"
  temporary="$(fuzz_temporary)"
  report="$fuzz_folder/found/$target.log"
  TMPDIR="$temporary" "$fuzz_programs/$target" "${corpora[@]}" -max_total_time="$seconds" -max_len=4096 -timeout=120 -rss_limit_mb=2048 \
    -dict="$here/dictionaries/$target.dict" -artifact_prefix="$fuzz_folder/found/$target-" -print_final_stats=1 >"$report" 2>&1 9>&- || code=$?
  rm -rf "$temporary"
  if [[ $code -ne 0 ]]; then
    # What happened, where in our code, and which file brings it back: the whole report is long.
    grep -m 1 -A 3 -E '^panicked at|^memory allocation of|ERROR: libFuzzer' "$report" >&2 || true
    grep -E '^ +[0-9]+: .*loadline_|Test unit written to' "$report" | head -30 >&2 || true
    fail "fuzzing $target broke it. The input is in $fuzz_folder/found; scripts/fuzz $target FILE tries it again. All that was said: $report"
  fi
  say "$(printf '%-8s  %s' "$target" "$(sed -n 's/^stat::number_of_executed_units: */inputs /p; s/^stat::average_exec_per_sec: */  a second /p; s/^stat::peak_rss_mb: */  MB /p' "$report" | tr -d '\n')")"
}

# Every target for so many seconds, from the kept inputs.
fuzz_short() {
  local target temporary
  fuzz_build
  temporary="$(mktemp -d)"
  for target in "${fuzz_targets[@]}"; do
    fuzz_run "$target" "$1" "$temporary/$target"
  done
  rm -rf "$temporary"
}
