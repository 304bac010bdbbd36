# shellcheck shell=bash
# What the other scripts share: packages of the system, the window's build, one cargo target folder. Sourced, never run; each function can be called again.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "loadline: $*"
  exit 1
}

# -- tools and packages of the system ---------------------------------------------------------------------------------------------

# Each line: a command, a pkg-config module (pc:), a font family (font:) or a file (file:), then the Debian and Ubuntu package that brings it.
build_needs='make build-essential
cc build-essential
c++ build-essential
pkg-config pkg-config
pc:webkit2gtk-4.1 libwebkit2gtk-4.1-dev'
terminal_needs='make build-essential
cc build-essential
c++ build-essential
pkg-config pkg-config'
test_needs="$build_needs
Xvfb xvfb
WebKitWebDriver webkit2gtk-driver
redis-cli redis-tools
redis-server redis-server
psql postgresql-client
file:/usr/lib/postgresql/*/bin/initdb postgresql
file:/usr/lib/postgresql/*/bin/pgbench postgresql-contrib
setpriv util-linux
dbus-daemon dbus
kcat kcat
strace strace
fc-list fontconfig
font:Inter fonts-inter
font:DejaVu_Sans_Mono fonts-dejavu-core"

is_there() {
  case "$1" in
    pc:*) command -v pkg-config >/dev/null && pkg-config --exists "${1#pc:}" ;;
    font:*) local family="${1#font:}" && [[ -n "$(fc-list "${family//_/ }" 2>/dev/null)" ]] ;;
    file:*) compgen -G "${1#file:}" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing_packages() {
  local need package
  while read -r need package; do
    is_there "$need" || printf '%s\n' "$package"
  done <<<"$1" | sort -u
}

# Installs the packages that are missing, and nothing when none is.
system_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$1")
  [[ ${#missing[@]} -eq 0 ]] && return
  command -v apt-get >/dev/null || fail "install these with your system's package manager, then start again: ${missing[*]}"
  if [[ "$(id -u)" -ne 0 ]]; then
    command -v sudo >/dev/null || fail "as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
  mapfile -t missing < <(missing_packages "$1")
  [[ ${#missing[@]} -eq 0 ]] || fail "still missing after the installation: ${missing[*]}"
}

languages() {
  command -v cargo >/dev/null || fail "cargo is missing: install Rust from https://rustup.rs"
  if [[ "${1:-}" == with_node ]]; then
    command -v npm >/dev/null || fail "npm is missing: install Node.js 20.19 or later from https://nodejs.org"
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
      fail "Node.js $(node --version) is too old: 20.19 or later is needed"
  fi
}

# -- the window -------------------------------------------------------------------------------------------------------------------

hash_of() { sha256sum | cut -d ' ' -f 1; }

# `npm ci`, when the lock file or Node changed since the last time.
window_packages() {
  local stamp="$root/ui/node_modules/.loadline-installed" now
  now="$({ cat "$root/ui/package-lock.json" && node --version; } | hash_of)"
  if [[ ! -f "$stamp" || "$(<"$stamp")" != "$now" ]]; then
    (cd "$root/ui" && npm ci)
    printf '%s' "$now" >"$stamp"
  fi
}

# `npm run build`, when a source changed since the last time.
window_build() {
  local stamp="$root/ui/node_modules/.loadline-built" now
  now="$(cd "$root/ui" && find . \( -name node_modules -o -name 'dist*' \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | hash_of)"
  if [[ ! -f "$root/ui/dist/index.html" || ! -f "$stamp" || "$(<"$stamp")" != "$now" ]]; then
    (cd "$root/ui" && npm run build)
    printf '%s' "$now" >"$stamp"
  fi
}

# -- cargo ------------------------------------------------------------------------------------------------------------------------

# The target folder: CARGO_TARGET_DIR, or a cache outside the clone, or the clone's own. Clones may share it: they take turns, and since
# cargo takes another clone's crates for ours (it looks at names and times, not at content), a change of clone forgets our own crates.
target_folder() {
  if [[ -z "${CARGO_TARGET_DIR:-}" ]]; then
    CARGO_TARGET_DIR="${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/loadline/target"
    mkdir -p "$CARGO_TARGET_DIR" 2>/dev/null && [[ -w "$CARGO_TARGET_DIR" ]] || CARGO_TARGET_DIR="$root/target"
  fi
  mkdir -p "$CARGO_TARGET_DIR"
  CARGO_TARGET_DIR="$(cd "$CARGO_TARGET_DIR" && pwd -P)"
  export CARGO_TARGET_DIR
  exec 9>"$CARGO_TARGET_DIR/.loadline-turn"
  if ! flock -n 9; then
    say "Another build uses $CARGO_TARGET_DIR: waiting for it"
    flock 9
  fi
  local clone
  clone="$root $(stat -c '%d:%i' "$root")"
  if [[ "$(cat "$CARGO_TARGET_DIR/.loadline-clone" 2>/dev/null)" != "$clone" ]]; then
    rm -rf "$CARGO_TARGET_DIR"/{debug,release}/.fingerprint/loadline-* "$CARGO_TARGET_DIR"/fuzz/*/release/.fingerprint/loadline-*
    printf '%s' "$clone" >"$CARGO_TARGET_DIR/.loadline-clone"
  fi
}

# Lets other clones build; the programs copied by `build` stay ours.
end_turn() { exec 9>&-; }

# The turn is this script's: what cargo starts does not hold it on.
cargo() { command cargo "$@" 9>&-; }

# Builds programs of the workspace and copies them to a folder of this clone, named in LOADLINE_PROGRAMS.
# `--workspace` always: another choice of packages is another choice of features, and builds the libraries twice.
build() {
  local name
  cargo build --manifest-path "$root/Cargo.toml" --workspace --locked "${@/#/--bin=}"
  LOADLINE_PROGRAMS="$CARGO_TARGET_DIR/programs/$(printf '%s' "$root" | hash_of | cut -c 1-12)"
  mkdir -p "$LOADLINE_PROGRAMS"
  for name in "$@"; do
    # A new file under the old name: a program that still runs keeps its own.
    cp "$CARGO_TARGET_DIR/debug/$name" "$LOADLINE_PROGRAMS/.$name.new"
    mv -f "$LOADLINE_PROGRAMS/.$name.new" "$LOADLINE_PROGRAMS/$name"
  done
  export LOADLINE_PROGRAMS
}
