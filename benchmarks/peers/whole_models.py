#!/usr/bin/python3
"""Whole-size models on real pixels: Avion beside PyTorch with the same weights, forward.

Usage: whole_models.py VIDEO [AVION]      needs: PyTorch (Debian: python3-torch), NumPy, the ffmpeg program
VIDEO is any natural video; AVION is the program, ./avion if left out. For ViT-B/16 and ViT-L/14 with 4 frames and for the VideoMAE
classifier ViT-B/16 the script draws weights, writes them as PyTorch does, converts them with `avion convert`, decodes frames with
ffmpeg, and compares what `avion embed --pixels` gives with plain PyTorch in float32 (tests/assets/fixtures/published_models.py).
Prints the largest difference of any number of a unit vector (of logits: over the largest logit); ends with 1 above 2e-4.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
except ImportError:
    sys.exit("whole_models.py: skipped, needs PyTorch and NumPy (Debian: python3-torch)")

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "assets", "fixtures"))
import published_models as models  # noqa: E402

TOLERANCE = 2e-4
LAVILA = ([108.3272985, 116.7460125, 104.09373615], [68.5005327, 66.6321579, 70.32316305])
IMAGENET = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
TEXTS = ["a bird turns its head", "in the kitchen", "C opens the drawer, takes a knife and cuts the onion in halves"]


def dual_encoder(patch, width, layers, heads, text_width, text_heads):
    return {"embed_dim": 256, "flash_names": True,
            "vision": {"image_size": 224, "patch_size": patch, "width": width, "layers": layers, "heads": heads, "frames": 4},
            "text": {"context": 77, "vocab": 49408, "width": text_width, "layers": 12, "heads": text_heads}}


def draw(shapes, seed):
    """Weights of the size that training gives: norms near 1, matrices by their width, so that every block matters."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name in sorted(shapes):
        values = torch.randn(shapes[name], generator=generator)
        layer = name.split(".")[-2] if "." in name else ""
        if layer.startswith(("ln_", "norm")) or layer == "fc_norm":
            weights[name] = 1 + 0.1 * values if name.endswith("weight") else 0.1 * values
        elif name == "logit_scale":
            weights[name] = torch.tensor(2.659)
        elif values.dim() < 2 or "embedding" in name:
            weights[name] = 0.1 * values
        else:
            weights[name] = values / values[0].numel() ** 0.5
    return weights


def frames_of(video, count, size, mean_seconds=0.5):
    """Clips of frames that follow each other, as ffmpeg decodes, crops and resizes them: [clips, frames, 3, size, size] of uint8."""
    crop = f"fps={1 / mean_seconds},crop=min(iw\\,ih):min(iw\\,ih),scale={size}:{size}:flags=bicubic"
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", video, "-vf", crop, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"],
                         check=True, stdout=subprocess.PIPE).stdout
    pictures = numpy.frombuffer(raw, numpy.uint8).reshape(-1, size, size, 3)
    if len(pictures) < 2:
        sys.exit(f"whole_models.py: {video} is too short: {len(pictures)} frames at {1 / mean_seconds} a second")
    first = pictures[numpy.arange(count) % len(pictures)]
    last = pictures[(len(pictures) - 1 - numpy.arange(count)) % len(pictures)]
    return numpy.ascontiguousarray(numpy.stack([first, last]).transpose(0, 1, 4, 2, 3))


def normalized(pixels, constants):
    mean, deviation = (torch.tensor(values).view(1, 1, 3, 1, 1) for values in constants)
    return ((torch.from_numpy(pixels).float() - mean) / deviation).transpose(1, 2)


def run_avion(avion, folder, weights, pixels, texts, convert):
    paths = {name: os.path.join(folder, name) for name in ("theirs.pt", "ours.safetensors", "clips.npy", "merges.txt")}
    torch.save({"state_dict": {"module." + name: value for name, value in weights.items()}, "epoch": 0,
                "args": argparse.Namespace(model="whole")}, paths["theirs.pt"])
    numpy.save(paths["clips.npy"], pixels)
    with open(paths["merges.txt"], "w") as file:
        file.write("version\ni n</w>\nt h\nth e</w>\n")
    subprocess.run([*avion, "convert", paths["theirs.pt"], paths["ours.safetensors"], "--to", "avion", "--force", *convert],
                   check=True, stdout=subprocess.DEVNULL)
    os.remove(paths["theirs.pt"])
    command = [*avion, "embed", paths["ours.safetensors"], "--pixels", paths["clips.npy"], "--json"]
    for text in texts:
        command += ["--text", text]
    if texts:
        command += ["--vocabulary", paths["merges.txt"]]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def report(name, differences):
    worst = max(differences.values())
    listed = ", ".join(f"{what} {value:.1e}" for what, value in differences.items())
    print(f"{name}: largest difference {worst:.1e} ({listed}): {'ok' if worst <= TOLERANCE else 'TOO LARGE'}", flush=True)
    return worst <= TOLERANCE


def check_dual_encoder(name, config, video, avion):
    weights = draw(models.clip_shapes(config), seed=1)
    pixels = frames_of(video, config["vision"]["frames"], config["vision"]["image_size"])
    with tempfile.TemporaryDirectory() as folder:
        ours = run_avion(avion, folder, weights, pixels, TEXTS, [])
    tokens = torch.zeros(len(TEXTS), config["text"]["context"], dtype=torch.long)
    for row, text in enumerate(ours["texts"]):
        tokens[row, :len(text["tokens"])] = torch.tensor(text["tokens"])
    with torch.no_grad():
        image, text = models.clip_video(weights, config, normalized(pixels, LAVILA)), models.clip_text(weights, config, tokens)
    image_difference = (torch.tensor([clip["embedding"] for clip in ours["clips"]]) - image).abs().max().item()
    text_difference = (torch.tensor([text["embedding"] for text in ours["texts"]]) - text).abs().max().item()
    apart = (image[0] - image[1]).abs().max().item()
    return report(name, {"video": image_difference, "text": text_difference}) and check_apart(name, apart)


def check_classifier(name, config, video, avion):
    weights = draw(models.mae_classifier_shapes(config), seed=2)
    pixels = frames_of(video, 16, config["image_size"])
    with tempfile.TemporaryDirectory() as folder:
        ours = run_avion(avion, folder, weights, pixels, [], ["--frames", "16", "--image-size", str(config["image_size"])])
    with torch.no_grad():
        logits = models.mae_classifier(weights, config, normalized(pixels, IMAGENET))
    difference = (torch.tensor([clip["head"] for clip in ours["clips"]]) - logits).abs().max() / logits.abs().max()
    apart = (logits[0] - logits[1]).abs().max().item()
    return report(name, {"logits": difference.item()}) and check_apart(name, apart)


def check_apart(name, apart):
    # Agreement on features that say nothing of the clip would prove nothing.
    if apart < 100 * TOLERANCE:
        print(f"{name}: the two clips' features differ by {apart:.1e} only; give a video that changes")
    return apart >= 100 * TOLERANCE


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    video, avion = sys.argv[1], sys.argv[2:] or [os.path.join(ROOT, "avion")]
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads; {os.path.basename(video)}")
    results = [
        check_dual_encoder("ViT-B/16, 4 frames", dual_encoder(16, 768, 12, 12, 512, 8), video, avion),
        check_dual_encoder("ViT-L/14, 4 frames", dual_encoder(14, 1024, 24, 16, 768, 12), video, avion),
        check_classifier("VideoMAE classifier ViT-B/16, 16 frames", {
            "flash_names": True, "image_size": 224, "patch_size": 16, "width": 768, "layers": 12, "heads": 12, "classes": 400}, video, avion),
    ]
    sys.exit(0 if all(results) else 1)


main()
