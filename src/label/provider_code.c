/* SPDX-License-Identifier: Apache-2.0 */
#include "label/provider_code.h"

#include "label/aigc.h"

#include <string.h>

#define SUBJECT_AT 4 /* the 18 characters of the subject code */
#define SUBJECT_LEN 18
#define SERVICE_AT 22
#define CODE_LEAST 18
#define DIGITS_LEAST 10

static const char digits[] = "0123456789";
static const char capitals[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool jz_provider_is_code(const char *provider)
{
    const size_t len = strlen(provider);
    size_t n = 0;
    for (const char *s = provider; *s != '\0'; s++)
        n += strchr(digits, *s) != NULL;
    return len >= CODE_LEAST && n >= DIGITS_LEAST && strspn(provider, letters) == len;
}

const char *jz_provider_form_fault(const char *code)
{
    if (strlen(code) != JZ_PROVIDER_CODE_LEN)
        return "a code has 27 characters";
    if (strspn(code, capitals) != JZ_PROVIDER_CODE_LEN)
        return "a code consists of 0-9 and A-Z";
    if (memcmp(code, "00", 2) != 0)
        return "a code begins with 00";
    if (strcmp(code + SERVICE_AT, "00000") != 0 && strchr("12", code[SERVICE_AT]) == NULL)
        return "a code's 23rd character is 1 (generation) or 2 (propagation), or the last five "
               "are 0";
    return NULL;
}

bool jz_provider_has_credit_code(const char *code)
{
    return code[2] == '1' && code[3] == '1';
}

/* GB 32100-2015: the 18 values, weighted with 3^i mod 31 and the last with 1, add up to a multiple
 * of 31. */
const char *jz_provider_check_fault(const char *code)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    unsigned sum = 0, weight = 1;
    if (!jz_provider_has_credit_code(code))
        return NULL;
    for (size_t i = 0; i < SUBJECT_LEN; i++) {
        const char *found = strchr(alphabet, code[SUBJECT_AT + i]);
        if (found == NULL)
            return "a credit code has none of the letters I, O, S, V, Z";
        sum += (unsigned)(found - alphabet) * (i + 1 < SUBJECT_LEN ? weight : 1);
        weight = weight * 3 % 31;
    }
    return sum % 31 == 0 ? NULL : "the credit code's check character is wrong";
}

char jz_provider_service(const char *code)
{
    return code[SERVICE_AT];
}

const char *jz_provider_code_fault(const char *code)
{
    const char *fault = jz_provider_form_fault(code);
    return fault != NULL ? fault : jz_provider_check_fault(code);
}
