/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object a line: the columns of the CSV format as keys, or many hashes under "signals". */
#include "bank/import.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

/* jansson tells a lack of memory as a syntax error, or not at all: it leaves out the character for
 * which a string's buffer could not grow. */
static _Thread_local bool out_of_memory;

static void *alloc_for_json(size_t size)
{
    void *p = jz_alloc(size);
    out_of_memory = out_of_memory || p == NULL;
    return p;
}

static void use_our_heap(void)
{
    json_set_alloc_funcs(alloc_for_json, jz_free);
}

struct json_line {
    const jz_hash_class *cls;
    json_t *root; /* the row's text lives in it */
    char number[24];
};

static jz_status get_text(const json_t *o, const char *key, jz_bytes *out, jz_err *err)
{
    const json_t *v = json_object_get(o, key);
    if (v == NULL || json_is_null(v))
        return JZ_OK;
    if (!json_is_string(v))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s is not a string", key);
    *out = (jz_bytes){ (const uint8_t *)json_string_value(v), json_string_length(v) };
    return JZ_OK;
}

/* The value of whichever of the keys is there; two of them contradict each other. */
static jz_status get_one_of(const json_t *o, const char *const *keys, jz_bytes *out, jz_err *err)
{
    for (size_t i = 0; keys[i] != NULL; i++) {
        jz_bytes v = { 0 };
        JZ_TRY(get_text(o, keys[i], &v, err));
        if (v.ptr != NULL && out->ptr != NULL)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s stands beside another name for it", keys[i]);
        if (v.ptr != NULL)
            *out = v;
    }
    return JZ_OK;
}

static jz_status get_number(const json_t *o, const char *key, int64_t max, int64_t *out,
                            jz_err *err)
{
    const json_t *v = json_object_get(o, key);
    if (v == NULL || json_is_null(v))
        return JZ_OK;
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > max)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s is not a whole number from 0 to %" PRId64, key, max);
    *out = json_integer_value(v);
    return JZ_OK;
}

static jz_status get_seconds(const json_t *o, double *out, jz_err *err)
{
    const json_t *v = json_object_get(o, "seconds");
    if (v == NULL || json_is_null(v))
        return JZ_OK;
    const double seconds = json_number_value(v);
    if (!json_is_number(v) || !isfinite(seconds) || seconds < 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "seconds is not a time");
    *out = seconds;
    return JZ_OK;
}

static const char *const hash_keys[] = { "hash", "value", "signal", NULL };
static const char *const type_keys[] = { "type", "signal_type", NULL };

static jz_status read_signal(const struct json_line *j, const json_t *o, jz_row *row, jz_err *err)
{
    jz_bytes hash = { 0 }, type = { 0 };
    int64_t quality = -1;
    jz_signal s = { .frame = -1 };
    if (!json_is_object(o))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a signal is not an object");
    JZ_TRY(get_one_of(o, hash_keys, &hash, err));
    JZ_TRY(get_one_of(o, type_keys, &type, err));
    JZ_TRY(get_number(o, "quality", 100, &quality, err));
    JZ_TRY(get_number(o, "frame", INT64_MAX, &s.frame, err));
    JZ_TRY(get_seconds(o, &s.seconds, err));
    if (hash.ptr == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no hash");
    s.quality = (int)quality;
    return jz_row_signal(row, j->cls, jz_import_trim(type), jz_import_trim(hash), &s, err);
}

static jz_status read_signals(const struct json_line *j, const json_t *list, jz_row *row,
                              jz_err *err)
{
    if (!json_is_array(list) || json_array_size(list) == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "signals is not an array that holds something");
    for (size_t i = 0; i < json_array_size(list); i++)
        JZ_TRY_CTX(read_signal(j, json_array_get(list, i), row, err), err, "signal %zu", i + 1);
    return JZ_OK;
}

/* entry: text or a number, as exports have it. */
static jz_status read_label(struct json_line *j, jz_row *row, jz_err *err)
{
    const json_t *v = json_object_get(j->root, "entry");
    if (!json_is_integer(v))
        return get_text(j->root, "entry", &row->entry, err);
    const int n = snprintf(j->number, sizeof j->number, "%" JSON_INTEGER_FORMAT,
                           json_integer_value(v)); /* at most 20 characters */
    row->entry = (jz_bytes){ (const uint8_t *)j->number, (size_t)n };
    return JZ_OK;
}

static jz_status read_object(struct json_line *j, jz_row *row, jz_err *err)
{
    jz_bytes status = { 0 };
    JZ_TRY(read_label(j, row, err));
    JZ_TRY(get_text(j->root, "status", &status, err));
    JZ_TRY(get_text(j->root, "source", &row->source, err));
    JZ_TRY(get_text(j->root, "category", &row->category, err));
    JZ_TRY(get_text(j->root, "note", &row->note, err));
    if (status.len > 0)
        JZ_TRY(jz_row_status(row, status, err));
    const json_t *list = json_object_get(j->root, "signals");
    if (list == NULL)
        return read_signal(j, j->root, row, err);
    for (size_t i = 0; hash_keys[i] != NULL; i++)
        if (json_object_get(j->root, hash_keys[i]) != NULL)
            return JZ_FAIL(err, JZ_E_CORRUPT, "both signals and %s", hash_keys[i]);
    return read_signals(j, list, row, err);
}

static jz_status read_line(void *user, jz_bytes line, jz_row *row, jz_err *err)
{
    struct json_line *j = user;
    json_error_t why;
    json_decref(j->root);
    out_of_memory = false;
    j->root = json_loadb((const char *)line.ptr, line.len, JSON_REJECT_DUPLICATES, &why);
    if (out_of_memory) /* what was read may have gaps */
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (j->root == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "byte %d: %s", why.position, why.text);
    if (!json_is_object(j->root))
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a JSON object");
    return read_object(j, row, err);
}

jz_status jz_import_ndjson(jz_import *im, jz_lines *l, jz_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, use_our_heap); /* cannot fail */
    struct json_line j = { .cls = im->opts->cls };
    const jz_status st = jz_import_rows(im, l, read_line, &j, err);
    json_decref(j.root);
    return st;
}
