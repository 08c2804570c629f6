/* SPDX-License-Identifier: Apache-2.0 */
/* Video, GIF and APNG through FFmpeg's libavformat and libavcodec. Frames are chosen, numbered and
 * converted as the vPDQ reference does (ThreatExchange, vpdq/cpp/vpdq/cpp/hashing): first video
 * stream, average frame rate, frames in decoding order, swscale's AREA at native size. */
#include "media/decode/dec_av.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <libavformat/avformat.h>
#include <libavutil/avstring.h>

#define IO_BYTES 65536
#define STREAMS_MAX 100
#define FPS_FALLBACK 25.0
/* A file that claims a higher rate is examined as if it had this one: the interval between the
 * frames that are looked at must not be the uploader's choice. */
#define FPS_MAX 240.0

typedef struct decoder {
    jz_job *job;
    jz_err *err;
    AVFormatContext *format;
    AVIOContext *io;
    AVStream *stream;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    jz_av_scaler scaler;
    jz_av_note note;
    uint64_t at;         /* where the demuxer reads */
    jz_status io_status; /* JZ_OK, or why a read failed; io_err says more */
    jz_err io_err;
    uint64_t damaged; /* packets refused and frames patched up */
    bool truncated;
} decoder;

static const char *const demuxers[][2] = {
    { "mp4", "mov" },       { "mov", "mov" },       { "3gp", "mov" },  { "m4v", "mov" },
    { "mkv", "matroska" },  { "webm", "matroska" }, { "avi", "avi" },  { "flv", "flv" },
    { "mpegts", "mpegts" }, { "mpegps", "mpeg" },   { "asf", "asf" },  { "ogv", "ogg" },
    { "gif", "gif" },       { "apng", "apng" },     { "avif", "mov" }, { "heic", "mov" },
};

/* The codecs that may be opened, also while the streams are probed. */
static const struct {
    enum AVCodecID id;
    const char *decoder;
} codecs[] = {
    { AV_CODEC_ID_H264, "h264" },
    { AV_CODEC_ID_HEVC, "hevc" },
    { AV_CODEC_ID_VP8, "vp8" },
    { AV_CODEC_ID_VP9, "vp9" },
    { AV_CODEC_ID_AV1, "libdav1d" },
    { AV_CODEC_ID_MPEG1VIDEO, "mpeg1video" },
    { AV_CODEC_ID_MPEG2VIDEO, "mpeg2video" },
    { AV_CODEC_ID_MPEG4, "mpeg4" },
    { AV_CODEC_ID_MSMPEG4V2, "msmpeg4v2" },
    { AV_CODEC_ID_MSMPEG4V3, "msmpeg4" },
    { AV_CODEC_ID_H263, "h263" },
    { AV_CODEC_ID_FLV1, "flv" },
    { AV_CODEC_ID_VP6, "vp6" },
    { AV_CODEC_ID_VP6F, "vp6f" },
    { AV_CODEC_ID_WMV1, "wmv1" },
    { AV_CODEC_ID_WMV2, "wmv2" },
    { AV_CODEC_ID_WMV3, "wmv3" },
    { AV_CODEC_ID_VC1, "vc1" },
    { AV_CODEC_ID_MJPEG, "mjpeg" },
    { AV_CODEC_ID_PRORES, "prores" },
    { AV_CODEC_ID_DVVIDEO, "dvvideo" },
    { AV_CODEC_ID_THEORA, "theora" },
    { AV_CODEC_ID_RAWVIDEO, "rawvideo" },
    { AV_CODEC_ID_GIF, "gif" },
    { AV_CODEC_ID_APNG, "apng" },
};

static const char *decoder_of(enum AVCodecID id)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(codecs); i++) {
        if (codecs[i].id == id)
            return codecs[i].decoder;
    }
    return NULL;
}

static void done(decoder *d)
{
    jz_av_listen(NULL);
    jz_av_scaler_done(&d->scaler);
    av_frame_free(&d->frame);
    av_packet_free(&d->packet);
    avcodec_free_context(&d->codec);
    avformat_close_input(&d->format);
    if (d->io != NULL)
        av_freep(&d->io->buffer);
    avio_context_free(&d->io);
}

static jz_status nomem(decoder *d)
{
    return JZ_FAIL(d->err, JZ_E_NOMEM, "%s: out of memory", d->job->format->name);
}

static jz_status fail(decoder *d, int rc)
{
    if (d->io_status == JZ_OK)
        return jz_av_fail(d->job, &d->note, rc, d->err);
    if (d->err != NULL)
        *d->err = d->io_err;
    return d->io_status;
}

static int on_read(void *user, uint8_t *buf, int size)
{
    decoder *d = user;
    size_t got = 0;
    d->io_status = jz_job_read(d->job, d->at, buf, (size_t)size, &got, &d->io_err);
    if (d->io_status != JZ_OK)
        return AVERROR(EIO);
    d->at += got;
    return got > 0 ? (int)got : AVERROR_EOF;
}

static int64_t on_seek(void *user, int64_t offset, int whence)
{
    decoder *d = user;
    const int64_t size = (int64_t)d->job->file_size;
    int64_t to = offset;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return size;
    case SEEK_CUR:
        to = __builtin_add_overflow((int64_t)d->at, offset, &to) ? -1 : to;
        break;
    case SEEK_END:
        to = __builtin_add_overflow(size, offset, &to) ? -1 : to;
        break;
    default:
        break;
    }
    if (to < 0)
        return AVERROR(EINVAL);
    d->at = (uint64_t)to;
    return to;
}

/* References to other files and addresses lead nowhere. */
static int refuse_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                       AVDictionary **options)
{
    (void)format;
    (void)io;
    (void)url;
    (void)flags;
    (void)options;
    return AVERROR(EACCES);
}

static const AVInputFormat *demuxer_of(const jz_format *format)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(demuxers); i++) {
        if (strcmp(demuxers[i][0], format->name) == 0)
            return av_find_input_format(demuxers[i][1]);
    }
    return NULL;
}

/* The names of all decoders of the table, as libavformat wants them. */
static char *codec_list(void)
{
    char *list = NULL;
    for (size_t i = 0; i < JZ_ARRAY_LEN(codecs); i++) {
        char *longer = list == NULL ? av_strdup(codecs[i].decoder)
                                    : av_asprintf("%s,%s", list, codecs[i].decoder);
        av_freep(&list);
        if (longer == NULL)
            return NULL;
        list = longer;
    }
    return list;
}

static jz_status make_io(decoder *d)
{
    uint8_t *buffer = av_malloc(IO_BYTES);
    if (buffer != NULL)
        d->io = avio_alloc_context(buffer, IO_BYTES, 0, d, on_read, NULL, on_seek);
    if (d->io == NULL)
        av_freep(&buffer);
    d->format = avformat_alloc_context();
    d->packet = av_packet_alloc();
    d->frame = av_frame_alloc();
    const bool whole = d->io != NULL && d->format != NULL && d->packet != NULL && d->frame != NULL;
    return whole ? JZ_OK : nomem(d);
}

static jz_status open_container(decoder *d)
{
    const AVInputFormat *demuxer = demuxer_of(d->job->format);
    if (demuxer == NULL)
        return JZ_FAIL(d->err, JZ_E_UNSUPPORTED, "this libavformat does not read %s",
                       d->job->format->name);
    JZ_TRY(make_io(d));
    d->format->pb = d->io;
    d->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    d->format->io_open = refuse_open;
    d->format->max_streams = STREAMS_MAX;
    d->format->format_whitelist = av_strdup(demuxer->name);
    d->format->protocol_whitelist = av_strdup("");
    d->format->codec_whitelist = codec_list();
    if (d->format->format_whitelist == NULL || d->format->protocol_whitelist == NULL ||
        d->format->codec_whitelist == NULL)
        return nomem(d);
    const int rc = avformat_open_input(&d->format, NULL, demuxer, NULL);
    return rc < 0 ? fail(d, rc) : JZ_OK;
}

/* Probing decodes a few frames: within the same pixel limit as all others. */
static jz_status probe(decoder *d)
{
    const unsigned n = d->format->nb_streams;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what FFmpeg wants */
    AVDictionary **options = av_calloc(n + 1, sizeof *options);
    if (options == NULL)
        return nomem(d);
    for (unsigned i = 0; i < n; i++)
        (void)av_dict_set_int(&options[i], "max_pixels", (int64_t)d->job->limits.max_pixels, 0);
    const int rc = avformat_find_stream_info(d->format, options);
    for (unsigned i = 0; i < n; i++)
        av_dict_free(&options[i]);
    av_freep(&options);
    return rc < 0 ? fail(d, rc) : JZ_OK;
}

static bool is_video(const AVStream *s)
{
    return s->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
           (s->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
}

/* The first video stream that can be decoded, as in the reference; cover pictures do not count. */
static jz_status choose_stream(decoder *d)
{
    AVStream *other = NULL;
    for (unsigned i = 0; i < d->format->nb_streams; i++) {
        AVStream *s = d->format->streams[i];
        s->discard = AVDISCARD_ALL;
        if (!is_video(s) || d->stream != NULL)
            continue;
        if (decoder_of(s->codecpar->codec_id) != NULL)
            d->stream = s;
        else if (other == NULL)
            other = s;
    }
    if (d->stream == NULL && other != NULL)
        return JZ_FAIL(d->err, JZ_E_UNSUPPORTED, "video codec %s is not read here",
                       avcodec_get_name(other->codecpar->codec_id));
    /* Of a file that ends early, the stream may just be missing. */
    if (d->stream == NULL && jz_job_end(d->job, JZ_OK, d->err) != JZ_OK)
        return JZ_E_TRUNCATED;
    if (d->stream == NULL)
        return JZ_FAIL(d->err, JZ_E_UNSUPPORTED, "no video stream");
    d->stream->discard = AVDISCARD_DEFAULT;
    return JZ_OK;
}

static double frame_rate(const AVStream *s)
{
    AVRational rate = s->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = s->r_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        return FPS_FALLBACK;
    return fmin(av_q2d(rate), FPS_MAX);
}

/* EXIF's number for a display matrix (ISO/IEC 14496-12 8.3.2, rows a b u, c d v): the signs of a
 * and d, or of b and c, say which turn and which mirror it is. */
static uint32_t orientation(const AVStream *s)
{
    size_t size = 0;
    const uint8_t *side = av_stream_get_side_data(s, AV_PKT_DATA_DISPLAYMATRIX, &size);
    int32_t m[9];
    if (side == NULL || size < sizeof m)
        return 1;
    memcpy(m, side, sizeof m);
    const int32_t a = m[0];
    const int32_t b = m[1];
    const int32_t c = m[3];
    const int32_t e = m[4];
    if (b == 0 && c == 0)
        return a >= 0 ? (e >= 0 ? 1 : 4) : (e >= 0 ? 2 : 3);
    if (a == 0 && e == 0)
        return c >= 0 ? (b >= 0 ? 5 : 8) : (b >= 0 ? 6 : 7);
    return 1; /* a free angle has no number */
}

static jz_status check_duration(const decoder *d, double seconds)
{
    if (seconds > d->job->limits.max_duration_s)
        return JZ_FAIL(d->err, JZ_E_LIMIT, "a video of %.0f s, limit %u", seconds,
                       d->job->limits.max_duration_s);
    return JZ_OK;
}

static jz_status describe(decoder *d)
{
    jz_media_info *info = &d->job->info;
    const AVCodecParameters *par = d->stream->codecpar;
    (void)snprintf(info->codec, sizeof info->codec, "%s", avcodec_get_name(par->codec_id));
    info->width = (uint32_t)(par->width > 0 ? par->width : 0);
    info->height = (uint32_t)(par->height > 0 ? par->height : 0);
    info->fps = frame_rate(d->stream);
    info->orientation = orientation(d->stream);
    info->animated = true;
    const bool known = d->format->duration > 0 &&
                       d->format->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE;
    info->duration_s = known ? (double)d->format->duration / AV_TIME_BASE : 0;
    return check_duration(d, info->duration_s);
}

static jz_status take_frame(decoder *d)
{
    const int patched = FF_DECODE_ERROR_INVALID_BITSTREAM | FF_DECODE_ERROR_CONCEALMENT_ACTIVE |
                        FF_DECODE_ERROR_DECODE_SLICES;
    const bool corrupt = (d->frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    d->damaged += corrupt || (d->frame->decode_error_flags & patched) != 0;
    if (d->job->info.frames == 0) {
        d->job->info.width = (uint32_t)d->frame->width;
        d->job->info.height = (uint32_t)d->frame->height;
    }
    JZ_TRY(check_duration(d, (double)d->job->info.frames / d->job->info.fps));
    return jz_av_emit(d->job, &d->scaler, d->frame, d->err);
}

/* All frames that a packet completes; NULL = the end, which gives those that were held back. A
 * damaged packet is counted, not fatal. */
static jz_status decode_packet(decoder *d, const AVPacket *packet)
{
    int rc = avcodec_send_packet(d->codec, packet);
    while (rc >= 0) {
        rc = avcodec_receive_frame(d->codec, d->frame);
        if (rc < 0)
            break;
        const jz_status st = take_frame(d);
        av_frame_unref(d->frame);
        JZ_TRY(st);
    }
    if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
        return JZ_OK;
    d->damaged++;
    if (rc == AVERROR(ENOMEM))
        return nomem(d);
    if (d->note.width != 0)
        JZ_TRY(jz_job_check_size(d->job, d->note.width, d->note.height, d->err));
    return JZ_OK;
}

static jz_status read_packets(decoder *d)
{
    int rc = 0;
    while ((rc = av_read_frame(d->format, d->packet)) >= 0) {
        jz_status st = JZ_OK;
        if (d->packet->stream_index == d->stream->index) {
            if ((d->packet->flags & AV_PKT_FLAG_CORRUPT) != 0 && avio_feof(d->io) != 0)
                d->truncated = true; /* cut short by the end of the file */
            st = decode_packet(d, d->packet);
        }
        av_packet_unref(d->packet);
        JZ_TRY(st);
    }
    JZ_TRY(decode_packet(d, NULL));
    if (d->io_status != JZ_OK || rc == AVERROR(ENOMEM))
        return fail(d, rc);
    d->damaged += rc != AVERROR_EOF;
    return JZ_OK;
}

static jz_status verdict(decoder *d)
{
    const uint64_t frames = d->job->info.frames;
    d->job->info.animated = frames > 1;
    if (d->truncated || d->note.truncated)
        return JZ_FAIL(d->err, JZ_E_TRUNCATED, "%s: ends early, after %" PRIu64 " frames",
                       d->job->format->name, frames);
    if (d->damaged > 0)
        return JZ_FAIL(d->err, JZ_E_CORRUPT, "%s: %" PRIu64 " damaged packets: %s",
                       d->job->format->name, d->damaged, d->note.line);
    if (frames == 0)
        return JZ_FAIL(d->err, JZ_E_CORRUPT, "%s: no frames", d->job->format->name);
    return JZ_OK;
}

static jz_status decode(decoder *d)
{
    JZ_TRY(open_container(d));
    JZ_TRY(probe(d));
    JZ_TRY(choose_stream(d));
    JZ_TRY(describe(d));
    JZ_TRY(jz_av_open(d->job, &d->note, decoder_of(d->stream->codecpar->codec_id),
                      d->stream->codecpar, &d->codec, d->err));
    JZ_TRY(read_packets(d));
    return verdict(d);
}

jz_status jz_decode_av_video(jz_job *job, jz_err *err)
{
    decoder d = { .job = job, .err = err, .scaler = { .flags = SWS_AREA } };
    jz_av_listen(&d.note);
    const jz_status st = decode(&d);
    done(&d);
    return jz_job_end(job, st, err);
}
