/* SPDX-License-Identifier: Apache-2.0 */
/* Content Credentials as one examiner among others: what is kept of them, and the findings that
 * follow from that. */
#ifndef JZ_PROVENANCE_FINDINGS_H
#define JZ_PROVENANCE_FINDINGS_H

#include <jz/examine.h>

#include "base/json.h"

/* The file in which the manifest of another is kept beside it, open for reading: "photo.c2pa"
 * beside "photo.jpg" (A.8); -1 where there is none. len: bytes of the path. */
int jz_credentials_beside(const char *file, size_t len);
/* whole: all the file's bytes; ptr NULL where they have to be read. sidecar_fd: as in
 * jz_verify_opts. A format that carries none has none. JZ_E_IO, JZ_E_CHANGED, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_credentials_read(int fd, jz_bytes whole, int sidecar_fd,
                                         const jz_trust *trust, jz_credential_brief *out,
                                         jz_err *err);
/* Appends findings: provenance.generated, .composite, .face, .broken. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_credentials_findings(const jz_credential_brief *b, jz_findings *out,
                                             jz_err *err);
/* {"state":..., "signer":..., ...} */
void jz_credentials_brief_json(jz_json *j, const jz_credential_brief *b);

#endif
