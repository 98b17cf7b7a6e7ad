namespace Avion.Compute;

/// <summary>The shape checks of losses over pairs.</summary>
internal static class PairShapes
{
    /// <summary>x [b, E] and y [n, E], and the partners of x within y.</summary>
    public static void Require(string operation, Tensor x, Tensor y, int firstLabel)
    {
        int ownRows = x.Shape.Rows, allRows = y.Shape.Rows;
        Check.HasColumns(operation, nameof(y), y, x.Shape.Columns, "as many as x");
        if (firstLabel < 0 || firstLabel > allRows - ownRows)
        {
            throw new ArgumentException($"{operation}: the partners of {ownRows} rows begin at row {firstLabel} of {allRows}; "
                + $"expected 0 to {allRows - ownRows}.");
        }
    }
}
