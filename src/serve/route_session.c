/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and out. A password is checked without the lock, for that takes a tenth of a second:
 * the attempt is counted before, under it. */
#include "serve/routes.h"

#include "base/file.h"
#include "ledger/ed25519.h"

#include <stdio.h>
#include <string.h>

typedef struct sent_sign {
    char name[JZ_KEY_NAME_MAX + 1], secret[JZ_STAFF_SECRET], code[8];
    char password[JZ_PASSWORD_MAX + 1];
} sent_sign;

#define TEXT(key_, member, optional_)                                                              \
    {                                                                                              \
        .key = key_, .kind = JZ_FIELD_TEXT, .optional = (optional_),                               \
        .at = offsetof(sent_sign, member), .size = sizeof(((sent_sign *)NULL)->member)             \
    }
const jz_field jz_session_fields[] = {
    TEXT("name", name, true),
    TEXT("password", password, true),
    TEXT("code", code, true),
    { 0 },
};
const jz_field jz_session_setup_fields[] = {
    TEXT("name", name, false),
    TEXT("secret", secret, false),
    TEXT("password", password, true),
    TEXT("code", code, true),
    { 0 },
};

static jz_status begin(jz_api *a, const char *name, const char *peer, jz_staff_try *t, jz_err *err)
{
    (void)pthread_mutex_lock(&a->govern_lock); /* an ordinary lock cannot fail, here and below */
    const jz_status st = jz_staff_begin(a->g, name, peer, t, err);
    (void)pthread_mutex_unlock(&a->govern_lock);
    return st;
}

static jz_status wrong(jz_err *err)
{
    return JZ_FAIL(err, JZ_E_MISMATCH, "name, password or code is wrong");
}

/* ---- sessions ---- */

static void put_session(jz_api_call *c)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "name", c->key.name);
    jz_json_put_str(&j, "role", jz_role_name(c->key.role));
    jz_json_put_bool(&j, "staff", c->key.staff);
    if (c->session.until_us != 0) {
        jz_json_put_str(&j, "csrf", c->csrf);
        jz_json_put_time(&j, "until", c->session.until_us);
        jz_json_put_i64(&j, "idle_s", JZ_SESSION_IDLE_US / 1000000);
    }
    jz_json_end_object(&j);
}

jz_status jz_route_session(jz_api_call *c, jz_err *err)
{
    (void)err;
    put_session(c);
    return JZ_OK;
}

static jz_status enter(jz_api_call *c, const jz_staff_try *t, const char *code, jz_err *err)
{
    jz_api *a = c->api;
    char token[JZ_SESSION_TEXT];
    (void)pthread_mutex_lock(&a->govern_lock);
    jz_status st = jz_staff_enter(a->g, t, code, token, err);
    if (st == JZ_OK)
        st = jz_api_to_ledger(a, err);
    (void)pthread_mutex_unlock(&a->govern_lock);
    JZ_TRY(st);
    c->key = t->key;
    jz_session_csrf(token, c->csrf);
    c->session.until_us = jz_now_us() + JZ_SESSION_LIFE_US;
    /* Browsers send Secure cookies over TLS, and to the same machine. */
    (void)snprintf(c->reply->cookie, sizeof c->reply->cookie,
                   "jz_session=%s; Path=/; HttpOnly; Secure; SameSite=Strict", token);
    put_session(c);
    return JZ_OK;
}

/* Whom the proxy names, where one is configured and this comes from it; else NULL. */
static const char *named_by_proxy(const jz_api_call *c)
{
    const jz_serve_opts *o = &c->api->opts;
    if (o->staff_header == NULL ||
        strcmp(c->request->peer, o->staff_proxy != NULL ? o->staff_proxy : "127.0.0.1") != 0)
        return NULL;
    return jz_http_header(c->request, o->staff_header);
}

static jz_status enter_by_proxy(jz_api_call *c, const char *name, jz_err *err)
{
    jz_staff_try t;
    JZ_TRY(begin(c->api, name, c->request->peer, &t, err));
    if (t.key.id == 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "there is no account '%.64s'", name);
    return enter(c, &t, NULL, err);
}

static jz_status sign_in(jz_api_call *c, const sent_sign *s, jz_err *err)
{
    jz_staff_try t;
    bool same = false;
    const char *named = named_by_proxy(c);
    if (named != NULL)
        return enter_by_proxy(c, named, err);
    JZ_TRY(begin(c->api, s->name, c->request->peer, &t, err));
    JZ_TRY(jz_password_check(t.password, s->password, &same, err));
    return same ? enter(c, &t, s->code, err) : wrong(err);
}

jz_status jz_route_session_new(jz_api_call *c, jz_err *err)
{
    sent_sign s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    const jz_status st = sign_in(c, &s, err);
    jz_wipe(&s, sizeof s);
    return st;
}

jz_status jz_route_session_end(jz_api_call *c, jz_err *err)
{
    jz_api *a = c->api;
    if (c->session.id != 0) {
        (void)pthread_mutex_lock(&a->govern_lock);
        jz_status st = jz_session_end(a->g, c->session.id, &c->key, err);
        if (st == JZ_OK)
            st = jz_api_to_ledger(a, err);
        (void)pthread_mutex_unlock(&a->govern_lock);
        JZ_TRY(st);
    }
    (void)snprintf(c->reply->cookie, sizeof c->reply->cookie,
                   "jz_session=; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0");
    jz_buf_puts(&c->reply->body, "{}");
    return JZ_OK;
}

/* ---- setting up ---- */

static void put_authenticator(jz_api_call *c, const jz_staff_try *t)
{
    char base32[JZ_TOTP_BASE32], uri[256];
    jz_totp_base32(t->totp, base32);
    (void)snprintf(uri, sizeof uri, "otpauth://totp/Jianzhen:%s?secret=%s&issuer=Jianzhen",
                   t->key.name, base32);
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "totp", base32);
    jz_json_put_str(&j, "uri", uri);
    jz_json_end_object(&j);
}

static jz_status set_up(jz_api_call *c, const jz_staff_try *t, const sent_sign *s, jz_err *err)
{
    jz_api *a = c->api;
    char kept[JZ_PASSWORD_TEXT];
    if (strlen(s->password) < JZ_PASSWORD_MIN)
        return JZ_FAIL(err, JZ_E_INVAL, "a password has at least %d characters", JZ_PASSWORD_MIN);
    JZ_TRY(jz_password_hash(s->password, kept, err));
    (void)pthread_mutex_lock(&a->govern_lock);
    jz_status st = jz_staff_set(a->g, t, kept, s->code, err);
    if (st == JZ_OK)
        st = jz_api_to_ledger(a, err);
    (void)pthread_mutex_unlock(&a->govern_lock);
    JZ_TRY(st);
    jz_buf_puts(&c->reply->body, "{\"done\":\"set-up\"}");
    return JZ_OK;
}

jz_status jz_route_session_setup(jz_api_call *c, jz_err *err)
{
    sent_sign s;
    jz_staff_try t;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    jz_status st = begin(c->api, s.name, c->request->peer, &t, err);
    if (st == JZ_OK && !jz_staff_is_secret(&t, s.secret))
        st = JZ_FAIL(err, JZ_E_MISMATCH, "the name or the one-time secret is wrong, or too old");
    if (st == JZ_OK && s.password[0] != '\0')
        st = set_up(c, &t, &s, err);
    else if (st == JZ_OK)
        put_authenticator(c, &t);
    jz_wipe(&s, sizeof s);
    return st;
}
