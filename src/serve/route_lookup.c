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

typedef struct question {
    const jz_hash_class *cls;
    const char *type; /* as HMA calls it */
    uint8_t digest[JZ_DIGEST_MAX];
    char banks[JZ_API_BANKS_TEXT]; /* names with commas; "" = all */
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
static bool is_asked(const char *banks, const char *bank)
{
    const size_t len = strlen(bank);
    if (banks[0] == '\0')
        return true;
    for (const char *at = banks; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, bank, len) == 0 && (at[len] == '\0' || at[len] == ','))
            return true;
    }
    return false;
}

jz_status jz_api_lookup(jz_banks *b, const jz_hash_class *cls, const uint8_t *digest,
                        uint32_t max_bits, jz_bank_hits *hits, jz_err *err)
{
    return cls->kind == JZ_HASH_EXACT ? jz_banks_match_exact(b, cls, digest, hits, err)
                                      : jz_banks_match(b, digest, max_bits, hits, err);
}

static jz_status find(const jz_api_call *c, const question *q, jz_bank_hits *hits, jz_err *err)
{
    return jz_api_lookup(c->api->banks, q->cls, q->digest, (uint32_t)q->max_bits, hits, err);
}

/* ---- as HMA ---- */

/* Distances are texts there. */
static void put_match(const jz_bank_hit *hit, jz_json *j)
{
    char distance[16];
    (void)snprintf(distance, sizeof distance, "%u", hit->distance);
    jz_json_begin_object(j);
    jz_json_put_i64(j, "bank_content_id", hit->entry);
    jz_json_put_str(j, "distance", distance);
    jz_json_end_object(j);
}

static void put_raw(const question *q, const jz_bank_hits *hits, bool distance, jz_json *j)
{
    jz_json_begin_object(j);
    jz_json_key(j, "matches");
    jz_json_begin_array(j);
    for (size_t i = 0; i < hits->n; i++) {
        if (!is_asked(q->banks, hits->hit[i].bank))
            continue;
        if (distance)
            put_match(&hits->hit[i], j);
        else
            jz_json_i64(j, hits->hit[i].entry);
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

void jz_hma_put_banks(const jz_bank_hits *hits, const char *banks, jz_json *j)
{
    jz_json_begin_object(j);
    for (size_t i = 0; i < hits->n; i++) {
        const char *bank = hits->hit[i].bank;
        if (!is_first_of_bank(hits, i) || !is_asked(banks, bank))
            continue;
        jz_json_key(j, bank);
        jz_json_begin_array(j);
        for (size_t k = i; k < hits->n; k++)
            if (strcmp(hits->hit[k].bank, bank) == 0)
                put_match(&hits->hit[k], j);
        jz_json_end_array(j);
    }
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
    jz_hma_put_banks(&hits, q.banks, &j);
    jz_bank_hits_done(&hits);
    return JZ_OK;
}

/* Two hashes of each type that is named. */
typedef struct pairs {
    uint8_t md5[2][JZ_MD5_SIZE], pdq[2][JZ_PDQ_SIZE], sha256[2][JZ_SHA256_SIZE];
    uint8_t video_md5[2][JZ_MD5_SIZE];
    size_t n_md5, n_pdq, n_sha256, n_video_md5;
} pairs;

/* clang-format off */
#define PAIR(name) \
    { .key = #name, .kind = JZ_FIELD_HEXES, .optional = true, .at = offsetof(pairs, name), \
      .size = sizeof(((pairs *)0)->name[0]), .min = 2, .max = 2, .count = offsetof(pairs, n_##name) }
const jz_field jz_hma_compare_fields[] = {
    PAIR(md5), PAIR(pdq), PAIR(sha256), PAIR(video_md5), { 0 },
};
/* clang-format on */

/* [whether they match, {how far apart they are}]; exact hashes have no distance. */
static void put_compared(const char *type, bool same, const uint32_t *distance, jz_json *j)
{
    jz_json_key(j, type);
    jz_json_begin_array(j);
    jz_json_bool(j, same);
    jz_json_begin_object(j);
    if (distance != NULL)
        jz_json_put_u64(j, "distance", *distance);
    jz_json_end_object(j);
    jz_json_end_array(j);
}

jz_status jz_route_hma_compare(jz_api_call *c, jz_err *err)
{
    pairs p;
    JZ_TRY(jz_api_body_read(c, &p, sizeof p, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    if (p.n_md5 > 0)
        put_compared("md5", memcmp(p.md5[0], p.md5[1], JZ_MD5_SIZE) == 0, NULL, &j);
    if (p.n_pdq > 0) {
        const uint32_t bits = jz_hamming256(p.pdq[0], p.pdq[1]);
        put_compared("pdq", bits <= JZ_PDQ_MAX_BITS, &bits, &j);
    }
    if (p.n_sha256 > 0)
        put_compared("sha256", memcmp(p.sha256[0], p.sha256[1], JZ_SHA256_SIZE) == 0, NULL, &j);
    if (p.n_video_md5 > 0)
        put_compared("video_md5", memcmp(p.video_md5[0], p.video_md5[1], JZ_MD5_SIZE) == 0, NULL,
                     &j);
    jz_json_end_object(&j);
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
        jz_json_put_bool(&j, "present", true);
        jz_json_put_u64(&j, "size", sizes[i]);
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
        if (!is_asked(q.banks, h->bank))
            continue;
        jz_json_begin_object(&j);
        jz_json_put_str(&j, "bank", h->bank);
        jz_json_put_i64(&j, "entry", h->entry);
        jz_json_put_str(&j, "status", jz_entry_status_name(h->status));
        jz_json_put_str(&j, "type", h->cls->name);
        jz_json_put_u64(&j, "distance", h->distance);
        jz_json_end_object(&j);
    }
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    jz_bank_hits_done(&hits);
    return JZ_OK;
}
