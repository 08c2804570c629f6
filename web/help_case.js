// SPDX-License-Identifier: Apache-2.0
// What became of a report, and what its person can still do with it.

import { call } from './api.js';
import { bytesOf, save, sureAction } from './case.js';
import { add, field, h, replace, said } from './dom.js';
import { busy, itemsOf, picker } from './files.js';
import { action, problemBox, toast } from './page.js';
import { language, of, relative, t, time } from './texts.js';

const OPEN = ['incomplete', 'open', 'appealed'];
const ANSWERED = ['done', 'rejected'];
const OVER = [...ANSWERED, 'final', 'withdrawn'];
const TEXT_MAX = 1023, NAME_MAX = 255; // bytes

// What is typed here outlives a redraw.
const typed = { links: '', reason: '', contact: '', signature: '', files: [] };

function drawClock(clock) {
  const law = of('law', clock.law);
  if (!clock.from)
    return h('p', { class: 'note' }, t('clock.waits', { law }), ' ',
      new Intl.ListFormat(language()).format(clock.missing.map((m) => of('element', m))));
  if (clock.stopped)
    return h('p', { class: 'good' }, t('clock.stopped', { law, at: time(clock.stopped) }));
  return h('div', { class: clock.broken ? 'warning' : 'card' },
    h('p', {}, h('strong', {}, law), ' · ', clock.broken ? t('clock.broken')
      : t('clock.due', { at: time(clock.due), relative: relative(clock.due) })),
    clock.paused && h('p', {}, t('clock.paused')),
    h('progress', { max: '100', value: Math.min(clock.percent, 100), 'aria-label': law }));
}

// What is done about an item; a measure's target is "sha256:..." or an address.
function measuresOf(status, item) {
  return status.measures.filter((m) => m.target === item.url ||
    (item.sha256 && m.target === `sha256:${item.sha256}`));
}

function sayMeasures(list) {
  return list.map((m) => h('span', { class: m.state === 'done' ? 'badge good' : 'badge' },
    of('measure', m.measure), ' · ', of('measure-state', m.state)));
}

function drawItems(status) {
  const rows = status.item_list.filter((i) => i.url || i.sha256);
  const others = status.measures.filter(
    (m) => !status.item_list.some((i) => measuresOf({ measures: [m] }, i).length > 0));
  return [h('h2', {}, t('status.items')),
    h('ul', { class: 'plain' }, rows.map((i) => h('li', { class: 'card' },
      said(i.url ?? t('status.file', { hash: i.sha256.slice(0, 12) })), ' ',
      measuresOf(status, i).length > 0 ? sayMeasures(measuresOf(status, i))
        : h('span', { class: 'soft' }, t('status.nothing-yet'))))),
    others.length > 0 && [h('h2', {}, t('status.copies')),
      h('ul', { class: 'plain' }, others.map((m) => h('li', { class: 'card' }, said(m.target), ' ',
        sayMeasures([m]))))]];
}

function drawNotices(status) {
  return [h('h2', {}, t('status.history')),
    h('ol', { class: 'plain' }, status.notices.map((n) => {
      const [head, ...more] = n.says[language()].split('\n');
      return h('li', { class: 'card' }, h('strong', {}, head), ' ',
        h('span', { class: 'soft' }, time(n.at)), more.map((line) => h('p', {}, said(line))));
    }))];
}

// Elements that a law still waits for, which can be given here.
function missingFields(status) {
  const missing = new Set(status.clocks.flatMap((c) => c.missing));
  return [['contact', t('form.contact'), t('form.contact-hint')],
    ['signature', t('form.signature'), t('form.signature-hint')]]
    .filter(([name]) => missing.has(name)).map(([name, label, hint]) => {
      const input = h('input', { dir: 'auto', autocomplete: 'off', value: typed[name],
        oninput: () => { typed[name] = input.value; } });
      return field(label, input, hint);
    });
}

// What is typed, as an addition; or the sentence that says what is wrong with it.
function addition() {
  const urls = typed.links.split(/\s+/).filter((l) => l !== '');
  const more = { items: [...urls.map((url) => ({ url })), ...itemsOf(typed.files)] };
  for (const name of ['contact', 'signature'])
    if (typed[name].trim() !== '')
      more[name] = typed[name].trim();
  if (busy(typed.files))
    return t('form.busy');
  if (urls.some((u) => bytesOf(u) > TEXT_MAX))
    return t('form.link-long');
  for (const name of ['contact', 'signature'])
    if (bytesOf(more[name] ?? '') > NAME_MAX)
      return t('form.long', { have: bytesOf(more[name]), max: NAME_MAX });
  if (more.items.length === 0)
    delete more.items;
  return Object.keys(more).length > 0 ? more : t('add.nothing');
}

function drawAdd(access, status, box, renew) {
  const links = h('textarea', { rows: '2', dir: 'auto', spellcheck: 'false', value: typed.links,
    oninput: () => { typed.links = links.value; } });
  return h('details', { class: 'card' }, h('summary', {}, t('add.title')),
    field(t('form.links'), links, t('form.links-hint')), picker(typed.files),
    missingFields(status),
    h('div', { class: 'row' }, action(t('add.send'), box, async () => {
      const more = addition();
      if (typeof more === 'string') {
        box.say(more);
        return;
      }
      const now = await call('POST', '/v1/complaints/items', { ...access, add: more });
      Object.assign(typed, { links: '', contact: '', signature: '', files: [] });
      renew(now);
      toast(t('add.done'));
    }, { class: 'main' })));
}

function drawAppeal(box, act) {
  const reason = h('textarea', { rows: '3', dir: 'auto', value: typed.reason,
    oninput: () => { typed.reason = reason.value; } });
  return h('details', { class: 'card' }, h('summary', {}, t('appeal.title')),
    h('p', {}, t('appeal.text')), field(t('appeal.reason'), reason),
    h('div', { class: 'row' }, action(t('appeal.send'), box, async () => {
      const text = typed.reason.trim();
      if (text === '' || bytesOf(text) > TEXT_MAX)
        box.say(text === '' ? t('appeal.reason-needed')
          : t('form.long', { have: bytesOf(text), max: TEXT_MAX }));
      else {
        await act('appeal', text);
        typed.reason = '';
      }
    }, { class: 'main' })));
}

export function drawCase(main, access, close) {
  const box = problemBox();
  const place = h('div', { 'aria-busy': 'true' });
  let status;

  const renew = (now) => {
    status = now;
    place.removeAttribute('aria-busy');
    draw();
  };
  const load = async () => renew(await call('POST', '/v1/complaints/status', access));
  // Another tab, or a decision in between, may have changed it: then what is shown is renewed.
  const act = async (name, reason) => {
    try {
      renew(await call('POST', '/v1/complaints/acts', { ...access, act: name, reason }));
      toast(t('status.act-done'));
    } catch (e) {
      if (e.kind !== 'invalid')
        throw e;
      await load();
      box.say(t('status.changed'));
    }
  };

  function draw() {
    const { state } = status;
    replace(place,
      h('p', { class: 'lead' }, of('state', state)),
      !OVER.includes(state) && status.clocks.map(drawClock),
      drawItems(status), drawNotices(status),
      h('h2', {}, t('status.can')),
      OPEN.includes(state) && drawAdd(access, status, box, renew),
      ANSWERED.includes(state) && drawAppeal(box, act),
      box,
      h('div', { class: 'row' },
        action(t('status.renew'), box, load),
        action(t('status.receipt'), box, async () => save(`${access.case}.json`,
          JSON.stringify(await call('POST', '/v1/complaints/receipt', access)))),
        !OVER.includes(state) && sureAction(t('status.withdraw'), t('status.withdraw-sure'), box,
          () => act('withdraw', t('status.withdraw-reason'))),
        h('button', { type: 'button', onclick: close }, t('case.close'))),
      h('p', { class: 'hint' }, t('status.receipt-hint')));
  }

  add(main, h('h1', {}, t('status.title', { number: access.case })), place);
  load().catch((e) => {
    replace(place, box, h('div', { class: 'row' }, action(t('status.renew'), box, load),
      h('button', { type: 'button', onclick: close }, t('case.close'))));
    box.say(e);
  });
}
