/* SPDX-License-Identifier: Apache-2.0 */
#include "../media/carrier_fixture.h"

#include "base/alloc.h"
#include "label/xmp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#define NS "http://www.tc260.org.cn/ns/AIGC/1.0/"
#define RDF_OPEN "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
#define META_OPEN "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">" RDF_OPEN
#define META_CLOSE "</rdf:RDF></x:xmpmeta>"
#define ABOUT "<rdf:Description rdf:about=\"\" xmlns:TC260=\"" NS "\">"
#define IN_PACKET(inner) META_OPEN ABOUT inner "</rdf:Description>" META_CLOSE
#define JSON "{\"Label\":\"1\",\"ContentProducer\":\"p\"}"
#define ESCAPED "{&quot;Label&quot;:&quot;1&quot;,&quot;ContentProducer&quot;:&quot;p&quot;}"

static jz_bytes text_of(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

/* ---- reading ---- */

static const struct form {
    const char *what;
    const char *packet;
    const char *value;
    unsigned count;
} forms[] = {
    { "an element", IN_PACKET("<TC260:AIGC>" ESCAPED "</TC260:AIGC>"), JSON, 1 },
    { "an attribute",
      META_OPEN "<rdf:Description xmlns:TC260='" NS "' TC260:AIGC=\"" ESCAPED "\"/>" META_CLOSE,
      JSON, 1 },
    { "an attribute in single quotes, with blanks, before its namespace",
      META_OPEN "<rdf:Description TC260:AIGC = '" JSON "'\n xmlns:TC260='" NS "'/>" META_CLOSE,
      JSON, 1 },
    { "another prefix",
      META_OPEN "<rdf:Description xmlns:a.b-c=\"" NS "\"><a.b-c:AIGC>x</a.b-c:AIGC>"
                "</rdf:Description>" META_CLOSE,
      "x", 1 },
    { "the prefix bound on the element itself",
      META_OPEN "<rdf:Description><q:AIGC xmlns:q=\"" NS
                "\">x</q:AIGC></rdf:Description>" META_CLOSE,
      "x", 1 },
    { "the prefix not bound at all",
      META_OPEN "<rdf:Description><TC260:AIGC>x</TC260:AIGC></rdf:Description>" META_CLOSE, "x",
      1 },
    { "junk at an instruction's end and an xmpmeta that closes too early",
      "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?\?>"
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>" RDF_OPEN ABOUT "<TC260:AIGC>" ESCAPED
      "</TC260:AIGC></rdf:Description></rdf:RDF><?xpacket end=\"w\"?\?>",
      JSON, 1 },
    { "an array: its first item",
      IN_PACKET("<TC260:AIGC><rdf:Alt>\n<rdf:li xml:lang=\"x-default\">one</rdf:li>"
                "<rdf:li>two</rdf:li></rdf:Alt></TC260:AIGC>"),
      "one", 1 },
    { "rdf:resource", IN_PACKET("<TC260:AIGC rdf:resource=\"a&amp;b\"/>"), "a&b", 1 },
    { "nothing", IN_PACKET("<TC260:AIGC/>"), "", 1 },
    { "CDATA", IN_PACKET("<TC260:AIGC><![CDATA[" JSON "<&>]]></TC260:AIGC>"), JSON "<&>", 1 },
    { "a comment within", IN_PACKET("<TC260:AIGC>a<!-- <TC260:AIGC> -->b</TC260:AIGC>"), "ab", 1 },
    { "numeric references, and what is none",
      IN_PACKET("<TC260:AIGC>&#x4EBA;&#65;&#xD800;&none;&amp;lt;&</TC260:AIGC>"),
      "\xe4\xba\xba"
      "A&#xD800;&none;&lt;&",
      1 },
    { "> in an attribute's value",
      META_OPEN "<rdf:Description x=\"a>b\" xmlns:TC260=\"" NS "\" TC260:AIGC=\"c>d\"/>" META_CLOSE,
      "c>d", 1 },
    { "twice, in either form",
      META_OPEN "<rdf:Description xmlns:TC260=\"" NS "\" TC260:AIGC=\"one\"><TC260:AIGC>two"
                "</TC260:AIGC></rdf:Description>" META_CLOSE,
      "one", 2 },
    { "an attribute of the element itself is no second one",
      IN_PACKET("<TC260:AIGC TC260:AIGC=\"x\">y</TC260:AIGC>"), "y", 1 },
    { "damage behind it", META_OPEN ABOUT "<TC260:AIGC>x</TC260:AIGC><rdf:li <!DOCTYPE", "x", 1 },
};

static void expect_property(const char *what, jz_bytes packet, const char *value, unsigned count)
{
    JZ_BUF_AUTO got = { 0 };
    jz_err err = { 0 };
    unsigned n = 0;
    if (jz_xmp_get(packet, &jz_xmp_aigc, &got, &n, &err) != JZ_OK)
        fail_msg("%s: %s", what, err.frame[0]);
    const char *text = got.ptr != NULL ? got.ptr : "";
    if (strcmp(text, value) != 0 || n != count)
        fail_msg("%s: %u of '%s', not %u of '%s'", what, n, text, count, value);
}

static void test_xmp_forms_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(forms); i++)
        expect_property(forms[i].what, text_of(forms[i].packet), forms[i].value, forms[i].count);
}

static jz_status get(const char *packet)
{
    JZ_BUF_AUTO value = { 0 };
    unsigned count = 77;
    const jz_status st = jz_xmp_get(text_of(packet), &jz_xmp_aigc, &value, &count, NULL);
    if (st != JZ_OK) {
        assert_int_equal(value.len, 0);
        assert_int_equal(count, 77);
    }
    return st;
}

static void test_xmp_other_properties_are_none(void **state)
{
    (void)state;
    static const char *const packets[] = {
        "",
        "no markup",
        META_OPEN META_CLOSE,
        IN_PACKET("<TC260:AIGCx>x</TC260:AIGCx>"),
        IN_PACKET("<TC260:aigc>x</TC260:aigc>"),
        IN_PACKET("<AIGC>x</AIGC>"),
        IN_PACKET("<!-- <TC260:AIGC>x</TC260:AIGC> -->"),
        IN_PACKET("<a><![CDATA[<TC260:AIGC>x</TC260:AIGC>]]></a>"),
        META_OPEN "<rdf:Description xmlns:TC260=\"urn:other\" TC260:AIGC=\"x\"/>" META_CLOSE,
        META_OPEN "<rdf:Description xmlns:q=\"" NS
                  "more\"><q:AIGC>x</q:AIGC></rdf:Description>" META_CLOSE,
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(packets); i++) {
        if (get(packets[i]) != JZ_E_NOTFOUND)
            fail_msg("found in: %s", packets[i]);
    }
}

static void test_xmp_document_types_and_endless_markup_are_corrupt(void **state)
{
    (void)state;
    static const char *const packets[] = {
        "<!DOCTYPE a [<!ENTITY b \"c\">]>" IN_PACKET("<TC260:AIGC>&b;</TC260:AIGC>"),
        IN_PACKET("<!ENTITY b \"c\">"),
        META_OPEN "<!-- ",
        META_OPEN "<![CDATA[ ",
        META_OPEN "<?a ",
        META_OPEN "<rdf:Description a=\"",
        META_OPEN ABOUT "<TC260:AIGC>x",
        META_OPEN "< a>",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(packets); i++) {
        JZ_BUF_AUTO out = { 0 };
        if (get(packets[i]) != JZ_E_CORRUPT ||
            jz_xmp_set(text_of(packets[i]), &jz_xmp_aigc, "v", &out, NULL) != JZ_E_CORRUPT)
            fail_msg("not corrupt: %s", packets[i]);
        assert_int_equal(out.len, 0);
    }
}

static void test_xmp_utf16_is_not_supported(void **state)
{
    (void)state;
    static const char le[] = "\xff\xfe<\0x\0", be[] = "\xfe\xff\0<\0x", plain[] = "\0<\0x";
    const jz_bytes all[] = { { (const uint8_t *)le, sizeof le },
                             { (const uint8_t *)be, sizeof be },
                             { (const uint8_t *)plain, sizeof plain } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(all); i++) {
        JZ_BUF_AUTO out = { 0 };
        unsigned n;
        assert_int_equal(jz_xmp_get(all[i], &jz_xmp_aigc, &out, &n, NULL), JZ_E_UNSUPPORTED);
        assert_int_equal(jz_xmp_set(all[i], &jz_xmp_aigc, "v", &out, NULL), JZ_E_UNSUPPORTED);
        assert_int_equal(out.len, 0);
    }
}

/* ---- writing ---- */

static void set(const char *what, jz_bytes packet, const char *value, jz_buf *out)
{
    jz_err err = { 0 };
    if (jz_xmp_set(packet, &jz_xmp_aigc, value, out, &err) != JZ_OK)
        fail_msg("%s: %s", what, err.frame[0]);
}

/* What is written is read again, once, and written again changes nothing. */
static void test_xmp_every_form_can_be_replaced(void **state)
{
    (void)state;
    static const char value[] = "{\"a\":'<&>'}\t\n\xe4\xba\xba";
    for (size_t i = 0; i + 1 < JZ_ARRAY_LEN(forms); i++) { /* the last one is damaged */
        JZ_BUF_AUTO once = { 0 };
        JZ_BUF_AUTO again = { 0 };
        set(forms[i].what, text_of(forms[i].packet), value, &once);
        expect_property(forms[i].what, bytes_of(&once), value, 1);
        set(forms[i].what, bytes_of(&once), value, &again);
        assert_string_equal(once.ptr, again.ptr);
    }
}

static void test_xmp_taking_out_leaves_none(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < JZ_ARRAY_LEN(forms); i++) {
        JZ_BUF_AUTO out = { 0 };
        set(forms[i].what, text_of(forms[i].packet), NULL, &out);
        if (get(out.ptr) != JZ_E_NOTFOUND)
            fail_msg("%s: left in %s", forms[i].what, out.ptr);
    }
}

/* Packets with a place for the property, and the same with the value in it: nothing else moves. */
static const struct change {
    const char *what;
    const char *before;
    const char *after;
} changes[] = {
    { "an element", IN_PACKET("\n <a:b>c</a:b> <TC260:AIGC>old</TC260:AIGC>\n"),
      IN_PACKET("\n <a:b>c</a:b> <TC260:AIGC>v&lt;</TC260:AIGC>\n") },
    { "an attribute", META_OPEN "<rdf:Description a='b' TC260:AIGC='o' c=\"d\"/>" META_CLOSE,
      META_OPEN "<rdf:Description a='b' TC260:AIGC=\"v&lt;\" c=\"d\"/>" META_CLOSE },
    { "duplicates",
      META_OPEN "<rdf:Description TC260:AIGC=\"o\" a='b'/>" META_CLOSE IN_PACKET(
          "<TC260:AIGC>p</TC260:AIGC><c/><TC260:AIGC/>"),
      META_OPEN "<rdf:Description TC260:AIGC=\"v&lt;\" a='b'/>" META_CLOSE IN_PACKET("<c/>") },
    { "a namespace of its own",
      META_OPEN "<rdf:Description><q:AIGC xmlns:q='" NS "'>o</q:AIGC></rdf:Description>" META_CLOSE,
      META_OPEN "<rdf:Description><q:AIGC xmlns:q=\"" NS
                "\">v&lt;</q:AIGC></rdf:Description>" META_CLOSE },
    { "none yet: a description of its own, about the same",
      META_OPEN "<rdf:Description rdf:about='uuid:1' a='b'/>" META_CLOSE,
      META_OPEN "<rdf:Description rdf:about='uuid:1' a='b'/><rdf:Description "
                "rdf:about=\"uuid:1\" xmlns:TC260=\"" NS
                "\"><TC260:AIGC>v&lt;</TC260:AIGC></rdf:Description>" META_CLOSE },
    { "an empty RDF", "<r:RDF xmlns:r='u'/>",
      "<r:RDF xmlns:r='u'><r:Description r:about=\"\" xmlns:TC260=\"" NS
      "\"><TC260:AIGC>v&lt;</TC260:AIGC></r:Description></r:RDF>" },
};

static void test_xmp_all_other_bytes_stay(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(changes); i++) {
        JZ_BUF_AUTO out = { 0 };
        set(changes[i].what, text_of(changes[i].before), "v<", &out);
        assert_string_equal(out.ptr, changes[i].after);
    }
}

static void test_xmp_without_rdf_there_is_no_place(void **state)
{
    (void)state;
    JZ_BUF_AUTO out = { 0 };
    jz_buf_puts(&out, "before");
    assert_int_equal(jz_xmp_set(text_of("<x:xmpmeta></x:xmpmeta>"), &jz_xmp_aigc, "v", &out, NULL),
                     JZ_E_CORRUPT);
    assert_int_equal(out.len, strlen("before"));
}

static void test_xmp_values_that_xml_cannot_hold_are_refused(void **state)
{
    (void)state;
    static const char *const values[] = { "\x01", "a\xff", "\xed\xa0\x80", "\xef\xbf\xbe" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(values); i++) {
        JZ_BUF_AUTO out = { 0 };
        assert_int_equal(jz_xmp_set((jz_bytes){ 0 }, &jz_xmp_aigc, values[i], &out, NULL),
                         JZ_E_INVAL);
        assert_int_equal(out.len, 0);
    }
}

static void test_xmp_too_many_occurrences_are_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO packet = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_buf_puts(&packet, META_OPEN);
    for (unsigned i = 0; i < 1025; i++)
        jz_buf_puts(&packet, "<TC260:AIGC/>");
    jz_buf_puts(&packet, META_CLOSE);
    assert_int_equal(jz_xmp_set(bytes_of(&packet), &jz_xmp_aigc, "v", &out, NULL), JZ_E_LIMIT);
}

static void test_xmp_padding_takes_the_growth(void **state)
{
    (void)state;
    JZ_BUF_AUTO first = { 0 };
    JZ_BUF_AUTO second = { 0 };
    JZ_BUF_AUTO third = { 0 };
    JZ_BUF_AUTO big = { 0 };
    set("a new packet", (jz_bytes){ 0 }, "short", &first);
    set("a longer value", bytes_of(&first), JSON, &second);
    assert_int_equal(second.len, first.len);
    expect_property("a longer value", bytes_of(&second), JSON, 1);
    assert_int_equal(jz_xmp_set(bytes_of(&second), &jz_xmp_source_type, "u", &third, NULL), JZ_OK);
    assert_int_equal(third.len, first.len);
    expect_property("beside another property", bytes_of(&third), JSON, 1);
    for (unsigned i = 0; i < 3000; i++)
        jz_buf_putc(&big, 'x');
    JZ_BUF_AUTO fourth = { 0 };
    set("more than the padding", bytes_of(&third), big.ptr, &fourth);
    assert_true(fourth.len > third.len);
    expect_property("more than the padding", bytes_of(&fourth), big.ptr, 1);
}

static void test_xmp_two_properties_do_not_mix(void **state)
{
    (void)state;
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    JZ_BUF_AUTO value = { 0 };
    unsigned n = 0;
    set("a new packet", (jz_bytes){ 0 }, JSON, &one);
    assert_int_equal(jz_xmp_get(bytes_of(&one), &jz_xmp_source_type, &value, &n, NULL),
                     JZ_E_NOTFOUND);
    assert_int_equal(jz_xmp_set(bytes_of(&one), &jz_xmp_source_type, "http://a/b", &two, NULL),
                     JZ_OK);
    expect_property("the label", bytes_of(&two), JSON, 1);
    assert_int_equal(jz_xmp_get(bytes_of(&two), &jz_xmp_source_type, &value, &n, NULL), JZ_OK);
    assert_string_equal(value.ptr, "http://a/b");
}

/* ---- other programs ---- */

/* Before anything is allocated: skip() leaves by longjmp. */
static void need(const char *const *version)
{
    bool there;
    {
        JZ_BUF_AUTO said = { 0 };
        there = fx_peer((jz_bytes){ 0 }, "", version, &said) != -1;
    }
    if (!there) {
        print_message("SKIP: no %s\n", version[0]);
        skip();
    }
}

/* A new packet, and one into which both properties were put. */
static void make_packets(jz_buf *fresh, jz_buf *filled)
{
    JZ_BUF_AUTO labelled = { 0 };
    set("a new packet", (jz_bytes){ 0 }, JSON, fresh);
    set("a packet", text_of(META_OPEN "<rdf:Description/>" META_CLOSE), JSON, &labelled);
    assert_int_equal(
        jz_xmp_set(bytes_of(&labelled), &jz_xmp_source_type, "http://a/?b&c", filled, NULL), JZ_OK);
}

static void test_xmp_made_is_well_formed_xml(void **state)
{
    (void)state;
    static const char *const version[] = { "xmllint", "--version", NULL };
    static const char *const lint[] = { "xmllint", "--noout", "@", NULL };
    need(version);
    JZ_BUF_AUTO fresh = { 0 };
    JZ_BUF_AUTO filled = { 0 };
    JZ_BUF_AUTO said = { 0 };
    make_packets(&fresh, &filled);
    assert_int_equal(fx_peer(bytes_of(&fresh), ".xmp", lint, &said), 0);
    assert_int_equal(fx_peer(bytes_of(&filled), ".xmp", lint, &said), 0);
    assert_int_equal(said.len, 0);
}

static void test_xmp_made_is_read_by_exiftool(void **state)
{
    (void)state;
    static const char *const version[] = { "exiftool", "-ver", NULL };
    static const char *const exif[] = { "exiftool", "-G1", "-s", "-XMP:all", "@", NULL };
    need(version);
    JZ_BUF_AUTO fresh = { 0 };
    JZ_BUF_AUTO filled = { 0 };
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    make_packets(&fresh, &filled);
    assert_int_equal(fx_peer(bytes_of(&fresh), ".xmp", exif, &one), 0);
    assert_int_equal(fx_peer(bytes_of(&filled), ".xmp", exif, &two), 0);
    assert_non_null(strstr(one.ptr, "[XMP-TC260]"));
    assert_non_null(strstr(one.ptr, ": " JSON "\n"));
    assert_non_null(strstr(two.ptr, ": " JSON "\n"));
    assert_non_null(strstr(two.ptr, ": http://a/?b&c\n"));
}

/* ---- hostile packets ---- */

static void repeat(const char *head, const char *part, const char *tail, jz_buf *out)
{
    const size_t len = strlen(part);
    jz_buf_puts(out, head);
    while (out->len < JZ_META_MAX - len - strlen(tail))
        jz_buf_put(out, part, len);
    jz_buf_puts(out, tail);
}

/* As large as a block may be, of little else than one part: what is looked at more than a few times
 * takes minutes then, not a fraction of a second. */
static void test_xmp_hostile_packets_take_little_time(void **state)
{
    (void)state;
    static const struct {
        const char *head, *part, *tail;
    } packets[] = {
        { "", "<", "" },
        { "", "<a", "" },
        { "", "<a>", "" },
        { "", "</a>", "" },
        { "", "<a/>", "" },
        { "", "&", "" },
        { "", "<!-- ", "" },
        { "", "<!---->", "" },
        { "", "<![CDATA[", "" },
        { "", "<![CDATA[]]>", "" },
        { "", "<?", "" },
        { "", "\"", "" },
        { "", " ", "" },
        { "<rdf:Description", " a=\"\"", "/>" },
        { "<rdf:Description", " xmlns:a=\"" NS "\"", "/>" },
        { "<rdf:Description", " xmlns:TC260='b'", "/>" },
        { "<rdf:Description", " a", "/>" },
        { "<rdf:Description", " '", "'/>" },
        { "<rdf:Description ", "=", "/>" },
        { META_OPEN, ABOUT, META_CLOSE },
        { META_OPEN ABOUT "<TC260:AIGC>", "<", "</TC260:AIGC>" META_CLOSE },
        { META_OPEN ABOUT "<TC260:AIGC>", "<![CDATA[<]]>", "</TC260:AIGC>" META_CLOSE },
        { META_OPEN ABOUT "<TC260:AIGC>", "<b>", "</TC260:AIGC>" META_CLOSE },
        { META_OPEN ABOUT "<TC260:AIGC>", "<rdf:li></rdf:li>", "</TC260:AIGC>" META_CLOSE },
        { META_OPEN ABOUT "<TC260:AIGC>", "&#", "</TC260:AIGC>" META_CLOSE },
        { META_OPEN ABOUT "<TC260:AIGC", " rdf:a='b'", "/>" META_CLOSE },
        { META_OPEN "<rdf:Description", "                ", "TC260:AIGC='x'/>" META_CLOSE },
        { META_OPEN META_CLOSE "<?xpacket end='w'?>", " ", "<?xpacket end='w'?>" },
    };
    const clock_t start = clock();
    for (size_t i = 0; i < JZ_ARRAY_LEN(packets); i++) {
        JZ_BUF_AUTO packet = { 0 };
        JZ_BUF_AUTO value = { 0 };
        JZ_BUF_AUTO out = { 0 };
        unsigned n;
        repeat(packets[i].head, packets[i].part, packets[i].tail, &packet);
        const jz_status got = jz_xmp_get(bytes_of(&packet), &jz_xmp_aigc, &value, &n, NULL);
        if (jz_xmp_set(bytes_of(&packet), &jz_xmp_aigc, "v", &out, NULL) == JZ_OK)
            expect_property(packets[i].part, bytes_of(&out), "v", 1);
        else
            assert_int_equal(out.len, 0);
        assert_true(got == JZ_OK || got == JZ_E_NOTFOUND || got == JZ_E_CORRUPT);
    }
    assert_true(clock() - start < 60 * CLOCKS_PER_SEC);
}

/* ---- memory ---- */

static jz_status read_and_write(const struct form *f)
{
    JZ_BUF_AUTO value = { 0 };
    JZ_BUF_AUTO out = { 0 };
    JZ_BUF_AUTO fresh = { 0 };
    unsigned n;
    JZ_TRY(jz_xmp_get(text_of(f->packet), &jz_xmp_aigc, &value, &n, NULL));
    JZ_TRY(jz_xmp_set(text_of(f->packet), &jz_xmp_aigc, "v", &out, NULL));
    JZ_TRY(jz_xmp_set(text_of(f->packet), &jz_xmp_source_type, "v", &out, NULL));
    return jz_xmp_set((jz_bytes){ 0 }, &jz_xmp_aigc, "v", &fresh, NULL);
}

static void test_xmp_each_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < JZ_ARRAY_LEN(forms); i++) {
        for (unsigned n = 0;; n++) {
            jz_fault_arm(n);
            const jz_status st = read_and_write(&forms[i]);
            if (!jz_fault_fired()) {
                assert_int_equal(st, JZ_OK);
                assert_true(n > 0);
                break;
            }
            if (st != JZ_E_NOMEM)
                fail_msg("%s: allocation %u: %s", forms[i].what, n, jz_status_name(st));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xmp_forms_are_read),
        cmocka_unit_test(test_xmp_other_properties_are_none),
        cmocka_unit_test(test_xmp_document_types_and_endless_markup_are_corrupt),
        cmocka_unit_test(test_xmp_utf16_is_not_supported),
        cmocka_unit_test(test_xmp_every_form_can_be_replaced),
        cmocka_unit_test(test_xmp_taking_out_leaves_none),
        cmocka_unit_test(test_xmp_all_other_bytes_stay),
        cmocka_unit_test(test_xmp_without_rdf_there_is_no_place),
        cmocka_unit_test(test_xmp_values_that_xml_cannot_hold_are_refused),
        cmocka_unit_test(test_xmp_too_many_occurrences_are_refused),
        cmocka_unit_test(test_xmp_padding_takes_the_growth),
        cmocka_unit_test(test_xmp_two_properties_do_not_mix),
        cmocka_unit_test(test_xmp_made_is_well_formed_xml),
        cmocka_unit_test(test_xmp_made_is_read_by_exiftool),
        cmocka_unit_test(test_xmp_hostile_packets_take_little_time),
        cmocka_unit_test(test_xmp_each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
