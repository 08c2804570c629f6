/* SPDX-License-Identifier: Apache-2.0 */
/* The gate: how long one answer takes and how many a second, with signatures, checks, rows and
 * events as always, in a database of so many consents whose commits do not wait for the disk. Wall
 * and CPU time of single answers; CPU time of batches. */
#include "bench/bench.h"

#include <jz/consent.h>
#include <jz/filing.h>
#include <jz/gate.h>

#include "base/buf.h"
#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSENTS 200
#define SINGLE 4000
#define BATCHES 40
#define BATCH 256
#define NOW INT64_C(1790000000)
#define FILING "网信算备330106000000001260001号"
#define MEDIUM "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

typedef struct world {
    char home[64];
    jz_govern *g;
    jz_skey key;
    char id[CONSENTS][JZ_CONSENT_ID_SIZE];
    uint64_t requests;
} world;

static bool consent(world *w, char id[JZ_CONSENT_ID_SIZE])
{
    static const char record[] =
        "{\"schema_version\":\"jz-consent/1 (ISO-IEC-TS-27560:2023)\",\"pii_principal\":{\"ref\":"
        "\"p\",\"age_band\":\"adult\"},\"notice\":{\"sha256\":\"" MEDIUM "\",\"url\":\"u\","
        "\"language\":\"zh-CN\",\"shown_at\":1790000000},\"grant\":{\"operation\":\"face_swap\","
        "\"purpose\":\"film\",\"face_role\":\"source\",\"media_sha256\":[\"" MEDIUM "\"],"
        "\"content_class\":[\"general\"],\"never\":[\"intimate\"],\"visibility\":\"group\","
        "\"territory\":[\"CN\"],\"commercial\":false,\"max_outputs\":10000,\"model_training\":"
        "false,\"sublicensable\":false,\"revocable\":true},\"controllers\":[{\"party_id\":"
        "\"provider-1\",\"name\":\"n\",\"algorithm_filing_no\":\"" FILING "\",\"address\":\"a\","
        "\"contact\":\"c\",\"role\":\"provider\"}],\"recipients\":[],\"storage_locations\":"
        "[\"CN-HZ\"],\"retention_period\":\"P30D\",\"jurisdiction\":\"CN\",\"impact_assessment\":"
        "\"pia\",\"withdrawal_method\":{\"url\":\"u\",\"phone\":\"1\"},\"valid_from\":1790000000,"
        "\"valid_until\":1797776000,\"evidence_of_person\":{\"method\":\"notary\",\"at\":"
        "1790000000,\"digest\":\"" MEDIUM "\"}}";
    static const uint8_t paper[32] = { 1 };
    const jz_consent_deed deed = { .act = JZ_CONSENT_GRANT, .by = "bench", .written = paper };
    jz_consent_ticket t;
    if (jz_consent_request(w->g, (jz_bytes){ (const uint8_t *)record, sizeof record - 1 }, "bench",
                           &t, NULL) != JZ_OK ||
        jz_consent_do(w->g, t.id, &deed, NULL) != JZ_OK)
        return false;
    memcpy(id, t.id, sizeof t.id);
    return true;
}

static const char *build(world *w)
{
    static const char list[] = "备案编号,算法名称,主体名称\n" FILING ",a,s\n";
    const jz_govern_opts opts = { .relaxed = true };
    jz_filing_count n;
    if (jz_govern_open(w->home, true, &opts, &w->g, NULL) != JZ_OK ||
        jz_gate_key(w->home, true, &w->key, NULL) != JZ_OK)
        return "no database";
    jz_govern_set_time(w->g, NOW * 1000000);
    if (jz_filing_import(w->g, (jz_bytes){ (const uint8_t *)list, sizeof list - 1 }, "bench", &n,
                         NULL) != JZ_OK ||
        jz_gate_set_provider(w->g, "provider-1", FILING, "bench", NULL) != JZ_OK)
        return "no provider";
    for (size_t i = 0; i < CONSENTS; i++)
        if (!consent(w, w->id[i]))
            return "no consent";
    return NULL;
}

static void put_request(world *w, jz_buf *out)
{
    const uint64_t n = w->requests++;
    jz_buf_printf(out,
                  "{\"request_id\":\"r-%" PRIu64 "\",\"requester\":{\"ref\":\"user-1\","
                  "\"real_name_verified\":true,\"standing\":\"ok\"},\"operation\":\"face_swap\","
                  "\"purpose\":\"film\",\"content_class\":\"general\",\"subjects\":[{\"role\":"
                  "\"source\",\"media_sha256\":\"" MEDIUM "\",\"consent_id\":\"%s\","
                  "\"apparent_minor\":\"no\"}],\"output\":{\"visibility\":\"group\","
                  "\"commercial\":false,\"territory\":[\"CN\"]},\"labels\":{\"explicit\":true,"
                  "\"implicit\":true}}",
                  n, w->id[n % CONSENTS]);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const char *measure_single(jz_bench *b, world *w)
{
    static double ms[SINGLE], cpu[SINGLE];
    for (size_t i = 0; i < SINGLE; i++) {
        JZ_BUF_AUTO text = { 0 };
        jz_gate_answer a;
        put_request(w, &text);
        const jz_bytes json = { (const uint8_t *)text.ptr, text.len };
        const double start = jz_bench_wall();
        const double used = jz_bench_thread_cpu();
        if (jz_gate_check(w->g, &w->key, "provider-1", &json, 1, &a, NULL) != JZ_OK ||
            a.decision != JZ_GATE_PERMIT)
            return "no permit";
        cpu[i] = (jz_bench_thread_cpu() - used) * 1e3;
        ms[i] = (jz_bench_wall() - start) * 1e3;
        jz_gate_answers_done(&a, 1);
    }
    qsort(ms, SINGLE, sizeof ms[0], by_value);
    qsort(cpu, SINGLE, sizeof cpu[0], by_value);
    jz_bench_row(b, "gate check, median", SINGLE, ms[SINGLE / 2], "ms wall", 0);
    jz_bench_row(b, "gate check, 99th percentile", SINGLE, ms[SINGLE * 99 / 100], "ms wall", 0);
    jz_bench_row(b, "gate check, 99th percentile", SINGLE, cpu[SINGLE * 99 / 100], "ms CPU", 0);
    return NULL;
}

static const char *measure_batches(jz_bench *b, world *w)
{
    static jz_gate_answer answers[BATCH];
    jz_buf text[BATCH] = { { 0 } };
    jz_bytes json[BATCH];
    const char *why = NULL;
    double cpu = 0;
    for (size_t k = 0; why == NULL && k < BATCHES; k++) {
        for (size_t i = 0; i < BATCH; i++) {
            jz_buf_reset(&text[i]);
            put_request(w, &text[i]);
            json[i] = (jz_bytes){ (const uint8_t *)text[i].ptr, text[i].len };
        }
        const double start = jz_bench_thread_cpu();
        if (jz_gate_check(w->g, &w->key, "provider-1", json, BATCH, answers, NULL) != JZ_OK)
            return "no answers";
        cpu += jz_bench_thread_cpu() - start;
        for (size_t i = 0; i < BATCH; i++)
            why = answers[i].decision == JZ_GATE_PERMIT ? why : "no permit";
        jz_gate_answers_done(answers, BATCH);
    }
    for (size_t i = 0; i < BATCH; i++)
        jz_buf_done(&text[i]);
    if (why == NULL)
        jz_bench_row(b, "gate checks, 256 at once", BATCHES * BATCH, BATCHES * BATCH / cpu,
                     "/s CPU", 0);
    return why;
}

void jz_bench_govern(jz_bench *b)
{
    static world w;
    (void)snprintf(w.home, sizeof w.home, "/tmp/jz-bench-govern-XXXXXX");
    if (mkdtemp(w.home) == NULL) {
        jz_bench_skip(b, "gate", "no temporary folder");
        return;
    }
    const char *why = build(&w);
    if (why == NULL)
        why = measure_single(b, &w);
    if (why == NULL)
        why = measure_batches(b, &w);
    if (why != NULL)
        jz_bench_skip(b, "gate", why);
    jz_govern_close(w.g);
    jz_skey_wipe(&w.key);
    jz_remove_tree(w.home);
}
