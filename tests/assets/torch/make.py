"""Writes the PyTorch files beside this script: small checkpoints in each form that torch.save has had.

Run with any PyTorch from 1.6: python3 make.py. The files here were made by PyTorch 1.13 (Debian 12, python3-torch).
Element j of tensor i is (j + i) / 8 - 1 (integers: j + i; bytes: modulo 256), which every type holds exactly.
"""
import argparse
import collections
import os

import numpy
import torch

folder = os.path.dirname(os.path.abspath(__file__))


def values(index, shape, dtype):
    count = 1
    for extent in shape:
        count *= extent
    numbers = torch.arange(count, dtype=torch.float64) + index
    if dtype.is_floating_point:
        numbers = numbers / 8 - 1
    return numbers.reshape(shape).to(dtype)


def state():
    whole = values(6, (4, 6), torch.float32)
    return collections.OrderedDict([
        ("module.f32", values(0, (2, 3), torch.float32)),
        ("module.f64", values(1, (3,), torch.float64)),
        ("module.f16", values(2, (2, 2), torch.float16)),
        ("module.bf16", values(3, (5,), torch.bfloat16)),
        ("module.i64", values(4, (2,), torch.int64)),
        ("module.u8", values(5, (3,), torch.uint8)),
        ("module.scalar", torch.tensor(0.5)),
        ("module.empty", torch.zeros(0, 3)),
        ("module.transposed", whole.t()),
        ("module.part", whole[1:3, 2:5]),
        ("module.parameter", torch.nn.Parameter(values(7, (2,), torch.float32))),
        ("module.flag", torch.tensor([True, False, True])),
    ])


checkpoint = {
    "epoch": 3,
    "state_dict": state(),
    "optimizer": {"state": {0: {"step": 12, "exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 3e-5, "params": [0]}]},
    "best_acc1": numpy.float64(0.25),
    "args": argparse.Namespace(model="CLIP_VITB16", clip_length=4, lr=3e-5, use_flash_attn=True, resume=None),
}
torch.save(checkpoint, os.path.join(folder, "zip.pt"))
torch.save(checkpoint, os.path.join(folder, "legacy.pt"), _use_new_zipfile_serialization=False)
torch.save(state(), os.path.join(folder, "bare.bin"), pickle_protocol=4)


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(values(0, (2, 3), torch.float32))

    def forward(self, x):
        return x @ self.weight


class Outer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.visual = Inner()
        self.logit_scale = torch.nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return self.visual(x) * self.logit_scale


torch.jit.save(torch.jit.script(Outer()), os.path.join(folder, "script.pt"))
