// SPDX-License-Identifier: Apache-2.0
// What every page has: a head with the switches of language and look, a place for messages, the
// way out.

import { add, h, replace } from './dom.js';
import { language, load, otherLanguage, t } from './texts.js';

// Choices of look and language. A page for the public leaves no trace behind when its tab closes.
let store = sessionStorage;

function kept(name) {
  try {
    return store.getItem(name);
  } catch {
    return null; // storage is forbidden here: then nothing is kept
  }
}

function keep(name, value) {
  try {
    store.setItem(name, value);
  } catch { /* as above */ }
}

// When whoever sits here last looked at the results of golden items (console).
export const goldenNoted = () => kept('golden-noted');
export const noteGolden = (at) => keep('golden-noted', at);

function isDark() {
  const look = document.documentElement.dataset.look;
  return look ? look === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function switchLook(button) {
  const look = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.look = look;
  keep('look', look);
  button.textContent = isDark() ? t('page.light') : t('page.dark');
}

// Leaves at once: no way back by the back button, and nothing of it on the screen meanwhile.
export function leave() {
  addEventListener('beforeunload', (e) => e.stopImmediatePropagation(), { capture: true });
  document.body.replaceChildren();
  document.title = '…';
  location.replace(language() === 'en' ? 'https://www.bing.com/' : 'https://www.baidu.com/');
}

function head(options) {
  const look = h('button', { type: 'button', class: 'quiet', onclick: () => switchLook(look) },
    isDark() ? t('page.light') : t('page.dark'));
  const other = otherLanguage();
  const switchLanguage = h('button', {
    type: 'button', class: 'quiet', lang: other,
    onclick: async () => {
      keep('language', other);
      await load(other);
      show(options);
    },
  }, other === 'en' ? 'English' : '中文');
  return h('header', { class: 'head' },
    h('a', { href: '/', class: 'brand' }, t('page.name')), options.nav?.(),
    h('span', { class: 'grow' }), switchLanguage, look,
    options.leave && h('button', { type: 'button', class: 'leave', onclick: leave },
      t('page.leave')));
}

function show(options) {
  document.title = options.title();
  const main = h('main', { id: 'main', class: options.wide ? 'wide' : '' });
  replace(document.body, h('a', { href: '#main', class: 'skip' }, t('page.skip')), head(options),
    main, h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' }));
  options.draw(main);
}

// start({ title: () => text, draw: (main) => ..., nav: () => node, leave, wide, keepChoices })
// draw runs again when the language changes: what was typed must be kept by whoever draws.
export async function start(options) {
  if (options.keepChoices)
    store = localStorage;
  const look = kept('look');
  if (look)
    document.documentElement.dataset.look = look;
  try {
    await load(kept('language'));
  } catch {
    replace(document.body, h('main', {}, h('p', { role: 'alert' },
      'The words of this page did not arrive. Check the connection and load the page again. ' +
      '页面文字未能加载。请检查网络后重新加载。')));
    return;
  }
  if (options.leave)
    addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && e.shiftKey)
        leave();
    });
  show(options);
}

// A message that goes away; problems stay where they arose: problemBox().
export function toast(text) {
  const one = h('p', { class: 'toast' }, text);
  add(document.querySelector('.toasts'), one);
  setTimeout(() => one.remove(), 6000);
}

// A box that says what went wrong. box.say(problem or text), box.clear().
export function problemBox() {
  const box = h('div', { class: 'problem', role: 'alert', hidden: true });
  box.say = (what) => {
    const details = what.detail && h('details', {}, h('summary', {}, t('page.details')),
      h('p', {}, h('bdi', {}, what.detail)));
    replace(box, h('p', {}, what.words ?? String(what)), details);
    box.hidden = false;
    box.scrollIntoView({ block: 'nearest' });
  };
  box.clear = () => {
    box.hidden = true;
    box.replaceChildren();
  };
  return box;
}

// A button that does something slow once at a time, and says in box what went wrong.
export function action(text, box, work, attributes) {
  const button = h('button', {
    type: 'button', ...attributes,
    onclick: async () => {
      if (button.getAttribute('aria-busy') === 'true')
        return;
      button.setAttribute('aria-busy', 'true');
      box.clear();
      try {
        await work();
      } catch (e) {
        if (e.words === undefined)
          console.warn(e);
        box.say(e.words !== undefined ? e : t('error.page'));
      } finally {
        button.removeAttribute('aria-busy');
      }
    },
  }, text);
  return button;
}
