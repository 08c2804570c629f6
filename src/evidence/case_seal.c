/* SPDX-License-Identifier: Apache-2.0 */
/* From a case to a sealed bag: copies, records, tag files, then the seals. The bag has no name
 * until all of it is there. */
#include <jz/sealing.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "evidence/cases.h"
#include "evidence/records.h"
#include "evidence/seal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

extern const char jz_text_verify_sh[], jz_text_verify_md[];
extern const size_t jz_text_verify_sh_len, jz_text_verify_md_len;

#define RECORD_MAX ((size_t)256 << 20) /* bytes of one record */

typedef struct sealer {
    jz_cases *cases;
    const char *id;
    const jz_seal_opts *opts;
    jz_bag *bag;
    jz_records r;
    char *name; /* of the case */
    jz_seal_result out;
} sealer;

static void done(sealer *s)
{
    jz_bag_free(s->bag);
    jz_free(s->r.file);
    jz_free(s->name);
}

/* ---- rules ---- */

typedef struct sources {
    uint64_t items, without;
} sources;

static bool is_said(const char *text)
{
    return text != NULL && text[strspn(text, " ")] != '\0';
}

static jz_status note_source(void *user, const jz_case_item *i, jz_err *err)
{
    sources *s = user;
    (void)err;
    s->items++;
    s->without += !is_said(i->source) || !is_said(i->method);
    return JZ_OK;
}

static void defect(jz_seal_defect *out, size_t *n, bool broken, const char *id, const char *message)
{
    if (broken && *n < JZ_SEAL_DEFECTS_MAX)
        out[(*n)++] = (jz_seal_defect){ id, message };
}

/* The same name twice is one person. */
static bool has_two(const jz_seal_facts *f)
{
    bool two = false;
    for (size_t i = 1; i < f->collectors; i++)
        two = two || (is_said(f->collector[0]) && is_said(f->collector[i]) &&
                      strcmp(f->collector[0], f->collector[i]) != 0);
    return two;
}

static jz_status note_latest(void *user, const jz_case_event *e, jz_err *err)
{
    int64_t *latest = user;
    (void)err;
    if (e->at_us > *latest)
        *latest = e->at_us;
    return JZ_OK;
}

jz_status jz_seal_lint(jz_cases *c, const char *id, const jz_seal_facts *f,
                       jz_seal_defect out[JZ_SEAL_DEFECTS_MAX], size_t *n, jz_err *err)
{
    sources s = { 0 };
    int64_t latest_us = 0;
    JZ_TRY(jz_case_items(c, id, note_source, &s, err));
    JZ_TRY(jz_case_events(c, id, note_latest, &latest_us, err));
    if (s.items == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "the case has no items");
    *n = 0;
    defect(out, n, !has_two(f), "two-collectors",
           "fewer than two collectors are named (article 112)");
    defect(out, n, !is_said(f->witness) && !is_said(f->no_witness_reason), "witness",
           "neither a witness nor the reason for having none (article 112)");
    defect(out, n, !is_said(f->standard), "standard",
           "the standard of the extraction is not named (article 112)");
    defect(out, n, !is_said(f->why_not_original), "original",
           "it is not said why the original medium was not seized (article 110)");
    defect(out, n, s.without > 0, "source",
           "items without a source or a method of extraction (articles 112, 113)");
    defect(out, n, jz_now_us() < latest_us, "clock",
           "the clock stands before what is recorded already: it was set back, then or now");
    return JZ_OK;
}

static jz_status check_facts(const jz_seal_facts *f, jz_err *err)
{
    const char *const texts[] = { f->organization,    f->cause,    f->place,
                                  f->authority,       f->document, f->standard,
                                  f->process,         f->witness,  f->no_witness_reason,
                                  f->why_not_original };
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++)
        JZ_TRY(jz_case_text("fact", texts[i], JZ_CASE_TEXT_MAX, false, err));
    if (f->collectors > JZ_COLLECTORS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d collectors", JZ_COLLECTORS_MAX);
    for (size_t i = 0; i < f->collectors; i++)
        JZ_TRY(jz_case_text("collector's name", f->collector[i], JZ_CASE_NAME_MAX, true, err));
    return JZ_OK;
}

static jz_status lint(sealer *s, jz_err *err)
{
    JZ_BUF_AUTO ids = { 0 };
    JZ_TRY(check_facts(&s->opts->facts, err));
    JZ_TRY(jz_seal_lint(s->cases, s->id, &s->opts->facts, s->out.defect, &s->out.n_defects, err));
    s->r.n_defects = s->out.n_defects;
    if (s->r.n_defects == 0 || s->opts->allow_defects)
        return JZ_OK;
    for (size_t i = 0; i < s->r.n_defects; i++)
        jz_buf_printf(&ids, "%s%s", i > 0 ? ", " : "", s->out.defect[i].id);
    JZ_TRY(jz_buf_check(&ids, err));
    return JZ_FAIL(err, JZ_E_INVAL, "defects: %s", ids.ptr);
}

/* ---- the payload ---- */

typedef struct copier {
    sealer *s;
    jz_bag_file_name *file;
    size_t n, size;
} copier;

/* The copies were hashed when they were added: what is sealed must still be that. */
static jz_status copy_item(void *user, const jz_case_item *i, jz_err *err)
{
    copier *k = user;
    jz_auto(char) *path = NULL;
    jz_fixity fixity;
    jz_bag_file_name *grown = jz_grow(k->file, k->n, &k->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %zu names", k->n);
    k->file = grown;
    if (i->number != (int64_t)k->n + 1 || i->copy_of > i->number || i->copy_of < 1)
        return JZ_FAIL(err, JZ_E_CORRUPT, "item %" PRId64 " stands where %zu should", i->number,
                       k->n + 1);
    jz_bag_file_name *name = &grown[k->n++];
    k->s->out.items++;
    if (i->copy_of != i->number) {
        *name = grown[i->copy_of - 1];
        return JZ_OK;
    }
    (void)jz_bag_item_name((unsigned)i->number, i->name, name->text);
    JZ_TRY(jz_case_copy_path(k->s->cases, k->s->id, i->exact.sha256, &path, err));
    JZ_TRY_CTX(jz_bag_add_file(k->s->bag, path, name->text, &fixity, err), err, "item E-%04" PRId64,
               i->number);
    k->s->out.files++;
    k->s->out.bytes += fixity.bytes;
    if (memcmp(fixity.sha256, i->exact.sha256, sizeof fixity.sha256) != 0 ||
        memcmp(fixity.sm3, i->exact.sm3, sizeof fixity.sm3) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the copy of E-%04" PRId64 " is not what was added",
                       i->number);
    return JZ_OK;
}

static jz_status copy_items(sealer *s, jz_err *err)
{
    copier k = { .s = s };
    const jz_status st = jz_case_items(s->cases, s->id, copy_item, &k, err);
    s->r.file = k.file;
    s->r.n_files = k.n;
    return st;
}

/* Best effort: where the program's own file cannot be read, the record says nothing of it. */
static void hash_tool(jz_records *r)
{
    jz_exact_hashes exact;
    JZ_FD_AUTO fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && jz_exact_hash_fd(fd, &exact, NULL) == JZ_OK)
        jz_hex_encode(exact.sha256, sizeof exact.sha256, r->tool_sha256);
}

static jz_status write_records(sealer *s, jz_err *err)
{
    const jz_record *record;
    for (size_t i = 0; (record = jz_record_at(i)) != NULL; i++) {
        JZ_BUF_AUTO text = { .cap = RECORD_MAX };
        JZ_TRY_CTX(record->make(&s->r, &text, err), err, "%s", record->name);
        JZ_TRY_CTX(jz_buf_check(&text, err), err, "%s", record->name);
        JZ_TRY(jz_bag_add_bytes(s->bag, text.ptr != NULL ? text.ptr : "", text.len, record->name,
                                NULL, err));
    }
    return JZ_OK;
}

/* bag-info.txt holds one line each: what is longer, or has line ends, is in the records alone. */
static jz_status info(sealer *s, const char *label, const char *value, jz_err *err)
{
    if (value == NULL || strlen(value) > 900 || strpbrk(value, "\r\n") != NULL)
        return JZ_OK;
    return jz_bag_info(s->bag, label, value, err);
}

static jz_status write_tags(sealer *s, jz_err *err)
{
    JZ_TRY(info(s, "Source-Organization", s->opts->facts.organization, err));
    JZ_TRY(info(s, "External-Identifier", s->out.bag, err));
    JZ_TRY(info(s, "Bag-Group-Identifier", s->id, err));
    JZ_TRY(info(s, "Bag-Software-Agent", "jz " JZ_VERSION, err));
    JZ_TRY(jz_bag_add_guide(s->bag, jz_text_verify_md, jz_text_verify_md_len, "VERIFY.md", err));
    JZ_TRY(jz_bag_add_guide(s->bag, jz_text_verify_sh, jz_text_verify_sh_len, "verify.sh", err));
    return jz_bag_tags(s->bag, s->out.tagmanifest, err);
}

/* ---- the seals ---- */

static jz_status put_log_files(sealer *s, jz_bytes leaf, jz_err *err)
{
    char vkey[JZ_VKEY_TEXT];
    JZ_BUF_AUTO line = { 0 };
    char *proof = NULL;
    const char *dir = jz_bag_folder(s->bag);
    JZ_TRY(jz_log_prove(s->opts->log, s->out.leaf, &proof, err));
    jz_status st = jz_seal_put(dir, "tagmanifest.tlog-proof", proof, strlen(proof), err);
    jz_ledger_free(proof);
    JZ_TRY(st);
    JZ_TRY(jz_seal_put(dir, "leaf.bin", leaf.ptr, leaf.len, err));
    jz_vkey_text(&s->opts->log_key, vkey);
    jz_buf_printf(&line, "%s\n", vkey);
    JZ_TRY(jz_buf_check(&line, err));
    JZ_TRY(jz_seal_put(dir, "log.vkey", line.ptr, line.len, err));
    jz_buf_reset(&line);
    jz_buf_printf(&line, "log %s\nquorum none\n", vkey);
    JZ_TRY(jz_buf_check(&line, err));
    return jz_seal_put(dir, "policy", line.ptr, line.len, err);
}

static jz_status put_into_log(sealer *s, jz_err *err)
{
    jz_leaf leaf = { .kind = JZ_LEAF_SEALED,
                     .prev = JZ_LEAF_NO_PREV,
                     .time = (uint64_t)(s->r.at_us / 1000000) };
    char text[JZ_LEAF_TEXT];
    size_t len = 0;
    if (s->opts->log == NULL)
        return JZ_OK;
    (void)snprintf(leaf.object, sizeof leaf.object, "%s", s->out.bag);
    memcpy(leaf.sha256, s->out.tagmanifest, sizeof leaf.sha256);
    JZ_TRY(jz_leaf_write(&leaf, text, &len, err));
    const jz_bytes bytes = { (const uint8_t *)text, len };
    JZ_TRY(jz_log_append(s->opts->log, &bytes, 1, &s->out.leaf, err));
    JZ_TRY(put_log_files(s, bytes, err));
    s->out.logged = true;
    return JZ_OK;
}

static jz_status put_seals(sealer *s, jz_err *err)
{
    const jz_seal_opts *o = s->opts;
    const char *dir = jz_bag_folder(s->bag);
    if (o->n_keys > 0) {
        JZ_TRY(jz_seal_sign(dir, o->keys, o->n_keys, err));
        s->out.is_signed = true;
    }
    if (o->send != NULL) {
        s->out.stamped =
            jz_stamp(dir, JZ_TSA_SHA256, o->send, o->send_user, &s->out.unstamped) == JZ_OK;
        if (s->out.stamped)
            s->out.unstamped = (jz_err){ 0 };
    }
    return put_into_log(s, err);
}

/* ---- all of it ---- */

static jz_status note_name(void *user, const jz_case_info *i, jz_err *err)
{
    sealer *s = user;
    if (strcmp(i->id, s->id) != 0)
        return JZ_OK;
    s->name = jz_strdup(i->name);
    return s->name != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}

static jz_status prepare(sealer *s, jz_err *err)
{
    uint8_t random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return JZ_FAIL(err, JZ_E_IO, "no random numbers from the system");
    memcpy(s->out.bag, "EB-", 3);
    jz_hex_encode(random, sizeof random, s->out.bag + 3);
    JZ_TRY(jz_case_list(s->cases, note_name, s, err));
    s->r = (jz_records){ .cases = s->cases,
                         .id = s->id,
                         .name = s->name,
                         .bag = s->out.bag,
                         .facts = &s->opts->facts,
                         .defects = s->out.defect,
                         .at_us = jz_now_us() };
    hash_tool(&s->r);
    return lint(s, err);
}

static jz_status note_sealed(sealer *s, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "bag", s->out.bag);
    jz_json_put_hex(&j, "tagmanifest", s->out.tagmanifest, sizeof s->out.tagmanifest);
    jz_json_end_object(&j);
    JZ_TRY(jz_store_begin(s->cases->store, err));
    jz_status st = jz_case_row(s->cases, s->id, false, &row, err);
    if (st == JZ_OK)
        st = jz_case_record(s->cases, row, s->opts->by, "sealed", &detail, err);
    return jz_case_end(s->cases, st, err);
}

static jz_status fill(sealer *s, jz_err *err)
{
    JZ_TRY(prepare(s, err));
    JZ_TRY(copy_items(s, err));
    return write_records(s, err);
}

/* The copies and all records are of the case as it is at one moment, whatever others add to it
 * meanwhile. They are not kept from doing so. */
static jz_status fill_at_once(sealer *s, jz_err *err)
{
    JZ_TRY(jz_store_begin_read(s->cases->store, err));
    const jz_status st = fill(s, err);
    jz_store_rollback(s->cases->store); /* nothing was written */
    return st;
}

static jz_status seal(sealer *s, const char *path, jz_err *err)
{
    JZ_TRY(jz_bag_new(path, &s->opts->bag, &s->bag, err));
    JZ_TRY(fill_at_once(s, err));
    JZ_TRY(write_tags(s, err));
    JZ_TRY(put_seals(s, err));
    JZ_TRY(jz_bag_commit(s->bag, err));
    return note_sealed(s, err);
}

jz_status jz_case_seal(jz_cases *c, const char *id, const char *path, const jz_seal_opts *opts,
                       jz_seal_result *out, jz_err *err)
{
    sealer s = { .cases = c, .id = id, .opts = opts };
    const jz_status st = seal(&s, path, err);
    *out = s.out;
    done(&s);
    return st;
}
