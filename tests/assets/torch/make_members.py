"""Writes the PyTorch files beside this script in which weights stand among what is no weight.

Run with any PyTorch from 1.6: python3 make_members.py. The files here were made by PyTorch 1.13 (Debian 12, python3-torch).
The weights of every file are weight[j] = j / 8 - 1 of shape [3, 4] and bias[j] = (j + 1) / 8 - 1 of shape [3], under the names that the
form gives them.
"""
import collections
import enum
import os
import sys
import zipfile

import numpy
import torch

folder = os.path.dirname(os.path.abspath(__file__))

# Classes of a training program that the reader of the file does not have.
program = type(sys)("program")
sys.modules["program"] = program


def of_program(kind):
    kind.__module__ = "program"
    setattr(program, kind.__name__, kind)
    return kind


@of_program
class Weights(collections.OrderedDict):
    pass


@of_program
class Scheduler:
    def __init__(self):
        self.milestones = collections.Counter({30: 1, 60: 1})
        self.last = torch.zeros(2)


@of_program
class Stage(enum.Enum):
    Warm = "warm"


@of_program
class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(4, 3)
        self.register_buffer("mask", torch.ones(3, dtype=torch.int8))


def weights(prefix="", kind=collections.OrderedDict):
    return kind([
        (prefix + "weight", torch.arange(12, dtype=torch.float32).reshape(3, 4) / 8 - 1),
        (prefix + "bias", (torch.arange(3, dtype=torch.float32) + 1) / 8 - 1),
    ])


def odd(state):
    state["int8"] = torch.arange(3, dtype=torch.int8)
    state["int16"] = torch.arange(3, dtype=torch.int16)
    state["complex"] = torch.zeros(2, dtype=torch.complex64)
    state["quantized"] = torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)
    state["sparse"] = torch.eye(2).to_sparse()
    state["expanded"] = torch.zeros(1).expand(1000, 1000)
    state["counter"] = collections.Counter("abc")
    state["extra"] = Scheduler()
    state["array"] = numpy.arange(3)
    return state


def beside(state):
    model = torch.nn.Linear(4, 3)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(4)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3, "best_acc1": torch.tensor(71.5), "arch": "linear", "numbers": [1, torch.ones(1)], "stage": Stage.Warm,
        "optimizer": optimizer.state_dict(), "optimizer_object": optimizer, "scheduler": Scheduler(), "rng": torch.get_rng_state(),
        "numpy_rng": numpy.random.get_state(), "generator": numpy.random.default_rng(1), "huge": 3 ** 300, "cost": 1 + 2j,
        "model_ema": weights("ema."), "state_dict": state,
    }


def save(name, value, **options):
    torch.save(value, os.path.join(folder, name), **options)


save("members.pt", beside(odd(weights(kind=Weights))))
save("members-legacy.pt", beside(odd(weights())), _use_new_zipfile_serialization=False)
save("lightning.ckpt", {
    "pytorch-lightning_version": "2.1.0", "global_step": 12, "state_dict": {**weights("model._orig_mod."), "loss.scale": torch.ones(1)},
    "callbacks": {"checkpoint": {"best_model_score": torch.tensor(0.5)}}, "loops": {"fit": collections.Counter()},
    "hyper_parameters": {"lr": 0.1},
})
module = Module()
module.inner.load_state_dict(weights())
save("module.pt", module)

with zipfile.ZipFile(os.path.join(folder, "members.pt")) as source, \
        zipfile.ZipFile(os.path.join(folder, "deflated.pt"), "w", zipfile.ZIP_DEFLATED) as packed:
    for name in source.namelist():
        packed.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED)
