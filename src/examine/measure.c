/* SPDX-License-Identifier: Apache-2.0 */
/* File to measurement: exact hashes, then every frame to probes as it is decoded. */
#include <jz/examine.h>

#include "base/alloc.h"
#include "examine/face_findings.h"
#include "examine/mark_findings.h"
#include "examine/preview.h"
#include "examine/provenance_findings.h"
#include "hash/pdq_still.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_MAX_PROBES 262144

/* What one decoding needs beside the measurement that it fills. */
struct work {
    jz_measure_opts opts;
    jz_measurement *m;
    jz_bytes whole;     /* of a small file: read once, for all that want its bytes */
    bool first_as_vpdq; /* the first frame of an animation is among the vpdq probes */
};

void jz_measurement_done(jz_measurement *m)
{
    jz_free(m->probe);
    *m = (jz_measurement){ 0 };
}

const jz_probe *jz_measurement_probe(const jz_measurement *m, const char *cls, bool oriented)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->probe[i].oriented == oriented && strcmp(m->probe[i].cls->name, cls) == 0)
            return &m->probe[i];
    return NULL;
}

static jz_status new_probe(struct work *w, jz_probe **out, jz_err *err)
{
    jz_measurement *m = w->m;
    if (m->n >= w->opts.max_probes)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %llu frames to hash",
                       (unsigned long long)w->opts.max_probes);
    jz_probe *p = jz_grow(m->probe, m->n, &m->size, sizeof *p);
    if (p == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    m->probe = p;
    *out = &m->probe[m->n++];
    return JZ_OK;
}

static jz_status add_variants(struct work *w, const char *cls, bool oriented,
                              const jz_pdq_variants *v, const jz_frame *frame, jz_err *err)
{
    jz_probe *p = NULL;
    JZ_TRY(new_probe(w, &p, err));
    *p = (jz_probe){ .cls = jz_hash_class_find(cls),
                     .oriented = oriented,
                     .quality = v->quality,
                     .frame = frame != NULL ? (int64_t)frame->index : -1,
                     .seconds = frame != NULL ? frame->at_seconds : 0 };
    memcpy(p->digest, v->digest, sizeof p->digest);
    return JZ_OK;
}

static jz_status add_probe(struct work *w, const char *cls, bool oriented, const jz_pdq *pdq,
                           const jz_frame *frame, jz_err *err)
{
    jz_pdq_variants v;
    jz_pdq_variants_of(pdq, &v);
    return add_variants(w, cls, oriented, &v, frame, err);
}

static jz_status probe_fast(struct work *w, const jz_plane *plane, uint32_t full_width,
                            uint32_t full_height, bool oriented, jz_err *err)
{
    jz_pdq pdq;
    if (plane->width == full_width && plane->height == full_height) {
        /* of a scaled picture, nearest neighbours are others' */
        JZ_TRY(jz_pdq_nn512(plane, &pdq, err));
        JZ_TRY(add_probe(w, "pdq", oriented, &pdq, NULL, err));
    }
    JZ_TRY(jz_pdq_fast(plane, full_width, full_height, &pdq, err));
    return add_probe(w, "pdq_full", oriented, &pdq, NULL, err);
}

/* One picture in the modes of stills. full_*: its size before scaling, which only fast ones have.
 * sent: jz_frame.pdq, where it was hashed as it was decoded. */
static jz_status probe_still(struct work *w, const jz_plane *plane, uint32_t full_width,
                             uint32_t full_height, jz_bytes sent, bool oriented, jz_err *err)
{
    jz_pdq_still still;
    if (w->opts.fast)
        return probe_fast(w, plane, full_width, full_height, oriented, err);
    JZ_TRY(sent.len > 0 ? jz_pdq_still_read(sent, &still, err)
                        : jz_pdq_still_make(plane, &still, err));
    JZ_TRY(add_variants(w, "pdq", oriented, &still.nn512, NULL, err));
    return add_variants(w, "pdq_full", oriented, &still.full, NULL, err);
}

static jz_status probe_shown(struct work *w, const jz_plane *shown, uint32_t full_width,
                             uint32_t full_height, jz_bytes sent, jz_err *err)
{
    JZ_TRY(probe_still(w, shown, full_width, full_height, sent, true, err));
    if (w->opts.preview && w->m->preview.width == 0)
        jz_preview_make(shown, &w->m->preview);
    return JZ_OK;
}

/* As shown first: its hashes are the ones that are printed. */
static jz_status still_frame(struct work *w, const jz_media_info *info, const jz_frame *f,
                             jz_err *err)
{
    const uint32_t orientation = info->orientation;
    if (orientation < 2 || orientation > 8)
        return probe_shown(w, &f->plane, f->full_width, f->full_height, f->pdq, err);
    const bool turned = orientation >= 5; /* width and height change places */
    const jz_bytes none = { 0 };
    jz_plane shown;
    uint8_t *mem = NULL;
    JZ_TRY(jz_plane_orient(&f->plane, orientation, &shown, &mem, err));
    const jz_status st = probe_shown(w, &shown, turned ? f->full_height : f->full_width,
                                     turned ? f->full_width : f->full_height, none, err);
    jz_plane_free(mem);
    JZ_TRY(st);
    return probe_still(w, &f->plane, f->full_width, f->full_height, none, false, err);
}

static jz_status video_frame(struct work *w, const jz_frame *f, jz_err *err)
{
    jz_pdq pdq;
    if (w->opts.fast)
        JZ_TRY(jz_pdq_fast(&f->plane, f->full_width, f->full_height, &pdq, err));
    else
        JZ_TRY(jz_pdq_full(&f->plane, &pdq, err));
    if (w->opts.preview && w->m->preview.width == 0)
        jz_preview_make(&f->plane, &w->m->preview);
    return add_probe(w, "vpdq", true, &pdq, f, err);
}

/* The first frame of what turned out to be an animation: vPDQ of a frame is its pdq_full. */
static jz_status first_as_vpdq(struct work *w, jz_err *err)
{
    const jz_measurement *m = w->m;
    const bool as_stored = m->info.orientation >= 2 && m->info.orientation <= 8;
    const jz_probe *first = jz_measurement_probe(m, "pdq_full", !as_stored);
    if (w->first_as_vpdq || first == NULL)
        return JZ_OK;
    const jz_probe copy = *first; /* the array moves */
    jz_probe *p = NULL;
    JZ_TRY(new_probe(w, &p, err));
    *p = copy;
    p->cls = jz_hash_class_find("vpdq");
    p->oriented = true;
    p->frame = 0;
    w->first_as_vpdq = true;
    return JZ_OK;
}

static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    struct work *w = user;
    if (w->opts.stop != NULL && w->opts.stop(w->opts.stop_user))
        return JZ_FAIL(err, JZ_E_INTERRUPTED, "stopped on request");
    w->m->info = *info;
    if (info->format == NULL || info->format->kind != JZ_KIND_IMAGE)
        return video_frame(w, f, err);
    if (f->index == 0) {
        if (f->full_width == f->plane.width) /* one that is scaled would be read less well */
            JZ_TRY(jz_marks_read_plane(&f->plane, info->orientation, w->opts.mark_keys, &w->m->mark,
                                       err));
        return still_frame(w, info, f, err);
    }
    JZ_TRY(first_as_vpdq(w, err));
    return video_frame(w, f, err);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static jz_status look(int fd, struct stat *sb, jz_err *err)
{
    if (fstat(fd, sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s", strerror(errno));
    if (!S_ISREG(sb->st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "not a regular file");
    return JZ_OK;
}

static jz_status decode(jz_decoder *d, int fd, struct work *w, jz_err *err)
{
    const jz_decode_opts opts = { .grey_scaled = w->opts.fast,
                                  .every_frame = w->opts.every_frame,
                                  .interval_s = w->opts.interval_s,
                                  .pdq = !w->opts.fast,
                                  .whole = w->whole };
    JZ_TRY(jz_decode(d, fd, &opts, on_frame, w, &w->m->info, err));
    if (w->m->info.animated && w->m->info.format->kind == JZ_KIND_IMAGE)
        return first_as_vpdq(w, err);
    return JZ_OK;
}

static jz_status read_label(int fd, jz_bytes whole, jz_label_brief *out, jz_err *err)
{
    jz_label l = { 0 };
    JZ_TRY(whole.ptr != NULL ? jz_label_read_bytes(whole, NULL, &l, err)
                             : jz_label_read(fd, NULL, &l, err));
    jz_label_brief_of(&l, out);
    jz_label_done(&l);
    return JZ_OK;
}

/* All that takes the file for bytes. */
static jz_status read_bytes(jz_decoder *d, int fd, uint64_t size, struct work *w, jz_err *err)
{
    jz_measurement *m = w->m;
    JZ_TRY(jz_decoder_read(d, fd, size, &w->whole, err));
    JZ_TRY(w->whole.ptr != NULL ? jz_exact_hash_bytes(w->whole, &m->exact, err)
                                : jz_exact_hash_fd(fd, &m->exact, err));
    m->hashed = true;
    JZ_TRY(read_label(fd, w->whole, &m->label, err));
    return jz_credentials_read(fd, w->whole, w->opts.sidecar_fd, w->opts.trust, &m->credentials,
                               err);
}

/* What it says is of the file beside it, and is read with that one. */
static bool is_sidecar(const jz_measurement *m)
{
    return m->info.format != NULL && m->info.format->kind == JZ_KIND_SIDECAR;
}

static jz_status look_closer(jz_decoder *d, int fd, const struct work *w, jz_err *err)
{
    jz_measurement *m = w->m;
    if (m->n == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no picture in it");
    JZ_TRY(jz_faces_read(d, fd, &w->opts, &m->exact, &m->faces, err));
    return jz_marks_read(d, fd, w->opts.mark_keys, &m->mark, err);
}

jz_status jz_measure(jz_decoder *d, int fd, const jz_measure_opts *opts, jz_measurement *out,
                     jz_err *err)
{
    struct work w = { .opts = opts != NULL ? *opts : (jz_measure_opts){ 0 }, .m = out };
    struct stat before, after;
    if (w.opts.max_probes == 0)
        w.opts.max_probes = DEFAULT_MAX_PROBES;
    JZ_TRY(look(fd, &before, err));
    JZ_TRY(read_bytes(d, fd, (uint64_t)before.st_size, &w, err));
    jz_status st = decode(d, fd, &w, err);
    if (is_sidecar(out)) {
        out->credentials = (jz_credential_brief){ .read = true };
        st = JZ_OK;
    } else if (st == JZ_OK) {
        st = look_closer(d, fd, &w, err);
    }
    JZ_TRY(look(fd, &after, err));
    if (!same_file(&before, &after)) {
        jz_measurement_done(out); /* halves of two different files prove nothing */
        return JZ_FAIL(err, JZ_E_CHANGED, "changed while it was read");
    }
    return st;
}

static void put_exact(jz_signal *s, const char *cls, const uint8_t *digest)
{
    *s = (jz_signal){ .cls = jz_hash_class_find(cls), .quality = -1, .frame = -1 };
    memcpy(s->digest, digest, s->cls->digest_size);
}

static void put_probe(jz_signal *s, const jz_probe *p)
{
    *s = (jz_signal){
        .cls = p->cls, .quality = p->quality, .frame = p->frame, .seconds = p->seconds
    };
    memcpy(s->digest, p->digest[JZ_ORIGINAL], JZ_PDQ_SIZE);
}

jz_status jz_measurement_signals(const jz_measurement *m, int min_quality, jz_signal **out,
                                 size_t *n, jz_err *err)
{
    size_t count = 0;
    jz_signal *s = jz_alloc_zero(m->n + 3, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (m->hashed) {
        put_exact(&s[count++], "sha256", m->exact.sha256);
        put_exact(&s[count++], "sm3", m->exact.sm3);
        put_exact(&s[count++], "md5", m->exact.md5);
    }
    for (size_t i = 0; i < m->n; i++)
        if (m->probe[i].oriented && m->probe[i].quality >= min_quality)
            put_probe(&s[count++], &m->probe[i]);
    *out = s;
    *n = count;
    return JZ_OK;
}

void jz_signals_free(jz_signal *s)
{
    jz_free(s);
}
