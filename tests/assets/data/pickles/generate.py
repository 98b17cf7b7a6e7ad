#!/usr/bin/env python3
"""Writes the pickles beside this script with Python's pickle and NumPy (made with Python 3.11, NumPy 1.24): python3 generate.py"""
import collections
import os
import pickle
import sys
from pathlib import Path

import numpy

folder = Path(__file__).parent
uid = "002ad105-bd9a-4858-953e-54e88dc7587e"
narrations = [
    (uid, 1.5, 3.25, "#C C picks up the knife"),
    (uid, 0, 2.0, ["#C C opens the fridge", "the fridge is opened – naïve", "日本語 \\u0041 'quoted' \"twice\"\nand a line"]),
    ("other", numpy.float64(7.125), numpy.float32(8.5), ["x"], [0.1, None, True, False]),
    ("other", 10, 9.999, "ends before it begins", {"a": [1, 2], 3: (4,)}),
    ("large", 3, 2, "", 2**40),
]
narrations += [(f"video {i % 7}", i * 0.5, i * 0.5 + 1, f"narration {i}") for i in range(2500)]
small = narrations[:5] + narrations[5:9]
matrix = numpy.round(numpy.sin(numpy.arange(35.0).reshape(5, 7)) ** 2, 6)
for protocol in range(6):
    (folder / f"narrations.{protocol}.pkl").write_bytes(pickle.dumps(small, protocol))
    (folder / f"matrix.{protocol}.pkl").write_bytes(pickle.dumps(matrix, protocol))
(folder / "long.4.pkl").write_bytes(pickle.dumps(narrations, 4))
# As LaViLa's files are: names of videos are one object for many clips, rephrased narrations a list, the narrator's with their likelihoods.
uids = [uid, "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"]
human = [(uids[i // 7 % 2], i * 0.75, i * 0.75 + 1.5, f"#C C does thing {i}") for i in range(1200)]
rephrased = [(u, s, e, [t, f"The camera wearer does {i}", "…"]) for i, (u, s, e, t) in enumerate(human[:300])]
narrated = [(u, s, e, [f"{t} {k}" for k in range(10)], [0.5 * k + i % 3 for k in range(10)]) for i, (u, s, e, t) in enumerate(human[:300])]
for protocol in range(2, 6):
    (folder / f"human.{protocol}.pkl").write_bytes(pickle.dumps(human, protocol))
(folder / "rephrased.4.pkl").write_bytes(pickle.dumps(rephrased, 4))
(folder / "narrated.4.pkl").write_bytes(pickle.dumps(narrated, 4))
(folder / "matrix-f4.pkl").write_bytes(pickle.dumps(matrix.astype(numpy.float32), 2))
(folder / "matrix-f2.pkl").write_bytes(pickle.dumps(matrix.astype(numpy.float16), 4))
(folder / "matrix-big-endian.pkl").write_bytes(pickle.dumps(matrix.astype(">f8"), 4))
(folder / "matrix-fortran.pkl").write_bytes(pickle.dumps(numpy.asfortranarray(matrix), 4))
(folder / "matrix-fortran.2.pkl").write_bytes(pickle.dumps(numpy.asfortranarray(matrix), 2))
(folder / "matrix-i8.pkl").write_bytes(pickle.dumps((matrix * 10).astype(numpy.int64), 4))
(folder / "matrix-objects.pkl").write_bytes(pickle.dumps(numpy.array([[1, "a"]], dtype=object), 4))


class Attack:
    def __reduce__(self):
        return os.system, ("touch /tmp/avion-pickle-attack",)


(folder / "hostile-call.pkl").write_bytes(pickle.dumps([Attack()], 2))
(folder / "hostile-stack-global.pkl").write_bytes(pickle.dumps([Attack()], 4))
(folder / "hostile-object.pkl").write_bytes(pickle.dumps([collections.Counter("abc")], 4))
(folder / "hostile-instance.pkl").write_bytes(b"(lp0\n(ios\nsystem\na.")
(folder / "hostile-length.pkl").write_bytes(b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.")
(folder / "hostile-shape.pkl").write_bytes(
    pickle.dumps(matrix, 4).replace(b"K\x05K\x07\x86", b"J\xff\xff\xff\x7fK\x07\x86"))
(folder / "hostile-memo.pkl").write_bytes(b"\x80\x02]q\x00j\x63\x00\x00\x00a.")
(folder / "not-a-list.pkl").write_bytes(pickle.dumps({"a": 1}, 4))
(folder / "wrong-item.pkl").write_bytes(pickle.dumps([narrations[0], ("v", "soon", 2.0, "x")], 4))
