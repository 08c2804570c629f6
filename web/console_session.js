// SPDX-License-Identifier: Apache-2.0
// Who has signed in, and requests as that person. Where a session is over in the middle of
// something, signing in again comes up over the page, which stays as it is, and the request goes
// on.

import { call } from './api.js';
import { add, field, h, replace } from './dom.js';
import { action, problemBox } from './page.js';
import { t } from './texts.js';

// { name, role, csrf, until }, or null. you: as in the record, "staff:NAME".
export let session = null;
export const you = () => `staff:${session?.name}`;

export function may(...roles) {
  return roles.includes(session?.role);
}

export async function restore() {
  try {
    session = await call('GET', '/v1/session');
  } catch (e) {
    if (e.kind !== 'unauthorised')
      throw e;
    session = null;
  }
  return session;
}

let signingIn = null; // one dialog for all requests that wait

export async function ask(method, path, body, options = {}) {
  const send = () => call(method, path, body,
    { ...options, headers: { ...options.headers, 'Jz-Csrf': session?.csrf ?? '' } });
  try {
    return await send();
  } catch (e) {
    if (e.kind !== 'unauthorised' && e.kind !== 'csrf')
      throw e;
    await (signingIn ??= signInAgain().finally(() => { signingIn = null; }));
    return send();
  }
}

export async function signOut() {
  await ask('DELETE', '/v1/session');
  session = null;
}

// ---- the forms ----

// What is said of a name, a password or a code that is wrong, or of waiting.
function tell(box, e) {
  if (e.kind === 'mismatch')
    box.say(t('console.sign-wrong'));
  else if (e.kind === 'busy' && e.detail)
    box.say({ words: t('console.sign-wait'), detail: e.detail });
  else
    throw e;
}

const codeField = () => h('input', {
  name: 'code', autocomplete: 'one-time-code', inputmode: 'numeric', maxlength: 6, required: true,
  pattern: '[0-9]{6}',
});
const passwordField = (name, which) => h('input', {
  name, type: 'password', autocomplete: which, required: true, maxlength: 256,
});

function submits(form, work) {
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    work();
  });
  return form;
}

// done() is called once the session is there. again: it is that person who signs in again.
export function signInForm(done, name, again) {
  const box = problemBox();
  const who = h('input', {
    name: 'name', autocomplete: 'username', required: true, maxlength: 64, value: name ?? '',
    readonly: again,
  });
  const password = passwordField('password', 'current-password');
  const code = codeField();
  const button = action(t('console.sign-in'), box, async () => {
    try {
      session = await call('POST', '/v1/session',
        { name: who.value.trim(), password: password.value, code: code.value.trim() });
    } catch (e) {
      code.value = '';
      return tell(box, e);
    }
    done();
  }, { class: 'main', type: 'submit' });
  const form = h('form', { novalidate: true }, box, field(t('console.name'), who),
    field(t('console.password'), password), field(t('console.code'), code, t('console.code-hint')),
    h('div', { class: 'row' }, button));
  return submits(form, () => {});
}

// First the one-time secret, then a password and the authenticator's first code.
export function setUpForm(done) {
  const box = problemBox();
  const who = h('input', { name: 'name', autocomplete: 'username', required: true, maxlength: 64 });
  const secret = h('input', { name: 'secret', autocomplete: 'off', required: true, maxlength: 32 });
  const rest = h('div', { hidden: true });
  const first = action(t('console.go-on'), box, async () => {
    let reply;
    try {
      reply = await call('POST', '/v1/session/setup',
        { name: who.value.trim(), secret: secret.value.trim() });
    } catch (e) {
      return e.kind === 'mismatch' ? box.say(t('console.secret-wrong')) : tell(box, e);
    }
    who.readOnly = secret.readOnly = true;
    first.remove(); // else Enter would be its
    rest.hidden = false;
    replace(rest, second(reply));
    rest.querySelector('input').focus();
  }, { class: 'main', type: 'submit' });

  function second(reply) {
    const password = passwordField('new', 'new-password');
    const again = passwordField('again', 'new-password');
    const code = codeField();
    const button = action(t('console.finish'), box, async () => {
      if (password.value.length < 12)
        return box.say(t('console.password-short'));
      if (password.value !== again.value)
        return box.say(t('console.password-differs'));
      try {
        await call('POST', '/v1/session/setup', {
          name: who.value.trim(), secret: secret.value.trim(), password: password.value,
          code: code.value.trim(),
        });
      } catch (e) {
        return tell(box, e);
      }
      done(who.value.trim());
    }, { class: 'main', type: 'submit' });
    return [h('h2', {}, t('console.authenticator')), h('p', {}, t('console.authenticator-text')),
      h('p', {}, h('code', { class: 'secret' }, reply.totp.match(/.{4}/g).join(' '))),
      h('p', {}, h('a', { href: reply.uri }, t('console.authenticator-open'))),
      field(t('console.password-new'), password, t('console.password-hint')),
      field(t('console.password-again'), again), field(t('console.code'), code),
      h('div', { class: 'row' }, button)];
  }
  return submits(h('form', { novalidate: true }, box, field(t('console.name'), who),
    field(t('console.secret'), secret, t('console.secret-hint')), h('div', { class: 'row' }, first),
    rest), () => {});
}

function signInAgain() {
  return new Promise((resolve) => {
    const dialog = h('dialog', { 'aria-label': t('console.sign-again') });
    add(dialog, h('h2', {}, t('console.sign-again')), h('p', {}, t('console.sign-again-text')),
      signInForm(() => {
        dialog.close();
        dialog.remove();
        resolve();
      }, session?.name, true));
    dialog.addEventListener('cancel', (e) => e.preventDefault());
    add(document.body, dialog);
    dialog.showModal();
  });
}
