/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/batch.h"

#include "base/file.h"
#include "cli/input.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "examine/walk.h"

#include <stdio.h>
#include <string.h>

typedef struct batch {
    jz_batch_fn fn;
    void *user;
    jz_walk_opts walk;
    jz_scan_progress now; /* matched: answered yes */
    uint64_t no;
    bool shows; /* there is a folder to make progress in */
} batch;

/* What is on the terminal now; one batch runs at a time. */
static jz_progress progress;

static void take(batch *b, const jz_batch_file *f)
{
    const jz_batch_answer v = b->fn(b->user, f);
    b->now.counts.seen++;
    b->now.counts.matched += v == JZ_ANSWER_YES;
    b->now.counts.failed += v == JZ_ANSWER_FAILED;
    b->no += v == JZ_ANSWER_NO;
    if (b->shows)
        jz_progress_show(&progress, &b->now);
}

static jz_status on_counted(void *user, const jz_walk_entry *e, jz_err *err)
{
    batch *b = user;
    (void)e;
    (void)err;
    b->now.total++;
    b->shows = b->shows || e->tail < e->len;
    return JZ_OK;
}

static jz_status on_entry(void *user, const jz_walk_entry *e, jz_err *err)
{
    jz_err why = { 0 };
    struct stat sb;
    int opened = -1;
    if (e->status == JZ_OK)
        why.code = jz_walk_open(e, &opened, &sb, &why); /* fn tells */
    JZ_FD_AUTO fd = opened;
    const jz_batch_file f = { .path = e->path,
                              .len = e->len,
                              .below = e->path + e->tail,
                              .fd = fd,
                              .err = e->status == JZ_OK ? &why : e->err };
    take(user, &f);
    if (ferror(stdout) != 0)
        return JZ_FAIL(err, JZ_E_IO, "writing to standard output");
    return JZ_OK;
}

static void take_stdin(batch *b)
{
    jz_err why = { 0 };
    int opened = -1;
    why.code = jz_input_open("-", &opened, &why); /* fn tells */
    JZ_FD_AUTO fd = opened;
    take(b, &(jz_batch_file){ .path = "-", .len = 1, .below = "", .fd = fd, .err = &why });
}

static jz_status walk_all(batch *b, char **operands, int n, jz_walk_fn fn, jz_err *err)
{
    for (int i = 0; i < n; i++) {
        const char *root = operands[i];
        if (strcmp(root, "-") != 0)
            JZ_TRY(jz_walk(&root, 1, &b->walk, fn, b, err));
        else if (fn == on_entry)
            take_stdin(b);
    }
    return JZ_OK;
}

int jz_batch_run(char **operands, int n, const jz_batch_opts *opts, jz_batch_fn fn, void *user)
{
    jz_err err = { 0 };
    struct stat sb;
    jz_walk_id id = { 0 };
    batch b = { .fn = fn, .user = user, .walk = { .skip = &id } };
    if (opts->skip != NULL && stat(opts->skip, &sb) == 0) {
        id = (jz_walk_id){ sb.st_dev, sb.st_ino };
        b.walk.n_skip = 1;
    }
    if (!opts->quiet && walk_all(&b, operands, n, on_counted, &err) == JZ_OK)
        b.now.total_known = true;
    jz_progress_init(&progress, opts->quiet, opts->word);
    const jz_status st = walk_all(&b, operands, n, on_entry, &err);
    jz_progress_clear(&progress);
    if (st != JZ_OK)
        return jz_out_close(jz_out_error(&err));
    return jz_out_close(b.now.counts.failed > 0 ? JZ_EXIT_INPUT
                        : b.no > 0              ? JZ_EXIT_NO
                                                : JZ_EXIT_YES);
}

void jz_batch_failure(const jz_batch_file *f, const jz_err *err)
{
    jz_progress_clear(&progress);
    (void)fflush(stdout); /* keeps the order on a terminal; jz_out_close() checks */
    jz_text_failure(f->path, f->len, err);
}

void jz_batch_line(jz_buf *line)
{
    jz_progress_clear(&progress);
    jz_out_line(line);
}
