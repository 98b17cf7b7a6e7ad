namespace Avion.Training;

/// <summary>The type in which a training computes, as <c>train.precision</c> names it; master weights, gradients, optimizer states,
/// statistics and losses are float32 in any case.</summary>
internal static class Precision
{
    /// <summary>bfloat16 on GPUs, whose tensor cores ask for it; float32 on the processor, which need not round
    /// to be fast enough.</summary>
    public const string Auto = "auto";

    private const string BFloat16 = "bf16", Float32 = "float32", Tf32 = "tf32";

    /// <summary>The words.</summary>
    public static string[] Words { get; } = [Auto, BFloat16, Float32, Tf32];

    /// <summary>The word of a type.</summary>
    /// <param name="type">Of activations and working weights.</param>
    /// <param name="usesTf32">Whether products of float32 round their factors.</param>
    public static string NameOf(ElementType type, bool usesTf32 = false) =>
        type == ElementType.BFloat16 ? BFloat16 : usesTf32 ? Tf32 : Float32;

    /// <summary>Whether products of float32 round their factors to the 11 bits of TF32.</summary>
    public static bool UsesTf32(string word) => word == Tf32;

    /// <summary>The type of activations and working weights on a kind of device.</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="word">One of <see cref="Words"/>.</param>
    /// <returns>Null where the device has no kernels of that type.</returns>
    public static ElementType? On(DeviceKind kind, string word) => (kind, word) switch
    {
        (DeviceKind.Cuda, Auto) or (_, BFloat16) => ElementType.BFloat16,
        (DeviceKind.Cuda, Tf32) => ElementType.Float32,
        (_, Auto or Float32) => ElementType.Float32,
        _ => null,
    };
}
