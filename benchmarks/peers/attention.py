#!/usr/bin/python3
"""Time of PyTorch's attention, forward and backward, at the sizes of `opcheck perf --op Attention --threads N`.

Usage: attention.py [THREADS [cpu]]     needs: python3-torch
With `cpu` the processor time of the whole process is printed instead of the wall time: on a machine that others use, compare one
thread of each side by it. Debian's PyTorch has no MKL; it is at its best with jemalloc and the OpenMP build of OpenBLAS:
  OMP_NUM_THREADS=N LD_PRELOAD=libjemalloc.so.2 LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/openblas-openmp attention.py N
The mathematics is that of torch.nn.MultiheadAttention between its projections: two batched products around a softmax.
"""
import statistics
import sys
import time

try:
    import torch
except ImportError:
    sys.exit("attention.py: skipped, needs PyTorch (Debian: python3-torch)")

SIZES = [(2, 785, 12, 64, False), (32, 145, 3, 64, False), (64, 16, 8, 64, True), (2, 160, 12, 64, False), (2, 1568, 6, 64, False)]
RUNS = 25


def attend(qkv, heads, size, mask):
    batch, tokens, _ = qkv.shape
    q, k, v = qkv.view(batch, tokens, 3, heads, size).permute(2, 0, 3, 1, 4).unbind(0)
    scores = (q * size ** -0.5) @ k.transpose(-2, -1)
    if mask is not None:
        scores = scores + mask
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, heads * size)


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    clock = time.process_time if sys.argv[2:] == ["cpu"] else time.perf_counter
    torch.set_num_threads(threads)
    print(f"PyTorch {torch.__version__}, {threads} threads, {'processor' if clock is time.process_time else 'wall'} time")
    for batch, tokens, heads, size, causal in SIZES:
        qkv = (torch.rand(batch, tokens, 3 * heads * size) * 2 - 1).requires_grad_(True)
        gradient = torch.rand(batch, tokens, heads * size) * 2 - 1
        mask = torch.full((tokens, tokens), float("-inf")).triu(1) if causal else None
        forward, backward = [], []
        for run in range(RUNS + 5):
            qkv.grad = None
            begin = clock()
            y = attend(qkv, heads, size, mask)
            middle = clock()
            y.backward(gradient)
            if run >= 5:
                forward.append(1e3 * (middle - begin))
                backward.append(1e3 * (clock() - middle))
        print(f"B={batch} longest={tokens} H={heads} K={size} causal={int(causal)}: "
              f"forward {statistics.median(forward):.2f} ms, backward {statistics.median(backward):.2f} ms (medians of {RUNS})")


main()
