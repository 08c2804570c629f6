/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/case.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char home[256];
static jz_cases *cases;
static char id[JZ_CASE_ID_SIZE];

static int remove_one(const char *path, const struct stat *sb, int flag, struct FTW *ftw)
{
    (void)sb;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int make_home(void **state)
{
    (void)state;
    (void)snprintf(home, sizeof home, "%s/jz-case-XXXXXX",
                   getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(home) == NULL || jz_cases_open(home, true, &cases, NULL) != JZ_OK ||
        jz_case_open(cases, "the case", NULL, "tester", id, NULL) != JZ_OK)
        return -1;
    return 0;
}

static int remove_home(void **state)
{
    (void)state;
    jz_cases_close(cases);
    cases = NULL;
    return nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A file without a name that holds a text, hashed. */
static int file_of(const char *text, jz_exact_hashes *exact)
{
    const int fd = open(home, O_TMPFILE | O_RDWR, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    assert_int_equal(jz_exact_hash_fd(fd, exact, NULL), JZ_OK);
    return fd;
}

static int64_t add(const char *text, const char *kind, const jz_case_hash *h, size_t n)
{
    jz_err err = { 0 };
    jz_case_item item = { .name = text, .kind = kind };
    JZ_FD_AUTO fd = file_of(text, &item.exact);
    assert_int_equal(jz_case_add(cases, id, fd, &item, h, n, "tester", &err), JZ_OK);
    return item.number;
}

/* A hash whose variants are all far from each other and from those of other seeds; the first bits
 * of every variant are flipped. */
static jz_case_hash hash_of(const char *cls, uint8_t seed, unsigned flipped)
{
    jz_case_hash h = { .cls = jz_hash_class_find(cls), .quality = 100 };
    for (unsigned v = 0; v < JZ_DIHEDRALS; v++) {
        const uint8_t text[] = { seed, (uint8_t)v };
        jz_sha256(text, sizeof text, h.digest[v]);
        for (unsigned b = 0; b < flipped; b++)
            h.digest[v][b / 8] ^= (uint8_t)(1U << b % 8);
    }
    return h;
}

static jz_case_tally tally(void)
{
    jz_case_tally t;
    assert_int_equal(jz_case_count(cases, id, &t, NULL, NULL, NULL), JZ_OK);
    return t;
}

/* ---- cases ---- */

static void test_a_case_is_found_by_id_prefix_and_name(void **state)
{
    (void)state;
    char found[JZ_CASE_ID_SIZE];
    char other[JZ_CASE_ID_SIZE];
    char prefix[9];
    assert_int_equal(strlen(id), 32);
    assert_int_equal(jz_case_find(cases, id, found, NULL), JZ_OK);
    assert_string_equal(found, id);
    (void)snprintf(prefix, sizeof prefix, "%.8s", id);
    assert_int_equal(jz_case_find(cases, prefix, found, NULL), JZ_OK);
    assert_string_equal(found, id);
    prefix[7] = '\0'; /* too short to mean one */
    assert_int_equal(jz_case_find(cases, prefix, found, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_case_find(cases, "the case", found, NULL), JZ_OK);
    assert_string_equal(found, id);
    assert_int_equal(jz_case_open(cases, "the case", NULL, "tester", other, NULL), JZ_OK);
    assert_string_not_equal(other, id);
    assert_int_equal(jz_case_find(cases, "the case", found, NULL), JZ_E_INVAL);
    assert_int_equal(jz_case_find(cases, "", found, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_case_find(cases, "' OR 1=1 --", found, NULL), JZ_E_NOTFOUND);
}

static void test_text_is_checked(void **state)
{
    (void)state;
    char made[JZ_CASE_ID_SIZE];
    char *much = malloc(JZ_CASE_TEXT_MAX + 2);
    assert_non_null(much);
    memset(much, 'a', JZ_CASE_TEXT_MAX + 1);
    much[JZ_CASE_TEXT_MAX + 1] = '\0';
    assert_int_equal(jz_case_open(cases, "", NULL, "tester", made, NULL), JZ_E_INVAL);
    assert_int_equal(jz_case_open(cases, "\xff", NULL, "tester", made, NULL), JZ_E_INVAL);
    assert_int_equal(jz_case_open(cases, much, NULL, "tester", made, NULL), JZ_E_LIMIT);
    assert_int_equal(jz_case_open(cases, "n", much, "tester", made, NULL), JZ_E_LIMIT);
    assert_int_equal(jz_case_open(cases, "n", NULL, "", made, NULL), JZ_E_INVAL);
    assert_int_equal(jz_case_add_note(cases, id, "", "tester", NULL), JZ_E_INVAL);
    assert_int_equal(jz_case_add_note(cases, "nowhere", "x", "tester", NULL), JZ_E_NOTFOUND);
    free(much);
}

/* ---- items ---- */

static void test_an_item_is_copied_byte_for_byte(void **state)
{
    (void)state;
    jz_auto(char) *path = NULL;
    JZ_BUF_AUTO stored = { 0 };
    struct stat sb;
    assert_int_equal(add("some bytes", "other", NULL, 0), 1);
    assert_int_equal(jz_case_access(cases, id, 1, "a test", "tester", &path, NULL), JZ_OK);
    assert_int_equal(jz_file_read(path, 100, &stored, NULL), JZ_OK);
    assert_string_equal(stored.ptr, "some bytes");
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0400);
    assert_int_equal(jz_case_access(cases, id, 2, "a test", "tester", &path, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_case_access(cases, id, 1, "", "tester", &path, NULL), JZ_E_INVAL);
}

static unsigned files_in_case(void)
{
    char path[512];
    unsigned n = 0;
    (void)snprintf(path, sizeof path, "%s/cases/%s", home, id);
    DIR *d = opendir(path);
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.';
    if (d != NULL)
        closedir(d);
    return n;
}

static void test_what_was_not_hashed_is_not_listed(void **state)
{
    (void)state;
    jz_err err = { 0 };
    jz_case_item item = { .name = "a", .kind = "other" };
    JZ_FD_AUTO fd = file_of("before", &item.exact);
    assert_int_equal(pwrite(fd, "B", 1, 0), 1); /* after it was hashed */
    assert_int_equal(jz_case_add(cases, id, fd, &item, NULL, 0, "tester", &err), JZ_E_CHANGED);
    assert_int_equal(ftruncate(fd, 3), 0);
    assert_int_equal(jz_case_add(cases, id, fd, &item, NULL, 0, "tester", &err), JZ_E_CHANGED);
    assert_int_equal(tally().items, 0);
    assert_int_equal(files_in_case(), 0);
}

static void test_a_damaged_copy_is_replaced(void **state)
{
    (void)state;
    jz_auto(char) *path = NULL;
    JZ_BUF_AUTO stored = { 0 };
    add("some bytes", "other", NULL, 0);
    assert_int_equal(jz_case_access(cases, id, 1, "a test", "tester", &path, NULL), JZ_OK);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, 4), 0);
    add("some bytes", "other", NULL, 0);
    assert_int_equal(jz_file_read(path, 100, &stored, NULL), JZ_OK);
    assert_string_equal(stored.ptr, "some bytes");
    assert_int_equal(files_in_case(), 1);
}

static void test_a_closed_case_takes_nothing_more(void **state)
{
    (void)state;
    jz_case_item item = { .name = "a", .kind = "other" };
    const jz_case_link link = { .accused = "A" };
    JZ_FD_AUTO fd = file_of("x", &item.exact);
    assert_int_equal(jz_case_close(cases, id, "tester", NULL), JZ_OK);
    assert_int_equal(jz_case_close(cases, id, "tester", NULL), JZ_E_INVAL);
    assert_int_equal(jz_case_add(cases, id, fd, &item, NULL, 0, "tester", NULL), JZ_E_INVAL);
    assert_int_equal(jz_case_add_link(cases, id, &link, "tester", NULL), JZ_E_INVAL);
    assert_int_equal(files_in_case(), 0);
    assert_int_equal(jz_case_add_note(cases, id, "still", "tester", NULL), JZ_OK);
}

static jz_status check_item(void *user, const jz_case_item *i, jz_err *err)
{
    int64_t *n = user;
    (void)err;
    assert_int_equal(i->number, ++*n);
    assert_string_equal(i->name, *n == 1 ? "one" : "two");
    assert_string_equal(i->kind, *n == 1 ? "image" : "other");
    assert_int_equal(i->exact.bytes, 3);
    uint8_t wanted[JZ_SHA256_SIZE];
    jz_sha256(i->name, 3, wanted);
    assert_memory_equal(i->exact.sha256, wanted, sizeof wanted);
    assert_true(i->added_us > 0 && i->captured_us == i->added_us);
    assert_null(i->source);
    return JZ_OK;
}

static void test_items_are_listed_in_order_after_reopening(void **state)
{
    (void)state;
    int64_t n = 0;
    add("one", "image", NULL, 0);
    add("two", "other", NULL, 0);
    jz_cases_close(JZ_TAKE(cases));
    assert_int_equal(jz_cases_open(home, false, &cases, NULL), JZ_OK);
    assert_int_equal(jz_case_items(cases, id, check_item, &n, NULL), JZ_OK);
    assert_int_equal(n, 2);
}

/* ---- works ---- */

static void test_stills_within_31_bits_are_one_work(void **state)
{
    (void)state;
    const jz_case_hash a = hash_of("pdq", 1, 0);
    const jz_case_hash b = hash_of("pdq", 1, 31);
    const jz_case_hash far = hash_of("pdq", 2, 0);
    jz_case_hash mirrored = hash_of("pdq", 1, 0);
    memcpy(mirrored.digest[JZ_ORIGINAL], a.digest[JZ_FLIPX], JZ_PDQ_SIZE);
    memcpy(mirrored.digest[JZ_FLIPX], a.digest[JZ_ORIGINAL], JZ_PDQ_SIZE);
    add("a", "image", &a, 1);
    add("b", "image", &b, 1);
    assert_int_equal(tally().works, 1);
    add("far", "image", &far, 1);
    assert_int_equal(tally().works, 2);
    add("mirrored", "image", &mirrored, 1);
    add("a", "image", &a, 1); /* the same bytes */
    const jz_case_tally t = tally();
    assert_int_equal(t.items, 5);
    assert_int_equal(t.files, 4);
    assert_int_equal(t.works, 2);
    assert_int_equal(t.images, 2);
    assert_int_equal(t.videos, 0);
}

static void test_32_bits_or_another_class_or_flat_pictures_are_other_works(void **state)
{
    (void)state;
    const jz_case_hash a = hash_of("pdq", 1, 0);
    const jz_case_hash b = hash_of("pdq", 1, 32);
    const jz_case_hash other = hash_of("pdq_full", 1, 0);
    jz_case_hash flat = a;
    flat.quality = JZ_PDQ_MIN_QUALITY - 1;
    add("a", "image", &a, 1);
    add("b", "image", &b, 1);
    add("other", "image", &other, 1);
    add("flat", "image", &flat, 1);
    add("flat too", "image", &flat, 1);
    assert_int_equal(tally().works, 5);
}

static void test_a_chain_is_one_work(void **state)
{
    (void)state;
    const jz_case_hash a = hash_of("pdq", 1, 0);
    const jz_case_hash middle = hash_of("pdq", 1, 25);
    const jz_case_hash c = hash_of("pdq", 1, 50);
    add("a", "image", &a, 1);
    add("c", "image", &c, 1);
    assert_int_equal(tally().works, 2);
    add("middle", "image", &middle, 1);
    assert_int_equal(tally().works, 1);
}

/* n frames from a seed on. */
static void frames(jz_case_hash *out, uint8_t seed, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        out[i] = hash_of("vpdq", (uint8_t)(seed + i), 0);
}

static void test_videos_are_one_work_from_80_of_100_frames_on(void **state)
{
    (void)state;
    jz_case_hash all[20];
    jz_case_hash clip[10];
    frames(all, 1, 20);
    add("whole", "video", all, 20);
    frames(clip, 5, 8);
    frames(clip + 8, 100, 2); /* 8 of 10 */
    add("clip", "video", clip, 10);
    assert_int_equal(tally().works, 1);
    frames(clip, 5, 7);
    frames(clip + 7, 110, 3); /* 7 of 10 */
    add("less", "video", clip, 10);
    const jz_case_tally t = tally();
    assert_int_equal(t.works, 2);
    assert_int_equal(t.videos, 2);
    assert_int_equal(t.images, 0);
}

/* A frame that is in the other video ten times is one frame. */
static void test_a_frame_counts_once(void **state)
{
    (void)state;
    jz_case_hash still[10];
    jz_case_hash other[10];
    for (unsigned i = 0; i < 10; i++)
        still[i] = hash_of("vpdq", 1, 0);
    frames(other, 1, 10); /* only the first is like them */
    add("other", "video", other, 10);
    add("still", "video", still, 10);
    /* All of the still one's frames are in the other, so that it is the same work; the other's
     * frames are not in it. */
    assert_int_equal(tally().works, 1);
    jz_case_hash third[10];
    frames(third, 50, 9);
    third[9] = hash_of("vpdq", 1, 0);
    add("third", "video", third, 10);
    assert_int_equal(tally().works, 1); /* again by way of the still one */
}

/* ---- links and counts ---- */

typedef struct seen {
    unsigned n;
    jz_case_tally a, v1, v2;
} seen;

static jz_status note_person(void *user, const jz_case_person *p, jz_err *err)
{
    seen *s = user;
    (void)err;
    s->n++;
    if (!p->victim)
        s->a = p->tally;
    else if (strcmp(p->reference, "V-1") == 0)
        s->v1 = p->tally;
    else
        s->v2 = p->tally;
    return JZ_OK;
}

static void link_it(const jz_case_link *l)
{
    jz_err err = { 0 };
    assert_int_equal(jz_case_add_link(cases, id, l, "tester", &err), JZ_OK);
}

static void test_counts_per_person(void **state)
{
    (void)state;
    const jz_case_hash a = hash_of("pdq", 1, 0);
    const jz_case_hash b = hash_of("pdq", 1, 3);
    const jz_case_hash c = hash_of("pdq", 2, 0);
    add("a", "image", &a, 1);
    add("b", "image", &b, 1);
    add("c", "image", &c, 1);
    add("unlinked", "other", NULL, 0);
    link_it(&(jz_case_link){ .item = 1,
                             .accused = "A",
                             .victim = "V-1",
                             .platform = "x",
                             .group = "g",
                             .members = 100,
                             .proceeds = 1250,
                             .currency = "CNY" });
    link_it(&(jz_case_link){ .item = 1,
                             .accused = "A",
                             .victim = "V-1",
                             .platform = "x",
                             .group = "g",
                             .members = 120 }); /* the same group, grown */
    link_it(&(jz_case_link){ .item = 2,
                             .accused = "A",
                             .victim = "V-1",
                             .platform = "y",
                             .group = "g",
                             .members = 7 }); /* another platform */
    link_it(&(jz_case_link){ .item = 3,
                             .accused = "A",
                             .victim = "V-2",
                             .account = "acc",
                             .platform = "x",
                             .proceeds = 50,
                             .currency = "CNY" });
    link_it(&(jz_case_link){ .accused = "A", .proceeds = 9, .currency = "USD" });
    seen s = { 0 };
    jz_case_tally all;
    assert_int_equal(jz_case_count(cases, id, &all, note_person, &s, NULL), JZ_OK);
    assert_int_equal(s.n, 3);
    assert_int_equal(all.items, 4);
    assert_int_equal(all.works, 3);
    assert_int_equal(all.images, 2);
    assert_int_equal(all.groups, 2);
    assert_int_equal(all.members, 127);
    assert_int_equal(all.accounts, 1);
    assert_int_equal(all.sums, 2);
    assert_string_equal(all.sum[0].currency, "CNY");
    assert_int_equal(all.sum[0].amount, 1300);
    assert_string_equal(all.sum[1].currency, "USD");
    assert_int_equal(s.a.items, 3);
    assert_int_equal(s.a.works, 2);
    assert_int_equal(s.v1.items, 2);
    assert_int_equal(s.v1.works, 1);
    assert_int_equal(s.v1.members, 127);
    assert_int_equal(s.v1.sums, 1);
    assert_int_equal(s.v1.sum[0].amount, 1250);
    assert_int_equal(s.v2.items, 1);
    assert_int_equal(s.v2.groups, 0);
    assert_int_equal(s.v2.accounts, 1);
}

static void test_links_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const jz_case_link bad[] = {
        { .item = 0 },                     /* says nothing */
        { .accused = "" },                 /* likewise */
        { .members = 5, .account = "a" },  /* members of what? */
        { .group = "g", .members = -1 },   /* fewer than none */
        { .accused = "A", .proceeds = 5 }, /* of what currency? */
        { .accused = "A", .proceeds = 5, .currency = "¥" } /* not ISO 4217 */,
        { .accused = "A", .proceeds = -5, .currency = "CNY" },
        { .accused = "A", .from_us = 10, .to_us = 9 },
        { .accused = "\xc3\x28" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_int_equal(jz_case_add_link(cases, id, &bad[i], "tester", NULL), JZ_E_INVAL);
    const jz_case_link nowhere = { .item = 7, .accused = "A" };
    assert_int_equal(jz_case_add_link(cases, id, &nowhere, "tester", NULL), JZ_E_NOTFOUND);
    jz_case_tally t;
    seen s = { 0 };
    assert_int_equal(jz_case_count(cases, id, &t, note_person, &s, NULL), JZ_OK);
    assert_int_equal(s.n, 0);
}

static jz_status check_term(void *user, const jz_case_term *t, jz_err *err)
{
    unsigned *n = user;
    (void)err;
    ++*n;
    assert_string_equal(t->term, "脸包");
    assert_string_equal(t->meaning, "a pack of faces");
    assert_string_equal(t->says, "an officer");
    assert_int_equal(t->item, 1);
    assert_string_equal(t->place, "line 7");
    return JZ_OK;
}

static void test_terms_are_kept(void **state)
{
    (void)state;
    unsigned n = 0;
    jz_case_term t = { .term = "脸包",
                       .meaning = "a pack of faces",
                       .says = "an officer",
                       .item = 1,
                       .place = "line 7" };
    assert_int_equal(jz_case_add_term(cases, id, &t, "tester", NULL), JZ_E_NOTFOUND);
    add("a chat", "other", NULL, 0);
    assert_int_equal(jz_case_add_term(cases, id, &t, "tester", NULL), JZ_OK);
    assert_int_equal(jz_case_terms(cases, id, check_term, &n, NULL), JZ_OK);
    assert_int_equal(n, 1);
    t.meaning = NULL;
    assert_int_equal(jz_case_add_term(cases, id, &t, "tester", NULL), JZ_E_INVAL);
}

/* ---- holds ---- */

static bool held(int64_t at_us)
{
    bool yes = false;
    assert_int_equal(jz_case_is_held(cases, id, at_us, &yes, NULL), JZ_OK);
    return yes;
}

static void test_a_hold_counts_until_it_ends_or_is_released(void **state)
{
    (void)state;
    jz_case_hold h = { .authority = "the court",
                       .document = "(2026) 1",
                       .by = "A",
                       .with = "B",
                       .from_us = 1000,
                       .until_us = 2000 };
    assert_false(held(1500));
    assert_int_equal(jz_case_set_hold(cases, id, &h, NULL), JZ_OK);
    assert_int_equal(h.number, 1);
    assert_true(held(1500));
    assert_true(held(1)); /* nothing may go before it begins either */
    assert_true(held(1999));
    assert_false(held(2000));
    h.until_us = 0;
    assert_int_equal(jz_case_set_hold(cases, id, &h, NULL), JZ_OK);
    assert_int_equal(h.number, 2);
    assert_true(held(INT64_MAX));
    assert_int_equal(jz_case_release(cases, id, 2, "(2026) 2", "A", "B", NULL), JZ_OK);
    assert_int_equal(jz_case_release(cases, id, 2, "(2026) 2", "A", "B", NULL), JZ_E_EXISTS);
    assert_int_equal(jz_case_release(cases, id, 3, "(2026) 2", "A", "B", NULL), JZ_E_NOTFOUND);
    assert_false(held(INT64_MAX));
    assert_true(held(1500)); /* the first one */
}

static void test_holds_want_two_persons_and_a_paper(void **state)
{
    (void)state;
    const jz_case_hold good = { .authority = "the court", .document = "1", .by = "A", .with = "B" };
    jz_case_hold h = good;
    h.with = "A";
    assert_int_equal(jz_case_set_hold(cases, id, &h, NULL), JZ_E_INVAL);
    h = good;
    h.document = "";
    assert_int_equal(jz_case_set_hold(cases, id, &h, NULL), JZ_E_INVAL);
    h = good;
    h.authority = NULL;
    assert_int_equal(jz_case_set_hold(cases, id, &h, NULL), JZ_E_INVAL);
    h = good;
    h.from_us = 5;
    h.until_us = 5;
    assert_int_equal(jz_case_set_hold(cases, id, &h, NULL), JZ_E_INVAL);
    h = good;
    assert_int_equal(jz_case_set_hold(cases, id, &h, NULL), JZ_OK);
    assert_int_equal(jz_case_release(cases, id, 1, "2", "A", "A", NULL), JZ_E_INVAL);
    assert_int_equal(jz_case_release(cases, id, 1, NULL, "A", "B", NULL), JZ_E_INVAL);
    assert_true(held(INT64_MAX));
}

/* ---- the record ---- */

static jz_status note_event(void *user, const jz_case_event *e, jz_err *err)
{
    jz_buf *kinds = user;
    (void)err;
    jz_buf_printf(kinds, "%s:%s ", e->by, e->kind);
    assert_int_equal(e->detail[0], '{');
    assert_true(e->at_us > 0);
    return JZ_OK;
}

static void test_the_record_has_everything_in_order_and_nothing_that_failed(void **state)
{
    (void)state;
    JZ_BUF_AUTO kinds = { 0 };
    jz_auto(char) *path = NULL;
    add("a", "other", NULL, 0);
    link_it(&(jz_case_link){ .item = 1, .accused = "A" });
    const jz_case_link nowhere = { .item = 7, .accused = "A" };
    assert_int_equal(jz_case_add_link(cases, id, &nowhere, "tester", NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_case_access(cases, id, 1, "to look", "B", &path, NULL), JZ_OK);
    jz_case_hold h = { .authority = "the court", .document = "1", .by = "A", .with = "B" };
    assert_int_equal(jz_case_set_hold(cases, id, &h, NULL), JZ_OK);
    assert_int_equal(jz_case_release(cases, id, 1, "2", "C", "D", NULL), JZ_OK);
    assert_int_equal(jz_case_transfer(cases, id, "A", "B", "leave", NULL), JZ_OK);
    assert_int_equal(jz_case_transfer(cases, id, "A", "A", "leave", NULL), JZ_E_INVAL);
    assert_int_equal(jz_case_add_note(cases, id, "a \"quoted\" note", "tester", NULL), JZ_OK);
    assert_int_equal(jz_case_close(cases, id, "tester", NULL), JZ_OK);
    assert_int_equal(jz_case_events(cases, id, note_event, &kinds, NULL), JZ_OK);
    assert_string_equal(kinds.ptr, "tester:opened tester:added tester:linked B:accessed A:held "
                                   "C:released A:transferred tester:noted tester:closed ");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_home, remove_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_case_is_found_by_id_prefix_and_name),
        CASE(test_text_is_checked),
        CASE(test_an_item_is_copied_byte_for_byte),
        CASE(test_what_was_not_hashed_is_not_listed),
        CASE(test_a_damaged_copy_is_replaced),
        CASE(test_a_closed_case_takes_nothing_more),
        CASE(test_items_are_listed_in_order_after_reopening),
        CASE(test_stills_within_31_bits_are_one_work),
        CASE(test_32_bits_or_another_class_or_flat_pictures_are_other_works),
        CASE(test_a_chain_is_one_work),
        CASE(test_videos_are_one_work_from_80_of_100_frames_on),
        CASE(test_a_frame_counts_once),
        CASE(test_counts_per_person),
        CASE(test_links_that_make_no_sense_are_refused),
        CASE(test_terms_are_kept),
        CASE(test_a_hold_counts_until_it_ends_or_is_released),
        CASE(test_holds_want_two_persons_and_a_paper),
        CASE(test_the_record_has_everything_in_order_and_nothing_that_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
