/* SPDX-License-Identifier: Apache-2.0 */
#include "media/decode/job.h"

#include <string.h>

const jz_decoder_row *jz_decoder_find(const jz_format *format)
{
    for (const jz_decoder_row *row = jz_decoder_rows; row->format != NULL; row++)
        if (strcmp(row->format, format->name) == 0)
            return row;
    return NULL;
}
