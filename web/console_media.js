// SPDX-License-Identifier: Apache-2.0
// Pictures and videos of a case: first a preview that is grey and blurred, more for as long as a
// key or a button is held. The server makes every pixel; there is no sound, and nothing plays.

import { h, replace, said } from './dom.js';
import { ask } from './console_session.js';
import { enough, noteExposure, without } from './console_exposure.js';
import { facts } from './console_parts.js';
import { t } from './texts.js';

// How things are shown, from one case to the next.
const look = { blur: 2, colour: false, sheet: false };
const BLURS = 4;

let held = null; // the view whose picture is revealed, or about to be
let previews = []; // addresses of those that are shown

function cover() {
  held?.cover();
}
for (const name of ['blur', 'pagehide', 'hashchange'])
  addEventListener(name, cover);
document.addEventListener('visibilitychange', cover);

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// A file is decoded one at a time: the others' turn comes.
async function patiently(work) {
  for (let i = 0; ; i++) {
    try {
      return await work();
    } catch (e) {
      if (e.kind !== 'busy' || i === 10)
        throw e;
      await wait(1000);
    }
  }
}

function reason(e) {
  return e.status === 404 ? t('media.gone')
    : ['unsupported', 'not_media', 'corrupt', 'truncated', 'empty', 'archive', 'crash', 'timeout',
      'limit'].includes(e.kind) ? t('media.broken') : e.words ?? t('error.page');
}

// One picture or video. context: { object, category, claimed, lighter }.
function view(item, label, context) {
  const { object, category } = context;
  const path = `/v1/media/${item.sha256}`;
  const img = h('img', { alt: t('media.preview', { label }), draggable: 'false' });
  const say = h('p', { class: 'soft small', role: 'status' });
  let frames = [0], at = 0, preview = null, revealed = null;
  let lease = null, timer = 0, wanted = false;

  const place = () => (frames.length > 1
    ? t('media.frame', { n: at + 1, all: frames.length, s: frames[at].toFixed(1) }) : '');
  const tell = (text) => { say.textContent = [text, place()].filter(Boolean).join(' · '); };

  async function load() {
    preview = URL.createObjectURL(await patiently(() =>
      ask('GET', `${path}/preview?object=${object}`, undefined, { blob: true })));
    previews.push(preview);
    const sheet = await patiently(() => ask('GET', `${path}?object=${object}`));
    frames = sheet.frames;
    node.classList.toggle('many', frames.length > 1);
    if (!revealed)
      img.src = preview;
    tell(sheet.partial ? t('media.partial') : '');
  }

  async function showFrame() {
    const mine = lease;
    const blob = await ask('GET', `/v1/reveals/${mine.reveal}?frame=${at}&blur=${look.blur}` +
      `&colour=${Number(look.colour)}`, undefined, { blob: true });
    if (lease !== mine || !wanted)
      return;
    const old = revealed;
    revealed = img.src = URL.createObjectURL(blob);
    img.alt = t('media.revealed', { label });
    node.classList.add('open');
    if (old)
      URL.revokeObjectURL(old);
  }

  // Renewed well before it ends; where it is not, it ends by itself.
  async function renew() {
    const reply = await ask('POST', '/v1/reveals', { object, category, sha256: item.sha256 });
    noteExposure(reply.exposure);
    const before = lease?.reveal;
    lease = reply;
    if (!wanted)
      return close();
    const ms = reply.seconds * 1000;
    clearTimeout(timer);
    timer = reply.exposure.over ? setTimeout(over, ms)
      : setTimeout(() => renew().catch(fail), ms > 2000 ? ms - 1000 : ms / 2);
    if (before !== reply.reveal)
      await showFrame();
    return undefined;
  }

  function fail(e) {
    self.cover();
    if (e.status === 429 && e.kind === 'exposure')
      return enough(category, context.lighter).catch((problem) => tell(reason(problem)));
    return tell(e.kind === 'exists' ? t('media.no-claim') : reason(e));
  }

  // It was the last of what is allowed: what there is to do instead.
  function over() {
    self.cover();
    enough(category, context.lighter).catch((e) => tell(reason(e)));
  }

  async function close() {
    const mine = lease;
    lease = null;
    if (mine)
      await ask('DELETE', `/v1/reveals/${mine.reveal}`).catch(() => {}); // it ends by itself
  }

  const self = {
    reveal() {
      if (wanted)
        return;
      cover();
      held = self;
      wanted = true;
      hold.setAttribute('aria-pressed', 'true');
      tell(t('media.opening'));
      patiently(renew).then(() => wanted && tell(t('media.open')), fail);
    },
    cover() {
      if (!wanted)
        return;
      wanted = false;
      held = null;
      clearTimeout(timer);
      hold.setAttribute('aria-pressed', 'false');
      img.src = preview ?? '';
      img.alt = t('media.preview', { label });
      node.classList.remove('open');
      if (revealed)
        URL.revokeObjectURL(revealed);
      revealed = null;
      tell(t('media.covered'));
      close();
    },
    step(by) {
      at = Math.min(frames.length - 1, Math.max(0, at + by));
      tell(wanted ? t('media.open') : '');
      self.again();
    },
    again() {
      node.classList.toggle('sheet', look.sheet);
      if (wanted && lease)
        showFrame().catch(fail);
    },
  };

  const hold = h('button', {
    type: 'button', class: 'hold', 'aria-pressed': 'false',
    onpointerdown: (e) => {
      e.preventDefault();
      hold.focus();
      hold.setPointerCapture(e.pointerId);
      self.reveal();
    },
    onpointerup: () => self.cover(), onpointercancel: () => self.cover(),
    oncontextmenu: (e) => e.preventDefault(),
    onkeydown: (e) => {
      if (e.key !== ' ' && e.key !== 'Enter')
        return;
      e.preventDefault();
      self.reveal();
    },
    onkeyup: (e) => (e.key === ' ' || e.key === 'Enter') && self.cover(),
    onblur: () => self.cover(),
  }, t('media.hold'), ' ', h('kbd', {}, '␣'));
  const node = h('figure', { class: 'view', role: 'group', 'aria-label': label },
    h('figcaption', { class: 'small' }, label), h('div', { class: 'frame' }, img),
    h('div', { class: 'row' }, context.claimed && hold), say);
  node.view = self;

  const start = () => load().catch((e) => {
    img.hidden = true;
    hold.disabled = true;
    tell(reason(e));
  });
  // What somebody is not given, and sees all the same, is not even shown blurred unasked.
  if (context.unwanted)
    replace(node.querySelector('.frame'), h('button', {
      type: 'button', onclick: (e) => {
        e.target.replaceWith(img);
        start();
      },
    }, t('media.show-preview')));
  else
    start();
  node.classList.toggle('sheet', look.sheet);
  return node;
}

const wordOf = (kind) => (kind === 'video' ? t('media.video') : t('media.picture'));

// What is held of an item, and the original beside it.
function mediaOf(item, context) {
  if (!item?.held)
    return h('p', { class: 'soft small' }, t('media.not-held'));
  return h('div', { class: 'views' },
    view(item, t('media.item', { what: wordOf(item.kind), n: item.number }), context),
    item.originals.slice(0, 1).map((o) => view(o, t('media.original', {
      bank: o.bank, n: o.distance }), context)));
}

// ---- keys ----

// The view that keys are for: the one that has the focus, else the first of the item that has, else
// the first of all.
function current(place) {
  const at = document.activeElement;
  const near = at?.closest?.('.view') ?? at?.closest?.('.item')?.querySelector('.view');
  return (near ?? place.querySelector('.view'))?.view;
}

export function mediaKeys(place) {
  const all = () => [...place.querySelectorAll('.view')].map((n) => n.view);
  const change = (name, value) => {
    look[name] = value;
    for (const one of all())
      one.again();
    place.querySelector('.media-tools')?.show();
  };
  return [
    ['Space', t('media.key-hold'), () => current(place)?.reveal(), cover],
    ['b', t('media.key-blur'), () => change('blur', (look.blur + BLURS - 1) % BLURS)],
    ['g', t('media.key-grey'), () => change('colour', !look.colour)],
    ['[', t('media.key-last'), () => (held ?? current(place))?.step(-1)],
    [']', t('media.key-next'), () => (held ?? current(place))?.step(1)],
    ['v', t('media.key-sheet'), () => change('sheet', !look.sheet)],
  ];
}

// What those keys do, by pointer, and how things are shown now.
function toolsOf(place) {
  const state = h('span', { class: 'soft small', role: 'status' });
  const button = (key, text) => h('button', {
    type: 'button', class: 'quiet',
    onclick: () => mediaKeys(place).find(([k]) => k === key)[2](),
  }, text, ' ', h('kbd', {}, key));
  const node = h('div', { class: 'media-tools' }, button('b', t('media.tool-blur')),
    button('g', t('media.tool-grey')), button('[', t('media.tool-last')),
    button(']', t('media.tool-next')), button('v', t('media.tool-sheet')), state);
  node.show = () => {
    state.textContent = `${t('media.blur', { n: look.blur })} · ${look.colour ? t('media.in-colour')
      : t('media.in-grey')}`;
  };
  node.show();
  return node;
}

// Of a link to an account or a group, where it was found.
const linkText = (k) => [k.platform, k.account, k.group && `${k.group}${k.members
  ? ` (${t('media.members', { n: k.members })})` : ''}`].filter(Boolean).join(' · ');

// What is preserved of it: cases, their bags, the accounts and groups that are linked there.
function preserved(evidence) {
  return evidence.length > 0 && h('section', { class: 'kept' }, h('h2', {}, t('media.evidence')),
    evidence.map((e) => facts([
      [t('console.evidence-case'), [h('code', {}, e.case.slice(0, 8)), e.hold && [' ',
        h('span', { class: 'badge' }, t('media.kept'))]]],
      [t('console.evidence-bag'), e.bags.length > 0
        ? e.bags.map((b) => h('p', {}, h('code', {}, b))) : t('media.no-bag')],
      [t('media.links'), e.links.length > 0 && e.links.map((k) => h('p', {}, said(linkText(k)),
        k.item && h('span', { class: 'soft' }, ` (${t('console.item', { n: k.item })})`)))]])));
}

// Fills the places of a case's items, by number, with what is held of them. Where the case has no
// items (an appeal, a measure), what is held goes into the last place.
export async function fillMedia(place, object, context) {
  cover();
  previews.forEach((address) => URL.revokeObjectURL(address)); // of the case before
  previews = [];
  const { items, evidence } = await ask('GET', `/v1/media?object=${object}`);
  replace(place.querySelector('.kept-slot'), preserved(evidence));
  const unwanted = (await without()).includes(context.category);
  const one = (item) => mediaOf(item, { ...context, object, unwanted });
  for (const slot of place.querySelectorAll('.media-slot[data-number]'))
    replace(slot, one(items.find((i) => String(i.number) === slot.dataset.number)));
  const rest = place.querySelector('.media-slot:not([data-number])');
  if (rest)
    replace(rest, items.filter((i) => i.held).map(one));
  const first = place.querySelector('.view')?.closest('.item, .media-slot');
  first?.before(toolsOf(place));
}
