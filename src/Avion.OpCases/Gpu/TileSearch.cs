namespace Avion.OpCases;

/// <summary>A shape of blocks and what an operation takes with it.</summary>
/// <param name="Tile">Name of the shape in the table.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsInUse">Whether the table has it now.</param>
/// <param name="Seconds">Time of the operations that it decides, medians added up.</param>
public sealed record TileTime(string Tile, int Value, bool IsInUse, double Seconds);

/// <summary>Times the shapes that blocks may have, and chooses the fastest.</summary>
public sealed class TileSearch
{
    private const int Runs = 15;

    private readonly CudaDevice _device;
    private readonly Func<OpCase, OpSize, OpSize> _choose;
    private readonly int _runs;
    private readonly long _leadBytes;
    private readonly CudaTiles _before;

    /// <summary>Searches at the sizes of a training step.</summary>
    public TileSearch(CudaDevice device)
        : this(device, (_, size) => size, Runs, RateItems.LeadBytes)
    {
    }

    /// <summary>Searches at other sizes.</summary>
    public TileSearch(CudaDevice device, Func<OpCase, OpSize, OpSize> choose, int runs, long leadBytes) =>
        (_device, _choose, _runs, _leadBytes, _before) = (device, choose, runs, leadBytes, device.Tiles);

    /// <summary>Where the user's table is.</summary>
    public static string UserPath => CudaTileTable.UserPath;

    /// <summary>Digits of the device's compute capability.</summary>
    public int ComputeCapability => _device.ComputeCapability;

    /// <summary>Times every value of every shape, the others as they are, and keeps the fastest in the device.</summary>
    public IEnumerable<TileTime> Run()
    {
        foreach (CudaTile tile in CudaTile.All)
        {
            List<TileTime> times = [];
            foreach (int value in tile.Candidates)
            {
                _device.Tiles = tile.Set(_before, value);
                times.Add(new TileTime(tile.Name, value, tile.Get(_before) == value, SecondsOf(tile)));
                yield return times[^1];
            }

            Chosen = tile.Set(Chosen, times.MinBy(time => time.Seconds)!.Value);
        }

        _device.Tiles = Chosen;
    }

    /// <summary>Writes what was chosen into a table.</summary>
    public void Write(string path) => CudaTileTable.Write(path, _device.ComputeCapability, Chosen);

    private CudaTiles Chosen
    {
        get => field ??= _before;
        set;
    }

    private double SecondsOf(CudaTile tile) => RateSizes.Hot
        .SelectMany(timed =>
        {
            OpCase opCase = OpCaseList.Find(timed.Operation);
            return IsDecided(tile, opCase)
                ? RateItems.Measure(opCase, _choose(opCase, timed.Size), _device, _runs, _leadBytes) : [];
        })
        .Where(finding => tile.Operations.Contains(finding.Name))
        .Sum(finding => finding.Figure(RateItems.Milliseconds) * 1e-3);

    private static bool IsDecided(CudaTile tile, OpCase opCase)
    {
        string name = opCase.Name.Split('/')[0];
        return opCase.IsOfActivations && tile.Operations.Any(operation => operation.Contains(name, StringComparison.Ordinal));
    }
}
