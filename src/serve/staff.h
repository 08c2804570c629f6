/* SPDX-License-Identifier: Apache-2.0 */
/* Persons who sign in: to the console, which is the same API. An account is a key (api_keys.h) that
 * no token opens, so that name, role, rate and end are a key's, and there is one set of rights. Who
 * has the one-time secret of the account sets a password and gets the secret of an authenticator;
 * then password and code open a session. What is kept: argon2id of the password, SHA-256 of the
 * one-time secret and of each session's token, the authenticator's secret itself, as TOTP needs it.
 * Wrong attempts are counted before they are checked, for the account and for the address, and make
 * both wait longer each time, never for good. */
#ifndef JZ_STAFF_H
#define JZ_STAFF_H

#include "serve/api_keys.h"
#include "serve/password.h"
#include "serve/totp.h"
#include "store/store.h"

#define JZ_STAFF_SECRET 33                      /* 32 hex digits: of 16 random bytes */
#define JZ_SESSION_TEXT 65                      /* 64 hex digits */
#define JZ_SESSION_IDLE_US INT64_C(1800000000)  /* half an hour */
#define JZ_SESSION_LIFE_US INT64_C(43200000000) /* 12 hours */

JZ_CHECKED jz_status jz_staff_tables(jz_store *s, jz_err *err);

/* Makes an account; its secret is shown once and good for three days. JZ_E_INVAL (name, role: all
 * but partner), JZ_E_EXISTS. by: who does it, here and below. */
JZ_CHECKED jz_status jz_staff_add(jz_govern *g, const char *name, jz_role role, const char *by,
                                  char secret[JZ_STAFF_SECRET], jz_err *err);
/* A new one-time secret: password and authenticator are void, sessions end. JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_staff_reset(jz_govern *g, const char *name, const char *by,
                                    char secret[JZ_STAFF_SECRET], jz_err *err);

typedef struct jz_staff_try { /* of somebody who wants to be NAME */
    jz_api_key key;           /* id 0: there is no such account */
    char address[48];
    char password[JZ_PASSWORD_TEXT]; /* "" = none is set */
    uint8_t totp[JZ_TOTP_SECRET];
    uint64_t step;     /* of the last code that was used */
    uint8_t setup[32]; /* SHA-256; zeros = none, or it is too old */
} jz_staff_try;
/* Counts the attempt, durably, and reads the account. JZ_E_BUSY: too many wrong ones. */
JZ_CHECKED jz_status jz_staff_begin(jz_govern *g, const char *name, const char *address,
                                    jz_staff_try *out, jz_err *err);
/* Whether it is the account's one-time secret. */
bool jz_staff_is_secret(const jz_staff_try *t, const char *secret);
/* Takes a password that is hashed already, and the authenticator's first code. JZ_E_MISMATCH: the
 * code is wrong; nothing changes. */
JZ_CHECKED jz_status jz_staff_set(jz_govern *g, const jz_staff_try *t, const char *password,
                                  const char *code, jz_err *err);
/* Where the password was right: the code, then a session. JZ_E_MISMATCH. code NULL: somebody else
 * has made sure who it is. token is new. */
JZ_CHECKED jz_status jz_staff_enter(jz_govern *g, const jz_staff_try *t, const char *code,
                                    char token[JZ_SESSION_TEXT], jz_err *err);

typedef struct jz_session {
    int64_t id, until_us; /* until when at the latest */
} jz_session;
/* Whose token it is; and that it is in use. JZ_E_NOTFOUND: none, too old, idle too long, or the
 * account has ended. */
JZ_CHECKED jz_status jz_session_find(jz_govern *g, const char *token, jz_api_key *key,
                                     jz_session *out, jz_err *err);
JZ_CHECKED jz_status jz_session_end(jz_govern *g, int64_t id, const jz_api_key *key, jz_err *err);
/* What a page sends with each change, so that no other site can: of the token, which pages cannot
 * read. JZ_E_BUG. */
void jz_session_csrf(const char *token, char out[JZ_SESSION_TEXT]);
/* The token in a Cookie header; false: none. */
bool jz_session_cookie(const char *header, char token[JZ_SESSION_TEXT]);

#endif
