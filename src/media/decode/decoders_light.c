/* SPDX-License-Identifier: Apache-2.0 */
/* What jz-decode-light reads: formats whose two small libraries are loaded in a tenth of the time
 * that those of all formats take. (A PNG file may turn out to be an APNG one, which is libav's.) */
#include "media/decode/job.h"

const jz_decoder_row jz_decoder_rows[] = {
    { "jpeg", jz_decode_jpeg, false },
    { "webp", jz_decode_webp, false },
    { 0 },
};
