/* SPDX-License-Identifier: Apache-2.0 */
/* WebP through libwebp, the only file that includes its headers here. Lossless pictures are coded
 * without loss again, so that pixels outside of the mark stay what they are; lossy ones are coded
 * anew. Of an animation each frame is marked, as a picture in motion is a picture: it becomes the
 * part of its canvas that differs from the canvas before, for as long as it was shown. Every other
 * chunk is copied byte for byte, in order. */
#include "media/encode/blend.h"
#include "media/encode/task.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/rd.h"

#include <inttypes.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#define RIFF_HEADER 12
#define CHUNK_HEADER 8
#define FRAME_HEADER 16 /* of ANMF, before its chunks */
#define QUALITY 92      /* of lossy pictures; 90 to 95 is what cameras use */
#define CHUNKS_MAX 1000000
#define ALPHA_FLAG 0x10 /* of VP8X */
#define NO_BLEND 0x02   /* of ANMF: the frame replaces what is below it, and stays */

typedef struct chunk {
    jz_bytes whole; /* with its header, without padding */
    jz_bytes body;
} chunk;

typedef struct coder {
    jz_task *task;
    jz_err *err;
    jz_bytes file;
    uint32_t width, height;
    bool alpha;           /* some pixel of the output is not opaque */
    bool lossy;           /* some frame is */
    uint64_t features_at; /* of VP8X's flags in the output; 0 = there is none */
    jz_mark mark[JZ_OVERLAYS_MAX];
    uint8_t *canvas; /* RGBA, with the mark; the one before it */
    uint8_t *before;
    WebPAnimDecoder *animation;
} coder;

static size_t canvas_bytes(const coder *c)
{
    return (size_t)c->width * c->height * 4;
}

static jz_status nomem(const coder *c)
{
    return JZ_FAIL(c->err, JZ_E_NOMEM, "WebP: out of memory for %u x %u pixels", c->width,
                   c->height);
}

/* ---- chunks ---- */

static bool is(const chunk *k, const char *name)
{
    return memcmp(k->whole.ptr, name, 4) == 0;
}

static jz_status next_chunk(jz_rd *rd, chunk *out, jz_err *err)
{
    uint32_t size;
    jz_bytes type;
    JZ_TRY(jz_rd_take(rd, 4, &type, err));
    JZ_TRY(jz_rd_u32le(rd, &size, err));
    JZ_TRY(jz_rd_take(rd, size, &out->body, err));
    out->whole = (jz_bytes){ type.ptr, CHUNK_HEADER + (size_t)size };
    if ((size & 1) != 0 && jz_rd_left(rd) > 0)
        rd->at++;
    return JZ_OK;
}

static void put_u32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void put_u24(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 3; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static jz_status append_padded(const coder *c, jz_bytes bytes)
{
    JZ_TRY(jz_task_append(c->task, bytes.ptr, bytes.len, c->err));
    return (bytes.len & 1) != 0 ? jz_task_append(c->task, "", 1, c->err) : JZ_OK;
}

/* The first chunk of a name inside another chunk, or in the file. */
static bool find(jz_bytes in, const char *name, chunk *out)
{
    jz_rd rd = jz_rd_of(in, "WebP");
    while (next_chunk(&rd, out, NULL) == JZ_OK)
        if (is(out, name))
            return true;
    return false;
}

/* ---- one picture ---- */

static void blend(const coder *c)
{
    const jz_samples alpha = { .px = c->canvas + 3,
                               .stride = (ptrdiff_t)c->width * 4,
                               .step = 4,
                               .rows = c->height,
                               .fx = 1,
                               .fy = 1 };
    for (uint32_t i = 0; i < c->task->request->overlays; i++) {
        for (unsigned k = 0; k < 3; k++) {
            jz_samples s = alpha;
            s.px = c->canvas + k;
            jz_mark_blend(&c->mark[i], k, &s, &alpha);
        }
        jz_mark_blend(&c->mark[i], JZ_COMPONENT_ALPHA, &alpha, NULL);
    }
}

static int on_progress(int percent, const WebPPicture *picture)
{
    const coder *c = picture->user_data;
    (void)percent;
    jz_task_alive(c->task);
    return 1;
}

static int on_bytes(const uint8_t *data, size_t size, const WebPPicture *picture)
{
    jz_buf_put(picture->custom_ptr, data, size);
    return 1; /* a failure is remembered */
}

static jz_status failed(const coder *c, const WebPPicture *picture)
{
    const bool memory = picture->error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ||
                        picture->error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY;
    return JZ_FAIL(c->err, memory ? JZ_E_NOMEM : JZ_E_UNSUPPORTED, "WebP: encoder's error %d",
                   (int)picture->error_code);
}

/* Codes a part of the canvas into the chunks of a file of its own. */
static jz_status encode(coder *c, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                        bool lossy, jz_buf *out)
{
    WebPConfig config;
    WebPPicture picture;
    if (WebPConfigInit(&config) == 0 || WebPPictureInit(&picture) == 0)
        return JZ_FAIL(c->err, JZ_E_BUG, "libwebp is older than its headers");
    config.lossless = lossy ? 0 : 1;
    config.exact = 1;
    if (lossy)
        config.quality = QUALITY;
    picture.use_argb = lossy ? 0 : 1;
    picture.width = (int)width;
    picture.height = (int)height;
    picture.writer = on_bytes;
    picture.custom_ptr = out;
    picture.progress_hook = on_progress;
    picture.user_data = c;
    const uint8_t *from = c->canvas + ((size_t)y * c->width + x) * 4;
    const bool ok = WebPPictureImportRGBA(&picture, from, (int)(c->width * 4)) != 0 &&
                    WebPEncode(&config, &picture) != 0;
    const jz_status st = ok ? jz_buf_check(out, c->err) : failed(c, &picture);
    WebPPictureFree(&picture);
    return st;
}

/* The picture's own chunks out of the encoder's file: ALPH, VP8 , VP8L. */
static jz_status put_picture(coder *c, const jz_buf *made)
{
    static const char names[][5] = { "ALPH", "VP8 ", "VP8L" };
    const jz_bytes all = { (const uint8_t *)made->ptr + RIFF_HEADER, made->len - RIFF_HEADER };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        chunk k;
        if (find(all, names[i], &k))
            JZ_TRY(append_padded(c, k.whole));
    }
    return JZ_OK;
}

static void note_alpha(coder *c)
{
    for (size_t i = 3; !c->alpha && i < canvas_bytes(c); i += 4)
        c->alpha = c->canvas[i] != 255;
}

static jz_status code_still(coder *c, const chunk *k)
{
    JZ_BUF_AUTO made = { 0 };
    const bool lossy = is(k, "VP8 ");
    if (WebPDecodeRGBAInto(c->file.ptr, c->file.len, c->canvas, canvas_bytes(c),
                           (int)(c->width * 4)) == NULL)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "WebP: damaged picture");
    blend(c);
    note_alpha(c);
    c->lossy = lossy;
    c->task->info.frames++;
    JZ_TRY(encode(c, 0, 0, c->width, c->height, lossy, &made));
    return put_picture(c, &made);
}

/* ---- animations ---- */

typedef struct box {
    uint32_t left, top, right, bottom;
} box;

static bool row_differs(const coder *c, uint32_t y)
{
    const size_t row = (size_t)c->width * 4;
    return memcmp(c->canvas + y * row, c->before + y * row, row) != 0;
}

static bool column_differs(const coder *c, uint32_t x, const box *b)
{
    for (uint32_t y = b->top; y < b->bottom; y++) {
        const size_t at = ((size_t)y * c->width + x) * 4;
        if (memcmp(c->canvas + at, c->before + at, 4) != 0)
            return true;
    }
    return false;
}

/* The smallest part that holds all differences; offsets are even, as the format wants. */
static box difference(const coder *c)
{
    box b = { 0, 0, c->width, c->height };
    while (b.bottom > 1 && !row_differs(c, b.bottom - 1))
        b.bottom--;
    while (b.top + 1 < b.bottom && !row_differs(c, b.top))
        b.top++;
    while (b.right > 1 && !column_differs(c, b.right - 1, &b))
        b.right--;
    while (b.left + 1 < b.right && !column_differs(c, b.left, &b))
        b.left++;
    b.left &= ~1u;
    b.top &= ~1u;
    return b;
}

static jz_status next_canvas(coder *c)
{
    uint8_t *shown = NULL;
    uint8_t *old = c->before;
    int until = 0;
    if (WebPAnimDecoderHasMoreFrames(c->animation) == 0 ||
        WebPAnimDecoderGetNext(c->animation, &shown, &until) == 0)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "WebP: damaged frame %" PRIu64, c->task->info.frames);
    c->before = c->canvas;
    c->canvas = old;
    memcpy(c->canvas, shown, canvas_bytes(c));
    blend(c);
    note_alpha(c);
    return JZ_OK;
}

static jz_status put_frame(coder *c, const box *b, const uint8_t *old, const jz_buf *made)
{
    uint8_t head[CHUNK_HEADER + FRAME_HEADER] = "ANMF";
    const uint64_t at = c->task->out_at;
    put_u24(head + 8, b->left / 2);
    put_u24(head + 11, b->top / 2);
    put_u24(head + 14, b->right - b->left - 1);
    put_u24(head + 17, b->bottom - b->top - 1);
    memcpy(head + 20, old + 12, 3); /* how long it is shown */
    head[23] = NO_BLEND;
    JZ_TRY(jz_task_append(c->task, head, sizeof head, c->err));
    JZ_TRY(put_picture(c, made));
    put_u32(head + 4, (uint32_t)(c->task->out_at - at - CHUNK_HEADER));
    return jz_task_write(c->task, at + 4, head + 4, 4, c->err);
}

static jz_status code_frame(coder *c, const chunk *k)
{
    JZ_BUF_AUTO made = { 0 };
    chunk inner;
    if (k->body.len < FRAME_HEADER)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "WebP: a frame of %zu bytes", k->body.len);
    if (c->task->info.frames >= c->task->in.limits.max_frames)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "more frames than %" PRIu64,
                       c->task->in.limits.max_frames);
    const jz_bytes chunks = { k->body.ptr + FRAME_HEADER, k->body.len - FRAME_HEADER };
    const bool lossy = find(chunks, "VP8 ", &inner);
    JZ_TRY(next_canvas(c));
    const box b = c->task->info.frames > 0 ? difference(c) : (box){ 0, 0, c->width, c->height };
    c->lossy = c->lossy || lossy;
    c->task->info.frames++;
    JZ_TRY(encode(c, b.left, b.top, b.right - b.left, b.bottom - b.top, lossy, &made));
    return put_frame(c, &b, k->body.ptr, &made);
}

static jz_status open_animation(coder *c)
{
    WebPAnimDecoderOptions options;
    if (WebPAnimDecoderOptionsInit(&options) == 0)
        return JZ_FAIL(c->err, JZ_E_BUG, "libwebp is older than its headers");
    options.color_mode = MODE_RGBA;
    c->animation = WebPAnimDecoderNew(&(WebPData){ c->file.ptr, c->file.len }, &options);
    if (c->animation == NULL)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "WebP: damaged animation");
    return JZ_OK;
}

/* ---- the file ---- */

static jz_status open_file(coder *c, bool *animated)
{
    WebPBitstreamFeatures f;
    const VP8StatusCode code = WebPGetFeatures(c->file.ptr, c->file.len, &f);
    if (code != VP8_STATUS_OK)
        return JZ_FAIL(c->err, code == VP8_STATUS_NOT_ENOUGH_DATA ? JZ_E_TRUNCATED : JZ_E_CORRUPT,
                       "WebP: no picture, libwebp's status %d", (int)code);
    c->width = (uint32_t)f.width;
    c->height = (uint32_t)f.height;
    *animated = f.has_animation != 0;
    JZ_TRY(jz_job_check_size(&c->task->in, c->width, c->height, c->err));
    JZ_TRY(jz_task_check_overlays(c->task, c->width, c->height, c->err));
    if (*animated && c->task->overlay[0].delta != NULL)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "WebP: animations take no invisible mark");
    const jz_colour rgb = { .model = JZ_COLOUR_RGB, .depth = 8 };
    for (uint32_t i = 0; i < c->task->request->overlays; i++)
        JZ_TRY(jz_mark_make(&c->task->overlay[i], &rgb, c->width, c->height, &c->mark[i], c->err));
    c->canvas = jz_alloc_zero(c->width, (size_t)c->height * 4);
    if (*animated)
        c->before = jz_alloc_zero(c->width, (size_t)c->height * 4);
    if (c->canvas == NULL || (*animated && c->before == NULL))
        return nomem(c);
    return *animated ? open_animation(c) : JZ_OK;
}

/* ALPH goes with VP8 , which comes after it. */
static jz_status take_chunk(coder *c, const chunk *k, bool animated)
{
    if (animated ? is(k, "ANMF") : is(k, "VP8 ") || is(k, "VP8L")) {
        if (animated)
            return code_frame(c, k);
        if (c->task->info.frames > 0)
            return JZ_FAIL(c->err, JZ_E_CORRUPT, "WebP: two pictures");
        return code_still(c, k);
    }
    if (!animated && is(k, "ALPH"))
        return JZ_OK;
    if (is(k, "VP8X") && k->body.len > 0)
        c->features_at = c->task->out_at + CHUNK_HEADER;
    return append_padded(c, k->whole);
}

/* The size in the RIFF header, and whether there is transparency. */
static jz_status finish(coder *c, uint8_t features)
{
    uint8_t size[4];
    if (c->task->info.frames == 0)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "WebP: no picture in it");
    put_u32(size, (uint32_t)(c->task->out_at - 8));
    if (c->task->out_at > UINT32_MAX)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "WebP: more than 4 GiB");
    JZ_TRY(jz_task_write(c->task, 4, size, 4, c->err));
    if (c->features_at == 0)
        return JZ_OK;
    features = (uint8_t)(c->alpha ? features | ALPHA_FLAG : features & ~ALPHA_FLAG);
    return jz_task_write(c->task, c->features_at, &features, 1, c->err);
}

static jz_status code(coder *c)
{
    jz_rd rd;
    bool animated = false;
    uint8_t features = 0;
    uint32_t riff;
    jz_bytes body;
    JZ_TRY(open_file(c, &animated));
    rd = jz_rd_of(c->file, "WebP");
    JZ_TRY(jz_rd_skip(&rd, 4, c->err));
    JZ_TRY(jz_rd_u32le(&rd, &riff, c->err));
    if (riff < 4 || riff > jz_rd_left(&rd))
        return JZ_FAIL(c->err, JZ_E_TRUNCATED, "WebP: %u bytes stated, %zu there", riff,
                       jz_rd_left(&rd));
    JZ_TRY(jz_rd_take(&rd, riff, &body, c->err));
    const jz_bytes behind = { c->file.ptr + rd.at, jz_rd_left(&rd) };
    JZ_TRY(jz_task_append(c->task, c->file.ptr, RIFF_HEADER, c->err));
    rd = jz_rd_of((jz_bytes){ body.ptr + 4, body.len - 4 }, "WebP");
    for (unsigned n = 0; jz_rd_left(&rd) > 0; n++) {
        chunk k;
        if (n == CHUNKS_MAX)
            return JZ_FAIL(c->err, JZ_E_LIMIT, "WebP: more than %d chunks", CHUNKS_MAX);
        JZ_TRY(next_chunk(&rd, &k, c->err));
        if (is(&k, "VP8X") && k.body.len > 0)
            features = k.body.ptr[0];
        JZ_TRY(take_chunk(c, &k, animated));
    }
    JZ_TRY(finish(c, features));
    return jz_task_append(c->task, behind.ptr, behind.len, c->err);
}

jz_status jz_encode_webp(jz_task *task, jz_err *err)
{
    coder c = { .task = task, .err = err };
    JZ_TRY(jz_job_whole(&task->in, &c.file, err));
    const jz_status st = code(&c);
    WebPAnimDecoderDelete(c.animation);
    for (size_t i = 0; i < JZ_OVERLAYS_MAX; i++)
        jz_mark_done(&c.mark[i]);
    jz_free(c.canvas);
    jz_free(c.before);
    jz_task_name_codec(task, c.lossy ? "webp" : "webp-lossless");
    task->info.untouched = !c.lossy;
    task->info.covered = task->info.frames > 1 ? task->info.frames : 0;
    return st;
}
