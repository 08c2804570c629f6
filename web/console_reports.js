// SPDX-License-Identifier: Apache-2.0
// Reports: numbers for the public with plots, statements of reasons, what is due, exports.

import { add, field, h, replace, said } from './dom.js';
import { ask, may } from './console_session.js';
import { bar, facts, frame, lookUp, table, toolForm } from './console_parts.js';
import { action } from './page.js';
import { of, t } from './texts.js';

const save = (text, name, type) => h('a', { class: 'button', download: name,
  href: URL.createObjectURL(new Blob([text], { type })) }, name);

// "table,row,column,value" of the server: no field has a comma or a quote in it.
function rowsOf(csv) {
  const tables = new Map();
  for (const line of csv.trim().split('\n').slice(1)) {
    const [name, row, column, value] = line.split(',');
    if (!tables.has(name))
      tables.set(name, []);
    tables.get(name).push([row, column, Number(value)]);
  }
  return tables;
}

const word = (text) => of('console-report', text.replaceAll(' ', '-'));

function plots(csv) {
  return [...rowsOf(csv)].map(([name, rows]) => {
    const most = Math.max(...rows.map(([, , value]) => value));
    return [h('h3', {}, word(name)), table([t('console.what'), '', t('console.report-count'), ''],
      rows.map(([row, column, value]) => [wordOf(row), column === 'count' ? '' : wordOf(column),
        String(value), bar(value, most)]))];
  });
}

// A word of the server in one of the families that the console has; itself where it is in none.
function wordOf(text) {
  for (const say of [(w) => of('console-category', w), (w) => of('console-state', w),
    (w) => of('console-measure', w), (w) => of('console-role', w), (w) => of('law', w),
    (w) => of('console-event', w), word]) {
    const found = say(text);
    if (found !== text && found !== text.replaceAll(' ', '-'))
      return found;
  }
  return text;
}

function numbers(place, box) {
  const day = (ago) => new Date(Date.now() - ago * 86400000).toISOString().slice(0, 10);
  const from = h('input', { type: 'date', name: 'from', value: day(30) });
  const to = h('input', { type: 'date', name: 'to', value: day(-1) });
  const out = h('div', {});
  const run = async () => {
    const seconds = (input) => Math.floor(new Date(input.value) / 1000);
    const path = `/v1/reports/numbers?from=${seconds(from)}&to=${seconds(to)}`;
    const csv = await ask('GET', path);
    const page = await ask('GET', `${path}&form=html`);
    const name = `numbers-${from.value}-${to.value}`;
    replace(out, h('div', { class: 'row' }, save(csv, `${name}.csv`, 'text/csv'),
      save(page, `${name}.html`, 'text/html')),
    csv.trim().includes('\n') ? plots(csv) : h('p', { class: 'soft' }, t('console.report-none')));
  };
  const button = action(t('console.report-count-them'), box, run, { class: 'main',
    type: 'submit' });
  const form = toolForm(field(t('console.report-from'), from),
    field(t('console.report-to'), to), button);
  add(place, h('h2', {}, t('console.report-numbers')), h('p', {}, t('console.report-numbers-text')),
    form, out);
  button.click();
}

async function statement(id) {
  const s = await ask('GET', `/v1/decisions/${encodeURIComponent(id)}/statement`);
  const text = JSON.stringify(s, null, 2);
  return [h('p', { class: 'row' }, save(text, `statement-${id.slice(0, 8)}.json`,
    'application/json')), facts(Object.entries(s).map(([key, value]) =>
    [h('code', {}, key), said(Array.isArray(value) ? value.join(', ') : String(value))]))];
}

async function due(place) {
  const r = await ask('GET', '/v1/reports/reminders');
  add(place, h('h2', {}, t('console.report-due')),
    facts([[t('console.report-faces'), t('console.report-faces-of', { n: r.faces,
      filing: r.faces_filing })]]), bar(r.faces, r.faces_filing),
    r.assessments.length > 0 && table([t('console.report-assessment'), t('console.until'),
      t('console.report-consents'), ''], r.assessments.map((a) => [said(a.assessment),
      a.due_at?.slice(0, 10), String(a.consents), a.due && h('span', { class: 'badge warning' },
        t('console.report-again'))])));
}

function held(place, box) {
  const ref = h('input', { name: 'ref', maxlength: 255 });
  const out = h('div', {});
  const form = toolForm(field(t('console.report-ref'), ref,
    t('console.report-ref-hint')), action(t('console.look-up'), box, async () => {
    const found = JSON.stringify(await ask('POST', '/v1/reports/held', { ref: ref.value.trim() }),
      null, 2);
    replace(out, h('p', { class: 'row' }, save(found, 'held.json', 'application/json')),
      h('pre', {}, found));
  }, { class: 'main', type: 'submit' }));
  add(place, h('h2', {}, t('console.report-held')), form, out);
}

export async function draw(main, name, value) {
  const { box, place } = frame(main, t('console.nav-reports'), t('console.reports-lead'));
  numbers(place, box);
  const statements = h('div', {});
  add(place, h('h2', {}, t('console.report-statement')), statements);
  lookUp(statements, box, t('console.report-decision'), t('console.report-decision-hint'),
    'reports', value, statement);
  await due(place);
  if (may('supervisor', 'admin'))
    held(place, box);
}
