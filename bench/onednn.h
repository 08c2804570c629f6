/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution in oneDNN 2 (Debian's libdnnl-dev), to be timed beside ours. Optional. */
#ifndef JZ_ONEDNN_H
#define JZ_ONEDNN_H

#include <stdbool.h>
#include <stdint.h>

typedef struct jz_onednn_shape {
    uint32_t side, in, out; /* pixels of the input's sides, channels */
    uint32_t kernel, stride;
    bool depthwise;
} jz_onednn_shape;

typedef struct jz_onednn jz_onednn;

/* With padding as TensorFlow's SAME, a bias, layouts of its own choice and one thread. NULL where
 * there is no oneDNN, or it cannot. */
jz_onednn *jz_onednn_new(const jz_onednn_shape *shape);
bool jz_onednn_run(jz_onednn *d);
void jz_onednn_free(jz_onednn *d);

#endif
