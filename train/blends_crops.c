/* SPDX-License-Identifier: Apache-2.0 */
/* jz-blends: frames to what the network sees, and that to what it says. */
#include "blends.h"

#include "base/alloc.h"

#include <string.h>

/* ---- crops ---- */

static void put_crop(const uint8_t *frame, uint32_t side, const truth *t)
{
    static float px[WIDE * WIDE * 3];
    static crop c;
    jz_err err = { 0 };
    jz_pyramid p = { 0 };
    const jz_plane plane = { frame, side, side, (size_t)side * 3, 3 };
    check(jz_pyramid_init(&plane, &p, &err), &err);
    jz_square_cut(&p, &t->square, WIDE, px);
    jz_pyramid_done(&p);
    c.blended = t->blended;
    c.photo = t->photo;
    memcpy(c.map, t->map, sizeof c.map);
    jz_cut_bytes(px, sizeof c.px, c.px);
    put(&c, sizeof c);
}

void crops(int argc, char **argv)
{
    if (argc != 4)
        stop("crops SIDE FRAMES COUNT TRUTH");
    const uint32_t side = number(argv[0], LARGEST), frames = number(argv[1], 64);
    const uint32_t count = number(argv[2], 1u << 20);
    const size_t size = (size_t)side * side * 3;
    uint8_t *frame = room(size);
    FILE *in = NULL; /* may be in the making: each record is there before its frames are */
    truth t = { 0 };
    bool used = true;
    for (uint32_t i = 0; i < 2 * count; i++)
        for (uint32_t k = 1; k <= frames; k++) {
            if (fread(frame, 1, size, stdin) != size)
                stop("reading FRAMES");
            if (in == NULL)
                in = fopen(argv[3], "rb");
            if (in == NULL || (used && fread(&t, sizeof t, 1, in) != 1))
                stop("reading TRUTH");
            used = t.frame == k;
            if (used)
                put_crop(frame, side, &t);
        }
    if (in != NULL)
        (void)fclose(in); /* only read */
    if (fflush(stdout) != 0)
        stop("writing");
}

/* ---- score ---- */

#define CELLS ((size_t)JZ_MAP_SIDE * JZ_MAP_SIDE)

typedef struct said { /* sums over crops of one scene */
    double score;
    float map[CELLS];
} said;

/* Of the crop's middle. */
static void add(jz_face_net *net, const crop *c, said *sum)
{
    static float in[JZ_NET_SIDE * JZ_NET_SIDE * 3];
    const size_t row = (size_t)JZ_NET_SIDE * 3, corner = (size_t)MARGIN * CELL * (WIDE + 1) * 3;
    float map[CELLS];
    double s;
    jz_err err = { 0 };
    for (size_t i = 0; i < row * JZ_NET_SIDE; i++)
        in[i] = (float)c->px[corner + i / row * WIDE * 3 + i % row] / 127.5f - 1;
    check(jz_face_net_run(net, in, &s, map, &err), &err);
    sum->score += s;
    for (size_t i = 0; i < CELLS; i++)
        sum->map[i] += map[i];
}

/* Of each scene a line: the mean score, the mean map. */
void score(int argc, char **argv)
{
    if (argc != 3)
        stop("score MODEL COUNT FRAMES");
    static crop c;
    jz_err err = { 0 };
    jz_auto(jz_face_net) *net = NULL;
    check(jz_face_net_open(argv[0], &net, &err), &err);
    const uint32_t frames = number(argv[2], 64);
    for (uint32_t n = number(argv[1], 1u << 20); n > 0; n--) {
        said sum = { 0 };
        for (uint32_t k = 0; k < frames; k++) {
            if (fread(&c, sizeof c, 1, stdin) != 1)
                stop("reading CROPS");
            add(net, &c, &sum);
        }
        (void)printf("%.6f", sum.score / frames);
        for (size_t i = 0; i < CELLS; i++)
            (void)printf(" %.4f", (double)(sum.map[i] / (float)frames));
        (void)putchar('\n');
    }
}
