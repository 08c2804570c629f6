#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify.sh [CA.pem [TSA.pem]]: verifies an evidence bag with nothing but sh, coreutils, sed, awk and
# openssl. Run it in the bag's folder: sh seal/verify.sh. CA.pem: the certificates of whoever may
# sign, TSA.pem: those of the time-stamping authority; take them from their publishers, never from
# the bag. Without them the signature and the stamp are only shown. Exits 0 where all that could be
# checked holds, else 1.
set -u
ca=${1:-} tsa=${2:-}
bad=0
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
T=tagmanifest-sha256.txt
# openssl believes the system's authorities too, unless it finds none.
mkdir "$t/none"
export SSL_CERT_DIR="$t/none" SSL_CERT_FILE="$t/none/none"

say() { printf '%-12s %s\n' "$1" "$2"; }
fail() {
    say "$1" "FAILED: $2"
    bad=1
}
hex() { od -An -v -tx1 | tr -d ' \n'; }
bytes() { /usr/bin/printf "$(printf %s "$1" | sed 's/../\\x&/g')"; }

# 0. Links, pipes and the like have no place in a bag, and would lead or hang what follows.
odd=$(find . ! -type f ! -type d | head -n 1)
if [ -n "$odd" ]; then
    fail contents "not a regular file: $(printf %s "$odd" | tr -c '[:print:]' '?')"
    exit 1
fi

# 1. The contents: every file against its manifest, the manifests against the tag manifest.
if sha256sum --quiet -c manifest-sha256.txt "$T" >"$t/out" 2>&1; then
    say contents 'OK: every listed file is what it was when the bag was sealed'
else
    fail contents "$(head -n 1 "$t/out")"
fi
find data -type f | LC_ALL=C sort >"$t/there"
sed 's/^[0-9a-f]*  //' manifest-sha256.txt | LC_ALL=C sort >"$t/listed"
cmp -s "$t/there" "$t/listed" || fail contents 'files that no manifest lists, or the reverse'
if openssl dgst -sm3 /dev/null >/dev/null 2>&1; then
    while read -r h f; do
        [ "$(openssl dgst -sm3 -r "./$f" 2>/dev/null | cut -c1-64)" = "$h" ] || fail sm3 "$f"
    done <sm3sums.txt
fi

# 2. Who sealed it.
if [ ! -f seal/tagmanifest.p7s ]; then
    say signature 'none'
elif [ -z "$ca" ]; then
    say signature 'not checked: no CA.pem given'
elif openssl cms -verify -cades -binary -inform DER -in seal/tagmanifest.p7s -content "$T" \
    -CAfile "$ca" -purpose any -out /dev/null 2>"$t/out"; then
    say signature 'OK'
else
    fail signature "$(tail -n 1 "$t/out")"
fi

# 3. Since when it is as it is.
if [ ! -f seal/tagmanifest.tsr ]; then
    say stamp 'none'
elif [ -z "$tsa" ]; then
    say stamp 'not checked: no TSA.pem given'
elif openssl ts -verify -data "$T" -in seal/tagmanifest.tsr -CAfile "$tsa" >"$t/out" 2>&1; then
    say stamp "OK: $(openssl ts -reply -in seal/tagmanifest.tsr -text 2>/dev/null | sed -n 's/^Time stamp: //p')"
else
    fail stamp "$(head -n 1 "$t/out")"
fi

# 4. That it stands in the log (RFC 9162, 2.1.3.2) whose head is signed (c2sp.org/signed-note).
node() {
    { printf '\001' && bytes "$1$2"; } | openssl dgst -sha256 -r | cut -c1-64
}
number() { # of the log: digits only, since a shell would compute whatever stands there
    case $1 in
    '' | *[!0-9]* | 0?* | ???????????????????*) return 1 ;;
    esac
}
root_of() { # INDEX SIZE LEAF-HASH, path on stdin
    number "$1" && number "$2" && [ "$1" -lt "$2" ] || return 1
    fn=$1 sn=$(($2 - 1)) r=$3
    while read -r p; do
        h=$(printf %s "$p" | base64 -d | hex)
        [ "$sn" -ne 0 ] || return 1
        if [ $((fn & 1)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
            r=$(node "$h" "$r")
            while [ $((fn & 1)) -eq 0 ] && [ "$fn" -ne 0 ]; do fn=$((fn >> 1)) sn=$((sn >> 1)); done
        else
            r=$(node "$r" "$h")
        fi
        fn=$((fn >> 1)) sn=$((sn >> 1))
    done
    [ "$sn" -eq 0 ] && printf '%s\n' "$r"
}
proof=seal/tagmanifest.tlog-proof
if [ ! -f "$proof" ]; then
    say ledger 'none'
else
    awk 'f{print} /^$/{f=1}' "$proof" >"$t/checkpoint"
    awk '/^$/{exit} NR>1 && !/^(index|extra) /{print}' "$proof" >"$t/path"
    index=$(sed -n 's/^index //p' "$proof" | head -n 1)
    size=$(sed -n 2p "$t/checkpoint")
    root=$(sed -n 3p "$t/checkpoint" | base64 -d | hex)
    leaf=$({ printf '\000' && cat seal/leaf.bin; } | openssl dgst -sha256 -r | cut -c1-64)
    made=$(root_of "$index" "$size" "$leaf" <"$t/path")
    bound=$(openssl dgst -sha256 -binary "$T" | base64)
    if [ -z "$made" ] || [ "$made" != "$root" ]; then
        fail ledger 'the leaf is not in the log'
    elif [ "$(sed -n 4p seal/leaf.bin)" != "$bound" ]; then
        fail ledger 'the leaf is of another bag'
    else
        # The key is the bag's own: whose it is, its publisher must say.
        vkey=$(cat seal/log.vkey)
        name=${vkey%%+*} rest=${vkey#*+}
        kid=${rest%%+*} kb=${rest#*+}
        printf %s "$kb" | base64 -d | tail -c 32 >"$t/key"
        { printf '\060\052\060\005\006\003\053\145\160\003\041\000' && cat "$t/key"; } |
            openssl pkey -pubin -inform DER -out "$t/key.pem" 2>/dev/null
        head -n 3 "$t/checkpoint" >"$t/body"
        line=$(grep -F "— $name " "$t/checkpoint" | head -n 1)
        printf %s "${line##* }" | base64 -d >"$t/blob"
        tail -c +5 "$t/blob" >"$t/sig"
        if [ "$(head -c 4 "$t/blob" | hex)" = "$kid" ] &&
            openssl pkeyutl -verify -pubin -inkey "$t/key.pem" -rawin -in "$t/body" \
                -sigfile "$t/sig" >/dev/null 2>&1; then
            say ledger "OK: leaf $index of $size in $name, key $kid"
        else
            fail ledger 'the head of the log is not signed by seal/log.vkey'
        fi
    fi
fi
exit "$bad"
