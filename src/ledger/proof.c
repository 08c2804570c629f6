/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/proof.h"

#include "base/alloc.h"
#include "ledger/lines.h"
#include "ledger/note.h"

#include <inttypes.h>

#define FIRST "c2sp.org/tlog-proof@v1"
#define PROOF_MAX (2 * JZ_NOTE_MAX)

void jz_tlog_proof_put(const jz_tlog_proof *proof, jz_buf *out)
{
    jz_buf_puts(out, FIRST "\n");
    if (proof->extra64.len > 0) {
        jz_buf_puts(out, "extra ");
        jz_buf_put(out, proof->extra64.ptr, proof->extra64.len);
        jz_buf_putc(out, '\n');
    }
    jz_buf_printf(out, "index %" PRIu64 "\n", proof->index);
    for (size_t i = 0; i < proof->path.n; i++) {
        jz_base64_put(out, proof->path.hash[i].b, JZ_TREE_HASH_SIZE);
        jz_buf_putc(out, '\n');
    }
    jz_buf_putc(out, '\n');
    jz_buf_put(out, proof->checkpoint.ptr, proof->checkpoint.len);
}

static jz_status take_extra(jz_bytes line, jz_bytes *extra64, jz_err *err)
{
    const size_t size = jz_base64_size(line);
    if (line.len == 0 || size > PROOF_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "extra data that is not Base 64");
    jz_auto(uint8_t) *bytes = jz_alloc(size);
    if (bytes == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu bytes of extra data", size);
    if (!jz_base64_read(line, bytes, size))
        return JZ_FAIL(err, JZ_E_CORRUPT, "extra data that is not Base 64");
    *extra64 = line;
    return JZ_OK;
}

static jz_status take_path(jz_bytes *text, jz_tree_path *path, jz_err *err)
{
    for (jz_bytes line;;) {
        if (!jz_line_take(text, &line))
            return JZ_FAIL(err, JZ_E_CORRUPT, "no empty line and no checkpoint behind the hashes");
        if (line.len == 0)
            return JZ_OK;
        if (path->n == JZ_TREE_PATH_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %d hashes", JZ_TREE_PATH_MAX);
        if (!jz_base64_hash(line, &path->hash[path->n]))
            return JZ_FAIL(err, JZ_E_CORRUPT, "hash %zu is not Base 64 of 32 bytes", path->n + 1);
        path->n++;
    }
}

jz_status jz_tlog_proof_parse(jz_bytes text, jz_tlog_proof *out, jz_err *err)
{
    jz_tlog_proof p = { 0 };
    jz_bytes line;
    if (text.len > PROOF_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a proof of more than %zu bytes", PROOF_MAX);
    if (!jz_line_take(&text, &line) || !jz_line_is(line, FIRST))
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a proof: the first line is not " FIRST);
    if (!jz_line_take(&text, &line))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a proof without an index");
    if (jz_line_skip(&line, "extra ")) {
        JZ_TRY(take_extra(line, &p.extra64, err));
        if (!jz_line_take(&text, &line))
            return JZ_FAIL(err, JZ_E_CORRUPT, "a proof without an index");
    }
    if (!jz_line_skip(&line, "index ") || !jz_decimal_read(line, &p.index))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a proof whose index is not a number below 2^63");
    JZ_TRY(take_path(&text, &p.path, err));
    p.checkpoint = text;
    *out = p;
    return JZ_OK;
}

jz_status jz_proof_verify(jz_bytes proof, jz_bytes leaf, const jz_policy *policy, jz_trust *out,
                          uint64_t *index, jz_err *err)
{
    jz_tlog_proof p;
    jz_trust trust;
    jz_tree_hash hash;
    JZ_TRY(jz_tlog_proof_parse(proof, &p, err));
    JZ_TRY_CTX(jz_policy_check(policy, p.checkpoint, &trust, err), err, "checkpoint");
    jz_tree_leaf(leaf, &hash);
    if (!jz_tree_inclusion(p.index, trust.checkpoint.size, &hash, p.path.hash, p.path.n,
                           &trust.checkpoint.root))
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "the proof does not lead from this leaf at %" PRIu64
                       " to the root of %s at %" PRIu64,
                       p.index, trust.checkpoint.origin, trust.checkpoint.size);
    *out = trust;
    if (index != NULL)
        *index = p.index;
    return JZ_OK;
}
