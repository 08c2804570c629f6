/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/soft_binding.h"

#include <jz/examine.h>

#include <string.h>

#define FITS_BITS 31 /* of 256: as far as PDQ's authors let two hashes be of one picture */

jz_status jz_soft_open(const char *mark_keys, jz_soft_tools *out, jz_err *err)
{
    JZ_TRY(jz_sandbox_open(NULL, NULL, &out->sandbox, err));
    JZ_TRY(jz_decoder_new(out->sandbox, &out->decoder, err));
    if (mark_keys != NULL)
        JZ_TRY_CTX(jz_watermark_keys_open(mark_keys, &out->keys, err), err, "--mark-keys");
    return JZ_OK;
}

void jz_soft_done(jz_soft_tools *t)
{
    jz_watermark_keys_done(&t->keys);
    jz_decoder_free(t->decoder);
    jz_sandbox_close(t->sandbox);
}

jz_status jz_soft_pdq(const jz_soft_tools *t, int fd, uint8_t digest[JZ_PDQ_SIZE], jz_err *err)
{
    jz_measurement m = { 0 };
    jz_status st = jz_measure(t->decoder, fd, NULL, &m, err);
    const jz_probe *p = st == JZ_OK ? jz_measurement_probe(&m, "pdq_full", true) : NULL;
    if (st == JZ_OK && p == NULL)
        st = JZ_FAIL(err, JZ_E_UNSUPPORTED, "a PDQ hash is of pictures");
    if (p != NULL)
        memcpy(digest, p->digest[JZ_ORIGINAL], JZ_PDQ_SIZE);
    jz_measurement_done(&m);
    return st;
}

jz_status jz_soft_mark(const jz_soft_tools *t, int fd, jz_soft_found *out, jz_err *err)
{
    jz_watermark_reading r = { 0 };
    JZ_TRY(jz_watermark_read(t->decoder, fd, t->keys.key, t->keys.n, &r, err));
    if (r.state != JZ_WATERMARK_FOUND)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no mark of these keys%s%s",
                       r.state == JZ_WATERMARK_CANNOT_TELL ? ": " : "",
                       r.state == JZ_WATERMARK_CANNOT_TELL ? r.reason : "");
    out->key = r.key;
    out->payload = r.payload;
    for (unsigned i = 0; i < JZ_SOFT_MARK_SIZE; i++)
        out->value[i] = (uint8_t)(r.payload >> 8 * (JZ_SOFT_MARK_SIZE - 1 - i));
    return JZ_OK;
}

const char *jz_soft_verdict_name(jz_soft_verdict v)
{
    static const char *const name[] = { "not_compared", "fits", "differs" };
    return (size_t)v < JZ_ARRAY_LEN(name) ? name[v] : "unknown";
}

static jz_status compare_pdq(const jz_soft_tools *t, int fd, jz_bytes value, jz_soft_verdict *out,
                             uint32_t *bits, jz_err *err)
{
    uint8_t digest[JZ_PDQ_SIZE];
    *out = JZ_SOFT_DIFFERS;
    if (value.len != sizeof digest)
        return JZ_OK;
    JZ_TRY(jz_soft_pdq(t, fd, digest, err));
    *bits = jz_hamming256(digest, value.ptr);
    if (*bits <= FITS_BITS)
        *out = JZ_SOFT_FITS;
    return JZ_OK;
}

/* A mark that is not found says nothing. */
static jz_status compare_mark(const jz_soft_tools *t, int fd, jz_bytes value, jz_soft_verdict *out,
                              jz_err *err)
{
    jz_soft_found have;
    jz_err why = { 0 };
    *out = JZ_SOFT_NOT_COMPARED;
    if (t->keys.n == 0)
        return JZ_OK;
    const jz_status st = jz_soft_mark(t, fd, &have, &why);
    if (st == JZ_E_NOTFOUND)
        return JZ_OK;
    if (st != JZ_OK) {
        *err = why;
        return st;
    }
    const bool same =
        value.len == sizeof have.value && memcmp(value.ptr, have.value, sizeof have.value) == 0;
    *out = same ? JZ_SOFT_FITS : JZ_SOFT_DIFFERS;
    return JZ_OK;
}

jz_status jz_soft_compare(const jz_soft_tools *t, int fd, const jz_credential_soft_binding *b,
                          jz_soft_verdict *out, uint32_t *bits, jz_err *err)
{
    *bits = 0;
    *out = JZ_SOFT_NOT_COMPARED;
    if (strcmp(b->alg, JZ_SOFT_PDQ) == 0)
        return compare_pdq(t, fd, b->value, out, bits, err);
    if (strcmp(b->alg, JZ_WATERMARK_ALG) == 0)
        return compare_mark(t, fd, b->value, out, err);
    return JZ_OK;
}
