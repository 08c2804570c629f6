#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws faces that are nobody's, for train.py: height, light, skin, eyes, brows, mouth, hair, neck,
clothes and a background, all of smooth functions and noise; no photograph and no person is in them.

    train/faces.py FOLDER COUNT [SEED]

They are not likenesses and need not please: a network that has seen no face takes what every face
has (smooth skin within hair, sharp eyes within smooth skin, an edge along the jaw) for a blend.
"""
import pathlib
import sys

import numpy as np

SIDE = 640


def smooth(low, high, x):
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def bump(x, y, wide, high):
    return np.exp(-(x / wide) ** 2 - (y / high) ** 2)


def mix(a, b, part):
    return a + (b - a) * part[..., None]


class Noise:
    """Smooth values about 0, anywhere in the plane, one change each unit of length."""

    def __init__(self, rng, size=256):
        self.values = rng.standard_normal((size, size)).astype(np.float32)

    def __call__(self, x, y):
        n = self.values.shape[0]
        fx, fy = np.floor(x), np.floor(y)
        rx, ry = smooth(0, 1, x - fx), smooth(0, 1, y - fy)
        ix, iy = fx.astype(int) % n, fy.astype(int) % n
        jx, jy = (ix + 1) % n, (iy + 1) % n
        v = self.values
        top = v[iy, ix] + rx * (v[iy, jx] - v[iy, ix])
        low = v[jy, ix] + rx * (v[jy, jx] - v[jy, ix])
        return top + ry * (low - top)

    def octaves(self, x, y, n):
        return sum(self(x * 2 ** i + 17 * i, y * 2 ** i + 31 * i) / 2 ** i for i in range(n))


def blurred(px, radius):
    """Passes of a running mean."""
    for axis in (0, 1, 0, 1):
        pad = [(0, 0)] * px.ndim
        pad[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(px, pad, mode="edge"), axis=axis, dtype=np.float64)
        n = 2 * radius + 1
        first, last = [slice(None)] * px.ndim, [slice(None)] * px.ndim
        first[axis], last[axis] = slice(None, -n), slice(n, None)
        px = ((total[tuple(last)] - total[tuple(first)]) / n).astype(np.float32)
    return px


class Face:
    """One of them; u, v: across and down in halves of its width, from its middle."""

    def __init__(self, rng):
        self.rng, self.noise = rng, Noise(rng)
        self.half = rng.uniform(125, 190)
        self.middle = SIDE / 2 + rng.uniform(-30, 30), SIDE * 0.47 + rng.uniform(-30, 30)
        self.long = rng.uniform(1.2, 1.42)
        roll = rng.uniform(-0.2, 0.2)
        y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
        x, y = (x - self.middle[0]) / self.half, (y - self.middle[1]) / self.half
        self.x, self.y = x, y
        self.u = x * np.cos(roll) + y * np.sin(roll)
        self.v = y * np.cos(roll) - x * np.sin(roll)
        self.turn = rng.uniform(-0.25, 0.25) # where features lie in it, for a head that is turned
        self.narrow = rng.uniform(0.05, 0.25)
        across = self.u / (1 - self.narrow * smooth(-0.4, 1.3, self.v))
        self.r = np.sqrt(across ** 2 + (self.v / self.long) ** 2)
        self.eyes = [(e * rng.uniform(0.38, 0.43) + self.turn, -0.22) for e in (-1, 1)]
        self.mouth = (self.turn * 0.9, rng.uniform(0.55, 0.68))
        self.hair_colour = np.array([(30, 24, 20), (62, 42, 28), (112, 76, 44), (176, 140, 90),
                                     (140, 138, 136), (90, 44, 24)][rng.integers(6)], np.float32)
        self.hair_colour *= rng.uniform(0.7, 1.2)

    def strands(self, along, across, length, width):
        return self.noise.octaves(across / width, along / length, 3)

    # ---- parts ----

    def height(self):
        u, v, n = self.u, self.v, self.noise
        h = 0.9 * np.sqrt(np.maximum(1 - self.r ** 2, 0))
        nose = smooth(-0.45, 0.2, v) * (1 - smooth(0.22, 0.34, v))
        h += 0.3 * nose * bump(u - self.turn, 0, 0.15, 1)
        for side in (-1, 1):
            h += 0.07 * bump(u - self.turn - 0.13 * side, v - 0.24, 0.08, 0.08)
        for x, y in self.eyes:
            h -= 0.12 * bump(u - x, v - y, 0.26, 0.16)
            h += 0.05 * bump(u - x, v - y, 0.15, 0.1)
            h += 0.06 * bump(u - x, v - y - 0.5, 0.3, 0.3)
        x, y = self.mouth
        h += 0.06 * bump(u - x, v - y, 0.3, 0.14) - 0.05 * bump(u - x, v - y, 0.25, 0.02)
        h += 0.05 * bump(u - x, v - y - 0.4, 0.2, 0.15)
        for _ in range(self.rng.integers(0, 6)): # wrinkles
            a, b, c = self.rng.uniform(-0.6, 0.6), self.rng.uniform(-0.9, 0.9), self.rng.normal()
            line = v - b - 0.15 * c * (u - a) ** 2
            h -= self.rng.uniform(0.002, 0.012) * bump(u - a, line, 0.3, 0.02)
        pores = self.rng.uniform(0.0005, 0.004)
        return h + pores * n.octaves(u * 45, v * 45, 3) / 2

    def light(self):
        down, across = np.gradient(self.height() * self.half)
        length = np.sqrt(down ** 2 + across ** 2 + 1)
        turn, up = self.rng.uniform(-1, 1), self.rng.uniform(-0.2, 0.9)
        to = np.array([turn, -up, 1.2]) / np.sqrt(turn ** 2 + up ** 2 + 1.44)
        lit = np.maximum((-across * to[0] - down * to[1] + to[2]) / length, 0)
        ambient = self.rng.uniform(0.25, 0.7)
        gloss = self.rng.uniform(0, 0.35) * lit ** self.rng.uniform(15, 50)
        return ambient + (1.05 - ambient) * lit, gloss

    def skin(self):
        rng, u, v, n = self.rng, self.u, self.v, self.noise
        dark, fair = np.array([70, 44, 32.]), np.array([238, 200, 178.])
        tone = dark + (fair - dark) * rng.uniform(0, 1) + rng.normal(0, 6, 3)
        px = np.broadcast_to(tone, (SIDE, SIDE, 3)).astype(np.float32)
        red = 0.5 * n.octaves(u * 3, v * 3 + 50, 3) * rng.uniform(0.3, 1)
        red += rng.uniform(0, 0.8) * sum(bump(u - x, v - y - 0.5, 0.25, 0.22) for x, y in self.eyes)
        px = px * (1 + 0.06 * red[..., None] * np.array([0.6, -1, -1]))
        px = px * (1 + rng.uniform(0.01, 0.04) * n.octaves(u * 60 + 9, v * 60, 2)[..., None])
        for _ in range(rng.integers(0, 60) if rng.random() < 0.5 else 0): # freckles
            x, y, size = rng.uniform(-0.9, 0.9), rng.uniform(-0.9, 0.9), rng.uniform(0.006, 0.03)
            px = px * (1 - rng.uniform(0.1, 0.45) * bump(u - x, v - y, size, size)[..., None])
        return px

    def put_eyes(self, px):
        rng, iris = self.rng, self.rng.uniform(30, 130, 3)
        for x, y in self.eyes:
            du, dv = self.u - x, self.v - y
            arch = np.maximum(1 - (du / 0.2) ** 2, 0)
            open_ = rng.uniform(0.05, 0.1)
            within = (arch > 0) * smooth(-0.008, 0.008, dv + open_ * arch) * smooth(
                -0.008, 0.008, 0.055 * arch - dv)
            ball = np.full_like(px, 1) * (rng.uniform(185, 235) - 150 * bump(0, dv + 0.1, 1, 0.06)
                                          )[..., None] * np.array([1, 0.97, 0.95])
            d = np.hypot(du - 0.04 * self.turn, dv)
            ring = self.noise(np.arctan2(dv, du) * 25, d * 30)
            ball = mix(ball, iris * (0.8 + 0.15 * ring[..., None]), 1 - smooth(0.078, 0.09, d))
            ball = mix(ball, np.full(3, 12.), 1 - smooth(0.032, 0.042, d))
            ball = mix(ball, np.full(3, 245.), bump(du + 0.03, dv + 0.03, 0.014, 0.014))
            px = mix(px, ball, within)
            lid = np.exp(-((dv + open_ * arch) / rng.uniform(0.012, 0.025)) ** 2) * (arch > 0)
            lashes = 0.75 + 0.25 * self.noise(self.u * 90, self.v * 8)
            px = mix(px, self.hair_colour * 0.4, np.clip(lid * lashes, 0, 1) * 0.85)
            fold = np.exp(-((dv + (open_ + 0.05) * np.sqrt(arch)) / 0.014) ** 2) * (arch > 0)
            px = mix(px, px * 0.7, fold * 0.6)
            inward = np.sign(x - self.turn) * du
            line = dv + rng.uniform(0.17, 0.26) - rng.uniform(0, 0.15) * inward - (
                rng.uniform(0.2, 0.9) * (inward - 0.05) ** 2)
            brow = np.exp(-(line / rng.uniform(0.03, 0.055)) ** 2) * smooth(0.3, 0.22, abs(du))
            hairs = self.strands(inward + line, inward - 2 * line, 0.12, 0.012)
            px = mix(px, self.hair_colour * 0.8, np.clip(brow * (0.65 + 0.5 * hairs), 0, 0.95))
        return px

    def put_nose_and_mouth(self, px):
        rng = self.rng
        for side in (-1, 1):
            hole = bump(self.u - self.turn - 0.075 * side, self.v - 0.3, 0.045, 0.022)
            px = mix(px, px * 0.35, hole)
        x, y = self.mouth
        du, dv = self.u - x, self.v - y
        wide = rng.uniform(0.28, 0.38)
        arch = np.maximum(1 - (du / wide) ** 2, 0)
        upper = rng.uniform(0.05, 0.09) * arch * (1 - 0.3 * bump(du, 0, 0.05, 1))
        lower, gap = rng.uniform(0.07, 0.12) * arch, max(rng.uniform(-0.12, 0.08), 0) * arch
        lips = smooth(-0.012, 0.012, dv + upper + gap / 2) * smooth(-0.012, 0.012,
                                                                   lower + gap / 2 - dv)
        tint = np.array([1.05, rng.uniform(0.55, 0.85), rng.uniform(0.6, 0.9)])
        lines = 1 + 0.08 * self.noise.octaves(self.u * 50, self.v * 6, 2)[..., None]
        px = mix(px, px * tint * lines, lips * rng.uniform(0.5, 1))
        inside = smooth(0, 0.01, gap / 2 - abs(dv))
        teeth = np.where((dv < 0.01)[..., None], np.array([225, 220, 208.]), np.full(3, 40.))
        teeth = teeth * (1 - 0.5 * np.exp(-(np.mod(du, 0.07) / 0.006) ** 2)[..., None])
        px = mix(px, teeth, inside)
        return mix(px, px * 0.4, np.exp(-((abs(dv) - gap / 2) / 0.012) ** 2) * (arch > 0) * 0.8)

    def put_beard(self, px):
        if self.rng.random() < 0.7:
            return px
        x, y = self.mouth
        where = smooth(0.25, 0.6, self.v + 0.35 * abs(self.u)) * (1 - bump(
            self.u - x, self.v - y, 0.33, 0.12))
        hairs = self.strands(self.v, self.u, self.rng.uniform(0.02, 0.15), 0.012)
        return mix(px, self.hair_colour * 0.7,
                   np.clip(where * (self.rng.uniform(0.1, 0.6) + 0.5 * hairs), 0, 0.9))

    def put_glasses(self, px):
        if self.rng.random() < 0.8:
            return px
        line = np.ones_like(self.u)
        for x, y in self.eyes:
            d = np.hypot((self.u - x) / 1.25, self.v - y - 0.03)
            line *= 1 - np.exp(-((d - 0.24) / 0.018) ** 2)
        between = np.exp(-((self.v + 0.24) / 0.015) ** 2) * (abs(self.u - self.turn) < 0.14)
        return mix(px, self.rng.uniform(10, 90, 3), np.clip(1 - line * (1 - between), 0, 1))

    def hair(self):
        """How much of each pixel it covers in front of the face, behind it, and its colours."""
        rng, n = self.rng, self.noise
        bald = rng.random() < 0.12
        edge = 0.12 * n.octaves(self.u * 6, self.v * 6, 3) / 2
        line = -self.long * rng.uniform(0.55, 0.8) + rng.uniform(-0.1, 0.35) * self.u ** 2
        front = smooth(0.04, -0.04, self.v - line + edge)
        around = np.hypot(self.u / rng.uniform(1.1, 1.35), (self.v + 0.2) / (self.long * 1.08))
        behind = smooth(1.04, 0.96, around + edge * 0.5)
        if rng.random() < 0.45: # long
            behind = np.maximum(behind, smooth(1.5, 1.4, abs(self.u) + edge) * (self.v > 0))
        parted = rng.uniform(-0.5, 0.5)
        angle = np.arctan2(self.u - parted, self.v + self.long + 0.9)
        angle += rng.uniform(0, 0.06) * n.octaves(self.u * 2, self.v * 2, 2)
        shade = self.strands(np.hypot(self.u, self.v + 1.4), angle, 0.3, 0.012)
        gleam = n(angle * 6, self.v * 3)
        px = self.hair_colour * (0.95 + 0.3 * shade + 0.18 * gleam)[..., None]
        return front * (not bald), behind * (not bald), px

    def background(self):
        rng, n = self.rng, Noise(self.rng)
        scale = rng.uniform(0.5, 3)
        parts = n.octaves(self.x * scale, self.y * scale, rng.integers(1, 8))
        a, b, c = rng.uniform(10, 235, (3, 1)) + rng.normal(0, 18, (3, 3))
        px = mix(np.broadcast_to(a, (SIDE, SIDE, 3)), b, smooth(-1, 1, parts))
        px = mix(px, c, smooth(0.2, 0.3, n(self.x * rng.uniform(0.5, 4), self.y + 90)) * 0.8)
        return blurred(px, int(rng.integers(4, 25))) if rng.random() < 0.6 else px

    # ---- all ----

    def picture(self):
        rng, n = self.rng, self.noise
        lit, gloss = self.light()
        front, behind, hair = self.hair()
        skin = self.skin()
        px = mix(self.background(), hair * rng.uniform(0.5, 0.9), behind)
        neck = smooth(0.75, 0.65, abs(self.x - 0.1 * self.turn)) * (self.y > 0.4)
        shadow = 0.55 + 0.35 * smooth(self.long, self.long + 0.7, self.y)
        px = mix(px, skin * (shadow * (1 - 0.35 * self.x ** 2))[..., None], neck)
        weave = 0.12 * n.octaves(self.x * 8, self.y * 8, 5) + 0.06 * np.sin(
            self.x * rng.uniform(30, 120))
        cloth = (rng.uniform(15, 230) + rng.normal(0, 30, 3)) * (1 + weave[..., None])
        px = mix(px, cloth, smooth(0, 0.05, self.y - self.long - 0.55 - 0.1 * self.x ** 2 +
                                   0.2 * bump(self.x, 0, 0.5, 1)))
        face = self.put_nose_and_mouth(self.put_beard(skin)) * lit[..., None]
        face = self.put_glasses(self.put_eyes(face + 255 * gloss[..., None]))
        px = mix(px, face, smooth(1.012, 0.985, self.r))
        px = mix(px, hair, front * smooth(1.1, 1.02, self.r))
        px = px * rng.uniform(0.75, 1.15) * rng.uniform(0.9, 1.1, 3)
        if rng.random() < 0.5:
            px = blurred(px, 1)
        soft = blurred(px, 1)
        px = px + rng.uniform(0, 1) * (px - soft) # as cameras do
        grain = rng.standard_normal((SIDE, SIDE, 1)) + 0.7 * rng.standard_normal((SIDE, SIDE, 3))
        px = px + rng.uniform(0.5, 5) * grain
        return np.clip(px + 0.5, 0, 255).astype(np.uint8)

    def place(self):
        """Middle and width in parts of the picture's width."""
        return ",".join(f"{n / SIDE:.4f}" for n in (*self.middle, 2 * self.half))


def draw(folder, count, seed=1):
    """Each as PPM, where it is not there yet; as jz-blends takes them."""
    found = []
    for i in range(count):
        face = Face(np.random.default_rng([seed, i]))
        path = folder / f"face-{seed}-{i:04}.ppm"
        if not path.exists():
            path.write_bytes(b"P6 %d %d 255\n" % (SIDE, SIDE) + face.picture().tobytes())
        found.append(f"{face.place()}@{path}")
    return found


if __name__ == "__main__":
    where = pathlib.Path(sys.argv[1])
    where.mkdir(parents=True, exist_ok=True)
    print("\n".join(draw(where, *map(int, sys.argv[2:]))))
