/* SPDX-License-Identifier: Apache-2.0 */
/* Which law gives how long. Each row says how well it is known: [Q] quoted by others, [S] told by
 * others, [R] from memory. Laws that want an answer "in time" without a number (DSA article 16,
 * and China's, which want a time to be published) are the own promise. */
#include "govern/complaint_life.h"

#include <string.h>

#define ALL (JZ_ELEMENT_ITEM | JZ_ELEMENT_STATEMENT | JZ_ELEMENT_SIGNATURE | JZ_ELEMENT_CONTACT)

static const jz_complaint_law laws[] = {
    { "us-take-it-down", "US",
      "TAKE IT DOWN Act, section 3(a)(3): removed within 48 hours of a valid request [Q]", 48, ALL,
      true, false, false },
    { "gb-intimate", "GB",
      "intimate images: removed within 48 hours of a report; not confirmed to be in force [S]", 48,
      JZ_ELEMENT_ITEM, true, false, false },
    { "in-intimate", "IN",
      "IT Rules as amended by G.S.R. 120(E) of 2026: intimate images, also synthetic, 2 hours [S]",
      2, JZ_ELEMENT_ITEM, true, false, false },
    { "in-order", "IN",
      "the same: removed within 3 hours of an order of a court or the government [S]", 3,
      JZ_ELEMENT_ITEM, false, true, false },
    { "in-urgent", "IN",
      "the same: urgent grievances, 36 hours [S]; which are urgent is not known to us, so all of"
      " them count",
      36, JZ_ELEMENT_ITEM, false, false, false },
    { "own-promise", NULL,
      "what we promise and publish (Generative AI Measures 15, Deep Synthesis Provisions 12, DSA"
      " 16 [R])",
      0, JZ_ELEMENT_ITEM, false, false, true },
};

const jz_complaint_law *jz_complaint_law_at(size_t i)
{
    return i < JZ_ARRAY_LEN(laws) ? &laws[i] : NULL;
}

const jz_complaint_law *jz_law_named(const char *name)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(laws); i++)
        if (name != NULL && strcmp(laws[i].name, name) == 0)
            return &laws[i];
    return NULL;
}

bool jz_law_applies(const jz_complaint_law *law, const char *jurisdiction, bool intimate,
                    bool order)
{
    return (law->jurisdiction == NULL || strcmp(law->jurisdiction, jurisdiction) == 0) &&
           (intimate || !law->intimate_only) && (order || !law->orders_only);
}

const char *jz_complaint_element_name(unsigned element)
{
    switch (element) {
    case JZ_ELEMENT_ITEM:
        return "item";
    case JZ_ELEMENT_STATEMENT:
        return "statement";
    case JZ_ELEMENT_SIGNATURE:
        return "signature";
    case JZ_ELEMENT_CONTACT:
        return "contact";
    default:
        return NULL;
    }
}
