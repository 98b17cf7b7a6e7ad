using System.Diagnostics.CodeAnalysis;

namespace Avion.Training;

/// <summary>The devices of this machine that train together, one rank each, as <c>train.devices</c> names them.</summary>
/// <param name="Count">How many.</param>
public sealed record DeviceList(int Count)
{
    /// <summary>What a device list may be, for messages.</summary>
    public const string Expected = "cpu, or cpu:N for N ranks that share the processor, N from 1 to 64";

    private const string Cpu = "cpu";
    private const int LargestCount = 64;

    /// <summary>One rank on the processor.</summary>
    public static DeviceList Default { get; } = new(1);

    /// <summary>Reads <c>cpu</c> or <c>cpu:2</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DeviceList? devices)
    {
        string[] parts = text.Split(':');
        int count = 1;
        bool isValid = parts[0] == Cpu && (parts.Length == 1
            || (parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count)
                && count is >= 1 and <= LargestCount));
        devices = isValid ? new DeviceList(count) : null;
        return isValid;
    }

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
    public override string ToString() => Count == 1 ? Cpu : string.Create(CultureInfo.InvariantCulture, $"{Cpu}:{Count}");
}
