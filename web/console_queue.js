// SPDX-License-Identifier: Apache-2.0
// The queue, beside the case that is worked on. What is typed for a case is kept until it is
// decided, whatever happens to the page meanwhile.

import { add, h, replace } from './dom.js';
import { ask, may, you } from './console_session.js';
import { drawCase } from './console_case.js';
import { exposureBar } from './console_exposure.js';
import { keys } from './console_keys.js';
import { goldenNoted, problemBox, toast } from './page.js';
import { language, of, relative, t } from './texts.js';

const PAGE = 100;
const filter = { kind: '', category: '' };
let ahead = 0; // of the server's clock, in milliseconds

export const serverNow = () => Date.now() + ahead;

export function setClock(reply) {
  ahead = new Date(reply.now) - Date.now();
}

// "1:05:09" until a time; "" where there is none.
export function countdown(until) {
  if (!until)
    return '';
  const s = Math.round((new Date(until) - serverNow()) / 1000);
  const pad = (n) => String(n).padStart(2, '0');
  const a = Math.abs(s);
  const text = a >= 172800 ? t('console.days', { n: Math.floor(a / 86400) })
    : `${Math.floor(a / 3600)}:${pad(Math.floor(a / 60) % 60)}:${pad(a % 60)}`;
  return s < 0 ? `−${text}` : text;
}

// What runs each second while the view is there.
let ticking = null;
export function tick(work) {
  clearInterval(ticking);
  work();
  ticking = setInterval(() => (document.querySelector('.work') ? work() : clearInterval(ticking)),
    1000);
}

// ---- rows ----

const rowTitle = (row) => (row.category ? of('console-category', row.category)
  : of('console-kind', row.kind));

function badges(row) {
  return [
    row.second_opinion && h('span', { class: 'badge warning' }, t('console.second')),
    row.kind !== 'complaint' && h('span', { class: 'badge' }, of('console-kind', row.kind)),
    row.state === 'appealed' && h('span', { class: 'badge' }, t('console.appealed')),
    row.folded > 0 && h('span', { class: 'badge' }, t('console.folded', { n: row.folded + 1 })),
    row.items > 1 && h('span', { class: 'badge' }, t('console.items', { n: row.items })),
    row.pending && h('span', { class: 'badge good' }, t('console.decided')),
    !row.pending && row.holder && h('span', { class: 'badge' },
      row.holder === you() ? t('console.yours') : row.holder.replace(/^staff:/, '')),
  ];
}

function clock(row) {
  return h('span', {
    class: `clock${row.hot ? ' hot' : ''}`, 'data-due': row.due ?? '',
    title: row.due ? t('console.due', { relative: relative(row.due) }) : t('console.no-clock'),
  }, row.due ? countdown(row.due) : relative(row.since));
}

function rowNode(row, current) {
  return h('li', {}, h('a', {
    href: `#/case/${row.object}`, class: 'queue-row', 'aria-current': String(row.object === current),
  }, h('span', { class: 'queue-head' }, h('strong', {}, rowTitle(row)), clock(row)),
  h('span', { class: 'queue-foot' }, h('span', { class: 'harm', title: t('console.harm') },
    t('console.harm-of', { n: row.score })), badges(row))));
}

// ---- the list ----

function query(after) {
  const q = new URLSearchParams({ limit: PAGE, ...(after ? { after } : {}) });
  for (const [name, value] of Object.entries(filter))
    if (value)
      q.set(name, value);
  return `/v1/queue?${q}`;
}

const kinds = () => [['', t('console.all')], ['complaint', of('console-kind', 'complaint')],
  ['decision', of('console-kind', 'decision')], ['measure', of('console-kind', 'measure')]];
const categories = ['minor-sexual', 'intimate', 'intimate-synthetic', 'fraud', 'impersonation',
  'consent', 'unlabelled', 'other'];

// The list loads a page of rows at a time, when its end comes into sight.
function listNode(current) {
  const rows = h('ol', { class: 'queue-rows' });
  const count = h('p', { class: 'soft small', role: 'status' });
  const end = h('p', { class: 'soft small' });
  let after = '', busy = false, done = false, round = 0; // after: the place of the last row

  async function more() {
    if (busy || done)
      return;
    busy = true;
    const mine = round;
    try {
      const reply = await ask('GET', query(after));
      if (mine !== round)
        return;
      setClock(reply);
      add(rows, reply.rows.map((row) => rowNode(row, current)));
      after = reply.next;
      done = !after;
      const w = reply.waiting; // with the first page
      if (w)
        count.textContent = t('console.waiting', { n: w.complaint + w.decision + w.measure });
      end.textContent = !rows.firstChild ? t('console.empty') : done ? '' : '…';
    } catch (e) {
      end.textContent = e.words ?? t('error.page');
    } finally {
      busy = false;
    }
  }

  function reload() {
    round++;
    after = '';
    done = busy = false;
    rows.replaceChildren();
    return more();
  }

  const choose = (name, label, options) => {
    const select = h('select', {
      'aria-label': label, onchange: (e) => {
        filter[name] = e.target.value;
        reload();
      },
    }, options.map(([value, text]) => h('option', { value, selected: filter[name] === value },
      text)));
    return select;
  };
  const node = h('section', { class: 'queue', 'aria-label': t('console.nav-queue') },
    h('div', { class: 'queue-tools' }, choose('kind', t('console.kind'), kinds()),
      choose('category', t('console.category'), [['', t('console.all-categories')],
        ...categories.map((c) => [c, of('console-category', c)])])),
    count, h('p', { class: 'note golden-note', role: 'status', hidden: true },
      t('console.quality-new'), ' ', h('a', { href: '#/quality' }, t('console.quality-see'))),
    h('div', { class: 'queue-scroll', tabindex: '0' }, rows, end), exposureBar());
  new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && more(),
    { root: node.querySelector('.queue-scroll'), rootMargin: '600px' }).observe(end);
  // Another is the current one; from the top, where nobody has scrolled away from it.
  node.show = (object) => {
    current = object;
    for (const row of rows.querySelectorAll('.queue-row'))
      row.setAttribute('aria-current', row.hash === `#/case/${object}`);
    if (node.isConnected && node.querySelector('.queue-scroll').scrollTop < 200)
      reload();
  };
  node.language = language();
  return node;
}

let list = null; // stays, with how far it was scrolled, from one case to the next

// ---- what can be undone ----

const bar = h('ul', { class: 'undo', role: 'status', hidden: true });
let held = []; // of /v1/pending, the last one last

function heldNode(p, last) {
  const button = (text, key) => h('button', { type: 'button', onclick: () => undo(p) }, text,
    key && [' ', h('kbd', {}, key)]);
  const which = h('a', { href: `#/case/${p.object}` }, t('console.case'), ' ',
    p.object.slice(p.object.indexOf(':') + 1).slice(0, 8));
  return p.error
    ? h('li', {}, h('span', {}, which, ' ', t('console.not-done'), ' ', h('bdi', {}, p.error)),
      button(t('console.noted')))
    : h('li', {}, h('span', {}, which, ' ', t('console.decided-left'), ' ',
      h('span', { class: 'left', 'data-until': p.until })), button(t('console.undo'), last && 'u'));
}

function drawHeld() {
  held = held.filter((p) => p.error || new Date(p.until) > serverNow() - 500);
  bar.hidden = held.length === 0;
  const shown = held.map((p) => p.pending).join();
  if (bar.dataset.shown !== shown)
    replace(bar, held.map((p, i) => heldNode(p, i === held.length - 1)));
  bar.dataset.shown = shown;
  for (const left of bar.querySelectorAll('.left'))
    left.textContent = t('console.seconds',
      { n: Math.max(0, Math.ceil((new Date(left.dataset.until) - serverNow()) / 1000)) });
}

export async function readHeld() {
  held = (await ask('GET', '/v1/pending')).pending;
  drawHeld();
}

// The last one, where none is named.
export async function undo(which) {
  const last = which?.pending ? which : held.at(-1);
  if (!last)
    return;
  try {
    await ask('DELETE', `/v1/pending/${last.pending}`);
    if (!last.error) {
      toast(t('console.undone'));
      location.hash = `#/case/${last.object}`;
    }
  } catch (e) {
    toast(e.status === 404 ? t('console.too-late') : e.words);
  }
  await readHeld();
}

// Golden items that were decided since whoever sits here last looked at their results.
async function tellGolden() {
  const { golden } = await ask('GET', '/v1/quality/mine');
  const note = list?.querySelector('.golden-note');
  if (note)
    note.hidden = !golden[0] || golden[0].at === goldenNoted();
}

// ---- the view ----

// Claims the next one and shows it. Where nothing is left, the queue says so. more: { lighter: true }
// for what is not severe.
export async function next(more) {
  const wanted = { ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value)),
    ...(more?.lighter ? { lighter: true } : {}) };
  try {
    const { object } = await ask('POST', '/v1/queue/next', wanted);
    location.hash = `#/case/${object}`;
  } catch (e) {
    if (e.status !== 404)
      throw e;
    toast(t('console.nothing-left'));
    location.hash = '#/queue';
  }
}

export async function draw(main, name, object) {
  const place = h('div', { class: 'case-place' });
  if (list?.language !== language() || !list.isConnected)
    list = listNode(object);
  else
    list.show(object);
  if (list.isConnected)
    list.nextElementSibling.replaceWith(place);
  else
    replace(main, h('div', { class: 'work' }, list, place), bar);
  tick(() => {
    drawHeld();
    for (const node of document.querySelectorAll('.clock[data-due]'))
      if (node.dataset.due)
        node.textContent = countdown(node.dataset.due);
  });
  if (may('moderator', 'supervisor', 'admin'))
    Promise.all([readHeld(), tellGolden()])
      .catch((e) => toast(e.words ?? t('error.page')));
  keys([['u', t('console.key-undo'), () => undo()]]); // also while a case is on its way
  if (name === 'case')
    return drawCase(place, object, { next, undo });
  drawStart(place);
}

function drawStart(place) {
  const box = problemBox();
  const start = () => next().catch((e) => box.say(e.words ? e : t('error.page')));
  keys([['n Enter', t('console.key-next'), start], ['u', t('console.key-undo'), () => undo()]]);
  replace(place, h('div', { class: 'pad' }, h('h1', {}, t('console.nav-queue')), box,
    h('p', { class: 'lead' }, t('console.start-text')),
    may('moderator', 'supervisor', 'admin') && h('button', {
      type: 'button', class: 'main', onclick: start,
    }, t('console.start'), ' ', h('kbd', {}, '⏎'))));
}
