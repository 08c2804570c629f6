// SPDX-License-Identifier: Apache-2.0
// Telling what happened.

import { call } from './api.js';
import { bytesOf } from './case.js';
import { add, field, h, replace, select } from './dom.js';
import { busy, itemsOf, picker } from './files.js';
import { action, problemBox } from './page.js';
import { language, t } from './texts.js';

const ITEMS_MAX = 64;
const LIMITS = { links: 1023, description: 1023, contact: 255, signature: 255 }; // bytes

// ISO 3166-1
const COUNTRIES = `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM
 BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM
 DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
 GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA
 LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
 NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
 SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR
 TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`.split(/\s+/);

function guessCountry() {
  for (const tag of navigator.languages) {
    const region = new Intl.Locale(tag).region;
    if (COUNTRIES.includes(region))
      return region;
  }
  return '';
}

function emptyForm() {
  return { what: '', who: '', age: '', links: '', description: '', country: guessCountry(),
    contact: '', signature: '', agreed: false, files: [] };
}
let form = emptyForm();
let sent = null; // { case, pin }: shown until it is put away

// ---- the parts ----

// Radio buttons of one question: rows of [value, text, hint].
function choices(name, legend, rows, changed) {
  return h('fieldset', {}, h('legend', {}, legend), rows.map(([value, text, hint]) => {
    const input = h('input', { type: 'radio', name, checked: form[name] === value,
      onchange: () => {
        form[name] = value;
        changed?.();
      } });
    return h('label', { class: 'choice' }, input,
      h('span', {}, text, hint && h('span', { class: 'hint' }, ' ', hint)));
  }));
}

function textInput(tag, name, attributes) {
  const input = h(tag, { ...attributes, id: `form-${name}`, dir: 'auto', value: form[name],
    oninput: () => {
      form[name] = input.value;
      input.classList.remove('bad-field');
    } });
  return input;
}

function countrySelect(changed) {
  const names = new Intl.DisplayNames([language()], { type: 'region' });
  const rows = COUNTRIES.map((code) => [code, names.of(code)])
    .sort((a, b) => a[1].localeCompare(b[1], language()));
  const input = select({ id: 'form-country', onchange: () => {
    form.country = input.value;
    input.classList.remove('bad-field');
    changed();
  } }, [['', t('form.choose')], ...rows]);
  input.value = form.country;
  return input;
}

function isIntimate() {
  return form.what.startsWith('intimate');
}

// What a law asks beyond the rest, said where it matters.
function lawNote() {
  return form.country === 'US' && isIntimate()
    ? h('p', { class: 'note' }, t('form.us-note')) : null;
}

// ---- sending ----

function links() {
  return form.links.split(/\s+/).filter((l) => l !== '');
}

// What is wrong with it before it is sent: [field, sentence], or null.
function wrong() {
  const list = links();
  if (form.what === '' || form.who === '' || form.age === '')
    return ['', t('form.answer')];
  if (list.length === 0 && itemsOf(form.files).length === 0)
    return ['links', t('form.where-needed')];
  if (list.some((l) => bytesOf(l) > LIMITS.links))
    return ['links', t('form.link-long')];
  if (list.length + itemsOf(form.files).length > ITEMS_MAX)
    return ['links', t('form.many', { max: ITEMS_MAX })];
  for (const name of ['description', 'contact', 'signature'])
    if (bytesOf(form[name].trim()) > LIMITS[name])
      return [name, t('form.long', { have: bytesOf(form[name].trim()), max: LIMITS[name] })];
  if (form.country === '')
    return ['country', t('form.country-needed')];
  if (!form.agreed)
    return ['agreed', t('form.agree-needed')];
  return busy(form.files) ? ['', t('form.busy')] : null;
}

function complaint() {
  const minor = form.age !== 'adult' && isIntimate();
  const body = {
    role: form.who, category: minor ? 'minor-sexual' : form.what, age_band: form.age,
    jurisdiction: form.country, language: language(), statement: t('form.statement'),
    items: [...links().map((url) => ({ url })), ...itemsOf(form.files)],
  };
  for (const name of ['description', 'contact', 'signature'])
    if (form[name].trim() !== '')
      body[name] = form[name].trim();
  return body;
}

// ---- what is drawn ----

function drawSent(main, done) {
  const { case: number, pin } = sent;
  add(main, h('h1', {}, t('sent.title')), h('p', { class: 'lead' }, t('sent.lead')),
    h('div', { class: 'card ticket' },
      h('dl', { class: 'facts' }, h('dt', {}, t('case.number')),
        h('dd', {}, h('strong', { class: 'code', id: 'ticket-case' }, number)),
        h('dt', {}, t('case.pin')), h('dd', {}, h('strong', { class: 'code', id: 'ticket-pin' }, pin)),
        h('dt', {}, t('sent.where')), h('dd', { class: 'code' }, `${location.origin}/help`))),
    h('p', { class: 'warning no-print' }, t('sent.once')),
    h('div', { class: 'row no-print' },
      h('button', { type: 'button', class: 'main', onclick: () => print() }, t('sent.print')),
      h('button', { type: 'button', onclick: () => {
        const access = sent;
        sent = null;
        form = emptyForm();
        done(access);
      } }, t('sent.done'))),
    h('h2', {}, t('sent.next')), h('ol', {}, h('li', {}, t('sent.next-look')),
      h('li', {}, t('sent.next-decide')), h('li', {}, t('sent.next-see'))));
}

// done({ case, pin }): the case is filed, and its PIN has been seen.
export function drawForm(main, done) {
  if (sent)
    return drawSent(main, done);
  const box = problemBox();
  const note = h('div', {});
  const changed = () => replace(note, lawNote());
  const agreed = h('input', { type: 'checkbox', id: 'form-agreed', checked: form.agreed,
    onchange: () => { form.agreed = agreed.checked; } });
  const send = action(t('form.send'), box, async () => {
    const problem = wrong();
    if (problem) {
      box.say(problem[1]);
      const at = document.getElementById(`form-${problem[0]}`);
      at?.classList.add('bad-field');
      at?.focus();
      return;
    }
    sent = await call('POST', '/v1/complaints', complaint(), { timeoutMs: 60000 });
    main.replaceChildren();
    drawForm(main, done);
    scrollTo(0, 0);
  }, { class: 'main' });
  add(main, h('h1', {}, t('form.title')), h('p', { class: 'lead' }, t('form.lead')),
    choices('what', t('form.what'), [
      ['intimate', t('form.what-intimate')],
      ['intimate-synthetic', t('form.what-synthetic')],
      ['impersonation', t('form.what-impersonation')],
      ['fraud', t('form.what-fraud')],
      ['consent', t('form.what-consent')],
      ['other', t('form.what-other')],
    ], changed),
    choices('who', t('form.who'), [
      ['depicted', t('form.who-me')],
      ['guardian', t('form.who-guardian')],
      ['representative', t('form.who-representative')],
      ['user', t('form.who-other')],
    ]),
    choices('age', t('form.age'), [
      ['adult', t('form.age-adult')],
      ['14-17', t('form.age-teen')],
      ['u14', t('form.age-child')],
    ]),
    h('h2', {}, t('form.where')),
    field(t('form.links'), textInput('textarea', 'links', { rows: '3', spellcheck: 'false' }),
      t('form.links-hint')),
    picker(form.files),
    h('h2', {}, t('form.more')),
    field(t('form.description'), textInput('textarea', 'description', { rows: '4' }),
      t('form.description-hint')),
    field(t('form.country'), countrySelect(changed), t('form.country-hint')),
    note,
    field(t('form.contact'), textInput('input', 'contact', { autocomplete: 'off' }),
      t('form.contact-hint')),
    field(t('form.signature'), textInput('input', 'signature', { autocomplete: 'off' }),
      t('form.signature-hint')),
    h('label', { class: 'choice' }, agreed, h('span', {}, t('form.statement'))),
    h('p', { class: 'hint' }, t('form.privacy')),
    box, h('div', { class: 'row' }, send, h('a', { href: '#' }, t('help.back'))));
  changed();
}

// Leaving by accident would lose the PIN, which is shown once.
addEventListener('beforeunload', (e) => {
  if (sent)
    e.preventDefault();
});
