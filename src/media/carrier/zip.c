/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in parentheses are clauses of the APPNOTE. */
#include "media/carrier/zip.h"

#include "media/carrier.h"
#include "media/deflate.h"

#include <inttypes.h>
#include <string.h>

#define LOCAL_BYTES 30
#define RECORD_BYTES 46
#define END_BYTES 22
#define COMMENT_MAX 65535
#define CHANGES_MAX 8
#define LOCAL_MAGIC 0x04034b50u
#define RECORD_MAGIC 0x02014b50u
#define DESCRIPTOR_MAGIC 0x08074b50u
#define IN_ZIP64 0xffffffffu

enum { FLAG_ENCRYPTED = 1 << 0, FLAG_DESCRIPTOR = 1 << 3, FLAG_STRONG = 1 << 6 };
enum { METHOD_STORED = 0, METHOD_DEFLATED = 8 };

/* A number of n bytes within a header that was read whole. */
static uint32_t le(const uint8_t *header, size_t at, size_t n)
{
    uint32_t v = 0;
    for (size_t i = n; i > 0; i--)
        v = v << 8 | header[at + i - 1];
    return v;
}

static void put_le(jz_buf *out, size_t n, uint32_t v)
{
    for (size_t i = 0; i < n; i++)
        jz_buf_putc(out, (char)(uint8_t)(v >> (8 * i)));
}

/* The end record's offset in the tail of a file: the last one whose comment ends with the file, or
 * else the last one that fits. */
static bool find_end(jz_bytes tail, size_t *out)
{
    bool found = false;
    for (size_t left = END_BYTES; left <= tail.len; left++) {
        const size_t at = tail.len - left;
        if (memcmp(tail.ptr + at, "PK\5\6", 4) != 0)
            continue;
        const size_t comment = le(tail.ptr, at + 20, 2);
        if (comment > left - END_BYTES)
            continue;
        if (!found || comment == left - END_BYTES)
            *out = at;
        found = true;
        if (comment == left - END_BYTES)
            break;
    }
    return found;
}

jz_status jz_zip_open(jz_source *src, jz_zip *out, jz_err *err)
{
    JZ_BUF_AUTO tail = { 0 };
    const uint64_t room = END_BYTES + COMMENT_MAX;
    const uint64_t n = src->size < room ? src->size : room;
    jz_span s = { src, src->size - n, src->size, "ZIP" };
    const uint64_t from = s.at;
    size_t at = 0;
    JZ_TRY(jz_span_read(&s, n, (size_t)room, &tail, err));
    const jz_bytes bytes = { (const uint8_t *)tail.ptr, tail.len };
    if (!find_end(bytes, &at))
        return JZ_FAIL(err, JZ_E_TRUNCATED, "ZIP: no end of central directory record");
    const uint8_t *end = bytes.ptr + at;
    if (le(end, 4, 2) != 0 || le(end, 6, 2) != 0 || le(end, 8, 2) != le(end, 10, 2))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ZIP on several disks");
    if (le(end, 10, 2) == UINT16_MAX || le(end, 12, 4) == IN_ZIP64 || le(end, 16, 4) == IN_ZIP64)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ZIP64");
    const jz_zip zip = { .src = src,
                         .directory = le(end, 16, 4),
                         .directory_size = le(end, 12, 4),
                         .end_record = from + at,
                         .members = (uint16_t)le(end, 10, 2) };
    if (zip.directory + zip.directory_size > zip.end_record)
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "ZIP: a directory of %" PRIu64 " bytes at offset %" PRIu64,
                       zip.directory_size, zip.directory);
    *out = zip;
    out->whole = zip.directory + zip.directory_size == zip.end_record &&
                 bytes.len - at == END_BYTES + le(end, 20, 2);
    return JZ_OK;
}

jz_status jz_zip_directory(const jz_zip *zip, jz_span *out, jz_err *err)
{
    jz_span all = jz_span_all(zip->src, "ZIP");
    JZ_TRY(jz_span_skip(&all, zip->directory, err));
    return jz_span_sub(&all, zip->directory_size, "ZIP directory", out, err);
}

jz_status jz_zip_next(jz_span *directory, jz_zip_member *out, jz_err *err)
{
    uint8_t h[RECORD_BYTES];
    jz_zip_member m = { .record = directory->at };
    JZ_TRY(jz_span_get(directory, h, sizeof h, err));
    if (le(h, 0, 4) != RECORD_MAGIC)
        return JZ_FAIL(err, JZ_E_CORRUPT, "ZIP: no directory record at offset %" PRIu64, m.record);
    const size_t name = le(h, 28, 2);
    m.long_name = name >= sizeof m.name;
    const size_t kept = m.long_name ? sizeof m.name - 1 : name;
    JZ_TRY(jz_span_get(directory, m.name, kept, err));
    JZ_TRY(jz_span_skip(directory, name - kept + le(h, 30, 2) + le(h, 32, 2), err));
    m.record_end = directory->at;
    m.flags = (uint16_t)le(h, 8, 2);
    m.method = (uint16_t)le(h, 10, 2);
    m.crc = le(h, 16, 4);
    m.packed = le(h, 20, 4);
    m.size = le(h, 24, 4);
    m.local = le(h, 42, 4);
    *out = m;
    return JZ_OK;
}

jz_status jz_zip_data(const jz_zip *zip, const jz_zip_member *m, jz_span *out, jz_err *err)
{
    uint8_t h[LOCAL_BYTES];
    jz_span s = { zip->src, 0, zip->directory, "ZIP member" };
    if (m->local == IN_ZIP64 || m->packed == IN_ZIP64 || m->size == IN_ZIP64)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ZIP64 member %s", m->name);
    JZ_TRY(jz_span_skip(&s, m->local, err));
    JZ_TRY(jz_span_get(&s, h, sizeof h, err));
    if (le(h, 0, 4) != LOCAL_MAGIC)
        return JZ_FAIL(err, JZ_E_CORRUPT, "ZIP: no member at offset %u", m->local);
    JZ_TRY(jz_span_skip(&s, le(h, 26, 2) + le(h, 28, 2), err));
    return jz_span_sub(&s, m->packed, "ZIP member", out, err);
}

/* Its length (4.3.9): with or without a magic number, which the first CRC may look like. */
static jz_status descriptor_size(const jz_zip *zip, const jz_zip_member *m, uint64_t at,
                                 uint64_t *out, jz_err *err)
{
    uint8_t d[16];
    jz_span s = { zip->src, at, zip->directory, "ZIP data descriptor" };
    JZ_TRY(jz_span_get(&s, d, 12, err));
    const bool bare = le(d, 0, 4) == m->crc && le(d, 4, 4) == m->packed && le(d, 8, 4) == m->size;
    *out = 12;
    if (bare)
        return JZ_OK;
    JZ_TRY(jz_span_get(&s, d + 12, 4, err));
    *out = 16;
    if (le(d, 0, 4) != DESCRIPTOR_MAGIC || le(d, 4, 4) != m->crc || le(d, 8, 4) != m->packed ||
        le(d, 12, 4) != m->size)
        return JZ_FAIL(err, JZ_E_CORRUPT, "ZIP: the data descriptor at offset %" PRIu64, at);
    return JZ_OK;
}

jz_status jz_zip_extent(const jz_zip *zip, const jz_zip_member *m, jz_span *data, uint64_t *end,
                        jz_err *err)
{
    uint64_t descriptor = 0;
    JZ_TRY(jz_zip_data(zip, m, data, err));
    if ((m->flags & FLAG_DESCRIPTOR) != 0)
        JZ_TRY(descriptor_size(zip, m, data->end, &descriptor, err));
    *end = data->end + descriptor;
    return JZ_OK;
}

jz_status jz_zip_read(const jz_zip *zip, const jz_zip_member *m, size_t max, jz_buf *out,
                      jz_err *err)
{
    JZ_BUF_AUTO packed = { 0 };
    jz_span data;
    const size_t before = out->len;
    if ((m->flags & (FLAG_ENCRYPTED | FLAG_STRONG)) != 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ZIP member %s is encrypted", m->name);
    if (m->method != METHOD_STORED && m->method != METHOD_DEFLATED)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ZIP member %s: method %u", m->name, m->method);
    JZ_TRY(jz_zip_data(zip, m, &data, err));
    jz_buf_puts(out, "");
    JZ_TRY(jz_span_read(&data, m->packed, max, m->method == METHOD_STORED ? out : &packed, err));
    const jz_bytes in = { (const uint8_t *)packed.ptr, packed.len };
    if (m->method == METHOD_DEFLATED)
        JZ_TRY(jz_inflate(JZ_DEFLATE_RAW, in, max, out, err));
    if (out->len - before == m->size && jz_crc32(0, out->ptr + before, m->size) == m->crc)
        return JZ_OK;
    out->len = before;
    return JZ_FAIL(err, JZ_E_CORRUPT, "ZIP member %s does not have its CRC", m->name);
}

/* Where a change goes. */
typedef struct place {
    uint64_t at;  /* of the old file: the member whose place it takes */
    uint64_t end; /* == at where it is new */
    uint32_t packed;
    uint64_t size; /* in the new file */
} place;

typedef struct plan {
    const jz_zip *zip;
    const jz_zip_change *changes;
    size_t n;
    place places[CHANGES_MAX];
    jz_splices *out;
} plan;

/* The fields that a local header and a directory record share, from the version needed to the
 * length of the extra field: a deflated member from the first second of 1980. */
static void put_common(const jz_zip_change *c, uint32_t packed, jz_buf *out)
{
    put_le(out, 2, 20);
    put_le(out, 2, 0);
    put_le(out, 2, METHOD_DEFLATED);
    put_le(out, 2, 0);
    put_le(out, 2, 0x21);
    put_le(out, 4, jz_crc32(0, c->text.ptr, c->text.len));
    put_le(out, 4, packed);
    put_le(out, 4, (uint32_t)c->text.len);
    put_le(out, 2, (uint32_t)strlen(c->name));
    put_le(out, 2, 0);
}

/* The member itself: a local header (4.3.7) and its data. */
static jz_status plan_member(plan *p, size_t i, jz_err *err)
{
    const jz_zip_change *c = &p->changes[i];
    place *to = &p->places[i];
    JZ_BUF_AUTO packed = { 0 };
    JZ_BUF_AUTO member = { 0 };
    jz_span data;
    to->at = to->end = p->zip->directory;
    if (c->old != NULL) {
        to->at = c->old->local;
        JZ_TRY(jz_zip_extent(p->zip, c->old, &data, &to->end, err));
    }
    JZ_TRY(jz_deflate(JZ_DEFLATE_RAW, c->text, &packed, err));
    to->packed = (uint32_t)packed.len;
    put_le(&member, 4, LOCAL_MAGIC);
    put_common(c, to->packed, &member);
    jz_buf_puts(&member, c->name);
    jz_buf_put(&member, packed.ptr, packed.len);
    JZ_TRY(jz_buf_check(&member, err));
    to->size = member.len;
    return jz_splices_add(p->out, to->at, to->end - to->at, jz_buf_bytes(&member), err);
}

static jz_status check_offset(uint64_t at, jz_err *err)
{
    if (at >= IN_ZIP64)
        return JZ_FAIL(err, JZ_E_LIMIT, "ZIP: a member at offset %" PRIu64 " needs ZIP64", at);
    return JZ_OK;
}

/* Its record (4.3.12), for a member at an offset of the new file. */
static jz_status plan_record(plan *p, size_t i, uint64_t member_at, jz_err *err)
{
    const jz_zip_change *c = &p->changes[i];
    const uint64_t at = c->old != NULL ? c->old->record : p->zip->end_record;
    const uint64_t end = c->old != NULL ? c->old->record_end : at;
    JZ_BUF_AUTO record = { 0 };
    JZ_TRY(check_offset(member_at, err));
    put_le(&record, 4, RECORD_MAGIC);
    put_le(&record, 2, 20); /* made by version 2.0 on MS-DOS: no attributes */
    put_common(c, p->places[i].packed, &record);
    put_le(&record, 4, 0); /* no comment, disk 0 */
    put_le(&record, 2, 0);
    put_le(&record, 4, 0);
    put_le(&record, 4, (uint32_t)member_at);
    jz_buf_puts(&record, c->name);
    JZ_TRY(jz_buf_check(&record, err));
    return jz_splices_add(p->out, at, end - at, jz_buf_bytes(&record), err);
}

/* The records of the changes, once the splices of all members are there. */
static jz_status plan_records(plan *p, jz_err *err)
{
    uint64_t next = jz_splices_moved(p->out, p->zip->directory);
    for (size_t i = 0; i < p->n; i++)
        next -= p->changes[i].old == NULL ? p->places[i].size : 0;
    for (size_t i = 0; i < p->n; i++) {
        const bool old = p->changes[i].old != NULL;
        const uint64_t at = old ? jz_splices_moved(p->out, p->places[i].at) : next;
        JZ_TRY(plan_record(p, i, at, err));
        next += old ? 0 : p->places[i].size;
    }
    return JZ_OK;
}

static bool is_changed(const plan *p, const jz_zip_member *m)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->changes[i].old != NULL && p->changes[i].old->record == m->record)
            return true;
    }
    return false;
}

/* A member that stays: apart from those that go, and its offset in the directory. */
static jz_status plan_kept(plan *p, const jz_zip_member *m, jz_err *err)
{
    jz_span data;
    uint64_t end;
    JZ_BUF_AUTO offset = { 0 };
    JZ_TRY(jz_zip_extent(p->zip, m, &data, &end, err));
    for (size_t i = 0; i < p->n; i++) {
        if (p->places[i].at < end && m->local < p->places[i].end)
            return JZ_FAIL(err, JZ_E_CORRUPT, "ZIP: members %s and %s overlap", m->name,
                           p->changes[i].name);
    }
    const uint64_t moved = jz_splices_moved(p->out, m->local);
    if (moved == m->local)
        return JZ_OK;
    JZ_TRY(check_offset(moved, err));
    put_le(&offset, 4, (uint32_t)moved);
    JZ_TRY(jz_buf_check(&offset, err));
    return jz_splices_add(p->out, m->record + 42, 4, jz_buf_bytes(&offset), err);
}

/* Counts, size and offset of the directory (4.3.16). */
static jz_status plan_end(plan *p, uint64_t members, jz_err *err)
{
    JZ_BUF_AUTO fields = { 0 };
    const uint64_t directory = jz_splices_moved(p->out, p->zip->directory);
    const uint64_t end = jz_splices_moved(p->out, p->zip->end_record);
    JZ_TRY(check_offset(end, err));
    if (members >= UINT16_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "ZIP: %" PRIu64 " members need ZIP64", members);
    put_le(&fields, 2, (uint32_t)members);
    put_le(&fields, 2, (uint32_t)members);
    put_le(&fields, 4, (uint32_t)(end - directory));
    put_le(&fields, 4, (uint32_t)directory);
    JZ_TRY(jz_buf_check(&fields, err));
    return jz_splices_add(p->out, p->zip->end_record + 8, 12, jz_buf_bytes(&fields), err);
}

jz_status jz_zip_plan(const jz_zip *zip, const jz_zip_change *changes, size_t n, jz_splices *out,
                      jz_err *err)
{
    plan p = { .zip = zip, .changes = changes, .n = n, .out = out };
    jz_span directory;
    uint64_t members = zip->members;
    if (!zip->whole)
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "ZIP: other data between or behind its directory and end");
    if (n > CHANGES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu changes of a ZIP file, limit %d", n, CHANGES_MAX);
    for (size_t i = 0; i < n; i++) {
        JZ_TRY(plan_member(&p, i, err));
        members += changes[i].old == NULL;
    }
    JZ_TRY(plan_records(&p, err));
    JZ_TRY(jz_zip_directory(zip, &directory, err));
    for (unsigned i = 0; i < zip->members; i++) {
        jz_zip_member m;
        JZ_TRY(jz_zip_next(&directory, &m, err));
        if (!is_changed(&p, &m))
            JZ_TRY(plan_kept(&p, &m, err));
    }
    if (jz_span_left(&directory) > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "ZIP: %" PRIu64 " bytes behind the last record",
                       jz_span_left(&directory));
    return plan_end(&p, members, err);
}
