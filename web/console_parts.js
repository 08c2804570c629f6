// SPDX-License-Identifier: Apache-2.0
// What the console's pages are made of: a frame, tables, plots.

import { add, field, h, replace } from './dom.js';
import { keys } from './console_keys.js';
import { action, problemBox } from './page.js';
import { t } from './texts.js';

const cell = (v) => h('td', {}, v === null || v === undefined ? '' : v);

export function table(heads, rows) {
  return h('div', { class: 'scroll' }, h('table', {},
    h('thead', {}, h('tr', {}, heads.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, rows.map((row) => h('tr', {}, row.map(cell))))));
}

// A page with a title and a place for what it shows; problems stand above it.
export function frame(main, title, lead) {
  const box = problemBox();
  const place = h('div', {});
  keys([]);
  replace(main, h('div', { class: 'pad' }, h('h1', {}, title),
    lead && h('p', { class: 'lead' }, lead), box, place));
  return { box, place };
}

// Fields and a button in a row; the button does it, the page is not left.
export function toolForm(...children) {
  const form = h('form', { class: 'tools' }, children);
  form.addEventListener('submit', (e) => e.preventDefault());
  return form;
}

// A form with one field that looks something up; the address keeps what was looked up.
export function lookUp(place, box, label, hint, view, value, work) {
  const input = h('input', { maxlength: 255, value: value ?? '', name: 'find' });
  const out = h('div', {});
  const run = async () => {
    history.replaceState(null, '', `#/${view}/${encodeURIComponent(input.value.trim())}`);
    replace(out, await work(input.value.trim()));
  };
  const button = action(t('console.look-up'), box, run, { class: 'main', type: 'submit' });
  const form = toolForm(field(label, input, hint), button);
  add(place, form, out);
  if (value)
    button.click();
}

export const facts = (rows) => h('dl', { class: 'facts' }, rows.filter(([, v]) =>
  v !== undefined && v !== null && v !== '' && v !== false).map(([k, v]) => [h('dt', {}, k), h('dd', {}, v)]));

// ---- plots: the numbers stand beside them, so they are hidden from screen readers ----

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes))
    node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const plot = (width, height, ...children) => svg('svg', {
  class: 'plot', viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true',
}, ...children);

// A bar of value where the longest is most.
export const bar = (value, most) => plot(200, 14,
  svg('rect', { x: 0, y: 1, width: most > 0 ? (value * 200) / most : 0, height: 12 }));

// From low to high with a mark, on a scale from 0 to 1; what is below 0 begins at its edge.
export function interval(low, value, high) {
  const x = (v) => 4 + Math.max(0, Math.min(1, v)) * 192;
  return plot(200, 14, svg('line', { class: 'axis', x1: 4, x2: 196, y1: 13, y2: 13 }),
    svg('line', { class: 'span', x1: x(low), x2: x(high), y1: 7, y2: 7 }),
    svg('circle', { cx: x(value), cy: 7, r: 4 }));
}

// How many there are of each number from 0 to counts.length - 1.
export function histogram(counts) {
  const most = Math.max(1, ...counts);
  const width = Math.floor(640 / counts.length);
  return plot(640, 110, ...counts.flatMap((n, i) => [
    svg('rect', { x: i * width + 1, y: 90 - (n * 74) / most, width: width - 2,
      height: (n * 74) / most }),
    ...(i % 4 === 0 ? [svg('text', { x: i * width + width / 2, y: 106, 'text-anchor': 'middle' },
      String(i))] : []),
    ...(n > 0 ? [svg('text', { x: i * width + width / 2, y: 86 - (n * 74) / most,
      'text-anchor': 'middle' }, String(n))] : [])]));
}
