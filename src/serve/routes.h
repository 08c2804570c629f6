/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of the table of routes. */
#ifndef JZ_ROUTES_H
#define JZ_ROUTES_H

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
jz_route_fn jz_route_hash, jz_route_match, jz_route_hma_hash, jz_route_hma_lookup_file;
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
    jz_route_entry_new, jz_route_entry_status, jz_route_hma_banks;
extern const jz_field jz_bank_new_fields[], jz_entry_new_fields[], jz_entry_status_fields[];
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
jz_route_fn jz_route_items, jz_route_events, jz_route_staff, jz_route_policies;
/* route_rules.c */
jz_route_fn jz_route_rules, jz_route_rules_decide, jz_route_rules_explain;
/* route_report.c */
jz_route_fn jz_route_statement, jz_route_numbers, jz_route_report_authority, jz_route_report_proof,
    jz_route_held, jz_route_reminders;
extern const jz_field jz_report_fields[], jz_held_fields[];
/* route_settings.c */
jz_route_fn jz_route_ladder, jz_route_ladder_set, jz_route_hooks, jz_route_hook_set,
    jz_route_feedback_new, jz_route_feedback, jz_route_releases, jz_route_release_new;
extern const jz_field jz_hook_fields[];
/* route_ledger.c */
jz_route_fn jz_route_checkpoint, jz_route_proof;

#endif
