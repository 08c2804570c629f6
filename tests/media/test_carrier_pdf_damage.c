/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are damaged, or made to hurt. */
#include "carrier_fixture.h"

#include "base/alloc.h"
#include "media/carrier/pdf_xref.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pdf_maker.h"

/* Lists value, or nothing where it is NULL, but says that the file is damaged; no edit. */
static void expect_damage(const jz_buf *file, const char *value, jz_status why)
{
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    jz_err err = { 0 };
    const jz_status st = fx_list(pdf(), bytes_of(file), &all, &err);
    if (st != why)
        fail_msg("%s: %s", jz_status_name(st), err.frame[0]);
    assert_int_equal(all.n, value != NULL);
    if (value != NULL)
        assert_string_equal(all.m[0].value.ptr, value);
    fx_metas_done(&all);
    assert_int_equal(put(file, JZ_META_NEW, "{}", &made, NULL), why);
}

static void test_pdf_damaged_cross_reference_is_searched_around(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    with_info(&m, "<< /AIGC (old) >>");
    object(&m, 4, "<< /AIGC ({1}) >>");
    table(&m, "/Root 1 0 R /Info 4 0 R");
    jz_buf_puts(&m.out, "startxref\n7\n");
    expect_damage(&m.out, "{1}", JZ_E_CORRUPT);
    jz_buf_puts(&m.out, "startxref\n70000\n");
    expect_damage(&m.out, "{1}", JZ_E_TRUNCATED);
    for (unsigned i = 0; i < 100; i++)
        jz_buf_puts(&m.out, "% something else\n");
    expect_damage(&m.out, "{1}", JZ_E_TRUNCATED);
    MAKER_AUTO s = { 0 };
    with_object_stream(&s, "<< /AIGC 5 0 R >>");
    jz_buf_puts(&s.out, "startxref\n8\n");
    expect_damage(&s.out, "a string in an object", JZ_E_CORRUPT);
    MAKER_AUTO nothing = { 0 };
    jz_buf_puts(&nothing.out, "%PDF-1.4\n1 0 obj << /AIGC (1) >> endobj\n");
    expect_damage(&nothing.out, NULL, JZ_E_TRUNCATED);
}

static void test_pdf_offset_that_is_wrong_is_searched_around(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    pages(&m, "");
    object(&m, 4, "<< /AIGC ({1}) >>");
    m.at[4] -= 3;
    table(&m, "/Root 1 0 R /Info 4 0 R");
    expect_damage(&m.out, "{1}", JZ_E_CORRUPT);
}

static void test_pdf_bytes_before_the_header_are_refused(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO moved = { 0 };
    jz_err err = { 0 };
    JZ_BUF_AUTO made = { 0 };
    with_info(&m, "<< /A 1 >>");
    jz_buf_puts(&moved, "junk\n");
    jz_buf_put(&moved, m.out.ptr, m.out.len);
    assert_null(jz_format_find(bytes_of(&moved)));
    assert_int_equal(put(&moved, JZ_META_NEW, "{}", &made, &err), JZ_E_CORRUPT);
    assert_string_equal(err.frame[0], "no PDF header at the beginning");
}

static void test_pdf_cross_references_in_circles_are_refused(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO trailer = { 0 };
    pages(&m, "");
    object(&m, 4, "<< /AIGC ({1}) >>");
    m.prev = m.out.len;
    table(&m, "/Root 1 0 R /Info 4 0 R");
    expect_damage(&m.out, "{1}", JZ_E_CORRUPT);
    table(&m, "/Root 1 0 R /Info 4 0 R");
    expect_damage(&m.out, "{1}", JZ_E_CORRUPT);
    MAKER_AUTO h = { 0 };
    pages(&h, "");
    jz_buf_printf(&trailer, "/Root 1 0 R /XRefStm %zu", h.out.len);
    table(&h, trailer.ptr);
    expect_damage(&h.out, NULL, JZ_E_CORRUPT);
}

/* Replaces the first text by another one of the same length. */
static void swap(jz_buf *file, const char *from, const char *to)
{
    char *at = memmem(file->ptr, file->len, from, strlen(from));
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
}

static void test_pdf_numbers_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char *const swaps[][2] = {
        { "/W [1 3 1]", "/W [1 9 1]" },       { "/W [1 3 1]", "/W [-1 3] " },
        { "/W [1 3 1]", "/W [0 0 0]" },       { "/W [1 3 1]", "/W [8 8 8]" },
        { "/Index [1 15]", "/Index [1 99]" }, { "/Index [1 15]", "/Index [1-15]" },
        { "/Index [1 15]", "/Index [1 15 " }, { "/Size 16", "/Size -1" },
        { "/Columns 5", "/Columns 0" },       { "/Predictor 12", "/Predictor 99" },
        { "/Length ", "/Lengt# " },           { "/Length ", "/Length-" },
        { "/Type /XRef", "/Type /XReg" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(swaps); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        with_xref_stream(&m);
        swap(&m.out, swaps[i][0], swaps[i][1]);
        const jz_status st = put(&m.out, JZ_META_NEW, "{}", &made, NULL);
        if (i == 4) /* rows that are not there matter only to who wants them */
            assert_int_equal(st, JZ_E_CORRUPT);
        assert_int_not_equal(st, JZ_OK);
    }
    static const char *const tables[] = {
        "xref\n0 4294967295\n0000000000 65535 f \n",
        "xref\n-1 1\n0000000000 65535 f \n",
        "xref\n0 1 0000000000 65535 x \n",
        "xref\n0\ntrailer\n",
        "xref\n0 99999999999999999999999\ntrailer\n",
        "xref\n1 0 0 0\n",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(tables); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        pages(&m, "");
        const uint64_t xref = m.out.len;
        jz_buf_printf(&m.out, "%strailer\n<< /Size 9 /Root 1 0 R >>\n", tables[i]);
        end(&m, xref);
        assert_int_not_equal(put(&m.out, JZ_META_NEW, "{}", &made, NULL), JZ_OK);
    }
    static const char *const sizes[] = { "-7", "4294967296", "2147483647", "0", "3", "(x)" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(sizes); i++) { /* 3: there is an object 3 */
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO trailer = { 0 };
        JZ_BUF_AUTO made = { 0 };
        jz_buf_printf(&trailer, "/Root 1 0 R /Size %s", sizes[i]);
        pages(&m, "");
        table(&m, trailer.ptr);
        const jz_status st = put(&m.out, JZ_META_NEW, "{}", &made, NULL);
        assert_int_equal(st, i == 5 ? JZ_OK : JZ_E_CORRUPT); /* the first /Size is a number */
    }
}

static void test_pdf_streams_in_circles_are_refused(void **state)
{
    (void)state;
    static const unsigned packed[] = { 4, 6, 7, 0 };
    MAKER_AUTO m = { 0 };
    pages(&m, "");
    m.at[6] = m.out.len; /* its own place says that it is in itself */
    stream(&m, 6, "/Type /ObjStm /N 1 /First 4", text("4 0 << /AIGC (1) >>"));
    xref_stream(&m, "/Root 1 0 R /Info 4 0 R", packed, 6);
    expect_damage(&m.out, "1", JZ_E_CORRUPT); /* a search finds the object stream */
    for (unsigned i = 0; i < 2; i++) {        /* a length that is itself, or in its own stream */
        MAKER_AUTO s = { 0 };
        fx_metas all;
        pages(&s, "/Metadata 5 0 R");
        s.at[5] = s.out.len;
        jz_buf_puts(&s.out, "5 0 obj << /Length 5 0 R >> stream\nxxxx\nendstream endobj\n");
        s.at[6] = s.out.len;
        jz_buf_puts(&s.out, "6 0 obj << /N 1 /First 4 /Length 7 0 R >> stream\n7 0 8\nendstream\n");
        xref_stream(&s, i == 0 ? "/Root 1 0 R" : "/Root 1 0 R /Info 7 0 R", packed + 2, 6);
        const jz_status st = fx_list(pdf(), bytes_of(&s.out), &all, NULL);
        assert_int_equal(st, i == 0 ? JZ_OK : JZ_E_CORRUPT);
        assert_int_equal(all.m[0].meta.kind, JZ_META_XMP);
        assert_int_equal(all.m[0].meta.passed, JZ_E_CORRUPT);
        fx_metas_done(&all);
    }
}

static void repeat(jz_buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        jz_buf_puts(out, s);
}

static void test_pdf_deep_and_open_structures_are_refused(void **state)
{
    (void)state;
    static const char *const open[] = { "[",          "<</A",     "[ << /A [ >> ]", "(no end",
                                        "<41",        "<< /A >>", "/B /C >>",       "<< 1 2 >>",
                                        "<< /A ) >>", "<</A 1>",  "[<<]>>" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(open); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO info = { 0 };
        JZ_BUF_AUTO made = { 0 };
        fx_metas all;
        jz_buf_puts(&info, "<< /A ");
        repeat(&info, open[i], i < 2 ? 1000 : 1);
        with_info(&m, info.ptr);
        assert_int_not_equal(fx_list(pdf(), bytes_of(&m.out), &all, NULL), JZ_OK);
        fx_metas_done(&all);
        assert_int_not_equal(put(&m.out, JZ_META_NEW, "{}", &made, NULL), JZ_OK);
    }
}

static void test_pdf_large_string_is_a_limit(void **state)
{
    (void)state;
    static char line[4097];
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO info = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    memset(line, '(', 2048);
    memset(line + 2048, ')', 2048);
    jz_buf_puts(&info, "<< /AIGC (");
    repeat(&info, line, 25600); /* 100 MiB */
    jz_buf_puts(&info, ") /AIGC2 ({}) >>");
    with_info(&m, info.ptr);
    assert_int_equal(fx_list(pdf(), bytes_of(&m.out), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.m[0].meta.passed, JZ_E_LIMIT);
    assert_string_equal(all.m[1].value.ptr, "{}");
    fx_metas_done(&all);
    assert_int_equal(put(&m.out, JZ_META_NEW, "{}", &made, NULL), JZ_E_LIMIT);
}

static void test_pdf_bombs_are_a_limit(void **state)
{
    (void)state;
    JZ_BUF_AUTO big = { 0 };
    JZ_BUF_AUTO zip = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    repeat(&big, "                                                                ", 1 << 18);
    assert_int_equal(jz_deflate(JZ_DEFLATE_ZLIB, bytes_of(&big), &zip, NULL), JZ_OK);
    MAKER_AUTO m = { 0 };
    pages(&m, "/Metadata 5 0 R");
    stream(&m, 5, "/Filter /FlateDecode", bytes_of(&zip));
    table(&m, "/Root 1 0 R");
    assert_int_equal(fx_list(pdf(), bytes_of(&m.out), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.passed, JZ_E_LIMIT);
    fx_metas_done(&all);
    static const unsigned packed[] = { 4, 0 };
    MAKER_AUTO o = { 0 };
    pages(&o, "");
    stream(&o, 6, "/N 1 /First 4 /Filter /FlateDecode", bytes_of(&zip));
    xref_stream(&o, "/Root 1 0 R /Info 4 0 R", packed, 6);
    assert_int_equal(put(&o.out, JZ_META_NEW, "{}", &made, NULL), JZ_E_LIMIT);
    MAKER_AUTO x = { 0 };
    pages(&x, "");
    const uint64_t xref = x.out.len;
    stream(&x, 15, "/Type /XRef /W [1 3 1] /Size 16 /Root 1 0 R /Filter /FlateDecode",
           bytes_of(&zip));
    end(&x, xref);
    assert_int_equal(put(&x.out, JZ_META_NEW, "{}", &made, NULL), JZ_E_LIMIT);
}

/* Sections without end cost a stated amount of work, no more. */
static void test_pdf_too_much_work_is_a_limit(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO made = { 0 };
    begin(&m);
    const uint64_t xref = m.out.len;
    jz_buf_puts(&m.out, "xref\n");
    repeat(&m.out, "1 0\n", 3000000);
    jz_buf_puts(&m.out, "trailer << /Size 9 /Root 1 0 R >>\n");
    end(&m, xref);
    assert_int_equal(put(&m.out, JZ_META_NEW, "{}", &made, NULL), JZ_E_LIMIT);
    MAKER_AUTO many = { 0 };
    pages(&many, "");
    for (unsigned i = 0; i <= JZ_PDF_SECTIONS_MAX; i++)
        table(&many, "/Root 1 0 R");
    assert_int_equal(put(&many.out, JZ_META_NEW, "{}", &made, NULL), JZ_E_LIMIT);
}

static jz_status count_metas(void *user, const jz_meta *meta, jz_err *err)
{
    (void)meta;
    (void)err;
    (*(unsigned *)user)++;
    return JZ_OK;
}

/* Ten million objects in six gigabytes, most of them holes: only what is looked up is read. */
static void test_pdf_huge_file_is_read_in_little_memory(void **state)
{
    (void)state;
    const uint64_t objects = 10000000;
    const uint64_t at = (uint64_t)6 << 30;
    JZ_BUF_AUTO head = { 0 };
    JZ_BUF_AUTO xref = { 0 };
    JZ_BUF_AUTO tail = { 0 };
    JZ_SPLICES_AUTO plan = { 0 };
    jz_source src;
    unsigned n = 0;
    FILE *f = tmpfile();
    assert_non_null(f);
    jz_buf_puts(&head, "%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n2 0 obj << /AIGC (1) >> "
                       "endobj\n");
    jz_buf_printf(
        &xref, "xref\n0 %" PRIu64 "\n0000000000 65535 f \n0000000009 00000 n \n%010zu 00000 n \n",
        objects, (size_t)(strstr(head.ptr, "2 0 obj") - head.ptr));
    const uint64_t behind = at + strlen("xref\n0 10000000\n") + objects * 20;
    jz_buf_printf(&tail,
                  "trailer << /Size %" PRIu64 " /Root 1 0 R /Info 2 0 R >>\nstartxref\n%" PRIu64
                  "\n%%%%EOF\n",
                  objects, at);
    assert_int_equal(fseeko(f, (off_t)behind, SEEK_SET), 0);
    if (fwrite(tail.ptr, tail.len, 1, f) != 1 || fflush(f) != 0) {
        print_message("SKIP: no file of 6 GiB here\n");
        assert_int_equal(fclose(f), 0);
        skip();
    }
    assert_int_equal(fseeko(f, (off_t)at, SEEK_SET), 0);
    assert_int_equal(fwrite(xref.ptr, xref.len, 1, f), 1);
    assert_int_equal(fseeko(f, 0, SEEK_SET), 0);
    assert_int_equal(fwrite(head.ptr, head.len, 1, f), 1);
    assert_int_equal(fflush(f), 0);
    assert_int_equal(jz_source_of_fd(fileno(f), &src, NULL), JZ_OK);
    assert_int_equal(pdf()->list(&src, FX_KEY, count_metas, &n, NULL), JZ_OK);
    assert_int_equal(n, 1);
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, text("{}") };
    assert_int_equal(pdf()->edit(&src, FX_KEY, &e, 1, &plan, NULL), JZ_OK);
    assert_int_equal(plan.n, 1);
    assert_int_equal(plan.splice[0].at, src.size);
    assert_true(plan.splice[0].insert < 1000);
    assert_int_equal(fclose(f), 0);
}

static void test_pdf_hurt_files_are_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(shapes); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        shapes[i](&m);
        fx_hurt(bytes_of(&m.out), 1);
        assert_int_equal(put(&m.out, JZ_META_NEW, "{}", &made, NULL), JZ_OK);
        fx_hurt(bytes_of(&made), 3);
    }
}

/* Listing and editing with every allocation failing once. */
static void test_pdf_no_memory_is_said(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    const jz_meta_edit e[] = { { JZ_META_TEXT, JZ_META_NEW, text("{}") },
                               { JZ_META_XMP, JZ_META_NEW, text("<x/>") } };
    with_object_stream(&m, "<< /AIGC 5 0 R /AIGC2 <FEFF00> >>");
    for (unsigned damaged = 0; damaged < 2; damaged++) {
        for (unsigned n = 0;; n++) {
            JZ_SPLICES_AUTO plan = { 0 };
            jz_source src;
            unsigned listed = 0;
            jz_source_of_bytes(bytes_of(&m.out), &src);
            jz_fault_arm(n);
            jz_status st = pdf()->list(&src, FX_KEY, count_metas, &listed, NULL);
            if (st == (damaged ? JZ_E_CORRUPT : JZ_OK))
                st = pdf()->edit(&src, FX_KEY, e, 2, &plan, NULL);
            if (!jz_fault_fired()) {
                assert_int_equal(st, damaged ? JZ_E_CORRUPT : JZ_OK);
                assert_int_equal(listed, 2);
                assert_true(n > 5);
                break;
            }
            assert_int_equal(st, JZ_E_NOMEM);
        }
        jz_buf_puts(&m.out, "startxref\n8\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pdf_damaged_cross_reference_is_searched_around),
        cmocka_unit_test(test_pdf_offset_that_is_wrong_is_searched_around),
        cmocka_unit_test(test_pdf_bytes_before_the_header_are_refused),
        cmocka_unit_test(test_pdf_cross_references_in_circles_are_refused),
        cmocka_unit_test(test_pdf_numbers_that_make_no_sense_are_refused),
        cmocka_unit_test(test_pdf_streams_in_circles_are_refused),
        cmocka_unit_test(test_pdf_deep_and_open_structures_are_refused),
        cmocka_unit_test(test_pdf_large_string_is_a_limit),
        cmocka_unit_test(test_pdf_bombs_are_a_limit),
        cmocka_unit_test(test_pdf_too_much_work_is_a_limit),
        cmocka_unit_test(test_pdf_huge_file_is_read_in_little_memory),
        cmocka_unit_test(test_pdf_hurt_files_are_survived),
        cmocka_unit_test(test_pdf_no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
