/* SPDX-License-Identifier: Apache-2.0 */
/* Who may call the API: keys, each with a role. A key is random and long, so its SHA-256 is all
 * that is kept, and enough. Making and revoking one is an event of govern. */
#ifndef JZ_API_KEYS_H
#define JZ_API_KEYS_H

#include <jz/govern.h>

#define JZ_KEY_NAME_MAX 64
#define JZ_KEY_TEXT 52         /* "jz_" and 48 hex digits, with the terminator */
#define JZ_KEY_PER_MINUTE 6000 /* requests, unless told otherwise */

typedef enum jz_role {                         /* bits; numbers are stored */
                       JZ_ROLE_REPORTER = 1,   /* sends in what others have seen */
                       JZ_ROLE_PARTNER = 2,    /* a provider: asks the gate, looks up hashes */
                       JZ_ROLE_MODERATOR = 4,  /* decides single things */
                       JZ_ROLE_SUPERVISOR = 8, /* decides on rules, banks, filings */
                       JZ_ROLE_AUDITOR = 16,   /* sees, changes nothing */
                       JZ_ROLE_ADMIN = 32,
} jz_role;
#define JZ_ROLES 6
const char *jz_role_name(jz_role role); /* NULL for none */
bool jz_role_find(const char *name, jz_role *out);
jz_role jz_role_at(size_t i); /* i below JZ_ROLES */

typedef struct jz_api_key { /* plain values */
    int64_t id;
    char name[JZ_KEY_NAME_MAX + 1];
    jz_role role;
    char party[JZ_GOVERN_NAME_MAX + 1]; /* of a partner: as the gate knows it; else "" */
    int64_t per_minute;                 /* requests; 0 = any number */
    int64_t created_us, revoked_us;     /* 0 = not revoked */
    bool staff;                         /* a person's account (staff.h): no token opens it */
} jz_api_key;

/* The tables; once for each handle, before all else. */
JZ_CHECKED jz_status jz_keys_migrate(jz_govern *g, jz_err *err);
/* Makes a key; of wanted, name, role, party and per_minute count. token is shown once. JZ_E_INVAL
 * (a name is 1 to 64 of A-Z a-z 0-9 _ - .; a partner needs a party, others have none), JZ_E_EXISTS.
 */
JZ_CHECKED jz_status jz_keys_add(jz_govern *g, const jz_api_key *wanted, const char *by,
                                 char token[JZ_KEY_TEXT], jz_err *err);
/* In the open transaction, by the hash of its token; no event. JZ_E_EXISTS. */
JZ_CHECKED jz_status jz_keys_insert(jz_govern *g, const jz_api_key *k, const uint8_t hash[32],
                                    jz_err *err);
/* JZ_E_INVAL, as above. */
JZ_CHECKED jz_status jz_key_check(const jz_api_key *k, jz_err *err);
/* JZ_E_NOTFOUND; JZ_E_EXISTS where it is revoked. */
JZ_CHECKED jz_status jz_keys_revoke(jz_govern *g, const char *name, const char *by, jz_err *err);
typedef jz_status (*jz_key_fn)(void *user, const jz_api_key *key, jz_err *err);
JZ_CHECKED jz_status jz_keys_each(jz_govern *g, jz_key_fn fn, void *user, jz_err *err);
/* JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_keys_by_id(jz_govern *g, int64_t id, jz_api_key *out, jz_err *err);
/* The key of a token. JZ_E_NOTFOUND: there is none, or it is revoked. */
JZ_CHECKED jz_status jz_keys_find(jz_govern *g, const char *token, jz_api_key *out, jz_err *err);

#endif
