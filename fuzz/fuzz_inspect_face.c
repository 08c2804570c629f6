/* SPDX-License-Identifier: Apache-2.0 */
/* A face wherever its points may be, on a small picture: views, gates, measurements, a self-blend.
 * The first bytes are the picture's sides and the points' scale, the rest points and then pixels.
 */
#include "inspect/gates.h"
#include "inspect/recode.h"
#include "inspect/self_blend.h"

#include "base/alloc.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define HEAD 4
#define SIDE_MAX 96u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_mesh(const uint8_t *data, size_t size, float scale, jz_mesh *mesh)
{
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        for (size_t k = 0; k < 3; k++) {
            const uint8_t v = data[(3 * i + k) % size];
            mesh->at[i][k] = v == 255 ? (float)INFINITY : v == 254 ? NAN : ((float)v - 64) * scale;
        }
}

static void look(const jz_plane *plane, const jz_mesh *mesh)
{
    jz_pyramid p = { 0 };
    jz_face_view v = { 0 }, small = { 0 };
    jz_face_exam x = { .outcome = JZ_OUTCOME_NO_SUPPORT };
    if (jz_pyramid_init(plane, &p, NULL) != JZ_OK)
        return;
    if (jz_face_view_init(&p, mesh, 0, &v, NULL) == JZ_OK &&
        jz_face_view_init(&p, mesh, 24, &small, NULL) == JZ_OK) {
        const jz_face_views views = { &v, &v, true, NULL };
        jz_mesh_outline(mesh, x.outline);
        jz_measure_face(&views, x.measured);
        (void)jz_gates_check(&(jz_gate_input){ &views, &small, &x.face, mesh, 1 }, &x);
        for (size_t i = 0; i < JZ_MEASURES; i++)
            assert(!x.measured[i].valid || isfinite(x.measured[i].value));
    }
    jz_face_view_done(&v);
    jz_face_view_done(&small);
    jz_pyramid_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD + 1)
        return 0;
    const uint32_t width = 1 + data[0] % SIDE_MAX, height = 1 + data[1] % SIDE_MAX;
    const uint32_t channels = (data[2] & 1) != 0 ? 3 : 1;
    const size_t n = (size_t)width * height;
    const jz_blend b = jz_blend_at(data[3]);
    jz_mesh mesh;
    put_mesh(data + HEAD, size - HEAD, (float)(1 + data[2] / 2) / 32, &mesh);
    jz_auto(uint8_t) *px = jz_alloc(n * channels);
    jz_auto(uint8_t) *out = jz_alloc(n * channels);
    jz_auto(uint8_t) *mask = jz_alloc(n);
    if (px == NULL || out == NULL || mask == NULL)
        return 0;
    for (size_t i = 0; i < n * channels; i++)
        px[i] = (uint8_t)(data[i % size] + i / 7);
    const jz_plane plane = { px, width, height, (size_t)width * channels, channels };
    look(&plane, &mesh);
    if (jz_self_blend(&plane, &mesh, &b, out, mask, NULL) == JZ_OK)
        for (size_t i = 0; i < n; i++)
            assert(mask[i] > 0 || memcmp(out + i * channels, px + i * channels, channels) == 0);
    jz_recode(px, width, height, channels, 1 + data[3] % 100);
    return 0;
}
