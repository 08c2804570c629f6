/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "ledger/checkpoint.h"
#include "ledger/lines.h"
#include "ledger/note.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The keys of golang.org/x/mod/sumdb/note's tests, which have signed a seed, and a log's and a
 * witness's that were made for the others. */
static const char *const key_text[] = {
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    "log.example/fuzz+da58392c+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
    "witness.example/fuzz+c521b2f3+BP0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY",
};
#define KEYS (sizeof key_text / sizeof key_text[0])

/* A note is its text, an empty line, and its lines as they are parsed, and nothing else. */
static void check_parts(const jz_note *note, const uint8_t *data, size_t size)
{
    JZ_BUF_AUTO again = { 0 };
    jz_buf_put(&again, note->text.ptr, note->text.len);
    jz_buf_putc(&again, '\n');
    for (size_t i = 0; i < note->n; i++) {
        jz_buf_puts(&again, "\xe2\x80\x94 ");
        jz_buf_put(&again, note->sig[i].name.ptr, note->sig[i].name.len);
        jz_buf_putc(&again, ' ');
        jz_buf_put(&again, note->sig[i].blob64.ptr, note->sig[i].blob64.len);
        jz_buf_putc(&again, '\n');
    }
    if (again.len != size || memcmp(again.ptr, data, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static jz_vkey keys[KEYS];
    static jz_note note;
    jz_note_seal seals[KEYS];
    jz_checkpoint cp;
    for (size_t i = 0; i < KEYS; i++)
        if (jz_vkey_parse(key_text[i], strlen(key_text[i]), &keys[i], NULL) != JZ_OK)
            abort();
    if (jz_note_parse((jz_bytes){ data, size }, &note, NULL) != JZ_OK)
        return 0;
    check_parts(&note, data, size);
    if (jz_note_verify(&note, keys, KEYS, seals, NULL) == JZ_OK &&
        jz_checkpoint_parse(note.text, &cp, NULL, NULL) == JZ_OK && cp.size != 3)
        abort(); /* signed here without the keys */
    return 0;
}
