/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/flatbuf.h"

#include "base/rd.h"

#include <string.h>

/* A cursor at an offset of the file. */
static jz_status cursor(jz_bytes file, uint64_t at, jz_rd *rd, jz_err *err)
{
    *rd = jz_rd_of(file, "FlatBuffer");
    return jz_rd_skip(rd, at, err);
}

static jz_status read_u32(jz_bytes file, uint64_t at, uint32_t *out, jz_err *err)
{
    jz_rd rd;
    JZ_TRY(cursor(file, at, &rd, err));
    return jz_rd_u32le(&rd, out, err);
}

/* Where the offset that stands at `at` leads to: always forwards. */
static jz_status follow(jz_bytes file, uint64_t at, uint32_t *to, jz_err *err)
{
    uint32_t offset;
    JZ_TRY(read_u32(file, at, &offset, err));
    if (offset < 4 || at + offset > file.len)
        return JZ_FAIL(err, JZ_E_CORRUPT, "FlatBuffer: offset %u at %llu of %zu bytes", offset,
                       (unsigned long long)at, file.len);
    *to = (uint32_t)(at + offset);
    return JZ_OK;
}

static jz_status open_table(jz_bytes file, uint32_t at, jz_fb_table *out, jz_err *err)
{
    uint32_t back;
    JZ_TRY(read_u32(file, at, &back, err));
    const int64_t vtable = (int64_t)at - (int32_t)back;
    if (vtable < 0 || vtable > (int64_t)file.len)
        return JZ_FAIL(err, JZ_E_CORRUPT, "FlatBuffer: the table at %u has its fields at %lld", at,
                       (long long)vtable);
    jz_rd rd;
    uint16_t vtable_size, size;
    JZ_TRY(cursor(file, (uint64_t)vtable, &rd, err));
    JZ_TRY(jz_rd_u16le(&rd, &vtable_size, err));
    JZ_TRY(jz_rd_u16le(&rd, &size, err));
    if (vtable_size < 4 || vtable_size % 2 != 0 || size < 4)
        return JZ_FAIL(err, JZ_E_CORRUPT, "FlatBuffer: a table of %u bytes with %u of fields", size,
                       vtable_size);
    JZ_TRY(jz_rd_skip(&rd, vtable_size - 4u, err));
    JZ_TRY(cursor(file, (uint64_t)at + size, &rd, err));
    *out = (jz_fb_table){ file, at, (uint32_t)vtable, vtable_size, size };
    return JZ_OK;
}

jz_status jz_fb_root(jz_bytes file, const char *identifier, jz_fb_table *out, jz_err *err)
{
    uint32_t at;
    if (file.len > INT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a FlatBuffer of %zu bytes", file.len);
    if (file.len < 8 || memcmp(file.ptr + 4, identifier, 4) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no FlatBuffer with the identifier %s", identifier);
    JZ_TRY(follow(file, 0, &at, err));
    return open_table(file, at, out, err);
}

/* Where a field stands that has `size` bytes; 0 where it has its default. */
static jz_status find(const jz_fb_table *t, unsigned field, unsigned size, uint32_t *at,
                      jz_err *err)
{
    const uint32_t entry = 4 + 2 * field;
    uint16_t offset = 0;
    if (entry + 2 <= t->vtable_size) {
        jz_rd rd;
        JZ_TRY(cursor(t->file, (uint64_t)t->vtable + entry, &rd, err));
        JZ_TRY(jz_rd_u16le(&rd, &offset, err));
    }
    if (offset != 0 && (offset < 4 || offset + size > t->size))
        return JZ_FAIL(err, JZ_E_CORRUPT, "FlatBuffer: field %u at byte %u of a table of %u", field,
                       offset, t->size);
    *at = offset != 0 ? t->at + offset : 0;
    return JZ_OK;
}

jz_status jz_fb_u8(const jz_fb_table *t, unsigned field, uint8_t otherwise, uint8_t *out,
                   jz_err *err)
{
    uint32_t at;
    JZ_TRY(find(t, field, 1, &at, err));
    *out = at != 0 ? t->file.ptr[at] : otherwise;
    return JZ_OK;
}

jz_status jz_fb_u32(const jz_fb_table *t, unsigned field, uint32_t otherwise, uint32_t *out,
                    jz_err *err)
{
    uint32_t at;
    JZ_TRY(find(t, field, 4, &at, err));
    if (at != 0)
        return read_u32(t->file, at, out, err);
    *out = otherwise;
    return JZ_OK;
}

jz_status jz_fb_table_of(const jz_fb_table *t, unsigned field, jz_fb_table *out, jz_err *err)
{
    uint32_t at, to;
    JZ_TRY(find(t, field, 4, &at, err));
    if (at == 0) {
        *out = (jz_fb_table){ .file = t->file };
        return JZ_OK;
    }
    JZ_TRY(follow(t->file, at, &to, err));
    return open_table(t->file, to, out, err);
}

jz_status jz_fb_vector_of(const jz_fb_table *t, unsigned field, unsigned element_size,
                          jz_fb_vector *out, jz_err *err)
{
    uint32_t at, to, n;
    JZ_TRY(find(t, field, 4, &at, err));
    if (at == 0) {
        *out = (jz_fb_vector){ .file = t->file };
        return JZ_OK;
    }
    JZ_TRY(follow(t->file, at, &to, err));
    JZ_TRY(read_u32(t->file, to, &n, err));
    if (n > (t->file.len - to - 4) / element_size)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "FlatBuffer: a vector of %u x %u bytes at %u of %zu", n,
                       element_size, to, t->file.len);
    *out = (jz_fb_vector){ t->file, to + 4, n };
    return JZ_OK;
}

uint32_t jz_fb_u32_at(const jz_fb_vector *v, uint32_t i)
{
    const uint8_t *p = v->file.ptr + v->at + 4 * (size_t)i;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

jz_status jz_fb_table_at(const jz_fb_vector *v, uint32_t i, jz_fb_table *out, jz_err *err)
{
    uint32_t to;
    JZ_TRY(follow(v->file, v->at + 4 * (uint64_t)i, &to, err));
    return open_table(v->file, to, out, err);
}
