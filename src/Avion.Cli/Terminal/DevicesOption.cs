namespace Avion.Cli;

/// <summary>The `--device cuda` option, or `--devices cuda:0,1`, that commands which compute share.</summary>
internal static class DevicesOption
{
    /// <summary>Where a recipe trains, measures or plans.</summary>
    public static Option<string?> Create() => new("--device", "--devices")
    {
        Description = "What computes: auto, cpu, cuda, cuda:0,1 for several GPUs, or cpu:N for N ranks; train.devices unless given.",
    };

    /// <summary>Where weights are used.</summary>
    public static Option<string> CreateForWeights() => new("--device")
    {
        Description = "What computes: cpu, cuda, cuda:1, or auto, a GPU where there is one.",
        DefaultValueFactory = _ => DeviceList.Auto.ToString(),
    };

    /// <summary>The overrides of a recipe, with the option's if it was given.</summary>
    public static string[] AddTo(string[] overrides, string? devices) =>
        devices is null ? overrides : [.. overrides, $"train.devices={devices}"];

    /// <summary>Reads the option where it stands for one device.</summary>
    public static DeviceList Read(string text) => DeviceList.TryParse(text, out DeviceList? devices) && devices.Count == 1
        ? devices
        : throw new UsageException($"--device is '{text}', expected auto, cpu, cuda, or the number of a GPU such as cuda:1.");
}
