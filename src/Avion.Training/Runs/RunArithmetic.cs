using System.Reflection;

namespace Avion.Training;

/// <summary>What made the numbers of a run besides recipe and data. No count of threads is here: numbers do not depend on it.</summary>
/// <param name="MatrixLibrary">Name and version of the library that multiplied matrices.</param>
/// <param name="Instructions">Processor, vector width and instruction set of all other kernels.</param>
/// <param name="Avion">Version of the program.</param>
/// <param name="Decoder">Version of the library that decoded video.</param>
/// <param name="Precision">Type of activations and working weights, a word of <c>train.precision</c>.</param>
public sealed record RunArithmetic(string MatrixLibrary, string Instructions, string Avion, string Decoder, string Precision = "float32")
{
    /// <summary>What makes the numbers now.</summary>
    public static RunArithmetic Of(DeviceArithmetic device) => new(
        device.MatrixLibrary, device.Instructions,
        typeof(RunArithmetic).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
        FFmpegLibraries.TryLoad(out _) ? FFmpegLibraries.Versions : "none", Training.Precision.NameOf(device.Precision));

    /// <summary>What changes the last digits of losses, one clause each; empty where losses stay the same to the bit.</summary>
    public IReadOnlyList<string> DifferencesTo(RunArithmetic now) =>
    [
        .. Difference("matrix library", MatrixLibrary, now.MatrixLibrary), .. Difference("instructions", Instructions, now.Instructions),
        .. Difference("precision", Precision, now.Precision),
    ];

    /// <summary>What is meant to change no number, and would explain one that did, one clause each.</summary>
    public IReadOnlyList<string> VersionsOtherThan(RunArithmetic now) =>
        [.. Difference("version of Avion", Avion, now.Avion), .. Difference("decoder", Decoder, now.Decoder)];

    /// <summary>For a run's log.</summary>
    internal Label[] Labels =>
    [
        new("matrix_library", MatrixLibrary), new("instructions", Instructions), new("precision", Precision), new("avion", Avion),
        new("decoder", Decoder),
    ];

    private static string[] Difference(string what, string was, string now) => was == now ? [] : [$"{what}: was {was}, now {now}"];
}
