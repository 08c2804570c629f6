/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/tracks.h"

#include "inspect/blazeface.h"

#include <string.h>

#define SAME 0.3        /* overlap of one face in two frames */
#define CHANGED 40u     /* grey levels, the mean over all cells, that make another shot */
#define CELL_SAMPLES 8u /* rows and columns of a cell that are looked at */

static uint32_t grey_at(const jz_plane *p, size_t x, size_t y)
{
    const uint8_t *px = p->px + y * p->stride + x * p->channels;
    return p->channels == 1 ? px[0] : (77u * px[0] + 150u * px[1] + 29u * px[2]) / 256;
}

static uint8_t cell_mean(const jz_plane *p, size_t i, size_t j)
{
    uint32_t sum = 0;
    for (size_t b = 0; b < CELL_SAMPLES; b++)
        for (size_t a = 0; a < CELL_SAMPLES; a++)
            sum += grey_at(p, (i * CELL_SAMPLES + a) * p->width / (JZ_SHOT_SIDE * CELL_SAMPLES),
                           (j * CELL_SAMPLES + b) * p->height / (JZ_SHOT_SIDE * CELL_SAMPLES));
    return (uint8_t)(sum / (CELL_SAMPLES * CELL_SAMPLES));
}

uint32_t jz_shots_next(jz_shots *s, const jz_plane *plane)
{
    uint32_t differs = 0;
    for (size_t k = 0; k < sizeof s->cell; k++) {
        const uint8_t now = cell_mean(plane, k % JZ_SHOT_SIDE, k / JZ_SHOT_SIDE);
        differs += now > s->cell[k] ? (uint32_t)(now - s->cell[k]) : (uint32_t)(s->cell[k] - now);
        s->cell[k] = now;
    }
    s->shot += s->began && differs > CHANGED * sizeof s->cell;
    s->began = true;
    return s->shot;
}

/* The face of the frame before, from `from` to `to`, that goes on as this one; NULL: a new track.
 */
static const jz_face_exam *before(const jz_inspection *in, size_t from, size_t to, size_t i,
                                  size_t first)
{
    const jz_face_exam *x = &in->face[i], *best = NULL;
    double most = SAME;
    for (size_t k = from; k < to; k++) {
        const jz_face_exam *y = &in->face[k];
        const double overlap = jz_face_overlap(&x->face, &y->face);
        bool taken = y->shot != x->shot;
        for (size_t j = first; j < i && !taken; j++)
            taken = in->face[j].track == y->track;
        if (!taken && overlap >= most) {
            most = overlap;
            best = y;
        }
    }
    return best;
}

void jz_tracks_link(jz_inspection *in)
{
    size_t from = 0, to = 0; /* the faces of the frame before */
    in->tracks = 0;
    for (size_t i = 0, end = 0; i < in->n; i = end) {
        for (; end < in->n && in->face[end].frame == in->face[i].frame; end++) {
            const jz_face_exam *last = before(in, from, to, end, i);
            in->face[end].track = last != NULL ? last->track : in->tracks++;
        }
        from = i;
        to = end;
    }
}

size_t jz_track_mean(const jz_inspection *in, uint32_t track, jz_measured out[JZ_MEASURES])
{
    double n[JZ_MEASURES] = { 0 };
    size_t fit = 0;
    memset(out, 0, JZ_MEASURES * sizeof *out);
    for (size_t i = 0; i < in->n; i++) {
        const jz_face_exam *x = &in->face[i];
        if (x->track != track || x->outcome == JZ_OUTCOME_UNSUITABLE)
            continue;
        fit++;
        for (size_t k = 0; k < JZ_MEASURES; k++)
            if (x->measured[k].valid) {
                out[k].value += x->measured[k].value;
                n[k]++;
            }
    }
    for (size_t k = 0; k < JZ_MEASURES; k++) {
        out[k].valid = n[k] > 0;
        if (n[k] > 0)
            out[k].value /= n[k];
        else
            out[k].why = "not measured";
    }
    return fit;
}
