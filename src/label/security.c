/* SPDX-License-Identifier: Apache-2.0 */
/* SecurityData: {"SecurityData":{"Type":"TC260PG","Version":1,"PubSD":[...]}}. Of the signatures
 * (DS) in PubSD the first one over the label by SM3withSM2 is judged, with the public key (PubKey)
 * beside it. */
#include "label/security.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "base/json.h"
#include "label/security_pins.h"
#include "label/security_sm2.h"

#include <jansson.h>
#include <stdarg.h>
#include <string.h>

#define SM3_WITH_SM2 "1.2.156.10197.1.501"
#define TEXT_MAX ((size_t)64 << 10) /* bytes of security data; real ones have 400 to 4000 */
#define QUOTE 41                    /* bytes of a name from the file in a message */

static const char *const state_names[] = {
    [JZ_SIGNATURE_NONE] = "none",       [JZ_SIGNATURE_OPAQUE] = "opaque",
    [JZ_SIGNATURE_INVALID] = "invalid", [JZ_SIGNATURE_INTEGRITY] = "integrity",
    [JZ_SIGNATURE_KNOWN] = "known",
};

const char *jz_signature_state_name(jz_signature_state s)
{
    return (size_t)s < JZ_ARRAY_LEN(state_names) ? state_names[s] : "opaque";
}

/* A verdict; always JZ_OK, so that a judge can return it. */
static JZ_PRINTF(3, 4) jz_status
    say(jz_signature *out, jz_signature_state state, const char *fmt, ...)
{
    va_list args;
    out->state = state;
    va_start(args, fmt);
    (void)vsnprintf(out->message, sizeof out->message, fmt, args); /* what is too long is cut */
    va_end(args);
    return JZ_OK;
}

/* A name from the file, cut and made printable. */
static const char *quote(const char *s, char buf[QUOTE])
{
    size_t i = 0;
    for (; i < QUOTE - 1 && s[i] != '\0'; i++)
        buf[i] = (char)(s[i] > 0x20 && s[i] < 0x7f ? s[i] : '?');
    buf[i] = '\0';
    return buf;
}

static const char *text_at(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

static bool is(const json_t *o, const char *key, const char *value)
{
    return strcmp(text_at(o, key), value) == 0;
}

/* The JSON of the data, NULL where it is none. Values that are objects written as a string lose the
 * string's quotes and escapes first: some labels are encoded once more than they should be. */
static jz_status load(const char *text, json_t **out, jz_err *err)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
    json_error_t why;
    JZ_BUF_AUTO quoted = { 0 };
    json_t *root = json_loads(text, flags, &why);
    if (root == NULL && strstr(text, "\\\"") != NULL) {
        jz_buf_printf(&quoted, "\"%s\"", text);
        JZ_TRY(jz_buf_check(&quoted, err));
        root = json_loads(quoted.ptr, flags, &why);
    }
    if (json_is_string(root)) {
        json_t *inner = json_loads(json_string_value(root), flags, &why);
        json_decref(root);
        root = inner;
    }
    if (root == NULL && json_error_code(&why) == json_error_out_of_memory)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory to read security data");
    *out = root;
    return JZ_OK;
}

/* What data that is not TC260PG's looks like, for people. */
static const char *looks_like(const char *text)
{
    static const char base64[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=";
    const size_t len = strlen(text);
    if (*text == '{' || *text == '"')
        return "JSON of another shape, or damaged";
    if (strspn(text, "0123456789abcdefABCDEF") == len)
        return "hex digits";
    return strspn(text, base64) == len ? "one word, perhaps base64" : "text";
}

/* The values of TBSData.Type that mean the label: the guide's, and what vendors write. */
static bool signs_label(const json_t *ds)
{
    static const char *const types[] = { "Md", "LabelMataData", "LabelMetaData" };
    const json_t *tbs = json_object_get(ds, "TBSData");
    if (tbs == NULL)
        return true;
    for (size_t i = 0; i < JZ_ARRAY_LEN(types); i++) {
        if (is(tbs, "Type", types[i]))
            return true;
    }
    return false;
}

/* The signature to judge; NULL after a verdict in *out that there is none. */
static const json_t *find_signature(const json_t *pub, jz_signature *out)
{
    char name[QUOTE];
    (void)say(out, JZ_SIGNATURE_OPAQUE, "security data without a public signature");
    for (size_t i = 0; i < json_array_size(pub); i++) {
        const json_t *ds = json_array_get(pub, i);
        if (!is(ds, "Type", "DS"))
            continue;
        if (!is(ds, "AlgID", SM3_WITH_SM2))
            (void)say(out, JZ_SIGNATURE_OPAQUE, "signed with algorithm %s, which is not known here",
                      quote(text_at(ds, "AlgID"), name));
        else if (!signs_label(ds))
            (void)say(out, JZ_SIGNATURE_OPAQUE, "what is signed is %s, not the label",
                      quote(text_at(json_object_get(ds, "TBSData"), "Type"), name));
        else
            return ds;
    }
    return NULL;
}

/* The first key for a signature: KeyID ties them together where both have one. */
static const json_t *find_key(const json_t *pub, const json_t *ds)
{
    const json_t *wanted = json_object_get(ds, "KeyID");
    for (size_t i = 0; i < json_array_size(pub); i++) {
        const json_t *key = json_array_get(pub, i);
        const json_t *id = json_object_get(key, "KeyID");
        if (is(key, "Type", "PubKey") && (id == NULL || wanted == NULL || json_equal(id, wanted)))
            return key;
    }
    return NULL;
}

static const char *field(const jz_aigc *a, jz_aigc_field f)
{
    return a->field[f] != NULL ? a->field[f] : "";
}

/* Appendix A.1 of the guide, confirmed with real labels: three members of the label's object, as
 * they stand in it, without the braces. */
static jz_status make_message(const jz_aigc *a, jz_buf *object, jz_bytes *out, jz_err *err)
{
    jz_json j = { .out = object };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "Label", field(a, JZ_AIGC_LABEL));
    jz_json_put_str(&j, "ContentProducer", field(a, JZ_AIGC_CONTENT_PRODUCER));
    jz_json_put_str(&j, "ProduceID", field(a, JZ_AIGC_PRODUCE_ID));
    jz_json_end_object(&j);
    JZ_TRY(jz_buf_check(object, err));
    *out = (jz_bytes){ (const uint8_t *)object->ptr + 1, object->len - 2 };
    return JZ_OK;
}

typedef struct signed_label {
    jz_bytes message;
    jz_sm2_signature sig;
} signed_label;

static jz_status verify_both(const signed_label *s, const uint8_t *point, bool *ok, bool *twice,
                             jz_err *err)
{
    JZ_TRY(jz_sm2_verify(point, s->message, false, &s->sig, ok, err));
    *twice = false;
    if (*ok)
        return JZ_OK;
    JZ_TRY(jz_sm2_verify(point, s->message, true, &s->sig, ok, err));
    *twice = *ok;
    return JZ_OK;
}

static jz_status say_valid(jz_signature *out, const uint8_t *point, bool twice, const jz_pin *pin)
{
    const char *e = twice ? "e = SM3(Z || SM3(M))" : "e = SM3(Z || M)";
    out->twice_hashed = twice;
    memcpy(out->key, point, sizeof out->key);
    if (pin == NULL)
        return say(out, JZ_SIGNATURE_INTEGRITY,
                   "unchanged since it was signed with the key beside it; whose key that is is not "
                   "known; %s",
                   e);
    memcpy(out->signer, pin->name, sizeof pin->name);
    return say(out, JZ_SIGNATURE_KNOWN, "signed with the pinned key of %s; %s", pin->name, e);
}

/* No key stands beside the signature: the operator's own are tried. */
static jz_status judge_with_pins(const signed_label *s, const jz_pins *pins, jz_signature *out,
                                 jz_err *err)
{
    const jz_pin *pin;
    for (size_t i = 0; (pin = jz_pins_at(pins, i)) != NULL; i++) {
        bool ok;
        bool twice;
        JZ_TRY(verify_both(s, pin->key, &ok, &twice, err));
        if (ok)
            return say_valid(out, pin->key, twice, pin);
    }
    return say(out, JZ_SIGNATURE_OPAQUE, "a signature without its public key");
}

/* What ReservedCode2 signs is not known: a label that does not give the signature proves nothing.
 */
static jz_status judge_with_key(const signed_label *s, const uint8_t *point, jz_aigc_field f,
                                const jz_pins *pins, jz_signature *out, jz_err *err)
{
    bool ok;
    bool twice;
    JZ_TRY(verify_both(s, point, &ok, &twice, err));
    if (ok)
        return say_valid(out, point, twice, jz_pins_find(pins, point));
    if (f != JZ_AIGC_RESERVED1)
        return say(out, JZ_SIGNATURE_OPAQUE,
                   "the message that is signed here is not known: it is not that of ReservedCode1");
    memcpy(out->key, point, sizeof out->key);
    return say(out, JZ_SIGNATURE_INVALID,
               "Label, ContentProducer and ProduceID are not those that were signed, or the "
               "signature or its key was changed");
}

static jz_status judge_pub(const jz_aigc *a, jz_aigc_field f, const json_t *pub,
                           const jz_pins *pins, jz_signature *out, jz_err *err)
{
    JZ_BUF_AUTO object = { 0 };
    jz_err why = { 0 };
    signed_label s;
    uint8_t point[JZ_SM2_POINT];
    const json_t *ds = find_signature(pub, out);
    if (ds == NULL)
        return JZ_OK;
    const char *hex = text_at(ds, "Signature");
    jz_status st = jz_sm2_read_signature(hex, strlen(hex), &s.sig, &why);
    const json_t *key = find_key(pub, ds);
    const char *key_hex = text_at(key, "KeyValue");
    if (st == JZ_OK && key != NULL)
        st = jz_sm2_read_point(key_hex, strlen(key_hex), point, &why);
    if (st == JZ_E_CORRUPT)
        return say(out, JZ_SIGNATURE_OPAQUE, "%s", why.frame[0]);
    if (st != JZ_OK)
        return JZ_FAIL(err, st, "%s", why.frame[0]);
    JZ_TRY(make_message(a, &object, &s.message, err));
    return key == NULL ? judge_with_pins(&s, pins, out, err)
                       : judge_with_key(&s, point, f, pins, out, err);
}

static jz_status judge(const jz_aigc *a, jz_aigc_field f, const json_t *root, const jz_pins *pins,
                       jz_signature *out, jz_err *err)
{
    char name[QUOTE];
    const json_t *data = json_object_get(root, "SecurityData");
    if (!json_is_object(data))
        return say(out, JZ_SIGNATURE_OPAQUE, "%zu bytes in a form of the producer's own: %s",
                   strlen(a->field[f]), looks_like(a->field[f]));
    if (!is(data, "Type", "TC260PG"))
        return say(out, JZ_SIGNATURE_OPAQUE, "security data of type %s, not TC260PG",
                   quote(text_at(data, "Type"), name));
    const json_t *pub = json_object_get(data, "PubSD");
    if (pub == NULL)
        pub = json_object_get(data, "PubSd"); /* as one vendor spells it */
    return judge_pub(a, f, pub, pins, out, err);
}

jz_status jz_security_verify(const jz_aigc *a, jz_aigc_field f, const jz_pins *pins,
                             jz_signature *out, jz_err *err)
{
    jz_signature got = { 0 };
    json_t *root = NULL;
    const char *text = field(a, f);
    if (text[strspn(text, " \t\r\n")] == '\0')
        (void)say(&got, JZ_SIGNATURE_NONE, "no security data");
    else if (strlen(text) > TEXT_MAX)
        (void)say(&got, JZ_SIGNATURE_OPAQUE, "%zu bytes of security data, read are at most %zu",
                  strlen(text), TEXT_MAX);
    else {
        JZ_TRY(load(text, &root, err));
        const jz_status st = judge(a, f, root, pins, &got, err);
        json_decref(root);
        JZ_TRY(st);
    }
    *out = got;
    return JZ_OK;
}

/* In the character set of appendix E, j): no blanks, nothing that JSON would escape. */
static void write_data(const uint8_t *point, const jz_sm2_signature *sig, jz_buf *out)
{
    uint8_t spki[JZ_SM2_SPKI];
    jz_sm2_spki(point, spki);
    jz_buf_puts(out, "{\"SecurityData\":{\"Type\":\"TC260PG\",\"Version\":1,\"PubSD\":["
                     "{\"Type\":\"DS\",\"AlgID\":\"" SM3_WITH_SM2 "\","
                     "\"TBSData\":{\"Type\":\"Md\"},\"Signature\":\"");
    jz_hex_put(out, sig->der, sig->len);
    jz_buf_puts(out, "\"},{\"Type\":\"PubKey\",\"AlgID\":\"" SM3_WITH_SM2 "\",\"KeyValue\":\"");
    jz_hex_put(out, spki, sizeof spki);
    jz_buf_puts(out, "\"}]}}");
}

static jz_status check_signable(const jz_aigc *a, jz_err *err)
{
    static const struct {
        jz_aigc_field field;
        const char *name;
    } needed[] = { { JZ_AIGC_LABEL, "Label" },
                   { JZ_AIGC_CONTENT_PRODUCER, "ContentProducer" },
                   { JZ_AIGC_PRODUCE_ID, "ProduceID" } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(needed); i++) {
        if (*field(a, needed[i].field) == '\0')
            return JZ_FAIL(err, JZ_E_INVAL, "a label without %s cannot be signed", needed[i].name);
    }
    return JZ_OK;
}

jz_status jz_security_sign(jz_aigc *a, const char *key_path, jz_err *err)
{
    JZ_BUF_AUTO object = { 0 };
    JZ_BUF_AUTO data = { 0 };
    jz_bytes message;
    uint8_t point[JZ_SM2_POINT];
    jz_sm2_signature sig;
    jz_signature check;
    JZ_TRY(check_signable(a, err));
    JZ_TRY(make_message(a, &object, &message, err));
    JZ_TRY(jz_sm2_sign(key_path, message, point, &sig, err));
    write_data(point, &sig, &data);
    JZ_TRY(jz_buf_check(&data, err));
    jz_aigc with_data = *a;
    with_data.field[JZ_AIGC_RESERVED1] = data.ptr;
    JZ_TRY(jz_security_verify(&with_data, JZ_AIGC_RESERVED1, NULL, &check, err));
    if (check.state != JZ_SIGNATURE_INTEGRITY || check.twice_hashed)
        return JZ_FAIL(err, JZ_E_BUG, "the signature just made does not verify");
    char *copy = jz_strndup(data.ptr, data.len);
    if (copy == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for a signature");
    jz_free(a->field[JZ_AIGC_RESERVED1]);
    a->field[JZ_AIGC_RESERVED1] = copy;
    return JZ_OK;
}
