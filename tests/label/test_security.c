/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "label/security.h"
#include "label/security_sm2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/wait.h>

/* A published label of StepFun (2025-08), with the values of its signature. */
#define PRODUCER "001191310104MACE0YX63918020"
#define PRODUCE_ID "142569260085903360"
#define X "5728F08C58D9C72150A705693EF7337859F8FF216E802630041AFAE5C036F0A6"
#define Y "7CB1FDF8C57F5F8B623284AE09E4E545464B7140B26BBDA51BAE965F854C57AA"
#define R "AE6B84B3342128AE301A597596FCD9EECF3EA0FC2DB6C250BAF234E167298E90"
#define S "97223ABB647B786A90D0A1B93CB9382EA879563B2C7F025FA006BE16AE926C14"
#define SPKI_HEAD "3059301306072A8648CE3D020106082A811CCF5501822D034200"
#define DER "3046022100" R "022100" S
#define OID "1.2.156.10197.1.501"
#define DS(sig)                                                                                    \
    "{\"Type\":\"DS\",\"AlgID\":\"" OID "\",\"TBSData\":{\"Type\":\"LabelMataData\"},"             \
    "\"Signature\":\"" sig "\"}"
#define PUBKEY(key) "{\"Type\":\"PubKey\",\"AlgID\":\"" OID "\",\"KeyValue\":\"" key "\"}"
#define DATA(items) "{\"SecurityData\":{\"Type\":\"TC260PG\",\"Version\":1,\"PubSD\":[" items "]}}"
#define REAL DATA(DS(DER) "," PUBKEY(SPKI_HEAD "04" X Y))

static jz_aigc label_with(const char *reserved)
{
    static char one[] = "1", producer[] = PRODUCER, id[] = PRODUCE_ID;
    jz_aigc a = { .field = { one, producer, id } };
    a.field[JZ_AIGC_RESERVED1] = jz_strdup(reserved);
    assert_non_null(a.field[JZ_AIGC_RESERVED1]);
    return a;
}

static jz_signature verify_label(const jz_aigc *a, jz_aigc_field f, const jz_pins *pins)
{
    jz_signature s;
    jz_err err = { 0 };
    if (jz_security_verify(a, f, pins, &s, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    assert_true(strlen(s.message) > 0);
    return s;
}

static jz_signature verify(const char *reserved)
{
    jz_aigc a = label_with(reserved);
    const jz_signature s = verify_label(&a, JZ_AIGC_RESERVED1, NULL);
    jz_free(a.field[JZ_AIGC_RESERVED1]);
    return s;
}

static void test_security_real_label_verifies(void **state)
{
    (void)state;
    uint8_t key[65];
    const jz_signature s = verify(REAL);
    assert_int_equal(s.state, JZ_SIGNATURE_INTEGRITY);
    assert_true(s.twice_hashed);
    assert_true(jz_hex_decode("04" X Y, 130, key, sizeof key));
    assert_memory_equal(s.key, key, sizeof key);
    assert_string_equal(s.signer, "");
}

static void test_security_one_changed_character_is_invalid(void **state)
{
    (void)state;
    jz_aigc a = label_with(REAL);
    static const struct {
        jz_aigc_field field;
        const char *value;
    } changes[] = { { JZ_AIGC_LABEL, "2" },
                    { JZ_AIGC_CONTENT_PRODUCER, "001191310104MACE0YX63918021" },
                    { JZ_AIGC_PRODUCE_ID, "142569260085903361" },
                    { JZ_AIGC_PRODUCE_ID, "" },
                    { JZ_AIGC_PRODUCE_ID, NULL } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(changes); i++) {
        JZ_BUF_AUTO value = { 0 };
        jz_aigc changed = a;
        if (changes[i].value != NULL)
            jz_buf_puts(&value, changes[i].value);
        changed.field[changes[i].field] = value.ptr;
        const jz_signature s = verify_label(&changed, JZ_AIGC_RESERVED1, NULL);
        assert_int_equal(s.state, JZ_SIGNATURE_INVALID);
        assert_int_equal(s.key[0], 4);
    }
    jz_free(a.field[JZ_AIGC_RESERVED1]);
    for (const char *at = strstr(REAL, R); at < strstr(REAL, S) + 64; at += 9) {
        char text[] = REAL;
        const size_t i = (size_t)(at - REAL);
        const size_t tag = (size_t)(strstr(REAL, "022100" S) - REAL);
        if (i >= tag && i < tag + 6)
            continue; /* the structure of the signature, not its numbers */
        text[i] = text[i] == 'E' ? 'F' : 'E';
        assert_int_equal(verify(text).state, JZ_SIGNATURE_INVALID);
    }
}

static void test_security_all_encodings_are_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        DATA(DS(DER) "," PUBKEY("04" X Y)),
        DATA(DS(DER) "," PUBKEY("02" X)),
        DATA(DS(DER) "," PUBKEY("00" X)),
        DATA(DS(DER) "," PUBKEY(X)),
        DATA(DS(R S) "," PUBKEY(SPKI_HEAD "04" X Y)),
        DATA(PUBKEY("00" X) "," DS(R S)),
        DATA("{\"Type\":\"DS\",\"AlgID\":\"" OID "\",\"Signature\":\"" R S "\"}," PUBKEY(X)),
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++) {
        const jz_signature s = verify(texts[i]);
        if (s.state != JZ_SIGNATURE_INTEGRITY || !s.twice_hashed)
            fail_msg("form %zu: %s", i, s.message);
    }
    assert_int_equal(verify(DATA(DS(DER) "," PUBKEY("03" X))).state, JZ_SIGNATURE_INVALID);
}

static void test_security_data_is_read_in_its_variants(void **state)
{
    (void)state;
    JZ_BUF_AUTO escaped = { 0 };
    JZ_BUF_AUTO string = { 0 };
    for (const char *at = REAL; *at != '\0'; at++)
        jz_buf_printf(&escaped, *at == '"' ? "\\%c" : "%c", *at);
    jz_buf_printf(&string, "\"%s\"", escaped.ptr);
    assert_int_equal(verify(escaped.ptr).state, JZ_SIGNATURE_INTEGRITY);
    assert_int_equal(verify(string.ptr).state, JZ_SIGNATURE_INTEGRITY);
    assert_int_equal(verify("{\"SecurityData\": {\"Type\": \"TC260PG\", \"PubSd\": [ " DS(
                                DER) " , " PUBKEY("02" X) " ] } }")
                         .state,
                     JZ_SIGNATURE_INTEGRITY);
}

#define OTHER_KEY                                                                                  \
    "{\"Type\":\"PubKey\",\"KeyID\":1,\"KeyValue\":"                                               \
    "\"0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"                         \
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13\"}"

static void test_security_key_id_ties_a_key_to_its_signature(void **state)
{
    (void)state;
    static const char *const ties =
        DATA(OTHER_KEY ",{\"Type\":\"DS\",\"KeyID\":2,\"AlgID\":\"" OID "\",\"Signature\":\"" DER
                       "\"},{\"Type\":\"PubKey\",\"KeyID\":2,\"KeyValue\":\"" X "\"}");
    assert_int_equal(verify(ties).state, JZ_SIGNATURE_INTEGRITY);
    assert_int_equal(verify(DATA(OTHER_KEY "," DS(DER) "," PUBKEY(X))).state, JZ_SIGNATURE_INVALID);
}

static void test_security_other_forms_are_opaque_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "d41d8cd98f00b204e9800998ecf8427e", "hex digits" },
        { "S7Wr/Evf+Mq+T3SWymUoO7naAs0WPNLrahOqG9WzR+o=", "base64" },
        { "L-1 K-2", "text" },
        { "{\"SecurityData\":", "damaged" },
        { "{\"SecurityData\":7}", "another shape" },
        { "[1,2]", "text" },
        { "{\"SecurityData\":{\"Type\":\"OTHER\"}}", "type OTHER" },
        { "{\"SecurityData\":{\"Type\":\"TC260PG\"}}", "without a public signature" },
        { "{\"SecurityData\":{\"Type\":\"TC260PG\",\"PubSD\":{\"Type\":\"DS\"}}}", "without" },
        { DATA("7,null,\"DS\""), "without a public signature" },
        { DATA("{\"Type\":\"DS\",\"AlgID\":\"1.2.840.113549.1.1.11\"}"), "1.2.840.113549.1.1.11" },
        { DATA("{\"Type\":\"DS\",\"AlgID\":\"a\\nb\"}"), "a?b" },
        { DATA("{\"Type\":\"DS\",\"AlgID\":\"" OID "\",\"TBSData\":{\"Type\":\"Bnd\"}}"), "Bnd" },
        { DATA(DS(DER)), "without its public key" },
        { DATA(DS(DER "00") "," PUBKEY(X)), "neither DER nor" },
        { DATA(DS("30") "," PUBKEY(X)), "neither DER nor" },
        { DATA(DS("") "," PUBKEY(X)), "neither DER nor" },
        { DATA(DS("zz") "," PUBKEY(X)), "not hex" },
        { DATA(DS(DER) "," PUBKEY("04" X X)), "no point" },
        { DATA(DS(DER) "," PUBKEY("05" X)), "no known form" },
        { DATA(DS(DER) "," PUBKEY("")), "no known form" },
        { DATA(DS(DER) "," PUBKEY("3059301306072A8648CE3D020106082A8648CE3D030107034200"
                                  "04" X Y)),
          "not one of SM2" },
        { "{\"SecurityData\":{\"Type\":\"TC260PG\",\"Type\":\"TC260PG\",\"PubSD\":[" DS(
              DER) "," PUBKEY(X) "]}}",
          "damaged" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        const jz_signature s = verify(rows[i].text);
        if (s.state != JZ_SIGNATURE_OPAQUE || strstr(s.message, rows[i].says) == NULL)
            fail_msg("row %zu is %s: %s", i, jz_signature_state_name(s.state), s.message);
    }
}

static void test_security_empty_is_none_and_huge_is_opaque(void **state)
{
    (void)state;
    JZ_BUF_AUTO huge = { 0 };
    JZ_BUF_AUTO deep = { 0 };
    const jz_aigc missing = { 0 };
    assert_int_equal(verify("").state, JZ_SIGNATURE_NONE);
    assert_int_equal(verify(" \n").state, JZ_SIGNATURE_NONE);
    assert_int_equal(verify_label(&missing, JZ_AIGC_RESERVED1, NULL).state, JZ_SIGNATURE_NONE);
    jz_buf_puts(&huge, REAL);
    for (int i = 0; i < 100000; i++)
        jz_buf_putc(&huge, ' ');
    assert_int_equal(verify(huge.ptr).state, JZ_SIGNATURE_OPAQUE);
    for (int i = 0; i < 60000; i++)
        jz_buf_putc(&deep, '[');
    assert_int_equal(verify(deep.ptr).state, JZ_SIGNATURE_OPAQUE);
}

static void test_security_second_code_is_never_invalid(void **state)
{
    (void)state;
    jz_aigc a = label_with(REAL);
    char other[] = "2";
    a.field[JZ_AIGC_RESERVED2] = a.field[JZ_AIGC_RESERVED1];
    assert_int_equal(verify_label(&a, JZ_AIGC_RESERVED2, NULL).state, JZ_SIGNATURE_INTEGRITY);
    a.field[JZ_AIGC_LABEL] = other;
    const jz_signature s = verify_label(&a, JZ_AIGC_RESERVED2, NULL);
    assert_int_equal(s.state, JZ_SIGNATURE_OPAQUE);
    assert_non_null(strstr(s.message, "is not known"));
    jz_free(a.field[JZ_AIGC_RESERVED1]);
}

/* The example of GB/T 32918.5-2017, A.2: one hash, a key whose y is odd. */
static void test_security_standard_example_verifies(void **state)
{
    (void)state;
    static const char key[] = "0309F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020";
    static const char sig[] = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
                              "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA";
    const jz_bytes message = { (const uint8_t *)"message digest", 14 };
    uint8_t point[JZ_SM2_POINT];
    jz_sm2_signature s;
    bool ok = false;
    assert_int_equal(jz_sm2_read_point(key, strlen(key), point, NULL), JZ_OK);
    assert_int_equal(jz_sm2_read_signature(sig, strlen(sig), &s, NULL), JZ_OK);
    assert_int_equal(jz_sm2_verify(point, message, false, &s, &ok, NULL), JZ_OK);
    assert_true(ok);
    assert_int_equal(jz_sm2_verify(point, message, true, &s, &ok, NULL), JZ_OK);
    assert_false(ok);
}

/* A folder for the files of one test, taken away at the end. */
typedef struct folder {
    char path[32];
} folder;

static folder make_folder(void)
{
    folder f = { "/tmp/jz-security-XXXXXX" };
    assert_non_null(mkdtemp(f.path));
    return f;
}

static const char *in(const folder *f, const char *name, char buf[96])
{
    (void)snprintf(buf, 96, "%s/%s", f->path, name);
    return buf;
}

static void put_file(const folder *f, const char *name, const void *data, size_t len)
{
    char path[96];
    assert_int_equal(jz_file_write(in(f, name, path), data, len, NULL), JZ_OK);
}

/* The exit status of a program run in the folder; -1 where it is missing. */
static int run(const folder *f, const char *const *argv)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, 1);
        dup2(null, 2);
        if (chdir(f->path) == 0)
            execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    const int rc = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return rc == 127 ? -1 : rc;
}

static void done_folder(const folder *f)
{
    static const char *const names[] = { "key.pem", "msg", "sig", "pub", "pins" };
    char path[96];
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++)
        (void)unlink(in(f, names[i], path));
    assert_int_equal(rmdir(f->path), 0);
}

static bool make_key(const folder *f, const char *const *argv)
{
    const int rc = run(f, argv);
    assert_true(rc <= 0);
    return rc == 0;
}

static const char *const make_sm2[] = { "openssl", "genpkey",  "-algorithm",
                                        "EC",      "-pkeyopt", "ec_paramgen_curve:SM2",
                                        "-out",    "key.pem",  NULL };

static void test_security_pinned_key_names_its_signer(void **state)
{
    (void)state;
    const folder f = make_folder();
    char path[96];
    jz_auto(jz_pins) *pins = NULL;
    jz_aigc a = label_with(REAL);
    static const char text[] = "# ours\r\n"
                               "\n"
                               "Somebody Else  0309F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC07"
                               "6BB08FF356F35020\n"
                               "\xe9\x98\xb6\xe8\xb7\x83 AI\t02" X " # compressed\n"
                               "again 04" X Y;
    put_file(&f, "pins", text, strlen(text));
    assert_int_equal(jz_pins_load(in(&f, "pins", path), &pins, NULL), JZ_OK);
    jz_signature s = verify_label(&a, JZ_AIGC_RESERVED1, pins);
    assert_int_equal(s.state, JZ_SIGNATURE_KNOWN);
    assert_string_equal(s.signer, "\xe9\x98\xb6\xe8\xb7\x83 AI");
    jz_free(a.field[JZ_AIGC_RESERVED1]);
    a = label_with(DATA(DS(DER))); /* no key beside it */
    s = verify_label(&a, JZ_AIGC_RESERVED1, pins);
    assert_int_equal(s.state, JZ_SIGNATURE_KNOWN);
    jz_free(a.field[JZ_AIGC_RESERVED1]);
    done_folder(&f);
}

static void test_security_other_pins_leave_integrity(void **state)
{
    (void)state;
    const folder f = make_folder();
    char path[96];
    jz_auto(jz_pins) *pins = NULL;
    jz_aigc a = label_with(REAL);
    static const char text[] =
        "x 0309F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020";
    put_file(&f, "pins", text, strlen(text));
    assert_int_equal(jz_pins_load(in(&f, "pins", path), &pins, NULL), JZ_OK);
    assert_int_equal(verify_label(&a, JZ_AIGC_RESERVED1, pins).state, JZ_SIGNATURE_INTEGRITY);
    jz_free(a.field[JZ_AIGC_RESERVED1]);
    done_folder(&f);
}

static void test_security_damaged_pins_name_their_line(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "# fine\nname 04" X "\n",
        "\nname",
        "\n02" X,
        "#\nname 02" X "00",
        "#\na\x1b[2J 02" X,
        "#\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 02" X,
    };
    const folder f = make_folder();
    char path[96];
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++) {
        jz_pins *pins = NULL;
        jz_err err = { 0 };
        char said[1024];
        put_file(&f, "pins", texts[i], strlen(texts[i]));
        assert_int_equal(jz_pins_load(in(&f, "pins", path), &pins, &err), JZ_E_CORRUPT);
        assert_null(pins);
        assert_non_null(strstr(jz_err_text(&err, said, sizeof said), "line 2"));
    }
    done_folder(&f);
    jz_pins *pins = NULL;
    assert_int_equal(jz_pins_load(in(&f, "pins", path), &pins, NULL), JZ_E_NOTFOUND);
}

/* The value behind "key":" in what was written. */
static size_t decode_member(const char *text, const char *key, uint8_t *out, size_t size)
{
    const char *at = strstr(text, key);
    assert_non_null(at);
    at += strlen(key);
    const size_t len = strspn(at, "0123456789abcdef") / 2;
    assert_true(len <= size && at[2 * len] == '"');
    assert_true(jz_hex_decode(at, 2 * len, out, len));
    return len;
}

/* The files that openssl needs: the message, the signature, the public key. */
static void put_peer_files(const folder *f, const char *data)
{
    static const char message[] =
        "\"Label\":\"1\",\"ContentProducer\":\"" PRODUCER "\",\"ProduceID\":\"" PRODUCE_ID "\"";
    uint8_t bytes[128];
    put_file(f, "msg", message, strlen(message));
    put_file(f, "sig", bytes, decode_member(data, "\"Signature\":\"", bytes, sizeof bytes));
    put_file(f, "pub", bytes, decode_member(data, "\"KeyValue\":\"", bytes, sizeof bytes));
}

static const char *const peer_verify[] = { "openssl",
                                           "pkeyutl",
                                           "-verify",
                                           "-rawin",
                                           "-digest",
                                           "sm3",
                                           "-pubin",
                                           "-inkey",
                                           "pub",
                                           "-keyform",
                                           "DER",
                                           "-sigfile",
                                           "sig",
                                           "-in",
                                           "msg",
                                           "-pkeyopt",
                                           "distid:1234567812345678",
                                           NULL };

static void expect_charset(const char *s)
{
    for (; *s != '\0'; s++)
        assert_true(*s >= 0x21 && *s <= 0x7e && *s != '\\');
}

static void test_security_what_is_signed_verifies_here_and_with_openssl(void **state)
{
    (void)state;
    static const char *const make_ecparam[] = { "openssl", "ecparam", "-name",   "SM2",
                                                "-genkey", "-out",    "key.pem", NULL };
    static const char *const make_genpkey[] = { "openssl", "genpkey", "-algorithm", "SM2",
                                                "-out",    "key.pem", NULL };
    static const char *const *const makers[] = { make_sm2, make_ecparam, make_genpkey };
    const folder f = make_folder();
    char path[96];
    for (size_t i = 0; i < JZ_ARRAY_LEN(makers); i++) {
        jz_err err = { 0 };
        if (!make_key(&f, makers[i])) {
            done_folder(&f);
            print_message("SKIP: no openssl\n");
            skip();
        }
        jz_aigc a = label_with("old");
        if (jz_security_sign(&a, in(&f, "key.pem", path), &err) != JZ_OK)
            fail_msg("key %zu: %s", i, err.frame[0]);
        const jz_signature s = verify_label(&a, JZ_AIGC_RESERVED1, NULL);
        assert_int_equal(s.state, JZ_SIGNATURE_INTEGRITY);
        assert_false(s.twice_hashed);
        expect_charset(a.field[JZ_AIGC_RESERVED1]);
        put_peer_files(&f, a.field[JZ_AIGC_RESERVED1]);
        assert_int_equal(run(&f, peer_verify), 0);
        put_file(&f, "msg", "\"Label\":\"2\"", 11);
        assert_true(run(&f, peer_verify) > 0);
        jz_free(a.field[JZ_AIGC_RESERVED1]);
    }
    done_folder(&f);
}

/* Signing with the key must fail so, and leave the label. */
static void expect_refusal(const folder *f, jz_status expected)
{
    char path[96];
    jz_aigc a = label_with("old");
    assert_int_equal(jz_security_sign(&a, in(f, "key.pem", path), NULL), expected);
    assert_string_equal(a.field[JZ_AIGC_RESERVED1], "old");
    jz_free(a.field[JZ_AIGC_RESERVED1]);
}

static void test_security_signing_refuses_other_keys(void **state)
{
    (void)state;
    static const char *const p256[] = { "openssl", "genpkey",  "-algorithm",
                                        "EC",      "-pkeyopt", "ec_paramgen_curve:P-256",
                                        "-out",    "key.pem",  NULL };
    static const char *const locked[] = { "openssl",      "genpkey",  "-algorithm",
                                          "EC",           "-pkeyopt", "ec_paramgen_curve:SM2",
                                          "-aes-128-cbc", "-pass",    "pass:secret",
                                          "-out",         "key.pem",  NULL };
    const folder f = make_folder();
    expect_refusal(&f, JZ_E_NOTFOUND);
    put_file(&f, "key.pem", "no key", 6);
    expect_refusal(&f, JZ_E_CORRUPT);
    if (!make_key(&f, p256)) {
        done_folder(&f);
        print_message("SKIP: no openssl\n");
        skip();
    }
    expect_refusal(&f, JZ_E_UNSUPPORTED);
    assert_true(make_key(&f, locked));
    expect_refusal(&f, JZ_E_UNSUPPORTED);
    done_folder(&f);
}

static void test_security_signing_needs_its_three_fields(void **state)
{
    (void)state;
    static const jz_aigc_field needed[] = { JZ_AIGC_LABEL, JZ_AIGC_CONTENT_PRODUCER,
                                            JZ_AIGC_PRODUCE_ID };
    char empty[] = "";
    for (size_t i = 0; i < JZ_ARRAY_LEN(needed); i++) {
        jz_aigc a = label_with("old");
        a.field[needed[i]] = NULL;
        assert_int_equal(jz_security_sign(&a, "/nonexistent", NULL), JZ_E_INVAL);
        a.field[needed[i]] = empty;
        assert_int_equal(jz_security_sign(&a, "/nonexistent", NULL), JZ_E_INVAL);
        jz_free(a.field[JZ_AIGC_RESERVED1]);
    }
}

static void test_security_every_allocation_may_fail(void **state)
{
    (void)state;
    const folder f = make_folder();
    char key[96];
    char pins_path[96];
    static const char text[] = "a 02" X "\n";
    put_file(&f, "pins", text, strlen(text));
    if (!make_key(&f, make_sm2)) {
        done_folder(&f);
        print_message("SKIP: no openssl\n");
        skip();
    }
    for (unsigned n = 0;; n++) {
        jz_auto(jz_pins) *pins = NULL;
        jz_signature s;
        jz_aigc a = label_with("old");
        jz_fault_arm(n);
        jz_status st = jz_pins_load(in(&f, "pins", pins_path), &pins, NULL);
        if (st == JZ_OK)
            st = jz_security_sign(&a, in(&f, "key.pem", key), NULL);
        if (st == JZ_OK)
            st = jz_security_verify(&a, JZ_AIGC_RESERVED1, pins, &s, NULL);
        jz_free(a.field[JZ_AIGC_RESERVED1]);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            assert_true(n > 5);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
    }
    done_folder(&f);
}

static void test_security_states_have_names(void **state)
{
    (void)state;
    static const char *const names[] = { "none", "opaque", "invalid", "integrity", "known" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++)
        assert_string_equal(jz_signature_state_name((jz_signature_state)i), names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_security_real_label_verifies),
        cmocka_unit_test(test_security_one_changed_character_is_invalid),
        cmocka_unit_test(test_security_all_encodings_are_read),
        cmocka_unit_test(test_security_data_is_read_in_its_variants),
        cmocka_unit_test(test_security_key_id_ties_a_key_to_its_signature),
        cmocka_unit_test(test_security_other_forms_are_opaque_and_named),
        cmocka_unit_test(test_security_empty_is_none_and_huge_is_opaque),
        cmocka_unit_test(test_security_second_code_is_never_invalid),
        cmocka_unit_test(test_security_standard_example_verifies),
        cmocka_unit_test(test_security_pinned_key_names_its_signer),
        cmocka_unit_test(test_security_other_pins_leave_integrity),
        cmocka_unit_test(test_security_damaged_pins_name_their_line),
        cmocka_unit_test(test_security_what_is_signed_verifies_here_and_with_openssl),
        cmocka_unit_test(test_security_signing_refuses_other_keys),
        cmocka_unit_test(test_security_signing_needs_its_three_fields),
        cmocka_unit_test(test_security_every_allocation_may_fail),
        cmocka_unit_test(test_security_states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
