/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/ledger_files.h"

#include "base/file.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/tile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define CHECKPOINT "checkpoint"
#define FOR_GOOD "public, max-age=31536000, immutable"

static void refuse(jz_http_reply *reply, unsigned status, const char *text)
{
    reply->status = status;
    jz_buf_puts(&reply->body, text);
}

/* *fd is -1 where there is no such file. A link in its place is none. */
static jz_status open_file(const jz_ledger_files *f, const char *path, int *fd, uint64_t *size,
                           jz_err *err)
{
    struct stat sb;
    JZ_FD_AUTO opened =
        openat(f->folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    *fd = -1;
    if (opened < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
        return JZ_OK;
    if (opened < 0 || fstat(opened, &sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerrordesc_np(errno));
    if (!S_ISREG(sb.st_mode))
        return JZ_OK;
    *size = (uint64_t)sb.st_size;
    *fd = opened;
    opened = -1;
    return JZ_OK;
}

/* The whole text, since its file may be replaced meanwhile. */
static jz_status read_checkpoint(const jz_ledger_files *f, jz_buf *out, bool *there, jz_err *err)
{
    uint64_t size = 0;
    JZ_FD_AUTO fd = -1;
    JZ_TRY(open_file(f, CHECKPOINT, &fd, &size, err));
    *there = fd >= 0;
    if (size > JZ_NOTE_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, CHECKPOINT ": %llu bytes", (unsigned long long)size);
    for (char part[4096]; *there && out->len < size;) {
        const ssize_t n = pread(fd, part, sizeof part, (off_t)out->len);
        if (n <= 0)
            return JZ_FAIL(err, JZ_E_IO, CHECKPOINT ": it cannot be read to its end");
        jz_buf_put(out, part, (size_t)n);
        JZ_TRY(jz_buf_check(out, err));
    }
    return JZ_OK;
}

static jz_status give_checkpoint(const jz_ledger_files *f, jz_http_reply *reply, jz_err *err)
{
    bool there = false;
    JZ_TRY(read_checkpoint(f, &reply->body, &there, err));
    if (!there) {
        refuse(reply, 404, "no log\n");
        return JZ_OK;
    }
    reply->status = 200;
    reply->type = "text/plain; charset=utf-8";
    reply->cache = "no-cache";
    return JZ_OK;
}

/* Whether a tile belongs to the tree that the checkpoint in the folder signs. */
static jz_status is_published(const jz_ledger_files *f, const jz_tile *t, bool *yes, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_note note;
    jz_checkpoint cp;
    bool there = false;
    JZ_TRY(read_checkpoint(f, &text, &there, err));
    *yes = false;
    if (!there)
        return JZ_OK;
    JZ_TRY_CTX(jz_note_parse((jz_bytes){ (const uint8_t *)text.ptr, text.len }, &note, err), err,
               CHECKPOINT);
    JZ_TRY_CTX(jz_checkpoint_parse(note.text, &cp, NULL, err), err, CHECKPOINT);
    *yes = t->width <= jz_tile_width(cp.size, t->level, t->n);
    return JZ_OK;
}

static jz_status give_tile(const jz_ledger_files *f, const char *path, const jz_tile *t,
                           jz_http_reply *reply, jz_err *err)
{
    bool yes = false;
    JZ_TRY(is_published(f, t, &yes, err));
    if (yes)
        JZ_TRY(open_file(f, path, &reply->fd, &reply->size, err));
    if (reply->fd < 0) {
        refuse(reply, 404, "no such tile\n");
        return JZ_OK;
    }
    if (t->level != JZ_TILE_ENTRIES && reply->size != (uint64_t)t->width * JZ_TREE_HASH_SIZE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: %llu bytes", path, (unsigned long long)reply->size);
    reply->status = 200;
    reply->type = "application/octet-stream";
    reply->cache = FOR_GOOD;
    return JZ_OK;
}

jz_status jz_ledger_files_answer(void *user, const jz_http_request *request, jz_http_reply *reply,
                                 jz_err *err)
{
    const jz_ledger_files *f = user;
    const char *path = request->path + (request->path[0] == '/');
    jz_tile tile;
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        reply->allow = "GET, HEAD";
        refuse(reply, 405, "only GET and HEAD\n");
        return JZ_OK;
    }
    if (strcmp(path, CHECKPOINT) == 0)
        return give_checkpoint(f, reply, err);
    if (jz_tile_parse(path, &tile, NULL) == JZ_OK)
        return give_tile(f, path, &tile, reply, err);
    refuse(reply, 404, "a log has /checkpoint and /tile/\n");
    return JZ_OK;
}
