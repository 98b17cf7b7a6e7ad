using System.Runtime.ExceptionServices;

namespace Avion.Training;

/// <summary>The ranks of a training on this machine: a thread, a device and an end of the communication each.</summary>
/// <remarks>Rank 0 runs on the caller's thread. The first rank that fails ends all others, and its error is the group's.</remarks>
public sealed class RankGroup : IDisposable
{
    private readonly CommunicatorGroup? _communication;
    private readonly CancellationTokenSource _failed = new();
    private readonly RankPlace[] _places;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Opens the devices.</summary>
    /// <param name="choice">One rank each.</param>
    /// <param name="threads">Compute threads, which the ranks share; 0: one per processor.</param>
    /// <param name="matrix">The processor's matrix library; null chooses the best that the machine has.</param>
    public RankGroup(DeviceChoice choice, int threads, MatrixLibrary? matrix = null)
    {
        int count = choice.Devices.Count;
        List<Device> devices = [];
        try
        {
            for (int rank = 0; rank < count; rank++)
            {
                devices.Add(choice.Open(rank, threads, matrix));
            }

            _communication = count == 1 ? null
                : devices[0] is CudaDevice ? new NcclGroup([.. devices.Cast<CudaDevice>()]) : new SharedMemoryGroup(count);
        }
        catch
        {
            devices.ForEach(device => device.Dispose());
            throw;
        }

        _places =
            [.. devices.Select((device, rank) =>
                new RankPlace(rank, device, _communication?.Join(rank, device) ?? new SingleRank(device)))];
    }

    /// <summary>What decides the last digits of the ranks' results: the same on all of them.</summary>
    public DeviceArithmetic Arithmetic => _places[0].Device.Arithmetic;

    /// <summary>Memory that is free on all GPUs together; null on the processor.</summary>
    public long? FreeMemoryBytes => _places.Sum(place => place.Device.FreeMemoryBytes ?? 0) is > 0 and long free ? free : null;

    /// <summary>How many ranks there are.</summary>
    public int RankCount => _places.Length;

    /// <summary>Cancelled when a rank fails: ends what the others wait for outside of their communicators.</summary>
    public CancellationToken Failed => _failed.Token;

    /// <summary>Refuses a training for which a device has no memory now, because others use it.</summary>
    /// <exception cref="RunException">So much is not free.</exception>
    public void RequireMemory(MemoryPlan memory)
    {
        long needed = memory.TotalBytes / RankCount;
        foreach (RankPlace place in _places)
        {
            if (place.Device.FreeMemoryBytes is { } free && free < needed)
            {
                throw new RunException($"{place.Device.Name} has {ByteSize.Text(free)} of memory free, and training needs "
                    + $"{ByteSize.Text(needed)} of it: other programs use the rest. End them, choose another device (train.devices), "
                    + $"or set train.memory_budget={free * RankCount}B.");
            }
        }
    }

    /// <summary>Runs all ranks to their ends.</summary>
    /// <param name="body">What a rank does.</param>
    /// <exception cref="Exception">What the first rank that failed threw.</exception>
    public void Run(Action<RankPlace> body)
    {
        Thread[] others = [.. _places.Skip(1).Select(place => new Thread(() => RunRank(place, body))
        {
            IsBackground = true, Name = $"rank {place.Rank}",
        })];
        foreach (Thread thread in others)
        {
            thread.Start();
        }

        RunRank(_places[0], body);
        foreach (Thread thread in others)
        {
            thread.Join();
        }

        _failure?.Throw();
    }

    /// <summary>Throws the error of the rank that failed, if one did.</summary>
    public void ThrowIfFailed() => _failure?.Throw();

    /// <summary>Closes the devices.</summary>
    public void Dispose()
    {
        // Before the devices: those that wait for one another are freed.
        _communication?.Dispose();
        foreach (RankPlace place in _places)
        {
            place.Device.Dispose();
        }

        _failed.Dispose();
    }

    private void RunRank(RankPlace place, Action<RankPlace> body)
    {
        try
        {
            body(place);
            _communication?.Leave(place.Rank);
        }
        catch (Exception error)
        {
            // What the others throw when they are released follows from this.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
            _communication?.Fail(place.Rank, error);
            _failed.Cancel();
        }
    }
}
