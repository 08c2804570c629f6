// SPDX-License-Identifier: Apache-2.0
// How much somebody has seen, for that person alone: the bar beside the queue, what is not given,
// and what is said when it is enough.

import { add, h, replace } from './dom.js';
import { ask, may } from './console_session.js';
import { action, problemBox } from './page.js';
import { of, t, time } from './texts.js';

let known = null; // the last reply of /v1/exposure
const bar = h('div', { class: 'exposure' });

const minutes = (seconds) => (seconds / 60).toFixed(1).replace(/\.0$/, '');

function draw() {
  if (!known)
    return;
  const { limits } = known;
  const row = (label, used, all) => h('div', {},
    h('span', {}, label), h('progress', { max: all, value: Math.min(used, all), 'aria-label': label }),
    h('span', { class: 'clock' }, t('media.minutes', { n: minutes(used), all: minutes(all) })));
  replace(bar, row(t('media.seen-hour'), known.hour_s, limits.hour_s),
    row(t('media.seen-day'), known.day_s, limits.day_s),
    h('button', { type: 'button', class: 'quiet', onclick: choose }, t('media.choose')));
}

// From a lease: what it adds up to now.
export function noteExposure(exposure) {
  known = { ...known, ...exposure };
  draw();
}

// Of the categories that whoever has signed in is not given.
export async function without() {
  if (!may('moderator', 'supervisor', 'admin'))
    return [];
  known = await ask('GET', '/v1/exposure');
  draw();
  return known.categories.filter((c) => c.without).map((c) => c.category);
}

export function exposureBar() {
  if (may('moderator', 'supervisor', 'admin'))
    without().catch(() => {}); // the bar is not what somebody waits for
  return bar;
}

function dialogOf(title, attributes, parts) {
  const dialog = h('dialog', { 'aria-label': title, ...attributes });
  add(dialog, h('h2', {}, title), parts(dialog));
  dialog.addEventListener('close', () => dialog.remove());
  add(document.body, dialog);
  dialog.showModal();
}

function choose() {
  const box = problemBox();
  const boxes = known.categories.map((c) => h('input', {
    type: 'checkbox', name: c.category, checked: c.without }));
  dialogOf(t('media.choose'), {}, (dialog) => [h('p', {}, t('media.choose-text')), box,
    known.categories.map((c, i) => h('label', { class: 'choice' }, boxes[i],
      of('console-category', c.category))),
    h('div', { class: 'row' }, action(t('console.do-it'), box, async () => {
      known = await ask('PUT', '/v1/exposure',
        { without: boxes.filter((b) => b.checked).map((b) => b.name) });
      draw();
      dialog.close();
    }, { class: 'main' }), h('button', { type: 'button', onclick: () => dialog.close() },
      t('console.cancel')))]);
}

// Nothing more of a category is revealed for now: what else there is to do. lighter: gives other work.
export async function enough(category, lighter) {
  known = await ask('GET', `/v1/exposure?category=${category}`);
  draw();
  const box = problemBox();
  const why = { hour: t('media.over-hour'), day: t('media.over-day'), pause: t('media.over-pause') };
  dialogOf(t('media.enough'), { class: 'break' }, (dialog) => [
    h('p', {}, why[known.over]),
    known.until && h('p', {}, t('media.over-until', { time: time(known.until) })),
    h('p', {}, t('media.over-text')), box,
    h('div', { class: 'row' }, action(t('media.lighter'), box, async () => {
      await lighter();
      dialog.close();
    }, { class: 'main' }), h('button', { type: 'button', onclick: () => dialog.close() },
      t('media.decide-unseen')))]);
}
