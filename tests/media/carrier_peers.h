/* SPDX-License-Identifier: Apache-2.0 */
/* What other programs say of a file before and after an edit, for the tests of carriers. Included
 * once by each, behind cmocka.h. */
#ifndef JZ_CARRIER_PEERS_H
#define JZ_CARRIER_PEERS_H

#include "carrier_fixture.h"

#include <string.h>

/* "ffmpeg -c copy -f framemd5" of a file: sums and times of all its packets; false where there is
 * no ffmpeg. */
static inline bool peer_packets(jz_bytes file, const char *suffix, jz_buf *out)
{
    static const char *const argv[] = { "ffmpeg", "-v",       "error", "-i",   "@",
                                        "-map",   "0",        "-c",    "copy", "-bitexact",
                                        "-f",     "framemd5", "-",     NULL };
    const int rc = fx_peer(file, suffix, argv, out);
    assert_true(rc == 0 || rc == -1);
    return rc == 0;
}

/* Fails the test where the packets of two files differ; says so where there is no ffmpeg. */
static inline void peer_same_packets(jz_bytes before, jz_bytes after, const char *suffix)
{
    JZ_BUF_AUTO a = { 0 };
    JZ_BUF_AUTO b = { 0 };
    if (!peer_packets(before, suffix, &a) || !peer_packets(after, suffix, &b)) {
        print_message("SKIP: no ffmpeg\n");
        return;
    }
    assert_non_null(strstr(a.ptr, "#stream#"));
    assert_string_equal(a.ptr, b.ptr);
}

/* Fails the test where the coded data of a stream differ; headers, times and side data may. */
static inline void peer_same_streams(jz_bytes before, jz_bytes after, const char *suffix)
{
    static const char *const argv[] = { "ffmpeg", "-v",   "error", "-i",         "@", "-map", "0",
                                        "-c",     "copy", "-f",    "streamhash", "-", NULL };
    JZ_BUF_AUTO a = { 0 };
    JZ_BUF_AUTO b = { 0 };
    if (fx_peer(before, suffix, argv, &a) == -1) {
        print_message("SKIP: no ffmpeg\n");
        return;
    }
    assert_int_equal(fx_peer(after, suffix, argv, &b), 0);
    assert_non_null(strstr(a.ptr, "SHA256="));
    assert_string_equal(a.ptr, b.ptr);
}

/* Fails the test where a program refuses the file or does not print text (NULL: anything); says so
 * where there is no such program. */
static inline void peer_prints(jz_bytes file, const char *suffix, const char *const *argv,
                               const char *text)
{
    JZ_BUF_AUTO said = { 0 };
    const int rc = fx_peer(file, suffix, argv, &said);
    if (rc == -1) {
        print_message("SKIP: no %s\n", argv[0]);
        return;
    }
    if (rc != 0 || (text != NULL && strstr(said.ptr, text) == NULL))
        fail_msg("%s: exit %d: %s", argv[0], rc, said.ptr);
}

#endif
