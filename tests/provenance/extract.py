#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""extract.py FILE...: an independent, naive reading of C2PA stores, against which asset_*.c is
checked. For each file: its path, the store's size and SHA-256, then the hash assertions of the last
manifest that has any, one part a line. It reads whole files into memory and trusts them."""
import base64, hashlib, re, struct, sys


def jpeg(d):
    at, out = 2, b''
    while d[at] == 0xff and d[at + 1] != 0xda:
        n = struct.unpack('>H', d[at + 2:at + 4])[0]
        s = d[at + 4:at + 2 + n]
        if d[at + 1] == 0xeb and s[:2] == b'JP':
            if struct.unpack('>I', s[4:8])[0] == 1 and s[24:28] == b'c2pa':
                out, en = s[8:], s[2:4]
            elif out and s[2:4] == en:
                out += s[16:]
        at += 2 + n
    return out


def png(d):
    at, out = 8, b''
    while at + 8 <= len(d):
        n = struct.unpack('>I', d[at:at + 4])[0]
        if d[at + 4:at + 8] == b'caBX':
            out += d[at + 8:at + 8 + n]
        at += 12 + n
    return out


def riff(d):
    at = 12
    while at + 8 <= len(d):
        n = struct.unpack('<I', d[at + 4:at + 8])[0]
        if d[at:at + 4] == b'C2PA':
            return d[at + 8:at + 8 + n]
        at += 8 + n + n % 2
    return b''


def boxes(d, at=0):
    while at + 8 <= len(d):
        n, t = struct.unpack('>I4s', d[at:at + 8])
        h = 8
        if n == 1:
            n, h = struct.unpack('>Q', d[at + 8:at + 16])[0], 16
        n = n or len(d) - at
        yield t, at, d[at + h:at + n]
        at += n


def cut(store):
    return store[:struct.unpack('>I', store[:4])[0]]


def bmff(d):
    for t, _, b in boxes(d):
        if t == b'uuid' and b[:16].hex() == 'd8fec3d61b0e483c92975828877ec481':
            purpose, rest = b[20:].split(b'\0', 1)
            if purpose in (b'manifest', b'original'):
                return cut(rest[8:])
    return b''


def jxl(d):
    return next((d[at:at + len(b) + 8] for t, at, b in boxes(d) if t == b'jumb'), b'')


def gif(d):
    at = d.find(b'\x21\xff\x0bC2PA_GIF') + 14
    out = b''
    while at > 13 and d[at]:
        out += d[at + 1:at + 1 + d[at]]
        at += 1 + d[at]
    return out


def tiff(d):
    e = '<' if d[:2] == b'II' else '>'
    at = struct.unpack(e + 'I', d[4:8])[0]
    while at:
        n = struct.unpack(e + 'H', d[at:at + 2])[0]
        for i in range(n):
            tag, _, count, value = struct.unpack(e + 'HHII', d[at + 2 + 12 * i:at + 14 + 12 * i])
            if tag == 0xcd41:
                return d[value:value + count]
        at = struct.unpack(e + 'I', d[at + 2 + 12 * n:at + 6 + 12 * n])[0]
    return b''


def id3(d):
    at = d.find(b'c2pa manifest store\0') + 20
    return cut(d[at:]) if at > 19 else b''


def svg(d):
    m = re.search(rb'<c2pa:manifest[^>]*>([^<]*)<', d)
    return base64.b64decode(m.group(1)) if m else b''


def store_of(d):
    if d[:2] == b'\xff\xd8':
        return jpeg(d)
    for magic, read in ((b'\x89PNG', png), (b'RIFF', riff), (b'GIF8', gif), (b'II*', tiff), (b'MM\0*', tiff),
                        (b'ID3', id3), (b'\0\0\0\x0cJXL ', jxl)):
        if d.startswith(magic):
            return read(d)
    if d[4:8] == b'jumb':
        return d
    return svg(d) if b'<svg' in d[:4096] else bmff(d)


def cbor(d, at=0):
    major, minor = d[at] >> 5, d[at] & 31
    at += 1
    n = minor
    if minor >= 24 and minor < 28:
        size = 1 << (minor - 24)
        n = int.from_bytes(d[at:at + size], 'big')
        at += size
    if major == 0:
        return n, at
    if major == 1:
        return -1 - n, at
    if major in (2, 3):
        raw = d[at:at + n]
        return (raw if major == 2 else raw.decode()), at + n
    if major == 4:
        out = []
        for _ in range(n):
            v, at = cbor(d, at)
            out.append(v)
        return out, at
    if major == 5:
        out = {}
        for _ in range(n):
            k, at = cbor(d, at)
            out[k], at = cbor(d, at)
        return out, at
    if major == 6:
        return cbor(d, at)
    return {20: False, 21: True, 22: None}.get(n, n), at


def label_of(jumb):
    return jumb[8:8 + struct.unpack('>I', jumb[:4])[0] - 8][17:].split(b'\0')[0].decode()


def bindings(store):
    """(label, value) of the hash assertions of the last manifest that has any."""
    found = []
    for t, _, manifest in boxes(store[8:]):
        here = []
        if t != b'jumb':
            continue
        for t2, _, part in boxes(manifest):
            if t2 != b'jumb' or label_of(part) != 'c2pa.assertions':
                continue
            for t3, _, assertion in boxes(part):
                if t3 == b'jumb' and label_of(assertion).startswith('c2pa.hash.'):
                    content = [b for t4, _, b in boxes(assertion) if t4 == b'cbor'][0]
                    here.append((label_of(assertion), cbor(content)[0]))
        found = here or found
    return found


def lines(label, v):
    """The assertion as words that test_asset.c reads."""
    if label == 'c2pa.hash.data':
        yield ['data', v['hash'].hex()]
        for x in v.get('exclusions') or ():
            yield ['range', x['start'], x['length']]
        return
    yield ['bmff', {'c2pa.hash.bmff': 1, 'c2pa.hash.bmff.v2': 2, 'c2pa.hash.bmff.v3': 3}[label], v['hash'].hex()]
    for x in v['exclusions']:
        yield ['path', x['xpath']]
        for m in x.get('data') or ():
            yield ['match', m['offset'], m['value'].hex()]
        for m in x.get('subset') or ():
            yield ['subset', m['offset'], m['length']]
        if x.get('flags'):
            yield ['flags', x['flags'].hex()]
    for m in v.get('merkle') or ():
        yield ['tree', m['uniqueId'], m['localId'], m['count'], m.get('fixedBlockSize') or 0]
        for h in m['hashes']:
            yield ['row', h.hex()]


if __name__ == '__main__':
    for path in sys.argv[1:]:
        store = store_of(open(path, 'rb').read())
        print('file', path, len(store), hashlib.sha256(store).hexdigest())
        for label, value in bindings(store) if store else ():
            for words in lines(label, value):
                print(*words)
