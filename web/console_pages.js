// SPDX-License-Identifier: Apache-2.0
// The pages beside the queue: banks, accounts, consents and the gate, what the server does.

import { add, h, replace, said } from './dom.js';
import { ask, may } from './console_session.js';
import { explorer } from './console_bank.js';
import { bar, facts, frame, lookUp, table } from './console_parts.js';
import { action, toast } from './page.js';
import { of, t, time } from './texts.js';

// ---- banks ----

async function setStatus(entry, status) {
  const reply = await ask('PATCH', `/v1/entries/${entry}`, { status });
  toast(reply.done === 'proposed' ? t('console.confirm-first') : t('console.saved'));
}

function entryRow(e, box, again) {
  const button = (text, status) => action(text, box, async () => {
    await setStatus(e.entry, status);
    await again();
  }, { class: 'quiet' });
  const open = may('moderator', 'supervisor', 'admin');
  return [String(e.entry), h('span', { class: 'badge' }, of('console-entry', e.status)),
    e.signals.map((s) => h('p', { class: 'small' }, s.type, ' ',
      h('code', {}, `${s.hash.slice(0, 16)}…`))), said(of('console-category', e.category ?? '')), said(e.source ?? ''),
    time(e.updated), open && [e.status === 'seed' && button(t('console.confirm'), 'confirmed'),
      e.status !== 'disabled' && button(t('console.false-match'), 'disabled'),
      e.status === 'disabled' && button(t('console.enable'), 'seed')]];
}

async function entries(place, box, bank, after = 0) {
  const again = () => entries(place, box, bank, after);
  const { entries: rows, next } = await ask('GET',
    `/v1/banks/${encodeURIComponent(bank)}/entries?limit=100&after=${after}`);
  replace(place, h('h2', {}, bank), rows.length === 0 ? h('p', {}, t('console.no-entries'))
    : table([t('console.entry'), t('console.state'), t('console.hashes'), t('console.category'),
      t('console.source'), t('console.changed'), ''], rows.map((e) => entryRow(e, box, again))),
  next && h('button', { type: 'button', onclick: () => entries(place, box, bank, next) },
    t('console.more')));
}

async function banks(main, name) {
  const { box, place } = frame(main, t('console.nav-banks'), t('console.banks-lead'));
  const { banks: rows } = await ask('GET', '/v1/banks');
  const list = h('div', {});
  add(place, rows.length === 0 ? h('p', {}, t('console.no-banks'))
    : table([t('console.bank'), t('console.entries'), t('console.active'), t('console.note')],
      rows.map((b) => [h('a', { href: `#/banks/${encodeURIComponent(b.bank)}` }, b.bank),
        String(b.entries), String(b.active), said(b.note ?? '')])), list);
  if (name) {
    await entries(list, box, name);
    add(place, explorer(name, box, async (entry) => {
      await setStatus(entry, 'disabled');
      await entries(list, box, name);
    }));
  }
}

// ---- accounts ----

// The ladder from its first step up, and how far an account has come.
function ladder(steps, points) {
  const most = Math.max(points, ...steps.map((s) => s.at));
  return [h('h2', {}, t('console.ladder')), table([t('console.points'), t('console.what'), '', '', ''],
    steps.map((s) => [String(s.at),
      [[s.measure, ...(s.also ?? [])].map((m) => of('measure', m)).join(' + '),
        s.days && ` (${t('console.days', { n: s.days })})`],
      s.mode === 'auto' ? t('console.ladder-auto') : t('console.ladder-person'),
      bar(Math.min(points, s.at), most),
      points >= s.at && h('span', { class: 'badge' }, t('console.ladder-reached'))]))];
}

async function account(reference) {
  const [a, { ladder: { step } }] = await Promise.all([
    ask('GET', `/v1/accounts?account=${encodeURIComponent(reference)}`), ask('GET', '/v1/ladder')]);
  const points = a.milli_points / 1000;
  return [facts([[t('console.points'), (Math.floor(points * 10) / 10).toFixed(1)], [t('console.strikes'), String(a.strikes)],
    [t('console.next-step'), a.next_step > 0 && t('console.at-points', { n: a.next_step })],
    [t('console.suspended'), a.suspended && time(a.suspended_until)],
    [t('console.closed'), a.terminated && t('console.yes')]]),
  a.next_step > 0 && h('progress', { max: a.next_step, value: Math.min(points, a.next_step),
    'aria-label': t('console.points') }), ladder(step, points)];
}

async function accounts(main, value) {
  const { box, place } = frame(main, t('console.nav-accounts'), t('console.accounts-lead'));
  lookUp(place, box, t('console.account'), t('console.account-hint'), 'accounts', value, account);
}

// ---- consents, the gate ----

async function consent(id) {
  const [c, { events }] = await Promise.all([ask('GET', `/v1/consents/${encodeURIComponent(id)}`),
    ask('GET', `/v1/consents/${encodeURIComponent(id)}/events`)]);
  return [facts([[t('console.state'), of('console-consent', c.state)],
    [t('console.provider'), said(c.provider)],
    [t('console.valid'), c.from && `${time(c.from)} – ${time(c.until)}`],
    [t('console.used'), `${c.used} / ${c.max_outputs || '∞'}`]]),
  table([t('console.when'), t('console.what'), t('console.by')],
    events.map((e) => [time(e.at), of('console-event', e.kind), said(e.by)]))];
}

async function consents(main, value) {
  const { box, place } = frame(main, t('console.nav-consents'), t('console.consents-lead'));
  lookUp(place, box, t('console.consent-id'), '', 'consents', value, consent);
  const { tasks } = await ask('GET', '/v1/consents/tasks');
  add(place, h('h2', {}, t('console.deletions')), tasks.length === 0
    ? h('p', {}, t('console.no-deletions')) : table([t('console.consent-id'), t('console.provider'),
      t('console.until')], tasks.map((d) => [h('a', { href: `#/consents/${d.consent_id}` },
      d.consent_id.slice(0, 8)), said(d.provider), time(d.due)])));
  if (may('supervisor', 'auditor', 'admin'))
    lookUp(place, box, t('console.gate-id'), t('console.gate-hint'), 'consents', '', async (id) =>
      h('pre', {}, JSON.stringify(await ask('GET', `/v1/gate/decisions/${encodeURIComponent(id)}`),
        null, 2)));
}

// ---- what the server does ----

// { name: [[labels, value], ...] } of Prometheus' text.
function parse(text) {
  const found = {};
  for (const [, name, labels, value] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm))
    (found[name] ??= []).push([Object.fromEntries([...(labels ?? '').matchAll(/(\w+)="([^"]*)"/g)]
      .map((m) => [m[1], m[2]])), Number(value)]);
  return found;
}

async function operations(main) {
  const { place } = frame(main, t('console.nav-operations'));
  const [queue, text] = await Promise.all([ask('GET', '/v1/queue?limit=1000'), ask('GET', '/metrics')]);
  const m = parse(text);
  const routes = {};
  for (const [labels, value] of m.jz_requests_total ?? []) {
    const r = routes[labels.path ? `${labels.method} ${labels.path}` : t('console.no-route')] ??= { all: 0, bad: 0 };
    r.all += value;
    r.bad += labels.class === '5xx' ? value : 0;
  }
  const w = queue.waiting;
  const oldest = queue.rows.map((r) => r.since).sort()[0];
  const busy = Object.entries(routes).filter(([, r]) => r.all > 0)
    .sort((a, b) => b[1].all - a[1].all).slice(0, 20);
  const most = Math.max(1, ...busy.map(([, r]) => r.all));
  add(place, facts([[t('console.waiting-all'), String(w.complaint + w.decision + w.measure)],
    [t('console.at-risk'), String(queue.rows.filter((r) => r.hot).length)],
    [t('console.oldest'), oldest && time(oldest)],
    [t('console.errors'), String(busy.reduce((n, [, r]) => n + r.bad, 0))]]),
  h('h2', {}, t('console.requests')), h('div', { class: 'bars' }, busy.map(([name, r]) => [
    h('code', {}, name), h('progress', { max: most, value: r.all, 'aria-label': name }),
    h('span', {}, String(r.all))])));
}

const pages = { banks, accounts, consents, operations };
export async function draw(main, name, rest) {
  await pages[name](main, rest);
}
