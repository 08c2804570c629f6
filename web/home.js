// SPDX-License-Identifier: Apache-2.0
// The first page: who are you?
import { add, h } from './dom.js';
import { start } from './page.js';
import { t } from './texts.js';

function way(href, title, text) {
  return h('li', {}, h('a', { href, class: 'way' }, h('strong', {}, title), h('span', {}, text)));
}

start({
  title: () => t('home.title'),
  draw(main) {
    add(main, h('h1', {}, t('home.title')), h('p', { class: 'lead' }, t('home.lead')),
      h('ul', { class: 'ways' },
        way('/help', t('home.help'), t('home.help-text')),
        way('/consent', t('home.consent'), t('home.consent-text')),
        way('/console', t('home.console'), t('home.console-text'))));
  },
});
