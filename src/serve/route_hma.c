/* SPDX-License-Identifier: Apache-2.0 */
/* Curation as ThreatExchange's HMA answers (its blueprints/curation.py of 2026). A bank matches as
 * a whole, so its ratio is 1; what is deleted from one is kept, and matches no more; nothing is
 * fetched from an exchange. */
#include "serve/routes.h"

#include <inttypes.h>
#include <string.h>

static void put_bank(const char *name, jz_json *j)
{
    jz_json_begin_object(j);
    jz_json_put_str(j, "name", name);
    jz_json_put_i64(j, "matching_enabled_ratio", 1);
    jz_json_end_object(j);
}

static jz_status put_listed(void *user, const jz_bank_info *info, jz_err *err)
{
    (void)err;
    put_bank(info->name, user);
    return JZ_OK;
}

jz_status jz_route_hma_banks(jz_api_call *c, jz_err *err)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_array(&j);
    JZ_TRY(jz_bank_list(c->api->banks, put_listed, &j, err));
    jz_json_end_array(&j);
    return JZ_OK;
}

typedef struct wanted {
    const char *name;
    bool found;
} wanted;

static jz_status find_bank(void *user, const jz_bank_info *info, jz_err *err)
{
    wanted *w = user;
    (void)err;
    w->found = w->found || strcmp(info->name, w->name) == 0;
    return JZ_OK;
}

jz_status jz_route_hma_bank(jz_api_call *c, jz_err *err)
{
    wanted w = { .name = c->param[0] };
    JZ_TRY(jz_bank_list(c->api->banks, find_bank, &w, err));
    if (!w.found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no bank '%s'", w.name);
    jz_json j = { .out = &c->reply->body };
    put_bank(w.name, &j);
    return JZ_OK;
}

typedef struct sent_bank {
    char name[JZ_BANK_NAME_MAX + 1];
    bool enabled, says;
} sent_bank;

const jz_field jz_hma_bank_fields[] = {
    { .key = "enabled",
      .kind = JZ_FIELD_BOOL,
      .optional = true,
      .at = offsetof(sent_bank, enabled),
      .seen = 1 + offsetof(sent_bank, says) },
    { .key = "name",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_bank, name),
      .size = JZ_BANK_NAME_MAX + 1 },
    { 0 },
};

jz_status jz_route_hma_bank_new(jz_api_call *c, jz_err *err)
{
    sent_bank b;
    JZ_TRY(jz_api_body_read(c, &b, sizeof b, err));
    if (b.says && !b.enabled)
        return JZ_FAIL(err, JZ_E_INVAL, "enabled: a bank matches, its entries may be disabled");
    JZ_TRY(jz_bank_create(c->api->banks, b.name, NULL, err));
    c->reply->status = 201;
    jz_json j = { .out = &c->reply->body };
    put_bank(b.name, &j);
    return JZ_OK;
}

jz_status jz_route_hma_bank_delete(jz_api_call *c, jz_err *err)
{
    JZ_TRY(jz_bank_delete(c->api->banks, c->param[0], err));
    jz_buf_puts(&c->reply->body, "{\"message\":\"Done\"}");
    return JZ_OK;
}

/* ---- content ---- */

void jz_hma_put_added(int64_t entry, const jz_hma_signal *s, size_t n, jz_json *j)
{
    jz_json_begin_object(j);
    jz_json_put_i64(j, "id", entry);
    jz_json_key(j, "signals");
    jz_json_begin_object(j);
    for (size_t i = 0; i < n; i++)
        jz_json_put_hex(j, s[i].type, s[i].digest, s[i].cls->digest_size);
    jz_json_end_object(j);
    jz_json_end_object(j);
}

typedef struct sent_signals {
    uint8_t pdq[JZ_PDQ_SIZE], video_md5[JZ_MD5_SIZE], sha256[JZ_SHA256_SIZE];
    bool has_pdq, has_video_md5, has_sha256;
} sent_signals;

#define SIGNAL(name)                                                                               \
    {                                                                                              \
        .key = #name, .kind = JZ_FIELD_HEX, .optional = true, .at = offsetof(sent_signals, name),  \
        .size = sizeof(((sent_signals *)0)->name), .seen = 1 + offsetof(sent_signals, has_##name)  \
    }
const jz_field jz_hma_signal_fields[] = {
    SIGNAL(pdq),
    SIGNAL(sha256),
    SIGNAL(video_md5),
    { 0 },
};

static size_t take(const sent_signals *in, jz_hma_signal out[3])
{
    const struct {
        bool there;
        const char *type, *cls;
        const uint8_t *digest;
    } rows[] = { { in->has_pdq, "pdq", "pdq_full", in->pdq },
                 { in->has_sha256, "sha256", "sha256", in->sha256 },
                 { in->has_video_md5, "video_md5", "md5", in->video_md5 } };
    size_t n = 0;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++)
        if (rows[i].there) {
            out[n] =
                (jz_hma_signal){ .type = rows[i].type, .cls = jz_hash_class_find(rows[i].cls) };
            memcpy(out[n].digest, rows[i].digest, out[n].cls->digest_size);
            n++;
        }
    return n;
}

jz_status jz_route_hma_signal_new(jz_api_call *c, jz_err *err)
{
    sent_signals in;
    jz_hma_signal s[3];
    jz_signal signal[3];
    int64_t entry = 0;
    bool added = false;
    const jz_entry_meta meta = { .status = JZ_ENTRY_SEED };
    JZ_TRY(jz_api_body_read(c, &in, sizeof in, err));
    const size_t n = take(&in, s);
    for (size_t i = 0; i < n; i++) {
        signal[i] = (jz_signal){ .cls = s[i].cls, .quality = -1, .frame = -1 };
        memcpy(signal[i].digest, s[i].digest, s[i].cls->digest_size);
    }
    JZ_TRY(jz_bank_add(c->api->banks, c->param[0], &meta, signal, n, &entry, &added, err));
    jz_json j = { .out = &c->reply->body };
    jz_hma_put_added(entry, s, n, &j);
    return JZ_OK;
}

jz_status jz_route_hma_content_delete(jz_api_call *c, jz_err *err)
{
    char bank[JZ_BANK_NAME_MAX + 1];
    int64_t entry = 0;
    JZ_TRY(jz_api_entry_id(c->param[1], &entry, err));
    JZ_TRY(jz_bank_of_entry(c->api->banks, entry, bank, err));
    if (strcmp(bank, c->param[0]) != 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "entry %" PRId64 " is of another bank", entry);
    JZ_TRY(jz_bank_set_status(c->api->banks, entry, JZ_ENTRY_DISABLED, NULL, err));
    jz_buf_puts(&c->reply->body, "{\"deleted\":1}");
    return JZ_OK;
}

/* ---- what there is ---- */

jz_status jz_route_hma_signal_types(jz_api_call *c, jz_err *err)
{
    (void)err;
    jz_buf_puts(&c->reply->body, "[{\"name\":\"pdq\",\"enabled_ratio\":1.0},"
                                 "{\"name\":\"video_md5\",\"enabled_ratio\":1.0}]");
    return JZ_OK;
}

jz_status jz_route_hma_content_types(jz_api_call *c, jz_err *err)
{
    (void)err;
    jz_buf_puts(&c->reply->body, "[{\"name\":\"photo\",\"enabled\":true},"
                                 "{\"name\":\"video\",\"enabled\":true}]");
    return JZ_OK;
}

jz_status jz_route_hma_exchanges(jz_api_call *c, jz_err *err)
{
    (void)err;
    jz_buf_puts(&c->reply->body, "[]");
    return JZ_OK;
}
