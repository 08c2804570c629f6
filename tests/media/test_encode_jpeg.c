/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG: coefficients outside of the overlay are the same to the bit, those under it show it. */
#include "carrier_fixture.h"
#include "decoder_fixture.h"
#include "encode_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <cmocka.h>

typedef struct picture {
    struct jpeg_decompress_struct j;
    struct jpeg_error_mgr errors;
    jvirt_barray_ptr *coefficients;
} picture;

static void open_picture(picture *p, const jz_buf *file)
{
    p->j.err = jpeg_std_error(&p->errors); /* a damaged result ends the test program */
    jpeg_create_decompress(&p->j);
    for (int i = 0; i < 16; i++)
        jpeg_save_markers(&p->j, JPEG_APP0 + i, 0xffff);
    jpeg_save_markers(&p->j, JPEG_COM, 0xffff);
    jpeg_mem_src(&p->j, (const uint8_t *)file->ptr, file->len);
    assert_int_equal(jpeg_read_header(&p->j, TRUE), JPEG_HEADER_OK);
    p->coefficients = jpeg_read_coefficients(&p->j);
}

static JBLOCKROW blocks(picture *p, int component, JDIMENSION row)
{
    return p->j.mem->access_virt_barray((j_common_ptr)&p->j, p->coefficients[component], row, 1,
                                        FALSE)[0];
}

/* Whether a block's pixels meet the overlay. */
static bool is_under(const picture *p, int component, JDIMENSION x, JDIMENSION y,
                     const jz_overlay *o)
{
    const jpeg_component_info *k = &p->j.comp_info[component];
    const uint32_t w = 8u * (uint32_t)(p->j.max_h_samp_factor / k->h_samp_factor);
    const uint32_t h = 8u * (uint32_t)(p->j.max_v_samp_factor / k->v_samp_factor);
    return x * w < o->x + o->width && (x + 1) * w > o->x && y * h < o->y + o->height &&
           (y + 1) * h > o->y;
}

/* Returns how many blocks under the overlay have changed. */
static unsigned compare_coefficients(const char *name, picture *a, picture *b, const jz_overlay *o)
{
    unsigned changed = 0;
    assert_int_equal(a->j.num_components, b->j.num_components);
    for (int i = 0; i < a->j.num_components; i++) {
        const jpeg_component_info *k = &a->j.comp_info[i];
        assert_int_equal(k->h_samp_factor, b->j.comp_info[i].h_samp_factor);
        assert_int_equal(k->v_samp_factor, b->j.comp_info[i].v_samp_factor);
        assert_memory_equal(k->quant_table->quantval, b->j.comp_info[i].quant_table->quantval,
                            sizeof k->quant_table->quantval);
        for (JDIMENSION y = 0; y < k->height_in_blocks; y++)
            for (JDIMENSION x = 0; x < k->width_in_blocks; x++) {
                const bool same =
                    memcmp(blocks(a, i, y)[x], blocks(b, i, y)[x], sizeof(JBLOCK)) == 0;
                if (!same && !is_under(a, i, x, y, o))
                    fail_msg("%s: component %d, block %u, %u changed", name, i, x, y);
                changed += !same;
            }
    }
    return changed;
}

static void compare_markers(const picture *a, const picture *b)
{
    jpeg_saved_marker_ptr m = a->j.marker_list;
    jpeg_saved_marker_ptr n = b->j.marker_list;
    for (; m != NULL; m = m->next, n = n->next) {
        assert_non_null(n);
        assert_int_equal(m->marker, n->marker);
        assert_int_equal(m->data_length, n->data_length);
        assert_memory_equal(m->data, n->data, m->data_length);
    }
    assert_null(n);
}

/* Where the overlay is opaque over whole blocks, its colour shows. */
static void check_colour(const jz_buf *file, const jz_overlay *o, bool grey)
{
    const uint8_t *p = o->rgba + (o->height / 2) * o->stride + (size_t)o->width / 2 * 4;
    uint32_t width, height;
    const blob whole = { (uint8_t *)file->ptr, file->len };
    blob pixels = jpeg_reference(&whole, JCS_RGB, 1, &width, &height);
    const size_t at = (size_t)(o->y + o->height / 2) * width + o->x + o->width / 2;
    const double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
    for (unsigned c = 0; c < 3; c++) {
        const double want = grey ? luma : p[c];
        const double got = pixels.ptr[at * 3 + c];
        if (got < want - 6 || got > want + 6)
            fail_msg("component %u is %g, not %g", c, got, want);
    }
    blob_done(&pixels);
}

static void check_file(const char *name, const jz_buf *file, const jz_overlay *o, bool grey)
{
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    picture a, b;
    if (ef_burn(file, o, 1, NULL, &out, &info, &err) != JZ_OK)
        fail_msg("%s: %s", name, err.frame[0]);
    assert_string_equal(info.codec, "jpeg");
    assert_true(info.untouched);
    open_picture(&a, file);
    open_picture(&b, &out);
    assert_int_equal(a.j.progressive_mode, b.j.progressive_mode);
    assert_int_equal(a.j.arith_code, b.j.arith_code);
    assert_int_equal(a.j.restart_interval, b.j.restart_interval);
    assert_true(compare_coefficients(name, &a, &b, o) > 0);
    compare_markers(&a, &b);
    check_colour(&out, o, grey);
    jpeg_destroy_decompress(&a.j);
    jpeg_destroy_decompress(&b.j);
}

/* One colour, opaque, aligned to nothing. */
static uint8_t *plain_overlay(jz_overlay *o)
{
    uint8_t *px = ef_overlay(33, 29, 11, 5, o);
    for (size_t i = 0; i < (size_t)o->width * o->height; i++) {
        px[i * 4] = 200;
        px[i * 4 + 1] = 90;
        px[i * 4 + 2] = 30;
        px[i * 4 + 3] = 255;
    }
    return px;
}

static void test_blocks_outside_are_the_same(void **state)
{
    static const char *const names[] = { "baseline.jpg", "progressive.jpg", "arithmetic.jpg",
                                         "grey.jpg" };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(&o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO file = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", names[i]);
        assert_true(fx_load(path, false, &file));
        check_file(names[i], &file, &o, strcmp(names[i], "grey.jpg") == 0);
    }
    free(px);
}

typedef struct variant {
    int h, v; /* luma's sampling */
    unsigned restart;
    bool rgb;
} variant;

static void make_jpeg(const variant *v, jz_buf *out)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *mem = NULL;
    unsigned long size = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &mem, &size);
    c.image_width = 75;
    c.image_height = 61;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    if (v->rgb)
        jpeg_set_colorspace(&c, JCS_RGB);
    c.comp_info[0].h_samp_factor = v->h;
    c.comp_info[0].v_samp_factor = v->v;
    c.restart_interval = v->restart;
    jpeg_set_quality(&c, 88, TRUE);
    jpeg_start_compress(&c, TRUE);
    jpeg_write_marker(&c, JPEG_COM, (const JOCTET *)"a comment", 9);
    jpeg_write_marker(&c, JPEG_APP0 + 2, (const JOCTET *)"ICC_PROFILE\0\1\1data", 18);
    jpeg_write_marker(&c, JPEG_APP0 + 1, (const JOCTET *)"Exif\0\0II*\0", 10);
    while (c.next_scanline < c.image_height) {
        uint8_t row[75 * 3];
        for (unsigned x = 0; x < sizeof row; x++)
            row[x] = (uint8_t)(x * 2 + c.next_scanline * 3 + (x * c.next_scanline) % 31);
        JSAMPROW rows[] = { row };
        (void)jpeg_write_scanlines(&c, rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    jz_buf_put(out, mem, size);
    free(mem);
}

static void test_every_sampling_is_kept(void **state)
{
    static const variant variants[] = {
        { 1, 1, 0, false }, { 2, 1, 0, false }, { 1, 2, 0, false }, { 2, 2, 0, false },
        { 4, 1, 0, false }, { 2, 2, 3, false }, { 1, 1, 0, true },
    };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(&o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(variants); i++) {
        JZ_BUF_AUTO file = { 0 };
        char name[64];
        make_jpeg(&variants[i], &file);
        (void)snprintf(name, sizeof name, "%d x %d", variants[i].h, variants[i].v);
        check_file(name, &file, &o, false);
    }
    free(px);
}

static void test_what_stands_behind_is_kept(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_overlay o;
    uint8_t *px = plain_overlay(&o);
    make_jpeg(&(variant){ 2, 2, 0, false }, &file);
    jz_buf_puts(&file, "a film behind it");
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, NULL), JZ_OK);
    assert_memory_equal(out.ptr + out.len - 16, "a film behind it", 16);
    free(px);
}

/* An index of two pictures (CIPA DC-007): the second one is found where it then stands. */
static void test_second_picture_is_found_again(void **state)
{
    static const uint8_t mpf[] = { 0xff, 0xe2, 0,  66, 'M', 'P', 'F', 0,    'I', 'I', 42, 0,
                                   8,    0,    0,  0,  1,   0,   2,   0xb0, 7,   0,   32, 0,
                                   0,    0,    26, 0,  0,   0,   0,   0,    0,   0 };
    enum { INDEX = 2 + 8, ENTRIES = INDEX + 26, WHOLE = 68 };
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO both = { 0 };
    JZ_BUF_AUTO out = { 0 };
    uint8_t entries[WHOLE - sizeof mpf] = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    jz_overlay o;
    uint8_t *px = plain_overlay(&o);
    make_jpeg(&(variant){ 2, 2, 0, false }, &file);
    const size_t end = file.len + WHOLE;
    for (unsigned i = 0; i < 2; i++) { /* both sizes fit into 16 bits */
        entries[4 + i] = (uint8_t)(end >> 8 * i);
        entries[24 + i] = (uint8_t)((end + 3 - INDEX) >> 8 * i);
    }
    jz_buf_put(&both, file.ptr, 2);
    jz_buf_put(&both, mpf, sizeof mpf);
    jz_buf_put(&both, entries, sizeof entries);
    jz_buf_put(&both, file.ptr + 2, file.len - 2);
    jz_buf_puts(&both, "gapthe second");
    if (ef_burn(&both, &o, 1, NULL, &out, &info, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    const uint8_t *p = (const uint8_t *)out.ptr + ENTRIES;
    const size_t size = (size_t)p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16;
    const size_t offset = (size_t)p[24] | (size_t)p[25] << 8 | (size_t)p[26] << 16;
    assert_int_not_equal(out.len, both.len); /* else nothing had to move */
    assert_int_equal(size, out.len - 13);
    assert_memory_equal(out.ptr + INDEX + offset, "the second", 10);
    free(px);
}

static void test_bad_files_are_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    jz_overlay o;
    uint8_t *px = plain_overlay(&o);
    assert_true(fx_load("media/cmyk.jpg", false, &file));
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_UNSUPPORTED);
    assert_non_null(strstr(err.frame[0], "CMYK"));
    jz_buf_reset(&file);
    make_jpeg(&(variant){ 2, 2, 0, false }, &file);
    for (size_t cut = 3; cut < file.len - 2; cut += 97) {
        const size_t len = file.len;
        file.len = cut;
        const jz_status st = ef_burn(&file, &o, 1, NULL, &out, &info, &err);
        if (st != JZ_E_TRUNCATED && st != JZ_E_CORRUPT)
            fail_msg("cut at %zu: %s", cut, jz_status_name(st));
        file.len = len;
    }
    for (size_t at = 2; at < file.len; at += 61) { /* no crash, whatever it is */
        file.ptr[at] = (char)~file.ptr[at];
        const jz_status st = ef_burn(&file, &o, 1, NULL, &out, &info, &err);
        if (st == JZ_E_CRASH || st == JZ_E_TIMEOUT || st == JZ_E_BUG)
            fail_msg("byte %zu: %s", at, err.frame[0]);
        file.ptr[at] = (char)~file.ptr[at];
    }
    free(px);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_outside_are_the_same),
        cmocka_unit_test(test_every_sampling_is_kept),
        cmocka_unit_test(test_what_stands_behind_is_kept),
        cmocka_unit_test(test_second_picture_is_found_again),
        cmocka_unit_test(test_bad_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
