/* SPDX-License-Identifier: Apache-2.0 */
/* An audible mark: the file is measured, the mark made as loud, both put together by jz-encode, and
 * the mark found again in what came of it. Everything foreign is decoded there, the spoken label
 * too; here are only plain samples. */
#include <jz/label.h>

#include "base/alloc.h"
#include "base/file.h"
#include "label/aigc.h"
#include "label/label_read.h"
#include "label/mark_rhythm.h"
#include "media/encode.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define GAP_MS 300
#define LOUDER_DB 1.0     /* than the file: what a lossy codec may take off again */
#define LEVEL_MAX_DB -4.0 /* of a sine; its peaks are 1 dB below full scale */
#define LEVEL_MIN_DB -40.0
#define LEVEL_SILENCE_DB -20.0 /* where the file has none */
#define QUIETER_DB 2.0         /* at each new try, where the mark came out clipped */
#define QUIETER_MAX_DB 6.0
#define SPOKEN_PEAK 0.89     /* 1 dB below full scale */
#define SPOKEN_BELOW_DB 12.0 /* that speech, with its peaks, may stay below loud music */
#define LOST_DB 1.0          /* of the mark, on its way through the codec */
#define SHIFT_S 0.25         /* that a codec may move the mark: within the gap */
#define LENGTH_SAMPLES 4096  /* that a lossy codec may add: two of its longest frames */
#define BLOCK_S 0.02         /* of the loudness over time of speech */
#define STEP_S 0.005
#define SHIFT_STEPS 100 /* of twice SHIFT_S */
#define LIKENESS_MIN 0.9
#define SINE_DB -3.0103 /* a full sine's mean square */

_Static_assert(JZ_MARK_TONES == JZ_RHYTHM_TONES, "the same tones");

/* Samples in memory. */
typedef struct sound {
    int16_t *samples; /* owned */
    size_t n;
    uint32_t rate;
} sound;

typedef struct marker {
    int fd, out_fd;
    const jz_audible_opts *opts;
    jz_heard before, after;
    sound mark; /* as it was given to the encoder */
    double wanted_db;
    double quieter_db; /* than the loudest that the mark might be: the codec overshoots */
    bool clipped;
    jz_audible_result result;
} marker;

static void sound_done(sound *s)
{
    jz_free(s->samples);
    s->samples = NULL;
}

/* ---- listening ---- */

static jz_status read_samples(int fd, uint32_t rate, sound *out, jz_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return JZ_FAIL(err, JZ_E_IO, "asking for the samples' size: %s", strerrordesc_np(errno));
    sound s = { .n = (size_t)st.st_size / sizeof *s.samples, .rate = rate };
    s.samples = jz_alloc_zero(s.n + 1, sizeof *s.samples);
    if (s.samples == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    size_t at = 0;
    while (at < s.n * sizeof *s.samples) {
        const ssize_t got =
            pread(fd, (char *)s.samples + at, s.n * sizeof *s.samples - at, (off_t)at);
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            sound_done(&s);
            return JZ_FAIL(err, JZ_E_IO, "reading samples: %s", strerrordesc_np(errno));
        }
        at += got > 0 ? (size_t)got : 0;
    }
    *out = s;
    return JZ_OK;
}

/* Measures a file; its samples in the span go to *out (NULL: not wanted), which the caller frees.
 */
static jz_status listen(int fd, const jz_encode_span *span, jz_heard *heard, sound *out,
                        jz_err *err)
{
    JZ_FD_AUTO to = memfd_create("jz-sound", MFD_CLOEXEC);
    if (to < 0)
        return JZ_FAIL(err, JZ_E_IO, "a memory file: %s", strerrordesc_np(errno));
    const jz_encode_file file = { .in_fd = fd, .out_fd = to };
    JZ_TRY(jz_encode_listen(&file, out != NULL ? span : NULL, heard, err));
    return out != NULL ? read_samples(to, heard->rate, out, err) : JZ_OK;
}

/* ---- the mark ---- */

static double amplitude_of(double db)
{
    return pow(10, (db - SINE_DB) / 20);
}

static double wanted_level(double file_db, double most)
{
    if (file_db <= JZ_HEARD_SILENCE_DB)
        return LEVEL_SILENCE_DB < most ? LEVEL_SILENCE_DB : most;
    const double db = file_db + LOUDER_DB;
    return db > most ? most : db < LEVEL_MIN_DB ? LEVEL_MIN_DB : db;
}

static jz_status make_rhythm(marker *m, jz_err *err)
{
    const uint32_t rate = m->before.rate;
    if (rate < JZ_RHYTHM_RATE_MIN)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%u samples a second are too few for a tone of %d Hz",
                       rate, JZ_RHYTHM_PITCH_HZ);
    m->mark = (sound){ .n = jz_rhythm_samples(rate), .rate = rate };
    m->mark.samples = jz_alloc_zero(m->mark.n, sizeof *m->mark.samples);
    if (m->mark.samples == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    m->wanted_db = wanted_level(m->before.level_db, LEVEL_MAX_DB - m->quieter_db);
    jz_rhythm_make(rate, amplitude_of(m->wanted_db), m->mark.samples);
    m->result.pitch_hz = JZ_RHYTHM_PITCH_HZ;
    return JZ_OK;
}

/* As loud as the file, or as loud as its peaks allow. */
static jz_status make_spoken(marker *m, jz_err *err)
{
    const jz_encode_span span = { .until_s = JZ_MARK_SPOKEN_SECONDS_MAX };
    jz_heard h;
    JZ_TRY_CTX(listen(m->opts->spoken_fd, &span, &h, &m->mark, err), err, "spoken label");
    if (h.samples > (uint64_t)h.rate * JZ_MARK_SPOKEN_SECONDS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "spoken label: more than %d s", JZ_MARK_SPOKEN_SECONDS_MAX);
    if (h.level_db <= JZ_HEARD_SILENCE_DB || !(h.peak > 0))
        return JZ_FAIL(err, JZ_E_INVAL, "spoken label: nothing is heard in it");
    int peak = 1; /* of the samples as they are here */
    for (size_t i = 0; i < m->mark.n; i++)
        peak = abs(m->mark.samples[i]) > peak ? abs(m->mark.samples[i]) : peak;
    const double most = h.level_db + 20 * log10(SPOKEN_PEAK * 32768 / peak) - m->quieter_db;
    m->wanted_db = wanted_level(m->before.level_db, most);
    if (m->wanted_db < m->before.level_db - SPOKEN_BELOW_DB)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "spoken label: its peaks leave it %.1f dB below the file: use one that is "
                       "less uneven",
                       m->before.level_db - m->wanted_db);
    const double gain = pow(10, (m->wanted_db - h.level_db) / 20);
    for (size_t i = 0; i < m->mark.n; i++)
        m->mark.samples[i] = (int16_t)lrint(m->mark.samples[i] * gain);
    return JZ_OK;
}

/* ---- the check ---- */

/* The loudness of samples over time: the root mean square of blocks. */
static size_t trace(const int16_t *s, size_t n, uint32_t rate, double from_s, double *out,
                    size_t max)
{
    size_t blocks = 0;
    for (; blocks < max; blocks++) {
        double sum = 0;
        const double begin = (from_s + (double)blocks * BLOCK_S) * rate;
        const double end = begin + BLOCK_S * rate;
        if (begin < 0 || end > (double)n)
            break;
        for (size_t i = (size_t)begin; i < (size_t)end; i++)
            sum += (double)s[i] * s[i];
        out[blocks] = sqrt(sum / (end - begin));
    }
    return blocks;
}

static double correlation(const double *a, const double *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0, ma = 0, mb = 0;
    for (size_t i = 0; i < n; i++) {
        ma += a[i] / (double)n;
        mb += b[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        ab += (a[i] - ma) * (b[i] - mb);
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static double mean_square(const double *a, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * a[i];
    return n > 0 ? sum / (double)n : 0;
}

#define BLOCKS_MAX ((size_t)(JZ_MARK_SPOKEN_SECONDS_MAX / BLOCK_S) + 2)

/* Where in the region the spoken mark is most like what was given. */
static jz_status find_spoken(const marker *m, const sound *region, jz_audible_mark *out,
                             jz_err *err)
{
    double *given = jz_alloc_zero(2 * BLOCKS_MAX, sizeof *given);
    if (given == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    double *found = given + BLOCKS_MAX;
    const size_t n = trace(m->mark.samples, m->mark.n, m->mark.rate, 0, given, BLOCKS_MAX);
    jz_audible_mark best = { .seconds = (double)m->mark.n / m->mark.rate };
    for (unsigned step = 0; step <= SHIFT_STEPS; step++) {
        const double at = step * STEP_S;
        if (trace(region->samples, region->n, region->rate, at, found, n) < n)
            break;
        const double like = correlation(given, found, n);
        if (like > best.likeness) {
            best.likeness = like;
            best.at_s = at;
            best.level_db =
                m->wanted_db + 10 * log10(mean_square(found, n) / mean_square(given, n));
        }
    }
    jz_free(given);
    *out = best;
    if (n < 2 || best.likeness < LIKENESS_MIN)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the spoken mark came out as something else (%.2f)",
                       best.likeness);
    return JZ_OK;
}

static jz_status find_rhythm(const sound *region, jz_audible_mark *out, jz_err *err)
{
    jz_rhythm_seen seen;
    if (jz_rhythm_find(region->samples, region->n, region->rate, &seen, err) != JZ_OK) {
        if (err != NULL && err->code == JZ_E_NOTFOUND)
            err->code = JZ_E_MISMATCH;
        jz_err_wrap(err, "the rhythm came out as something else");
        return err != NULL ? err->code : JZ_E_MISMATCH;
    }
    *out = (jz_audible_mark){ .at_s = seen.at_s,
                              .seconds = seen.unit_s * JZ_RHYTHM_UNITS,
                              .level_db = seen.level_db,
                              .unit_s = seen.unit_s };
    memcpy(out->tone_s, seen.tone_s, sizeof out->tone_s);
    memcpy(out->pause_s, seen.pause_s, sizeof out->pause_s);
    return JZ_OK;
}

/* Whether samples lie at the end of the scale: what comes out louder than it is cut off there. */
static bool is_clipped(const sound *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->samples[i] == INT16_MAX || s->samples[i] == INT16_MIN)
            return true;
    return false;
}

static jz_status find_mark(marker *m, const sound *region, jz_audible_mark *out, jz_err *err)
{
    JZ_TRY(m->result.spoken ? find_spoken(m, region, out, err) : find_rhythm(region, out, err));
    m->clipped = is_clipped(region);
    if (m->clipped)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the mark came out clipped");
    if (!(out->level_db >= m->wanted_db - LOST_DB))
        return JZ_FAIL(err, JZ_E_MISMATCH, "the mark came out at %.1f dB, not %.1f", out->level_db,
                       m->wanted_db);
    return JZ_OK;
}

/* The part of the new file where nothing but the mark is to be heard. */
static jz_status check_mark(marker *m, bool at_end, jz_err *err)
{
    sound region = { 0 };
    const double mark_s = (double)m->mark.n / m->mark.rate;
    const double gap_s = GAP_MS / 1000.0;
    const double added_s = (mark_s + gap_s) * (m->opts->where == JZ_MARK_AT_BOTH ? 2 : 1);
    const double from =
        at_end ? (double)m->before.samples / m->before.rate + added_s - mark_s - SHIFT_S : 0;
    const jz_encode_span span = { .from_s = from > 0 ? from : 0,
                                  .until_s = at_end ? 0 : mark_s + SHIFT_S };
    JZ_TRY(listen(m->out_fd, &span, &m->after, &region, err));
    jz_audible_mark found = { 0 };
    const jz_status st = find_mark(m, &region, &found, err);
    sound_done(&region);
    JZ_TRY(st);
    found.at_s += span.from_s;
    m->result.mark[m->result.marks++] = found;
    return JZ_OK;
}

static jz_status check_length(const marker *m, jz_err *err)
{
    const jz_heard *a = &m->before;
    const jz_heard *b = &m->after;
    const double added = ((double)m->mark.n / m->mark.rate + GAP_MS / 1000.0) * m->result.marks;
    const double due = (double)a->samples + added * a->rate;
    const double slack = m->result.lossless ? 2.0 * m->result.marks : LENGTH_SAMPLES;
    if (b->rate != a->rate || b->channels != a->channels || fabs((double)b->samples - due) > slack)
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "it came out with %.3f s of %u channels at %u Hz, not %.3f of %u at %u",
                       (double)b->samples / b->rate, b->channels, b->rate, due / a->rate,
                       a->channels, a->rate);
    return JZ_OK;
}

/* A label that the file has must still be there: it is changed only by who may. */
static jz_status check_label(const marker *m, jz_err *err)
{
    JZ_LABEL_AUTO old = { 0 };
    JZ_LABEL_AUTO now = { 0 };
    JZ_TRY(jz_label_read(m->fd, NULL, &old, err));
    JZ_TRY(jz_label_read(m->out_fd, NULL, &now, err));
    if (old.damage.code != JZ_OK) {
        if (err != NULL)
            *err = old.damage;
        return old.damage.code;
    }
    const bool same = old.presence == now.presence && (old.aigc == NULL) == (now.aigc == NULL) &&
                      (old.aigc == NULL || jz_aigc_equal(old.aigc, now.aigc));
    return same ? JZ_OK : JZ_FAIL(err, JZ_E_MISMATCH, "the label that is there would get lost");
}

static jz_status check(marker *m, jz_err *err)
{
    if (m->opts->where != JZ_MARK_AT_END)
        JZ_TRY_CTX(check_mark(m, false, err), err, "listening to the mark");
    if (m->opts->where != JZ_MARK_AT_START)
        JZ_TRY_CTX(check_mark(m, true, err), err, "listening to the mark at the end");
    JZ_TRY(check_length(m, err));
    return check_label(m, err);
}

static jz_status attempt(marker *m, jz_err *err)
{
    jz_encode_info info;
    const jz_encode_file file = { .in_fd = m->fd, .out_fd = m->out_fd };
    sound_done(&m->mark);
    m->result = (jz_audible_result){ .spoken = m->opts->spoken_fd > 0 };
    JZ_TRY(m->result.spoken ? make_spoken(m, err) : make_rhythm(m, err));
    const jz_sound s = { .samples = m->mark.samples,
                         .n = m->mark.n,
                         .rate = m->mark.rate,
                         .gap_ms = GAP_MS,
                         .at_start = m->opts->where != JZ_MARK_AT_END,
                         .at_end = m->opts->where != JZ_MARK_AT_START };
    JZ_TRY(jz_encode_sound(&file, &s, &info, err));
    memcpy(m->result.codec, info.codec, sizeof m->result.codec);
    m->result.lossless = info.untouched;
    JZ_TRY(check(m, err));
    const bool silent = m->before.level_db <= JZ_HEARD_SILENCE_DB;
    m->result.file_level_db = silent ? -HUGE_VAL : m->before.level_db;
    m->result.seconds = (double)m->after.samples / m->after.rate;
    return JZ_OK;
}

/* Where a codec makes a loud mark louder still, the mark is made quieter, a few times. */
static jz_status run(marker *m, jz_err *err)
{
    JZ_TRY(listen(m->fd, NULL, &m->before, NULL, err));
    for (;;) {
        jz_err why = { 0 };
        m->clipped = false;
        const jz_status st = attempt(m, &why);
        if (st == JZ_OK)
            return JZ_OK;
        m->quieter_db += QUIETER_DB;
        if (m->clipped && m->quieter_db <= QUIETER_MAX_DB)
            continue;
        if (err != NULL)
            *err = why;
        return st;
    }
}

jz_status jz_mark_audible(int fd, const jz_audible_opts *opts, int out_fd, jz_audible_result *out,
                          jz_err *err)
{
    marker m = { .fd = fd, .out_fd = out_fd, .opts = opts };
    const jz_status st = run(&m, err);
    sound_done(&m.mark);
    if (st == JZ_OK)
        *out = m.result;
    return st;
}
