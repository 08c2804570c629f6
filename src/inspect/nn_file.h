/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a model file (nn.h), apart from what is made of them. */
#ifndef JZ_NN_FILE_H
#define JZ_NN_FILE_H

#include "inspect/nn.h"

/* Reads and checks a file; the weights are borrowed from it, and all of them are finite. graph->
 * layers is new and the caller's, to be freed with jz_free(); hash gets the SHA-256 in the file. */
JZ_CHECKED jz_status jz_nn_decode(jz_bytes file, jz_nn_graph *graph, uint8_t hash[JZ_NN_HASH_SIZE],
                                  uint64_t *macs, jz_err *err);

#endif
