/* SPDX-License-Identifier: Apache-2.0 */
/* The marks that say 'this is synthetic': GB 45438-2025 implicit labels (and IPTC's digital source
 * type) in the metadata of files. Nothing here, and nothing in this library, removes a label. */
#ifndef JZ_LABEL_H
#define JZ_LABEL_H

#include <jz/media.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The seven fields of GB 45438-2025 appendix E, in the standard's order (read in reproductions by
 * several implementers, not in the standard itself). */
typedef enum jz_aigc_field {
    JZ_AIGC_LABEL, /* "1" 属于 is, "2" 可能 may be, "3" 疑似 is suspected of being */
    JZ_AIGC_CONTENT_PRODUCER, /* generation provider, name or code */
    JZ_AIGC_PRODUCE_ID,       /* the provider's number for this content */
    JZ_AIGC_RESERVED1,        /* the provider's security data */
    JZ_AIGC_PROPAGATOR,       /* propagation provider, name or code */
    JZ_AIGC_PROPAGATE_ID,     /* the platform's number for this content */
    JZ_AIGC_RESERVED2,        /* the platform's security data */
    JZ_AIGC_FIELDS,
} jz_aigc_field;

/* "Label", "ContentProducer", ...: the key in JSON. Never NULL for a field. */
JZ_API const char *jz_aigc_field_name(jz_aigc_field f);

/* How a label was written that is not as the standard wants it. */
enum {
    JZ_AIGC_WRAPPED = 1 << 0,  /* {"AIGC":{...}}: allowed */
    JZ_AIGC_YAML = 1 << 1,     /* a YAML mapping: allowed in text files */
    JZ_AIGC_TWICE = 1 << 2,    /* JSON in a JSON string, or escaped twice */
    JZ_AIGC_RENAMED = 1 << 3,  /* a field under a variant's name (ReserveCode1, PropatorID, ...) */
    JZ_AIGC_NUMBER = 1 << 4,   /* a value that is a number, not a string */
    JZ_AIGC_EXTRA = 1 << 5,    /* keys that are none of the seven */
    JZ_AIGC_REPEATED = 1 << 6, /* a key more than once; the first one counts */
    JZ_AIGC_FOREIGN = 1 << 7,  /* a vendor's own shape: ServiceProvider, ContentId, ... */
    JZ_AIGC_LOOSE = 1 << 8,    /* text before or behind the object */
};

typedef struct jz_aigc {         /* = { 0 }; freed with jz_aigc_done() */
    char *field[JZ_AIGC_FIELDS]; /* UTF-8, owned; NULL = the field is not there */
    unsigned traits;             /* JZ_AIGC_WRAPPED, ... */
} jz_aigc;
JZ_API void jz_aigc_done(jz_aigc *a);

#define JZ_CHECK_TEXT 160

/* One rule, and whether it is kept. */
typedef struct jz_check {
    const char *id; /* "gb45438.charset"; static, stable */
    bool ok;
    char message[JZ_CHECK_TEXT]; /* what was found, for people */
} jz_check;

/* What the security data of a label (TC260-PG-202511A) proves. */
typedef enum jz_signature_state {
    JZ_SIGNATURE_NONE,      /* no security data */
    JZ_SIGNATURE_OPAQUE,    /* there is something, in no form that can be verified here */
    JZ_SIGNATURE_INVALID,   /* a signature that the label's fields and the key do not give */
    JZ_SIGNATURE_INTEGRITY, /* verifies with the key that stands beside it: unchanged since, by
                               whom is not known */
    JZ_SIGNATURE_KNOWN,     /* verifies with a key that the operator has pinned */
} jz_signature_state;

/* "none", "opaque", "invalid", "integrity", "known". Never NULL. */
JZ_API const char *jz_signature_state_name(jz_signature_state s);

typedef struct jz_signature {
    jz_signature_state state;
    bool twice_hashed;           /* e = SM3(Z || SM3(M)), as some sign, not SM3(Z || M) */
    uint8_t key[65];             /* 04 || x || y, where state is INVALID or better */
    char signer[64];             /* the pinned key's name, where state is KNOWN */
    char message[JZ_CHECK_TEXT]; /* one line for people */
} jz_signature;

/* Keys that the operator vouches for (src/label/security.h). */
struct jz_pins;

/* Whether a file says that it is synthetic. Damage that hides a part of the file, a label that
 * cannot be read and a format whose labels are not known here are "cannot tell", never "absent". */
typedef enum jz_presence {
    JZ_LABEL_ABSENT,
    JZ_LABEL_PRESENT,
    JZ_LABEL_CANNOT_TELL,
} jz_presence;

/* "absent", "present", "cannot-tell". Never NULL. */
JZ_API const char *jz_presence_name(jz_presence p);

/* One place of a file in which a label stands. */
typedef struct jz_label_place {
    const char *where; /* static, for people: "APP1 XMP", "moov/udta/meta" */
    uint64_t at;       /* of the metadata block that holds it, bytes from the file's start */
    uint64_t size;     /* stored bytes of that block */
    bool home;         /* where the standard's guides want it */
    unsigned copies;   /* labels in this block: 1, or more */
    jz_status status;  /* JZ_OK; else why it cannot be read: aigc is empty */
    char fault[JZ_CHECK_TEXT]; /* in words */
    jz_aigc aigc;              /* of the first copy */
} jz_label_place;

#define JZ_LABEL_CHECKS 24

typedef struct jz_label { /* = { 0 }; freed with jz_label_done() */
    jz_presence presence;
    const char *format;  /* a jz_format's name, "text", or NULL where it is not known */
    const char *carrier; /* where this format's label belongs: "png-xmp"; NULL = not known here */
    jz_label_place *place;
    size_t n, size;
    const jz_aigc *aigc; /* of the place that counts: the first readable one at home, else the
                            first readable one; NULL = none. Points into place */
    char *source_type;   /* IPTC DigitalSourceType as it stands there; NULL = none */
    jz_check check[JZ_LABEL_CHECKS];
    size_t n_checks;           /* 0 where presence is not PRESENT */
    jz_signature signature[2]; /* of ReservedCode1, of ReservedCode2 */
    jz_err damage;             /* why not all could be read; code JZ_OK = all was */
} jz_label;
JZ_API void jz_label_done(jz_label *l);

/* The regular file open on fd (read with pread; its offset is not touched), read to its end with
 * bounded memory. pins NULL = none. What the file's bytes do wrong is in *out, which must be
 * empty. Fails with JZ_E_IO, JZ_E_SPECIAL, JZ_E_CHANGED, JZ_E_NOMEM. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_label_read(int fd, const struct jz_pins *pins, jz_label *out,
                                          jz_err *err);
/* The same of a whole file in memory, which *out does not need afterwards. */
JZ_API JZ_CHECKED jz_status jz_label_read_bytes(jz_bytes file, const struct jz_pins *pins,
                                                jz_label *out, jz_err *err);

/* The notice that a platform owes by article 6 of the Measures, strongest last. */
typedef enum jz_label_state {
    JZ_STATE_NONE,
    JZ_STATE_SUSPECTED, /* 疑似: a visible mark or another trace was detected */
    JZ_STATE_POSSIBLE,  /* 可能: the user declares it */
    JZ_STATE_CONFIRMED, /* 属于: an implicit label says so */
} jz_label_state;

/* What is kept of a label beside other findings of a file: a plain value. Texts that are longer are
 * cut short. */
typedef struct jz_label_brief { /* = { 0 }: never looked for; presence is then ABSENT, read false */
    bool read;                  /* the file was read for labels */
    jz_presence presence;
    jz_label_state state; /* as the label alone gives it */
    jz_signature_state signature;
    uint32_t rules_broken; /* of jz_label.check */
    char carrier[32];      /* "png-xmp"; where it is not at home, in words */
    char producer[96];
    char produce_id[96];
    char propagator[96];
} jz_label_brief;
JZ_API void jz_label_brief_of(const jz_label *l, jz_label_brief *out);

typedef struct jz_label_change {       /* zero-initialise */
    const char *field[JZ_AIGC_FIELDS]; /* NULL = as it is in the file; "" where there is none */
    const char *source_type;           /* IPTC digital source type URI; NULL = as it is */
    const char *key_path;              /* sign into ReservedCode1 with this SM2 key; NULL = not */
    bool propagation_empty;            /* a first label leaves the propagation fields empty, instead
                                          of repeating the production fields there */
    bool new_content;                  /* what the file is now was made by this producer: another
                                          producer's fields may be replaced */
    bool overwrite;                    /* target may exist, but be the same file only in_place */
    bool in_place;                     /* target is the file itself */
} jz_label_change;

/* Writes a copy of the file open on fd to target, with its one label changed, everything that is
 * coded media identical, and the mode of the original. Written beside target, read back and
 * compared before it takes target's name: on failure target is as it was and nothing is left
 * behind. A label's state is never weakened, a field never blanked. *written (may be NULL; empty)
 * is the label as read back. Fails with JZ_E_INVAL (a value against the rules, or a label that
 * would lack a required field), JZ_E_EXISTS (another producer's label without new_content; target
 * is there), JZ_E_CORRUPT or JZ_E_TRUNCATED (a damaged file), JZ_E_UNSUPPORTED (no place for a
 * label known here, says which), JZ_E_LIMIT, JZ_E_MISMATCH (what was written does not read back),
 * JZ_E_IO, JZ_E_NOMEM, and the failures of signing. */
JZ_API JZ_CHECKED jz_status jz_label_apply(int fd, const char *target,
                                           const jz_label_change *change, jz_label *written,
                                           jz_err *err);

/* The same into out_fd, another regular file, which is emptied first, for what is done to it before
 * it gets a name. On failure it holds nothing of use. */
JZ_API JZ_CHECKED jz_status jz_label_apply_to(int fd, int out_fd, const jz_label_change *change,
                                              jz_label *written, jz_err *err);

/* Puts the label of the file on src_fd into the file on dst_fd, field by field as it stands there,
 * conforming or not, and the digital source type where dst has room for XMP; result as in
 * jz_label_apply(). JZ_E_NOTFOUND where src has none, JZ_E_EXISTS where dst has one that says
 * something else. in_place: target is dst. */
JZ_API JZ_CHECKED jz_status jz_label_carry(int src_fd, int dst_fd, const char *target,
                                           bool in_place, bool overwrite, jz_label *written,
                                           jz_err *err);

/* The same with a label that was kept elsewhere: its text as it would stand in a file, and the
 * digital source type that belongs to it (NULL = none). JZ_E_NOTFOUND or JZ_E_CORRUPT where the
 * text is no label. */
JZ_API JZ_CHECKED jz_status jz_label_restore(jz_bytes text, const char *source_type, int dst_fd,
                                             const char *target, bool in_place, bool overwrite,
                                             jz_label *written, jz_err *err);
/* The text of a label as it stands in a file: JSON, conforming or not. */
JZ_API JZ_CHECKED jz_status jz_aigc_text(const jz_aigc *a, char **out, jz_err *err);

/* "none", "suspected", "possible", "confirmed". Never NULL. */
JZ_API const char *jz_label_state_name(jz_label_state s);
/* The value of the field Label: "3", "2", "1"; NULL for none. */
JZ_API const char *jz_label_state_value(jz_label_state s);

/* A pure function of the three kinds of evidence. implicit NULL = no readable label; its own Label
 * counts for what it says (1 confirmed, 2 possible, 3 suspected), one that is none of these for
 * confirmed: there is a label, which says nothing weaker. The strongest evidence wins. */
JZ_API jz_label_state jz_label_state_of(const jz_aigc *implicit, bool declared, bool trace);

/* ---- the mark that people see ---- */

#define JZ_MARK_SECONDS 2.5 /* of a video's opening; the standard wants 2 */

/* As the viewer sees it. */
typedef enum jz_mark_corner {
    JZ_MARK_LOWER_RIGHT,
    JZ_MARK_LOWER_LEFT,
    JZ_MARK_UPPER_RIGHT,
    JZ_MARK_UPPER_LEFT,
    JZ_MARK_CALMEST, /* where the luma deviates least from its mean; of equals the first */
} jz_mark_corner;
/* "lower-right", ..., "auto". Never NULL. */
JZ_API const char *jz_mark_corner_name(jz_mark_corner c);

typedef enum jz_mark_style {
    JZ_MARK_FITTING, /* OUTLINE on a picture that is calm there, else PLATE; videos and animations,
                        of which one frame says little: PLATE */
    JZ_MARK_PLATE,   /* white letters on a dark plate */
    JZ_MARK_OUTLINE, /* white letters with a black outline */
} jz_mark_style;
/* "auto", "plate", "outline". Never NULL. */
JZ_API const char *jz_mark_style_name(jz_mark_style s);

typedef enum jz_mark_where { JZ_MARK_AT_START, JZ_MARK_AT_END, JZ_MARK_AT_BOTH } jz_mark_where;

typedef struct jz_mark_opts { /* zero-initialise */
    const char *text;         /* UTF-8; NULL = AI生成, in documents 本内容由AI生成 */
    bool whole;               /* the whole video, not only its opening */
    jz_mark_corner corner;    /* of pictures and videos */
    jz_mark_style style;      /* likewise */
    jz_mark_where where;      /* of documents */
} jz_mark_opts;

/* What was measured in the file that was written; of a video the worst of the marked frames (of
 * Theora the first: it leaves out those that are as the one before). */
typedef struct jz_mark_result {
    bool in_text;          /* a sentence in a document: then only placed counts */
    unsigned placed;       /* sentences written; 0 = they stood there already */
    uint32_t ink_height;   /* pixels, of the smallest letter */
    double share;          /* of the shortest side: 0.05 at least */
    double contrast;       /* letters to plate or outline, 1 to 21: 4.5 at least (WCAG 2.2) */
    jz_mark_style style;   /* PLATE or OUTLINE */
    jz_mark_corner corner; /* one of the four */
    uint32_t x, y;         /* pixels of the picture as the viewer sees it: the mark's box */
    uint32_t width, height;
    uint64_t frames; /* of a video or animation: those that were marked, from the first on */
    double seconds;  /* how long these are shown, by the times in the file */
} jz_mark_result;

/* Burns a text into the picture or video open on fd, or writes it as a sentence of its own into a
 * text, HTML or Word document, and writes that to out_fd, another regular file, which is emptied
 * first. In pictures the letters have 5 % of the shortest side. A document that has the sentence
 * there already gets no second one. What is kept of the file: docs/marks.md. Fails with JZ_E_INVAL
 * (a character without a built-in letter, no text), JZ_E_LIMIT (no room), JZ_E_UNSUPPORTED (no
 * encoder, no place for a sentence), JZ_E_MISMATCH (what was written does not show the mark as it
 * must), and as jz_decode() does. out_fd then holds nothing of use. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_mark_visible(jz_sandbox *sb, int fd, const jz_mark_opts *opts,
                                            int out_fd, jz_mark_result *out, jz_err *err);
/* Whether a text has both elements that GB 45438-2025, 5, wants: AI or 人工智能, and 生成 or 合成.
 */
JZ_API bool jz_mark_is_complete(const char *text);

/* ---- the mark that people hear ---- */

#define JZ_MARK_TONES 4
#define JZ_MARK_SPOKEN_SECONDS_MAX 30

typedef struct jz_audible_opts { /* zero-initialise */
    jz_mark_where where;
    int spoken_fd; /* a regular file with a spoken label, of any format that is decoded here; 0 =
                      the rhythm 短长 短短. What is said in it nobody checks */
} jz_audible_opts;

/* One mark, as it was found in the decoded samples of the file that was written. Levels are RMS of
 * what is loud, in dB to full scale (a full sine has -3.01). */
typedef struct jz_audible_mark {
    double at_s; /* where it begins */
    double seconds;
    double level_db;
    double tone_s[JZ_MARK_TONES];      /* of the rhythm: how long each tone is, */
    double pause_s[JZ_MARK_TONES - 1]; /* the silences between them, */
    double unit_s;                     /* and one eleventh of all: the length of a dot */
    double likeness; /* of a spoken one to what was given: correlation of the loudness over time, 1
                        at most; 0.9 at least */
} jz_audible_mark;

typedef struct jz_audible_result {
    bool spoken;
    char codec[16];       /* of the file */
    bool lossless;        /* the samples that were there are the same */
    double file_level_db; /* of the file's own louder parts; minus infinity: it is silent */
    double pitch_hz;      /* of the rhythm */
    double seconds;       /* of the file that was written */
    unsigned marks;
    jz_audible_mark mark[2]; /* in the order of the file */
} jz_audible_result;

/* Puts an audible mark (GB 45438-2025, 5.3) before and/or behind the sound of the audio file open
 * on fd, as loud as its louder parts at least, never clipped, and writes that to out_fd, another
 * regular file, which is emptied first; finds the mark again in what came of it. What is kept of
 * the file: docs/marks.md. Fails with JZ_E_UNSUPPORTED (videos, codecs that are not written here),
 * JZ_E_LIMIT (a spoken label of more than JZ_MARK_SPOKEN_SECONDS_MAX), JZ_E_INVAL (one in which
 * nothing is heard), JZ_E_MISMATCH (the mark is not found, or something of the file got lost),
 * JZ_E_CORRUPT, JZ_E_TRUNCATED and the failures of jz_decode(). out_fd then holds nothing of use.
 * Threads: any. */
JZ_API JZ_CHECKED jz_status jz_mark_audible(int fd, const jz_audible_opts *opts, int out_fd,
                                            jz_audible_result *out, jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
