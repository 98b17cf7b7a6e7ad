namespace Avion.Models;

/// <summary>The transformers of VideoMAE.</summary>
internal static class VideoMaeBlocks
{
    /// <summary>The first values of pre-training.</summary>
    public static InitialValue Xavier(int inputs, int outputs) => InitialValue.Xavier(inputs, outputs);

    /// <summary>The first values of a classifier.</summary>
    public static InitialValue Normal(int inputs, int outputs) => InitialValue.Normal(0.02);

    public static Transformer Declare(ParameterDeclarations declare, string prefix, TransformerSize size, TubeletConfig tubelets,
        StochasticDepth depth, Func<int, int, InitialValue> initial)
    {
        int width = size.Width;
        BlockOptions options = new(width, size.HeadCount, GeluKind.Erf, tubelets.LayerNormEpsilon, LayerScale: tubelets.LayerScale);
        BlockInitialization values = new(initial(width, 3 * width), initial(width, width), initial(width, options.MlpWidth),
            initial(options.MlpWidth, width), InitialValue.Zero, InitialValue.Zero);
        BlockNames names = tubelets.Naming == ParameterNaming.Flash ? BlockNames.MaeFlash : BlockNames.Mae;
        return new Transformer(declare, prefix, names, size.LayerCount, options, values, row: null, depth);
    }
}
