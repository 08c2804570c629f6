/* SPDX-License-Identifier: Apache-2.0 */
/* What an explicit mark says. Threads: any. */
#ifndef JZ_MARK_WORDS_H
#define JZ_MARK_WORDS_H

#include <jz/base.h>

/* The default wording for a language tag (BCP 47; what follows the first subtag plays no part,
 * neither does case): "zh" AI生成, "en" AI-generated, "ja", "ko", "eu" (the European Union: the
 * capitals AI, then GENERATED), and the languages of the Union. NULL or "" is "zh". NULL for a tag
 * that the table does not have. Static. */
const char *jz_mark_wording(const char *tag);
/* The i-th tag of the table, NULL behind the last. */
const char *jz_mark_wording_tag(size_t i);

/* The two elements that GB 45438-2025 5 wants in every explicit label. */
typedef struct jz_mark_elements {
    bool ai;        /* 人工智能, or AI as a word of its own */
    bool generated; /* 生成 or 合成 */
} jz_mark_elements;
jz_mark_elements jz_mark_elements_of(const char *utf8);

#endif
