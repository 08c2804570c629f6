// SPDX-License-Identifier: Apache-2.0
// Quality: what somebody's own golden items were; for supervisors agreement by clause, second
// reviews that differ, golden items and shares. Nothing is told by person.

import { add, field, h, replace, said, select } from './dom.js';
import { ask, may } from './console_session.js';
import { bar, frame, interval, table, toolForm } from './console_parts.js';
import { action, noteGolden, toast } from './page.js';
import { of, t, time } from './texts.js';

const verdict = (v) => (v.outcome === 'violation'
  ? [t('console.violation'), ' · ', said(v.policy)] : t('console.no-violation'));
const link = (id) => h('a', { href: `#/case/complaint:${id}` }, id.slice(0, 8));

async function mine(place) {
  const { golden } = await ask('GET', '/v1/quality/mine');
  noteGolden(golden[0]?.at ?? '');
  const right = golden.filter((g) => g.right).length;
  add(place, h('h2', {}, t('console.quality-mine')), h('p', {}, t('console.quality-mine-text')),
    golden.length === 0 ? h('p', { class: 'soft' }, t('console.quality-none'))
      : [h('p', {}, t('console.quality-right', { n: right, all: golden.length })),
        table([t('console.when'), t('console.case'), t('console.quality-said'),
          t('console.quality-known'), ''], golden.map((g) => [time(g.at), link(g.complaint),
          verdict(g.said), verdict(g.known), h('span', {
            class: `badge ${g.right ? 'good' : 'warning'}`,
          }, g.right ? t('console.quality-same') : t('console.quality-other'))]))]);
}

const number = (v) => (v === null ? '–' : v.toFixed(2));

async function agreement(place) {
  const { clauses } = await ask('GET', '/v1/quality/agreement');
  const most = Math.max(1, ...clauses.map((c) => c.golden));
  add(place, h('h2', {}, t('console.agreement')), h('p', {}, t('console.agreement-text')),
    table([t('console.policy'), t('console.agreement-n'), t('console.agreement-one'), 'α',
      t('console.agreement-interval'), '', t('console.golden'), ''],
    clauses.map((c) => [c.policy === null ? t('console.agreement-any') : said(c.policy),
      t('console.agreement-named', { n: c.both + c.one, all: c.n }), String(c.one),
      number(c.alpha), c.alpha === null ? '' : `${number(c.low)} – ${number(c.high)}`,
      c.alpha === null ? '' : interval(c.low, c.alpha, c.high),
      c.golden > 0 ? t('console.golden-right', { n: c.right, all: c.golden }) : '',
      c.golden > 0 ? bar(c.right, most) : ''])));
}

function settleForm(d, box, again) {
  const outcome = select({ name: 'outcome' }, [['violation', t('console.violation')],
    ['none', t('console.no-violation')]]);
  const policy = h('input', { name: 'policy', maxlength: 255,
    value: d.first.policy || d.second.policy });
  const reason = h('textarea', { name: 'reason', maxlength: 300 });
  return h('article', { class: 'card' }, h('p', {}, link(d.complaint), ' ', time(d.at)),
    h('dl', { class: 'facts' }, h('dt', {}, t('console.dispute-first')), h('dd', {},
      verdict(d.first)), h('dt', {}, t('console.dispute-second')), h('dd', {}, verdict(d.second))),
    h('div', { class: 'tools' }, field(t('console.dispute-right'), outcome),
      field(t('console.policy'), policy)), field(t('console.reason'), reason),
    h('div', { class: 'row' }, action(t('console.dispute-settle'), box, async () => {
      const { done } = await ask('POST', '/v1/quality/disputes', { dispute: d.dispute,
        outcome: outcome.value, policy: policy.value, reason: reason.value });
      toast(done === 'reopened' ? t('console.dispute-reopened') : t('console.saved'));
      await again();
    }, { class: 'main' })));
}

async function disputes(place, box) {
  const again = async () => {
    const { disputes: rows } = await ask('GET', '/v1/quality/disputes');
    replace(list, rows.length === 0 ? h('p', { class: 'soft' }, t('console.disputes-none'))
      : rows.map((d) => settleForm(d, box, again)));
  };
  const list = h('div', {});
  add(place, h('h2', {}, t('console.disputes')), h('p', {}, t('console.disputes-text')), list);
  await again();
}

async function golden(place, box) {
  const id = h('input', { name: 'golden', maxlength: 32 });
  const list = h('div', {});
  const again = async () => {
    const { golden: rows } = await ask('GET', '/v1/quality/golden');
    replace(list, rows.length === 0 ? h('p', { class: 'soft' }, t('console.golden-none'))
      : table([t('console.case'), t('console.quality-known'), t('console.golden-answers'), ''],
        rows.map((g) => [link(g.complaint), verdict(g.known),
          t('console.golden-right', { n: g.right, all: g.answers }),
          action(t('console.golden-end'), box, async () => {
            await ask('DELETE', `/v1/quality/golden/${g.complaint}`);
            await again();
          }, { class: 'quiet' })])));
  };
  const form = toolForm(field(t('console.golden-id'), id,
    t('console.golden-hint')), action(t('console.golden-add'), box, async () => {
    await ask('POST', '/v1/quality/golden', { complaint: id.value.trim() });
    id.value = '';
    toast(t('console.saved'));
    await again();
  }, { class: 'main', type: 'submit' }));
  add(place, h('h2', {}, t('console.golden')), h('p', {}, t('console.golden-text')), form, list);
  await again();
}

async function shares(place, box) {
  const s = await ask('GET', '/v1/quality/shares');
  const input = (name) => h('input', { name, type: 'number', min: 0, max: 100, step: 0.1,
    value: s[name] / 10 });
  const [goldenShare, second] = [input('golden'), input('second')];
  add(place, h('h2', {}, t('console.shares')), h('form', { class: 'tools' },
    field(t('console.share-golden'), goldenShare), field(t('console.share-second'), second),
    may('supervisor', 'admin') && action(t('console.save'), box, async () => {
      await ask('PUT', '/v1/quality/shares', { golden: Math.round(goldenShare.value * 10),
        second: Math.round(second.value * 10), severe: s.severe });
      toast(t('console.saved'));
    })), h('p', {}, t('console.share-severe'), ' ', s.severe.length === 0 ? t('console.share-none')
    : s.severe.map((c) => [h('span', { class: 'badge' }, of('console-category', c)), ' '])));
}

export async function draw(main) {
  const { box, place } = frame(main, t('console.nav-quality'), t('console.quality-lead'));
  if (may('supervisor', 'admin'))
    await disputes(place, box);
  if (may('supervisor', 'auditor', 'admin'))
    await agreement(place);
  if (may('supervisor', 'admin'))
    await golden(place, box);
  if (may('supervisor', 'auditor', 'admin'))
    await shares(place, box);
  if (may('moderator', 'supervisor', 'admin'))
    await mine(place);
}
