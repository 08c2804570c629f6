// SPDX-License-Identifier: Apache-2.0
// For whoever is asked for consent: what exactly is asked, and to give, refuse or withdraw it in as
// many clicks. By case number and PIN; to give it takes the person's own key, for a PIN can be
// guessed or read over a shoulder (docs/consent.md).

import { call, told } from './api.js';
import { caseForm, save } from './case.js';
import { add, h, replace, said } from './dom.js';
import { action, problemBox, start, toast } from './page.js';
import { canSign, makeKey, sign } from './person_key.js';
import { of, t, time } from './texts.js';

const WAITING = ['requested', 'deferred'];
const STANDING = ['given', 'renewed'];

const typed = { case: '', pin: '' };
let access = null;
let consent = null;
let keyFile = null; // { name, pem }
let redraw = () => {};

async function load() {
  consent = await call('POST', '/v1/consents/status', access);
}

// ---- what is asked ----

function yesNo(value) {
  return value ? t('ask.yes') : t('ask.no');
}

// "P30D", "P6M", of ISO 8601.
function period(text) {
  const [, n, unit] = text.match(/^P(\d+)([DM])$/) ?? [];
  return unit === 'D' ? t('ask.days', { n }) : unit === 'M' ? t('ask.months', { n }) : text;
}

function drawAsked(c) {
  const { grant, controllers, notice } = c.record;
  const [by] = controllers;
  const facts = [
    [t('ask.who'), [said(by.name), h('br'), said(by.contact)]],
    [t('ask.operation'), of('operation', grant.operation)],
    [t('ask.role'), of('face-role', grant.face_role)],
    [t('ask.purpose'), of('purpose', grant.purpose)],
    [t('ask.content'), grant.content_class.map((w) => of('content', w)).join(', ')],
    [t('ask.never'), grant.never.map((w) => of('content', w)).join(', ')],
    [t('ask.seen'), of('visibility', grant.visibility)],
    [t('ask.commercial'), yesNo(grant.commercial)],
    [t('ask.outputs'), t('ask.outputs-of', { used: c.used, max: c.max_outputs })],
    [t('ask.time'), t('ask.from-until', { from: time(c.from), until: time(c.until) })],
    [t('ask.kept'), period(c.record.retention_period)],
    [t('ask.notice'), /^https?:/.test(notice.url)
      ? h('a', { href: notice.url, rel: 'noreferrer', target: '_blank' }, said(notice.url)) : said(notice.url)],
  ];
  return h('div', { class: 'card' }, h('dl', { class: 'facts' },
    facts.map(([name, what]) => [h('dt', {}, name), h('dd', {}, what)])));
}

// ---- what can be done ----

async function byPin(act) {
  try {
    await call('POST', '/v1/consents/acts', { ...access, act });
    toast(t('ask.done'));
  } finally {
    await load().catch(() => {}); // what is shown may be old now; the next press says so
    redraw();
  }
}

async function give() {
  if (keyFile === null) {
    document.getElementById('key').focus();
    throw told(t('give.key-needed'));
  }
  const id = consent.consent_id;
  const statement = await call('GET', `/v1/consents/${id}/statement?act=grant`);
  let signature;
  try {
    signature = await sign(keyFile.pem, statement);
  } catch {
    throw told(t('give.key-bad'));
  }
  try {
    await call('POST', `/v1/consents/${id}/acts`, { act: 'grant', signature });
  } catch (e) {
    throw e.kind === 'mismatch' ? told(t('give.key-other')) : e;
  }
  toast(t('ask.done'));
  await load();
  redraw();
}

function keyInput() {
  const input = h('input', { type: 'file', id: 'key', accept: '.pem,.key', onchange: async () => {
    const [file] = input.files;
    keyFile = file && file.size < 10000 ? { name: file.name, pem: await file.text() } : null;
  } });
  return h('div', { class: 'field' }, h('label', { for: 'key' }, t('give.key')), input,
    h('p', { class: 'hint' }, keyFile ? t('give.key-there', { name: keyFile.name })
      : t('give.key-hint')));
}

// The same look for both answers: neither is made easier.
function drawGive(c, box) {
  if (!c.personal?.key)
    return h('p', { class: 'note' }, t('give.paper'));
  if (!canSign())
    return h('p', { class: 'warning' }, t('give.insecure'));
  return [keyInput(), h('div', { class: 'row' },
    action(t('give.send'), box, give),
    action(t('give.refuse'), box, () => byPin('refuse')))];
}

function drawActs(c, box) {
  if (STANDING.includes(c.state))
    return [h('p', {}, t('ask.withdraw-text')), h('div', { class: 'row' },
      action(t('ask.withdraw'), box, () => byPin('withdraw'), { class: 'danger main' }))];
  if (!WAITING.includes(c.state))
    return c.erased ? null : [h('p', {}, t('ask.erase-text')), h('div', { class: 'row' },
      action(t('ask.erase'), box, () => byPin('erase'), { class: 'danger' }))];
  const asks = drawGive(c, box);
  return [h('p', {}, t('ask.free')), asks, h('div', { class: 'row' },
    !Array.isArray(asks) && action(t('give.refuse'), box, () => byPin('refuse')),
    c.state === 'requested' && action(t('ask.defer'), box, () => byPin('defer')))];
}

function drawConsent(main) {
  const c = consent;
  const box = problemBox();
  add(main, h('h1', {}, t('ask.title')), h('p', { class: 'lead' }, of('consent', c.state)),
    drawAsked(c), h('h2', {}, t('ask.can')), drawActs(c, box), box,
    h('div', { class: 'row' },
      action(t('ask.receipt'), box, async () => save(`${access.case}.json`,
        JSON.stringify(await call('POST', '/v1/consents/receipt', access)))),
      h('button', { type: 'button', onclick: () => {
        access = consent = keyFile = null;
        typed.case = typed.pin = '';
        redraw();
      } }, t('case.close'))),
    h('p', { class: 'hint' }, t('ask.receipt-hint')));
}

// ---- the door ----

function drawMakeKey() {
  const box = problemBox();
  const place = h('div', {});
  return h('details', { class: 'card' }, h('summary', {}, t('key.title')), h('p', {}, t('key.text')),
    box, h('div', { class: 'row' }, action(t('key.make'), box, async () => {
      let key;
      try {
        key = await makeKey();
      } catch {
        box.say(t('give.insecure'));
        return;
      }
      save('consent-key.pem', key.pem);
      replace(place, h('p', {}, t('key.made')),
        h('p', { class: 'code', id: 'public-key' }, key.publicHex));
    })), place);
}

function drawDoor(main) {
  add(main, h('h1', {}, t('ask.title')), h('p', { class: 'lead' }, t('ask.lead')),
    caseForm(typed, async (given) => {
      access = given;
      await load();
      redraw();
    }), drawMakeKey());
}

void start({
  title: () => t('ask.title'),
  leave: true,
  draw(main) {
    redraw = () => {
      replace(main);
      if (consent)
        drawConsent(main);
      else
        drawDoor(main);
    };
    redraw();
  },
});
