#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the files of this folder from one synthetic picture (see picture() in
# tests/media/test_decode_formats.c). Debian 12: ffmpeg webp libjxl-tools libheif-examples libavif-bin
# libjpeg-turbo-progs imagemagick libimage-exiftool-perl. Usage: make.sh FOLDER
set -eu
cd "${1:?usage: make.sh FOLDER}"

RED='40+50*mod(floor(X/13)+N,4)'
GREEN='40+70*floor(Y/12)'
BLUE='220-50*mod(floor(X/13)+N,4)'
CLIP="nullsrc=s=52x36:r=10:d=0.8,format=gbrp,geq=r='$RED':g='$GREEN':b='$BLUE',format=rgb24"
enc() { ffmpeg -v error -y -bitexact -f lavfi -i "$CLIP" -bitexact "$@"; }
still() { ffmpeg -v error -y -bitexact -i src.png -bitexact "$@"; }

enc -frames:v 1 src.png
still src.ppm
still -pix_fmt gray src.pgm

cjpeg -quality 90 src.ppm >baseline.jpg
cjpeg -quality 90 -progressive src.ppm >progressive.jpg
cjpeg -quality 90 -arithmetic src.ppm >arithmetic.jpg
cjpeg -quality 90 -grayscale src.ppm >grey.jpg
convert-im6.q16 src.png -strip -colorspace CMYK -quality 90 cmyk.jpg

cp src.png rgb.png
still -pix_fmt rgba64be rgba16.png
still -pix_fmt gray grey.png
still -pix_fmt gray16be grey16.png
still -pix_fmt monob mono.png
convert-im6.q16 src.png -strip -define png:color-type=3 palette.png
convert-im6.q16 src.png -strip -interlace PNG -define png:color-type=2 interlaced.png
convert-im6.q16 src.png -strip -alpha set -channel A -evaluate set 50% -define png:color-type=6 alpha.png
cp src.png orient6.png && exiftool -q -overwrite_original -n -Orientation=6 orient6.png
enc -f apng -plays 0 anim.apng
enc -vf split[a][b],[a]palettegen[p],[b][p]paletteuse=dither=none anim.gif
still -frames:v 1 -vf split[a][b],[a]palettegen[p],[b][p]paletteuse=dither=none still.gif

cwebp -quiet -q 90 src.png -o lossy.webp
cwebp -quiet -lossless src.png -o lossless.webp
cp lossless.webp orient8.webp && exiftool -q -overwrite_original -n -Orientation=8 orient8.webp
enc -c:v libwebp_anim -lossless 1 -loop 0 anim.webp

still -pix_fmt bgr24 rgb.bmp
still -pix_fmt rgb565le rgb565.bmp
convert-im6.q16 src.png -strip -type palette -compress RLE BMP3:palette-rle.bmp
still -pix_fmt rgb24 -compression_algo raw rgb.tif
still -pix_fmt rgb48le -compression_algo deflate rgb16-deflate.tif
still -pix_fmt gray -compression_algo lzw grey-lzw.tif
convert-im6.q16 src.png -strip -colorspace CMYK -compress LZW cmyk.tif
cp grey-lzw.tif orient3.tif && exiftool -q -overwrite_original -n -Orientation=3 orient3.tif

cjxl --quiet -d 0 src.png lossless.jxl
cjxl --quiet -d 1 src.png lossy.jxl
still -c:v libopenjpeg -pix_fmt rgb24 rgb.jp2
heif-enc -q 90 -p chroma=444 src.png -o still.heic >/dev/null
heif-enc -q 90 -p chroma=444 -A src.png -o still.avif >/dev/null

still -vf scale=208x144:flags=neighbor big.png
avifenc --grid 2x2 --min 5 --max 10 -y 444 big.png grid.avif >/dev/null
enc -t 0.3 -c:v libaom-av1 -crf 20 -cpu-used 8 -pix_fmt yuv444p sequence.avif

H264='-c:v libx264 -crf 10 -g 4 -x264-params threads=1 -pix_fmt yuv420p'
X265='-c:v libx265 -crf 10 -x265-params log-level=none:pools=none:frame-threads=1 -pix_fmt yuv420p'
enc $H264 h264.mp4
enc $H264 -movflags frag_keyframe+empty_moov h264-fragmented.mp4
enc $H264 h264.mov
ffmpeg -v error -y -i h264.mp4 -bitexact -c copy -metadata:s:v rotate=90 h264-rotated.mp4
enc $H264 h264.mkv
enc $H264 h264.flv
enc -t 0.3 $H264 -f mpegts h264.ts
enc -t 0.3 $H264 -f mpegts -mpegts_m2ts_mode 1 h264.m2ts
enc -t 0.1 $H264 -f mpegts small.ts
enc -t 0.1 -vf scale=104x72:flags=neighbor $H264 -f mpegts big.ts
cat small.ts big.ts >resized.ts
enc $X265 -tag:v hvc1 hevc.mp4
enc -c:v libaom-av1 -crf 20 -b:v 0 -cpu-used 8 -pix_fmt yuv420p av1.mp4
enc -c:v libvpx-vp9 -crf 10 -b:v 0 -pix_fmt yuv420p vp9.webm
enc -c:v libvpx -crf 10 -b:v 1M -pix_fmt yuv420p vp8.webm
enc -t 0.3 -c:v mpeg4 -q:v 2 mpeg4.avi
enc -t 0.3 -c:v mjpeg -q:v 2 mjpeg.avi
enc -c:v flv1 -q:v 2 flv1.flv
enc -t 0.3 -c:v wmv2 -q:v 2 wmv2.wmv
enc -r 25 -c:v mpeg2video -q:v 2 -f vob mpeg2.mpg
enc -t 0.3 -c:v libtheora -q:v 9 theora.ogv
ffmpeg -v error -y -bitexact -f lavfi -i sine=d=0.05 -bitexact -c:a aac -b:a 16k audio.mp4
TONE='-f lavfi -i sine=frequency=440:sample_rate=8000:duration=0.05 -bitexact'
tone() {
    # shellcheck disable=SC2086 # options
    ffmpeg -v error -y $TONE "$@"
}
tone tone.wav
tone -rf64 always rf64.wav
tone -c:a libvorbis vorbis.ogg
tone -c:a libopus -ar 48000 opus.ogg
tone -c:a flac flac.ogg
tone -af apad=pad_dur=0.05 -c:a libmp3lame -b:a 8k -write_xing 0 -id3v2_version 0 tone.mp3
tone -c:a aac -b:a 8k tone.aac
rm src.png src.ppm src.pgm big.png small.ts big.ts
