/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/measure_life.h"

#include "govern/complaint_life.h"

#define IN(state) (1U << (state))
#define SENT (IN(JZ_MEASURE_ORDERED) | IN(JZ_MEASURE_FAILED))
#define STANDS (SENT | IN(JZ_MEASURE_DONE))

#define VISIBILITY "decision_visibility"
#define PROVISION "decision_provision"
#define ACCOUNT "decision_account"
#define NOTHING NULL, NULL
/* name, Chinese, field, by_person, evidence, timed, for_good, DSA */
static const jz_measure_row kinds[] = {
    [JZ_MEASURE_STOP_GENERATE] = { "stop_generate", "停止生成", JZ_OF_CONTENT, false, false, false,
                                   false, PROVISION, "DECISION_PROVISION_PARTIAL_SUSPENSION" },
    [JZ_MEASURE_STOP_TRANSMIT] = { "stop_transmit", "停止传输", JZ_OF_CONTENT, false, false, false,
                                   false, VISIBILITY, "DECISION_VISIBILITY_CONTENT_DISABLED" },
    [JZ_MEASURE_REMOVE] = { "remove", "消除", JZ_OF_CONTENT, false, true, false, false, VISIBILITY,
                            "DECISION_VISIBILITY_CONTENT_REMOVED" },
    [JZ_MEASURE_DISABLE] = { "disable", "屏蔽", JZ_OF_CONTENT, false, false, true, false,
                             VISIBILITY, "DECISION_VISIBILITY_CONTENT_DISABLED" },
    [JZ_MEASURE_LABEL] = { "label", "添加标识", JZ_OF_CONTENT, false, false, false, false,
                           VISIBILITY, "DECISION_VISIBILITY_CONTENT_LABELLED" },
    [JZ_MEASURE_DEMOTE] = { "demote", "降低推荐", JZ_OF_CONTENT, false, false, true, false,
                            VISIBILITY, "DECISION_VISIBILITY_CONTENT_DEMOTED" },
    [JZ_MEASURE_RESTRICT_INTERACTION] = { "restrict_interaction", "限制互动", JZ_OF_CONTENT, false,
                                          false, true, false, VISIBILITY,
                                          "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED" },
    [JZ_MEASURE_QUARANTINE] = { "quarantine", "隔离", JZ_OF_CONTENT, false, false, true, false,
                                VISIBILITY, "DECISION_VISIBILITY_CONTENT_DISABLED" },
    [JZ_MEASURE_DESTROY] = { "destroy", "销毁", JZ_OF_CONTENT, true, true, false, true, VISIBILITY,
                             "DECISION_VISIBILITY_CONTENT_REMOVED" },
    [JZ_MEASURE_BLOCK_PROMPT] = { "block_prompt", "拦截提示词", JZ_OF_MODEL, false, false, false,
                                  false, NOTHING },
    [JZ_MEASURE_BLOCK_INPUT] = { "block_input", "拦截输入", JZ_OF_MODEL, false, false, false, false,
                                 NOTHING },
    [JZ_MEASURE_RETRAIN_TICKET] = { "retrain_ticket", "模型优化训练整改", JZ_OF_MODEL, false, false,
                                    true, false, NOTHING },
    [JZ_MEASURE_RETRAIN_DONE] = { "retrain_done", "整改完成", JZ_OF_MODEL, true, false, false,
                                  false, NOTHING },
    [JZ_MEASURE_ROLLBACK] = { "rollback", "模型回退", JZ_OF_MODEL, true, false, false, false,
                              NOTHING },
    [JZ_MEASURE_NOTICE] = { "notice", "告知", JZ_OF_USER, false, false, false, false, NOTHING },
    [JZ_MEASURE_WARN] = { "warn", "警示", JZ_OF_USER, false, false, false, false, NOTHING },
    [JZ_MEASURE_LIMIT] = { "limit", "限制功能", JZ_OF_USER, false, false, true, false, PROVISION,
                           "DECISION_PROVISION_PARTIAL_SUSPENSION" },
    [JZ_MEASURE_SUSPEND] = { "suspend", "暂停服务", JZ_OF_USER, false, false, true, false, ACCOUNT,
                             "DECISION_ACCOUNT_SUSPENDED" },
    [JZ_MEASURE_TERMINATE] = { "terminate", "关闭账号", JZ_OF_USER, true, false, false, false,
                               ACCOUNT, "DECISION_ACCOUNT_TERMINATED" },
    [JZ_MEASURE_DEVICE_BLOCK] = { "device_block", "封禁设备", JZ_OF_USER, true, false, false, false,
                                  PROVISION, "DECISION_PROVISION_TOTAL_SUSPENSION" },
    [JZ_MEASURE_FREEZE_JOIN] = { "freeze_join", "冻结入群", JZ_OF_GROUP, false, false, true, false,
                                 PROVISION, "DECISION_PROVISION_PARTIAL_SUSPENSION" },
    [JZ_MEASURE_FREEZE_MEDIA] = { "freeze_media", "冻结发图", JZ_OF_GROUP, false, false, true,
                                  false, PROVISION, "DECISION_PROVISION_PARTIAL_SUSPENSION" },
    [JZ_MEASURE_DISSOLVE] = { "dissolve", "解散群组", JZ_OF_GROUP, true, true, false, true,
                              PROVISION, "DECISION_PROVISION_TOTAL_TERMINATION" },
    [JZ_MEASURE_REPORT_AUTHORITY] = { "report_authority", "报告主管部门", JZ_OF_OUTWARD, true,
                                      false, false, true, NOTHING },
    [JZ_MEASURE_PRESERVE] = { "preserve", "保存记录", JZ_OF_OUTWARD, false, false, false, false,
                              NOTHING },
    [JZ_MEASURE_HOLD] = { "hold", "保全", JZ_OF_OUTWARD, true, false, true, false, NOTHING },
    [JZ_MEASURE_RESPOND_ORDER] = { "respond_order", "协助调取", JZ_OF_OUTWARD, true, false, false,
                                   true, NOTHING },
};

const char *const jz_words_measure[] = {
    "stop_generate",
    "stop_transmit",
    "remove",
    "disable",
    "label",
    "demote",
    "restrict_interaction",
    "quarantine",
    "destroy",
    "block_prompt",
    "block_input",
    "retrain_ticket",
    "retrain_done",
    "rollback",
    "notice",
    "warn",
    "limit",
    "suspend",
    "terminate",
    "device_block",
    "freeze_join",
    "freeze_media",
    "dissolve",
    "report_authority",
    "preserve",
    "hold",
    "respond_order",
    NULL,
};
_Static_assert(JZ_ARRAY_LEN(jz_words_measure) == JZ_ARRAY_LEN(kinds), "the same measures in both");

static const char *const state_names[] = {
    [JZ_MEASURE_PROPOSED] = "proposed",   [JZ_MEASURE_ORDERED] = "ordered",
    [JZ_MEASURE_DONE] = "done",           [JZ_MEASURE_FAILED] = "failed",
    [JZ_MEASURE_ENDED] = "ended",         [JZ_MEASURE_REVERSED] = "reversed",
    [JZ_MEASURE_DISMISSED] = "dismissed",
};

static const struct rule {
    const char *name;
    unsigned from; /* states */
    jz_measure_state to;
} rules[] = {
    [JZ_MEASURE_APPROVE] = { "approve", IN(JZ_MEASURE_PROPOSED), JZ_MEASURE_ORDERED },
    [JZ_MEASURE_DISMISS] = { "dismiss", IN(JZ_MEASURE_PROPOSED), JZ_MEASURE_DISMISSED },
    [JZ_MEASURE_ACKNOWLEDGE] = { "acknowledge", SENT, JZ_MEASURE_DONE },
    [JZ_MEASURE_FAIL] = { "fail", IN(JZ_MEASURE_ORDERED) | IN(JZ_MEASURE_DONE), JZ_MEASURE_FAILED },
    [JZ_MEASURE_RETRY] = { "retry", IN(JZ_MEASURE_FAILED), JZ_MEASURE_ORDERED },
    [JZ_MEASURE_END] = { "end", STANDS, JZ_MEASURE_ENDED },
    [JZ_MEASURE_REVERSE] = { "reverse", STANDS, JZ_MEASURE_REVERSED },
};

const jz_measure_row *jz_measure_row_of(jz_measure_kind k)
{
    return (size_t)k < JZ_ARRAY_LEN(kinds) && kinds[k].name != NULL ? &kinds[k] : NULL;
}

const char *jz_measure_kind_name(jz_measure_kind k)
{
    const jz_measure_row *row = jz_measure_row_of(k);
    return row != NULL ? row->name : NULL;
}

const char *jz_measure_kind_chinese(jz_measure_kind k)
{
    const jz_measure_row *row = jz_measure_row_of(k);
    return row != NULL ? row->chinese : NULL;
}

const char *jz_measure_state_name(jz_measure_state s)
{
    return (size_t)s < JZ_ARRAY_LEN(state_names) ? state_names[s] : NULL;
}

const char *jz_measure_act_name(jz_measure_act a)
{
    return (size_t)a < JZ_ARRAY_LEN(rules) ? rules[a].name : NULL;
}

bool jz_measure_stands(jz_measure_state s)
{
    return (IN(s) & (STANDS | IN(JZ_MEASURE_PROPOSED))) != 0;
}

jz_status jz_measure_step(jz_measure_life *life, jz_measure_act act, int64_t now_us, jz_err *err)
{
    if (jz_measure_act_name(act) == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "%u is no act", (unsigned)act);
    const struct rule *r = &rules[act];
    if ((IN(life->state) & r->from) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "a measure that is %s cannot be: %s",
                       state_names[life->state], r->name);
    if (act == JZ_MEASURE_END && (life->until_us == 0 || now_us < life->until_us))
        return JZ_FAIL(err, JZ_E_INVAL, "its end has not come");
    if (act == JZ_MEASURE_REVERSE && kinds[life->kind].for_good && life->state == JZ_MEASURE_DONE)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is done and cannot be undone", kinds[life->kind].name);
    life->state = r->to;
    return JZ_OK;
}

/* ---- appeals ---- */

static const struct {
    const char *name;
    jz_appeal_state from; /* the only one */
} appeals[] = {
    [JZ_APPEAL_NONE] = { "none", (jz_appeal_state)0 },
    [JZ_APPEAL_OPEN] = { "open", JZ_APPEAL_NONE },
    [JZ_APPEAL_KEPT] = { "kept", JZ_APPEAL_OPEN },
    [JZ_APPEAL_OVERTURNED] = { "overturned", JZ_APPEAL_OPEN },
    [JZ_APPEAL_MODIFIED] = { "modified", JZ_APPEAL_OPEN },
};

const char *jz_appeal_state_name(jz_appeal_state s)
{
    return (size_t)s < JZ_ARRAY_LEN(appeals) ? appeals[s].name : NULL;
}

jz_status jz_appeal_step(jz_appeal_life *life, jz_appeal_state to, bool same, int64_t now_us,
                         jz_err *err)
{
    const char *is = jz_appeal_state_name(life->state);
    if (jz_appeal_state_name(to) == NULL || to == JZ_APPEAL_NONE)
        return JZ_FAIL(err, JZ_E_INVAL, "an appeal is kept, overturned or modified");
    if (life->state != appeals[to].from)
        return to == JZ_APPEAL_OPEN ? JZ_FAIL(err, JZ_E_INVAL, "there was an appeal: %s", is)
                                    : JZ_FAIL(err, JZ_E_INVAL, "no appeal is open: %s", is);
    if (to == JZ_APPEAL_OPEN && now_us > life->decided_us + JZ_COMPLAINT_APPEAL_US)
        return JZ_FAIL(err, JZ_E_INVAL, "it was decided more than six months ago");
    if (to != JZ_APPEAL_OPEN && same)
        return JZ_FAIL(err, JZ_E_INVAL, "the appeal is not decided by whoever decided before");
    life->state = to;
    return JZ_OK;
}
