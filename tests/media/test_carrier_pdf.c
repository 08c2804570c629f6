/* SPDX-License-Identifier: Apache-2.0 */
/* What is read and written in whole files. Damaged ones are in test_carrier_pdf_damage.c. */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "carrier_peers.h"
#include "pdf_maker.h"

#define VALUE "{\"Label\":\"1\",\"ContentProducer\":\"(\\\\)\xe9\x89\xb4\"}"
#define BEYOND "\xe9\x89\xb4\xf0\x9f\x98\x80" /* the plane that UTF-16 needs two units for */
#define ASCII "{\"Label\":\"1\",\"ContentProducer\":\"(a\\\\b))\"}"

static void test_pdf_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(shapes); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO ascii = { 0 };
        JZ_BUF_AUTO beyond = { 0 };
        shapes[i](&m);
        fx_round_trip(bytes_of(&m.out), VALUE, &made);
        assert_true(made.len > m.out.len);
        assert_memory_equal(made.ptr, m.out.ptr, m.out.len);
        fx_round_trip(bytes_of(&m.out), ASCII, &ascii);
        assert_memory_equal(ascii.ptr, m.out.ptr, m.out.len);
        fx_round_trip(bytes_of(&m.out), BEYOND, &beyond);
    }
}

static void test_pdf_data_set_round_trip(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    if (!fx_load("formats/basic-no-xmp.pdf", true, &file)) {
        print_message("SKIP: no JZ_TEST_DATA\n");
        skip();
    }
    fx_round_trip(bytes_of(&file), VALUE, &made);
    assert_memory_equal(made.ptr, file.ptr, file.len);
}

static void test_pdf_labelled_again_and_again_does_not_grow(void **state)
{
    (void)state;
    static const char *const values[] = { "{1}", "{2}", "{3}", "{4}" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(shapes); i++) {
        MAKER_AUTO m = { 0 };
        jz_buf made[4] = { 0 };
        uint64_t at = JZ_META_NEW;
        shapes[i](&m);
        for (size_t k = 0; k < 4; k++) {
            const jz_buf *from = k == 0 ? &m.out : &made[k - 1];
            assert_int_equal(put(from, at, values[k], &made[k], NULL), JZ_OK);
            assert_int_equal(last_is(&made[k], values[k], &at), 1);
            assert_int_equal(made[k].len, made[0].len);
            assert_false(contains(&made[k], k == 0 ? "{2}" : values[k - 1]));
        }
        for (size_t k = 0; k < 4; k++)
            jz_buf_done(&made[k]);
    }
}

/* A revision of another program is never replaced, nor one that only looks like ours. */
static void test_pdf_revisions_of_others_stay(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO ours = { 0 };
    JZ_BUF_AUTO again = { 0 };
    uint64_t at;
    with_info(&m, "<< /A 1 >>");
    assert_int_equal(put(&m.out, JZ_META_NEW, "{1}", &ours, NULL), JZ_OK);
    assert_int_equal(last_is(&ours, "{1}", &at), 1);
    MAKER_AUTO theirs = { .out = ours, .prev = m.prev };
    ours = (jz_buf){ 0 };
    const char *start = memmem(theirs.out.ptr, theirs.out.len, "\nxref\n4 1", 9);
    assert_non_null(start);
    theirs.prev = (uint64_t)(start + 1 - theirs.out.ptr);
    object(&theirs, 3, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 8 8] >>");
    table(&theirs, "/Root 1 0 R /Info 4 0 R");
    assert_int_equal(put(&theirs.out, at, "{2}", &again, NULL), JZ_OK);
    assert_true(again.len > theirs.out.len);
    assert_memory_equal(again.ptr, theirs.out.ptr, theirs.out.len);
    assert_int_equal(last_is(&again, "{2}", NULL), 1);
}

/* A last revision as ours are, but for what is before its object. */
static void with_own_revision(maker *m, const char *more)
{
    JZ_BUF_AUTO end = { 0 };
    with_info(m, "<< /A 1 >>");
    const size_t from = m->out.len;
    jz_buf_printf(&m->out, "%%jianzhen revision\n%s", more);
    object(m, 4, "<<\n/AIGC (old)\n>>");
    const size_t xref = m->out.len;
    jz_buf_printf(&m->out,
                  "xref\n4 1\n%010" PRIu64 " 00000 n \ntrailer\n<< /Size 5 /Root 1 0 R /Info 4 0 R "
                  "/Prev %" PRIu64 " >>\n",
                  m->at[4], m->prev);
    jz_buf_printf(&end, "\nstartxref\n%zu\n%%%%EOF\n", xref);
    jz_buf_printf(&m->out, "%%jianzhen revision of %012zu%s", m->out.len - from + 34 + end.len,
                  end.ptr);
}

static void test_pdf_only_a_revision_exactly_like_ours_is_replaced(void **state)
{
    (void)state;
    static const char *const more[] = { "", "9 0 obj 1 endobj\n", "%\n", "\n" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(more); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        uint64_t at;
        with_own_revision(&m, more[i]);
        assert_int_equal(last_is(&m.out, "old", &at), 1);
        assert_int_equal(put(&m.out, at, "new", &made, NULL), JZ_OK);
        assert_int_equal(last_is(&made, "new", NULL), 1);
        assert_int_equal(contains(&made, "(old)"), i > 0);
    }
}

static void test_pdf_identifier_changes_in_its_second_part(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    with_xref_stream(&m); /* /ID [(one) <74776F>] */
    assert_int_equal(put(&m.out, JZ_META_NEW, "{1}", &one, NULL), JZ_OK);
    assert_int_equal(put(&m.out, JZ_META_NEW, "{2}", &two, NULL), JZ_OK);
    const char *a = memmem(one.ptr + m.out.len, one.len - m.out.len, "/ID [(one) <", 12);
    const char *b = memmem(two.ptr + m.out.len, two.len - m.out.len, "/ID [(one) <", 12);
    assert_non_null(a);
    assert_non_null(b);
    assert_memory_not_equal(a + 12, b + 12, 32);
    assert_memory_equal(a + 44, ">]", 2);
}

static void test_pdf_other_entries_stay_byte_for_byte(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO made = { 0 };
    with_info(&m, "<</T(a\\)\\\n(b))/D [1<<\t/X#20Y<6>>>%]\n]%x>>\n/E true /N null/F/G/R 3 0 R>>");
    assert_int_equal(put(&m.out, JZ_META_NEW, "{}", &made, NULL), JZ_OK);
    const char *info = memmem(made.ptr + m.out.len, made.len - m.out.len, "4 0 obj\n", 8);
    assert_non_null(info);
    static const char wanted[] =
        "4 0 obj\n<<\n/T(a\\)\\\n(b))\n/D [1<<\t/X#20Y<6>>>%]\n]\n/E true\n"
        "/N null\n/F/G\n/R 3 0 R\n/AIGC ({})\n>>\nendobj\n";
    assert_memory_equal(info, wanted, strlen(wanted));
}

static void expect_values(const jz_buf *file, const char *const *values, size_t n)
{
    fx_metas all;
    jz_err err = { 0 };
    if (fx_list(pdf(), bytes_of(file), &all, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    assert_int_equal(all.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(all.m[i].meta.kind, JZ_META_TEXT);
        assert_int_equal(all.m[i].meta.passed, JZ_OK);
        assert_string_equal(all.m[i].value.ptr, values[i]);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(all.m[i].meta.at, all.m[k].meta.at);
    }
    fx_metas_done(&all);
}

static void test_pdf_reads_all_ways_to_write_a_text(void **state)
{
    (void)state;
    static const struct {
        const char *written;
        const char *value;
    } cases[] = {
        { "({\\(\\)\\\\(())\\101\\53\\0531\\n\\z})", "{()\\(())A++1\nz}" },
        { "(a\\\r\nb\\\nc\rd\r\ne)", "abc\nd\ne" },
        { "<7b 7D2>", "{} " },
        { "<FEFF 9274 D83D DE00>", "\xe9\x89\xb4\xf0\x9f\x98\x80" },
        { "(\\376\\377\\222\\164\\000A)", "\xe9\x89\xb4"
                                          "A" },
        { "<FFFE7492>", "\xe9\x89\xb4" },
        { "(\xef\xbb\xbf\xe9\x89\xb4)", "\xe9\x89\xb4" },
        { "(\x80\xa0\xe9\x18\x9f)", "\xe2\x80\xa2\xe2\x82\xac\xc3\xa9\xcb\x98\xef\xbf\xbd" },
        { "()", "" },
        { "<>", "" },
        { "5 0 R", "a string" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO info = { 0 };
        jz_buf_printf(&info, "<< /Title (AIGC) /AIGC %s /X 1 >>", cases[i].written);
        pages(&m, "");
        object(&m, 4, info.ptr);
        object(&m, 5, "(a string)");
        table(&m, "/Root 1 0 R /Info 4 0 R");
        expect_values(&m.out, &cases[i].value, 1);
    }
}

static void test_pdf_reads_all_keys(void **state)
{
    (void)state;
    static const char *const values[] = { "1", "2", "3", "4" };
    MAKER_AUTO m = { 0 };
    with_info(&m, "<< /AIGC (1) /x#61igc#2f (2) /#41#49GC<33> /AIGC null /AIG (no) /AIGC#4 (4) >>");
    expect_values(&m.out, values, 4);
}

static void test_pdf_reads_object_streams(void **state)
{
    (void)state;
    static const char *const values[] = { "{1}", "a string in an object" };
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    with_object_stream(&m, "<< /AIGC ({1}) /Z 0 /AIGC2 5 0 R >>");
    expect_values(&m.out, values, 2);
    assert_int_equal(fx_list(pdf(), bytes_of(&m.out), &all, NULL), JZ_OK);
    assert_true(all.m[0].meta.packed);
    const jz_meta_edit e[] = {
        { JZ_META_TEXT, all.m[0].meta.at, { 0 } },
        { JZ_META_TEXT, all.m[1].meta.at, text("{3}") },
    };
    fx_metas_done(&all);
    assert_int_equal(fx_edit(pdf(), bytes_of(&m.out), e, 2, &made, NULL), JZ_OK);
    assert_int_equal(last_is(&made, "{3}", NULL), 1);
    assert_true(contains(&made, "<<\n/Z 0\n/AIGC2 ({3})\n>>"));
}

static void test_pdf_newest_revision_counts(void **state)
{
    (void)state;
    static const char *const values[] = { "new" };
    MAKER_AUTO m = { 0 };
    with_info(&m, "<< /AIGC (old) >>");
    object(&m, 4, "<< /AIGC (new) >>");
    table(&m, "/Root 1 0 R /Info 4 0 R");
    expect_values(&m.out, values, 1);
    table(&m, "/Root 1 0 R"); /* a trailer without information */
    expect_values(&m.out, NULL, 0);
}

#define XMP "<x:xmpmeta xmlns:x='adobe:ns:meta/'>"

static void with_metadata(maker *m, const char *dict, const char *packet, bool packed)
{
    JZ_BUF_AUTO zip = { 0 };
    JZ_BUF_AUTO all = { 0 };
    pages(m, "/Metadata 5 0 R /Lang (zh)");
    object(m, 4, "<< /A 1 >>");
    assert_int_equal(jz_deflate(JZ_DEFLATE_ZLIB, text(packet), &zip, NULL), JZ_OK);
    jz_buf_printf(&all, "%s %s", dict, packed ? "/Filter /FlateDecode" : "");
    stream(m, 5, all.ptr, packed ? bytes_of(&zip) : text(packet));
    table(m, "/Root 1 0 R /Info 4 0 R");
}

static void test_pdf_xmp_is_read_and_replaced(void **state)
{
    (void)state;
    for (unsigned packed = 0; packed < 2; packed++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        fx_metas all;
        with_metadata(&m, "/Type /Metadata /Own (x)", XMP "old", packed);
        assert_int_equal(last_is(&m.out, XMP "old", NULL), 1);
        assert_int_equal(fx_list(pdf(), bytes_of(&m.out), &all, NULL), JZ_OK);
        assert_int_equal(all.m[0].meta.kind, JZ_META_XMP);
        assert_int_equal(all.m[0].meta.packed, packed);
        const jz_meta_edit e[] = { { JZ_META_XMP, all.m[0].meta.at, text(XMP "new") },
                                   { JZ_META_TEXT, JZ_META_NEW, text("{}") } };
        fx_metas_done(&all);
        assert_int_equal(fx_edit(pdf(), bytes_of(&m.out), e, 2, &made, NULL), JZ_OK);
        assert_int_equal(last_is(&made, XMP "new", NULL), 2);
        assert_true(contains(&made, "5 0 obj\n<<\n/Type /Metadata\n/Own (x)\n/Length 39\n>>"));
    }
}

static void test_pdf_xmp_comes_and_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(shapes); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO labelled = { 0 };
        JZ_BUF_AUTO gone = { 0 };
        uint64_t at;
        shapes[i](&m);
        jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, text(XMP "new") };
        assert_int_equal(fx_edit(pdf(), bytes_of(&m.out), &e, 1, &made, NULL), JZ_OK);
        assert_int_equal(last_is(&made, XMP "new", NULL), 1);
        assert_memory_equal(made.ptr, m.out.ptr, m.out.len);
        assert_int_equal(put(&made, JZ_META_NEW, "{}", &labelled, NULL), JZ_OK); /* takes it over */
        assert_int_equal(last_is(&labelled, XMP "new", &at), 2);
        e = (jz_meta_edit){ JZ_META_XMP, at, { 0 } };
        assert_int_equal(fx_edit(pdf(), bytes_of(&labelled), &e, 1, &gone, NULL), JZ_OK);
        assert_int_equal(last_is(&gone, "{}", NULL), 1);
    }
}

static void test_pdf_second_xmp_and_other_kinds_are_refused(void **state)
{
    (void)state;
    static const jz_meta_edit wrong[] = {
        { JZ_META_XMP, JZ_META_NEW, { (const uint8_t *)"x", 1 } },
        { JZ_META_EXIF, JZ_META_NEW, { (const uint8_t *)"x", 1 } },
        { JZ_META_TEXT, 30, { (const uint8_t *)"x", 1 } },
        { JZ_META_XMP, 30, { (const uint8_t *)"x", 1 } },
        { JZ_META_TEXT, JZ_META_NEW, { (const uint8_t *)"\xff", 1 } },
        { JZ_META_TEXT, JZ_META_NEW, { 0 } },
    };
    static const jz_status why[] = { JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_INVAL,
                                     JZ_E_INVAL,       JZ_E_INVAL,       JZ_E_INVAL };
    MAKER_AUTO m = { 0 };
    with_metadata(&m, "", XMP, false);
    for (size_t i = 0; i < JZ_ARRAY_LEN(wrong); i++) {
        JZ_BUF_AUTO made = { 0 };
        assert_int_equal(fx_edit(pdf(), bytes_of(&m.out), &wrong[i], 1, &made, NULL), why[i]);
    }
}

static void test_pdf_encrypted_is_listed_and_refused(void **state)
{
    (void)state;
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    jz_err err = { 0 };
    pages(&m, "");
    object(&m, 4, "<< /AIGC (\x12\x9a) >>");
    table(&m, "/Root 1 0 R /Info 4 0 R /Encrypt << /Filter /Standard >>");
    assert_int_equal(fx_list(pdf(), bytes_of(&m.out), &all, NULL), JZ_E_UNSUPPORTED);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.passed, JZ_E_UNSUPPORTED);
    assert_null(all.m[0].meta.value.ptr);
    fx_metas_done(&all);
    assert_int_equal(put(&m.out, JZ_META_NEW, "{}", &made, &err), JZ_E_UNSUPPORTED);
    assert_string_equal(err.frame[0], "the document is encrypted");
}

/* A signed document whose certification allows what P says. */
static void with_signature(maker *m, const char *reference)
{
    JZ_BUF_AUTO signature = { 0 };
    pages(m, "/Perms << /DocMDP 6 0 R >>");
    jz_buf_printf(&signature,
                  "<< /Type /Sig /ByteRange [0 10 20 30] /Contents <00> /Reference %s >>",
                  reference);
    object(m, 6, signature.ptr);
    object(m, 7, "<< /Type /TransformParams /P 1 >>");
    object(m, 8, "[ << /TransformMethod /DocMDP /TransformParams 7 0 R >> ]");
    table(m, "/Root 1 0 R");
}

static void test_pdf_certified_without_changes_is_refused(void **state)
{
    (void)state;
    static const char *const none[] = {
        "[ << /TransformMethod /DocMDP /TransformParams << /P 1 >> >> ]",
        "[ << /TransformMethod /X >> << /TransformMethod /DocMDP /TransformParams 7 0 R >> ]",
        "8 0 R",
    };
    static const char *const some[] = {
        "[ << /TransformMethod /DocMDP /TransformParams << /P 2 >> >> ]",
        "[ << /TransformMethod /DocMDP /TransformParams << >> >> ]",
        "[ << /TransformMethod /FieldMDP /TransformParams << /P 1 >> >> ]",
        "null",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(none); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        jz_err err = { 0 };
        with_signature(&m, none[i]);
        assert_int_equal(put(&m.out, JZ_META_NEW, "{}", &made, &err), JZ_E_UNSUPPORTED);
        assert_non_null(strstr(err.frame[0], "DocMDP"));
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(some); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        with_signature(&m, some[i]);
        assert_int_equal(put(&m.out, JZ_META_NEW, "{}", &made, NULL), JZ_OK);
        assert_memory_equal(made.ptr, m.out.ptr, m.out.len); /* what was signed */
    }
}

/* What a program makes of a file; false where there is no such program. */
static bool peer_says(const jz_buf *file, const char *const *argv, jz_buf *out)
{
    const int rc = fx_peer(bytes_of(file), ".pdf", argv, out);
    if (rc == -1) {
        print_message("SKIP: no %s\n", argv[0]);
        return false;
    }
    if (rc != 0)
        fail_msg("%s: exit %d: %s", argv[0], rc, out->ptr);
    return true;
}

static void test_pdf_made_is_accepted_by_others(void **state)
{
    (void)state;
    static const char *const check[] = { "qpdf", "--check", "@", NULL };
    static const char *const exif[] = { "exiftool", "-b", "-PDF:AIGC", "@", NULL };
    static const char *const info[] = { "pdfinfo", "-custom", "@", NULL };
    for (size_t i = 0; i < JZ_ARRAY_LEN(shapes); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO again = { 0 };
        uint64_t at;
        shapes[i](&m);
        peer_prints(bytes_of(&m.out), ".pdf", check, "No syntax or stream encoding errors");
        assert_int_equal(put(&m.out, JZ_META_NEW, ASCII, &made, NULL), JZ_OK);
        last_is(&made, ASCII, &at);
        peer_prints(bytes_of(&made), ".pdf", check, "No syntax or stream encoding errors");
        assert_int_equal(put(&made, at, VALUE, &again, NULL), JZ_OK);
        peer_prints(bytes_of(&again), ".pdf", check, "No syntax or stream encoding errors");
        peer_prints(bytes_of(&again), ".pdf", exif, VALUE);
        peer_prints(bytes_of(&again), ".pdf", info, "\xe9\x89\xb4");
    }
}

static void test_pdf_pages_stay_as_they_were(void **state)
{
    (void)state;
    static const char *const words[] = { "pdftotext", "@", "-", NULL };
    static const char *const page[] = { "qpdf", "--show-object=4", "--raw-stream-data", "@", NULL };
    MAKER_AUTO m = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_buf said[4] = { 0 };
    plain(&m);
    assert_int_equal(put(&m.out, JZ_META_NEW, VALUE, &made, NULL), JZ_OK);
    if (peer_says(&m.out, words, &said[0]) && peer_says(&made, words, &said[1])) {
        assert_non_null(strstr(said[0].ptr, "A plain page"));
        assert_string_equal(said[0].ptr, said[1].ptr);
    }
    if (peer_says(&m.out, page, &said[2]) && peer_says(&made, page, &said[3])) {
        assert_non_null(strstr(said[2].ptr, "A plain page"));
        assert_string_equal(said[2].ptr, said[3].ptr);
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(said); i++)
        jz_buf_done(&said[i]);
}

/* What qpdf makes of a labelled file: other cross-references, object streams, an order for the
 * web, encryption. */
static void test_pdf_label_is_read_in_what_others_make(void **state)
{
    (void)state;
    static const char *const ways[][8] = {
        { "qpdf", "--object-streams=generate", "@", "-", NULL },
        { "qpdf", "--linearize", "@", "-", NULL },
        { "qpdf", "--linearize", "--object-streams=generate", "@", "-", NULL },
        { "qpdf", "--qdf", "@", "-", NULL },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(ways); i++) {
        MAKER_AUTO m = { 0 };
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO theirs = { 0 };
        JZ_BUF_AUTO again = { 0 };
        uint64_t at;
        plain(&m);
        assert_int_equal(put(&m.out, JZ_META_NEW, VALUE, &made, NULL), JZ_OK);
        if (!peer_says(&made, ways[i], &theirs))
            skip();
        assert_int_equal(last_is(&theirs, VALUE, &at), 1);
        assert_int_equal(put(&theirs, at, ASCII, &again, NULL), JZ_OK);
        assert_int_equal(last_is(&again, ASCII, NULL), 1);
        peer_prints(bytes_of(&again), ".pdf", (const char *const[]){ "qpdf", "--check", "@", NULL },
                    "No syntax or stream encoding errors");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pdf_round_trip),
        cmocka_unit_test(test_pdf_data_set_round_trip),
        cmocka_unit_test(test_pdf_labelled_again_and_again_does_not_grow),
        cmocka_unit_test(test_pdf_revisions_of_others_stay),
        cmocka_unit_test(test_pdf_only_a_revision_exactly_like_ours_is_replaced),
        cmocka_unit_test(test_pdf_identifier_changes_in_its_second_part),
        cmocka_unit_test(test_pdf_other_entries_stay_byte_for_byte),
        cmocka_unit_test(test_pdf_reads_all_ways_to_write_a_text),
        cmocka_unit_test(test_pdf_reads_all_keys),
        cmocka_unit_test(test_pdf_reads_object_streams),
        cmocka_unit_test(test_pdf_newest_revision_counts),
        cmocka_unit_test(test_pdf_xmp_is_read_and_replaced),
        cmocka_unit_test(test_pdf_xmp_comes_and_goes),
        cmocka_unit_test(test_pdf_second_xmp_and_other_kinds_are_refused),
        cmocka_unit_test(test_pdf_encrypted_is_listed_and_refused),
        cmocka_unit_test(test_pdf_certified_without_changes_is_refused),
        cmocka_unit_test(test_pdf_made_is_accepted_by_others),
        cmocka_unit_test(test_pdf_pages_stay_as_they_were),
        cmocka_unit_test(test_pdf_label_is_read_in_what_others_make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
