namespace Avion.Models;

// Legend: B captions, N tokens of all captions, D width, V vocabulary, L context length.

/// <summary>A transformer over the tokens of a caption, read at its last token.</summary>
/// <remarks>Source: Radford et al. 2021 (arXiv:2103.00020), section 2.4.</remarks>
internal sealed class TextTower : IDisposable
{
    private readonly TextConfig _config;
    private readonly Parameter _tokens, _positions;
    private readonly LayerParameters _norm;
    private readonly ClipOffsets _rows = new(1);

    /// <summary>Declares the tower's parameters under <c>textual.</c>.</summary>
    public TextTower(ParameterDeclarations declare, TextConfig config)
    {
        _config = config;
        int width = config.Width;
        BlockOptions options = new(width, config.HeadCount, config.Gelu, config.LayerNormEpsilon, config.IsCausal, config.LayerScale);
        BlockInitialization initial = BlockInitialization.ByWidth(width, config.LayerCount);
        _positions = declare.Add("textual.positional_embedding", new Shape(config.ContextLength, width), InitialValue.Normal(0.01));
        _tokens = declare.Add("textual.token_embedding.weight", new Shape(config.VocabularySize, width), InitialValue.Normal(0.02));
        Blocks = new Transformer(declare, "textual.transformer.resblocks.", BlockNames.Clip, config.LayerCount, options, initial,
            PooledRow.Last);
        _norm = LayerParameters.Norm(declare, "textual.ln_final", width);
    }

    /// <summary>The blocks, for their settings.</summary>
    public Transformer Blocks { get; }

    /// <summary>Captions to one vector each: int32 [N] to [B, D], those that fill the batch up left out.</summary>
    public Tensor Forward(Tape tape, Tensor ids, SequenceOffsets offsets)
    {
        if (offsets.LongestLength > _config.ContextLength)
        {
            throw new ArgumentException($"Text tower: the longest caption has {offsets.LongestLength} tokens; "
                + $"the model reads {_config.ContextLength}.");
        }

        Tensor embedded = tape.Embed(_tokens, ids);
        Tensor x = tape.AddPositions(embedded, _positions, offsets);
        Tensor ends = Blocks.ForwardToRows(tape, x, offsets);
        if (offsets.PaddingCount > 0)
        {
            // No gradient flows back to the rows that are left out: they add zeros to those of the parameters.
            ends = tape.GatherRows(ends, _rows.For(tape.Device, offsets.Count - offsets.PaddingCount).FirstRows);
        }

        return tape.Normalize(ends, _norm.Weight, _norm.Bias, _config.LayerNormEpsilon);
    }

    public void Dispose()
    {
        Blocks.Dispose();
        _rows.Dispose();
    }
}
