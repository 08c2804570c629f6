/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes. docs/api.md and GET /v1/openapi.json say the same for people and programs.
 */
#include "serve/routes.h"

#include "govern/rule_set.h"

#include <jz/complaint.h>
#include <jz/measure.h>

#define REPORTER JZ_ROLE_REPORTER
#define PARTNER JZ_ROLE_PARTNER
#define MODERATOR JZ_ROLE_MODERATOR
#define SUPERVISOR JZ_ROLE_SUPERVISOR
#define AUDITOR JZ_ROLE_AUDITOR
#define ADMIN JZ_ROLE_ADMIN
#define STAFF (MODERATOR | SUPERVISOR | ADMIN)
#define SEES (MODERATOR | SUPERVISOR | AUDITOR | ADMIN)
#define LOOKS_UP (PARTNER | MODERATOR | SUPERVISOR | ADMIN)

#define CSV_MAX ((size_t)16 << 20)
#define RULES_MAX ((size_t)1 << 20)
#define GOVERN_READ (JZ_API_SLOW | JZ_API_GOVERN)
#define GOVERN_WRITE (JZ_API_SLOW | JZ_API_GOVERN | JZ_API_CHANGES)
#define DECIDE (GOVERN_WRITE | JZ_API_UNDO)
#define SEARCH (GOVERN_READ | JZ_API_SEARCH)
#define EXPORT (GOVERN_READ | JZ_API_EXPORT)
#define BANKS (JZ_API_SLOW | JZ_API_BANKS)
#define BANKS_WRITE (BANKS | JZ_API_GOVERN | JZ_API_CHANGES)

static const jz_api_argument signal_arguments[] = {
    { "signal", "hex digits", true },
    { "signal_type", "pdq, vpdq, video_md5, md5, sha256, sm3", true },
    { "banks", "names, with commas; all where it is left out", false },
    { "include_distance", "true", false },
    { 0 },
};
static const jz_api_argument banks_arguments[] = {
    { "banks", "names, with commas; all where it is left out", false },
    { 0 },
};
static const jz_api_argument hash_arguments[] = {
    { "hash", "hex digits", true },
    { "type", "pdq, vpdq, md5, sha256, sm3", true },
    { "banks", "names, with commas; all where it is left out", false },
    { "max_bits", "0 to 31 [31]", false },
    { 0 },
};
static const jz_api_argument page_arguments[] = {
    { "after", "entries with a larger number [0]", false },
    { "limit", "1 to 1000 [100]", false },
    { 0 },
};
static const jz_api_argument statement_arguments[] = {
    { "act", "grant, withdraw, renew, ...", true },
    { "until", "of renew: the new end, seconds since 1970 UTC", false },
    { 0 },
};
static const jz_api_argument since_arguments[] = {
    { "since", "a leaf; the fourth line of the feed before [0]", false },
    { 0 },
};
static const jz_api_argument find_arguments[] = {
    { "find", "a number, a subject or a credit code", true },
    { 0 },
};

static const jz_api_argument all_arguments[] = {
    { "all", "1: every one, in the order of filing", false },
    { 0 },
};
static const jz_api_argument decided_arguments[] = {
    { "since", "seconds since 1970 UTC [0]", false },
    { 0 },
};
static const jz_api_argument state_arguments[] = {
    { "state", "proposed, ordered, done, failed, ended, reversed, dismissed [all]", false },
    { 0 },
};
static const jz_api_argument undo_arguments[] = {
    { "undo", "1: it is done some seconds later, unless it is undone; 202", false },
    { "preview", "1: nothing is done; what those concerned would be told", false },
    { 0 },
};
static const jz_api_argument queue_arguments[] = {
    { "kind", "complaint, decision (an appeal against it), measure (proposed) [all]", false },
    { "category", "of complaints.md [any]", false },
    { "mine", "1: what you have claimed", false },
    { "after", "next of the page before [the first]", false },
    { "limit", "1 to 1000 [100]", false },
    { 0 },
};
static const jz_api_argument object_arguments[] = {
    { "object", "the id of a complaint, a decision, a consent, ...", true },
    { 0 },
};
static const jz_api_argument media_arguments[] = {
    { "object", "complaint:ID, decision:ID or measure:N", true },
    { 0 },
};
static const jz_api_argument frame_arguments[] = {
    { "frame", "0 to 15 [0]", false },
    { "blur", "0 to 3 [0]", false },
    { "colour", "1: not grey", false },
    { 0 },
};
static const jz_api_argument exposure_arguments[] = {
    { "category", "whether more of that can be revealed [of severity 1]", false },
    { 0 },
};
static const jz_api_argument target_arguments[] = {
    { "target", "sha256:..., or an address", true },
    { 0 },
};
static const jz_api_argument account_arguments[] = {
    { "account", "its reference", true },
    { 0 },
};

static const jz_api_argument numbers_arguments[] = {
    { "from", "seconds since 1970 UTC [0]", false },
    { "to", "before then [2100]", false },
    { "form", "csv, html [csv]", false },
    { 0 },
};
static const jz_api_argument hooks_arguments[] = {
    { "all", "1: those that were taken, too", false },
    { 0 },
};

#define TEXT_REPLY "{\"type\":\"string\"}"

#define PAGE (JZ_API_PROBE | JZ_API_PAGE)

const jz_api_route jz_api_routes[] = {
    /* pages: web.h */
    { "GET", "/", JZ_ANYBODY, PAGE, JZ_BODY_NONE, 0, NULL, NULL, "where to go", NULL,
      jz_route_page },
    { "GET", "/help", JZ_ANYBODY, PAGE, JZ_BODY_NONE, 0, NULL, NULL, "for whoever is shown", NULL,
      jz_route_page },
    { "GET", "/consent", JZ_ANYBODY, PAGE, JZ_BODY_NONE, 0, NULL, NULL,
      "for whoever is asked for consent", NULL, jz_route_page },
    { "GET", "/console", JZ_ANYBODY, PAGE, JZ_BODY_NONE, 0, NULL, NULL, "for staff", NULL,
      jz_route_page },
    { "GET", "/web/{file}", JZ_ANYBODY, PAGE, JZ_BODY_NONE, 0, NULL, NULL, "a file of the pages",
      NULL, jz_route_web_file },

    /* the server */
    { "GET", "/healthz", JZ_ANYBODY, JZ_API_PROBE, JZ_BODY_NONE, 0, NULL, NULL,
      "whether the process lives", NULL, jz_route_health },
    { "GET", "/readyz", JZ_ANYBODY, JZ_API_PROBE, JZ_BODY_NONE, 0, NULL, NULL,
      "whether it can answer", NULL, jz_route_ready },
    { "GET", "/metrics", SUPERVISOR | AUDITOR | ADMIN, 0, JZ_BODY_NONE, 0, NULL, NULL,
      "metrics for Prometheus", TEXT_REPLY, jz_route_metrics },
    { "GET", "/v1/openapi.json", JZ_ANYBODY, 0, JZ_BODY_NONE, 0, NULL, NULL, "this document", NULL,
      jz_route_openapi },

    /* signing in */
    { "POST", "/v1/session/setup", JZ_ANYBODY, JZ_API_SLOW, JZ_BODY_JSON, 0, NULL,
      jz_session_setup_fields,
      "by an account's one-time secret: without password and code the authenticator's secret, with "
      "them the account is ready",
      NULL, jz_route_session_setup },
    { "POST", "/v1/session", JZ_ANYBODY, JZ_API_SLOW, JZ_BODY_JSON, 0, NULL, jz_session_fields,
      "sign in; sets a cookie", NULL, jz_route_session_new },
    { "GET", "/v1/session", JZ_EVERY_ROLE, 0, JZ_BODY_NONE, 0, NULL, NULL, "who calls", NULL,
      jz_route_session },
    { "DELETE", "/v1/session", JZ_ANYBODY, JZ_API_SLOW, JZ_BODY_NONE, 0, NULL, NULL, "sign out",
      NULL, jz_route_session_end },

    /* files, hashes */
    { "POST", "/v1/hash", REPORTER | LOOKS_UP, JZ_API_SLOW, JZ_BODY_FILE, 0, NULL, NULL,
      "hash a file, as jz hash --json does", NULL, jz_route_hash },
    { "POST", "/v1/match", LOOKS_UP, JZ_API_SLOW, JZ_BODY_FILE, 0, NULL, NULL,
      "match a file against the banks, as jz scan --json does", NULL, jz_route_match },
    { "POST", "/v1/inspect", LOOKS_UP, JZ_API_SLOW, JZ_BODY_FILE, 0, NULL, NULL,
      "find and measure the faces in a file, as jz inspect --json does", NULL, jz_route_inspect },
    { "GET", "/v1/lookup", LOOKS_UP, 0, JZ_BODY_NONE, 0, hash_arguments, NULL,
      "look a hash up in the banks", NULL, jz_route_lookup },
    { "POST", "/h/hash", REPORTER | LOOKS_UP, JZ_API_SLOW, JZ_BODY_FILE, 0, NULL, NULL,
      "hash a file, as HMA answers", NULL, jz_route_hma_hash },
    { "GET", "/m/raw_lookup", LOOKS_UP, 0, JZ_BODY_NONE, 0, signal_arguments, NULL,
      "look a hash up, as HMA answers: ids", NULL, jz_route_hma_raw },
    { "GET", "/m/lookup", LOOKS_UP, 0, JZ_BODY_NONE, 0, signal_arguments, NULL,
      "look a hash up, as HMA answers: by bank", NULL, jz_route_hma_lookup },
    { "POST", "/m/lookup", LOOKS_UP, JZ_API_SLOW, JZ_BODY_FILE, 0, banks_arguments, NULL,
      "match a file, as HMA answers", NULL, jz_route_hma_lookup_file },
    { "POST", "/m/compare", LOOKS_UP, 0, JZ_BODY_JSON, 0, NULL, jz_hma_compare_fields,
      "compare two hashes of a type, as HMA answers", NULL, jz_route_hma_compare },
    { "GET", "/m/index/status", LOOKS_UP | AUDITOR, 0, JZ_BODY_NONE, 0, NULL, NULL,
      "size of the index, as HMA answers", NULL, jz_route_hma_index },
    { "GET", "/c/banks", SEES, BANKS, JZ_BODY_NONE, 0, NULL, NULL, "the banks, as HMA answers",
      "{\"type\":\"array\"}", jz_route_hma_banks },
    { "POST", "/c/banks", SUPERVISOR | ADMIN, BANKS_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_hma_bank_fields, "make a bank, as HMA answers", NULL, jz_route_hma_bank_new },
    { "GET", "/c/bank/{bank}", SEES, BANKS, JZ_BODY_NONE, 0, NULL, NULL, "a bank, as HMA answers",
      NULL, jz_route_hma_bank },
    { "DELETE", "/c/bank/{bank}", ADMIN, BANKS_WRITE, JZ_BODY_NONE, 0, NULL, NULL,
      "delete a bank with every entry, as HMA answers", NULL, jz_route_hma_bank_delete },
    { "POST", "/c/bank/{bank}/content", STAFF, JZ_API_SLOW, JZ_BODY_FILE, 0, NULL, NULL,
      "add a file's hashes as a seed, as HMA answers", NULL, jz_route_hma_content_new },
    { "POST", "/c/bank/{bank}/signal", STAFF, BANKS_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_hma_signal_fields, "add hashes as a seed, as HMA answers", NULL, jz_route_hma_signal_new },
    { "DELETE", "/c/bank/{bank}/content/{entry}", STAFF, BANKS_WRITE, JZ_BODY_NONE, 0, NULL, NULL,
      "disable an entry, as HMA answers", NULL, jz_route_hma_content_delete },
    { "GET", "/c/signal_type", SEES, 0, JZ_BODY_NONE, 0, NULL, NULL, "types, as HMA answers",
      "{\"type\":\"array\"}", jz_route_hma_signal_types },
    { "GET", "/c/content_type", SEES, 0, JZ_BODY_NONE, 0, NULL, NULL, "types, as HMA answers",
      "{\"type\":\"array\"}", jz_route_hma_content_types },
    { "GET", "/c/exchanges", SEES, 0, JZ_BODY_NONE, 0, NULL, NULL,
      "none: lists come in as files (docs/banks.md)", "{\"type\":\"array\"}",
      jz_route_hma_exchanges },
    { "GET", "/c/exchanges/apis", SEES, 0, JZ_BODY_NONE, 0, NULL, NULL, "none, likewise",
      "{\"type\":\"array\"}", jz_route_hma_exchanges },

    /* banks */
    { "GET", "/v1/banks", SEES, BANKS, JZ_BODY_NONE, 0, NULL, NULL, "the banks", NULL,
      jz_route_banks },
    { "POST", "/v1/banks", SUPERVISOR | ADMIN, BANKS_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_bank_new_fields, "make a bank", NULL, jz_route_bank_new },
    { "DELETE", "/v1/banks/{bank}", ADMIN, BANKS_WRITE, JZ_BODY_NONE, 0, NULL, NULL,
      "delete a bank with every entry", NULL, jz_route_bank_delete },
    { "GET", "/v1/banks/{bank}/entries", SEES, BANKS | JZ_API_EXPORT, JZ_BODY_NONE, 0,
      page_arguments, NULL, "entries of a bank", NULL, jz_route_entries },
    { "POST", "/v1/banks/{bank}/entries", STAFF, BANKS_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_entry_new_fields, "add an entry, a seed unless told otherwise", NULL, jz_route_entry_new },
    { "PATCH", "/v1/entries/{entry}", STAFF, BANKS_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_entry_status_fields, "change an entry's status", NULL, jz_route_entry_status },

    { "GET", "/v1/help-lines", JZ_ANYBODY, 0, JZ_BODY_NONE, 0, NULL, NULL,
      "who helps: help-lines.json in the home", NULL, jz_route_help_lines },

    /* consent */
    { "GET", "/v1/consents/revocations", PARTNER | SEES, GOVERN_READ, JZ_BODY_NONE, 0,
      since_arguments, NULL, "what has ended, as a signed note", TEXT_REPLY, jz_route_revocations },
    { "GET", "/v1/consents/tasks", PARTNER | SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "deletions that are due", NULL, jz_route_tasks },
    { "POST", "/v1/consents/deletions", PARTNER | SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_JSON, 0,
      NULL, jz_deleted_fields, "a deletion is done; proof: SHA-256 of what shows it", NULL,
      jz_route_deleted },
    { "POST", "/v1/consents/acts", JZ_ANYBODY, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_consent_case_fields, "withdraw and the like, by case number and PIN", NULL,
      jz_route_consent_by_case },
    { "POST", "/v1/consents/status", JZ_ANYBODY, GOVERN_READ, JZ_BODY_JSON, 0, NULL,
      jz_consent_status_fields, "a consent as its person sees it, by case number and PIN", NULL,
      jz_route_consent_status },
    { "POST", "/v1/consents/receipt", JZ_ANYBODY, GOVERN_READ, JZ_BODY_JSON, 0, NULL,
      jz_consent_status_fields, "its receipt, with proofs, by case number and PIN", NULL,
      jz_route_consent_receipt_by_case },
    { "POST", "/v1/consents", PARTNER | SUPERVISOR | ADMIN, GOVERN_WRITE | JZ_API_SECRET,
      JZ_BODY_JSON, 0, NULL, NULL,
      "ask for consent: a record of docs/consent.md; case number and PIN are shown once", NULL,
      jz_route_consent_new },
    { "GET", "/v1/consents/{consent}", PARTNER | SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "a consent without its personal fields", NULL, jz_route_consent },
    { "GET", "/v1/consents/{consent}/events", PARTNER | SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL,
      NULL, "what was done with it", NULL, jz_route_consent_events },
    { "GET", "/v1/consents/{consent}/receipt", PARTNER | SUPERVISOR | ADMIN, EXPORT, JZ_BODY_NONE,
      0, NULL, NULL, "its receipt, with proofs", NULL, jz_route_consent_receipt },
    { "GET", "/v1/consents/{consent}/statement", JZ_ANYBODY, GOVERN_READ, JZ_BODY_NONE, 0,
      statement_arguments, NULL, "the text that a person signs", TEXT_REPLY,
      jz_route_consent_statement },
    { "POST", "/v1/consents/{consent}/acts", JZ_ANYBODY, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_consent_act_fields, "grant, withdraw and the like, by signature or paper", NULL,
      jz_route_consent_act },

    /* the gate, filings */
    { "POST", "/v1/gate/check", PARTNER, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, NULL,
      "may this be synthesised? A request of docs/consent.md; 409: needs_consent", NULL,
      jz_route_gate_check },
    { "POST", "/v1/gate/redeem", PARTNER, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, jz_redeem_fields,
      "use a token up, before synthesis", NULL, jz_route_gate_redeem },
    { "POST", "/v1/gate/report", PARTNER, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, NULL,
      "tie an output to its decision: a report of docs/consent.md", NULL, jz_route_gate_report },
    { "GET", "/v1/gate/decisions/{decision}", SUPERVISOR | AUDITOR | ADMIN, SEARCH, JZ_BODY_NONE, 0,
      NULL, NULL, "a decision, by its id or the SHA-256 of its output", NULL, jz_route_gate_show },
    { "PUT", "/v1/gate/providers", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_provider_fields, "say which filing is a provider's", NULL, jz_route_provider },
    { "GET", "/v1/filings", PARTNER | SEES, GOVERN_READ, JZ_BODY_NONE, 0, find_arguments, NULL,
      "filings of algorithms", NULL, jz_route_filings },
    { "POST", "/v1/filings", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_TEXT, CSV_MAX, NULL, NULL,
      "take in a published list (CSV)", NULL, jz_route_filing_import },
    { "GET", "/v1/marks/{payload}", PARTNER | SEES, SEARCH, JZ_BODY_NONE, 0, NULL, NULL,
      "what was marked with a payload, as jz mark --record kept it", NULL, jz_route_mark },

    /* complaints */
    { "POST", "/v1/complaints/status", JZ_ANYBODY, GOVERN_READ, JZ_BODY_JSON, 0, NULL,
      jz_complaint_status_fields, "what became of a complaint, by case number and PIN", NULL,
      jz_route_complaint_status },
    { "POST", "/v1/complaints/acts", JZ_ANYBODY, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_complaint_case_fields, "withdraw or appeal, by case number and PIN", NULL,
      jz_route_complaint_by_case },
    { "POST", "/v1/complaints/items", JZ_ANYBODY, GOVERN_WRITE, JZ_BODY_JSON, JZ_COMPLAINT_JSON_MAX,
      NULL, jz_complaint_item_fields, "add to a complaint, by case number and PIN", NULL,
      jz_route_complaint_items },
    { "POST", "/v1/complaints/receipt", JZ_ANYBODY, GOVERN_READ, JZ_BODY_JSON, 0, NULL,
      jz_complaint_status_fields, "what was recorded, with proofs, by case number and PIN", NULL,
      jz_route_complaint_receipt },
    { "GET", "/v1/complaints", SEES, SEARCH, JZ_BODY_NONE, 0, all_arguments, NULL,
      "what waits, first what is due first", NULL, jz_route_complaints },
    { "POST", "/v1/complaints", JZ_ANYBODY, GOVERN_WRITE | JZ_API_SECRET, JZ_BODY_JSON,
      JZ_COMPLAINT_JSON_MAX, NULL, NULL,
      "complain: fields of docs/complaints.md; case number and PIN are shown once", NULL,
      jz_route_complaint_new },
    { "GET", "/v1/complaints/{complaint}", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "a complaint with its clocks and notices", NULL, jz_route_complaint },
    { "POST", "/v1/complaints/{complaint}/acts", STAFF, DECIDE, JZ_BODY_JSON, 0, undo_arguments,
      jz_complaint_act_fields, "pause, uphold, reject and the like", NULL, jz_route_complaint_act },

    /* the queue */
    { "GET", "/v1/queue", SEES, GOVERN_READ, JZ_BODY_NONE, 0, queue_arguments, NULL,
      "what waits for a person, first what is due first", NULL, jz_route_queue },
    { "POST", "/v1/queue/next", STAFF, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, jz_queue_next_fields,
      "claim the first that is nobody's", NULL, jz_route_queue_next },
    { "POST", "/v1/claims", STAFF, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, jz_claim_fields,
      "claim one for 15 minutes", NULL, jz_route_claim },
    { "POST", "/v1/claims/acts", STAFF, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, jz_claim_act_fields,
      "extend (an hour), release, skip, hand over, ask for a second opinion", NULL,
      jz_route_claim_act },
    { "GET", "/v1/pending", STAFF, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "what you have decided and can undo, or was not done", NULL, jz_route_pending },
    { "DELETE", "/v1/pending/{pending}", STAFF, GOVERN_WRITE, JZ_BODY_NONE, 0, NULL, NULL,
      "undo it, or take note that it was not done", NULL, jz_route_undo },

    { "GET", "/v1/complaints/{complaint}/items", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "its items, and what else there is about each", NULL, jz_route_items },
    { "GET", "/v1/complaints/{complaint}/likes", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "items like its own, by bytes, address or picture, of what waits", NULL, jz_route_likes },
    { "GET", "/v1/events", SEES, GOVERN_READ, JZ_BODY_NONE, 0, object_arguments, NULL,
      "what was done with something, and where it stands in the ledger", NULL, jz_route_events },
    { "GET", "/v1/staff", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "who can sign in, by name and role", NULL, jz_route_staff },
    { "GET", "/v1/policies", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "the operator's clauses: policies.json of the installation", NULL, jz_route_policies },

    /* media of what is reviewed */
    { "GET", "/v1/media", STAFF, JZ_API_SLOW, JZ_BODY_NONE, 0, media_arguments, NULL,
      "which of its items the installation holds, and originals of them", NULL, jz_route_media },
    { "GET", "/v1/media/{sha256}", STAFF, JZ_API_SLOW, JZ_BODY_NONE, 0, media_arguments, NULL,
      "the frames that can be revealed, in seconds", NULL, jz_route_media_frames },
    { "GET", "/v1/media/{sha256}/preview", STAFF, JZ_API_SLOW, JZ_BODY_NONE, 0, media_arguments,
      NULL, "a PNG: small, grey and blurred", TEXT_REPLY, jz_route_media_preview },
    { "POST", "/v1/reveals", STAFF, JZ_API_SLOW, JZ_BODY_JSON, 0, NULL, jz_reveal_fields,
      "reveal an item of what you have claimed for some seconds, or some more; 429: too much", NULL,
      jz_route_reveal },
    { "GET", "/v1/reveals/{reveal}", STAFF, JZ_API_SLOW, JZ_BODY_NONE, 0, frame_arguments, NULL,
      "a frame of it, a PNG, while that lasts", TEXT_REPLY, jz_route_reveal_frame },
    { "DELETE", "/v1/reveals/{reveal}", STAFF, JZ_API_SLOW | JZ_API_GOVERN, JZ_BODY_NONE, 0, NULL,
      NULL, "covered again: what is left of it does not count", NULL, jz_route_reveal_end },
    { "GET", "/v1/exposure", STAFF, GOVERN_READ, JZ_BODY_NONE, 0, exposure_arguments, NULL,
      "how much you have seen, and which categories you are not given", NULL, jz_route_exposure },
    { "PUT", "/v1/exposure", STAFF, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, jz_exposure_fields,
      "the categories that you are not given", NULL, jz_route_exposure_set },

    /* quality */
    { "GET", "/v1/quality/mine", STAFF, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "golden items that you have decided, with what is right", NULL, jz_route_quality_mine },
    { "GET", "/v1/quality/agreement", SUPERVISOR | AUDITOR | ADMIN, GOVERN_READ, JZ_BODY_NONE, 0,
      decided_arguments, NULL, "how far second reviews agree, by clause", NULL,
      jz_route_agreement },
    { "GET", "/v1/quality/disputes", SUPERVISOR | ADMIN, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "second reviews that differ", NULL, jz_route_disputes },
    { "POST", "/v1/quality/disputes", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_settle_fields, "what is right; where the first was wrong, it is open again", NULL,
      jz_route_settle },
    { "GET", "/v1/quality/golden", SUPERVISOR | ADMIN, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "golden items", NULL, jz_route_golden },
    { "POST", "/v1/quality/golden", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_golden_fields, "a complaint that is decided becomes a golden item", NULL,
      jz_route_golden_set },
    { "DELETE", "/v1/quality/golden/{complaint}", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_NONE, 0,
      NULL, NULL, "it is one no longer", NULL, jz_route_golden_end },
    { "GET", "/v1/quality/shares", SUPERVISOR | AUDITOR | ADMIN, GOVERN_READ, JZ_BODY_NONE, 0, NULL,
      NULL, "how much is golden, and how much gets a second review, of a thousand", NULL,
      jz_route_quality_shares },
    { "PUT", "/v1/quality/shares", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_quality_share_fields, "set them", NULL, jz_route_quality_shares_set },

    /* decisions, measures */
    { "GET", "/v1/decisions", SEES, SEARCH, JZ_BODY_NONE, 0, decided_arguments, NULL, "decisions",
      NULL, jz_route_decisions },
    { "POST", "/v1/decisions", STAFF, DECIDE, JZ_BODY_JSON, JZ_DECISION_JSON_MAX, undo_arguments,
      NULL, "decide, and order measures: fields of docs/measures.md", NULL, jz_route_decide },
    { "GET", "/v1/decisions/{decision}", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "a decision with its measures", NULL, jz_route_decision },
    { "POST", "/v1/decisions/{decision}/appeals", REPORTER | STAFF, GOVERN_WRITE, JZ_BODY_JSON, 0,
      NULL, jz_appeal_fields, "the account appeals", NULL, jz_route_appeal },
    { "POST", "/v1/decisions/{decision}/review", STAFF, DECIDE, JZ_BODY_JSON, 0, undo_arguments,
      jz_review_fields, "decide an appeal; not by whoever decided before", NULL, jz_route_review },
    { "GET", "/v1/measures", SEES, SEARCH, JZ_BODY_NONE, 0, state_arguments, NULL, "measures", NULL,
      jz_route_measures },
    { "GET", "/v1/measures/refuses", LOOKS_UP, GOVERN_READ, JZ_BODY_NONE, 0, target_arguments, NULL,
      "whether something keeps an item out", NULL, jz_route_refuses },
    { "POST", "/v1/measures/{measure}/acts", STAFF, DECIDE, JZ_BODY_JSON, 0, undo_arguments,
      jz_measure_act_fields, "approve, acknowledge, reverse and the like", NULL,
      jz_route_measure_act },
    { "GET", "/v1/accounts", SEES, SEARCH, JZ_BODY_NONE, 0, account_arguments, NULL,
      "what an account has added up", NULL, jz_route_account },

    /* rules */
    { "GET", "/v1/rules", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL, "rule sets", NULL,
      jz_route_rules },
    { "POST", "/v1/rules", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_JSON, RULES_MAX, NULL,
      jz_rules_text_fields, "keep a set as a draft", NULL, jz_route_rules_new },
    { "POST", "/v1/rules/check", SUPERVISOR | ADMIN, GOVERN_READ, JZ_BODY_JSON, RULES_MAX, NULL,
      jz_rules_text_fields,
      "compile a set, run its cases, backtest it against what was decided; nothing is kept", NULL,
      jz_route_rules_check },
    { "GET", "/v1/rules/sets/{set}", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "the text of a set and of its lists", NULL, jz_route_rules_source },
    { "POST", "/v1/rules/sets/{set}/acts", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_rules_act_fields, "shadow; live: with the second person's word", NULL,
      jz_route_rules_act },
    { "POST", "/v1/rules/decisions", PARTNER | STAFF, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL,
      jz_rule_inputs_fields, "decide by the live set", NULL, jz_route_rules_decide },
    { "GET", "/v1/rules/decisions/{decision}", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "a decision, made again and compared", NULL, jz_route_rules_explain },

    /* reports */
    { "GET", "/v1/decisions/{decision}/notice", SEES, EXPORT, JZ_BODY_NONE, 0, NULL, NULL,
      "what to tell the account, in each language", NULL, jz_route_notice },
    { "GET", "/v1/decisions/{decision}/statement", SEES, EXPORT, JZ_BODY_NONE, 0, NULL, NULL,
      "its statement of reasons for the DSA Transparency Database", NULL, jz_route_statement },
    { "GET", "/v1/reports/numbers", SEES, EXPORT, JZ_BODY_NONE, 0, numbers_arguments, NULL,
      "numbers for the public", TEXT_REPLY, jz_route_numbers },
    { "POST", "/v1/reports/authority", SUPERVISOR | ADMIN, EXPORT, JZ_BODY_JSON, 0, NULL,
      jz_report_fields, "a report to an authority", NULL, jz_route_report_authority },
    { "POST", "/v1/reports/proof", SUPERVISOR | ADMIN, EXPORT, JZ_BODY_JSON, 0, NULL,
      jz_report_fields, "the proof document that goes with it, a page", TEXT_REPLY,
      jz_route_report_proof },
    { "POST", "/v1/reports/held", SUPERVISOR | ADMIN, EXPORT, JZ_BODY_JSON, 0, NULL, jz_held_fields,
      "what is held about one person or account", NULL, jz_route_held },
    { "GET", "/v1/reports/reminders", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "stored faces, and impact assessments that are due", NULL, jz_route_reminders },

    /* settings, models */
    { "GET", "/v1/ladder", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL, "the ladder in force",
      NULL, jz_route_ladder },
    { "PUT", "/v1/ladder", ADMIN, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, NULL,
      "another ladder: docs/measures.md", NULL, jz_route_ladder_set },
    { "GET", "/v1/hooks", SEES, GOVERN_READ, JZ_BODY_NONE, 0, hooks_arguments, NULL,
      "what the platform is to be told, and what it never took", NULL, jz_route_hooks },
    { "PUT", "/v1/hooks", ADMIN, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, jz_hook_fields,
      "the platform's address", NULL, jz_route_hook_set },
    { "POST", "/v1/feedback", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_NONE, 0, NULL, NULL,
      "the next list of decided items for training", NULL, jz_route_feedback_new },
    { "GET", "/v1/feedback/{list}", SUPERVISOR | AUDITOR | ADMIN, EXPORT, JZ_BODY_NONE, 0, NULL,
      NULL, "a list that was made", NULL, jz_route_feedback },
    { "GET", "/v1/models", SEES, GOVERN_READ, JZ_BODY_NONE, 0, NULL, NULL,
      "releases of models with their errors", NULL, jz_route_releases },
    { "POST", "/v1/models", SUPERVISOR | ADMIN, GOVERN_WRITE, JZ_BODY_JSON, 0, NULL, NULL,
      "register a release: docs/measures.md", NULL, jz_route_release_new },

    /* the ledger */
    { "GET", "/v1/ledger/checkpoint", JZ_ANYBODY, JZ_API_SLOW, JZ_BODY_NONE, 0, NULL, NULL,
      "the signed checkpoint (c2sp.org/tlog-checkpoint)", TEXT_REPLY, jz_route_checkpoint },
    { "GET", "/v1/ledger/proof/{index}", JZ_ANYBODY, JZ_API_SLOW, JZ_BODY_NONE, 0, NULL, NULL,
      "the proof of a leaf (c2sp.org/tlog-proof)", TEXT_REPLY, jz_route_proof },
    { "GET", "/v1/ledger/leaves/{index}", JZ_ANYBODY, JZ_API_SLOW, JZ_BODY_NONE, 0, NULL, NULL,
      "a leaf, in hex digits, and the log's public key", NULL, jz_route_leaf },
};
const size_t jz_api_route_count = JZ_ARRAY_LEN(jz_api_routes);
