#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the network of docs/model.md and writes it as a model file (src/inspect/nn.h).

    train/train.py --blends BUILD/train/jz-blends --out FOLDER

It gets the photographs of photographs.txt from their Debian packages, draws faces (faces.py),
makes self-blends of them with jz-blends and real H.264 passes with ffmpeg, trains on two threads
from a fixed seed, and says in FOLDER/held-out.json what the model file does, through jz's own code,
with photographs that it has not seen. --photos FOLDER takes the operator's own lawful pictures
instead, every fifth held out; --jz BUILD/jz finds the faces in them to lay blends on. Needs
Debian's python3-torch, python3-numpy and ffmpeg. jz needs none of this.
"""
import argparse
import ctypes
import hashlib
import json
import pathlib
import struct
import subprocess
import sys

import numpy
import torch
from torch import nn

import faces

SIDE, MAP = 128, 16
MARGIN, CELL = 2, SIDE // MAP # crops are wider, by cells of the map
WIDE = MAP + 2 * MARGIN
RECORD = numpy.dtype([("photo", "<u2"), ("blended", "u1"), ("unused", "u1"),
                      ("map", "u1", (WIDE, WIDE)), ("px", "u1", (WIDE * CELL, WIDE * CELL, 3))])
# What lies between a picture and its crop: name, pixels of the scene, frames, the lowest JPEG
# quality (0: none), CRF of H.264 (0: none), parts of the training pairs, pairs held out, clips
# held out.
HISTORIES = [("none", 288, 1, 0, 0, 3, 300, 400), ("jpeg", 288, 1, 50, 0, 3, 300, 0),
             ("large", 448, 1, 60, 0, 1, 0, 0), ("crf18", 288, 3, 0, 18, 2, 0, 0),
             ("crf23", 288, 3, 0, 23, 3, 300, 400), ("crf28", 288, 3, 0, 28, 1, 0, 0),
             ("crf33", 288, 3, 0, 33, 2, 300, 400)]
CLIP = 8  # frames


# ---- material ----

def fetch(listing, folder):
    """The packages of a listing, unpacked; their pictures, where a face is in them, and which of
    them are held out."""
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
            face, _, path = line.lstrip("!").rpartition("@")
            found.append((root / path, face, line.startswith("!")))
    return found


def own(folder, jz):
    """Every fifth picture is held out. With the program jz: the faces it finds in them."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    found = []
    for i, path in enumerate(files):
        for face in faces_in(path, jz) if jz else [""]:
            found.append((path, face, i % 5 == 2))
    return found


def faces_in(path, jz):
    """Middle and width of each face that is large enough, in parts of the picture's width."""
    said = subprocess.run([jz, "inspect", "--json", path], stdout=subprocess.PIPE, check=False)
    said = json.loads(said.stdout or b"{}")
    found = []
    for face in said.get("faces", []):
        x, y = numpy.array(face["outline"]).T
        left, right, top, bottom = x.min(), x.max(), y.min(), y.max()
        if right - left >= 100:
            place = (left + right) / 2, (top + bottom) / 2, right - left
            found.append(",".join(f"{n / said['width']:.4f}" for n in place))
    return found


def to_ppm(pictures, folder):
    """Each as PPM, at most 2560 pixels wide, grey where it is transparent; as jz-blends takes
    them: (trained on, held out)."""
    kinds = ([], [])
    for i, (path, face, held_out) in enumerate(pictures):
        ppm = folder / f"{i:04}.ppm"
        if not ppm.exists():
            subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", path,
                            "-filter_complex", "[0]scale='min(2560,iw)':-2:flags=area,"
                            "format=rgba,split[a][b];[a]lutrgb=r=128:g=128:b=128:a=255[c];"
                            "[c][b]overlay=format=rgb",
                            "-pix_fmt", "rgb24", "-frames:v", "1", ppm], check=True)
        kinds[held_out].append(f"{face}@{ppm}" if face else str(ppm))
    return kinds


def least_side(picture):
    with open(picture.rpartition("@")[2], "rb") as file:
        return min(map(int, file.read(32).split()[1:3]))


def is_large(picture, side):
    """Whether any square of it will do; around a face it need not lie in the picture."""
    return "@" in picture or least_side(picture) >= side + 16


def weighted(pictures):
    """What is larger holds more: drawn from more often."""
    return [p for p in pictures for _ in range(max(1, least_side(p) // 360))]


def crops(blends, folder, name, history, seed, count, photos, clips=False):
    """A file of crops, of pairs or of clips; every step is a pipe."""
    _, side, frames, quality, crf, *_ = history
    frames = CLIP if clips else frames
    out, truth, video = (folder / f"{name}.{end}" for end in ("crops", "truth", "mp4"))
    if out.exists():
        return out
    photos = [p for p in photos if is_large(p, side)]
    kind = ["clips", side, frames] if clips else ["make", side, frames, quality]
    make = [blends, *map(str, kind), str(seed), str(count), truth, *photos]
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
    """R, G, B, and of each 64 times its difference to the binomial mean around it: as large as the
    others where there is texture. With 4 instead of 64 nothing was learnt of it for long."""
    mean = torch.tensor([[1., 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
    weights = torch.zeros(6, 3, 3, 3)
    for i in range(3):
        weights[i, i, 1, 1] = 1
        weights[3 + i, i] = -64 * mean
        weights[3 + i, i, 1, 1] += 64
    return weights


class Step(nn.Module):
    """How the colours of cells differ from those around, GAIN times, and what it says to a stage. A
    step of a few levels is lost among the textures of the other planes."""

    GAIN = 16

    def __init__(self, cell, inner, gives):
        super().__init__()
        self.cell = cell
        self.inner = Conv(3, inner)
        self.outer = nn.Conv2d(inner, gives, 3, 1, 1, bias=False)

    def forward(self, x):
        x = nn.functional.avg_pool2d(x, self.cell)
        around = nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        return self.outer(self.inner(self.GAIN * (x - around)))


class Net(nn.Module):
    """Four stages of two residual convolutions, steps of colour beside the second and third; of all
    but the first, each place is told what the whole crop is like, as a blend is what differs from
    it. The map from the third and fourth, the score from means, maxima and a dense look at the
    fourth, which knows where in the face a trace lies."""

    WIDTHS = (16, 48, 80, 112)
    STEPS = {1: (4, 16), 2: (8, 24)} # of stages: pixels of a cell, channels between
    WHOLE = (1, 2, 3) # stages

    def __init__(self):
        super().__init__()
        self.register_buffer("first", high_pass())
        given, last = (6, *self.WIDTHS), self.WIDTHS[-1]
        self.down = nn.ModuleList([Conv(a, b, 2) for a, b in zip(given, self.WIDTHS)])
        self.inner = nn.ModuleList([Conv(c, c) for c in self.WIDTHS])
        self.outer = nn.ModuleList([Conv(c, c) for c in self.WIDTHS])
        self.step = nn.ModuleDict({str(i): Step(cell, c, self.WIDTHS[i])
                                   for i, (cell, c) in self.STEPS.items()})
        self.whole = nn.ModuleDict({str(i): nn.Linear(self.WIDTHS[i], self.WIDTHS[i])
                                    for i in self.WHOLE})
        for conv in self.outer:
            nn.init.zeros_(conv.norm.weight)
        for whole in self.whole.values():
            nn.init.zeros_(whole.weight)
            nn.init.zeros_(whole.bias)
        self.near = nn.Conv2d(self.WIDTHS[2], 1, 1)
        self.far = nn.Conv2d(last, 1, 1)
        self.narrow = nn.Conv2d(last, 24, 1)
        self.dense = nn.Conv2d(24, 48, 8)
        self.score = nn.Linear(48 + 2 * last, 1)

    def forward(self, x):
        steps = {int(i): step(x) for i, step in self.step.items()}
        x = nn.functional.conv2d(x, self.first, padding=1)
        for i in range(4):
            x = self.down[i](x, steps.get(i))
            whole = (self.whole[str(i)](x.mean((2, 3)))[:, :, None, None] if i in self.WHOLE
                     else None)
            x = self.outer[i](self.inner[i](x, whole), x)
            if i == 2:
                near = self.near(x)
        far = nn.functional.interpolate(self.far(x), scale_factor=2, mode="bilinear",
                                        align_corners=False)
        dense = torch.relu(self.dense(torch.relu(self.narrow(x))))
        pooled = torch.cat([dense[:, :, 0, 0], x.mean((2, 3)), x.amax((2, 3))], 1)
        return self.score(pooled)[:, 0], (near + far)[:, 0]


class File:
    """A model file in the making; values are numbered from 0, the input."""

    CONV, MAXPOOL, AVGPOOL, RESIZE, CONCAT, NONE = 1, 4, 5, 6, 8, 0xffff
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

    def step(self, step, gives):
        """Of the input; the value that a stage adds."""
        side, c = SIDE // step.cell, step.inner.conv.out_channels
        one = torch.eye(3)[:, :, None, None]
        mean = one.expand(3, 3, step.cell, step.cell) / step.cell ** 2
        cells = self.conv(mean, torch.zeros(3), self.LINEAR, 0, (side, side, 3), step.cell)
        x = self.layer(self.AVGPOOL, self.LINEAR, (cells, self.NONE), 3, 1, (1, 1, 1, 1),
                       (side, side, 3))
        x = self.conv(-step.GAIN * one, torch.zeros(3), self.LINEAR, x, (side, side, 3))
        x = self.conv(step.GAIN * one, torch.zeros(3), self.LINEAR, cells, (side, side, 3), more=x)
        x = self.conv(*step.inner.folded(), self.RELU, x, (side, side, c))
        return self.conv(step.outer.weight, torch.zeros(gives), self.LINEAR, x,
                         (side, side, gives))

    def pool(self, op, x, side, c):
        """Of all of a value, channel by channel."""
        return self.layer(op, self.LINEAR, (x, self.NONE), side, 1, (0, 0, 0, 0), (1, 1, c))

    def whole(self, linear, x, side):
        """Of a value; the value that a convolution of it adds."""
        c = linear.out_features
        x = self.pool(self.AVGPOOL, x, side, c)
        x = self.conv(linear.weight[:, :, None, None], linear.bias, self.LINEAR, x, (1, 1, c))
        return self.layer(self.RESIZE, self.LINEAR, (x, self.NONE), 0, 0, (0, 0, 0, 0),
                          (side, side, c))

    def bytes(self, name, outputs):
        body = name.encode().ljust(64, b"\0") + struct.pack(f"<{len(outputs)}H", *outputs)
        body += self.body
        head = struct.pack("<6H", 1, len(self.layers), SIDE, SIDE, 3, len(outputs))
        return b"JZNN" + head + hashlib.sha256(body).digest() + body


def to_file(net, name):
    f = File()
    none, pad, last = f.NONE, (0, 0, 0, 0), net.WIDTHS[-1]
    steps = {i: f.step(net.step[str(i)], net.WIDTHS[i]) for i in net.STEPS}
    x = f.conv(net.first, torch.zeros(6), f.LINEAR, 0, (SIDE, SIDE, 6))
    for i, c in enumerate(net.WIDTHS):
        side = SIDE >> (i + 1)
        x = f.conv(*net.down[i].folded(), f.RELU, x, (side, side, c), 2, steps.get(i, none))
        whole = f.whole(net.whole[str(i)], x, side) if i in net.WHOLE else none
        y = f.conv(*net.inner[i].folded(), f.RELU, x, (side, side, c), more=whole)
        x = f.conv(*net.outer[i].folded(), f.RELU, y, (side, side, c), more=x)
        if i == 2:
            third = x
    far = f.conv(net.far.weight, net.far.bias, f.LINEAR, x, (8, 8, 1))
    far = f.layer(f.RESIZE, f.LINEAR, (far, none), 0, 0, pad, (MAP, MAP, 1))
    where = f.conv(net.near.weight, net.near.bias, f.SIGMOID, third, (MAP, MAP, 1), more=far)
    dense = f.conv(net.narrow.weight, net.narrow.bias, f.RELU, x, (8, 8, 24))
    dense = f.conv(net.dense.weight, net.dense.bias, f.RELU, dense, (1, 1, 48))
    mean, most = f.pool(f.AVGPOOL, x, 8, last), f.pool(f.MAXPOOL, x, 8, last)
    all_ = f.layer(f.CONCAT, f.LINEAR, (dense, mean), 0, 0, pad, (1, 1, 48 + last), axis=2)
    all_ = f.layer(f.CONCAT, f.LINEAR, (all_, most), 0, 0, pad, (1, 1, 48 + 2 * last), axis=2)
    score = f.conv(net.score.weight[:, :, None, None], net.score.bias, f.LINEAR, all_, (1, 1, 1))
    return f.bytes(name, (score, where))


def convolutions(path):
    """Weights and biases of each one of a model file, in their order, but for those of 3 channels:
    they only make steps of colour and are the same in all."""
    data = path.read_bytes()
    layers, _, _, channels, outputs = struct.unpack_from("<5H", data, 6)
    at, depth = 112 + 2 * outputs, [channels]
    for _ in range(layers):
        op, _, x, _, high, wide, *_, c = struct.unpack_from("<BBHH8B3H", data, at)
        at += 20
        if op == File.CONV:
            n = c * high * wide * depth[x]
            numbers = numpy.frombuffer(data, "<f2", n + c, at).astype("f4")
            at += 2 * len(numbers)
            weights = numbers[:n].reshape(c, high, wide, depth[x]).transpose(0, 3, 1, 2)
            if c != 3:
                yield torch.tensor(weights), torch.tensor(numbers[n:])
        depth.append(c)


def take_over(net, path):
    """What to_file() has written of a net. Its normalisations are in its weights: those of the net
    only keep these about as large as new ones are, and measure nothing."""
    try:
        take_all(net, convolutions(path))
    except (IndexError, OSError, RuntimeError, StopIteration, ValueError, struct.error):
        sys.exit(f"{path}: no model file with the layers of this network")


def take_all(net, given):
    def take(layer):
        weights, biases = next(given)
        layer.weight.copy_(weights.reshape(layer.weight.shape))
        if layer.bias is not None:
            layer.bias.copy_(biases)
        return biases

    def take_norm(conv):
        conv.norm.bias.copy_(take(conv.conv))
        weights = conv.conv.weight
        size = weights.square().mean((1, 2, 3)).sqrt() * (3 * weights[0].numel()) ** 0.5
        size = size.clamp(min=1e-3)
        weights /= size[:, None, None, None]
        conv.norm.weight.copy_(size)
        conv.norm.running_var.fill_(1 - conv.norm.eps)

    with torch.no_grad():
        for step in net.step.values():
            take_norm(step.inner)
            take(step.outer)
        next(given) # fixed
        for i in range(4):
            take_norm(net.down[i])
            if i in net.WHOLE:
                take(net.whole[str(i)])
            take_norm(net.inner[i])
            take_norm(net.outer[i])
        for layer in (net.far, net.near, net.narrow, net.dense, net.score):
            take(layer)


# ---- training ----

def turned(a, kind):
    """One of the 8 ways to lay a square."""
    a = a[:, :, ::-1] if kind & 1 else a
    a = a[:, ::-1] if kind & 2 else a
    return a.swapaxes(1, 2) if kind & 4 else a


def batches(files, size, rng):
    """Both pictures of a pair in one batch, for ever; each pair placed anew, turned or mirrored,
    its colours in another order and a little brighter or darker."""
    while True:
        order = rng.permutation(sum(len(f) // 2 for f in files))
        ends = numpy.cumsum([len(f) // 2 for f in files])
        for at in range(0, len(order) - size // 2 + 1, size // 2):
            x = numpy.empty((size, 3, SIDE, SIDE), numpy.float32)
            where = numpy.empty((size, MAP, MAP), numpy.float32)
            for j, i in enumerate(order[at:at + size // 2]):
                k = int(numpy.searchsorted(ends, i, side="right"))
                first = 2 * int(i - (ends[k - 1] if k else 0))
                pair = files[k][first:first + 2]
                across, down = rng.integers(2 * MARGIN + 1, size=2)
                x0, y0 = across * CELL, down * CELL
                px = pair["px"][:, y0:y0 + SIDE, x0:x0 + SIDE]
                shown = pair["map"][:, down:down + MAP, across:across + MAP]
                kind = int(rng.integers(8))
                px, shown = turned(px[..., rng.permutation(3)], kind), turned(shown, kind)
                gain, more = rng.uniform(0.85, 1.15), rng.uniform(-0.1, 0.1)
                x[2 * j:2 * j + 2] = px.transpose(0, 3, 1, 2)
                x[2 * j:2 * j + 2] *= gain / 127.5
                x[2 * j:2 * j + 2] += more - gain
                where[2 * j:2 * j + 2] = shown
            yield (torch.from_numpy(x).contiguous(memory_format=torch.channels_last),
                   torch.from_numpy(where / 255))


def rate(step, steps, falling):
    """Rises over 100 steps, stays, and falls to nothing over the last of them, a part of all."""
    return min(1, step / 100, (steps - step) / (falling * steps))


def losses(net, x, where):
    """Of the score, of its order within pairs, of the map. First the plain, then the blended."""
    with torch.autocast("cpu", torch.bfloat16):
        score, shown = net(x)
    score, shown = score.float(), shown.float()
    truth = torch.arange(len(score)) % 2.0
    bce = nn.functional.binary_cross_entropy_with_logits
    return (bce(score, truth), nn.functional.softplus(score[0::2] - score[1::2]).mean(),
            bce(shown, where))


def keep_memory():
    """glibc gives large blocks back at once, and getting them anew, page by page, took nearly half
    of the time. M_MMAP_MAX, M_TRIM_THRESHOLD."""
    libc = ctypes.CDLL(None)
    libc.mallopt(-4, 0)
    libc.mallopt(-1, 2 ** 31 - 1)


def learn(net, source, steps, most, falling, log):
    """most: the highest rate. Leaves the mean of the weights over the last few hundred steps."""
    steer = torch.optim.AdamW(net.parameters(), lr=most, weight_decay=1e-2)
    slow = torch.optim.lr_scheduler.LambdaLR(steer, lambda i: rate(i + 1, steps, falling))
    mean = [p.detach().clone() for p in net.parameters()]
    sums = numpy.zeros(3)
    for step in range(1, steps + 1):
        parts = losses(net, *next(source))
        steer.zero_grad()
        (parts[0] + parts[1] + 2 * parts[2]).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2)
        steer.step()
        slow.step()
        keep = min(0.998, 1 - 1 / step)
        for m, p in zip(mean, net.parameters()):
            m.lerp_(p.detach(), 1 - keep)
        sums += [p.item() for p in parts]
        if step % 50 == 0:
            print(f"step {step} of {steps}: score {sums[0] / 50:.4f}, pairs {sums[1] / 50:.4f}, "
                  f"map {sums[2] / 50:.4f}", file=log, flush=True)
            sums[:] = 0
    with torch.no_grad():
        for m, p in zip(mean, net.parameters()):
            p.copy_(m)


def measure_norms(net, source):
    """Of 100 batches, in place of what is kept of the last ones."""
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.reset_running_stats()
            m.momentum = None
    with torch.no_grad():
        for _ in range(100):
            net(next(source)[0])


def train(files, steps, size, seed, log, start):
    """First each batch is normalised by itself, then, for 12 steps more in 100, all as they will be
    when the network is used. Without those, the score of a picture unlike those of training may be
    far from all others, as its own extremes no longer bound what it is divided by. What begins with
    a model file has the normalisation that it was used with from the first step on."""
    keep_memory()
    torch.manual_seed(seed)
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(True)
    net = Net().to(memory_format=torch.channels_last) # a third less time
    source = batches(files, size, numpy.random.default_rng(seed))
    if start:
        take_over(net, start)
        net.eval()
        learn(net, source, steps, 6e-4, 0.9, log)
        return net
    learn(net, source, steps, 2e-3, 0.4, log)
    source = batches(files, size, numpy.random.default_rng(seed + 1))
    measure_norms(net, source)
    net.eval()
    learn(net, source, max(1, round(0.12 * steps)), 5e-4, 0.8, log)
    return net


# ---- what it is worth ----

def auc(blended, score):
    """Ties count half."""
    _, at, n = numpy.unique(score, return_inverse=True, return_counts=True)
    rank = (numpy.cumsum(n) - (n - 1) / 2)[at]
    pos = int(blended.sum())
    neg = len(blended) - pos
    return (rank[blended].sum() - pos * (pos + 1) / 2) / (pos * neg) if pos and neg else None


def figures(blends, model, crops_file, count, frames):
    """Of scenes, the plain one of each pair before the blended one."""
    with open(crops_file, "rb") as file:
        text = subprocess.run([blends, "score", model, str(2 * count), str(frames)], stdin=file,
                              check=True, stdout=subprocess.PIPE, text=True).stdout
    said = numpy.array([line.split() for line in text.splitlines()], dtype=float)
    scenes = numpy.memmap(crops_file, RECORD, mode="r").reshape(2 * count, frames)
    blended, photo = scenes["blended"][:, 0] == 1, scenes["photo"][:, 0]
    where = scenes["map"][1::2, :, MARGIN:-MARGIN, MARGIN:-MARGIN].mean(1)
    where = where.reshape(count, MAP * MAP) >= 128
    score, most, shown = said[:, 0], said[:, 1:].max(1), said[1::2, 1:]
    hit = where[numpy.arange(count), shown.argmax(1)]
    rises = shown > said[0::2, 1:]
    names = numpy.unique(photo)
    rng = numpy.random.default_rng(1)
    drawn = []
    for _ in range(1000): # whole photographs
        at = numpy.concatenate([numpy.flatnonzero(photo == p)
                                for p in rng.choice(names, len(names))])
        drawn.append((auc(blended[at], score[at]), auc(blended[at], most[at]),
                      hit[at[at % 2 == 1] // 2].mean()))
    ends = numpy.percentile(drawn, (2.5, 97.5), axis=0).round(3).T.tolist()
    return {"pairs": count, "frames": frames, "photographs": len(names),
            "auc": round(float(auc(blended, score)), 3), "auc_95": ends[0],
            "auc_of_map": round(float(auc(blended, most)), 3), "auc_of_map_95": ends[1],
            "map_hits_blend": round(float(hit.mean()), 3), "map_hits_95": ends[2],
            "one_cell_hits": round(float(where.mean(0).max()), 3), # the same for all
            "by_chance": round(float(where.mean()), 3),
            # cells that are higher than those of the same picture without the blend
            "rises_on_blend": round(float(rises[where].mean()), 3),
            "rises_beside": round(float(rises[~where].mean()), 3)}


def held_out(blends, folder, model, photos):
    """By name of the history: pairs drawn as for training, and clips of other parameters; the same
    whatever the seed of training."""
    result = {"pairs": {}, "clips": {}}
    for i, h in enumerate(HISTORIES):
        for kind, count, frames in (("pairs", h[6], 1), ("clips", h[7], CLIP)):
            if count:
                path = crops(blends, folder, f"held-out-{kind}-{h[0]}", h, 10100 + i,
                             count, photos, kind == "clips")
                result[kind][h[0]] = figures(blends, model, path, count, frames)
    return result


def main():
    a = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--blends", required=True, help="the program jz-blends")
    a.add_argument("--out", required=True, type=pathlib.Path)
    a.add_argument("--photos", type=pathlib.Path, help="own pictures, in place of the packages")
    a.add_argument("--jz", help="the program jz: finds faces in own pictures to lay blends on")
    a.add_argument("--drawn", type=int, default=320, help="faces of faces.py to train on")
    a.add_argument("--pairs", type=int, default=72000, help="to train on")
    a.add_argument("--steps", type=int, default=40000)
    a.add_argument("--batch", type=int, default=32)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--start", type=pathlib.Path, help="a model file to begin with, not at nothing")
    a.add_argument("--name", default="face-blend")
    args = a.parse_args()
    if "@" in str(args.out):
        a.error("no @ in --out: it ends what is said of a face")
    if args.start:
        take_over(Net(), args.start) # told now if it cannot be, not after the material is made
    blends = pathlib.Path(args.blends).resolve()
    for part in ("packages", "ppm", "faces", "crops"):
        (args.out / part).mkdir(parents=True, exist_ok=True)
    listing = pathlib.Path(__file__).resolve().parent / "photographs.txt"
    pictures = own(args.photos, args.jz) if args.photos else fetch(listing, args.out / "packages")
    seen, unseen = to_ppm(pictures, args.out / "ppm")
    print(f"{len(seen)} photographs, {len(unseen)} held out, {args.drawn} faces drawn", flush=True)
    seen += faces.draw(args.out / "faces", args.drawn)
    parts = sum(h[5] for h in HISTORIES)
    files = []
    for i, h in enumerate(HISTORIES):
        path = crops(blends, args.out / "crops", h[0], h, 100 * args.seed + i,
                     args.pairs * h[5] // parts, weighted(seen))
        files.append(numpy.memmap(path, RECORD, mode="r"))
    with open(args.out / "train.log", "w") as log:
        net = train(files, args.steps, args.batch, args.seed, log, args.start)
    model = args.out / f"{args.name}.jznn"
    model.write_bytes(to_file(net, args.name))
    result = {"model": args.name, "sha256_in_file": model.read_bytes()[16:48].hex(),
              "steps": args.steps, "batch": args.batch, "pairs": args.pairs, "seed": args.seed,
              "held_out": held_out(blends, args.out / "crops", model, unseen)}
    text = json.dumps(result, indent=1)
    (args.out / "held-out.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
