/* SPDX-License-Identifier: Apache-2.0 */
/* Manifest stores that a test makes up: right in form unless it says otherwise, with a signature
 * that is none. */
#ifndef JZ_STORE_FIXTURE_H
#define JZ_STORE_FIXTURE_H

#include "base/buf.h"

#define FIXTURE_PARTS 12

typedef struct fixture_part {
    const char *label;
    const char *kind; /* "cbor", "json" */
    jz_buf body;
    bool undeclared; /* the claim does not list it */
    bool changed;    /* after its hash was taken */
    bool absent;     /* listed, and not there */
} fixture_part;

typedef struct fixture_manifest { /* zero-initialise; freed with fixture_done() */
    const char *label;
    const char *kind;        /* NULL: "c2ma" */
    const char *claim_label; /* NULL: that of the version */
    unsigned version;        /* 0: 2 */
    unsigned claims;         /* 0: 1; FIXTURE_NONE: none */
    const char *drop;        /* a field of the claim that is left out */
    const char *uri;         /* listed in the claim, too */
    const char *redacted[2];
    fixture_part part[FIXTURE_PARTS];
    size_t n;
    bool unsigned_; /* no signature box */
    bool bad_cbor;  /* a claim that ends too soon */
} fixture_manifest;
#define FIXTURE_NONE 99U

/* Boxes: what begins is ended with the offset that begin gave. */
size_t fixture_begin(jz_buf *b, const char *type);
size_t fixture_begin_super(jz_buf *b, const char *kind, const char *label);
void fixture_end(jz_buf *b, size_t at);

/* A new part; the test appends its CBOR or JSON to what is returned. */
jz_buf *fixture_add(fixture_manifest *m, const char *label, const char *kind);
/* The usual parts of a manifest: c2pa.actions.v2 with c2pa.created, and c2pa.hash.data. */
void fixture_usual(fixture_manifest *m);
/* An ingredient assertion of version 3 that refers to a manifest; payload: that one's, or NULL for
 * a hash that is wrong. recorded: a failure that it records of that manifest's path, or NULL. */
void fixture_ingredient(fixture_manifest *m, const char *relationship, const char *of,
                        const jz_buf *built, const char *recorded, const char *path);
/* Appends the manifest's superbox. */
void fixture_put(jz_buf *out, const fixture_manifest *m);
/* A whole store: a sidecar file. */
void fixture_store(jz_buf *out, const jz_buf *manifests);
void fixture_done(fixture_manifest *m);

#endif
