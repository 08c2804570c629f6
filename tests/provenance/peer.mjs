// SPDX-License-Identifier: Apache-2.0
// Content Credentials by a program that is not ours: npm's @contentauth/c2pa-wasm (c2pa-rs), which lies
// in the folder node_modules beside this file or above it. For tests alone.
//   peer.mjs verify ROOTS TSA-ROOTS FILE...   prints FILE, state and failures, with tabs between
//   peer.mjs sign < LINES                     each line SRC DST ALG KEY CHAIN: signs as created by AI
//   peer.mjs crjson ROOTS JZ FILE...          prints what members of the two programs' crJSON differ
import fs from 'node:fs';
import path from 'node:path';
import crypto from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// What the module wants of a browser when it signs.
const bytesOf = new WeakMap();
class SyncBlob extends Blob {
    constructor(bytes, type) { super([], { type }); bytesOf.set(this, bytes); }
    get size() { return bytesOf.get(this).length; }
    slice(a = 0, b = this.size) { return new SyncBlob(bytesOf.get(this).subarray(a, b)); }
}
globalThis.FileReaderSync = class {
    readAsArrayBuffer(blob) {
        const b = bytesOf.get(blob);
        return b.buffer.slice(b.byteOffset, b.byteOffset + b.length);
    }
};

const c2pa = await import('@contentauth/c2pa-wasm');
c2pa.initSync({ module: fs.readFileSync(fileURLToPath(import.meta.resolve('@contentauth/c2pa-wasm/c2pa.wasm'))) });

const types = { jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png', apng: 'image/png', webp: 'image/webp', gif: 'image/gif',
    tif: 'image/tiff', svg: 'image/svg+xml', jxl: 'image/jxl', heic: 'image/heic', avif: 'image/avif',
    mp4: 'video/mp4', mov: 'video/quicktime', m4a: 'audio/mp4', mp3: 'audio/mpeg', wav: 'audio/wav',
    flac: 'audio/flac', avi: 'video/x-msvideo' };
const typeOf = (file) => types[path.extname(file).slice(1)];
const read = (file) => fs.readFileSync(file, 'utf8');

const purposes = ['1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.36', '1.3.6.1.4.1.62558.2.1', ''].join('\n');

async function verify(roots, tsaRoots, files) {
    const context = JSON.stringify({
        trust: { anchors: [{ trust_kind: 'manifest', trust_anchors: read(roots), trust_config: purposes },
            { trust_kind: 'tsa', trust_anchors: read(tsaRoots) }] },
        verify: { remote_manifest_fetch: false, ocsp_fetch: false },
    });
    for (const file of files) {
        let line;
        try {
            const r = await c2pa.WasmReader.fromBytes(typeOf(file), fs.readFileSync(file), context);
            const j = JSON.parse(r.json());
            const own = j.validation_results.activeManifest.failure.map((f) => f.code);
            const deltas = (j.validation_results.ingredientDeltas ?? [])
                .flatMap((d) => d.validationDeltas.failure.map((f) => f.code));
            line = [j.validation_state, [...own, ...deltas].join(',') || '-'];
        } catch (e) {
            line = ['Error', String(e.message ?? e).split('\n')[0]];
        }
        console.log([file, ...line].join('\t'));
    }
}

// CBOR (RFC 8949), as much of it as a COSE_Sign1 takes.
function head(type, n) {
    if (n < 24) return Buffer.from([type << 5 | n]);
    if (n < 256) return Buffer.from([type << 5 | 24, n]);
    return Buffer.from([type << 5 | 25, n >> 8, n & 255]);
}
const int = (n) => n >= 0 ? head(0, n) : head(1, -1 - n);
const bstr = (b) => Buffer.concat([head(2, b.length), b]);
const tstr = (s) => Buffer.concat([head(3, Buffer.byteLength(s)), Buffer.from(s)]);
const array = (...a) => Buffer.concat([head(4, a.length), ...a]);
const map = (...kv) => Buffer.concat([head(5, kv.length / 2), ...kv]);

const algorithms = { es256: [-7, 'sha256'], es384: [-35, 'sha384'], es512: [-36, 'sha512'], ps256: [-37, 'sha256'],
    ps384: [-38, 'sha384'], ps512: [-39, 'sha512'], ed25519: [-8, null] };

function sign1(claim, alg, keyFile, chainFile, size) {
    const certs = [...read(chainFile).matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END/g)]
        .map((m) => Buffer.from(m[1], 'base64'));
    const chain = certs.length === 1 ? bstr(certs[0]) : array(...certs.map(bstr));
    const headers = bstr(map(int(1), int(algorithms[alg][0]), int(33), chain));
    const key = { key: crypto.createPrivateKey(read(keyFile)) };
    if (alg.startsWith('es')) key.dsaEncoding = 'ieee-p1363';
    if (alg.startsWith('ps')) {
        key.padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
        key.saltLength = crypto.constants.RSA_PSS_SALTLEN_DIGEST;
    }
    const message = array(tstr('Signature1'), headers, bstr(Buffer.alloc(0)), bstr(Buffer.from(claim)));
    const signature = bstr(crypto.sign(algorithms[alg][1], message, key));
    const whole = (pad) => Buffer.concat([Buffer.from([0xd2, 0x84]), headers,
        map(tstr('pad'), bstr(Buffer.alloc(pad))), Buffer.from([0xf6]), signature]);
    return new Uint8Array(whole(size - whole(256).length + 256));
}

async function sign(src, dst, alg, key, chain) {
    const definition = { claim_generator_info: [{ name: 'peer' }], format: typeOf(src), assertions: [
        { label: 'c2pa.actions.v2', data: { allActionsIncluded: true, actions: [{ action: 'c2pa.created',
            digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia' }] } }] };
    const settings = { builder: { thumbnail: { enabled: false } }, verify: { verify_after_sign: false } };
    const builder = c2pa.WasmBuilder.fromJson(JSON.stringify(definition), JSON.stringify(settings));
    const reserve = 12000;
    const signer = { alg, reserveSize: reserve, sign: async (claim) => sign1(claim, alg, key, chain, reserve) };
    const out = await builder.sign(signer, [], typeOf(src), new SyncBlob(fs.readFileSync(src), typeOf(src)));
    fs.writeFileSync(dst, out);
}

// ---- crJSON, member by member ----

// Every value by its path. What the two are known to write in different ways, and means the same, is made
// equal (docs/credentials.md): bytes as b64'...' or as a list of numbers; a URI from the root or from the
// manifest; what is empty or null, or not there; UTC as Z or +00:00; serial numbers with or without zeros.
function members(value, path, label, out) {
    const bytes = Array.isArray(value) && value.length > 2 && value.every((x) => Number.isInteger(x) && x >= 0 && x < 256);
    if (bytes) {
        out.set(path, `b64'${Buffer.from(value).toString('base64')}'`);
    } else if (value !== null && typeof value === 'object') {
        for (const [key, one] of Object.entries(value)) members(one, `${path}/${key}`, label, out);
    } else if (typeof value === 'number') {
        out.set(path, Math.fround(value));
    } else if (typeof value === 'string' && value !== "b64''") {
        out.set(path, path.endsWith('/serialNumber') ? value.replace(/^0+/, '')
            : value.replace(`=/c2pa/${label}/`, '=').replace(/\+00:00$/, 'Z'));
    } else if (typeof value === 'boolean') {
        out.set(path, value);
    }
    return out;
}

// What is not compared: times and explanations in words; the codes of ingredients, which c2pa-rs takes from
// what was recorded of them, and those about ingredients, which stand in deltas or not; of time stamps in claims of version 1, which are judged differently, and of
// what follows from those, as the time of one that is not believed; the match of a file's hash, which is here told
// of the manifest that has it; a claim's hints on its generator, which c2pa-rs leaves out; the second
// of two units of an organisation.
const otherwise = /^(ingredient\.|timeStamp\.|timeOfSigning\.|signingCredential\.(expired|ocsp)|claimSignature\.insideValidity|assertion\.dataHash\.match|algorithm\.deprecated)/;
const codes = (list) => [...new Set((list ?? []).map((x) => x.code).filter((c) => !otherwise.test(c)))].sort().join(' ');

function compareManifest(file, mine, theirs, active) {
    const { validationResults: a, ingredientDeltas: ad, ...x } = mine;
    const { validationResults: b, ingredientDeltas: bd, ...y } = theirs;
    const one = members(x, '', mine.label, new Map());
    const two = members(y, '', mine.label, new Map());
    for (const path of new Set([...one.keys(), ...two.keys()])) {
        if (/^\/claim(\.v2)?\/claim_generator_(hints|info)|subject\/OU$/.test(path)) continue;
        if (path === '/signature/timeStampInfo/timestamp' && one.get(path) === undefined) continue;
        if (one.get(path) !== two.get(path)) console.log([file, path, one.get(path), two.get(path)].join('\t'));
    }
    for (const key of active ? ['success', 'informational', 'failure'] : [])
        if (codes(a[key]) !== codes(b[key])) console.log([file, key, codes(a[key]), codes(b[key])].join('\t'));
}

async function crjson(roots, jz, files) {
    const anchors = ['manifest', 'tsa'].map((kind) =>
        ({ trust_kind: kind, trust_anchors: read(roots), trust_config: purposes }));
    const context = JSON.stringify({ trust: { anchors }, verify: { remote_manifest_fetch: false, ocsp_fetch: false } });
    for (const file of files) {
        const r = await c2pa.WasmReader.fromBytes(typeOf(file), fs.readFileSync(file), context);
        const theirs = JSON.parse(r.crJson());
        const mine = JSON.parse(spawnSync(jz, ['verify', '-q', '--crjson', '--trust', roots, '--tsa-trust', roots, file]).stdout);
        for (const key of Object.keys(theirs)) if (!(key in mine)) console.log([file, key, undefined, 'there'].join('\t'));
        for (const m of mine.manifests) {
            const other = theirs.manifests.find((t) => t.label === m.label);
            if (other === undefined) console.log([file, m.label, 'there', undefined].join('\t'));
            else compareManifest(file, m, other, m === mine.manifests[0]);
        }
    }
}

const [command, ...args] = process.argv.slice(2);
if (command === 'crjson') {
    await crjson(args[0], args[1], args.slice(2));
} else if (command === 'verify') {
    await verify(args[0], args[1], args.slice(2));
} else {
    for (const line of fs.readFileSync(0, 'utf8').split('\n').filter((l) => l !== ''))
        await sign(...line.split(' '));
}
