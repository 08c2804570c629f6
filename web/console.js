// SPDX-License-Identifier: Apache-2.0
// The console: signing in, and which view the address names (#/queue, #/case/OBJECT, ...).

import { add, h, replace } from './dom.js';
import { keys, listen, sheet } from './console_keys.js';
import { problemBox, start, toast } from './page.js';
import { may, restore, session, setUpForm, signInForm, signOut } from './console_session.js';
import { t } from './texts.js';

// Loaded when it is wanted: a view is drawn into a place and gets the rest of the address.
const views = {
  queue: () => import('./console_queue.js'),
  case: () => import('./console_queue.js'),
  rules: () => import('./console_rules.js'),
  ledger: () => import('./console_ledger.js'),
  reports: () => import('./console_reports.js'),
  quality: () => import('./console_quality.js'),
  ...Object.fromEntries(['banks', 'accounts', 'consents', 'operations']
    .map((name) => [name, () => import('./console_pages.js')])),
};
const nav = () => [
  ['queue', t('console.nav-queue')], ['banks', t('console.nav-banks')],
  ['accounts', t('console.nav-accounts')], ['consents', t('console.nav-consents')],
  ['rules', t('console.nav-rules')], ['reports', t('console.nav-reports')],
  ['quality', t('console.nav-quality')], ['ledger', t('console.nav-ledger')],
  ...(may('supervisor', 'auditor', 'admin')
    ? [['operations', t('console.nav-operations')]] : []),
];

let main;

function signIn(name) {
  const box = h('div', { class: 'sign' });
  const show = (form, title, other, text) => replace(box, h('h1', {}, title), form,
    h('p', {}, h('button', { type: 'button', class: 'quiet', onclick: other }, text)));
  const first = () => show(setUpForm((who) => {
    signIn(who);
    toast(t('console.set-up-done'));
  }), t('console.set-up'), usual, t('console.sign-in-instead'));
  const usual = () => show(signInForm(() => go(), name), t('console.sign-in'), first,
    t('console.set-up-link'));
  usual();
  keys([]);
  replace(main, box);
  box.querySelector('input').focus();
}

async function go() {
  const [, name = 'queue', ...rest] = location.hash.split('/');
  keys([]); // until the view has its own
  drawNav(name);
  const load = views[name];
  if (!load) {
    location.hash = '#/queue';
    return;
  }
  try {
    const view = await load();
    await view.draw(main, name, decodeURIComponent(rest.join('/')));
  } catch (e) {
    const box = problemBox();
    replace(main, h('div', { class: 'pad' }, box,
      h('button', { type: 'button', onclick: go }, t('console.again'))));
    box.say(e.words ? e : t('error.page'));
    if (!e.words)
      console.warn(e);
  }
}

function drawNav(at) {
  const place = document.querySelector('.console-nav');
  if (!place)
    return;
  const shown = at === 'case' ? 'queue' : at;
  replace(place, session && nav().map(([name, text]) => h('a', {
    href: `#/${name}`, 'aria-current': name === shown ? 'page' : false,
  }, text)), session && h('span', { class: 'grow' }),
  session && h('button', { type: 'button', class: 'quiet', onclick: sheet }, t('console.keys'), ' ',
    h('kbd', {}, '?')),
  session && h('button', {
    type: 'button', class: 'quiet', onclick: async () => {
      await signOut();
      drawNav('queue');
      signIn();
    },
  }, t('console.sign-out', { name: session.name })));
}

listen();
addEventListener('hashchange', () => session && go());
start({
  title: () => t('console.title'),
  wide: true,
  keepChoices: true,
  nav: () => h('nav', { class: 'console-nav', 'aria-label': t('console.title') }),
  async draw(place) {
    main = place;
    try {
      await restore();
    } catch (e) {
      const box = problemBox();
      add(main, h('div', { class: 'pad' }, box));
      box.say(e);
      return;
    }
    if (session)
      await go();
    else
      signIn();
  },
});
