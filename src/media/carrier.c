/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier.h"

#include "base/json.h"
#include "media/carrier/carriers.h"

#include <string.h>
#include <strings.h>

static const jz_carrier carriers[] = {
    { "jpeg", "jpeg-xmp", JZ_META_XMP, 0, jz_jpeg_list, jz_jpeg_edit },
    { "png", "png-xmp", JZ_META_XMP, 0, jz_png_list, jz_png_edit },
    { "apng", "png-xmp", JZ_META_XMP, 0, jz_png_list, jz_png_edit },
    { "webp", "webp-xmp", JZ_META_XMP, 0, jz_webp_list, jz_webp_edit },
    { "gif", "gif-xmp", JZ_META_XMP, 0, jz_gif_list, jz_gif_edit },
    { "tiff", "tiff-xmp", JZ_META_XMP, 0, jz_tiff_list, jz_tiff_edit },
    { "heic", "heif-xmp", JZ_META_XMP, 0, jz_heif_list, jz_heif_edit },
    { "avif", "heif-xmp", JZ_META_XMP, 0, jz_heif_list, jz_heif_edit },
    { "mp4", "mp4-keys", JZ_META_TEXT, JZ_FORM_JSON, jz_mp4_list, jz_mp4_edit },
    { "mov", "mp4-keys", JZ_META_TEXT, JZ_FORM_JSON, jz_mp4_list, jz_mp4_edit },
    { "m4v", "mp4-keys", JZ_META_TEXT, JZ_FORM_JSON, jz_mp4_list, jz_mp4_edit },
    { "3gp", "mp4-keys", JZ_META_TEXT, JZ_FORM_JSON, jz_mp4_list, jz_mp4_edit },
    { "m4a", "mp4-keys", JZ_META_TEXT, JZ_FORM_JSON, jz_mp4_list, jz_mp4_edit },
    { "mkv", "mkv-tags", JZ_META_TEXT, JZ_FORM_JSON, jz_mkv_list, jz_mkv_edit },
    { "webm", "mkv-tags", JZ_META_TEXT, JZ_FORM_JSON, jz_mkv_list, jz_mkv_edit },
    { "flv", "flv-onmetadata", JZ_META_TEXT, JZ_FORM_JSON, jz_flv_list, jz_flv_edit },
    { "avi", "avi-info", JZ_META_TEXT, JZ_FORM_JSON, jz_avi_list, jz_avi_edit },
    { "wav", "wav-aigc", JZ_META_TEXT, JZ_FORM_JSON, jz_wav_list, jz_wav_edit },
    { "mp3", "mp3-id3", JZ_META_TEXT, JZ_FORM_JSON, jz_mp3_list, jz_mp3_edit },
    { "aac", "mp3-id3", JZ_META_TEXT, JZ_FORM_JSON, jz_mp3_list, jz_mp3_edit },
    { "flac", "flac-vorbis", JZ_META_TEXT, JZ_FORM_JSON, jz_flac_list, jz_flac_edit },
    { "ogg", "ogg-vorbis", JZ_META_TEXT, JZ_FORM_JSON, jz_ogg_list, jz_ogg_edit },
    { "ogv", "ogg-vorbis", JZ_META_TEXT, JZ_FORM_JSON, jz_ogg_list, jz_ogg_edit },
    { "docx", "ooxml-custom", JZ_META_TEXT, JZ_FORM_JSON, jz_ooxml_list, jz_ooxml_edit },
    { "xlsx", "ooxml-custom", JZ_META_TEXT, JZ_FORM_JSON, jz_ooxml_list, jz_ooxml_edit },
    { "pptx", "ooxml-custom", JZ_META_TEXT, JZ_FORM_JSON, jz_ooxml_list, jz_ooxml_edit },
    { "pdf", "pdf-info", JZ_META_TEXT, JZ_FORM_JSON, jz_pdf_list, jz_pdf_edit },
    { "text", "text-yaml", JZ_META_TEXT, JZ_FORM_YAML_MAPPING, jz_text_list, jz_text_edit },
    { "html", "html-meta", JZ_META_TEXT, JZ_FORM_JSON, jz_html_list, jz_html_edit },
};

const jz_carrier *jz_carrier_at(size_t i)
{
    return i < JZ_ARRAY_LEN(carriers) ? &carriers[i] : NULL;
}

/* The head may end within a character. */
static bool is_text(jz_bytes head)
{
    const char *s = (const char *)head.ptr;
    for (size_t i = 0; i < head.len;) {
        const unsigned n = jz_utf8_len(s + i, head.len - i);
        if (n == 0)
            return head.len - i < 4 && head.len == JZ_SNIFF_BYTES;
        if (jz_utf8_is_control(s + i, n) && strchr("\t\n\f\r", s[i]) == NULL)
            return false;
        i += n;
    }
    return head.len > 0;
}

const jz_carrier *jz_carrier_find(const jz_format *format, jz_bytes head)
{
    const char *name = format != NULL ? format->name : is_text(head) ? "text" : "";
    for (size_t i = 0; i < JZ_ARRAY_LEN(carriers); i++) {
        if (strcmp(carriers[i].format, name) == 0)
            return &carriers[i];
    }
    return NULL;
}

bool jz_meta_has_key(jz_bytes text, const char *key)
{
    const size_t len = strlen(key);
    const unsigned first = (uint8_t)key[0] | 0x20U; /* in lower case, if it is a letter */
    for (size_t i = 0; i + len <= text.len; i++) {
        if ((text.ptr[i] | 0x20U) == first &&
            strncasecmp((const char *)text.ptr + i, key, len) == 0)
            return true;
    }
    return false;
}

jz_status jz_meta_only_text(const jz_meta_edit *edits, size_t n, const char *container, jz_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (edits[i].at == JZ_META_NEW && edits[i].kind != JZ_META_TEXT)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s has no place for an XMP packet", container);
    }
    return JZ_OK;
}

jz_status jz_meta_send(jz_span *s, uint64_t n, jz_meta *meta, jz_meta_fn fn, void *user,
                       jz_err *err)
{
    JZ_BUF_AUTO value = { 0 };
    meta->at = s->at;
    meta->size = n;
    if (n > JZ_META_MAX) {
        JZ_TRY(jz_span_skip(s, n, err));
        meta->passed = JZ_E_LIMIT;
        return fn(user, meta, err);
    }
    jz_buf_puts(&value, ""); /* so that an empty value is not NULL */
    JZ_TRY(jz_span_read(s, n, JZ_META_MAX, &value, err));
    meta->value = (jz_bytes){ (const uint8_t *)value.ptr, value.len };
    return fn(user, meta, err);
}
