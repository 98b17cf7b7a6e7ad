using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>What a processor reaches at best: in a large matrix product, and in copying memory.</summary>
/// <param name="GigaflopsPerSecond">10⁹ operations a second of a square product of 1536, all threads.</param>
/// <param name="GigabytesPerSecond">10⁹ bytes read and written a second while copying 128 MiB, all threads.</param>
public sealed record MachineCeilings(double GigaflopsPerSecond, double GigabytesPerSecond)
{
    private const int Side = 1536;
    private const long CopyBytes = 128L << 20;
    private const int ChunkBytes = 1 << 20;

    /// <summary>Measures both, in about a second: medians of several runs.</summary>
    public static unsafe MachineCeilings Measure(CpuDevice cpu, int runs = 7)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)(2 * CopyBytes), Device.Alignment);
        try
        {
            new Span<byte>(memory, int.MaxValue < 2 * CopyBytes ? int.MaxValue : (int)(2 * CopyBytes)).Clear();
            float* a = (float*)memory, b = a + (Side * Side), c = b + (Side * Side);
            double product = Median(runs, () => MatrixProduct.Run(cpu, new MatrixOperands
            {
                M = Side, N = Side, K = Side, A = a, B = b, C = c, StrideA = Side, StrideB = Side, StrideC = Side,
            }));
            double copy = Median(runs, () =>
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

    private static double Median(int runs, Action action)
    {
        action();
        double[] seconds = new double[runs];
        for (int i = 0; i < runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        return seconds[runs / 2];
    }

    private unsafe struct CopyWork : IParallelWork
    {
        public byte* Source, Target;

        public readonly void Execute(int chunk, int worker) =>
            Buffer.MemoryCopy(Source + ((long)chunk * ChunkBytes), Target + ((long)chunk * ChunkBytes), ChunkBytes, ChunkBytes);
    }
}
