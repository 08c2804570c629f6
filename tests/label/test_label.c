/* SPDX-License-Identifier: Apache-2.0 */
#include "../media/carrier_fixture.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "label/aigc.h"
#include "label/label_read.h"
#include "label/security.h"
#include "media/deflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ONE "001191110102MACQD9K64010000" /* published codes, their check characters right */
#define TWO "001191310104MACE0YX63918020"
#define TYPE "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

/* ---- a folder with a file of each kind ---- */

static char folder[] = "/tmp/jz-label-XXXXXX";
static const char *const samples[] = { "a.png", "a.mp4", "a.wav", "a.md" };

/* Of a file in the folder; lives until the fourth call from now. */
static const char *in(const char *name)
{
    static char path[4][sizeof folder + 256]; /* the longest name there is */
    static unsigned i;
    char *p = path[++i % 4];
    (void)snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void put(const char *name, jz_bytes bytes)
{
    assert_int_equal(jz_file_write(in(name), bytes.ptr, bytes.len, NULL), JZ_OK);
}

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text_of(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

static void load(const char *name, jz_buf *out)
{
    assert_int_equal(jz_file_read(in(name), (size_t)1 << 24, out, NULL), JZ_OK);
}

static void put_sample(const char *sample, const char *name)
{
    JZ_BUF_AUTO bytes = { 0 };
    assert_true(fx_load(sample, false, &bytes));
    put(name, bytes_of(&bytes));
}

static unsigned clear(bool all)
{
    unsigned n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.' && (e->d_name[1] == '\0' || e->d_name[1] == '.'))
            continue;
        n++;
        if (all && unlink(in(e->d_name)) != 0)
            assert_int_equal(rmdir(in(e->d_name)), 0);
    }
    (void)closedir(d);
    return n;
}

/* Temporary files begin with a point and count too. */
static unsigned count_files(void)
{
    return clear(false);
}

static int set_up(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(folder));
    put_sample("media/rgb.png", "a.png");
    put_sample("media/h264.mp4", "a.mp4");
    put_sample("media/tone.wav", "a.wav");
    put("a.md", text_of("# Title\n\nText.\n"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)clear(true);
    return rmdir(folder);
}

/* ---- the calls, on files by name ---- */

static jz_status apply(const char *from, const char *to, const jz_label_change *c, jz_err *err)
{
    JZ_FD_AUTO fd = open(in(from), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return jz_label_apply(fd, in(to), c, NULL, err);
}

static void label(const char *from, const char *to, const jz_label_change *c)
{
    jz_err err = { 0 };
    if (apply(from, to, c, &err) != JZ_OK)
        fail_msg("%s: %s", from, err.frame[0]);
}

static jz_status carry(const char *src, const char *dst, const char *to, jz_err *err)
{
    JZ_FD_AUTO src_fd = open(in(src), O_RDONLY | O_CLOEXEC);
    JZ_FD_AUTO dst_fd = open(in(dst), O_RDONLY | O_CLOEXEC);
    assert_true(src_fd >= 0 && dst_fd >= 0);
    return jz_label_carry(src_fd, dst_fd, in(to), strcmp(dst, to) == 0, false, NULL, err);
}

/* By the descriptor; by the bytes it must be the same. */
static void look(const char *name, jz_label *out)
{
    jz_err err = { 0 };
    JZ_BUF_AUTO bytes = { 0 };
    JZ_LABEL_AUTO same = { 0 };
    JZ_FD_AUTO fd = open(in(name), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    if (jz_label_read(fd, NULL, out, &err) != JZ_OK)
        fail_msg("%s: %s", name, err.frame[0]);
    assert_int_equal(jz_file_read(in(name), SIZE_MAX, &bytes, NULL), JZ_OK);
    assert_int_equal(jz_label_read_bytes(jz_buf_bytes(&bytes), NULL, &same, NULL), JZ_OK);
    assert_int_equal(same.presence, out->presence);
    assert_int_equal(same.n, out->n);
    assert_int_equal(same.n_checks, out->n_checks);
    assert_int_equal(same.damage.code, out->damage.code);
}

static const char *field(const jz_label *l, jz_aigc_field f)
{
    return l->aigc != NULL && l->aigc->field[f] != NULL ? l->aigc->field[f] : "(none)";
}

/* The file has one label, at home, with these values of the fields in the change. */
static void expect_one(const char *name, const jz_label_change *c)
{
    JZ_LABEL_AUTO l = { 0 };
    look(name, &l);
    if (l.presence != JZ_LABEL_PRESENT || l.n != 1 || l.place[0].copies != 1 || !l.place[0].home ||
        l.damage.code != JZ_OK)
        fail_msg("%s: %s, %zu places", name, jz_presence_name(l.presence), l.n);
    for (unsigned f = 0; f < JZ_AIGC_FIELDS; f++) {
        if (c->field[f] != NULL && strcmp(field(&l, (jz_aigc_field)f), c->field[f]) != 0)
            fail_msg("%s: %s is '%s', not '%s'", name, jz_aigc_field_name((jz_aigc_field)f),
                     field(&l, (jz_aigc_field)f), c->field[f]);
    }
    if (c->source_type != NULL)
        assert_string_equal(l.source_type, c->source_type);
}

static const jz_label_change first = {
    .field = { [JZ_AIGC_CONTENT_PRODUCER] = ONE, [JZ_AIGC_PRODUCE_ID] = "id1" }
};
static const jz_label_change spread = {
    .field = { [JZ_AIGC_PROPAGATOR] = TWO, [JZ_AIGC_PROPAGATE_ID] = "p2" }
};

/* ---- one label ---- */

static void test_label_first_one_repeats_the_production_fields(void **state)
{
    (void)state;
    static const jz_label_change whole = { .field = { "1", ONE, "id1", "", ONE, "id1", "" } };
    static const jz_label_change empty = { .field = { "1", ONE, "id1", "", "", "", "" } };
    jz_label_change without = first;
    without.propagation_empty = true;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        label(samples[i], "x", &first);
        expect_one("x", &whole);
        label(samples[i], "y", &without);
        expect_one("y", &empty);
        assert_int_equal(unlink(in("x")) + unlink(in("y")), 0);
    }
}

static void test_label_a_second_writing_leaves_one(void **state)
{
    (void)state;
    static const jz_label_change both = { .field = { "1", ONE, "id1", "", TWO, "p2", "" } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        label(samples[i], "x", &first);
        label("x", "y", &spread);
        expect_one("y", &both);
        assert_int_equal(unlink(in("x")) + unlink(in("y")), 0);
    }
}

static void test_label_written_is_told(void **state)
{
    (void)state;
    JZ_LABEL_AUTO written = { 0 };
    JZ_FD_AUTO fd = open(in("a.png"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(jz_label_apply(fd, in("x"), &first, &written, NULL), JZ_OK);
    assert_int_equal(written.presence, JZ_LABEL_PRESENT);
    assert_string_equal(written.carrier, "png-xmp");
    assert_string_equal(field(&written, JZ_AIGC_PRODUCE_ID), "id1");
    assert_int_equal(written.n_checks, 2 + jz_aigc_check_count());
    for (size_t i = 0; i < written.n_checks; i++) {
        if (!written.check[i].ok)
            fail_msg("%s: %s", written.check[i].id, written.check[i].message);
    }
}

static void test_label_mode_of_the_original_is_kept(void **state)
{
    (void)state;
    struct stat sb;
    assert_int_equal(chmod(in("a.png"), 0640), 0);
    label("a.png", "x", &first);
    assert_int_equal(stat(in("x"), &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0640);
}

static void add_chunk(const char *type, const void *data, size_t len, jz_buf *png)
{
    JZ_BUF_AUTO old = *png;
    *png = (jz_buf){ 0 };
    const uint32_t crc = jz_crc32(jz_crc32(0, type, 4), data, len);
    const uint32_t words[2] = { (uint32_t)len, crc };
    uint8_t be[8];
    for (unsigned i = 0; i < 8; i++)
        be[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i % 4)));
    jz_buf_put(png, old.ptr, 33); /* behind IHDR */
    jz_buf_put(png, be, 4);
    jz_buf_put(png, type, 4);
    jz_buf_put(png, data, len);
    jz_buf_put(png, be + 4, 4);
    jz_buf_put(png, old.ptr + 33, old.len - 33);
}

#define WRAPPED "{\"AIGC\":{\"Label\":\"1\",\"ContentProducer\":\"" ONE "\",\"ProduceID\":\"id1\"}}"
/* IFD0 with the Exif IFD at 26, UserComment's text at 44. */
#define EXIF_HEAD                                                                                  \
    "MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0"                              \
    "\0\x01\x92\x86\0\x07\0\0\0"
#define EXIF_TAIL "\0\0\0\x2c\0\0\0\0ASCII\0\0\0" WRAPPED

static void add_exif(jz_buf *png)
{
    JZ_BUF_AUTO block = { 0 };
    jz_buf_put(&block, EXIF_HEAD, sizeof EXIF_HEAD - 1);
    jz_buf_putc(&block, (char)(8 + strlen(WRAPPED)));
    jz_buf_put(&block, EXIF_TAIL, sizeof EXIF_TAIL - 1);
    add_chunk("eXIf", block.ptr, block.len, png);
}

static void test_label_places_are_merged_into_the_one_at_home(void **state)
{
    (void)state;
    static const jz_label_change both = { .field = { "1", ONE, "id1", "", TWO, "p2", "" } };
    JZ_BUF_AUTO png = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_LABEL_AUTO l = { 0 };
    load("a.png", &png);
    add_exif(&png);
    add_chunk("tEXt", "AIGC\0" WRAPPED, 5 + strlen(WRAPPED), &png);
    add_chunk("tEXt", "AIGC\0" WRAPPED, 5 + strlen(WRAPPED), &png);
    put("x", bytes_of(&png));
    look("x", &l);
    assert_int_equal(l.n, 3);
    assert_false(l.place[0].home || l.place[1].home || l.place[2].home);
    label("x", "y", &spread);
    expect_one("y", &both);
    load("y", &made);
    assert_null(memmem(made.ptr, made.len, "tEXtAIGC", 8));
    assert_null(memmem(made.ptr, made.len, WRAPPED, strlen(WRAPPED)));
    assert_non_null(memmem(made.ptr, made.len, "eXIf", 4));
}

static void test_label_twice_in_one_packet_becomes_one(void **state)
{
    (void)state;
    static const char xmp[] =
        "XML:com.adobe.xmp\0\0\0\0\0<rdf:RDF xmlns:rdf='u'><rdf:Description "
        "xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/' TC260:AIGC='" WRAPPED
        "'/><TC260:AIGC>" WRAPPED "</TC260:AIGC></rdf:RDF>";
    JZ_BUF_AUTO png = { 0 };
    JZ_LABEL_AUTO l = { 0 };
    load("a.png", &png);
    add_chunk("iTXt", xmp, sizeof xmp - 1, &png);
    put("x", bytes_of(&png));
    look("x", &l);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.place[0].copies, 2);
    assert_string_equal(l.check[0].id, "gb45438.one-label");
    assert_false(l.check[0].ok);
    label("x", "y", &spread);
    expect_one("y", &first);
}

/* ---- what is refused ---- */

static const struct refusal {
    const char *what;
    jz_label_change first; /* written before */
    jz_label_change then;
    jz_status status;
} refusals[] = {
    { "a weaker state", { .field = { "1", ONE, "i" } }, { .field = { "2" } }, JZ_E_INVAL },
    { "a weaker state, of new content",
      { .field = { "2", ONE, "i" } },
      { .field = { "3", TWO, "j" }, .new_content = true },
      JZ_E_INVAL },
    { "a stronger state", { .field = { "3", ONE, "i" } }, { .field = { "1" } }, JZ_OK },
    { "a blanked producer", { .field = { "1", ONE, "i" } }, { .field = { NULL, "" } }, JZ_E_INVAL },
    { "a blanked number",
      { .field = { "1", ONE, "i" } },
      { .field = { NULL, NULL, "" }, .new_content = true },
      JZ_E_INVAL },
    { "a blanked propagator",
      { .field = { "1", ONE, "i" } },
      { .field = { NULL, NULL, NULL, NULL, "" } },
      JZ_E_INVAL },
    { "another producer", { .field = { "1", ONE, "i" } }, { .field = { NULL, TWO } }, JZ_E_EXISTS },
    { "another number",
      { .field = { "1", ONE, "i" } },
      { .field = { NULL, ONE, "j" } },
      JZ_E_EXISTS },
    { "another producer of new content",
      { .field = { "1", ONE, "i" } },
      { .field = { NULL, TWO, "j" }, .new_content = true },
      JZ_OK },
    { "the same again", { .field = { "1", ONE, "i" } }, { .field = { "1", ONE, "i" } }, JZ_OK },
    { "another platform",
      { .field = { "1", ONE, "i" } },
      { .field = { NULL, NULL, NULL, NULL, TWO, "j" } },
      JZ_OK },
};

static void test_label_never_says_less_than_before(void **state)
{
    (void)state;
    JZ_BUF_AUTO before = { 0 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(refusals); i++) {
        const struct refusal *r = &refusals[i];
        jz_err err = { 0 };
        label("a.md", "x", &r->first);
        jz_buf_reset(&before);
        load("x", &before);
        const jz_status st = apply("x", "y", &r->then, &err);
        if (st != r->status)
            fail_msg("%s: %s (%s)", r->what, jz_status_name(st), err.frame[0]);
        JZ_BUF_AUTO after = { 0 };
        load("x", &after);
        assert_string_equal(before.ptr, after.ptr);
        if (st == JZ_OK)
            expect_one("y", &r->then);
        assert_int_equal(unlink(in("y")), st == JZ_OK ? 0 : -1);
        assert_int_equal(unlink(in("x")), 0);
        assert_int_equal(count_files(), JZ_ARRAY_LEN(samples));
    }
}

static void test_label_new_content_drops_what_was_said_of_the_old(void **state)
{
    (void)state;
    static const jz_label_change now = { .field = { "1", TWO, "j", "", TWO, "j", "" } };
    const jz_label_change c = { .field = { NULL, TWO, "j" }, .new_content = true };
    label("a.png", "x", &first);
    label("x", "y", &c);
    expect_one("y", &now);
}

static void test_label_values_against_the_rules_are_refused(void **state)
{
    (void)state;
    static const jz_label_change bad[] = {
        { .field = { "4", ONE, "i" } },
        { .field = { "1", "a b", "i" } },
        { .field = { "1", ONE, "a\\b" } },
        { .field = { "1", ONE } },
        { .field = { "1", NULL, "i" } },
        { .field = { "1" } },
        { .field = { "1", NULL, NULL, NULL, ONE, "i" } }, /* a platform cannot say 1 */
        { .field = { NULL } },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        jz_err err = { 0 };
        assert_int_equal(apply("a.png", "x", &bad[i], &err), JZ_E_INVAL);
        assert_true(strlen(err.frame[0]) > 0);
    }
    assert_int_equal(count_files(), JZ_ARRAY_LEN(samples));
}

static void test_label_a_platform_labels_without_a_producer(void **state)
{
    (void)state;
    const jz_label_change c = { .field = { "3", NULL, NULL, NULL, ONE, "i" } };
    label("a.png", "x", &c);
    expect_one("x", &c);
}

/* ---- targets ---- */

static void test_label_target_rules_are_kept(void **state)
{
    (void)state;
    JZ_BUF_AUTO there = { 0 };
    jz_label_change c = first;
    put("there", text_of("mine"));
    assert_int_equal(apply("a.png", "a.png", &c, NULL), JZ_E_INVAL);
    assert_int_equal(apply("a.png", "there", &c, NULL), JZ_E_EXISTS);
    load("there", &there);
    assert_string_equal(there.ptr, "mine");
    assert_int_equal(symlink("a.png", in("link")), 0);
    c.overwrite = true;
    assert_int_equal(apply("a.png", "link", &c, NULL), JZ_E_INVAL);
    assert_int_equal(apply("a.png", "a.png", &c, NULL), JZ_E_INVAL);
    assert_int_equal(mkdir(in("sub"), 0700), 0);
    assert_int_equal(apply("a.png", "sub", &c, NULL), JZ_E_SPECIAL);
    assert_int_equal(apply("a.png", "nosuch/x", &c, NULL), JZ_E_IO);
    label("a.png", "there", &c);
    expect_one("there", &first);
    c.in_place = true;
    label("a.png", "a.png", &c);
    expect_one("a.png", &first);
}

/* ---- failures leave everything as it was ---- */

typedef jz_status (*deed)(int fd, const char *target);

static jz_status apply_first(int fd, const char *target)
{
    jz_label_change c = first;
    c.overwrite = true;
    return jz_label_apply(fd, target, &c, NULL, NULL);
}

/* In a process without root's rights, and with files limited to some bytes; gives its status. */
static int in_child(deed d, int fd, const char *target, rlim_t limit)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rlimit rl = { limit, limit };
        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &rl) != 0 || (geteuid() == 0 && setuid(65534) != 0))
            _exit(99);
        _exit((int)d(fd, target));
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Each sample into a target that is there and one that is not: both fail, and nothing changes. */
static void expect_untouched(mode_t mode, rlim_t limit)
{
    put("there", text_of("mine"));
    assert_int_equal(chmod(folder, mode), 0);
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO there = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        JZ_FD_AUTO fd = open(in(samples[i]), O_RDONLY | O_CLOEXEC);
        load(samples[i], &before);
        assert_int_equal(in_child(apply_first, fd, in("there"), limit), JZ_E_IO);
        assert_int_equal(in_child(apply_first, fd, in("new"), limit), JZ_E_IO);
        load("there", &there);
        load(samples[i], &after);
        assert_string_equal(there.ptr, "mine");
        assert_int_equal(before.len, after.len);
        assert_memory_equal(before.ptr, after.ptr, after.len);
        assert_int_equal(count_files(), JZ_ARRAY_LEN(samples) + 1);
    }
}

static void test_label_read_only_folder_is_left_alone(void **state)
{
    (void)state;
    expect_untouched(0555, RLIM_INFINITY);
    assert_int_equal(chmod(folder, 0700), 0);
}

static void test_label_full_disk_leaves_nothing_behind(void **state)
{
    (void)state;
    expect_untouched(0777, 10);
    JZ_FD_AUTO fd = open(in("a.png"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(in_child(apply_first, fd, in("new"), RLIM_INFINITY), JZ_OK);
}

static void test_label_damaged_files_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples) - 1; i++) { /* text cannot be cut short */
        JZ_BUF_AUTO whole = { 0 };
        JZ_LABEL_AUTO l = { 0 };
        jz_err err = { 0 };
        load(samples[i], &whole);
        put("cut", (jz_bytes){ (const uint8_t *)whole.ptr, whole.len - 9 });
        look("cut", &l);
        assert_int_equal(l.presence, JZ_LABEL_CANNOT_TELL);
        const jz_status st = apply("cut", "x", &first, &err);
        if (st != JZ_E_TRUNCATED && st != JZ_E_CORRUPT)
            fail_msg("%s: %s", samples[i], jz_status_name(st));
        assert_int_equal(count_files(), JZ_ARRAY_LEN(samples) + 1);
    }
}

/* ---- reading ---- */

static void expect_presence(const char *what, jz_bytes file, jz_presence presence, jz_status damage)
{
    JZ_LABEL_AUTO l = { 0 };
    put("x", file);
    look("x", &l);
    if (l.presence != presence || l.damage.code != damage)
        fail_msg("%s: %s, %s", what, jz_presence_name(l.presence), jz_status_name(l.damage.code));
    assert_true((l.n_checks > 0) == (presence == JZ_LABEL_PRESENT));
}

static void test_label_absent_is_not_cannot_tell(void **state)
{
    (void)state;
    JZ_BUF_AUTO png = { 0 };
    load("a.png", &png);
    expect_presence("a plain file", bytes_of(&png), JZ_LABEL_ABSENT, JZ_OK);
    expect_presence("no bytes", (jz_bytes){ 0 }, JZ_LABEL_CANNOT_TELL, JZ_E_EMPTY);
    expect_presence("no format", (jz_bytes){ (const uint8_t *)"\0\1\2\3", 4 }, JZ_LABEL_CANNOT_TELL,
                    JZ_E_NOT_MEDIA);
    expect_presence("a format without a carrier", text_of("BM\x8a\1\0\0\0\0\0\0\x8a\0\0\0\x7c"),
                    JZ_LABEL_CANNOT_TELL, JZ_E_NOT_MEDIA);
    expect_presence("YAML", text_of("---\nAIGC:\n  Label: \"1\"\n---\n"), JZ_LABEL_PRESENT, JZ_OK);
    add_chunk("tEXt", "AIGC\0{\"Label\":\"1\"", 17, &png);
    expect_presence("a label that does not end", bytes_of(&png), JZ_LABEL_CANNOT_TELL,
                    JZ_E_CORRUPT);
    add_chunk("tEXt", "AIGC\0{\"Label\":\"1\"}", 18, &png);
    expect_presence("and one that does", bytes_of(&png), JZ_LABEL_PRESENT, JZ_OK);
}

static void test_label_place_is_where_the_block_stands(void **state)
{
    (void)state;
    JZ_BUF_AUTO png = { 0 };
    JZ_LABEL_AUTO l = { 0 };
    load("a.png", &png);
    add_chunk("tEXt", "AIGC\0" WRAPPED, 5 + strlen(WRAPPED), &png);
    put("x", bytes_of(&png));
    look("x", &l);
    assert_int_equal(l.n, 1);
    const char *stored = png.ptr + l.place[0].at;
    assert_true(l.place[0].at + l.place[0].size <= png.len);
    assert_non_null(memmem(stored, l.place[0].size, WRAPPED, strlen(WRAPPED)));
    assert_string_equal(l.check[1].id, "tc260.place");
    assert_false(l.check[1].ok);
}

/* ---- signatures ---- */

static bool make_key(void)
{
    char command[256];
    (void)snprintf(command, sizeof command,
                   "openssl genpkey -algorithm SM2 -out %s/key.pem 2>/dev/null", folder);
    const char *const argv[] = { "sh", "-c", command, NULL };
    JZ_BUF_AUTO said = { 0 };
    return fx_peer((jz_bytes){ 0 }, "", argv, &said) == 0;
}

static void test_label_signature_is_written_and_verified(void **state)
{
    (void)state;
    char hex[131], line[160];
    JZ_LABEL_AUTO one = { 0 };
    JZ_LABEL_AUTO two = { 0 };
    jz_auto(jz_pins) *pins = NULL;
    jz_label_change c = first;
    if (!make_key()) {
        print_message("SKIP: no openssl\n");
        skip();
    }
    char key[sizeof folder + 16];
    (void)snprintf(key, sizeof key, "%s", in("key.pem"));
    c.key_path = key;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_LABEL_AUTO l = { 0 };
        label(samples[i], "x", &c);
        look("x", &l);
        assert_int_equal(l.signature[0].state, JZ_SIGNATURE_INTEGRITY);
        assert_int_equal(l.signature[1].state, JZ_SIGNATURE_NONE);
        assert_int_equal(unlink(in("x")), 0);
    }
    label("a.png", "x", &c);
    look("x", &one);
    jz_hex_encode(one.signature[0].key, 65, hex);
    (void)snprintf(line, sizeof line, "me %s\n", hex);
    put("pins", text_of(line));
    assert_int_equal(jz_pins_load(in("pins"), &pins, NULL), JZ_OK);
    JZ_FD_AUTO fd = open(in("x"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(jz_label_read(fd, pins, &two, NULL), JZ_OK);
    assert_int_equal(two.signature[0].state, JZ_SIGNATURE_KNOWN);
    assert_string_equal(two.signature[0].signer, "me");
}

/* ---- carrying ---- */

static void test_label_is_carried_between_every_two_formats(void **state)
{
    (void)state;
    static const jz_label_change whole = { .field = { "1", ONE, "id1", "", ONE, "id1", "" } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        label(samples[i], "src", &first);
        for (size_t k = 0; k < JZ_ARRAY_LEN(samples); k++) {
            jz_err err = { 0 };
            if (carry("src", samples[k], "x", &err) != JZ_OK)
                fail_msg("%s to %s: %s", samples[i], samples[k], err.frame[0]);
            expect_one("x", &whole);
            assert_int_equal(carry("src", "x", "x", NULL), JZ_OK); /* the same: nothing to refuse */
            assert_int_equal(unlink(in("x")), 0);
        }
        assert_int_equal(unlink(in("src")), 0);
    }
}

static void test_label_is_carried_as_it_is(void **state)
{
    (void)state;
    static const jz_label_change odd = { .field = { "AIGC", "Minimax Agent AI",
                                                    "a\\b\n\xe4\xba\xba", "{\"a\":1}" } };
    put("src", text_of("---\nAIGC: {\"Label\":\"AIGC\",\"ContentProducer\":\"Minimax Agent AI\","
                       "\"ProduceID\":\"a\\\\b\\n\xe4\xba\xba\",\"ReservedCode1\":\"{\\\"a\\\":1}\""
                       "}\n---\n"));
    for (size_t k = 0; k < JZ_ARRAY_LEN(samples); k++) {
        jz_err err = { 0 };
        if (carry("src", samples[k], "x", &err) != JZ_OK)
            fail_msg("%s: %s", samples[k], err.frame[0]);
        expect_one("x", &odd);
        assert_int_equal(unlink(in("x")), 0);
    }
}

static void test_label_source_type_goes_along(void **state)
{
    (void)state;
    jz_label_change c = first;
    c.source_type = TYPE;
    label("a.png", "x.png", &c);
    expect_one("x.png", &c);
    assert_int_equal(carry("x.png", "a.mp4", "x.mp4", NULL), JZ_OK);
    expect_one("x.mp4", &c);
    assert_int_equal(carry("x.mp4", "a.png", "y.png", NULL), JZ_OK);
    expect_one("y.png", &c);
}

static void test_label_does_not_wait_for_a_source_type_without_a_place(void **state)
{
    (void)state;
    JZ_LABEL_AUTO l = { 0 };
    jz_label_change c = first;
    c.source_type = TYPE;
    label("a.png", "x.png", &c);
    assert_int_equal(apply("a.md", "x.md", &c, NULL), JZ_E_UNSUPPORTED);
    assert_int_equal(carry("x.png", "a.md", "x.md", NULL), JZ_OK);
    expect_one("x.md", &first);
    look("x.md", &l);
    assert_null(l.source_type);
}

static void test_label_carry_refuses(void **state)
{
    (void)state;
    const jz_label_change other = { .field = { "1", TWO, "j" } };
    label("a.png", "one", &first);
    label("a.wav", "two", &other);
    put("cut", text_of("\x89PNG\r\n\x1a\n"));
    assert_int_equal(carry("one", "two", "two", NULL), JZ_E_EXISTS);
    assert_int_equal(carry("one", "two", "x", NULL), JZ_E_EXISTS);
    assert_int_equal(carry("a.png", "two", "x", NULL), JZ_E_NOTFOUND);
    assert_int_equal(carry("cut", "a.mp4", "x", NULL), JZ_E_NOTFOUND);
    assert_int_equal(carry("one", "cut", "x", NULL), JZ_E_TRUNCATED);
    assert_int_equal(carry("one", "a.mp4", "a.wav", NULL), JZ_E_EXISTS);
    expect_one("two", &other);
    assert_int_equal(count_files(), JZ_ARRAY_LEN(samples) + 3);
}

/* ---- states ---- */

static void test_label_state_is_the_strongest(void **state)
{
    (void)state;
    static const struct {
        const char *label; /* NULL = none; "-" = one without Label */
        bool declared, trace;
        jz_label_state want;
    } rows[] = {
        { NULL, false, false, JZ_STATE_NONE },     { NULL, false, true, JZ_STATE_SUSPECTED },
        { NULL, true, false, JZ_STATE_POSSIBLE },  { NULL, true, true, JZ_STATE_POSSIBLE },
        { "1", false, false, JZ_STATE_CONFIRMED }, { "1", true, true, JZ_STATE_CONFIRMED },
        { "2", false, false, JZ_STATE_POSSIBLE },  { "2", false, true, JZ_STATE_POSSIBLE },
        { "3", false, false, JZ_STATE_SUSPECTED }, { "3", true, false, JZ_STATE_POSSIBLE },
        { "3", false, true, JZ_STATE_SUSPECTED },  { "AIGC", false, false, JZ_STATE_CONFIRMED },
        { "-", false, false, JZ_STATE_CONFIRMED },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        const bool stated = rows[i].label != NULL && rows[i].label[0] != '-';
        const jz_aigc a = { .field = { stated ? (char *)(uintptr_t)rows[i].label : NULL } };
        const jz_label_state got =
            jz_label_state_of(rows[i].label != NULL ? &a : NULL, rows[i].declared, rows[i].trace);
        if (got != rows[i].want)
            fail_msg("row %zu: %s", i, jz_label_state_name(got));
    }
    assert_null(jz_label_state_value(JZ_STATE_NONE));
    assert_string_equal(jz_label_state_value(JZ_STATE_CONFIRMED), "1");
}

/* ---- memory ---- */

static jz_status whole_life(const char *sample)
{
    JZ_LABEL_AUTO l = { 0 };
    jz_label_change c = first;
    c.overwrite = true;
    JZ_TRY(apply(sample, "x", &c, NULL));
    JZ_TRY(carry("x", sample, "y", NULL));
    JZ_FD_AUTO fd = open(in("y"), O_RDONLY | O_CLOEXEC);
    return jz_label_read(fd, NULL, &l, NULL);
}

static void test_label_each_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        for (unsigned n = 0;; n++) {
            jz_fault_arm(n);
            const jz_status st = whole_life(samples[i]);
            (void)unlink(in("x")); /* is not there after an early failure */
            (void)unlink(in("y"));
            assert_int_equal(count_files(), JZ_ARRAY_LEN(samples));
            if (!jz_fault_fired()) {
                assert_int_equal(st, JZ_OK);
                assert_true(n > 10);
                break;
            }
            if (st != JZ_E_NOMEM)
                fail_msg("%s: allocation %u: %s", samples[i], n, jz_status_name(st));
        }
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_label_first_one_repeats_the_production_fields),
        TEST(test_label_a_second_writing_leaves_one),
        TEST(test_label_written_is_told),
        TEST(test_label_mode_of_the_original_is_kept),
        TEST(test_label_places_are_merged_into_the_one_at_home),
        TEST(test_label_twice_in_one_packet_becomes_one),
        TEST(test_label_never_says_less_than_before),
        TEST(test_label_new_content_drops_what_was_said_of_the_old),
        TEST(test_label_values_against_the_rules_are_refused),
        TEST(test_label_a_platform_labels_without_a_producer),
        TEST(test_label_target_rules_are_kept),
        TEST(test_label_read_only_folder_is_left_alone),
        TEST(test_label_full_disk_leaves_nothing_behind),
        TEST(test_label_damaged_files_are_refused),
        TEST(test_label_absent_is_not_cannot_tell),
        TEST(test_label_place_is_where_the_block_stands),
        TEST(test_label_signature_is_written_and_verified),
        TEST(test_label_is_carried_between_every_two_formats),
        TEST(test_label_is_carried_as_it_is),
        TEST(test_label_source_type_goes_along),
        TEST(test_label_does_not_wait_for_a_source_type_without_a_place),
        TEST(test_label_carry_refuses),
        TEST(test_label_state_is_the_strongest),
        TEST(test_label_each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
