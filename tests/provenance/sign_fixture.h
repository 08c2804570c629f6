/* SPDX-License-Identifier: Apache-2.0 */
/* Signers made on the spot, and files that are signed by them in a folder of their own. */
#ifndef JZ_SIGN_FIXTURE_H
#define JZ_SIGN_FIXTURE_H

#include <jz/provenance.h>

#include "base/buf.h"

JZ_DEFINE_AUTO(jz_trust, jz_trust_free);
JZ_DEFINE_AUTO(jz_credentials, jz_credentials_free);
JZ_DEFINE_AUTO(jz_signer, jz_signer_free);

typedef struct sx { /* made by sx_begin(), ended with sx_end() */
    char folder[64];
    jz_signer *signer; /* of alg; its files are FOLDER/key.pem, chain.pem, root.pem */
    jz_trust *trust;   /* of its root */
} sx;

void sx_begin(sx *x, const char *alg);
void sx_end(sx *x);
/* A path in the folder; buf of 256 bytes. Returns buf. */
char *sx_path(const sx *x, const char *name, char buf[256]);
void sx_write(const sx *x, const char *name, const void *data, size_t len);
void sx_read(const sx *x, const char *name, jz_buf *out);
bool sx_has(const sx *x, const char *name);
/* A path of tests/data. */
char *sx_data(const char *name, char buf[1024]);
/* Signs a file at a path to one of the folder, with x->signer. */
jz_status sx_sign(const sx *x, const char *from, const char *to, const jz_sign_opts *opts,
                  jz_credentials **out, jz_err *err);
/* Validates a file of the folder with x->trust. */
jz_credentials *sx_verify(const sx *x, const char *name);
bool sx_found(const jz_credentials *c, const char *code, bool recorded);

#endif
