/* SPDX-License-Identifier: Apache-2.0 */
/* The sound of a file measured, and a part of it as plain samples. The levels of its blocks are
 * counted in a histogram, so that a long file costs no more memory than a short one. */
#include "media/encode/enc_av_audio.h"

#include <math.h>
#include <string.h>

#define BLOCKS_PER_S 10
#define GATE_DB (-70.0) /* what is below is silence */
#define RELATIVE_GATE_DB (-10.0)
#define BINS 1000 /* of the histogram: 0.1 dB each, from the gate up */
#define BIN_DB 0.1
#define PIECE 4096 /* samples written at a time */

typedef struct meter {
    double sum;         /* of squares in the present block */
    uint64_t n;         /* samples in it, of all channels */
    double power[BINS]; /* the sum of the blocks' mean squares */
    uint64_t count[BINS];
    double peak;
} meter;

typedef struct listener {
    jz_av_audio audio;
    meter meter;
    int16_t piece[PIECE];
    size_t n;
} listener;

static double db_of(double power)
{
    return 10 * log10(power);
}

static void end_block(meter *m)
{
    const double power = m->n > 0 ? m->sum / (double)m->n : 0;
    if (power > 0 && db_of(power) > GATE_DB) {
        const double bin = (db_of(power) - GATE_DB) / BIN_DB;
        const size_t i = bin >= BINS - 1 ? BINS - 1 : (size_t)bin;
        m->power[i] += power;
        m->count[i]++;
    }
    m->sum = 0;
    m->n = 0;
}

/* The mean of the blocks from a level up; 0 where there is none. */
static double mean_from(const meter *m, double db)
{
    double sum = 0;
    uint64_t n = 0;
    const double from = (db - GATE_DB) / BIN_DB;
    for (size_t i = from > 0 ? (size_t)from : 0; i < BINS; i++) {
        sum += m->power[i];
        n += m->count[i];
    }
    return n > 0 ? sum / (double)n : 0;
}

static double level_of(const meter *m)
{
    const double all = mean_from(m, GATE_DB);
    if (!(all > 0))
        return JZ_HEARD_SILENCE_DB;
    return db_of(mean_from(m, db_of(all) + RELATIVE_GATE_DB));
}

static jz_status write_piece(listener *l, jz_err *err)
{
    const size_t n = l->n;
    l->n = 0;
    return jz_task_append(l->audio.task, l->piece, n * sizeof *l->piece, err);
}

static jz_status put_sample(listener *l, double value, jz_err *err)
{
    const double v = nearbyint(value * 32768);
    l->piece[l->n++] = (int16_t)(v < -32768 ? -32768 : v > 32767 ? 32767 : v);
    return l->n == PIECE ? write_piece(l, err) : JZ_OK;
}

/* One sample of all channels; their mean, LFE left out, is in *mean. */
static jz_status measure(meter *m, const AVFrame *frame, uint64_t low, int i, double *mean,
                         jz_err *err)
{
    double sum = 0;
    int n = 0;
    for (int c = 0; c < frame->ch_layout.nb_channels; c++) {
        const double v = jz_av_sample_get(frame, c, i);
        if (!(fabs(v) < 1e15)) /* squares and their sums stay finite */
            return JZ_FAIL(err, JZ_E_CORRUPT, "a sample is no number");
        m->peak = fabs(v) > m->peak ? fabs(v) : m->peak;
        if (c < 64 && (low >> c & 1) != 0)
            continue;
        sum += v;
        m->sum += v * v;
        m->n++;
        n++;
    }
    *mean = n > 0 ? sum / n : 0;
    return JZ_OK;
}

static bool is_wanted(const listener *l, double seconds)
{
    const jz_encode_span *s = &l->audio.task->request->span;
    return seconds >= s->from_s && (!(s->until_s > 0) || seconds < s->until_s);
}

static jz_status take(void *user, AVFrame *frame, jz_err *err)
{
    listener *l = user;
    const uint64_t rate = (uint64_t)frame->sample_rate;
    const uint64_t block = rate / BLOCKS_PER_S > 0 ? rate / BLOCKS_PER_S : 1;
    uint64_t low = 0;
    for (int c = 0; c < frame->ch_layout.nb_channels && c < 64; c++)
        low |= (uint64_t)jz_av_channel_is_low(&frame->ch_layout, c) << c;
    for (int i = 0; i < frame->nb_samples; i++) {
        double mean = 0;
        const uint64_t at = l->audio.samples + (uint64_t)i;
        JZ_TRY(measure(&l->meter, frame, low, i, &mean, err));
        if (is_wanted(l, (double)at / (double)rate))
            JZ_TRY(put_sample(l, mean, err));
        if (at % block == block - 1)
            end_block(&l->meter);
    }
    return JZ_OK;
}

static jz_status run(listener *l, jz_err *err)
{
    jz_task *task = l->audio.task;
    JZ_TRY(jz_av_audio_open(&l->audio, err));
    JZ_TRY(jz_av_audio_run(&l->audio, err));
    JZ_TRY(write_piece(l, err));
    end_block(&l->meter);
    const AVFrame *f = l->audio.first;
    task->heard = (jz_heard){ .rate = (uint32_t)f->sample_rate,
                              .channels = (uint32_t)f->ch_layout.nb_channels,
                              .samples = l->audio.samples,
                              .level_db = level_of(&l->meter),
                              .peak = l->meter.peak };
    task->info.frames = l->audio.samples;
    jz_task_name_codec(task, avcodec_get_name(l->audio.from->codecpar->codec_id));
    return JZ_OK;
}

jz_status jz_encode_av_listen(jz_task *task, jz_err *err)
{
    listener *l = av_mallocz(sizeof *l);
    if (l == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    l->audio = (jz_av_audio){ .task = task, .fn = take, .user = l };
    const jz_status st = run(l, err);
    jz_av_audio_done(&l->audio);
    av_free(l);
    return st;
}
