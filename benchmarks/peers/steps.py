#!/usr/bin/python3
"""Whole training steps of Avion beside PyTorch: forward, backward and AdamW in float32, in alternation.

Run by hand:  dotnet build -c Release src/Avion.Cli
              benchmarks/peers/steps.py [--threads 2] [--rounds 3] [--work NAME …] [--jemalloc FILE --openblas FOLDER] [--out FILE]
Needs Debian's python3-torch; without it this is a skip with a reason. Debian's PyTorch has no MKL: it is at its best ("tuned") with
jemalloc and the OpenMP build of OpenBLAS, which `--jemalloc libjemalloc.so.2 --openblas FOLDER-WITH-libblas.so.3` name; without
them it runs as Debian ships it ("default"). OPENBLAS_CORETYPE is set to the kernels that the processor can run, because OpenBLAS
0.3.21 takes newer processors for a machine of 2006.

Every work is the same mathematics, batch and optimizer on both sides; noise as clips, random captions. Rows named "needed" let
Avion leave out what reaches no result (rows of the last block that are not read; padding of captions), exactly.
"""
import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AVION = ["dotnet", os.path.join(ROOT, "artifacts/bin/Avion.Cli/release/avion.dll"), "bench", "step"]
VIT = ["recipes/lavila-vitb16.yaml", "--set", "train.batch_size=2", "--set", "train.checkpoint_activations=false"]
TINY = ["recipes/demo.yaml", "--set", "train.batch_size=32", "--set", "model.embedding_size=128", "--set", "model.vision.image_size=96",
        "--set", "model.vision.patch_size=16", "--set", "model.vision.width=192", "--set", "model.vision.layers=6",
        "--set", "model.vision.heads=3", "--set", "model.text.context_length=32", "--set", "model.text.width=128",
        "--set", "model.text.layers=4", "--set", "model.text.heads=4", "--set", "model.text.vocabulary_size=2048"]

# name: (PyTorch's work, Avion's arguments, steps a round)
WORK = {
    "dual encoder ViT-B/16, same arithmetic": ("vit", VIT + ["--caption-tokens", "77", "--all-rows"], 3),
    "dual encoder ViT-B/16, needed": ("vit", VIT + ["--caption-tokens", "16"], 3),
    "tiny dual encoder, same arithmetic": ("tiny", TINY + ["--caption-tokens", "32", "--all-rows"], 20),
    "tiny dual encoder, needed": ("tiny", TINY + ["--caption-tokens", "16"], 20),
    "VideoMAE ViT-B pre-training": ("videomae", ["VideoMAE-B/16", "--batch-size", "2"], 3),
}


def peer(work, threads, steps):
    """One process of PyTorch: median seconds of a step, and the most memory that was resident."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(threads)
    torch.manual_seed(0)

    class Block(nn.Module):
        def __init__(self, width, heads, epsilon):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(width, eps=epsilon), nn.LayerNorm(width, eps=epsilon)
            self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x, mask=None):
            batch, tokens, width = x.shape
            q, k, v = self.qkv(self.norm1(x)).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
            scores = (q * (width // self.heads) ** -0.5) @ k.transpose(-2, -1)
            if mask is not None:
                scores = scores + mask
            x = x + self.project((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, width))
            return x + self.fc2(functional.gelu(self.fc1(self.norm2(x))))

    def patches(pixels, size, tubelet):
        batch, frames, _, height, width = pixels.shape
        x = pixels.view(batch, frames // tubelet, tubelet, 3, height // size, size, width // size, size)
        return x.permute(0, 1, 4, 6, 3, 2, 5, 7).reshape(batch, -1, 3 * tubelet * size * size)

    class DualEncoder(nn.Module):
        def __init__(self, frames, image, patch, width, layers, heads, context, vocabulary, text_width, text_layers, text_heads, embedding):
            super().__init__()
            self.patch, self.frames, self.cells = patch, frames, (image // patch) ** 2
            self.patch_projection = nn.Linear(3 * patch * patch, width, bias=False)
            self.class_token = nn.Parameter(torch.randn(width) * 0.02)
            self.positions = nn.Parameter(torch.randn(1 + self.cells, width) * 0.02)
            self.times = nn.Parameter(torch.zeros(frames, width))
            self.norm_before, self.norm_after = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
            self.blocks = nn.ModuleList(Block(width, heads, 1e-6) for _ in range(layers))
            self.video_projection = nn.Parameter(torch.randn(width, embedding) * width ** -0.5)
            self.tokens = nn.Embedding(vocabulary, text_width)
            self.text_positions = nn.Parameter(torch.randn(context, text_width) * 0.01)
            self.text_blocks = nn.ModuleList(Block(text_width, text_heads, 1e-5) for _ in range(text_layers))
            self.text_norm = nn.LayerNorm(text_width)
            self.text_projection = nn.Parameter(torch.randn(text_width, embedding) * text_width ** -0.5)
            self.scale = nn.Parameter(torch.tensor(2.659))
            self.mask = torch.full((context, context), float("-inf")).triu(1)

        def loss(self, pixels, ids):
            x = (pixels.float() - 110) / 70
            x = self.patch_projection(patches(x, self.patch, 1))
            x = x + (self.positions[1:].repeat(self.frames, 1) + self.times.repeat_interleave(self.cells, 0))
            first = (self.class_token + self.positions[0]).expand(len(x), 1, -1)
            x = self.norm_before(torch.cat([first, x], 1))
            for block in self.blocks:
                x = block(x)
            video = functional.normalize(self.norm_after(x[:, 0]) @ self.video_projection, dim=-1)
            x = self.tokens(ids) + self.text_positions
            for block in self.text_blocks:
                x = block(x, self.mask)
            x = self.text_norm(x)[torch.arange(len(ids)), ids.argmax(-1)]
            text = functional.normalize(x @ self.text_projection, dim=-1)
            logits = self.scale.exp() * video @ text.t()
            labels = torch.arange(len(ids))
            return (functional.cross_entropy(logits, labels) + functional.cross_entropy(logits.t(), labels)) / 2

    class VideoMae(nn.Module):
        def __init__(self, tokens=1568, width=768, layers=12, heads=12, decoder=384, decoder_layers=4, decoder_heads=6):
            super().__init__()
            self.embedding = nn.Linear(1536, width)
            self.blocks = nn.ModuleList(Block(width, heads, 1e-6) for _ in range(layers))
            self.norm, self.to_decoder = nn.LayerNorm(width, eps=1e-6), nn.Linear(width, decoder, bias=False)
            self.mask_token = nn.Parameter(torch.randn(decoder) * 0.02)
            self.decoder = nn.ModuleList(Block(decoder, decoder_heads, 1e-6) for _ in range(decoder_layers))
            self.decoder_norm, self.head = nn.LayerNorm(decoder, eps=1e-6), nn.Linear(decoder, 1536)
            self.positions, self.decoder_positions = torch.randn(tokens, width), torch.randn(tokens, decoder)

        def loss(self, pixels, visible, hidden):
            x = patches((pixels.float() - 110) / 70, 16, 2)
            batch = torch.arange(len(x))[:, None]
            with torch.no_grad():
                target = x[batch, hidden].view(len(x), hidden.shape[1], 3, 512)
                target = (target - target.mean(-1, keepdim=True)) / (target.var(-1, unbiased=True, keepdim=True).sqrt() + 1e-6)
                target = target.transpose(2, 3).reshape(len(x), -1, 1536)
            # Only the visible tubelets are embedded, as Avion does; the published code embeds all and drops the hidden ones.
            y = self.embedding(x[batch, visible]) + self.positions[visible]
            for block in self.blocks:
                y = block(y)
            y = self.to_decoder(self.norm(y))
            y = torch.cat([y + self.decoder_positions[visible], self.mask_token + self.decoder_positions[hidden]], 1)
            for block in self.decoder:
                y = block(y)
            return functional.mse_loss(self.head(self.decoder_norm(y[:, -hidden.shape[1]:])), target)

    if work == "videomae":
        model = VideoMae()
        order = torch.stack([torch.randperm(196).repeat(8).view(8, 196) for _ in range(2)])
        tubes = order + 196 * torch.arange(8)[None, :, None]
        visible, hidden = tubes[:, :, :20].flatten(1).sort(1).values, tubes[:, :, 20:].flatten(1).sort(1).values
        inputs = (torch.randint(0, 256, (2, 16, 3, 224, 224), dtype=torch.uint8), visible, hidden)
    else:
        sizes = (4, 224, 16, 768, 12, 12, 77, 49408, 512, 12, 8, 256) if work == "vit" else (4, 96, 16, 192, 6, 3, 32, 2048, 128, 4, 4, 128)
        model = DualEncoder(*sizes)
        batch, context, vocabulary = 2 if work == "vit" else 32, sizes[6], sizes[7]
        ids = torch.randint(1, vocabulary - 1, (batch, context))
        ids[:, 15], ids[:, 16:] = vocabulary - 1, 0
        inputs = (torch.randint(0, 256, (batch, sizes[0], 3, sizes[1], sizes[1]), dtype=torch.uint8), ids)

    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0.01)
    times = []
    for step in range(steps + 2):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        model.loss(*inputs).backward()
        optimizer.step()
        if step >= 2:
            times.append(time.perf_counter() - start)
    print(json.dumps({
        "milliseconds": 1e3 * statistics.median(times), "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "parameters": sum(p.numel() for p in model.parameters()), "version": torch.__version__}))


def run(command, environment=None):
    """The command's JSON, and its peak resident memory in MiB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"steps.py: {' '.join(command)} failed.")
    return json.loads(output), usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", action="append", choices=list(WORK))
    parser.add_argument("--jemalloc")
    parser.add_argument("--openblas")
    parser.add_argument("--coretype")
    parser.add_argument("--out")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("steps.py: skipped, needs PyTorch (Debian: apt-get install python3-torch)")
        return
    if options.peer:
        peer(options.peer, options.threads, options.steps)
        return

    flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
    core = options.coretype or ("SkylakeX" if "avx512dq" in flags else "Haswell" if "avx2" in flags else None)
    environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads), OPENBLAS_NUM_THREADS=str(options.threads))
    if core:
        environment["OPENBLAS_CORETYPE"] = core
    if options.jemalloc:
        environment["LD_PRELOAD"] = options.jemalloc
    if options.openblas:
        environment["LD_LIBRARY_PATH"] = options.openblas
    state = "tuned" if options.jemalloc and options.openblas else "default"
    lines = [f"PyTorch {torch.__version__} of Debian, without MKL, {state}; {options.threads} threads; {platform.machine()}, OpenBLAS kernels {core}",
             "", "| work | PyTorch ms | Avion ms | ratio | PyTorch MiB | Avion MiB | ratio |", "|---|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    for name in options.work or WORK:
        work, arguments, steps = WORK[name]
        theirs, ours = [], []
        for _ in range(options.rounds):
            theirs.append(run([sys.executable, __file__, "--peer", work, "--threads", str(options.threads), "--steps", str(steps)], environment))
            ours.append(run(AVION + arguments + ["--threads", str(options.threads), "--steps", str(steps), "--no-peak", "--json"]))
        their_time = statistics.median(result["milliseconds"] for result, _ in theirs)
        our_time = statistics.median(result["step_milliseconds"] for result, _ in ours)
        their_memory, our_memory = (statistics.median(memory for _, memory in runs) for runs in (theirs, ours))
        lines.append(f"| {name} | {their_time:.0f} | {our_time:.0f} | {their_time / our_time:.2f} | {their_memory:.0f} | {our_memory:.0f} | "
                     f"{our_memory / their_memory:.2f} |")
        print(lines[-1], flush=True)
    if options.out:
        with open(options.out, "w") as file:
            file.write("\n".join(lines) + "\n")


main()
