/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/records.h"

static const jz_record records[] = {
    { "record/extraction.json", jz_record_extraction },
    { "record/extraction-list.csv", jz_record_list },
    { "record/links.csv", jz_record_links },
    { "record/glossary.csv", jz_record_glossary },
    { "record/case.jsonld", jz_record_case },
    { "record/screening.json", jz_record_screening },
    { "record/decision.json", jz_record_decision },
    { "record/events.ndjson", jz_record_events },
    { "record/report.html", jz_record_report },
};

const jz_record *jz_record_at(size_t i)
{
    return i < JZ_ARRAY_LEN(records) ? &records[i] : NULL;
}
