namespace Avion.Peers;

/// <summary>Who does the work.</summary>
/// <param name="Name">As the command line takes it.</param>
/// <param name="Title">As tables show it.</param>
internal abstract record Side(string Name, string Title)
{
    public static IReadOnlyList<Side> All { get; } =
    [
        new PeerSide("peer", "peer, best", PeerSettings.Best),
        new PeerSide("autocast", "peer, best, autocast", PeerSettings.BestWithAutocast),
        new PeerSide("default", "peer, default", PeerSettings.Default),
        new AvionSide(),
        new LibrarySide(),
        new CeilingSide(),
    ];

    public static Side Find(string name) => All.FirstOrDefault(side => side.Name == name)
        ?? throw new ArgumentException($"There is no side '{name}'. Known: {string.Join(", ", All.Select(side => side.Name))}.");

    /// <summary>Settings of the process that must be there before it starts.</summary>
    public virtual void SetEnvironment(IDictionary<string, string?> environment, int threads)
    {
        // Set for Debian's OpenBLAS, this name turns MKL to slower kernels.
        environment.Remove("OPENBLAS_CORETYPE");
    }

    /// <summary>Makes the work ready, in the process of the side.</summary>
    public abstract IWork Open(Workload workload, int threads, string exchange);
}

/// <summary>libtorch.</summary>
internal sealed record PeerSide(string Name, string Title, PeerSettings Settings) : Side(Name, Title)
{
    public override void SetEnvironment(IDictionary<string, string?> environment, int threads)
    {
        base.SetEnvironment(environment, threads);
        environment["LD_LIBRARY_PATH"] = LibTorch.Prepare();
        environment["OMP_NUM_THREADS"] = environment["MKL_NUM_THREADS"] = $"{threads}";
        if (Settings.UsesTcMalloc && TcMalloc.Find() is { } allocator)
        {
            environment["LD_PRELOAD"] = allocator;
        }
    }

    public override IWork Open(Workload workload, int threads, string exchange) => TorchWork.Open(workload, Settings, threads, exchange);
}

/// <summary>Avion.</summary>
internal sealed record AvionSide() : Side("avion", "Avion")
{
    public override IWork Open(Workload workload, int threads, string exchange) => AvionWork.Open(workload, threads);
}

/// <summary>The matrix library that Avion calls, alone: every thread computes the products of the work by itself.</summary>
internal sealed record LibrarySide() : Side("library", "Avion's matrix library alone")
{
    public override IWork Open(Workload workload, int threads, string exchange) => workload switch
    {
        StepWorkload step => new AvionProducts(step, threads, isLibraryAlone: true),
        ProductsWorkload products => new AvionProducts(products.Step, threads, isLibraryAlone: true),
        _ => throw new PeerException($"{workload.Name}: the matrix library alone is measured on steps and products."),
    };
}

/// <summary>The processor's multiply-adds alone, as many as the work takes: what nobody's program can be faster than.</summary>
internal sealed record CeilingSide() : Side("ceiling", "multiply-adds alone")
{
    public override IWork Open(Workload workload, int threads, string exchange) => new MultiplyAdds(workload, threads);
}
