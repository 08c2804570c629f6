/* SPDX-License-Identifier: Apache-2.0 */
#include "label/label_blocks.h"

#include "base/alloc.h"

#include <string.h>

const jz_exif_tag jz_label_exif_tags[JZ_LABEL_EXIF_TAGS] = {
    JZ_EXIF_USER_COMMENT,
    JZ_EXIF_IMAGE_DESCRIPTION,
};

#define BLOCKS_MAX 256
#define BYTES_MAX                                                                                  \
    ((size_t)6 << 20) /* of all values together: memory does not grow with the file                \
                       */

void jz_label_blocks_done(jz_label_blocks *b)
{
    for (size_t i = 0; i < b->n; i++)
        jz_free(b->block[i].value);
    jz_free(b->block);
    *b = (jz_label_blocks){ 0 };
}

static bool is_own_key(jz_bytes key)
{
    return key.len == strlen(JZ_AIGC_KEY) && memcmp(key.ptr, JZ_AIGC_KEY, key.len) == 0;
}

static jz_status keep(void *user, const jz_meta *meta, jz_err *err)
{
    jz_label_blocks *all = user;
    if (all->n == BLOCKS_MAX) /* that many are an attack; what came so far is reported */
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d blocks of metadata", BLOCKS_MAX);
    jz_label_block *grown = jz_grow(all->block, all->n, &all->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    all->block = grown;
    jz_label_block *b = &grown[all->n];
    *b = (jz_label_block){ .kind = meta->kind,
                           .where = meta->where,
                           .at = meta->at,
                           .size = meta->size,
                           .passed = meta->passed,
                           .own_key = is_own_key(meta->key) };
    if (b->passed == JZ_OK && meta->value.len > BYTES_MAX - all->bytes)
        b->passed = JZ_E_LIMIT;
    if (b->passed == JZ_OK) {
        b->value = jz_strndup((const char *)meta->value.ptr, meta->value.len);
        if (b->value == NULL)
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
        b->len = meta->value.len;
        all->bytes += b->len;
    }
    all->n++;
    return JZ_OK;
}

/* What a file can do wrong, as against what the machine can. */
static bool is_damage(jz_status st)
{
    return st == JZ_E_CORRUPT || st == JZ_E_TRUNCATED || st == JZ_E_UNSUPPORTED || st == JZ_E_LIMIT;
}

static jz_status sniff(jz_label_blocks *b, jz_err *err)
{
    uint8_t head[JZ_SNIFF_BYTES];
    const size_t len = b->src.size < sizeof head ? (size_t)b->src.size : sizeof head;
    JZ_TRY(jz_source_get(&b->src, 0, head, len, err));
    const jz_bytes bytes = { head, len };
    const jz_format *f = jz_format_find(bytes);
    b->carrier = jz_carrier_find(f, bytes);
    b->format = f != NULL ? f->name : b->carrier != NULL ? b->carrier->format : NULL;
    return JZ_OK;
}

/* Why the file's blocks cannot be listed at all; JZ_OK = they can. */
static jz_status look(jz_label_blocks *b)
{
    if (b->src.size == 0)
        return JZ_FAIL(&b->damage, JZ_E_EMPTY, "a file of no bytes");
    if (b->format == NULL)
        return JZ_FAIL(&b->damage, JZ_E_NOT_MEDIA, "no format that is known here");
    if (b->carrier == NULL)
        return JZ_FAIL(&b->damage, JZ_E_UNSUPPORTED, "no place for labels is known in %s",
                       b->format);
    return JZ_OK;
}

static jz_status list(jz_label_blocks *b, jz_err *err)
{
    if (look(b) != JZ_OK)
        return JZ_OK;
    const jz_status st = b->carrier->list(&b->src, JZ_AIGC_KEY, keep, b, &b->damage);
    if (st == JZ_OK || is_damage(st))
        return JZ_OK;
    if (err != NULL)
        *err = b->damage;
    return st;
}

static void begin(jz_label_blocks *out)
{
    out->block = NULL;
    out->n = out->size = out->bytes = 0;
    out->damage = (jz_err){ 0 };
    out->format = NULL;
    out->carrier = NULL;
}

static jz_status read_source(jz_label_blocks *out, jz_err *err)
{
    JZ_TRY(sniff(out, err));
    const jz_status st = list(out, err);
    if (st != JZ_OK)
        jz_label_blocks_done(out);
    return st;
}

jz_status jz_label_blocks_read(int fd, jz_label_blocks *out, jz_err *err)
{
    begin(out);
    JZ_TRY(jz_source_of_fd(fd, &out->src, err));
    return read_source(out, err);
}

jz_status jz_label_blocks_read_bytes(jz_bytes file, jz_label_blocks *out, jz_err *err)
{
    begin(out);
    jz_source_of_bytes(file, &out->src);
    return read_source(out, err);
}
