using System.Collections.Generic;
using Avion.Compute;

namespace Avion.OpCases.Cases;

/// <summary>Rows put at numbers, some of which occur more than once. N rows of the result · R rows put · D columns.</summary>
public sealed class ScatterRowsCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Rows/Scatter";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("N", 3), ("R", 0), ("D", 5)),
        OpSize.Of(("N", 1), ("R", 4), ("D", 1)),
        OpSize.Of(("N", 29), ("R", 13), ("D", 15)),
        OpSize.Of(("N", 83), ("R", 131), ("D", 129)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("N", 3136), ("R", 320), ("D", 768))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int rowCount = size["N"];
        Parameter x = inputs.Parameter("x", new Shape(size["R"], size["D"]));
        Tensor rows = inputs.Int32("rows", new Shape(size["R"]), rowCount);
        return run => run.Output(run.Tape.ScatterRows(run.Read(x), rows, rowCount));
    }
}
