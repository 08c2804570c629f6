// SPDX-License-Identifier: Apache-2.0
// Elements, built by code. Text is always text: there is no way from here to markup.

// h('p', { class: 'note', onclick: f, hidden: true, value: 'x' }, 'text', node, [nodes], null)
// An attribute that is false, null or undefined is left out; true is the empty one.
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on'))
      element.addEventListener(name.slice(2), value);
    else if (name === 'value')
      element.value = value;
    else if (value === true)
      element.setAttribute(name, '');
    else if (value !== false && value != null)
      element.setAttribute(name, value);
  }
  add(element, children);
  return element;
}

export function add(element, ...children) {
  for (const child of children.flat(Infinity))
    if (child != null && child !== false)
      element.append(child);
}

export function replace(element, ...children) {
  element.replaceChildren();
  add(element, children);
}

// What somebody typed: on a direction of its own, so that it cannot turn what stands around it.
export function said(text) {
  return h('bdi', { class: 'said' }, text);
}

// A label with its field; hint: a sentence below it.
let fields = 0;
export function field(label, input, hint) {
  input.id ||= `field-${++fields}`;
  const below = hint && h('p', { class: 'hint', id: `${input.id}-hint` }, hint);
  if (below)
    input.setAttribute('aria-describedby', below.id);
  return h('div', { class: 'field' }, h('label', { for: input.id }, label), input, below);
}

// A select: rows of [value, text].
export function select(attributes, rows) {
  return h('select', attributes, rows.map(([value, text]) => h('option', { value }, text)));
}
