/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/mp4_blocks.h"

#include "base/rd.h"

#include <stdio.h>
#include <string.h>

/* XMP part 3, 1.1.5 */
const uint8_t jz_xmp_uuid[16] = { 0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8,
                                  0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac };

void jz_mp4_walk_init(jz_mp4_walk *m, jz_source *src, const char *key, bool tolerant)
{
    *m = (jz_mp4_walk){ .key = key };
    jz_box_walk_init(&m->w, src, tolerant);
}

/* The first box of a type in content; *found. */
static jz_status find_child(jz_span content, const char *type, jz_box *out, bool *found,
                            jz_err *err)
{
    for (*found = false; !*found;) {
        bool more;
        JZ_TRY(jz_box_next(&content, out, &more, err));
        if (!more)
            break;
        *found = jz_box_is(out, type);
    }
    return JZ_OK;
}

static jz_status keep_key(jz_mp4_walk *m, jz_span entry, uint32_t index, jz_err *err)
{
    jz_mp4_keys *k = &m->keys;
    jz_mp4_key key = { .index = index, .len = (size_t)jz_span_left(&entry) };
    if (jz_span_left(&entry) >= sizeof key.name || k->n == JZ_MP4_KEYS)
        return JZ_OK;
    JZ_TRY(jz_span_get(&entry, key.name, key.len, err));
    if (!jz_meta_has_key((jz_bytes){ (const uint8_t *)key.name, key.len }, m->key))
        return JZ_OK;
    if (k->home && m->key_index == 0 && strcmp(key.name, m->key) == 0)
        m->key_index = index;
    k->key[k->n++] = key;
    return JZ_OK;
}

/* QuickTime File Format, metadata item keys atom: entries of size, namespace, name. */
static jz_status read_keys(jz_mp4_walk *m, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    jz_mp4_keys *k = &m->keys;
    jz_span s = k->box.body;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    JZ_TRY(jz_span_u32be(&s, &k->count, err));
    for (uint32_t i = 1; i <= k->count; i++) { /* each reads 8 bytes at least */
        uint32_t size;
        jz_span entry;
        JZ_TRY(jz_span_u32be(&s, &size, err));
        JZ_TRY(jz_span_skip(&s, 4, err));
        if (size < 8)
            return JZ_FAIL(err, JZ_E_CORRUPT, "keys: an entry of %u bytes", size);
        JZ_TRY(jz_span_sub(&s, size - 8, "key", &entry, err));
        JZ_TRY(keep_key(m, entry, i, err));
    }
    k->end = s.at;
    return JZ_OK;
}

/* Where a box can be added to those in content: behind the last, or in front of one without a size,
 * which would swallow it. */
static jz_status list_end(jz_span content, uint64_t *out, jz_err *err)
{
    for (bool more = true; more;) {
        jz_box b = { 0 };
        JZ_TRY(jz_box_next(&content, &b, &more, err));
        if (more && b.open) {
            *out = b.at;
            return JZ_OK;
        }
    }
    *out = content.at;
    return JZ_OK;
}

/* Keeps the present box as the place of its kind, unless there is one already. */
static jz_status keep_place(const jz_mp4_walk *m, jz_span content, jz_mp4_place *out, jz_err *err)
{
    if (out->depth > 0)
        return JZ_OK;
    JZ_TRY(list_end(content, &out->end, err));
    memcpy(out->path, m->w.path, m->w.depth * sizeof *out->path);
    out->depth = m->w.depth;
    return JZ_OK;
}

static jz_status enter_meta(jz_mp4_walk *m, jz_err *err)
{
    jz_span content;
    jz_box hdlr;
    bool has_hdlr;
    uint8_t type[4] = { 0 };
    const bool home = jz_box_walk_is(&m->w, "moov/udta/meta");
    JZ_TRY(jz_box_meta(jz_box_walk_box(&m->w), &content, err));
    JZ_TRY(find_child(content, "hdlr", &hdlr, &has_hdlr, err));
    if (has_hdlr) {
        JZ_TRY(jz_span_skip(&hdlr.body, 8, err));
        JZ_TRY(jz_span_get(&hdlr.body, type, sizeof type, err));
    }
    m->keys = (jz_mp4_keys){ .depth = m->w.depth, .mdta = memcmp(type, "mdta", 4) == 0 };
    m->keys.home = home && m->keys.mdta && m->meta.depth == 0;
    JZ_TRY(find_child(content, "keys", &m->keys.box, &m->keys.has_keys, err));
    if (m->keys.home)
        JZ_TRY(keep_place(m, content, &m->meta, err));
    if (m->keys.has_keys)
        JZ_TRY(read_keys(m, err));
    if (m->keys.home)
        m->key_count = m->keys.count;
    return jz_box_walk_enter(&m->w, content, err);
}

/* Whether the walk is in the list of the meta box at hand, n boxes below it. */
static bool in_list(const jz_mp4_walk *m, size_t n)
{
    return m->keys.depth > 0 && m->w.depth == m->keys.depth + n &&
           jz_box_is(&m->w.path[m->keys.depth], "ilst");
}

/* "----": mean, name, data; the name is the key. */
static jz_status freeform_key(const jz_mp4_walk *m, char *key, size_t size, bool *is, jz_err *err)
{
    jz_box name;
    char text[JZ_MP4_NAME] = { 0 };
    JZ_TRY(find_child(jz_box_walk_box(&m->w)->body, "name", &name, is, err));
    if (*is && jz_span_left(&name.body) >= 4) {
        JZ_TRY(jz_span_skip(&name.body, 4, err));
        const uint64_t left = jz_span_left(&name.body);
        JZ_TRY(jz_span_get(&name.body, text, left < sizeof text ? (size_t)left : sizeof text - 1,
                           err));
    }
    *is = jz_meta_has_key(jz_bytes_of_text(text), m->key);
    (void)snprintf(key, size, "---- %s", text); /* fits */
    return JZ_OK;
}

/* The number of its key, in a list that has keys. */
static uint32_t index_of_item(const jz_mp4_walk *m)
{
    const uint8_t *t = (const uint8_t *)jz_box_walk_box(&m->w)->type;
    return (uint32_t)t[0] << 24 | (uint32_t)t[1] << 16 | (uint32_t)t[2] << 8 | t[3];
}

static const jz_mp4_key *key_of_item(const jz_mp4_walk *m)
{
    const uint32_t index = index_of_item(m);
    for (size_t i = 0; m->keys.mdta && i < m->keys.n; i++) {
        if (m->keys.key[i].index == index)
            return &m->keys.key[i];
    }
    return NULL;
}

/* A text in a list without keys is a block where it is a JSON object: some write one so, without a
 * name. */
static jz_status is_object(jz_span value, bool *out, jz_err *err)
{
    uint8_t first = 0;
    if (jz_span_left(&value) > 0)
        JZ_TRY(jz_span_u8(&value, &first, err));
    *out = first == '{';
    return JZ_OK;
}

/* The present box is an item of a list: its data boxes are blocks where the key says so. */
static jz_status read_item(jz_mp4_walk *m, jz_mp4_block *out, bool *found, jz_err *err)
{
    jz_box data;
    uint32_t locale;
    const jz_box *item = jz_box_walk_box(&m->w);
    const jz_mp4_key *key = key_of_item(m);
    bool freeform = false;
    if (m->keys.home && index_of_item(m) == m->keys.count + 1)
        m->next_taken = true;
    *out = (jz_mp4_block){ .kind = JZ_META_TEXT, .where = "moov/udta/meta" };
    if (jz_box_is(item, "----"))
        JZ_TRY(freeform_key(m, out->key, sizeof out->key, &freeform, err));
    const bool unnamed = !m->keys.mdta && !freeform;
    if (key != NULL)
        (void)snprintf(out->key, sizeof out->key, "%s%s", m->keys.home ? "" : "meta ", key->name);
    else if (unnamed)
        (void)snprintf(out->key, sizeof out->key, "%.4s %s", item->type, m->key);
    else if (!freeform)
        return JZ_OK;
    JZ_TRY(find_child(item->body, "data", &data, found, err));
    if (!*found)
        return JZ_OK;
    *found = false;
    JZ_TRY(jz_span_u32be(&data.body, &out->type, err));
    JZ_TRY(jz_span_u32be(&data.body, &locale, err));
    out->value = data.body;
    if (out->type != 1 && out->type != 2)
        return JZ_OK;
    *found = true;
    if (unnamed)
        JZ_TRY(is_object(data.body, found, err));
    if (!m->keys.home)
        out->where = "a list of metadata that is not moov/udta/meta";
    out->item = m->w.depth - 1;
    m->w.path[m->w.depth] = data; /* the walk does not go there by itself */
    out->around = m->w.depth + 1;
    return JZ_OK;
}

static jz_status read_uuid(jz_mp4_walk *m, jz_mp4_block *out, bool *found, jz_err *err)
{
    uint8_t id[16];
    jz_span s = jz_box_walk_box(&m->w)->body;
    if (jz_span_left(&s) < sizeof id)
        return JZ_OK;
    JZ_TRY(jz_span_get(&s, id, sizeof id, err));
    *found = memcmp(id, jz_xmp_uuid, sizeof id) == 0;
    *out = (jz_mp4_block){ .kind = JZ_META_XMP,
                           .where = m->w.depth == 1 ? "uuid XMP" : "moov/uuid XMP",
                           .value = s,
                           .around = m->w.depth,
                           .item = m->w.depth - 1 };
    return JZ_OK;
}

static jz_status enter_moov(jz_mp4_walk *m, jz_err *err)
{
    const jz_span content = jz_box_walk_box(&m->w)->body;
    JZ_TRY(keep_place(m, content, &m->moov, err));
    return jz_box_walk_enter(&m->w, content, err);
}

static jz_status enter_udta(jz_mp4_walk *m, jz_err *err)
{
    const jz_span content = jz_box_walk_box(&m->w)->body;
    if (jz_box_walk_is(&m->w, "moov/udta"))
        JZ_TRY(keep_place(m, content, &m->udta, err));
    return jz_box_walk_enter(&m->w, content, err);
}

static jz_status visit(jz_mp4_walk *m, jz_mp4_block *out, bool *found, jz_err *err)
{
    const jz_box *b = jz_box_walk_box(&m->w);
    if (m->w.depth == 1) {
        m->last = *b;
        if (!jz_box_is(b, "mfra")) /* must stay the last */
            m->tail = b->end;
    }
    if (m->keys.depth >= m->w.depth)
        m->keys = (jz_mp4_keys){ 0 };
    if (jz_box_is(b, "uuid") && (m->w.depth == 1 || jz_box_walk_is(&m->w, "moov/uuid")))
        return read_uuid(m, out, found, err);
    if (jz_box_walk_is(&m->w, "moov/udta/XMP_")) {
        *out = (jz_mp4_block){ JZ_META_XMP, "moov/udta/XMP_", "", b->body, 0, 3, 2 };
        *found = true;
        return JZ_OK;
    }
    if (jz_box_walk_is(&m->w, "moov"))
        return enter_moov(m, err);
    if (jz_box_walk_is(&m->w, "moov/trak"))
        return jz_box_walk_enter(&m->w, b->body, err);
    if (jz_box_walk_is(&m->w, "moov/udta") || jz_box_walk_is(&m->w, "moov/trak/udta"))
        return enter_udta(m, err);
    if (jz_box_is(b, "meta") && m->w.depth <= 4 && m->keys.depth == 0)
        return enter_meta(m, err);
    if (in_list(m, 1)) {
        if (m->keys.home)
            JZ_TRY(keep_place(m, b->body, &m->list, err));
        return jz_box_walk_enter(&m->w, b->body, err);
    }
    if (m->keys.home && m->keys.has_keys && m->w.depth == m->keys.depth + 1 &&
        b->at == m->keys.box.at) {
        memcpy(m->key_box.path, m->w.path, m->w.depth * sizeof *m->key_box.path);
        m->key_box.depth = m->w.depth;
        m->key_box.end = m->keys.end;
    }
    return in_list(m, 2) ? read_item(m, out, found, err) : JZ_OK;
}

jz_status jz_mp4_walk_next(jz_mp4_walk *m, jz_mp4_block *out, bool *more, jz_err *err)
{
    for (bool found = false; !found;) {
        JZ_TRY(jz_box_walk_next(&m->w, more, err));
        if (!*more)
            return JZ_OK;
        JZ_TRY(visit(m, out, &found, err));
    }
    return JZ_OK;
}
