/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/codes.h"

#include <string.h>

/* clang-format off: one row a line */
static const jz_code codes[JZ_CODES] = {
    [JZ_C_CLAIM_SIGNATURE_VALIDATED] = { "claimSignature.validated", JZ_CODE_SUCCESS,
                                         "The signature of the manifest is right: what it says is "
                                         "as it was signed." },
    [JZ_C_CLAIM_SIGNATURE_INSIDE_VALIDITY] = { "claimSignature.insideValidity", JZ_CODE_SUCCESS,
                                               "The manifest was signed while its certificate was "
                                               "valid." },
    [JZ_C_SIGNING_CREDENTIAL_TRUSTED] = { "signingCredential.trusted", JZ_CODE_SUCCESS,
                                          "The signer is on the list of those who are trusted "
                                          "here." },
    [JZ_C_SIGNING_CREDENTIAL_OCSP_NOT_REVOKED] = { "signingCredential.ocsp.notRevoked",
                                                   JZ_CODE_SUCCESS,
                                                   "The issuer says that the certificate had not "
                                                   "been revoked." },
    [JZ_C_TIME_STAMP_VALIDATED] = { "timeStamp.validated", JZ_CODE_SUCCESS,
                                    "The time stamp is sound and belongs to this signature." },
    [JZ_C_TIME_STAMP_TRUSTED] = { "timeStamp.trusted", JZ_CODE_SUCCESS,
                                  "The time stamp is by an authority on the list of those who are "
                                  "trusted here." },
    [JZ_C_ASSERTION_HASHED_URI_MATCH] = { "assertion.hashedURI.match", JZ_CODE_SUCCESS,
                                          "A statement of the manifest is as it was signed." },
    [JZ_C_ASSERTION_DATA_HASH_MATCH] = { "assertion.dataHash.match", JZ_CODE_SUCCESS,
                                         "The file is as it was signed." },
    [JZ_C_ASSERTION_BMFF_HASH_MATCH] = { "assertion.bmffHash.match", JZ_CODE_SUCCESS,
                                         "The file is as it was signed." },
    [JZ_C_ASSERTION_BOXES_HASH_MATCH] = { "assertion.boxesHash.match", JZ_CODE_SUCCESS,
                                          "The file is as it was signed." },
    [JZ_C_ASSERTION_COLLECTION_HASH_MATCH] = { "assertion.collectionHash.match", JZ_CODE_SUCCESS,
                                               "The files of the collection are as they were "
                                               "signed." },
    [JZ_C_ASSERTION_MULTI_ASSET_HASH_MATCH] = { "assertion.multiAssetHash.match", JZ_CODE_SUCCESS,
                                                "The parts of the file are as they were signed." },
    [JZ_C_ASSERTION_ACCESSIBLE] = { "assertion.accessible", JZ_CODE_SUCCESS,
                                    "A statement that is kept elsewhere was there." },
    [JZ_C_INGREDIENT_MANIFEST_VALIDATED] = { "ingredient.manifest.validated", JZ_CODE_SUCCESS,
                                             "The credentials of an ingredient are those that were "
                                             "there when it was added." },
    [JZ_C_INGREDIENT_CLAIM_SIGNATURE_VALIDATED] = { "ingredient.claimSignature.validated",
                                                    JZ_CODE_SUCCESS,
                                                    "The signature of an ingredient is the one "
                                                    "that was there when it was added." },
    [JZ_C_ALGORITHM_DEPRECATED] = { "algorithm.deprecated", JZ_CODE_INFORMATIONAL,
                                    "An algorithm was used that is no longer recommended." },
    [JZ_C_ASSERTION_DATA_HASH_ADDITIONAL_EXCLUSIONS_PRESENT] = { "assertion.dataHash."
                                                                 "additionalExclusionsPresent",
                                                                 JZ_CODE_INFORMATIONAL,
                                                                 "More of the file than the "
                                                                 "credentials themselves may have "
                                                                 "changed unnoticed." },
    [JZ_C_ASSERTION_BMFF_HASH_ADDITIONAL_EXCLUSIONS_PRESENT] = { "assertion.bmffHash."
                                                                 "additionalExclusionsPresent",
                                                                 JZ_CODE_INFORMATIONAL,
                                                                 "More of the file than the "
                                                                 "credentials themselves may have "
                                                                 "changed unnoticed." },
    [JZ_C_ASSERTION_BOXES_HASH_ADDITIONAL_EXCLUSIONS_PRESENT] = { "assertion.boxesHash."
                                                                  "additionalExclusionsPresent",
                                                                  JZ_CODE_INFORMATIONAL,
                                                                  "More of the file than the "
                                                                  "credentials themselves may have "
                                                                  "changed unnoticed." },
    [JZ_C_IDENTITY_SIG_TYPE_UNKNOWN] = { "cawg.identity.sig_type.unknown", JZ_CODE_INFORMATIONAL,
                                         "Somebody is named by a means that is not examined here: "
                                         "whether it is they has not been checked." },
    [JZ_C_INGREDIENT_UNKNOWN_PROVENANCE] = { "ingredient.unknownProvenance", JZ_CODE_INFORMATIONAL,
                                             "An ingredient came without credentials." },
    [JZ_C_SIGNING_CREDENTIAL_OCSP_SKIPPED] = { "signingCredential.ocsp.skipped",
                                               JZ_CODE_INFORMATIONAL,
                                               "Nobody was asked whether the certificate had been "
                                               "revoked." },
    [JZ_C_SIGNING_CREDENTIAL_OCSP_INACCESSIBLE] = { "signingCredential.ocsp.inaccessible",
                                                    JZ_CODE_INFORMATIONAL,
                                                    "Who knows whether the certificate had been "
                                                    "revoked did not answer." },
    [JZ_C_TIME_OF_SIGNING_INSIDE_VALIDITY] = { "timeOfSigning.insideValidity",
                                               JZ_CODE_INFORMATIONAL,
                                               "The signer says that it signed while its "
                                               "certificate was valid." },
    [JZ_C_TIME_OF_SIGNING_OUTSIDE_VALIDITY] = { "timeOfSigning.outsideValidity",
                                                JZ_CODE_INFORMATIONAL,
                                                "The signer says that it signed when its "
                                                "certificate was not valid." },
    [JZ_C_TIME_STAMP_MALFORMED] = { "timeStamp.malformed", JZ_CODE_INFORMATIONAL,
                                    "The time stamp cannot be read, so the time of signing is not "
                                    "proved." },
    [JZ_C_TIME_STAMP_MISMATCH] = { "timeStamp.mismatch", JZ_CODE_INFORMATIONAL,
                                   "The time stamp belongs to something else, so the time of "
                                   "signing is not proved." },
    [JZ_C_TIME_STAMP_OUTSIDE_VALIDITY] = { "timeStamp.outsideValidity", JZ_CODE_INFORMATIONAL,
                                           "The time stamp was made when its certificate was not "
                                           "valid." },
    [JZ_C_TIME_STAMP_UNTRUSTED] = { "timeStamp.untrusted", JZ_CODE_INFORMATIONAL,
                                    "The time stamp is by an authority that is not on the list, so "
                                    "its time does not count." },
    [JZ_C_ALGORITHM_UNSUPPORTED] = { "algorithm.unsupported", JZ_CODE_FAILURE,
                                     "An algorithm was used that is unknown or not allowed." },
    [JZ_C_ASSERTION_ACTION_INGREDIENT_MISMATCH] = { "assertion.action.ingredientMismatch",
                                                    JZ_CODE_FAILURE,
                                                    "The history names an ingredient that is not "
                                                    "there or has another part." },
    [JZ_C_ASSERTION_ACTION_MALFORMED] = { "assertion.action.malformed", JZ_CODE_FAILURE,
                                          "The history of the file is not in the form that it must "
                                          "have." },
    [JZ_C_ASSERTION_ACTION_REDACTED] = { "assertion.action.redacted", JZ_CODE_FAILURE,
                                         "Part of the history was removed, which is not allowed." },
    [JZ_C_ASSERTION_ACTION_REDACTION_MISMATCH] = { "assertion.action.redactionMismatch",
                                                   JZ_CODE_FAILURE,
                                                   "The history says that something was removed "
                                                   "which is not listed as removed." },
    [JZ_C_ASSERTION_ACTION_SOFT_BINDING_MISSING] = { "assertion.action.softBindingMissing",
                                                     JZ_CODE_FAILURE,
                                                     "The history says that a mark was put in, but "
                                                     "does not say which." },
    [JZ_C_ASSERTION_BMFF_HASH_MALFORMED] = { "assertion.bmffHash.malformed", JZ_CODE_FAILURE,
                                             "The statement by which the file is tied to its "
                                             "credentials is not in form." },
    [JZ_C_ASSERTION_BMFF_HASH_MISMATCH] = { "assertion.bmffHash.mismatch", JZ_CODE_FAILURE,
                                            "The file was changed after it was signed." },
    [JZ_C_ASSERTION_BOXES_HASH_MALFORMED] = { "assertion.boxesHash.malformed", JZ_CODE_FAILURE,
                                              "The statement by which the file is tied to its "
                                              "credentials is not in form." },
    [JZ_C_ASSERTION_BOXES_HASH_MISMATCH] = { "assertion.boxesHash.mismatch", JZ_CODE_FAILURE,
                                             "The file was changed after it was signed." },
    [JZ_C_ASSERTION_BOXES_HASH_UNKNOWN_BOX] = { "assertion.boxesHash.unknownBox", JZ_CODE_FAILURE,
                                                "The file has a part that was not there, or not in "
                                                "that place, when it was signed." },
    [JZ_C_ASSERTION_CBOR_INVALID] = { "assertion.cbor.invalid", JZ_CODE_FAILURE,
                                      "A statement of the manifest cannot be read." },
    [JZ_C_ASSERTION_CLOUD_DATA_ACTIONS] = { "assertion.cloud-data.actions", JZ_CODE_FAILURE,
                                            "A history is kept elsewhere, where that is not "
                                            "allowed." },
    [JZ_C_ASSERTION_CLOUD_DATA_HARD_BINDING] = { "assertion.cloud-data.hardBinding",
                                                 JZ_CODE_FAILURE,
                                                 "What ties the file to its credentials is kept "
                                                 "elsewhere, which is not allowed." },
    [JZ_C_ASSERTION_CLOUD_DATA_LABEL_MISMATCH] = { "assertion.cloud-data.labelMismatch",
                                                   JZ_CODE_FAILURE,
                                                   "A statement that is kept elsewhere is another "
                                                   "than the one named." },
    [JZ_C_ASSERTION_CLOUD_DATA_MALFORMED] = { "assertion.cloud-data.malformed", JZ_CODE_FAILURE,
                                              "A reference to a statement that is kept elsewhere "
                                              "is not in form." },
    [JZ_C_ASSERTION_COLLECTION_HASH_INCORRECT_FILE_COUNT] = { "assertion.collectionHash."
                                                              "incorrectFileCount",
                                                              JZ_CODE_FAILURE,
                                                              "A file of the collection is not "
                                                              "there." },
    [JZ_C_ASSERTION_COLLECTION_HASH_INVALID_URI] = { "assertion.collectionHash.invalidURI",
                                                     JZ_CODE_FAILURE,
                                                     "The collection names a file outside of it, "
                                                     "which is not looked for." },
    [JZ_C_ASSERTION_COLLECTION_HASH_MALFORMED] = { "assertion.collectionHash.malformed",
                                                   JZ_CODE_FAILURE,
                                                   "The statement by which the collection is tied "
                                                   "to its credentials is not in form." },
    [JZ_C_ASSERTION_COLLECTION_HASH_MISMATCH] = { "assertion.collectionHash.mismatch",
                                                  JZ_CODE_FAILURE,
                                                  "A file of the collection was changed after it "
                                                  "was signed." },
    [JZ_C_ASSERTION_DATA_HASH_MALFORMED] = { "assertion.dataHash.malformed", JZ_CODE_FAILURE,
                                             "The statement by which the file is tied to its "
                                             "credentials is not in form." },
    [JZ_C_ASSERTION_DATA_HASH_MISMATCH] = { "assertion.dataHash.mismatch", JZ_CODE_FAILURE,
                                            "The file was changed after it was signed." },
    [JZ_C_ASSERTION_DATA_HASH_REDACTED] = { "assertion.dataHash.redacted", JZ_CODE_FAILURE,
                                            "What ties a file to its credentials was removed, "
                                            "which is not allowed." },
    [JZ_C_ASSERTION_EXTERNAL_REFERENCE_MALFORMED] = { "assertion.external-reference.malformed",
                                                      JZ_CODE_FAILURE,
                                                      "A reference to something elsewhere is not "
                                                      "in form." },
    [JZ_C_ASSERTION_HASHED_URI_MISMATCH] = { "assertion.hashedURI.mismatch", JZ_CODE_FAILURE,
                                             "A statement of the manifest was changed after it was "
                                             "signed." },
    [JZ_C_ASSERTION_INACCESSIBLE] = { "assertion.inaccessible", JZ_CODE_FAILURE,
                                      "A statement that is kept elsewhere was not there." },
    [JZ_C_ASSERTION_INGREDIENT_MALFORMED] = { "assertion.ingredient.malformed", JZ_CODE_FAILURE,
                                              "The record of an ingredient is not in the form that "
                                              "it must have." },
    [JZ_C_ASSERTION_JSON_INVALID] = { "assertion.json.invalid", JZ_CODE_FAILURE,
                                      "A statement of the manifest cannot be read." },
    [JZ_C_ASSERTION_METADATA_DISALLOWED] = { "assertion.metadata.disallowed", JZ_CODE_FAILURE,
                                             "The signed metadata has fields that it must not "
                                             "have." },
    [JZ_C_ASSERTION_MISSING] = { "assertion.missing", JZ_CODE_FAILURE,
                                 "A statement that was signed is no longer there." },
    [JZ_C_ASSERTION_MULTI_ASSET_HASH_MALFORMED] = { "assertion.multiAssetHash.malformed",
                                                    JZ_CODE_FAILURE,
                                                    "The statement by which the parts are tied to "
                                                    "their credentials is not in form." },
    [JZ_C_ASSERTION_MULTI_ASSET_HASH_MISMATCH] = { "assertion.multiAssetHash.mismatch",
                                                   JZ_CODE_FAILURE,
                                                   "A part of the file was changed after it was "
                                                   "signed." },
    [JZ_C_ASSERTION_MULTI_ASSET_HASH_MISSING_PART] = { "assertion.multiAssetHash.missingPart",
                                                       JZ_CODE_FAILURE,
                                                       "A part of the file is no longer there." },
    [JZ_C_ASSERTION_MULTIPLE_HARD_BINDINGS] = { "assertion.multipleHardBindings", JZ_CODE_FAILURE,
                                                "The file is tied to its credentials twice, so "
                                                "that neither counts." },
    [JZ_C_ASSERTION_NOT_REDACTED] = { "assertion.notRedacted", JZ_CODE_FAILURE,
                                      "A statement that is listed as removed is still there." },
    [JZ_C_ASSERTION_OUTSIDE_MANIFEST] = { "assertion.outsideManifest", JZ_CODE_FAILURE,
                                          "The manifest counts a statement of another manifest as "
                                          "its own." },
    [JZ_C_ASSERTION_SELF_REDACTED] = { "assertion.selfRedacted", JZ_CODE_FAILURE,
                                       "The manifest lists one of its own statements as removed." },
    [JZ_C_ASSERTION_TIMESTAMP_MALFORMED] = { "assertion.timestamp.malformed", JZ_CODE_FAILURE,
                                             "The statement that holds time stamps is not in "
                                             "form." },
    [JZ_C_ASSERTION_UNDECLARED] = { "assertion.undeclared", JZ_CODE_FAILURE,
                                    "The manifest holds a statement that was not signed." },
    [JZ_C_CLAIM_CBOR_INVALID] = { "claim.cbor.invalid", JZ_CODE_FAILURE,
                                  "The claim, which is what is signed, cannot be read." },
    [JZ_C_CLAIM_HARD_BINDINGS_MISSING] = { "claim.hardBindings.missing", JZ_CODE_FAILURE,
                                           "Nothing ties the file to its credentials." },
    [JZ_C_CLAIM_MALFORMED] = { "claim.malformed", JZ_CODE_FAILURE,
                               "The claim, which is what is signed, is not in the form that it "
                               "must have." },
    [JZ_C_CLAIM_MISSING] = { "claim.missing", JZ_CODE_FAILURE,
                             "The manifest has no claim, which is what would be signed." },
    [JZ_C_CLAIM_MULTIPLE] = { "claim.multiple", JZ_CODE_FAILURE,
                              "The manifest has more than one claim, so that none counts." },
    [JZ_C_CLAIM_SIGNATURE_MISSING] = { "claimSignature.missing", JZ_CODE_FAILURE,
                                       "The manifest is not signed." },
    [JZ_C_CLAIM_SIGNATURE_MISMATCH] = { "claimSignature.mismatch", JZ_CODE_FAILURE,
                                        "The signature is wrong: the manifest was changed, or "
                                        "another signed it." },
    [JZ_C_CLAIM_SIGNATURE_OUTSIDE_VALIDITY] = { "claimSignature.outsideValidity", JZ_CODE_FAILURE,
                                                "The manifest was signed when its certificate was "
                                                "not valid." },
    [JZ_C_GENERAL_ERROR] = { "general.error", JZ_CODE_FAILURE,
                             "The credentials could not be examined to the end." },
    [JZ_C_HASHED_URI_MISMATCH] = { "hashedURI.mismatch", JZ_CODE_FAILURE,
                                   "Something that the manifest refers to was changed after it was "
                                   "signed." },
    [JZ_C_HASHED_URI_MISSING] = { "hashedURI.missing", JZ_CODE_FAILURE,
                                  "Something that the manifest refers to is not there." },
    [JZ_C_INGREDIENT_CLAIM_SIGNATURE_MISMATCH] = { "ingredient.claimSignature.mismatch",
                                                   JZ_CODE_FAILURE,
                                                   "The signature of an ingredient is another than "
                                                   "when it was added." },
    [JZ_C_INGREDIENT_CLAIM_SIGNATURE_MISSING] = { "ingredient.claimSignature.missing",
                                                  JZ_CODE_FAILURE,
                                                  "The signature of an ingredient is not there." },
    [JZ_C_INGREDIENT_MANIFEST_MISMATCH] = { "ingredient.manifest.mismatch", JZ_CODE_FAILURE,
                                            "The credentials of an ingredient were changed after "
                                            "it was added." },
    [JZ_C_INGREDIENT_MANIFEST_MISSING] = { "ingredient.manifest.missing", JZ_CODE_FAILURE,
                                           "The credentials of an ingredient are no longer "
                                           "there." },
    [JZ_C_MANIFEST_COMPRESSED_INVALID] = { "manifest.compressed.invalid", JZ_CODE_FAILURE,
                                           "A compressed manifest cannot be read." },
    [JZ_C_MANIFEST_INACCESSIBLE] = { "manifest.inaccessible", JZ_CODE_FAILURE,
                                     "The credentials are kept elsewhere and were not there." },
    [JZ_C_MANIFEST_MULTIPLE_PARENTS] = { "manifest.multipleParents", JZ_CODE_FAILURE,
                                         "The file is said to be made from more than one "
                                         "original." },
    [JZ_C_MANIFEST_TIMESTAMP_INVALID] = { "manifest.timestamp.invalid", JZ_CODE_FAILURE,
                                          "A manifest that may only hold a time stamp holds more "
                                          "than that." },
    [JZ_C_MANIFEST_TIMESTAMP_WRONG_PARENTS] = { "manifest.timestamp.wrongParents", JZ_CODE_FAILURE,
                                                "A manifest that holds a time stamp does not say "
                                                "of which one." },
    [JZ_C_MANIFEST_UPDATE_INVALID] = { "manifest.update.invalid", JZ_CODE_FAILURE,
                                       "A manifest that may only add to another changes more than "
                                       "that." },
    [JZ_C_MANIFEST_UPDATE_WRONG_PARENTS] = { "manifest.update.wrongParents", JZ_CODE_FAILURE,
                                             "A manifest that adds to another does not say to "
                                             "which one." },
    [JZ_C_SIGNING_CREDENTIAL_EXPIRED] = { "signingCredential.expired", JZ_CODE_FAILURE,
                                          "The certificate of the signer was not valid at the time "
                                          "that counts." },
    [JZ_C_SIGNING_CREDENTIAL_INVALID] = { "signingCredential.invalid", JZ_CODE_FAILURE,
                                          "The certificate of the signer is not one with which "
                                          "manifests may be signed." },
    [JZ_C_SIGNING_CREDENTIAL_OCSP_REVOKED] = { "signingCredential.ocsp.revoked", JZ_CODE_FAILURE,
                                               "The certificate of the signer had been revoked." },
    [JZ_C_SIGNING_CREDENTIAL_OCSP_UNKNOWN] = { "signingCredential.ocsp.unknown", JZ_CODE_FAILURE,
                                               "The issuer does not know the certificate of the "
                                               "signer." },
    [JZ_C_SIGNING_CREDENTIAL_UNTRUSTED] = { "signingCredential.untrusted", JZ_CODE_FAILURE,
                                            "The signer is not on the list of those who are "
                                            "trusted here." },
};
/* clang-format on */

const jz_code *jz_code_of(jz_code_id id)
{
    return &codes[id];
}

const jz_code *jz_code_at(size_t i)
{
    return i < JZ_CODES ? &codes[i] : NULL;
}

const jz_code *jz_code_find(const char *name)
{
    for (size_t i = 0; i < JZ_CODES; i++) {
        if (strcmp(codes[i].name, name) == 0)
            return &codes[i];
    }
    return NULL;
}

const char *jz_credential_state_name(jz_credential_state s)
{
    static const char *const name[] = { "none", "invalid", "valid", "trusted" };
    return (size_t)s < JZ_ARRAY_LEN(name) ? name[s] : "unknown";
}
