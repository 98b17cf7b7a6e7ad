namespace Avion.Cli;

/// <summary>The `--devices cpu:2` option that commands with a recipe to train share.</summary>
internal static class DevicesOption
{
    public static Option<string?> Create() => new("--devices")
    {
        Description = "Devices that train together: cpu, or cpu:N for N ranks; train.devices unless given.",
    };

    /// <summary>The overrides of a recipe, with the option's if it was given.</summary>
    public static string[] AddTo(string[] overrides, string? devices) =>
        devices is null ? overrides : [.. overrides, $"train.devices={devices}"];
}
