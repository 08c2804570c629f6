/* SPDX-License-Identifier: Apache-2.0 */
/* jz mark resolve, and what it looks up. */
#include "cli/mark_record.h"

#include <jz/hash.h>
#include <jz/label.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/input.h"
#include "cli/out.h"
#include "govern/marks.h"
#include "label/label_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool jz_mark_arg_record;
static bool arg_json;

/* ---- recording ---- */

static jz_status record_file(jz_govern *g, jz_mark_record *r, int fd, const char *path, jz_err *err)
{
    int opened = -1;
    jz_exact_hashes source;
    JZ_LABEL_AUTO l = { 0 };
    jz_auto(char) *text = NULL;
    JZ_TRY(jz_input_open(path, &opened, err));
    JZ_FD_AUTO written = opened;
    JZ_TRY(jz_label_read(written, NULL, &l, err));
    if (l.aigc != NULL) {
        const char *id = l.aigc->field[JZ_AIGC_PRODUCE_ID];
        JZ_TRY(jz_aigc_text(l.aigc, &text, err));
        r->produce_id = id != NULL ? id : "";
        r->label = text;
    }
    if (l.source_type != NULL)
        r->source_type = l.source_type;
    JZ_TRY(jz_exact_hash_fd(fd, &source, err));
    memcpy(r->source, source.sha256, sizeof r->source);
    JZ_TRY(jz_govern_hash(path, r->output, err));
    return jz_mark_keep(g, r, jz_case_actor(), err);
}

jz_status jz_mark_record_file(jz_govern *g, const jz_watermark_key *key, uint64_t payload,
                              const char *signer, int fd, const char *path, jz_err *err)
{
    _Static_assert(JZ_MARK_KEY_SIZE == JZ_WATERMARK_KEY_ID_SIZE, "one id of a key");
    jz_mark_record r = {
        .payload = payload, .produce_id = "", .label = "", .source_type = "", .signer = signer
    };
    memcpy(r.key, jz_watermark_key_id(key), sizeof r.key);
    JZ_TRY_CTX(record_file(g, &r, fd, path, err), err, "%s is written, but not recorded", path);
    return JZ_OK;
}

typedef struct wanted {
    const uint8_t *key;
    char *label, *type;
} wanted;

static jz_status take_label(void *user, const jz_mark_record *r, jz_err *err)
{
    wanted *w = user;
    if (memcmp(r->key, w->key, sizeof r->key) != 0 || r->label[0] == '\0')
        return JZ_OK;
    if (w->label != NULL && strcmp(w->label, r->label) != 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "several labels are recorded for it");
    jz_free(w->label);
    jz_free(w->type);
    w->label = jz_strdup(r->label);
    w->type = r->source_type[0] != '\0' ? jz_strdup(r->source_type) : NULL;
    return w->label != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}

jz_status jz_mark_record_label(jz_govern *g, const jz_watermark_key *key, uint64_t payload,
                               char **label, char **type, jz_err *err)
{
    char text[17];
    wanted w = { .key = jz_watermark_key_id(key) };
    (void)snprintf(text, sizeof text, "%016" PRIx64, payload);
    jz_status st = jz_mark_find(g, text, take_label, &w, err);
    if (st == JZ_OK && w.label == NULL)
        st = JZ_FAIL(err, JZ_E_NOTFOUND, "no label is recorded for the payload %s", text);
    if (st != JZ_OK) {
        jz_free(w.label);
        jz_free(w.type);
        return st;
    }
    *label = w.label;
    *type = w.type;
    return JZ_OK;
}

int jz_mark_record_end(jz_govern *g, int code)
{
    jz_err err = { 0 };
    return g == NULL || jz_govern_to_ledger(g, &err) == JZ_OK ? code : jz_out_error(&err);
}

/* ---- resolve ---- */

static void say_hash(const char *what, const uint8_t sha256[32])
{
    printf("  %s ", what);
    for (size_t i = 0; i < 32; i++)
        printf("%02x", sha256[i]);
    (void)putchar('\n');
}

static jz_status say_mark(void *user, const jz_mark_record *r, jz_err *err)
{
    char at[32];
    (void)user;
    (void)err;
    printf("%s  key ", jz_time_text(r->at_us, at, sizeof at));
    for (size_t i = 0; i < sizeof r->key; i++)
        printf("%02x", r->key[i]);
    if (r->leaf >= 0)
        printf("  leaf %" PRId64 "\n", r->leaf);
    else
        printf("  not in the ledger yet\n");
    if (r->produce_id[0] != '\0')
        printf("  number %s\n", r->produce_id);
    if (r->label[0] != '\0')
        printf("  label %s\n", r->label);
    if (r->decision[0] != '\0')
        printf("  gate   %s\n  consents %s\n", r->decision, r->consents);
    if (r->signer[0] != '\0')
        printf("  signer %s\n", r->signer);
    say_hash("source", r->source);
    say_hash("output", r->output);
    return JZ_OK;
}

static jz_status resolve(jz_govern *g, const char *payload, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    if (!arg_json)
        return jz_mark_find(g, payload, say_mark, NULL, err);
    JZ_TRY(jz_mark_json(g, payload, &line, err));
    jz_out_line(&line);
    return JZ_OK;
}

static int run_resolve(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc != 1)
        return jz_out_wanted("jz mark resolve", "one payload is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK)
        return jz_out_error(&err);
    const jz_status st = resolve(g, argv[0], &err);
    if (st == JZ_OK)
        return jz_out_close(JZ_EXIT_YES);
    const int code = jz_out_error(&err);
    return st == JZ_E_NOTFOUND ? JZ_EXIT_NO : code;
}

static const jz_opt resolve_options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object on stdout" },
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_mark_resolve = {
    .name = "resolve",
    .usage = "[options] PAYLOAD",
    .summary = "what was marked with a payload, as --record kept it",
    .details =
        "The content's number and label, the signer of its Content Credentials, the gate's\n"
        "decision and the consents behind it, the hashes of source and output, the time, and\n"
        "the leaf of the ledger.\n"
        "Exit status: 0 something is recorded, 1 nothing is.\n",
    .opts = resolve_options,
    .run = run_resolve,
};
