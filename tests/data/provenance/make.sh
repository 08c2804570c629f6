#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make.sh PEER KEY CHAIN: signs one file of each format of ../media with c2pa-rs, an implementation
# that is not ours, as npm's @contentauth/c2pa-wasm 0.13.3 packs it. PEER is a program for Node that
# is called as "PEER sign FROM TO --alg es256 --key KEY --cert CHAIN --reserve 2000" and passes on
# "--settings JSON". The certificate is of a root made for this, root.pem. Signatures differ from
# run to run: the files are kept, this is how they came to be.
set -eu
peer=$1 key=$2 chain=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sign() { # FROM TO [SETTINGS]
    node "$peer" sign "$1" "$here/$2" --alg es256 --key "$key" --cert "$chain" --reserve 2000 \
        ${3:+--settings "$3"}
}

media() { # NAME SUFFIX
    cp "$here/../media/$1" "$work/in.$2"
    sign "$work/in.$2" "signed.$2"
}
media baseline.jpg jpg
media rgb.png png
media lossy.webp webp
media tone.wav wav
media mpeg4.avi avi
media still.gif gif
media grey-lzw.tif tif
media tone.mp3 mp3
media h264.mp4 mp4
media h264.mov mov
media audio.mp4 m4a
media still.heic heic
media still.avif avif

cat >"$work/in.svg" <<'SVG'
<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3">
  <!-- <c2pa:manifest>no</c2pa:manifest> -->
  <rect width="4" height="3" fill="#7f7f7f"/>
</svg>
SVG
sign "$work/in.svg" signed.svg
ffmpeg -v error -f lavfi -i anullsrc=r=8000:cl=mono -t 0.01 -c:a flac -bitexact "$work/in.flac"
sign "$work/in.flac" signed.flac
{ # a bare codestream has no place for a store
    printf '\0\0\0\014JXL \r\n\207\n\0\0\0\024ftypjxl \0\0\0\0jxl '
    printf '\0\0\001\263jxlc'
    cat "$here/../media/lossy.jxl"
} >"$work/in.jxl"
sign "$work/in.jxl" signed.jxl
sign "$here/../media/h264.mp4" merkle.mp4 \
    '{"core":{"merkle_tree_chunk_size_in_kb":1,"merkle_tree_max_proofs":1}}'
