/* SPDX-License-Identifier: Apache-2.0 */
#include "decoder_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jpeglib.h>

#include <cmocka.h>

#define ROW_MAX (4096 * 4)

void blob_done(blob *b)
{
    free(b->ptr);
    *b = (blob){ 0 };
}

int blob_open(const void *data, size_t len)
{
    const int fd = memfd_create("jz-test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    return fd;
}

static uint8_t sample(uint32_t x, uint32_t y, uint32_t c)
{
    const uint32_t noise = (x * 2654435761u ^ y * 2246822519u ^ c * 3266489917u) >> 27;
    const uint32_t edge = (x / 37 + y / 23) % 2 * 60;
    return (uint8_t)((x * (c + 1) / 3 + y * (3 - c % 3) / 4 + edge + noise) & 0xff);
}

/* Ordinary first scans, then one bit of one coefficient after the other. */
static int refinement_script(jpeg_scan_info *scans, unsigned refinements)
{
    int n = 0;
    scans[n++] = (jpeg_scan_info){ .comps_in_scan = 1, .Al = 0 };
    for (int k = 1; k < 64; k++) {
        scans[n++] = (jpeg_scan_info){ .comps_in_scan = 1, .Ss = k, .Se = k, .Al = 10 };
        for (int al = 9; al >= 0 && n < (int)refinements; al--)
            scans[n++] =
                (jpeg_scan_info){ .comps_in_scan = 1, .Ss = k, .Se = k, .Ah = al + 1, .Al = al };
    }
    return n;
}

static void write_exif(struct jpeg_compress_struct *c, uint32_t orientation)
{
    /* Exif 2.32: a TIFF header and IFD0 with the one tag 0x0112 of type SHORT. */
    const uint8_t block[] = {
        'E', 'x', 'i', 'f', 0,    0, 'M', 'M', 0, 42, 0, 0, 0,
        8,   0,   1,   1,   0x12, 0, 3,   0,   0, 0,  1, 0, (uint8_t)orientation,
        0,   0,   0,   0,   0,    0
    };
    jpeg_write_marker(c, JPEG_APP0 + 1, block, sizeof block);
}

blob jpeg_make(const jpeg_spec *s)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    static jpeg_scan_info scans[1024];
    static uint8_t row[ROW_MAX];
    const uint32_t channels = s->channels == 0 ? 3 : s->channels;
    unsigned char *out = NULL;
    unsigned long len = 0;
    assert_true(s->width * channels <= ROW_MAX);
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out, &len);
    c.image_width = s->width;
    c.image_height = s->height;
    c.input_components = (int)channels;
    c.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&c);
    if (channels == 4)
        jpeg_set_colorspace(&c, JCS_YCCK);
    if (s->full_chroma)
        c.comp_info[0].h_samp_factor = c.comp_info[0].v_samp_factor = 1;
    c.arith_code = s->arithmetic;
    if (s->progressive)
        jpeg_simple_progression(&c);
    if (s->refinements > 0) {
        c.scan_info = scans;
        c.num_scans = refinement_script(scans, s->refinements);
    }
    jpeg_start_compress(&c, TRUE);
    if (s->orientation > 0)
        write_exif(&c, s->orientation);
    while (c.next_scanline < c.image_height) {
        for (uint32_t i = 0; i < s->width * channels; i++)
            row[i] = sample(i / channels, c.next_scanline, i % channels);
        JSAMPROW rows[] = { row };
        (void)jpeg_write_scanlines(&c, rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return (blob){ out, len };
}

blob jpeg_reference(const blob *file, int color_space, unsigned denominator, uint32_t *width,
                    uint32_t *height)
{
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr errors;
    d.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, file->ptr, file->len);
    (void)jpeg_read_header(&d, TRUE);
    d.out_color_space = (J_COLOR_SPACE)color_space;
    d.scale_num = 1;
    d.scale_denom = denominator;
    (void)jpeg_start_decompress(&d);
    const size_t stride = (size_t)d.output_width * (size_t)d.output_components;
    blob px = { malloc(stride * d.output_height), stride * d.output_height };
    assert_non_null(px.ptr);
    while (d.output_scanline < d.output_height) {
        JSAMPROW rows[] = { px.ptr + d.output_scanline * stride };
        (void)jpeg_read_scanlines(&d, rows, 1);
    }
    *width = d.output_width;
    *height = d.output_height;
    jpeg_destroy_decompress(&d);
    return px;
}

void shot_done(shot *s)
{
    blob_done(&s->pixels);
    blob_done(&s->pdq);
}

jz_status shot_take(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err)
{
    shot *s = user;
    const jz_plane *p = &frame->plane;
    assert_non_null(info->format);
    assert_int_equal(info->frames, frame->index + 1);
    blob_done(&s->pixels);
    s->pixels = (blob){ malloc(p->stride * p->height), p->stride * p->height };
    assert_non_null(s->pixels.ptr);
    memcpy(s->pixels.ptr, p->px, s->pixels.len);
    s->frame = *frame;
    blob_done(&s->pdq);
    if (frame->pdq.len > 0) {
        s->pdq = (blob){ malloc(frame->pdq.len), frame->pdq.len };
        assert_non_null(s->pdq.ptr);
        memcpy(s->pdq.ptr, frame->pdq.ptr, frame->pdq.len);
    }
    s->frames++;
    if (s->during != NULL)
        s->during(s->user);
    return s->answer == JZ_OK ? JZ_OK : JZ_FAIL(err, s->answer, "the test has seen enough");
}

jz_status decode_bytes(jz_decoder *d, const void *data, size_t len, const jz_decode_opts *opts,
                       shot *s, jz_media_info *info, jz_err *err)
{
    jz_err none = { 0 };
    const int fd = blob_open(data, len);
    shot_done(s);
    s->frames = 0;
    *err = none;
    const jz_status st = jz_decode(d, fd, opts, shot_take, s, info, err);
    (void)close(fd);
    return st;
}
