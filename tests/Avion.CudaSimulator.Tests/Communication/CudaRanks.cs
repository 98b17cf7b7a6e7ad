namespace Avion.CudaSimulator.Tests;

/// <summary>Ranks on simulated devices, each on a thread; a test that hangs fails.</summary>
internal sealed class CudaRanks : IDisposable
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    private readonly CudaDevice[] _devices;

    public CudaRanks(int count, ElementType type = ElementType.Float32, TimeSpan? patience = null, CancellationToken cancellation = default,
        Func<string, nint>? library = null)
    {
        Simulated = new SimulatedDriver([.. Enumerable.Range(0, count).Select(_ => new SimulatedDevice())]);
        Driver = new CudaDriver(library ?? SimulatedDriver.Find);
        _devices = [.. Enumerable.Range(0, count).Select(ordinal => new CudaDevice(Driver, ordinal, type))];
        Group = new NcclGroup(_devices, patience, cancellation);
    }

    /// <summary>Whether a device is to fail, after which nothing can be given back any more.</summary>
    public bool Fails { get; init; }

    public SimulatedDriver Simulated { get; }

    public CudaDriver Driver { get; }

    public NcclGroup Group { get; }

    /// <summary>Runs the ranks to their ends; a rank that throws fails its group.</summary>
    /// <returns>What each rank threw, or null.</returns>
    public Exception?[] Run(Action<Communicator, CudaDevice> body)
    {
        Exception?[] errors = new Exception?[_devices.Length];
        Thread[] threads = [.. _devices.Select((_, rank) => new Thread(() => errors[rank] = RunRank(rank, body)) { IsBackground = true })];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        Assert.All(threads, thread => Assert.True(thread.Join(s_hang), "A rank hangs."));
        return errors;
    }

    /// <summary>Runs ranks that must not throw.</summary>
    public static void RunAll(int count, Action<Communicator, CudaDevice> body, ElementType type = ElementType.Float32)
    {
        using CudaRanks ranks = new(count, type);
        Assert.All(ranks.Run(body), Assert.Null);
    }

    public void Dispose()
    {
        Group.Dispose();
        foreach (CudaDevice device in _devices)
        {
            device.Dispose();
        }

        using (Simulated)
        {
            Assert.True(Fails || Simulated.OpenHandles == 0);
        }
    }

    private Exception? RunRank(int rank, Action<Communicator, CudaDevice> body)
    {
        try
        {
            body(Group.Join(rank, _devices[rank]), _devices[rank]);
            _devices[rank].Synchronize();
            Group.Leave(rank);
            return null;
        }
        catch (Exception error)
        {
            Group.Fail(rank, error);
            return error;
        }
    }
}

/// <summary>A tensor of a simulated device with numbers that a test knows.</summary>
internal sealed class RankTensor : IDisposable
{
    private readonly Device _device;

    public RankTensor(Device device, ReadOnlySpan<float> values, ElementType type = ElementType.Float32)
    {
        _device = device;
        Tensor = Tensor.Wrap(device.AllocateMemory(Math.Max(1, values.Length) * type.SizeInBytes()), new Shape(values.Length), type);
        device.Upload(values, Tensor);
    }

    public Tensor Tensor { get; }

    public float[] Values
    {
        get
        {
            float[] values = new float[Tensor.Count];
            _device.Download(Tensor, values);
            return values;
        }
    }

    /// <summary>Values over forty powers of two, so that sums in another order have other bits; the same for the same arguments.</summary>
    public static float[] Draw(int rank, int round, int count)
    {
        CounterRandom random = CounterRandom.For((ulong)round, "rank tensor", (ulong)rank);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(random.NextGaussian() * Math.Pow(2, random.Next(40) - 20));
        }

        return values;
    }

    /// <summary>The sum in rank order, by a plain loop.</summary>
    public static float[] Sum(int rankCount, int round, int count)
    {
        float[] sum = Draw(0, round, count);
        for (int rank = 1; rank < rankCount; rank++)
        {
            float[] term = Draw(rank, round, count);
            for (int i = 0; i < count; i++)
            {
                sum[i] += term[i];
            }
        }

        return sum;
    }

    public void Dispose() => _device.FreeMemory(Tensor.Data, 0);
}
