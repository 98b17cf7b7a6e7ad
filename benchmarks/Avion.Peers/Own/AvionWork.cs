namespace Avion.Peers;

/// <summary>Avion's side of a workload.</summary>
internal static class AvionWork
{
    public static IWork Open(Workload workload, int threads) => workload switch
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
        switch (workload)
        {
            case StepWorkload step:
                using (AvionStep work = new(step, threads))
                {
                    work.Write(inputs, results);
                }

                break;
            case OperationWorkload operation:
                using (AvionOperation work = new(operation, threads))
                {
                    work.Write(inputs, results);
                }

                break;
            case ProductsWorkload products:
                using (AvionProducts work = new(products.Step, threads, isLibraryAlone: false))
                {
                    work.Write(inputs);
                }

                break;
        }
    }
}

/// <summary>The files that the sides share.</summary>
internal static class ExchangeFiles
{
    public static string Inputs(string folder) => Path.Combine(folder, "inputs.bin");

    public static string Results(string folder) => Path.Combine(folder, "results.bin");
}
