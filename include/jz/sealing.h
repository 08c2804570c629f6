/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing a case into an evidence bag, and judging a bag with all its seals. The bag itself is
 * jz/evidence.h's, the log jz/ledger.h's. */
#ifndef JZ_SEALING_H
#define JZ_SEALING_H

#include <jz/case.h>
#include <jz/evidence.h>
#include <jz/ledger.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_COLLECTORS_MAX 4

/* What only people know of how the evidence was got, as the record of extraction wants it
 * (Provisions on Electronic Data of 2016, article 14; People's Procuratorates' Provisions on
 * Cybercrime Cases, article 37; both read in excerpts). Text is borrowed; NULL = not stated. */
typedef struct jz_seal_facts {
    const char *organization; /* who keeps the evidence */
    const char *cause;        /* 案由 */
    const char *place;
    const char *authority; /* who asked for it, and the number of the paper */
    const char *document;
    const char *standard; /* by which the extraction was done */
    const char *process;  /* how it was done, in words */
    const char *collector[JZ_COLLECTORS_MAX];
    size_t collectors;
    const char *witness;
    const char *no_witness_reason;
    const char *why_not_original; /* why the original medium was not seized */
} jz_seal_facts;

/* A rule of the law that the facts do not keep (Interpretation of the Criminal Procedure Law of
 * 2021, articles 110 to 114), or times that cannot be right. */
typedef struct jz_seal_defect {
    const char *id;      /* stable: "two-collectors", "witness", "standard", "original", "source",
                            "clock" */
    const char *message; /* one line for people */
} jz_seal_defect;
#define JZ_SEAL_DEFECTS_MAX 8

/* The defects of a case with these facts, n of them. JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_seal_lint(jz_cases *c, const char *id, const jz_seal_facts *facts,
                                         jz_seal_defect out[JZ_SEAL_DEFECTS_MAX], size_t *n,
                                         jz_err *err);

typedef struct jz_seal_opts { /* zero-initialise */
    jz_seal_facts facts;
    bool allow_defects; /* seal all the same: the record names them */
    const char *by;
    const jz_cms_key *keys; /* n_keys of them; none: the bag is not signed */
    size_t n_keys;
    jz_tsa_transport send; /* NULL: no time stamp is asked for */
    void *send_user;
    jz_log *log; /* a writer's; NULL: no proof of the ledger */
    jz_vkey log_key;
    jz_bag_opts bag; /* progress */
} jz_seal_opts;

#define JZ_BAG_ID_SIZE 36 /* "EB-", 32 hex digits, terminator */

typedef struct jz_seal_result {
    char bag[JZ_BAG_ID_SIZE];
    uint8_t tagmanifest[JZ_SHA256_SIZE];
    uint64_t items, files, bytes;
    bool is_signed, stamped, logged;
    uint64_t leaf;    /* its index, where logged */
    jz_err unstamped; /* why, where a stamp was asked for */
    jz_seal_defect defect[JZ_SEAL_DEFECTS_MAX];
    size_t n_defects;
} jz_seal_result;

/* Seals all of a case into a new bag, the folder path: copies of the items (checked against what
 * was hashed when they were added), the records, then the signature, the time stamp and the
 * ledger's proof. What is asked for and does not work is a failure, and no bag is left; but the
 * time stamp: the bag then is unstamped, says so in *out, and can be stamped later (jz_stamp()).
 * JZ_E_INVAL where there are defects, which the error names, or no item; JZ_E_MISMATCH where a copy
 * is not what was added; JZ_E_EXISTS; JZ_E_IO; what signing and the log fail with. */
JZ_API JZ_CHECKED jz_status jz_case_seal(jz_cases *c, const char *id, const char *path,
                                         const jz_seal_opts *opts, jz_seal_result *out,
                                         jz_err *err);

/* Appends to the log what was done in all cases since the last time and is of the kinds that the
 * ledger holds (access, holds, releases, transfers, scans); *n counts. Called again after a crash
 * in between, it may append an event twice. */
JZ_API JZ_CHECKED jz_status jz_case_anchor(jz_cases *c, jz_log *log, uint64_t *n, jz_err *err);

/* ---- what becomes of a bag: each is recorded in its case, which must be in this home ---- */

/* Writes the bag as one zip file, or, where recipient (a PEM certificate) is given, that zip
 * encrypted for whoever has its key (CMS, AES-256). JZ_E_EXISTS; JZ_E_MISMATCH where the bag's
 * contents do not hold: what is handed over must be what was sealed. */
JZ_API JZ_CHECKED jz_status jz_bag_export(jz_cases *c, const char *dir, const char *path,
                                          const char *recipient, const char *to, const char *by,
                                          jz_err *err);
/* Before algorithms or certificates grow old: the hashes of all seals go into seal/reseal-N.sums,
 * which gets a time stamp (seal/reseal-N.tsr) and whose hash goes into the record and, with the
 * next jz_case_anchor(), into the ledger. *n is N. JZ_E_MISMATCH where the contents do not hold;
 * what the stamp fails with: nothing is left then. */
JZ_API JZ_CHECKED jz_status jz_bag_reseal(jz_cases *c, const char *dir, jz_tsa_transport send,
                                          void *send_user, const char *by, unsigned *n,
                                          jz_err *err);
/* Removes the bag. What stays is the record and a leaf of the ledger, which is made first.
 * JZ_E_BUSY where a hold of its case is in force; JZ_E_NOTFOUND where the case is not here, since
 * whether there is a hold cannot be known then. */
JZ_API JZ_CHECKED jz_status jz_bag_destroy(jz_cases *c, jz_log *log, const char *dir,
                                           const char *authority, const char *reason,
                                           const char *by, jz_err *err);

/* ---- judging ---- */

typedef enum jz_seal_verdict {
    JZ_SEAL_ABSENT,    /* "absent": there is no such seal */
    JZ_SEAL_HOLDS,     /* "holds" */
    JZ_SEAL_UNTRUSTED, /* "untrusted": whole, but by whom is not known: no CA file, no policy */
    JZ_SEAL_BROKEN,    /* "broken" */
} jz_seal_verdict;
JZ_API const char *jz_seal_verdict_name(jz_seal_verdict v);

#define JZ_SEAL_TEXT 400

typedef struct jz_seal_judgement {
    jz_seal_verdict verdict;
    char proves[JZ_SEAL_TEXT]; /* what it proves, or why it does not, one line */
    int64_t at_us;             /* the time that it states; 0 = none */
} jz_seal_judgement;

typedef struct jz_judge_opts { /* zero-initialise */
    const char *ca_file;       /* PEM: whose signatures are believed */
    const char *tsa_file;      /* PEM: whose time stamps; NULL = ca_file */
    const jz_policy *policy;   /* which logs and witnesses; NULL = none */
    jz_bag_opts bag;           /* progress */
} jz_judge_opts;

typedef struct jz_bag_judgement { /* = { 0 }; ended with jz_bag_report_done(&x.contents) */
    bool holds;   /* the contents hold, no seal is broken, and where any CA file or policy was
                     given, vouched too */
    bool vouched; /* one seal at least is of someone in the CA files or the policy: else the bag is
                     whole, but anyone may have made it */
    jz_bag_report contents;
    jz_seal_judgement signature, stamp, stamp_sm3, proof;
    jz_seal_judgement reseal; /* the first that does not hold, else the last */
    unsigned reseals;         /* how many there are */
} jz_bag_judgement;

/* Judges a bag and all its seals. The signature is judged as of the time stamp's time, where that
 * holds. JZ_OK whatever the judgement; fails as jz_bag_verify(). */
JZ_API JZ_CHECKED jz_status jz_bag_judge(const char *dir, const jz_judge_opts *opts,
                                         jz_bag_judgement *out, jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
