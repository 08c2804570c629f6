// SPDX-License-Identifier: Apache-2.0
// Choosing pictures and videos, which are hashed here and go nowhere. picker(chosen) draws the
// list; chosen is the caller's, so that it lives on when the page is drawn anew.

import { add, h, replace, said } from './dom.js';
import { canHash, hashFile } from './hash.js';
import { t } from './texts.js';

const QUALITY_MIN = 50;

// Each row: { name, progress (0 to 1), found (hash.js) or problem }.
export function picker(chosen) {
  const list = h('ul', { class: 'files' });
  const input = h('input', { type: 'file', multiple: true, accept: 'image/*,video/*',
    id: 'files', onchange: () => {
      for (const file of input.files)
        void take(file);
      input.value = '';
    } });
  const draw = () => replace(list, chosen.map((row) => drawRow(row, () => {
    chosen.splice(chosen.indexOf(row), 1);
    draw();
  })));

  async function take(file) {
    const row = { name: file.name, progress: 0 };
    chosen.push(row);
    draw();
    try {
      row.found = await hashFile(file, (p) => {
        row.progress = p;
        row.bar?.setAttribute('value', p);
      });
    } catch (e) {
      row.problem = e.message === 'memory' ? 'memory' : 'read';
    }
    draw();
  }

  const place = h('div', { class: 'field' }, h('label', { for: 'files' }, t('files.label')),
    h('p', { class: 'hint', id: 'files-hint' }, t('files.hint')), input, list);
  input.setAttribute('aria-describedby', 'files-hint');
  draw();
  void canHash().then((able) => {
    if (!able)
      replace(place, h('p', { class: 'warning' }, t('files.unable')));
  });
  return place;
}

function drawRow(row, remove) {
  const item = h('li', { class: 'card' }, h('strong', {}, said(row.name)), ' ');
  if (row.problem)
    add(item, h('p', { class: 'warning' },
      row.problem === 'memory' ? t('files.memory') : t('files.broken')));
  else if (!row.found) {
    row.bar = h('progress', { max: '1', value: row.progress, 'aria-label': t('files.working') });
    add(item, row.bar);
  } else
    add(item, h('p', {}, sayFound(row.found)), h('details', {}, h('summary', {}, t('files.what')),
      h('p', { class: 'code' }, `SHA-256 ${row.found.sha256}`),
      h('p', { class: 'code' }, row.found.pdq && `PDQ ${row.found.pdq}`)));
  add(item, h('button', { type: 'button', class: 'quiet', onclick: remove }, t('files.remove')));
  return item;
}

function sayFound(found) {
  if (found.kind === 'file' || (found.kind === 'video' && found.frames.length === 0))
    return t('files.exact');
  if (found.kind === 'video')
    return t('files.video', { n: found.frames.length });
  return found.quality < QUALITY_MIN ? t('files.flat') : t('files.ready');
}

export function busy(chosen) {
  return chosen.some((row) => !row.found && !row.problem);
}

// Items of a complaint. Neither name nor content of a file is in them. What is too flat for a
// perceptual hash is looked for by its exact copy alone.
export function itemsOf(chosen) {
  return chosen.flatMap(({ found }) => {
    if (!found)
      return [];
    const item = { sha256: found.sha256, note: found.kind };
    if (found.pdq && found.quality >= QUALITY_MIN)
      item.pdq = found.pdq;
    return [item, ...found.frames.map((f) => (
      { pdq: f.pdq, note: `frame of a video, at ${Math.round(f.seconds)} s` }))];
  });
}
