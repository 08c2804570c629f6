/* SPDX-License-Identifier: Apache-2.0 */
/* A sound put before or behind the samples of a WAV file: its bytes go into the data chunk, every
 * other byte is copied. PCM of 8 to 32 bits, floating point, A-law and mu-law. Sizes (RF64's too),
 * the fact chunk's count and cue points are corrected (Multimedia Programming Interface and Data
 * Specifications 1.0; Multiple Channel Audio Data and WAVE Files, Microsoft; EBU Tech 3306). */
#include "media/carrier/riff.h"
#include "media/encode/resample.h"
#include "media/encode/task.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define SOUND_BYTES_MAX (256u << 20)
#define TAG_PCM 1u
#define TAG_FLOAT 3u
#define TAG_ALAW 6u
#define TAG_MULAW 7u
#define TAG_EXTENSIBLE 0xfffeu
#define SPEAKER_LOW 3u /* the bit of LFE in the mask of speakers */
#define CUES_MAX 100000u
#define CUE_BYTES 24u
#define DS64_DATA_AT 8u /* of its body: sizes of RIFF, of data, count of samples */
#define DS64_SAMPLES_AT 16u
#define NO_LOW UINT32_MAX

typedef struct wav {
    jz_task *task;
    jz_source src;
    jz_riff riff;
    uint32_t tag, channels, rate, bits;
    uint32_t low;                        /* the number of the channel for low frequencies; NO_LOW */
    jz_riff_chunk data, fact, cue, ds64; /* end 0 = not there */
    uint64_t frames;                     /* samples of each channel there were */
    uint64_t added;                      /* of each channel, at each end */
    jz_buf bytes;                        /* of the sound and its gap */
    float *sound;                        /* at the file's rate */
    size_t n;
    jz_splices splices;
} wav;

static void done(wav *w)
{
    jz_buf_done(&w->bytes);
    jz_splices_done(&w->splices);
    jz_free(w->sound);
}

/* ---- reading ---- */

/* The speakers are given in the order of the mask's bits. */
static uint32_t find_low(uint32_t mask)
{
    uint32_t below = 0;
    for (uint32_t i = 0; i < SPEAKER_LOW; i++)
        below += mask >> i & 1;
    return (mask >> SPEAKER_LOW & 1) != 0 ? below : NO_LOW;
}

static bool is_known(const wav *w)
{
    switch (w->tag) {
    case TAG_PCM:
        return w->bits == 8 || w->bits == 16 || w->bits == 24 || w->bits == 32;
    case TAG_FLOAT:
        return w->bits == 32 || w->bits == 64;
    case TAG_ALAW:
    case TAG_MULAW:
        return w->bits == 8;
    default:
        return false;
    }
}

static jz_status read_format(wav *w, jz_span s, jz_err *err)
{
    uint16_t tag, channels, align, bits, size, valid, sub;
    uint32_t rate, speed, mask;
    JZ_TRY(jz_span_u16le(&s, &tag, err));
    JZ_TRY(jz_span_u16le(&s, &channels, err));
    JZ_TRY(jz_span_u32le(&s, &rate, err));
    JZ_TRY(jz_span_u32le(&s, &speed, err));
    JZ_TRY(jz_span_u16le(&s, &align, err));
    JZ_TRY(jz_span_u16le(&s, &bits, err));
    w->low = channels == 6 ? find_low(0x3f) : NO_LOW;
    if (tag == TAG_EXTENSIBLE) {
        JZ_TRY(jz_span_u16le(&s, &size, err));
        JZ_TRY(jz_span_u16le(&s, &valid, err));
        JZ_TRY(jz_span_u32le(&s, &mask, err));
        JZ_TRY(jz_span_u16le(&s, &sub, err));
        tag = sub;
        w->low = find_low(mask);
    }
    w->tag = tag;
    w->channels = channels;
    w->rate = rate;
    w->bits = bits;
    if (!is_known(w))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "wav: samples of %u bits coded by method %u", w->bits,
                       w->tag);
    if (channels > JZ_SOUND_CHANNELS_MAX || rate > JZ_SOUND_RATE_MAX)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "wav: %u channels at %u Hz", channels, rate);
    if (channels == 0 || rate == 0 || align != channels * (bits / 8))
        return JZ_FAIL(err, JZ_E_CORRUPT, "wav: %u channels of %u bits in %u bytes, at %u Hz",
                       channels, bits, align, rate);
    return JZ_OK;
}

static jz_status take_chunk(wav *w, const jz_riff_chunk *c, jz_err *err)
{
    if (jz_riff_is(c, "fmt ") && w->channels == 0)
        return read_format(w, c->data, err);
    if (jz_riff_is(c, "fact"))
        w->fact = *c;
    if (jz_riff_is(c, "cue "))
        w->cue = *c;
    if (jz_riff_is(c, "ds64"))
        w->ds64 = *c;
    if (!jz_riff_is(c, "data"))
        return JZ_OK;
    if (w->data.end != 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "wav: more than one data chunk");
    w->data = *c;
    return JZ_OK;
}

static jz_status read_file(wav *w, jz_err *err)
{
    JZ_TRY(jz_riff_open(&w->src, "WAVE", &w->riff, err));
    JZ_TRY(jz_riff_check_whole(&w->riff, err));
    jz_span s = w->riff.body;
    while (jz_span_left(&s) > 0) {
        jz_riff_chunk c;
        JZ_TRY(jz_riff_next(&w->riff, &s, &c, err));
        JZ_TRY(take_chunk(w, &c, err));
    }
    if (w->channels == 0 || w->data.end == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "wav: no %s chunk", w->channels == 0 ? "fmt" : "data");
    const uint64_t len = jz_span_left(&w->data.data);
    const uint64_t align = w->channels * (w->bits / 8);
    if (len == 0 || len % align != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "wav: %" PRIu64 " bytes of samples, in frames of %" PRIu64, len, align);
    w->frames = len / align;
    return JZ_OK;
}

/* ---- samples ---- */

/* ITU-T G.711, from 16 bits. */
static uint8_t alaw(int v)
{
    const int sign = v >= 0 ? 0x80 : 0;
    const int m = (v >= 0 ? v : -v - 1) >> 4; /* 11 bits */
    int e = 0;
    for (int top = m >> 5; top > 0; top >>= 1)
        e++;
    const int code = e == 0 ? m : (e + 1) << 4 | (m >> e & 0x0f);
    return (uint8_t)((code | sign) ^ 0x55);
}

static uint8_t mulaw(int v)
{
    const int sign = v < 0 ? 0x80 : 0;
    int m = (v < 0 ? -v : v) + 132;
    if (m > 32767)
        m = 32767;
    int e = 0;
    for (int top = m >> 8; top > 0; top >>= 1)
        e++;
    return (uint8_t) ~(sign | e << 4 | (m >> (e + 3) & 0x0f));
}

static int64_t whole(double v, double scale)
{
    const double r = nearbyint(v * scale);
    return (int64_t)(r > scale - 1 ? scale - 1 : r < -scale ? -scale : r);
}

static void put_sample(wav *w, double v)
{
    const float flt = (float)v;
    if (w->tag == TAG_ALAW)
        jz_buf_putc(&w->bytes, (char)alaw((int)whole(v, 32768)));
    else if (w->tag == TAG_MULAW)
        jz_buf_putc(&w->bytes, (char)mulaw((int)whole(v, 32768)));
    else if (w->tag == TAG_FLOAT && w->bits == 32)
        jz_buf_put(&w->bytes, &flt, sizeof flt);
    else if (w->tag == TAG_FLOAT)
        jz_buf_put(&w->bytes, &v, sizeof v);
    else if (w->bits == 8)
        jz_buf_putc(&w->bytes, (char)(whole(v, 128) + 128));
    else
        jz_riff_put_number(&w->bytes, (uint64_t)whole(v, ldexp(1, (int)w->bits - 1)), w->bits / 8);
}

/* lead samples of silence, the sound, silence up to the end. */
static void put_sound(wav *w, uint64_t lead)
{
    jz_buf_reset(&w->bytes);
    for (uint64_t i = 0; i < w->added; i++) {
        const double v = i >= lead && i - lead < w->n ? (double)w->sound[i - lead] : 0;
        for (uint32_t c = 0; c < w->channels; c++)
            put_sample(w, c == w->low ? 0 : v);
    }
}

/* ---- the plan ---- */

static jz_status number(wav *w, uint64_t at, uint64_t value, size_t n, jz_err *err)
{
    JZ_BUF_AUTO b = { 0 };
    if (n == 4 && value > UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "wav: %" PRIu64 " does not fit in 32 bits", value);
    jz_riff_put_number(&b, value, n);
    JZ_TRY(jz_buf_check(&b, err));
    return jz_splices_add(&w->splices, at, n, (jz_bytes){ (const uint8_t *)b.ptr, b.len }, err);
}

static jz_status insert(wav *w, uint64_t at, jz_err *err)
{
    JZ_TRY(jz_buf_check(&w->bytes, err));
    return jz_splices_add(&w->splices, at, 0,
                          (jz_bytes){ (const uint8_t *)w->bytes.ptr, w->bytes.len }, err);
}

/* Points in the samples move with them. A cue point: name, position in the playlist, chunk, start
 * of it, block, sample. */
static jz_status shift_cues(wav *w, jz_err *err)
{
    jz_span s = w->cue.data;
    uint32_t n;
    if (w->cue.end == 0 || !w->task->sound.at_start)
        return JZ_OK;
    JZ_TRY(jz_span_u32le(&s, &n, err));
    if (n > CUES_MAX || n > jz_span_left(&s) / CUE_BYTES)
        return JZ_FAIL(err, JZ_E_CORRUPT, "wav: %u cue points in %" PRIu64 " bytes", n,
                       jz_span_left(&s));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = 0;
        JZ_TRY(jz_span_skip(&s, CUE_BYTES - 4, err));
        const uint64_t place = s.at;
        JZ_TRY(jz_span_u32le(&s, &at, err));
        JZ_TRY(number(w, place, at + w->added, 4, err));
    }
    return JZ_OK;
}

static uint64_t ends_of(const wav *w)
{
    return (uint64_t)w->task->sound.at_start + w->task->sound.at_end;
}

static jz_status correct_counts(wav *w, jz_err *err)
{
    uint8_t stored[4];
    const uint64_t frames = w->frames + ends_of(w) * w->added;
    const uint64_t len = frames * w->channels * (w->bits / 8);
    const bool wide = w->riff.size_bits == 64 && w->ds64.end != 0;
    if (wide && jz_span_left(&w->ds64.data) < DS64_SAMPLES_AT + 8)
        return JZ_FAIL(err, JZ_E_CORRUPT, "wav: a ds64 chunk that is too short");
    if (wide) {
        JZ_TRY(number(w, w->ds64.data.at + DS64_DATA_AT, len, 8, err));
        JZ_TRY(number(w, w->ds64.data.at + DS64_SAMPLES_AT, frames, 8, err));
    }
    JZ_TRY(jz_source_get(&w->src, w->data.at + 4, stored, sizeof stored, err));
    if (!wide || memcmp(stored, "\xff\xff\xff\xff", 4) != 0)
        JZ_TRY(number(w, w->data.at + 4, len, 4, err));
    if (w->fact.end != 0 && jz_span_left(&w->fact.data) >= 4 && !wide)
        JZ_TRY(number(w, w->fact.data.at, frames, 4, err));
    return JZ_OK;
}

static jz_status plan(wav *w, jz_err *err)
{
    const jz_sound *s = &w->task->sound;
    const uint64_t gap = (uint64_t)s->gap_ms * w->rate / 1000;
    w->added = w->n + gap;
    w->added += w->added & 1; /* so that the padding behind the chunk stays as it is */
    const uint64_t bytes = w->added * w->channels * (w->bits / 8);
    if (bytes > SOUND_BYTES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "wav: a mark of %" PRIu64 " bytes, limit %u", bytes,
                       SOUND_BYTES_MAX);
    if (s->at_start) {
        put_sound(w, 0);
        JZ_TRY(insert(w, w->data.data.at, err));
    }
    if (s->at_end) {
        put_sound(w, w->added - w->n);
        JZ_TRY(insert(w, w->data.data.end, err));
    }
    JZ_TRY(correct_counts(w, err));
    JZ_TRY(shift_cues(w, err));
    return jz_riff_resize(&w->riff, &w->splices, err);
}

/* ---- writing ---- */

static jz_status write_file(wav *w, jz_err *err)
{
    uint64_t at = 0;
    for (size_t i = 0; i < w->splices.n; i++) {
        const jz_splice *p = &w->splices.splice[i];
        JZ_TRY(jz_task_copy(w->task, at, p->at, err));
        JZ_TRY(jz_task_append(w->task, w->splices.bytes.ptr + p->text, p->insert, err));
        at = p->at + p->remove;
    }
    return jz_task_copy(w->task, at, w->src.size, err);
}

static jz_status run(wav *w, jz_err *err)
{
    JZ_TRY(read_file(w, err));
    const uint64_t seconds = w->frames / w->rate;
    if (seconds > w->task->in.limits.max_duration_s)
        return JZ_FAIL(err, JZ_E_LIMIT, "a sound of %" PRIu64 " s, limit %u", seconds,
                       w->task->in.limits.max_duration_s);
    w->n = jz_resampled(&w->task->sound, w->rate);
    w->sound = jz_alloc_zero(w->n, sizeof *w->sound);
    if (w->sound == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_resample(&w->task->sound, w->rate, w->sound);
    JZ_TRY(plan(w, err));
    JZ_TRY(write_file(w, err));
    w->task->info.frames = w->frames + ends_of(w) * w->added;
    w->task->info.untouched = true;
    jz_task_name_codec(w->task, "pcm");
    return JZ_OK;
}

jz_status jz_encode_wav_sound(jz_task *task, jz_err *err)
{
    wav w = { .task = task };
    jz_task_source(task->in.fd, task->in.file_size, &w.src);
    const jz_status st = run(&w, err);
    done(&w);
    return st;
}
