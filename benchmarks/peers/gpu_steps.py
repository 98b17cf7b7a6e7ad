#!/usr/bin/env python3
"""A training step of ViT-B/16 on 4 frames, and attention, by PyTorch on a GPU: the peer of benchmarks/gpu.sh, which runs it.

Usage: gpu_steps.py [--batch 256] [--steps 20] [--tiny]     needs: PyTorch 2 with CUDA; prints one JSON object
The step is forward, backward and fused AdamW under bfloat16 autocast, with scaled_dot_product_attention and torch.compile: the same
mathematics as benchmarks/vit-b16.yaml (class token, positions of cells and frames, exact GELU, a linear head of 1,000 classes). Clips are
bytes that are normalized on the device. Attention is timed alone, forward and backward, at the sizes of `avion gpu-check`.
`--tiny` runs both at a size for processors, to see that the script works; its figures mean nothing.
"""
import argparse
import json
import math
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError:
    sys.exit("gpu_steps.py: skipped, needs PyTorch")

WARM = 5
ATTENTION = [(32, 785, 12, 64), (16, 1568, 12, 64)]


def attend(q, k, v):
    if hasattr(functional, "scaled_dot_product_attention"):
        return functional.scaled_dot_product_attention(q, k, v)
    return ((q @ k.transpose(-2, -1)) / math.sqrt(q.shape[-1])).softmax(-1) @ v


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.project(attend(q, k, v).transpose(1, 2).reshape(batch, tokens, width))
        return x + self.fc2(functional.gelu(self.fc1(self.norm2(x))))


class Classifier(nn.Module):
    def __init__(self, frames, image, patch, width, layers, heads, classes):
        super().__init__()
        self.patch, self.frames, self.cells = patch, frames, (image // patch) ** 2
        self.embed = nn.Linear(3 * patch * patch, width, bias=False)
        self.token = nn.Parameter(torch.randn(width) * 0.02)
        self.positions = nn.Parameter(torch.randn(1 + self.cells, width) * 0.02)
        self.times = nn.Parameter(torch.zeros(frames, width))
        self.before, self.after = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.head = nn.Linear(width, classes)

    def forward(self, pixels):
        batch, frames, _, height, width = pixels.shape
        rows, columns = height // self.patch, width // self.patch
        x = (pixels.to(torch.float32) / 255 - 0.45) / 0.27
        x = x.view(batch, frames, 3, rows, self.patch, columns, self.patch).permute(0, 1, 3, 5, 2, 4, 6).reshape(batch, frames, self.cells, -1)
        x = self.embed(x) + self.positions[1:] + self.times[:, None]
        first = (self.token + self.positions[0]).expand(batch, 1, -1)
        x = self.before(torch.cat([first, x.flatten(1, 2).to(first.dtype)], 1))
        for block in self.blocks:
            x = block(x)
        return self.head(self.after(x[:, 0]))


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


def seconds(call, runs, device):
    for _ in range(WARM):
        call()
    synchronize(device)
    start = time.perf_counter()
    for _ in range(runs):
        call()
    synchronize(device)
    return (time.perf_counter() - start) / runs


def step(batch, runs, device, tiny):
    torch.manual_seed(0)
    size = dict(frames=2, image=32, patch=16, width=32, layers=2, heads=2, classes=8) if tiny else dict(
        frames=4, image=224, patch=16, width=768, layers=12, heads=12, classes=1000)
    model = Classifier(**size).to(device)
    fused = {"fused": True} if device == "cuda" else {}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0.05, **fused)
    pixels = torch.randint(0, 256, (batch, size["frames"], 3, size["image"], size["image"]), dtype=torch.uint8, device=device)
    labels = torch.randint(0, size["classes"], (batch,), device=device)

    def loss():
        with torch.autocast(device, dtype=torch.bfloat16):
            logits = model(pixels)
        return functional.cross_entropy(logits.float(), labels)

    compiled = torch.compile(loss) if hasattr(torch, "compile") and not tiny else loss

    def run():
        compiled().backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    taken = seconds(run, runs, device)
    return {"clips_per_step": batch, "step_milliseconds": taken * 1e3, "clips_per_second": batch / taken,
            "peak_bytes": torch.cuda.max_memory_allocated() if device == "cuda" else 0}


def attention(batch, tokens, heads, size, runs, device):
    qkv = torch.randn(batch, tokens, 3, heads, size, device=device, dtype=torch.bfloat16, requires_grad=True)
    gradient = torch.randn(batch, heads, tokens, size, device=device, dtype=torch.bfloat16)

    def forward():
        return attend(*qkv.permute(2, 0, 3, 1, 4).unbind(0))

    def both():
        qkv.grad = None
        forward().backward(gradient)

    with torch.no_grad():
        alone = seconds(forward, runs, device)
    return {"clips": batch, "tokens": tokens, "forward_milliseconds": alone * 1e3, "both_milliseconds": seconds(both, runs, device) * 1e3}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    if not options.tiny and not torch.cuda.is_available():
        sys.exit("gpu_steps.py: skipped, PyTorch finds no GPU")
    device = "cpu" if options.tiny else "cuda"
    sizes = [(1, 9, 2, 8)] if options.tiny else ATTENTION
    print(json.dumps({
        "pytorch": torch.__version__, "device": "cpu" if options.tiny else torch.cuda.get_device_name(),
        "step": step(options.batch, options.steps, device, options.tiny),
        "attention": [attention(*size, options.steps, device) for size in sizes],
    }, indent=2))


if __name__ == "__main__":
    main()
