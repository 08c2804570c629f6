/* SPDX-License-Identifier: Apache-2.0 */
#include "label/mark_words.h"

#include <string.h>
#include <strings.h>

/* Chinese, Japanese and Korean first, then Europe by tag. "eu" is the wording of the Union's code
 * of practice as its readers report it, not Basque. */
static const struct {
    const char *tag;
    const char *text;
} wordings[] = {
    { "zh", "AI生成" },
    { "en", "AI-generated" },
    { "ja", "AI生成" },
    { "ko", "AI 생성" },
    { "eu", "AI GENERATED" },
    { "cs", "Vytvořeno umělou inteligencí (AI)" },
    { "da", "AI-genereret" },
    { "de", "KI-generiert" },
    { "es", "Generado por IA" },
    { "et", "AI loodud" },
    { "fi", "Tekoälyn luoma" },
    { "fr", "Généré par IA" },
    { "ga", "AI-ghinte" },
    { "hr", "Generirano AI-jem" },
    { "hu", "MI által generált" },
    { "it", "Generato dall'IA" },
    { "lt", "Sukurta DI" },
    { "lv", "Radīts ar MI" },
    { "mt", "Iġġenerat bl-AI" },
    { "nl", "Gegenereerd door AI" },
    { "pl", "Wygenerowane przez AI" },
    { "pt", "Gerado por IA" },
    { "ro", "Generat de IA" },
    { "sk", "Vygenerované AI" },
    { "sl", "Ustvarjeno z UI" },
    { "sv", "AI-genererad" },
};

static size_t first_subtag(const char *tag)
{
    return strcspn(tag, "-_");
}

const char *jz_mark_wording(const char *tag)
{
    if (tag == NULL || *tag == 0)
        return wordings[0].text;
    const size_t len = first_subtag(tag);
    for (size_t i = 0; i < JZ_ARRAY_LEN(wordings); i++)
        if (strlen(wordings[i].tag) == len && strncasecmp(wordings[i].tag, tag, len) == 0)
            return wordings[i].text;
    return NULL;
}

const char *jz_mark_wording_tag(size_t i)
{
    return i < JZ_ARRAY_LEN(wordings) ? wordings[i].tag : NULL;
}

static bool is_latin(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* PAID and Air are not AI. */
static bool has_ai(const char *s)
{
    for (const char *at = strstr(s, "AI"); at != NULL; at = strstr(at + 1, "AI"))
        if ((at == s || !is_latin(at[-1])) && !is_latin(at[2]))
            return true;
    return strstr(s, "ＡＩ") != NULL || strstr(s, "人工智能") != NULL;
}

jz_mark_elements jz_mark_elements_of(const char *utf8)
{
    return (jz_mark_elements){
        .ai = has_ai(utf8),
        .generated = strstr(utf8, "生成") != NULL || strstr(utf8, "合成") != NULL,
    };
}
