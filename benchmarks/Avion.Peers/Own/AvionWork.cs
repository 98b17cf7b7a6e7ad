namespace Avion.Peers;

/// <summary>Work of Avion's that tells the peer what it computes with, and what it computes.</summary>
internal interface IAvionWork : IWork
{
    /// <summary>Computes once and writes what the peer starts from, and all results that are compared.</summary>
    void Write(TensorFileWriter inputs, TensorFileWriter results);
}

/// <summary>Avion's side of a workload.</summary>
internal static class AvionWork
{
    public static IAvionWork Open(Workload workload, int threads) => workload switch
    {
        StepWorkload step => new AvionStep(step, threads),
        OperationWorkload operation => new AvionOperation(operation, threads),
        ProductsWorkload products => new AvionProducts(products.Step, threads, isLibraryAlone: false),
        _ => throw new PeerException($"{workload.Name}: Avion has no such work."),
    };

    /// <summary>Computes once and writes inputs and results for the peer.</summary>
    public static void Write(Workload workload, int threads, string exchange)
    {
        using TensorFileWriter inputs = new(ExchangeFiles.Inputs(exchange)), results = new(ExchangeFiles.Results(exchange));
        using IAvionWork work = Open(workload, threads);
        work.Write(inputs, results);
    }
}

/// <summary>The files that the sides share.</summary>
internal static class ExchangeFiles
{
    public static string Inputs(string folder) => Path.Combine(folder, "inputs.bin");

    public static string Results(string folder) => Path.Combine(folder, "results.bin");
}
