# shellcheck shell=bash
# What contrib's scripts share: finding and installing what is missing, building out of tree.
# Sourced by bash with $root set to the checkout.

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $*"; exit 1; }

root=${root:?the script that sources this sets it}
missing=()
# need_program COMMAND PACKAGE: a command that is there counts, whatever package it came from.
need_program() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
# need_module PKG-CONFIG-NAME PACKAGE
need_module() { command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1" 2>/dev/null || missing+=("$2"); }
# need_header HEADER PACKAGE
need_header() { printf '#include <%s>\n' "$1" | ${CC:-cc} -E -x c - >/dev/null 2>&1 || missing+=("$2"); }
# need_llhttp: a library where the system has one, else Debian's C sources
need_llhttp() {
  [ -f "${LLHTTP_DIR:-/usr/share/llhttp}/llhttp.c" ] || { printf '#include <llhttp.h>\n' | ${CC:-cc} -E -x c - >/dev/null 2>&1; } ||
    missing+=(node-llhttp)
}

# install_missing: Debian packages, with sudo where not root.
install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  local as=()
  command -v apt-get >/dev/null 2>&1 || die "these Debian packages (or what they hold) are missing: ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || die "packages are missing, and there is no sudo; as root: apt-get install ${missing[*]}"
    as=(sudo)
  fi
  say "installing: ${missing[*]}"
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || say "apt-get update failed; trying with the lists that are there"
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
    die "could not install ${missing[*]}: install them by hand and run this again"
  missing=()
}

need_to_build() {
  need_program cc gcc
  need_program make make
  need_program autoreconf autoconf
  need_program automake automake
  need_program pkg-config pkg-config
  install_missing # a compiler and pkg-config come before what they are asked for
  need_header stdio.h libc6-dev
  need_module libsecp256k1 libsecp256k1-dev
  need_module jansson libjansson-dev
  need_module libcrypto libssl-dev
  need_module libcurl libcurl4-openssl-dev
  need_module libuv libuv1-dev
  need_module inih libinih-dev
  need_module check check
  need_header uthash.h uthash-dev
  need_header leveldb/c.h libleveldb-dev
  need_llhttp
  install_missing
}

jobs() { nproc 2>/dev/null || echo 2; }

# prepare_configure: generates configure where it lacks or is old.
prepare_configure() {
  if [ ! -x "$root/configure" ] || [ "$root/configure.ac" -nt "$root/configure" ] || [ "$root/Makefile.am" -nt "$root/Makefile.in" ]; then
    (cd "$root" && autoreconf --install --force >&2) || die "autoreconf failed"
  fi
}

# build_in DIR [configure argument ...]: configures where it was not, and makes the programs.
build_in() {
  local dir=$1
  shift
  prepare_configure
  mkdir -p "$dir"
  if [ ! -f "$dir/Makefile" ] || [ "$root/configure" -nt "$dir/config.status" ]; then
    (cd "$dir" && "$root/configure" --silent "$@" >&2) || die "configure failed in $dir"
  fi
  make -C "$dir" --no-print-directory -s -j"$(jobs)" >&2 || die "the build failed in $dir"
}
