/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline from a file's bytes to findings: measure (hash everything that can be hashed), then
 * match the measurement against the banks. A measurement can be kept and matched again later. */
#ifndef JZ_EXAMINE_H
#define JZ_EXAMINE_H

#include <jz/bank.h>
#include <jz/inspect.h>
#include <jz/label.h>
#include <jz/provenance.h>
#include <jz/watermark.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The perceptual hashes of one frame in one mode, in all eight dihedral variants. */
typedef struct jz_probe {
    const jz_hash_class *cls; /* pdq, pdq_full or vpdq */
    bool oriented;            /* of the picture as it is shown; false: as it is stored, which
                                 differs where its EXIF orientation is not 1 */
    int quality;              /* 0..100 */
    int64_t frame;            /* vpdq: frame number; else -1 */
    double seconds;           /* vpdq: time of the frame; else 0 */
    uint8_t digest[JZ_DIHEDRALS][JZ_PDQ_SIZE]; /* by jz_dihedral */
} jz_probe;

#define JZ_PREVIEW_SIDE 32

/* A blurred grey picture too small to recognise a person in. Rows of width bytes, no padding. */
typedef struct jz_preview {
    uint8_t width; /* 1..JZ_PREVIEW_SIDE; 0 = there is none */
    uint8_t height;
    uint8_t px[JZ_PREVIEW_SIDE * JZ_PREVIEW_SIDE];
} jz_preview;

/* How far faces are examined: not at all; each picture as a whole, and of a video a few frames,
 * more where a face in them deviates; or as jz inspect does. */
typedef enum jz_inspect_level { JZ_INSPECT_OFF, JZ_INSPECT_FAST, JZ_INSPECT_FULL } jz_inspect_level;

/* What is kept of the examination of faces. */
typedef struct jz_face_brief {
    bool read;              /* they were looked for */
    uint32_t frames, faces; /* looked at, and found; a face that stays counts once */
    jz_outcome outcome;     /* of the item */
    double at_s;            /* where the face is that decides */
    char reason[160];
} jz_face_brief;

/* What is kept of the search for an invisible mark. */
typedef struct jz_watermark_brief {
    bool read; /* it was looked for */
    jz_watermark_state state;
    uint64_t payload;                         /* of FOUND */
    uint8_t key_id[JZ_WATERMARK_KEY_ID_SIZE]; /* of FOUND */
} jz_watermark_brief;

typedef struct jz_measurement {      /* = { 0 }; freed with jz_measurement_done() */
    bool hashed;                     /* exact is filled */
    jz_exact_hashes exact;           /* of any readable file, media or not */
    jz_label_brief label;            /* the implicit label, of any readable file */
    jz_credential_brief credentials; /* Content Credentials, likewise */
    jz_media_info info;
    jz_face_brief faces;
    jz_watermark_brief mark;
    jz_probe *probe; /* owned */
    size_t n, size;
    jz_preview preview; /* only where it was asked for */
} jz_measurement;

typedef struct jz_measure_opts { /* zero-initialise; NULL is the same */
    bool fast;                   /* pdq_full by jz_pdq_fast(); JPEGs of scaled luma, without pdq */
    bool every_frame;            /* of videos and animations */
    double interval_s;           /* else seconds between frames; 0 = 1, as vPDQ's tools do */
    uint64_t max_probes;         /* kept of one item, else JZ_E_LIMIT; 0 = 262144 (73 MiB) */
    bool preview;                /* also make the preview */
    const jz_trust *trust;       /* whose credentials are trusted; NULL = nobody's */
    int sidecar_fd;              /* as in jz_verify_opts; 0 = none */
    jz_inspect_level inspect;
    jz_face_finder *finder;             /* one thread's; NULL = faces are not looked for */
    jz_face_net *network;               /* likewise; NULL = none */
    const jz_calibration *calibration;  /* NULL = nothing is supported either way */
    const jz_watermark_keys *mark_keys; /* whose marks are looked for; NULL = nobody's */
    bool (*stop)(void *user);           /* asked between frames; true ends with JZ_E_INTERRUPTED */
    void *stop_user;
} jz_measure_opts;

/* Measures the regular file open on fd (read with pread; its offset is not touched).
 * Stills: probes in modes pdq and pdq_full of the picture as shown and, where its orientation is
 * not 1, as stored. Videos: vpdq of each delivered frame as stored. Animations: vpdq of each
 * delivered frame, and their first frame as a still.
 * *out, which must be empty before, is filled as far as the file could be read, ON FAILURE TOO: a
 * damaged video gives the frames before the damage and the error, a text file its exact hashes and
 * JZ_E_NOT_MEDIA. Fails with what jz_exact_hash_fd() and jz_decode() fail with; JZ_E_CHANGED (and
 * nothing in *out) where the file changed meanwhile; JZ_E_LIMIT; JZ_E_INTERRUPTED; JZ_E_NOMEM.
 * Threads: any, each with its own decoder. */
JZ_API JZ_CHECKED jz_status jz_measure(jz_decoder *d, int fd, const jz_measure_opts *opts,
                                       jz_measurement *out, jz_err *err);
JZ_API void jz_measurement_done(jz_measurement *m);
/* The notice that is owed by article 6 of the Measures, by label and credentials: 属于 also where
 * somebody who is trusted has signed that it, or a part of it, was generated; 疑似 where somebody
 * else has, or what was signed no longer fits the file. */
JZ_API jz_label_state jz_measurement_notice(const jz_measurement *m);
/* The first probe of that class ("pdq", "pdq_full", "vpdq"), as shown or as stored; or NULL. */
JZ_API const jz_probe *jz_measurement_probe(const jz_measurement *m, const char *cls,
                                            bool oriented);

/* What a bank keeps of a measurement: sha256, sm3 and md5, then the perceptual hashes as shown
 * (videos: as stored) in their original variant, those below min_quality left out (they match
 * everything). *out is new, freed with jz_signals_free(). Fails with JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_measurement_signals(const jz_measurement *m, int min_quality,
                                                   jz_signal **out, size_t *n, jz_err *err);
JZ_API void jz_signals_free(jz_signal *s);

/* What a finding says of the item. */
typedef enum jz_verdict {
    JZ_AFFIRMED,
    JZ_SUSPECTED,
    JZ_CLEARED,
    JZ_CANNOT_TELL,
} jz_verdict;
/* "affirmed", "suspected", "cleared", "cannot-tell" */
JZ_API const char *jz_verdict_name(jz_verdict v);

/* One frame of the item that is like one of the bank's. */
typedef struct jz_match_time {
    double at_s;      /* in the item */
    double bank_at_s; /* in the bank's video; 0 where the signal is of a still */
    uint32_t distance;
} jz_match_time;

#define JZ_MATCH_TIMES 1000 /* kept of one match */

/* How an item matches one entry of a bank: the best of all pairs of hashes. */
typedef struct jz_match {
    int64_t entry;
    char bank[65];
    jz_entry_status status;
    const jz_hash_class *mode;   /* of the item's hash */
    const jz_hash_class *signal; /* of the bank's hash */
    jz_dihedral variant;         /* what was done to the item's picture to meet the bank's */
    bool oriented;               /* see jz_probe */
    uint32_t distance;           /* bits; 0 for exact hashes */
    int quality;                 /* of the item's hash; -1 for exact hashes */
    uint64_t frames_matched;     /* videos and animations: frames that matched ... */
    uint64_t frames_compared;    /* ... of those that were good enough to compare; 0 for others */
    jz_match_time *time;         /* the first JZ_MATCH_TIMES frames that matched; owned */
    size_t n_times;
} jz_match;

/* What one examiner says of one item. Every examiner adds rows of this shape; its own facts are
 * behind a pointer of its own, NULL in other examiners' findings. */
typedef struct jz_finding {
    const char *examiner; /* "match", "provenance", "inspect", "watermark"; static */
    const char *code;     /* "match.exact", "provenance.generated", ...; static, stable */
    jz_verdict verdict;   /* exact: affirmed; perceptual: suspected, for hashes can collide */
    double from_s, to_s;  /* where: the span of time; both 0 = the whole item */
    char message[160];    /* one line for people */
    jz_match *match;      /* owned */
} jz_finding;

typedef struct jz_findings { /* = { 0 }; freed with jz_findings_done() */
    jz_finding *finding;
    size_t n, size;
    uint64_t left_out;    /* findings past max_findings, the most distant ones */
    uint64_t low_quality; /* probes that were not compared */
    uint64_t compared;    /* probes that were */
} jz_findings;
JZ_API void jz_findings_done(jz_findings *f);

typedef struct jz_match_opts { /* zero-initialise; NULL is the same */
    uint32_t max_bits;         /* largest distance, 1..256; 0 = 31 */
    bool identical;            /* distance 0 only: max_bits cannot say that */
    int min_quality;           /* probes below it are not compared; 0 = 50 */
    bool any_quality;          /* all are compared: min_quality cannot say that */
    const char *bank;          /* only this bank's entries; NULL = all */
    size_t max_findings;       /* 0 = 1000, the nearest ones */
} jz_match_opts;

/* Compares all of a measurement with the banks (opened with load) and appends one finding for each
 * entry that matches, the nearest first. The result does not depend on the order in which banks
 * answer. Fails with JZ_E_NOMEM, JZ_E_INVAL. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_match_banks(jz_banks *b, const jz_measurement *m,
                                           const jz_match_opts *opts, jz_findings *out,
                                           jz_err *err);

typedef struct jz_examine_opts { /* zero-initialise; NULL is the same */
    jz_measure_opts measure;
    jz_match_opts match;
} jz_examine_opts;

/* jz_measure() then jz_match_banks() of what was measured. Like jz_measure(), fills its outputs on
 * failure too. */
JZ_API JZ_CHECKED jz_status jz_examine(jz_decoder *d, jz_banks *b, int fd,
                                       const jz_examine_opts *opts, jz_measurement *m,
                                       jz_findings *f, jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
