namespace Avion.Cli;

/// <summary>The `--precision bf16` option of commands that train or measure.</summary>
internal static class PrecisionOption
{
    public static Option<string?> Create() => new("--precision")
    {
        Description = "Type of activations and working weights: auto, bf16, float32 or tf32; train.precision unless given.",
    };

    /// <summary>The same for commands without a recipe, which would refuse other words.</summary>
    public static Option<string?> CreateForWeights()
    {
        Option<string?> option = new("--precision")
        {
            Description = "Type of activations and working weights; auto if left out.",
        };
        option.AcceptOnlyFromAmong([.. DeviceChoice.PrecisionWords]);
        return option;
    }

    /// <summary>The overrides of a recipe, with the option's if it was given.</summary>
    public static string[] AddTo(string[] overrides, string? precision) =>
        precision is null ? overrides : [.. overrides, $"train.precision={precision}"];
}
