// SPDX-License-Identifier: Apache-2.0
// By case number and PIN: the form that asks for them, and what is saved to a file. They are in the
// memory of this page only.

import { field, h } from './dom.js';
import { action, problemBox } from './page.js';
import { t } from './texts.js';

// As people type them: blanks, small letters, full-width digits.
function plain(text) {
  return text.normalize('NFKC').replace(/\s+/g, '').toUpperCase();
}

// typed: { case, pin }, kept by the caller; open(access) is called with { case, pin }.
export function caseForm(typed, open) {
  const box = problemBox();
  const number = h('input', { value: typed.case, autocomplete: 'off', spellcheck: 'false',
    maxlength: '40', oninput: () => { typed.case = number.value; } });
  const pin = h('input', { value: typed.pin, type: 'password', autocomplete: 'off',
    inputmode: 'numeric', maxlength: '20', oninput: () => { typed.pin = pin.value; } });
  const go = action(t('case.open'), box, async () => {
    const access = { case: plain(number.value), pin: plain(pin.value) };
    if (access.case === '' || access.pin === '')
      box.say(t('case.both'));
    else
      await open(access);
  }, { class: 'main' });
  const enter = (e) => {
    if (e.key === 'Enter' && !e.isComposing)
      go.click();
  };
  return h('div', { onkeydown: enter }, field(t('case.number'), number, t('case.number-hint')),
    field(t('case.pin'), pin, t('case.pin-hint')), box, h('div', { class: 'row' }, go));
}

export function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// Bytes of a text as the server counts them.
export function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}

// A button that asks once more before it does what cannot be taken back.
export function sureAction(text, sure, box, work) {
  const place = h('span', {});
  const ask = () => place.replaceChildren(h('button', {
    type: 'button', class: 'danger', onclick: () => {
      place.replaceChildren(h('span', { class: 'row' }, h('strong', {}, sure),
        action(t('case.yes'), box, work, { class: 'danger main' }),
        h('button', { type: 'button', onclick: ask }, t('case.no'))));
      place.querySelector('button').focus();
    },
  }, text));
  ask();
  return place;
}
