using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>What a processor reaches at best: in a large matrix product, and in copying memory.</summary>
/// <param name="GigaflopsPerSecond">10⁹ operations a second of a square product of 1536, of the device's activations' type, all threads.</param>
/// <param name="GigabytesPerSecond">10⁹ bytes read and written a second while copying 128 MiB, all threads.</param>
public sealed record MachineCeilings(double GigaflopsPerSecond, double GigabytesPerSecond)
{
    private const int Side = 1536;
    private const long CopyBytes = 128L << 20;
    private const int ChunkBytes = 1 << 20;

    /// <summary>Measures both, in about a second: medians of several runs.</summary>
    /// <param name="cpu">Whose threads and matrix library run.</param>
    /// <param name="clock">What to read instead of the time of day, in ticks of <see cref="Stopwatch"/>, such as processor time.</param>
    public static unsafe MachineCeilings Measure(CpuDevice cpu, Func<long>? clock = null)
    {
        clock ??= Stopwatch.GetTimestamp;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)(2 * CopyBytes), Device.Alignment);
        try
        {
            new Span<byte>(memory, (int)(2 * CopyBytes)).Clear();
            float* a = (float*)memory, b = a + (Side * Side), c = b + (Side * Side);
            double product = Median(clock, () => MatrixProduct.Run(cpu, new MatrixOperands
            {
                M = Side, N = Side, K = Side, Type = cpu.ActivationType, A = a, B = b, C = c, StrideA = Side, StrideB = Side, StrideC = Side,
            }));
            double copy = Median(clock, () =>
            {
                CopyWork work = new() { Source = memory, Target = memory + CopyBytes };
                cpu.Workers.Run((int)(CopyBytes / ChunkBytes), ref work);
            });
            return new MachineCeilings(2.0 * Side * Side * Side / product / 1e9, 2.0 * CopyBytes / copy / 1e9);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static double Median(Func<long> clock, Action action)
    {
        const int Runs = 9;
        action();
        double[] seconds = new double[Runs];
        for (int i = 0; i < Runs; i++)
        {
            long start = clock();
            action();
            seconds[i] = Stopwatch.GetElapsedTime(start, clock()).TotalSeconds;
        }

        Array.Sort(seconds);
        return seconds[Runs / 2];
    }

    private unsafe struct CopyWork : IParallelWork
    {
        public byte* Source, Target;

        public readonly void Execute(int chunk, int worker) =>
            Buffer.MemoryCopy(Source + ((long)chunk * ChunkBytes), Target + ((long)chunk * ChunkBytes), ChunkBytes, ChunkBytes);
    }
}
