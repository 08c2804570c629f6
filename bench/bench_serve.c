/* SPDX-License-Identifier: Apache-2.0 */
/* Looking hashes up over HTTP: wrk asks `jz serve`, with keep-alive, for random hashes near those
 * of a bank of a million. Requests for each second of CPU time of the server, and as they came. */
#include "bench/bench.h"

#include <jz/bank.h>

#include "base/file.h"
#include "base/hex.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define ENTRIES 1000000
#define ASKED 4096 /* hashes that wrk asks for, in turn */
#define SECONDS "8"

typedef struct world {
    char home[64], script[128], token[128], url[64];
    pid_t server;
    int out;
} world;

/* Half of the asked hashes are within 8 bits of one in the bank. */
static void ask_for(uint64_t *seed, const uint8_t known[JZ_PDQ_SIZE], uint8_t out[JZ_PDQ_SIZE])
{
    memcpy(out, known, JZ_PDQ_SIZE);
    if ((jz_bench_random(seed) & 1) != 0)
        for (size_t i = 0; i < JZ_PDQ_SIZE; i++)
            out[i] = (uint8_t)jz_bench_random(seed);
    for (int i = 0; i < 8; i++) {
        const uint64_t r = jz_bench_random(seed);
        out[r % JZ_PDQ_SIZE] ^= (uint8_t)(1U << (r >> 32 & 7));
    }
}

static bool fill(jz_banks *b, FILE *script)
{
    uint64_t seed = 1;
    jz_signal s = { .cls = jz_hash_class_find("pdq"), .quality = 100, .frame = -1 };
    const jz_entry_meta meta = { .status = JZ_ENTRY_SEED };
    (void)fprintf(script, "local h = {\n");
    if (jz_bank_create(b, "bench", NULL, NULL) != JZ_OK || jz_bank_batch_begin(b, NULL) != JZ_OK)
        return false;
    for (size_t i = 0; i < ENTRIES; i++) {
        int64_t entry;
        bool added;
        for (size_t k = 0; k < JZ_PDQ_SIZE; k++)
            s.digest[k] = (uint8_t)jz_bench_random(&seed);
        if (jz_bank_add(b, "bench", &meta, &s, 1, &entry, &added, NULL) != JZ_OK)
            return false;
        if (i % (ENTRIES / ASKED) == 0) {
            uint8_t asked[JZ_PDQ_SIZE];
            char hex[2 * JZ_PDQ_SIZE + 1];
            ask_for(&seed, s.digest, asked);
            jz_hex_encode(asked, sizeof asked, hex);
            (void)fprintf(script, "\"%s\",\n", hex);
        }
    }
    return jz_bank_batch_end(b, true, NULL) == JZ_OK;
}

static const char *build(world *w)
{
    jz_banks *b = NULL;
    char command[512];
    (void)snprintf(w->script, sizeof w->script, "%s/ask.lua", w->home);
    FILE *script = fopen(w->script, "we");
    if (script == NULL || jz_banks_open(w->home, true, false, &b, NULL) != JZ_OK ||
        !fill(b, script))
        return "no bank";
    jz_banks_close(b);
    (void)snprintf(command, sizeof command,
                   JZ_BENCH_JZ " key add b --role partner --party p --per-minute 0 --home %s",
                   w->home);
    FILE *key = popen(command, "re");
    if (key == NULL || fgets(w->token, sizeof w->token, key) == NULL || pclose(key) != 0)
        return "no key";
    w->token[strcspn(w->token, "\n")] = '\0';
    (void)fprintf(script,
                  "}\nlocal i = 0\nwrk.headers[\"Authorization\"] = \"Bearer %s\"\nfunction "
                  "request()\n i = i %% #h + 1\n return wrk.format(\"GET\", \"/m/lookup?"
                  "signal_type=pdq&signal=\" .. h[i])\nend\n",
                  w->token);
    return fclose(script) == 0 ? NULL : "no script";
}

static const char *serve(world *w)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return "no pipe";
    w->server = fork();
    if (w->server == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execl(JZ_BENCH_JZ, "jz", "serve", "--listen", "127.0.0.1:0", "--threads", "1",
                    "--no-uploads", "--home", w->home, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    w->out = ends[0];
    const ssize_t n = w->server > 0 ? read(w->out, w->url, sizeof w->url - 1) : -1;
    if (n <= 0)
        return "no server";
    w->url[strcspn(w->url, "\n")] = '\0';
    return NULL;
}

/* "Requests/sec:  12345.67", and how many in all. */
static bool ask(const world *w, double *rate, double *requests)
{
    char command[512], line[256];
    bool clean = true;
    (void)snprintf(command, sizeof command, "wrk -t1 -c32 -d" SECONDS " -s %s %s", w->script,
                   w->url);
    FILE *in = popen(command, "re");
    *rate = *requests = 0;
    while (in != NULL && fgets(line, sizeof line, in) != NULL) {
        const char *at = strstr(line, " requests in ");
        if (strncmp(line, "Requests/sec:", 13) == 0)
            *rate = strtod(line + 13, NULL);
        else if (at != NULL)
            *requests = strtod(line, NULL);
        clean = clean && strstr(line, "Non-2xx") == NULL && strstr(line, "Socket errors") == NULL;
    }
    return in != NULL && pclose(in) == 0 && clean && *rate > 0;
}

static double cpu_of(const struct rusage *r)
{
    return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) +
           (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) * 1e-6;
}

/* CPU time of the server so far. */
static double server_cpu(const world *w)
{
    char path[64], line[1024];
    unsigned long user = 0, system = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)w->server);
    FILE *in = fopen(path, "re");
    const char *at = in != NULL && fgets(line, sizeof line, in) != NULL ? strrchr(line, ')') : NULL;
    for (int field = 3; at != NULL && field < 14; field++)
        at = strchr(at + 1, ' ');
    if (at != NULL) {
        char *end = NULL;
        user = strtoul(at + 1, &end, 10);
        system = strtoul(end, NULL, 10);
    }
    if (in != NULL)
        (void)fclose(in);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static const char *measure(jz_bench *b, world *w)
{
    double rate, requests;
    const double start = server_cpu(w);
    if (!ask(w, &rate, &requests))
        return "wrk had errors";
    const double used = server_cpu(w) - start;
    jz_bench_row(b, "GET /m/lookup, bank of 1e6, keep-alive", (uint64_t)requests, rate, "/s", 0);
    jz_bench_row(b, "the same, by the server's CPU time", (uint64_t)requests, requests / used,
                 "/s CPU", 0);
    return NULL;
}

void jz_bench_serve(jz_bench *b)
{
    static world w;
    struct rusage used;
    int status = 0;
    (void)snprintf(w.home, sizeof w.home, "/tmp/jz-bench-serve-XXXXXX");
    if (system("command -v wrk >/dev/null 2>&1") != 0) {
        jz_bench_skip(b, "GET /m/lookup", "wrk is not installed");
        return;
    }
    if (mkdtemp(w.home) == NULL) {
        jz_bench_skip(b, "GET /m/lookup", "no temporary folder");
        return;
    }
    const char *why = build(&w);
    if (why == NULL)
        why = serve(&w);
    if (why == NULL)
        why = measure(b, &w);
    if (w.server > 0 && kill(w.server, SIGTERM) == 0 &&
        wait4(w.server, &status, 0, &used) == w.server && why == NULL)
        jz_bench_row(b, "server, loading the bank included", 1, cpu_of(&used), "s CPU", 0);
    if (why != NULL)
        jz_bench_skip(b, "GET /m/lookup", why);
    jz_remove_tree(w.home);
}
