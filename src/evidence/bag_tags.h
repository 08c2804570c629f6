/* SPDX-License-Identifier: Apache-2.0 */
/* The two tag files of a bag that are no manifests (RFC 8493, 2.1.1 and 2.2.2). Threads: any. */
#ifndef JZ_BAG_TAGS_H
#define JZ_BAG_TAGS_H

#include <jz/evidence.h>

typedef struct jz_bag_tag_facts {
    bool own;      /* bag-info.txt names our profile */
    bool alike;    /* it has a label that only our bags have */
    bool saw_oxum; /* a Payload-Oxum is there: bytes and files of the payload */
    bool has_oxum; /* and can be read */
    uint64_t oxum_bytes;
    uint64_t oxum_files;
    bool before_1_0; /* of the version in bagit.txt */
} jz_bag_tag_facts;

/* Both tell what is wrong in *report and fill what they can of *facts. JZ_E_NOMEM. bag-info.txt
 * comes first: it says whose rules apply. */
JZ_CHECKED jz_status jz_bag_read_info(jz_bytes text, jz_bag_tag_facts *facts, jz_bag_report *report,
                                      jz_err *err);
JZ_CHECKED jz_status jz_bag_read_bagit(jz_bytes text, jz_bag_tag_facts *facts,
                                       jz_bag_report *report, jz_err *err);

#endif
