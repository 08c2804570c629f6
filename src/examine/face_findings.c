/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/face_findings.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

#define FEW_FRAMES 4
#define FAR 2.5 /* percent of unmodified faces: beyond, at either end, a value deviates */

/* The face that decides is the first of the strongest; tracks count once. */
static void brief_of(const jz_inspection *in, jz_face_brief *out)
{
    *out = (jz_face_brief){
        .read = true, .frames = (uint32_t)in->frames, .faces = in->tracks, .outcome = in->outcome
    };
    (void)snprintf(out->reason, sizeof out->reason, "%s", in->reason);
    for (size_t i = in->n; i-- > 0;)
        if (in->face[i].outcome == in->outcome)
            out->at_s = in->face[i].at_s;
}

/* Whether a look at more frames is worth its time: a face that is fit lies far from others. */
static bool deviates(const jz_inspection *in)
{
    for (size_t i = 0; i < in->n; i++) {
        const jz_face_exam *x = &in->face[i];
        if (x->outcome == JZ_OUTCOME_UNSUITABLE)
            continue;
        if (x->outcome >= JZ_OUTCOME_REPLACED_WEAK)
            return true;
        for (size_t k = 0; k < JZ_MEASURES; k++)
            if (x->measured[k].referenced &&
                (x->measured[k].percentile < FAR || x->measured[k].percentile > 100 - FAR))
                return true;
    }
    return false;
}

static jz_status look(jz_decoder *d, int fd, const jz_measure_opts *opts, uint32_t frames,
                      const jz_exact_hashes *exact, jz_face_brief *out, bool *more, jz_err *err)
{
    jz_inspection in = { 0 };
    const jz_inspect_opts o = { .faces = { .quick = opts->inspect == JZ_INSPECT_FAST },
                                .max_frames = frames,
                                .key_frames = frames == FEW_FRAMES,
                                .calibration = opts->calibration,
                                .network = opts->network,
                                .exact = exact };
    const jz_status st = jz_inspect(d, opts->finder, fd, &o, &in, err);
    if (st == JZ_OK)
        brief_of(&in, out);
    *more = st == JZ_OK && in.info.format->kind == JZ_KIND_VIDEO && deviates(&in);
    jz_inspection_done(&in);
    return st;
}

jz_status jz_faces_read(jz_decoder *d, int fd, const jz_measure_opts *opts,
                        const jz_exact_hashes *exact, jz_face_brief *out, jz_err *err)
{
    const uint32_t frames = opts->inspect == JZ_INSPECT_FAST ? FEW_FRAMES : 0;
    jz_err why = { 0 };
    bool more = false;
    *out = (jz_face_brief){ 0 };
    if (opts->inspect == JZ_INSPECT_OFF || opts->finder == NULL)
        return JZ_OK;
    jz_status st = look(d, fd, opts, frames, exact, out, &more, &why);
    if (st == JZ_OK && more && frames > 0)
        st = look(d, fd, opts, 0, exact, out, &more, &why);
    if (st != JZ_E_NOMEM && st != JZ_E_IO && st != JZ_E_CHANGED)
        return JZ_OK; /* what was decoded before says it already */
    if (err != NULL)
        *err = why;
    return st;
}

jz_status jz_faces_findings(const jz_face_brief *b, jz_findings *out, jz_err *err)
{
    if (!b->read || b->outcome < JZ_OUTCOME_REPLACED_WEAK)
        return JZ_OK;
    jz_finding *grown = jz_grow(out->finding, out->n, &out->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    out->finding = grown;
    jz_finding *f = &grown[out->n++];
    *f = (jz_finding){ .examiner = "inspect",
                       .code = "inspect.replacement",
                       .verdict = JZ_SUSPECTED,
                       .from_s = b->at_s,
                       .to_s = b->at_s };
    (void)snprintf(f->message, sizeof f->message, "a face %s, a screening result; see jz inspect",
                   jz_outcome_name(b->outcome));
    return JZ_OK;
}

void jz_faces_brief_json(jz_json *j, const jz_face_brief *b)
{
    jz_json_begin_object(j);
    jz_json_put_u64(j, "frames_examined", b->frames);
    jz_json_put_u64(j, "faces", b->faces);
    jz_json_put_str(j, "outcome", jz_outcome_name(b->outcome));
    jz_json_put_str(j, "reason", b->reason);
    jz_json_end_object(j);
}
