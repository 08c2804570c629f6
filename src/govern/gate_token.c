/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: a signed note of "jianzhen-gate-token/v1", decision, operation, purpose, end (seconds
 * since 1970 UTC) and the SHA-256 of each medium, in order, a line each. A stock tool can verify it
 * (docs/consent.md). */
#include "base/hex.h"
#include "govern/gates.h"
#include "ledger/lines.h"
#include "ledger/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST "jianzhen-gate-token/v1"
#define TOKEN_MAX 4096
#define LINES_MAX (5 + JZ_GATE_SUBJECTS)

/* ---- media ---- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

void jz_gate_sort(uint8_t (*media)[32], size_t *n)
{
    size_t kept = 0;
    qsort(media, *n, sizeof *media, by_bytes);
    for (size_t i = 0; i < *n; i++)
        if (i == 0 || memcmp(media[i], media[kept - 1], 32) != 0)
            memmove(media[kept++], media[i], 32);
    *n = kept;
}

/* ---- writing ---- */

jz_status jz_gate_token_put(jz_gate_token *t, const jz_skey *key, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_gate_sort(t->media, &t->n);
    jz_buf_printf(out, FIRST "\n%s\n%s\n%s\n%" PRId64 "\n", t->decision, t->operation, t->purpose,
                  t->expires_s);
    for (size_t i = 0; i < t->n; i++) {
        jz_hex_put(out, t->media[i], 32);
        jz_buf_putc(out, '\n');
    }
    JZ_TRY(jz_buf_check(out, err));
    JZ_TRY(jz_note_sign((jz_bytes){ (const uint8_t *)out->ptr, out->len }, key, 0, &line, err));
    jz_buf_putc(out, '\n');
    jz_buf_put(out, line.ptr, line.len);
    return jz_buf_check(out, err);
}

/* ---- checking ---- */

static jz_status check_text(jz_bytes text, const jz_gate_use *use, uint8_t (*media)[32], size_t n,
                            int64_t now_s, char decision[JZ_GATE_ID_SIZE], jz_err *err)
{
    jz_bytes line[LINES_MAX];
    uint64_t expires = 0;
    size_t lines = 0;
    while (lines < LINES_MAX && jz_line_take(&text, &line[lines]))
        lines++;
    if (text.len > 0 || lines < 6 || !jz_line_is(line[0], FIRST) ||
        line[1].len != JZ_GATE_ID_SIZE - 1 || !jz_decimal_read(line[4], &expires))
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a token of the gate");
    if ((int64_t)expires <= now_s)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the token's time is over");
    if (!jz_line_is(line[2], use->operation) || !jz_line_is(line[3], use->purpose))
        return JZ_FAIL(err, JZ_E_MISMATCH, "the token is for another operation or purpose");
    bool same = lines - 5 == n;
    for (size_t i = 0; same && i < n; i++) {
        char hex[65];
        jz_hex_encode(media[i], 32, hex);
        same = jz_line_is(line[5 + i], hex);
    }
    if (!same)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the token is for other media");
    return jz_line_copy(line[1], decision, JZ_GATE_ID_SIZE)
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_CORRUPT, "not a token of the gate");
}

jz_status jz_gate_token_check(const jz_vkey *key, jz_bytes token, const jz_gate_use *use,
                              int64_t now_s, char decision[JZ_GATE_ID_SIZE], jz_err *err)
{
    uint8_t media[JZ_GATE_SUBJECTS][32];
    char found[JZ_GATE_ID_SIZE];
    size_t n = use->n;
    jz_note note;
    jz_note_seal seal;
    if (token.len > TOKEN_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a token of the gate: %zu bytes", token.len);
    if (n == 0 || n > JZ_GATE_SUBJECTS)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the token is for other media");
    memcpy(media, use->media, n * sizeof media[0]);
    jz_gate_sort(media, &n);
    JZ_TRY(jz_note_parse(token, &note, err));
    JZ_TRY(jz_note_verify(&note, key, 1, &seal, err));
    JZ_TRY(check_text(note.text, use, media, n, now_s, found, err));
    memcpy(decision, found, sizeof found);
    return JZ_OK;
}
