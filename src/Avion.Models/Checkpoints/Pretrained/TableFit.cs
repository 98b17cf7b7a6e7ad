namespace Avion.Models;

/// <summary>How the numbers of a tensor become those of a parameter: as they are, or a table of positions with other rows.</summary>
internal sealed record TableFit
{
    private Func<float[], float[]>? _apply;

    private TableFit()
    {
    }

    /// <summary>Whether numbers are interpolated, cut or added.</summary>
    public bool IsResize => _apply is not null;

    /// <summary>Such as <c>4 to 16 rows</c>.</summary>
    public string Text { get; private init; } = "";

    /// <summary>The fit; null where there is none.</summary>
    public static TableFit? Of(Parameter parameter, TensorEntry tensor)
    {
        ReadOnlySpan<long> extents = tensor.Extents;
        bool isSame = tensor.ElementCount == parameter.Shape.Count
            && (extents.Length == 0 ? 1 : extents[0]) == (parameter.Shape.Rank == 0 ? 1 : parameter.Shape[0]);
        if (isSame)
        {
            return new TableFit();
        }

        if (extents.Length != 2 || parameter.Shape.Rank != 2 || extents[1] != parameter.Shape[1] || !tensor.HasShape)
        {
            return null;
        }

        int rows = (int)extents[0], width = (int)extents[1], newRows = parameter.Shape[0];
        Func<float[], float[]>? apply = parameter.Name switch
        {
            "visual.temporal_embedding" => values => EmbeddingResize.Time(values, rows, width, newRows),
            "visual.positional_embedding" when IsSquare(rows - 1) && IsSquare(newRows - 1) =>
                values => EmbeddingResize.Space(values, Root(rows - 1), width, Root(newRows - 1)),
            "textual.positional_embedding" => values => CutOrContinue(values, newRows * width),
            _ => null,
        };
        return apply is null ? null : new TableFit { _apply = apply, Text = $"{rows} to {newRows} rows" };
    }

    /// <summary>The parameter's numbers.</summary>
    public float[] Apply(float[] values) => _apply?.Invoke(values) ?? values;

    private static float[] CutOrContinue(float[] values, int count)
    {
        float[] result = new float[count];
        values.AsSpan(0, Math.Min(count, values.Length)).CopyTo(result);
        return result;
    }

    private static int Root(int area) => (int)Math.Round(Math.Sqrt(area));

    private static bool IsSquare(int area) => Root(area) * Root(area) == area;
}
