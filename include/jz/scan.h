/* SPDX-License-Identifier: Apache-2.0 */
/* The main job: examine every file below some folders, in parallel, so that it can be interrupted
 * and continued, and no item is ever missing from the counts. */
#ifndef JZ_SCAN_H
#define JZ_SCAN_H

#include <jz/examine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum jz_item_status {
    JZ_ITEM_MATCH,  /* something in the banks is like it, whatever else went wrong with it */
    JZ_ITEM_CLEAN,  /* examined whole, and nothing is */
    JZ_ITEM_FAILED, /* not examined, or not whole: nothing is said of it */
} jz_item_status;
/* "match", "clean", "failed" */
JZ_API const char *jz_item_status_name(jz_item_status s);

/* One item as it is finished; all borrowed for the call. */
typedef struct jz_scan_item {
    const char *path; /* the root as it was given, then the names; bytes, perhaps not UTF-8 */
    size_t path_len;
    jz_item_status status;
    const jz_measurement *m;
    const jz_findings *findings;
    const jz_err *error; /* code JZ_OK: none; may stand beside a match */
    bool low_quality;    /* clean, but so featureless that none of its hashes was compared */
} jz_scan_item;

#define JZ_SCAN_KINDS (JZ_E_BUG + 1)

/* seen = matched + clean + failed, always. */
typedef struct jz_scan_counts {
    uint64_t seen, matched, clean, failed;
    uint64_t labelled;                 /* of all: an implicit label says synthetic, or may be */
    uint64_t label_unknown;            /* of all: whether there is a label cannot be told */
    uint64_t with_credentials;         /* of all: has Content Credentials, be they right or not */
    uint64_t generated;                /* of all: they say that it, or a part of it, is generated */
    uint64_t faces;                    /* of all: has a face */
    uint64_t noted;                    /* of all: other examiners than matching have findings */
    uint64_t low_quality;              /* of the clean ones */
    uint64_t resumed;                  /* measured by an earlier, interrupted run */
    uint64_t bytes;                    /* hashed, those of resumed items included */
    uint64_t failed_by[JZ_SCAN_KINDS]; /* failed, by jz_status */
    double seconds;                    /* since the scan began */
} jz_scan_counts;

typedef struct jz_scan_progress {
    jz_scan_counts counts;
    uint64_t total;   /* items found so far by the counting walk */
    bool total_known; /* it has ended */
} jz_scan_progress;

typedef struct jz_scan_opts { /* zero-initialise */
    const char *home;         /* where the state of an unfinished scan is kept; not NULL */
    jz_examine_opts examine;  /* measure.stop, .finder and .network are set by the scan itself */
    const char *models;     /* with measure.inspect: the folder of models; each thread opens them */
    const char *network;    /* the file of the network that looks for blends; NULL = none */
    jz_limits limits;       /* as given to jz_sandbox_open(); part of what "the same scan" is */
    unsigned jobs;          /* threads; 0 = one for each processor, at most 256 */
    bool fresh;             /* forget the state of an interrupted scan */
    const char *report_dir; /* writes index.html there; NULL = no report */
    bool thumbnails;        /* the report shows blurred previews of matched items */
    /* Called for every item as it finishes, one call at a time, from any thread. A failure ends
     * the scan with it. */
    jz_status (*item)(void *user, const jz_scan_item *item, jz_err *err);
    /* Called about ten times a second on the calling thread, never at the same time as item();
     * may be NULL. */
    void (*progress)(void *user, const jz_scan_progress *p);
    /* Asked often, from any thread; true ends the scan with JZ_E_INTERRUPTED. May be NULL. */
    bool (*stop)(void *user);
    void *user;
} jz_scan_opts;

/* Scans paths (files and folders). Not scanned: the folders home and report_dir. A path that is
 * the same as another one or below it is scanned once.
 * An interrupted or killed scan keeps every finished item, at the worst less the last quarter of a
 * second; the same call (same paths, measuring options and limits) then takes those that have not
 * changed from there, matches them again, and calls item() for them: its answers equal those of an
 * uninterrupted scan. A finished scan leaves nothing behind.
 * *counts is filled on failure too. Fails with JZ_E_INTERRUPTED, JZ_E_BUSY (the same scan is
 * running), JZ_E_IO, JZ_E_NOMEM, or with what item() returned. Start jz_sandbox_open() before
 * jz_banks_open(): its process should not inherit the index. */
JZ_API JZ_CHECKED jz_status jz_scan(jz_sandbox *sb, jz_banks *banks, const char *const *paths,
                                    size_t n, const jz_scan_opts *opts, jz_scan_counts *counts,
                                    jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
