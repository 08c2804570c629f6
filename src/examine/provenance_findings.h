/* SPDX-License-Identifier: Apache-2.0 */
/* Content Credentials as one examiner among others: what is kept of them, and the findings that
 * follow from that. */
#ifndef JZ_PROVENANCE_FINDINGS_H
#define JZ_PROVENANCE_FINDINGS_H

#include <jz/examine.h>

#include "base/json.h"

/* A format that carries none has none. JZ_E_IO, JZ_E_CHANGED, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_credentials_read(int fd, const jz_trust *trust, jz_credential_brief *out,
                                         jz_err *err);
/* Appends findings: provenance.generated, .composite, .face, .broken. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_credentials_findings(const jz_credential_brief *b, jz_findings *out,
                                             jz_err *err);
/* {"state":..., "signer":..., ...} */
void jz_credentials_brief_json(jz_json *j, const jz_credential_brief *b);

#endif
