namespace Avion.Models;

/// <summary>Cuts clips into tubelets and projects them to tokens.</summary>
internal sealed class TubeletEmbedding
{
    private readonly TubeletConfig _config;
    private readonly Parameter _weight, _bias;

    /// <summary>Declares <c>patch_embed.proj.weight</c> and <c>.bias</c> under a prefix.</summary>
    public TubeletEmbedding(ParameterDeclarations declare, string prefix, TubeletConfig config, int width)
    {
        _config = config;
        int elements = config.TubeletElements;
        Shape stored = config.PatchProjection == PatchProjectionLayout.Linear
            ? new Shape(width, elements)
            : new Shape(width, 3, config.TubeletFrames, config.PatchSize, config.PatchSize);
        Parameter weight = declare.Add(prefix + "patch_embed.proj.weight", stored, InitialValue.Xavier(elements, width));
        _weight = declare.View(weight, 0, new Shape(width, elements));
        _bias = declare.Add(prefix + "patch_embed.proj.bias", new Shape(width), InitialValue.Zero);
    }

    /// <summary>Tubelets of clips of bytes: uint8 [B, T, 3, H, W] to [B·N, elements].</summary>
    public Tensor Cut(Tape tape, Tensor pixels, VideoNormalization normalization, ClipMixing mixing = default)
    {
        Check(pixels.Shape);
        return tape.PatchifyTubelets(pixels, normalization, _config.PatchSize, _config.TubeletFrames, mixing: mixing);
    }

    /// <summary>Tubelets of clips of numbers that are normalized already.</summary>
    public Tensor CutNormalized(Tape tape, Tensor pixels)
    {
        Check(pixels.Shape);
        return tape.PatchifyFloat(pixels, _config.PatchSize, _config.TubeletFrames);
    }

    /// <summary>Tubelets to tokens.</summary>
    public Tensor Project(Tape tape, Tensor tubelets) => tape.Linear(tubelets, _weight, _bias);

    private void Check(Shape pixels)
    {
        if (pixels.Rank != 5 || pixels[1] != _config.FrameCount || pixels[3] != _config.ImageSize || pixels[4] != _config.ImageSize)
        {
            throw new ArgumentException($"Tubelets: clips have shape {pixels}, expected [clips, {_config.FrameCount}, 3, "
                + $"{_config.ImageSize}, {_config.ImageSize}].");
        }
    }
}
