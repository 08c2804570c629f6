// SPDX-License-Identifier: Apache-2.0
// Single keys. Off in fields, with modifiers, in dialogs, and while an input method composes: what
// somebody types in Chinese must never decide anything.

import { add, h } from './dom.js';
import { t } from './texts.js';

const inFields = 'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]';
let bound = []; // [key, text, work, release]

// keys([['j', 'next item', f], ...]): those of the view that is shown, instead of the last one's.
export function keys(rows) {
  bound = rows;
}

function isTyping(e) {
  return e.isComposing || e.keyCode === 229 || e.key === 'Process';
}

// As rows name it: the space bar is 'Space', for they are written with spaces between keys.
const nameOf = (e) => (e.key === ' ' ? 'Space' : e.key);

function find(e) {
  if (isTyping(e) || document.querySelector('dialog[open]'))
    return undefined;
  const wanted = e.ctrlKey || e.metaKey ? `Ctrl-${e.key.toLowerCase()}` : nameOf(e);
  if (e.altKey || (e.target.closest?.(inFields) && !wanted.startsWith('Ctrl-')))
    return undefined;
  return bound.find(([key]) => key.split(' ').includes(wanted));
}

export function listen() {
  addEventListener('keydown', (e) => {
    if (e.key === 'Escape' && !isTyping(e) && e.target.matches?.(inFields))
      return e.target.blur();
    if (e.key === '?' && !isTyping(e) && !e.target.closest?.(inFields))
      return sheet();
    const row = find(e);
    // Enter and the space bar are the button's own where one has the focus, as is a box's.
    if (!row || ((e.key === 'Enter' || e.key === ' ') && e.target.closest?.('button, a, summary')) ||
        (e.key === ' ' && e.target.closest?.('input')))
      return;
    e.preventDefault();
    if (!e.repeat || row[0] === 'j' || row[0] === 'k')
      row[2](e.key);
  });
  addEventListener('keyup', (e) => {
    const row = bound.find(([key, , , release]) => release && key.split(' ').includes(nameOf(e)));
    row?.[3]();
  });
}

const shown = { Enter: '⏎', Space: '␣' };

// What stands on the keys; of a whole row, its ends.
function caps(key) {
  const all = key.split(' ');
  return all.length > 3 ? [`${all[0]} … ${all.at(-1)}`] : all;
}

export function sheet() {
  if (document.querySelector('dialog[open]'))
    return;
  const dialog = h('dialog', { class: 'sheet', 'aria-label': t('console.keys') });
  add(dialog, h('h2', {}, t('console.keys')),
    h('dl', {}, bound.map(([key, text]) => h('div', {},
      h('dt', {}, caps(key).map((k) => h('kbd', {}, shown[k] ?? k))),
      h('dd', {}, text)))),
    h('p', { class: 'hint' }, t('console.keys-hint')),
    h('button', { type: 'button', class: 'main', onclick: () => dialog.close() },
      t('console.close')));
  dialog.addEventListener('close', () => dialog.remove());
  add(document.body, dialog);
  dialog.showModal();
}
