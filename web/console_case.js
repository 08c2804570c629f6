// SPDX-License-Identifier: Apache-2.0
// One case: first what is known about it, pictures only when they are asked for, the decision
// beside it.

import { add, h, replace, said } from './dom.js';
import { ask, may, you } from './console_session.js';
import { keys } from './console_keys.js';
import { action, problemBox, toast } from './page.js';
import { countdown, setClock, tick } from './console_queue.js';
import { decision } from './console_decide.js';
import { fillMedia, mediaKeys } from './console_media.js';
import { of, t, time } from './texts.js';

const short = (id) => id.slice(0, 8);

// ---- loading ----

async function loadComplaint(id) {
  const [info, items, events, likes] = await Promise.all([
    ask('GET', `/v1/complaints/${id}`), ask('GET', `/v1/complaints/${id}/items`),
    ask('GET', `/v1/events?object=${id}`), ask('GET', `/v1/complaints/${id}/likes`)]);
  return { ...info, items: items.items, events: events.events, likes: likes.likes };
}

async function loadDecision(id) {
  const [info, events] = await Promise.all([
    ask('GET', `/v1/decisions/${id}`), ask('GET', `/v1/events?object=${id}`)]);
  return { ...info, items: [], events: events.events };
}

async function loadMeasure(number) {
  const { measures } = await ask('GET', '/v1/measures?state=proposed');
  const measure = measures.find((m) => String(m.measure) === number);
  const info = measure ? await loadDecision(measure.decision_id) : { items: [], events: [] };
  return { ...info, measure };
}

// Claims it; where somebody else has it, or it waits no longer, it is shown without the decision.
async function claim(object) {
  if (!may('moderator', 'supervisor', 'admin'))
    return { why: t('console.read-only') };
  try {
    await ask('POST', '/v1/claims', { object });
  } catch (e) {
    if (e.kind === 'exists' || e.status === 404 || e.kind === 'invalid')
      return { why: e.kind === 'exists' ? t('console.claimed') : e.status === 404
        ? t('console.waits-no-longer') : t('console.not-for-you'), detail: e.detail };
    throw e;
  }
  const mine = await ask('GET', '/v1/queue?mine=1&limit=1000');
  setClock(mine);
  return { row: mine.rows.find((r) => r.object === object) };
}

// ---- what is known ----

function chips(kind, c) {
  return h('p', { class: 'chips' },
    c.category && h('span', { class: 'badge bad' }, of('console-category', c.category)),
    c.role && h('span', { class: 'badge' }, t('console.from', {
      role: of('console-role', c.role) })),
    c.jurisdiction && h('span', { class: 'badge' }, c.jurisdiction),
    kind === 'decision' && h('span', { class: 'badge' }, of('console-kind', 'decision')),
    c.folded > 0 && h('span', { class: 'badge' }, t('console.folded', { n: c.folded + 1 })));
}

function clocks(c) {
  return (c.clocks ?? []).filter((k) => k.due && !k.stopped).map((k) => h('div', { class: 'law' },
    h('span', {}, of('law', k.law)), h('progress', {
      max: 100, value: Math.min(100, k.percent), 'aria-label': of('law', k.law),
    }), h('span', { class: `clock${k.percent >= 80 ? ' hot' : ''}`, 'data-due': k.due },
      countdown(k.due))));
}

// Looks the item up in the banks, and says what is there.
async function fillMatches(place, item) {
  const found = [];
  for (const [type, hash] of [['sha256', item.sha256], ['pdq', item.pdq]])
    if (hash)
      found.push(...(await ask('GET', `/v1/lookup?type=${type}&hash=${hash}`)).matches);
  replace(place, found.length === 0 ? h('li', { class: 'soft' }, t('console.no-match'))
    : found.slice(0, 8).map((m) => h('li', {},
      h('span', { class: `badge ${m.status === 'confirmed' ? 'bad' : 'warning'}` },
        of('console-entry', m.status)), ' ',
      m.distance === 0 ? t('console.match-exact', { bank: m.bank })
        : t('console.match-near', { bank: m.bank, n: m.distance }))));
}

// What else there is about the item: what is decided, and what was ordered.
function siblings(item) {
  const open = ['open', 'appealed', 'incomplete']; // those that wait are beside the case
  const complaints = item.siblings.filter((s) => s.complaint && !open.includes(s.state));
  const measures = item.siblings.filter((s) => !s.complaint);
  return [
    complaints.length > 0 && h('li', {}, t('console.siblings', { n: complaints.length }), ' ',
      complaints.slice(0, 5).map((s) => [h('a', { href: `#/case/complaint:${s.complaint}` },
        short(s.complaint)), ` (${of('console-state', s.state)}) `])),
    measures.slice(0, 5).map((s) => h('li', {}, t('console.sibling-measure', {
      measure: of('console-measure', s.measure), state: of('console-state', s.state) }))),
  ];
}

// ---- what is like it ----

const matchText = (l) => (l.match === 'pdq' ? t('console.like-pdq', { n: l.bits })
  : of('console-like', l.match));

// Complaints that wait, by what matches: [{ id, likes }].
function likeCases(c) {
  const cases = new Map();
  for (const l of (c.likes ?? []).filter((x) => x.complaint))
    cases.set(l.complaint, [...(cases.get(l.complaint) ?? []), l]);
  return [...cases].map(([id, likes]) => ({ id, likes }));
}

// They are ticked to be decided together with this one. with: where they are kept; null: this
// cannot be decided here.
function likesNode(c, form) {
  const cases = likeCases(c);
  const own = (c.likes ?? []).filter((l) => !l.complaint);
  if (cases.length + own.length === 0)
    return null;
  const boxes = [];
  const choose = (id, on) => form.with[on ? 'add' : 'delete'](id);
  const all = h('label', { class: 'choice' }, h('input', {
    type: 'checkbox', onchange: (e) => {
      for (const box of boxes) {
        box.checked = e.target.checked;
        choose(box.name, box.checked);
      }
    } }), t('console.like-all'));
  const row = ({ id, likes }) => {
    const [l] = likes;
    const other = l.holder && l.holder !== you() && l.holder.replace(/^staff:/, '');
    const box = h('input', { type: 'checkbox', name: id, checked: form?.with.has(id),
      'aria-label': t('console.like-choose', { id: short(id) }),
      onchange: () => choose(id, box.checked) });
    if (form && !other)
      boxes.push(box);
    return h('li', {}, form && !other && box, h('span', {},
      h('a', { href: `#/case/complaint:${id}` }, h('code', {}, short(id))), ' ',
      of('console-category', l.category),
      l.state === 'appealed' && [' ', h('span', { class: 'badge' }, t('console.appealed'))],
      l.due && [' ', h('span', { class: 'clock', 'data-due': l.due }, countdown(l.due))],
      h('span', { class: 'soft' }, ' ', likes.map((x) => t('console.like-items',
        { own: x.item, n: x.number, how: matchText(x) })).join(t('console.semicolon'))),
      other && [' ', h('span', { class: 'badge' }, t('console.like-held', { name: other }))]));
  };
  const rows = cases.map(row);
  return h('section', { class: 'likes', 'aria-label': t('console.likes') },
    own.map((l) => h('p', {}, t('console.like-own', { a: l.item, b: l.number,
      how: matchText(l) }))),
    cases.length > 0 && [h('h2', {}, t('console.likes-n', { n: cases.length })),
      boxes.length > 0 && h('p', { class: 'hint' }, t('console.likes-hint')),
      boxes.length > 1 && all, h('ul', { class: 'signals' }, rows)]);
}

function itemCard(item, form) {
  const matches = h('ul', { class: 'signals' });
  const tick = h('input', {
    type: 'checkbox', checked: !form.left.has(item.number),
    'aria-label': t('console.act-on', { n: item.number }),
    onchange: (e) => (e.target.checked ? form.left.delete(item.number)
      : form.left.add(item.number)),
  });
  if (may('moderator', 'supervisor', 'admin')) // who may look hashes up
    fillMatches(matches, item).catch((e) => replace(matches, h('li', {}, e.words ?? String(e))));
  return h('article', { class: 'card item', tabindex: '-1', 'data-number': item.number },
    h('header', {}, h('label', { class: 'choice' }, tick, t('console.item', { n: item.number }))),
    item.url && h('p', {}, said(item.url)), item.note && h('p', { class: 'soft' }, said(item.note)),
    item.sha256 && h('p', { class: 'soft small' }, 'SHA-256 ', h('code', {},
      `${item.sha256.slice(0, 16)}…`)),
    matches, h('ul', { class: 'signals' }, siblings(item)),
    h('div', { class: 'media-slot', 'data-number': item.number }));
}

// What whoever complained has written; who they are is shown when it is asked for.
function words(c) {
  const body = c.body ?? {};
  const hidden = ['contact', 'signature', 'reporter', 'depicted'].filter((k) => body[k]);
  const masked = h('dd', {}, h('button', {
    type: 'button', class: 'quiet', onclick: () => replace(masked, hidden.map((k) =>
      h('p', {}, `${of('console-field', k)}: `, said(body[k])))),
  }, t('console.show-who')));
  return h('dl', { class: 'facts' },
    body.description && [h('dt', {}, t('console.description')), h('dd', {}, said(body.description))],
    body.statement && [h('dt', {}, t('console.statement')), h('dd', {}, said(body.statement))],
    body.age_band && [h('dt', {}, of('console-field', 'age_band')), h('dd', {}, body.age_band)],
    hidden.length > 0 && [h('dt', {}, t('console.who')), masked]);
}

function decided(c) {
  const b = c.body ?? {};
  return h('dl', { class: 'facts' },
    h('dt', {}, t('console.decided-by')), h('dd', {}, c.by?.replace(/^staff:/, ''), ', ',
      c.at && time(c.at)),
    h('dt', {}, t('console.policy')), h('dd', {}, said(`${b.policy ?? ''} · ${b.basis ?? ''}`)),
    h('dt', {}, t('console.facts')), h('dd', {}, said(b.facts ?? '')),
    h('dt', {}, t('console.account')), h('dd', {}, said(c.account || '-')),
    h('dt', {}, t('console.measures')), h('dd', {}, (c.measures ?? []).map((m) => h('p', {},
      `${of('console-measure', m.kind)}: ${of('console-state', m.state)}`))));
}

function history(c) {
  return h('details', { open: c.events.length < 6 }, h('summary', {}, t('console.history')),
    h('ol', { class: 'history' }, c.events.map((e) => h('li', {},
      h('span', { class: 'soft small' }, time(e.at)), ' ', of('console-event', e.kind), ' ',
      h('span', { class: 'soft' }, e.by.replace(/^staff:/, '')),
      e.detail.reason && h('p', {}, said(e.detail.reason))))));
}

// ---- claims ----

async function act(object, what, tools, more) {
  await ask('POST', '/v1/claims/acts', { object, act: what, ...more });
  if (what === 'extend') {
    toast(t('console.extended'));
    return tools.refresh();
  }
  return tools.next();
}

// A dialog that asks for what an act needs, and does it.
function askFor(title, parts, work) {
  const box = problemBox();
  const dialog = h('dialog', { 'aria-label': title });
  const close = () => dialog.close();
  add(dialog, h('h2', {}, title), box, parts, h('div', { class: 'row' },
    action(t('console.do-it'), box, async () => {
      await work();
      close();
    }, { class: 'main' }), h('button', { type: 'button', onclick: close }, t('console.cancel'))));
  dialog.addEventListener('close', () => dialog.remove());
  add(document.body, dialog);
  dialog.showModal();
}

async function handOver(object, tools) {
  const { staff } = await ask('GET', '/v1/staff');
  const to = h('select', { 'aria-label': t('console.to') }, staff
    .filter((s) => s.role !== 'auditor' && s.role !== 'reporter')
    .map((s) => h('option', { value: `staff:${s.name}` },
      `${s.name} (${of('console-staff', s.role)})`)));
  askFor(t('console.hand-over'), to, () => act(object, 'hand', tools, { to: to.value }));
}

function second(object, tools) {
  const reason = h('textarea', { 'aria-label': t('console.what-you-think'), maxlength: 300 });
  askFor(t('console.second'), [h('p', {}, t('console.second-text')), reason],
    () => act(object, 'second', tools, { reason: reason.value }));
}

// A break: nothing of the work is on the screen; what was claimed stays claimed for an hour.
function takeBreak(object) {
  ask('POST', '/v1/claims/acts', { object, act: 'extend' }).catch(() => {});
  const dialog = h('dialog', { class: 'break', 'aria-label': t('console.break') });
  add(dialog, h('h2', {}, t('console.break')), h('p', {}, t('console.break-text')),
    h('button', { type: 'button', class: 'main', onclick: () => dialog.close() },
      t('console.break-over')));
  dialog.addEventListener('close', () => dialog.remove());
  add(document.body, dialog);
  dialog.showModal();
}

function claimBar(object, row, tools) {
  const box = problemBox();
  const button = (text, key, work) => h('button', {
    type: 'button', class: 'quiet', onclick: () => Promise.resolve(work())
      .catch((e) => box.say(e.words ? e : t('error.page'))),
  }, text, ' ', h('kbd', {}, key));
  const works = {
    hold: () => act(object, 'extend', tools), skip: () => act(object, 'skip', tools),
    hand: () => handOver(object, tools), second: () => second(object, tools),
    rest: () => takeBreak(object),
  };
  const node = h('div', { class: 'claim' },
    h('span', {}, t('console.claim-left'), ' ',
      h('span', { class: 'clock', 'data-due': row.claimed_until ?? '' },
        countdown(row.claimed_until))),
    button(t('console.hold'), 'h', works.hold), button(t('console.hand-over'), 'x', works.hand),
    button(t('console.second'), 'o', works.second), button(t('console.skip'), 'n', works.skip),
    button(t('console.break'), 'q', works.rest), box);
  return { node, works };
}

// ---- moving within it ----

function step(place, by) {
  const cards = [...place.querySelectorAll('.item')];
  const at = cards.indexOf(document.activeElement?.closest?.('.item'));
  const next = cards[Math.min(cards.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

function jump() {
  const text = h('input', { 'aria-label': t('console.jump'), maxlength: 128 });
  askFor(t('console.jump'), [h('p', { class: 'hint' }, t('console.jump-hint')), text], async () => {
    const wanted = text.value.trim().replace(/^.*:/, '').toLowerCase();
    try {
      const c = await ask('GET', `/v1/complaints/${encodeURIComponent(wanted)}`);
      location.hash = `#/case/complaint:${c.complaint_id}`;
    } catch (e) {
      if (e.status !== 404)
        throw e;
      const d = await ask('GET', `/v1/decisions/${encodeURIComponent(wanted)}`);
      location.hash = `#/case/decision:${d.decision_id}`;
    }
  });
}

// ---- the view ----

export async function drawCase(place, object, tools) {
  const [kind, id] = [object.slice(0, object.indexOf(':')), object.slice(object.indexOf(':') + 1)];
  const load = { complaint: loadComplaint, decision: loadDecision, measure: loadMeasure }[kind];
  if (!load) {
    location.hash = '#/queue';
    return;
  }
  replace(place, h('p', { class: 'pad soft' }, '…'));
  const claimed = await claim(object);
  const c = await load(id);
  if (!location.hash.endsWith(object))
    return; // somebody has gone on meanwhile
  tools.refresh = () => drawCase(place, object, tools);
  const bar = claimed.row && claimBar(object, claimed.row, tools);
  const decide = claimed.row && decision(kind, id, c, tools);
  const left = decide?.form ?? { left: new Set() };
  replace(place, h('div', { class: 'case', 'data-object': object },
    h('section', { class: 'known', 'aria-label': t('console.case') },
      h('h1', {}, t('console.case'), ' ', h('code', {}, short(id))), chips(kind, c), clocks(c),
      bar?.node, claimed.why && h('div', { class: 'note' }, h('p', {}, claimed.why),
        claimed.detail && h('p', { class: 'soft' }, h('bdi', {}, claimed.detail))),
      kind === 'complaint' ? words(c) : decided(c),
      c.measure && h('p', {}, t('console.proposed', {
        measure: of('console-measure', c.measure.kind) })),
      c.items.map((i) => itemCard(i, left)), h('div', { class: 'kept-slot' }),
      likesNode(c, decide?.form ?? null),
      kind !== 'complaint' && h('div', { class: 'media-slot' }), history(c)),
    decide && h('section', { class: 'decide', 'aria-label': t('console.decision') }, decide.node)));
  if (may('moderator', 'supervisor', 'admin'))
    fillMedia(place, object, {
      category: claimed.row?.category ?? c.category, claimed: Boolean(claimed.row),
      lighter: () => tools.next({ lighter: true }),
    }).catch((e) => toast(e.words ?? t('error.page')));
  keys([
    ...mediaKeys(place),
    ['j', t('console.key-item-next'), () => step(place, 1)],
    ['k', t('console.key-item-last'), () => step(place, -1)],
    ...(decide?.keys ?? []),
    ...(bar ? [['h', t('console.key-hold'), bar.works.hold],
      ['x', t('console.key-hand'), bar.works.hand], ['o', t('console.key-second'),
        bar.works.second], ['n', t('console.key-skip'), bar.works.skip],
      ['q', t('console.key-break'), bar.works.rest]]
      : [['n', t('console.key-next'), tools.next]]),
    ['u', t('console.key-undo'), () => tools.undo()], ['/ Ctrl-k', t('console.key-jump'), jump],
  ]);
}
