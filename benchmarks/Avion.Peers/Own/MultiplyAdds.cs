using System.Runtime.CompilerServices;

namespace Avion.Peers;

/// <summary>The ceiling of a work in float32: as many multiply-adds as its matrix products and attention take, from register to register.</summary>
/// <remarks>
/// No program that forms the same sums is faster on the same threads: this one reads nothing, writes nothing, and does nothing else that the work
/// needs. Products of m × n × k take m n k multiply-adds; attention takes two products of all pairs of tokens forward and five backward, of which
/// one is computed again because scores are not kept. The rate is measured in each turn, and the time that follows from it told.
/// </remarks>
internal sealed class MultiplyAdds : IWork
{
    // About a quarter of a second on one thread.
    private const int Chunks = 64, LoopsPerChunk = 500_000;

    private readonly WorkerPool _workers;
    private Duration _measured;

    public MultiplyAdds(Workload workload, int threads)
    {
        Flops = CountFlops(workload, threads);
        _workers = new WorkerPool(threads);
    }

    public string Description => $"{VectorWidth.Name}; {Flops / 1e9:f1} · 10⁹ operations";

    public Duration? Measured => _measured;

    /// <summary>Multiplications and additions of all products and of attention.</summary>
    public double Flops { get; }

    public void Run()
    {
        ProcessClock clock = ProcessClock.Start();
        Loops loops = default;
        _workers.RunAtWidth(Chunks, loops);
        Duration all = clock.Elapsed();
        double share = Flops / ((double)Chunks * LoopsPerChunk * Loops.SumCount * 2 * PanelProduct.VectorColumns);
        _measured = new Duration(share * all.Milliseconds, share * all.ProcessorMilliseconds);
    }

    public void Dispose() => _workers.Dispose();

    private static double CountFlops(Workload workload, int threads)
    {
        if (workload.IsBFloat16)
        {
            throw new PeerException($"{workload.Name}: the ceiling is that of float32; of bfloat16 it is not measured.");
        }

        AttentionFlops attention = new();
        switch (workload)
        {
            case StepWorkload steps:
                using (AvionStep step = new(steps, threads))
                {
                    MatrixProductShapes shapes = new();
                    CpuDevice cpu = (CpuDevice)step.Device;
                    (cpu.ProductShapes, cpu.Trace) = (shapes, attention);
                    step.Run();
                    return shapes.Counts.Sum(shape => shape.Value * shape.Key.Flops) + attention.Total;
                }

            case OperationWorkload { Operation: AttentionCase } operations:
                using (AvionOperation operation = new(operations, threads))
                {
                    operation.RunUnder(attention);
                    return attention.Total;
                }

            default:
                throw new PeerException($"{workload.Name}: the ceiling is that of steps and of attention; this work waits for memory.");
        }
    }

    /// <summary>Adds up what calls of attention compute.</summary>
    private sealed class AttentionFlops : IOperationTrace
    {
        public double Total { get; private set; }

        public void Begin(string operation, long flops, long bytes) =>
            Total += operation.StartsWith("PackedAttention.", StringComparison.Ordinal) ? flops : 0;

        public void End()
        {
        }

        public void BeginPhase(string name)
        {
        }

        public void EndPhase()
        {
        }
    }

    /// <summary>Chunk: loops of multiply-adds on twelve sums, which is more than the processor has under way at once.</summary>
    private readonly struct Loops : IVectorWork
    {
        public const int SumCount = 12;

        public unsafe void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            float* result = stackalloc float[TVector.Width];
            MultiplyAndAdd<TVector>(result);
        }

        // Without a call inside, so that all sums stay in registers.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static unsafe void MultiplyAndAdd<TVector>(float* result) where TVector : struct, IFloatVector<TVector>
        {
            TVector a = TVector.Create(1e-3f), b = TVector.Create(1e-3f);
            TVector s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a, s9 = a, s10 = a, s11 = a;
            for (int loop = LoopsPerChunk; loop > 0; loop--)
            {
                TVector.AddProduct(ref s0, a, b);
                TVector.AddProduct(ref s1, a, b);
                TVector.AddProduct(ref s2, a, b);
                TVector.AddProduct(ref s3, a, b);
                TVector.AddProduct(ref s4, a, b);
                TVector.AddProduct(ref s5, a, b);
                TVector.AddProduct(ref s6, a, b);
                TVector.AddProduct(ref s7, a, b);
                TVector.AddProduct(ref s8, a, b);
                TVector.AddProduct(ref s9, a, b);
                TVector.AddProduct(ref s10, a, b);
                TVector.AddProduct(ref s11, a, b);
            }

            (s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11).Store(result);
        }
    }
}
