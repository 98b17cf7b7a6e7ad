"""A dual encoder that Avion trained, in plain PyTorch (1.13 or later), from the files of the folder that it lies in.

    model = DualEncoder("FOLDER")
    model.encode_video(pixels)   uint8 [clips, frames, 3, height, width], RGB -> unit vectors [clips, numbers]
    model.encode_text(tokens)    int64 [texts, length], each row start, text, end, then zeros -> unit vectors [texts, numbers]
"""

import json
import struct
from pathlib import Path

import torch
import torch.nn.functional as F

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def read_safetensors(path):
    """All tensors of a file, as float32."""
    data = bytearray(Path(path).read_bytes())
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = TYPES[entry["dtype"]]
        stored = torch.frombuffer(data, dtype=torch.uint8, offset=8 + length + begin, count=end - begin)
        tensors[name] = stored.clone().view(kind).reshape(entry["shape"]).float()
    return tensors


class Tower:
    """The blocks of one of the two transformers."""

    def __init__(self, weights, prefix, config, heads, quick_gelu):
        self.weights, self.prefix, self.layers, self.heads = weights, prefix, config["layers"], heads
        self.epsilon = config.get("norm_kwargs", {}).get("eps", 1e-5)
        self.approximate = config.get("act_kwargs", {}).get("approximate", "none")
        self.quick_gelu = quick_gelu

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.weights[name + ".weight"], self.weights[name + ".bias"], self.epsilon)

    def linear(self, x, name):
        return F.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def scaled(self, x, name):
        return x * self.weights[name] if name in self.weights else x

    def gelu(self, x):
        return x * torch.sigmoid(1.702 * x) if self.quick_gelu else F.gelu(x, approximate=self.approximate)

    def attention(self, x, block, mask):
        n, length, width = x.shape
        qkv = F.linear(x, self.weights[block + "attn.in_proj_weight"], self.weights[block + "attn.in_proj_bias"])
        q, k, v = qkv.reshape(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5
        if mask is not None:
            scores = scores + mask
        return self.linear((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, length, width), block + "attn.out_proj")

    def __call__(self, x, mask=None):
        for layer in range(self.layers):
            block = f"{self.prefix}{layer}."
            x = x + self.scaled(self.attention(self.norm(x, block + "ln_1"), block, mask), block + "ls_1.gamma")
            inner = self.gelu(self.linear(self.norm(x, block + "ln_2"), block + "mlp.c_fc"))
            x = x + self.scaled(self.linear(inner, block + "mlp.c_proj"), block + "ls_2.gamma")
        return x


class DualEncoder:
    """Clips and texts to unit vectors of one space."""

    def __init__(self, folder):
        folder = Path(folder)
        config = json.loads((folder / "open_clip_config.json").read_text())
        model, pixels = config["model_cfg"], config["preprocess_cfg"]
        vision, text = model["vision_cfg"], model["text_cfg"]
        self.weights = read_safetensors(folder / "open_clip_model.safetensors")
        self.patch = vision["patch_size"]
        self.mean, self.std = (torch.tensor(pixels[name]).reshape(3, 1, 1) for name in ("mean", "std"))
        self.vision = Tower(self.weights, "visual.transformer.resblocks.", vision, vision["width"] // vision["head_width"], model["quick_gelu"])
        self.text = Tower(self.weights, "transformer.resblocks.", text, text["heads"], model["quick_gelu"])
        time = folder / "temporal_embedding.safetensors"
        self.time = read_safetensors(time)["visual.temporal_embedding"] if time.exists() else torch.zeros(1, vision["width"])

    @torch.no_grad()
    def encode_video(self, pixels):
        weights, positions = self.weights, self.weights["visual.positional_embedding"]
        clips, frames = pixels.shape[:2]
        if frames != len(self.time):
            raise ValueError(f"the clips have {frames} frames, the model reads {len(self.time)}")
        pictures = ((pixels.float() / 255 - self.mean) / self.std).flatten(0, 1)
        patches = F.conv2d(pictures, weights["visual.conv1.weight"], stride=self.patch).flatten(2).transpose(1, 2)
        patches = patches.reshape(clips, frames, *patches.shape[1:]) + positions[1:] + self.time[:, None]
        first = (weights["visual.class_embedding"] + positions[0]).expand(clips, 1, -1)
        x = self.vision(self.vision.norm(torch.cat([first, patches.flatten(1, 2)], 1), "visual.ln_pre"))
        return F.normalize(self.vision.norm(x[:, 0], "visual.ln_post") @ weights["visual.proj"], dim=-1)

    @torch.no_grad()
    def encode_text(self, tokens):
        weights, length = self.weights, tokens.shape[1]
        x = weights["token_embedding.weight"][tokens] + weights["positional_embedding"][:length]
        x = self.text(x, torch.full((length, length), float("-inf")).triu(1))
        ends = x[torch.arange(len(tokens)), tokens.argmax(1)]  # the first end: no token is higher
        return F.normalize(self.text.norm(ends, "ln_final") @ weights["text_projection"], dim=-1)
