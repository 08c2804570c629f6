/* SPDX-License-Identifier: Apache-2.0 */
/* Scans of folders full of copies and of bad things, in process, with the real decoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "examine/match.h"
#include "fixture.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ITEMS_MAX 64

struct item {
    char name[64]; /* the last part of its path */
    jz_item_status status;
    jz_status error;
    jz_match match; /* the first one; its times are not kept */
    size_t n_matches;
    bool low_quality;
};

struct place {
    char home[256], dir[256];
    jz_sandbox *sandbox;
    jz_banks *banks;
    jz_decoder *decoder;
    struct item item[ITEMS_MAX];
    size_t n;
    atomic_size_t finished; /* the same, for stop() */
    jz_scan_counts counts;
    unsigned stop_after; /* items; 0 = never */
    bool refuse;         /* the item callback fails */
};

static int open_place(void **state)
{
    static struct place p;
    memset(&p, 0, sizeof p);
    fx_folder(p.home, sizeof p.home);
    fx_folder(p.dir, sizeof p.dir);
    assert_int_equal(jz_sandbox_open(NULL, NULL, &p.sandbox, NULL), JZ_OK);
    assert_int_equal(jz_banks_open(p.home, true, true, &p.banks, NULL), JZ_OK);
    assert_int_equal(jz_bank_create(p.banks, "known", NULL, NULL), JZ_OK);
    assert_int_equal(jz_decoder_new(p.sandbox, &p.decoder, NULL), JZ_OK);
    *state = &p;
    return 0;
}

static int close_place(void **state)
{
    struct place *p = *state;
    jz_decoder_free(p->decoder);
    jz_banks_close(p->banks);
    jz_sandbox_close(p->sandbox);
    fx_remove(p->home);
    fx_remove(p->dir);
    return 0;
}

static jz_status on_item(void *user, const jz_scan_item *item, jz_err *err)
{
    struct place *p = user;
    assert_true(p->n < ITEMS_MAX);
    struct item *i = &p->item[p->n++];
    atomic_store(&p->finished, p->n);
    const char *slash = strrchr(item->path, '/');
    *i = (struct item){ .status = item->status,
                        .error = item->error->code,
                        .n_matches = jz_findings_matches(item->findings),
                        .low_quality = item->low_quality };
    (void)snprintf(i->name, sizeof i->name, "%s", slash != NULL ? slash + 1 : item->path);
    if (i->n_matches > 0)
        i->match = *item->findings->finding[0].match;
    return p->refuse ? JZ_FAIL(err, JZ_E_IO, "no more") : JZ_OK;
}

static bool stop(void *user)
{
    struct place *p = user;
    return p->stop_after > 0 && atomic_load(&p->finished) >= p->stop_after;
}

static jz_scan_opts options(struct place *p)
{
    return (jz_scan_opts){ .home = p->home, .jobs = 1, .item = on_item, .stop = stop, .user = p };
}

static jz_status scan(struct place *p, const jz_scan_opts *opts)
{
    const char *const paths[] = { p->dir };
    p->n = 0;
    atomic_store(&p->finished, 0);
    return jz_scan(p->sandbox, p->banks, paths, 1, opts, &p->counts, NULL);
}

static const struct item *find(const struct place *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->item[i].name, name) == 0)
            return &p->item[i];
    (void)fprintf(stderr, "no item %s\n", name);
    abort();
}

static void check_sums(const struct place *p)
{
    uint64_t by_kind = 0;
    for (int k = 0; k < JZ_SCAN_KINDS; k++)
        by_kind += p->counts.failed_by[k];
    assert_int_equal(p->counts.seen, p->n);
    assert_int_equal(p->counts.seen, p->counts.matched + p->counts.clean + p->counts.failed);
    assert_int_equal(p->counts.failed, by_kind);
}

static void make_copies(struct place *p)
{
    fx_picture known = fx_picture_new(1, 640, 480), other = fx_picture_new(2, 640, 480);
    fx_picture mirrored = fx_mirrored(&known), rotated = fx_rotated(&known);
    fx_picture small = fx_picture_new(1, 320, 240);
    const fx_picture *const film[] = { &other, &known, &other };
    const char *original = fx_path(p->home, "original.jpg");
    fx_write_jpeg(original, &known, 95, 0);
    (void)fx_bank_file(p->banks, "known", original, p->decoder);
    fx_write_jpeg(fx_path(p->dir, "same.jpg"), &known, 95, 0);
    fx_write_jpeg(fx_path(p->dir, "again.txt"), &known, 30, 0); /* and misnamed */
    fx_write_jpeg(fx_path(p->dir, "small.jpg"), &small, 80, 0);
    fx_write_jpeg(fx_path(p->dir, "mirrored.jpg"), &mirrored, 80, 0);
    fx_write_jpeg(fx_path(p->dir, "rotated.jpg"), &rotated, 80, 0);
    fx_write_jpeg(fx_path(p->dir, "turned.jpg"), &rotated, 80, 8); /* shown upright again */
    fx_write_jpeg(fx_path(p->dir, "other.jpg"), &other, 80, 0);
    fx_write_avi(fx_path(p->dir, "film.avi"), film, 3, 20, 10);
    fx_picture *const all[] = { &known, &other, &mirrored, &rotated, &small };
    for (size_t i = 0; i < JZ_ARRAY_LEN(all); i++)
        jz_free(all[i]->px);
}

static void test_scan_finds_every_kind_of_copy(void **state)
{
    struct place *p = *state;
    make_copies(p);
    jz_scan_opts o = options(p);
    o.jobs = 3;
    assert_int_equal(scan(p, &o), JZ_OK);
    check_sums(p);
    static const struct {
        const char *name, *mode; /* NULL = any */
        jz_item_status status;
        jz_dihedral variant;
    } expected[] = {
        { "same.jpg", "sha256", JZ_ITEM_MATCH, JZ_ORIGINAL },
        { "again.txt", NULL, JZ_ITEM_MATCH, JZ_ORIGINAL },
        { "small.jpg", NULL, JZ_ITEM_MATCH, JZ_ORIGINAL },
        { "mirrored.jpg", NULL, JZ_ITEM_MATCH, JZ_FLIPY },   /* left and right */
        { "rotated.jpg", NULL, JZ_ITEM_MATCH, JZ_ROTATE90 }, /* back, against the clock */
        { "turned.jpg", NULL, JZ_ITEM_MATCH, JZ_ORIGINAL },
        { "other.jpg", NULL, JZ_ITEM_CLEAN, JZ_ORIGINAL },
        { "film.avi", "vpdq", JZ_ITEM_MATCH, JZ_ORIGINAL },
    };
    assert_int_equal(p->n, JZ_ARRAY_LEN(expected));
    for (size_t i = 0; i < JZ_ARRAY_LEN(expected); i++) {
        const struct item *item = find(p, expected[i].name);
        assert_int_equal(item->status, expected[i].status);
        assert_int_equal(item->error, JZ_OK);
        if (item->n_matches == 0)
            continue;
        assert_int_equal(item->match.variant, expected[i].variant);
        if (expected[i].mode != NULL)
            assert_string_equal(item->match.mode->name, expected[i].mode);
    }
    const jz_match *film = &find(p, "film.avi")->match; /* 6 s of which 2 to 4 are known */
    assert_int_equal(film->frames_compared, 6);
    assert_int_equal(film->frames_matched, 2);
    assert_true(find(p, "turned.jpg")->match.oriented);
}

static void test_scan_fast_finds_the_same_pictures(void **state)
{
    struct place *p = *state;
    make_copies(p);
    jz_scan_opts o = options(p);
    o.examine.measure.fast = true;
    assert_int_equal(scan(p, &o), JZ_OK);
    check_sums(p);
    assert_int_equal(p->counts.matched, 7);
    assert_int_equal(p->counts.clean, 1);
}

/* A PNG whose header promises 65535 x 65535 pixels, and the beginning of its data. */
static const uint8_t huge_png[] = { 0x89, 'P',  'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,    0,
                                    13,   'I',  'H', 'D', 'R',  0,    0,    0xff, 0xff, 0,    0,
                                    0xff, 0xff, 8,   2,   0,    0,    0,    0x39, 0x67, 0x4e, 0x07,
                                    0,    0,    1,   0,   'I',  'D',  'A',  'T',  0x78, 0x9c };

static void make_bad_things(struct place *p)
{
    fx_picture known = fx_picture_new(1, 640, 480);
    uint8_t jpeg[65536], grey[] = { 'B', 'M' };
    char text[4096], whole[512];
    (void)snprintf(whole, sizeof whole, "%s/whole.jpg", p->home);
    fx_write_jpeg(whole, &known, 90, 0);
    const int fd = open(whole, O_RDONLY);
    const ssize_t len = read(fd, jpeg, sizeof jpeg);
    (void)close(fd);
    assert_true(len > 4000);
    fx_write(fx_path(p->dir, "empty.jpg"), "", 0);
    fx_write(fx_path(p->dir, "head.jpg"), jpeg, 20);
    jpeg[10] = jpeg[11] = 0xff; /* a file of its own */
    fx_write(fx_path(p->dir, "stub.jpg"), jpeg, 200);
    memset(text, 'a', sizeof text);
    fx_write(fx_path(p->dir, "text.jpg"), text, sizeof text);
    fx_write(fx_path(p->dir, "stub.bmp"), grey, sizeof grey);
    fx_write(fx_path(p->dir, "huge.png"), huge_png, sizeof huge_png);
    fx_write(fx_path(p->dir, "archive.zip"), "PK\3\4\24\0\0\0\0\0", 10);
    fx_write(fx_path(p->dir, "bad\xff\xfename"), "x", 1);
    assert_int_equal(mkfifo(fx_path(p->dir, "fifo.jpg"), 0600), 0);
    assert_int_equal(symlink(p->dir, fx_path(p->dir, "loop")), 0);
    assert_int_equal(symlink(whole, fx_path(p->dir, "link.jpg")), 0);
    jz_free(known.px);
}

static void test_scan_counts_every_bad_thing(void **state)
{
    struct place *p = *state;
    make_bad_things(p);
    jz_scan_opts o = options(p);
    o.jobs = 3;
    assert_int_equal(scan(p, &o), JZ_OK);
    check_sums(p);
    assert_int_equal(p->n, 11);
    assert_int_equal(find(p, "empty.jpg")->error, JZ_E_EMPTY);
    assert_int_equal(find(p, "text.jpg")->error, JZ_E_NOT_MEDIA);
    assert_int_equal(find(p, "archive.zip")->error, JZ_E_ARCHIVE);
    assert_int_equal(find(p, "fifo.jpg")->error, JZ_E_SPECIAL);
    assert_int_equal(find(p, "loop")->error, JZ_E_SPECIAL);
    assert_int_equal(find(p, "huge.png")->error, JZ_E_LIMIT);
    assert_int_equal(find(p, "link.jpg")->status, JZ_ITEM_CLEAN);
    assert_int_equal(p->counts.failed, 10);
}

static void test_scan_matches_an_exact_hash_of_what_is_not_media(void **state)
{
    struct place *p = *state;
    jz_signal s = { .cls = jz_hash_class_find("md5"), .quality = -1, .frame = -1 };
    static const uint8_t md5_of_abc[] = { 0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0,
                                          0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72 };
    const jz_entry_meta meta = { .status = JZ_ENTRY_SEED };
    int64_t entry = 0;
    bool added = false;
    memcpy(s.digest, md5_of_abc, sizeof md5_of_abc);
    assert_int_equal(jz_bank_add(p->banks, "known", &meta, &s, 1, &entry, &added, NULL), JZ_OK);
    fx_write(fx_path(p->dir, "abc"), "abc", 3);
    const jz_scan_opts o = options(p);
    assert_int_equal(scan(p, &o), JZ_OK);
    check_sums(p);
    assert_int_equal(find(p, "abc")->status, JZ_ITEM_MATCH);
    assert_int_equal(find(p, "abc")->error, JZ_E_NOT_MEDIA);
    assert_int_equal(p->counts.failed, 0);
}

static void test_scan_of_flat_pictures_says_low_quality(void **state)
{
    struct place *p = *state;
    fx_picture flat = fx_picture_new(1, 64, 48);
    memset(flat.px, 128, (size_t)3 * 64 * 48);
    fx_write_jpeg(fx_path(p->dir, "flat.jpg"), &flat, 90, 0);
    const jz_scan_opts o = options(p);
    assert_int_equal(scan(p, &o), JZ_OK);
    assert_true(find(p, "flat.jpg")->low_quality);
    assert_int_equal(p->counts.low_quality, 1);
    jz_free(flat.px);
}

static void test_scan_takes_each_file_once(void **state)
{
    struct place *p = *state;
    fx_mkdir(p->dir, "sub");
    fx_write(fx_path(p->dir, "sub/a"), "a", 1);
    fx_write(fx_path(p->dir, "b"), "b", 1);
    char sub[512], file[512];
    (void)snprintf(sub, sizeof sub, "%s/sub", p->dir);
    (void)snprintf(file, sizeof file, "%s/sub/../b", p->dir);
    const char *const paths[] = { sub, p->dir, file, p->dir, "/nonexistent/x" };
    const jz_scan_opts o = options(p);
    assert_int_equal(jz_scan(p->sandbox, p->banks, paths, 5, &o, &p->counts, NULL), JZ_OK);
    check_sums(p);
    assert_int_equal(p->n, 3);
    assert_int_equal(find(p, "x")->error, JZ_E_NOTFOUND);
}

static void test_scan_continues_after_an_interruption(void **state)
{
    struct place *p = *state;
    make_copies(p);
    jz_scan_opts o = options(p);
    p->stop_after = 3;
    assert_int_equal(scan(p, &o), JZ_E_INTERRUPTED);
    check_sums(p);
    assert_in_range(p->n, 3, 4);
    p->stop_after = 0;
    assert_int_equal(scan(p, &o), JZ_OK);
    check_sums(p);
    assert_int_equal(p->n, 8);
    assert_int_equal(p->counts.matched, 7);
    assert_in_range(p->counts.resumed, 3, 4);
    assert_int_equal(scan(p, &o), JZ_OK); /* a finished scan leaves nothing */
    assert_int_equal(p->counts.resumed, 0);
}

static void test_scan_measures_a_changed_file_again(void **state)
{
    struct place *p = *state;
    make_copies(p);
    jz_scan_opts o = options(p);
    p->stop_after = 6;
    assert_int_equal(scan(p, &o), JZ_E_INTERRUPTED);
    fx_picture other = fx_picture_new(9, 640, 480);
    for (size_t i = 0; i < 6; i++)
        fx_write_jpeg(fx_path(p->dir, p->item[i].name), &other, 80, 0);
    jz_free(other.px);
    p->stop_after = 0;
    assert_int_equal(scan(p, &o), JZ_OK);
    assert_in_range(p->counts.resumed, 0, 1);
}

static void test_scan_fresh_forgets(void **state)
{
    struct place *p = *state;
    make_copies(p);
    jz_scan_opts o = options(p);
    p->stop_after = 3;
    assert_int_equal(scan(p, &o), JZ_E_INTERRUPTED);
    p->stop_after = 0;
    o.fresh = true;
    assert_int_equal(scan(p, &o), JZ_OK);
    assert_int_equal(p->counts.resumed, 0);
}

/* What was searched with other keys, or not at all, says nothing of these. */
static void test_scan_continues_only_with_the_same_mark_keys(void **state)
{
    struct place *p = *state;
    const uint8_t secret[2][JZ_WATERMARK_SECRET_SIZE] = { { 1 }, { 2 } };
    jz_auto(jz_watermark_key) *first = NULL;
    jz_auto(jz_watermark_key) *second = NULL;
    assert_int_equal(jz_watermark_key_make(secret[0], &first, NULL), JZ_OK);
    assert_int_equal(jz_watermark_key_make(secret[1], &second, NULL), JZ_OK);
    const jz_watermark_keys keys = { .key = &first, .n = 1 }, others = { .key = &second, .n = 1 };
    for (char name[] = "a"; name[0] < 'e'; name[0]++)
        fx_write(fx_path(p->dir, name), name, 1);
    jz_scan_opts o = options(p);
    const jz_watermark_keys *const other[] = { NULL, &others };
    p->stop_after = 1;
    o.examine.measure.mark_keys = &keys;
    assert_int_equal(scan(p, &o), JZ_E_INTERRUPTED);
    p->stop_after = 0;
    for (size_t i = 0; i < JZ_ARRAY_LEN(other); i++) {
        o.examine.measure.mark_keys = other[i];
        assert_int_equal(scan(p, &o), JZ_OK);
        assert_int_equal(p->counts.resumed, 0);
    }
    o.examine.measure.mark_keys = &keys;
    assert_int_equal(scan(p, &o), JZ_OK);
    assert_in_range(p->counts.resumed, 1, 2);
}

static void test_scan_ends_with_the_item_callbacks_failure(void **state)
{
    struct place *p = *state;
    make_copies(p);
    p->refuse = true;
    const jz_scan_opts o = options(p);
    assert_int_equal(scan(p, &o), JZ_E_IO);
    assert_int_equal(p->n, 1);
}

static void test_scan_passes_over_its_own_folders(void **state)
{
    struct place *p = *state;
    char home[512], report[512];
    (void)snprintf(home, sizeof home, "%s/home", p->dir);
    (void)snprintf(report, sizeof report, "%s/report", p->dir);
    fx_write(fx_path(p->dir, "file"), "x", 1);
    jz_scan_opts o = options(p);
    o.home = home;
    o.report_dir = report;
    assert_int_equal(scan(p, &o), JZ_OK);
    assert_int_equal(scan(p, &o), JZ_OK); /* now that both hold files */
    assert_int_equal(p->n, 1);
}

static void test_scan_report_holds_everything_and_no_script(void **state)
{
    struct place *p = *state;
    char report[512];
    size_t n = 0;
    make_copies(p);
    make_bad_things(p);
    fx_picture known = fx_picture_new(1, 640, 480);
    fx_write_jpeg(fx_path(p->dir, "<img src=x onerror=alert(1)>.jpg"), &known, 70, 0);
    fx_write(fx_path(p->dir, "<script>"), "x", 1);
    jz_free(known.px);
    (void)snprintf(report, sizeof report, "%s/report", p->home);
    jz_scan_opts o = options(p);
    o.report_dir = report;
    o.thumbnails = true;
    assert_int_equal(scan(p, &o), JZ_OK);
    check_sums(p);
    char **lines = fx_lines(fx_path(report, "index.html"), &n);
    assert_int_equal(fx_count(lines, n, "<script"), 0);
    assert_int_equal(fx_count(lines, n, "<img src=x"), 0);
    assert_int_equal(fx_count(lines, n, "&lt;img src=x onerror=alert(1)&gt;.jpg"), 1);
    assert_int_equal(fx_count(lines, n, "&lt;script&gt;"), 1);
    assert_int_equal(fx_count(lines, n, "bad\xef\xbf\xbd\xef\xbf\xbdname"), 1);
    assert_int_equal(fx_count(lines, n, "data:image/bmp;base64,"), p->counts.matched);
    assert_int_equal(fx_count(lines, n, "<tr><td class=file>"), p->counts.failed);
    assert_int_equal(fx_count(lines, n, "http"), 1); /* "http-equiv": nothing is fetched */
    fx_lines_free(lines, n);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_scan_finds_every_kind_of_copy),
        IN_PLACE(test_scan_fast_finds_the_same_pictures),
        IN_PLACE(test_scan_counts_every_bad_thing),
        IN_PLACE(test_scan_matches_an_exact_hash_of_what_is_not_media),
        IN_PLACE(test_scan_of_flat_pictures_says_low_quality),
        IN_PLACE(test_scan_takes_each_file_once),
        IN_PLACE(test_scan_continues_after_an_interruption),
        IN_PLACE(test_scan_measures_a_changed_file_again),
        IN_PLACE(test_scan_fresh_forgets),
        IN_PLACE(test_scan_continues_only_with_the_same_mark_keys),
        IN_PLACE(test_scan_ends_with_the_item_callbacks_failure),
        IN_PLACE(test_scan_passes_over_its_own_folders),
        IN_PLACE(test_scan_report_holds_everything_and_no_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
