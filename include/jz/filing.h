/* SPDX-License-Identifier: Apache-2.0 */
/* Filings of deep-synthesis algorithms (Deep Synthesis Provisions, article 19), from the lists that
 * the Cyberspace Administration publishes, as CSV. Columns are found by their names: those read
 * here are known from memory of the published lists and were not checked against one. */
#ifndef JZ_FILING_H
#define JZ_FILING_H

#include <jz/govern.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_FILING_NUMBER_MAX 96 /* bytes */
#define JZ_FILING_CSV_MAX ((size_t)16 << 20)
#define JZ_FILING_ROWS_MAX 100000

typedef struct jz_filing { /* text is borrowed; "" where a list has none */
    const char *number;    /* 备案编号: 网信算备...号 */
    const char *algorithm; /* 算法名称 */
    const char *role;      /* 角色: 服务提供者, 服务技术支持者 */
    const char *subject;   /* 主体名称 */
    const char *product;   /* 应用产品 */
    const char *purpose;   /* 主要用途 */
    const char *note;      /* 备注 */
    const char *code;      /* the subject's unified social credit code, where it is bound */
    bool ended;            /* 注销, 撤销 in the list, or jz_filing_end() */
} jz_filing;

/* One row of a list, with its line. */
typedef jz_status (*jz_filing_row_fn)(void *user, const jz_filing *row, uint64_t line, jz_err *err);
/* Reads a list (RFC 4180, UTF-8, comma; the first row names the columns; 备案编号, 算法名称 and
 * 主体名称 must be there). Strict: the first row that is none is JZ_E_CORRUPT with its line;
 * JZ_E_LIMIT; what fn fails with. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_filing_read(jz_bytes csv, jz_filing_row_fn fn, void *user,
                                           jz_err *err);

typedef struct jz_filing_count {
    uint64_t added, changed, same;
} jz_filing_count;
/* Takes in a list, whole or not at all. A filing that is there already is updated; one that has
 * ended stays ended. */
JZ_API JZ_CHECKED jz_status jz_filing_import(jz_govern *g, jz_bytes csv, const char *by,
                                             jz_filing_count *out, jz_err *err);
/* JZ_E_NOTFOUND; JZ_E_EXISTS where it has ended. */
JZ_API JZ_CHECKED jz_status jz_filing_end(jz_govern *g, const char *number, const char *reason,
                                          const char *by, jz_err *err);
/* The unified social credit code (18 characters) of a subject, which the lists do not have. */
JZ_API JZ_CHECKED jz_status jz_filing_bind(jz_govern *g, const char *subject, const char *code,
                                           const char *by, jz_err *err);

typedef jz_status (*jz_filing_fn)(void *user, const jz_filing *filing, jz_err *err);
/* Filings by number, by subject's name or by credit code; NULL: all. JZ_E_NOTFOUND for none. */
JZ_API JZ_CHECKED jz_status jz_filing_find(jz_govern *g, const char *text, jz_filing_fn fn,
                                           void *user, jz_err *err);

/* What the filings say of a label's producer code (27 characters, docs/labels.md). */
typedef enum jz_producer_state {
    JZ_PRODUCER_FILED,     /* its subject has a filing that is in force */
    JZ_PRODUCER_ENDED,     /* only such that have ended */
    JZ_PRODUCER_NOT_FILED, /* none under its credit code */
    JZ_PRODUCER_MALFORMED, /* the code itself is wrong */
    JZ_PRODUCER_PERSON,    /* not of an organisation: no credit code to look up */
} jz_producer_state;
JZ_API const char *jz_producer_state_name(jz_producer_state s); /* "filed", ...; NULL for none */
JZ_API JZ_CHECKED jz_status jz_filing_of_producer(jz_govern *g, const char *producer,
                                                  jz_producer_state *out, jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
