/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/media_sheet.h"

#include "base/alloc.h"
#include "base/file.h"
#include "examine/preview.h"
#include "ledger/ed25519.h"
#include "media/small.h"

#include <pthread.h>
#include <string.h>

#define KEPT 8 /* sheets; 16 frames of 480 x 480 each are 11 MB */
#define AIM 12 /* frames of a video */
#define PATIENCE_US INT64_C(12000000)
#define COLUMNS 4
#define GAP 2
#define BETWEEN 119 /* the grey that the page has around it */

struct jz_sheets {
    pthread_mutex_t lock;
    jz_sheet *sheet[KEPT]; /* the one used last first; NULL after them */
    bool making;
};

static void frame_free(jz_sheet *s, size_t i)
{
    jz_wipe(s->mem[i], s->frame[i].stride * s->frame[i].height);
    jz_free(s->mem[i]);
}

static void drop_frames(jz_sheet *s)
{
    for (; s->n > 0; s->n--)
        frame_free(s, s->n - 1);
}

static void sheet_free(jz_sheet *s)
{
    if (s != NULL)
        drop_frames(s);
    jz_free(s);
}

jz_status jz_sheets_new(jz_sheets **out, jz_err *err)
{
    jz_sheets *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    (void)pthread_mutex_init(&s->lock, NULL); /* an ordinary lock cannot fail, here and below */
    *out = s;
    return JZ_OK;
}

void jz_sheets_free(jz_sheets *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < KEPT; i++)
        sheet_free(s->sheet[i]);
    (void)pthread_mutex_destroy(&s->lock);
    jz_free(s);
}

/* ---- making one ---- */

typedef struct maker {
    jz_sheet *sheet;
    uint64_t seen, step; /* frames that came; every step-th of them is kept */
    int64_t until_us;
    double duration_s;
} maker;

/* Where there are too many, every other one goes. */
static void thin(maker *m)
{
    jz_sheet *s = m->sheet;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (i % 2 != 0) {
            frame_free(s, i);
            continue;
        }
        s->frame[n] = s->frame[i];
        s->mem[n] = s->mem[i];
        s->at_s[n++] = s->at_s[i];
    }
    s->n = n;
    m->step *= 2;
}

static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    maker *m = user;
    jz_sheet *s = m->sheet;
    const uint64_t number = m->seen++;
    m->duration_s = info->duration_s;
    if (s->n > 0 && jz_now_us() > m->until_us)
        return JZ_FAIL(err, JZ_E_TIMEOUT, "it takes too long");
    if (s->n == JZ_SHEET_FRAMES)
        thin(m);
    if (number % m->step != 0)
        return JZ_OK;
    JZ_TRY(jz_small_make(&f->plane, JZ_SHEET_SIDE, &s->frame[s->n], &s->mem[s->n], err));
    s->at_s[s->n++] = f->at_seconds;
    return JZ_OK;
}

/* As it is shown. */
static jz_status turn(jz_sheet *s, uint32_t orientation, jz_err *err)
{
    for (size_t i = 0; orientation >= 2 && orientation <= 8 && i < s->n; i++) {
        jz_plane shown;
        uint8_t *mem = NULL;
        JZ_TRY(jz_plane_orient(&s->frame[i], orientation, &shown, &mem, err));
        frame_free(s, i);
        s->frame[i] = shown;
        s->mem[i] = mem;
    }
    return JZ_OK;
}

static jz_status decode(jz_decoder *d, int fd, bool moves, jz_sheet *s, jz_err *err)
{
    maker m = { .sheet = s, .step = 1, .until_us = jz_now_us() + PATIENCE_US };
    jz_media_info info = { 0 };
    jz_decode_opts opts = { .first_frame_only = moves, .every_frame = !moves };
    jz_status st = jz_decode(d, fd, &opts, on_frame, &m, &info, err);
    if (moves && st == JZ_OK) { /* how far apart is known now, or it is a second */
        drop_frames(s);
        m.seen = 0;
        opts = (jz_decode_opts){ .interval_s = m.duration_s / AIM };
        st = jz_decode(d, fd, &opts, on_frame, &m, &info, err);
    }
    if (st == JZ_OK && s->n == 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no picture in it");
    if (s->n == 0 || st == JZ_E_NOMEM)
        return st;
    s->partial = st != JZ_OK;
    return turn(s, info.orientation, err);
}

static jz_status make(const uint8_t sha256[JZ_SHA256_SIZE], jz_decoder *d, jz_sheet_open_fn open,
                      void *user, jz_sheet **out, jz_err *err)
{
    bool moves = false;
    JZ_FD_AUTO fd = -1;
    JZ_TRY(open(user, &moves, &fd, err));
    jz_sheet *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    memcpy(s->sha256, sha256, sizeof s->sha256);
    const jz_status st = decode(d, fd, moves, s, err);
    if (st == JZ_OK)
        *out = s;
    else
        sheet_free(s);
    return st;
}

/* ---- keeping them; the lock is held ---- */

static void put_first(jz_sheets *s, jz_sheet *sheet, size_t from)
{
    memmove(&s->sheet[1], &s->sheet[0], from * sizeof(jz_sheet *));
    s->sheet[0] = sheet;
}

static jz_sheet *find(jz_sheets *s, const uint8_t sha256[JZ_SHA256_SIZE])
{
    for (size_t i = 0; i < KEPT && s->sheet[i] != NULL; i++) {
        jz_sheet *found = s->sheet[i];
        if (memcmp(found->sha256, sha256, JZ_SHA256_SIZE) != 0)
            continue;
        put_first(s, found, i);
        return found;
    }
    return NULL;
}

jz_status jz_sheets_use(jz_sheets *s, const uint8_t sha256[JZ_SHA256_SIZE], jz_decoder *d,
                        jz_sheet_open_fn open, jz_sheet_use_fn use, void *user, jz_err *err)
{
    jz_status st = JZ_OK;
    (void)pthread_mutex_lock(&s->lock);
    jz_sheet *sheet = find(s, sha256);
    if (sheet == NULL && s->making) {
        st = JZ_FAIL(err, JZ_E_BUSY, "another one is being made");
    } else if (sheet == NULL) {
        s->making = true; /* one at a time, so that not all workers decode */
        (void)pthread_mutex_unlock(&s->lock);
        st = make(sha256, d, open, user, &sheet, err);
        (void)pthread_mutex_lock(&s->lock);
        s->making = false;
        if (st == JZ_OK) {
            sheet_free(s->sheet[KEPT - 1]);
            put_first(s, sheet, KEPT - 1);
        }
    }
    if (st == JZ_OK)
        st = use(user, sheet, err);
    (void)pthread_mutex_unlock(&s->lock);
    return st;
}

/* ---- pictures ---- */

jz_status jz_sheet_put_preview(const jz_sheet *s, jz_buf *out, jz_err *err)
{
    jz_preview one[JZ_SHEET_FRAMES];
    size_t cell_width = 0, cell_height = 0;
    for (size_t i = 0; i < s->n; i++) {
        jz_preview_make(&s->frame[i], &one[i]);
        cell_width = one[i].width > cell_width ? one[i].width : cell_width;
        cell_height = one[i].height > cell_height ? one[i].height : cell_height;
    }
    const size_t columns = s->n < COLUMNS ? s->n : COLUMNS;
    const size_t rows = (s->n + COLUMNS - 1) / COLUMNS;
    const size_t width = columns * (cell_width + GAP) - GAP;
    const size_t height = rows * (cell_height + GAP) - GAP;
    jz_auto(uint8_t) *px = jz_alloc(width * height);
    if (px == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    memset(px, BETWEEN, width * height);
    for (size_t i = 0; i < s->n; i++) {
        uint8_t *at =
            px + i / COLUMNS * (cell_height + GAP) * width + i % COLUMNS * (cell_width + GAP);
        for (size_t y = 0; y < one[i].height; y++)
            memcpy(at + y * width, one[i].px + y * one[i].width, one[i].width);
    }
    return jz_png_put(&(jz_plane){ px, (uint32_t)width, (uint32_t)height, width, 1 }, out, err);
}

jz_status jz_sheet_put_frame(const jz_sheet *s, size_t frame, unsigned blur, bool colour,
                             jz_buf *out, jz_err *err)
{
    static const uint32_t radius[JZ_SHEET_BLURS] = { 0, 4, 10, 24 };
    if (frame >= s->n || blur >= JZ_SHEET_BLURS)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no frame %zu, or no blur %u", frame, blur);
    jz_plane p = s->frame[frame];
    const size_t size = p.stride * p.height;
    jz_auto(uint8_t) *px = jz_alloc(size);
    if (px == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    memcpy(px, p.px, size);
    if (!colour)
        jz_small_grey(px, (size_t)p.width * p.height);
    JZ_TRY(jz_small_blur(px, p.width, p.height, radius[blur], err));
    p.px = px;
    return jz_png_put(&p, out, err);
}
