/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in tokens through OpenSSL's engine of PKCS #11 (libp11), for systems without a provider for
 * it, Debian 12 among them: the only place where the old engines are used. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "provenance/signer.h"

#include <openssl/engine.h>

EVP_PKEY *jz_engine_key(const char *uri)
{
    EVP_PKEY *key = NULL;
    ENGINE *e =
        ENGINE_by_id("pkcs11"); /* found in OpenSSL's folder of engines, configured or not */
    if (e == NULL)
        return NULL;
    if (ENGINE_init(e) == 1) {
        key = ENGINE_load_private_key(e, uri, NULL, NULL);
        (void)ENGINE_finish(e); /* the key holds on to it */
    }
    ENGINE_free(e);
    return key;
}
