namespace Avion.OpCases;

/// <summary>Rows put at numbers, some of which occur more than once. N rows of the result · R rows put · D columns.</summary>
public sealed class ScatterRowsCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Rows/Scatter";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes => GatherRowsCase.SmallSizes;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes => GatherRowsCase.DecoderSizes;

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int rowCount = size["N"];
        Parameter x = inputs.Parameter("x", new Shape(size["R"], size["D"]));
        Tensor rows = inputs.Int32("rows", new Shape(size["R"]), rowCount);
        return run => run.Output(run.Tape.ScatterRows(run.Read(x), rows, rowCount));
    }
}
