namespace Avion.CudaSimulator;

/// <summary>Extents of a grid or block.</summary>
/// <param name="X">Along x.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z.</param>
public readonly record struct Extent(int X, int Y = 1, int Z = 1)
{
    /// <summary>How many blocks or threads.</summary>
    public int Count => checked(X * Y * Z);
}

/// <summary>How a kernel is launched.</summary>
/// <param name="Grid">Blocks.</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="DynamicSharedBytes">Shared memory beside the kernel's own variables.</param>
public readonly record struct LaunchShape(Extent Grid, Extent Block, int DynamicSharedBytes = 0)
{
    /// <summary>Shared memory that a block has without asking for more.</summary>
    public const int DefaultSharedBytes = 48 * 1024;

    /// <summary>Most shared memory that a block can ask for on compute capability 8.6 and 8.9, the smallest of those supported.</summary>
    public const int LargestSharedBytes = 99 * 1024;

    private const int MostThreads = 1024, MostRows = 65535;

    /// <summary>Checks what a driver checks, for a kernel.</summary>
    internal void Check(KernelProgram program, int allowedDynamicBytes)
    {
        PtxKernel kernel = program.Kernel;
        int limit = kernel.MaximumThreads > 0 ? kernel.MaximumThreads : MostThreads;
        string? wrong = (Grid, Block) switch
        {
            _ when Grid.X < 1 || Grid.Y < 1 || Grid.Z < 1 => $"the grid has extents {Grid.X} × {Grid.Y} × {Grid.Z}, expected 1 or more",
            _ when Grid.Y > MostRows || Grid.Z > MostRows => $"the grid has extents {Grid.X} × {Grid.Y} × {Grid.Z}, expected at most {MostRows} in y and z",
            _ when Block.X < 1 || Block.Y < 1 || Block.Z < 1 => $"blocks have extents {Block.X} × {Block.Y} × {Block.Z}, expected 1 or more",
            _ when Block.Count > limit => $"blocks have {Block.Count} threads, the kernel was compiled for {limit}",
            _ when DynamicSharedBytes > allowedDynamicBytes => $"{DynamicSharedBytes} bytes of dynamic shared memory, allowed are "
                + $"{allowedDynamicBytes}: set the kernel's attribute for its largest dynamic shared memory first",
            _ when DynamicSharedBytes + program.StaticSharedBytes > LargestSharedBytes => $"{DynamicSharedBytes + program.StaticSharedBytes} "
                + $"bytes of shared memory, a block has at most {LargestSharedBytes}",
            _ => null,
        };
        if (wrong is not null)
        {
            throw new SimulationException(FailureKind.InvalidLaunch, $"Launch of {kernel.Name}: {wrong}.") { Kernel = kernel.Name };
        }
    }
}
