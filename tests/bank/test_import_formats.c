/* SPDX-License-Identifier: Apache-2.0 */
/* What each exchange format may hold, line by line, and what is said of lines that it may not. */
#include "bank_fixture.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <fcntl.h>
#include <sys/mman.h>

#define PDQ "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
#define PDQ2 "D8F8F0CEE0F4A84F0637022A078F67F0B36E2ED596621E1D33E6339C4E9C9B22"
#define MD5 "900150983cd24fb0d6963f7d28e17f72"
#define SHA "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* What the bad lines were. */
struct told {
    uint64_t line[16];
    char text[16][JZ_ERR_TEXT];
    size_t n;
};

static void remember(void *user, uint64_t line, const jz_err *err)
{
    struct told *t = user;
    if (t->n < JZ_ARRAY_LEN(t->line)) {
        t->line[t->n] = line;
        (void)snprintf(t->text[t->n], JZ_ERR_TEXT, "%s", err->frame[0]);
    }
    t->n++;
}

static int fd_of(const void *text, size_t len)
{
    const int fd = memfd_create("import", MFD_CLOEXEC);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static jz_status import_bytes(jz_banks *b, const void *text, size_t len, jz_bank_format format,
                              struct told *told, jz_import_result *r)
{
    const jz_import_opts opts = { .format = format,
                                  .meta = { .status = JZ_ENTRY_SEED, .source = "default" },
                                  .bad_line = told != NULL ? remember : NULL,
                                  .user = told };
    const int fd = fd_of(text, len);
    const jz_status st = jz_bank_import(b, "b", fd, &opts, r, NULL);
    assert_int_equal(close(fd), 0);
    if (st == JZ_OK)
        assert_int_equal(r->lines, r->added + r->known + r->bad);
    return st;
}

static jz_import_result import(jz_banks *b, const char *text, struct told *told)
{
    jz_import_result r = { 0 };
    assert_int_equal(import_bytes(b, text, strlen(text), JZ_FMT_AUTO, told, &r), JZ_OK);
    assert_int_equal(r.bad, told != NULL ? told->n : 0);
    return r;
}

static jz_banks *open_with_bank(void)
{
    jz_banks *b = open_banks(true);
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    return b;
}

static jz_status put_entry(void *user, const jz_entry_info *e, jz_err *err)
{
    (void)err;
    jz_buf *out = user;
    const jz_entry_meta *m = &e->meta;
    jz_buf_printf(out, "[%s|%s|%s|%s", jz_entry_status_name(m->status),
                  m->source != NULL ? m->source : "-", m->category != NULL ? m->category : "-",
                  m->note != NULL ? m->note : "-");
    for (size_t i = 0; i < e->n; i++)
        jz_buf_printf(out, "|%s %02x%02x q%d f%lld s%.17g", e->signals[i].cls->name,
                      e->signals[i].digest[0], e->signals[i].digest[1], e->signals[i].quality,
                      (long long)e->signals[i].frame, e->signals[i].seconds);
    jz_buf_puts(out, "]");
    return JZ_OK;
}

/* All of a bank in one line. */
static void dump(jz_banks *b, const char *bank, jz_buf *out)
{
    jz_buf_reset(out);
    jz_buf_puts(out, "");
    assert_int_equal(jz_bank_each(b, bank, put_entry, out, NULL), JZ_OK);
    assert_int_equal(jz_buf_check(out, NULL), JZ_OK);
}

static void assert_bank(jz_banks *b, const char *expected)
{
    JZ_BUF_AUTO out = { 0 };
    dump(b, "b", &out);
    assert_string_equal(out.ptr, expected);
}

static void test_hex_lists_of_all_kinds(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_with_bank();
    const jz_import_result r = import(b,
                                      "\xef\xbb\xbf# exported today\r\n"
                                      "\n"
                                      "  " PDQ "\r\n" PDQ2 " # the second\n"
                                      "md5 " MD5 "\n"
                                      "HASH_VIDEO_MD5\t00000000000000000000000000000001\n"
                                      "sha256 " SHA "\n"
                                      "pdq " PDQ "\n"
                                      "vpdq " PDQ,
                                      NULL);
    assert_int_equal(r.added, 6);
    assert_int_equal(r.known, 1);
    assert_bank(b,
                "[seed|default|-|-|pdq f8f8 q-1 f-1 s0][seed|default|-|-|pdq d8f8 q-1 f-1 s0]"
                "[seed|default|-|-|md5 9001 q-1 f-1 s0][seed|default|-|-|md5 0000 q-1 f-1 s0]"
                "[seed|default|-|-|sha256 ba78 q-1 f-1 s0][seed|default|-|-|vpdq f8f8 q-1 f-1 s0]");
}

static void test_csv_by_names_of_columns(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_with_bank();
    const jz_import_result r =
        import(b,
               "\xef\xbb\xbfNote,HASH,Signal_Type,unknown,Status,quality,category,source\r\n"
               "\"a \"\"quoted\"\", note\nof two lines\"," PDQ ",pdq,x,confirmed,100,c,who\r\n"
               ", " MD5 " ,,,,,,\r\n"
               "\r\n"
               "n," PDQ2 ",pdq_full,,WITHDRAWN,50,,",
               NULL);
    assert_int_equal(r.added, 3);
    assert_bank(b, "[confirmed|who|c|a \"quoted\", note\nof two lines|pdq f8f8 q100 f-1 s0]"
                   "[seed|default|-|-|md5 9001 q-1 f-1 s0]"
                   "[withdrawn|default|-|n|pdq_full d8f8 q50 f-1 s0]");
}

static void test_csv_rows_of_one_entry_belong_together(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_with_bank();
    struct told told = { 0 };
    const jz_import_result r = import(b,
                                      "entry,value,type,frame,seconds,quality,source\n"
                                      "7," SHA ",sha256,,,,s\n"
                                      "7," PDQ ",vpdq,0,0.000,90,ignored\n"
                                      "7," PDQ ",vpdq,x,0,90,\n"
                                      "7," PDQ ",vpdq,15,0.5,49,\n"
                                      "7," PDQ2 ",vpdq,30,1.001,90,\n"
                                      "8," MD5 ",md5,,,,\n"
                                      "," PDQ ",pdq,,,,\n"
                                      "," PDQ2 ",pdq,,,,\n",
                                      &told);
    assert_int_equal(r.added, 4);
    assert_int_equal(r.weak, 1);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.line[0], 4);
    assert_string_equal(told.text[0], "frame 'x'");
    assert_bank(b, "[seed|s|-|-|sha256 ba78 q-1 f-1 s0|vpdq f8f8 q90 f0 s0|"
                   "vpdq d8f8 q90 f30 s1.0009999999999999]"
                   "[seed|default|-|-|md5 9001 q-1 f-1 s0][seed|default|-|-|pdq f8f8 q-1 f-1 s0]"
                   "[seed|default|-|-|pdq d8f8 q-1 f-1 s0]");
}

static void test_ndjson_objects(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_with_bank();
    const jz_import_result r = import(
        b,
        "{\"hash\":\"" PDQ "\",\"note\":\"\\u9274\\n\",\"quality\":77,\"extra\":[1]}\r\n"
        "{\"signal\":\"" MD5
        "\",\"signal_type\":\"video_md5\",\"status\":\"disabled\",\"note\":null}\n"
        "\n"
        "{\"entry\":1,\"source\":\"s\",\"signals\":[{\"type\":\"sha256\",\"hash\":\"" SHA "\"},"
        "{\"type\":\"vpdq\",\"hash\":\"" PDQ "\",\"quality\":3,\"frame\":0},"
        "{\"type\":\"vpdq\",\"hash\":\"" PDQ "\",\"frame\":1,\"seconds\":0.25}]}\n"
        "{\"entry\":1,\"signals\":[{\"hash\":\"" PDQ2 "\"}]}\n"
        "{\"entry\":\"2\",\"hash\":\"" PDQ2 "\"}",
        NULL);
    assert_int_equal(r.added, 4);
    assert_int_equal(r.weak, 1);
    assert_bank(b, "[seed|default|-|\xe9\x89\xb4\n|pdq f8f8 q77 f-1 s0]"
                   "[disabled|default|-|-|md5 9001 q-1 f-1 s0]"
                   "[seed|s|-|-|sha256 ba78 q-1 f-1 s0|vpdq f8f8 q-1 f1 s0.25|pdq d8f8 q-1 f-1 s0]"
                   "[seed|default|-|-|pdq d8f8 q-1 f-1 s0]");
}

static void test_vpdq_file_is_one_entry(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_with_bank();
    struct told told = { 0 };
    const jz_import_result r = import(b,
                                      "0,100," PDQ ",0.000\n"
                                      "30,12," PDQ ",1.000\n"
                                      "60,100,zz,2.000\n"
                                      "90,100," PDQ2 ",3.000\n",
                                      &told);
    assert_int_equal(r.added, 1);
    assert_int_equal(r.bad, 1);
    assert_int_equal(r.weak, 1);
    assert_int_equal(told.line[0], 3);
    assert_bank(b, "[seed|default|-|-|vpdq f8f8 q100 f0 s0|vpdq d8f8 q100 f90 s3]");
}

/* Each text has a bad line, whose number and reason (a part of it) follow; the rest goes in. */
static const struct {
    const char *name, *text;
    uint64_t line;
    const char *reason;
    uint64_t added;
} bad_lines[] = {
    { "hex: short", "abc\n" PDQ "\n", 1, "'abc' is no hash", 1 },
    { "hex: not hex",
      PDQ "\n"
          "g8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22\n",
      2, "is no pdq hash: 64 hex digits", 1 },
    { "hex: wrong size for type", "md5 " PDQ "\n" MD5, 1, "is no md5 hash: 32", 1 },
    { "hex: unknown type", "tmk " PDQ "\n" MD5, 1, "unknown type 'tmk'", 1 },
    { "hex: three words", MD5 "\nmd5 " MD5 " x", 2, "more than a type and a hash", 1 },
    { "hex: bytes", MD5 "\n\xff\xfe\n", 2, "not UTF-8", 1 },
    { "csv: missing fields", "hash,note\n" PDQ "\n" PDQ2 ",n", 2, "1 fields, the header has 2", 1 },
    { "csv: stray quote", "hash,note\n" PDQ ",a\"b\n" PDQ2 ",n", 2, "quote in the middle", 1 },
    { "csv: text after quote", "hash,note\n" PDQ ",\"a\"b\n" PDQ2 ",n", 2, "after a closing", 1 },
    { "csv: open quote", "hash,note\n" PDQ ",\"a\n" PDQ2 ",n\n" MD5 ",m", 2, "not closed", 2 },
    { "csv: status", "hash,status\n" PDQ ",good\n" PDQ2 ",seed", 2, "status 'good' is none", 1 },
    { "csv: quality", "hash,quality\n" PDQ ",101\n" PDQ2 ",99", 2, "quality '101'", 1 },
    { "csv: flat picture", "hash,quality\n" PDQ ",49\n" PDQ2 ",99", 2, "flat picture", 1 },
    { "csv: seconds", "hash,seconds\n" PDQ ",1e999\n" PDQ2 ",9", 2, "seconds '1e999'", 1 },
    { "csv: line number after a long record", "hash,note\n" PDQ ",\"a\nb\nc\"\nx,\n", 5, "no hash",
      1 },
    { "ndjson: cut", "{\"hash\":\"" PDQ "\"}\n{\"hash\":\"\n", 2, "byte ", 1 },
    { "ndjson: array", "{\"hash\":\"" PDQ "\"}\n[]\n", 2, "not a JSON object", 1 },
    { "ndjson: twice the same key",
      "{\"hash\":\"" PDQ "\"}\n{\"hash\":\"" PDQ2 "\",\"hash\":\"" MD5 "\"}", 2, "duplicate", 1 },
    { "ndjson: two names for it",
      "{\"hash\":\"" PDQ "\"}\n{\"hash\":\"" PDQ2 "\",\"value\":\"" MD5 "\"}", 2, "another name",
      1 },
    { "ndjson: number for text", "{\"hash\":\"" PDQ "\"}\n{\"hash\":5}", 2, "hash is not a string",
      1 },
    { "ndjson: NUL", "{\"hash\":\"" PDQ "\"}\n{\"hash\":\"" PDQ2 "\",\"note\":\"\\u0000\"}", 2,
      "byte ", 1 },
    { "ndjson: no hash", "{\"hash\":\"" PDQ "\"}\n{\"note\":\"n\"}", 2, "no hash", 1 },
    { "ndjson: no signals", "{\"hash\":\"" PDQ "\"}\n{\"signals\":[]}", 2, "holds something", 1 },
    { "ndjson: quality", "{\"hash\":\"" PDQ "\"}\n{\"hash\":\"" PDQ2 "\",\"quality\":1.5}", 2,
      "quality is not a whole number", 1 },
    { "ndjson: half an entry",
      "{\"hash\":\"" PDQ "\"}\n{\"signals\":[{\"hash\":\"" PDQ2 "\"},{\"hash\":\"x\"}]}", 2,
      "is no hash", 1 },
};

static void test_bad_line_is_told_and_the_rest_goes_in(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad_lines); i++) {
        struct told told = { 0 };
        assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
        const jz_import_result r = import(b, bad_lines[i].text, &told);
        if (told.n != 1 || told.line[0] != bad_lines[i].line ||
            strstr(told.text[0], bad_lines[i].reason) == NULL || r.added != bad_lines[i].added)
            fail_msg("%s: %zu bad, line %llu: %s; %llu added", bad_lines[i].name, told.n,
                     (unsigned long long)told.line[0], told.text[0], (unsigned long long)r.added);
        assert_int_equal(jz_bank_delete(b, "b", NULL), JZ_OK);
    }
}

static void test_too_long_line_is_one_bad_line(void **state)
{
    (void)state;
    /* One byte too long, far too long, exactly long enough, and a long last line without an end. */
    static const size_t blanks[] = { JZ_IMPORT_LINE_MAX - 31, 700000, JZ_IMPORT_LINE_MAX - 32,
                                     300000 };
    jz_auto(jz_banks) *b = open_with_bank();
    JZ_BUF_AUTO text = { 0 };
    struct told told = { 0 };
    jz_import_result r = { 0 };
    jz_buf_puts(&text, PDQ "\n");
    for (size_t i = 0; i < JZ_ARRAY_LEN(blanks); i++) {
        for (size_t k = 0; k < blanks[i]; k++)
            jz_buf_putc(&text, ' ');
        jz_buf_puts(&text, MD5);
        if (i + 1 < JZ_ARRAY_LEN(blanks))
            jz_buf_puts(&text, i == 0 ? "\r\n" : "\n" PDQ2 "\n");
    }
    assert_int_equal(import_bytes(b, text.ptr, text.len, JZ_FMT_AUTO, &told, &r), JZ_OK);
    assert_int_equal(r.added, 3);
    assert_int_equal(r.known, 1);
    assert_int_equal(told.n, 3);
    assert_int_equal(told.line[0], 2);
    assert_int_equal(told.line[1], 3);
    assert_int_equal(told.line[2], 7);
    assert_string_equal(told.text[0], "longer than 65536 bytes");
}

static void test_long_csv_record_costs_its_first_line(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_with_bank();
    JZ_BUF_AUTO text = { 0 };
    struct told told = { 0 };
    jz_import_result r = { 0 };
    jz_buf_puts(&text, "hash,note\n" PDQ ",\"open\n");
    for (unsigned i = 0; i < 2000; i++)
        jz_buf_printf(&text, "%064x,n\n", i);
    assert_int_equal(import_bytes(b, text.ptr, text.len, JZ_FMT_AUTO, &told, &r), JZ_OK);
    assert_int_equal(r.added, 2000);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.line[0], 2);
}

static void test_import_fails_where_nothing_can_go_in(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_with_bank();
    jz_import_result r = { .lines = 77 };
    jz_err err = { 0 };
    const int fd = fd_of(PDQ, 64);
    assert_int_equal(jz_bank_import(b, "nope", fd, NULL, &r, &err), JZ_E_NOTFOUND);
    assert_int_equal(close(fd), 0);
    assert_int_equal(jz_bank_import(b, "b", -1, NULL, &r, &err), JZ_E_IO);
    assert_int_equal(import_bytes(b, "a,b\n1,2\n", 8, JZ_FMT_AUTO, NULL, &r), JZ_E_CORRUPT);
    assert_int_equal(import_bytes(b, "hash,value\n1,2\n", 15, JZ_FMT_AUTO, NULL, &r), JZ_E_CORRUPT);
    assert_int_equal(import_bytes(b, "", 0, (jz_bank_format)9, NULL, &r), JZ_E_INVAL);
    assert_int_equal(jz_bank_batch_begin(b, NULL), JZ_OK);
    assert_int_equal(import_bytes(b, PDQ, 64, JZ_FMT_AUTO, NULL, &r), JZ_E_INVAL);
    assert_int_equal(jz_bank_batch_end(b, false, NULL), JZ_OK);
    assert_int_equal(r.lines, 77);
    assert_int_equal(import_bytes(b, "", 0, JZ_FMT_AUTO, NULL, &r), JZ_OK);
    assert_int_equal(r.lines, 0);
    assert_bank(b, "");
}

static void fill_bank(jz_banks *b)
{
    static const char *const texts[] = { NULL,           "plain", " lead, \"quote\"\r\nline\ttab ",
                                         "\xe9\x89\xb4", "=1+1",  "\x01\x1f" };
    for (uint64_t i = 0; i < 60; i++) {
        jz_signal s[3] = { signal_of(i % 2 == 0 ? "sha256" : "sm3", i), signal_of("pdq", i),
                           signal_of("vpdq", i) };
        const jz_entry_meta meta = { .status = (jz_entry_status)(i % 4),
                                     .source = texts[i % 6],
                                     .category = texts[(i + 1) % 6],
                                     .note = texts[(i + 2) % 6] };
        int64_t entry = 0;
        bool added = false;
        s[1].quality = 50 + (int)i % 51;
        s[2].frame = 30 * (int64_t)i;
        s[2].seconds = (double)i * 1001 / 30000;
        assert_int_equal(jz_bank_add(b, "b", &meta, s, 1 + i % 3, &entry, &added, NULL), JZ_OK);
    }
    static jz_signal video[1000];
    for (size_t i = 0; i < JZ_ARRAY_LEN(video); i++) {
        video[i] = signal_of("vpdq", 1000 + i);
        video[i].frame = (int64_t)i;
        video[i].seconds = (double)i / 29.97;
    }
    add_signals(b, "b", video, JZ_ARRAY_LEN(video));
}

static void test_export_can_be_imported_again(void **state)
{
    (void)state;
    static const jz_bank_format formats[] = { JZ_FMT_NDJSON, JZ_FMT_CSV };
    jz_auto(jz_banks) *b = open_with_bank();
    JZ_BUF_AUTO before = { 0 };
    fill_bank(b);
    dump(b, "b", &before);
    for (size_t i = 0; i < JZ_ARRAY_LEN(formats); i++) {
        JZ_BUF_AUTO after = { 0 };
        jz_import_result r = { 0 };
        const int fd = memfd_create("export", MFD_CLOEXEC);
        assert_int_equal(jz_bank_export(b, "b", formats[i], fd, NULL), JZ_OK);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(jz_bank_create(b, "copy", NULL, NULL), JZ_OK);
        assert_int_equal(jz_bank_import(b, "copy", fd, NULL, &r, NULL), JZ_OK);
        assert_int_equal(close(fd), 0);
        assert_int_equal(r.added, 61);
        assert_int_equal(r.bad + r.known + r.weak, 0);
        dump(b, "copy", &after);
        assert_string_equal(after.ptr, before.ptr);
        assert_int_equal(jz_bank_delete(b, "copy", NULL), JZ_OK);
    }
}

/* The longest texts and most signals of a line, every byte of which JSON writes as six. */
static void test_export_lines_are_never_too_long(void **state)
{
    (void)state;
    static char source[JZ_BANK_SOURCE_MAX + 1], category[JZ_BANK_CATEGORY_MAX + 1];
    static char note[JZ_BANK_NOTE_MAX + 1];
    static jz_signal s[300];
    jz_auto(jz_banks) *b = open_with_bank();
    jz_import_result r = { 0 };
    int64_t entry = 0;
    bool added = false;
    memset(source, 1, sizeof source - 1);
    memset(category, 2, sizeof category - 1);
    memset(note, 3, sizeof note - 1);
    for (size_t i = 0; i < JZ_ARRAY_LEN(s); i++) {
        s[i] = signal_of("pdq_full", i);
        s[i].quality = 100;
        s[i].frame = INT64_MAX;
        s[i].seconds = 1.7976931348623157e308;
    }
    const jz_entry_meta meta = { JZ_ENTRY_CONFIRMED, source, category, note };
    assert_int_equal(jz_bank_add(b, "b", &meta, s, JZ_ARRAY_LEN(s), &entry, &added, NULL), JZ_OK);
    const int fd = memfd_create("export", MFD_CLOEXEC);
    assert_int_equal(jz_bank_export(b, "b", JZ_FMT_NDJSON, fd, NULL), JZ_OK);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(jz_bank_create(b, "copy", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_import(b, "copy", fd, NULL, &r, NULL), JZ_OK);
    assert_int_equal(close(fd), 0);
    assert_int_equal(r.added, 1);
    assert_int_equal(r.bad, 0);
}

static void test_hex_export_is_for_matching(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_with_bank();
    char text[400] = { 0 };
    (void)import(b,
                 "hash,type,status\n" PDQ ",pdq,seed\n" SHA ",sha256,seed\n" PDQ2 ",pdq,disabled\n",
                 NULL);
    const int fd = memfd_create("export", MFD_CLOEXEC);
    assert_int_equal(jz_bank_export(b, "b", JZ_FMT_HEX, fd, NULL), JZ_OK);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(read(fd, text, sizeof text - 1), 65);
    assert_string_equal(text, PDQ "\n");
    assert_int_equal(jz_bank_export(b, "b", JZ_FMT_VPDQ, fd, NULL), JZ_E_INVAL);
    assert_int_equal(jz_bank_export(b, "b", JZ_FMT_AUTO, fd, NULL), JZ_E_INVAL);
    assert_int_equal(jz_bank_export(b, "nope", JZ_FMT_HEX, fd, NULL), JZ_E_NOTFOUND);
    assert_int_equal(close(fd), 0);
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(jz_bank_export(b, "b", JZ_FMT_CSV, full, NULL), JZ_E_IO);
    assert_int_equal(close(full), 0);
}

static const char *const sweep_texts[] = {
    PDQ "\nbad\nmd5 " MD5 "\n",
    "hash,type,note,entry\n" PDQ ",pdq,\"a\nb\",1\n" MD5 ",md5,,1\nbad,,,\n" SHA ",sha256,,\n",
    "{\"hash\":\"" PDQ "\",\"source\":\"s\"}\n{\"bad\n{\"signals\":[{\"hash\":\"" PDQ2
    "\"},{\"hash\":\"" MD5 "\"},{\"hash\":\"" PDQ "\"},{\"hash\":\"" MD5 "\"},{\"hash\":\"" PDQ
    "\"}]}\n",
    "0,100," PDQ ",0.000\n30,1," PDQ ",1.0\n60,99," PDQ2 ",2.000\n",
};

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(sweep_texts); i++) {
        for (unsigned n = 0;; n++) {
            jz_banks *b = open_with_bank();
            jz_import_result r = { 0 };
            jz_fault_arm(n);
            const jz_status st =
                import_bytes(b, sweep_texts[i], strlen(sweep_texts[i]), JZ_FMT_AUTO, NULL, &r);
            const bool failed = jz_fault_fired();
            if (st == JZ_OK) /* never less than all of it */
                assert_true(r.added == (i == 3 ? 1 : 2) && r.bad == (i == 3 ? 0 : 1));
            else
                assert_int_equal(st, JZ_E_NOMEM);
            assert_true(failed || st == JZ_OK);
            assert_int_equal(jz_bank_delete(b, "b", NULL), JZ_OK);
            jz_banks_close(b);
            if (!failed)
                break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOME(test_hex_lists_of_all_kinds),
        WITH_HOME(test_csv_by_names_of_columns),
        WITH_HOME(test_csv_rows_of_one_entry_belong_together),
        WITH_HOME(test_ndjson_objects),
        WITH_HOME(test_vpdq_file_is_one_entry),
        WITH_HOME(test_bad_line_is_told_and_the_rest_goes_in),
        WITH_HOME(test_too_long_line_is_one_bad_line),
        WITH_HOME(test_long_csv_record_costs_its_first_line),
        WITH_HOME(test_import_fails_where_nothing_can_go_in),
        WITH_HOME(test_export_can_be_imported_again),
        WITH_HOME(test_export_lines_are_never_too_long),
        WITH_HOME(test_hex_export_is_for_matching),
        WITH_HOME(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("import_formats", tests, NULL, NULL);
}
