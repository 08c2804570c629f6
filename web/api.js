// SPDX-License-Identifier: Apache-2.0
// Requests. What goes wrong is thrown as a Problem whose words say what happened and what to do;
// nothing that was typed is touched, so the same button can be pressed again.

import { t } from './texts.js';

const TIMEOUT_MS = 20000;

// kind: of docs/api.md, or "offline", "timeout".
export class Problem extends Error {
  constructor(kind, status, detail, retrySeconds) {
    super(detail ?? kind);
    this.kind = kind;
    this.status = status;
    this.detail = detail ?? '';
    this.retrySeconds = retrySeconds;
  }

  get words() {
    const say = {
      offline: t('error.offline'),
      timeout: t('error.timeout'),
      rate: t('error.rate', { seconds: this.retrySeconds || 60 }),
      busy: t('error.busy'),
      unauthorised: t('error.unauthorised'),
      forbidden: t('error.forbidden'),
      notfound: t('error.notfound'),
      not_found: t('error.notfound'),
      exists: t('error.exists'),
      mismatch: t('error.mismatch'),
      limit: t('error.limit'),
    }[this.kind];
    if (say)
      return say;
    return this.status >= 500 || !this.status ? t('error.server') : t('error.refused');
  }
}

// A problem that the page itself has found, in its own words.
export function told(words) {
  return Object.assign(new Error(words), { words });
}

async function problemOf(reply) {
  const retry = Number(reply.headers.get('Retry-After')) || 0;
  try {
    const p = await reply.json();
    return new Problem(p.kind ?? 'internal', reply.status, p.detail, retry);
  } catch {
    return new Problem('internal', reply.status, '', retry);
  }
}

// call('POST', '/v1/complaints', { ... }): the JSON of the reply, or its text where it is none.
// options: headers, timeoutMs, raw (the body goes as it is), blob (so is the reply).
export async function call(method, path, body, options = {}) {
  const headers = { Accept: 'application/json', ...options.headers };
  if (body !== undefined && !options.raw)
    headers['Content-Type'] = 'application/json';
  const request = {
    method, headers, cache: 'no-store', credentials: 'same-origin',
    signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
  };
  if (body !== undefined)
    request.body = options.raw ? body : JSON.stringify(body);
  let reply;
  try {
    reply = await fetch(path, request);
    if (reply.ok && options.blob)
      return await reply.blob();
    if (reply.ok)
      return /json/.test(reply.headers.get('Content-Type') ?? '') ? await reply.json()
        : await reply.text();
  } catch (e) {
    throw new Problem(e.name === 'TimeoutError' ? 'timeout' : 'offline', 0);
  }
  throw await problemOf(reply);
}
