/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/media_held.h"

#include "base/alloc.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define HITS_MAX 8 /* of an item in the banks: the nearest */

/* ---- what is held of an object ---- */

typedef struct gathering {
    jz_held_list *l;
    jz_api *api;
    jz_cases *cases;
    const jz_held *item; /* whose originals are looked for */
    jz_bank_hit hit;
} gathering;

void jz_held_free(jz_held_list *l)
{
    jz_free(l);
}

static jz_status add_item(void *user, int64_t number, const uint8_t *sha256, const uint8_t *pdq,
                          jz_err *err)
{
    jz_held_list *l = user;
    (void)err;
    if (sha256 == NULL || l->n == JZ_HELD_ITEMS)
        return JZ_OK;
    jz_held *h = &l->held[l->n++];
    h->number = number;
    memcpy(h->sha256, sha256, sizeof h->sha256);
    h->has_pdq = pdq != NULL;
    if (pdq != NULL)
        memcpy(h->pdq, pdq, sizeof h->pdq);
    return JZ_OK;
}

static jz_status find_copy(const gathering *t, jz_held *h, jz_err *err)
{
    const jz_status st = jz_case_holding(t->cases, h->sha256, &h->copy, NULL);
    h->is_held = st == JZ_OK;
    return st == JZ_OK || st == JZ_E_NOTFOUND ? JZ_OK : JZ_FAIL(err, st, "the cases");
}

static jz_status add_originals(void *user, const jz_entry_info *e, jz_err *err)
{
    const gathering *t = user;
    jz_held_list *l = t->l;
    for (size_t i = 0; i < e->n && l->n < JZ_ARRAY_LEN(l->held); i++) {
        jz_held h = { .number = t->item->number, .hit = t->hit };
        if (strcmp(e->signals[i].cls->name, "sha256") != 0 ||
            memcmp(e->signals[i].digest, t->item->sha256, sizeof h.sha256) == 0)
            continue;
        memcpy(h.sha256, e->signals[i].digest, sizeof h.sha256);
        JZ_TRY(find_copy(t, &h, err));
        if (h.is_held)
            l->held[l->n++] = h;
    }
    return JZ_OK;
}

static jz_status look_at_hits(gathering *t, const jz_bank_hits *hits, jz_err *err)
{
    jz_status st = JZ_OK;
    for (size_t i = 0; st == JZ_OK && i < hits->n && i < HITS_MAX; i++) {
        t->hit = hits->hit[i];
        (void)pthread_mutex_lock(&t->api->banks_lock); /* an ordinary lock cannot fail */
        st = jz_bank_entry(t->api->banks, t->hit.entry, add_originals, t, NULL);
        (void)pthread_mutex_unlock(&t->api->banks_lock);
        if (st == JZ_E_NOTFOUND) /* deleted meanwhile */
            st = JZ_OK;
    }
    return st == JZ_OK ? JZ_OK : JZ_FAIL(err, st, "an entry of a bank");
}

static jz_status find_originals(gathering *t, const jz_held *h, jz_err *err)
{
    jz_bank_hits hits = { 0 };
    jz_banks *b = t->api->banks;
    t->item = h;
    jz_status st = jz_banks_match_exact(b, jz_hash_class_find("sha256"), h->sha256, &hits, err);
    if (st == JZ_OK && h->has_pdq)
        st = jz_banks_match(b, h->pdq, JZ_PDQ_MAX_BITS, &hits, err);
    if (st == JZ_OK)
        st = look_at_hits(t, &hits, err);
    jz_bank_hits_done(&hits);
    return st;
}

static jz_status fill(gathering *t, const char *object, const uint8_t *only, jz_err *err)
{
    jz_api *a = t->api;
    jz_held_list *l = t->l;
    const jz_held *found = NULL;
    (void)pthread_mutex_lock(&a->govern_lock); /* an ordinary lock cannot fail */
    const jz_status st = jz_review_hashes(a->g, object, add_item, l, err);
    (void)pthread_mutex_unlock(&a->govern_lock);
    JZ_TRY(st);
    l->items = l->n;
    JZ_TRY(jz_cases_open(a->opts.home, false, &t->cases, err));
    for (size_t i = 0; i < l->items; i++)
        JZ_TRY(find_copy(t, &l->held[i], err));
    if (only != NULL && jz_held_of(l, only, &found, NULL) == JZ_OK)
        return JZ_OK;
    for (size_t i = 0; i < l->items; i++)
        if (l->held[i].is_held)
            JZ_TRY(find_originals(t, &l->held[i], err));
    return JZ_OK;
}

jz_status jz_held_find(jz_api *a, const char *object, const uint8_t only[JZ_SHA256_SIZE],
                       jz_held_list **out, jz_err *err)
{
    jz_auto(jz_held_list) *l = jz_alloc_zero(1, sizeof *l);
    if (l == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    gathering t = { .l = l, .api = a };
    const jz_status st = fill(&t, object, only, err);
    jz_cases_close(t.cases);
    if (st == JZ_OK)
        *out = JZ_TAKE(l);
    return st;
}

jz_status jz_held_of(const jz_held_list *l, const uint8_t sha256[JZ_SHA256_SIZE],
                     const jz_held **out, jz_err *err)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->held[i].is_held && memcmp(l->held[i].sha256, sha256, JZ_SHA256_SIZE) == 0) {
            *out = &l->held[i];
            return JZ_OK;
        }
    }
    return JZ_FAIL(err, JZ_E_NOTFOUND, "it is not of that, or not held here");
}

/* ---- sheets ---- */

typedef struct viewing {
    jz_api_call *c;
    const uint8_t *sha256;
    const char *purpose;
    jz_sheet_use_fn use;
    void *user;
} viewing;

/* By the server, which hands no file on: who was shown what of it is in the record of reveals. */
static jz_status access_copy(const viewing *v, jz_cases *cases, bool *moves, char **path,
                             jz_err *err)
{
    jz_case_copy copy;
    JZ_TRY(jz_case_holding(cases, v->sha256, &copy, err));
    *moves = strcmp(copy.kind, "video") == 0;
    return jz_case_access(cases, copy.id, copy.item, v->purpose, "jz serve", path, err);
}

static jz_status open_copy(void *user, bool *moves, int *fd, jz_err *err)
{
    const viewing *v = user;
    jz_auto(jz_cases) *cases = NULL;
    char *path = NULL;
    JZ_TRY(jz_cases_open(v->c->api->opts.home, false, &cases, err));
    JZ_TRY(access_copy(v, cases, moves, &path, err));
    const int opened = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const int why = errno;
    jz_case_path_free(path);
    if (opened < 0)
        return JZ_FAIL(err, why == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "the copy in the case: %s",
                       strerrordesc_np(why));
    *fd = opened;
    return JZ_OK;
}

static jz_status use_sheet(void *user, const jz_sheet *sheet, jz_err *err)
{
    const viewing *v = user;
    return v->use(v->user, sheet, err);
}

jz_status jz_held_use(jz_api_call *c, const uint8_t sha256[JZ_SHA256_SIZE], const char *purpose,
                      jz_sheet_use_fn use, void *user, jz_err *err)
{
    viewing v = { c, sha256, purpose, use, user };
    if (c->api->opts.sandbox == NULL || c->worker == 0)
        return JZ_FAIL(err, JZ_E_BUSY, "media are not decoded here");
    return jz_sheets_use(c->api->sheets, sha256, c->api->decoder[c->worker - 1], open_copy,
                         use_sheet, &v, err);
}

void jz_held_is_picture(jz_http_reply *reply)
{
    reply->type = "image/png";
    reply->cache = "private, no-store";
    reply->extra[0][0] = "Content-Security-Policy";
    reply->extra[0][1] = "default-src 'none'; sandbox";
    reply->extra[1][0] = "Cross-Origin-Resource-Policy";
    reply->extra[1][1] = "same-origin";
}
