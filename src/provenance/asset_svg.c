/* SPDX-License-Identifier: Apache-2.0 */
/* SVG: the store is the base64 text of an element c2pa:manifest in metadata (C2PA 2.2, A.3.3), and
 * that text is what a data hash leaves out. The file is read as a run of tags, from front to back,
 * and never held: of a tag, its name alone is looked at. */
#include "provenance/asset_class.h"

#include <inttypes.h>
#include <string.h>

#define NAME_MAX_SVG 32 /* bytes of an element's name that is told apart */
#define PART 4096
#define OPENING "<c2pa:manifest xmlns:c2pa=\"http://c2pa.org/manifest\">"
#define CLOSING "</c2pa:manifest>"

typedef struct tag {
    uint64_t at;  /* of its "<" */
    uint64_t end; /* behind its ">" */
    char name[NAME_MAX_SVG];
    bool closes; /* </a> */
    bool empty;  /* <a/> */
} tag;

/* Moves to the next byte c, or to the end; found tells which. */
static jz_status seek(jz_span *s, char c, bool *found, jz_err *err)
{
    uint8_t part[PART];
    *found = false;
    while (jz_span_left(s) > 0 && !*found) {
        jz_span look = *s;
        const size_t n = jz_span_left(s) < sizeof part ? (size_t)jz_span_left(s) : sizeof part;
        JZ_TRY(jz_span_get(&look, part, n, err));
        const uint8_t *hit = memchr(part, c, n);
        s->at += hit == NULL ? n : (size_t)(hit - part);
        *found = hit != NULL;
    }
    return JZ_OK;
}

/* Moves behind the next terminator, of at most 3 bytes. */
static jz_status pass(jz_span *s, const char *terminator, jz_err *err)
{
    const size_t len = strlen(terminator);
    char last[3] = { 0 };
    while (memcmp(last + 3 - len, terminator, len) != 0) {
        uint8_t c;
        JZ_TRY(jz_span_u8(s, &c, err));
        last[0] = last[1];
        last[1] = last[2];
        last[2] = (char)c;
    }
    return JZ_OK;
}

/* A document type may hold declarations in brackets; quotes are paired in both. */
static jz_status pass_doctype(jz_span *s, jz_err *err)
{
    uint8_t quote = 0;
    for (unsigned depth = 0;;) {
        uint8_t c;
        JZ_TRY(jz_span_u8(s, &c, err));
        if (quote != 0)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '[')
            depth++;
        else if (c == ']' && depth > 0)
            depth--;
        else if (c == '>' && depth == 0)
            return JZ_OK;
    }
}

/* What begins with "<" and is no tag; *is tells whether it was one of these. */
static jz_status pass_aside(jz_span *s, bool *is, jz_err *err)
{
    static const struct {
        const char *begin, *end;
    } asides[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" } };
    char head[9] = { 0 };
    jz_span look = *s;
    const size_t n = jz_span_left(s) < sizeof head ? (size_t)jz_span_left(s) : sizeof head;
    JZ_TRY(jz_span_get(&look, head, n, err));
    *is = true;
    for (size_t i = 0; i < JZ_ARRAY_LEN(asides); i++) {
        const size_t len = strlen(asides[i].begin);
        if (memcmp(head, asides[i].begin, len) != 0)
            continue;
        JZ_TRY(jz_span_skip(s, len, err));
        return pass(s, asides[i].end, err);
    }
    *is = head[1] == '!';
    return *is ? pass_doctype(s, err) : JZ_OK;
}

static bool ends_name(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '/' || c == '>';
}

/* The tag at the cursor. A name that is too long is told apart from all others. */
static jz_status read_tag(jz_span *s, tag *out, jz_err *err)
{
    size_t n = 0;
    uint8_t quote = 0;
    uint8_t c = 0;
    uint8_t before = 0;
    bool in_name = true;
    tag t = { .at = s->at };
    JZ_TRY(jz_span_skip(s, 1, err));
    for (bool first = true;; first = false) {
        before = c;
        JZ_TRY(jz_span_u8(s, &c, err));
        t.closes = t.closes || (first && c == '/');
        if (first && c == '/')
            continue;
        in_name = in_name && !ends_name(c);
        if (in_name && n + 1 < sizeof t.name)
            t.name[n++] = (char)c;
        if (quote != 0)
            quote = c == quote ? 0 : quote;
        else if (!in_name && (c == '"' || c == '\''))
            quote = c;
        else if (c == '>')
            break;
    }
    t.empty = !t.closes && before == '/';
    t.end = s->at;
    *out = t;
    return JZ_OK;
}

static jz_status next_tag(jz_span *s, tag *out, bool *found, jz_err *err)
{
    for (bool aside = true; aside;) {
        JZ_TRY(seek(s, '<', found, err));
        if (!*found)
            return JZ_OK;
        JZ_TRY(pass_aside(s, &aside, err));
    }
    return read_tag(s, out, err);
}

/* "svg" of svg:svg. */
static bool is_local(const tag *t, const char *local)
{
    const char *colon = strchr(t->name, ':');
    return strcmp(colon == NULL ? t->name : colon + 1, local) == 0;
}

/* ---- reading ---- */

typedef struct decoder {
    uint32_t bits;
    unsigned n;   /* characters in bits */
    bool padded;  /* "=" has come */
    bool damaged; /* something else stands in the text, or behind the padding */
} decoder;

static int value_of(uint8_t c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *hit = c == 0 ? NULL : strchr(alphabet, c);
    return hit == NULL ? -1 : (int)(hit - alphabet);
}

static void decode(decoder *d, const uint8_t *text, size_t len, jz_buf *out)
{
    for (size_t i = 0; i < len; i++) {
        const int v = value_of(text[i]);
        if (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t')
            continue;
        d->padded = d->padded || text[i] == '=';
        d->damaged = d->damaged || (v < 0 && text[i] != '=') || (v >= 0 && d->padded);
        if (v < 0 || d->damaged)
            continue;
        d->bits = d->bits << 6 | (uint32_t)v;
        if (++d->n % 4 == 0) {
            const uint8_t bytes[3] = { (uint8_t)(d->bits >> 16), (uint8_t)(d->bits >> 8),
                                       (uint8_t)d->bits };
            jz_buf_put(out, bytes, sizeof bytes);
        }
    }
}

/* The one or two bytes of a last group that is not whole. */
static void finish(decoder *d, jz_buf *out)
{
    const unsigned rest = d->n % 4;
    if (rest >= 2)
        jz_buf_putc(out, (char)(uint8_t)(d->bits >> (rest == 2 ? 4 : 10)));
    if (rest == 3)
        jz_buf_putc(out, (char)(uint8_t)(d->bits >> 2));
    d->damaged = d->damaged || rest == 1;
}

static jz_status take_text(jz_asset *a, jz_span text, jz_err *err)
{
    uint8_t part[PART];
    decoder d = { 0 };
    while (jz_span_left(&text) > 0 && a->passed == JZ_OK) {
        const size_t n =
            jz_span_left(&text) < sizeof part ? (size_t)jz_span_left(&text) : sizeof part;
        JZ_TRY(jz_span_get(&text, part, n, err));
        decode(&d, part, n, &a->store);
        if (a->store.len > JZ_STORE_MAX)
            jz_asset_pass(a, JZ_E_LIMIT, "a manifest store of more than 16 MiB");
    }
    finish(&d, &a->store);
    if (d.damaged)
        jz_asset_pass(a, JZ_E_CORRUPT, "a c2pa:manifest that is not base64");
    return jz_buf_check(&a->store, err);
}

static bool is_store(const tag *t)
{
    return strcmp(t->name, "c2pa:manifest") == 0 && !t->closes && !t->empty;
}

/* The cursor is behind the opening tag. */
static jz_status on_store(jz_asset *a, jz_span *s, const tag *opening, jz_err *err)
{
    bool found;
    tag closing;
    jz_span text = *s;
    JZ_TRY(seek(s, '<', &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "SVG: a c2pa:manifest that does not end");
    text.end = s->at;
    JZ_TRY(read_tag(s, &closing, err));
    if (!closing.closes || strcmp(closing.name, opening->name) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "SVG: a c2pa:manifest with more than text in it");
    JZ_TRY(jz_ranges_add(&a->parts, opening->at, s->at - opening->at, err));
    if (!jz_asset_begin(a))
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&a->excluded, text.at, jz_span_left(&text), err));
    return take_text(a, text, err);
}

jz_status jz_asset_find_svg(jz_asset *a, jz_err *err)
{
    jz_span s = jz_span_all(a->src, "SVG");
    for (bool found = true; found;) {
        tag t;
        JZ_TRY(next_tag(&s, &t, &found, err));
        if (found && is_store(&t))
            JZ_TRY(on_store(a, &s, &t, err));
    }
    return JZ_OK;
}

/* ---- placing ---- */

typedef struct home {
    tag root;
    uint64_t at;   /* where the element goes */
    bool metadata; /* into a metadata element that is there */
} home;

/* Behind the opening tag of the root's own metadata, else of the root. */
static jz_status find_home(jz_source *src, home *out, jz_err *err)
{
    jz_span s = jz_span_all(src, "SVG");
    uint64_t depth = 0;
    *out = (home){ 0 };
    for (bool found = true;;) {
        tag t;
        JZ_TRY(next_tag(&s, &t, &found, err));
        if (!found)
            break;
        if (out->at == 0 && (!is_local(&t, "svg") || t.closes || t.empty))
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "SVG: a root that holds nothing");
        if (out->at == 0) {
            out->root = t;
            out->at = t.end;
        }
        if (depth == 1 && is_local(&t, "metadata") && !t.closes && !t.empty && !out->metadata) {
            out->metadata = true;
            out->at = t.end;
        }
        if (t.closes && depth-- == 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "SVG: an end tag too many");
        depth += !t.closes && !t.empty;
    }
    if (out->at == 0 || depth != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "SVG: elements that do not end");
    return JZ_OK;
}

/* "svg:" of svg:svg goes before metadata, too. */
static void put_metadata(jz_wrap *w, const home *h, const char *before)
{
    const char *colon = strchr(h->root.name, ':');
    if (h->metadata)
        return;
    jz_buf_puts(&w->bytes, before);
    if (colon != NULL)
        jz_buf_put(&w->bytes, h->root.name, (size_t)(colon - h->root.name) + 1);
    jz_buf_puts(&w->bytes, "metadata>");
}

/* A c2pa:manifest that is torn hides what is behind it, also from whoever reads the new file. */
static jz_status check_stores(const jz_asset *a, jz_err *err)
{
    jz_asset again = { .src = a->src, .cls = a->cls };
    const jz_status st = jz_asset_find_svg(&again, err);
    jz_buf_done(&again.store);
    jz_ranges_done(&again.excluded);
    jz_ranges_done(&again.parts);
    return st;
}

jz_status jz_asset_place_svg(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    home h;
    JZ_WRAP_AUTO w = { .place = out };
    const size_t text = (size + 2) / 3 * 4;
    JZ_TRY(check_stores(a, err));
    JZ_TRY(find_home(a->src, &h, err));
    put_metadata(&w, &h, "<");
    jz_buf_puts(&w.bytes, OPENING);
    JZ_TRY(jz_buf_check(&w.bytes, err));
    const size_t at = w.bytes.len;
    JZ_TRY(jz_wrap_store(&w, text, err));
    out->run[0].size = size;
    out->base64 = true;
    JZ_TRY(jz_wrap_exclude(&w, at, text, err));
    jz_buf_puts(&w.bytes, CLOSING);
    put_metadata(&w, &h, "</");
    JZ_TRY(jz_place_drop_old(a, 0, out, err));
    JZ_TRY(jz_place_insert(&w, h.at, err));
    jz_place_settle(&w, h.at, a->src->size);
    return JZ_OK;
}
