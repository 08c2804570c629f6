/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: how many decisions a second of the shipped set (in the folder rules of $JZ_SOURCE, or of
 * the working folder), over inputs like those of its test cases. CPU time of one thread; nothing is
 * stored. */
#include "bench/bench.h"

#include <jz/rules.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 20000

static const char *const inputs[] = {
    "{\"at\":1790000000,\"op\":\"upload\",\"item\":{\"quality\":90,\"label\":\"none\","
    "\"synthetic\":\"suspected\",\"matches\":[{\"bank\":\"ncii\",\"distance\":12,\"exact\":false,"
    "\"status\":\"confirmed\"}]},\"text\":\"\"}",
    "{\"at\":1790000000,\"op\":\"message\",\"text\":"
    "\"AI换脸视频定制，私聊，包教包会，人脸素材打包出，"
    "群里还有教程和永久群，价格可以谈\",\"price\":5000,\"group\":{\"ref\":\"g-1\",\"members\":410},"
    "\"counters\":[{\"name\":\"offers\",\"days\":7,\"count\":3}],\"item\":{\"quality\":90,"
    "\"label\":"
    "\"none\",\"synthetic\":\"cleared\",\"matches\":[]}}",
    "{\"at\":1790000000,\"op\":\"message\",\"text\":\"an ordinary message about the weather of the "
    "day, long enough to be one\",\"group\":{\"ref\":\"g-1\",\"members\":12},\"item\":{\"quality\":"
    "90,\"label\":\"none\",\"synthetic\":\"cleared\",\"matches\":[]}}",
    "{\"at\":1790000000,\"op\":\"face_reenact\",\"prompt\":\"smile and nod, film "
    "scene\",\"output\":"
    "{\"liveness\":false},\"request\":{\"content_class\":\"general\"},\"text\":\"\"}",
};

static jz_status load(jz_rules **out)
{
    char path[512];
    const char *source = getenv("JZ_SOURCE");
    (void)snprintf(path, sizeof path, "%s/rules/china-face-swap.jzr",
                   source != NULL ? source : ".");
    return jz_rules_load(path, out, NULL);
}

static const char *measure(jz_bench *b, const jz_rules *r, bool text, const char *name)
{
    const double start = jz_bench_thread_cpu();
    for (size_t i = 0; i < ROUNDS; i++) {
        char *decision = NULL;
        const char *in = inputs[i % JZ_ARRAY_LEN(inputs)];
        if (jz_rules_eval(r, (jz_bytes){ (const uint8_t *)in, strlen(in) }, NULL, NULL,
                          text ? &decision : NULL, NULL) != JZ_OK)
            return "no decision";
        jz_govern_free(decision);
    }
    jz_bench_row(b, name, ROUNDS, ROUNDS / (jz_bench_thread_cpu() - start), "/s CPU", 0);
    return NULL;
}

void jz_bench_rules(jz_bench *b)
{
    jz_rules *r = NULL;
    if (load(&r) != JZ_OK) {
        jz_bench_skip(b, "rules", "no rules/china-face-swap.jzr here");
        return;
    }
    const char *why = measure(b, r, false, "inputs read, rules evaluated");
    if (why == NULL)
        why = measure(b, r, true, "the same, and the decision's text");
    if (why != NULL)
        jz_bench_skip(b, "rules", why);
    jz_rules_free(r);
}
