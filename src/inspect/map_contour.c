/* SPDX-License-Identifier: Apache-2.0 */
/* Marching squares between the middles of cells (Lorensen and Cline 1987, in two dimensions). */
#include "inspect/map_contour.h"

static float value(const jz_face_exam *x, int column, int row)
{
    if (column < 0 || row < 0 || column >= JZ_MAP_SIDE || row >= JZ_MAP_SIDE)
        return 0;
    return x->map[row * JZ_MAP_SIDE + column];
}

/* Where the level is crossed between two neighbours. */
static void crossing(const jz_face_exam *x, const int a[2], const int b[2], float level,
                     double out[2])
{
    const double va = (double)value(x, a[0], a[1]), vb = (double)value(x, b[0], b[1]);
    const double part = vb != va ? ((double)level - va) / (vb - va) : 0.5;
    const double u = (a[0] + part * (b[0] - a[0]) + 0.5) / JZ_MAP_SIDE;
    const double v = (a[1] + part * (b[1] - a[1]) + 0.5) / JZ_MAP_SIDE;
    const float(*c)[2] = x->map_corner;
    for (size_t k = 0; k < 2; k++)
        out[k] = (double)c[0][k] + u * ((double)c[1][k] - (double)c[0][k]) +
                 v * ((double)c[2][k] - (double)c[0][k]);
}

/* The lines in the square whose top left is the middle of a cell: its sides are crossed twice, or
 * four times, and then each two that follow each other are joined. */
static void square(jz_buf *out, const jz_face_exam *x, int column, int row, float level)
{
    const int corner[][2] = {
        { column, row }, { column + 1, row }, { column + 1, row + 1 }, { column, row + 1 }
    };
    double at[4][2];
    size_t n = 0;
    for (size_t i = 0; i < 4; i++) {
        const int *a = corner[i], *b = corner[(i + 1) % 4];
        if ((value(x, a[0], a[1]) >= level) != (value(x, b[0], b[1]) >= level))
            crossing(x, a, b, level, at[n++]);
    }
    for (size_t i = 0; i + 1 < n; i += 2)
        jz_buf_printf(out, "M%.1f %.1fL%.1f %.1f", at[i][0], at[i][1], at[i + 1][0], at[i + 1][1]);
}

void jz_map_contour(jz_buf *out, const jz_face_exam *x, float level)
{
    for (int row = -1; row < JZ_MAP_SIDE; row++)
        for (int column = -1; column < JZ_MAP_SIDE; column++)
            square(out, x, column, row, level);
}
