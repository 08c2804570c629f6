// SPDX-License-Identifier: Apache-2.0
// A person's own key (Ed25519, RFC 8032), by which they consent and nobody else can. It is made
// here, kept in a file of theirs (PKCS #8, PEM: as openssl makes it), and never sent.

function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
}

// { pem, publicHex }; throws where this browser has no Ed25519, or no secure connection.
export async function makeKey() {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const secret = base64(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  return {
    pem: `-----BEGIN PRIVATE KEY-----\n${secret.replace(/(.{64})/g, '$1\n')}\n` +
      '-----END PRIVATE KEY-----\n',
    publicHex: hex(await crypto.subtle.exportKey('raw', pair.publicKey)),
  };
}

// The signature of a text, in hex, by the key in a PEM file.
export async function sign(pem, text) {
  const body = pem.match(/-----BEGIN PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/);
  if (body === null)
    throw new Error('no private key');
  const bytes = Uint8Array.from(atob(body[1].replace(/\s/g, '')), (c) => c.charCodeAt(0));
  const key = await crypto.subtle.importKey('pkcs8', bytes, 'Ed25519', false, ['sign']);
  return hex(await crypto.subtle.sign('Ed25519', key, new TextEncoder().encode(text)));
}

export function canSign() {
  return globalThis.crypto?.subtle !== undefined;
}
