/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence that a document gets: where it goes, how, and that it goes there once. */
#include "label/mark_document.h"
#include "media/carrier/zip.h"

#include "base/alloc.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S "本内容由AI生成"
#define H "&#26412;&#20869;&#23481;&#30001;AI&#29983;&#25104;"

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_status mark(jz_bytes in, const char *format, const jz_mark_opts *opts, jz_buf *out,
                      unsigned *placed, jz_err *err)
{
    JZ_SPLICES_AUTO s = { 0 };
    jz_source src;
    jz_source_of_bytes(in, &src);
    JZ_TRY(jz_mark_document_plan(&src, format, opts, &s, placed, err));
    jz_buf_puts(out, "");
    return jz_splices_build(&s, &src, out, err);
}

typedef struct row {
    const char *in;
    jz_mark_where where;
    const char *out;
    unsigned placed;
} row;

/* Each row, and that its result stays as it is. */
static void expect_rows(const char *format, const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        JZ_BUF_AUTO once = { 0 };
        JZ_BUF_AUTO twice = { 0 };
        unsigned placed = 99;
        const jz_mark_opts opts = { .where = rows[i].where };
        const jz_bytes in = { (const uint8_t *)rows[i].in, strlen(rows[i].in) };
        assert_int_equal(mark(in, format, &opts, &once, &placed, NULL), JZ_OK);
        if (strcmp(once.ptr, rows[i].out) != 0 || placed != rows[i].placed)
            fail_msg("row %zu: %u placed: '%s'", i, placed, once.ptr);
        assert_int_equal(mark(bytes_of(&once), format, &opts, &twice, &placed, NULL), JZ_OK);
        assert_string_equal(once.ptr, twice.ptr);
        assert_int_equal(placed, 0);
    }
}

static void test_text_gets_a_line_of_its_own(void **state)
{
    (void)state;
    static const row rows[] = {
        { "hello\n", JZ_MARK_AT_START, S "\n\nhello\n", 1 },
        { "hello\n", JZ_MARK_AT_END, "hello\n\n" S "\n", 1 },
        { "hello", JZ_MARK_AT_END, "hello\n\n" S "\n", 1 },
        { "hello", JZ_MARK_AT_BOTH, S "\n\nhello\n\n" S "\n", 2 },
        { "a\r\nb\r\n", JZ_MARK_AT_BOTH, S "\r\n\r\na\r\nb\r\n\r\n" S "\r\n", 2 },
        { "\xef\xbb\xbfhello", JZ_MARK_AT_START, "\xef\xbb\xbf" S "\n\nhello", 1 },
        { "---\nt: x\n---\n# H\n", JZ_MARK_AT_START, "---\nt: x\n---\n" S "\n\n# H\n", 1 },
        { "---\nt: x\n---", JZ_MARK_AT_BOTH, "---\nt: x\n---\n" S "\n", 1 },
        { "---\nno end", JZ_MARK_AT_START, S "\n\n---\nno end", 1 },
        /* there already, however it stands */
        { S, JZ_MARK_AT_BOTH, S, 0 },
        { "\n  " S " \r\nhello", JZ_MARK_AT_START, "\n  " S " \r\nhello", 0 },
        { "---\nt: x\n---\n\n" S "\nhello", JZ_MARK_AT_START, "---\nt: x\n---\n\n" S "\nhello", 0 },
        { "hello\n" S "\n\n", JZ_MARK_AT_END, "hello\n" S "\n\n", 0 },
        /* not there: within a line, or elsewhere */
        { S "!\n", JZ_MARK_AT_START, S "\n\n" S "!\n", 1 },
        { "hello\n" S "\n", JZ_MARK_AT_START, S "\n\nhello\n" S "\n", 1 },
    };
    expect_rows("text", rows, JZ_ARRAY_LEN(rows));
}

static void test_html_gets_a_paragraph(void **state)
{
    (void)state;
    static const row rows[] = {
        { "<html><body>hi</body></html>", JZ_MARK_AT_START,
          "<html><body><p>" H "</p>hi</body></html>", 1 },
        { "<html><body>hi</body></html>", JZ_MARK_AT_BOTH,
          "<html><body><p>" H "</p>hi<p>" H "</p></body></html>", 2 },
        { "<!-- <body> --><BODY a='>'><!-- </body> --></BODY >", JZ_MARK_AT_END,
          "<!-- <body> --><BODY a='>'><!-- </body> --><p>" H "</p></BODY >", 1 },
        { "<body></body>", JZ_MARK_AT_BOTH, "<body><p>" H "</p></body>", 1 },
        { "<body><script>'</body>'</script>", JZ_MARK_AT_START,
          "<body><p>" H "</p><script>'</body>'</script>", 1 },
        /* there already, whatever wrote it */
        { "<body>\n<p class=\"x\"> " S "\n</p>hi</body>", JZ_MARK_AT_START,
          "<body>\n<p class=\"x\"> " S "\n</p>hi</body>", 0 },
        { "<body><p>hi</p><p>" S "</p>\n</body>", JZ_MARK_AT_END,
          "<body><p>hi</p><p>" S "</p>\n</body>", 0 },
        /* another paragraph, and one that is more */
        { "<body><pre>" S "</pre></body>", JZ_MARK_AT_START,
          "<body><p>" H "</p><pre>" S "</pre></body>", 1 },
        { "<body><p>" S "!</p></body>", JZ_MARK_AT_START, "<body><p>" H "</p><p>" S "!</p></body>",
          1 },
    };
    expect_rows("html", rows, JZ_ARRAY_LEN(rows));
}

static void test_html_is_escaped(void **state)
{
    (void)state;
    JZ_BUF_AUTO out = { 0 };
    unsigned placed;
    const jz_mark_opts opts = { .text = " AI <b>&生成 " };
    const jz_bytes in = { (const uint8_t *)"<body>", 6 };
    assert_int_equal(mark(in, "html", &opts, &out, &placed, NULL), JZ_OK);
    assert_string_equal(out.ptr, "<body><p>AI &#60;b&#62;&#38;&#29983;&#25104;</p>");
}

/* ---- Word ---- */

#define W "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
#define P(text) "<w:p><w:r><w:t xml:space=\"preserve\">" text "</w:t></w:r></w:p>"

static void read_document(jz_bytes package, jz_zip *zip, jz_source *src, jz_zip_member *m,
                          jz_buf *text)
{
    jz_span directory;
    jz_source_of_bytes(package, src);
    assert_int_equal(jz_zip_open(src, zip, NULL), JZ_OK);
    assert_int_equal(jz_zip_directory(zip, &directory, NULL), JZ_OK);
    for (unsigned i = 0; i < zip->members; i++) {
        assert_int_equal(jz_zip_next(&directory, m, NULL), JZ_OK);
        if (strcmp(m->name, "word/document.xml") == 0)
            break;
    }
    assert_string_equal(m->name, "word/document.xml");
    assert_int_equal(jz_zip_read(zip, m, 1 << 20, text, NULL), JZ_OK);
}

static void read_plain(jz_buf *out)
{
    const char *source = getenv("JZ_SOURCE");
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/tests/data/documents/plain.docx",
                   source != NULL ? source : ".");
    assert_int_equal(jz_file_read(path, 1 << 20, out, NULL), JZ_OK);
}

/* The smallest Word document, with another text as its main part. */
static void make_docx(const char *xml, jz_buf *out)
{
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO old = { 0 };
    JZ_SPLICES_AUTO s = { 0 };
    jz_zip zip;
    jz_zip_member m;
    jz_source src;
    read_plain(&plain);
    read_document(bytes_of(&plain), &zip, &src, &m, &old);
    const jz_zip_change change = { &m, m.name, { (const uint8_t *)xml, strlen(xml) } };
    assert_int_equal(jz_zip_plan(&zip, &change, 1, &s, NULL), JZ_OK);
    assert_int_equal(jz_splices_build(&s, &src, out, NULL), JZ_OK);
}

static void expect_docx(const row *r)
{
    JZ_BUF_AUTO in = { 0 };
    JZ_BUF_AUTO out = { 0 };
    JZ_BUF_AUTO again = { 0 };
    JZ_BUF_AUTO xml = { 0 };
    jz_zip zip;
    jz_zip_member m;
    jz_source src;
    unsigned placed = 99;
    const jz_mark_opts opts = { .where = r->where };
    make_docx(r->in, &in);
    assert_int_equal(mark(bytes_of(&in), "docx", &opts, &out, &placed, NULL), JZ_OK);
    read_document(bytes_of(&out), &zip, &src, &m, &xml);
    if (strcmp(xml.ptr, r->out) != 0 || placed != r->placed)
        fail_msg("%u placed: '%s'", placed, xml.ptr);
    assert_int_equal(mark(bytes_of(&out), "docx", &opts, &again, &placed, NULL), JZ_OK);
    assert_int_equal(placed, 0);
    assert_int_equal(out.len, again.len);
    assert_memory_equal(out.ptr, again.ptr, out.len);
}

static void test_word_gets_a_paragraph(void **state)
{
    (void)state;
    static const row rows[] = {
        { "<w:document " W "><w:body><w:p/><w:sectPr/></w:body></w:document>", JZ_MARK_AT_START,
          "<w:document " W "><w:body>" P(S) "<w:p/><w:sectPr/></w:body></w:document>", 1 },
        { "<w:document " W "><w:body><w:p/><w:sectPr/></w:body></w:document>", JZ_MARK_AT_BOTH,
          "<w:document " W "><w:body>" P(S) "<w:p/>" P(S) "<w:sectPr/></w:body></w:document>", 2 },
        { "<w:document " W "><w:body><w:p/></w:body></w:document>", JZ_MARK_AT_END,
          "<w:document " W "><w:body><w:p/>" P(S) "</w:body></w:document>", 1 },
        { "<w:document " W "><w:background/><w:body></w:body></w:document>", JZ_MARK_AT_BOTH,
          "<w:document " W "><w:background/><w:body>" P(S) "</w:body></w:document>", 1 },
        { "<document><body><tbl/></body></document>", JZ_MARK_AT_START,
          "<document><body><p><r><t xml:space=\"preserve\">" S
          "</t></r></p><tbl/></body></document>",
          1 },
        /* there already, in several runs */
        { "<w:document " W "><w:body><w:p><w:r><w:t>本内容由</w:t></w:r><w:r><w:t>AI生成</w:t>"
          "</w:r></w:p></w:body></w:document>",
          JZ_MARK_AT_BOTH,
          "<w:document " W "><w:body><w:p><w:r><w:t>本内容由</w:t></w:r><w:r><w:t>AI生成</w:t>"
          "</w:r></w:p></w:body></w:document>",
          0 },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++)
        expect_docx(&rows[i]);
}

static void test_word_that_is_strange_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        jz_status status;
    } rows[] = {
        { "<w:document " W "><w:body/></w:document>", JZ_E_UNSUPPORTED },
        { "<w:document " W "></w:document>", JZ_E_UNSUPPORTED },
        { "<w:document " W "><w:body><w:p></w:body></w:document>", JZ_E_CORRUPT },
        { "<other/>", JZ_E_CORRUPT },
        { "<!DOCTYPE a><w:document " W "><w:body><w:p/></w:body></w:document>", JZ_E_CORRUPT },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        JZ_BUF_AUTO in = { 0 };
        JZ_BUF_AUTO out = { 0 };
        unsigned placed;
        const jz_mark_opts opts = { 0 };
        make_docx(rows[i].xml, &in);
        const jz_status st = mark(bytes_of(&in), "docx", &opts, &out, &placed, NULL);
        if (st != rows[i].status)
            fail_msg("row %zu: %d", i, (int)st);
    }
}

/* ---- refusals ---- */

static void test_documents_without_a_place_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *format, *in;
        jz_mark_where where;
    } rows[] = {
        { "text", "{\"a\":1}", JZ_MARK_AT_START },
        { "text", "#!/bin/sh\n", JZ_MARK_AT_START },
        { "text", "+++\nt = 1\n+++\n", JZ_MARK_AT_START },
        { "text", "<?xml?>", JZ_MARK_AT_START },
        { "html", "<!doctype html><title>t</title><p>hi", JZ_MARK_AT_START },
        { "html", "<!-- <body>", JZ_MARK_AT_START },
        { "html", "<body>hi", JZ_MARK_AT_END },
        { "html", "<body>hi<!-- </body>", JZ_MARK_AT_BOTH },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        JZ_BUF_AUTO out = { 0 };
        unsigned placed;
        const jz_mark_opts opts = { .where = rows[i].where };
        const jz_bytes in = { (const uint8_t *)rows[i].in, strlen(rows[i].in) };
        const jz_status st = mark(in, rows[i].format, &opts, &out, &placed, NULL);
        if (st != JZ_E_UNSUPPORTED)
            fail_msg("row %zu: %d", i, (int)st);
    }
}

static void test_sentences_that_are_none_are_refused(void **state)
{
    (void)state;
    char longer[JZ_MARK_SENTENCE_MAX + 2];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    const char *const texts[] = { "", " \t", "---", "AI\n生成", "AI\x01", "\xff", longer };
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++) {
        JZ_BUF_AUTO out = { 0 };
        unsigned placed;
        const jz_mark_opts opts = { .text = texts[i] };
        const jz_bytes in = { (const uint8_t *)"hello", 5 };
        if (mark(in, "text", &opts, &out, &placed, NULL) != JZ_E_INVAL)
            fail_msg("text %zu", i);
    }
}

static void test_document_allocations_fail_cleanly(void **state)
{
    (void)state;
    JZ_BUF_AUTO docx = { 0 };
    read_plain(&docx);
    const struct {
        const char *format;
        jz_bytes in;
    } rows[] = { { "text", { (const uint8_t *)"hello", 5 } },
                 { "html", { (const uint8_t *)"<body>hi</body>", 15 } },
                 { "docx", bytes_of(&docx) } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        for (unsigned n = 0;; n++) {
            JZ_BUF_AUTO out = { 0 };
            unsigned placed;
            const jz_mark_opts opts = { .where = JZ_MARK_AT_BOTH };
            jz_fault_arm(n);
            const jz_status st = mark(rows[i].in, rows[i].format, &opts, &out, &placed, NULL);
            if (!jz_fault_fired())
                break;
            assert_int_equal(st, JZ_E_NOMEM);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_gets_a_line_of_its_own),
        cmocka_unit_test(test_html_gets_a_paragraph),
        cmocka_unit_test(test_html_is_escaped),
        cmocka_unit_test(test_word_gets_a_paragraph),
        cmocka_unit_test(test_word_that_is_strange_is_refused),
        cmocka_unit_test(test_documents_without_a_place_are_refused),
        cmocka_unit_test(test_sentences_that_are_none_are_refused),
        cmocka_unit_test(test_document_allocations_fail_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
