/* SPDX-License-Identifier: Apache-2.0 */
/* From a decided label to a file that has it: written beside its place, read back, and only then
 * given its name. */
#include "label/label_plan.h"

#include "base/alloc.h"
#include "base/newfile.h"
#include "label/aigc.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the result goes, and may go. */
typedef struct target {
    const char *path; /* NULL: fd is the file, and needs no name */
    int fd;
    bool in_place;
    bool overwrite;
    unsigned mode; /* of the original */
} target;

static jz_status check_target(int fd, target *t, jz_err *err)
{
    struct stat source, there;
    if (fstat(fd, &source) != 0)
        return JZ_FAIL(err, JZ_E_IO, "asking for the file's mode: %s", strerrordesc_np(errno));
    t->mode = source.st_mode & 0777;
    if (stat(t->path, &there) != 0)
        return JZ_OK; /* what is wrong with it, making it will tell */
    const bool same = source.st_dev == there.st_dev && source.st_ino == there.st_ino;
    if (same && !t->in_place)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is the source itself", t->path);
    if (!same && !t->overwrite)
        return JZ_FAIL(err, JZ_E_EXISTS, "%s is there already", t->path);
    if (!S_ISREG(there.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "%s is not a regular file", t->path);
    return JZ_OK;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static jz_status compare(const jz_label *got, const jz_aigc *aigc, const char *source_type,
                         jz_err *err)
{
    if (got->damage.code != JZ_OK)
        return JZ_FAIL(err, JZ_E_MISMATCH, "read back, the new file is damaged: %.100s",
                       got->damage.frame[0]);
    if (got->presence != JZ_LABEL_PRESENT || got->n != 1 || got->place[0].copies != 1)
        return JZ_FAIL(err, JZ_E_MISMATCH, "read back, the new file has %zu labels, not one",
                       got->n);
    if (!got->place[0].home || !jz_aigc_equal(got->aigc, aigc))
        return JZ_FAIL(err, JZ_E_MISMATCH, "read back, the label is not what was written");
    if (!same_text(got->source_type, source_type))
        return JZ_FAIL(err, JZ_E_MISMATCH, "read back, the digital source type is '%.60s'",
                       got->source_type != NULL ? got->source_type : "");
    return JZ_OK;
}

/* The label and source type that the new file must have, and the splices that give them. */
static jz_status fill_file(jz_label_blocks *b, const jz_splices *s, int fd, const jz_aigc *aigc,
                           const char *source_type, jz_label *got, jz_err *err)
{
    JZ_TRY(jz_splices_write(s, &b->src, fd, err));
    JZ_TRY(jz_label_read(fd, NULL, got, err));
    return compare(got, aigc, source_type, err);
}

static jz_status write_file(jz_label_blocks *b, const jz_splices *s, const target *t,
                            const jz_aigc *aigc, const char *source_type, jz_label *written,
                            jz_err *err)
{
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    JZ_LABEL_AUTO got = { 0 };
    if (t->path == NULL) {
        JZ_TRY(fill_file(b, s, t->fd, aigc, source_type, &got, err));
    } else {
        JZ_TRY(jz_newfile_open(t->path, t->mode, &f, err));
        JZ_TRY(fill_file(b, s, f.fd, aigc, source_type, &got, err));
        JZ_TRY(jz_newfile_commit(&f, t->in_place || t->overwrite, err));
    }
    if (written != NULL) {
        *written = got;
        got = (jz_label){ 0 };
    }
    return JZ_OK;
}

/* The label to write over the old one. */
static jz_status put_label(jz_label_blocks *b, const jz_label *old, const target *t,
                           const jz_aigc *aigc, const char *source_type, jz_label *written,
                           jz_err *err)
{
    JZ_SPLICES_AUTO s = { 0 };
    const char *wanted = same_text(source_type, old->source_type) ? NULL : source_type;
    JZ_TRY(jz_label_plan(b, old, aigc, wanted, &s, err));
    return write_file(b, &s, t, aigc, source_type, written, err);
}

/* A file that may get a label: what is in it can all be read. */
static jz_status open_labelled(int fd, jz_label_blocks *b, jz_label *old, jz_err *err)
{
    JZ_TRY(jz_label_blocks_read(fd, b, err));
    JZ_TRY(jz_label_judge(b, NULL, old, err));
    if (old->damage.code == JZ_OK)
        return JZ_OK;
    if (err != NULL)
        *err = old->damage;
    return old->damage.code;
}

static jz_status apply(int fd, const target *t, const jz_label_change *change, jz_label *written,
                       jz_err *err)
{
    JZ_LABEL_BLOCKS_AUTO b = { 0 };
    JZ_LABEL_AUTO old = { 0 };
    JZ_AIGC_AUTO now = { 0 };
    JZ_TRY(open_labelled(fd, &b, &old, err));
    JZ_TRY(jz_label_decide(&old, change, &now, err));
    return put_label(&b, &old, t, &now,
                     change->source_type != NULL ? change->source_type : old.source_type, written,
                     err);
}

jz_status jz_label_apply(int fd, const char *path, const jz_label_change *change, jz_label *written,
                         jz_err *err)
{
    target t = { .path = path, .in_place = change->in_place, .overwrite = change->overwrite };
    JZ_TRY(check_target(fd, &t, err));
    return apply(fd, &t, change, written, err);
}

jz_status jz_label_apply_to(int fd, int out_fd, const jz_label_change *change, jz_label *written,
                            jz_err *err)
{
    const target t = { .fd = out_fd };
    if (ftruncate(out_fd, 0) != 0 || lseek(out_fd, 0, SEEK_SET) != 0)
        return JZ_FAIL(err, JZ_E_IO, "emptying the new file: %s", strerrordesc_np(errno));
    return apply(fd, &t, change, written, err);
}

/* Who a label is by, for people. */
static const char *author_of(const jz_aigc *a)
{
    static const jz_aigc_field by[] = { JZ_AIGC_CONTENT_PRODUCER, JZ_AIGC_PROPAGATOR };
    for (size_t i = 0; i < JZ_ARRAY_LEN(by); i++) {
        if (a->field[by[i]] != NULL && a->field[by[i]][0] != '\0')
            return a->field[by[i]];
    }
    return "nobody named";
}

/* What src says, for a file that says nothing or the same. */
static jz_status check_carry(const jz_label *src, const jz_label *dst, jz_err *err)
{
    if (src->presence == JZ_LABEL_CANNOT_TELL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no label of the source can be read: %.100s",
                       src->damage.frame[0]);
    if (src->presence == JZ_LABEL_ABSENT)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "the source has no label");
    if (dst->aigc != NULL && !jz_aigc_equal(src->aigc, dst->aigc))
        return JZ_FAIL(err, JZ_E_EXISTS, "the destination has a label of its own, by %.80s",
                       author_of(dst->aigc));
    return JZ_OK;
}

/* The source type goes along where dst has room for XMP; the label does not wait for it. */
static jz_status put_carried(jz_label_blocks *b, const jz_label *src, const jz_label *dst,
                             const target *t, jz_label *written, jz_err *err)
{
    if (src->source_type != NULL) {
        jz_err why = { 0 };
        const jz_status st = put_label(b, dst, t, src->aigc, src->source_type, written, &why);
        if (st != JZ_E_UNSUPPORTED && st != JZ_E_INVAL) {
            if (st != JZ_OK && err != NULL)
                *err = why;
            return st;
        }
    }
    return put_label(b, dst, t, src->aigc, dst->source_type, written, err);
}

static jz_status carry(const jz_label *src, int dst_fd, const target *t, jz_label *written,
                       jz_err *err)
{
    JZ_LABEL_BLOCKS_AUTO b = { 0 };
    JZ_LABEL_AUTO dst = { 0 };
    JZ_TRY_CTX(open_labelled(dst_fd, &b, &dst, err), err, "destination");
    JZ_TRY(check_carry(src, &dst, err));
    return put_carried(&b, src, &dst, t, written, err);
}

jz_status jz_label_carry(int src_fd, int dst_fd, const char *path, bool in_place, bool overwrite,
                         jz_label *written, jz_err *err)
{
    JZ_LABEL_AUTO src = { 0 };
    target t = { .path = path, .in_place = in_place, .overwrite = overwrite };
    JZ_TRY(check_target(dst_fd, &t, err));
    JZ_TRY_CTX(jz_label_read(src_fd, NULL, &src, err), err, "source");
    return carry(&src, dst_fd, &t, written, err);
}

jz_status jz_label_restore(jz_bytes text, const char *source_type, int dst_fd, const char *path,
                           bool in_place, bool overwrite, jz_label *written, jz_err *err)
{
    JZ_AIGC_AUTO a = { 0 };
    jz_auto(char) *type = source_type != NULL ? jz_strdup(source_type) : NULL;
    target t = { .path = path, .in_place = in_place, .overwrite = overwrite };
    JZ_TRY(check_target(dst_fd, &t, err));
    JZ_TRY_CTX(jz_aigc_parse(text, &a, err), err, "kept label");
    if (source_type != NULL && type == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_label src = { .presence = JZ_LABEL_PRESENT, .aigc = &a, .source_type = type };
    return carry(&src, dst_fd, &t, written, err);
}
