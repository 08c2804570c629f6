/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/hash.h>

#include "base/file.h"
#include "base/hex.h"
#include "hash/wasm/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int file_of(const void *data, size_t len)
{
    const int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    return fd;
}

static void assert_hex(const uint8_t *digest, size_t size, const char *expected)
{
    char text[2 * JZ_DIGEST_MAX + 1];
    jz_hex_encode(digest, size, text);
    assert_string_equal(text, expected);
}

/* The examples of RFC 1321 A.5, FIPS 180-4 (NIST's SHA examples) and GB/T 32905-2016 appendix A. */
static void test_published_vectors(void **state)
{
    (void)state;
    JZ_FD_AUTO fd = file_of("abc", 3);
    jz_exact_hashes h;
    assert_int_equal(jz_exact_hash_fd(fd, &h, NULL), JZ_OK);
    assert_int_equal(h.bytes, 3);
    assert_hex(h.md5, JZ_MD5_SIZE, "900150983cd24fb0d6963f7d28e17f72");
    assert_hex(h.sha256, JZ_SHA256_SIZE,
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hex(h.sm3, JZ_SM3_SIZE,
               "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    char sixteen[65] = "";
    for (int i = 0; i < 16; i++)
        memcpy(sixteen + 4 * i, "abcd", 4);
    JZ_FD_AUTO second = file_of(sixteen, 64);
    assert_int_equal(jz_exact_hash_fd(second, &h, NULL), JZ_OK);
    assert_hex(h.sm3, JZ_SM3_SIZE,
               "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    jz_exact_hashes same;
    const jz_bytes bytes = { (const uint8_t *)sixteen, 64 };
    assert_int_equal(jz_exact_hash_bytes(bytes, &same, NULL), JZ_OK);
    assert_int_equal(same.bytes, 64);
    assert_memory_equal(same.md5, h.md5, JZ_MD5_SIZE);
    assert_memory_equal(same.sha256, h.sha256, JZ_SHA256_SIZE);
    assert_memory_equal(same.sm3, h.sm3, JZ_SM3_SIZE);
}

static void test_an_empty_file_has_hashes_too(void **state)
{
    (void)state;
    JZ_FD_AUTO fd = file_of("", 0);
    jz_exact_hashes h;
    assert_int_equal(jz_exact_hash_fd(fd, &h, NULL), JZ_OK);
    assert_hex(h.md5, JZ_MD5_SIZE, "d41d8cd98f00b204e9800998ecf8427e");
}

/* More than one read, an odd length, and the offset of the descriptor in the middle. */
static void test_a_large_file_is_read_whole_and_its_offset_kept(void **state)
{
    (void)state;
    const size_t len = 3 * 1024 * 1024 + 17;
    char *data = malloc(len);
    assert_non_null(data);
    memset(data, 'a', len);
    JZ_FD_AUTO fd = file_of(data, len);
    assert_int_equal(lseek(fd, 1000, SEEK_SET), 1000);
    jz_exact_hashes h;
    assert_int_equal(jz_exact_hash_fd(fd, &h, NULL), JZ_OK);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 1000);
    assert_int_equal(h.bytes, len);
    JZ_FD_AUTO same = file_of(data, len);
    jz_exact_hashes again;
    data[len - 1] = 'b';
    JZ_FD_AUTO other = file_of(data, len);
    assert_int_equal(jz_exact_hash_fd(same, &again, NULL), JZ_OK);
    assert_memory_equal(h.sha256, again.sha256, JZ_SHA256_SIZE);
    assert_int_equal(jz_exact_hash_fd(other, &again, NULL), JZ_OK);
    assert_memory_not_equal(h.sha256, again.sha256, JZ_SHA256_SIZE);
    assert_memory_not_equal(h.sm3, again.sm3, JZ_SM3_SIZE);
    assert_memory_not_equal(h.md5, again.md5, JZ_MD5_SIZE);
    free(data);
}

static void test_an_unreadable_descriptor_fails(void **state)
{
    (void)state;
    jz_exact_hashes h;
    jz_err err = { 0 };
    assert_int_equal(jz_exact_hash_fd(-1, &h, &err), JZ_E_IO);
    assert_int_equal(err.code, JZ_E_IO);
}

/* The SHA-256 of browsers, in pieces of every size around its blocks, against libcrypto's; and the
 * two-block example of FIPS 180-4. */
static void test_sha256_in_pieces_is_that_of_libcrypto(void **state)
{
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    uint8_t data[331], got[JZ_SHA256_SIZE], want[JZ_SHA256_SIZE];
    jz_sha256_state s;
    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 167 + i / 7);
    for (size_t len = 0; len <= sizeof data; len++) {
        jz_sha256_init(&s);
        for (size_t at = 0, n = 1; at < len; at += n, n = n * 5 % 131)
            jz_sha256_add(&s, data + at, n < len - at ? n : len - at);
        jz_sha256_end(&s, got);
        jz_sha256(data, len, want);
        assert_memory_equal(got, want, sizeof want);
    }
    jz_sha256_init(&s);
    jz_sha256_add(&s, (const uint8_t *)two, sizeof two - 1);
    jz_sha256_end(&s, got);
    assert_hex(got, sizeof got, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_an_empty_file_has_hashes_too),
        cmocka_unit_test(test_a_large_file_is_read_whole_and_its_offset_kept),
        cmocka_unit_test(test_an_unreadable_descriptor_fails),
        cmocka_unit_test(test_sha256_in_pieces_is_that_of_libcrypto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
