/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of the table of routes. */
#ifndef JZ_ROUTES_H
#define JZ_ROUTES_H

#include "govern/complaints.h"
#include "govern/quality.h"
#include "serve/api.h"

typedef jz_status jz_route_fn(jz_api_call *c, jz_err *err);

/* route_service.c */
jz_route_fn jz_route_health, jz_route_ready, jz_route_metrics, jz_route_openapi;
/* web.c */
jz_route_fn jz_route_page, jz_route_web_file, jz_route_help_lines;
/* route_session.c */
jz_route_fn jz_route_session, jz_route_session_new, jz_route_session_end, jz_route_session_setup;
extern const jz_field jz_session_fields[], jz_session_setup_fields[];
/* route_upload.c */
jz_route_fn jz_route_hash, jz_route_match, jz_route_inspect, jz_route_hma_hash,
    jz_route_hma_lookup_file, jz_route_hma_content_new;
/* route_lookup.c */
jz_route_fn jz_route_lookup, jz_route_hma_raw, jz_route_hma_lookup, jz_route_hma_compare,
    jz_route_hma_index;
extern const jz_field jz_hma_compare_fields[];
#define JZ_API_BANKS_TEXT 512
/* max_bits: of a perceptual hash. */
JZ_CHECKED jz_status jz_api_lookup(jz_banks *b, const jz_hash_class *cls, const uint8_t *digest,
                                   uint32_t max_bits, jz_bank_hits *hits, jz_err *err);
/* The hits as HMA tells them: {"BANK":[...]}; banks: names with commas, "" = all. */
void jz_hma_put_banks(const jz_bank_hits *hits, const char *banks, jz_json *j);
/* route_bank.c */
jz_route_fn jz_route_banks, jz_route_bank_new, jz_route_bank_delete, jz_route_entries,
    jz_route_entry_new, jz_route_entry_status;
extern const jz_field jz_bank_new_fields[], jz_entry_new_fields[], jz_entry_status_fields[];
/* Of a path. JZ_E_NOTFOUND: that is no number of an entry. */
JZ_CHECKED jz_status jz_api_entry_id(const char *text, int64_t *out, jz_err *err);
/* route_hma.c */
jz_route_fn jz_route_hma_banks, jz_route_hma_bank, jz_route_hma_bank_new, jz_route_hma_bank_delete,
    jz_route_hma_signal_new, jz_route_hma_content_delete, jz_route_hma_signal_types,
    jz_route_hma_content_types, jz_route_hma_exchanges;
extern const jz_field jz_hma_bank_fields[], jz_hma_signal_fields[];
typedef struct jz_hma_signal {
    const char *type; /* as HMA calls it */
    const jz_hash_class *cls;
    uint8_t digest[JZ_DIGEST_MAX];
} jz_hma_signal;
/* {"id","signals"} of an entry. */
void jz_hma_put_added(int64_t entry, const jz_hma_signal *s, size_t n, jz_json *j);
/* route_consent.c */
jz_route_fn jz_route_consent_new, jz_route_consent, jz_route_consent_events,
    jz_route_consent_statement, jz_route_consent_act, jz_route_consent_by_case,
    jz_route_consent_receipt, jz_route_consent_status, jz_route_consent_receipt_by_case,
    jz_route_revocations, jz_route_tasks, jz_route_deleted;
extern const jz_field jz_consent_act_fields[], jz_consent_case_fields[], jz_consent_status_fields[],
    jz_deleted_fields[];
/* route_gate.c */
jz_route_fn jz_route_gate_check, jz_route_gate_redeem, jz_route_gate_report, jz_route_gate_show,
    jz_route_filings, jz_route_filing_import, jz_route_provider;
extern const jz_field jz_redeem_fields[], jz_provider_fields[];
/* route_complaint.c */
jz_route_fn jz_route_complaint_new, jz_route_complaint_status, jz_route_complaint_by_case,
    jz_route_complaint_items, jz_route_complaint_receipt, jz_route_complaints, jz_route_complaint,
    jz_route_complaint_act;
extern const jz_field jz_complaint_status_fields[], jz_complaint_case_fields[],
    jz_complaint_item_fields[], jz_complaint_act_fields[];
/* route_mark.c */
jz_route_fn jz_route_mark;
/* route_measure.c */
jz_route_fn jz_route_decide, jz_route_decision, jz_route_decisions, jz_route_appeal,
    jz_route_review, jz_route_measures, jz_route_refuses, jz_route_measure_act, jz_route_account;
extern const jz_field jz_appeal_fields[], jz_review_fields[], jz_measure_act_fields[];
/* route_review.c */
jz_route_fn jz_route_queue, jz_route_queue_next, jz_route_claim, jz_route_claim_act,
    jz_route_pending, jz_route_undo;
extern const jz_field jz_queue_next_fields[], jz_claim_fields[], jz_claim_act_fields[];
/* route_context.c */
jz_route_fn jz_route_items, jz_route_likes, jz_route_events, jz_route_staff, jz_route_policies;
/* route_media.c, route_reveal.c */
jz_route_fn jz_route_media, jz_route_media_frames, jz_route_media_preview, jz_route_reveal,
    jz_route_reveal_frame, jz_route_reveal_end, jz_route_exposure, jz_route_exposure_set;
extern const jz_field jz_reveal_fields[], jz_exposure_fields[];
/* route_quality.c */
jz_route_fn jz_route_quality_shares, jz_route_quality_shares_set, jz_route_golden,
    jz_route_golden_set, jz_route_golden_end, jz_route_quality_mine, jz_route_disputes,
    jz_route_settle, jz_route_agreement;
extern const jz_field jz_quality_share_fields[], jz_golden_fields[], jz_settle_fields[];
/* The complaint of an id, or of a repeat's; repeat: its row is 0 where it is none. JZ_E_NOTFOUND.
 */
JZ_CHECKED jz_status jz_api_complaint(jz_api_call *c, const char *text,
                                      char id[JZ_COMPLAINT_ID_SIZE], jz_repeat *repeat,
                                      jz_err *err);
/* The complaint as its repeat is shown. */
void jz_repeat_disguise(const jz_repeat *p, int64_t now_us, jz_complaint_info *i);
/* A verdict on a repeat, by whoever has claimed it. policy: NULL is "". */
JZ_CHECKED jz_status jz_api_answer_repeat(jz_api_call *c, const jz_repeat *p, bool violation,
                                          const char *policy, jz_err *err);
/* route_rules.c */
jz_route_fn jz_route_rules, jz_route_rules_source, jz_route_rules_check, jz_route_rules_new,
    jz_route_rules_act, jz_route_rules_decide, jz_route_rules_explain;
extern const jz_field jz_rules_text_fields[], jz_rules_act_fields[];
#define JZ_ROUTE_RULES_LIST ((size_t)64 << 10) /* bytes of a list that is sent with a set */
/* route_report.c */
jz_route_fn jz_route_notice, jz_route_statement, jz_route_numbers, jz_route_report_authority,
    jz_route_report_proof, jz_route_held, jz_route_reminders;
extern const jz_field jz_report_fields[], jz_held_fields[];
/* route_settings.c */
jz_route_fn jz_route_ladder, jz_route_ladder_set, jz_route_hooks, jz_route_hook_set,
    jz_route_feedback_new, jz_route_feedback, jz_route_releases, jz_route_release_new;
extern const jz_field jz_hook_fields[];
/* route_ledger.c */
jz_route_fn jz_route_checkpoint, jz_route_proof, jz_route_leaf;

#endif
