// SPDX-License-Identifier: Apache-2.0
// The words of the pages, from texts.tsv. tools/check_texts finds keys in the sources: write them
// as literals.

const languages = ['zh-CN', 'en'];
let words = {};
let chosen = 'en';

// As the browser asks for it (Accept-Language), unless somebody has chosen.
function wanted(kept) {
  for (const tag of [kept, ...navigator.languages]) {
    if (/^zh\b/i.test(tag ?? ''))
      return 'zh-CN';
    if (/^en\b/i.test(tag ?? ''))
      return 'en';
  }
  return 'en';
}

export async function load(kept) {
  chosen = wanted(kept);
  document.documentElement.lang = chosen;
  const reply = await fetch(`/web/texts.${chosen}.json`);
  words = await reply.json();
}

export function language() {
  return chosen;
}

export function otherLanguage() {
  return languages.find((l) => l !== chosen);
}

// t('help.pin', { pin }): the text with {pin} filled in.
export function t(key, values) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values?.[name] ?? whole);
}

// of('state', word): the text of a word that the server says; the word itself where there is none.
export function of(family, word) {
  return words[`${family}.${word}`] ?? String(word);
}

// A time as people write it here; the server's are RFC 3339.
export function time(text) {
  const at = new Date(text);
  return Number.isNaN(at.valueOf()) ? String(text)
    : at.toLocaleString(chosen, { dateStyle: 'medium', timeStyle: 'short' });
}

// "in 5 hours", "2 days ago".
export function relative(text) {
  const seconds = (new Date(text) - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(chosen, { numeric: 'auto' });
  for (const [unit, size] of [['day', 86400], ['hour', 3600], ['minute', 60]])
    if (Math.abs(seconds) >= size * (unit === 'minute' ? 1 : 2))
      return format.format(Math.round(seconds / size), unit);
  return format.format(0, 'minute');
}
