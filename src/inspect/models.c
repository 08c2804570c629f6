/* SPDX-License-Identifier: Apache-2.0 */
/* The table of models, and the way of one from npm's package into a folder. Only what has a pinned
 * SHA-256 is unpacked: no archive of a stranger is ever looked into. */
#include "inspect/models.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/rd.h"
#include "inspect/tflite.h"
#include "media/deflate.h"

#include <jz/hash.h>

#include <stdio.h>
#include <string.h>

#define FILE_MAX ((size_t)64 << 20)

typedef struct source { /* where a model comes from; hashes are SHA-256 in hex */
    jz_model_info info;
    const char *package_sha256;
    const char *member; /* file in the package */
    const char *member_sha256;
    size_t at, size; /* of the model in that file; size 0: all of it */
} source;

#define DETECTION "@mediapipe/face_detection", "0.4.1657300184"
#define DETECTION_SHA256 "a118cde74923dc4435257fbfbb613464a0f58d115dff6314d4ff96c8aebf6419"
#define MESH "@mediapipe/face_mesh", "0.4.1657299874"

static const source sources[] = {
    { { "blazeface-short", "finds near faces", DETECTION,
        "46b9e13b1bbd0b269fe4b61ac51daa6127bb7c243635da1afcbc74cd328acf1d" },
      DETECTION_SHA256,
      "package/face_detection_short_range.tflite",
      "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
      0,
      0 },
    { { "blazeface-full", "finds near and far faces", DETECTION,
        "2c1c7e4df78c7c853c8306147fd39df824886a0ae23a3aecf2a2a1cd99d85c1b" },
      DETECTION_SHA256,
      "package/face_detection_full_range.tflite",
      "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
      0,
      0 },
    { { "facemesh", "468 points of a face", MESH,
        "889a224560ef6028d502b5aaa5a98f249f197adb344096b421fa6371e72125f3" },
      "c08a7e0742a326285da666cf81d77c8b6f3a181a2ee948cadaf166008e0d3bc7",
      "package/face_mesh_solution_packed_assets.data",
      "dbe5905c582c0462cdaea17e7e6ecea92edaa8cccc515c5e2e7291f2cbb5fb99",
      2495952,
      1241896 },
};

const jz_model_info *jz_model_at(size_t i)
{
    return i < JZ_ARRAY_LEN(sources) ? &sources[i].info : NULL;
}

static bool is_hash(const uint8_t hash[JZ_SHA256_SIZE], const char *hex)
{
    uint8_t wanted[JZ_SHA256_SIZE];
    return jz_hex_decode(hex, strlen(hex), wanted, sizeof wanted) &&
           memcmp(hash, wanted, sizeof wanted) == 0;
}

static bool is_file(jz_bytes bytes, const char *hex)
{
    uint8_t hash[JZ_SHA256_SIZE];
    jz_sha256(bytes.ptr, bytes.len, hash);
    return is_hash(hash, hex);
}

static jz_status path_of(const char *folder, const char *name, char **out, jz_err *err)
{
    char file[64];
    (void)snprintf(file, sizeof file, "%s.jznn", name); /* names are short */
    return jz_path_join(folder, file, out, err);
}

static jz_status open_source(const char *folder, const source *s, jz_nn **out, jz_err *err)
{
    jz_auto(char) *path = NULL;
    jz_auto(jz_nn) *nn = NULL;
    JZ_BUF_AUTO file = { 0 };
    JZ_TRY(path_of(folder, s->info.name, &path, err));
    const jz_status st = jz_file_read_regular(path, JZ_NN_FILE_MAX, &file, err);
    if (st == JZ_E_NOTFOUND)
        jz_err_wrap(err, "model %s is missing ('jz models list' says how to get it)", s->info.name);
    JZ_TRY(st);
    JZ_TRY_CTX(jz_nn_new((jz_bytes){ (const uint8_t *)file.ptr, file.len }, &nn, err), err, "%s",
               path);
    if (!is_hash(jz_nn_hash(nn), s->info.sha256))
        return JZ_FAIL(err, JZ_E_MISMATCH, "%s is another model than the %s that is known here",
                       path, s->info.name);
    *out = JZ_TAKE(nn);
    return JZ_OK;
}

jz_status jz_model_open(const char *folder, const char *name, jz_nn **out, jz_err *err)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(sources); i++)
        if (strcmp(sources[i].info.name, name) == 0)
            return open_source(folder, &sources[i], out, err);
    return JZ_FAIL(err, JZ_E_NOTFOUND, "no model is called %s", name);
}

jz_status jz_model_check(const char *folder, size_t i, jz_err *err)
{
    jz_auto(jz_nn) *nn = NULL;
    if (i >= JZ_ARRAY_LEN(sources))
        return JZ_FAIL(err, JZ_E_INVAL, "model %zu of %zu", i, JZ_ARRAY_LEN(sources));
    return open_source(folder, &sources[i], &nn, err);
}

/* A number of a tar header (POSIX.1 pax, "ustar"): octal digits up to a space or NUL. */
static size_t octal(const uint8_t *p, size_t n)
{
    size_t v = 0;
    for (size_t i = 0; i < n && p[i] >= '0' && p[i] <= '7'; i++)
        v = v << 3 | (size_t)(p[i] - '0');
    return v;
}

/* The bytes of a file in a tar archive, borrowed. */
static jz_status find_member(jz_bytes tar, const char *name, jz_bytes *out, jz_err *err)
{
    jz_rd rd = jz_rd_of(tar, "package");
    for (;;) {
        jz_bytes head, body;
        JZ_TRY_CTX(jz_rd_take(&rd, 512, &head, err), err, "no %s", name);
        const size_t size = octal(head.ptr + 124, 12);
        JZ_TRY(jz_rd_take(&rd, size, &body, err));
        JZ_TRY(jz_rd_skip(&rd, (512 - size % 512) % 512, err));
        if (strncmp((const char *)head.ptr, name, 100) == 0) {
            *out = body;
            return JZ_OK;
        }
    }
}

/* A gzip file (RFC 1952) whose header has no optional parts, as npm writes it. */
static jz_status unpack(jz_bytes gz, jz_buf *tar, jz_err *err)
{
    static const uint8_t plain[4] = { 0x1f, 0x8b, 8, 0 };
    if (gz.len < 10 || memcmp(gz.ptr, plain, sizeof plain) != 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a gzip header with more than npm writes");
    return jz_inflate(JZ_DEFLATE_RAW, (jz_bytes){ gz.ptr + 10, gz.len - 10 }, FILE_MAX, tar, err);
}

/* Converts the model in the file of its package, and writes it. */
static jz_status add_model(const char *folder, const source *s, jz_bytes member, jz_err *err)
{
    jz_auto(char) *path = NULL;
    jz_auto(jz_nn) *nn = NULL;
    JZ_BUF_AUTO model = { 0 };
    if (!is_file(member, s->member_sha256))
        return JZ_FAIL(err, JZ_E_MISMATCH, "%s is another file than the one pinned", s->member);
    if (s->at > member.len || s->size > member.len - s->at)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "%s holds %zu bytes", s->member, member.len);
    const size_t size = s->size > 0 ? s->size : member.len;
    JZ_TRY(jz_tflite_convert((jz_bytes){ member.ptr + s->at, size }, s->info.name, &model, err));
    JZ_TRY(jz_nn_new((jz_bytes){ (const uint8_t *)model.ptr, model.len }, &nn, err));
    if (!is_hash(jz_nn_hash(nn), s->info.sha256))
        return JZ_FAIL(err, JZ_E_BUG, "converted into something else than is pinned");
    JZ_TRY(path_of(folder, s->info.name, &path, err));
    return jz_file_write(path, model.ptr, model.len, err);
}

/* The file of the package that holds a model, where the bytes are the package or that file; empty
 * where they are neither. tar: the unpacked package, once it was needed. */
static jz_status member_of(const source *s, jz_bytes bytes, jz_buf *tar, jz_bytes *out, jz_err *err)
{
    *out = (jz_bytes){ NULL, 0 };
    if (is_file(bytes, s->member_sha256))
        *out = bytes;
    if (!is_file(bytes, s->package_sha256))
        return JZ_OK;
    if (tar->len == 0)
        JZ_TRY(unpack(bytes, tar, err));
    return find_member((jz_bytes){ (const uint8_t *)tar->ptr, tar->len }, s->member, out, err);
}

jz_status jz_models_add(const char *folder, const char *file, size_t *added, jz_err *err)
{
    JZ_BUF_AUTO buf = { 0 };
    JZ_BUF_AUTO tar = { 0 };
    size_t n = 0;
    JZ_TRY(jz_file_read_regular(file, FILE_MAX, &buf, err));
    const jz_bytes bytes = { (const uint8_t *)buf.ptr, buf.len };
    for (size_t i = 0; i < JZ_ARRAY_LEN(sources); i++) {
        jz_bytes member;
        JZ_TRY_CTX(member_of(&sources[i], bytes, &tar, &member, err), err, "%s", file);
        if (member.len == 0)
            continue;
        JZ_TRY(jz_mkdir_all(folder, err));
        JZ_TRY_CTX(add_model(folder, &sources[i], member, err), err, "%s: model %s", file,
                   sources[i].info.name);
        n++;
    }
    if (n == 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "%s is none of the files that models are pinned to",
                       file);
    *added = n;
    return JZ_OK;
}
