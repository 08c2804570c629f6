/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics in Prometheus' text format, version 0.0.4
 * (prometheus.io/docs/instrumenting/exposition_formats). */
#include "serve/api.h"

#include "base/file.h"

static void head(jz_buf *out, const char *name, const char *type, const char *help)
{
    jz_buf_printf(out, "# HELP jz_%s %s\n# TYPE jz_%s %s\n", name, help, name, type);
}

static void single(jz_buf *out, const char *name, const char *type, const char *help,
                   unsigned long long value)
{
    head(out, name, type, help);
    jz_buf_printf(out, "jz_%s %llu\n", name, value);
}

static const char *method_of(size_t i)
{
    return i < jz_api_route_count ? jz_api_routes[i].method : "";
}

static const char *path_of(size_t i)
{
    return i < jz_api_route_count ? jz_api_routes[i].path : "";
}

static void put_routes(jz_api *a, jz_buf *out)
{
    head(out, "requests_total", "counter", "Requests answered, by route and class of status.");
    for (size_t i = 0; i <= jz_api_route_count; i++)
        for (unsigned k = 1; k < JZ_ARRAY_LEN(a->count[i].by_class); k++) {
            const unsigned long long n = atomic_load(&a->count[i].by_class[k]);
            if (n > 0)
                jz_buf_printf(out,
                              "jz_requests_total{method=\"%s\",path=\"%s\",class=\"%uxx\"} %llu\n",
                              method_of(i), path_of(i), k, n);
        }
    head(out, "request_seconds_total", "counter", "Time from a request's head to its answer.");
    for (size_t i = 0; i < jz_api_route_count; i++) {
        const unsigned long long us = atomic_load(&a->count[i].us);
        if (us > 0)
            jz_buf_printf(out, "jz_request_seconds_total{method=\"%s\",path=\"%s\"} %.6f\n",
                          method_of(i), path_of(i), (double)us / 1e6);
    }
}

void jz_api_metrics_put(jz_api *a, jz_buf *out)
{
    size_t perceptual = 0;
    const size_t signals = jz_banks_count(a->banks, &perceptual);
    jz_httpd *h = atomic_load(&a->httpd);
    put_routes(a, out);
    single(out, "unauthorised_total", "counter", "Requests without the right to what they asked.",
           atomic_load(&a->unauthorised));
    single(out, "rate_limited_total", "counter", "Requests refused for their rate.",
           atomic_load(&a->limited));
    single(out, "bank_signals", "gauge", "Active signals of the banks.", signals);
    single(out, "bank_perceptual_signals", "gauge", "Those of them that are perceptual.",
           perceptual);
    single(out, "running_requests", "gauge", "Requests that have begun and not ended.",
           h != NULL ? jz_httpd_running(h) : 0);
    single(out, "waiting_requests", "gauge", "Requests that wait for a worker.",
           h != NULL ? jz_httpd_waiting(h) : 0);
    single(out, "uptime_seconds", "gauge", "Since the server began.",
           (unsigned long long)((jz_now_us() - a->began_us) / 1000000));
}
