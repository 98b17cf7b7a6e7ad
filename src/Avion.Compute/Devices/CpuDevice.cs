using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>The processor: float32 or bfloat16 kernels over vectors and threads, matrix products from a library.</summary>
public sealed class CpuDevice : HostDevice
{
    /// <summary>Opens the processor.</summary>
    /// <param name="threadCount">Compute threads, the caller included; 0 for one per core.</param>
    /// <param name="matrix">The matrix library; null chooses the best that the machine has.</param>
    /// <param name="activationType">Float32 or BFloat16, for activations, their gradients and working weights.</param>
    public CpuDevice(int threadCount = 0, MatrixLibrary? matrix = null, ElementType activationType = ElementType.Float32)
        : base(DeviceDescription.Cpu(threadCount, activationType))
    {
        Matrix = matrix ?? MatrixLibraries.Best;
        Matrix.Reserve(threadCount == 0 ? Environment.ProcessorCount : threadCount);
        Scratch = new ScratchMemory(this);
        Workers = new WorkerPool(threadCount);
    }

    /// <summary>The compute threads.</summary>
    public WorkerPool Workers { get; }

    /// <summary>Where matrix products come from.</summary>
    public MatrixLibrary Matrix { get; }

    /// <summary>Where to count the products that the matrix library is asked for; null for nowhere.</summary>
    public MatrixProductShapes? ProductShapes { get; set; }

    /// <inheritdoc />
    public override string Name => $"cpu ({VectorName}, {Workers.WorkerCount} threads, {Matrix.Name})";

    /// <inheritdoc />
    public override DeviceArithmetic Arithmetic => new(Matrix.Name, VectorWidth.Instructions, ActivationType);

    /// <summary>What is worth knowing before a long run: that products of bfloat16 are slower here than those of float32; null where they are not.</summary>
    public string? Caution => ActivationType != ElementType.BFloat16 || Matrix.HasBFloat16Instructions ? null
        : $"Products of bfloat16 are slower here than those of float32: {Matrix.Name} has no instructions of this processor for them (AVX512-BF16 or "
            + "AMX, by oneDNN), so their factors are converted. It saves memory all the same; --precision float32 is faster.";

    /// <inheritdoc />
    public override long ScratchBytes => Scratch.PeakBytes;

    /// <summary>What kernels write intermediate results to.</summary>
    internal ScratchMemory Scratch { get; }

    private static string VectorName => VectorWidth.Name;

    /// <inheritdoc />
    public override unsafe void Clear(Tensor tensor)
    {
        ClearWork work = new() { Memory = (byte*)tensor.Data, Bytes = tensor.ByteCount };
        Workers.Run(work.ChunkCount, ref work);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        Workers.Dispose();
        Matrix.Release(Workers.WorkerCount);
        Scratch.Dispose();
        base.Dispose();
    }

    /// <summary>Chunk: a stretch of memory, long enough to be worth handing out.</summary>
    private unsafe struct ClearWork : IParallelWork
    {
        private const int ChunkBytes = 1 << 18;

        public byte* Memory;
        public long Bytes;

        public readonly int ChunkCount => (int)((Bytes + ChunkBytes - 1) / ChunkBytes);

        public readonly void Execute(int chunk, int worker)
        {
            long first = (long)chunk * ChunkBytes;
            NativeMemory.Clear(Memory + first, (nuint)Math.Min(ChunkBytes, Bytes - first));
        }
    }
}
