/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a consent as a struct: what a provider asks for (the input), and the two texts that
 * are kept of it. The record's canonical text has no personal field; it holds the SHA-256 of the
 * personal text, in which there is a random salt, so that this text can be erased and nothing is
 * learned from what is left. The record's SHA-256 is the consent's id. Threads: any. */
#ifndef JZ_CONSENT_RECORD_H
#define JZ_CONSENT_RECORD_H

#include "govern/consent_state.h"
#include "govern/fields.h"

#define JZ_CONSENT_MEDIA 64
#define JZ_CONSENT_PLACES 32

/* Words are stored by number: new ones go to the end. */
extern const char *const jz_words_operation[],
    *const jz_words_purpose[], *const jz_words_class[], *const jz_words_visibility[],
                                                            *const jz_words_role[],
                                                                *const jz_words_age[];
/* Bits of content classes. */
enum {
    JZ_CLASS_GENERAL = 1,
    JZ_CLASS_POLITICAL = 2,
    JZ_CLASS_INTIMATE = 4,
    JZ_CLASS_ID_VERIFICATION = 8,
};
enum { JZ_AGE_ADULT = 1, JZ_AGE_14_17, JZ_AGE_U14 };
enum { JZ_VISIBILITY_PRIVATE = 1, JZ_VISIBILITY_GROUP, JZ_VISIBILITY_PUBLIC };

typedef struct jz_consent_grant {
    int operation, purpose, face_role, visibility;
    uint32_t content_class, never;
    char territory[JZ_CONSENT_PLACES][3];
    size_t n_territory;
    bool commercial, model_training, sublicensable, revocable;
    int64_t max_outputs;
} jz_consent_grant;

typedef struct jz_consent_personal {
    char principal_ref[JZ_GOVERN_NAME_MAX], guardian_ref[JZ_GOVERN_NAME_MAX];
    uint8_t guardian_proof[32];       /* SHA-256 of what shows that the guardian is one */
    uint8_t key[JZ_CONSENT_KEY_SIZE]; /* zeros: none */
    uint8_t media[JZ_CONSENT_MEDIA][32];
    size_t n_media;
    struct {
        int method;
        int64_t at_s;
        uint8_t digest[32];
    } evidence;
    uint8_t salt[JZ_GOVERN_SALT];
} jz_consent_personal;

typedef struct jz_consent_controller {
    char party_id[JZ_GOVERN_NAME_MAX], name[JZ_GOVERN_NAME_MAX], filing[JZ_GOVERN_NAME_MAX];
    char address[JZ_GOVERN_TEXT_MAX], contact[JZ_GOVERN_TEXT_MAX];
    int role;
} jz_consent_controller;

typedef struct jz_consent_record {
    int schema;
    char record_id[37]; /* UUID version 4 */
    int age;
    struct {
        uint8_t sha256[32];
        char url[JZ_GOVERN_TEXT_MAX], language[36];
        int64_t shown_at_s;
    } notice;
    jz_consent_grant grant;
    jz_consent_controller controllers[1]; /* one provider: separate consent */
    size_t n_controllers;
    char recipients[1]
                   [JZ_GOVERN_NAME_MAX]; /* always none: another processor needs its own record */
    size_t n_recipients;
    char storage[JZ_CONSENT_PLACES][JZ_GOVERN_NAME_MAX];
    size_t n_storage;
    uint32_t pii_types; /* follow from the operation */
    char retention[16], jurisdiction[3], assessment[JZ_GOVERN_NAME_MAX];
    struct {
        char url[JZ_GOVERN_TEXT_MAX], phone[64];
    } withdrawal;
    int64_t from_s, until_s;
    jz_consent_personal personal; /* not part of the record's text */
    uint8_t personal_sha256[32];
    uint8_t salt[JZ_GOVERN_SALT];
} jz_consent_record;

/* A provider's request into *out, checked against the law's rules (jz_consent_lawful()). */
JZ_CHECKED jz_status jz_consent_record_input(jz_bytes json, jz_consent_record *out, jz_err *err);
/* The rules that the fields' forms do not hold by themselves. JZ_E_INVAL names the rule. */
JZ_CHECKED jz_status jz_consent_lawful(const jz_consent_record *r, jz_err *err);
/* The two texts. The record's with its commitment to personal, which is filled in; id: hex. */
void jz_consent_personal_text(const jz_consent_personal *p, jz_buf *out);
JZ_CHECKED jz_status jz_consent_record_text(jz_consent_record *r, jz_buf *personal, jz_buf *record,
                                            char id[JZ_CONSENT_ID_SIZE], jz_err *err);
/* Reads them back; only the canonical text is one. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_consent_record_read(jz_bytes text, jz_consent_record *out, jz_err *err);
JZ_CHECKED jz_status jz_consent_personal_read(jz_bytes text, jz_consent_personal *out, jz_err *err);

#endif
