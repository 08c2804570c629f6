/* SPDX-License-Identifier: Apache-2.0 */
/* jz ledger events: what a leaf of govern commits to, so that whoever is given it can check it. */
#include "cli/cmd_ledger.h"

#include "cli/govern_home.h"
#include "cli/out.h"
#include "govern/governs.h"

static jz_status put_event(void *user, const jz_govern_event *e, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    unsigned *n = user;
    jz_govern_event_text(e, &text);
    JZ_TRY(jz_buf_check(&text, err));
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "object", e->object);
    jz_json_put_str(&j, "kind", e->kind);
    jz_json_put_time(&j, "at", e->at_us);
    jz_json_key(&j, "leaf");
    if (e->leaf >= 0)
        jz_json_i64(&j, e->leaf);
    else
        jz_json_null(&j);
    jz_json_put_str(&j, "text", text.ptr);
    jz_json_end_object(&j);
    jz_out_line(&line);
    ++*n;
    return JZ_OK;
}

static jz_status put_events(jz_govern *g, const char *object, jz_err *err)
{
    unsigned n = 0;
    JZ_TRY(jz_govern_events(g, object, put_event, &n, err));
    return n > 0 ? JZ_OK
                 : JZ_FAIL(err, JZ_E_NOTFOUND, "nothing was done with an object '%s'", object);
}

static int run_events(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc == 0)
        return jz_out_wanted("jz ledger events",
                             "the id of a complaint, a decision, ... is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK || jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    for (int i = 0; i < argc; i++)
        if (put_events(g, argv[i], &err) != JZ_OK)
            return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt options[] = { JZ_CASE_HOME_OPT, { 0 } };

const jz_cmd jz_cmd_ledger_events = {
    .name = "events",
    .usage = "[options] OBJECT...",
    .summary = "what was done with something, as its leaves commit to it",
    .details =
        "OBJECT: the id of a complaint, a decision or a consent; bank:NAME, entry:NUMBER,\n"
        "key:NAME. One JSON object per event. `text` is what the leaf holds the SHA-256 of;\n"
        "its salt makes it a secret of those to whom it is given.\n",
    .opts = options,
    .run = run_events,
};
