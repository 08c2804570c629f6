// SPDX-License-Identifier: Apache-2.0
// The ledger: a leaf's proof, checked here: that the leaf is in the tree (RFC 9162, 2.1.3.2), and
// that the tree's head is signed by the log's key (c2sp.org/signed-note, Ed25519).

import { add, h, replace, said } from './dom.js';
import { ask } from './console_session.js';
import { frame, lookUp, table } from './console_parts.js';
import { action } from './page.js';
import { of, t, time } from './texts.js';

const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const hex = (b) => [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256',
  await new Blob(parts).arrayBuffer()));
const same = (a, b) => hex(a) === hex(b);

// { index, path, leaf, body, origin, size, root, signatures } of a text of c2sp.org/tlog-proof.
export function readProof(text) {
  const at = text.indexOf('\n\n');
  const lines = text.slice(0, at).split('\n');
  if (at < 0 || !lines[0].startsWith('c2sp.org/tlog-proof@'))
    throw new Error('not a proof');
  const note = text.slice(at + 2);
  const end = note.lastIndexOf('\n\n');
  const body = note.slice(0, end + 1);
  const [origin, size, root] = body.split('\n');
  return {
    index: Number(lines.find((l) => l.startsWith('index ')).slice(6)),
    extra: lines.find((l) => l.startsWith('extra '))?.slice(6),
    path: lines.slice(1).filter((l) => !/^(index|extra) /.test(l)).map(bytes),
    body, origin, size: Number(size), root: bytes(root),
    signatures: note.slice(end + 2).split('\n').filter((l) => l.startsWith('— '))
      .map((l) => l.split(' ')).map(([, name, value]) => ({ name, value: bytes(value) })),
  };
}

// Whether the leaf's hash leads to the root.
export async function isIncluded({ index, size, path, root }, leaf) {
  let hash = leaf;
  let [fn, sn] = [index, size - 1];
  if (index >= size)
    return false;
  for (const sibling of path) {
    if (sn === 0)
      return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = await sha256(Uint8Array.of(1), sibling, hash);
      while (fn % 2 === 0 && fn !== 0)
        [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else
      hash = await sha256(Uint8Array.of(1), hash, sibling);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && same(hash, root);
}

// Of a key "name+id+base64": whether it has signed; null where this browser knows no Ed25519.
export async function isSigned({ body, signatures }, vkey) {
  const [name, id, key] = [vkey.split('+')[0], vkey.split('+')[1],
    bytes(vkey.split('+').slice(2).join('+'))];
  const full = await sha256(new TextEncoder().encode(`${name}\n`), key);
  if (key[0] !== 1 || hex(full.slice(0, 4)) !== id)
    throw new Error('not such a key');
  let publicKey;
  try {
    publicKey = await crypto.subtle.importKey('raw', key.slice(1), 'Ed25519', false, ['verify']);
  } catch {
    return null;
  }
  for (const s of signatures)
    if (s.name === name && hex(s.value.slice(0, 4)) === id &&
        await crypto.subtle.verify('Ed25519', publicKey, s.value.slice(4),
          new TextEncoder().encode(body)))
      return true;
  return false;
}

const line = (ok, text) => h('li', {}, h('span', {
  class: `badge ${ok === true ? 'good' : ok === null ? 'warning' : 'bad'}`,
}, ok === true ? t('console.proof-yes') : ok === null ? t('console.proof-unknown')
  : t('console.proof-no')), ' ', text);

async function check(proof) {
  const p = readProof(proof);
  const { key, leaf } = await ask('GET', `/v1/ledger/leaves/${p.index}`);
  const text = Uint8Array.from(leaf.match(/../g), (x) => parseInt(x, 16));
  const included = await isIncluded(p, await sha256(Uint8Array.of(0), text));
  const signed = await isSigned(p, key);
  return [h('ul', { class: 'plain' },
    line(included, t('console.proof-included', { index: p.index, size: p.size })),
    line(signed, signed === null ? t('console.proof-no-ed25519')
      : t('console.proof-signed', { origin: p.origin }))),
  h('h3', {}, t('console.leaf-text')), h('pre', {}, new TextDecoder().decode(text)),
  h('p', { class: 'hint' }, t('console.proof-hint'))];
}

function proofOf(box) {
  return async (index) => {
    const proof = await ask('GET', `/v1/ledger/proof/${encodeURIComponent(index)}`);
    const file = new Blob([proof], { type: 'text/plain' });
    const out = h('div', { 'aria-live': 'polite' });
    return [h('div', { class: 'row' }, action(t('console.proof-check'), box, async () =>
      replace(out, await check(proof)), { class: 'main' }), h('a', { class: 'button',
      href: URL.createObjectURL(file), download: `leaf-${index}.tlog-proof` },
    t('console.save-proof'))), out, h('pre', {}, proof)];
  };
}

const eventList = (events) => [h('h2', {}, t('console.history')), table([t('console.when'),
  t('console.what'), t('console.by'), t('console.leaf')], events.map((e) => [time(e.at),
  of('console-event', e.kind), said(e.by.replace(/^staff:/, '')),
  e.leaf >= 0 ? h('a', { href: `#/ledger/${e.leaf}` }, String(e.leaf)) : '']))];

export async function draw(main, name, value) {
  const { box, place } = frame(main, t('console.nav-ledger'), t('console.ledger-lead'));
  lookUp(place, box, t('console.leaf'), t('console.leaf-hint'), 'ledger', value, proofOf(box));
  lookUp(place, box, t('console.record-of'), t('console.record-hint'), 'ledger', '', async (id) =>
    eventList((await ask('GET', `/v1/events?object=${encodeURIComponent(id)}`)).events));
  add(place, h('h2', {}, t('console.checkpoint')),
    h('pre', {}, await ask('GET', '/v1/ledger/checkpoint')));
}
