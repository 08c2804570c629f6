/* SPDX-License-Identifier: Apache-2.0 */
/* The marks that say 'this is synthetic': GB 45438-2025 implicit labels (and IPTC's digital source
 * type) in the metadata of files. Nothing here, and nothing in this library, removes a label. */
#ifndef JZ_LABEL_H
#define JZ_LABEL_H

#include <jz/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The seven fields of GB 45438-2025 appendix E, in the standard's order (read in reproductions by
 * several implementers, not in the standard itself). */
typedef enum jz_aigc_field {
    JZ_AIGC_LABEL, /* "1" 属于 is, "2" 可能 may be, "3" 疑似 is suspected of being */
    JZ_AIGC_CONTENT_PRODUCER, /* generation provider, name or code */
    JZ_AIGC_PRODUCE_ID,       /* the provider's number for this content */
    JZ_AIGC_RESERVED1,        /* the provider's security data */
    JZ_AIGC_PROPAGATOR,       /* propagation provider, name or code */
    JZ_AIGC_PROPAGATE_ID,     /* the platform's number for this content */
    JZ_AIGC_RESERVED2,        /* the platform's security data */
    JZ_AIGC_FIELDS,
} jz_aigc_field;

/* "Label", "ContentProducer", ...: the key in JSON. Never NULL for a field. */
JZ_API const char *jz_aigc_field_name(jz_aigc_field f);

/* How a label was written that is not as the standard wants it. */
enum {
    JZ_AIGC_WRAPPED = 1 << 0,  /* {"AIGC":{...}}: allowed */
    JZ_AIGC_YAML = 1 << 1,     /* a YAML mapping: allowed in text files */
    JZ_AIGC_TWICE = 1 << 2,    /* JSON in a JSON string, or escaped twice */
    JZ_AIGC_RENAMED = 1 << 3,  /* a field under a variant's name (ReserveCode1, PropatorID, ...) */
    JZ_AIGC_NUMBER = 1 << 4,   /* a value that is a number, not a string */
    JZ_AIGC_EXTRA = 1 << 5,    /* keys that are none of the seven */
    JZ_AIGC_REPEATED = 1 << 6, /* a key more than once; the first one counts */
    JZ_AIGC_FOREIGN = 1 << 7,  /* a vendor's own shape: ServiceProvider, ContentId, ... */
    JZ_AIGC_LOOSE = 1 << 8,    /* text before or behind the object */
};

typedef struct jz_aigc {         /* = { 0 }; freed with jz_aigc_done() */
    char *field[JZ_AIGC_FIELDS]; /* UTF-8, owned; NULL = the field is not there */
    unsigned traits;             /* JZ_AIGC_WRAPPED, ... */
} jz_aigc;
JZ_API void jz_aigc_done(jz_aigc *a);

#define JZ_CHECK_TEXT 160

/* One rule, and whether it is kept. */
typedef struct jz_check {
    const char *id; /* "gb45438.charset"; static, stable */
    bool ok;
    char message[JZ_CHECK_TEXT]; /* what was found, for people */
} jz_check;

/* What the security data of a label (TC260-PG-202511A) proves. */
typedef enum jz_signature_state {
    JZ_SIGNATURE_NONE,      /* no security data */
    JZ_SIGNATURE_OPAQUE,    /* there is something, in no form that can be verified here */
    JZ_SIGNATURE_INVALID,   /* a signature that the label's fields and the key do not give */
    JZ_SIGNATURE_INTEGRITY, /* verifies with the key that stands beside it: unchanged since, by
                               whom is not known */
    JZ_SIGNATURE_KNOWN,     /* verifies with a key that the operator has pinned */
} jz_signature_state;

/* "none", "opaque", "invalid", "integrity", "known". Never NULL. */
JZ_API const char *jz_signature_state_name(jz_signature_state s);

typedef struct jz_signature {
    jz_signature_state state;
    bool twice_hashed;           /* e = SM3(Z || SM3(M)), as some sign, not SM3(Z || M) */
    uint8_t key[65];             /* 04 || x || y, where state is INVALID or better */
    char signer[64];             /* the pinned key's name, where state is KNOWN */
    char message[JZ_CHECK_TEXT]; /* one line for people */
} jz_signature;

#ifdef __cplusplus
}
#endif
#endif
