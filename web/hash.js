// SPDX-License-Identifier: Apache-2.0
// Hashes of a picture or a video, computed here. Decoding is the browser's, in its sandbox; the
// hashes are the program's (hash_worker.js).

const FRAMES_MAX = 24;      // of one video, spread over it
const SAME_BITS = 31;       // frames that differ in no more are one
const QUALITY_MIN = 50;     // below it, a frame looks like too many others
const SEEK_MS = 8000;

let worker;
let nextId = 1;
const waiting = new Map();

function start() {
  worker = new Worker('/web/hash_worker.js');
  worker.onmessage = ({ data }) => {
    const w = waiting.get(data.id);
    if (data.done !== undefined) {
      w?.progress?.(data.done);
      return;
    }
    waiting.delete(data.id);
    if (data.error)
      w?.reject(new Error(data.error));
    else
      w?.resolve(data);
  };
  worker.onerror = () => {
    for (const w of waiting.values())
      w.reject(new Error('read'));
    waiting.clear();
  };
}

function ask(message, transfer, progress) {
  if (!worker)
    start();
  const id = nextId++;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject, progress });
    worker.postMessage({ id, ...message }, transfer);
  });
}

// Whether this build can hash in a browser, and this browser can.
let able;
export function canHash() {
  able ??= typeof WebAssembly === 'object' && typeof OffscreenCanvas === 'function'
    ? fetch('/web/hash.wasm', { method: 'HEAD' }).then((r) => r.ok) : Promise.resolve(false);
  return able;
}

// The pixels as the file has them: no colours converted, turned as its EXIF says where oriented.
async function bitmapOf(file, oriented) {
  return createImageBitmap(file, {
    colorSpaceConversion: 'none', premultiplyAlpha: 'none',
    imageOrientation: oriented ? 'from-image' : 'none',
  });
}

export async function hashPicture(file, oriented) {
  const bitmap = await bitmapOf(file, oriented);
  return ask({ bitmap }, [bitmap]);
}

function bits(a, b) {
  let n = 0;
  for (let i = 0; i < a.length; i += 8) {
    let x = parseInt(a.slice(i, i + 8), 16) ^ parseInt(b.slice(i, i + 8), 16);
    for (; x !== 0; x &= x - 1)
      n++;
  }
  return n;
}

function event(target, name, ms) {
  return new Promise((resolve, reject) => {
    const end = (f, what) => {
      clearTimeout(timer);
      target.removeEventListener(name, good);
      target.removeEventListener('error', wrong);
      f(what);
    };
    const good = () => end(resolve);
    const wrong = () => end(reject, new Error('media'));
    const timer = setTimeout(wrong, ms);
    target.addEventListener(name, good);
    target.addEventListener('error', wrong);
  });
}

// Frames a second apart, or further in a long video: those of enough quality that differ.
export async function hashVideo(file, progress) {
  const video = document.createElement('video');
  const url = URL.createObjectURL(file);
  const frames = [];
  video.muted = true;
  video.preload = 'auto';
  video.src = url;
  try {
    await event(video, 'loadeddata', SEEK_MS);
    const seconds = Number.isFinite(video.duration) ? video.duration : 0;
    const step = Math.max(1, seconds / FRAMES_MAX);
    for (let at = 0; at === 0 || at < seconds; at += step) {
      if (at > 0) {
        video.currentTime = at;
        await event(video, 'seeked', SEEK_MS);
      }
      const bitmap = await createImageBitmap(video, { colorSpaceConversion: 'none' });
      const frame = { seconds: at, ...await ask({ bitmap }, [bitmap]) };
      if (frame.quality >= QUALITY_MIN && !frames.some((f) => bits(f.pdq, frame.pdq) <= SAME_BITS))
        frames.push(frame);
      progress?.(seconds > 0 ? at / seconds : 1);
    }
    return { seconds, frames };
  } finally {
    URL.revokeObjectURL(url);
    video.removeAttribute('src');
    video.load();
  }
}

// { name, kind: 'picture' | 'video' | 'file', sha256, quality, pdq, frames }: of a file that cannot
// be decoded here there is only the SHA-256, which finds exact copies.
export async function hashFile(file, progress) {
  const { sha256 } = await ask({ file }, [], (done) => progress?.(done / file.size / 2));
  const found = { name: file.name, size: file.size, kind: 'file', sha256, frames: [] };
  try {
    if (/^video\//.test(file.type)) {
      const { frames, seconds } = await hashVideo(file, (p) => progress?.(0.5 + p / 2));
      return { ...found, kind: 'video', frames, seconds };
    }
    const picture = await hashPicture(file, true);
    return { ...found, kind: 'picture', quality: picture.quality, pdq: picture.pdq };
  } catch (e) {
    if (e.message === 'memory')
      throw e;
    return found;
  }
}
