// SPDX-License-Identifier: Apache-2.0
// For whoever is shown in a picture or video without wanting it. No account. What is typed is kept
// while the page is open, also when the language changes or the back button is pressed; nothing is
// stored on the device.

import { call } from './api.js';
import { caseForm } from './case.js';
import { add, h, said } from './dom.js';
import { drawCase } from './help_case.js';
import { drawForm } from './help_form.js';
import { start } from './page.js';
import { language, t } from './texts.js';

const typed = { case: '', pin: '' };
let access = null; // of the case that is open
let lines;

// Who helps, besides this page: from whoever runs it. Those in the reader's language come first.
async function helpLines(place) {
  try {
    lines ??= (await call('GET', '/v1/help-lines')).lines ?? [];
  } catch {
    return; // the page is whole without
  }
  const here = (l) => (l.language ?? language()).slice(0, 2) === language().slice(0, 2);
  const rows = [...lines].sort((a, b) => here(b) - here(a));
  if (rows.length > 0)
    add(place, h('h2', {}, t('help.lines')), h('ul', {}, rows.map((l) => h('li', {},
      said(l.name), ': ', h('strong', {}, said(l.contact)), l.note && [' · ', said(l.note)]))));
}

function drawChoice(main) {
  const place = h('section', {});
  add(main, h('h1', {}, t('help.title')), h('p', { class: 'lead' }, t('help.lead')),
    h('ul', { class: 'ways' },
      h('li', {}, h('a', { class: 'way', href: '#new' }, h('strong', {}, t('help.new')),
        h('span', {}, t('help.new-text')))),
      h('li', {}, h('a', { class: 'way', href: '#case' }, h('strong', {}, t('help.case')),
        h('span', {}, t('help.case-text'))))),
    h('h2', {}, t('help.know')),
    h('ul', {}, h('li', {}, t('help.know-device')), h('li', {}, t('help.know-free')),
      h('li', {}, t('help.know-copy')), h('li', {}, t('help.know-leave'))),
    place);
  void helpLines(place);
}

function drawCaseDoor(main) {
  add(main, h('h1', {}, t('help.case')), h('p', {}, t('help.case-lead')),
    caseForm(typed, async (given) => {
      await call('POST', '/v1/complaints/status', given);
      access = given;
      redraw();
    }), h('p', {}, h('a', { href: '#' }, t('help.back'))));
}

let redraw = () => {};

void start({
  title: () => t('help.title'),
  leave: true,
  draw(main) {
    redraw = () => {
      main.replaceChildren();
      if (location.hash === '#new')
        drawForm(main, (given) => {
          access = given;
          location.hash = '#case';
        });
      else if (location.hash === '#case' && access !== null)
        drawCase(main, access, () => {
          access = null;
          typed.case = typed.pin = '';
          redraw();
        });
      else if (location.hash === '#case')
        drawCaseDoor(main);
      else
        drawChoice(main);
    };
    redraw();
  },
});
addEventListener('hashchange', () => {
  redraw();
  scrollTo(0, 0);
});
