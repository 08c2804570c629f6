/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/witness.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "ledger/checkpoint.h"
#include "ledger/disk.h"
#include "ledger/lines.h"
#include "ledger/note.h"

#include <inttypes.h>
#include <string.h>

/* ---- requests ---- */

void jz_witness_request_put(const jz_witness_request *request, jz_buf *out)
{
    jz_buf_printf(out, "old %" PRIu64 "\n", request->old);
    for (size_t i = 0; i < request->path.n; i++) {
        jz_base64_put(out, request->path.hash[i].b, JZ_TREE_HASH_SIZE);
        jz_buf_putc(out, '\n');
    }
    jz_buf_putc(out, '\n');
    jz_buf_put(out, request->checkpoint.ptr, request->checkpoint.len);
}

jz_status jz_witness_request_parse(jz_bytes text, jz_witness_request *out, jz_err *err)
{
    jz_witness_request r = { 0 };
    jz_bytes line;
    if (!jz_line_take(&text, &line) || !jz_line_skip(&line, "old ") ||
        !jz_decimal_read(line, &r.old))
        return JZ_FAIL(err, JZ_E_CORRUPT, "the first line is not 'old SIZE'");
    for (;;) {
        if (!jz_line_take(&text, &line))
            return JZ_FAIL(err, JZ_E_CORRUPT, "no empty line behind the hashes");
        if (line.len == 0)
            break;
        if (r.path.n == JZ_WITNESS_HASHES || !jz_base64_hash(line, &r.path.hash[r.path.n]))
            return JZ_FAIL(err, JZ_E_CORRUPT, "hash %zu is none, or one too many", r.path.n + 1);
        r.path.n++;
    }
    r.checkpoint = text;
    *out = r;
    return JZ_OK;
}

/* ---- memory ---- */

/* dir/HEX/checkpoint */
static jz_status memory_path(const jz_witness *w, const char *origin, char **out, jz_err *err)
{
    jz_tree_hash hash;
    JZ_BUF_AUTO path = { 0 };
    jz_tree_sha256(jz_bytes_of(origin, strlen(origin)), &hash);
    jz_buf_printf(&path, "%s/", w->dir);
    jz_hex_put(&path, hash.b, sizeof hash.b);
    jz_buf_puts(&path, "/checkpoint");
    JZ_TRY(jz_buf_check(&path, err));
    *out = JZ_TAKE(path.ptr);
    return JZ_OK;
}

typedef struct memory { /* what was signed last of a log */
    jz_tree_head head;
    uint64_t time; /* seconds since 1970 UTC; 0 where nothing was signed */
} memory;

static jz_status read_memory(const jz_witness *w, jz_bytes text, const char *origin, memory *out,
                             jz_err *err)
{
    jz_note note;
    jz_note_seal seal;
    jz_checkpoint cp;
    if (jz_note_parse(text, &note, err) != JZ_OK ||
        jz_note_verify(&note, &w->key->pub, 1, &seal, err) != JZ_OK ||
        jz_checkpoint_parse(note.text, &cp, NULL, err) != JZ_OK || strcmp(cp.origin, origin) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "what is remembered of %s was not signed by %s", origin,
                       w->key->pub.name);
    *out = (memory){ { cp.size, cp.root }, seal.time };
    return JZ_OK;
}

/* The head that was signed last; of a log that is new here the empty one. */
static jz_status recall(const jz_witness *w, const char *path, const char *origin, memory *out,
                        jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    const jz_status st = jz_file_read(path, JZ_NOTE_MAX, &text, err);
    if (st == JZ_E_NOTFOUND) {
        *out = (memory){ 0 };
        jz_tree_empty(&out->head.root);
        return JZ_OK;
    }
    JZ_TRY(st);
    return read_memory(w, jz_bytes_of(text.ptr, text.len), origin, out, err);
}

/* The checkpoint as the log signed it, and our line. */
static jz_status remember(const char *path, const jz_buf *note, jz_err *err)
{
    jz_auto(char) *folder = jz_path_folder(path);
    if (folder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(jz_mkdir_all(folder, err));
    JZ_TRY(jz_folder_sync(folder, err));
    return jz_file_write(path, note->ptr, note->len, err);
}

/* ---- judging ---- */

static jz_status reply(int status, const char *body, jz_witness_reply *out, jz_err *err)
{
    char *copy = jz_strdup(body);
    if (copy == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    *out = (jz_witness_reply){ .status = status, .body = copy };
    return JZ_OK;
}

/* 404 where no log has this origin, 403 where none of those has signed it, else 200. */
static jz_status check_signature(const jz_witness *w, const jz_note *note, const char *origin,
                                 int *status, jz_err *err)
{
    *status = 404;
    for (size_t i = 0; i < w->n; i++) {
        jz_note_seal seal;
        if (strcmp(w->logs[i].name, origin) != 0)
            continue;
        const jz_status st = jz_note_verify(note, &w->logs[i], 1, &seal, err);
        if (st == JZ_OK) {
            *status = 200;
            return JZ_OK;
        }
        if (st != JZ_E_MISMATCH)
            return st;
        *status = 403;
    }
    return JZ_OK;
}

static int check_growth(const jz_witness_request *r, const jz_tree_head *known,
                        const jz_tree_head *now)
{
    if (r->old != known->size)
        return 409;
    if (now->size == known->size && !jz_tree_equal(&now->root, &known->root))
        return 409; /* a second root of one size: this log is not to be trusted any more */
    return jz_tree_consistency(known, now, r->path.hash, r->path.n) ? 200 : 422;
}

static jz_status sign(const jz_witness *w, uint64_t now, const jz_witness_request *r,
                      const jz_note *note, const char *path, jz_witness_reply *out, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    JZ_BUF_AUTO whole = { 0 };
    JZ_TRY(jz_note_sign(note->text, w->key, now, &line, err));
    jz_buf_put(&whole, r->checkpoint.ptr, r->checkpoint.len);
    jz_buf_put(&whole, line.ptr, line.len);
    JZ_TRY(jz_buf_check(&whole, err));
    jz_witness_reply yes;
    JZ_TRY(reply(200, line.ptr, &yes, err));
    const jz_status st = remember(path, &whole, err);
    if (st != JZ_OK)
        jz_ledger_free(yes.body);
    else
        *out = yes;
    return st;
}

static jz_status judge(const jz_witness *w, uint64_t now, jz_bytes request, jz_witness_reply *out,
                       jz_err *err)
{
    jz_witness_request r;
    jz_note note;
    jz_checkpoint cp;
    memory known;
    jz_auto(char) *path = NULL;
    char size[24];
    int status = 0;
    if (jz_witness_request_parse(request, &r, err) != JZ_OK ||
        jz_note_parse(r.checkpoint, &note, err) != JZ_OK || note.n == JZ_NOTE_SIGS ||
        jz_checkpoint_parse(note.text, &cp, NULL, err) != JZ_OK)
        return reply(400, "", out, err);
    JZ_TRY(check_signature(w, &note, cp.origin, &status, err));
    if (status == 200 && r.old > cp.size)
        status = 400;
    if (status != 200)
        return reply(status, "", out, err);
    JZ_TRY(memory_path(w, cp.origin, &path, err));
    JZ_TRY(recall(w, path, cp.origin, &known, err));
    status = check_growth(&r, &known.head, &(jz_tree_head){ cp.size, cp.root });
    if (status == 200) /* a clock that was set back does not make a later tree an earlier one */
        return sign(w, now > known.time ? now : known.time, &r, &note, path, out, err);
    (void)snprintf(size, sizeof size, "%" PRIu64 "\n", known.head.size);
    return reply(status, status == 409 ? size : "", out, err);
}

jz_status jz_witness_add(const jz_witness *w, uint64_t now, jz_bytes request, jz_witness_reply *out,
                         jz_err *err)
{
    jz_auto(jz_disk) *disk = NULL; /* for its lock: recalling and remembering are one step */
    if (w->key->pub.type != JZ_KEY_COSIGNATURE)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is not a witness's key", w->key->pub.name);
    JZ_TRY(jz_disk_open(w->dir, true, &disk, err));
    JZ_TRY_CTX(disk->ops->lock(disk, err), err, "witness %s", w->dir);
    return judge(w, now, request, out, err);
}
