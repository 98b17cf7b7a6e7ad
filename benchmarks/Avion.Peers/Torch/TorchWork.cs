using TorchSharp;

namespace Avion.Peers;

/// <summary>Work of the peer whose results can be compared.</summary>
internal interface ITorchWork : IWork
{
    /// <summary>All results by the names under which Avion writes them, computed once.</summary>
    IEnumerable<(string Name, torch.Tensor Value)> Results();
}

/// <summary>The peer's side of a workload.</summary>
internal static class TorchWork
{
    public static ITorchWork Open(Workload workload, PeerSettings settings, int threads, string exchange)
    {
        string path = settings.OpensFastPath && FastPath.TryOpen() ? ", MKL's fast path opened" : "";
        torch.set_num_threads(threads);
        torch.random.manual_seed(0);
        using TensorFileReader inputs = new(ExchangeFiles.Inputs(exchange));
        ITorchWork work = workload switch
        {
            StepWorkload step => new TorchStep(step, settings, inputs),
            OperationWorkload { Operation.Name: "AdamW" } operation => new TorchAdamWOperation(operation, settings, inputs),
            OperationWorkload operation => new TorchOperation(operation, inputs),
            ProductsWorkload products => new TorchProducts(products, inputs),
            _ => throw new PeerException($"{workload.Name}: the peer has no such work."),
        };
        bool usesTcMalloc = Environment.GetEnvironmentVariable("LD_PRELOAD")?.Contains("tcmalloc", StringComparison.Ordinal) == true;
        return new DescribedWork(work, $"libtorch {torch.__version__}, {MatrixLibrary.Name(workload)}{path}{(usesTcMalloc ? ", tcmalloc" : "")}; {work.Description}");
    }

    private sealed class DescribedWork(ITorchWork work, string description) : ITorchWork
    {
        public string Description => description;

        public Duration? Measured => work.Measured;

        public void Run() => work.Run();

        public IEnumerable<(string Name, torch.Tensor Value)> Results() => work.Results();

        public void Dispose() => work.Dispose();
    }
}
