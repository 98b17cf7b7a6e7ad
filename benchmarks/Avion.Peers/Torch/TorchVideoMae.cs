using TorchSharp;
using static TorchSharp.torch.nn;

namespace Avion.Peers;

/// <summary>The masked video autoencoder.</summary>
/// <remarks>Only the visible tubelets are embedded, as Avion does; the published code embeds all and drops the hidden ones.</remarks>
internal sealed class TorchVideoMae(VideoMaeWorkload workload) : ITorchModel
{
    private TorchParameters _parameters = null!;
    private TorchBlock[] _encoder = [], _decoder = [];
    private torch.Tensor _pixels = null!, _visible = null!, _predicted = null!, _positions = null!, _decoderPositions = null!;

    public IReadOnlySet<string> BatchNames { get; } = new HashSet<string> { "pixels", "visible", "predicted" };

    public void Load(TensorFileReader inputs, TorchParameters parameters)
    {
        _parameters = parameters;
        _pixels = TorchClips.Read(inputs, "pixels", torch.uint8);
        _visible = TorchClips.Read(inputs, "visible", torch.int32).to(torch.int64);
        _predicted = TorchClips.Read(inputs, "predicted", torch.int32).to(torch.int64);
        _positions = Positions(workload.Encoder.Width);
        _decoderPositions = Positions(workload.Decoder.Width);
        _encoder = Blocks("encoder.blocks.", workload.Encoder);
        _decoder = Blocks("decoder.blocks.", workload.Decoder);
    }

    public torch.Tensor Loss(Dictionary<string, torch.Tensor>? outputs)
    {
        torch.Tensor pixels = TorchClips.Normalize(_pixels, PixelNormalization.ImageNet);
        torch.Tensor patches = TorchClips.Patches(pixels, workload.PatchSize, workload.TubeletFrames).flatten(0, 1);
        torch.Tensor targets = Targets(patches.index_select(0, _predicted.flatten()));
        torch.Tensor visiblePlaces = _visible.flatten().remainder(workload.TokenCount);
        torch.Tensor x = Linear(Cast(patches.index_select(0, _visible.flatten())), "encoder.patch_embed.proj");
        x = Cast(x + _positions.index_select(0, visiblePlaces)).view(workload.BatchSize, -1, workload.Encoder.Width);
        foreach (TorchBlock block in _encoder)
        {
            x = block.Forward(x);
        }

        x = Store(functional.linear(Norm(x, "encoder.norm"), _parameters.OfProduct("encoder_to_decoder.weight")));
        x = Decode(x, visiblePlaces);
        torch.Tensor predictions = Linear(Norm(x, "decoder.norm"), "decoder.head").to(torch.float32);
        predictions = predictions.flatten(0, 1);
        outputs?.Add("predictions", predictions);
        outputs?.Add("targets", targets);
        return functional.mse_loss(predictions, targets);
    }

    /// <summary>Visible tokens and mask tokens, of which the latter are read.</summary>
    private torch.Tensor Decode(torch.Tensor visible, torch.Tensor visiblePlaces)
    {
        long width = workload.Decoder.Width, hidden = _predicted.shape[1];
        torch.Tensor hiddenPlaces = _predicted.flatten().remainder(workload.TokenCount);
        torch.Tensor x = torch.cat(
        [
            Cast(visible + _decoderPositions.index_select(0, visiblePlaces).view(workload.BatchSize, -1, width)),
            Cast(_parameters["mask_token"] + _decoderPositions.index_select(0, hiddenPlaces).view(workload.BatchSize, -1, width)),
        ], 1);
        foreach (TorchBlock block in _decoder)
        {
            x = block.Forward(x);
        }

        return x.narrow(1, x.shape[1] - hidden, hidden);
    }

    /// <summary>Pixels of tubelets, normalized by mean and deviation of each tubelet and channel; columns (time, row, column, channel).</summary>
    private torch.Tensor Targets(torch.Tensor patches)
    {
        using IDisposable _ = torch.no_grad();
        torch.Tensor x = patches.view(patches.shape[0], 3, -1);
        torch.Tensor epsilon = 1e-6f / torch.tensor([.. PixelNormalization.ImageNet.Deviation]).view(1, 3, 1);
        torch.Tensor deviation = x.var([-1], unbiased: true, keepdim: true).sqrt();
        return ((x - x.mean([-1], keepdim: true)) / (deviation + epsilon)).transpose(1, 2).reshape(patches.shape[0], -1);
    }

    /// <summary>Sines and cosines by place, as Vaswani et al. 2017 have them.</summary>
    private torch.Tensor Positions(int width)
    {
        float[] table = new float[workload.TokenCount * width];
        for (int place = 0; place < workload.TokenCount; place++)
        {
            for (int column = 0; column < width; column++)
            {
                double angle = place / Math.Pow(10_000, 2 * (column / 2) / (double)width);
                table[(place * width) + column] = (float)(column % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            }
        }

        return torch.tensor(table).view(workload.TokenCount, width);
    }

    private TorchBlock[] Blocks(string prefix, TransformerSize size) => [.. Enumerable.Range(0, size.LayerCount).Select(
        layer => new TorchBlock(_parameters, TorchBlockNames.Masked($"{prefix}{layer}."), size.HeadCount, VideoMaeWorkload.Epsilon))];

    private torch.Tensor Linear(torch.Tensor x, string layer) =>
        Store(functional.linear(x, _parameters.OfProduct(layer + ".weight"), _parameters.OfProduct(layer + ".bias")));

    private torch.Tensor Norm(torch.Tensor x, string layer) =>
        TorchLayerNorm.Of(_parameters, x, TorchLayerNames.Of(layer), VideoMaeWorkload.Epsilon);

    /// <summary>As blocks read it.</summary>
    private torch.Tensor Cast(torch.Tensor x) => _parameters.Types.Cast(x);

    /// <summary>What an operation gave.</summary>
    private torch.Tensor Store(torch.Tensor x) => _parameters.Types.Store(x);
}
