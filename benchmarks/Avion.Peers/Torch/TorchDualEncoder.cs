using TorchSharp;
using static TorchSharp.torch.nn;

namespace Avion.Peers;

/// <summary>The dual encoder of video and text.</summary>
internal sealed class TorchDualEncoder(DualEncoderWorkload workload) : ITorchModel
{
    private TorchParameters _parameters = null!;
    private TorchBlock[] _vision = [], _text = [];
    private torch.Tensor _pixels = null!, _ids = null!, _labels = null!;

    public IReadOnlySet<string> BatchNames { get; } = new HashSet<string> { "pixels", "ids" };

    public void Load(TensorFileReader inputs, TorchParameters parameters)
    {
        _parameters = parameters;
        _pixels = TorchClips.Read(inputs, "pixels", torch.uint8);
        _ids = TorchClips.Read(inputs, "ids", torch.int32).to(torch.int64);
        _labels = torch.arange(workload.BatchSize, torch.int64);
        _vision = [.. Enumerable.Range(0, workload.Vision.LayerCount).Select(layer => new TorchBlock(parameters,
            TorchBlockNames.Vision($"visual.transformer.resblocks.{layer}."), workload.Vision.HeadCount, DualEncoderWorkload.VisionEpsilon))];
        _text = [.. Enumerable.Range(0, workload.Text.LayerCount).Select(layer => new TorchBlock(parameters,
            TorchBlockNames.Text($"textual.transformer.resblocks.{layer}."), workload.Text.HeadCount, DualEncoderWorkload.TextEpsilon,
            IsCausal: true))];
    }

    public torch.Tensor Loss(Dictionary<string, torch.Tensor>? outputs)
    {
        torch.Tensor video = EncodeVideo(), text = EncodeText();
        outputs?.Add("video", video);
        outputs?.Add("text", text);
        torch.Tensor logits = _parameters["logit_scale"].exp() * torch.mm(video, text.t());
        return (functional.cross_entropy(logits, _labels) + functional.cross_entropy(logits.t(), _labels)) / 2;
    }

    private torch.Tensor EncodeVideo()
    {
        torch.Tensor pixels = TorchClips.Normalize(_pixels, PixelNormalization.OpenAi);
        torch.Tensor patches = TorchClips.Patches(pixels, workload.PatchSize, frames: 1);
        torch.Tensor x = Store(functional.linear(Cast(patches), _parameters.OfProduct("visual.conv1.weight")));
        torch.Tensor positions = _parameters["visual.positional_embedding"], times = _parameters["visual.temporal_embedding"];
        long cells = positions.shape[0] - 1, width = positions.shape[1];
        torch.Tensor places = positions.narrow(0, 1, cells).unsqueeze(0) + times.unsqueeze(1);
        torch.Tensor first = (_parameters["visual.class_embedding"] + positions[0]).expand(workload.BatchSize, 1, width);
        x = torch.cat([Cast(first), Cast(x + places.view(1, -1, width))], 1);
        x = Norm(x, "visual.ln_pre", DualEncoderWorkload.VisionEpsilon);
        x = Norm(Blocks(_vision, x, row: 0), "visual.ln_post", DualEncoderWorkload.VisionEpsilon);
        return Unit(x, "visual.image_projection");
    }

    private torch.Tensor EncodeText()
    {
        torch.Tensor x = TorchEmbedding.Embed(_parameters["textual.token_embedding.weight"], _ids)
            + _parameters["textual.positional_embedding"].narrow(0, 0, _ids.shape[1]);
        x = Norm(Blocks(_text, Cast(x), row: _ids.shape[1] - 1), "textual.ln_final", DualEncoderWorkload.TextEpsilon);
        return Unit(x, "textual.text_projection");
    }

    /// <summary>All blocks, then one row of each sequence: [B, D].</summary>
    private torch.Tensor Blocks(TorchBlock[] blocks, torch.Tensor x, long row)
    {
        foreach (TorchBlock block in blocks[..^1])
        {
            x = block.Forward(x);
        }

        return workload.SkipsUnreadRows ? blocks[^1].ForwardRow(x, row).squeeze(1) : blocks[^1].Forward(x).select(1, row);
    }

    private torch.Tensor Norm(torch.Tensor x, string layer, double epsilon) =>
        TorchLayerNorm.Of(_parameters, x, TorchLayerNames.Of(layer), epsilon);

    private torch.Tensor Unit(torch.Tensor x, string projection) =>
        functional.normalize(Store(torch.mm(x, _parameters.OfProduct(projection))).to(torch.float32), dim: 1);

    /// <summary>As blocks read it.</summary>
    private torch.Tensor Cast(torch.Tensor x) => _parameters.Types.Cast(x);

    /// <summary>What an operation gave.</summary>
    private torch.Tensor Store(torch.Tensor x) => _parameters.Types.Store(x);
}
