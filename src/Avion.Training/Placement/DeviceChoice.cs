namespace Avion.Training;

/// <summary>The devices that a recipe or a command names, found on this machine: the one place that opens devices to train, evaluate,
/// embed, measure and plan.</summary>
public sealed class DeviceChoice
{
    private readonly CudaLibraries? _libraries;

    private DeviceChoice(DeviceList devices, ElementType activationType, string reason, CudaLibraries? libraries = null) =>
        (Devices, ActivationType, Reason, _libraries) = (devices, activationType, reason, libraries);

    /// <summary>The words for <c>train.precision</c>.</summary>
    public static IReadOnlyList<string> PrecisionWords => Precision.Words;

    /// <summary>The devices, named one by one.</summary>
    public DeviceList Devices { get; }

    /// <summary>Type of activations and working weights.</summary>
    public ElementType ActivationType { get; }

    /// <summary>Whether products of float32 round their factors to TF32, on GPUs.</summary>
    public bool UsesTf32 { get; private init; }

    /// <summary>Why these were chosen; empty where they were named.</summary>
    public string Reason { get; }

    /// <summary>For people, such as <c>cpu (auto: there is no CUDA driver on this machine …), float32</c>.</summary>
    public string Text => $"{Devices}{(Reason.Length > 0 ? $" (auto: {Reason})" : "")}, {Precision.NameOf(ActivationType, UsesTf32)}";

    /// <summary>The first of the devices alone.</summary>
    public DeviceChoice First => new(Devices.First, ActivationType, Reason, _libraries) { UsesTf32 = UsesTf32 };

    /// <summary>The recipe on these devices, named one by one: so it means the same where another would be chosen.</summary>
    public Recipe Place(Recipe recipe) => recipe with { Train = recipe.Train with { Devices = Devices.ToString() } };

    /// <summary>What trains a recipe.</summary>
    /// <exception cref="DeviceMissingException">A GPU is named, and this machine cannot compute on it.</exception>
    /// <exception cref="RecipeException">The devices do not compute in the precision that is named.</exception>
    public static DeviceChoice Of(Recipe recipe) =>
        Of(DeviceList.TryParse(recipe.Train.Devices, out DeviceList? devices) ? devices : DeviceList.Auto, recipe.Train.Precision,
            recipe.Name);

    /// <summary>What evaluates the weights of a recipe: in the precision that it trained in, where the device has it.</summary>
    /// <param name="devices">Which; of several the first.</param>
    /// <param name="recipe">How the weights were trained.</param>
    /// <exception cref="DeviceMissingException">As for <see cref="Of(Recipe)"/>.</exception>
    public static DeviceChoice ForEvaluation(DeviceList devices, Recipe recipe)
    {
        DeviceChoice choice = Of(devices);
        return Precision.On(choice.Devices.Kind, recipe.Train.Precision) is { } type
            ? new DeviceChoice(choice.Devices, type, choice.Reason, choice._libraries)
            {
                UsesTf32 = Precision.UsesTf32(recipe.Train.Precision),
            }
            : choice;
    }

    /// <summary>Finds devices.</summary>
    /// <param name="devices">Which.</param>
    /// <param name="precision">A word of <c>train.precision</c>.</param>
    /// <param name="recipe">Name of the recipe, for messages.</param>
    /// <exception cref="DeviceMissingException">As for <see cref="Of(Recipe)"/>.</exception>
    /// <exception cref="RecipeException">As for <see cref="Of(Recipe)"/>.</exception>
    public static DeviceChoice Of(DeviceList devices, string precision = Precision.Auto, string recipe = "")
    {
        DeviceList chosen = devices;
        string reason = "";
        CudaLibraries? libraries = null;
        if (devices.Kind != DeviceKind.Cpu)
        {
            int first = 0;
            string? obstacle = CudaLibraries.TryFind(out libraries, out string missing)
                ? ObstacleTo(devices, libraries, out first)
                : missing;
            (chosen, reason) = (devices.Kind, obstacle) switch
            {
                (DeviceKind.Cuda, null) => (devices, ""),
                (DeviceKind.Cuda, _) => throw new DeviceMissingException(obstacle),
                (_, null) => (DeviceList.Gpu(first), libraries!.DeviceCount == 1 ? "there is a GPU"
                    : $"the first of {libraries.DeviceCount} GPUs that can be used; --devices cuda:0,1 takes several"),
                _ => (new DeviceList(), FactOf(obstacle)),
            };
        }

        ElementType type = Precision.On(chosen.Kind, precision) ?? throw new RecipeException(recipe,
            [$"train.precision is {precision}, and the processor computes in float32 or bf16: leave it out, or train on a GPU "
                + $"(--device cuda){(reason.Length > 0 ? $"; here, {reason}" : "")}."]);
        return new DeviceChoice(chosen, type, reason, chosen.Kind == DeviceKind.Cuda ? libraries : null)
        {
            UsesTf32 = Precision.UsesTf32(precision),
        };
    }

    /// <summary>What a plan needs to know of a rank's device.</summary>
    /// <param name="threads">Compute threads of all ranks; 0: one per processor.</param>
    public DeviceDescription Describe(int threads) => Devices.Kind == DeviceKind.Cuda
        ? DeviceDescription.Cuda(ActivationType, Devices.Ordinals.Min(ordinal => _libraries?.MemoryBytes(ordinal) ?? 0))
        : DeviceDescription.Cpu(Devices.ThreadsOf(rank: 0, threads), ActivationType);

    /// <summary>Memory of the GPU that would train a recipe, the smallest of several; 0 where this machine has none that can be
    /// used.</summary>
    /// <param name="recipe">Names GPUs, or leaves the choice to the machine.</param>
    public static long GpuMemoryBytes(Recipe recipe)
    {
        try
        {
            DeviceList devices = recipe.Train.DeviceList;
            return Of(devices.Kind == DeviceKind.Cuda ? devices : DeviceList.Auto).Describe(threads: 1).MemoryBytes;
        }
        catch (DeviceMissingException)
        {
            return 0;
        }
    }

    /// <summary>Opens the device of a rank.</summary>
    /// <param name="rank">Which rank.</param>
    /// <param name="threads">Compute threads of all ranks; 0: one per processor.</param>
    /// <param name="matrix">The processor's matrix library; null chooses the best that the machine has.</param>
    public Device Open(int rank = 0, int threads = 0, MatrixLibrary? matrix = null) => _libraries is { } libraries
        ? libraries.Open(Devices.Ordinals[rank], ActivationType, UsesTf32)
        : new CpuDevice(Devices.ThreadsOf(rank, threads), matrix, ActivationType);

    /// <summary>What keeps this machine from computing on the GPUs that are named, or on any, as sentences; null for nothing.</summary>
    private static string? ObstacleTo(DeviceList devices, CudaLibraries libraries, out int first)
    {
        int count = libraries.DeviceCount, largest = devices.Ordinals.Max();
        first = 0;
        if (devices.Kind == DeviceKind.Auto)
        {
            first = Enumerable.Range(0, count).FirstOrDefault(ordinal => libraries.ObstacleTo(ordinal) is null);
            return libraries.ObstacleTo(first);
        }

        if (largest >= count)
        {
            return $"There is no GPU {largest} on this machine, which has {count}, numbered from 0. Name others: --devices cuda:0";
        }

        string? obstacle = devices.Ordinals.Select(libraries.ObstacleTo).FirstOrDefault(found => found is not null);
        if (obstacle is not null || devices.Count == 1)
        {
            return obstacle;
        }

        CudaLibraryState exchange = CudaLibraryState.Examine(libraries.Driver, CudaLibrary.Nccl);
        return exchange.IsUsable ? null : exchange.Detail;
    }

    /// <summary>The first sentence, as part of another.</summary>
    private static string FactOf(string sentences)
    {
        int end = sentences.IndexOf(". ", StringComparison.Ordinal);
        string fact = (end < 0 ? sentences : sentences[..end]).TrimEnd('.');
        return char.ToLowerInvariant(fact[0]) + fact[1..];
    }
}

/// <summary>A device was named that this machine does not have, or cannot compute on; the message says what is missing.</summary>
public sealed class DeviceMissingException(string message) : Exception(message);
