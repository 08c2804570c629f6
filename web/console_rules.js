// SPDX-License-Identifier: Apache-2.0
// Rules: the sets, an editor that checks, tests and backtests what stands in it, and keeps it as a
// draft. Two persons make a set live.

import { add, field, h, replace, said } from './dom.js';
import { ask, may, you } from './console_session.js';
import { bar, facts, frame, table } from './console_parts.js';
import { action, toast } from './page.js';
import { of, t } from './texts.js';

// What was typed stays while the console is open.
const kept = { text: '', lists: [], cases: '' };

async function act(set, what) {
  const { done } = await ask('POST', `/v1/rules/sets/${set.sha256}/acts`, { act: what });
  toast(done === 'approved' ? t('console.rules-approved') : t('console.saved'));
}

function setRow(set, box, open, again) {
  const button = (text, work) => action(text, box, work, { class: 'quiet' });
  const change = may('supervisor', 'admin') && set.state !== 'live';
  return [said(set.name), h('span', { class: `badge${set.state === 'live' ? ' good' : ''}` },
    of('console-rules', set.state)), said(set.added_by.replace(/^staff:/, '')),
  said((set.approved_by ?? '').replace(/^staff:/, '')), String(set.decisions),
  h('code', {}, `${set.sha256.slice(0, 16)}…`), [button(t('console.rules-open'), () => open(set)),
    change && set.state !== 'shadow' && button(t('console.rules-shadow'), async () => {
      await act(set, 'shadow');
      await again();
    }), change && set.approved_by !== you() && button(t('console.rules-live'), async () => {
      await act(set, 'live');
      await again();
    })]];
}

// ---- what came out ----

function wrong(reply, editor) {
  const lines = editor.value.split('\n');
  const at = lines.slice(0, (reply.line ?? 1) - 1).join('\n').length + (reply.line > 1 ? 1 : 0);
  editor.focus();
  editor.setSelectionRange(at, at + (lines[(reply.line ?? 1) - 1] ?? '').length);
  return h('div', { class: 'problem' }, h('p', {}, reply.line
    ? t('console.rules-wrong', { line: reply.line, column: reply.column })
    : t('console.rules-wrong-all')), h('p', {}, h('code', {}, said(reply.error))),
  reply.line && h('pre', {}, `${lines[reply.line - 1] ?? ''}\n` +
    `${' '.repeat(Math.max(0, reply.column - 1))}^`));
}

function tests(found) {
  return [h('h3', {}, t('console.rules-tests')), h('p', {
    class: found.failed > 0 || found.error ? 'warning' : 'good',
  }, found.error ?? t('console.rules-failed', { n: found.failed, all: found.cases })),
  found.faults.length > 0 && table([t('console.rules-line'), t('console.rules-name'),
    t('console.what')], found.faults.map((f) => [String(f.line), said(f.name), said(f.what)]))];
}

function backtest(found) {
  const most = Math.max(1, ...found.rules.map((r) => Math.max(r.more, r.fewer)));
  return [h('h3', {}, t('console.rules-backtest')), h('p', {}, t('console.rules-same',
    { n: found.same, all: found.decisions })), found.rules.length > 0 &&
    table([t('console.rules-rule'), t('console.rules-more'), '', t('console.rules-fewer'), '',
      t('console.rules-sample')], found.rules.map((r) => [said(r.rule), `+${r.more}`,
      bar(r.more, most), `−${r.fewer}`, bar(r.fewer, most), r.sample.map((id) =>
        h('code', {}, `${id.slice(0, 8)} `))]))];
}

const right = (reply) => [h('div', { class: 'good' }, h('p', {}, t('console.rules-right'))),
  facts([[t('console.rules-name'), said(reply.name)], ['SHA-256', h('code', {}, reply.sha256)],
    [t('console.rules-size'), t('console.rules-size-of', { rules: reply.rules,
      lists: reply.lists, cost: reply.cost })]]),
  reply.warnings.length > 0 && h('ul', {}, reply.warnings.map((w) => h('li', {}, said(w))))];

// ---- the editor ----

function listFields(place) {
  replace(place, kept.lists.map((list, i) => h('fieldset', { class: 'card' },
    field(t('console.rules-path'), h('input', { value: list.path, maxlength: 255,
      oninput: (e) => { list.path = e.target.value; } })),
    field(t('console.rules-words'), h('textarea', { class: 'code', value: list.text,
      oninput: (e) => { list.text = e.target.value; } })),
    h('button', { type: 'button', class: 'quiet', onclick: () => {
      kept.lists.splice(i, 1);
      listFields(place);
    } }, t('console.rules-list-remove')))),
  h('button', { type: 'button', onclick: () => {
    kept.lists.push({ path: '', text: '' });
    listFields(place);
  } }, t('console.rules-list-add')));
}

function editorOf(box, again) {
  const text = h('textarea', { class: 'code editor', spellcheck: 'false', value: kept.text,
    name: 'rules', maxlength: 262143, oninput: (e) => { kept.text = e.target.value; } });
  const cases = h('textarea', { class: 'code', spellcheck: 'false', value: kept.cases,
    name: 'cases', maxlength: 262143, oninput: (e) => { kept.cases = e.target.value; } });
  const since = h('input', { type: 'date', name: 'since' });
  const lists = h('div', {});
  const out = h('div', { 'aria-live': 'polite' });
  const sent = () => ({ text: text.value, lists: kept.lists });
  const check = async (more) => {
    const reply = await ask('POST', '/v1/rules/check', { ...sent(), ...more },
      { timeoutMs: 120000 });
    replace(out, reply.ok ? [right(reply), reply.tests && tests(reply.tests),
      reply.backtest && backtest(reply.backtest)] : wrong(reply, text));
  };
  listFields(lists);
  const node = h('section', { 'aria-label': t('console.rules-editor') },
    h('h2', {}, t('console.rules-editor')), field(t('console.rules-text'), text,
      t('console.rules-text-hint')),
    h('details', { open: kept.lists.length > 0 }, h('summary', {}, t('console.rules-lists')),
      lists),
    h('details', { open: kept.cases !== '' }, h('summary', {}, t('console.rules-cases')),
      field(t('console.rules-cases'), cases, t('console.rules-cases-hint'))),
    field(t('console.rules-since'), since),
    h('div', { class: 'row' },
      action(t('console.rules-check'), box, () => check({}), { class: 'main' }),
      action(t('console.rules-run'), box, () => check({ cases: cases.value || '\n' })),
      action(t('console.rules-compare'), box, () => check({ backtest: true,
        since: since.value ? Math.floor(new Date(since.value) / 1000) : 0 })),
      action(t('console.rules-keep'), box, async () => {
        const { sha256 } = await ask('POST', '/v1/rules', sent());
        toast(t('console.rules-kept', { sha256: sha256.slice(0, 16) }));
        await again();
      })), out);
  const open = async (set) => {
    const source = await ask('GET', `/v1/rules/sets/${set.sha256}`);
    text.value = kept.text = source.text;
    kept.lists = source.lists;
    listFields(lists);
    replace(out);
    text.focus();
  };
  return { node, open };
}

export async function draw(main) {
  const { box, place } = frame(main, t('console.nav-rules'), t('console.rules-lead'));
  const list = h('div', {});
  const editor = may('supervisor', 'admin') ? editorOf(box, again) : null;
  const shown = h('pre', { hidden: true });
  const open = editor?.open ?? (async (set) => {
    const source = await ask('GET', `/v1/rules/sets/${set.sha256}`);
    shown.hidden = false;
    shown.textContent = source.text;
  });
  async function again() {
    const { rulesets } = await ask('GET', '/v1/rules');
    replace(list, rulesets.length === 0 ? h('p', {}, t('console.no-rules'))
      : table([t('console.rules-name'), t('console.state'), t('console.by'), t('console.approved-by'),
        t('console.decisions'), 'SHA-256', ''],
      rulesets.map((set) => setRow(set, box, open, again))));
  }
  add(place, list, editor?.node ?? shown);
  await again();
}
