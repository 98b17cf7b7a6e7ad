using Avion.Compute;

namespace Avion.Models;

/// <summary>The parameters of one transformer block, declared under the names of its family.</summary>
internal sealed class BlockParameters
{
    public BlockParameters(ParameterDeclarations declare, string prefix, BlockNames names, BlockOptions options, BlockInitialization initial)
    {
        int width = options.Width;
        AttentionNorm = LayerParameters.Norm(declare, prefix + names.AttentionNorm, width);
        QkvWeight = declare.Add(prefix + names.QkvWeight, new Shape(3 * width, width), initial.Qkv);
        QkvBias = declare.Add(prefix + names.QkvBias, new Shape(3 * width), InitialValue.Zero);
        AttentionOutput = LayerParameters.Linear(declare, prefix + names.AttentionOutput, width, width, initial.AttentionOutput, InitialValue.Zero);
        MlpNorm = LayerParameters.Norm(declare, prefix + names.MlpNorm, width);
        MlpIn = LayerParameters.Linear(declare, prefix + names.MlpIn, width, options.MlpWidth, initial.MlpIn, initial.MlpInBias);
        MlpOut = LayerParameters.Linear(declare, prefix + names.MlpOut, options.MlpWidth, width, initial.MlpOut, initial.MlpOutBias);
        Query = Part(declare, 0, width);
        KeyValue = Part(declare, width, 2 * width);
    }

    public LayerParameters AttentionNorm { get; }

    /// <summary>[3D, D]: the rows of queries, then of keys, then of values.</summary>
    public Parameter QkvWeight { get; }

    public Parameter QkvBias { get; }

    public LayerParameters AttentionOutput { get; }

    public LayerParameters MlpNorm { get; }

    public LayerParameters MlpIn { get; }

    public LayerParameters MlpOut { get; }

    /// <summary>The rows of queries alone, for a block of which few rows are read.</summary>
    public LayerParameters Query { get; }

    /// <summary>The rows of keys and values alone.</summary>
    public LayerParameters KeyValue { get; }

    private LayerParameters Part(ParameterDeclarations declare, int firstRow, int rowCount)
    {
        int width = QkvWeight.Shape.Columns;
        return new LayerParameters(
            declare.View(QkvWeight, (long)firstRow * width, new Shape(rowCount, width)), declare.View(QkvBias, firstRow, new Shape(rowCount)));
    }
}
