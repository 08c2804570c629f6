/* SPDX-License-Identifier: Apache-2.0 */
/* Looking a hash up in the banks: as HMA answers (facebook/ThreatExchange, OpenMediaMatch), and
 * with where an entry comes from. Answered at once, on any number of threads. */
#include "serve/routes.h"

#include "base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SIGNAL_TEXT 129
#define TYPE_TEXT 32
#define BANKS_TEXT 512

typedef struct question {
    const jz_hash_class *cls;
    const char *type; /* as HMA calls it */
    uint8_t digest[JZ_DIGEST_MAX];
    char banks[BANKS_TEXT]; /* names with commas; "" = all */
    uint64_t max_bits;
} question;

/* HMA's names of types, and ours. */
static const struct {
    const char *name, *cls, *shown;
} types[] = {
    { "pdq", "pdq_full", "pdq" }, { "pdq_full", "pdq_full", "pdq" },
    { "vpdq", "vpdq", "vpdq" },   { "video_md5", "md5", "video_md5" },
    { "md5", "md5", "md5" },      { "sha256", "sha256", "sha256" },
    { "sm3", "sm3", "sm3" },
};

static jz_status read_type(const jz_api_call *c, const char *name, question *q, jz_err *err)
{
    char text[TYPE_TEXT];
    JZ_TRY(jz_api_argument_text(c, name, text, sizeof text, err));
    for (size_t i = 0; i < JZ_ARRAY_LEN(types); i++)
        if (strcmp(types[i].name, text) == 0) {
            q->cls = jz_hash_class_find(types[i].cls);
            q->type = types[i].shown;
            return JZ_OK;
        }
    return JZ_FAIL(err, JZ_E_INVAL, "%s '%s' is none of pdq, vpdq, video_md5, md5, sha256, sm3",
                   name, text);
}

static jz_status read_question(const jz_api_call *c, const char *signal, const char *type,
                               question *q, jz_err *err)
{
    char hex[SIGNAL_TEXT];
    JZ_TRY(read_type(c, type, q, err));
    JZ_TRY(jz_api_argument_text(c, signal, hex, sizeof hex, err));
    if (!jz_hex_decode(hex, strlen(hex), q->digest, q->cls->digest_size))
        return JZ_FAIL(err, JZ_E_INVAL, "%s is not %zu hex digits", signal,
                       2 * q->cls->digest_size);
    JZ_TRY(jz_api_argument_text(c, "banks", q->banks, sizeof q->banks, err));
    JZ_TRY(jz_api_argument_u64(c, "max_bits", JZ_PDQ_MAX_BITS, &q->max_bits, err));
    if (q->max_bits > JZ_PDQ_MAX_BITS)
        return JZ_FAIL(err, JZ_E_INVAL, "max_bits is more than %d", JZ_PDQ_MAX_BITS);
    return JZ_OK;
}

/* Whether a bank is among those that are asked for. */
static bool is_asked(const question *q, const char *bank)
{
    const size_t len = strlen(bank);
    if (q->banks[0] == '\0')
        return true;
    for (const char *at = q->banks; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, bank, len) == 0 && (at[len] == '\0' || at[len] == ','))
            return true;
    }
    return false;
}

static jz_status find(const jz_api_call *c, const question *q, jz_bank_hits *hits, jz_err *err)
{
    return q->cls->kind == JZ_HASH_EXACT
               ? jz_banks_match_exact(c->api->banks, q->cls, q->digest, hits, err)
               : jz_banks_match(c->api->banks, q->digest, (uint32_t)q->max_bits, hits, err);
}

/* ---- as HMA ---- */

static void put_raw(const question *q, const jz_bank_hits *hits, bool distance, jz_json *j)
{
    jz_json_begin_object(j);
    jz_json_key(j, "matches");
    jz_json_begin_array(j);
    for (size_t i = 0; i < hits->n; i++) {
        if (!is_asked(q, hits->hit[i].bank))
            continue;
        if (!distance) {
            jz_json_i64(j, hits->hit[i].entry);
            continue;
        }
        jz_json_begin_object(j);
        jz_json_key(j, "bank_content_id");
        jz_json_i64(j, hits->hit[i].entry);
        jz_json_key(j, "distance");
        jz_json_u64(j, hits->hit[i].distance);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
    jz_json_end_object(j);
}

jz_status jz_route_hma_raw(jz_api_call *c, jz_err *err)
{
    question q;
    char flag[TYPE_TEXT];
    jz_bank_hits hits = { 0 };
    JZ_TRY(read_question(c, "signal", "signal_type", &q, err));
    JZ_TRY(jz_api_argument_text(c, "include_distance", flag, sizeof flag, err));
    JZ_TRY(find(c, &q, &hits, err));
    jz_json j = { .out = &c->reply->body };
    put_raw(&q, &hits, strcasecmp(flag, "true") == 0 || strcmp(flag, "1") == 0, &j);
    jz_bank_hits_done(&hits);
    return JZ_OK;
}

static bool is_first_of_bank(const jz_bank_hits *hits, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(hits->hit[k].bank, hits->hit[i].bank) == 0)
            return false;
    return true;
}

static void put_bank(const question *q, const jz_bank_hits *hits, const char *bank, jz_json *j)
{
    char number[16];
    jz_json_key(j, bank);
    jz_json_begin_object(j);
    jz_json_key(j, q->type);
    jz_json_begin_array(j);
    for (size_t i = 0; i < hits->n; i++) {
        if (strcmp(hits->hit[i].bank, bank) != 0)
            continue;
        jz_json_begin_object(j);
        jz_json_key(j, "bank_content_id");
        jz_json_i64(j, hits->hit[i].entry);
        (void)snprintf(number, sizeof number, "%u", hits->hit[i].distance);
        jz_json_key(j, "distance");
        jz_json_str(j, number); /* a text, as HMA has it */
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
    jz_json_end_object(j);
}

jz_status jz_route_hma_lookup(jz_api_call *c, jz_err *err)
{
    question q;
    jz_bank_hits hits = { 0 };
    if (jz_http_argument(c->request, "url") != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "url: nothing is fetched from here; send the signal");
    JZ_TRY(read_question(c, "signal", "signal_type", &q, err));
    JZ_TRY(find(c, &q, &hits, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    for (size_t i = 0; i < hits.n; i++)
        if (is_first_of_bank(&hits, i) && is_asked(&q, hits.hit[i].bank))
            put_bank(&q, &hits, hits.hit[i].bank, &j);
    jz_json_end_object(&j);
    jz_bank_hits_done(&hits);
    return JZ_OK;
}

jz_status jz_route_hma_index(jz_api_call *c, jz_err *err)
{
    size_t perceptual = 0;
    const size_t all = jz_banks_count(c->api->banks, &perceptual);
    (void)err;
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    static const char *const names[] = { "pdq", "exact" };
    const size_t sizes[] = { perceptual, all - perceptual };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        jz_json_key(&j, names[i]);
        jz_json_begin_object(&j);
        jz_json_key(&j, "present");
        jz_json_bool(&j, true);
        jz_json_key(&j, "size");
        jz_json_u64(&j, sizes[i]);
        jz_json_end_object(&j);
    }
    jz_json_end_object(&j);
    return JZ_OK;
}

/* ---- ours ---- */

jz_status jz_route_lookup(jz_api_call *c, jz_err *err)
{
    question q;
    jz_bank_hits hits = { 0 };
    JZ_TRY(read_question(c, "hash", "type", &q, err));
    JZ_TRY(find(c, &q, &hits, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "matches");
    jz_json_begin_array(&j);
    for (size_t i = 0; i < hits.n; i++) {
        const jz_bank_hit *h = &hits.hit[i];
        if (!is_asked(&q, h->bank))
            continue;
        jz_json_begin_object(&j);
        jz_json_key(&j, "bank");
        jz_json_str(&j, h->bank);
        jz_json_key(&j, "entry");
        jz_json_i64(&j, h->entry);
        jz_json_key(&j, "status");
        jz_json_str(&j, jz_entry_status_name(h->status));
        jz_json_key(&j, "type");
        jz_json_str(&j, h->cls->name);
        jz_json_key(&j, "distance");
        jz_json_u64(&j, h->distance);
        jz_json_end_object(&j);
    }
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    jz_bank_hits_done(&hits);
    return JZ_OK;
}
