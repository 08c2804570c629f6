/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that includes <brotli/decode.h>. The library is loaded when it is needed, which is
 * seldom. */
#include "media/brotli.h"

#include "base/alloc.h"
#include "base/dl.h"

#include <brotli/decode.h>

#define FUNCTIONS(X)                                                                               \
    X(CreateInstance)                                                                              \
    X(DestroyInstance) X(DecompressStream) X(TakeOutput) X(GetErrorCode) X(ErrorString)
#define POINTER(name) __typeof__(BrotliDecoder##name) *name;
#define FUNCTION(name) { "BrotliDecoder" #name, &lib.name },
static struct {
    FUNCTIONS(POINTER)
} lib;
static const jz_dl_function functions[] = { FUNCTIONS(FUNCTION) };
static jz_dl library = { .soname = "libbrotlidec.so.1",
                         .function = functions,
                         .n = JZ_ARRAY_LEN(functions) };

static void *take(void *user, size_t size)
{
    (void)user;
    return jz_alloc(size);
}

static void give(void *user, void *p)
{
    (void)user;
    jz_free(p);
}

static jz_status failure(const BrotliDecoderState *s, jz_err *err)
{
    const BrotliDecoderErrorCode code = lib.GetErrorCode(s);
    if (code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
        code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory to unpack a block");
    return JZ_FAIL(err, JZ_E_CORRUPT, "a compressed block is damaged: %s", lib.ErrorString(code));
}

/* What comes out is taken piece by piece, so that no more is unpacked than may be. */
static jz_status pump(BrotliDecoderState *s, jz_bytes in, size_t *left, jz_buf *out, jz_err *err)
{
    const uint8_t *next = in.ptr;
    size_t in_left = in.len;
    for (;;) {
        size_t room = 0;
        size_t got = 0;
        const BrotliDecoderResult r = lib.DecompressStream(s, &in_left, &next, &room, NULL, NULL);
        const uint8_t *part = lib.TakeOutput(s, &got);
        const size_t most = *left;
        *left -= got < most ? got : most;
        if (got > most)
            return JZ_FAIL(err, JZ_E_LIMIT, "compressed blocks hold more than they may");
        jz_buf_put(out, part, got);
        if (r == BROTLI_DECODER_RESULT_ERROR)
            return failure(s, err);
        if (r == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT)
            return JZ_FAIL(err, JZ_E_CORRUPT, "a compressed block does not end");
        if (r == BROTLI_DECODER_RESULT_SUCCESS)
            break;
    }
    if (in_left > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%zu bytes behind a compressed block", in_left);
    return jz_buf_check(out, err);
}

jz_status jz_unbrotli(jz_bytes in, size_t *left, jz_buf *out, jz_err *err)
{
    JZ_TRY(jz_dl_need(&library, err));
    if (*left == 0)
        return JZ_FAIL(err, JZ_E_LIMIT, "compressed blocks hold more than they may");
    const size_t before = out->len;
    BrotliDecoderState *s = lib.CreateInstance(take, give, NULL);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory to unpack a block");
    const jz_status st = pump(s, in, left, out, err);
    lib.DestroyInstance(s);
    if (st != JZ_OK && out->len > before)
        out->len = before;
    return st;
}
