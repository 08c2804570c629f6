/* SPDX-License-Identifier: Apache-2.0 */
/* A decision (behind 'd'), a ladder ('l') or a webhook's address ('u'): what is read keeps the
 * rules that are written down for it. */
#include "fuzz_govern.h"

#include "base/url.h"
#include "govern/hooks.h"
#include "govern/measures.h"

static void decision(jz_bytes json)
{
    static jz_decision_form f, again;
    JZ_BUF_AUTO text = { 0 };
    if (jz_decision_form_read(json, &f, NULL) != JZ_OK)
        return;
    for (size_t i = 0; i < f.measures; i++) {
        const jz_measure_row *row = jz_measure_row_of((jz_measure_kind)f.measure[i].kind);
        assert(row != NULL && !(row->by_person && f.automated == JZ_AUTOMATED_FULLY));
        assert(!row->evidence || f.evidence[0] != '\0' || f.no_evidence[0] != '\0');
    }
    memset(f.salt, 7, sizeof f.salt);
    jz_decision_form_text(&f, &text);
    assert(jz_decision_text_read(text.ptr, &again, NULL) == JZ_OK);
    assert(again.measures == f.measures && strcmp(again.facts, f.facts) == 0);
}

static void ladder(jz_bytes json)
{
    static jz_ladder l;
    if (jz_ladder_read(json, &l, NULL) != JZ_OK)
        return;
    for (size_t i = 0; i < l.steps; i++) {
        assert(i == 0 || l.step[i].at > l.step[i - 1].at);
        assert(l.step[i].mode != 1 ||
               !jz_measure_row_of((jz_measure_kind)l.step[i].measure)->by_person);
    }
    assert(jz_ladder_crossed(&l, 0, 0) == -1);
}

/* Only what needs no look-up: an address in numbers. */
static void address(jz_bytes text)
{
    char url[JZ_URL_MAX + 16];
    char pin[JZ_URL_PIN_MAX] = "";
    if (text.len >= sizeof url - 16 || memchr(text.ptr, '\0', text.len) != NULL)
        return;
    memcpy(url, "https://[", 9);
    memcpy(url + 9, text.ptr, text.len);
    url[9 + text.len] = '\0';
    if (jz_url_pin(url, false, pin, NULL) == JZ_OK)
        assert(pin[0] == '[' && strchr(pin, ']') != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_bytes rest;
    if (size == 0)
        return 0;
    uint8_t *copy = fuzz_exact(data + 1, size - 1, &rest);
    if (data[0] == 'd')
        decision(rest);
    else if (data[0] == 'l')
        ladder(rest);
    else if (data[0] == 'u')
        address(rest);
    free(copy);
    return 0;
}
