/* SPDX-License-Identifier: Apache-2.0 */
/* A rule set, then a NUL, then inputs for it. What compiles runs within its cost, and gives the
 * same decision twice. */
#include "fuzz_govern.h"

#include <jz/rules.h>

static void evaluate(const jz_rules *r, jz_bytes inputs)
{
    char *a = NULL, *b = NULL;
    jz_err err = { 0 };
    if (jz_rules_eval(r, inputs, NULL, NULL, &a, &err) != JZ_OK) {
        assert(err.depth > 0 && a == NULL);
        return;
    }
    assert(jz_rules_eval(r, inputs, NULL, NULL, &b, NULL) == JZ_OK);
    assert(strcmp(a, b) == 0);
    jz_govern_free(a);
    jz_govern_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char words[] = "alpha\nbeta\n";
    const jz_rules_file file = { "w", { (const uint8_t *)words, sizeof words - 1 } };
    jz_bytes inputs;
    const jz_bytes first = fuzz_first((jz_bytes){ data, size }, &inputs);
    jz_bytes source;
    uint8_t *copy = fuzz_exact(first.ptr, first.len, &source);
    uint8_t *inputs_copy = fuzz_exact(inputs.ptr, inputs.len, &inputs);
    jz_rules *r = NULL;
    jz_rules_info info;
    jz_err err = { 0 };
    if (jz_rules_compile("f", source, &file, 1, &r, &err) == JZ_OK) {
        jz_rules_info_of(r, &info);
        assert(info.cost <= JZ_RULES_COST && info.rules > 0);
        evaluate(r, inputs);
        jz_rules_free(r);
    } else {
        assert(err.depth > 0 && r == NULL);
    }
    free(inputs_copy);
    free(copy);
    return 0;
}
