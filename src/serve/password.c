/* SPDX-License-Identifier: Apache-2.0 */
/* Where serve/ meets libargon2, which is loaded when the first password is hashed. */
#include "serve/password.h"

#include "base/dl.h"
#include "ledger/ed25519.h"

#include <argon2.h>
#include <string.h>

#define PASSES 3
#define MEMORY_KIB (64U << 10)
#define LANES 1
#define SALT 16
#define HASH 32

static struct {
    __typeof__(argon2id_hash_encoded) *hash;
    __typeof__(argon2id_verify) *verify;
    __typeof__(argon2_error_message) *message;
} lib;
static const jz_dl_function functions[] = {
    { "argon2id_hash_encoded", &lib.hash },
    { "argon2id_verify", &lib.verify },
    { "argon2_error_message", &lib.message },
};
static jz_dl library = { .soname = "libargon2.so.1",
                         .function = functions,
                         .n = JZ_ARRAY_LEN(functions) };

static jz_status hash_with(const char *password, const uint8_t salt[SALT],
                           char out[JZ_PASSWORD_TEXT], jz_err *err)
{
    JZ_TRY(jz_dl_need(&library, err));
    const int rc = lib.hash(PASSES, MEMORY_KIB, LANES, password, strlen(password), salt, SALT, HASH,
                            out, JZ_PASSWORD_TEXT);
    return rc == ARGON2_OK ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "a password: %s", lib.message(rc));
}

jz_status jz_password_hash(const char *password, char out[JZ_PASSWORD_TEXT], jz_err *err)
{
    uint8_t salt[SALT];
    char text[JZ_PASSWORD_TEXT];
    JZ_TRY(jz_random(salt, sizeof salt, err));
    JZ_TRY(hash_with(password, salt, text, err));
    memcpy(out, text, sizeof text);
    return JZ_OK;
}

jz_status jz_password_check(const char *kept, const char *password, bool *same, jz_err *err)
{
    if (kept[0] == '\0') {
        static const uint8_t salt[SALT];
        char text[JZ_PASSWORD_TEXT];
        JZ_TRY(hash_with(password, salt, text, err));
        *same = false;
        return JZ_OK;
    }
    JZ_TRY(jz_dl_need(&library, err));
    const int rc = lib.verify(kept, password, strlen(password));
    if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory to check a password");
    if (rc != ARGON2_OK && rc != ARGON2_VERIFY_MISMATCH)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a password that is kept: %s", lib.message(rc));
    *same = rc == ARGON2_OK;
    return JZ_OK;
}
