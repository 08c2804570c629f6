/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/enc_av_audio.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define SHORT_S 0.5 /* seconds that may be missing of what a container says loosely */

static const char *name_of(const jz_av_audio *a)
{
    return a->task->in.format->name;
}

static jz_status nomem(const jz_av_audio *a, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", name_of(a));
}

void jz_av_audio_done(jz_av_audio *a)
{
    jz_av_listen(NULL);
    avcodec_free_context(&a->decoder);
    jz_av_input_done(&a->in);
    av_packet_free(&a->packet);
    av_frame_free(&a->frame);
    av_frame_free(&a->first);
}

/* ---- the stream ---- */

static jz_status choose_stream(jz_av_audio *a, jz_err *err)
{
    for (unsigned i = 0; i < a->in.format->nb_streams; i++) {
        AVStream *s = a->in.format->streams[i];
        const bool cover = (s->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
        if (s->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !cover)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                           "%s: a video: its sound gets no audible mark here, its picture can get "
                           "a visible one",
                           name_of(a));
        if (s->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) {
            s->discard = AVDISCARD_ALL;
            continue;
        }
        if (a->from != NULL)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: more than one stream of sound", name_of(a));
        a->from = s;
    }
    if (a->from != NULL)
        return JZ_OK;
    /* Of a file that ends early, the stream may just be missing. */
    if (jz_job_end(&a->task->in, JZ_OK, err) != JZ_OK)
        return JZ_E_TRUNCATED;
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: no stream of sound", name_of(a));
}

static jz_status open_decoder(jz_av_audio *a, jz_err *err)
{
    const AVCodecParameters *par = a->from->codecpar;
    const char *decoder = jz_av_decoder_name(par->codec_id);
    if (decoder == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: audio codec %s is not read here", name_of(a),
                       avcodec_get_name(par->codec_id));
    JZ_TRY(jz_av_open(&a->task->in, &a->in.note, decoder, par, &a->decoder, err));
    a->decoder->pkt_timebase = a->from->time_base; /* the encoder's padding is cut off by it */
    if (par->codec_id == AV_CODEC_ID_FLAC)
        a->decoder->err_recognition |= AV_EF_CRCCHECK | AV_EF_EXPLODE;
    return JZ_OK;
}

jz_status jz_av_audio_open(jz_av_audio *a, jz_err *err)
{
    a->in = (jz_av_input){ .job = &a->task->in, .audio = true };
    a->packet = av_packet_alloc();
    a->frame = av_frame_alloc();
    a->first = av_frame_alloc();
    if (a->packet == NULL || a->frame == NULL || a->first == NULL)
        return nomem(a, err);
    jz_av_listen(&a->in.note);
    JZ_TRY(jz_av_input_open(&a->in, err));
    JZ_TRY(choose_stream(a, err));
    return open_decoder(a, err);
}

/* ---- frames ---- */

static jz_status check_first(const jz_av_audio *a, jz_err *err)
{
    const AVFrame *f = a->frame;
    const int channels = f->ch_layout.nb_channels;
    if (f->sample_rate <= 0 || f->sample_rate > JZ_SOUND_RATE_MAX || channels <= 0 ||
        channels > JZ_SOUND_CHANNELS_MAX || !jz_av_sample_is_known(f->format))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "%s: %d channels at %d Hz in samples of the format %s", name_of(a), channels,
                       f->sample_rate, av_get_sample_fmt_name(f->format));
    if (av_frame_copy_props(a->first, f) < 0 ||
        av_channel_layout_copy(&a->first->ch_layout, &f->ch_layout) < 0)
        return nomem(a, err);
    a->first->format = f->format;
    return JZ_OK;
}

static jz_status take_frame(jz_av_audio *a, jz_err *err)
{
    const AVFrame *f = a->frame;
    if (a->first->sample_rate == 0)
        JZ_TRY(check_first(a, err));
    if (f->sample_rate != a->first->sample_rate || f->format != a->first->format ||
        av_channel_layout_compare(&f->ch_layout, &a->first->ch_layout) != 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "%s: the sound changes from %d channels at %d Hz to %d at %d, or its format",
                       name_of(a), a->first->ch_layout.nb_channels, a->first->sample_rate,
                       f->ch_layout.nb_channels, f->sample_rate);
    const uint64_t seconds = a->samples / (uint64_t)f->sample_rate;
    if (seconds > a->task->in.limits.max_duration_s)
        return JZ_FAIL(err, JZ_E_LIMIT, "a sound of more than %u s",
                       a->task->in.limits.max_duration_s);
    JZ_TRY(a->fn(a->user, a->frame, err));
    a->samples += (uint64_t)f->nb_samples;
    jz_task_alive(a->task);
    return JZ_OK;
}

/* All frames that a packet completes; NULL = the end, which gives those that were held back. */
static jz_status decode_packet(jz_av_audio *a, const AVPacket *packet, jz_err *err)
{
    int rc = avcodec_send_packet(a->decoder, packet);
    while (rc >= 0) {
        rc = avcodec_receive_frame(a->decoder, a->frame);
        if (rc < 0)
            break;
        a->damaged +=
            (a->frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || a->frame->decode_error_flags != 0;
        const jz_status st = take_frame(a, err);
        av_frame_unref(a->frame);
        JZ_TRY(st);
    }
    if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
        return JZ_OK;
    if (rc == AVERROR(ENOMEM))
        return nomem(a, err);
    a->damaged++;
    return JZ_OK;
}

static jz_status check_damage(const jz_av_audio *a, jz_err *err)
{
    if (a->in.note.truncated)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "%s: ends early, after %" PRIu64 " samples", name_of(a),
                       a->samples);
    if (a->damaged > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: damaged behind sample %" PRIu64 ": %s", name_of(a),
                       a->samples, a->in.note.line);
    return JZ_OK;
}

/* What the container says of its length, where it does not just guess. FLAC counts samples. */
static jz_status check_length(const jz_av_audio *a, jz_err *err)
{
    const AVFormatContext *f = a->in.format;
    if (a->samples == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no sound in it", name_of(a));
    if (f->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE ||
        a->from->duration == AV_NOPTS_VALUE)
        return JZ_OK;
    const double said = (double)a->from->duration * av_q2d(a->from->time_base);
    const double there = (double)a->samples / a->first->sample_rate;
    if (there + (strcmp(name_of(a), "flac") == 0 ? 0 : SHORT_S) < said)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "%s: %.3f s of sound, of which %.3f are there",
                       name_of(a), said, there);
    return JZ_OK;
}

jz_status jz_av_audio_run(jz_av_audio *a, jz_err *err)
{
    int rc = 0;
    while ((rc = av_read_frame(a->in.format, a->packet)) >= 0) {
        jz_status st = JZ_OK;
        if (a->packet->stream_index == a->from->index)
            st = decode_packet(a, a->packet, err);
        av_packet_unref(a->packet);
        JZ_TRY(st);
        JZ_TRY(check_damage(a, err));
    }
    if (a->in.io_status != JZ_OK || rc != AVERROR_EOF)
        return jz_av_input_fail(&a->in, rc, err);
    JZ_TRY(decode_packet(a, NULL, err));
    JZ_TRY(check_damage(a, err));
    JZ_TRY(check_length(a, err));
    return jz_job_end(&a->task->in, JZ_OK, err);
}

/* ---- samples ---- */

bool jz_av_sample_is_known(int format)
{
    switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
    case AV_SAMPLE_FMT_S16:
    case AV_SAMPLE_FMT_S32:
    case AV_SAMPLE_FMT_FLT:
    case AV_SAMPLE_FMT_DBL:
        return true;
    default:
        return false;
    }
}

static uint8_t *place_of(const AVFrame *f, int channel, int i)
{
    const int size = av_get_bytes_per_sample(f->format);
    if (av_sample_fmt_is_planar(f->format))
        return f->extended_data[channel] + (ptrdiff_t)i * size;
    return f->extended_data[0] + ((ptrdiff_t)i * f->ch_layout.nb_channels + channel) * size;
}

double jz_av_sample_get(const AVFrame *frame, int channel, int i)
{
    const uint8_t *p = place_of(frame, channel, i);
    int16_t s16;
    int32_t s32;
    float flt;
    double dbl;
    switch (av_get_packed_sample_fmt(frame->format)) {
    case AV_SAMPLE_FMT_U8:
        return (*p - 128) / 128.0;
    case AV_SAMPLE_FMT_S16:
        memcpy(&s16, p, sizeof s16);
        return s16 / 32768.0;
    case AV_SAMPLE_FMT_S32:
        memcpy(&s32, p, sizeof s32);
        return s32 / 2147483648.0;
    case AV_SAMPLE_FMT_FLT:
        memcpy(&flt, p, sizeof flt);
        return (double)flt;
    default:
        memcpy(&dbl, p, sizeof dbl);
        return dbl;
    }
}

static double cut(double v, double low, double high)
{
    const double r = nearbyint(v);
    return r < low ? low : r > high ? high : r;
}

void jz_av_sample_put(AVFrame *frame, int channel, int i, double value)
{
    uint8_t *p = place_of(frame, channel, i);
    const int16_t s16 = (int16_t)cut(value * 32768, -32768, 32767);
    const int32_t s32 = (int32_t)cut(value * 2147483648.0, -2147483648.0, 2147483647);
    const float flt = (float)value;
    switch (av_get_packed_sample_fmt(frame->format)) {
    case AV_SAMPLE_FMT_U8:
        *p = (uint8_t)cut(value * 128 + 128, 0, 255);
        break;
    case AV_SAMPLE_FMT_S16:
        memcpy(p, &s16, sizeof s16);
        break;
    case AV_SAMPLE_FMT_S32:
        memcpy(p, &s32, sizeof s32);
        break;
    case AV_SAMPLE_FMT_FLT:
        memcpy(p, &flt, sizeof flt);
        break;
    default:
        memcpy(p, &value, sizeof value);
        break;
    }
}

bool jz_av_channel_is_low(const AVChannelLayout *layout, int channel)
{
    const enum AVChannel c = av_channel_layout_channel_from_index(layout, (unsigned)channel);
    return layout->nb_channels > 1 && (c == AV_CHAN_LOW_FREQUENCY || c == AV_CHAN_LOW_FREQUENCY_2);
}
