/* SPDX-License-Identifier: Apache-2.0 */
#include "media/decode/dec_av_input.h"

#include <string.h>

#include <libavutil/avstring.h>

#define IO_BYTES 65536
#define STREAMS_MAX 100

static const char *const demuxers[][2] = {
    { "mp4", "mov" },       { "mov", "mov" },       { "3gp", "mov" },  { "m4v", "mov" },
    { "mkv", "matroska" },  { "webm", "matroska" }, { "avi", "avi" },  { "flv", "flv" },
    { "mpegts", "mpegts" }, { "mpegps", "mpeg" },   { "asf", "asf" },  { "ogv", "ogg" },
    { "gif", "gif" },       { "apng", "apng" },     { "avif", "mov" }, { "heic", "mov" },
    { "wav", "wav" },       { "flac", "flac" },     { "mp3", "mp3" },  { "ogg", "ogg" },
    { "m4a", "mov" },       { "aac", "aac" },
};

typedef struct codec {
    enum AVCodecID id;
    const char *decoder;
} codec;

/* The codecs that may be opened, also while the streams are probed. */
static const codec pictures[] = {
    { AV_CODEC_ID_H264, "h264" },
    { AV_CODEC_ID_HEVC, "hevc" },
    { AV_CODEC_ID_VP8, "vp8" },
    { AV_CODEC_ID_VP9, "vp9" },
    { AV_CODEC_ID_AV1, "libdav1d" },
    { AV_CODEC_ID_MPEG1VIDEO, "mpeg1video" },
    { AV_CODEC_ID_MPEG2VIDEO, "mpeg2video" },
    { AV_CODEC_ID_MPEG4, "mpeg4" },
    { AV_CODEC_ID_MSMPEG4V2, "msmpeg4v2" },
    { AV_CODEC_ID_MSMPEG4V3, "msmpeg4" },
    { AV_CODEC_ID_H263, "h263" },
    { AV_CODEC_ID_FLV1, "flv" },
    { AV_CODEC_ID_VP6, "vp6" },
    { AV_CODEC_ID_VP6F, "vp6f" },
    { AV_CODEC_ID_WMV1, "wmv1" },
    { AV_CODEC_ID_WMV2, "wmv2" },
    { AV_CODEC_ID_WMV3, "wmv3" },
    { AV_CODEC_ID_VC1, "vc1" },
    { AV_CODEC_ID_MJPEG, "mjpeg" },
    { AV_CODEC_ID_PRORES, "prores" },
    { AV_CODEC_ID_DVVIDEO, "dvvideo" },
    { AV_CODEC_ID_THEORA, "theora" },
    { AV_CODEC_ID_RAWVIDEO, "rawvideo" },
    { AV_CODEC_ID_GIF, "gif" },
    { AV_CODEC_ID_APNG, "apng" },
};

/* Likewise, where audio is read. */
static const codec sounds[] = {
    { AV_CODEC_ID_AAC, "aac" },
    { AV_CODEC_ID_MP2, "mp2" },
    { AV_CODEC_ID_MP3, "mp3float" },
    { AV_CODEC_ID_AC3, "ac3" },
    { AV_CODEC_ID_EAC3, "eac3" },
    { AV_CODEC_ID_VORBIS, "vorbis" },
    { AV_CODEC_ID_OPUS, "opus" },
    { AV_CODEC_ID_FLAC, "flac" },
    { AV_CODEC_ID_ALAC, "alac" },
    { AV_CODEC_ID_WMAV2, "wmav2" },
    { AV_CODEC_ID_PCM_U8, "pcm_u8" },
    { AV_CODEC_ID_PCM_S16LE, "pcm_s16le" },
    { AV_CODEC_ID_PCM_S24LE, "pcm_s24le" },
    { AV_CODEC_ID_PCM_S32LE, "pcm_s32le" },
    { AV_CODEC_ID_PCM_F32LE, "pcm_f32le" },
    { AV_CODEC_ID_PCM_F64LE, "pcm_f64le" },
    { AV_CODEC_ID_PCM_S16BE, "pcm_s16be" },
    { AV_CODEC_ID_PCM_ALAW, "pcm_alaw" },
    { AV_CODEC_ID_PCM_MULAW, "pcm_mulaw" },
};

static const char *find(const codec *codecs, size_t n, enum AVCodecID id)
{
    for (size_t i = 0; i < n; i++) {
        if (codecs[i].id == id)
            return codecs[i].decoder;
    }
    return NULL;
}

const char *jz_av_decoder_name(enum AVCodecID id)
{
    const char *name = find(pictures, JZ_ARRAY_LEN(pictures), id);
    return name != NULL ? name : find(sounds, JZ_ARRAY_LEN(sounds), id);
}

void jz_av_input_done(jz_av_input *in)
{
    avformat_close_input(&in->format);
    if (in->io != NULL)
        av_freep(&in->io->buffer);
    avio_context_free(&in->io);
}

static jz_status nomem(const jz_av_input *in, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", in->job->format->name);
}

jz_status jz_av_input_fail(jz_av_input *in, int rc, jz_err *err)
{
    if (in->io_status == JZ_OK)
        return jz_av_fail(in->job, &in->note, rc, err);
    if (err != NULL)
        *err = in->io_err;
    return in->io_status;
}

static int on_read(void *user, uint8_t *buf, int size)
{
    jz_av_input *in = user;
    size_t got = 0;
    in->io_status = jz_job_read(in->job, in->at, buf, (size_t)size, &got, &in->io_err);
    if (in->io_status != JZ_OK)
        return AVERROR(EIO);
    in->at += got;
    return got > 0 ? (int)got : AVERROR_EOF;
}

static int64_t on_seek(void *user, int64_t offset, int whence)
{
    jz_av_input *in = user;
    const int64_t size = (int64_t)in->job->file_size;
    int64_t to = offset;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return size;
    case SEEK_CUR:
        to = __builtin_add_overflow((int64_t)in->at, offset, &to) ? -1 : to;
        break;
    case SEEK_END:
        to = __builtin_add_overflow(size, offset, &to) ? -1 : to;
        break;
    default:
        break;
    }
    if (to < 0)
        return AVERROR(EINVAL);
    in->at = (uint64_t)to;
    return to;
}

/* References to other files and addresses lead nowhere. */
static int refuse_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                       AVDictionary **options)
{
    (void)format;
    (void)io;
    (void)url;
    (void)flags;
    (void)options;
    return AVERROR(EACCES);
}

static const AVInputFormat *demuxer_of(const jz_format *format)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(demuxers); i++) {
        if (strcmp(demuxers[i][0], format->name) == 0)
            return av_find_input_format(demuxers[i][1]);
    }
    return NULL;
}

/* The names of the decoders of a table behind those in list, as libavformat wants them; list is
 * freed. NULL when out of memory. */
static char *add_names(char *list, const codec *codecs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *longer = list == NULL ? av_strdup(codecs[i].decoder)
                                    : av_asprintf("%s,%s", list, codecs[i].decoder);
        av_freep(&list);
        if (longer == NULL)
            return NULL;
        list = longer;
    }
    return list;
}

static char *codec_list(bool audio)
{
    char *list = add_names(NULL, pictures, JZ_ARRAY_LEN(pictures));
    if (list == NULL || !audio)
        return list;
    return add_names(list, sounds, JZ_ARRAY_LEN(sounds));
}

static jz_status make_io(jz_av_input *in, jz_err *err)
{
    uint8_t *buffer = av_malloc(IO_BYTES);
    if (buffer != NULL)
        in->io = avio_alloc_context(buffer, IO_BYTES, 0, in, on_read, NULL, on_seek);
    if (in->io == NULL)
        av_freep(&buffer);
    in->format = avformat_alloc_context();
    return in->io != NULL && in->format != NULL ? JZ_OK : nomem(in, err);
}

static jz_status open_container(jz_av_input *in, jz_err *err)
{
    const AVInputFormat *demuxer = demuxer_of(in->job->format);
    if (demuxer == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "this libavformat does not read %s",
                       in->job->format->name);
    JZ_TRY(make_io(in, err));
    in->format->pb = in->io;
    in->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    in->format->io_open = refuse_open;
    in->format->max_streams = STREAMS_MAX;
    in->format->format_whitelist = av_strdup(demuxer->name);
    in->format->protocol_whitelist = av_strdup("");
    in->format->codec_whitelist = codec_list(in->audio);
    if (in->format->format_whitelist == NULL || in->format->protocol_whitelist == NULL ||
        in->format->codec_whitelist == NULL)
        return nomem(in, err);
    const int rc = avformat_open_input(&in->format, NULL, demuxer, NULL);
    return rc < 0 ? jz_av_input_fail(in, rc, err) : JZ_OK;
}

/* Probing decodes a few frames: within the same pixel limit as all others. */
static jz_status probe(jz_av_input *in, jz_err *err)
{
    const unsigned n = in->format->nb_streams;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what FFmpeg wants */
    AVDictionary **options = av_calloc(n + 1, sizeof *options);
    if (options == NULL)
        return nomem(in, err);
    for (unsigned i = 0; i < n; i++)
        (void)av_dict_set_int(&options[i], "max_pixels", (int64_t)in->job->limits.max_pixels, 0);
    const int rc = avformat_find_stream_info(in->format, options);
    for (unsigned i = 0; i < n; i++)
        av_dict_free(&options[i]);
    av_freep(&options);
    return rc < 0 ? jz_av_input_fail(in, rc, err) : JZ_OK;
}

jz_status jz_av_input_open(jz_av_input *in, jz_err *err)
{
    JZ_TRY(open_container(in, err));
    return probe(in, err);
}

static bool is_video(const AVStream *s)
{
    return s->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
           (s->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
}

jz_status jz_av_input_video(jz_av_input *in, AVStream **out, jz_err *err)
{
    const AVStream *other = NULL;
    for (unsigned i = 0; i < in->format->nb_streams; i++) {
        AVStream *s = in->format->streams[i];
        if (!is_video(s))
            continue;
        if (find(pictures, JZ_ARRAY_LEN(pictures), s->codecpar->codec_id) != NULL) {
            *out = s;
            return JZ_OK;
        }
        if (other == NULL)
            other = s;
    }
    if (other != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "video codec %s is not read here",
                       avcodec_get_name(other->codecpar->codec_id));
    /* Of a file that ends early, the stream may just be missing. */
    if (jz_job_end(in->job, JZ_OK, err) != JZ_OK)
        return JZ_E_TRUNCATED;
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no video stream");
}
