/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/note.h"

#include "ledger/ed25519.h"
#include "ledger/lines.h"

#include <inttypes.h>
#include <string.h>

#define DASH "\xe2\x80\x94 " /* U+2014 and a space, which begin a signature line */
#define ID 4
#define TIME 8
#define SIG_MAX 8192 /* bytes of a signature of an unknown kind: ML-DSA has some 5000 */

/* ---- parsing ---- */

static jz_status parse_line(jz_bytes line, jz_note_sig *out, jz_err *err)
{
    jz_bytes rest = line;
    if (!jz_line_skip(&rest, DASH))
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a signature line: it does not begin with U+2014");
    const uint8_t *space = rest.len > 0 ? memchr(rest.ptr, ' ', rest.len) : NULL;
    if (space == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a signature line without a signature");
    const jz_bytes name = { rest.ptr, (size_t)(space - rest.ptr) };
    const jz_bytes blob64 = { space + 1, rest.len - name.len - 1 };
    if (!jz_key_name_valid(name))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a signature line whose name cannot be a key's");
    uint8_t blob[SIG_MAX];
    const size_t size = jz_base64_size(blob64);
    if (size <= ID || size > sizeof blob || !jz_base64_read(blob64, blob, size))
        return JZ_FAIL(err, JZ_E_CORRUPT, "the signature of %.*s is not Base 64 of 5 to %d bytes",
                       (int)name.len, (const char *)name.ptr, SIG_MAX);
    *out = (jz_note_sig){ .name = name, .blob64 = blob64 };
    memcpy(out->id, blob, ID);
    return JZ_OK;
}

jz_status jz_note_parse_lines(jz_bytes lines, jz_note *out, jz_err *err)
{
    out->n = 0;
    out->text = (jz_bytes){ 0 };
    if (lines.len > JZ_NOTE_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %zu bytes of signatures", JZ_NOTE_MAX);
    if (!jz_text_valid(lines))
        return JZ_FAIL(err, JZ_E_CORRUPT, "not UTF-8, or with control characters");
    for (jz_bytes line; lines.len > 0;) {
        if (!jz_line_take(&lines, &line))
            return JZ_FAIL(err, JZ_E_CORRUPT, "the last line does not end");
        if (out->n == JZ_NOTE_SIGS)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %d signatures", JZ_NOTE_SIGS);
        JZ_TRY_CTX(parse_line(line, &out->sig[out->n], err), err, "signature %zu", out->n + 1);
        out->n++;
    }
    if (out->n == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no signature");
    return JZ_OK;
}

/* Where the signatures begin: behind the last empty line; 0 where there is none. */
static size_t find_signatures(jz_bytes b)
{
    for (size_t i = b.len; i >= 2; i--)
        if (b.ptr[i - 1] == '\n' && b.ptr[i - 2] == '\n')
            return i;
    return 0;
}

jz_status jz_note_parse(jz_bytes bytes, jz_note *out, jz_err *err)
{
    if (bytes.len > JZ_NOTE_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a note of more than %zu bytes", JZ_NOTE_MAX);
    if (!jz_text_valid(bytes))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a note that is not UTF-8, or has control characters");
    const size_t at = find_signatures(bytes);
    if (at == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a note without the empty line before its signatures");
    JZ_TRY(jz_note_parse_lines((jz_bytes){ bytes.ptr + at, bytes.len - at }, out, err));
    out->text = (jz_bytes){ bytes.ptr, at - 1 };
    return JZ_OK;
}

void jz_note_put_line(const jz_note_sig *sig, jz_buf *out)
{
    jz_buf_puts(out, DASH);
    jz_buf_put(out, sig->name.ptr, sig->name.len);
    jz_buf_putc(out, ' ');
    jz_buf_put(out, sig->blob64.ptr, sig->blob64.len);
    jz_buf_putc(out, '\n');
}

/* ---- verifying ---- */

/* The message of a cosignature: c2sp.org/tlog-cosignature. */
static jz_status cosigned(jz_bytes text, uint64_t time, jz_buf *out, jz_err *err)
{
    jz_buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", time);
    jz_buf_put(out, text.ptr, text.len);
    return jz_buf_check(out, err);
}

static jz_status is_true(jz_bytes text, const jz_note_sig *sig, const jz_vkey *key, bool *ok,
                         uint64_t *time, jz_err *err)
{
    uint8_t blob[ID + TIME + JZ_ED25519_SIG];
    JZ_BUF_AUTO message = { 0 };
    const size_t head = key->type == JZ_KEY_COSIGNATURE ? ID + TIME : ID;
    *ok = false;
    *time = 0;
    if (!jz_base64_read(sig->blob64, blob, head + JZ_ED25519_SIG))
        return JZ_OK; /* of another length: false */
    if (key->type == JZ_KEY_COSIGNATURE) {
        for (size_t i = 0; i < TIME; i++)
            *time = *time << 8 | blob[ID + i];
        if (*time > (uint64_t)INT64_MAX)
            return JZ_OK;
        JZ_TRY(cosigned(text, *time, &message, err));
        text = jz_bytes_of(message.ptr, message.len);
    }
    return jz_ed25519_verify(key->key, text, blob + head, ok, err);
}

static bool is_by(const jz_note_sig *sig, const jz_vkey *key)
{
    return memcmp(sig->id, key->id, ID) == 0 && jz_line_is(sig->name, key->name);
}

static bool stands_before(const jz_vkey *keys, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (memcmp(keys[k].id, keys[i].id, ID) == 0 && strcmp(keys[k].name, keys[i].name) == 0)
            return true;
    return false;
}

static jz_status verify_key(const jz_note *note, const jz_vkey *key, jz_note_seal *seal,
                            jz_err *err)
{
    for (size_t i = 0; i < note->n; i++) {
        bool ok;
        uint64_t time;
        if (!is_by(&note->sig[i], key))
            continue;
        JZ_TRY(is_true(note->text, &note->sig[i], key, &ok, &time, err));
        if (!ok)
            return JZ_FAIL(err, JZ_E_MISMATCH, "the signature of %s is false", key->name);
        seal->valid = true;
        if (time > seal->time)
            seal->time = time;
    }
    return JZ_OK;
}

jz_status jz_note_verify_any(const jz_note *note, const jz_vkey *keys, size_t n,
                             jz_note_seal *seals, jz_err *err)
{
    for (size_t i = 0; i < n; i++) {
        seals[i] = (jz_note_seal){ 0 };
        if (!stands_before(keys, i))
            JZ_TRY(verify_key(note, &keys[i], &seals[i], err));
    }
    return JZ_OK;
}

jz_status jz_note_verify(const jz_note *note, const jz_vkey *keys, size_t n, jz_note_seal *seals,
                         jz_err *err)
{
    JZ_TRY(jz_note_verify_any(note, keys, n, seals, err));
    for (size_t i = 0; i < n; i++)
        if (seals[i].valid)
            return JZ_OK;
    return JZ_FAIL(err, JZ_E_MISMATCH, "none of %zu known keys has signed it (%zu signatures)", n,
                   note->n);
}

/* ---- signing ---- */

jz_status jz_note_sign(jz_bytes text, const jz_skey *key, uint64_t time, jz_buf *out, jz_err *err)
{
    uint8_t blob[ID + TIME + JZ_ED25519_SIG];
    JZ_BUF_AUTO message = { 0 };
    size_t head = ID;
    if (text.len == 0 || text.len > JZ_NOTE_MAX || text.ptr[text.len - 1] != '\n' ||
        !jz_text_valid(text))
        return JZ_FAIL(err, JZ_E_INVAL, "a text of %zu bytes that no note can hold", text.len);
    if (time > (uint64_t)INT64_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "a time that no signature can hold");
    memcpy(blob, key->pub.id, ID);
    if (key->pub.type == JZ_KEY_COSIGNATURE) {
        for (unsigned i = 0; i < TIME; i++)
            blob[head++] = (uint8_t)(time >> (56 - 8 * i));
        JZ_TRY(cosigned(text, time, &message, err));
        text = jz_bytes_of(message.ptr, message.len);
    }
    JZ_TRY(jz_ed25519_sign(key->seed, text, blob + head, err));
    jz_buf_printf(out, DASH "%s ", key->pub.name);
    jz_base64_put(out, blob, head + JZ_ED25519_SIG);
    jz_buf_putc(out, '\n');
    return jz_buf_check(out, err);
}
