/* SPDX-License-Identifier: Apache-2.0 */
/* Video through FFmpeg's libavformat and libavcodec: the first video stream is decoded, gets the
 * overlays and is coded again with its own codec; every other stream is copied packet by packet.
 * Each frame keeps its time and duration exactly, whatever the encoder thinks of them: encoders
 * count frames, and the times wait for the packets in a ring. */
#include "media/encode/enc_av.h"

#include <inttypes.h>
#include <math.h>

#define FPS_FALLBACK 25
#define FPS_TERM_MAX 65535 /* what MPEG-4 part 2 can write */
#define RING 1024          /* frames inside an encoder */
#define NOT_TAKEN (-1)

typedef struct moment {
    int64_t pts;      /* in the input stream's time base */
    int64_t duration; /* likewise; 0 = unknown */
} moment;

typedef struct coder {
    jz_task *task;
    jz_err *err;
    jz_av_input in;
    jz_av_output out;
    AVStream *from; /* the video */
    AVStream *to;
    int *map; /* output stream of each input stream, NOT_TAKEN where it is dropped */
    AVCodecContext *decoder;
    AVCodecContext *encoder;
    AVPacket *packet; /* of the input */
    AVPacket *made;   /* of the encoder */
    AVFrame *frame;
    AVFrame *first; /* a look ahead: what the encoder is opened for */
    jz_av_marks marks;
    moment ring[RING];
    uint64_t taken; /* frames given to the encoder */
    uint64_t given; /* packets that it gave back */
    int64_t begin_pts;
    uint64_t damaged; /* packets refused and frames patched up */
    bool truncated;
} coder;

static const char *name_of(const coder *c)
{
    return c->task->in.format->name;
}

static jz_status nomem(const coder *c)
{
    return JZ_FAIL(c->err, JZ_E_NOMEM, "%s: out of memory", name_of(c));
}

static void close_input(coder *c)
{
    avcodec_free_context(&c->decoder);
    jz_av_input_done(&c->in);
}

static void done(coder *c)
{
    jz_av_listen(NULL);
    close_input(c);
    avcodec_free_context(&c->encoder);
    jz_av_output_done(&c->out);
    jz_av_marks_done(&c->marks);
    av_frame_free(&c->frame);
    av_frame_free(&c->first);
    av_packet_free(&c->packet);
    av_packet_free(&c->made);
    av_freep(&c->map);
}

/* ---- the input ---- */

static jz_status open_input(coder *c)
{
    c->in = (jz_av_input){ .job = &c->task->in, .audio = true };
    jz_av_listen(&c->in.note);
    JZ_TRY(jz_av_input_open(&c->in, c->err));
    JZ_TRY(jz_av_input_video(&c->in, &c->from, c->err));
    const int64_t seconds = c->in.format->duration / AV_TIME_BASE;
    if (seconds > c->task->in.limits.max_duration_s)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "a video of %" PRId64 " s, limit %u", seconds,
                       c->task->in.limits.max_duration_s);
    const AVCodecParameters *par = c->from->codecpar;
    JZ_TRY(jz_av_open(&c->task->in, &c->in.note, jz_av_decoder_name(par->codec_id), par,
                      &c->decoder, c->err));
    c->decoder->skip_alpha = 0;
    c->decoder->pkt_timebase = c->from->time_base;
    return JZ_OK;
}

typedef jz_status (*frame_fn)(coder *c);

/* All frames that a packet completes; NULL = the end, which gives those that were held back. */
static jz_status decode_packet(coder *c, const AVPacket *packet, frame_fn fn)
{
    const int patched = FF_DECODE_ERROR_INVALID_BITSTREAM | FF_DECODE_ERROR_CONCEALMENT_ACTIVE |
                        FF_DECODE_ERROR_DECODE_SLICES;
    int rc = avcodec_send_packet(c->decoder, packet);
    while (rc >= 0) {
        rc = avcodec_receive_frame(c->decoder, c->frame);
        if (rc < 0)
            break;
        c->damaged += (c->frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 ||
                      (c->frame->decode_error_flags & patched) != 0;
        const jz_status st = fn(c);
        av_frame_unref(c->frame);
        JZ_TRY(st);
    }
    if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
        return JZ_OK;
    if (rc == AVERROR(ENOMEM))
        return nomem(c);
    c->damaged++;
    return JZ_OK;
}

/* A damaged file is refused, not repaired. */
static jz_status check_damage(coder *c)
{
    if (c->truncated || c->in.note.truncated)
        return JZ_FAIL(c->err, JZ_E_TRUNCATED, "%s: ends early, after %" PRIu64 " frames",
                       name_of(c), c->taken);
    if (c->damaged > 0)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "%s: damaged behind frame %" PRIu64 ": %s", name_of(c),
                       c->taken, c->in.note.line);
    return JZ_OK;
}

/* ---- the look ahead ---- */

static jz_status keep_first(coder *c)
{
    if (c->first->width == 0 && av_frame_ref(c->first, c->frame) < 0)
        return nomem(c);
    return JZ_OK;
}

static jz_status look_ahead(coder *c)
{
    JZ_TRY(open_input(c));
    while (c->first->width == 0) {
        const int rc = av_read_frame(c->in.format, c->packet);
        if (rc < 0)
            break;
        jz_status st = JZ_OK;
        if (c->packet->stream_index == c->from->index)
            st = decode_packet(c, c->packet, keep_first);
        av_packet_unref(c->packet);
        JZ_TRY(st);
        JZ_TRY(check_damage(c));
    }
    if (c->first->width == 0)
        JZ_TRY(decode_packet(c, NULL, keep_first));
    JZ_TRY(check_damage(c));
    if (c->first->width == 0)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "%s: no frames", name_of(c));
    close_input(c);
    return JZ_OK;
}

/* ---- the output ---- */

static AVRational frame_rate(const AVStream *s)
{
    AVRational rate = s->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = s->r_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = (AVRational){ FPS_FALLBACK, 1 };
    (void)av_reduce(&rate.num, &rate.den, rate.num, rate.den, FPS_TERM_MAX); /* close enough */
    return rate.num > 0 && rate.den > 0 ? rate : (AVRational){ FPS_FALLBACK, 1 };
}

static jz_status open_encoder(coder *c)
{
    const jz_av_codec *codec = jz_av_codec_find(c->from->codecpar->codec_id);
    if (codec == NULL)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "video codec %s is not written here",
                       avcodec_get_name(c->from->codecpar->codec_id));
    if (av_dict_get(c->from->metadata, "alpha_mode", NULL, 0) != NULL)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "%s: a video with an alpha channel", name_of(c));
    JZ_TRY(jz_av_marks_make(c->task, c->first, &c->marks, c->err));
    JZ_TRY(jz_av_codec_open(&c->out, codec, c->from, c->first, frame_rate(c->from), &c->encoder,
                            c->err));
    jz_task_name_codec(c->task, avcodec_get_name(c->encoder->codec_id));
    return JZ_OK;
}

static jz_status add_video(coder *c)
{
    AVCodecParameters *par = avcodec_parameters_alloc();
    jz_status st = par != NULL && avcodec_parameters_from_context(par, c->encoder) >= 0
                       ? jz_av_output_stream(&c->out, c->from, par, &c->to, c->err)
                       : nomem(c);
    avcodec_parameters_free(&par);
    return st;
}

/* Sound that cannot be kept is an error; subtitles and data are dropped, and counted. */
static jz_status add_copied(coder *c, const AVStream *s)
{
    AVStream *to = NULL;
    if (jz_av_output_takes(&c->out, s)) {
        JZ_TRY(jz_av_output_stream(&c->out, s, NULL, &to, c->err));
        c->map[s->index] = to->index;
        return JZ_OK;
    }
    if (s->codecpar->codec_type == AVMEDIA_TYPE_AUDIO ||
        s->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "%s: a stream of the codec %s cannot be kept",
                       name_of(c), avcodec_get_name(s->codecpar->codec_id));
    c->task->info.streams_dropped++;
    return JZ_OK;
}

static jz_status open_output(coder *c)
{
    const unsigned n = c->in.format->nb_streams;
    c->map = av_calloc(n, sizeof *c->map);
    if (c->map == NULL)
        return nomem(c);
    JZ_TRY(jz_av_output_open(&c->out, c->err));
    JZ_TRY(open_encoder(c));
    for (unsigned i = 0; i < n; i++) {
        AVStream *s = c->in.format->streams[i];
        c->map[i] = NOT_TAKEN;
        if (s == c->from) {
            JZ_TRY(add_video(c));
            c->map[i] = c->to->index;
        } else {
            JZ_TRY(add_copied(c, s));
        }
        if (c->map[i] == NOT_TAKEN)
            s->discard = AVDISCARD_ALL;
    }
    return jz_av_output_begin(&c->out, c->err);
}

/* ---- frames ---- */

static jz_status drain(coder *c)
{
    for (;;) {
        const int rc = avcodec_receive_packet(c->encoder, c->made);
        if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
            return JZ_OK;
        if (rc < 0)
            return jz_av_output_fail(&c->out, rc, c->err);
        if (c->given >= c->taken || c->made->pts != (int64_t)c->given)
            return JZ_FAIL(c->err, JZ_E_BUG, "%s: packet %" PRId64 " instead of %" PRIu64,
                           c->encoder->codec->name, c->made->pts, c->given);
        const moment m = c->ring[c->given++ % RING];
        c->made->pts = m.pts;
        c->made->dts = m.pts;
        c->made->duration = m.duration;
        JZ_TRY(jz_av_output_packet(&c->out, c->made, c->to, c->from->time_base, c->err));
    }
}

static jz_status give(coder *c, const AVFrame *frame)
{
    const int rc = avcodec_send_frame(c->encoder, frame);
    if (rc < 0 && rc != AVERROR_EOF)
        return jz_av_output_fail(&c->out, rc, c->err);
    return drain(c);
}

/* The frame's place in the ring: times must rise, as every container wants. */
static jz_status note_time(coder *c)
{
    const moment *last = c->taken > 0 ? &c->ring[(c->taken - 1) % RING] : NULL;
    moment m = { c->frame->best_effort_timestamp, c->frame->pkt_duration };
    if (m.pts == AV_NOPTS_VALUE)
        m.pts = last == NULL ? 0 : last->pts + (last->duration > 0 ? last->duration : 1);
    if (last != NULL && m.pts <= last->pts)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "%s: frame %" PRIu64 " at %" PRId64 " after %" PRId64,
                       name_of(c), c->taken, m.pts, last->pts);
    if (c->taken - c->given >= RING)
        return JZ_FAIL(c->err, JZ_E_BUG, "%s holds %d frames", c->encoder->codec->name, RING);
    if (last == NULL)
        c->begin_pts = m.pts;
    c->ring[c->taken % RING] = m;
    return JZ_OK;
}

static jz_status check_frame(const coder *c)
{
    if (c->frame->width != c->first->width || c->frame->height != c->first->height ||
        c->frame->format != c->first->format)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED,
                       "%s: the picture changes from %d x %d to %d x %d pixels or their format",
                       name_of(c), c->first->width, c->first->height, c->frame->width,
                       c->frame->height);
    if (c->taken >= c->task->in.limits.max_frames)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "more frames than %" PRIu64,
                       c->task->in.limits.max_frames);
    return JZ_OK;
}

static jz_status take_frame(coder *c)
{
    JZ_TRY(check_frame(c));
    JZ_TRY(note_time(c));
    const int64_t pts = c->ring[c->taken % RING].pts;
    const double seconds = (double)(pts - c->begin_pts) * av_q2d(c->from->time_base);
    if (seconds > c->task->in.limits.max_duration_s)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "a video of %.0f s, limit %u", seconds,
                       c->task->in.limits.max_duration_s);
    if (jz_task_wants(c->task, seconds)) {
        if (av_frame_make_writable(c->frame) < 0)
            return nomem(c);
        JZ_TRY(jz_av_marks_fit(&c->marks, c->frame, c->err));
        jz_av_marks_blend(&c->marks, c->frame);
    }
    c->frame->pts = (int64_t)c->taken++;
    /* Points to which players can jump stay such points. */
    c->frame->pict_type = c->frame->key_frame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    c->frame->quality = c->encoder->global_quality;
    return give(c, c->frame);
}

/* ---- packets ---- */

static jz_status take_packet(coder *c)
{
    const int index = c->packet->stream_index;
    if (index == c->from->index) {
        if ((c->packet->flags & AV_PKT_FLAG_CORRUPT) != 0)
            c->truncated = true; /* cut short by the end of the file */
        return decode_packet(c, c->packet, take_frame);
    }
    /* Streams that turn up only now have no place in the output's header. */
    if ((unsigned)index >= c->in.format->nb_streams || c->map[index] == NOT_TAKEN)
        return JZ_OK;
    return jz_av_output_packet(&c->out, c->packet, c->out.format->streams[c->map[index]],
                               c->in.format->streams[index]->time_base, c->err);
}

static jz_status copy(coder *c)
{
    const unsigned streams = c->in.format->nb_streams;
    int rc = 0;
    while ((rc = av_read_frame(c->in.format, c->packet)) >= 0) {
        jz_status st = JZ_OK;
        if ((unsigned)c->packet->stream_index < streams)
            st = take_packet(c);
        av_packet_unref(c->packet);
        JZ_TRY(st);
        JZ_TRY(check_damage(c));
    }
    if (c->in.io_status != JZ_OK || rc != AVERROR_EOF)
        return jz_av_input_fail(&c->in, rc, c->err);
    JZ_TRY(decode_packet(c, NULL, take_frame));
    JZ_TRY(check_damage(c));
    return give(c, NULL);
}

static jz_status finish(coder *c)
{
    const jz_encode_span *s = &c->task->request->span;
    if (c->given != c->taken)
        return JZ_FAIL(c->err, JZ_E_BUG, "%s gave %" PRIu64 " packets for %" PRIu64 " frames",
                       c->encoder->codec->name, c->given, c->taken);
    if (c->task->info.covered == 0)
        return JZ_FAIL(c->err, JZ_E_INVAL, "%s: no frame between %g and %g seconds", name_of(c),
                       s->from_s, s->until_s);
    JZ_TRY(jz_av_output_end(&c->out, c->err));
    c->task->info.frames = c->taken;
    return jz_job_end(&c->task->in, JZ_OK, c->err);
}

static jz_status code(coder *c)
{
    c->packet = av_packet_alloc();
    c->made = av_packet_alloc();
    c->frame = av_frame_alloc();
    c->first = av_frame_alloc();
    if (c->packet == NULL || c->made == NULL || c->frame == NULL || c->first == NULL)
        return nomem(c);
    JZ_TRY(look_ahead(c));
    JZ_TRY(open_input(c));
    JZ_TRY(open_output(c));
    JZ_TRY(copy(c));
    return finish(c);
}

jz_status jz_encode_av_video(jz_task *task, jz_err *err)
{
    coder *c = av_mallocz(sizeof *c);
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    c->task = task;
    c->err = err;
    c->out = (jz_av_output){ .task = task, .in = &c->in };
    const jz_status st = code(c);
    done(c);
    av_free(c);
    return st;
}
