/* SPDX-License-Identifier: Apache-2.0 */
/* Limits are by reason, not by fitting: 64 pixels are what published detectors are given at least;
 * one grey level is about what 8 bits and noise alone leave; 45 degrees hide one cheek. Light on a
 * round face, a lens and a sensor spread it over many grey levels, of which no four take half: that
 * would be a spread of less than 3 levels, too little for a face to be seen; flat paint is so. */
#include "inspect/gates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const jz_gate gates[JZ_GATES] = {
    [JZ_GATE_SIZE] = { "size", "pixels", 64, true, "too small" },
    [JZ_GATE_BORDER] = { "border", "part of 1", 0.95, true, "cut by the border of the picture" },
    [JZ_GATE_BLUR] = { "blur", "grey levels", 1, true,
                       "blurred: no detail that a face of 64 pixels "
                       "would not have" },
    [JZ_GATE_POSE] = { "pose", "sine", 0.707, false, "turned away by more than 45 degrees" },
    [JZ_GATE_OCCLUSION] = { "occlusion", "score", 0.8, true, "covered, or no face" },
    [JZ_GATE_AGREEMENT] = { "agreement", "widths of the face", 0.15, false,
                            "two networks see its parts in different places" },
    [JZ_GATE_COMPRESSION] = { "compression", "grey levels", 4, false, "compressed into blocks" },
    [JZ_GATE_EXPOSURE] = { "exposure", "part of 1", 0.3, false,
                           "black or white for the most part" },
    [JZ_GATE_SHADES] = { "shades", "part of 1", 0.5, false, "drawn: few shades for a lit face" },
};

const jz_gate *jz_gate_at(size_t i)
{
    return i < JZ_GATES ? &gates[i] : NULL;
}

/* Points of the mesh that are those of the finder (MediaPipe's numbers): eyes by their corners. */
static const uint16_t same_points[][2] = { { 33, 133 }, { 263, 362 }, { 1, 1 }, { 13, 14 } };

static double disagreement(const jz_gate_input *in)
{
    double sum = 0;
    const size_t n = JZ_ARRAY_LEN(same_points);
    for (size_t i = 0; i < n; i++) {
        const float *a = in->mesh->at[same_points[i][0]], *b = in->mesh->at[same_points[i][1]];
        const double dx = ((double)a[0] + (double)b[0]) / 2 - (double)in->face->point[i][0];
        const double dy = ((double)a[1] + (double)b[1]) / 2 - (double)in->face->point[i][1];
        sum += sqrt(dx * dx + dy * dy);
    }
    return sum / (double)n / fmax((double)in->face->width, 1);
}

static double within(const jz_face_view *v, const jz_face_exam *out)
{
    double n = 0;
    for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++) {
        const float *p = out->outline[i];
        n += p[0] >= 0 && p[1] >= 0 && p[0] < (float)v->picture_width &&
             p[1] < (float)v->picture_height;
    }
    return n / JZ_OUTLINE_POINTS;
}

/* The root of the mean square of what a binomial filter takes away. */
static double fine_detail(const jz_face_view *v)
{
    int64_t sum = 0, n = 0;
    const ptrdiff_t w = (ptrdiff_t)v->width;
    for (uint32_t y = 1; y + 1 < v->height; y++)
        for (uint32_t x = 1; x + 1 < v->width; x++) {
            const size_t i = (size_t)y * v->width + x;
            if ((v->region[i] & JZ_REGION_INNER) == 0)
                continue;
            const uint8_t *p = v->luma + i;
            const int off = 12 * p[0] - 2 * (p[1] + p[-1] + p[w] + p[-w]) - p[w + 1] - p[w - 1] -
                            p[1 - w] - p[-1 - w];
            sum += off * off;
            n++;
        }
    return n > 0 ? sqrt((double)sum / (double)n) / 16 : 0;
}

/* The sine of the angle between the direction of the face and that of the camera. */
static double turned(const jz_mesh *mesh)
{
    const float(*m)[3] = (const float(*)[3])mesh->at;
    double a[3], b[3]; /* from side to side, from the forehead to the chin */
    for (size_t k = 0; k < 3; k++) {
        a[k] = (double)m[454][k] - (double)m[234][k];
        b[k] = (double)m[152][k] - (double)m[10][k];
    }
    const double x = a[1] * b[2] - a[2] * b[1], y = a[2] * b[0] - a[0] * b[2];
    const double z = a[0] * b[1] - a[1] * b[0], length = sqrt(x * x + y * y + z * z);
    return length > 0 ? sqrt(x * x + y * y) / length : 1;
}

static double clipped(const jz_face_view *v)
{
    int64_t dark = 0, n = 0;
    for (size_t i = 0; i < (size_t)v->width * v->height; i++)
        if ((v->region[i] & JZ_REGION_FACE) != 0) {
            dark += v->luma[i] <= 4 || v->luma[i] >= 251;
            n++;
        }
    return n > 0 ? (double)dark / (double)n : 1;
}

#define FEW_SHADES 4

/* The part of the face that its commonest grey levels take. */
static double few_shades(const jz_face_view *v)
{
    uint32_t count[256] = { 0 }, n = 0, most = 0;
    for (size_t i = 0; i < (size_t)v->width * v->height; i++)
        if ((v->region[i] & JZ_REGION_FACE) != 0) {
            count[v->luma[i]]++;
            n++;
        }
    for (unsigned k = 0; k < FEW_SHADES; k++) {
        size_t top = 0;
        for (size_t i = 1; i < JZ_ARRAY_LEN(count); i++)
            top = count[i] > count[top] ? i : top;
        most += count[top];
        count[top] = 0;
    }
    return n > 0 ? (double)most / n : 1;
}

static void tell(jz_face_exam *out)
{
    size_t at = 0;
    for (size_t i = 0; i < JZ_GATES && at < sizeof out->reason; i++)
        if (out->gate_failed[i]) {
            const int n = snprintf(out->reason + at, sizeof out->reason - at, "%s%s",
                                   at > 0 ? "; " : "", gates[i].fails);
            at += n > 0 ? (size_t)n : 0;
        }
}

bool jz_gates_check(const jz_gate_input *in, jz_face_exam *out)
{
    const jz_face_view *native = in->views->native;
    bool passed = true;
    out->gate[JZ_GATE_SIZE] = native->face_width;
    out->gate[JZ_GATE_BORDER] = within(native, out);
    out->gate[JZ_GATE_BLUR] = fine_detail(in->small);
    out->gate[JZ_GATE_POSE] = turned(in->mesh);
    out->gate[JZ_GATE_OCCLUSION] = (double)in->presence;
    out->gate[JZ_GATE_AGREEMENT] = disagreement(in);
    out->gate[JZ_GATE_COMPRESSION] = jz_grid_strength(native, JZ_REGION_FACE);
    out->gate[JZ_GATE_EXPOSURE] = clipped(in->views->usual);
    out->gate[JZ_GATE_SHADES] = few_shades(native);
    for (size_t i = 0; i < JZ_GATES; i++) {
        const double v = out->gate[i], limit = gates[i].limit;
        out->gate_failed[i] = !(gates[i].at_least ? v >= limit : v <= limit);
        passed = passed && !out->gate_failed[i];
    }
    if (!passed) {
        out->outcome = JZ_OUTCOME_UNSUITABLE;
        tell(out);
    }
    return passed;
}
