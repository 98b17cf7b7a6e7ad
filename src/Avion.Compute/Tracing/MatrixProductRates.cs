using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>How fast the products of a piece of work run when nothing else does.</summary>
/// <param name="LibraryGigaflopsPerSecond">
/// The matrix library alone: every thread computes the whole product by itself, so nothing is cut and nobody waits. 10⁹ operations a
/// second of all threads, the shapes weighed as they occur.
/// </param>
/// <param name="SharedGigaflopsPerSecond">The same products as the work runs them: cut into tiles that the threads share.</param>
public sealed record MatrixProductRates(double LibraryGigaflopsPerSecond, double SharedGigaflopsPerSecond)
{
    /// <summary>What cutting and sharing leave of the library's rate.</summary>
    public double Share => SharedGigaflopsPerSecond / LibraryGigaflopsPerSecond;

    /// <summary>Computes every shape once alone and once shared.</summary>
    /// <param name="cpu">Whose threads and matrix library run.</param>
    /// <param name="shapes">Products, counted while the work ran; those computed here are of numbers near 1, to float32.</param>
    public static unsafe MatrixProductRates Measure(CpuDevice cpu, MatrixProductShapes shapes)
    {
        // The upper and the lower half are 1 in bfloat16, so that the whole is near 1 in float32.
        const uint NearOne = 0x3F803F80;
        IEnumerable<MatrixProductShape> all = shapes.Counts.Keys;
        long ofA = all.Max(shape => (long)shape.M * shape.K), ofB = all.Max(shape => (long)shape.K * shape.N);
        long ofC = all.Max(shape => (long)shape.M * shape.N), count = ofA + ofB + (ofC * cpu.Workers.WorkerCount);
        float* memory = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), Device.Alignment);
        try
        {
            for (long i = 0; i < count; i++)
            {
                ((uint*)memory)[i] = NearOne;
            }

            double flops = 0, alone = 0, shared = 0;
            foreach ((MatrixProductShape shape, int calls) in shapes.Counts)
            {
                MatrixOperands operands = OperandsOf(shape, memory, memory + ofA, memory + ofA + ofB);
                AloneWork work = new() { Library = cpu.Matrix, Operands = operands, TargetStride = ofC };
                long started = Stopwatch.GetTimestamp();
                cpu.Workers.Run(cpu.Workers.WorkerCount, ref work);
                long between = Stopwatch.GetTimestamp();
                MatrixProduct.Run(cpu, operands);
                alone += calls * Stopwatch.GetElapsedTime(started, between).TotalSeconds / cpu.Workers.WorkerCount;
                shared += calls * Stopwatch.GetElapsedTime(between).TotalSeconds;
                flops += calls * shape.Flops;
            }

            return new MatrixProductRates(flops / alone / 1e9, flops / shared / 1e9);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static unsafe MatrixOperands OperandsOf(MatrixProductShape shape, void* a, void* b, float* c) => new()
    {
        TransposeA = shape.TransposeA, TransposeB = shape.TransposeB, M = shape.M, N = shape.N, K = shape.K, Type = shape.Type,
        A = a, B = b, C = c,
        StrideA = shape.TransposeA ? shape.M : shape.K, StrideB = shape.TransposeB ? shape.K : shape.N, StrideC = shape.N,
    };

    /// <summary>Chunk: one thread's product.</summary>
    private unsafe struct AloneWork : IParallelWork
    {
        public MatrixLibrary Library;
        public MatrixOperands Operands;
        public long TargetStride;

        public readonly void Execute(int chunk, int worker)
        {
            MatrixTile whole = new()
            {
                RowCount = Operands.M, ColumnCount = Operands.N, Numbers = (float*)Operands.C + (chunk * TargetStride),
                Stride = Operands.StrideC,
            };
            Operands.Multiply(Library, whole, accumulate: false);
        }
    }
}
