/* SPDX-License-Identifier: Apache-2.0 */
/* Exchange formats, into a real database and out of it again. */
#include "bank_fixture.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

#include <sys/mman.h>

#define A "d8f8f0cee0f4a84f0637022a078f67f0b36e2ed596621e1d33e6339c4e9c9b22"
#define B "e4cc89d91c623842f8d1f1d9a398e78c9f199a3bf87925f2b7e11e0bf061b064"
#define MD5 "900150983cd24fb0d6963f7d28e17f72"

static int file_of(const char *text, size_t len)
{
    const int fd = memfd_create("import", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

typedef struct told {
    uint64_t n, lines[16];
    char text[16][JZ_ERR_TEXT];
} told;

static void on_bad(void *user, uint64_t line, const jz_err *err)
{
    told *t = user;
    assert_true(t->n < JZ_ARRAY_LEN(t->lines));
    t->lines[t->n] = line;
    (void)snprintf(t->text[t->n], JZ_ERR_TEXT, "%s", err->frame[0]);
    t->n++;
}

static jz_import_result import(jz_banks *b, const char *bank, jz_bank_format format,
                               const char *text, told *t)
{
    JZ_FD_AUTO fd = file_of(text, strlen(text));
    const jz_import_opts opts = { .format = format, .bad_line = on_bad, .user = t };
    jz_import_result r = { 0 };
    jz_err err = { 0 };
    if (jz_bank_import(b, bank, fd, &opts, &r, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    return r;
}

static void assert_result(jz_import_result r, uint64_t added, uint64_t known, uint64_t bad)
{
    assert_int_equal(r.added, added);
    assert_int_equal(r.known, known);
    assert_int_equal(r.bad, bad);
}

static void test_hex_lists_of_every_kind(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    told t = { 0 };
    assert_int_equal(jz_bank_create(b, "x", NULL, NULL), JZ_OK);
    assert_result(import(b, "x", JZ_FMT_AUTO,
                         "# a list\n" A "\n\npdq " B "\r\nmd5 " MD5 "\n" A "\nqq\nsha256 abc\n",
                         &t),
                  3, 1, 2);
    assert_int_equal(t.n, 2);
    assert_int_equal(t.lines[0], 7);
    assert_int_equal(t.lines[1], 8);
    uint8_t query[JZ_PDQ_SIZE] = { 0xd8 };
    jz_bank_hits hits = { 0 };
    assert_int_equal(jz_banks_match(b, query, 256, &hits, NULL), JZ_OK);
    assert_int_equal(hits.n, 2);
    jz_bank_hits_done(&hits);
}

static void test_csv_groups_rows_into_entries(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(false);
    told t = { 0 };
    assert_int_equal(jz_bank_create(b, "x", NULL, NULL), JZ_OK);
    assert_result(import(b, "x", JZ_FMT_AUTO,
                         "Type,Hash,Entry,Note,Status\n"
                         "pdq," A ",1,\"two\nlines, \"\"quoted\"\"\",confirmed\n"
                         "pdq_full," B ",1,,\n"
                         "md5," MD5 ",2,,\n"
                         "md5,zz,3,,\n"
                         "md5," MD5 ",4,,nosuch\n",
                         &t),
                  2, 0, 2);
    assert_int_equal(t.lines[0], 6);
    assert_int_equal(t.lines[1], 7);
}

static void test_ndjson_is_strict_and_goes_on(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(false);
    told t = { 0 };
    assert_int_equal(jz_bank_create(b, "x", NULL, NULL), JZ_OK);
    assert_result(import(b, "x", JZ_FMT_AUTO,
                         "{\"hash\":\"" A "\",\"type\":\"pdq\"}\n"
                         "{\"hash\":\"" A "\",\"hash\":\"" B "\"}\n"
                         "{\"hash\":7}\n"
                         "{\"signals\":[{\"type\":\"pdq\",\"hash\":\"" B "\"},"
                         "{\"type\":\"md5\",\"hash\":\"" MD5 "\"}]}\n"
                         "not json\n",
                         &t),
                  2, 0, 3);
}

static void test_flat_hashes_are_refused(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(false);
    told t = { 0 };
    assert_int_equal(jz_bank_create(b, "x", NULL, NULL), JZ_OK);
    assert_result(import(b, "x", JZ_FMT_CSV, "hash,quality\n" A ",49\n" B ",50\n", &t), 1, 0, 1);
    assert_non_null(strstr(t.text[0], "quality 49"));
}

static void test_vpdq_lines_are_one_video(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    told t = { 0 };
    assert_int_equal(jz_bank_create(b, "x", NULL, NULL), JZ_OK);
    const jz_import_result r = import(
        b, "x", JZ_FMT_AUTO, "0,100," A ",0.000\n30,100," B ",1.000\n60,10," B ",2.000\n", &t);
    assert_int_equal(r.added, 1);
    size_t perceptual = 0;
    (void)jz_banks_count(b, &perceptual);
    assert_int_equal(perceptual, 2);
}

static void test_a_line_without_end_costs_itself_only(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(false);
    told t = { 0 };
    const size_t len = 1 << 20;
    char *text = malloc(len + 200);
    assert_non_null(text);
    memset(text, 'a', len);
    (void)snprintf(text + len, 200, "\n%s\n", A);
    assert_int_equal(jz_bank_create(b, "x", NULL, NULL), JZ_OK);
    assert_result(import(b, "x", JZ_FMT_HEX, text, &t), 1, 0, 1);
    free(text);
}

static void read_back(const char *path, jz_buf *out)
{
    assert_int_equal(jz_file_read(path, 1 << 20, out, NULL), JZ_OK);
}

/* Out, in again elsewhere, out: the same bytes, whatever text an entry holds. */
static void test_export_and_import_lose_nothing(void **state)
{
    (void)state;
    static const jz_bank_format formats[] = { JZ_FMT_NDJSON, JZ_FMT_CSV };
    jz_auto(jz_banks) *b = open_banks(false);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/out", home);
    assert_int_equal(jz_bank_create(b, "x", NULL, NULL), JZ_OK);
    jz_signal s[3] = {
        { .cls = jz_hash_class_find("pdq"), .quality = 77, .frame = -1 },
        { .cls = jz_hash_class_find("vpdq"), .quality = 50, .frame = 7, .seconds = 0.25 },
        { .cls = jz_hash_class_find("md5"), .quality = -1, .frame = -1 }
    };
    for (uint64_t i = 0; i < 3; i++)
        digest_of(i, s[i].digest);
    const jz_entry_meta meta = { .status = JZ_ENTRY_DISABLED,
                                 .source = "a \"source\", with\nlines",
                                 .category = "\xe5\x90\x8d",
                                 .note = " blank before" };
    int64_t entry = 0;
    bool added = false;
    assert_int_equal(jz_bank_add(b, "x", &meta, s, 3, &entry, &added, NULL), JZ_OK);
    assert_int_equal(jz_bank_add(b, "x", &(jz_entry_meta){ .status = JZ_ENTRY_SEED }, s + 1, 1,
                                 &entry, &added, NULL),
                     JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(formats); i++) {
        char copy[8];
        JZ_BUF_AUTO first = { 0 };
        JZ_BUF_AUTO second = { 0 };
        told t = { 0 };
        (void)snprintf(copy, sizeof copy, "copy%zu", i);
        assert_int_equal(jz_bank_create(b, copy, NULL, NULL), JZ_OK);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(jz_bank_export(b, "x", formats[i], fileno(f), NULL), JZ_OK);
        (void)fclose(f);
        read_back(path, &first);
        assert_true(first.len > 200);
        assert_result(import(b, copy, formats[i], first.ptr, &t), 2, 0, 0);
        f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(jz_bank_export(b, copy, formats[i], fileno(f), NULL), JZ_OK);
        (void)fclose(f);
        read_back(path, &second);
        if (formats[i] == JZ_FMT_CSV) /* its entry column holds numbers of the database */
            continue;
        char *at = strstr(second.ptr, copy);
        for (; at != NULL; at = strstr(at, copy)) {
            at[0] = 'x'; /* the bank's name, where the format tells it */
            memmove(at + 1, at + 5, strlen(at + 5) + 1);
        }
        assert_non_null(strstr(second.ptr, "disabled"));
        assert_non_null(strstr(second.ptr, "\\\"source\\\", with\\nlines"));
    }
}

static void test_out_of_memory_ends_the_import_in_order(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    assert_int_equal(jz_bank_create(b, "x", NULL, NULL), JZ_OK);
    static const char text[] =
        "hash,type,entry,note\n" A ",pdq,1,n\n" B ",pdq,1,n\n" MD5 ",md5,2,\n";
    for (unsigned n = 0;; n++) {
        JZ_FD_AUTO fd = file_of(text, sizeof text - 1);
        const jz_import_opts opts = { .format = JZ_FMT_CSV };
        jz_import_result r = { 0 };
        jz_fault_arm(n);
        const jz_status st = jz_bank_import(b, "x", fd, &opts, &r, NULL);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            break;
        }
        assert_true(st == JZ_E_NOMEM || st == JZ_OK);
    }
    size_t perceptual = 0;
    assert_int_equal(jz_banks_count(b, &perceptual), 3);
    assert_int_equal(perceptual, 2);
}

static void test_an_unknown_bank_is_told(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(false);
    JZ_FD_AUTO fd = file_of(A "\n", 65);
    const jz_import_opts opts = { .format = JZ_FMT_HEX };
    jz_import_result r = { 0 };
    assert_int_equal(jz_bank_import(b, "nosuch", fd, &opts, &r, NULL), JZ_E_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOME(test_hex_lists_of_every_kind),
        WITH_HOME(test_csv_groups_rows_into_entries),
        WITH_HOME(test_ndjson_is_strict_and_goes_on),
        WITH_HOME(test_flat_hashes_are_refused),
        WITH_HOME(test_vpdq_lines_are_one_video),
        WITH_HOME(test_a_line_without_end_costs_itself_only),
        WITH_HOME(test_export_and_import_lose_nothing),
        WITH_HOME(test_out_of_memory_ends_the_import_in_order),
        WITH_HOME(test_an_unknown_bank_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
