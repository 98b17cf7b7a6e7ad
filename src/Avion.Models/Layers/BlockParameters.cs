namespace Avion.Models;

/// <summary>The parameters of one transformer block, declared under the names of its family.</summary>
internal sealed class BlockParameters
{
    private readonly Parameter[] _all;

    public BlockParameters(ParameterDeclarations declare, string prefix, BlockNames names, BlockOptions options,
        BlockInitialization initial)
    {
        int width = options.Width, first = declare.Count;
        AttentionNorm = LayerParameters.Norm(declare, prefix + names.AttentionNorm, width);
        QkvWeight = declare.Add(prefix + names.QkvWeight, new Shape(3 * width, width), initial.Qkv);
        if (names.QkvBias is not null)
        {
            QkvBias = declare.Add(prefix + names.QkvBias, new Shape(3 * width), InitialValue.Zero);
            Query = Part(declare, QkvBias, 0, width);
            KeyValue = Part(declare, QkvBias, width, 2 * width);
        }
        else
        {
            QueryBias = declare.Add(prefix + "attn.q_bias", new Shape(width), InitialValue.Zero);
            ValueBias = declare.Add(prefix + "attn.v_bias", new Shape(width), InitialValue.Zero);
        }

        AttentionOutput = LayerParameters.Linear(declare, prefix + names.AttentionOutput, width, width, initial.AttentionOutput,
            InitialValue.Zero);
        AttentionScale = Scale(declare, prefix + names.AttentionScale, options);
        MlpNorm = LayerParameters.Norm(declare, prefix + names.MlpNorm, width);
        MlpIn = LayerParameters.Linear(declare, prefix + names.MlpIn, width, options.MlpWidth, initial.MlpIn, initial.MlpInBias);
        MlpOut = LayerParameters.Linear(declare, prefix + names.MlpOut, options.MlpWidth, width, initial.MlpOut, initial.MlpOutBias);
        MlpScale = Scale(declare, prefix + names.MlpScale, options);
        _all = declare.DeclaredSince(first);
    }

    /// <summary>Whether any of them is not frozen.</summary>
    public bool IsTrained => Array.Exists(_all, static parameter => !parameter.IsFrozen);

    public LayerParameters AttentionNorm { get; }

    /// <summary>[3D, D]: the rows of queries, then of keys, then of values.</summary>
    public Parameter QkvWeight { get; }

    /// <summary>[3D]; null where only queries and values have a bias.</summary>
    public Parameter? QkvBias { get; }

    public Parameter? QueryBias { get; }

    public Parameter? ValueBias { get; }

    public LayerParameters AttentionOutput { get; }

    /// <summary>[D], factors on the columns of the attention branch; null without layer scale.</summary>
    public Parameter? AttentionScale { get; }

    /// <summary>[D], factors on the columns of the MLP branch; null without layer scale.</summary>
    public Parameter? MlpScale { get; }

    public LayerParameters MlpNorm { get; }

    public LayerParameters MlpIn { get; }

    public LayerParameters MlpOut { get; }

    /// <summary>The rows of queries alone, for a block of which few rows are read; present with <see cref="QkvBias"/>.</summary>
    public LayerParameters Query { get; }

    /// <summary>The rows of keys and values alone.</summary>
    public LayerParameters KeyValue { get; }

    /// <summary>Queries, keys and values side by side: [N, D] to [N, 3D].</summary>
    public Tensor ProjectQkv(Tape tape, Tensor x)
    {
        Tensor qkv = tape.Linear(x, QkvWeight, QkvBias);
        if (QueryBias is not null && ValueBias is not null)
        {
            qkv = tape.AddColumnBias(qkv, QueryBias, 0);
            qkv = tape.AddColumnBias(qkv, ValueBias, 2 * x.Shape.Columns);
        }

        return qkv;
    }

    private static Parameter? Scale(ParameterDeclarations declare, string name, BlockOptions options) => options.LayerScale is { } first
        ? declare.Add(name, new Shape(options.Width), InitialValue.Constant(first))
        : null;

    private LayerParameters Part(ParameterDeclarations declare, Parameter bias, int firstRow, int rowCount)
    {
        int width = QkvWeight.Shape.Columns;
        return new LayerParameters(
            declare.View(QkvWeight, (long)firstRow * width, new Shape(rowCount, width)), declare.View(bias, firstRow, new Shape(rowCount)));
    }
}
