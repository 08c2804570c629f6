/* SPDX-License-Identifier: Apache-2.0 */
#include "face_fixture.h"

#include "base/exact_math.h"
#include "inspect/face_view.h"

#include <math.h>
#include <string.h>

#define MIDDLE (FACE_SIDE / 2.0)
#define HALF_WIDTH (FACE_WIDTH / 2.0)
#define HALF_HEIGHT (HALF_WIDTH * 1.3)

double face_fixture_radius(double x, double y)
{
    const double dx = (x - MIDDLE) / HALF_WIDTH, dy = (y - MIDDLE) / HALF_HEIGHT;
    return sqrt(dx * dx + dy * dy);
}

static void put(jz_mesh *m, const uint16_t *points, size_t n, double x, double y, double rx,
                double ry)
{
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i / (double)n; /* from the top, to the person's left */
        m->at[points[i]][0] = (float)(x + rx * jz_cos_turns(t - 0.25));
        m->at[points[i]][1] = (float)(y - ry * jz_cos_turns(t));
    }
}

static void put_mesh(jz_mesh *m)
{
    /* Corners of eyes and mouth, for direction; the rest of those parts around them. */
    static const uint16_t lips[] = { 0,  267, 269, 270, 409, 291, 375, 321, 405, 314,
                                     17, 84,  181, 91,  146, 61,  185, 40,  39,  37 };
    static const uint16_t left_eye[] = { 386, 387, 388, 466, 263, 249, 390, 373,
                                         374, 380, 381, 382, 362, 398, 384, 385 };
    static const uint16_t right_eye[] = { 159, 158, 157, 173, 133, 155, 154, 153,
                                          145, 144, 163, 7,   33,  246, 161, 160 };
    float outline[JZ_OUTLINE_POINTS][2];
    for (size_t i = 0; i < JZ_MESH_POINTS; i++) { /* what stands nowhere else: its own number */
        m->at[i][0] = (float)i;
        m->at[i][1] = (float)MIDDLE;
        m->at[i][2] = 0;
    }
    jz_mesh_outline(m, outline); /* so its numbers come out in their order */
    uint16_t round[JZ_OUTLINE_POINTS];
    for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++)
        round[i] = (uint16_t)outline[i][0];
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        m->at[i][0] = (float)MIDDLE;
    put(m, round, JZ_OUTLINE_POINTS, MIDDLE, MIDDLE, HALF_WIDTH, HALF_HEIGHT);
    put(m, lips, JZ_ARRAY_LEN(lips), MIDDLE, MIDDLE + 75, 45, 18);
    put(m, left_eye, JZ_ARRAY_LEN(left_eye), MIDDLE + 50, MIDDLE - 35, 24, 10);
    put(m, right_eye, JZ_ARRAY_LEN(right_eye), MIDDLE - 50, MIDDLE - 35, 24, 10);
    m->at[1][1] = (float)(MIDDLE + 25); /* the tip of the nose, and the middle of the mouth */
    m->at[13][1] = m->at[14][1] = (float)(MIDDLE + 75);
}

static uint64_t mixed(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Squares of several sizes, half of them brighter than the other half, and noise. */
uint8_t face_fixture_texture(uint64_t seed, size_t x, size_t y, unsigned noise)
{
    static const size_t sizes[] = { 7, 17, 29, 41 };
    double v = 128;
    for (size_t i = 0; i < JZ_ARRAY_LEN(sizes); i++) {
        const uint64_t cell = mixed(seed * 31 + i) ^ (x / sizes[i] * 65537 + y / sizes[i]);
        v += ((mixed(cell) & 1) != 0 ? 1 : -1) * (6 + 4.0 * (double)i);
    }
    const uint64_t random = mixed(seed ^ (x * 1000003 + y));
    return (uint8_t)(v + (double)(random % (2 * noise + 1)) - noise);
}

void face_fixture_init(face_fixture *f, uint64_t seed)
{
    for (size_t y = 0; y < FACE_SIDE; y++)
        for (size_t x = 0; x < FACE_SIDE; x++) {
            uint8_t *p = f->px + 3 * (y * FACE_SIDE + x);
            p[1] = face_fixture_texture(seed, x, y, 3);
            p[0] = (uint8_t)(p[1] + 20); /* about the colour of skin */
            p[2] = (uint8_t)(p[1] - 20);
        }
    f->plane = (jz_plane){ f->px, FACE_SIDE, FACE_SIDE, (size_t)FACE_SIDE * 3, 3 };
    put_mesh(&f->mesh);
}

void face_fixture_change(face_fixture *f, double radius, bool within,
                         void (*change)(face_fixture *f, const uint8_t *before, size_t x, size_t y))
{
    static uint8_t before[sizeof f->px];
    memcpy(before, f->px, sizeof before);
    for (size_t y = 0; y < FACE_SIDE; y++)
        for (size_t x = 0; x < FACE_SIDE; x++)
            if ((face_fixture_radius((double)x, (double)y) <= radius) == within)
                change(f, before, x, y);
}
