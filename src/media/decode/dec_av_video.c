/* SPDX-License-Identifier: Apache-2.0 */
/* Video, GIF and APNG through FFmpeg's libavformat and libavcodec. Frames are chosen, numbered and
 * converted as the vPDQ reference does (ThreatExchange, vpdq/cpp/vpdq/cpp/hashing): first video
 * stream, average frame rate, frames in decoding order, swscale's AREA at native size. */
#include "media/decode/dec_av_input.h"

#include <inttypes.h>
#include <libavutil/video_enc_params.h>
#include <math.h>
#include <string.h>

#define FPS_FALLBACK 25.0
/* A file that claims a higher rate is examined as if it had this one: the interval between the
 * frames that are looked at must not be the uploader's choice. */
#define FPS_MAX 240.0

typedef struct decoder {
    jz_job *job;
    jz_err *err;
    jz_av_input in;
    AVStream *stream;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    jz_av_scaler scaler;
    uint64_t damaged; /* packets refused and frames patched up */
    bool truncated;
    uint32_t since_key; /* packets since the last key frame; 0 = there was none */
    double due;         /* with key_frames: the frame from which on the next one is wanted */
} decoder;

static void done(decoder *d)
{
    jz_av_listen(NULL);
    jz_av_scaler_done(&d->scaler);
    av_frame_free(&d->frame);
    av_packet_free(&d->packet);
    avcodec_free_context(&d->codec);
    jz_av_input_done(&d->in);
}

static jz_status nomem(decoder *d)
{
    return JZ_FAIL(d->err, JZ_E_NOMEM, "%s: out of memory", d->job->format->name);
}

static jz_status choose_stream(decoder *d)
{
    JZ_TRY(jz_av_input_video(&d->in, &d->stream, d->err));
    for (unsigned i = 0; i < d->in.format->nb_streams; i++)
        d->in.format->streams[i]->discard = AVDISCARD_ALL;
    d->stream->discard = AVDISCARD_DEFAULT;
    d->packet = av_packet_alloc();
    d->frame = av_frame_alloc();
    return d->packet != NULL && d->frame != NULL ? JZ_OK : nomem(d);
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
    const bool known = d->in.format->duration > 0 &&
                       d->in.format->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE;
    info->duration_s = known ? (double)d->in.format->duration / AV_TIME_BASE : 0;
    return check_duration(d, info->duration_s);
}

/* The mean over blocks of the frame joins that over frames. Other codecs count otherwise. */
static void note_quantiser(decoder *d)
{
    jz_media_info *info = &d->job->info;
    const AVFrameSideData *side = av_frame_get_side_data(d->frame, AV_FRAME_DATA_VIDEO_ENC_PARAMS);
    AVVideoEncParams *p = side != NULL ? (AVVideoEncParams *)side->data : NULL;
    if (p == NULL || p->type != AV_VIDEO_ENC_PARAMS_H264 || p->nb_blocks == 0)
        return;
    double sum = 0;
    for (unsigned i = 0; i < p->nb_blocks; i++)
        sum += fmax(p->qp + av_video_enc_params_block(p, i)->delta_qp, 0);
    info->qp_frames++;
    info->qp += (sum / p->nb_blocks - info->qp) / info->qp_frames;
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
    const double shown = (double)d->frame->best_effort_timestamp * av_q2d(d->stream->time_base);
    const bool timed = d->frame->best_effort_timestamp != AV_NOPTS_VALUE && shown > 0;
    d->job->shown_seconds = timed ? fmin(shown, UINT32_MAX) : 0;
    note_quantiser(d);
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
    if (d->in.note.width != 0)
        JZ_TRY(jz_job_check_size(d->job, d->in.note.width, d->in.note.height, d->err));
    return JZ_OK;
}

/* Counts the distances between key frames. */
static void note_packet(decoder *d)
{
    jz_media_info *info = &d->job->info;
    if ((d->packet->flags & AV_PKT_FLAG_KEY) != 0) {
        if (d->since_key > 0) {
            info->gop_min =
                info->gops == 0 || d->since_key < info->gop_min ? d->since_key : info->gop_min;
            info->gop_max = d->since_key > info->gop_max ? d->since_key : info->gop_max;
            info->gops++;
        }
        d->since_key = 1;
    } else if (d->since_key > 0) {
        d->since_key++;
    }
}

/* A packet is a frame, and only key frames are decoded, each by itself: nothing is held back for
 * reordering, and nothing that refers to a frame before it is tried. */
static jz_status decode_key_frame(decoder *d)
{
    jz_job *job = d->job;
    const bool key = (d->packet->flags & AV_PKT_FLAG_KEY) != 0 || job->info.frames == 0;
    if (!key || (double)job->info.frames < d->due)
        return jz_job_skip(job, d->err);
    const double step = fmax(floor(job->opts.interval_s * job->info.fps), 1);
    d->due = (floor((double)job->info.frames / step) + 1) * step;
    JZ_TRY(decode_packet(d, d->packet));
    JZ_TRY(decode_packet(d, NULL));
    avcodec_flush_buffers(d->codec);
    return JZ_OK;
}

static jz_status read_packets(decoder *d)
{
    const bool keys = d->job->opts.key_frames && d->job->format->kind == JZ_KIND_VIDEO;
    int rc = 0;
    while ((rc = av_read_frame(d->in.format, d->packet)) >= 0) {
        jz_status st = JZ_OK;
        if (d->packet->stream_index == d->stream->index) {
            if ((d->packet->flags & AV_PKT_FLAG_CORRUPT) != 0 && avio_feof(d->in.io) != 0)
                d->truncated = true; /* cut short by the end of the file */
            note_packet(d);
            st = keys ? decode_key_frame(d) : decode_packet(d, d->packet);
        }
        av_packet_unref(d->packet);
        JZ_TRY(st);
    }
    JZ_TRY(decode_packet(d, NULL));
    if (d->in.io_status != JZ_OK || rc == AVERROR(ENOMEM))
        return jz_av_input_fail(&d->in, rc, d->err);
    d->damaged += rc != AVERROR_EOF;
    return JZ_OK;
}

static jz_status verdict(decoder *d)
{
    const uint64_t frames = d->job->info.frames;
    d->job->info.animated = frames > 1;
    if (d->truncated || d->in.note.truncated)
        return JZ_FAIL(d->err, JZ_E_TRUNCATED, "%s: ends early, after %" PRIu64 " frames",
                       d->job->format->name, frames);
    if (d->damaged > 0)
        return JZ_FAIL(d->err, JZ_E_CORRUPT, "%s: %" PRIu64 " damaged packets: %s",
                       d->job->format->name, d->damaged, d->in.note.line);
    if (frames == 0)
        return JZ_FAIL(d->err, JZ_E_CORRUPT, "%s: no frames", d->job->format->name);
    return JZ_OK;
}

static jz_status decode(decoder *d)
{
    JZ_TRY(jz_av_input_open(&d->in, d->err));
    JZ_TRY(choose_stream(d));
    JZ_TRY(describe(d));
    JZ_TRY(jz_av_open(d->job, &d->in.note, jz_av_decoder_name(d->stream->codecpar->codec_id),
                      d->stream->codecpar, &d->codec, d->err));
    JZ_TRY(read_packets(d));
    return verdict(d);
}

jz_status jz_decode_av_video(jz_job *job, jz_err *err)
{
    decoder d = { .job = job, .err = err, .in = { .job = job }, .scaler = { .flags = SWS_AREA } };
    jz_av_listen(&d.in.note);
    const jz_status st = decode(&d);
    done(&d);
    return jz_job_end(job, st, err);
}
