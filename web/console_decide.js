// SPDX-License-Identifier: Apache-2.0
// Deciding: measures by digit, the clause, the facts, what those concerned will be told. Sent once,
// whatever happens to the connection: the request keeps its name until it is answered.

import { add, field, h, replace } from './dom.js';
import { ask } from './console_session.js';
import { told } from './api.js';
import { problemBox, toast } from './page.js';
import { readHeld } from './console_queue.js';
import { language, of, t } from './texts.js';

// Digit, measure, whom it is of.
const measures = [['1', 'stop_generate', 'content'], ['2', 'stop_transmit', 'content'],
  ['3', 'remove', 'content'], ['4', 'warn', 'account'], ['5', 'limit', 'account'],
  ['6', 'suspend', 'account'], ['7', 'terminate', 'account'], ['8', 'label', 'content'],
  ['9', 'notice', 'account']];
const needsDays = ['limit', 'suspend'];
const final = ['remove', 'terminate']; // Enter twice

const forms = new Map(); // by object: what was typed

function formOf(object, category) {
  if (!forms.has(object))
    forms.set(object, {
      outcome: 'violation', on: new Set(), left: new Set(), with: new Set(), sent: new Map(), policy: '', basis: '', facts: '',
      contentDate: '', reason: '', account: '', severity: '', days: '7', evidence: '',
      caseId: '', noEvidence: '', unfounded: false, category: category ?? 'other',
      content: 'image', request: null,
    });
  return forms.get(object);
}

// ---- clauses ----

let clauses = null;

// The operator's, or where there are none, the laws that most of this rests on.
async function readClauses() {
  try {
    clauses ??= (await ask('GET', '/v1/policies')).policies;
  } catch {
    clauses ??= t('console.clauses').split('|').map((row) => {
      const [policy, basis, title] = row.split(';');
      return { policy, basis, title };
    });
  }
  return clauses;
}

function clausePicker(form) {
  const list = h('datalist', { id: 'clauses' });
  const basis = h('input', {
    name: 'basis', maxlength: 255, value: form.basis,
    oninput: (e) => { form.basis = e.target.value; },
  });
  const policy = h('input', {
    name: 'policy', list: 'clauses', maxlength: 255, value: form.policy, autocomplete: 'off',
    oninput: (e) => {
      form.policy = e.target.value;
      const found = clauses?.find((c) => c.policy === form.policy);
      if (found)
        form.basis = basis.value = found.basis;
    },
  });
  readClauses().then((rows) => replace(list, rows.map((c) =>
    h('option', { value: c.policy }, c.title ?? ''))));
  return [field(t('console.policy'), policy), list, field(t('console.basis'), basis)];
}

// ---- what is sent ----

const source = (role) => ({ 'trusted-flagger': 'trusted-flagger', patrol: 'voluntary',
  authority: 'court-order' }[role] ?? 'article-16');
const targetOf = (item) => (item.sha256 ? `sha256:${item.sha256}` : item.url);

function decisionOf(id, c, form) {
  const items = c.items.filter((i) => !form.left.has(i.number) && targetOf(i));
  const ordered = measures.filter(([, name]) => form.on.has(name)).flatMap(([, name, whom]) =>
    (whom === 'content' ? items.map((i) => ({ measure: name, target: targetOf(i) }))
      : [{ measure: name, ...(needsDays.includes(name) ? { days: Number(form.days) } : {}),
        ...(name === 'limit' ? { feature: 'synthesis,upload' } : {}) }]));
  const d = {
    ground: 'illegal', policy: form.policy, basis: form.basis, facts: form.facts,
    content_date: form.contentDate, category: form.category, content_type: [form.content],
    language: language(), source: source(c.role), automated_detection: false,
    automated_decision: 'no', complaint: id, account: form.account,
    severity: form.account ? form.severity : '', case: form.caseId,
    evidence: form.evidence, no_evidence_reason: form.noEvidence, measures: ordered,
  };
  return Object.fromEntries(Object.entries(d).filter(([, v]) => v !== ''));
}

// What keeps it from being sent, in words; "" where nothing does.
function missing(kind, form) {
  if (kind !== 'complaint')
    return form.reason ? '' : t('console.needs-reason');
  if (!form.policy || !form.basis)
    return t('console.needs-policy');
  if (form.outcome === 'none')
    return form.reason ? '' : t('console.needs-reason');
  if (form.on.size === 0)
    return t('console.needs-measure');
  if (!form.facts)
    return t('console.needs-facts');
  const ofAccount = measures.some(([, name, whom]) => whom === 'account' && form.on.has(name));
  if (ofAccount && !form.account)
    return t('console.needs-account');
  if (form.on.has('remove') && !form.noEvidence && !(form.evidence && form.caseId))
    return t('console.needs-evidence');
  return '';
}

// The same decision for another complaint, and its items that are like those of c.
function requestFor(other, c, form) {
  const id = other.complaint_id;
  const likes = c.likes.filter((l) => l.complaint === id && !form.left.has(l.item));
  const items = [...new Map(likes.map((l) => [l.number, l])).values()];
  const ofContent = measures.filter(([, name, whom]) => whom === 'content' && form.on.has(name));
  return requestOf('complaint', id, { ...other, items }, { ...form, category: other.category,
    left: new Set(), account: '', severity: '', on: new Set(ofContent.map(([, name]) => name)) });
}

function requestOf(kind, id, c, form) {
  if (kind === 'decision')
    return [`/v1/decisions/${id}/review`, { outcome: form.outcome, reason: form.reason,
      ...(form.outcome === 'modified' ? { severity: form.severity || 'low' } : {}) }];
  if (kind === 'measure')
    return [`/v1/measures/${id}/acts`, { act: form.outcome, reason: form.reason }];
  if (form.outcome === 'none')
    return [`/v1/complaints/${id}/acts`, { act: 'reject', policy: form.policy, basis: form.basis,
      reason: form.reason, unfounded: form.unfounded }];
  return ['/v1/decisions', decisionOf(id, c, form)];
}

// ---- what those concerned are told ----

const PREVIEW_MS = 400; // after the last key

// Asks the server for its own words, which it writes as it would when it is done.
function teller(request) {
  const texts = h('div', { 'aria-live': 'polite' });
  const turn = h('button', { type: 'button', class: 'quiet', hidden: true, onclick: () => {
    other = !other;
    draw();
  } }, t('console.told-other'));
  const node = h('div', { class: 'note told' }, texts, turn);
  let shown = null, other = false, timer = null, round = 0;

  function say(more, ...parts) {
    turn.hidden = !more; // not hidden meanwhile: it would lose the focus
    replace(texts, parts);
  }

  function draw() {
    const key = (language() === 'en') === other ? 'zh-CN' : 'en';
    const whom = ['complainant', 'account'].filter((w) => shown[w]);
    say(whom.length > 0, whom.length === 0 ? h('p', { class: 'soft' }, t('console.told-nobody'))
      : whom.map((w) => [h('h3', {}, of('console-told', w)),
        h('p', { lang: key, dir: 'auto' }, shown[w][key])]));
  }

  async function fetchIt() {
    const mine = ++round;
    try {
      const [path, body] = request();
      const reply = await ask('POST', `${path}?preview=1`, body);
      if (mine !== round)
        return;
      shown = reply;
      draw();
    } catch (e) {
      if (mine === round)
        say(false, h('p', {}, e.words ?? t('error.page')), e.detail && h('p', { class: 'soft' },
          h('bdi', {}, e.detail)));
    }
  }

  // ready: nothing is missing any more.
  node.change = (ready) => {
    clearTimeout(timer);
    round++;
    if (ready)
      timer = setTimeout(() => node.isConnected && fetchIt(), PREVIEW_MS);
    else
      say(false, h('p', { class: 'soft' }, t('console.told-later')));
  };
  return node;
}

// ---- the panel ----

const outcomes = {
  complaint: () => [['violation', t('console.violation')], ['none', t('console.no-violation')]],
  decision: () => [['kept', t('console.kept')], ['overturned', t('console.overturned')],
    ['modified', t('console.modified')]],
  measure: () => [['approve', t('console.approve')], ['dismiss', t('console.dismiss')]],
};

// { node, keys, form } of an object.
export function decision(kind, id, c, tools) {
  const object = `${kind}:${id}`;
  const form = formOf(object, c.category);
  const ways = outcomes[kind]();
  if (!ways.some(([value]) => value === form.outcome))
    form.outcome = ways[0][0];
  const box = problemBox();
  const node = h('form', { class: 'decision', novalidate: true });
  const shown = teller(() => requestOf(kind, id, c, form));
  const hint = h('p', { class: 'hint', role: 'status' });
  let armed = false;

  const bind = (name, attributes) => h(attributes?.rows ? 'textarea' : 'input', {
    name, value: form[name], oninput: (e) => {
      form[name] = e.target.value;
      change();
    }, ...attributes,
  });
  const choose = (name, rows) => h('select', {
    name, onchange: (e) => {
      form[name] = e.target.value;
      change();
    },
  }, rows.map(([value, text]) => h('option', { value, selected: form[name] === value }, text)));

  // Another request from now on, and what hangs on the form.
  function change() {
    form.request = null;
    armed = false;
    hint.textContent = missing(kind, form);
    shown.change(hint.textContent === '');
  }

  function toggle(name) {
    form.on[form.on.has(name) ? 'delete' : 'add'](name);
    draw();
  }

  function measureList() {
    return h('fieldset', {}, h('legend', {}, t('console.measures')),
      measures.map(([key, name]) => h('label', { class: 'choice measure' }, h('input', {
        type: 'checkbox', name, checked: form.on.has(name), onchange: () => toggle(name),
      }), h('kbd', {}, key), h('span', {}, of('console-measure', name)))));
  }

  const severities = () => [['', t('console.no-severity')], ...['low', 'medium', 'high', 'critical']
    .map((s) => [s, of('console-severity', s)])];
  const ofAccount = () => measures.some(([, m, whom]) => whom === 'account' && form.on.has(m));

  function parts() {
    if (kind !== 'complaint')
      return [form.outcome === 'modified' && field(t('console.severity'),
        choose('severity', severities().slice(1, 4))),
      field(t('console.reason'), bind('reason', { rows: 3, maxlength: 300 }))];
    if (form.outcome === 'none')
      return [...clausePicker(form), field(t('console.reason'),
        bind('reason', { rows: 3, maxlength: 300 }), t('console.reason-hint')),
      h('label', { class: 'choice' }, h('input', {
        type: 'checkbox', checked: form.unfounded, onchange: (e) => {
          form.unfounded = e.target.checked;
          change();
        },
      }), t('console.unfounded'))];
    return [measureList(), ...clausePicker(form),
      field(t('console.facts'), bind('facts', { rows: 3, maxlength: 1500 }), t('console.facts-hint')),
      field(t('console.content-date'), bind('contentDate', { type: 'date' }),
        t('console.content-date-hint')),
      ofAccount() && [field(t('console.account'), bind('account', { maxlength: 255 })),
        field(t('console.severity'), choose('severity', severities()))],
      needsDays.some((m) => form.on.has(m)) && field(t('console.days-long'),
        bind('days', { type: 'number', min: 1, max: 3650 })),
      form.on.has('remove') && h('fieldset', {}, h('legend', {}, t('console.evidence')),
        field(t('console.evidence-case'), bind('caseId', { maxlength: 64 })),
        field(t('console.evidence-bag'), bind('evidence', { maxlength: 35, placeholder: 'EB-' })),
        field(t('console.no-evidence'), bind('noEvidence', { maxlength: 300 })))];
  }

  function draw() {
    const at = document.activeElement?.name;
    replace(node, h('fieldset', { class: 'outcome' }, h('legend', {}, t('console.decision')),
      ways.map(([value, text]) => h('label', { class: 'choice' }, h('input', {
        type: 'radio', name: 'outcome', checked: form.outcome === value, onchange: () => {
          form.outcome = value;
          draw();
        },
      }), text))), parts(),
    h('details', { open: true }, h('summary', {}, t('console.will-be-told')), shown), box, hint,
    h('div', { class: 'row' }, h('button', { type: 'submit', class: 'main' }, t('console.submit'),
      ' ', h('kbd', {}, '⏎'))));
    change();
    if (at)
      node.querySelector(`[name="${at}"]`)?.focus();
  }

  // Each of those that were chosen is claimed, and decided by a request of its own; what cannot be
  // is left as it is. Returns what that was, and why.
  async function decideWith() {
    const out = [];
    for (const other of form.with) {
      if (!form.sent.has(other))
        form.sent.set(other, crypto.randomUUID());
      try {
        const info = await ask('GET', `/v1/complaints/${other}`);
        const [path, body] = requestFor(info, c, form);
        if (form.outcome === 'violation' && body.measures.length === 0)
          throw told(t('console.like-no-measure'));
        await ask('POST', '/v1/claims', { object: `complaint:${other}` });
        await ask('POST', `${path}?undo=1`, body,
          { headers: { 'Idempotency-Key': form.sent.get(other) } });
        form.with.delete(other);
      } catch (e) {
        if (!e.words || ['offline', 'timeout'].includes(e.kind))
          throw e; // this form again: what is done already is not done twice
        out.push(`${other.slice(0, 8)}: ${e.kind === 'exists' ? e.detail : e.words}`);
      }
    }
    return out;
  }

  async function submit() {
    const why = missing(kind, form);
    if (why)
      return box.say(why);
    if (kind === 'complaint' && form.outcome === 'violation' && !armed &&
        final.some((m) => form.on.has(m))) {
      armed = true;
      hint.textContent = t('console.once-more');
      return undefined;
    }
    if (node.getAttribute('aria-busy') === 'true')
      return undefined;
    node.setAttribute('aria-busy', 'true');
    box.clear();
    form.request ??= crypto.randomUUID();
    const [path, body] = requestOf(kind, id, c, form);
    try {
      await ask('POST', `${path}?undo=1`, body, { headers: { 'Idempotency-Key': form.request } });
      const out = kind === 'complaint' ? await decideWith() : [];
      await Promise.all([readHeld(), tools.next()]);
      if (out.length > 0)
        toast(t('console.like-left', { which: out.join(t('console.semicolon')) }));
    } catch (e) {
      if (!e.words)
        console.warn(e);
      box.say(e.words ? e : t('error.page'));
    } finally {
      node.removeAttribute('aria-busy');
    }
    return undefined;
  }

  node.addEventListener('submit', (e) => {
    e.preventDefault();
    submit();
  });
  node.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !e.isComposing)
      submit();
    else if (e.key === 'Enter' && e.isComposing)
      e.stopPropagation();
  });
  draw();

  const into = (name) => () => node.querySelector(`[name="${name}"]`)?.focus();
  const set = (value) => () => {
    form.outcome = value;
    draw();
  };
  const digits = kind === 'complaint'
    ? [[measures.map(([key]) => key).join(' '), t('console.key-measure'), (key) => {
      form.outcome = 'violation';
      toggle(measures.find(([k]) => k === key)[1]);
    }], ['0', t('console.no-violation'), set('none')], ['p', t('console.key-policy'), into('policy')],
    ['f', t('console.key-facts'), () => into(form.outcome === 'none' ? 'reason' : 'facts')()],
    ['e', t('console.key-evidence'), into('caseId')]]
    : [...ways.map(([value, text], i) => [String(i + 1), text, set(value)]),
      ['f', t('console.reason'), into('reason')]];
  return { node, form, keys: [...digits, ['Enter', t('console.submit'), submit]] };
}
