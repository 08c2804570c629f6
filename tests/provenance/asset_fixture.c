/* SPDX-License-Identifier: Apache-2.0 */
#include "asset_fixture.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void ax_all_done(ax_all *all)
{
    free(all->file);
    *all = (ax_all){ 0 };
}

static size_t unhex(const char *hex, uint8_t *out, size_t max)
{
    size_t n = 0;
    unsigned v;
    for (; n < max && sscanf(hex + 2 * n, "%2x", &v) == 1; n++)
        out[n] = (uint8_t)v;
    return n;
}

static ax_expected *next_file(ax_all *all)
{
    ax_expected *grown = realloc(all->file, (all->n + 1) * sizeof *grown);
    assert_non_null(grown);
    all->file = grown;
    memset(&grown[all->n], 0, sizeof *grown);
    return &grown[all->n++];
}

static void read_range(const char *line, const char *word, jz_range *r)
{
    unsigned long long at;
    unsigned long long size;
    assert_int_equal(sscanf(line + strlen(word), "%llu %llu", &at, &size), 2);
    *r = (jz_range){ at, size };
}

static bool begins(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

/* A line that is a part of a BMFF binding. */
static void read_part(ax_expected *e, const char *line)
{
    char hex[80] = "";
    unsigned long long a, b, c, d;
    jz_bmff_exclusion *x = e->n_x > 0 ? &e->x[e->n_x - 1] : NULL;
    if (begins(line, "path ")) {
        assert_true(e->n_x < AX_PARTS);
        assert_int_equal(sscanf(line, "path %63s", e->paths[e->n_x++]), 1);
    } else if (begins(line, "match ")) {
        assert_int_equal(sscanf(line, "match %llu %79s", &a, hex), 2);
        e->match[e->n_x - 1].offset = a;
        e->match[e->n_x - 1].value.len = unhex(hex, e->values[e->n_x - 1], 16);
        x->n_match = 1;
    } else if (begins(line, "subset ")) {
        read_range(line, "subset ", &e->subset[e->n_x - 1]);
        x->n_subset = 1;
    } else if (begins(line, "flags ")) {
        assert_int_equal(unhex(line + 6, x->flags, 3), 3);
        x->has_flags = true;
    } else if (begins(line, "tree ")) {
        assert_int_equal(sscanf(line, "tree %llu %llu %llu %llu", &a, &b, &c, &d), 4);
        e->tree = (jz_merkle_map){ .unique_id = a, .local_id = b, .count = c, .fixed_block = d };
    } else if (begins(line, "row ")) {
        assert_true(e->tree.n_hash < AX_PARTS);
        assert_int_equal(unhex(line + 4, e->rows[e->tree.n_hash++], 32), 32);
    }
}

static void read_line(ax_all *all, const char *line)
{
    char hex[80] = "";
    ax_expected *e = all->n > 0 ? &all->file[all->n - 1] : NULL;
    if (begins(line, "file ")) {
        e = next_file(all);
        assert_true(sscanf(line, "file %511s %zu %79s", e->path, &e->size, hex) == 3);
        (void)unhex(hex, e->sha256, sizeof e->sha256);
    } else if (begins(line, "data ")) {
        assert_int_equal(unhex(line + 5, e->hash, sizeof e->hash), 32);
    } else if (begins(line, "bmff ") && e->bmff == 0) { /* the first of two */
        assert_int_equal(sscanf(line, "bmff %u %79s", &e->bmff, hex), 2);
        assert_int_equal(unhex(hex, e->hash, sizeof e->hash), 32);
    } else if (begins(line, "range ")) {
        assert_true(e->n_range < AX_PARTS);
        read_range(line, "range ", &e->range[e->n_range++]);
    } else {
        read_part(e, line);
    }
}

/* Slices point into the structure that holds them, once it does not move any more. */
static void settle(ax_expected *e)
{
    for (size_t i = 0; i < e->n_x; i++) {
        e->x[i].xpath = (jz_bytes){ (const uint8_t *)e->paths[i], strlen(e->paths[i]) };
        e->match[i].value.ptr = e->values[i];
        e->x[i].match = &e->match[i];
        e->x[i].subset = &e->subset[i];
    }
    for (size_t i = 0; i < e->tree.n_hash; i++)
        e->row[i] = (jz_bytes){ e->rows[i], JZ_SHA256_SIZE };
    e->tree.hash = e->row;
}

bool ax_expect(const char *pattern, bool data, ax_all *out)
{
    char command[2048];
    char line[1024];
    const char *sources = getenv("JZ_SOURCE");
    const char *root = getenv(data ? "JZ_TEST_DATA" : "JZ_SOURCE");
    *out = (ax_all){ 0 };
    if (root == NULL || sources == NULL)
        return false;
    (void)snprintf(command, sizeof command,
                   "cd '%s' && python3 '%s/tests/provenance/extract.py' %s 2>/dev/null", root,
                   sources, pattern);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        read_line(out, line);
    if (pclose(f) != 0 || out->n == 0) {
        ax_all_done(out);
        return false;
    }
    for (size_t i = 0; i < out->n; i++) {
        char whole[sizeof out->file[i].path];
        settle(&out->file[i]);
        assert_true((size_t)snprintf(whole, sizeof whole, "%s/%s", root, out->file[i].path) <
                    sizeof whole);
        memcpy(out->file[i].path, whole, sizeof whole);
    }
    return true;
}

bool ax_load(const char *path, jz_buf *out)
{
    return jz_file_read(path, (size_t)64 << 20, out, NULL) == JZ_OK;
}

bool ax_load_ours(const char *name, jz_buf *out)
{
    char path[1024];
    const char *root = getenv("JZ_SOURCE");
    if (root == NULL)
        return false;
    (void)snprintf(path, sizeof path, "%s/tests/data/%s", root, name);
    return ax_load(path, out);
}

jz_asset *ax_open(jz_bytes file, jz_source *src)
{
    jz_asset *a;
    jz_err err = { 0 };
    jz_source_of_bytes(file, src);
    if (jz_asset_open(src, &a, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    return a;
}

/* The head of a CBOR item; false where it is not of that major type. */
static bool head(jz_bytes cbor, size_t *at, unsigned major, uint64_t *n)
{
    if (*at >= cbor.len || cbor.ptr[*at] >> 5 != major)
        return false;
    const unsigned minor = cbor.ptr[(*at)++] & 31;
    const size_t extra = minor < 24 ? 0 : (size_t)1 << (minor - 24);
    *n = minor < 24 ? minor : 0;
    if (minor > 27 || extra > cbor.len - *at)
        return false;
    for (size_t i = 0; i < extra; i++)
        *n = *n << 8 | cbor.ptr[(*at)++];
    return true;
}

static bool read_hashes(jz_bytes cbor, size_t *at, jz_merkle_proof *out)
{
    uint64_t n;
    if (*at < cbor.len && cbor.ptr[*at] == 0xf6) { /* null: none */
        ++*at;
        return true;
    }
    if (!head(cbor, at, 4, &n) || n > JZ_MERKLE_DEPTH)
        return false;
    for (out->n_hash = 0; out->n_hash < n; out->n_hash++) {
        uint64_t len;
        if (!head(cbor, at, 2, &len) || len > cbor.len - *at)
            return false;
        out->hash[out->n_hash] = (jz_bytes){ cbor.ptr + *at, (size_t)len };
        *at += (size_t)len;
    }
    return true;
}

/* As much CBOR as a proof is made of. */
static jz_status read_proof(void *user, jz_bytes cbor, jz_merkle_proof *out, jz_err *err)
{
    size_t at = 0;
    uint64_t fields;
    (void)user;
    bool ok = head(cbor, &at, 5, &fields);
    for (uint64_t i = 0; ok && i < fields; i++) {
        uint64_t len;
        ok = head(cbor, &at, 3, &len) && len <= cbor.len - at;
        if (!ok)
            break;
        const char *key = (const char *)cbor.ptr + at;
        at += (size_t)len;
        uint64_t *number = len == 8 && memcmp(key, "uniqueId", 8) == 0   ? &out->unique_id
                           : len == 7 && memcmp(key, "localId", 7) == 0  ? &out->local_id
                           : len == 8 && memcmp(key, "location", 8) == 0 ? &out->location
                                                                         : NULL;
        if (number != NULL)
            ok = head(cbor, &at, 0, number);
        else
            ok = len == 6 && memcmp(key, "hashes", 6) == 0 && read_hashes(cbor, &at, out);
    }
    return ok ? JZ_OK : JZ_FAIL(err, JZ_E_CORRUPT, "no Merkle proof");
}

static jz_bound bind_boxes(jz_asset *a, const ax_expected *e, jz_bytes hash)
{
    jz_bound bound;
    jz_err err = { 0 };
    const jz_bmff_binding b = { .version = e->bmff,
                                .exclusion = e->x,
                                .n = e->n_x,
                                .hash = hash,
                                .merkle = &e->tree,
                                .n_merkle = e->tree.count > 0,
                                .read_proof = read_proof };
    if (jz_bind_bmff(a, &b, &bound, &err) != JZ_OK)
        fail_msg("%s: %s", e->path, err.frame[0]);
    return bound;
}

jz_bound ax_bind_without_hash(jz_asset *a, const ax_expected *e)
{
    return bind_boxes(a, e, (jz_bytes){ 0 });
}

jz_bound ax_bind(jz_asset *a, const ax_expected *e)
{
    jz_bound bound;
    jz_err err = { 0 };
    const jz_bytes hash = { e->hash, sizeof e->hash };
    const jz_data_binding b = { .exclusion = e->range,
                                .n = e->n_range,
                                .hash = hash,
                                .updated = strstr(e->path, "update_manifest") != NULL };
    if (e->bmff > 0)
        return bind_boxes(a, e, hash);
    if (jz_bind_data(a, &b, &bound, &err) != JZ_OK)
        fail_msg("%s: %s", e->path, err.frame[0]);
    return bound;
}
