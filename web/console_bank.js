// SPDX-License-Identifier: Apache-2.0
// The distance explorer of a bank: a hash, or a file that is hashed here and goes nowhere, and what
// is near it.

import { add, field, h, replace, said, select } from './dom.js';
import { canHash, hashFile } from './hash.js';
import { ask, may } from './console_session.js';
import { histogram, table, toolForm } from './console_parts.js';
import { action } from './page.js';
import { of, t } from './texts.js';

const MOST = 31; // bits: what is searched

function near(matches, box, disable) {
  const counts = Array(MOST + 1).fill(0);
  for (const m of matches)
    counts[Math.min(MOST, m.distance)]++;
  return matches.length === 0 ? h('p', {}, t('console.explore-none'))
    : [h('p', {}, t('console.explore-found', { n: matches.length })),
      h('figure', {}, histogram(counts), h('figcaption', { class: 'hint' },
        t('console.explore-plot'))),
      table([t('console.explore-bits'), t('console.entry'), t('console.state'), ''],
        matches.map((m) => [String(m.distance), String(m.entry),
          h('span', { class: 'badge' }, of('console-entry', m.status)),
          may('moderator', 'supervisor', 'admin') && action(t('console.false-match'), box,
            () => disable(m.entry), { class: 'quiet' })]))];
}

// disable(entry): does it, and draws the bank's entries anew.
export function explorer(bank, box, disable) {
  const hash = h('input', { name: 'hash', maxlength: 64, class: 'code' });
  const type = select({ name: 'type' }, [['pdq', 'PDQ'], ['vpdq', 'vPDQ'], ['sha256', 'SHA-256'],
    ['md5', 'MD5'], ['sm3', 'SM3']]);
  const out = h('div', { 'aria-live': 'polite' });
  const run = async () => {
    const { matches } = await ask('GET', `/v1/lookup?type=${type.value}&hash=${
      encodeURIComponent(hash.value.trim().toLowerCase())}&banks=${encodeURIComponent(bank)}` +
      `&max_bits=${MOST}`);
    matches.sort((a, b) => a.distance - b.distance || a.entry - b.entry);
    replace(out, near(matches, box, async (entry) => {
      await disable(entry);
      await run();
    }));
  };
  const search = action(t('console.explore-find'), box, run, { class: 'main', type: 'submit' });
  const file = h('input', { type: 'file', accept: 'image/*', name: 'file', onchange: async () => {
    const [chosen] = file.files;
    if (!chosen)
      return;
    try {
      const found = await hashFile(chosen, () => {});
      type.value = found.pdq ? 'pdq' : 'sha256';
      hash.value = found.pdq ?? found.sha256;
      search.click();
    } catch {
      box.say(t('files.broken'));
    }
  } });
  const form = toolForm(field(t('console.explore-hash'), hash),
    field(t('console.explore-type'), type), search);
  const node = h('section', { 'aria-label': t('console.explore') },
    h('h2', {}, t('console.explore'), ': ', said(bank)), h('p', {}, t('console.explore-text')),
    form, out);
  void canHash().then((able) => {
    if (able)
      form.after(field(t('console.explore-file'), file, t('console.explore-file-hint')));
  });
  return node;
}
