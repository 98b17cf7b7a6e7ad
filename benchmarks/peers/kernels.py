#!/usr/bin/env python3
"""Kernels of Avion beside the same in PyTorch: one thread each, by processor time, in alternation.

Run by hand:  dotnet build -c Release tools/opcheck && /usr/bin/python3 benchmarks/peers/kernels.py artifacts/bin/opcheck/release/opcheck
Prints a line a kernel: milliseconds of both (median of all rounds) and their ratio. The peer is the PyTorch that is installed; its
version and its matrix libraries are printed, and OPENBLAS_CORETYPE should name the processor's kernels where OpenBLAS is older than
the processor (SkylakeX for AVX-512, Haswell for AVX2), or the comparison flatters Avion.
"""
import json, statistics, subprocess, sys, time

try:
    import torch
except ImportError:
    sys.exit("skipped: needs PyTorch (Debian: apt-get install python3-torch)")

ROUNDS = 3
if len(sys.argv) != 2:
    sys.exit(__doc__)

torch.set_num_threads(1)
functional = torch.nn.functional


def seconds(call, runs=7):
    call(), call()
    times = []
    for _ in range(runs):
        start = time.thread_time()
        call()
        times.append(time.thread_time() - start)
    return statistics.median(times)


def backward(output, inputs, gradient):
    return lambda: torch.autograd.grad(output, inputs, gradient, retain_graph=True)


def layer_norm(rows, columns):
    x, weight, bias = (torch.randn(*s, requires_grad=True) for s in ((rows, columns), (columns,), (columns,)))
    forward = lambda: functional.layer_norm(x, (columns,), weight, bias)
    return {"LayerNorm.Forward": forward, "LayerNorm.Backward": backward(forward(), (x, weight, bias), torch.randn(rows, columns))}


def gelu(count, approximate):
    x = torch.randn(count, requires_grad=True)
    forward = lambda: functional.gelu(x, approximate=approximate)
    return {"Gelu.Forward": forward, "Gelu.Backward": backward(forward(), (x,), torch.randn(count))}


def adamw(count):
    parameters = [torch.nn.Parameter(torch.randn(count // 50)) for _ in range(50)]
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter)
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01)
    return {"AdamW.Step": optimizer.step}


def global_norm(count):
    gradient = torch.randn(count)
    return {"GlobalNorm.SumOfSquares": lambda: torch.dot(gradient, gradient)}


WORK = [
    ("LayerNorm", "N=1570 D=768", layer_norm(1570, 768)),
    ("LayerNorm", "N=4640 D=192", layer_norm(4640, 192)),
    ("Gelu/Erf", "n=4823040", gelu(4823040, "none")),
    ("Gelu/Tanh", "n=4823040", gelu(4823040, "tanh")),
    ("AdamW", "n=19000000", adamw(19_000_000)),
    ("GlobalNorm", "n=19000000", global_norm(19_000_000)),
]

ours, theirs = {}, {}
for _ in range(ROUNDS):
    for operation in dict.fromkeys(name for name, _, _ in WORK):
        output = subprocess.run([sys.argv[1], "perf", "--processor-time", "--format", "json", "--op", operation],
                                check=True, capture_output=True, text=True).stdout
        for row in json.loads(output):
            if row["operation"] == operation:
                ours.setdefault((operation, row["size"], row["kernel"]), []).append(row["ms (median)"])
        for name, size, kernels in WORK:
            for kernel, call in kernels.items():
                if name == operation:
                    theirs.setdefault((name, size, kernel), []).append(seconds(call) * 1e3)

print(f"PyTorch {torch.__version__}")
print(f"{'operation':<12} {'size':<14} {'kernel':<24} {'Avion ms':>9} {'PyTorch ms':>10} {'ratio':>6}")
for key, peer in theirs.items():
    own, peer = statistics.median(ours[key]), statistics.median(peer)
    print(f"{key[0]:<12} {key[1]:<14} {key[2]:<24} {own:9.2f} {peer:10.2f} {peer / own:6.2f}")
