/* SPDX-License-Identifier: Apache-2.0 */
/* A sound put before or behind the sound of a file: all of it is decoded and coded again with its
 * own codec, samples untouched where the codec has no loss. Where the container knows them, tags
 * and cover pictures are carried over. */
#include "media/encode/enc_av_audio.h"
#include "media/encode/enc_av_tags.h"
#include "media/encode/resample.h"

#include <inttypes.h>
#include <string.h>

#include <libavutil/audio_fifo.h>

#define PIECE 4096         /* samples, where an encoder takes any number */
#define QUALITY_FALLBACK 5 /* of 10, where an encoder refuses a bit rate: Vorbis */
#define BIT_RATE_FALLBACK 128000
#define OPUS_BIT_RATE_MAX 256000 /* for each channel */

/* How a codec is coded again: without loss, or at about the bit rate that it had. */
static const struct {
    enum AVCodecID id;
    const char *encoder;
    bool lossless;
} codecs[] = {
    { AV_CODEC_ID_AAC, "aac", false },          { AV_CODEC_ID_MP3, "libmp3lame", false },
    { AV_CODEC_ID_VORBIS, "libvorbis", false }, { AV_CODEC_ID_OPUS, "libopus", false },
    { AV_CODEC_ID_FLAC, "flac", true },         { AV_CODEC_ID_ALAC, "alac", true },
};

typedef struct coder {
    jz_task *task;
    jz_err *err;
    jz_av_audio audio;
    jz_av_output out;
    jz_av_tags tags;
    AVStream *to;
    const AVCodec *codec;
    AVCodecContext *encoder; /* NULL until the first frame is there */
    AVAudioFifo *fifo;
    AVFrame *piece;
    AVPacket *made;
    float *sound; /* at the file's rate */
    size_t n, gap;
    int64_t given; /* samples given to the encoder */
    bool lossless;
} coder;

static const char *name_of(const coder *c)
{
    return c->task->in.format->name;
}

static jz_status nomem(const coder *c)
{
    return JZ_FAIL(c->err, JZ_E_NOMEM, "%s: out of memory", name_of(c));
}

static void done(coder *c)
{
    jz_av_output_done(&c->out);
    jz_av_tags_done(&c->tags);
    avcodec_free_context(&c->encoder);
    if (c->fifo != NULL)
        av_audio_fifo_free(c->fifo);
    av_frame_free(&c->piece);
    av_packet_free(&c->made);
    av_freep(&c->sound);
    jz_av_audio_done(&c->audio);
}

/* ---- the encoder ---- */

static jz_status find_encoder(coder *c)
{
    const enum AVCodecID id = c->audio.from->codecpar->codec_id;
    const char *name = NULL;
    for (size_t i = 0; i < JZ_ARRAY_LEN(codecs); i++) {
        if (codecs[i].id == id) {
            name = codecs[i].encoder;
            c->lossless = codecs[i].lossless;
        }
    }
    if (name == NULL)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "%s: audio codec %s is not written here",
                       name_of(c), avcodec_get_name(id));
    c->codec = avcodec_find_encoder_by_name(name);
    return c->codec != NULL
               ? JZ_OK
               : JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "this libavcodec has no encoder %s", name);
}

/* The frames' own format, else the same one with its channels together or apart (Opus). */
static jz_status choose_format(const coder *c, int format, int *out)
{
    const int other = av_sample_fmt_is_planar(format) ? av_get_packed_sample_fmt(format)
                                                      : av_get_planar_sample_fmt(format);
    for (const enum AVSampleFormat *f = c->codec->sample_fmts;
         f != NULL && *f != AV_SAMPLE_FMT_NONE; f++) {
        if (*f == format || *f == other)
            *out = *f;
        if (*f == format)
            return JZ_OK;
    }
    return *out != AV_SAMPLE_FMT_NONE
               ? JZ_OK
               : JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "%s does not take samples of the format %s",
                         c->codec->name, av_get_sample_fmt_name(format));
}

/* What the stream says of its bit rate, else what its file says, else a usual one. */
static int64_t bit_rate_of(const coder *c, int channels)
{
    int64_t rate = c->audio.from->codecpar->bit_rate;
    if (rate <= 0)
        rate = c->audio.in.format->bit_rate;
    if (rate <= 0)
        rate = BIT_RATE_FALLBACK;
    if (c->codec->id == AV_CODEC_ID_OPUS && rate > (int64_t)OPUS_BIT_RATE_MAX * channels)
        rate = (int64_t)OPUS_BIT_RATE_MAX * channels;
    return rate;
}

static jz_status new_encoder(coder *c, const AVFrame *frame, AVCodecContext **out)
{
    int format = AV_SAMPLE_FMT_NONE;
    JZ_TRY(choose_format(c, frame->format, &format));
    AVCodecContext *ctx = avcodec_alloc_context3(c->codec);
    *out = ctx;
    if (ctx == NULL || av_channel_layout_copy(&ctx->ch_layout, &frame->ch_layout) < 0)
        return nomem(c);
    ctx->sample_fmt = format;
    ctx->sample_rate = frame->sample_rate;
    ctx->time_base = (AVRational){ 1, frame->sample_rate };
    ctx->thread_count = 1;
    ctx->bits_per_raw_sample = c->audio.decoder->bits_per_raw_sample;
    if (c->out.format != NULL && (c->out.format->oformat->flags & AVFMT_GLOBALHEADER) != 0)
        ctx->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    return JZ_OK;
}

/* At the bit rate; where the encoder refuses that, at a quality. */
static jz_status open_encoder(coder *c, const AVFrame *frame)
{
    int rc = -1;
    for (unsigned i = 0; i < 2 && rc < 0; i++) {
        avcodec_free_context(&c->encoder);
        JZ_TRY(new_encoder(c, frame, &c->encoder));
        if (!c->lossless && i == 0)
            c->encoder->bit_rate = bit_rate_of(c, frame->ch_layout.nb_channels);
        if (!c->lossless && i == 1) {
            c->encoder->flags |= AV_CODEC_FLAG_QSCALE;
            c->encoder->global_quality = QUALITY_FALLBACK * FF_QP2LAMBDA;
        }
        rc = avcodec_open2(c->encoder, c->codec, NULL);
    }
    if (rc < 0)
        return jz_av_output_fail(&c->out, rc, c->err);
    jz_task_name_codec(c->task, avcodec_get_name(c->codec->id));
    c->fifo = av_audio_fifo_alloc(c->encoder->sample_fmt, frame->ch_layout.nb_channels, PIECE);
    return c->fifo != NULL ? JZ_OK : nomem(c);
}

/* ---- packets ---- */

static jz_status give(coder *c, const AVFrame *frame)
{
    const int rc = avcodec_send_frame(c->encoder, frame);
    if (rc < 0 && rc != AVERROR_EOF)
        return jz_av_output_fail(&c->out, rc, c->err);
    return jz_av_output_drain(&c->out, c->encoder, c->made, c->to, c->err);
}

/* A frame of the encoder's kind with room for n samples. */
static jz_status new_piece(coder *c, int n)
{
    AVFrame *f = c->piece;
    av_frame_unref(f);
    f->format = c->encoder->sample_fmt;
    f->sample_rate = c->encoder->sample_rate;
    f->nb_samples = n;
    if (av_channel_layout_copy(&f->ch_layout, &c->encoder->ch_layout) < 0 ||
        av_frame_get_buffer(f, 0) < 0)
        return nomem(c);
    return JZ_OK;
}

/* Everything that fills a whole packet; at the end, the rest too. */
static jz_status encode(coder *c, bool all)
{
    const int size = c->encoder->frame_size > 0 ? c->encoder->frame_size : PIECE;
    for (;;) {
        const int have = av_audio_fifo_size(c->fifo);
        const int n = have < size ? have : size;
        if (n == 0 || (n < size && !all))
            return JZ_OK;
        JZ_TRY(new_piece(c, n));
        if (av_audio_fifo_read(c->fifo, (void **)c->piece->extended_data, n) != n)
            return nomem(c);
        c->piece->pts = c->given;
        c->given += n;
        JZ_TRY(give(c, c->piece));
    }
}

static jz_status push(coder *c, const AVFrame *frame)
{
    if (av_audio_fifo_write(c->fifo, (void **)frame->extended_data, frame->nb_samples) !=
        frame->nb_samples)
        return nomem(c);
    return encode(c, false);
}

/* ---- the sound ---- */

static jz_status make_sound(coder *c, uint32_t rate)
{
    const jz_sound *s = &c->task->sound;
    c->n = jz_resampled(s, rate);
    c->gap = (size_t)((uint64_t)s->gap_ms * rate / 1000);
    c->sound = av_malloc_array(c->n, sizeof *c->sound);
    if (c->sound == NULL)
        return nomem(c);
    jz_resample(s, rate, c->sound);
    return JZ_OK;
}

/* Samples [at, at + nb_samples) of lead silent ones, the sound, and silence for ever. */
static void fill(const coder *c, size_t lead, size_t at)
{
    AVFrame *f = c->piece;
    for (int ch = 0; ch < f->ch_layout.nb_channels; ch++) {
        const bool low = jz_av_channel_is_low(&f->ch_layout, ch);
        for (int i = 0; i < f->nb_samples; i++) {
            const size_t k = at + (size_t)i;
            const bool on = !low && k >= lead && k - lead < c->n;
            jz_av_sample_put(f, ch, i, on ? (double)c->sound[k - lead] : 0);
        }
    }
}

static jz_status put_sound(coder *c, size_t lead)
{
    const size_t total = c->n + c->gap;
    for (size_t at = 0; at < total; at += PIECE) {
        JZ_TRY(new_piece(c, (int)(total - at < PIECE ? total - at : PIECE)));
        fill(c, lead, at);
        JZ_TRY(push(c, c->piece));
    }
    return JZ_OK;
}

/* ---- the file ---- */

static jz_status add_stream(coder *c)
{
    AVCodecParameters *par = avcodec_parameters_alloc();
    jz_status st = par != NULL && avcodec_parameters_from_context(par, c->encoder) >= 0
                       ? jz_av_output_stream(&c->out, c->audio.from, par, &c->to, c->err)
                       : nomem(c);
    avcodec_parameters_free(&par);
    if (st == JZ_OK)
        c->to->time_base = c->encoder->time_base;
    return st;
}

/* Seconds before what was there. */
static double lead_of(const coder *c)
{
    return c->task->sound.at_start ? (double)(c->n + c->gap) / c->encoder->sample_rate : 0;
}

/* The first frame tells what everything is made for. */
static jz_status begin(coder *c, const AVFrame *frame)
{
    JZ_TRY(make_sound(c, (uint32_t)frame->sample_rate));
    JZ_TRY(jz_av_tags_read(&c->tags, c->task, c->err));
    c->out.base = c->task->out_at; /* behind tags that were written already */
    JZ_TRY(jz_av_output_open(&c->out, c->err));
    JZ_TRY(open_encoder(c, frame));
    JZ_TRY(add_stream(c));
    JZ_TRY(jz_av_tags_add(&c->tags, &c->out, lead_of(c), c->err));
    JZ_TRY(jz_av_output_begin(&c->out, c->err));
    return c->task->sound.at_start ? put_sound(c, 0) : JZ_OK;
}

/* With its channels together or apart, as the encoder wants them. */
static jz_status rearrange(coder *c, const AVFrame *frame)
{
    JZ_TRY(new_piece(c, frame->nb_samples));
    for (int ch = 0; ch < frame->ch_layout.nb_channels; ch++)
        for (int i = 0; i < frame->nb_samples; i++)
            jz_av_sample_put(c->piece, ch, i, jz_av_sample_get(frame, ch, i));
    return push(c, c->piece);
}

static jz_status take(void *user, AVFrame *frame, jz_err *err)
{
    coder *c = user;
    (void)err; /* the coder's own */
    if (c->encoder == NULL)
        JZ_TRY(begin(c, frame));
    return frame->format == c->encoder->sample_fmt ? push(c, frame) : rearrange(c, frame);
}

static jz_status finish(coder *c)
{
    if (c->task->sound.at_end)
        JZ_TRY(put_sound(c, c->gap));
    JZ_TRY(encode(c, true));
    JZ_TRY(give(c, NULL));
    JZ_TRY(jz_av_output_end(&c->out, c->err));
    JZ_TRY(jz_av_tags_end(&c->tags, &c->out, c->encoder, c->err));
    c->task->info.frames = (uint64_t)c->given;
    c->task->info.untouched = c->lossless;
    return JZ_OK;
}

static jz_status code(coder *c)
{
    c->piece = av_frame_alloc();
    c->made = av_packet_alloc();
    if (c->piece == NULL || c->made == NULL)
        return nomem(c);
    JZ_TRY(jz_av_audio_open(&c->audio, c->err));
    JZ_TRY(find_encoder(c));
    JZ_TRY(jz_av_audio_run(&c->audio, c->err));
    return finish(c);
}

jz_status jz_encode_av_sound(jz_task *task, jz_err *err)
{
    coder *c = av_mallocz(sizeof *c);
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    c->task = task;
    c->err = err;
    c->audio = (jz_av_audio){ .task = task, .fn = take, .user = c };
    c->out = (jz_av_output){ .task = task, .in = &c->audio.in };
    const jz_status st = code(c);
    done(c);
    av_free(c);
    return st;
}
