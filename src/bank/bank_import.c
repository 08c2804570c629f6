/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/banks.h"
#include "bank/import.h"

/* Entries are committed in blocks: what one filling of the input buffer holds, at most this many.
 * No transaction is open while input is waited for, since others may want to write. */
#define MAX_BATCH 20000

struct sink {
    jz_banks *banks;
    const char *bank;
    size_t in_batch;
};

static jz_status end_batch(void *user, jz_err *err)
{
    struct sink *s = user;
    if (!s->banks->in_batch)
        return JZ_OK;
    s->in_batch = 0;
    return jz_bank_batch_end(s->banks, true, err);
}

static jz_status put(void *user, const jz_entry_meta *meta, const jz_signal *signals, size_t n,
                     bool *added, jz_err *err)
{
    struct sink *s = user;
    int64_t entry = 0;
    if (s->in_batch == MAX_BATCH)
        JZ_TRY(end_batch(s, err));
    if (!s->banks->in_batch)
        JZ_TRY(jz_bank_batch_begin(s->banks, err));
    s->in_batch++;
    return jz_bank_add(s->banks, s->bank, meta, signals, n, &entry, added, err);
}

jz_status jz_bank_import(jz_banks *b, const char *bank, int fd, const jz_import_opts *opts,
                         jz_import_result *out, jz_err *err)
{
    static const jz_import_opts defaults = { 0 };
    int64_t id = 0;
    jz_lines lines;
    if (b->in_batch)
        return JZ_FAIL(err, JZ_E_INVAL, "a batch is open");
    JZ_TRY(jz_banks_find(b, bank, &id, err));
    JZ_TRY(jz_lines_init(&lines, fd, err));
    struct sink sink = { .banks = b, .bank = bank };
    const bool own = !b->adds_many;
    jz_bank_adding_begin(b);
    jz_import im = { .opts = opts != NULL ? opts : &defaults, .put = put, .user = &sink };
    lines.before_read = end_batch;
    lines.user = &sink;
    jz_status st = jz_import_run(&im, &lines, err);
    if (st == JZ_OK)
        st = end_batch(&sink, err);
    else
        jz_banks_undo(b);
    const jz_status ended = own ? jz_bank_adding_end(b, st == JZ_OK ? err : NULL) : JZ_OK;
    st = st == JZ_OK ? ended : st;
    if (st == JZ_OK)
        *out = im.result;
    jz_import_done(&im);
    jz_lines_done(&lines);
    return st;
}
