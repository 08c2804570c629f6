/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/enc_av_tags.h"

#include "media/carrier/bmff.h"
#include "media/carrier/carriers.h"
#include "media/carrier/id3.h"
#include "media/carrier/mp4_blocks.h"

#include <string.h>

#include <libavutil/opt.h>

#define MOOV_MAX ((size_t)128 << 20) /* bytes of an index that is rebuilt in memory */
#define TAGS_MAX ((size_t)64 << 20)  /* bytes of one box of them, with cover pictures */
#define STREAMINFO_BYTES 34          /* RFC 9639 8.2 */
#define FLAC_BLOCKS_MAX 4096
#define AAC_FRAME 1024      /* samples */
#define BYTES_PER_PACKET 12 /* of an MP4's index, with room to spare */
#define PICTURE_KEY "METADATA_BLOCK_PICTURE"

enum { FAMILY_NONE, FAMILY_ID3, FAMILY_FLAC, FAMILY_MP4, FAMILY_OGG };
enum { FLAC_STREAMINFO = 0, FLAC_SEEKTABLE = 3, FLAC_CUESHEET = 5 };

static const struct {
    const char *format;
    unsigned family;
} families[] = {
    { "mp3", FAMILY_ID3 }, { "aac", FAMILY_ID3 }, { "flac", FAMILY_FLAC }, { "m4a", FAMILY_MP4 },
    { "mp4", FAMILY_MP4 }, { "mov", FAMILY_MP4 }, { "ogg", FAMILY_OGG },
};

static const char *name_of(const jz_av_tags *t)
{
    return t->task->in.format->name;
}

void jz_av_tags_done(jz_av_tags *t)
{
    jz_buf_done(&t->udta);
    jz_buf_done(&t->meta);
    jz_buf_done(&t->uuid);
}

/* ---- ID3 ---- */

/* Behind all tags at the span's cursor. */
static jz_status skip_id3(jz_span *s, jz_err *err)
{
    for (bool found = true; found;) {
        jz_id3 tag;
        JZ_TRY(jz_id3_open(s, &tag, &found, err));
        if (found && tag.cut)
            return JZ_FAIL(err, JZ_E_TRUNCATED, "%s: the file ends within its ID3 tag", s->what);
    }
    return JZ_OK;
}

/* Where the tags behind the sound begin: ID3v1 (128 bytes), before it APEv2 (a footer of 32 bytes
 * tells its size, which leaves the header out). */
static jz_status find_tail(jz_source *src, uint64_t *out, jz_err *err)
{
    uint8_t b[32];
    uint64_t end = src->size;
    if (end >= 128) {
        JZ_TRY(jz_source_get(src, end - 128, b, 3, err));
        end -= memcmp(b, "TAG", 3) == 0 ? 128 : 0;
    }
    if (end >= sizeof b) {
        JZ_TRY(jz_source_get(src, end - sizeof b, b, sizeof b, err));
        const uint64_t size =
            (uint64_t)b[12] | (uint64_t)b[13] << 8 | (uint64_t)b[14] << 16 | (uint64_t)b[15] << 24;
        const uint64_t all = size + ((b[23] & 0x80) != 0 ? sizeof b : 0);
        if (memcmp(b, "APETAGEX", 8) == 0 && all >= sizeof b && all <= end)
            end -= all;
    }
    *out = end;
    return JZ_OK;
}

/* ---- FLAC ---- */

static bool counts_samples(unsigned type)
{
    return type == FLAC_SEEKTABLE || type == FLAC_CUESHEET;
}

/* The metadata blocks but those that count samples, behind a STREAMINFO to be filled in later. */
static jz_status copy_flac_blocks(jz_av_tags *t, jz_span s, jz_err *err)
{
    uint32_t magic;
    uint32_t head = 0;
    uint64_t last_at = 0; /* of the last header written */
    uint8_t last_byte = 0;
    JZ_TRY(jz_span_u32be(&s, &magic, err));
    JZ_TRY(jz_task_append(t->task, "fLaC", 4, err));
    for (unsigned n = 0; (head >> 31) == 0; n++) {
        const uint64_t at = s.at;
        JZ_TRY(jz_span_u32be(&s, &head, err));
        JZ_TRY(jz_span_skip(&s, head & 0xffffff, err));
        const unsigned type = head >> 24 & 0x7f;
        if (n == FLAC_BLOCKS_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %d metadata blocks", FLAC_BLOCKS_MAX);
        if ((type == FLAC_STREAMINFO) != (n == 0) ||
            (n == 0 && (head & 0xffffff) != STREAMINFO_BYTES))
            return JZ_FAIL(err, JZ_E_CORRUPT, "flac: no STREAMINFO at its place, or a second one");
        if (counts_samples(type))
            continue;
        last_at = t->task->out_at;
        last_byte = (uint8_t)type;
        JZ_TRY(jz_task_append(t->task, &last_byte, 1, err));
        JZ_TRY(jz_task_copy(t->task, at + 1, s.at, err));
        if (n == 0)
            t->streaminfo_at = last_at + 4;
    }
    last_byte |= 0x80;
    return jz_task_write(t->task, last_at, &last_byte, 1, err);
}

static jz_status write_streaminfo(const jz_av_tags *t, const AVCodecContext *encoder, jz_err *err)
{
    if (encoder->extradata_size != STREAMINFO_BYTES)
        return JZ_FAIL(err, JZ_E_BUG, "a STREAMINFO of %d bytes", encoder->extradata_size);
    return jz_task_write(t->task, t->streaminfo_at, encoder->extradata, STREAMINFO_BYTES, err);
}

/* ---- MP4 ---- */

static jz_status read_box(const jz_box *b, bool whole, jz_buf *out, jz_err *err)
{
    jz_span s = b->body;
    if (whole) {
        s.at = b->at;
        s.end = b->end;
    }
    return jz_span_read(&s, jz_span_left(&s), TAGS_MAX, out, err);
}

static jz_status read_moov(jz_av_tags *t, const jz_box *moov, jz_err *err)
{
    jz_span s = moov->body;
    for (;;) {
        jz_box b;
        bool more;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (!more)
            return JZ_OK;
        if (jz_box_is(&b, "udta"))
            JZ_TRY(read_box(&b, false, &t->udta, err));
        if (jz_box_is(&b, "meta"))
            JZ_TRY(read_box(&b, true, &t->meta, err));
    }
}

static jz_status read_mp4(jz_av_tags *t, jz_err *err)
{
    jz_span s = jz_span_all(&t->src, "mp4");
    for (;;) {
        jz_box b;
        bool more;
        uint8_t id[16];
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (!more)
            return JZ_OK;
        if (jz_box_is(&b, "moov"))
            JZ_TRY(read_moov(t, &b, err));
        jz_span body = b.body;
        if (jz_box_is(&b, "uuid") && jz_span_get(&body, id, sizeof id, NULL) == JZ_OK &&
            memcmp(id, jz_xmp_uuid, sizeof id) == 0)
            JZ_TRY(read_box(&b, true, &t->uuid, err));
    }
}

/* The box of a type in a list, as its place; false where there is none. */
static bool find_box(jz_span s, const char *type, jz_box *out)
{
    bool more = true;
    while (jz_box_next(&s, out, &more, NULL) == JZ_OK && more) {
        if (jz_box_is(out, type))
            return true;
    }
    return false;
}

/* What iTunes writes of the old coding's padding is no longer true: it gives way to free space. */
static void drop_padding_note(jz_buf *udta)
{
    jz_source src;
    jz_box meta, list, item;
    jz_span in;
    bool more = true;
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)udta->ptr, udta->len }, &src);
    if (!find_box(jz_span_all(&src, "udta"), "meta", &meta) ||
        jz_box_meta(&meta, &in, NULL) != JZ_OK || !find_box(in, "ilst", &list))
        return;
    jz_span s = list.body;
    while (jz_box_next(&s, &item, &more, NULL) == JZ_OK && more) {
        const size_t len = (size_t)(item.end - item.at);
        if (jz_box_is(&item, "----") && memmem(udta->ptr + item.at, len, "iTunSMPB", 8) != NULL)
            memcpy(udta->ptr + item.at + 4, "free", 4);
    }
}

/* Packets that the old index does not list: those of fragments. */
static uint64_t packets_missing(const AVFormatContext *in)
{
    int64_t listed = 0;
    int64_t rate = 0;
    for (unsigned i = 0; i < in->nb_streams; i++) {
        if (in->streams[i]->codecpar->codec_type != AVMEDIA_TYPE_AUDIO)
            continue;
        listed = in->streams[i]->nb_frames;
        rate = in->streams[i]->codecpar->sample_rate;
    }
    const double seconds = in->duration > 0 ? (double)in->duration / AV_TIME_BASE : 0;
    const double there = seconds * (double)rate / AAC_FRAME;
    return there > (double)listed ? (uint64_t)(there - (double)listed) : 0;
}

/* The index stays before the sound where it was there: room for it is kept free. */
static jz_status reserve_index(jz_av_tags *t, jz_av_output *out, jz_err *err)
{
    char movflags[] = "-use_metadata_tags-faststart";
    int64_t flags = 0;
    if (av_opt_get_int(out->format, "movflags", AV_OPT_SEARCH_CHILDREN, &flags) < 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "this libavformat has no movflags");
    const AVOption *o =
        av_opt_find(out->format, "faststart", "movflags", 0, AV_OPT_SEARCH_CHILDREN);
    const bool first = o != NULL && (flags & o->default_val.i64) != 0;
    jz_box moov;
    uint64_t room = 4096;
    if (find_box(jz_span_all(&t->src, "mp4"), "moov", &moov))
        room += moov.end - moov.at;
    room += packets_missing(out->in->format) * BYTES_PER_PACKET;
    room += t->task->sound.n / 64 * BYTES_PER_PACKET;
    if (av_opt_set(out->format, "movflags", movflags, AV_OPT_SEARCH_CHILDREN) < 0 ||
        (first && (room > INT32_MAX || av_opt_set_int(out->format, "moov_size", (int64_t)room,
                                                      AV_OPT_SEARCH_CHILDREN) < 0)))
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: no room for an index before the sound", name_of(t));
    return JZ_OK;
}

static void put_head(jz_buf *out, size_t size, const char *type)
{
    const uint8_t b[4] = { (uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                           (uint8_t)size };
    jz_buf_put(out, b, sizeof b);
    jz_buf_put(out, type, 4);
}

/* A list of boxes without those of two types. */
static jz_status put_others(jz_buf *out, jz_bytes list, const char *without, const char *nor,
                            jz_err *err)
{
    jz_source src;
    jz_source_of_bytes(list, &src);
    jz_span s = jz_span_all(&src, "mp4");
    for (;;) {
        jz_box b;
        bool more;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (!more)
            return jz_buf_check(out, err);
        if (!jz_box_is(&b, without) && !jz_box_is(&b, nor))
            jz_buf_put(out, list.ptr + b.at, (size_t)(b.end - b.at));
    }
}

/* The new index with the old tags: chapters are the new ones. */
static jz_status build_moov(const jz_av_tags *t, jz_bytes made, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO udta = { 0 };
    JZ_BUF_AUTO boxes = { 0 };
    jz_source src;
    jz_box old, chapters;
    jz_source_of_bytes(made, &src);
    JZ_TRY(put_others(&udta, (jz_bytes){ (const uint8_t *)t->udta.ptr, t->udta.len }, "chpl",
                      "chpl", err));
    if (find_box(jz_span_all(&src, "moov"), "udta", &old) && find_box(old.body, "chpl", &chapters))
        jz_buf_put(&udta, made.ptr + chapters.at, (size_t)(chapters.end - chapters.at));
    JZ_TRY(put_others(&boxes, made, "udta", "meta", err));
    if (udta.len > 0)
        put_head(&boxes, udta.len + 8, "udta");
    jz_buf_put(&boxes, udta.ptr, udta.len);
    jz_buf_put(&boxes, t->meta.ptr, t->meta.len);
    put_head(out, boxes.len + 8, "moov");
    jz_buf_put(out, boxes.ptr, boxes.len);
    JZ_TRY(jz_buf_check(&boxes, err));
    return jz_buf_check(out, err);
}

/* The index is the last box, or has free space behind it. */
static jz_status end_mp4(jz_av_tags *t, jz_av_output *out, jz_err *err)
{
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO moov = { 0 };
    jz_source src;
    jz_task_source(t->task->out_fd, out->end, &src);
    jz_span s = jz_span_all(&src, "mp4");
    jz_box old, next;
    bool more = false;
    if (!find_box(s, "moov", &old))
        return JZ_FAIL(err, JZ_E_BUG, "%s: no index was written", name_of(t));
    jz_span body = old.body;
    JZ_TRY(jz_span_read(&body, jz_span_left(&body), MOOV_MAX, &made, err));
    drop_padding_note(&t->udta);
    JZ_TRY(build_moov(t, (jz_bytes){ (const uint8_t *)made.ptr, made.len }, &moov, err));
    s.at = old.end;
    JZ_TRY(jz_box_next(&s, &next, &more, err));
    if (more) {
        const uint64_t room = next.end - old.at;
        if (!jz_box_is(&next, "free") || moov.len + 8 > room)
            return JZ_FAIL(err, JZ_E_LIMIT, "%s: no room for the tags in the index", name_of(t));
        put_head(&moov, (size_t)(room - moov.len), "free");
        JZ_TRY(jz_buf_check(&moov, err));
    } else {
        out->end = old.at + moov.len;
    }
    JZ_TRY(jz_task_write(t->task, old.at, moov.ptr, moov.len, err));
    return jz_task_write(t->task, out->end, t->uuid.ptr, t->uuid.len, err);
}

/* ---- Ogg ---- */

typedef struct picture_user {
    AVDictionary **metadata;
} picture_user;

static jz_status add_picture(void *user, const jz_meta *m, jz_err *err)
{
    picture_user *p = user;
    char *text = m->value.ptr != NULL ? av_strndup((const char *)m->value.ptr, m->value.len) : NULL;
    if (m->key.len != strlen(PICTURE_KEY))
        av_freep(&text);
    if (text != NULL &&
        av_dict_set(p->metadata, PICTURE_KEY, text, AV_DICT_DONT_STRDUP_VAL | AV_DICT_MULTIKEY) < 0)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    return JZ_OK;
}

/* The reader makes streams of them, which the writer does not take. */
static jz_status add_pictures(jz_av_tags *t, jz_av_output *out, jz_err *err)
{
    picture_user p = { &out->format->streams[0]->metadata };
    return jz_ogg_list(&t->src, PICTURE_KEY, add_picture, &p, err);
}

/* ---- all ---- */

jz_status jz_av_tags_read(jz_av_tags *t, jz_task *task, jz_err *err)
{
    t->task = task;
    jz_task_source(task->in.fd, task->in.file_size, &t->src);
    for (size_t i = 0; i < JZ_ARRAY_LEN(families); i++) {
        if (strcmp(families[i].format, name_of(t)) == 0)
            t->family = families[i].family;
    }
    jz_span s = jz_span_all(&t->src, name_of(t));
    if (t->family == FAMILY_ID3 || t->family == FAMILY_FLAC) {
        JZ_TRY(skip_id3(&s, err));
        JZ_TRY(jz_task_copy(task, 0, s.at, err));
    }
    if (t->family == FAMILY_FLAC)
        return copy_flac_blocks(t, s, err);
    return t->family == FAMILY_MP4 ? read_mp4(t, err) : JZ_OK;
}

static void shift_chapters(jz_av_output *out, double lead_s)
{
    for (unsigned i = 0; i < out->format->nb_chapters; i++) {
        AVChapter *c = out->format->chapters[i];
        const int64_t by = (int64_t)(lead_s / av_q2d(c->time_base) + 0.5);
        if (__builtin_add_overflow(c->start, by, &c->start) ||
            __builtin_add_overflow(c->end, by, &c->end))
            c->start = c->end = 0; /* a time that was none */
    }
}

jz_status jz_av_tags_add(jz_av_tags *t, jz_av_output *out, double lead_s, jz_err *err)
{
    shift_chapters(out, lead_s);
    if (t->family == FAMILY_OGG)
        return add_pictures(t, out, err);
    if (t->family != FAMILY_NONE)
        av_dict_free(&out->format->metadata);
    if (t->family == FAMILY_FLAC &&
        av_opt_set_int(out->format, "write_header", 0, AV_OPT_SEARCH_CHILDREN) < 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "this libavformat always writes FLAC's header");
    return t->family == FAMILY_MP4 ? reserve_index(t, out, err) : JZ_OK;
}

jz_status jz_av_tags_end(jz_av_tags *t, jz_av_output *out, const AVCodecContext *encoder,
                         jz_err *err)
{
    uint64_t tail = 0;
    if (t->family == FAMILY_FLAC)
        return write_streaminfo(t, encoder, err);
    if (t->family == FAMILY_MP4)
        return end_mp4(t, out, err);
    if (t->family != FAMILY_ID3)
        return JZ_OK;
    t->task->out_at = out->base + out->end;
    JZ_TRY(find_tail(&t->src, &tail, err));
    return jz_task_copy(t->task, tail, t->src.size, err);
}
