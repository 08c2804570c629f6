/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include "media/carrier/zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define VALUE "{\"Label\":\"1\",\"ContentProducer\":\"<&>'\xe9\x89\xb4\xe7\x9c\x9f\"}"
#define CUSTOM "docProps/custom.xml"
#define PROPERTIES                                                                                 \
    "<?xml version=\"1.0\"?><!-- <property name='AIGC'/> -->\n<op:Properties "                     \
    "xmlns:op=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\" "        \
    "xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\">"

static const char *const samples[] = { "plain.docx", "other-property.docx", "plain.xlsx",
                                       "plain.pptx" };

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

static void load(const char *name, jz_buf *out)
{
    char path[64];
    (void)snprintf(path, sizeof path, "documents/%s", name);
    assert_true(fx_load(path, false, out));
}

static const jz_carrier *docx(void)
{
    return jz_carrier_find(jz_format_by_name("docx"), (jz_bytes){ 0 });
}

/* The member of a name; false where there is none. */
static bool find_member(jz_zip *zip, const char *name, jz_zip_member *out)
{
    jz_span directory;
    assert_int_equal(jz_zip_directory(zip, &directory, NULL), JZ_OK);
    for (unsigned i = 0; i < zip->members; i++) {
        assert_int_equal(jz_zip_next(&directory, out, NULL), JZ_OK);
        if (strcmp(out->name, name) == 0)
            return true;
    }
    return false;
}

/* Replaces or adds one member, as another program might. */
static void set_member(const jz_buf *zip_file, const char *name, jz_bytes content, jz_buf *out)
{
    jz_source src;
    jz_zip zip;
    jz_zip_member old;
    JZ_SPLICES_AUTO s = { 0 };
    jz_source_of_bytes(bytes_of(zip_file), &src);
    assert_int_equal(jz_zip_open(&src, &zip, NULL), JZ_OK);
    const bool has = find_member(&zip, name, &old);
    const jz_zip_change c = { has ? &old : NULL, name, content };
    assert_int_equal(jz_zip_plan(&zip, &c, 1, &s, NULL), JZ_OK);
    assert_int_equal(jz_splices_build(&s, &src, out, NULL), JZ_OK);
}

static void get_member(const jz_buf *zip_file, const char *name, jz_buf *out)
{
    jz_source src;
    jz_zip zip;
    jz_zip_member m;
    jz_source_of_bytes(bytes_of(zip_file), &src);
    assert_int_equal(jz_zip_open(&src, &zip, NULL), JZ_OK);
    assert_true(find_member(&zip, name, &m));
    assert_int_equal(jz_zip_read(&zip, &m, JZ_META_MAX, out, NULL), JZ_OK);
}

/* A package with this docProps/custom.xml. */
static void with_custom(const char *custom, jz_buf *out)
{
    JZ_BUF_AUTO plain = { 0 };
    load("other-property.docx", &plain);
    set_member(&plain, CUSTOM, text(custom), out);
}

static jz_status put_text(const jz_buf *file, uint64_t at, const char *value, jz_buf *out,
                          jz_err *err)
{
    jz_meta_edit e = { .kind = JZ_META_TEXT, .at = at };
    if (value != NULL)
        e.value = text(value);
    return fx_edit(docx(), bytes_of(file), &e, 1, out, err);
}

static void test_ooxml_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        load(samples[i], &file);
        fx_round_trip(bytes_of(&file), VALUE, &made);
        assert_string_equal(fx_carrier(bytes_of(&made))->name, "ooxml-custom");
    }
}

/* The stored bytes of a member, to be compared. */
static jz_bytes stored(const jz_buf *file, const jz_zip_member *m)
{
    jz_source src;
    jz_zip zip;
    jz_span data;
    jz_source_of_bytes(bytes_of(file), &src);
    assert_int_equal(jz_zip_open(&src, &zip, NULL), JZ_OK);
    assert_int_equal(jz_zip_data(&zip, m, &data, NULL), JZ_OK);
    return (jz_bytes){ (const uint8_t *)file->ptr + data.at, (size_t)(data.end - data.at) };
}

static void test_ooxml_other_members_and_the_comment_stay(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_source src;
    jz_source made_src;
    jz_zip zip;
    jz_zip made_zip;
    jz_zip_member before;
    jz_zip_member after;
    load("plain.docx", &file);
    assert_int_equal(put_text(&file, JZ_META_NEW, VALUE, &made, NULL), JZ_OK);
    jz_source_of_bytes(bytes_of(&file), &src);
    jz_source_of_bytes(bytes_of(&made), &made_src);
    assert_int_equal(jz_zip_open(&src, &zip, NULL), JZ_OK);
    assert_int_equal(jz_zip_open(&made_src, &made_zip, NULL), JZ_OK);
    assert_true(made_zip.whole);
    assert_int_equal(made_zip.members, zip.members + 1);
    assert_true(find_member(&zip, "word/document.xml", &before));
    assert_true(find_member(&made_zip, "word/document.xml", &after));
    const jz_bytes a = stored(&file, &before);
    const jz_bytes b = stored(&made, &after);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    assert_memory_equal(made.ptr + made.len - 20, "a comment at the end", 20);
}

static void test_ooxml_other_properties_stay(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO xml = { 0 };
    load("other-property.docx", &file);
    assert_int_equal(put_text(&file, JZ_META_NEW, VALUE, &made, NULL), JZ_OK);
    get_member(&made, CUSTOM, &xml);
    assert_non_null(strstr(xml.ptr, "pid=\"2\" name=\"Client\"><vt:lpwstr>A &amp; B</vt:lpwstr>"));
    assert_non_null(strstr(xml.ptr, "pid=\"3\" name=\"AIGC\">"));
    assert_non_null(strstr(xml.ptr, "&lt;&amp;&gt;&apos;\xe9\x89\xb4\xe7\x9c\x9f"));
}

static void test_ooxml_parts_are_declared_once(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO once = { 0 };
    JZ_BUF_AUTO twice = { 0 };
    JZ_BUF_AUTO types = { 0 };
    JZ_BUF_AUTO rels = { 0 };
    load("plain.docx", &file);
    assert_int_equal(put_text(&file, JZ_META_NEW, VALUE, &once, NULL), JZ_OK);
    assert_int_equal(put_text(&once, JZ_META_NEW, VALUE, &twice, NULL), JZ_OK);
    get_member(&twice, "[Content_Types].xml", &types);
    get_member(&twice, "_rels/.rels", &rels);
    const char *type = strstr(types.ptr, "<Override PartName=\"/" CUSTOM "\"");
    const char *rel = strstr(rels.ptr, "<Relationship Id=\"rId2\"");
    assert_non_null(type);
    assert_null(strstr(strchr(type, '>'), CUSTOM));
    assert_non_null(rel);
    assert_non_null(strstr(rel, "relationships/custom-properties\" Target=\"" CUSTOM "\"/>"));
    assert_null(strstr(rel + 1, "<Relationship "));
}

static const char *const python_reads[] = {
    "python3", "-c",
    "import sys, zipfile, xml.etree.ElementTree as E\n"
    "z = zipfile.ZipFile(sys.argv[1])\n"
    "assert z.testzip() is None\n"
    "for n in z.namelist(): E.fromstring(z.read(n))\n"
    "r = E.fromstring(z.read('docProps/custom.xml'))\n"
    "p = [p for p in r if p.get('name') == 'AIGC']\n"
    "assert len(p) == 1 and len({q.get('pid') for q in r}) == len(r)\n"
    "print(p[0][0].tag, p[0][0].text)",
    "@", NULL
};

static void test_ooxml_made_is_accepted_by_others(void **state)
{
    (void)state;
    static const char *const unzip[] = { "unzip", "-tq", "@", NULL };
    static const char *const exif[] = { "exiftool", "-XML:AIGC", "@", NULL };
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        jz_buf said[3] = { 0 };
        load(samples[i], &file);
        fx_round_trip(bytes_of(&file), VALUE, &made);
        const char *suffix = strrchr(samples[i], '.');
        const int zip_ok = fx_peer(bytes_of(&made), suffix, unzip, &said[0]);
        const int python = fx_peer(bytes_of(&made), suffix, python_reads, &said[1]);
        const int exiftool = fx_peer(bytes_of(&made), suffix, exif, &said[2]);
        if (zip_ok == -1 || python == -1 || exiftool == -1)
            print_message("SKIP: no unzip, python3 or exiftool\n");
        assert_true(zip_ok <= 0);
        assert_true(python <= 0);
        if (python == 0)
            assert_non_null(strstr(said[1].ptr, "}lpwstr " VALUE));
        /* exiftool reads office files through Archive::Zip, which is not always there. */
        const bool reads =
            exiftool == 0 && said[2].len > 0 && strstr(said[2].ptr, "Archive::Zip") == NULL;
        if (reads)
            assert_non_null(strstr(said[2].ptr, VALUE));
        else
            print_message("SKIP: exiftool does not read %s here\n", samples[i]);
        for (size_t k = 0; k < JZ_ARRAY_LEN(said); k++)
            jz_buf_done(&said[k]);
    }
}

static void expect_list(const char *custom, const char *const *values, size_t n)
{
    JZ_BUF_AUTO file = { 0 };
    fx_metas all;
    with_custom(custom, &file);
    assert_int_equal(fx_list(docx(), bytes_of(&file), &all, NULL), JZ_OK);
    assert_int_equal(all.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(all.m[i].meta.kind, JZ_META_TEXT);
        assert_string_equal(all.m[i].value.ptr, values[i]);
        assert_true(all.m[i].meta.packed);
    }
    fx_metas_done(&all);
}

static void test_ooxml_reads_what_others_write(void **state)
{
    (void)state;
    static const char *const values[] = { "{\"a\":\"<\xe4\xbb\x81>\"}", "]] {}", "", "" };
    expect_list(PROPERTIES "<op:property name='AIGC' pid='2'><vt:lpstr>{&quot;a&#34;:&#x22;&lt;"
                           "&#20161;<!-- no -->&gt;\"}</vt:lpstr></op:property>"
                           "<op:property pid='3' name='x>AIG&#67;'><vt:bstr><![CDATA[]] {}]]>"
                           "</vt:bstr></op:property><op:property name='other'><vt:lpwstr>AIGC"
                           "</vt:lpwstr></op:property><op:property name='aigc'/>"
                           "<op:property name='aigc2'><vt:empty/></op:property></op:Properties>",
                values, 4);
    expect_list(PROPERTIES "</op:Properties>", NULL, 0);
}

static void expect_damage(const char *custom, jz_status why)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    with_custom(custom, &file);
    assert_int_equal(fx_list(docx(), bytes_of(&file), &all, NULL), JZ_OK);
    assert_true(all.n > 0);
    const fx_meta *last = &all.m[all.n - 1];
    assert_int_equal(last->meta.passed, why);
    assert_null(last->meta.value.ptr);
    assert_int_equal(put_text(&file, JZ_META_NEW, VALUE, &made, NULL), why);
    assert_int_equal(put_text(&file, last->meta.at, VALUE, &made, NULL), why);
    fx_metas_done(&all);
}

static void test_ooxml_damaged_properties_are_named_and_not_written(void **state)
{
    (void)state;
    expect_damage("<!DOCTYPE x [<!ENTITY a 'b'>]><Properties/>", JZ_E_CORRUPT);
    expect_damage("", JZ_E_CORRUPT);
    expect_damage("<Other/>", JZ_E_CORRUPT);
    expect_damage("<Properties><property name='AIGC'><a>1</a></property>", JZ_E_CORRUPT);
    expect_damage("<Properties><property name='AIGC'><a>1</a></Properties>", JZ_E_CORRUPT);
    expect_damage("<Properties/><Properties/>", JZ_E_CORRUPT);
    expect_damage("<Properties><!-- </Properties>", JZ_E_CORRUPT);
    expect_damage("\xff\xfe<", JZ_E_UNSUPPORTED);
}

static void test_ooxml_bomb_is_a_limit(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO big = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    while (big.len <= JZ_META_MAX)
        jz_buf_puts(&big, "                                                                ");
    with_custom(big.ptr, &file);
    assert_true(file.len < 100000);
    assert_int_equal(fx_list(docx(), bytes_of(&file), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.passed, JZ_E_LIMIT);
    fx_metas_done(&all);
    assert_int_equal(put_text(&file, JZ_META_NEW, VALUE, &made, NULL), JZ_E_LIMIT);
}

static void test_ooxml_one_of_two_labels_is_taken_out(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO xml = { 0 };
    fx_metas all;
    with_custom(PROPERTIES "<op:property name='AIGC' pid='9'><vt:lpwstr>1</vt:lpwstr>"
                           "</op:property><op:property name='AIGC' pid='4'/></op:Properties>",
                &file);
    assert_int_equal(fx_list(docx(), bytes_of(&file), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 2);
    const jz_meta_edit e[] = {
        { JZ_META_TEXT, all.m[0].meta.at, { 0 } },
        { JZ_META_TEXT, all.m[1].meta.at, text("2") },
    };
    fx_metas_done(&all);
    assert_int_equal(fx_edit(docx(), bytes_of(&file), e, 2, &made, NULL), JZ_OK);
    get_member(&made, CUSTOM, &xml);
    const char *first = strstr(xml.ptr, "<op:property fmtid=\"");
    assert_non_null(first);
    assert_non_null(strstr(first, "pid=\"10\" name=\"AIGC\"><vt:lpwstr xmlns:vt="));
    assert_null(strstr(first + 1, "<op:property"));
}

static void test_ooxml_empty_root_is_opened(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO xml = { 0 };
    with_custom("<a:Properties xmlns:a='x'/>", &file);
    assert_int_equal(put_text(&file, JZ_META_NEW, "v", &made, NULL), JZ_OK);
    get_member(&made, CUSTOM, &xml);
    assert_non_null(strstr(xml.ptr, "<a:Properties xmlns:a='x'><a:property fmtid"));
    assert_non_null(strstr(xml.ptr, "</a:property></a:Properties>"));
}

static void expect_refused(const char *member, const char *content, jz_status why,
                           const char *reason)
{
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_err err = { 0 };
    load("plain.docx", &plain);
    set_member(&plain, member, text(content), &file);
    assert_int_equal(put_text(&file, JZ_META_NEW, VALUE, &made, &err), why);
    assert_non_null(strstr(err.frame[0], reason));
}

static void test_ooxml_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    expect_refused("_xmlsignatures/origin.sigs", "", JZ_E_UNSUPPORTED, "signed");
    expect_refused("docprops/Custom.xml", "", JZ_E_UNSUPPORTED, "docprops/Custom.xml");
    expect_refused("_rels/.rels",
                   "<Relationships><Relationship Type=\"http://schemas.openxmlformats.org/"
                   "officeDocument/2006/relationships/custom-properties\" Target=\"a.xml\"/>"
                   "</Relationships>",
                   JZ_E_UNSUPPORTED, "another part: a.xml");
    expect_refused("[Content_Types].xml", "<!DOCTYPE a><Types/>", JZ_E_CORRUPT, "document type");
}

static void test_ooxml_value_that_xml_cannot_hold_is_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    load("plain.docx", &file);
    assert_int_equal(put_text(&file, JZ_META_NEW, "a\001b", &made, NULL), JZ_E_INVAL);
    assert_int_equal(put_text(&file, JZ_META_NEW, "a\xff", &made, NULL), JZ_E_INVAL);
    assert_int_equal(put_text(&file, 40, "a", &made, NULL), JZ_E_INVAL);
}

static void test_ooxml_strict_packages_keep_their_namespaces(void **state)
{
    (void)state;
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO xml = { 0 };
    load("plain.docx", &plain);
    set_member(&plain, "_rels/.rels",
               text("<Relationships><Relationship Id='rId7' "
                    "Type='http://purl.oclc.org/ooxml/officeDocument/relationships/"
                    "officeDocument' Target='word/document.xml'/></Relationships>"),
               &file);
    assert_int_equal(put_text(&file, JZ_META_NEW, "v", &made, NULL), JZ_OK);
    get_member(&made, "_rels/.rels", &xml);
    assert_non_null(strstr(xml.ptr, "Id=\"rId8\" Type=\"http://purl.oclc.org/ooxml/officeDocument/"
                                    "relationships/customProperties\""));
}

static void test_zip_with_junk_or_overlap_is_not_written(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO junk = { 0 };
    fx_metas all;
    jz_source src;
    jz_zip zip;
    jz_zip_member first;
    jz_zip_member second;
    load("plain.docx", &file);
    jz_buf_put(&junk, file.ptr, file.len);
    jz_buf_puts(&junk, "junk behind");
    assert_int_equal(fx_list(docx(), bytes_of(&junk), &all, NULL), JZ_OK);
    assert_int_equal(put_text(&junk, JZ_META_NEW, "v", &made, NULL), JZ_E_CORRUPT);
    jz_source_of_bytes(bytes_of(&file), &src);
    assert_int_equal(jz_zip_open(&src, &zip, NULL), JZ_OK);
    assert_true(find_member(&zip, "[Content_Types].xml", &first));
    assert_true(find_member(&zip, "word/document.xml", &second));
    memcpy(file.ptr + second.record + 42, file.ptr + first.record + 42, 4);
    assert_int_equal(put_text(&file, JZ_META_NEW, "v", &made, NULL), JZ_E_CORRUPT);
}

static void test_zip64_and_encryption_are_named(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    jz_source src;
    jz_zip zip;
    jz_zip_member m;
    load("other-property.docx", &file);
    jz_source_of_bytes(bytes_of(&file), &src);
    assert_int_equal(jz_zip_open(&src, &zip, NULL), JZ_OK);
    assert_true(find_member(&zip, CUSTOM, &m));
    file.ptr[m.record + 8] |= 1;
    assert_int_equal(fx_list(docx(), bytes_of(&file), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.passed, JZ_E_UNSUPPORTED);
    fx_metas_done(&all);
    memset(file.ptr + zip.end_record + 16, 0xff, 4);
    assert_int_equal(fx_list(docx(), bytes_of(&file), &all, NULL), JZ_E_UNSUPPORTED);
    assert_int_equal(put_text(&file, JZ_META_NEW, "v", &made, NULL), JZ_E_UNSUPPORTED);
}

static void test_ooxml_hurt_files_are_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        load(samples[i], &file);
        fx_hurt(bytes_of(&file), 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ooxml_round_trip),
        cmocka_unit_test(test_ooxml_other_members_and_the_comment_stay),
        cmocka_unit_test(test_ooxml_other_properties_stay),
        cmocka_unit_test(test_ooxml_parts_are_declared_once),
        cmocka_unit_test(test_ooxml_made_is_accepted_by_others),
        cmocka_unit_test(test_ooxml_reads_what_others_write),
        cmocka_unit_test(test_ooxml_damaged_properties_are_named_and_not_written),
        cmocka_unit_test(test_ooxml_bomb_is_a_limit),
        cmocka_unit_test(test_ooxml_one_of_two_labels_is_taken_out),
        cmocka_unit_test(test_ooxml_empty_root_is_opened),
        cmocka_unit_test(test_ooxml_refuses_what_it_does_not_understand),
        cmocka_unit_test(test_ooxml_value_that_xml_cannot_hold_is_refused),
        cmocka_unit_test(test_ooxml_strict_packages_keep_their_namespaces),
        cmocka_unit_test(test_zip_with_junk_or_overlap_is_not_written),
        cmocka_unit_test(test_zip64_and_encryption_are_named),
        cmocka_unit_test(test_ooxml_hurt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
