/* SPDX-License-Identifier: Apache-2.0 */
/* Content Credentials as jz verify, jz sign and jz label apply say them. */
#ifndef JZ_CREDENTIALS_OUT_H
#define JZ_CREDENTIALS_OUT_H

#include <jz/provenance.h>

#include "base/json.h"

JZ_DEFINE_AUTO(jz_trust, jz_trust_free);
JZ_DEFINE_AUTO(jz_credentials, jz_credentials_free);
JZ_DEFINE_AUTO(jz_signer, jz_signer_free);

/* Members of an object: state, well_formed, remote, manifests, findings, change, change_text,
 * proven. */
void jz_credentials_put_json(jz_json *j, const jz_credentials *c);
/* Lines, each with a newline before it: state, who, when, by which program; then failures, with all
 * what went well, too. */
void jz_credentials_put_text(jz_buf *out, const jz_credentials *c, bool all);
/* "\n  name           value", nothing where there is no value. */
void jz_credentials_put_row(jz_buf *out, const char *name, const char *value);

#endif
