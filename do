#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything a person does with this project; `./do help` lists it. Needs a Debian 12 and nothing
# else: what is missing is installed first, as root or through sudo.
set -eu
cd "$(dirname "$0")"

build_tier='meson ninja-build pkg-config gcc libc6-dev libjpeg62-turbo-dev libpng-dev libwebp-dev
    libheif-dev libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libssl-dev
    libsqlite3-dev libjansson-dev libseccomp-dev zlib1g-dev libbrotli-dev libmicrohttpd-dev clang-14 lld-14 libargon2-dev'
check_tier='libcmocka-dev libsimde-dev clang-14 libclang-rt-14-dev binutils util-linux zip unzip
    ffmpeg libimage-exiftool-perl libarchive-zip-perl jpeginfo pngcheck qpdf webp openssl libxml2-utils
    curl jq softhsm2 libengine-pkcs11-openssl opensc'
all_tier='clang-format-14 clang-tidy-14 valgrind lomiri-wallpapers-16.04 nodejs chromium fonts-wqy-zenhei'
# Some builds of nodejs bring npm along.
command -v npm >/dev/null 2>&1 || all_tier="$all_tier npm"
demo_tier='ffmpeg fonts-dejavu-core zip lomiri-wallpapers-16.04'

# Fuzzing and clang's sanitizers: which clang, and that libjz may leave symbols to the runtime.
clang='clang-14'
sanitizers='-Db_sanitize=address,undefined -Db_lundef=false'

say() {
    printf '\n== %s\n' "$*"
}

fail() {
    printf '\n./do: %s\n' "$*" >&2
    exit 1
}

# Runs a step; where it does not work, says which one and stops.
step() {
    what=$1
    shift
    "$@" || fail "$what did not work (the lines above say why)"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        fail "this needs root, and there is no sudo: run as root: $*"
    fi
}

# The packages of a list that are not installed.
missing() {
    for package in $1; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=none
        [ "$state" = installed ] || printf '%s ' "$package"
    done
}

apt_install() {
    # shellcheck disable=SC2086 # a list of names
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $1
}

# need TIER-NAME LIST: installs what is missing of a list. Nothing is run where all is there.
need() {
    wanted=$(missing "$2")
    [ -n "$wanted" ] || return 0
    command -v apt-get >/dev/null 2>&1 ||
        fail "these packages are missing, and there is no apt-get to install them: $wanted"
    say "Installing what is missing to $1: $wanted"
    # The package lists may be absent or old: only then are they fetched.
    apt_install "$wanted" || {
        say "Fetching the list of packages first"
        step 'apt-get update' as_root apt-get update -q
        step 'installing packages' apt_install "$wanted"
    }
}

# configure FOLDER [option...]: sets a build folder up, once.
configure() {
    folder=$1
    shift
    [ -f "$folder/build.ninja" ] && return 0
    step "setting up $folder" meson setup "$folder" "$@"
}

build() {
    need build "$build_tier"
    # The tests, which need more packages, are built by `./do check` in folders of their own.
    configure build -Dtests=false
    say 'Building build/jz, build/jz-decode and build/jz-encode'
    step 'the build' ninja -C build jz jz-decode jz-encode
}

demo() {
    need 'run the demo' "$build_tier $demo_tier"
    build
    say 'Demo: known photographs in a pile of others'
    JZ=$PWD/build/jz
    export JZ
    exec tools/demo build/demo
}

install() {
    build
    prefix=${1:-/usr/local}
    case $prefix in
    /*) ;;
    *) fail "install: the prefix must be an absolute path, not '$prefix'" ;;
    esac
    step 'setting the prefix' meson configure build --prefix "$prefix"
    step 'the build' ninja -C build
    say "Installing below $prefix"
    if mkdir -p "$prefix" 2>/dev/null && [ -w "$prefix" ]; then
        step 'the installation' meson install -C build --no-rebuild
    else
        step 'the installation' as_root meson install -C "$PWD/build" --no-rebuild
    fi
}

bench() {
    need 'run the benchmarks' "$build_tier lomiri-wallpapers-16.04 ffmpeg libimage-exiftool-perl"
    configure build -Dtests=false
    # On stderr, so that the rows alone are the output.
    step 'the build' ninja -C build jz jz-decode bench/jz-bench >&2
    exec build/bench/jz-bench "$@"
}

fuzz() {
    seconds='' names=''
    while [ $# -gt 0 ]; do
        case $1 in
        --seconds)
            [ $# -ge 2 ] || fail 'fuzz: --seconds wants a number'
            seconds=$2
            shift
            ;;
        -*) fail "fuzz: unknown option '$1'" ;;
        *) names="$names $1" ;;
        esac
        shift
    done
    need fuzz "$build_tier $check_tier"
    # shellcheck disable=SC2086 # options
    CC=$clang configure build-fuzz -Dfuzz=true -Dtests=false -Dbench=false $sanitizers
    step 'the build' ninja -C build-fuzz
    # shellcheck disable=SC2086 # names
    tools/run_fuzzers build-fuzz "$seconds" $names
}

clean() {
    say 'Removing the build folders'
    rm -rf build build-gcc build-asan build-tsan build-fuzz build-web build-models
}

check() {
    slow=false
    case ${1:-} in
    '') ;;
    --all) slow=true ;;
    *) fail "check: unknown option '$1'" ;;
    esac
    need check "$build_tier $check_tier"
    if $slow; then
        need 'check everything' "$all_tier"
    fi
    exec tools/check "$slow"
}

help() {
    cat <<'TEXT'
Usage: ./do COMMAND

  demo                 find known photographs in a folder of hundreds, and show the report
  check [--all]        build with gcc and with clang's sanitizers, and run the tests; --all runs the
                       longest ones too, all of them twice, and adds ThreadSanitizer,
                       the pages in a browser, clang-format, clang-tidy, valgrind, fuzzing and
                       the benchmarks
  build                make build/jz, build/jz-decode and build/jz-encode
  bench [SUITE...] [--json]
                       measure, beside the same work done the usual way
  fuzz [TARGET...] [--seconds N]
                       fuzz each target for N seconds (default: 600 for all together)
  install [PREFIX]     install below PREFIX (default /usr/local)
  clean                remove the build folders

What is missing (Debian packages) is installed first; where all is there, nothing is fetched.
TEXT
}

command=${1:-help}
[ $# -eq 0 ] || shift
case $command in
demo | check | build | bench | fuzz | install | clean) "$command" "$@" ;;
help | --help | -h) help ;;
*)
    help >&2
    fail "unknown command '$command'"
    ;;
esac
