/* SPDX-License-Identifier: Apache-2.0 */
/* What all formats share: names of types, hex digits, numbers. */
#include "bank/import.h"

#include "bank/banks.h"
#include "base/alloc.h"
#include "base/hex.h"
#include "base/json.h"

#include <string.h>
#include <strings.h>

/* What exchanges call the classes; case does not matter. Source: python-threatexchange's signal
 * types, ThreatExchange's and StopNCII's API. */
static const struct {
    const char *type;
    const char *cls;
} types[] = {
    { "pdq", "pdq" },
    { "hash_pdq", "pdq" },
    { "ImagePDQ", "pdq" },
    { "pdq_full", "pdq_full" },
    { "vpdq", "vpdq" },
    { "md5", "md5" },
    { "hash_md5", "md5" },
    { "video_md5", "md5" },
    { "hash_video_md5", "md5" },
    { "VideoMD5", "md5" },
    { "sha256", "sha256" },
    { "hash_sha256", "sha256" },
    { "video_sha256", "sha256" },
    { "hash_video_sha256", "sha256" },
    { "sm3", "sm3" },
    { "hash_sm3", "sm3" },
};

/* The class that an exchange calls this; NULL = none. */
static const jz_hash_class *class_named(jz_bytes type)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(types); i++)
        if (strlen(types[i].type) == type.len &&
            strncasecmp(types[i].type, (const char *)type.ptr, type.len) == 0)
            return jz_hash_class_find(types[i].cls);
    return NULL;
}

void jz_row_reset(jz_row *row)
{
    *row = (jz_row){ .signal = row->signal, .size = row->size };
}

void jz_row_done(jz_row *row)
{
    jz_free(row->signal);
    *row = (jz_row){ 0 };
}

/* So much of a hostile value as belongs into a message. */
static int shown(jz_bytes text)
{
    return text.len < 40 ? (int)text.len : 40;
}

jz_status jz_row_status(jz_row *row, jz_bytes name, jz_err *err)
{
    static const jz_entry_status all[] = { JZ_ENTRY_SEED, JZ_ENTRY_CONFIRMED, JZ_ENTRY_DISABLED,
                                           JZ_ENTRY_WITHDRAWN };
    for (size_t i = 0; i < JZ_ARRAY_LEN(all); i++) {
        const char *known = jz_entry_status_name(all[i]);
        if (strlen(known) != name.len || strncasecmp(known, (const char *)name.ptr, name.len) != 0)
            continue;
        row->status = all[i];
        row->has_status = true;
        return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_CORRUPT,
                   "status '%.*s' is none of seed, confirmed, disabled, withdrawn", shown(name),
                   (const char *)name.ptr);
}

static jz_status append(jz_row *row, const jz_signal *s, jz_err *err)
{
    if (row->n >= JZ_BANK_MAX_SIGNALS)
        return JZ_FAIL(err, JZ_E_LIMIT, "an entry of more than %d hashes", JZ_BANK_MAX_SIGNALS);
    jz_signal *more = jz_grow(row->signal, row->n, &row->size, sizeof *more);
    if (more == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %zu hashes", row->n + 1);
    row->signal = more;
    row->signal[row->n++] = *s;
    return JZ_OK;
}

jz_status jz_row_append(jz_row *row, const jz_signal *s, jz_err *err)
{
    if (!jz_signal_is_weak(s))
        return append(row, s, err);
    row->weak++;
    row->quality = s->quality;
    return JZ_OK;
}

static const jz_hash_class *class_by_length(size_t digits)
{
    return digits == 2 * JZ_MD5_SIZE   ? jz_hash_class_find("md5")
           : digits == 2 * JZ_PDQ_SIZE ? jz_hash_class_find("pdq")
                                       : NULL;
}

jz_status jz_row_signal(jz_row *row, const jz_hash_class *cls, jz_bytes type, jz_bytes hash,
                        const jz_signal *meta, jz_err *err)
{
    jz_signal s = *meta;
    s.cls = type.len > 0 ? class_named(type) : cls != NULL ? cls : class_by_length(hash.len);
    if (s.cls == NULL && type.len > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "unknown type '%.*s'", shown(type),
                       (const char *)type.ptr);
    if (s.cls == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "'%.*s' is no hash: 32 or 64 hex digits are wanted",
                       shown(hash), (const char *)hash.ptr);
    if (!jz_hex_decode((const char *)hash.ptr, hash.len, s.digest, s.cls->digest_size))
        return JZ_FAIL(err, JZ_E_CORRUPT, "'%.*s' is no %s hash: %zu hex digits are wanted",
                       shown(hash), (const char *)hash.ptr, s.cls->name, 2 * s.cls->digest_size);
    return jz_row_append(row, &s, err);
}

jz_status jz_import_check_text(jz_bytes text, jz_err *err)
{
    if (memchr(text.ptr, '\0', text.len) != NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "holds a NUL byte");
    if (!jz_utf8_valid((const char *)text.ptr, text.len))
        return JZ_FAIL(err, JZ_E_CORRUPT, "is not UTF-8");
    return JZ_OK;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

jz_bytes jz_import_trim(jz_bytes text)
{
    while (text.len > 0 && is_blank(text.ptr[0]))
        text = (jz_bytes){ text.ptr + 1, text.len - 1 };
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

bool jz_import_number(jz_bytes text, int64_t max, int64_t *out)
{
    int64_t v = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, text.ptr[i] - '0', &v))
            return false;
    }
    if (text.len == 0 || v > max)
        return false;
    *out = v;
    return true;
}
