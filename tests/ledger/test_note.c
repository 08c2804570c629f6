/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and notes against the published ones: the keys of PeterNeumann and EnochRoot and their note
 * are from golang.org/x/mod, sumdb/note/note_test.go; example.com/foo is the example of
 * c2sp.org/signed-note; the key TEST is from github.com/transparency-dev/formats, note. */
#include "tests/ledger/ledger_fixture.h"

#include "ledger/checkpoint.h"

#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_PRIVATE                                                                              \
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define ENOCH "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
#define FOO "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define TEST_PLUS "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6"
#define REMORA "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
#define DASH "\xe2\x80\x94 "
#define TEXT                                                                                       \
    "If you think cryptography is the answer to your problem,\n"                                   \
    "then you don't know what your problem is.\n"
#define PETER_SIG64                                                                                \
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
#define PETER_SIG DASH "PeterNeumann " PETER_SIG64 "\n"
#define ENOCH_SIG                                                                                  \
    DASH                                                                                           \
        "EnochRoot "                                                                               \
        "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc" \
        "+QQ=\n"

static jz_vkey vkey(const char *text)
{
    jz_vkey key;
    assert_ok(jz_vkey_parse(text, strlen(text), &key, err));
    return key;
}

static jz_status open_note(const char *note, const jz_vkey *keys, size_t n, jz_note_seal *seals)
{
    jz_note parsed;
    const jz_status st = jz_note_parse(bytes(note), &parsed, NULL);
    return st != JZ_OK ? st : jz_note_verify(&parsed, keys, n, seals, NULL);
}

/* ---- keys ---- */

static void test_published_keys_are_read_and_written(void **state)
{
    (void)state;
    static const char *const keys[] = { PETER, ENOCH, FOO, TEST_PLUS, REMORA };
    for (size_t i = 0; i < JZ_ARRAY_LEN(keys); i++) {
        char text[JZ_VKEY_TEXT];
        const jz_vkey key = vkey(keys[i]);
        jz_vkey_text(&key, text);
        assert_string_equal(text, keys[i]);
    }
    assert_int_equal(vkey(REMORA).type, JZ_KEY_COSIGNATURE);
}

/* Every part and every neighbour of a key: what the published test tries. */
static void test_mangled_keys_are_refused(void **state)
{
    (void)state;
    char b[] = PETER;
    char s[] = PETER_PRIVATE;
    jz_vkey v;
    jz_skey k;
    for (size_t i = 0; i < sizeof b; i++)
        for (size_t j = i + 1; j < sizeof b; j++)
            assert_true((jz_vkey_parse(b + i, j - i, &v, NULL) == JZ_OK) ==
                        (i == 0 && j == sizeof b - 1));
    for (size_t i = 0; i + 1 < sizeof b; i++) {
        b[i]++;
        assert_int_not_equal(jz_vkey_parse(b, sizeof b - 1, &v, NULL), JZ_OK);
        b[i]--;
    }
    for (size_t i = 0; i < sizeof s; i++)
        for (size_t j = i + 1; j < sizeof s; j++)
            assert_true((jz_skey_parse(s + i, j - i, &k, NULL) == JZ_OK) ==
                        (i == 0 && j == sizeof s - 1));
    for (size_t i = 0; i + 1 < sizeof s; i++) {
        s[i]++;
        assert_int_not_equal(jz_skey_parse(s, sizeof s - 1, &k, NULL), JZ_OK);
        s[i]--;
    }
}

static void test_keys_of_other_kinds_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        jz_status want;
    } tries[] = {
        /* a longer key and an unknown type, each with its right id */
        { "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
          JZ_E_CORRUPT },
        { "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", JZ_E_UNSUPPORTED },
        { "bananas.sigstore.dev+12344556", JZ_E_CORRUPT },
        { "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!", JZ_E_CORRUPT },
        { "rekor.sigstore.dev+12345678+AwEB", JZ_E_UNSUPPORTED },
        { "", JZ_E_CORRUPT },
        { "+", JZ_E_CORRUPT },
        { "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", JZ_E_CORRUPT },
        { "a\xe3\x80\x80"
          "b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
          JZ_E_CORRUPT },
        { "a\xff+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", JZ_E_CORRUPT },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(tries); i++) {
        jz_vkey v;
        jz_err err = { 0 };
        assert_int_equal(jz_vkey_parse(tries[i].text, strlen(tries[i].text), &v, &err),
                         tries[i].want);
        assert_int_equal(err.code, tries[i].want);
    }
}

static void test_new_key_signs_what_its_public_half_verifies(void **state)
{
    (void)state;
    char text[JZ_SKEY_TEXT];
    jz_skey key;
    jz_skey again;
    assert_ok(jz_skey_new("\xe6\x97\xa5\xe5\xbf\x97.example/x", JZ_KEY_ED25519, &key, err));
    jz_skey_text(&key, text);
    assert_ok(jz_skey_parse(text, strlen(text), &again, err));
    assert_memory_equal(&key, &again, sizeof key);
    assert_int_equal(jz_skey_new("a+b", JZ_KEY_ED25519, &key, NULL), JZ_E_INVAL);
    assert_int_equal(jz_skey_new("", JZ_KEY_ED25519, &key, NULL), JZ_E_INVAL);
    assert_int_equal(jz_skey_new("a", (jz_key_type)6, &key, NULL), JZ_E_INVAL);
    jz_skey_wipe(&key);
    for (size_t i = 0; i < sizeof key; i++)
        assert_int_equal(((const uint8_t *)&key)[i], 0);
    char longest[JZ_ORIGIN_MAX + 2];
    memset(longest, 'n', sizeof longest);
    longest[JZ_ORIGIN_MAX + 1] = '\0';
    assert_int_equal(jz_skey_new(longest, JZ_KEY_ED25519, &key, NULL), JZ_E_INVAL);
    longest[JZ_ORIGIN_MAX] = '\0';
    assert_ok(jz_skey_new(longest, JZ_KEY_COSIGNATURE, &key, err));
    jz_skey_text(&key, text);
    assert_ok(jz_skey_parse(text, strlen(text), &again, err));
    assert_memory_equal(&key, &again, sizeof key);
}

/* ---- notes ---- */

static void test_published_signature_is_made_byte_for_byte(void **state)
{
    (void)state;
    jz_skey key;
    JZ_BUF_AUTO line = { 0 };
    assert_ok(jz_skey_parse(PETER_PRIVATE, strlen(PETER_PRIVATE), &key, err));
    assert_ok(jz_note_sign(bytes(TEXT), &key, 0, &line, err));
    assert_string_equal(line.ptr, PETER_SIG);
    assert_int_equal(jz_note_sign(bytes("abc"), &key, 0, &line, NULL), JZ_E_INVAL);
    assert_int_equal(jz_note_sign(bytes(""), &key, 0, &line, NULL), JZ_E_INVAL);
    assert_int_equal(jz_note_sign(bytes("a\tb\n"), &key, 0, &line, NULL), JZ_E_INVAL);
}

static void test_published_notes_verify(void **state)
{
    (void)state;
    const jz_vkey both[] = { vkey(PETER), vkey(ENOCH) };
    const jz_vkey foo = vkey(FOO);
    jz_note_seal seals[2];
    assert_int_equal(open_note(TEXT "\n" PETER_SIG ENOCH_SIG, both, 1, seals), JZ_OK);
    assert_true(seals[0].valid);
    assert_int_equal(open_note(TEXT "\n" PETER_SIG ENOCH_SIG, both, 2, seals), JZ_OK);
    assert_true(seals[0].valid && seals[1].valid);
    assert_int_equal(open_note("This is an example message.\n\n" DASH
                               "example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK"
                               "7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
                               &foo, 1, seals),
                     JZ_OK);
    assert_int_equal(open_note("This is an example messagE.\n\n" DASH
                               "example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK"
                               "7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
                               &foo, 1, seals),
                     JZ_E_MISMATCH);
}

static void test_unknown_keys_are_ignored_and_false_signatures_are_not(void **state)
{
    (void)state;
    const jz_vkey peter = vkey(PETER);
    jz_note_seal seal;
    char mangled[] = PETER_SIG;
    assert_int_equal(open_note(TEXT "\n" ENOCH_SIG, &peter, 1, &seal), JZ_E_MISMATCH);
    assert_int_equal(open_note(TEXT "\n" ENOCH_SIG, &peter, 0, &seal), JZ_E_MISMATCH);
    mangled[60]++; /* one letter of the signature */
    char note[sizeof TEXT + 2 * sizeof mangled + 8];
    (void)snprintf(note, sizeof note, TEXT "\n%s", mangled);
    assert_int_equal(open_note(note, &peter, 1, &seal), JZ_E_MISMATCH);
    (void)snprintf(note, sizeof note, TEXT "\n" PETER_SIG "%s", mangled); /* a true one before it */
    assert_int_equal(open_note(note, &peter, 1, &seal), JZ_E_MISMATCH);
    /* the name with another id, and the id with another name, are other keys */
    assert_int_equal(
        open_note(TEXT "\n" PETER_SIG DASH "PeterNeumann AAAAAAAA\n", &peter, 1, &seal), JZ_OK);
    assert_int_equal(
        open_note(TEXT "\n" PETER_SIG DASH "PeterNeuman " PETER_SIG64 "\n", &peter, 1, &seal),
        JZ_OK);
    assert_int_equal(open_note(TEXT "\n" PETER_SIG DASH "PeterNeuman x08go/ZJ\n", &peter, 1, &seal),
                     JZ_OK);
    assert_int_equal(open_note(TEXT "\n" PETER_SIG PETER_SIG, &peter, 1, &seal), JZ_OK);
    /* the right key with a signature of another length */
    assert_int_equal(
        open_note(TEXT "\n" PETER_SIG DASH "PeterNeumann x08go/ZJ\n", &peter, 1, &seal),
        JZ_E_MISMATCH);
}

static void test_what_is_no_note_is_refused(void **state)
{
    (void)state;
    static const char *const tries[] = {
        "",
        "\n",
        "\n\n",
        TEXT,
        TEXT "\n",
        TEXT "\n" DASH "PeterNeumann " PETER_SIG64,
        "\x01" TEXT "\n" PETER_SIG,
        "\xff" TEXT "\n" PETER_SIG,
        "a\rb\n\n" PETER_SIG,
        TEXT "\n" DASH "Bad Name " PETER_SIG64 "\n",
        TEXT "\n" PETER_SIG "Unexpected line.\n",
        TEXT "\n" DASH "a+b " PETER_SIG64 "\n",
        TEXT "\n" DASH " " PETER_SIG64 "\n",
        TEXT "\n" DASH "PeterNeumann\n",
        TEXT "\n" DASH "PeterNeumann \n",
        TEXT "\n" DASH "PeterNeumann x08goQ==\n", /* no signature behind the id */
        TEXT "\n" DASH "PeterNeumann x08go/ZJ\n\n",
        TEXT "\n- PeterNeumann " PETER_SIG64 "\n",
        TEXT "\n" DASH "PeterNeumann " PETER_SIG64 " \n",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(tries); i++) {
        jz_note note;
        const jz_status st = jz_note_parse(bytes(tries[i]), &note, NULL);
        if (st != JZ_E_CORRUPT)
            fail_msg("try %zu gives %s", i, jz_status_name(st));
    }
}

static void test_text_ends_at_the_last_empty_line(void **state)
{
    (void)state;
    const char text[] = "a\n\n\nb\n\n" DASH "x y\n\n";
    const jz_skey key = new_key("k", JZ_KEY_ED25519);
    JZ_BUF_AUTO note = { 0 };
    jz_note parsed;
    jz_note_seal seal;
    jz_buf_puts(&note, text);
    jz_buf_puts(&note, "\n");
    assert_ok(jz_note_sign(bytes(text), &key, 0, &note, err));
    assert_ok(jz_note_parse(bytes_of_buf(&note), &parsed, err));
    assert_int_equal(parsed.text.len, sizeof text - 1);
    assert_ok(jz_note_verify(&parsed, &key.pub, 1, &seal, err));
}

static void test_hundred_signatures_are_read_and_more_are_not(void **state)
{
    (void)state;
    const jz_vkey peter = vkey(PETER);
    JZ_BUF_AUTO note = { 0 };
    jz_note_seal seal;
    jz_note parsed;
    jz_buf_puts(&note, TEXT "\n");
    for (int i = 0; i < 100; i++)
        jz_buf_puts(&note, PETER_SIG);
    assert_int_equal(open_note(note.ptr, &peter, 1, &seal), JZ_OK);
    jz_buf_puts(&note, PETER_SIG);
    assert_int_equal(jz_note_parse(bytes_of_buf(&note), &parsed, NULL), JZ_E_LIMIT);
}

/* ---- cosignatures ---- */

static void test_cosignature_holds_its_time(void **state)
{
    (void)state;
    const char text[] = ORIGIN "\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    const jz_skey w = new_key("witness.example/w", JZ_KEY_COSIGNATURE);
    JZ_BUF_AUTO note = { 0 };
    jz_note parsed;
    jz_note_seal seal;
    uint8_t blob[76];
    jz_buf_puts(&note, text);
    jz_buf_puts(&note, "\n");
    assert_ok(jz_note_sign(bytes(text), &w, 1679315147, &note, err));
    assert_ok(jz_note_sign(bytes(text), &w, 1679315140, &note, err));
    assert_ok(jz_note_parse(bytes_of_buf(&note), &parsed, err));
    assert_true(jz_base64_read(parsed.sig[0].blob64, blob, sizeof blob));
    assert_memory_equal(blob + 4, "\0\0\0\0\x64\x18\x50\xcb", 8);
    assert_ok(jz_note_verify(&parsed, &w.pub, 1, &seal, err));
    assert_int_equal(seal.time, 1679315147);
    for (size_t i = 0; i < note.len; i++) { /* one bit anywhere */
        note.ptr[i] ^= 1;
        if (jz_note_parse(bytes_of_buf(&note), &parsed, NULL) == JZ_OK &&
            jz_note_verify(&parsed, &w.pub, 1, &seal, NULL) == JZ_OK)
            assert_int_equal(parsed.n, 2); /* a name that is now another's, ignored */
        if (i < sizeof text - 1)
            assert_int_not_equal(open_note(note.ptr, &w.pub, 1, &seal), JZ_OK);
        note.ptr[i] ^= 1;
    }
}

/* The same key as a log's signs something else. */
static void test_signature_of_one_type_is_none_of_another(void **state)
{
    (void)state;
    jz_skey log = new_key("k", JZ_KEY_ED25519);
    JZ_BUF_AUTO note = { 0 };
    jz_note_seal seal;
    jz_vkey other = log.pub;
    other.type = JZ_KEY_COSIGNATURE;
    jz_buf_puts(&note, "t\n\n");
    assert_ok(jz_note_sign(bytes("t\n"), &log, 0, &note, err));
    assert_int_equal(open_note(note.ptr, &other, 1, &seal), JZ_E_MISMATCH);
    assert_int_equal(open_note(note.ptr, &log.pub, 1, &seal), JZ_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_keys_are_read_and_written),
        cmocka_unit_test(test_mangled_keys_are_refused),
        cmocka_unit_test(test_keys_of_other_kinds_are_refused),
        cmocka_unit_test(test_new_key_signs_what_its_public_half_verifies),
        cmocka_unit_test(test_published_signature_is_made_byte_for_byte),
        cmocka_unit_test(test_published_notes_verify),
        cmocka_unit_test(test_unknown_keys_are_ignored_and_false_signatures_are_not),
        cmocka_unit_test(test_what_is_no_note_is_refused),
        cmocka_unit_test(test_text_ends_at_the_last_empty_line),
        cmocka_unit_test(test_hundred_signatures_are_read_and_more_are_not),
        cmocka_unit_test(test_cosignature_holds_its_time),
        cmocka_unit_test(test_signature_of_one_type_is_none_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
