/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a receipt. Threads: any. */
#ifndef JZ_CONSENT_RECEIPT_H
#define JZ_CONSENT_RECEIPT_H

#include "govern/consents.h"

#define JZ_RECEIPT_EVENTS 32
#define JZ_RECEIPT_TEXT 32768 /* bytes of a record or its personal fields */
#define JZ_RECEIPT_EVENT 4096
#define JZ_RECEIPT_PROOF 12288

typedef struct jz_receipt_event {
    char text[JZ_RECEIPT_EVENT]; /* what the leaf commits to */
    char leaf[JZ_LEAF_TEXT];
    char proof[JZ_RECEIPT_PROOF]; /* c2sp.org/tlog-proof */
} jz_receipt_event;

typedef struct jz_receipt {
    int format;
    char id[JZ_CONSENT_ID_SIZE];
    char record[JZ_RECEIPT_TEXT], personal[JZ_RECEIPT_TEXT]; /* personal: "" where erased */
    jz_receipt_event event[JZ_RECEIPT_EVENTS];
    size_t events;
} jz_receipt; /* 600 kB: on the heap */

extern const jz_field jz_receipt_fields[];

#endif
