/* SPDX-License-Identifier: Apache-2.0 */
/* FLV (Video File Format 10.1, annex E): a header, then tags of audio, video and script data, each
 * with its size behind it once more. Script data are a name and a value in AMF0; a text is a string
 * under a key of the object of "onMetaData" (TC260-PG-20257A, read at second hand), XMP the string
 * liveXML of "onXMPData" (XMP part 3).
 *
 * Nothing in the format has an address, but writers put some into onMetaData: the file's size,
 * and where the key frames are. What was right before is right afterwards. */
#include "media/carrier/carriers.h"

#include "base/alloc.h"
#include "base/rd.h"
#include "media/carrier/amf0.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TYPE_AUDIO = 8, TYPE_VIDEO = 9, TYPE_AMF3 = 15, TYPE_SCRIPT = 18 };
#define FILTERED 0x20 /* flag of the type: encrypted */
#define HEAD 11       /* bytes */
#define BACK 4        /* bytes of the size behind a tag */
#define DATA_MAX 0xffffffu
#define ON_META "onMetaData"

typedef struct tag {
    uint64_t at; /* of its header */
    uint8_t type;
    bool filtered;
    jz_span data;
    uint32_t back; /* the size behind it */
} tag;

static jz_status open_flv(jz_source *src, jz_span *out, jz_err *err)
{
    uint8_t h[5];
    uint32_t size;
    *out = jz_span_all(src, "FLV");
    JZ_TRY(jz_span_get(out, h, sizeof h, err));
    JZ_TRY(jz_span_u32be(out, &size, err));
    if (memcmp(h, "FLV", 3) != 0 || size < out->at)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no header of an FLV file");
    return jz_span_skip(out, size - out->at + BACK, err);
}

static jz_status next_tag(jz_span *s, tag *out, jz_err *err)
{
    uint8_t h[HEAD];
    tag t = { .at = s->at };
    JZ_TRY(jz_span_get(s, h, sizeof h, err));
    t.type = h[0] & 0x1f;
    t.filtered = (h[0] & FILTERED) != 0;
    if (t.type != TYPE_AUDIO && t.type != TYPE_VIDEO && t.type != TYPE_SCRIPT &&
        t.type != TYPE_AMF3)
        return JZ_FAIL(err, JZ_E_CORRUPT, "FLV: a tag of type %u at offset %" PRIu64, t.type, t.at);
    const uint32_t size = (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
    JZ_TRY(jz_span_sub(s, size, "FLV tag", &t.data, err));
    JZ_TRY(jz_span_u32be(s, &t.back, err));
    *out = t;
    return JZ_OK;
}

/* Script data: names, then one value, of which the last is the name. "@setDataFrame" stands in
 * front of another where a stream was stored as it came. */
typedef struct script {
    char name[JZ_AMF0_KEY];
    bool empty; /* no value */
    jz_amf0_walk w;
} script;

static jz_status open_script(const tag *t, script *out, jz_err *err)
{
    out->w = (jz_amf0_walk){ .s = t->data };
    out->w.s.what = "script data";
    out->name[0] = '\0';
    for (bool found = true; found;)
        JZ_TRY(jz_amf0_name(&out->w.s, out->name, &found, err));
    out->empty = jz_span_left(&out->w.s) == 0;
    return JZ_OK;
}

static jz_status next_value(script *sc, jz_amf0_value *v, bool *more, jz_err *err)
{
    *more = false;
    return sc->empty ? JZ_OK : jz_amf0_next(&sc->w, v, more, err);
}

static bool is_home(const script *sc)
{
    return strcmp(sc->name, ON_META) == 0;
}

static bool is_block(const script *sc, const jz_amf0_value *v, const char *key, jz_meta_kind *kind)
{
    if (v->type != JZ_AMF0_STRING && v->type != JZ_AMF0_LONG_STRING && v->type != JZ_AMF0_XML)
        return false;
    const bool xmp = strcmp(sc->name, "onXMPData") == 0 && strcmp(v->key, "liveXML") == 0;
    *kind = xmp ? JZ_META_XMP : JZ_META_TEXT;
    return xmp || jz_meta_has_key(jz_bytes_of_text(v->key), key);
}

/* ---- reading ---- */

typedef struct listing {
    const char *key;
    jz_meta_fn fn;
    void *user;
    jz_status damage; /* the last, of script data */
} listing;

static jz_status send(listing *l, const script *sc, jz_amf0_value *v, jz_meta_kind kind,
                      jz_err *err)
{
    char key[2 * JZ_AMF0_KEY];
    const bool own = is_home(sc) && sc->w.depth == 1; /* else it is named by more than its key */
    (void)snprintf(key, sizeof key, "%s%s%s", own ? "" : sc->name, own ? "" : " ", v->key);
    const bool xmp = kind == JZ_META_XMP;
    jz_meta meta = { .kind = kind,
                     .where = xmp           ? "onXMPData"
                              : is_home(sc) ? ON_META
                                            : "script data",
                     .key = { (const uint8_t *)key, xmp ? 0 : strlen(key) } };
    return jz_meta_send(&v->data, jz_span_left(&v->data), &meta, l->fn, l->user, err);
}

static bool is_damage(jz_status st)
{
    return st == JZ_E_CORRUPT || st == JZ_E_TRUNCATED || st == JZ_E_UNSUPPORTED || st == JZ_E_LIMIT;
}

/* What is damaged within a tag does not hide the tags behind it. */
static jz_status list_script(listing *l, const tag *t, jz_err *err)
{
    script sc;
    bool more = true;
    jz_status st = open_script(t, &sc, err);
    while (st == JZ_OK && more) {
        jz_amf0_value v;
        jz_meta_kind kind;
        st = next_value(&sc, &v, &more, err);
        if (st == JZ_OK && more && is_block(&sc, &v, l->key, &kind))
            JZ_TRY(send(l, &sc, &v, kind, err));
    }
    if (!is_damage(st))
        return st;
    l->damage = st;
    return JZ_OK;
}

jz_status jz_flv_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    listing l = { key, fn, user, JZ_OK };
    jz_span s;
    JZ_TRY(open_flv(src, &s, err));
    while (jz_span_left(&s) > 0) {
        tag t;
        JZ_TRY(next_tag(&s, &t, err));
        if (t.type == TYPE_SCRIPT && !t.filtered)
            JZ_TRY(list_script(&l, &t, err));
    }
    return l.damage;
}

/* ---- writing ---- */

/* Bytes of corrections that one file may need; an index has nine for each key frame. */
#define COST_MAX ((size_t)8 << 20)

typedef struct flv {
    const char *key;
    const jz_meta_edit *edits;
    size_t n;
    size_t done;
    uint32_t fresh; /* texts that are new */
    jz_buf entries; /* they, as entries of an object; without bytes once they have a place */
    jz_splices *out;
    uint64_t size;     /* of the old file */
    uint64_t scripts;  /* bytes of all tags of script data, without the sizes behind them */
    jz_splices before; /* what moves, without the corrections; its places only */
    uint64_t run_at;   /* corrections that follow each other, not yet in out */
    jz_buf run;
    size_t cost;
} flv;

static void flv_done(flv *f)
{
    jz_buf_done(&f->entries);
    jz_buf_done(&f->run);
    jz_free(f->before.splice);
}
#define FLV_AUTO __attribute__((cleanup(flv_done))) flv

/* The next tag of a file that is to be changed. The size behind it is that of the tag; some writers
 * leave out the header, or one byte of it. */
static jz_status next_sound_tag(jz_span *s, tag *t, jz_err *err)
{
    JZ_TRY(next_tag(s, t, err));
    const uint64_t size = jz_span_left(&t->data);
    if (t->back != size + HEAD && t->back != size + HEAD - 1 && t->back != size)
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "FLV: a tag of %" PRIu64 " bytes at offset %" PRIu64
                       ", %u as told behind it",
                       size + HEAD, t->at, t->back);
    if (t->type == TYPE_SCRIPT && t->filtered)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "FLV: encrypted script data at offset %" PRIu64,
                       t->at);
    return JZ_OK;
}

static jz_status put_new_entries(flv *f, jz_err *err)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->edits[i].at != JZ_META_NEW || f->edits[i].value.ptr == NULL)
            continue;
        jz_amf0_put_text(&f->entries, f->key, f->edits[i].value);
        f->fresh++;
        f->done++;
    }
    return jz_buf_check(&f->entries, err);
}

static const jz_meta_edit *edit_of(const flv *f, const script *sc, const jz_amf0_value *v)
{
    jz_meta_kind kind;
    if (!is_block(sc, v, f->key, &kind))
        return NULL;
    for (size_t i = 0; i < f->n; i++) {
        if (f->edits[i].at == v->data.at && f->edits[i].kind == kind)
            return &f->edits[i];
    }
    return NULL;
}

/* A new value behind the same key, or neither. */
static jz_status change(flv *f, const jz_amf0_value *v, const jz_meta_edit *edit, jz_err *err)
{
    JZ_BUF_AUTO made = { 0 };
    f->done++;
    if (edit->value.ptr == NULL)
        return jz_splices_add(f->out, v->entry, v->end - v->entry, (jz_bytes){ 0 }, err);
    jz_amf0_put_text(&made, NULL, edit->value);
    JZ_TRY(jz_buf_check(&made, err));
    return jz_splices_add(f->out, v->at, v->end - v->at, jz_buf_bytes(&made), err);
}

/* An object or array ends: new entries go there, if it is their place, and the count, which readers
 * need not believe and old writers left at 0, becomes that of its entries. */
static jz_status end_object(flv *f, const script *sc, const jz_amf0_value *v, uint32_t taken,
                            jz_err *err)
{
    JZ_BUF_AUTO count = { 0 };
    const jz_amf0_level *l = &sc->w.level[sc->w.depth];
    uint32_t added = 0;
    if (sc->w.depth == 0 && is_home(sc) && f->entries.len > 0) {
        JZ_TRY(jz_splices_add(f->out, v->entry, 0, jz_buf_bytes(&f->entries), err));
        jz_buf_reset(&f->entries);
        added = f->fresh;
    }
    if (l->type != JZ_AMF0_ECMA_ARRAY || (added == 0 && taken == 0))
        return JZ_OK;
    jz_amf0_put_u32(&count, l->entries + added - taken);
    JZ_TRY(jz_buf_check(&count, err));
    return jz_splices_add(f->out, l->count_at, count.len, jz_buf_bytes(&count), err);
}

static jz_status edit_script(flv *f, const tag *t, jz_err *err)
{
    script sc;
    uint32_t taken[JZ_AMF0_DEPTH + 1] = { 0 }; /* entries, at each depth */
    JZ_TRY(open_script(t, &sc, err));
    for (;;) {
        jz_amf0_value v;
        bool more;
        JZ_TRY_CTX(next_value(&sc, &v, &more, err), err, "FLV tag at offset %" PRIu64, t->at);
        if (!more)
            return JZ_OK;
        const jz_meta_edit *edit = edit_of(f, &sc, &v);
        if (v.type == JZ_AMF0_END) {
            JZ_TRY(end_object(f, &sc, &v, taken[sc.w.depth + 1], err));
            taken[sc.w.depth + 1] = 0;
        }
        if (edit == NULL)
            continue;
        JZ_TRY(change(f, &v, edit, err));
        taken[sc.w.depth] += edit->value.ptr == NULL;
    }
}

/* A tag with the new entries, in front of all others. */
static jz_status insert_tag(flv *f, uint64_t at, jz_err *err)
{
    JZ_BUF_AUTO data = { 0 };
    JZ_BUF_AUTO made = { 0 };
    static const uint8_t zeros[7]; /* time, stream */
    jz_amf0_put_text(&data, NULL, jz_bytes_of_text(ON_META));
    jz_buf_putc(&data, JZ_AMF0_ECMA_ARRAY);
    jz_amf0_put_u32(&data, f->fresh);
    jz_buf_put(&data, f->entries.ptr, f->entries.len);
    jz_buf_put(&data, "\0\0\x09", 3);
    JZ_TRY(jz_buf_check(&data, err));
    if (data.len > DATA_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "script data of %zu bytes, limit %u", data.len, DATA_MAX);
    jz_amf0_put_u32(&made, (uint32_t)TYPE_SCRIPT << 24 | (uint32_t)data.len);
    jz_buf_put(&made, zeros, sizeof zeros);
    jz_buf_put(&made, data.ptr, data.len);
    jz_amf0_put_u32(&made, (uint32_t)data.len + HEAD);
    JZ_TRY(jz_buf_check(&made, err));
    return jz_splices_add(f->out, at, 0, jz_buf_bytes(&made), err);
}

static jz_status plan(flv *f, jz_span s, jz_err *err)
{
    const uint64_t first = s.at;
    while (jz_span_left(&s) > 0) {
        tag t;
        JZ_TRY(next_sound_tag(&s, &t, err));
        if (t.type != TYPE_SCRIPT)
            continue;
        f->scripts += HEAD + jz_span_left(&t.data);
        JZ_TRY(edit_script(f, &t, err));
    }
    return f->entries.len > 0 ? insert_tag(f, first, err) : JZ_OK;
}

/* ---- what hangs on sizes ---- */

static jz_status correct(flv *f, uint64_t at, jz_bytes with, jz_err *err)
{
    f->cost += with.len + sizeof(jz_splice);
    if (f->cost > COST_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "FLV: more than %zu bytes of sizes and offsets to correct",
                       COST_MAX);
    return jz_splices_add(f->out, at, with.len, with, err);
}

static jz_status flush(flv *f, jz_err *err)
{
    JZ_TRY(jz_buf_check(&f->run, err));
    if (f->run.len > 0)
        JZ_TRY(correct(f, f->run_at, jz_buf_bytes(&f->run), err));
    jz_buf_reset(&f->run);
    return JZ_OK;
}

/* The number with these bytes becomes another; those of a table, with a type marker between them,
 * are kept together. */
static jz_status renumber(flv *f, uint64_t at, uint64_t value, jz_err *err)
{
    const double number = (double)value;
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    const bool next = f->run.len > 0 && at == f->run_at + f->run.len + 1;
    if (next && f->run.len < JZ_SOURCE_WINDOW) {
        jz_buf_putc(&f->run, JZ_AMF0_NUMBER);
    } else {
        JZ_TRY(flush(f, err));
        f->run_at = at;
    }
    jz_amf0_put_u32(&f->run, (uint32_t)(bits >> 32));
    jz_amf0_put_u32(&f->run, (uint32_t)bits);
    return JZ_OK;
}

/* A number that is a size or an offset: whole, not negative, not past the end of the file. */
static jz_status get_number(const flv *f, const jz_amf0_value *v, uint64_t *out, bool *is,
                            jz_err *err)
{
    jz_span s = v->data;
    uint64_t bits;
    double number;
    JZ_TRY(jz_span_u64be(&s, &bits, err));
    memcpy(&number, &bits, sizeof number);
    *is = number >= 0 && number <= (double)f->size;
    *out = *is ? (uint64_t)number : 0;
    *is = *is && (double)*out == number;
    return JZ_OK;
}

static bool at_path(const script *sc, const jz_amf0_value *v, const char *key)
{
    return sc->w.depth == 1 && strcmp(v->key, key) == 0;
}

/* An element of keyframes.filepositions. */
static bool is_position(const script *sc)
{
    const jz_amf0_level *l = sc->w.level;
    return sc->w.depth == 3 && strcmp(l[1].key, "keyframes") == 0 &&
           strcmp(l[2].key, "filepositions") == 0;
}

static jz_status correct_number(flv *f, const script *sc, const jz_amf0_value *v, jz_err *err)
{
    const uint64_t grown = jz_splices_new_size(&f->before, f->size) - f->size; /* may wrap */
    uint64_t old;
    bool is;
    JZ_TRY(get_number(f, v, &old, &is, err));
    uint64_t value = old;
    if (is_position(sc) || at_path(sc, v, "lastkeyframelocation"))
        value = jz_splices_moved(&f->before, old);
    else if ((at_path(sc, v, "filesize") && old == f->size) ||
             (at_path(sc, v, "datasize") && old == f->scripts)) /* of others, that of the media */
        value = old + grown;
    return is && value != old ? renumber(f, v->data.at, value, err) : JZ_OK;
}

static jz_status correct_script(flv *f, const tag *t, jz_err *err)
{
    script sc;
    JZ_TRY(open_script(t, &sc, err));
    for (bool more = is_home(&sc); more;) {
        jz_amf0_value v;
        JZ_TRY(next_value(&sc, &v, &more, err));
        if (more && v.type == JZ_AMF0_NUMBER)
            JZ_TRY(correct_number(f, &sc, &v, err));
    }
    return flush(f, err);
}

/* The two sizes of a tag. */
static jz_status resize(flv *f, const tag *t, jz_err *err)
{
    JZ_BUF_AUTO number = { 0 };
    const uint64_t old = jz_span_left(&t->data);
    const uint64_t size =
        jz_splices_moved(&f->before, t->data.end) - jz_splices_moved(&f->before, t->at) - HEAD;
    if (size == old)
        return JZ_OK;
    if (size > DATA_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "script data of %" PRIu64 " bytes, limit %u", size,
                       DATA_MAX);
    jz_amf0_put_u32(&number, (uint32_t)size << 8);
    jz_amf0_put_u32(&number, (uint32_t)(t->back + size - old));
    JZ_TRY(jz_buf_check(&number, err));
    const uint8_t *p = (const uint8_t *)number.ptr;
    JZ_TRY(correct(f, t->at + 1, (jz_bytes){ p, 3 }, err));
    return correct(f, t->data.end, (jz_bytes){ p + 4, 4 }, err);
}

static jz_status correct_all(flv *f, jz_span s, jz_err *err)
{
    const size_t n = f->out->n;
    f->before.splice = jz_alloc(n * sizeof *f->before.splice);
    if (f->before.splice == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu changes of a file", n);
    if (n > 0)
        memcpy(f->before.splice, f->out->splice, n * sizeof *f->before.splice);
    f->before.n = n;
    while (jz_span_left(&s) > 0) {
        tag t;
        JZ_TRY(next_tag(&s, &t, err));
        if (t.type != TYPE_SCRIPT)
            continue;
        JZ_TRY(resize(f, &t, err));
        JZ_TRY(correct_script(f, &t, err));
    }
    return JZ_OK;
}

jz_status jz_flv_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err)
{
    FLV_AUTO f = { .key = key, .edits = edits, .n = n, .out = out, .size = src->size };
    jz_span s;
    JZ_TRY(jz_meta_only_text(edits, n, "FLV", err));
    JZ_TRY(open_flv(src, &s, err));
    JZ_TRY(put_new_entries(&f, err));
    JZ_TRY(plan(&f, s, err));
    if (f.done != n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no text of this FLV",
                       n - f.done, n);
    return correct_all(&f, s, err);
}
