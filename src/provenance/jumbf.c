/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/jumbf.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/rd.h"

#include <string.h>

#define JUMB JZ_4CC('j', 'u', 'm', 'b')
#define JUMD JZ_4CC('j', 'u', 'm', 'd')
#define LABELLED 0x03U /* requestable, and with a label: no other may be referred to */
#define HAS_ID 0x04U
#define HAS_HASH 0x08U
#define HAS_PRIVATE 0x10U
#define RESERVED 0xe0U

struct jz_jumbf {
    const uint8_t *base;
    jz_jumbf_box *box;
    size_t n, size;
    uint32_t *by_label; /* superboxes with a label, by parent, then label */
    size_t n_labels;
    jz_buf *unpacked; /* of jz_jumbf_unpack() */
    size_t n_unpacked, size_unpacked;
};

void jz_jumbf_free(jz_jumbf *j)
{
    if (j == NULL)
        return;
    for (size_t i = 0; i < j->n_unpacked; i++)
        jz_buf_done(&j->unpacked[i]);
    jz_free(j->unpacked);
    jz_free(j->box);
    jz_free(j->by_label);
    jz_free(j);
}

/* ---- boxes ---- */

typedef struct raw_box {
    uint32_t type;
    jz_bytes payload;
} raw_box;

static jz_status read_box(jz_rd *rd, raw_box *out, jz_err *err)
{
    const size_t at = rd->at;
    uint32_t size = 0;
    uint64_t payload = 0;
    JZ_TRY(jz_rd_u32be(rd, &size, err));
    JZ_TRY(jz_rd_u32be(rd, &out->type, err));
    if (size == 1) {
        uint64_t large = 0;
        JZ_TRY(jz_rd_u64be(rd, &large, err));
        if (large < 16)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a box of %llu bytes at %zu", rd->what,
                           (unsigned long long)large, at);
        payload = large - 16;
    } else if (size == 0) {
        payload = jz_rd_left(rd);
    } else if (size < 8) {
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a box of %u bytes at %zu", rd->what, size, at);
    } else {
        payload = size - 8;
    }
    return jz_rd_take(rd, payload, &out->payload, err);
}

/* Labels become parts of URIs (ISO 19566-5, B.3). */
static bool label_is_sound(jz_bytes label)
{
    if (!jz_utf8_valid((const char *)label.ptr, label.len))
        return false;
    for (size_t i = 0; i < label.len; i++) {
        const uint8_t c = label.ptr[i];
        const bool c1 = c == 0xc2 && i + 1 < label.len && label.ptr[i + 1] < 0xa0;
        if (c < 0x20 || c == 0x7f || c1 || c == '/' || c == ';' || c == '?' || c == '#')
            return false;
    }
    return true;
}

static jz_status read_label(jz_rd *rd, jz_jumbf_box *b, jz_err *err)
{
    const uint8_t *end = memchr(rd->ptr + rd->at, 0, jz_rd_left(rd));
    if (end == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a label without an end at %zu", rd->what, rd->at);
    JZ_TRY(jz_rd_take(rd, (uint64_t)(end - (rd->ptr + rd->at)), &b->label, err));
    JZ_TRY(jz_rd_skip(rd, 1, err));
    if (!label_is_sound(b->label))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a label with characters that no label may have",
                       rd->what);
    return JZ_OK;
}

/* ISO 19566-5, A.3. */
static jz_status read_description(jz_bytes payload, jz_jumbf_box *b, jz_err *err)
{
    static const uint8_t iso[12] = { 0x00, 0x11, 0x00, 0x10, 0x80, 0x00,
                                     0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71 };
    jz_rd rd = jz_rd_of(payload, "JUMBF description");
    jz_bytes uuid;
    JZ_TRY(jz_rd_take(&rd, 16, &uuid, err));
    JZ_TRY(jz_rd_u8(&rd, &b->toggles, err));
    b->uuid = uuid.ptr;
    if ((b->toggles & RESERVED) != 0) /* nothing signs them where a manifest begins */
        return JZ_FAIL(err, JZ_E_CORRUPT, "JUMBF description: toggles 0x%02x", b->toggles);
    if (memcmp(uuid.ptr + 4, iso, sizeof iso) == 0)
        b->kind = JZ_4CC(uuid.ptr[0], uuid.ptr[1], uuid.ptr[2], uuid.ptr[3]);
    if ((b->toggles & LABELLED) == LABELLED)
        JZ_TRY(read_label(&rd, b, err));
    else
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "JUMBF description: toggles 0x%02x, no label by which to "
                       "ask for it",
                       b->toggles);
    if ((b->toggles & HAS_ID) != 0)
        JZ_TRY(jz_rd_skip(&rd, 4, err));
    if ((b->toggles & HAS_HASH) != 0)
        JZ_TRY(jz_rd_skip(&rd, 32, err));
    if ((b->toggles & HAS_PRIVATE) != 0) {
        raw_box salt;
        JZ_TRY(read_box(&rd, &salt, err));
    }
    if (jz_rd_left(&rd) > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "JUMBF description: %zu bytes more than belong there",
                       jz_rd_left(&rd));
    return JZ_OK;
}

static jz_status add_box(jz_jumbf *j, const jz_jumbf_box *b, jz_err *err)
{
    if (j->n == JZ_JUMBF_BOXES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "JUMBF: more than %d boxes", JZ_JUMBF_BOXES_MAX);
    jz_jumbf_box *grown = jz_grow(j->box, j->n, &j->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    j->box = grown;
    j->box[j->n++] = *b;
    return JZ_OK;
}

/* NOLINTBEGIN(misc-no-recursion): JZ_JUMBF_DEPTH_MAX deep at most */
static jz_status read_super(jz_jumbf *j, const raw_box *raw, uint32_t parent, unsigned depth,
                            jz_err *err);

static jz_status read_child(jz_jumbf *j, jz_rd *rd, uint32_t parent, unsigned depth, jz_err *err)
{
    raw_box raw;
    const uint8_t *at = rd->ptr + rd->at;
    JZ_TRY(read_box(rd, &raw, err));
    if (raw.type == JUMB)
        return read_super(j, &raw, parent, depth + 1, err);
    const jz_jumbf_box b = {
        .type = raw.type,
        .payload = raw.payload,
        .at = (uint64_t)(at - j->base),
        .parent = parent,
        .next = JZ_JUMBF_NONE,
        .first = JZ_JUMBF_NONE,
    };
    return add_box(j, &b, err);
}

/* The rest of a superbox: what is in box self. */
static jz_status read_children(jz_jumbf *j, jz_rd *rd, uint32_t self, unsigned depth, jz_err *err)
{
    uint32_t last = JZ_JUMBF_NONE;
    while (jz_rd_left(rd) > 0) {
        const uint32_t child = (uint32_t)j->n;
        JZ_TRY(read_child(j, rd, self, depth, err));
        if (last == JZ_JUMBF_NONE)
            j->box[self].first = child;
        else
            j->box[last].next = child;
        last = child;
    }
    return JZ_OK;
}

/* The beginning of a superbox: what it is. */
static jz_status read_begin(const jz_jumbf *j, jz_rd *rd, jz_jumbf_box *b, jz_err *err)
{
    raw_box description;
    *b = (jz_jumbf_box){
        .type = JUMB,
        .payload = { rd->ptr, jz_rd_left(rd) },
        .at = (uint64_t)(rd->ptr - j->base) - 8,
        .next = JZ_JUMBF_NONE,
        .first = JZ_JUMBF_NONE,
    };
    JZ_TRY(read_box(rd, &description, err));
    if (description.type != JUMD)
        return JZ_FAIL(err, JZ_E_CORRUPT, "JUMBF: a superbox without a description at %llu",
                       (unsigned long long)b->at);
    return read_description(description.payload, b, err);
}

static jz_status read_super(jz_jumbf *j, const raw_box *raw, uint32_t parent, unsigned depth,
                            jz_err *err)
{
    jz_jumbf_box b;
    jz_rd rd = jz_rd_of(raw->payload, "JUMBF superbox");
    const uint32_t self = (uint32_t)j->n;
    if (depth > JZ_JUMBF_DEPTH_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "JUMBF: more than %d superboxes in one another",
                       JZ_JUMBF_DEPTH_MAX);
    JZ_TRY(read_begin(j, &rd, &b, err));
    b.parent = parent;
    JZ_TRY(add_box(j, &b, err));
    return read_children(j, &rd, self, depth, err);
}
/* NOLINTEND(misc-no-recursion) */

/* ---- labels ---- */

static int compare_labels(const jz_jumbf_box *a, const jz_jumbf_box *b)
{
    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    const size_t n = a->label.len < b->label.len ? a->label.len : b->label.len;
    const int c = n > 0 ? memcmp(a->label.ptr, b->label.ptr, n) : 0;
    return c != 0 ? c : (a->label.len > b->label.len) - (a->label.len < b->label.len);
}

static int compare_indices(const void *pa, const void *pb, void *user)
{
    const jz_jumbf *j = user;
    return compare_labels(&j->box[*(const uint32_t *)pa], &j->box[*(const uint32_t *)pb]);
}

jz_status jz_jumbf_index(jz_jumbf *j, jz_err *err)
{
    uint32_t *room = jz_alloc_zero(j->n, sizeof *room);
    if (room == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_free(j->by_label);
    j->by_label = room;
    j->n_labels = 0;
    for (uint32_t i = 0; i < j->n; i++) {
        if (j->box[i].type == JUMB && j->box[i].label.ptr != NULL)
            j->by_label[j->n_labels++] = i;
    }
    qsort_r(j->by_label, j->n_labels, sizeof *j->by_label, compare_indices, j);
    return JZ_OK;
}

jz_status jz_jumbf_parse(jz_bytes bytes, jz_jumbf **out, jz_err *err)
{
    jz_rd rd = jz_rd_of(bytes, "JUMBF");
    raw_box raw;
    jz_auto(jz_jumbf) *j = jz_alloc_zero(1, sizeof *j);
    if (j == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    j->base = bytes.ptr;
    JZ_TRY(read_box(&rd, &raw, err));
    if (raw.type != JUMB)
        return JZ_FAIL(err, JZ_E_CORRUPT, "JUMBF: no superbox");
    JZ_TRY(read_super(j, &raw, JZ_JUMBF_NONE, 1, err));
    JZ_TRY(jz_jumbf_index(j, err));
    *out = JZ_TAKE(j);
    return JZ_OK;
}

/* ---- what stands packed in a box ---- */

static jz_status read_packed(jz_jumbf *j, uint32_t box, jz_bytes bytes, jz_err *err)
{
    jz_rd rd = jz_rd_of(bytes, "JUMBF, unpacked");
    raw_box raw;
    jz_jumbf_box b;
    JZ_TRY(read_box(&rd, &raw, err));
    if (raw.type != JUMB || jz_rd_left(&rd) > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "JUMBF, unpacked: not one superbox");
    rd = jz_rd_of(raw.payload, "JUMBF, unpacked");
    JZ_TRY(read_begin(j, &rd, &b, err));
    if (b.kind != JZ_JUMBF_MANIFEST && b.kind != JZ_JUMBF_MANIFEST_OLD && b.kind != JZ_JUMBF_UPDATE)
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "JUMBF, unpacked: neither a standard nor an update "
                       "manifest");
    if (!jz_bytes_same(b.label, j->box[box].label))
        return JZ_FAIL(err, JZ_E_CORRUPT, "JUMBF, unpacked: a manifest of another label");
    JZ_TRY(read_children(j, &rd, box, 2, err));
    j->box[box].kind = b.kind;
    j->box[box].packed = true;
    return JZ_OK;
}

jz_status jz_jumbf_unpack(jz_jumbf *j, uint32_t box, jz_buf *bytes, jz_err *err)
{
    const uint8_t *base = j->base;
    const size_t n = j->n;
    const uint32_t first = j->box[box].first;
    jz_buf *grown = jz_grow(j->unpacked, j->n_unpacked, &j->size_unpacked, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    j->unpacked = grown;
    j->base = (const uint8_t *)bytes->ptr;
    const jz_status st = read_packed(j, box, jz_buf_bytes(bytes), err);
    j->base = base;
    if (st != JZ_OK) {
        j->n = n;
        j->box[box].first = first;
        return st;
    }
    grown[j->n_unpacked++] = *bytes;
    *bytes = (jz_buf){ 0 };
    return JZ_OK;
}

/* ---- questions ---- */

const jz_jumbf_box *jz_jumbf_at(const jz_jumbf *j, uint32_t i)
{
    return &j->box[i];
}

size_t jz_jumbf_count(const jz_jumbf *j)
{
    return j->n;
}

uint32_t jz_jumbf_child(const jz_jumbf *j, uint32_t parent, jz_bytes label)
{
    const jz_jumbf_box want = { .parent = parent, .label = label };
    size_t low = 0;
    size_t high = j->n_labels;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (compare_labels(&j->box[j->by_label[mid]], &want) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == j->n_labels || compare_labels(&j->box[j->by_label[low]], &want) != 0)
        return JZ_JUMBF_NONE;
    if (low + 1 < j->n_labels && compare_labels(&j->box[j->by_label[low + 1]], &want) == 0)
        return JZ_JUMBF_NONE; /* which of them? */
    return j->by_label[low];
}

uint32_t jz_jumbf_content(const jz_jumbf *j, uint32_t parent, uint32_t type)
{
    uint32_t i = j->box[parent].first;
    while (i != JZ_JUMBF_NONE && j->box[i].type != type)
        i = j->box[i].next;
    return i;
}

bool jz_jumbf_inside(const jz_jumbf *j, uint32_t box, uint32_t outer)
{
    while (box != JZ_JUMBF_NONE && box != outer)
        box = j->box[box].parent;
    return box == outer;
}

uint32_t jz_jumbf_resolve(const jz_jumbf *j, uint32_t base, jz_bytes uri)
{
    static const char prefix[] = "self#jumbf=";
    uint32_t at = base;
    if (!jz_bytes_begin(uri, prefix))
        return JZ_JUMBF_NONE;
    uri = (jz_bytes){ uri.ptr + sizeof prefix - 1, uri.len - (sizeof prefix - 1) };
    if (uri.len > 0 && uri.ptr[0] == '/') {
        static const char root[] = "/c2pa/";
        if (!jz_bytes_begin(uri, root) || !jz_bytes_are(j->box[0].label, "c2pa"))
            return JZ_JUMBF_NONE;
        uri = (jz_bytes){ uri.ptr + sizeof root - 1, uri.len - (sizeof root - 1) };
        at = 0;
    }
    while (at != JZ_JUMBF_NONE) {
        const uint8_t *slash = uri.len > 0 ? memchr(uri.ptr, '/', uri.len) : NULL;
        const size_t n = slash != NULL ? (size_t)(slash - uri.ptr) : uri.len;
        at = n > 0 ? jz_jumbf_child(j, at, (jz_bytes){ uri.ptr, n }) : JZ_JUMBF_NONE;
        if (slash == NULL)
            return at;
        uri = (jz_bytes){ slash + 1, uri.len - n - 1 };
    }
    return JZ_JUMBF_NONE;
}
