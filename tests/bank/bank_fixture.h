/* SPDX-License-Identifier: Apache-2.0 */
/* A home folder for each test, and signals to put into its banks. */
#ifndef JZ_BANK_FIXTURE_H
#define JZ_BANK_FIXTURE_H

#include <jz/bank.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char home[64];

static inline int make_home(void **state)
{
    (void)state;
    (void)snprintf(home, sizeof home, "/tmp/jz-bank-XXXXXX");
    return mkdtemp(home) != NULL ? 0 : 1;
}

static inline int remove_home(void **state)
{
    (void)state;
    static const char *const names[] = { "jz.db", "jz.db-wal", "jz.db-shm", "out" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        char file[128];
        (void)snprintf(file, sizeof file, "%s/%s", home, names[i]);
        (void)unlink(file);
    }
    return rmdir(home);
}

#define WITH_HOME(f) cmocka_unit_test_setup_teardown(f, make_home, remove_home)

static inline jz_banks *open_banks(bool load)
{
    jz_err err = { 0 };
    jz_banks *b = NULL;
    char text[400];
    if (jz_banks_open(home, true, load, &b, &err) != JZ_OK)
        fail_msg("%s", jz_err_text(&err, text, sizeof text));
    return b;
}

/* A digest that depends on every bit of n: splitmix64, four times. */
static inline void digest_of(uint64_t n, uint8_t digest[JZ_DIGEST_MAX])
{
    for (size_t i = 0; i < JZ_DIGEST_MAX; i += 8) {
        uint64_t z = (n = n + 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        memcpy(digest + i, &z, 8);
    }
}

static inline jz_signal signal_of(const char *cls, uint64_t n)
{
    jz_signal s = { .cls = jz_hash_class_find(cls), .quality = -1, .frame = -1 };
    assert_non_null(s.cls);
    digest_of(n, s.digest);
    return s;
}

static inline int64_t add_signals(jz_banks *b, const char *bank, const jz_signal *s, size_t n)
{
    int64_t entry = 0;
    bool added = false;
    const jz_entry_meta meta = { .status = JZ_ENTRY_CONFIRMED, .source = "test" };
    assert_int_equal(jz_bank_add(b, bank, &meta, s, n, &entry, &added, NULL), JZ_OK);
    assert_true(added);
    return entry;
}

static inline int64_t add_one(jz_banks *b, const char *bank, const char *cls, uint64_t n)
{
    const jz_signal s = signal_of(cls, n);
    return add_signals(b, bank, &s, 1);
}

/* How many hits the perceptual hash of n has; the first one in *hit unless NULL. */
static inline size_t match(jz_banks *b, uint64_t n, uint32_t max_bits, jz_bank_hit *hit)
{
    jz_bank_hits hits = { 0 };
    uint8_t digest[JZ_DIGEST_MAX];
    digest_of(n, digest);
    assert_int_equal(jz_banks_match(b, digest, max_bits, &hits, NULL), JZ_OK);
    const size_t found = hits.n;
    if (hit != NULL && found > 0)
        *hit = hits.hit[0];
    jz_bank_hits_done(&hits);
    return found;
}

static inline size_t match_exact(jz_banks *b, const char *cls, uint64_t n)
{
    jz_bank_hits hits = { 0 };
    uint8_t digest[JZ_DIGEST_MAX];
    digest_of(n, digest);
    assert_int_equal(jz_banks_match_exact(b, jz_hash_class_find(cls), digest, &hits, NULL), JZ_OK);
    const size_t found = hits.n;
    jz_bank_hits_done(&hits);
    return found;
}

#endif
