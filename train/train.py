#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the network of docs/model.md and writes it as a model file (src/inspect/nn.h).

    train/train.py --blends BUILD/train/jz-blends --out FOLDER

It gets the photographs of photographs.txt from their Debian packages, makes self-blends of them
with jz-blends and real H.264 passes with ffmpeg, trains on one thread from a fixed seed, and says
in FOLDER/held-out.json what the model file does, through jz's own code, with photographs that it
has not seen. --photos FOLDER takes the operator's own lawful pictures instead, every fifth held
out. Needs Debian's python3-torch, python3-numpy and ffmpeg. jz needs none of this.
"""
import argparse
import hashlib
import json
import pathlib
import struct
import subprocess
import sys

import numpy
import torch
from torch import nn

SIDE, MAP = 128, 16
RECORD = numpy.dtype([("blended", "u1"), ("photo", "u1"), ("map", "u1", (MAP, MAP)),
                      ("px", "u1", (SIDE, SIDE, 3))])
# What lies between a picture and its crop: name, pixels of the scene, frames, the lowest JPEG
# quality (0: none), CRF of H.264 (0: none), parts of the training pairs, pairs held out.
HISTORIES = [("none", 256, 1, 0, 0, 4, 300), ("jpeg", 256, 1, 50, 0, 4, 300),
             ("large", 448, 1, 60, 0, 2, 0), ("crf18", 256, 3, 0, 18, 1, 0),
             ("crf23", 256, 3, 0, 23, 2, 300), ("crf28", 256, 3, 0, 28, 2, 0),
             ("crf33", 256, 3, 0, 33, 1, 300)]


# ---- material ----

def fetch(listing, folder):
    """The packages of a listing, unpacked; their pictures and which of them are held out."""
    found = []
    root = None
    for line in listing.read_text().splitlines():
        if line.startswith("#") or not line:
            continue
        if " = " in line:
            name, version = line.split(" = ")
            root = folder / name
            if not root.exists():
                subprocess.run(["apt-get", "-q", "download", f"{name}={version}"], cwd=folder,
                               check=True)
                subprocess.run(["dpkg", "-x", next(folder.glob(f"{name}_*.deb")), root],
                               check=True)
        else:
            found.append((root / line.lstrip("!"), line.startswith("!")))
    return found


def own(folder):
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return [(p, i % 5 == 2) for i, p in enumerate(files)]


def to_ppm(pictures, folder):
    """Each as PPM, at most 2560 pixels wide; (trained on, held out)."""
    kinds = ([], [])
    for i, (path, held_out) in enumerate(pictures):
        ppm = folder / f"{i:04}.ppm"
        if not ppm.exists():
            subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", path, "-vf",
                            "scale='min(2560,iw)':-2:flags=area", "-pix_fmt", "rgb24",
                            "-frames:v", "1", ppm], check=True)
        kinds[held_out].append(ppm)
    return kinds


def crops(blends, folder, name, history, seed, count, photos):
    """A file of crops; every step is a pipe."""
    _, side, frames, quality, crf, _, _ = history
    out, truth, video = (folder / f"{name}.{end}" for end in ("crops", "truth", "mp4"))
    if out.exists():
        return out
    make = [blends, "make", str(side), str(frames), str(quality), str(seed), str(count), truth,
            *photos]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{side}x{side}"]
    scenes = subprocess.Popen(make, stdout=subprocess.PIPE)
    source = scenes.stdout
    if crf:
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *raw, "-r", "25", "-i", "-",
                        "-threads", "1", "-c:v", "libx264", "-preset", "fast", "-crf", str(crf),
                        "-pix_fmt", "yuv420p", video], stdin=source, check=True)
        source = subprocess.Popen(["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i",
                                   video, *raw, "-"], stdout=subprocess.PIPE).stdout
    part = out.with_suffix(".part")
    with open(part, "wb") as file:
        subprocess.run([blends, "crops", str(side), str(frames), str(count), truth],
                       stdin=source, stdout=file, check=True)
    if scenes.wait() != 0:
        sys.exit("jz-blends make failed")
    part.rename(out)
    return out


# ---- the network ----

class Conv(nn.Module):
    """3 x 3, normalised, plus a second value where there is one, above 0."""

    def __init__(self, given, gives, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(given, gives, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(gives)

    def forward(self, x, more=None):
        y = self.norm(self.conv(x))
        return torch.relu(y if more is None else y + more)

    def folded(self):
        """Weights and biases with the normalisation in them."""
        scale = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        return (self.conv.weight * scale[:, None, None, None],
                self.norm.bias - self.norm.running_mean * scale)


def high_pass():
    """R, G, B, and of each four times its difference to the binomial mean around it."""
    mean = torch.tensor([[1., 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
    weights = torch.zeros(6, 3, 3, 3)
    for i in range(3):
        weights[i, i, 1, 1] = 1
        weights[3 + i, i] = -4 * mean
        weights[3 + i, i, 1, 1] += 4
    return weights


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("first", high_pass())
        self.stem = Conv(6, 16, 2)
        self.down = nn.ModuleList([Conv(16, 24, 2), Conv(24, 48, 2), Conv(48, 64, 2)])
        self.inner = nn.ModuleList([Conv(c, c) for c in (24, 48, 64)])
        self.outer = nn.ModuleList([Conv(c, c) for c in (24, 48, 64)])
        self.map = nn.Conv2d(48, 1, 1)
        self.score = nn.Linear(128, 1)

    def forward(self, x):
        x = self.stem(nn.functional.conv2d(x, self.first, padding=1))
        for i in range(3):
            x = self.down[i](x)
            x = self.outer[i](self.inner[i](x), x)
            if i == 1:
                where = self.map(x)
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return self.score(pooled)[:, 0], where[:, 0]


class File:
    """A model file in the making; values are numbered from 0, the input."""

    CONV, MAXPOOL, AVGPOOL, CONCAT, NONE = 1, 4, 5, 8, 0xffff
    LINEAR, RELU, SIGMOID = 0, 1, 4

    def __init__(self):
        self.layers = []
        self.body = b""

    def layer(self, op, act, given, kernel, stride, pad, shape, numbers=(), axis=0):
        self.body += struct.pack("<BBHH8B3H", op, act, *given, kernel, kernel, stride, axis, *pad,
                                 *shape)
        for n in numbers:
            self.body += n.detach().numpy().astype("<f2").tobytes()
        self.layers.append(shape)
        return len(self.layers)

    def conv(self, weights, bias, act, given, shape, stride=1, more=NONE):
        kernel = weights.shape[2]
        pad = (0, 0, 0, 0) if kernel != 3 else (1, 1, 0, 0) if stride == 2 else (1, 1, 1, 1)
        return self.layer(self.CONV, act, (given, more), kernel, stride, pad, shape,
                          (weights.permute(0, 2, 3, 1), bias))

    def bytes(self, name, outputs):
        body = name.encode().ljust(64, b"\0") + struct.pack(f"<{len(outputs)}H", *outputs)
        body += self.body
        head = struct.pack("<6H", 1, len(self.layers), SIDE, SIDE, 3, len(outputs))
        return b"JZNN" + head + hashlib.sha256(body).digest() + body


def to_file(net, name):
    f = File()
    x = f.conv(net.first, torch.zeros(6), f.LINEAR, 0, (SIDE, SIDE, 6))
    x = f.conv(*net.stem.folded(), f.RELU, x, (64, 64, 16), 2)
    for i, (side, c) in enumerate(((32, 24), (16, 48), (8, 64))):
        x = f.conv(*net.down[i].folded(), f.RELU, x, (side, side, c), 2)
        y = f.conv(*net.inner[i].folded(), f.RELU, x, (side, side, c))
        x = f.conv(*net.outer[i].folded(), f.RELU, y, (side, side, c), more=x)
        if i == 1:
            where = f.conv(net.map.weight, net.map.bias, f.SIGMOID, x, (MAP, MAP, 1))
    none, pad = f.NONE, (0, 0, 0, 0)
    mean = f.layer(f.AVGPOOL, f.LINEAR, (x, none), 8, 1, pad, (1, 1, 64))
    most = f.layer(f.MAXPOOL, f.LINEAR, (x, none), 8, 1, pad, (1, 1, 64))
    both = f.layer(f.CONCAT, f.LINEAR, (mean, most), 0, 0, pad, (1, 1, 128), axis=2)
    score = f.conv(net.score.weight[:, :, None, None], net.score.bias, f.LINEAR, both, (1, 1, 1))
    return f.bytes(name, (score, where))


# ---- training ----

def batches(files, size, rng):
    """Both pictures of a pair in one batch, mirrored or not, for ever."""
    while True:
        order = rng.permutation(sum(len(f) // 2 for f in files))
        ends = numpy.cumsum([len(f) // 2 for f in files])
        for at in range(0, len(order) - size // 2 + 1, size // 2):
            pairs = []
            for i in order[at:at + size // 2]:
                k = int(numpy.searchsorted(ends, i, side="right"))
                first = 2 * int(i - (ends[k - 1] if k else 0))
                pairs.append(files[k][first:first + 2])
            r = numpy.concatenate(pairs)
            px, where = r["px"], r["map"]
            if rng.random() < 0.5:
                px, where = px[:, :, ::-1], where[:, :, ::-1]
            x = torch.from_numpy(px.transpose(0, 3, 1, 2).astype(numpy.float32)) / 127.5 - 1
            yield (x, torch.from_numpy(r["blended"].astype(numpy.float32)),
                   torch.from_numpy(where.astype(numpy.float32)) / 255)


def train(files, steps, size, seed, log):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    net = Net()
    steer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(steer, 4e-3, total_steps=steps)
    loss = nn.functional.binary_cross_entropy_with_logits
    sums = [0.0, 0.0]
    source = batches(files, size, numpy.random.default_rng(seed))
    for step in range(1, steps + 1):
        x, blended, where = next(source)
        score, shown = net(x)
        parts = (loss(score, blended), loss(shown, where))
        steer.zero_grad()
        (parts[0] + 2 * parts[1]).backward()
        steer.step()
        rate.step()
        sums = [a + b.item() for a, b in zip(sums, parts)]
        if step % 100 == 0:
            print(f"step {step} of {steps}: score {sums[0] / 100:.4f}, map {sums[1] / 100:.4f}",
                  file=log, flush=True)
            sums = [0.0, 0.0]
    return net.eval()


# ---- what it is worth ----

def auc(blended, score):
    """Ties count half."""
    _, at, n = numpy.unique(score, return_inverse=True, return_counts=True)
    rank = (numpy.cumsum(n) - (n - 1) / 2)[at]
    pos = int(blended.sum())
    neg = len(blended) - pos
    return (rank[blended].sum() - pos * (pos + 1) / 2) / (pos * neg) if pos and neg else None


def figures(blends, model, crops_file, count):
    with open(crops_file, "rb") as file:
        text = subprocess.run([blends, "score", model, str(2 * count)], stdin=file, check=True,
                              stdout=subprocess.PIPE, text=True).stdout
    rows = numpy.array([line.split() for line in text.splitlines()], dtype=float)
    blended, photo, score, hit = rows[:, 0] == 1, rows[:, 1], rows[:, 2], rows[:, 3]
    rng = numpy.random.default_rng(1)
    drawn = []
    for _ in range(1000): # whole photographs
        at = numpy.concatenate([numpy.flatnonzero(photo == p)
                                for p in rng.choice(numpy.unique(photo), len(set(photo)))])
        drawn.append(auc(blended[at], score[at]))
    return {"pairs": count, "photographs": len(set(photo)),
            "auc": round(float(auc(blended, score)), 4),
            "auc_95": [round(float(numpy.percentile(drawn, p)), 4) for p in (2.5, 97.5)],
            "map_hits_blend": round(float(hit[blended].mean()), 4)}


def main():
    a = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--blends", required=True, help="the program jz-blends")
    a.add_argument("--out", required=True, type=pathlib.Path)
    a.add_argument("--photos", type=pathlib.Path, help="own pictures, in place of the packages")
    a.add_argument("--pairs", type=int, default=6400, help="to train on")
    a.add_argument("--steps", type=int, default=8000)
    a.add_argument("--batch", type=int, default=32)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--name", default="face-blend")
    args = a.parse_args()
    blends = pathlib.Path(args.blends).resolve()
    for part in ("packages", "ppm", "crops"):
        (args.out / part).mkdir(parents=True, exist_ok=True)
    listing = pathlib.Path(__file__).resolve().parent / "photographs.txt"
    pictures = own(args.photos) if args.photos else fetch(listing, args.out / "packages")
    seen, unseen = to_ppm(pictures, args.out / "ppm")
    print(f"{len(seen)} photographs, {len(unseen)} held out", flush=True)
    parts = sum(h[5] for h in HISTORIES)
    files = []
    for i, h in enumerate(HISTORIES):
        path = crops(blends, args.out / "crops", h[0], h, 100 * args.seed + i,
                     args.pairs * h[5] // parts, seen)
        files.append(numpy.memmap(path, RECORD, mode="r"))
    with open(args.out / "train.log", "w") as log:
        net = train(files, args.steps, args.batch, args.seed, log)
    model = args.out / f"{args.name}.jznn"
    model.write_bytes(to_file(net, args.name))
    result = {"model": args.name, "sha256_in_file": model.read_bytes()[16:48].hex(),
              "steps": args.steps, "batch": args.batch, "pairs": args.pairs, "seed": args.seed,
              "held_out": {}}
    for i, h in enumerate(HISTORIES):
        if h[6]:
            path = crops(blends, args.out / "crops", f"held-out-{h[0]}", h,
                         10000 + 100 * args.seed + i, h[6], unseen)
            result["held_out"][h[0]] = figures(blends, model, path, h[6])
    text = json.dumps(result, indent=1)
    (args.out / "held-out.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
