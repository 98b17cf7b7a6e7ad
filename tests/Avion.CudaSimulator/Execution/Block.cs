namespace Avion.CudaSimulator;

/// <summary>A block of threads: its warps, its shared memory and its barriers.</summary>
internal sealed unsafe class Block : IDisposable
{
    private readonly Warp[] _warps;
    private readonly int _threadCount;

    public Block(KernelProgram program, DeviceMemory memory, in LaunchShape shape, byte* parameters, bool collects)
    {
        (Program, Memory, Shape, CollectsStatistics) = (program, memory, shape, collects);
        Parameters = parameters;
        SharedMemory = new SharedMemory(program.StaticSharedBytes + shape.DynamicSharedBytes, program.SharedGranule);
        _threadCount = shape.Block.Count;
        _warps = new Warp[(_threadCount + 31) / 32];
        for (int w = 0; w < _warps.Length; w++)
        {
            _warps[w] = new Warp(this, w, program);
        }
    }

    public KernelProgram Program { get; }

    public DeviceMemory Memory { get; }

    public LaunchShape Shape { get; }

    public byte* Parameters { get; }

    public bool CollectsStatistics { get; }

    public SharedMemory SharedMemory { get; }

    /// <summary>Instructions after which a warp is taken to run for ever.</summary>
    public required int LongestRun { get; init; }

    public int X { get; private set; }

    public int Y { get; private set; }

    public int Z { get; private set; }

    public string Name => $"({X}, {Y}, {Z})";

    public string ThreadName(int thread)
    {
        Extent extent = Shape.Block;
        return $"({thread % extent.X}, {thread / extent.X % extent.Y}, {thread / extent.X / extent.Y})";
    }

    /// <summary>Runs one block of the grid to its end.</summary>
    public void Run(int x, int y, int z)
    {
        (X, Y, Z) = (x, y, z);
        SharedMemory.BeginBlock();
        for (int w = 0; w < _warps.Length; w++)
        {
            _warps[w].Begin(_threadCount - (32 * w));
        }

        while (true)
        {
            int waiting = 0;
            foreach (Warp warp in _warps)
            {
                warp.Run();
                waiting += warp.State == WarpState.AtBarrier ? 1 : 0;
            }

            if (waiting == 0)
            {
                return;
            }

            SharedMemory.PassBarrier();
            foreach (Warp warp in _warps)
            {
                if (warp.State == WarpState.AtBarrier)
                {
                    warp.LeaveBarrier();
                }
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Warp warp in _warps)
        {
            warp.Dispose();
        }
    }
}
