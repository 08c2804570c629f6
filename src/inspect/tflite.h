/* SPDX-License-Identifier: Apache-2.0 */
/* From a TensorFlow Lite file to ours (nn.h). Read are float networks of one picture in, made of
 * the operations in tflite_ops.c, with weights as float16 (through DEQUANTIZE) or float32, which is
 * rounded to float16. Nothing is approximated: what is not known is JZ_E_UNSUPPORTED.
 * Source: tensorflow/lite/schema/schema.fbs, version 3. */
#ifndef JZ_TFLITE_H
#define JZ_TFLITE_H

#include "inspect/nn.h"

/* Appends the model file; name is stored in it (ASCII, JZ_NN_NAME_SIZE at most). JZ_E_CORRUPT,
 * JZ_E_TRUNCATED, JZ_E_UNSUPPORTED, JZ_E_LIMIT, JZ_E_NOMEM. Threads: any. */
JZ_CHECKED jz_status jz_tflite_convert(jz_bytes file, const char *name, jz_buf *out, jz_err *err);

#endif
