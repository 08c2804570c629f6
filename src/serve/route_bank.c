/* SPDX-License-Identifier: Apache-2.0 */
/* Banks: making them, entries, and what becomes of an entry. */
#include "serve/routes.h"

#include "base/file.h"
#include "base/hex.h"

#include <string.h>

#define PAGE_MAX 1000
#define SIGNALS 16 /* of an entry that is sent in */

/* ---- banks ---- */

static jz_status put_bank(void *user, const jz_bank_info *info, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "bank", info->name);
    jz_json_put_str(j, "note", info->note);
    jz_json_put_i64(j, "entries", info->entries);
    jz_json_put_i64(j, "active", info->active);
    jz_json_put_i64(j, "signals", info->signals);
    jz_json_put_time(j, "created", info->created_us);
    jz_json_put_time(j, "updated", info->updated_us);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_banks(jz_api_call *c, jz_err *err)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "banks");
    jz_json_begin_array(&j);
    JZ_TRY(jz_bank_list(c->api->banks, put_bank, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

typedef struct new_bank {
    char name[JZ_BANK_NAME_MAX + 1], note[JZ_BANK_NOTE_MAX + 1];
} new_bank;

const jz_field jz_bank_new_fields[] = {
    { .key = "bank",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(new_bank, name),
      .size = JZ_BANK_NAME_MAX + 1 },
    { .key = "note",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = offsetof(new_bank, note),
      .size = JZ_BANK_NOTE_MAX + 1 },
    { 0 },
};

jz_status jz_route_bank_new(jz_api_call *c, jz_err *err)
{
    new_bank b;
    JZ_TRY(jz_api_body_read(c, &b, sizeof b, err));
    JZ_TRY(jz_bank_create(c->api->banks, b.name, b.note[0] != '\0' ? b.note : NULL, err));
    c->reply->status = 201;
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "bank", b.name);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_bank_delete(jz_api_call *c, jz_err *err)
{
    JZ_TRY(jz_bank_delete(c->api->banks, c->param[0], err));
    jz_buf_puts(&c->reply->body, "{}");
    return JZ_OK;
}

/* ---- entries ---- */

typedef struct page {
    jz_json j;
    int64_t after, last;
    uint64_t n, max;
    bool more;
} page;

static void put_signals(jz_json *j, const jz_entry_info *e)
{
    jz_json_key(j, "signals");
    jz_json_begin_array(j);
    for (size_t i = 0; i < e->n; i++) {
        jz_json_begin_object(j);
        jz_json_put_str(j, "type", e->signals[i].cls->name);
        jz_json_put_hex(j, "hash", e->signals[i].digest, e->signals[i].cls->digest_size);
        if (e->signals[i].quality >= 0)
            jz_json_put_i64(j, "quality", e->signals[i].quality);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static jz_status put_entry(void *user, const jz_entry_info *e, jz_err *err)
{
    page *p = user;
    (void)err;
    if (e->id <= p->after)
        return JZ_OK;
    p->more = p->n == p->max;
    if (p->more)
        return JZ_OK;
    p->n++;
    p->last = e->id;
    jz_json_begin_object(&p->j);
    jz_json_put_i64(&p->j, "entry", e->id);
    jz_json_put_str(&p->j, "status", jz_entry_status_name(e->meta.status));
    jz_json_put_str(&p->j, "source", e->meta.source);
    jz_json_put_str(&p->j, "category", e->meta.category);
    jz_json_put_str(&p->j, "note", e->meta.note);
    jz_json_put_time(&p->j, "created", e->created_us);
    jz_json_put_time(&p->j, "updated", e->updated_us);
    put_signals(&p->j, e);
    jz_json_end_object(&p->j);
    return JZ_OK;
}

jz_status jz_route_entries(jz_api_call *c, jz_err *err)
{
    uint64_t after = 0;
    page p = { .j = { .out = &c->reply->body } };
    JZ_TRY(jz_api_argument_u64(c, "after", 0, &after, err));
    JZ_TRY(jz_api_argument_u64(c, "limit", 100, &p.max, err));
    if (p.max == 0 || p.max > PAGE_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "limit is not from 1 to %d", PAGE_MAX);
    p.after = (int64_t)after;
    jz_json_begin_object(&p.j);
    jz_json_key(&p.j, "entries");
    jz_json_begin_array(&p.j);
    JZ_TRY(jz_bank_each(c->api->banks, c->param[0], put_entry, &p, err));
    jz_json_end_array(&p.j);
    jz_json_key(&p.j, "next");
    if (p.more)
        jz_json_i64(&p.j, p.last);
    else
        jz_json_null(&p.j);
    jz_json_end_object(&p.j);
    return JZ_OK;
}

typedef struct sent_signal {
    char hash[2 * JZ_DIGEST_MAX + 1];
    int type; /* 1 + its place */
    int64_t quality;
    bool has_quality;
} sent_signal;

typedef struct sent_entry {
    char category[JZ_BANK_CATEGORY_MAX + 1], note[JZ_BANK_NOTE_MAX + 1],
        source[JZ_BANK_SOURCE_MAX + 1];
    sent_signal signal[SIGNALS];
    size_t signals;
    int status;
} sent_entry;

static const char *const type_words[] = { "md5", "sha256", "sm3", "pdq", "pdq_full", "vpdq", NULL };
static const char *const status_words[] = { "seed", "confirmed", "disabled", "withdrawn", NULL };

static const jz_field signal_fields[] = {
    { .key = "hash",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_signal, hash),
      .size = 2 * JZ_DIGEST_MAX + 1 },
    { .key = "quality",
      .kind = JZ_FIELD_INT,
      .optional = true,
      .at = offsetof(sent_signal, quality),
      .max = 100,
      .seen = 1 + offsetof(sent_signal, has_quality) },
    { .key = "type",
      .kind = JZ_FIELD_WORD,
      .at = offsetof(sent_signal, type),
      .words = type_words },
    { 0 },
};
#define TEXT(key_, member, max)                                                                    \
    {                                                                                              \
        .key = key_, .kind = JZ_FIELD_TEXT, .optional = true, .at = offsetof(sent_entry, member),  \
        .size = (max) + 1                                                                          \
    }
const jz_field jz_entry_new_fields[] = {
    TEXT("category", category, JZ_BANK_CATEGORY_MAX),
    TEXT("note", note, JZ_BANK_NOTE_MAX),
    { .key = "signals",
      .kind = JZ_FIELD_OBJECTS,
      .at = offsetof(sent_entry, signal),
      .size = sizeof(sent_signal),
      .min = 1,
      .max = SIGNALS,
      .count = offsetof(sent_entry, signals),
      .sub = signal_fields },
    TEXT("source", source, JZ_BANK_SOURCE_MAX),
    { .key = "status",
      .kind = JZ_FIELD_WORD,
      .optional = true,
      .at = offsetof(sent_entry, status),
      .words = status_words },
    { 0 },
};

static jz_status take_signal(const sent_signal *in, jz_signal *out, jz_err *err)
{
    *out = (jz_signal){ .cls = jz_hash_class_find(type_words[in->type - 1]),
                        .quality = in->has_quality ? (int)in->quality : -1,
                        .frame = -1 };
    if (!jz_hex_decode(in->hash, strlen(in->hash), out->digest, out->cls->digest_size))
        return JZ_FAIL(err, JZ_E_CORRUPT, "signals: a %s has %zu hex digits", out->cls->name,
                       2 * out->cls->digest_size);
    return JZ_OK;
}

jz_status jz_route_entry_new(jz_api_call *c, jz_err *err)
{
    sent_entry e;
    jz_signal signal[SIGNALS];
    int64_t id = 0;
    bool added = false;
    JZ_TRY(jz_api_body_read(c, &e, sizeof e, err));
    for (size_t i = 0; i < e.signals; i++)
        JZ_TRY(take_signal(&e.signal[i], &signal[i], err));
    jz_entry_meta meta = {
        .status = JZ_ENTRY_SEED, .source = e.source, .category = e.category, .note = e.note
    };
    if (e.status != 0)
        (void)jz_entry_status_find(status_words[e.status - 1], &meta.status); /* one of its names */
    if (c->key.staff && meta.status == JZ_ENTRY_CONFIRMED)
        return JZ_FAIL(err, JZ_E_INVAL, "two persons confirm an entry: add it as a seed");
    JZ_TRY(jz_bank_add(c->api->banks, c->param[0], &meta, signal, e.signals, &id, &added, err));
    c->reply->status = added ? 201 : 200;
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "entry", id);
    jz_json_put_bool(&j, "added", added);
    jz_json_end_object(&j);
    return JZ_OK;
}

typedef struct sent_status {
    int status;
    char note[JZ_BANK_NOTE_MAX + 1];
} sent_status;

const jz_field jz_entry_status_fields[] = {
    { .key = "note",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = offsetof(sent_status, note),
      .size = JZ_BANK_NOTE_MAX + 1 },
    { .key = "status",
      .kind = JZ_FIELD_WORD,
      .at = offsetof(sent_status, status),
      .words = status_words },
    { 0 },
};

jz_status jz_api_entry_id(const char *text, int64_t *out, jz_err *err)
{
    const size_t len = strlen(text);
    *out = 0;
    if (len > 18 || strspn(text, "0123456789") != len)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no entry '%s'", text);
    for (size_t i = 0; i < len; i++)
        *out = *out * 10 + (text[i] - '0');
    return JZ_OK;
}

/* Of those who sign in, two confirm an entry; *go_on is false after the first. */
static jz_status confirm(jz_api_call *c, int64_t id, bool *go_on, jz_err *err)
{
    char by[80];
    return jz_review_confirm(c->api->g, id, jz_api_actor(c, by, sizeof by), go_on, err);
}

jz_status jz_route_entry_status(jz_api_call *c, jz_err *err)
{
    sent_status s;
    int64_t id = 0;
    jz_entry_status status = JZ_ENTRY_SEED;
    JZ_TRY(jz_api_entry_id(c->param[0], &id, err));
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    (void)jz_entry_status_find(status_words[s.status - 1], &status); /* one of its names */
    bool go_on = true;
    if (c->key.staff && status == JZ_ENTRY_CONFIRMED)
        JZ_TRY(confirm(c, id, &go_on, err));
    if (!go_on) {
        c->reply->status = 202;
        jz_buf_puts(&c->reply->body, "{\"done\":\"proposed\"}");
        return JZ_OK;
    }
    JZ_TRY(jz_bank_set_status(c->api->banks, id, status, s.note[0] != '\0' ? s.note : NULL, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "entry", id);
    jz_json_put_str(&j, "status", jz_entry_status_name(status));
    jz_json_end_object(&j);
    return JZ_OK;
}
