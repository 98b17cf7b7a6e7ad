using System.Diagnostics.CodeAnalysis;

namespace Avion.Training;

/// <summary>The devices of this machine that train together, one rank each, as <c>train.devices</c> names them.</summary>
public sealed class DeviceList
{
    /// <summary>What a device list may be, for messages.</summary>
    public const string Expected = "auto, cpu, cpu:N for N ranks that share the processor, N from 1 to 64, cuda for the first GPU, "
        + "or numbers of GPUs such as cuda:0,1";

    private const string AutoWord = "auto", Cpu = "cpu", Cuda = "cuda";
    private const int LargestCount = 64;

    /// <summary>Ranks that share the processor.</summary>
    /// <param name="count">How many.</param>
    public DeviceList(int count = 1) => Count = count;

    private DeviceList(DeviceKind kind, int[] ordinals) => (Kind, Count, Ordinals) = (kind, ordinals.Length, ordinals);

    /// <summary>A GPU where there is one, else the processor.</summary>
    public static DeviceList Auto { get; } = new(DeviceKind.Auto, [0]);

    /// <summary>What they are.</summary>
    public DeviceKind Kind { get; }

    /// <summary>How many ranks there are.</summary>
    public int Count { get; }

    /// <summary>Numbers of the GPUs, by rank; empty for the processor.</summary>
    public IReadOnlyList<int> Ordinals { get; } = [];

    /// <summary>Reads <c>cpu</c>, <c>cpu:2</c>, <c>cuda</c>, <c>cuda:0,1</c> or <c>auto</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DeviceList? devices)
    {
        devices = text.Split(':') switch
        {
            [AutoWord] => Auto,
            [Cpu] => new DeviceList(),
            [Cpu, string number] when TryNumber(number, out int count) && count is >= 1 and <= LargestCount => new DeviceList(count),
            [Cuda] => Gpu(0),
            [Cuda, string numbers] when TryOrdinals(numbers, out int[] ordinals) => new DeviceList(DeviceKind.Cuda, ordinals),
            _ => null,
        };
        return devices is not null;
    }

    /// <summary>The first of them alone.</summary>
    public DeviceList First => Kind == DeviceKind.Cuda ? Gpu(Ordinals[0]) : new DeviceList();

    /// <summary>One GPU.</summary>
    /// <param name="ordinal">Its number.</param>
    public static DeviceList Gpu(int ordinal) => new(DeviceKind.Cuda, [ordinal]);

    /// <summary>Clips of one rank's batch.</summary>
    /// <exception cref="RecipeException">The ranks cannot share the batch; the sentence says which batch they can.</exception>
    public int ShareOf(Recipe recipe)
    {
        int batch = recipe.Train.BatchSize, share = batch / Count;
        return share * Count == batch
            ? share
            : throw new RecipeException(recipe.Name,
                [$"train.batch_size is {batch}, all ranks together, which the {Count} ranks of train.devices={this} cannot share; "
                    + $"set train.batch_size={(share + 1) * Count}{(share > 0 ? $" or {share * Count}" : "")}."]);
    }

    /// <summary>Compute threads of one rank, where the ranks share them; earlier ranks have at most one more.</summary>
    /// <param name="rank">Which rank.</param>
    /// <param name="threads">All threads; 0: one per processor.</param>
    public int ThreadsOf(int rank, int threads)
    {
        int all = threads == 0 ? Environment.ProcessorCount : threads;
        return Math.Max(1, (all / Count) + (rank < all % Count ? 1 : 0));
    }

    /// <inheritdoc />
    public override string ToString() => Kind switch
    {
        DeviceKind.Auto => AutoWord,
        DeviceKind.Cuda => $"{Cuda}:{string.Join(',', Ordinals)}",
        _ => Count == 1 ? Cpu : string.Create(CultureInfo.InvariantCulture, $"{Cpu}:{Count}"),
    };

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryOrdinals(string text, out int[] ordinals)
    {
        string[] numbers = text.Split(',');
        ordinals = [.. numbers.Where(number => TryNumber(number, out int ordinal) && ordinal < LargestCount)
            .Select(number => int.Parse(number, CultureInfo.InvariantCulture)).Distinct()];
        return ordinals.Length == numbers.Length;
    }
}

/// <summary>What kind of device trains.</summary>
public enum DeviceKind
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>NVIDIA's GPUs.</summary>
    Cuda,

    /// <summary>A GPU where there is one that can be used, else the processor.</summary>
    Auto,
}
